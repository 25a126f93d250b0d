// The map: land, rasters, areas, coldspots, names; and the legend, whose entries come and go with their layers.

const SHARE_CLASSES = [0.05, 0.2, 0.4, 0.7];
const SHADE_COLOURS = ["#fff3e0", "#fdd0a2", "#f8943c", "#cc4c02", "#701e05"];
const SPOT_COLOUR = "#3d1260";

let legendOpen = window.innerWidth > 900;

const shapes = new Shapes({ padding: 0.2, tolerance: 3, pane: "shapes" });
const land = L.svg({ padding: 0.4, pane: "land" });
const mosaic = new Mosaic();
const masts = new Masts();
const labels = new Labels({ pane: "labels" });
const areaGroup = L.featureGroup(), spotGroup = L.featureGroup(), badgeGroup = L.layerGroup();

// Shapes travel as differences of whole numbers.
function decode(polygons) {
  return polygons.map((rings) => rings.map((ring) => {
    let x = 0, y = 0;
    const points = [];
    for (let i = 0; i < ring.length; i += 2) {
      x += ring[i];
      y += ring[i + 1];
      points.push(L.latLng(y / data.scale, x / data.scale));
    }
    return points;
  }));
}

// The outlines of shapes without the straight edges along which they were cut off.
function withoutRim(polygons) {
  const rings = polygons.flat(), points = rings.flat();
  const most = (axis, sign) => sign * points.reduce((found, point) => Math.max(found, sign * point[axis]), -Infinity);
  const [south, north, west, east] = [most("lat", -1), most("lat", 1), most("lng", -1), most("lng", 1)];
  const on = (a, b, axis, ...edges) => a[axis] === b[axis] && edges.includes(a[axis]);
  const lines = [];
  for (const ring of rings) {
    let line = [ring[0]];
    for (let i = 0; i < ring.length; i++) {
      const from = ring[i], to = ring[(i + 1) % ring.length];
      if (on(from, to, "lat", south, north) || on(from, to, "lng", west, east)) {
        lines.push(line);
        line = [];
      }
      line.push(to);
    }
    lines.push(line);
  }
  return lines.filter((line) => line.length > 1);
}

const reducedMotion = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// Leaves free what the tools and the open legend hide.
function room() {
  const narrow = map.getSize().x < 600;
  const start = narrow || printing ? 8 : 56, end = printing ? 190 : legendOpen && !narrow ? 290 : 8;
  const [left, right] = document.documentElement.dir === "rtl" ? [end, start] : [start, end];
  return { paddingTopLeft: [left, 12], paddingBottomRight: [right, 30 + insetsHeight()] };
}

function goTo(bounds, maxZoom) {
  map.fitBounds(bounds, { ...room(), maxZoom, animate: !reducedMotion(), duration: 0.5 });
}

const wholeCountry = () => map.fitBounds(OPENING.bounds, { ...room(), animate: false });

function drawLand() {
  for (const [pane, order] of [["land", 200], ["relief", 250], ["mosaic", 300], ["masts", 350], ["shapes", 400], ["labels", 450]]) {
    map.createPane(pane).style.zIndex = order;
    if (pane !== "shapes") map.getPane(pane).style.pointerEvents = "none";
  }
  const still = { renderer: land, pane: "land", interactive: false, smoothFactor: 0.8 };
  const country = data.areas.filter((area) => area.level === 0 && area.shape.length);
  L.rectangle([[-85.05, -360], [85.05, 720]], { ...still, fillColor: "#d9e7f0", fillOpacity: 1, stroke: false }).addTo(map); // the sea
  const near = decode(data.basemap.land), ground = { ...still, fill: true, fillColor: "#e9e6df", fillOpacity: 1, stroke: false };
  L.polygon(decode(data.basemap.far), ground).addTo(map);
  L.polygon(near, ground).addTo(map);
  L.polyline(withoutRim(near), { ...still, color: "#b9b4a8", weight: 0.7 }).addTo(map);
  L.polygon(decode(data.basemap.own), { ...still, fillColor: "#fdfcf9", fillOpacity: 1, color: "#6f675a", weight: 0.9 }).addTo(map);
  for (const area of country) L.polygon(decode(area.shape), { ...still, fillColor: "#fdfcf9", fillOpacity: 1, stroke: false }).addTo(map);
  L.polygon(decode(data.basemap.lakes), { ...still, fillColor: "#cfe0ec", fillOpacity: 1, color: "#8fb0c6", weight: 0.6 }).addTo(map);
  L.polyline(decode(data.basemap.borders).map((rings) => rings[0]), { ...still, color: "#8d8778", weight: 1.1, dashArray: "5 3" }).addTo(map);
}

