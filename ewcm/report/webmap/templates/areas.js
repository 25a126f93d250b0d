// Areas: their names, their borders, and the shading by the people out of reach in them.

const areasOf = (level) => data.areas.filter((area) => area.level === level);
const areaByKey = new Map(data.areas.map((area) => [area.level + "/" + area.id, area]));
// An area has one name in the tables; here it goes by the reader's, where the boundaries know it.
const areaName = (area) => (area.names && area.names[language]) || area.name;
const parentOf = (area) => {
  const parent = areaByKey.get(area.level - 1 + "/" + area.parent);
  return parent && parent.level > 0 ? parent : null;
};
const parentName = (area) => (parentOf(area) ? areaName(parentOf(area)) : "");
const boxOf = (area) => L.latLngBounds([area.box[1], area.box[0]], [area.box[3], area.box[2]]);

// The area of the level shown in which a place lies.
const areaAt = (place) => areasOf(state.level).find((area) => area.box && area.level > 0
  && place.lng >= area.box[0] && place.lng <= area.box[2] && place.lat >= area.box[1] && place.lat <= area.box[3] && contains(area, place));

// The five classes of the shading: shares have fixed edges, numbers of people have edges that fit the country.
function shadeClasses() {
  if (state.shade === "share") return SHARE_CLASSES;
  const most = Math.max(...areasOf(state.level).map((area) => figuresOf(area).uncovered), 10);
  const tidy = (value) => {
    const power = 10 ** Math.floor(Math.log10(value));
    return power * [1, 2, 5, 10].find((step) => step >= value / power - 1e-9);
  };
  const edges = [tidy(most / 40), tidy(most / 16), tidy(most / 6), tidy(most / 2.5)];
  return edges.filter((edge, i) => edges.indexOf(edge) === i);
}

let crossed = null;

// How an area of the level shown looks. A shaded map hides what lies below it: two sets of colours on one another say nothing.
function areaLook(area, classes, pen) {
  const line = { stroke: "rgba(95, 87, 74, 0.9)", width: state.layers.has("areas") || state.shade !== "none" ? 0.8 : 0 };
  if (state.shade === "none") return line;
  if (!isKnownIn(area)) {
    crossed = crossed || texture(pen, "cross", density());
    return { ...line, fill: crossed };
  }
  const value = state.shade === "share" ? shareOf(area) : figuresOf(area).uncovered;
  return { ...line, fill: SHADE_COLOURS[classes.filter((edge) => value >= edge).length] };
}

function paintAreas({ pen, trace, paint }) {
  const classes = state.shade === "none" ? [] : shadeClasses();
  for (const area of areasOf(state.level)) if (trace(area)) paint(areaLook(area, classes, pen));
  for (const area of data.areas) {
    const border = area.level < state.level && (state.layers.has("areas") || area.level === 0);
    if (border && trace(area)) paint({ stroke: "#4c4639", width: area.level === 0 ? 1.3 : 1.1 });
  }
}

function visitArea(area) {
  if (area.level > 0 && area.level !== state.level) {
    state.level = area.level;
    refresh();
  }
  select("area", area);
  if (area.box) goTo(boxOf(area), 12);
}
