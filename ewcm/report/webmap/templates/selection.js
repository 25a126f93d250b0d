// What is chosen on the map: an area, a coldspot or a place. It is outlined, told in the docked panel, and has its own address.

// {kind, item}: an area, a coldspot, or {lat, lng, text}.
let selected = null;

function choiceWords({ kind, item }) {
  if (kind === "area") return ["area", item.level, item.id].join("/");
  if (kind === "coldspot") return "coldspot/" + item.coldspot_id;
  return ["place", item.lat.toFixed(4), item.lng.toFixed(4)].join("/");
}

// The choice of an address, or null: what is in no list of the moment cannot be chosen.
function choiceOf(words) {
  const [kind, ...rest] = words.split("/"), id = rest.join("/");
  if (kind === "area" && areaByKey.has(id)) return { kind, item: areaByKey.get(id) };
  if (kind === "coldspot") {
    const item = spotsShown().find((spot) => spot.coldspot_id === id);
    return item ? { kind, item } : null;
  }
  const [lat, lng] = rest.map(Number);
  return kind === "place" && rest.length === 2 && viewOf([8, lat, lng].join("_")) ? { kind, item: placeOf(lat, lng) } : null;
}

// A position with the name of the place that stands there.
function placeOf(lat, lng) {
  const known = data.places.find((place) => Math.abs(place[1] - lat) < 1e-4 && Math.abs(place[2] - lng) < 1e-4);
  return { lat, lng, text: known ? placeName(known) : "" };
}

function select(kind, item) {
  selected = { kind, item };
  rememberedChoice = choiceWords(selected);
  showChoice();
  writeAddress(true);
  announce(byId("details").textContent);
}

function deselect() {
  if (!selected) return;
  const focusWithin = byId("details").contains(document.activeElement);
  selected = null;
  rememberedChoice = "";
  showChoice();
  writeAddress(true);
  if (focusWithin) map.getContainer().focus();
}

function showChoice() {
  renderDetails();
  vectors.draw();
  markSelected();
}

// After another service or case: a coldspot is one of the list of the moment, or the ground where it was is chosen instead.
function followChoice() {
  if (!selected || selected.kind !== "coldspot") return;
  const list = spotsShown(), { item } = selected;
  if (list.includes(item)) return;
  const same = list.find((spot) => spot.lat === item.lat && spot.lon === item.lon);
  selected = same ? { kind: "coldspot", item: same } : { kind: "place", item: placeOf(item.lat, item.lon) };
  rememberedChoice = choiceWords(selected);
}

// The outline of what is chosen, light and dark, so that it is seen on every ground.
function paintChoice({ trace, circle, paint }) {
  if (!selected) return;
  const { kind, item } = selected;
  CHOSEN_COLOURS.forEach((stroke, above) => {
    const line = { stroke, width: above ? 3 : 6 };
    if (kind !== "place" && trace(item)) paint(line);
    if (kind === "coldspot" && circle(item.lat, item.lon, spotRadius(item) + 4)) paint(line);
    if (kind === "place" && circle(item.lat, item.lng, 9)) paint(line);
  });
}

// What a click or a press of Enter at a place chooses: the circle of a coldspot, else the area, else the place itself. The panel leads
// from each to the others.
function chooseAt(place) {
  if (addMeasured(place)) return;
  if (takesPlace(place)) return;
  const spot = circleAt(map.latLngToContainerPoint(place)), area = areaAt(place);
  if (spot) select("coldspot", spot);
  else if (area) select("area", area);
  else if (mosaic.at(place)) select("place", placeOf(place.lat, place.lng));
  else deselect();
}

function startSelection() {
  map.on("click", (event) => chooseAt(event.latlng));
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== map.getContainer()) return;
    event.preventDefault();
    chooseAt(map.getCenter());
  });
  // Leaflet listens for Escape only while the map itself has the focus, not a number on it.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.target === byId("search-box")) return;
    // One thing at a time: the tool at work, then what is chosen, then (activity.js) what somebody practises.
    if (endTool()) event.preventDefault();
    else if (selected) {
      event.preventDefault();
      deselect();
    }
  });
}
