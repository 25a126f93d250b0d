// The sheet of one area: a page of A4 with its map, figures, coldspots, next sites, points of interest, hazards and caveats. The country's page prints it, and
// ``ewcm brief`` makes it for every area.

const SPOTS_ON_SHEET = 5, SITES_ON_SHEET = 5, POINTS_ON_SHEET = 5, HAZARDS_ON_SHEET = 6, CAVEATS_ON_SHEET = 8;

// Whether an area is another one, or lies within it.
function liesIn(area, other) {
  let found = area;
  while (found && found !== other) found = found.level > other.level ? parentOf(found) : null;
  return found === other;
}

const spotsIn = (area) => spotsShown().filter((spot) => areaOfSpot(spot) && liesIn(areaOfSpot(spot), area));

// How many coldspots an area has; of high coverage no list says it.
function spotCount(area) {
  if (coldspotChoice() === "high") return null;
  const counts = data.coldspots.counts[listName(coldspotService(), coldspotCase())] || {}, finest = LEVELS[LEVELS.length - 1];
  return Object.entries(counts).reduce((sum, [id, count]) => sum + (liesIn(areaByKey.get(finest + "/" + id), area) ? count : 0), 0);
}

const sitesIn = (area) => data.marks.next_sites.map(([rank, lat, lon, radius, people, kind, place, km, direction]) => ({ rank, lat, lon, radius, people, kind, place, place_distance_km: km, place_direction: direction })).filter((site) => contains(area, { lat: site.lat, lng: site.lon }));

// "Gulu: about 120,000 people (80,000 to 200,000) live out of reach of any mobile alert, 21 % of all." The place in the order of its level
// follows.
function sheetHeadline(area) {
  const values = figuresOf(area), every = service() === "any";
  const words = { country: isolated(areaName(area)), service: serviceName(service()), people: roughly(values.uncovered), share: roughPercent(shareOf(area)), range: roughRange(values.low, values.high), covered: roughly(values.covered) };
  if (!area.people) return t("headline_nobody", words);
  if (values.covered === null) return t("headline_unknown_service", words);
  if (!isKnownIn(area)) return t(every ? "headline_untold" : "headline_untold_service", words);
  const said = t(headlineKey(values), words);
  return [said, ...basis(), Math.round(values.unknown) > 0 ? t("headline_rest", { people: roughly(values.unknown) }) : "", placeInOrder(area), caseText()].filter(Boolean).join(" ");
}

// Where an area stands among those of its level, by people out of reach; areas of which that is not known have no place.
function placeInOrder(area) {
  const known = areasOf(area.level).filter(isKnownIn);
  if (known.length < 2) return "";
  const more = known.filter((other) => figuresOf(other).uncovered > figuresOf(area).uncovered).length;
  return t("brief_place", { place: number(more + 1), count: number(known.length) });
}

const headRow = (...titles) => el("thead", null, el("tr", null, titles.map((title) => el("th", { scope: "col" }, title))));
const bodyRow = (first, ...others) => el("tr", null, el("th", { scope: "row" }, first), others.map((value) => el("td", null, value)));
const sheetTable = (title, head, rows, className) => el("section", { class: className }, el("h3", null, title), el("table", { class: "rows" }, head, el("tbody", null, rows)));

// The figures of an area of a service in the case of the moment.
function serviceRow(area, name) {
  const cases = area.figures[name], [covered, uncovered, unknown] = cases[caseNumber(name)];
  const end = (which) => cases[data.pictures.cases.indexOf(which)][1], known = uncovered !== null && area.people > 0;
  return el("tr", { class: name === service() ? "strong" : null }, el("th", { scope: "row" }, serviceName(name)),
    [people(covered), known ? people(uncovered) : t("unknown_short"), known ? range(end("high"), end("low")) : NO_VALUE, known ? percent(uncovered / area.people) : NO_VALUE, people(unknown)].map((value) => el("td", null, value)));
}

// Channels of one technology alone say little beside "or newer"; where a service has both, the wider stands.
const orderOfService = (name) => (name === "any" ? 0 : /^\dG/.test(name) ? Number(name[0]) : 9);
const sheetServices = () => Object.keys(data.services).filter((name) => name === service() || (!canBeAtLeast(name) && name !== "2G")).sort((a, b) => orderOfService(a) - orderOfService(b));

// Why an area has no coldspot: it is not known who is out of reach, or few are, or those who are belong to coldspots whose most people live
// elsewhere.
function noSpotWords(area) {
  const left = figuresOf(area).uncovered, least = data.coldspots.min_people;
  if (left === null) return untoldWords(figuresOf(area));
  if (left < least || spotCount(area) !== 0) return t("brief_no_coldspot", { people: number(least) });
  return t("brief_spots_elsewhere", { people: roughly(left), least: number(least) });
}

// What a list of coldspots on paper says of itself: that it is of another service, or of another case of the coverage.
const listNotes = () => [
  coldspotService() === service() ? null : t("coldspots_of", { service: serviceName(coldspotService()) }),
  listedCase() === shownCase() ? null : t("coldspots_lead"),
].filter(Boolean);

