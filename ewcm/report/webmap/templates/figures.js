// The headline, the cards and the overview: the figures of summary.json, in words and numbers.

// A figure of the summary. The exact value stays with it for whoever reads the page by machine.
const figure = (value, shown, className) => el("span", { class: className || "figure", "data-value": value }, shown);

const someoneUnknown = (values) => values.unknown > 0;

// Whether it is known who is out of reach; where it is not, no figure of them is shown.
const isTold = (values) => values.uncovered !== null;

// Why there is no figure of those out of reach.
const untoldWords = (values) => t(values.covered === null ? "no_data_for" : "untold_for", { service: serviceName(service()) });

function headlineText() {
  const values = figures(), every = service() === "any";
  const country = data.summary.starter ? t("headline_example", { country: countryName() }) : countryName();
  if (!data.summary.people) return t("headline_nobody", { country });
  const words = {
    country, service: serviceName(service()), people: roughly(values.uncovered), share: percent(values.uncovered_share),
    range: roughRange(values.uncovered_low, values.uncovered_high), covered: roughly(values.covered),
  };
  if (!isTold(values)) {
    const nobodyLeft = values.covered !== null && Math.round(values.unknown) === 0;
    if (every && data.summary.headline_service === null && !nobodyLeft) return t("headline_unknown", words);
    if (values.covered === null) return t("headline_unknown_service", words);
    return t(every ? "headline_untold" : "headline_untold_service", words);
  }
  const nobody = Math.round(values.uncovered) === 0;
  const said = t((nobody ? "headline_none" : "headline") + (every ? "" : "_service"), words);
  const rest = someoneUnknown(values) ? [t("headline_rest", { people: roughly(values.unknown) })] : [];
  return [said, ...nearlyAllCovered(), ...rest].join(" ");
}

// What is said beside the service that the page opens with: of wider ones nearly nobody is out of reach.
const nearlyAllCovered = () => (service() !== data.summary.headline_service ? [] : (data.summary.nearly_all_covered || []).map((wider) => {
  const of = figures(wider);
  return t(wider === "any" ? "headline_nearly" : "headline_nearly_service", { service: serviceName(wider), people: roughly(of.uncovered), range: roughRange(of.uncovered_low, of.uncovered_high) });
}));

const oldestInput = () => (data.summary.oldest_input_year === null ? t("oldest_input_unknown") : t("oldest_input", { year: date(String(data.summary.oldest_input_year)) }));

function card(title, className, ...content) {
  return el("div", { class: "card " + (className || "") }, el("h3", null, title), content);
}

function renderHeadline() {
  const values = figures(), total = data.summary.people, told = isTold(values);
  const every = service() === "any", any = figures("any"), ofService = { service: serviceName(service()) };
  const cards = [
    card(t("card_people"), "", figure(total, roughly(total)), el("p", null, people(total))),
    card(
      service() === "any" ? t("card_unreached") : t("card_without", { service: serviceName(service()) }),
      "alarm",
      figure(values.uncovered, told ? roughly(values.uncovered) : t("unknown_short")),
      told ? [
        el("p", null, t("of_people", { share: percent(values.uncovered_share) })),
        el("p", { class: "range" }, roughRange(values.uncovered_low, values.uncovered_high)),
      ] : el("p", null, untoldWords(values)),
    ),
    card(
      every ? t("card_unknown") : t("card_unknown_for", ofService), "unsure", figure(values.unknown, roughly(values.unknown)),
      el("p", null, someoneUnknown(values) ? t("of_people", { share: percent(values.unknown_share) }) : every ? t("nobody_unknown") : t("nobody_unknown_for", ofService)),
      every || !someoneUnknown(any) ? null : el("p", null, t("unknown_any", { people: roughly(any.unknown), share: percent(any.unknown_share) })),
    ),
    card(t("card_where"), "where", whereList()),
  ];
  replace(byId("headline"), el("h2", { id: "headline-text" }, headlineText()), el("p", { class: "note", id: "oldest-input" }, oldestInput()), el("div", { class: "cards" }, cards));
}

// The areas with most unreached people, each a way to go there.
function whereList() {
  const values = figures();
  if (!isTold(values)) return el("p", null, untoldWords(values));
  const worst = areasOf(state.level).filter((area) => area.figures[service()][1] >= 1).sort((a, b) => b.figures[service()][1] - a.figures[service()][1]).slice(0, 3);
  if (!worst.length || state.level === 0) {
    const spots = spotsOf(coldspotService()).slice(0, 3);
    if (!spots.length && values.uncovered >= 1) return el("p", null, t("where_scattered", { people: number(data.coldspots.min_people) }));
    if (!spots.length) return el("p", null, t("where_nobody"));
    return el("ol", null, spots.map((spot) => el("li", null, el("button", { type: "button", class: "link", onclick: () => visitColdspot(spot) }, spotTitle(spot)), " ", el("span", null, roughly(spot.people)))));
  }
  return el("ol", null, worst.map((area) => el("li", null,
    el("button", { type: "button", class: "link", onclick: () => visitArea(area) }, name(areaName(area))), " ",
    el("span", null, roughly(area.figures[service()][1])),
  )));
}

