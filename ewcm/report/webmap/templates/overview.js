// The overview: who is reached, by each technology, how far from coverage, official figures, and what to know before using them.

function key() {
  return el("ul", { class: "key" },
    el("li", null, swatch(SHARE_COLOURS.uncovered), t("unreached")),
    el("li", null, swatch(SHARE_COLOURS.covered), t("covered")),
    el("li", null, swatch("#fff", "cross"), t("unknown")),
    el("li", null, svgEl("svg", { viewBox: "0 0 18 12", width: 18, height: 12, "aria-hidden": "true", focusable: "false" }, svgEl("path", { d: "M1 2v8M1 6H17M17 2v8", class: "whisker" })), t("range_key")));
}

// Named wherever figures stand that follow the case, and wherever some stand that do not.
const ofCase = () => (state.case === "central" ? null : " (" + t("case_" + state.case) + ")");
const centralOnly = () => (state.case === "central" ? null : el("strong", null, " " + t("central_only")));

function ledgerTable() {
  const values = figures();
  const line = (label, value, share) => el("tr", null, el("th", { scope: "row" }, label), el("td", null, figure(value, value === null ? t("unknown_short") : people(value), "plain")), el("td", null, percent(share)));
  const rows = [
    line(t("covered"), values.covered, values.covered_share),
    line(t("unreached"), values.uncovered, values.uncovered_share),
    line(t("unknown"), values.unknown, values.unknown_share),
    line(t("total"), data.summary.people, data.summary.people ? 1 : null),
  ];
  if (data.summary.ledger.outside > 0)
    rows.push(el("tr", null, el("th", { scope: "row" }, t("outside")), el("td", null, people(data.summary.ledger.outside)), el("td", null, "")));
  return el("table", { class: "plain-table" },
    el("caption", null, t("ledger_caption", { service: serviceName(service()) }), ofCase()),
    el("thead", null, el("tr", null, el("td", null), el("th", { scope: "col" }, t("people")), el("th", { scope: "col" }, t("share")))),
    el("tbody", null, rows));
}

// One official figure beside this map: all operators together with their range, and the best single one.
function officialRow(technology) {
  const official = data.summary.official[technology], best = (data.summary.sdg_9c1 || {})[technology];
  const of = figures(OFFICIAL_SERVICES[technology], "central"), total = data.summary.people;
  const known = of && of.covered !== null && of.unknown < total;
  const union = known ? of.covered / total : null, unknownPart = known && of.unknown > 0;
  const share = official ? official.share : null;
  const small = (...words) => el("small", null, words);
  const gap = () => {
    if (!official || official.role === "target") return NO_VALUE;
    if (official.gap_points === null) return known ? small(t("sdg_partly")) : NO_VALUE;
    return [signed(official.gap_points, { maximumFractionDigits: 1 }), small(signed(official.gap_people, { notation: "compact", compactDisplay: "long", maximumSignificantDigits: 2 }))];
  };
  const outside = official && (official.position === "above" || official.position === "below");
  return [el("tr", { "data-technology": technology, "data-role": official ? official.role : null },
    el("th", { scope: "row", rowSpan: outside ? 2 : null }, t("or_newer", { technology })),
    el("td", null, share === null ? t("unknown_short") : [figure(share, percent(share), "plain"), official.year ? small(date(String(official.year))) : null]),
    el("td", null, union === null ? t("unknown_short") : [percent(union),
      official ? small(shareRange(official.union_share_low, official.union_share_high)) : null,
      unknownPart ? small(named(t("unknown"), percent(of.unknown_share))) : null]),
    el("td", null, best ? [figure(best.share, percent(best.share), "plain"), best.operator ? small(name(best.operator)) : null, bestIsLeast(best) ? small(t("sdg_best_least")) : null] : t("unknown_short")),
    el("td", null, gap())),
  outside ? el("tr", { class: "outside-range" }, el("td", { colSpan: 4 }, t("sdg_" + official.position + (isWide(official) ? "" : "_figure"), { technology }))) : null];
}

// Whether another operator, or more of this one, may cover more people than is known.
const bestIsLeast = (best) => best.share_at_most !== undefined && percent(best.share_at_most) !== percent(best.share);

// Whether the ends of the range beside an official figure can be told apart.
const isWide = (official) => percent(official.union_share_low) !== percent(official.union_share_high);

