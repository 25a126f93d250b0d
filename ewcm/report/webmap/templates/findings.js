// What the page shows of findings that it has no part of its own for: rasters of classes on the map, figures and tables in a tab.

const FINDINGS = data.findings;
const inLanguage = (texts) => texts[language] || texts.en;

// One picture of classes, each pixel in the colour of its class, and a texture where nothing is known.
const ClassPicture = CanvasLayer.extend({
  options: { padding: 0.2, pane: "mosaic" },

  initialize(layer) {
    L.Util.setOptions(this, { padding: 0.2, pane: "mosaic" });
    L.Renderer.prototype.initialize.call(this, this.options);
    const images = (addresses) => addresses.map((address) => Object.assign(new Image(), { onload: () => this._map && this.draw(), src: address }));
    [this._pictures, this._gaps, this._unknown] = [images(layer.pictures), images(layer.unknown_images), layer.unknown];
    // Of return periods the one that plans go by most often stands first.
    this.place = Math.max(0, layer.steps.filter((step) => step <= 100).length - 1);
  },

  // Whether the map of the moment says nothing of some ground.
  hasUnknown() {
    return this._unknown[this.place] !== null;
  },

  draw() {
    const { ratio, canvas } = this._cleared(), context = canvas.getContext("2d"), corner = cornerOf(this, ratio);
    const isThere = (picture) => picture && picture.complete && picture.naturalWidth > 0;
    const picture = this._pictures[this.place], gaps = this.hasUnknown() ? this._gaps[this._unknown[this.place]] : null;
    if (isThere(picture)) drawParts(context, picture, 0, corner);
    if (isThere(gaps)) drawTextured(context, "squares", ratio, (pen) => drawParts(pen, gaps, 0, corner));
  },
});

const findingLayers = new Map(FINDINGS.flatMap((finding) => finding.layers.map((layer) => [layer.name, { ...layer, picture: new ClassPicture(layer) }])));

function drawFindings() {
  for (const [name, layer] of findingLayers) comeOrGo(name, layer.picture);
}

// People are counted in whole persons, which their label says.
const unitWords = (units) => (units === "persons" ? "" : units);

const withUnits = (text, units) => (units && units !== "1" ? text + " [" + units + "]" : text);

// Which of the maps of a layer that differ by a number is shown.
const stepWords = ({ dimension, steps, places, picture: { place } }) => (dimension === "return_period" ? returnPeriod(steps[place]) : places[place]);

// The maps of a layer that differ by a number, as a slider: arrow keys move it, and a screen reader hears the number.
function stepSlider(name, layer, changed) {
  const shown = el("output", { for: "place-" + name }, stepWords(layer));
  const slider = el("input", { type: "range", id: "place-" + name, min: 0, max: layer.steps.length - 1, step: 1, "aria-valuetext": stepWords(layer), oninput: (event) => {
    layer.picture.place = Number(event.target.value);
    shown.textContent = stepWords(layer);
    slider.setAttribute("aria-valuetext", stepWords(layer));
    changed();
  } });
  slider.value = layer.picture.place;
  const label = layer.dimension === "return_period" ? t("return_period") : inLanguage(layer.title);
  return el("p", { class: "steps" }, el("label", { for: "place-" + name }, label), slider, shown);
}

const classValue = (layer) => (edge) => (layer.units === "1" ? percent(edge) : number(edge, 2));

// The words of each class of a layer, from the lowest.
function classWords(layer) {
  const { edges } = layer, show = classValue(layer);
  return edges.map((_, i) => (i + 1 < edges.length ? t("from_to", { from: show(edges[i]), to: show(edges[i + 1]) }) : show(edges[i]) + "+"));
}

// What ground without a colour is, which is something else than ground of which nothing is known.
const blankWords = (layer) => t(layer.only_inhabited ? "blank_below_or_empty" : "blank_below", { edge: classValue(layer)(layer.edges[0]) });

const unknownWords = (layer) => inLanguage(layer.unknown_words) || t("legend_layer_unknown");

function findingLegend(name) {
  const layer = findingLayers.get(name);
  const unknown = el("li", { class: "unknown", hidden: !layer.picture.hasUnknown() }, swatch("#fff", "squares"), unknownWords(layer));
  const changed = () => {
    unknown.hidden = !layer.picture.hasUnknown();
    layer.picture.draw();
  };
  const choose = () => el("select", { id: "place-" + name, "aria-label": inLanguage(layer.title), onchange: (event) => {
    layer.picture.place = Number(event.target.value);
    changed();
  } }, layer.places.map((place, i) => el("option", { value: i, selected: i === layer.picture.place }, place)));
  const choice = layer.steps.length > 1 ? stepSlider(name, layer, changed) : layer.places.length > 1 ? choose() : null;
  return [choice, el("p", { class: "note" }, blankWords(layer)), layer.units && layer.units !== "1" ? el("p", { class: "note" }, layer.units) : null,
    el("ul", { class: "key" }, classWords(layer).map((words, i) => el("li", null, swatch(layer.colours[i]), words)), unknown)];
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
