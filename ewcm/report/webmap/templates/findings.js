// What the page shows of findings that it has no part of its own for: rasters of classes on the map, figures and tables in a tab.

const FINDINGS = data.findings;
const inLanguage = (texts) => texts[language] || texts.en;

// One picture of classes, each pixel in the colour of its class.
const ClassPicture = CanvasLayer.extend({
  options: { padding: 0.2, pane: "mosaic" },

  initialize(layer) {
    L.Util.setOptions(this, { padding: 0.2, pane: "mosaic" });
    L.Renderer.prototype.initialize.call(this, this.options);
    this._pictures = layer.pictures.map((address) => Object.assign(new Image(), { onload: () => this._map && this.draw(), src: address }));
    // Of return periods the one that plans go by most often stands first.
    this.place = Math.max(0, layer.steps.filter((step) => step <= 100).length - 1);
  },

  draw() {
    const { ratio, canvas } = this._cleared();
    const picture = this._pictures[this.place];
    if (!picture.complete || !picture.naturalWidth) return;
    drawParts(canvas.getContext("2d"), picture, 0, cornerOf(this, ratio));
  },
});

const findingLayers = new Map(FINDINGS.flatMap((finding) => finding.layers.map((layer) => [layer.name, { ...layer, picture: new ClassPicture(layer) }])));

function drawFindings() {
  for (const [name, layer] of findingLayers) comeOrGo(name, layer.picture);
}

// People are counted in whole persons, which their label says.
const unitWords = (units) => (units === "persons" ? "" : units);

const withUnits = (text, units) => (units && units !== "1" ? text + " [" + units + "]" : text);

// The maps of a layer that differ by a number, as a slider: arrow keys move it, and a screen reader hears the number.
function stepSlider(name, layer) {
  const words = (place) => (layer.dimension === "return_period" ? t("return_period_of", { years: number(layer.steps[place]) }) : layer.places[place]);
  const shown = el("output", { for: "place-" + name }, words(layer.picture.place));
  const slider = el("input", { type: "range", id: "place-" + name, min: 0, max: layer.steps.length - 1, step: 1, "aria-valuetext": words(layer.picture.place), oninput: (event) => {
    layer.picture.place = Number(event.target.value);
    shown.textContent = words(layer.picture.place);
    slider.setAttribute("aria-valuetext", words(layer.picture.place));
    layer.picture.draw();
  } });
  slider.value = layer.picture.place;
  const label = layer.dimension === "return_period" ? t("return_period") : inLanguage(layer.title);
  return el("p", { class: "steps" }, el("label", { for: "place-" + name }, label), slider, shown);
}

function findingLegend(name) {
  const layer = findingLayers.get(name), edges = layer.edges;
  const show = (edge) => (layer.units === "1" ? percent(edge) : number(edge, 2));
  const label = (i) => (i + 1 < edges.length ? t("from_to", { from: show(edges[i]), to: show(edges[i + 1]) }) : show(edges[i]) + "+");
  const choose = () => el("select", { id: "place-" + name, "aria-label": inLanguage(layer.title), onchange: (event) => {
    layer.picture.place = Number(event.target.value);
    layer.picture.draw();
  } }, layer.places.map((place, i) => el("option", { value: i, selected: i === layer.picture.place }, place)));
  const choice = layer.steps.length > 1 ? stepSlider(name, layer) : layer.places.length > 1 ? choose() : null;
  return [choice, el("p", { class: "note" }, t("blank_below_or_unknown", { edge: show(edges[0]) })), layer.units && layer.units !== "1" ? el("p", { class: "note" }, layer.units) : null,
    el("ul", { class: "key" }, edges.map((_, i) => el("li", null, swatch(layer.colours[i]), label(i))))];
}

// A value of a figure or of a column, in words where it has some: services, directions and what the analysis itself names.
function shownValue(value, { name: of, words, units }) {
  if (value === null) return NO_VALUE;
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (typeof value === "number") return units === "1" ? percent(value) : number(value, 2);
  if (Object.hasOwn(words, value)) return inLanguage(words[value]);
  if (of === "service" && Object.hasOwn(data.services, value)) return serviceName(value);
  return of.endsWith("direction") && has("direction_" + value) ? t("direction_" + value) : name(String(value));
}

const ofItsService = ({ service: of, label }) => (of ? serviceName(of) + " · " : "") + inLanguage(label);

function findingTable(table) {
  const show = (value, column) => (typeof value === "number" && column.people && value >= 10 ? people(value) : shownValue(value, column));
  return [
    el("h4", null, inLanguage(table.title)),
    table.total > table.rows.length ? el("p", { class: "note" }, t("rows_shown", { shown: number(table.rows.length), total: number(table.total) })) : null,
    el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": inLanguage(table.title) }, el("table", { class: "rows" }, el("caption", { class: "hidden" }, inLanguage(table.title)),
      el("thead", null, el("tr", null, table.columns.map((column) => el("th", { scope: "col", title: inLanguage(column.about) }, withUnits(inLanguage(column.label), unitWords(column.units)))))),
      el("tbody", null, table.rows.map((row) => el("tr", null, row.map((value, i) => el(i ? "td" : "th", { scope: i ? null : "row" }, show(value, table.columns[i])))))))),
  ];
}

function renderFindings() {
  replace(byId("tab-findings"), FINDINGS.map((finding) => el("section", { "data-finding": finding.name },
    el("h3", null, inLanguage(finding.title)),
    inLanguage(finding.text) === finding.name.replaceAll("_", " ") ? null : el("p", { class: "note" }, inLanguage(finding.text)),
    finding.figures.length ? el("dl", { class: "details" }, finding.figures.map((one) => el("div", null, el("dt", null, withUnits(ofItsService(one), unitWords(one.units))),
      el("dd", null, typeof one.value === "number" ? figure(one.value, shownValue(one.value, one), "plain") : shownValue(one.value, one))))) : null,
    finding.tables.map(findingTable))));
}
