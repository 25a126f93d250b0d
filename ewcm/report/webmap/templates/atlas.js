// The atlas: circles on the world, and the same figures in a table.

const nameOf = (country) => country.names[language] || country.names.en;
const addressOf = (country) => `${encodeURIComponent(country.iso3)}/index.html#from=atlas&lang=${language}`;
// Who is out of reach of any technology; a country of which that is not known counts with its people as unknown.
const known = (country) => country.unreached !== null;

// Where nearly nobody is out of reach: the widest service that people live without, how many, and their share.
const newerWords = ({ service, people: without, share }) => t("atlas_without", { service: serviceName(service), people: people(without), share: percent(share) });
// What the country reported of its oldest network, and when; a map that was made to meet it is no check of it.
function officialWords(official) {
  if (!official) return NO_VALUE;
  const words = percent(official.share) + (official.year ? " (" + plainYear(official.year) + ")" : "");
  return official.role === "target" ? [words, el("small", { class: "target" }, t("atlas_official_target"))] : words;
}
// What the figure of those out of reach rests on that a reader could take for more than it is, as the country's own page says it.
const basisWords = ({ basis: { estimated, set_to: share, operators }, older }) => [
  older ? t("atlas_older") : null,
  estimated ? (share === null ? t("headline_estimated") : t("headline_estimated_set", { share: percent(share) })) : null,
  operators.length ? t("headline_operators", { operators: operators.map((one) => "\u2068" + one + "\u2069").join(comma()) }) : null,
].filter(Boolean);
const plainYear = (year) => format({ useGrouping: false }).format(year);

const COLUMNS = {
  name: { title: () => t("atlas_country"), value: nameOf, show: (country) => el("a", { href: addressOf(country) }, nameOf(country)) },
  people: { title: () => t("people"), value: (country) => country.people, show: (country) => people(country.people) },
  unreached: { title: () => t("unreached"), value: (country) => country.unreached, show: (country) => (known(country) ? [people(country.unreached), country.newer ? el("small", null, newerWords(country.newer)) : null, basisWords(country).map((words) => el("small", { class: "basis" }, words))] : t("unknown_short")) },
  share: { title: () => t("share"), value: (country) => country.share, show: (country) => percent(country.share) },
  range: { title: () => t("atlas_range"), value: (country) => (isRange(country.low, country.high) ? country.high - country.low : null), show: (country) => range(country.low, country.high) },
  covered: { title: () => t("atlas_covered"), value: (country) => country.covered_share, show: (country) => (country.covered_share === null ? t("unknown_short") : percent(country.covered_share)) },
  official: { title: () => t("atlas_official"), value: (country) => (country.official ? country.official.share : null), show: (country) => officialWords(country.official) },
  unknown: { title: () => t("unknown"), value: (country) => country.unknown, show: (country) => people(country.unknown) },
  grade: { title: () => t("atlas_grade"), value: (country) => t("grade_" + country.grade), show: (country) => (country.starter || country.exercise ? el("span", { class: "tag" }, t("grade_" + country.grade)) : t("grade_" + country.grade)) },
  date: { title: () => t("atlas_date"), value: (country) => country.date, show: (country) => (country.date ? date(country.date) : NO_VALUE) },
};

/** @type {[string, number]} */
let sorting = ["unreached", -1];
let filter = "";

function chosenRows() {
  const [column, direction] = sorting, compare = new Intl.Collator(language).compare, wanted = plain(filter);
  return data.countries
    .filter((country) => !wanted || plain(nameOf(country) + " " + country.iso3).includes(wanted))
    .sort((a, b) => {
      const x = COLUMNS[column].value(a), y = COLUMNS[column].value(b);
      if (x === null || y === null) return Number(x === null) - Number(y === null);
      return direction * (typeof x === "string" ? compare(x, String(y)) : x - Number(y));
    });
}

function renderRows() {
  replace(document.querySelector("#countries tbody"), chosenRows().map((country) =>
    el("tr", { "data-iso3": country.iso3 }, Object.entries(COLUMNS).map(([id, column]) => el(id === "name" ? "th" : "td", { class: id, scope: id === "name" ? "row" : null }, column.show(country))))));
}

function saveCsv() {
  const titles = ["ISO 3166", t("atlas_country"), t("people"), t("unreached"), t("low"), t("high"), t("share"), t("atlas_covered"), t("atlas_official"), t("unknown"), t("atlas_grade"), t("atlas_date"), t("atlas_newer"), t("atlas_newer_people"), t("atlas_basis")];
  const rows = chosenRows().map((country) => [country.iso3, nameOf(country), country.people, country.unreached, country.low, country.high, country.share, country.covered_share, country.official && country.official.share, country.unknown, t("grade_" + country.grade), country.date, country.newer ? serviceName(country.newer.service) : "", country.newer ? country.newer.people : "", basisWords(country).join(" ")]);
  download("countries.csv", "text/csv;charset=utf-8", csv([titles, ...rows]));
  announce(t("saved"));
}

