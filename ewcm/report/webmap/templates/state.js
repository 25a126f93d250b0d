// What the reader has chosen, and the figures of that choice: one service and one case for the whole page.

// Layers that are there only where something is to be shown.
const SOMETIMES = { sites: data.sites.kinds, next_sites: data.marks.next_sites, points: data.marks.points };
const LAYERS = ["coverage", "unknown", "unreached", "people", "coldspots", "next_sites", "points", "sites", "areas", "places"].filter(
  (layer) => !(layer in SOMETIMES) || SOMETIMES[layer].length,
).concat(data.findings.flatMap((finding) => finding.layers.map((layer) => layer.name)));
// Channels that nest: whoever is covered by a newer one counts as covered by the older ones.
const MOBILE = data.services.any;
const SHADES = ["none", "share", "number"];
const TABS = ["overview", "areas", "coldspots", "findings", "sources", "guide"].filter((tab) => tab !== "findings" || data.findings.length);
const LEVELS = [...new Set(data.areas.map((area) => area.level))].filter((level) => level > 0);
// The cases of the coverage, from that in which fewest people are out of reach: in the order in which their figures grow.
const CASES = ["high", "central", "low"];

// What the page opens with: the first service whose people out of reach are known.
const FIRST_SERVICE = data.summary.headline_service || "any";
const FIRST_LAYERS = ["coverage", "unknown", "unreached", "coldspots", "areas", "places"];

const state = {
  technology: FIRST_SERVICE.replace("+", ""),
  atLeast: FIRST_SERVICE.endsWith("+"),
  case: "central",
  layers: new Set(FIRST_LAYERS),
  shade: "none",
  level: LEVELS.length ? LEVELS[0] : 0,
  tab: "overview",
};

const canBeAtLeast = (technology) => technology + "+" in data.services;

const service = () =>
  state.atLeast && canBeAtLeast(state.technology) ? state.technology + "+" : state.technology;

// Whether the cases of a service differ: of a declared map, for example, they do not, and there is nothing to choose.
const hasRange = (name = service()) => {
  const values = data.summary.services[name];
  return isRange(values.uncovered_low, values.uncovered_high) || isRange(values.covered_low, values.covered_high);
};
const shownCase = (name = service()) => (hasRange(name) ? state.case : "central");

// Where a case stands in the lists of the data.
const caseNumber = (name = service(), which = shownCase(name)) => data.pictures.cases.indexOf(which);

const shareOfAll = (value, all) => (value === null || !all ? null : value / all);

// The figures of a service in a case: that of the moment, if not said otherwise. The ends of its range belong to no case.
function figures(name = service(), which = shownCase(name)) {
  const [covered, uncovered, unknown] = data.figures[name][caseNumber(name, which)], all = data.summary.people;
  const { model, uncovered_low: low, uncovered_high: high } = data.summary.services[name];
  return {
    model, covered, uncovered, unknown, low, high,
    covered_share: shareOfAll(covered, all), uncovered_share: shareOfAll(uncovered, all), unknown_share: shareOfAll(unknown, all),
  };
}

// The figures of an area, of the service and in the case of the moment.
function figuresOf(area) {
  const cases = area.figures[service()], [covered, uncovered, unknown] = cases[caseNumber()];
  const end = (which) => cases[data.pictures.cases.indexOf(which)][1];
  return { covered, uncovered, unknown, low: end("high"), high: end("low") };
}

// Whether it is known who of an area is out of reach; where it is not, no share is shown, and it comes last in a sort.
const isKnownIn = (area) => figuresOf(area).uncovered !== null && area.people > 0;
const shareOf = (area) => (isKnownIn(area) ? figuresOf(area).uncovered / area.people : null);

// Coldspots are listed for some services only; for the others those of "any" stand in, and the page says so. Where it is not known who is
// out of reach of a service there are none: those of another one would look like an answer.
function coldspotService() {
  const listed = Object.keys(data.summary.coldspots);
  return listed.includes(service()) || !listed.length || figures().uncovered === null ? service() : listed.includes("any") ? "any" : listed[0];
}

// They are listed for two cases of the coverage: central, and low. With high coverage the ground is that of the central list.
const lowLeads = () => ((data.summary.estimated || {})[coldspotService()] || {}).low_coverage_leads === true;
const coldspotChoice = () => shownCase(coldspotService());
const coldspotCase = () => (coldspotChoice() === "low" || (coldspotChoice() === "central" && lowLeads()) ? "low_coverage" : "central");

// The case of which the figures of the list are: where low coverage leads, it is not that of the rest of the page, and is named.
const listedCase = () => (coldspotChoice() === "high" ? "high" : coldspotCase() === "low_coverage" ? "low" : "central");

// People of a coldspot who are out of reach in the case of the moment.
const peopleIn = (spot) => (coldspotChoice() === "high" ? spot.people_low : spot.people);

// How many coldspots there are in the list that the page shows, and people in them; no list says how many of them high coverage reaches.
function coldspotCounts() {
  const found = data.summary.coldspots[coldspotService()], end = coldspotCase() === "central" ? "" : "_low_coverage";
  if (!found) return { count: 0, people: 0 };
  return { count: found["count" + end], people: coldspotChoice() === "high" ? null : found["people" + end] };
}
