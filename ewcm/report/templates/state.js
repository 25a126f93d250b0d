// What the reader has chosen. It lives in the address after the #, so that a view can be passed on.

const LAYERS = ["coverage", "unknown", "unreached", "people", "coldspots", "areas", "places"];
const SHADES = ["none", "share", "number"];
const TABS = ["overview", "areas", "coldspots", "sources", "guide"];
const LEVELS = [...new Set(data.areas.map((area) => area.level))].filter((level) => level > 0);

const state = {
  technology: "any",
  atLeast: false,
  layers: new Set(["coverage", "unknown", "unreached", "coldspots", "areas", "places"]),
  shade: "none",
  level: LEVELS.length ? LEVELS[0] : 0,
  tab: "overview",
};

const canBeAtLeast = (technology) => technology + "+" in data.services;

const service = () =>
  state.atLeast && canBeAtLeast(state.technology) ? state.technology + "+" : state.technology;

const figures = (name = service()) => data.summary.services[name];

const isKnown = (name = service()) => name in data.pictures.state;

// Coldspots are listed for some services only; for the others those of "any" stand in, and the page says so.
function coldspotService() {
  const listed = Object.keys(data.summary.coldspots);
  return listed.includes(service()) ? service() : listed.includes("any") ? "any" : listed[0];
}

let rememberedView = null; // "zoom/lat/lon" of the address, or null for the whole country

function readAddress() {
  let words;
  try {
    words = new URLSearchParams(location.hash.slice(1));
  } catch {
    return;
  }
  if (LANGUAGES.includes(words.get("lang"))) language = words.get("lang");
  const chosen = words.get("s") || "any";
  if (Object.keys(data.services).includes(chosen)) {
    state.technology = chosen.replace("+", "");
    state.atLeast = chosen.endsWith("+");
  }
  if (words.has("layers")) state.layers = new Set(words.get("layers").split(" ").filter((layer) => LAYERS.includes(layer)));
  if (SHADES.includes(words.get("shade"))) state.shade = words.get("shade");
  if (LEVELS.includes(Number(words.get("level")))) state.level = Number(words.get("level"));
  if (TABS.includes(words.get("tab"))) state.tab = words.get("tab");
  rememberedView = /^-?[\d.]+(\/-?[\d.]+){2}$/.test(words.get("at") || "") ? words.get("at") : null;
}

let ownHash = "";
function writeAddress() {
  const words = new URLSearchParams({
    lang: language,
    s: service(),
    layers: LAYERS.filter((layer) => state.layers.has(layer)).join(" "),
    shade: state.shade,
    level: state.level,
    tab: state.tab,
  });
  if (rememberedView) words.set("at", rememberedView);
  ownHash = "#" + words.toString();
  history.replaceState(null, "", ownHash);
}