function renderTable() {
  const header = Object.entries(COLUMNS).map(([id, column]) => el("th", { scope: "col", class: id, "aria-sort": sorting[0] === id ? (sorting[1] > 0 ? "ascending" : "descending") : "none" },
    el("button", { type: "button", class: "sort", id: "sort-" + id, onclick: () => {
      sorting = [id, sorting[0] === id ? -sorting[1] : ["name", "grade"].includes(id) ? 1 : -1];
      renderTable();
      byId("sort-" + id).focus();
    } }, column.title(), el("span", { "aria-hidden": "true", class: "arrow" }, sorting[0] === id ? (sorting[1] > 0 ? "▲" : "▼") : ""))));
  replace(byId("countries"),
    el("div", { class: "table-tools" },
      el("label", { class: "hidden", for: "filter" }, t("atlas_filter")),
      el("input", { type: "text", id: "filter", placeholder: t("atlas_filter"), value: filter, oninput: (event) => {
        filter = event.target.value;
        renderRows();
      } }),
      el("button", { type: "button", id: "csv", onclick: saveCsv }, t("save_csv"))),
    el("div", { class: "table-box", role: "region", tabindex: 0, "aria-label": t("atlas_table") },
      el("table", { class: "rows" }, el("caption", { class: "hidden" }, t("atlas_table")), el("thead", null, el("tr", null, header)), el("tbody"))));
  renderRows();
}

// The totals are of real people: what is made up for an exercise is left out of them, and that is said.
// The first sentence is the headline; what limits it stands below it in smaller letters, as on the page of a country.
function headline() {
  if (!data.countries.length) return [t("atlas_none")];
  const counted = data.countries.filter((country) => !country.exercise), leftOut = data.countries.length - counted.length;
  const apart = leftOut ? t("atlas_exercises", { countries: number(leftOut) }) : "";
  return [...(counted.length ? totals(counted) : []), apart].filter(Boolean);
}

function totals(countries) {
  const sum = (key) => countries.reduce((total, country) => total + (country[key] || 0), 0);
  const total = sum("people"), unreached = sum("unreached"), unknown = sum("unknown"), told = countries.some(known);
  const examples = countries.filter((country) => country.starter).length, counts = { countries: number(countries.length), examples: number(examples) };
  const words = {
    countries: t(examples ? "atlas_examples" : "atlas_countries", counts), people: roughly(total), unreached: roughly(unreached),
    range: roughRange(sum("low"), sum("high")), share: roughPercent(total ? unreached / total : null),
  };
  const said = t(told ? "atlas_headline" : "atlas_headline_unknown", words);
  const nearly = countries.filter((country) => country.newer), estimates = countries.filter((country) => known(country) && country.basis.estimated);
  const older = countries.filter((country) => country.older);
  const without = nearly.reduce((total, country) => total + country.newer.people, 0);
  return [
    said,
    ...(older.length ? [t("atlas_older_countries", { countries: older.map(nameOf).join(comma()) })] : []),
    ...(estimates.length ? [t("atlas_estimated", { countries: number(estimates.length) })] : []),
    ...(nearly.length ? [t("atlas_nearly", { countries: number(nearly.length), people: roughly(without) })] : []),
    ...(told && unknown > 0 ? [t("headline_rest", { people: roughly(unknown) })] : []),
  ];
}

function drawWorld() {
  const renderer = L.svg({ padding: 0.5 });
  for (const shift of [0, 360]) {
    const land = data.land.map((rings) => rings.map((ring) => {
      let x = 0, y = 0;
      const points = [];
      for (let i = 0; i < ring.length; i += 2) {
        x += ring[i];
        y += ring[i + 1];
        points.push([y / data.scale, x / data.scale + shift]);
      }
      return points;
    }));
    L.polygon(land, { renderer, interactive: false, fillColor: "#f4f1ea", fillOpacity: 1, color: "#b9b4a8", weight: 0.7 }).addTo(map);
  }
  for (const group of [leaders, circleNames, circles]) group.addTo(map);
}

function render() {
  translatePage();
  document.title = t("atlas_title");
  const [first, ...rest] = headline();
  replace(byId("headline"), first, rest.length ? [" ", el("span", { class: "rest" }, rest.join(" "))] : null);
  map.getContainer().setAttribute("aria-label", t("atlas_map_label"));
  renderTable();
  renderSizes();
  drawCircles();
  history.replaceState(null, "", "#lang=" + language);
}

offerLanguages(render);
map.fitBounds([[-36, data.cut + 10], [46, data.cut + 320]], { animate: false });
drawWorld();
readLanguage();
render();
map.on("zoomend resize", () => {
  renderSizes();
  drawCircles();
});
document.documentElement.setAttribute("data-ready", "yes");
