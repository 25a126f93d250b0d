// The layers of the map from below: land, rasters, sites, areas, coldspots, names; and how the map moves to a part of them.

const LEGEND_WIDTH = 268;

const vectors = new Vectors();
const land = L.svg({ padding: 0.4, pane: "land" });
const mosaic = new Mosaic();
const masts = new Masts();
const labels = new Labels({ pane: "labels" });
const badgeGroup = L.layerGroup();

let countryZoom = 5;

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

// Whether figures, map and tables stand one below the other.
const isStacked = () => getComputedStyle(byId("figures")).display === "contents";

const reducedMotion = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// Leaves free what the tools and the open legend hide.
function room() {
  const narrow = map.getSize().x < 600;
  const start = narrow || printing ? 8 : 56, end = printing ? 190 : legendOpen && !narrow ? LEGEND_WIDTH + 22 : 8;
  const [left, right] = document.documentElement.dir === "rtl" ? [end, start] : [start, end];
  return { paddingTopLeft: [left, 12], paddingBottomRight: [right, 30 + insetsHeight()] };
}

function goTo(bounds, maxZoom) {
  map.fitBounds(bounds, { ...room(), maxZoom, animate: !reducedMotion(), duration: 0.5 });
}

const wholeCountry = () => map.fitBounds(OPENING.bounds, { ...room(), animate: false });

function drawLand() {
  for (const [pane, order] of [["land", 200], ["relief", 250], ["mosaic", 300], ["masts", 350], ["shapes", 400], ["labels", 450], ["next", 620]]) { // above the coldspots, at whose places new sites often stand
    map.createPane(pane).style.zIndex = order;
    map.getPane(pane).style.pointerEvents = "none"; // what lies below the pointer, selection.js says
  }
  const still = { renderer: land, pane: "land", interactive: false, smoothFactor: 0.8 };
  const country = data.areas.filter((area) => area.level === 0 && area.shape.length);
  L.rectangle([[-85.05, -360], [85.05, 720]], { ...still, fillColor: LAND_COLOURS.water, fillOpacity: 1, stroke: false }).addTo(map); // the sea
  const near = decode(data.basemap.land), ground = { ...still, fill: true, fillColor: LAND_COLOURS.ground, fillOpacity: 1, stroke: false };
  L.polygon(decode(data.basemap.far), ground).addTo(map);
  L.polygon(near, ground).addTo(map);
  L.polyline(withoutRim(near), { ...still, color: LAND_COLOURS.rim, weight: 0.7 }).addTo(map);
  L.polygon(decode(data.basemap.own), { ...still, fillColor: LAND_COLOURS.own, fillOpacity: 1, color: "#6f675a", weight: 0.9 }).addTo(map);
  for (const area of country) L.polygon(decode(area.shape), { ...still, fillColor: LAND_COLOURS.own, fillOpacity: 1, stroke: false }).addTo(map);
  L.polygon(decode(data.basemap.lakes), { ...still, fillColor: LAND_COLOURS.water, fillOpacity: 1, color: LAND_COLOURS.shore, weight: 0.6 }).addTo(map);
  L.polyline(decode(data.basemap.borders).map((rings) => rings[0]), { ...still, color: LAND_COLOURS.border, weight: 1.1, dashArray: "5 3" }).addTo(map);
}
