// "What if we build here": a mast on the map, and the people out of reach within its circle. A circle, never terrain.

const HEIGHTS = { least: 10, most: 200, step: 5 };
const mastLayer = L.layerGroup();
let mast = null; // {technology, height, lat, lng}; without a place lat is null

// The mast of the address, or the usual one without a place.
function mastOf(words) {
  const [, technology, height, lat, lng] = words.split("/"), known = Object.keys(COUNTS.masts), at = viewOf([8, lat, lng].join("_"));
  const metres = Number(height);
  return {
    technology: known.includes(technology) ? technology : usualTechnology(),
    height: metres >= HEIGHTS.least && metres <= HEIGHTS.most ? metres : COUNTS.mast_m,
    lat: at ? at[1] : null, lng: at ? at[2] : null,
  };
}

// The technology that the page is about, or the oldest.
const usualTechnology = () => (state.technology in COUNTS.masts ? state.technology : MOBILE.find((one) => one in COUNTS.masts) || Object.keys(COUNTS.masts)[0]);

const mastWords = () => ["build", mast.technology, mast.height, ...(mast.lat === null ? [] : [mast.lat.toFixed(4), mast.lng.toFixed(4)])].join("/");

// At the place that the address can say, so that it leads to the same figures.
function placeMast({ lat, lng }) {
  mast = { ...mast, lat: Number(lat.toFixed(4)), lng: Number(lng.toFixed(4)) };
  changeMast();
  announce(byId("build-result").textContent);
}

// After another place, height or technology: the circle, its people and the address.
function changeMast() {
  activity = mastWords();
  writeAddress();
  renderBuildResult();
}

// The circle of each case [km], in the order of the page's cases.
const circlesOf = ({ technology, height }) => COUNTS.masts[technology].map((km) => rangeAt(km, height));

function clearBuild() {
  mastLayer.clearLayers();
  mastLayer.remove();
  mast = null;
}

function drawMast() {
  mastLayer.clearLayers();
  if (mast.lat === null) return;
  const place = [mast.lat, mast.lng], radii = circlesOf(mast), shown = data.pictures.cases.indexOf(shownCase());
  radii.forEach((km, i) => {
    const look = i === shown ? { color: "#00504a", weight: 3, fill: true, fillColor: "#00a08f", fillOpacity: 0.12 } : { color: "#00504a", weight: 1.2, dashArray: "5 5", fill: false };
    mastLayer.addLayer(L.circle(place, { radius: km * 1000, interactive: false, ...look }));
  });
  mastLayer.addLayer(L.circleMarker(place, { radius: 5, interactive: false, color: "#fff", weight: 2, fillColor: "#00504a", fillOpacity: 1 }));
  mastLayer.addTo(map);
}

// Services that count the technology of the mast, and of which it is known who is out of reach.
const servedBy = (technology) => Object.keys(COUNTS.services).filter((name) => data.services[name].includes(technology));
const untoldBy = (technology) => Object.keys(data.services).filter((name) => (name === "any" || name.endsWith("+")) && data.services[name].includes(technology) && !isCounted(name));

function buildTable(radii) {
  const cases = data.pictures.cases, place = { lat: mast.lat, lng: mast.lng }, names = servedBy(mast.technology);
  const row = (which, i) => el("tr", { "data-case": which },
    el("th", { scope: "row" }, t("case_" + which), el("small", null, kilometres(radii[i]))),
    names.map((name) => {
      const { uncovered } = countIn(place, radii[i], name, which);
      return el("td", { "data-service": name, "data-value": uncovered }, roughly(uncovered));
    }));
  return el("table", { class: "plain-table" }, el("caption", null, t("build_caption")),
    el("thead", null, el("tr", null, el("td"), names.map((name) => el("th", { scope: "col" }, t("unreached_by", { service: serviceName(name) }))))),
    el("tbody", null, cases.map(row)));
}

async function renderBuildResult() {
  drawMast();
  const box = byId("build-result");
  if (mast.lat === null) return replace(box, el("p", { class: "note" }, t("build_hint")));
  if (!blocks) replace(box, el("p", { class: "note" }, t("build_wait")));
  await whenCounted();
  if (!mast || mast.lat === null) return;
  const radii = circlesOf(mast), [low, central, high] = radii, place = { lat: mast.lat, lng: mast.lng };
  const of = servedBy(mast.technology), within = of.length ? countIn(place, central, of[0], "central") : null;
  replace(box,
    el("p", { class: "build-warning" }, t("build_circle", { technology: mast.technology, km: kilometres(central), low: kilometres(low), high: kilometres(high), height: number(COUNTS.mast_m) })),
    within && within.all < 0.5 ? el("p", null, t("build_nobody")) : null,
    of.length ? buildTable(radii) : null,
    within ? el("p", { class: "note", id: "build-all" }, t("build_all", { people: roughly(within.all) })) : null,
    of.map((name) => ({ name, unknown: countIn(place, central, name, "central").unknown })).filter(({ unknown }) => unknown >= 0.5)
      .map(({ name, unknown }) => el("p", { class: "note" }, t("build_unknown", { service: serviceName(name), people: roughly(unknown) }))),
    untoldBy(mast.technology).map((name) => el("p", { class: "note" }, t("untold_for", { service: serviceName(name) }))),
    el("p", { class: "note" }, t("build_rounded", { cell: kilometres(data.cell_km[0] * COUNTS.factor) })),
    el("p", { class: "note" }, t("position") + " ", coordinateText(mast.lat, mast.lng)));
}

function renderBuild() {
  if (!COUNTS) return replace(byId("activity"), activityHead("activity-title", t("build_title")), el("p", null, t("headline_nobody", { country: countryName() })));
  mast = mastOf(activity);
  const height = el("input", { type: "number", id: "build-height", min: HEIGHTS.least, max: HEIGHTS.most, step: HEIGHTS.step, value: mast.height, onchange: (event) => {
    const metres = Number(event.target.value);
    mast.height = Math.min(Math.max(metres || mast.height, HEIGHTS.least), HEIGHTS.most);
    event.target.value = mast.height;
    changeMast();
  } });
  const technology = el("select", { id: "build-technology", onchange: (event) => {
    mast.technology = event.target.value;
    changeMast();
  } }, Object.keys(COUNTS.masts).map((one) => el("option", { value: one, selected: one === mast.technology }, one)));
  replace(byId("activity"),
    activityHead("activity-title", t("build_title")),
    el("div", { class: "activity-fields" },
      el("label", { for: "build-technology" }, t("build_technology"), technology),
      el("label", { for: "build-height" }, t("build_height"), height),
      el("button", { type: "button", id: "build-here", onclick: () => placeMast(map.getCenter()) }, t("build_here"))),
    el("div", { id: "build-result", "aria-live": "off" }));
  renderBuildResult();
}
