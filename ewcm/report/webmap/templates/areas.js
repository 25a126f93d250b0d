// Areas: their names, their borders, and the shading by the people out of reach in them.

const areasOf = (level) => data.areas.filter((area) => area.level === level);
const areaByKey = new Map(data.areas.map((area) => [area.level + "/" + area.id, area]));
// An area has one name in the tables; here it goes by the reader's, where the boundaries know it.
const areaName = (area) => (area.names && area.names[language]) || area.name;
const parentOf = (area) => {
  const parent = areaByKey.get(area.level - 1 + "/" + area.parent);
  return parent && parent.level > 0 ? parent : null;
};
const parentName = (area) => (parentOf(area) ? areaName(parentOf(area)) : "");
const boxOf = (area) => L.latLngBounds([area.box[1], area.box[0]], [area.box[3], area.box[2]]);

// The outline of an area or a coldspot as corners, worked out once.
const outlines = new Map();
function outlineOf(item) {
  if (!outlines.has(item)) outlines.set(item, decode(item.shape || item.outline));
  return outlines.get(item);
}

// Whether a place lies within an outline: a line from it to the east crosses the rings an odd number of times.
function contains(item, { lat, lng }) {
  let inside = false;
  for (const ring of outlineOf(item).flat()) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const a = ring[i], b = ring[j];
      if (a.lat > lat !== b.lat > lat && lng < a.lng + ((lat - a.lat) / (b.lat - a.lat)) * (b.lng - a.lng)) inside = !inside;
    }
  }
  return inside;
}

// The area of the level shown in which a place lies.
const areaAt = (place) => areasOf(state.level).find((area) => area.box && area.level > 0
  && place.lng >= area.box[0] && place.lng <= area.box[2] && place.lat >= area.box[1] && place.lat <= area.box[3] && contains(area, place));

// The five classes of the shading: shares have fixed edges, numbers of people have edges that fit the country.
function shadeClasses() {
  if (state.shade === "share") return SHARE_CLASSES;
  const most = Math.max(...areasOf(state.level).map((area) => figuresOf(area).uncovered), 10);
  const tidy = (value) => {
    const power = 10 ** Math.floor(Math.log10(value));
    return power * [1, 2, 5, 10].find((step) => step >= value / power - 1e-9);
  };
  const edges = [tidy(most / 40), tidy(most / 16), tidy(most / 6), tidy(most / 2.5)];
  return edges.filter((edge, i) => edges.indexOf(edge) === i);
}

let crossed = null;
function areaStyle(area, classes) {
  const border = state.layers.has("areas");
  const style = { color: "#6f675a", weight: border ? 0.8 : 0, opacity: border ? 0.9 : 0, fill: false, fillColor: "#000", fillOpacity: 0 };
  if (state.shade === "none") return style;
  // A shaded map hides what lies below it: two sets of colours on one another say nothing.
  const shaded = { ...style, fill: true, fillOpacity: 1, weight: 0.9, opacity: 0.9 };
  if (!isKnownIn(area)) {
    crossed = crossed || texture(document.createElement("canvas").getContext("2d"), "cross", 1);
    return { ...shaded, fillColor: crossed };
  }
  const value = state.shade === "share" ? shareOf(area) : figuresOf(area).uncovered;
  return { ...shaded, fillColor: SHADE_COLOURS[classes.filter((edge) => value >= edge).length] };
}

const drawnAreas = new Map();
let drawnLevel = null;

// The shapes of a level are made once; another service, case or shading changes only how they look.
function drawAreas() {
  const still = { renderer: shapes, pane: "shapes", interactive: false, smoothFactor: 0.7 };
  if (drawnLevel !== state.level) {
    areaGroup.clearLayers();
    drawnAreas.clear();
    for (const area of areasOf(state.level)) if (area.shape.length) drawnAreas.set(area, L.polygon(outlineOf(area), still).addTo(areaGroup));
    for (const area of data.areas) if (area.level < state.level && area.shape.length)
      drawnAreas.set(area, L.polygon(outlineOf(area), still).addTo(areaGroup));
    drawnLevel = state.level;
  }
  const classes = state.shade === "none" ? [] : shadeClasses();
  for (const [area, shape] of drawnAreas) {
    const above = { fill: false, color: "#4c4639", weight: area.level === 0 ? 1.3 : 1.1, opacity: state.layers.has("areas") || area.level === 0 ? 1 : 0 };
    shape.setStyle(area.level === state.level ? areaStyle(area, classes) : above);
  }
}

function visitArea(area) {
  if (area.level > 0 && area.level !== state.level) {
    state.level = area.level;
    refresh();
  }
  select("area", area);
  if (area.box) goTo(boxOf(area), 12);
}