const areasOf = (level) => data.areas.filter((area) => area.level === level);
const areaByKey = new Map(data.areas.map((area) => [area.level + "/" + area.id, area]));
// An area has one name in the tables; here it goes by the reader's, where the boundaries know it.
const areaName = (area) => (area.names && area.names[language]) || area.name;
const parentName = (area) => {
  const parent = areaByKey.get(area.level - 1 + "/" + area.parent);
  return parent && parent.level > 0 ? areaName(parent) : "";
};

const spots = data.coldspots.rows.map((row, index) => {
  const spot = Object.fromEntries(data.coldspots.columns.map((column, at) => [column, row[at]]));
  spot.outline = data.coldspots.outlines[index];
  return spot;
});
const spotsOf = (name) => spots.filter((spot) => spot.service === name && spot.case === coldspotCase());
const spotArea = (spot) => {
  const area = areaByKey.get(LEVELS[LEVELS.length - 1] + "/" + spot.area_id);
  return area ? areaName(area) : spot.area_name;
};
// The nearest place, and where from it the most people live: "12 km north-east of Arua".
function spotTitle(spot) {
  if (!spot.place) return spotArea(spot) ? name(spotArea(spot)) : t("coldspot_number", { rank: number(spot.rank) });
  if (!spot.place_direction || spot.place_distance_km < 1) return [ofPlace(t("near") + " {place}", spot.place).split("{place}")[0], name(spot.place)];
  const words = { km: kilometres(spot.place_distance_km), direction: t("direction_" + spot.place_direction) };
  const [before, after] = ofPlace(t("near_at", words), spot.place).split("{place}");
  return [before, name(spot.place), after];
}

// The five classes of the shading: shares have fixed edges, numbers of people have edges that fit the country.
function shadeClasses() {
  if (state.shade === "share") return SHARE_CLASSES;
  const most = Math.max(...areasOf(state.level).map(unreachedOf), 10);
  const tidy = (value) => {
    const power = 10 ** Math.floor(Math.log10(value));
    return power * [1, 2, 5, 10].find((step) => step >= value / power - 1e-9);
  };
  const edges = [tidy(most / 40), tidy(most / 16), tidy(most / 6), tidy(most / 2.5)];
  return edges.filter((edge, i) => edges.indexOf(edge) === i);
}

const isKnownIn = (area) => area.figures[service()][1] !== null && area.people > 0;
const shareOf = (area) => (isKnownIn(area) ? area.figures[service()][1] / area.people : null);

let hatch = null;
function areaStyle(area, classes) {
  const border = state.layers.has("areas");
  const style = { color: "#6f675a", weight: border ? 0.8 : 0, opacity: border ? 0.9 : 0, fill: true, fillColor: "#000", fillOpacity: 0 };
  if (state.shade === "none" || area.level !== state.level) return style;
  const value = state.shade === "share" ? unreachedOf(area) / area.people : unreachedOf(area);
  if (!isKnownIn(area)) {
    hatch = hatch || hatchPattern(document.createElement("canvas").getContext("2d"), 1);
    return { ...style, fillColor: hatch, fillOpacity: 1, weight: 0.9, opacity: 0.9 };
  }
  return { ...style, fillColor: SHADE_COLOURS[classes.filter((edge) => value >= edge).length], fillOpacity: 0.88, weight: 0.9, opacity: 0.9 };
}

function drawAreas() {
  areaGroup.clearLayers();
  const classes = state.shade === "none" ? [] : shadeClasses();
  for (const area of areasOf(state.level)) {
    if (!area.shape.length) continue;
    const shape = L.polygon(decode(area.shape), { renderer: shapes, pane: "shapes", smoothFactor: 0.7, ...areaStyle(area, classes) });
    shape.on("click", (event) => {
      L.DomEvent.stopPropagation(event);
      select("area", area, event.latlng);
    });
    areaGroup.addLayer(shape);
    shape.bringToBack();
  }
  if (state.level > 0) for (const area of data.areas.filter((one) => one.level < state.level && one.shape.length))
    areaGroup.addLayer(L.polygon(decode(area.shape), { renderer: shapes, pane: "shapes", interactive: false, fill: false, color: "#4c4639", weight: area.level === 0 ? 1.3 : 1.1, smoothFactor: 0.7, opacity: state.layers.has("areas") || area.level === 0 ? 1 : 0 }));
}

const spotRadius = (spot) => Math.max(3.5, Math.min(18, 2.5 + Math.sqrt(spot.people) / 22));

