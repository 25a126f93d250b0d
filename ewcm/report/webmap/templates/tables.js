// The tables of areas and coldspots.

const ROWS_AT_ONCE = 40;
const sorting = { areas: ["unreached", -1], coldspots: ["rank", 1] };
const filters = { areas: "", coldspots: "" };
const shown = { areas: ROWS_AT_ONCE, coldspots: ROWS_AT_ONCE };

// Service and case go into every saved row: a file that is passed on says what it holds.
const CHOICE_COLUMNS = {
  service: { title: () => t("switch_short"), value: () => service(), csvOnly: true },
  case: { title: () => t("case"), value: () => shownCase() + (shownCase() === "central" ? "" : "_coverage"), csvOnly: true },
};

const AREA_COLUMNS = {
  name: { title: () => t("area"), value: areaName, show: (area) => name(areaName(area)) },
  people: { title: () => t("people"), value: (area) => area.people, show: (area) => people(area.people) },
  unreached: { title: () => t("unreached"), value: (area) => (isKnownIn(area) ? figuresOf(area).uncovered : null), show: (area) => (isKnownIn(area) ? people(figuresOf(area).uncovered) : t("unknown_short")) },
  share: { title: () => t("share"), value: shareOf, show: (area) => percent(shareOf(area)) },
  low: { title: () => t("low"), value: (area) => figuresOf(area).low, csvOnly: true },
  high: { title: () => t("high"), value: (area) => figuresOf(area).high, csvOnly: true },
  covered: { title: () => t("covered"), value: (area) => figuresOf(area).covered, csvOnly: true },
  unknown: { title: () => t("unknown"), value: (area) => figuresOf(area).unknown, csvOnly: true },
  km2: { title: () => t("km2_title"), value: (area) => area.km2, csvOnly: true },
  id: { title: () => t("code"), value: (area) => area.id, csvOnly: true },
  parent: { title: () => t("part_of"), value: parentName, csvOnly: true },
  ...CHOICE_COLUMNS,
};

const SPOT_COLUMNS = {
  rank: { title: () => t("rank"), value: (spot) => spot.rank, show: (spot) => number(spot.rank) },
  place: { title: () => t("nearest_place"), value: (spot) => spot.place || spotArea(spot), show: (spot) => [spotTitle(spot), spotArea(spot) && spot.place ? el("small", null, name(spotArea(spot))) : null] },
  people: { title: () => t("people"), value: peopleIn, show: (spot) => [people(peopleIn(spot)), el("small", null, range(spot.people_low, spot.people_high))] },
  distance: { title: () => t("to_coverage_short"), value: (spot) => spot.distance_to_coverage_km, show: (spot) => kilometres(spot.distance_to_coverage_km) },
  low: { title: () => t("low"), value: (spot) => spot.people_low, csvOnly: true },
  high: { title: () => t("high"), value: (spot) => spot.people_high, csvOnly: true },
  km2: { title: () => t("km2_title"), value: (spot) => spot.area_km2, csvOnly: true },
  within: { title: () => t("within_radius"), value: (spot) => spot.people_within_radius, csvOnly: true },
  away: { title: () => t("nearest_place") + " km", value: (spot) => spot.place_distance_km, csvOnly: true },
  direction: { title: () => t("direction"), value: (spot) => (spot.place_direction ? t("direction_" + spot.place_direction) : ""), csvOnly: true },
  area: { title: () => t("area"), value: spotArea, csvOnly: true },
  covered: { title: () => t("covered_place"), value: (spot) => spot.covered_place, csvOnly: true },
  id: { title: () => t("code"), value: (spot) => spot.coldspot_id, csvOnly: true },
  lat: { title: () => t("latitude"), value: (spot) => spot.lat, csvOnly: true },
  lon: { title: () => t("longitude"), value: (spot) => spot.lon, csvOnly: true },
  service: { ...CHOICE_COLUMNS.service, value: (spot) => spot.service },
  case: { ...CHOICE_COLUMNS.case, value: (spot) => (coldspotChoice() === "high" ? "high_coverage" : spot.case) },
};

const TABLES = {
  areas: { columns: AREA_COLUMNS, rows: () => areasOf(state.level), words: (area) => areaName(area) + " " + area.name + " " + parentName(area) + " " + area.id, visit: visitArea },
  coldspots: { columns: SPOT_COLUMNS, rows: spotsShown, words: (spot) => spot.place + " " + spotArea(spot) + " " + spot.area_name + " " + spot.coldspot_id, visit: visitColdspot },
};

// The rows of a table as the reader has filtered and sorted them.
function chosenRows(table) {
  const { columns, rows, words } = TABLES[table];
  const [column, direction] = sorting[table], compare = collator().compare, wanted = plain(filters[table]);
  const value = columns[column].value;
  return rows()
    .filter((row) => !wanted || plain(words(row)).includes(wanted))
    .sort((a, b) => {
      const x = value(a), y = value(b);
      if (x === null || y === null) return Number(x === null) - Number(y === null);
      return direction * (typeof x === "string" ? compare(x, y) : x - y);
    });
}

function saveCsv(table) {
  const columns = Object.values(TABLES[table].columns);
  const lines = [columns.map((column) => column.title()), ...chosenRows(table).map((row) => columns.map((column) => column.value(row)))];
  if (markWords("short")) lines.unshift([markWords("short")]);
  const of = (table === "coldspots" ? coldspotService() : service()).replace("+", "plus"), which = table === "coldspots" ? listedCase() : shownCase();
  download(`${data.summary.iso3}_${table}_${of}_${which}${which === "central" ? "" : "_coverage"}.csv`, "text/csv;charset=utf-8", csv(lines));
  announce(t("saved"));
}

