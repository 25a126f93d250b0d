// The colours of the map. tests/report/test_colours.py measures them: the classes of a map are told apart by every eye, by whom one kind
// of cone fails as well, and in grey: there neighbours are twelve steps of lightness apart, or their textures differ.

const LAND_COLOURS = { water: "#acb9bb", shore: "#7d8c90", ground: "#e6e3dc", rim: "#b9b4a8", own: "#fffefa", border: "#8d8778" };
const COVERED_COLOUR = "#c0dcf5";
const UNREACHED_COLOURS = ["#e77418", "#bf5608", "#903d06", "#642303", "#320c02"];
const PEOPLE_COLOURS = ["#bca9e5", "#9c83cf", "#7e61b4", "#5f4195", "#3d1c6b"];
const SHARE_CLASSES = [0.05, 0.2, 0.4, 0.7];
const SHADE_COLOURS = ["#f3f9e6", "#b6e27a", "#74ac5a", "#36814a", "#0b4228"];
const SHARE_COLOURS = { covered: "#9cc6ec", uncovered: "#bf5608", unknown: "url(#texture-cross)" };
const SPOT_COLOUR = "#3d1260";
const CHOSEN_COLOURS = ["#ffffff", "#d6006c"];