function spotTable(area, spots) {
  const total = spotCount(area), title = total === null ? t("tab_coldspots") : t("brief_coldspots", { shown: number(spots.length), total: number(total) });
  const notes = [...listNotes(), ...(data.coldspots.all ? [] : [t("brief_listed", { listed: number(data.coldspots.listed) })])];
  const noted = notes.length ? el("p", { class: "note" }, notes.join(" ")) : null;
  if (!spots.length) return el("section", null, el("h3", null, t("tab_coldspots")), el("p", { class: "note" }, noSpotWords(area)), noted);
  return el("section", { class: "sheet-spots" }, el("h3", null, title), noted, el("table", { class: "rows" },
    headRow("", t("nearest_place"), t("people_unreached"), t("range_title"), t("covered_place"), t("position")),
    el("tbody", null, spots.map((spot, i) => bodyRow(number(i + 1), spotTitle(spot), people(peopleIn(spot)), range(spot.people_low, spot.people_high),
      spot.covered_place ? [name(localPlace(spot.covered_place, spot)), " · ", kilometres(spot.covered_place_distance_km)] : NO_VALUE, coordinateText(spot.lat, spot.lon))))));
}

function siteTable(sites, total) {
  const title = t("brief_next_sites", { shown: number(sites.length), total: number(total) });
  return sheetTable(title, headRow("", t("nearest_place"), data.marks.by_low_coverage ? t("brief_site_adds_low_coverage") : t("brief_site_adds"), t("brief_site_reach"), t("position")),
    sites.map((site) => bodyRow(number(site.rank), site.place ? spotTitle(site) : NO_VALUE, people(site.people), site.radius === null ? NO_VALUE : kilometres(site.radius), coordinateText(site.lat, site.lon))), "sheet-sites");
}

// The schools, clinics and shelters of an area without a signal, those with most people out of reach around them first; nothing where none
// was brought.
function pointTable(area) {
  const finest = LEVELS[LEVELS.length - 1], marks = data.marks, here = (id) => liesIn(areaByKey.get(finest + "/" + id), area);
  const counts = Object.entries(marks.points_in).filter(([id]) => here(id)).map(([, each]) => each);
  const [without, unknown, all] = [[0], [1], [0, 1, 2]].map((states) => counts.reduce((sum, each) => sum + states.reduce((own, i) => own + each[i], 0), 0));
  if (!all) return null;
  const shown = marks.silent.filter(([id]) => here(id)).slice(0, POINTS_ON_SHEET);
  const title = t("brief_points", { service: serviceName(marks.points_service), shown: number(shown.length), total: number(without) });
  const note = el("p", { class: "note" }, t("brief_points_all", { all: number(all), unknown: number(unknown) }));
  if (!shown.length) return el("section", { class: "sheet-points" }, el("h3", null, title), note);
  const table = sheetTable(title, headRow(t("brief_point"), t("brief_point_kind"), t("brief_point_near"), t("position")),
    shown.map(([, label, sort, near, lat, lon]) => bodyRow(label ? name(label) : NO_VALUE, sort ? name(sort) : NO_VALUE, people(near), coordinateText(lat, lon))), "sheet-points");
  table.append(note);
  return table;
}

// The hazards of an area: who is exposed, and how many of them are out of reach.
function hazardTable(area) {
  const rows = data.area_hazards.rows[area.level + "/" + area.id] || [];
  if (!rows.length) return el("section", null, el("h3", null, t("brief_hazards")), el("p", { class: "note" }, t("brief_no_hazard")));
  const most = rows.slice().sort((a, b) => b[1] - a[1]).slice(0, HAZARDS_ON_SHEET);
  const hazardWords = (hazard) => [inLanguage(hazard.kind) || null, hazard.name ? isolated(hazard.name) : null, hazard.period === null ? hazard.event : returnPeriod(hazard.period)].filter(Boolean).join(" · ");
  const table = sheetTable(t("brief_hazards"), headRow(t("brief_hazard"), t("brief_threshold"), t("brief_exposed"), t("brief_exposed_unreached"), t("range_title"), t("brief_hazard_unknown")), most.map(([place, exposed, unknown, services]) => {
    const hazard = data.area_hazards.hazards[place], [low, central, high] = services[service()] || services[coldspotService()] || [null, null, null];
    const threshold = hazard.threshold === null ? NO_VALUE : el("bdi", null, number(hazard.threshold, 2) + (hazard.unit && hazard.unit !== "1" ? " " + hazard.unit : ""));
    return bodyRow(hazardWords(hazard), threshold, exposed === null ? t("unknown_short") : people(exposed), central === null ? t("unknown_short") : people(central), range(low, high), people(unknown));
  }), "sheet-hazards");
  if (most.length < rows.length) table.append(el("p", { class: "note" }, t("rows_shown", { shown: number(most.length), total: number(rows.length) })));
  return table;
}