function rowNode(table, row) {
  const { columns, visit } = TABLES[table];
  const cells = Object.entries(columns).filter(([, column]) => !column.csvOnly);
  const button = table === "areas" ? "name" : "place", chosen = Boolean(selected) && selected.item === row;
  return el("tr", { class: chosen ? "selected" : null }, cells.map(([id, column]) => {
    const content = id === button ? el("button", { type: "button", class: "link", "aria-current": chosen ? "true" : null, onclick: () => visit(row) }, column.show(row)) : column.show(row);
    return el(id === button ? "th" : "td", { scope: id === button ? "row" : null, class: id }, content);
  }));
}

function renderRows(table) {
  const rows = chosenRows(table), part = rows.slice(0, shown[table]);
  const box = byId("tab-" + table);
  replace(box.querySelector("tbody"), part.map((row) => rowNode(table, row)));
  replace(box.querySelector(".count"), t("rows_shown", { shown: number(part.length), total: number(rows.length) }));
  const [more] = all(".more", box);
  more.hidden = part.length >= rows.length;
}

// After a choice on the map or in a list: the chosen row opens, and the focus stays where it was.
function markSelected() {
  for (const table of ["areas", "coldspots"]) {
    const box = byId("tab-" + table), focused = box.contains(document.activeElement) ? document.activeElement.textContent : null;
    if (written.has(table)) renderRows(table);
    if (focused !== null) {
      const again = all("tbody button", box).find((button) => button.textContent === focused);
      if (again) again.focus({ preventScroll: true });
    }
  }
  const row = document.querySelector("[role=tabpanel]:not([hidden]) tr.selected");
  if (row && !isStacked()) row.scrollIntoView({ block: "nearest" });
}

function renderTable(table, introduction) {
  const { columns } = TABLES[table];
  const header = Object.entries(columns).filter(([, column]) => !column.csvOnly).map(([id, column]) => {
    const [by, direction] = sorting[table];
    return el("th", { scope: "col", class: id, "aria-sort": by === id ? (direction > 0 ? "ascending" : "descending") : "none" },
      el("button", { type: "button", class: "sort", id: `sort-${table}-${id}`, onclick: () => {
        sorting[table] = [id, by === id ? -direction : typeof columns[id].value(TABLES[table].rows()[0]) === "string" || id === "rank" ? 1 : -1];
        TAB_CONTENT[table]();
        byId(`sort-${table}-${id}`).focus();
      } }, column.title(), el("span", { "aria-hidden": "true", class: "arrow" }, by === id ? (direction > 0 ? "▲" : "▼") : "")));
  });
  replace(byId("tab-" + table), introduction,
    el("div", { class: "table-tools" },
      el("label", { class: "hidden", for: "filter-" + table }, t("filter_" + table)),
      el("input", { type: "text", id: "filter-" + table, placeholder: t("filter_" + table), value: filters[table], oninput: (event) => {
        filters[table] = event.target.value;
        shown[table] = ROWS_AT_ONCE;
        renderRows(table);
      } }),
      el("button", { type: "button", id: "csv-" + table, onclick: () => saveCsv(table) }, t("save_csv"))),
    el("p", { class: "note count", role: "status" }),
    el("table", { class: "rows " + table }, el("caption", { class: "hidden" }, t("caption_" + table, { service: serviceName(service()) })), el("thead", null, el("tr", null, header)), el("tbody")),
    el("button", { type: "button", class: "more", onclick: () => {
      shown[table] += 500;
      renderRows(table);
    } }, t("more")));
  renderRows(table);
}

function areasIntroduction() {
  const level = LEVELS.length > 1 ? el("label", { class: "level" }, t("level") + " ", el("select", { id: "level", onchange: (event) => {
    state.level = Number(event.target.value);
    refresh("level");
  } }, LEVELS.map((one) => el("option", { value: one, selected: one === state.level }, t("level_" + one))))) : null;
  return [el("h3", null, t("tab_areas")), el("p", { class: "note" }, t("areas_text", { service: serviceName(service()) }), ofCase()), level];
}

// Which list it is: that of low coverage, of the central case, or the ground of the central list with the figures of high coverage.
function listWords(counts) {
  if (coldspotChoice() === "high") return t("coldspots_high", { count: number(counts.count), shown: number(spotsShown().length) });
  return t(coldspotCase() === "central" ? "coldspots_central" : coldspotChoice() === "low" ? "coldspots_low" : "coldspots_lead");
}

function coldspotsIntroduction() {
  const of = coldspotService(), counts = coldspotCounts(), listed = spotsShown().length, values = figures(of);
  const words = { count: number(counts.count), people: people(counts.people), service: serviceName(of) };
  const said = !(of in data.summary.coldspots) ? (isTold(values) ? t("coldspots_none", words) : untoldWords(values)) : counts.people === null ? null : t("coldspots_text", words);
  return [
    el("h3", null, t("tab_coldspots")),
    said ? el("p", { class: "note" }, said) : null,
    of === service() ? null : el("p", { class: "note" }, t("coldspots_of", { service: serviceName(of) })),
    counts.count ? el("p", { class: "note", id: "which-list" }, listWords(counts)) : null,
    counts.people !== null && listed < counts.count ? el("p", { class: "note", id: "listed" }, t("coldspots_listed", { listed: number(listed), total: number(counts.count) })) : null,
  ];
}
