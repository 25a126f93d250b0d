// Single places: the next sites with the circles that they would reach, and points of interest by their signal.

const NEXT_COLOUR = "#00513f";
const POINT_COLOURS = { no: "#b3005e", unknown: "#ffffff", yes: "#1f5fa8" };

const NextSites = CanvasLayer.extend({
  options: { padding: 0.1, pane: "next" },

  draw() {
    const { ratio, canvas } = this._cleared(), pen = canvas.getContext("2d"), corner = cornerOf(this, ratio);
    // The first one lies above the others.
    for (const [rank, lat, lon, radius] of data.marks.next_sites.slice().reverse()) {
      const at = corner(lat, lon), reach = radius === null ? 0 : Math.abs(corner(lat + radius / 111.2, lon).y - at.y);
      pen.lineWidth = 1.6 * ratio;
      pen.strokeStyle = NEXT_COLOUR;
      pen.setLineDash([5 * ratio, 3 * ratio]);
      pen.beginPath();
      pen.arc(at.x, at.y, reach, 0, 2 * Math.PI);
      pen.stroke();
      pen.setLineDash([]);
      const half = 9 * ratio;
      pen.fillStyle = "#fff";
      pen.fillRect(at.x - half, at.y - half, 2 * half, 2 * half);
      pen.strokeRect(at.x - half, at.y - half, 2 * half, 2 * half);
      pen.fillStyle = NEXT_COLOUR;
      pen.font = `700 ${12 * ratio}px sans-serif`;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillText(number(rank), at.x, at.y);
    }
  },
});

// A mark whose shape says the state too, for those who do not see its colour.
function pointMark(pen, state, x, y, size) {
  pen.beginPath();
  if (state === "no") pen.rect(x - size, y - size, 2 * size, 2 * size);
  else pen.arc(x, y, size, 0, 2 * Math.PI);
  pen.fillStyle = POINT_COLOURS[state];
  pen.fill();
  pen.lineWidth = size / 3;
  pen.strokeStyle = state === "unknown" ? "#222" : "#fff";
  pen.stroke();
}

const PointsOfInterest = CanvasLayer.extend({
  options: { padding: 0.1, pane: "masts" },

  draw() {
    const { ratio, canvas } = this._cleared(), pen = canvas.getContext("2d"), corner = cornerOf(this, ratio);
    const size = Math.max(2.5, Math.min(6, 3 + 0.75 * (this._map.getZoom() - countryZoom))) * ratio;
    // Those without a signal lie above the others.
    for (const [lat, lon, state] of data.marks.points.slice().reverse()) {
      const { x, y } = corner(lat, lon);
      if (x > 0 && y > 0 && x < canvas.width && y < canvas.height) pointMark(pen, data.marks.states[state], x, y, size);
    }
  },
});

const nextSites = new NextSites(), pointsOfInterest = new PointsOfInterest();
const drawNextSites = () => comeOrGo("next_sites", nextSites), drawPoints = () => comeOrGo("points", pointsOfInterest);

function pointSample(state) {
  const canvas = el("canvas", { width: 36, height: 24, "aria-hidden": "true", class: "mark-sample" });
  pointMark(canvas.getContext("2d"), state, 18, 12, 8);
  return canvas;
}

const pointsLegend = () => {
  const { states, counts, points } = data.marks, all = counts.reduce((sum, one) => sum + one, 0);
  return [
    el("ul", { class: "key" }, states.map((state, i) => (counts[i] ? el("li", null, pointSample(state), t("legend_point_" + state, { count: number(counts[i]) })) : null))),
    points.length < all ? el("p", { class: "note" }, t("legend_drawn", { drawn: number(points.length), total: number(all) })) : null,
  ];
};

// The radius differs by kind of site: each that is there is told.
const nextSitesLegend = () => el("p", { class: "note" }, [
  t("legend_next_sites", { km: [...new Set(data.marks.next_sites.map((site) => site[3]).filter((radius) => radius !== null))].map(kilometres).join(" / ") || NO_VALUE }),
  data.marks.by_low_coverage ? t("legend_next_sites_low") : "",
].filter(Boolean).join(" "));