// What the colours and signs of the map mean; only those that are on it.
function sheetLegend(drawn, spots, sites) {
  const signs = [
    drawn.has("covered") ? [swatch(COVERED_COLOUR), t(ofGroundOrChance("legend_covered"), { share: wholePercent(data.threshold) })] : null,
    drawn.has("dots") ? [swatch(COVERED_COLOUR, "dots"), t(ofGroundOrChance("legend_partly"), { share: wholePercent(data.threshold) })] : null,
    drawn.has("wide") ? [swatch(COVERED_COLOUR, "wide"), t("legend_estimated")] : null,
    drawn.has("cross") ? [swatch("#fff", "cross"), t("legend_unknown")] : null,
    spots.length ? [svgEl("svg", { viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true" }, svgEl("circle", { cx: 10, cy: 10, r: 8.5, class: "number-round" }), svgEl("text", { x: 10, y: 14, "text-anchor": "middle", class: "round-text" }, number(1))), t("layer_coldspots")] : null,
    sites.length ? [svgEl("svg", { viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true" }, svgEl("rect", { x: 2, y: 2, width: 16, height: 16, class: "number-square" }), svgEl("text", { x: 10, y: 14, "text-anchor": "middle", class: "square-text" }, number(1))), t("layer_next_sites")] : null,
  ];
  const people = drawn.has("unreached") ? [el("h3", null, t("layer_unreached")), el("p", { class: "note" }, t("legend_per_km2")), ramp(UNREACHED_COLOURS, data.pictures.people_edges.slice(1), edgeWords)] : null;
  return el("div", { class: "sheet-legend" }, people, keyList(...signs));
}

// One sheet. ``made``: when, as a date in ISO 8601. Its caveats are as many as fit (``fitSheet``).
function areaSheet(area, pictures, picture, made) {
  const layers = state.layers;
  state.layers = new Set(FIRST_LAYERS); // on paper each sheet shows the same, whatever the reader has switched off on the screen
  const sheet = sheetOf(area, pictures, picture, made);
  state.layers = layers;
  return sheet;
}

function sheetOf(area, pictures, picture, made) {
  const spots = spotsIn(area).slice(0, SPOTS_ON_SHEET), allSites = sitesIn(area), sites = allSites.slice(0, SITES_ON_SHEET);
  const parent = parentOf(area), kind = [countryName(), parent ? areaName(parent) : null].filter(Boolean);
  const caveats = data.summary.caveats.slice(0, CAVEATS_ON_SHEET).map(caveatItem), signs = new Set();
  const drawn = area.box && area.shape.length ? areaMap(area, { pictures, picture, number: caseNumber(), spots, sites, signs }) : null;
  return el("article", { class: "area-sheet", lang: language, dir: document.documentElement.dir, "data-area": area.level + "/" + area.id },
    markWords("banner") ? el("p", { class: "starter" }, markWords("banner")) : null,
    el("header", null, el("h2", null, name(areaName(area))), el("p", null, kind.map((text, i) => [i ? " · " : "", name(text)]), " · ", serviceName(service()), hasRange() ? " · " + t("case_" + shownCase()) : "")),
    el("p", { class: "sheet-headline" }, sheetHeadline(area)),
    el("div", { class: "sheet-map" },
      drawn || el("p", { class: "note" }, t("brief_no_outline")),
      el("div", null, sheetLegend(signs, spots, sites), el("p", { class: "sheet-scale" }, drawn ? mapScale(area) : ""),
        el("dl", { class: "details" }, [[t("people"), people(area.people)], [t("surface"), squareKilometres(area.km2)]].map(([label, value]) => el("div", null, el("dt", null, label), el("dd", null, value)))))),
    sheetTable(t("brief_figures"), headRow(t("switch_short"), t("covered"), t("unreached"), t("range_title"), t("share"), t("unknown")), sheetServices().map((one) => serviceRow(area, one)), "sheet-figures"),
    spotTable(area, spots), sites.length ? siteTable(sites, allSites.length) : null, pointTable(area), hazardTable(area),
    el("section", { class: "sheet-notes" }, el("h3", null, t("caveats")), el("ul", null, caveats, el("li", { class: "more-caveats" }))),
    el("footer", null, el("p", { class: "credits" }, t("credits"), " ", name(creditsText())),
      el("p", null, [oldestInput(), t("brief_made", { date: date(made), version: isolated("ewcm " + data.version) }), t("borders")].join(" · "))));
}

// Takes caveats from a sheet until it fits its page, and says how many are left out.
function fitSheet(sheet) {
  const list = sheet.querySelector(".sheet-notes ul"), more = list.querySelector(".more-caveats");
  const say = () => {
    const left = data.summary.caveats.length - (list.children.length - 1);
    more.hidden = left === 0;
    more.textContent = left ? t(list.children.length > 1 ? "more_caveats" : "brief_caveats_elsewhere", { count: number(left) }) : "";
  };
  say();
  while (sheet.scrollHeight > sheet.clientHeight + 1 && list.children.length > 1) {
    list.children[list.children.length - 2].remove();
    say();
  }
  // Where even that is too long (many services, many hazards), the map gives way.
  const map = sheet.querySelector(".area-map");
  if (map && sheet.scrollHeight > sheet.clientHeight + 1) map.classList.add("small");
}
