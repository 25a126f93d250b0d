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
    if (every && data.summary.headline_service === null) return t("headline_unknown", words);
    if (values.covered === null) return t("headline_unknown_service", words);
    return t(every ? "headline_untold" : "headline_untold_service", words);
  }
  const nobody = Math.round(values.uncovered) === 0;
  const said = t((nobody ? "headline_none" : "headline") + (every ? "" : "_service"), words);
  return someoneUnknown(values) ? said + " " + t("headline_rest", { people: roughly(values.unknown) }) : said;
}

const oldestInput = () => (data.summary.oldest_input_year === null ? t("oldest_input_unknown") : t("oldest_input", { year: date(String(data.summary.oldest_input_year)) }));

function card(title, className, ...content) {
  return el("div", { class: "card " + (className || "") }, el("h3", null, title), content);
}

function renderHeadline() {
  const values = figures(), total = data.summary.people, told = isTold(values);
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
      t("card_unknown"), "unsure", figure(values.unknown, roughly(values.unknown)),
      el("p", null, someoneUnknown(values) ? t("of_people", { share: percent(values.unknown_share) }) : t("nobody_unknown")),
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

function swatch(colour, hatched) {
  const box = svgEl("svg", { viewBox: "0 0 18 12", width: 18, height: 12, class: "swatch", "aria-hidden": "true", focusable: "false" });
  box.append(svgEl("rect", { x: 0.5, y: 0.5, width: 17, height: 11, fill: colour || "#fff", stroke: "#777" }));
  if (hatched) box.append(svgEl("rect", { x: 0.5, y: 0.5, width: 17, height: 11, fill: "url(#hatch)" }));
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

// Official figures are of the best single operator; so is the figure that stands beside them.
function officialTable() {
  const official = data.summary.official;
  const ours = data.summary.sdg_9c1 || {};
  const names = ["2G", "3G", "4G"].filter((technology) => (official && typeof official[technology] === "number") || ours[technology]);
  if (!names.length) return null;
  const rows = names.map((technology) => {
    const mine = ours[technology];
    const theirs = official && typeof official[technology] === "number" ? official[technology] / 100 : null;
    return el("tr", null,
      el("th", { scope: "row" }, t("or_newer", { technology })),
      official ? el("td", null, theirs === null ? NO_VALUE : percent(theirs)) : null,
      el("td", null, mine ? [figure(mine.share, percent(mine.share), "plain"), mine.operator ? [" (", name(mine.operator), ")"] : ""] : t("unknown_short")));
  });
  return el("section", null, el("h3", null, t("sdg_title")), el("p", null, t("sdg_text")),
    el("table", { class: "plain-table" }, el("caption", { class: "hidden" }, t("sdg_title")),
      el("thead", null, el("tr", null, el("td", null),
        official ? el("th", { scope: "col" }, official.year ? t("sdg_official_year", { year: date(String(official.year)) }) : t("sdg_official")) : null,
        el("th", { scope: "col" }, t("sdg_ours")))),
      el("tbody", null, rows)),
    official ? null : el("p", { class: "note" }, t("sdg_no_official")));
}

// A caveat as an item of a list. Names of files are isolates, so that they do not turn a sentence from right to left around.
function caveatItem(caveat) {
  const word = (value) => (typeof value === "number" ? number(value) : "\u2068" + value + "\u2069");
  const words = {};
  for (const [blank, value] of Object.entries(caveat.values || {}))
    words[blank] = Array.isArray(value)
      ? new Intl.ListFormat(locale(), { style: "long", type: "conjunction" }).format(value.map(word))
      : word(value);
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
