// Two results compared: what changed, by what, and where; before and after side by side on the map.

const compare = data.compare;
const signed = (value) => (value === null || value === undefined ? t("unknown_short") : format({ maximumFractionDigits: 0, signDisplay: "exceptZero" }).format(Math.round(value)));
const figure = (value) => (value === null || value === undefined ? t("unknown_short") : people(value));
const drawn = data.pictures.services ? Object.keys(data.pictures.services) : [];
let service = drawn.includes(compare.headline_service) ? compare.headline_service : drawn[0];
let view = "swipe";

function headlineText() {
  const name = data.names[language] || compare.name;
  const row = compare.headline_service === null ? null : compare.services[compare.headline_service];
  if (!row) return t("compare_headline_unknown", { country: name });
  const change = Math.round(row.uncovered_change);
  const key = change === 0 ? "same" : change > 0 ? "more" : "less";
  // Two significant figures, as sentences have elsewhere, unless before and after would then differ by something else.
  const two = (value) => Number(value.toPrecision(2));
  const show = Math.abs(two(row.uncovered_after) - two(row.uncovered_before) - change) <= Math.abs(change) / 10 ? roughly : people;
  return t("compare_headline_" + key, { country: name, service: serviceName(compare.headline_service), people: show(Math.abs(change)), before: show(row.uncovered_before), after: show(row.uncovered_after) });
}

// The change as shares of the people, and in how many areas it goes which way.
function overallText() {
  const row = compare.headline_service === null ? null : compare.services[compare.headline_service];
  if (!row || row.uncovered_before === null || !row.people_before || !row.people_after) return "";
  const of = (end) => row["uncovered_" + end] / row["people_" + end];
  const show = roughPercent(of("before")) === roughPercent(of("after")) ? percent : roughPercent;
  const share = (end) => show(of(end));
  const text = t("compare_overall", { before: share("before"), after: share("after") });
  const { areas_fewer, areas_more, areas_same, areas_unknown } = row;
  if (!(areas_fewer + areas_more + areas_same + areas_unknown)) return text;
  const counted = t("compare_overall_areas", { areas_fewer: number(areas_fewer), areas_more: number(areas_more), areas_same: number(areas_same) });
  return text + " " + counted + (areas_unknown ? " " + t("compare_overall_areas_unknown", { areas_unknown: number(areas_unknown) }) : "");
}

const changed = () => t(compare.kind === "change" ? "compare_change" : "compare_difference");
const heads = () => [t("compare_before"), t("compare_after"), changed(), t("compare_by_people"), t("compare_by_coverage"), t("compare_newly_known")];
const cells = (row) => [figure(row.uncovered_before), figure(row.uncovered_after), withRange(row), signed(row.uncovered_by_people), signed(row.uncovered_by_coverage), signed(row.uncovered_newly_known)];

function withRange(row) {
  const { uncovered_change_low: low, uncovered_change_high: high } = row;
  return isRange(low ?? null, high ?? null) ? signed(row.uncovered_change) + " (" + t("range", { low: signed(low), high: signed(high) }) + ")" : signed(row.uncovered_change);
}

function tables() {
  const shown = service || compare.headline_service || Object.keys(compare.services)[0];
  const areas = data.areas[shown] || [];
  const others = compare.not_comparable;
  return el("section", { class: "alert" },
    el("h2", null, t("compare_out_of_reach")),
    el("h3", null, t("compare_by_service")),
    table([t("compare_service"), ...heads()], Object.entries(compare.services).map(([name, row]) => [serviceName(name), ...cells(row)]), t("compare_by_service")),
    areas.length ? [el("h3", null, named(t("compare_by_area"), serviceName(shown))), table([t("compare_area"), ...heads()], areas.map((row) => [name(row.name), ...cells(row)]), t("compare_by_area"))] : null,
    others.length ? [el("h3", null, t("compare_not_comparable")), el("ul", null, others.map((each) => el("li", null, name(each.name), " – ", t("compare_reason_" + each.reason))))] : null);
}

