// One line below the map that tells what lies under the pointer, or under the cross in the middle while the keyboard moves the map.

const STATE_WORDS = { [UNCOVERED]: "state_uncovered", [PARTLY]: "state_partly", [COVERED]: "state_covered", [UNKNOWN]: "state_unknown" };

// The ground at a place in words: its coverage, and how many people live on a square kilometre of it.
function groundWords(place) {
  const here = mosaic.at(place);
  if (!here) return NO_VALUE;
  const edges = data.pictures.people_edges.slice(1), lot = here.crowd - 2;
  const crowd = lot < 0 ? t("nobody_here") : t("per_km2", { range: lot === 0 ? t("fewer_than", { n: number(edges[0]) }) : lot < edges.length ? t("from_to", { from: number(edges[lot - 1]), to: number(edges[lot]) }) : t("more_than", { n: number(edges[lot - 1]) }) });
  return [t(STATE_WORDS[here.state] || "state_unknown"), here.estimated ? t("state_estimated") : null, crowd].filter(Boolean).join(" · ");
}

function readoutWords(place) {
  if (!mosaic.at(place)) return "";
  const area = areaAt(place), spot = circleAt(map.latLngToContainerPoint(place)) || spotsAround(place)[0];
  const covered = area && figuresOf(area).covered !== null && area.people ? figuresOf(area).covered / area.people : null;
  return [
    groundWords(place),
    area ? isolated(areaName(area)) + (covered === null || activityName() === "exercise" ? "" : ": " + t("covered_here", { share: percent(covered) })) : null,
    spot && state.layers.has("coldspots") ? named(t("coldspot_number", { rank: number(spot.rank) }), people(peopleIn(spot))) : null,
  ].filter(Boolean).join(" — ");
}

function startReadout() {
  let awaiting = null;
  const show = (place) => (byId("readout").textContent = place ? readoutWords(place) || t("readout_hint") : t("readout_hint"));
  map.on("mousemove", (event) => {
    if (awaiting === null) requestAnimationFrame(() => {
      show(awaiting);
      awaiting = null;
    });
    awaiting = event.latlng;
  });
  map.on("mouseout", () => show(null));
  const atCross = () => {
    if (document.activeElement !== map.getContainer()) return;
    show(map.getCenter());
    announce(byId("readout").textContent);
  };
  map.on("moveend", atCross);
  map.getContainer().addEventListener("focus", atCross);
  map.getContainer().addEventListener("blur", () => show(null));
}
