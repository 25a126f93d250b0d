// A plan of new sites: what they reach beside people out of reach, the choice by circles, the curve and the list.

const figure = (value) => (value === null || value === undefined ? t("unknown_short") : people(value));
const overTerrain = Boolean(data.pictures.chosen);
let show = "chosen";

const marks = L.layerGroup();
// Land lies under the pictures, circles and numbers above them.
map.createPane("land").style.zIndex = "250";
map.createPane("pictures").style.zIndex = "350";
const CIRCLE = { fill: false, color: "#111", weight: 1.5, dashArray: "5 4", interactive: false };

function nearPlace(row) {
  if (!row.place) return NO_VALUE;
  if (!row.place_direction || row.place_distance_km < 1) return el("span", null, ofPlace(t("near") + " {place}", row.place).split("{place}")[0], name(row.place));
  const text = t("near_at", { km: kilometres(row.place_distance_km), direction: t("direction_" + row.place_direction), place: "{place}" });
  const [before, after] = ofPlace(text, row.place).split("{place}");
  return el("span", null, before, name(row.place), after);
}

// Chosen by people of whom nobody is known to be covered: how many of them there are at most.
const adds = (row) => (data.by_low_coverage ? t("plan_adds_low_coverage", { people: people(row.gain) }) : isRange(row.people_low, row.people_high) ? people(row.people) + " (" + t("range", { low: people(row.people_low), high: people(row.people_high) }) + ")" : people(row.people));
const siteName = (row) => [number(row.rank), " ", t("plan_kind_" + row.kind), row.name ? [" ", name(row.name)] : null];

// A heading of the central case beside what the sites are chosen by.
const inCase = (key) => (data.by_low_coverage ? t(data.by_estimate ? "plan_expected" : "plan_central", { column: t("plan_" + key) }) : t("plan_" + key));

function draw() {
  marks.clearLayers();
  const picture = (key, opacity) => data.pictures[key] && marks.addLayer(L.imageOverlay(data.pictures[key], data.pictures.bounds, { pane: "pictures", interactive: false, opacity, alt: "" }));
  picture("people", 1);
  picture(overTerrain ? show : "none", 0.7); // above the people, as it is among them that a site counts
  if (show === "circles") {
    for (const [lat, lon, radius] of data.circles) {
      marks.addLayer(L.circle([lat, lon], { ...CIRCLE, radius: radius * 1000 }));
      marks.addLayer(L.circleMarker([lat, lon], { radius: 4, color: "#111", weight: 1, fillColor: "#fff", fillOpacity: 1, interactive: false }));
    }
    return;
  }
  for (const row of data.sites.slice().reverse()) {
    marks.addLayer(L.circle([row.lat, row.x], { ...CIRCLE, radius: row.circle_km * 1000 }));
    const icon = L.divIcon({ className: "site-number " + row.kind, html: el("span", null, number(row.rank)), iconSize: [22, 22] });
    const words = el("span", { dir: document.documentElement.dir }, siteName(row), ": ", named(t("plan_adds"), adds(row)), el("br"), nearPlace(row));
    marks.addLayer(L.marker([row.lat, row.x], { icon, keyboard: false, alt: "" }).bindTooltip(words));
  }
}

function legend() {
  const box = (colour, text) => el("li", null, el("i", { style: { background: colour } }), text);
  return [
    overTerrain ? [box(data.colours.served[1], t("plan_legend_most")), box(data.colours.served[0], t("plan_legend_some"))] : null,
    el("li", null, el("i", { style: { border: "2px dashed #111", borderRadius: "50%" } }), t("plan_legend_circle")),
    el("li", null, data.colours.people.map((colour) => el("i", { style: { background: colour, marginInlineEnd: "2px" } })), " ", t("plan_legend_people")),
  ];
}

// People served against sites, with the range.
function curve() {
  const [central, low, high] = data.curve;
  const count = central.length, top = Math.max(...high, 0);
  if (!count || !top) return null;
  const points = (values) => [0, ...values].map((value, i) => (10 + (560 * i) / count).toFixed(1) + "," + (190 - (180 * value) / top).toFixed(1));
  const title = inCase("curve");
  const label = named(title, people(central[count - 1]));
  return el("figure", { class: "curve", dir: "ltr" },
    svgEl("svg", { viewBox: "0 0 580 200", role: "img", "aria-label": label },
      svgEl("polygon", { points: [...points(low), ...points(high).reverse()].join(" "), fill: "#b3cde3" }),
      svgEl("polyline", { points: points(central).join(" "), fill: "none", stroke: "#08519c", "stroke-width": 2 }),
      svgEl("path", { d: "M10 10V190H570", fill: "none", stroke: "#666" })),
    el("figcaption", { dir: document.documentElement.dir }, label));
}