const sourceText = (side) => {
  const inputs = side.inputs.filter((each) => ["population", "cells", "sites", "coverage"].includes(each.layer)).map((each) => each.path + (each.date ? " (" + date(each.date) + ")" : ""));
  return named(side.name + (side.operator ? ", " + side.operator : ""), inputs.join(", "));
};

const panes = { before: map.createPane("before"), after: map.createPane("after"), moved: map.createPane("moved") };
for (const pane of Object.values(panes)) pane.style.zIndex = 350;
const pictures = {};
const line = el("div", { class: "border-line" });
map.getContainer().append(line);

function drawPictures() {
  for (const picture of Object.values(pictures)) picture.remove();
  if (!service) return;
  for (const key of view === "swipe" ? ["before", "after"] : ["moved"]) {
    pictures[key] = L.imageOverlay(data.pictures.services[service][key], data.pictures.bounds, { pane: key, interactive: false, alt: "" }).addTo(map);
  }
  cut();
}

// Before is shown left of the border, after right of it.
function cut() {
  const share = Number(byId("slider").value) / 100;
  cutPanes(panes.before, panes.after, share);
  line.style.left = 100 * share + "%";
  line.hidden = view !== "swipe";
  byId("slider").setAttribute("aria-valuetext", t("compare_slider_at", { share: percent(share) }));
}

// Only what is drawn.
function legend() {
  const kind = view === "swipe" ? "state" : "moved", drawnHere = (data.pictures.drawn[service] || {})[kind] || [];
  return Object.entries(data.colours[kind]).filter(([key]) => drawnHere.includes(key)).map(([key, colour]) => el("li", null, el("i", { style: { background: colour } }), t("compare_" + kind + "_" + key)));
}

function choose(id, values, chosen, words, change) {
  replace(byId(id), values.map((value) => el("option", { value }, words(value))));
  byId(id).value = chosen;
  byId(id).onchange = (event) => change(event.target.value);
}

function render() {
  translatePage();
  document.title = t("compare_title");
  replace(byId("starter"), gradeWords(compare.data_grade, "banner"));
  byId("starter").hidden = !gradeWords(compare.data_grade, "banner");
  byId("headline").textContent = (compare.kind === "change" ? "" : named(t("compare_difference"), "")) + [headlineText(), overallText()].filter(Boolean).join(" ");
  replace(byId("sources"), el("span", null, named(t("compare_before"), sourceText(compare.before))), el("br"), el("span", null, named(t("compare_after"), sourceText(compare.after))));
  replace(byId("caveats"), compare.caveats.length ? [el("h2", null, t("compare_caveats")), el("ul", null, compare.caveats.map((each) => el("li", null, has("caveat_" + each.code) ? t("caveat_" + each.code, each.values) : each.text)))] : []);
  byId("world").hidden = !service;
  map.getContainer().setAttribute("aria-label", t("compare_map"));
  byId("name-before").textContent = t("compare_before");
  byId("name-after").textContent = t("compare_after");
  byId("slider-box").hidden = view !== "swipe";
  choose("service", drawn, service, serviceName, (value) => {
    service = value;
    render();
  });
  choose("view", ["swipe", "moved"], view, (value) => (value === "swipe" ? t("compare_swipe") : changed()), (value) => {
    view = value;
    render();
  });
  replace(byId("legend"), legend());
  replace(byId("compare"), tables());
  drawPictures();
  history.replaceState(null, "", "#lang=" + language);
}

offerLanguages(render);
map.setView([0, 0], 3, { animate: false });
L.polygon(data.outlines.map(pointsOf), { interactive: false, fill: false, color: "#555", weight: 0.8 }).addTo(map);
map.on("move zoom viewreset resize", cut);
byId("slider").addEventListener("input", cut);
readLanguage();
render();
if (service) {
  map.invalidateSize();
  map.fitBounds(data.pictures.bounds, { animate: false, padding: [10, 10] });
  cut();
}
document.documentElement.setAttribute("data-ready", "yes");
