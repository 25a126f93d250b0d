// The docked panel: all that is known of what is chosen on the map, for the service and the case of the moment.

const link = (text, act) => el("button", { type: "button", class: "link", onclick: act }, text);

const sureOf = (value, share) => (value === null ? t("unknown_short") : [people(value), share === null ? "" : " (" + percent(share) + ")"]);

function coordinateText(lat, lng) {
  return el("bdi", { dir: "ltr" }, number(lat, 4) + "; " + number(((lng + 540) % 360) - 180, 4));
}

function detailRows(kind, item) {
  if (kind === "coldspot") return [
    [t("people_unreached"), people(peopleIn(item))],
    [t("range_title"), range(item.people_low, item.people_high)],
    [t("surface"), squareKilometres(item.area_km2)],
    [t("within_radius"), people(item.people_within_radius)],
    [t("nearest_place"), item.place ? spotTitle(item) : NO_VALUE],
    [t("area"), spotArea(item) ? [areaOfSpot(item) ? link(name(spotArea(item)), () => visitArea(areaOfSpot(item))) : name(spotArea(item)), item.area_share === null ? "" : " · " + t("area_share", { share: percent(item.area_share) })] : NO_VALUE],
    [t("covered_place"), item.covered_place ? [name(localPlace(item.covered_place, item)), " · ", kilometres(item.covered_place_distance_km)] : NO_VALUE],
    [t("to_coverage"), item.distance_to_coverage_km === null ? NO_VALUE : kilometres(item.distance_to_coverage_km)],
    [t("position"), coordinateText(item.lat, item.lon)],
  ];
  if (kind === "place") return placeRows(item);
  const values = figuresOf(item), share = (value) => (value === null || !item.people ? null : value / item.people);
  const parent = parentOf(item), inside = spotsShown().filter((spot) => areaOfSpot(spot) === item);
  return [
    parent ? [t("part_of"), link(name(areaName(parent)), () => visitArea(parent))] : null,
    [t("people"), people(item.people)],
    [t("unreached"), sureOf(values.uncovered, shareOf(item))],
    shareOf(item) === null ? null : [t("range_title"), range(values.low, values.high)],
    [t("covered"), sureOf(values.covered, share(values.covered))],
    item.bands[service()] ? [t("band"), range(...item.bands[service()])] : null,
    [t("unknown"), sureOf(values.unknown, share(values.unknown))],
    [t("surface"), squareKilometres(item.km2)],
    inside.length ? [t("tab_coldspots"), [spotLinks(inside.slice(0, 5)), ofOthers()]] : null,
  ].filter(Boolean);
}

const spotLinks = (some) => some.map((spot, index) => [index ? comma() : "", link(t("coldspot_number", { rank: number(spot.rank) }), () => visitColdspot(spot)), " (", people(peopleIn(spot)), ")"]);

// What is said beside coldspots that are of another service or case than the rest of the page.
const ofOthers = () => spotNotes().map((words) => el("p", { class: "note" }, words));

// What the map shows at a place: the ground, the area around it and the coldspots to which it belongs.
function placeRows(item) {
  const place = L.latLng(item.lat, item.lng), area = areaAt(place), around = spotsAround(place);
  return [
    [t("position"), coordinateText(item.lat, item.lng)],
    [t("ground"), groundWords(place)],
    [t("area"), area ? link(name(areaName(area)), () => visitArea(area)) : NO_VALUE],
    area && shareOf(area) !== null ? [t("unreached"), sureOf(figuresOf(area).uncovered, shareOf(area))] : null,
    around.length ? [t("tab_coldspots"), [spotLinks(around), ofOthers()]] : null,
  ].filter(Boolean);
}

function choiceTitle({ kind, item }) {
  if (kind === "area") return name(areaName(item));
  if (kind === "place") return item.text ? name(item.text) : t("position");
  return [t("coldspot_number", { rank: number(item.rank) }), " · ", spotTitle(item)];
}

// What the figures of the panel are for: the service, and the case where there is more than one.
function figuresFor({ kind }) {
  const of = kind === "coldspot" ? coldspotService() : service(), which = kind === "coldspot" ? listedCase() : shownCase();
  return [serviceName(of), hasRange(of) ? t("case_" + which) : null].filter(Boolean).join(" · ");
}

function renderDetails() {
  const box = byId("details");
  box.hidden = !selected;
  document.documentElement.classList.toggle("chosen", Boolean(selected));
  if (!selected) return replace(box);
  const { kind, item } = selected;
  replace(box,
    el("div", { class: "details-head" }, el("h3", { id: "details-title" }, choiceTitle(selected)),
      el("button", { type: "button", id: "details-close", "aria-label": t("close"), title: t("close"), onclick: deselect }, el("span", { "aria-hidden": "true" }, "×"))),
    el("p", { class: "note" }, figuresFor(selected)), kind === "coldspot" ? ofOthers() : null,
    el("dl", { class: "details" }, detailRows(kind, item).map(([label, value]) => el("div", null, el("dt", null, label), el("dd", null, value)))),
    kind === "area" ? el("p", { class: "details-tools" }, el("button", { type: "button", id: "print-area", onclick: () => printArea(item) }, t("brief_print"))) : null);
  box.scrollTop = 0;
  if (isStacked()) box.scrollIntoView({ block: "nearest", behavior: "auto" });
}