// More circles the closer one looks: ten thousand at once would hide the country and slow the page.
const spotsDrawn = () => Math.round(80 * 4 ** Math.max(0, map.getZoom() - countryZoom));
let countryZoom = 5;

function drawSpots() {
  spotGroup.clearLayers();
  badgeGroup.clearLayers();
  if (!state.layers.has("coldspots")) return;
  const all = spotsOf(coldspotService());
  // A number that would lie on a larger one's waits until the reader comes nearer.
  const placed = [];
  for (const spot of all.slice(0, 10)) {
    const at = map.latLngToLayerPoint([spot.lat, spot.lon]);
    if (!placed.some((other) => other.at.distanceTo(at) < 16)) placed.push({ spot, at });
  }
  const numbered = new Set(placed.map((one) => one.spot));
  for (const spot of all.slice().reverse()) {
    if (spot.rank > spotsDrawn()) continue;
    const choose = (event) => {
      L.DomEvent.stopPropagation(event);
      select("coldspot", spot);
    };
    if (spot.outline.length)
      spotGroup.addLayer(L.polygon(decode(spot.outline), { renderer: shapes, pane: "shapes", color: SPOT_COLOUR, weight: 1, opacity: 0.75, fillColor: SPOT_COLOUR, fillOpacity: 0.05, smoothFactor: 1 }).on("click", choose));
    if (!numbered.has(spot))
      spotGroup.addLayer(L.circleMarker([spot.lat, spot.lon], { renderer: shapes, pane: "shapes", radius: spotRadius(spot), color: "#fff", weight: 1.2, fillColor: SPOT_COLOUR, fillOpacity: 0.8 }).on("click", choose));
    else {
      const icon = L.divIcon({ className: "badge", iconSize: [24, 24], html: el("span", null, number(spot.rank)) });
      const marker = L.marker([spot.lat, spot.lon], { icon, keyboard: true, zIndexOffset: 100 - spot.rank }).on("click", choose).on("keypress", (event) => {
        if (event.originalEvent.key === "Enter") choose(event);
      });
      badgeGroup.addLayer(marker);
      if (marker.getElement()) marker.getElement().setAttribute("aria-label", t("coldspot_label", { rank: number(spot.rank), place: spot.place || spotArea(spot), people: people(spot.people) }));
    }
  }
}

// What is chosen now, so that its details can be written again in another language.
let selected = null;

// What will be chosen when the map has come to rest where it is.
let awaited = null;

function detailRows(kind, item) {
  if (kind === "coldspot") return [
    [t("people_unreached"), people(item.people)],
    [t("range_title"), range(item.people_low, item.people_high)],
    [t("surface"), squareKilometres(item.area_km2)],
    [t("within_radius"), people(item.people_within_radius)],
    [t("nearest_place"), item.place ? spotTitle(item) : NO_VALUE],
    [t("area"), spotArea(item) ? [name(spotArea(item)), item.area_share === null ? "" : " · " + t("area_share", { share: percent(item.area_share) })] : NO_VALUE],
    [t("covered_place"), item.covered_place ? [name(item.covered_place), " · ", kilometres(item.covered_place_distance_km)] : NO_VALUE],
    [t("to_coverage"), item.distance_to_coverage_km === null ? NO_VALUE : kilometres(item.distance_to_coverage_km)],
    [t("position"), el("bdi", { dir: "ltr" }, number(item.lat, 4) + "; " + number(((item.lon + 540) % 360) - 180, 4))],
  ];
  const [covered, uncovered, unknown, low, high] = item.figures[service()];
  const parent = parentName(item);
  return [
    parent ? [t("part_of"), name(parent)] : null,
    [t("people"), people(item.people)],
    [t("unreached"), shareOf(item) === null ? t("unknown_short") : people(uncovered) + " (" + percent(uncovered / item.people) + ")"],
    shareOf(item) === null ? null : [t("range_title"), range(low, high)],
    [t("covered"), people(covered)],
    item.bands[service()] ? [t("band"), range(...item.bands[service()])] : null,
    [t("unknown"), people(unknown)],
    [t("surface"), squareKilometres(item.km2)],
  ].filter(Boolean);
}

const detailList = (kind, item) => el("dl", { class: "details" }, detailRows(kind, item).map(([label, value]) => el("div", null, el("dt", null, label), el("dd", null, value))));

