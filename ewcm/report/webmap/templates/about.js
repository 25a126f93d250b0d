// Where the data come from, how to read the map, and what its words mean.

const GLOSSARY = ["technology", "coverage", "unreached", "unknown", "range", "coldspot", "area", "share", "sdg", "models", "starter"];

// What a file is, by its ending.
function fileWords(file) {
  const ending = file.slice(file.lastIndexOf(".") + 1);
  return file === "summary.json" ? t("file_summary") : ending === "npz" ? "" : t("file_" + ending);
}

// Links to what was published with the page. They ask for nothing until they are followed.
const filesList = () => el("section", null, el("h3", null, t("files_title")), el("p", { class: "note" }, t("files_beside")),
  el("ul", { class: "files" }, data.files.map((file) => el("li", null, el("a", { href: encodeURIComponent(file) }, name(file)), " ", el("small", null, fileWords(file))))));

// Addresses stay text: the page asks for nothing, and a link from a stranger's file might ask for anything.
function renderSources() {
  const rows = data.summary.inputs.map((input) => el("tr", null,
    el("th", { scope: "row" }, has("input_" + input.layer) ? t("input_" + input.layer) : input.layer, el("small", null, name(input.path)), input.lent ? el("small", { class: "lent" }, t("source_lent")) : null),
    el("td", null, name(input.attribution || ""), input.source ? el("small", null, name(input.source)) : null),
    el("td", null, name(input.licence === "not stated" ? t("not_stated") : input.licence)),
    el("td", null, input.date ? date(input.date) : t("not_stated"))));
  replace(byId("tab-sources"),
    el("h3", null, t("tab_sources")), el("p", { class: "note" }, t("sources_text")),
    el("table", { class: "rows sources" }, el("caption", { class: "hidden" }, t("tab_sources")),
      el("thead", null, el("tr", null, ["source_data", "source_from", "source_licence", "source_date"].map((key) => el("th", { scope: "col" }, t(key))))),
      el("tbody", null, rows)),
    el("h3", null, t("models_title")),
    el("ul", null, Object.keys(data.services).map((service) => el("li", null, named(serviceName(service), t("model_" + figures(service).model))))),
    el("p", { class: "note" }, t("grid_text", { width: kilometres(data.cell_km[0]), height: kilometres(data.cell_km[1]) })),
    groundNotes().map((text) => el("p", { class: "note" }, text)),
    filesList(),
    el("p", { class: "note" }, t("borders")));
}

function renderGuide() {
  replace(byId("tab-guide"),
    el("h3", null, t("guide_title")),
    el("ol", { class: "guide" }, ["guide_1", "guide_2", "guide_3", "guide_4", "guide_5", "guide_6"].map((key) => el("li", null, t(key, { km: kilometres(data.coldspots.radius_km), share: wholePercent(data.threshold) })))),
    trainingSection(),
    el("h3", null, t("guide_keys")), el("p", null, t("guide_keys_text")),
    el("h3", null, t("glossary")),
    el("dl", { class: "glossary" }, GLOSSARY.map((word) => [el("dt", null, t("word_" + word)), el("dd", null, t("meaning_" + word, { height: number(1.5, 1) }))])));
}

// What a printed page adds to the map: the key figures, the ten largest coldspots, the caveats, the sources.
// Caveats on paper, the gravest first; how many more there are is said.
const PRINTED_CAVEATS = 5;

function renderSheet() {
  const top = spotsShown().slice(0, 10), notes = listNotes().join(" ");
  const shown = PRINTED_CAVEATS - Number(notes !== ""), rest = data.summary.caveats.length - shown; // the note takes the room of one
  replace(byId("sheet"),
    top.length ? el("div", { class: "print-table" }, el("h3", null, t("top_ten")), notes ? el("p", { class: "note" }, notes) : null, el("table", { class: "rows" },
      el("thead", null, el("tr", null, [t("rank"), t("nearest_place"), t("area"), t("people_unreached"), t("range_title"), t("surface"), t("to_coverage_short")].map((title) => el("th", { scope: "col" }, title)))),
      el("tbody", null, top.map((spot) => el("tr", null, [number(spot.rank), spotTitle(spot), name(spotArea(spot) || NO_VALUE), people(peopleIn(spot)), range(spot.people_low, spot.people_high), squareKilometres(spot.area_km2), kilometres(spot.distance_to_coverage_km)].map((value) => el("td", null, value))))))) : null,
    el("div", { class: "print-notes" }, el("h3", null, t("caveats")), el("ul", null, data.summary.caveats.slice(0, shown).map(caveatItem), rest > 0 ? el("li", null, t("more_caveats", { count: number(rest) })) : null)),
    el("p", { class: "print-credits" }, t("credits"), " ", name(creditsText()), " · ", t("borders")));
}
