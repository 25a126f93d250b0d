// What the reader has chosen. It lives in the address after the #, so that a view can be passed on.

const LAYERS = ["coverage", "unknown", "unreached", "people", "coldspots", "sites", "areas", "places"].filter(
  (layer) => layer !== "sites" || data.sites.kinds.length,
).concat(data.findings.flatMap((finding) => finding.layers.map((layer) => layer.name)));
// Channels that nest: whoever is covered by a newer one counts as covered by the older ones.
const MOBILE = data.services.any;
const SHADES = ["none", "share", "number"];
const TABS = ["overview", "areas", "coldspots", "findings", "sources", "guide"].filter((tab) => tab !== "findings" || data.findings.length);
const LEVELS = [...new Set(data.areas.map((area) => area.level))].filter((level) => level > 0);

// What the page opens with: the first service whose people out of reach are known.
const FIRST_SERVICE = data.summary.headline_service || "any";

const state = {
  technology: FIRST_SERVICE.replace("+", ""),
  atLeast: FIRST_SERVICE.endsWith("+"),
  case: "central",
  layers: new Set(["coverage", "unknown", "unreached", "coldspots", "areas", "places"]),
  shade: "none",
  level: LEVELS.length ? LEVELS[0] : 0,
  tab: "overview",
};

const canBeAtLeast = (technology) => technology + "+" in data.services;

const service = () =>
  state.atLeast && canBeAtLeast(state.technology) ? state.technology + "+" : state.technology;

const figures = (name = service()) => data.summary.services[name];

const isKnown = (name = service()) => name in data.pictures.standing;

// Which of the three cases of the range the map shows: how far networks carry is not known exactly.
const hasRange = (name = service()) => figures(name).uncovered_high > figures(name).uncovered_low;
const shownCase = () => (hasRange() ? state.case : "central");

// People of an area who are out of reach in the case that the map shows.
const unreachedOf = (area) => area.figures[service()][{ central: 1, high: 3, low: 4 }[shownCase()]];

// Coldspots are listed for some services only; for the others those of "any" stand in, and the page says so.
function coldspotService() {
  const listed = Object.keys(data.summary.coldspots);
  return listed.includes(service()) || !listed.length ? service() : listed.includes("any") ? "any" : listed[0];
}

// They are listed for two cases of the coverage: as assumed, and least.
const lowLeads = () => ((data.summary.estimated || {})[coldspotService()] || {}).low_coverage_leads === true;
const coldspotCase = () => (shownCase() === "low" || (shownCase() === "central" && lowLeads()) ? "low_coverage" : "central");

// How many coldspots there are in the list that the page shows, and people in them.
function coldspotCounts() {
  const found = data.summary.coldspots[coldspotService()], end = coldspotCase() === "central" ? "" : "_low_coverage";
  return found ? { count: found["count" + end], people: found["people" + end] } : { count: 0, people: 0 };
}

let rememberedView = null; // "zoom_lat_lon" of the address, or null for the whole country

function readAddress() {
  let words;
  try {
    words = new URLSearchParams(location.hash.slice(1));
  } catch {
    return;
  }
  if (LANGUAGES.includes(words.get("lang"))) language = words.get("lang");
  const chosen = words.get("s") || FIRST_SERVICE;
  if (Object.keys(data.services).includes(chosen)) {
    state.technology = chosen.replace("+", "");
    state.atLeast = chosen.endsWith("+");
  }
  if (data.pictures.cases.includes(words.get("case"))) state.case = words.get("case");
  if (words.has("layers")) state.layers = new Set(words.get("layers").split(" ").filter((layer) => LAYERS.includes(layer)));
  if (SHADES.includes(words.get("shade"))) state.shade = words.get("shade");
  if (LEVELS.includes(Number(words.get("level")))) state.level = Number(words.get("level"));
  if (TABS.includes(words.get("tab"))) state.tab = words.get("tab");
  rememberedView = /^-?[\d.]+(_-?[\d.]+){2}$/.test(words.get("at") || "") ? words.get("at") : null;
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
  if (state.case !== "central") words.set("case", state.case);
  if (rememberedView) words.set("at", rememberedView);
  ownHash = "#" + words.toString();
  history.replaceState(null, "", ownHash);
}