function swatch(colour, hatched, pattern = "hatch") {
  const box = svgEl("svg", { viewBox: "0 0 18 12", width: 18, height: 12, class: "swatch", "aria-hidden": "true", focusable: "false" });
  box.append(svgEl("rect", { x: 0.5, y: 0.5, width: 17, height: 11, fill: colour || "#fff", stroke: "#777" }));
  if (hatched) box.append(svgEl("rect", { x: 0.5, y: 0.5, width: 17, height: 11, fill: `url(#${pattern})` }));
  return box;
}

function key() {
  return el("ul", { class: "key" },
    el("li", null, swatch(SHARE_COLOURS.uncovered), t("unreached")),
    el("li", null, swatch(SHARE_COLOURS.covered), t("covered")),
    el("li", null, swatch("#fff", true), t("unknown")),
    el("li", null, svgEl("svg", { viewBox: "0 0 18 12", width: 18, height: 12, "aria-hidden": "true", focusable: "false" }, svgEl("path", { d: "M1 2v8M1 6H17M17 2v8", class: "whisker" })), t("range_key")));
}

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
    el("caption", null, t("ledger_caption", { service: serviceName(service()) })),
    el("thead", null, el("tr", null, el("td", null), el("th", { scope: "col" }, t("people")), el("th", { scope: "col" }, t("share")))),
    el("tbody", null, rows));
}

// One official figure beside this map: all operators together with their range, and the best single one.
function officialRow(technology) {
  const official = data.summary.official[technology], best = (data.summary.sdg_9c1 || {})[technology];
  const of = figures(OFFICIAL_SERVICES[technology]), total = data.summary.people;
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
    el("td", null, best ? [figure(best.share, percent(best.share), "plain"), best.operator ? small(name(best.operator)) : null] : t("unknown_short")),
    el("td", null, gap())),
  outside ? el("tr", { class: "outside-range" }, el("td", { colSpan: 4 }, t("sdg_" + official.position + (isWide(official) ? "" : "_figure"), { technology }))) : null];
}

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
  return el("section", { id: "official" }, el("h3", null, t("sdg_title")), el("p", { class: "note" }, t("sdg_text")),
    el("table", { class: "plain-table" }, el("caption", { class: "hidden" }, t("sdg_title")),
      el("thead", null, el("tr", null, el("td", null), ["sdg_official", "sdg_union", "sdg_best", "sdg_gap"].map((key) => el("th", { scope: "col" }, t(key))))),
      el("tbody", null, Object.keys(all).map(officialRow))),
    roles.map((role) => el("p", { class: "note" }, t("sdg_" + role, { technologies: new Intl.ListFormat(locale(), { type: "conjunction" }).format(withRole(role)) }))),
    stated.length ? null : el("p", { class: "note" }, t("sdg_no_official")),
    sources.map((source) => el("p", { class: "note" }, t("sdg_source", { source: "\u2068" + source + "\u2069" }))),
    el("p", { class: "note" }, t("sdg_why")));
}

// A caveat as an item of a list. Names of files are isolates, so that they do not turn a sentence from right to left around.
function caveatItem(caveat) {
  const word = (value) => (typeof value === "number" ? number(value, Math.abs(value) < 100 ? 1 : 0) : "\u2068" + value + "\u2069");
  const words = {};
  for (const [blank, value] of Object.entries(caveat.values || {})) {
    // A year is no amount, and its digits are not grouped; a service is told by its name, not by its code.
    const one = blank === "year" ? (year) => date(String(year)) : blank.startsWith("service") ? serviceName : word;
    words[blank] = Array.isArray(value)
      ? new Intl.ListFormat(locale(), { style: "long", type: "conjunction" }).format(value.map(one))
      : one(value);
  }
  const key = "caveat_" + caveat.code;
  const told = has(key) ? [null, t(key, words)] : ["ltr", caveat.text];
  return el("li", { dir: told[0], class: caveat.code === "starter" ? "strong" : null, "data-code": caveat.code }, told[1]);
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
      isTold(values) ? el("p", { class: "note" }, isRange(values.uncovered_low, values.uncovered_high) ? t("range_text", { range: roughRange(values.uncovered_low, values.uncovered_high) }) : t("no_range_text")) : el("p", { class: "note" }, untoldWords(values))),
    el("section", null, el("h3", null, t("chart_technologies")), el("p", { class: "note" }, t("chart_technologies_text")), reachByTechnology()),
    distances && distances.some((part) => part.people > 0)
      ? el("section", null, el("h3", null, t("chart_distance")), el("p", { class: "note" }, t("chart_distance_text")), peopleByDistance()) : null,
    officialTable(),
    el("section", null, el("h3", null, t("caveats")), el("ul", { class: "caveats" }, caveats)));
}