function select(kind, item, where) {
  awaited = null;
  selected = { kind, item, where: where || (kind === "coldspot" ? L.latLng(item.lat, item.lon) : selected && selected.item === item ? selected.where : boxOf(item).getCenter()) };
  const title = kind === "coldspot" ? [t("coldspot_number", { rank: number(item.rank) }), " · ", spotTitle(item)] : name(areaName(item));
  const direction = document.documentElement.dir;
  const content = el("div", { class: "popup", dir: direction, lang: language }, el("h3", null, title), el("p", { class: "note" }, kind === "area" ? serviceName(service()) : item.service === "any" ? null : t("unreached_by", { service: serviceName(item.service) })), detailList(kind, item));
  L.popup({ maxWidth: 300, minWidth: 200, autoPanPadding: [12, 12] }).setLatLng(selected.where).setContent(content).openOn(map);
  const button = document.querySelector(".leaflet-popup-close-button");
  if (button) button.setAttribute("aria-label", t("close"));
  announce(content.textContent);
  markSelected();
}

// The window is opened when the map stands still: one that opens on the way is moved by where the map was.
function goToAndSelect(bounds, maxZoom, kind, item) {
  awaited = item;
  map.once("moveend", () => {
    if (awaited === item) select(kind, item);
  });
  goTo(bounds, maxZoom);
}

const boxOf = (area) => L.latLngBounds([area.box[1], area.box[0]], [area.box[3], area.box[2]]);

function visitArea(area) {
  if (area.level > 0 && area.level !== state.level) {
    state.level = area.level;
    refresh();
  }
  if (area.box) goToAndSelect(boxOf(area), 12, "area", area);
  else select("area", area);
}

function visitColdspot(spot) {
  if (!state.layers.has("coldspots")) {
    state.layers.add("coldspots");
    refresh();
  }
  const reach = Math.max(0.05, Math.sqrt(spot.area_km2) / 111);
  goToAndSelect([[spot.lat - reach, spot.lon - reach], [spot.lat + reach, spot.lon + reach]], 11, "coldspot", spot);
}

// --- legend ---------------------------------------------------------------------------------------------------------

// The edge of a class, short enough to stand below a colour.
const edgeWords = (value) => (value < 10000 ? number(value) : format({ notation: "compact" }).format(value));

// A row of colours with the lower edge of each class below; the words are for screen readers.
function ramp(colours, edges, show) {
  const last = edges.length;
  const words = [t("fewer_than", { n: show(edges[0]) }), ...edges.map((edge, i) => (i + 1 < last ? t("from_to", { from: show(edge), to: show(edges[i + 1]) }) : t("more_than", { n: show(edge) })))];
  return el("ul", { class: "ramp" }, words.map((text, i) => el("li", null,
    el("i", { style: { background: colours[i] } }), el("span", { class: "hidden" }, text),
    el("bdi", { dir: "ltr", "aria-hidden": "true" }, i === 0 ? "<" + show(edges[0]) : show(edges[i - 1]) + "+"))));
}

const LEGENDS = {
  coverage: () => el("ul", { class: "key" },
    ["covered", "partly"].map((one) => el("li", null, swatch(COVERAGE_COLOURS[one]), t("legend_" + one, { share: wholePercent(data.threshold) }))),
    data.pictures.estimated[service()] === undefined ? null : el("li", null, swatch(COVERAGE_COLOURS.partly, true, "wide"), t("legend_estimated"))),
  unknown: () => el("ul", { class: "key" }, el("li", null, swatch("#fff", true), t("legend_unknown"))),
  unreached: () => [el("p", { class: "note" }, t("legend_per_km2")), ramp(UNREACHED_COLOURS, data.pictures.people_edges.slice(1), edgeWords)],
  people: () => [el("p", { class: "note" }, t("legend_per_km2")), ramp(PEOPLE_COLOURS, data.pictures.people_edges.slice(1), edgeWords)],
  sites: () => [
    el("ul", { class: "key" }, el("li", null, svgEl("svg", { viewBox: "0 0 18 12", width: 18, height: 12, "aria-hidden": "true", focusable: "false" }, svgEl("path", { d: "M9 1 13 9H5Z", fill: SITE_COLOUR })), t("legend_sites", { count: number(data.sites.counts[service()] || 0), service: serviceName(service()) }))),
    el("p", { class: "note" }, t("legend_sites_shared"), data.sites.step ? " " + t("legend_sites_merged", { km: kilometres(data.sites.step * 111.2) }) : null),
  ],
  coldspots() {
    const counts = coldspotCounts();
    const drawn = Math.min(spotsDrawn(), spotsOf(coldspotService()).length);
    return [
      el("p", { class: "note" }, t("legend_coldspots", { km: kilometres(data.coldspots.radius_km) })),
      drawn < counts.count ? el("p", { class: "note", id: "drawn" }, t("legend_drawn", { drawn: number(drawn), total: number(counts.count) })) : null,
      coldspotService() === service() ? null : el("p", { class: "note" }, t("coldspots_of", { service: serviceName(coldspotService()) })),
    ];
  },
  areas: () => el("ul", { class: "key" }, el("li", null, svgEl("svg", { viewBox: "0 0 18 12", width: 18, height: 12, "aria-hidden": "true", focusable: "false" }, svgEl("path", { d: "M0 6H18", stroke: "#6f675a", "stroke-width": 1.6 })), t("legend_areas"))),
  places: placesLegend,
};

