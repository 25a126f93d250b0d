// The address after the #: what the reader has chosen lives there, so that a view can be passed on, and Back leads to the choice before.

let rememberedView = null; // [zoom, latitude, longitude] of the address, or null for the whole country
let rememberedChoice = ""; // what is chosen on the map, in the words of selection.js

// A view of the address, or null where there is none: words that are no numbers, or a place where nothing of the country is seen.
function viewOf(words) {
  if (!/^-?\d+(\.\d+)?(_-?\d+(\.\d+)?){2}$/.test(words || "")) return null;
  const [zoom, lat, lon] = words.split("_").map(Number), [[south, west], [north, east]] = data.bounds;
  const margin = 2 + Math.max(north - south, east - west);
  const near = lat > south - margin && lat < north + margin && lon > west - margin && lon < east + margin;
  return near && zoom >= 0 && zoom <= 24 && Math.abs(lat) < 85.06 ? [zoom, lat, lon] : null;
}

// The layers that an address names, without those that the page has not; the usual ones where it has none of them. No word means no layer.
function layersOf(text) {
  const names = text.split(/[\s+,]+/).filter(Boolean), known = names.filter((name) => LAYERS.includes(name));
  return new Set(known.length || !names.length ? known : FIRST_LAYERS);
}

let fromAtlas = false; // whether the reader came from the atlas, so that there is a way back

// The words of the address; in their place a view code may stand.
function addressWords() {
  const text = location.hash.slice(1), code = text.includes("=") ? null : codeIn(text);
  return (code && code.iso3 === data.summary.iso3 && wordsOfCode(code.signs)) || new URLSearchParams(text);
}

// The address as it was read or written last.
let ownHash = "";

function readAddress() {
  ownHash = location.hash;
  const words = addressWords();
  fromAtlas = words.get("from") === "atlas" || fromAtlas;
  if (LANGUAGES.includes(words.get("lang"))) language = words.get("lang");
  const chosen = words.get("s") || FIRST_SERVICE;
  if (Object.keys(data.services).includes(chosen)) {
    state.technology = chosen.replace("+", "");
    state.atLeast = chosen.endsWith("+");
  }
  state.case = CASES.includes(words.get("case")) ? words.get("case") : "central";
  if (words.has("layers")) state.layers = layersOf(words.get("layers"));
  if (SHADES.includes(words.get("shade"))) state.shade = words.get("shade");
  if (LEVELS.includes(Number(words.get("level")))) state.level = Number(words.get("level"));
  if (TABS.includes(words.get("tab"))) state.tab = words.get("tab");
  rememberedView = viewOf(words.get("at"));
  rememberedChoice = words.get("pick") || "";
  readActivity(words.get("do"));
}

// Writes the choice into the address; with ``step`` Back leads to what was there before. Where Back has changed the address and
// nobody has read it yet, it stays: a map that comes to rest meanwhile would write what was chosen before over it.
function writeAddress(step = false) {
  if (!step && ownHash && location.hash !== ownHash) return;
  const words = new URLSearchParams({
    lang: language,
    s: service(),
    layers: LAYERS.filter((layer) => state.layers.has(layer)).join(" "),
    shade: state.shade,
    level: String(state.level),
    tab: state.tab,
  });
  if (fromAtlas) words.set("from", "atlas");
  if (state.case !== "central") words.set("case", state.case);
  if (rememberedView) words.set("at", rememberedView.join("_"));
  if (rememberedChoice) words.set("pick", rememberedChoice);
  if (activity) words.set("do", activity);
  const hash = "#" + words.toString();
  if (step && hash !== ownHash) history.pushState(null, "", hash);
  else history.replaceState(null, "", hash);
  ownHash = location.hash;
}