const OFFICIAL_SERVICES = { "2G": "any", "3G": "3G+", "4G": "4G+", "5G": "5G" };

const signed = (value, options) => format({ ...options, signDisplay: "exceptZero" }).format(value);

function officialTable() {
  const all = data.summary.official, stated = Object.values(all).filter(Boolean);
  if (!data.summary.people) return null;
  const sources = [...new Set(stated.map((official) => official.source))];
  const withRole = (role) => Object.keys(all).filter((technology) => all[technology] && all[technology].role === role);
  const roles = ["check", "target"].filter((role) => withRole(role).length);
  return el("section", { id: "official" }, el("h3", null, t("sdg_title")), el("p", { class: "note" }, t("sdg_text"), centralOnly()),
    el("table", { class: "plain-table" }, el("caption", { class: "hidden" }, t("sdg_title")),
      el("thead", null, el("tr", null, el("td", null), ["sdg_official", "sdg_union", "sdg_best", "sdg_gap"].map((key) => el("th", { scope: "col" }, t(key))))),
      el("tbody", null, Object.keys(all).map(officialRow))),
    roles.map((role) => el("p", { class: "note" }, t("sdg_" + role, { technologies: new Intl.ListFormat(locale(), { type: "conjunction" }).format(withRole(role)) }))),
    stated.length ? null : el("p", { class: "note" }, t("sdg_no_official")),
    sources.map((source) => el("p", { class: "note" }, t("sdg_source", { source: "\u2068" + source + "\u2069" }))),
    el("p", { class: "note" }, t("sdg_why")));
}

// The words for the name of a hazard that the engine has given it; null for one of the user's own.
const hazardWord = (name) => (data.area_hazards.words[name] ? inLanguage(data.area_hazards.words[name]) : null);

// A caveat as an item of a list. Names of files are isolates, so that they do not turn a sentence from right to left around.
function caveatItem(caveat) {
  const word = (value) => (typeof value === "number" ? number(value, Math.abs(value) < 100 ? 1 : 0) : "\u2068" + value + "\u2069");
  const words = {};
  for (const [blank, value] of Object.entries(caveat.values || {})) {
    // A year is no amount, and its digits are not grouped; a service or a channel is told by its name, not by its code.
    const one = blank === "year" ? (year) => date(String(year)) : blank.startsWith("service") ? serviceName : blank === "technologies" ? (channel) => isolated(serviceName(channel)) : blank === "hazard" ? (name) => hazardWord(name) || word(name) : word;
    words[blank] = Array.isArray(value)
      ? new Intl.ListFormat(locale(), { style: "long", type: "conjunction" }).format(value.map(one))
      : one(value);
  }
  const key = "caveat_" + caveat.code;
  const told = has(key) ? [null, t(key, words)] : ["ltr", caveat.text];
  return el("li", { dir: told[0], class: ["starter", "exercise"].includes(caveat.code) ? "strong" : null, "data-code": caveat.code }, told[1]);
}

function renderOverview() {
  const values = figures();
  const caveats = data.summary.caveats.map(caveatItem);
  const distances = data.summary.distance;
  replace(byId("tab-overview"),
    el("section", null,
      el("h3", null, t("who_is_reached", { service: serviceName(service()) })),
      reachBar(values, t("chart_row", { service: serviceName(service()), unreached: percent(values.uncovered_share), unknown: percent(values.unknown_share) })),
      key(), ledgerTable(),
      isTold(values) ? el("p", { class: "note" }, isRange(values.low, values.high) ? t((data.summary.estimated || {})[service()] ? "range_estimated" : "range_text", { range: roughRange(values.low, values.high) }) : t("no_range_text")) : el("p", { class: "note" }, untoldWords(values))),
    el("section", null, el("h3", null, t("chart_technologies")), el("p", { class: "note" }, t("chart_technologies_text"), ofCase()), reachByTechnology()),
    distances && distances.some((part) => part.people > 0)
      ? el("section", null, el("h3", null, t("chart_distance")), el("p", { class: "note" }, t("chart_distance_text"), centralOnly()), peopleByDistance()) : null,
    officialTable(),
    el("section", null, el("h3", null, t("caveats")), el("ul", { class: "caveats" }, caveats)));
}
