// What the pages of answers share: a table that scrolls by itself, and the points of shapes.

function table(heads, rows, label) {
  return el("div", { class: "table-box", role: "region", tabindex: 0, "aria-label": label },
    el("table", { class: "rows" }, el("thead", null, el("tr", null, heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", null, rows.map((cells) => el("tr", null, cells.map((cell, i) => el(i ? "td" : "th", i ? null : { scope: "row" }, cell)))))));
}

// What stands above an answer from STARTER DATA or from data made up for an exercise; "" for a user's own data.
const gradeWords = (grade, length) => (grade === "starter" ? t("starter_" + length) : grade === "exercise" ? t("made_up_" + length) : "");

// The rings of a polygon, each from its first point and the differences to the next.
const pointsOf = (shape) => shape.map((ring) => {
  let x = 0, y = 0;
  const points = [];
  for (let i = 0; i < ring.length; i += 2) {
    x += ring[i];
    y += ring[i + 1];
    points.push([y / data.scale, x / data.scale]);
  }
  return points;
});

// Paper is narrower than most screens: the map is laid out for it before the browser makes pages, and shows the same part of the country.
let viewBeforePrint = null;

function layOutFor(paper) {
  if (paper) viewBeforePrint = { center: map.getCenter(), zoom: map.getZoom(), bounds: map.getBounds() };
  document.documentElement.classList.toggle("printing", paper);
  map.invalidateSize({ animate: false, pan: false });
  if (paper) map.fitBounds(viewBeforePrint.bounds, { animate: false });
  else if (viewBeforePrint) map.setView(viewBeforePrint.center, viewBeforePrint.zoom, { animate: false });
}

window.addEventListener("beforeprint", () => layOutFor(true));
window.addEventListener("afterprint", () => layOutFor(false));
