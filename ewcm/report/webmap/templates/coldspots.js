// Coldspots: their names, their circles and outlines on the map, and numbers on the ten largest.

const listName = (service, which) => service + "/" + which;
const spotLists = new Map();
data.coldspots.rows.forEach((row, index) => {
  const spot = Object.fromEntries(data.coldspots.columns.map((column, at) => [column, row[at]]));
  spot.outline = data.coldspots.outlines[index];
  const list = listName(spot.service, spot.case);
  if (!spotLists.has(list)) spotLists.set(list, []);
  spotLists.get(list).push(spot);
});

// The coldspots of the moment, the largest of the list first. High coverage leaves nobody out of reach in some of the central list.
function spotsShown() {
  const list = spotLists.get(listName(coldspotService(), coldspotCase())) || [];
  return coldspotChoice() === "high" ? list.filter((spot) => spot.people_low >= 1) : list;
}

// What is said wherever the list is of another case or another service than the rest of the page.
const spotNotes = () => [
  listedCase() === shownCase() ? "" : t("coldspots_" + listedCase()),
  coldspotService() === service() ? "" : t("coldspots_of", { service: serviceName(coldspotService()) }),
].filter(Boolean);

const areaOfSpot = (spot) => areaByKey.get(LEVELS[LEVELS.length - 1] + "/" + spot.area_id);
const spotArea = (spot) => {
  const area = areaOfSpot(spot);
  return area ? areaName(area) : spot.area_name;
};
// A place that a coldspot or a new site names, in the reader's language: the nearest one of that name on the map.
function localPlace(text, at) {
  const far = (place) => Math.abs(place[1] - at.lat) + Math.abs(place[2] - at.lon);
  const known = data.places.reduce((best, place) => (place[0] === text && (!best || far(place) < far(best)) ? place : best), null);
  return known ? placeName(known) : text;
}

// The nearest place, and where from it the most people live: "12 km north-east of Arua".
function spotTitle(spot) {
  if (!spot.place) { // several may lie in one area, and all of them in the country
    const area = areaOfSpot(spot), where = coordinateText(spot.lat, spot.lon);
    return area ? [name(areaName(area)), " · ", where] : where;
  }
  const place = localPlace(spot.place, spot);
  if (!spot.place_direction || spot.place_distance_km < 1) return [ofPlace(t("near") + " {place}", place).split("{place}")[0], name(place)];
  const words = { km: kilometres(spot.place_distance_km), direction: t("direction_" + spot.place_direction) };
  const [before, after] = ofPlace(t("near_at", words), place).split("{place}");
  return [before, name(place), after];
}

// On a small map the circles are smaller too: at full size they would hide a country on a telephone.
const spotScale = () => Math.max(0.5, Math.min(1, Math.min(map.getSize().x, map.getSize().y) / 600));
const spotRadius = (spot) => Math.max(3.5, spotScale() * Math.min(18, 2.5 + Math.sqrt(peopleIn(spot)) / 22));

// More circles the closer one looks: ten thousand at once would hide the country and slow the page.
const spotsDrawn = () => Math.round(80 * 4 ** Math.max(0, map.getZoom() - countryZoom));
const drawnSpots = () => spotsShown().filter((spot) => spot.rank <= spotsDrawn());

// The coldspot whose circle lies at a point of the map's frame, the largest first.
function circleAt(point) {
  if (!state.layers.has("coldspots")) return undefined;
  return drawnSpots().find((spot) => map.latLngToContainerPoint([spot.lat, spot.lon]).distanceTo(point) <= spotRadius(spot) + 2);
}

// The coldspots to whose ground a place belongs.
function spotsAround(place) {
  return spotsShown().filter((spot) => spot.outline.length && Math.abs(spot.lat - place.lat) < 1 && contains(spot, place));
}

// Outlines and circles, the largest above the others; numbers stand on the ten largest.
function paintSpots({ trace, circle, paint }) {
  if (!state.layers.has("coldspots")) return;
  const all = drawnSpots().slice().reverse(), numbered = new Set(numberedSpots());
  for (const spot of all) if (trace(spot)) paint({ stroke: "rgba(255, 255, 255, 0.55)", width: 2.2 });
  for (const spot of all) if (trace(spot)) paint({ stroke: SPOT_COLOUR, width: 1.1 });
  for (const spot of all) if (!numbered.has(spot) && circle(spot.lat, spot.lon, spotRadius(spot))) paint({ fill: SPOT_COLOUR + "cc", stroke: "#fff", width: 1.2 });
}

// The ten largest, but for those whose number would lie on a larger one's: they wait until the reader comes nearer.
function numberedSpots() {
  const placed = [];
  for (const spot of drawnSpots().slice(0, 10)) {
    const at = map.latLngToLayerPoint([spot.lat, spot.lon]);
    if (!placed.some((other) => other.at.distanceTo(at) < 16)) placed.push({ spot, at });
  }
  return placed.map((one) => one.spot);
}

function drawBadges() {
  badgeGroup.clearLayers();
  if (!state.layers.has("coldspots")) return;
  for (const spot of numberedSpots().reverse()) {
    const choose = (event) => {
      L.DomEvent.stopPropagation(event);
      select("coldspot", spot);
    };
    const icon = L.divIcon({ className: "badge", iconSize: [24, 24], html: el("span", null, number(spot.rank)) });
    const marker = L.marker([spot.lat, spot.lon], { icon, keyboard: true, zIndexOffset: 100 - spot.rank }).on("click", choose).on("keypress", (event) => {
      if (event.originalEvent.key === "Enter") choose(event);
    });
    badgeGroup.addLayer(marker);
    if (marker.getElement()) marker.getElement().setAttribute("aria-label", t("coldspot_label", { rank: number(spot.rank), place: spot.place ? localPlace(spot.place, spot) : spotArea(spot), people: people(peopleIn(spot)) }));
  }
}

function visitColdspot(spot) {
  if (!state.layers.has("coldspots")) {
    state.layers.add("coldspots");
    refresh();
  }
  const reach = Math.max(0.05, Math.sqrt(spot.area_km2) / 111);
  select("coldspot", spot);
  goTo([[spot.lat - reach, spot.lon - reach], [spot.lat + reach, spot.lon + reach]], 11);
}
