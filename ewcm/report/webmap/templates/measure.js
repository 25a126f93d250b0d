// Measuring a distance: every click, or every press of Enter under the cross, adds a place to a line whose length is told below the map.

let measured = null; // places of the line, or null where nobody measures

const MeasureLine = CanvasLayer.extend({
  options: { padding: 0.1, pane: "labels" },

  draw() {
    const { ratio, canvas } = this._cleared(), pen = canvas.getContext("2d"), corner = cornerOf(this, ratio);
    const places = measured || [];
    const line = places.flatMap((place, i) => (i ? placesBetween(places[i - 1], place) : [place])).map(({ lat, lng }) => corner(lat, lng));
    pen.lineJoin = "round";
    pen.beginPath();
    line.forEach(({ x, y }, i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    for (const { colour, width } of [{ colour: "#fff", width: 5 }, { colour: "#111", width: 2.5 }]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width * ratio;
      pen.stroke();
    }
    for (const { lat, lng } of places) {
      const { x, y } = corner(lat, lng);
      pen.beginPath();
      pen.arc(x, y, 4.5 * ratio, 0, 2 * Math.PI);
      pen.fillStyle = "#fff";
      pen.fill();
      pen.lineWidth = 2 * ratio;
      pen.stroke();
    }
  },
});
const measureLine = new MeasureLine();

// A distance on the ground: two decimals of a kilometre near by, whole kilometres far away.
function distanceWords(metres) {
  if (metres === null) return t("unknown_short");
  if (metres < 1000) return format({ style: "unit", unit: "meter", maximumFractionDigits: 0 }).format(metres);
  return format({ style: "unit", unit: "kilometer", maximumFractionDigits: metres < 10000 ? 2 : metres < 100000 ? 1 : 0 }).format(metres / 1000);
}

function measuredWords() {
  if (measured.length < 2) return t(measured.length ? "measure_second" : "measure_first");
  const legs = measured.slice(1).map((place, i) => geodesicMetres(measured[i], place)), all = legs.includes(null) ? null : legs.reduce((sum, one) => sum + one, 0);
  const whole = named(t("measure_distance"), distanceWords(all));
  return legs.length < 2 ? whole : whole + " · " + named(t("measure_last"), distanceWords(legs[legs.length - 1]));
}

function measureStrip() {
  const button = (id, key, act) => el("button", { type: "button", id, onclick: act }, t(key));
  return el("div", { class: "strip-row" }, el("output", { id: "measured" }, measuredWords()),
    button("measure-back", "measure_back", () => changeMeasured(measured.slice(0, -1))),
    button("measure-clear", "measure_clear", () => changeMeasured([])),
    button("measure-end", "close", () => endMeasuring()));
}

function changeMeasured(places) {
  measured = places;
  byId("measured").textContent = measuredWords();
  measureLine.draw();
  announce(measuredWords());
}

// Adds the place of a click while somebody measures; false where nobody does.
function addMeasured(place) {
  if (!measured) return false;
  changeMeasured([...measured, { lat: place.lat, lng: place.lng }]);
  return true;
}

function beginMeasuring() {
  measured = [];
  measureLine.addTo(map);
  renderStrip();
  announce(measuredWords());
  map.getContainer().focus();
}

function endMeasuring() {
  if (!measured) return false;
  measured = null;
  measureLine.remove();
  renderStrip();
  map.getContainer().focus();
  return true;
}