// A column of a list is left out where nothing is known of it. All but what the sites are chosen by is of the central case: where they are
// chosen by those of whom nobody is known to be covered, both stand there, each with its case.
function list() {
  const known = (key) => data.sites.some((row) => row[key] !== undefined);
  const counted = [...(data.by_low_coverage ? ["people"] : []), "cumulative", "remaining", "people_alone", "people_in_circle", "unknown_people", "exposed", "annual_exposed", "unknown_hazard_people"].filter(known);
  const heads = [t("plan_what"), t("plan_where"), t("plan_adds"), ...(data.by_low_coverage ? [t("plan_cumulative")] : []), ...counted.map(inCase), ...(known("areas_that_gain") ? [inCase("areas_that_gain")] : []), ...(known("nearest_site_km") ? [t("plan_nearest_site_km")] : []), t("plan_position")];
  let sum = 0;
  const rows = data.sites.map((row) => {
    sum += row.gain;
    const chosen = data.by_low_coverage ? [t("plan_adds_low_coverage", { people: people(sum) })] : [];
    return [siteName(row), nearPlace(row), adds(row), ...chosen, ...counted.map((key) => figure(row[key])), ...(known("areas_that_gain") ? [name(row.areas_that_gain)] : []), ...(known("nearest_site_km") ? [row.nearest_site_km === null ? NO_VALUE : number(row.nearest_site_km, 1)] : []), el("bdi", { dir: "ltr" }, row.lat.toFixed(4) + ", " + row.lon.toFixed(4))];
  });
  const meanings = counted.map((key) => el("div", null, el("dt", null, inCase(key)), el("dd", null, t("plan_about_" + key))));
  return [table(heads, rows, t("plan_sites")), el("details", { class: "note" }, el("summary", null, t("plan_columns")), el("dl", { class: "details" }, meanings))];
}

function render() {
  translatePage();
  const [first, ...notes] = data.sentences[language];
  document.title = named(t("plan_title"), data.names[language] || data.names.en);
  replace(byId("starter"), gradeWords(data.grade, "banner"));
  byId("starter").hidden = !gradeWords(data.grade, "banner");
  byId("headline").textContent = first;
  replace(byId("said"), notes.map((text) => el("li", null, text)));
  map.getContainer().setAttribute("aria-label", t("plan_map"));
  const choices = ["chosen", ...(data.circles.length ? ["circles"] : [])];
  byId("choices").hidden = choices.length < 2;
  replace(byId("show"), choices.map((value) => el("option", { value }, t("plan_show_" + value) + (overTerrain ? ", " + t("plan_show_terrain") : ""))));
  byId("show").value = show;
  replace(byId("legend"), legend());
  replace(byId("plan"), data.sites.length ? el("section", { class: "alert" }, el("h2", null, t("plan_sites")), list(), curve()) : []);
  draw();
  history.replaceState(null, "", "#lang=" + language);
}

offerLanguages(render);
byId("show").addEventListener("change", () => {
  show = byId("show").value;
  draw();
});
map.setView([0, 0], 3, { animate: false });
L.polygon(data.outlines.map(pointsOf), { pane: "land", interactive: false, fillColor: "#f4f1ea", fillOpacity: 1, color: "#777", weight: 0.8 }).addTo(map);
marks.addTo(map);
readLanguage();
render();
map.invalidateSize();
const seen = L.latLngBounds([]);
// The circles of sirens in a town alone would show a few grid cells, and no coast to know the place by.
const LEAST_KM = 12;
for (const [lat, lon, radius] of [...data.sites.map((row) => [row.lat, row.x, row.circle_km]), ...data.circles]) seen.extend(L.latLng(lat, lon).toBounds(2000 * Math.max(radius, LEAST_KM)));
// Sites that lie all over the country are shown with the whole of it, not with its edges cut off.
const whole = L.latLngBounds(data.pictures.bounds);
const isWide = (box) => box.getNorth() - box.getSouth() > (whole.getNorth() - whole.getSouth()) / 2 || box.getEast() - box.getWest() > (whole.getEast() - whole.getWest()) / 2;
if (!seen.isValid() || isWide(seen)) seen.extend(whole);
map.fitBounds(seen, { animate: false, padding: [10, 10] });
document.documentElement.setAttribute("data-ready", "yes");