function shadeLegend() {
  if (state.shade === "none") return null;
  return [el("p", { class: "note" }, t(state.shade === "share" ? "legend_shade_share" : "legend_shade_number", { service: serviceName(service()) })),
    ramp(SHADE_COLOURS, shadeClasses(), state.shade === "share" ? wholePercent : edgeWords),
    areasOf(state.level).some((area) => !isKnownIn(area)) ? el("ul", { class: "key" }, el("li", null, swatch("#fff", true), t("legend_unknown"))) : null];
}

function renderLegend() {
  const toggle = (layer) => el("div", { class: "layer", "data-layer": layer },
    el("label", null, el("input", { type: "checkbox", id: "layer-" + layer, checked: state.layers.has(layer), onchange: (event) => {
      if (event.target.checked) state.layers.add(layer);
      else state.layers.delete(layer);
      refreshLayer(layer, "layer-" + layer);
    } }), " ", findingLayers.has(layer) ? inLanguage(findingLayers.get(layer).title) : t("layer_" + layer)),
    state.layers.has(layer) ? el("div", { class: "entry" }, findingLayers.has(layer) ? findingLegend(layer) : LEGENDS[layer]()) : null);
  const shading = LEVELS.length ? el("div", { class: "layer", "data-layer": "shade" },
    el("label", { for: "shade" }, t("shade")),
    el("select", { id: "shade", onchange: (event) => {
      state.shade = event.target.value;
      refreshLayer("shade", "shade");
    } }, SHADES.map((shade) => el("option", { value: shade, selected: shade === state.shade }, t("shade_" + shade)))),
    state.shade === "none" ? null : el("div", { class: "entry" }, shadeLegend())) : null;
  replace(byId("legend"),
    el("button", { type: "button", id: "legend-toggle", "aria-expanded": String(legendOpen), "aria-controls": "legend-body", onclick: () => {
      legendOpen = !legendOpen;
      renderLegend();
      drawLabels();
      byId("legend-toggle").focus();
    } }, t("layers")),
    el("div", { id: "legend-body", hidden: !legendOpen }, LAYERS.map(toggle), shading));
}

// --- controls -------------------------------------------------------------------------------------------------------

const Tools = L.Control.extend({
  options: { position: "topleft" },
  onAdd() {
    const button = (id, sign, act) => el("button", { type: "button", id, onclick: (event) => {
      event.stopPropagation();
      act();
    } }, el("span", { "aria-hidden": "true" }, sign));
    const box = el("div", { class: "map-tools leaflet-bar" }, button("zoom-in", "+", () => map.zoomIn(1)), button("zoom-out", "−", () => map.zoomOut(1)), button("zoom-home", "⌂", wholeCountry));
    L.DomEvent.disableClickPropagation(box);
    return box;
  },
});

const tools = new Tools();

const Scale = L.Control.Scale.extend({
  onAdd(target) {
    const box = L.Control.Scale.prototype.onAdd.call(this, target);
    box.prepend(el("span", { class: "north", "aria-hidden": "true" }, "▲"));
    return box;
  },
  _updateMetric(most) {
    const metres = this._getRoundNum(most);
    const show = metres < 1000 ? format({ style: "unit", unit: "meter" }).format(metres) : kilometres(metres / 1000);
    this._updateScale(this._mScale, "", metres / most);
    this._mScale.textContent = show;
  },
});
const scale = new Scale({ position: "bottomleft", imperial: false, maxWidth: 120 });

function nameControls() {
  for (const [id, key] of [["zoom-in", "zoom_in"], ["zoom-out", "zoom_out"], ["zoom-home", "zoom_home"]]) {
    byId(id).title = t(key);
    byId(id).setAttribute("aria-label", t(key));
  }
  map.getContainer().setAttribute("aria-label", t("map_label", { country: countryName() }));
  const north = document.querySelector(".north");
  if (north) north.textContent = "▲ " + t("north_letter");
  scale._update();
}
