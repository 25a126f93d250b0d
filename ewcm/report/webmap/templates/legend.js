// The legend: the switches of the layers, and what those colours and textures mean that are drawn now.

let legendOpen = window.innerWidth > 900 && window.innerHeight > 500;

// The edge of a class, short enough to stand below a colour.
const edgeWords = (value) => (value < 10000 ? number(value) : format({ notation: "compact" }).format(value));

// What stands below the colour of a class. The first one has both its edges: a sign < turns round among Arabic digits.
const edgeLabel = (edges, i, show) => (i === 0 ? number(0) + "–" + show(edges[0]) : show(edges[i - 1]) + "+");

// A row of colours with the lower edge of each class below; the words are for screen readers.
function ramp(colours, edges, show) {
  const last = edges.length;
  const words = [t("fewer_than", { n: show(edges[0]) }), ...edges.map((edge, i) => (i + 1 < last ? t("from_to", { from: show(edge), to: show(edges[i + 1]) }) : t("more_than", { n: show(edge) })))];
  return el("ul", { class: "ramp" }, words.map((text, i) => el("li", null,
    el("i", { style: { background: colours[i] } }), el("span", { class: "hidden" }, text),
    el("bdi", { dir: "ltr", "aria-hidden": "true" }, edgeLabel(edges, i, show)))));
}

const keyList = (...items) => el("ul", { class: "key" }, items.filter(Boolean).map(([sample, text]) => el("li", null, sample, text)));
const inLine = (d, attributes) => svgEl("svg", { viewBox: "0 0 20 12", width: 20, height: 12, "aria-hidden": "true", focusable: "false" }, svgEl("path", { d, ...attributes }));

// Whether ground of a state, and with people or without, is on the map now, or on either of two side by side.
const drawn = (test) => [...mosaic.present(), ...otherSide.present()].some(([here, crowd]) => crowd > 0 && test(here, crowd));

// Coverage that is known is a share of a grid cell; coverage that is estimated is a chance as well, and the legend says so.
const isEstimated = () => data.pictures.estimated[service()] !== undefined || otherSide.isEstimated();
const ofGroundOrChance = (key) => key + (isEstimated() ? "_chance" : "");

const isUnreachedDrawn = () => drawn((here, crowd) => crowd >= 2 && (here === UNCOVERED || here === PARTLY));

// Why nobody out of reach is drawn although there are some.
const spreadWords = () => (!isUnreachedDrawn() && isTold(figures()) && figures().uncovered >= 1 ? t("legend_unreached_spread", { share: wholePercent(data.threshold) }) : "");

const LEGENDS = {
  coverage: () => keyList(
    drawn((here) => here === COVERED) ? [swatch(COVERED_COLOUR), t(ofGroundOrChance("legend_covered"), { share: wholePercent(data.threshold) })] : null,
    drawn((here) => here === PARTLY) ? [swatch(COVERED_COLOUR, "dots"), t(ofGroundOrChance("legend_partly"), { share: wholePercent(data.threshold) })] : null,
    isEstimated() ? [swatch(COVERED_COLOUR, "wide"), t("legend_estimated")] : null,
    drawn((here, crowd) => here === UNCOVERED && crowd === 1) ? [swatch(LAND_COLOURS.own), t("legend_empty")] : null),
  unknown: () => (drawn((here) => here === UNKNOWN) ? keyList([swatch("#fff", "cross"), t("legend_unknown")]) : null),
  unreached() {
    if (isUnreachedDrawn()) return [el("p", { class: "note" }, t("legend_per_km2")), ramp(UNREACHED_COLOURS, data.pictures.people_edges.slice(1), edgeWords)];
    return spreadWords() ? el("p", { class: "note" }, spreadWords()) : null;
  },
  people: () => [el("p", { class: "note" }, t("legend_per_km2")), ramp(PEOPLE_COLOURS, data.pictures.people_edges.slice(1), edgeWords)],
  sites: () => [
    keyList([inLine("M10 1 14 10H6Z", { fill: SITE_COLOUR }), t("legend_sites", { count: number(data.sites.counts[service()] || 0), service: serviceName(service()) })]),
    data.sites.step ? el("p", { class: "note" }, t("legend_sites_merged", { km: kilometres(data.sites.step * 111.2) })) : null,
  ],
  coldspots() {
    const total = coldspotChoice() === "high" ? spotsShown().length : coldspotCounts().count, shown = Math.min(drawnSpots().length, total);
    return [
      total ? el("p", { class: "note" }, t("legend_coldspots", { km: kilometres(data.coldspots.radius_km) }), " ",
        shown < total ? el("span", { id: "drawn" }, t("legend_drawn", { drawn: number(shown), total: number(total) })) : null) : null,
      total ? spotNotes().map((words) => el("p", { class: "note" }, words)) : null,
    ];
  },
  next_sites: nextSitesLegend,
  points: pointsLegend,
  areas: () => null,
  places: placesLegend,
};

function shadeLegend() {
  if (state.shade === "none") return null;
  return [el("p", { class: "note" }, t(state.shade === "share" ? "legend_shade_share" : "legend_shade_number", { service: serviceName(service()) }), ofCase()),
    areasOf(state.level).some(isKnownIn) ? ramp(SHADE_COLOURS, shadeClasses(), state.shade === "share" ? wholePercent : edgeWords) : null,
    areasOf(state.level).some((area) => !isKnownIn(area)) ? keyList([swatch("#fff", "cross"), t("legend_unknown")]) : null];
}

// Areas that are shaded hide what lies below them, so that its colours are not on the map.
const isHidden = (layer) => state.shade !== "none" && RASTERS.includes(layer);

function layerEntry(layer) {
  if (!state.layers.has(layer) || isHidden(layer)) return null;
  return findingLayers.has(layer) ? findingLegend(layer) : LEGENDS[layer]();
}

function layerSwitch(layer) {
  const entry = layerEntry(layer), filled = entry !== null && (!Array.isArray(entry) || entry.some(Boolean));
  return el("div", { class: filled ? "layer" : "layer short", "data-layer": layer },
    el("label", null, el("input", { type: "checkbox", id: "layer-" + layer, checked: state.layers.has(layer), onchange: (event) => {
      if (event.target.checked) state.layers.add(layer);
      else state.layers.delete(layer);
      refreshLayer(layer, "layer-" + layer);
    } }), " ", el("span", null, findingLayers.has(layer) ? inLanguage(findingLayers.get(layer).title) : t("layer_" + layer))),
    filled ? el("div", { class: "entry" }, entry) : null);
}

function renderLegend() {
  const shading = LEVELS.length ? el("div", { class: "layer", "data-layer": "shade" },
    el("label", { for: "shade" }, t("shade")),
    el("select", { id: "shade", onchange: (event) => {
      state.shade = event.target.value;
      refreshLayer("shade", "shade");
    } }, SHADES.map((shade) => el("option", { value: shade, selected: shade === state.shade }, t("shade_" + shade)))),
    state.shade === "none" ? null : el("div", { class: "entry" }, shadeLegend())) : null;
  const focused = byId("legend").contains(document.activeElement) ? document.activeElement.id : "";
  replace(byId("legend"),
    el("button", { type: "button", id: "legend-toggle", "aria-expanded": String(legendOpen), "aria-controls": "legend-body", onclick: () => {
      legendOpen = !legendOpen;
      renderLegend();
      drawLabels();
      byId("legend-toggle").focus();
    } }, t("layers")),
    el("div", { id: "legend-body", hidden: !legendOpen }, LAYERS.map(layerSwitch), shading));
  if (focused && byId(focused)) byId(focused).focus({ preventScroll: true });
}
