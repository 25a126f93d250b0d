// Names of places: the more important first, as many as find room at this zoom.

// A land smaller than this on the screen [pixels] gets no name: it would name the water, or its neighbour.
const SMALLEST_NAMED = 5;

// A place goes by its name in the reader's language where the source has one.
const placeName = (place) => (place[4] && place[4][language]) || place[0];

// What the legend says of names: whose they are, where the reader's files brought none.
function placesLegend() {
  const record = data.summary.inputs.find((input) => input.layer === "places");
  if (!record) return el("p", { class: "note" }, t("places_none"));
  return record.lent ? el("p", { class: "note" }, t("places_lent")) : null;
}

const Labels = L.Layer.extend({
  onAdd() {
    this._container = el("div", { class: "place-labels leaflet-zoom-hide", "aria-hidden": "true" });
    this.getPane("labels").append(this._container);
    this._ruler = el("canvas").getContext("2d");
    this._widths = new Map();
    this.draw();
  },

  onRemove() {
    this._container.remove();
  },

  // The width of a text in the font of the ruler, measured once.
  _width(text) {
    const key = this._ruler.font + text;
    if (!this._widths.has(key)) this._widths.set(key, this._ruler.measureText(text).width);
    return this._widths.get(key);
  },

  getEvents() {
    return { moveend: this.draw, viewreset: this.draw };
  },

  draw() {
    if (!this._map) return;
    const size = this._map.getSize(), room = Math.max(8, (size.x * size.y) / 16000);
    const taken = [], badges = [], shown = [];
    const hits = (box, others) => others.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]);
    const free = (box) => !hits(box, taken) && !hits(box, badges);
    const frame = this._map.getContainer().getBoundingClientRect();
    for (const control of document.querySelectorAll("#legend, .map-tools, .leaflet-control-scale, #insets")) {
      const box = control.getBoundingClientRect();
      taken.push([box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top]);
    }
    badgeGroup.eachLayer((badge) => {
      const at = this._map.latLngToContainerPoint(badge.getLatLng());
      badges.push([at.x - 12, at.y - 12, at.x + 12, at.y + 12]);
    });
    if (state.layers.has("next_sites")) for (const [, lat, lon] of data.marks.next_sites) {
      const at = this._map.latLngToContainerPoint([lat, lon]);
      badges.push([at.x - 10, at.y - 10, at.x + 10, at.y + 10]);
    }
    const write = (node, lat, lon, box) => {
      taken.push(box);
      const point = this._map.latLngToLayerPoint([lat, lon]);
      node.style.transform = `translate(${point.x}px,${point.y}px)`;
      shown.push(node);
    };
    const degree = (256 * 2 ** this._map.getZoom()) / 360;
    const nameNeighbour = (neighbour) => {
      if (neighbour.size * degree < SMALLEST_NAMED) return;
      const text = neighbour.names[language] || neighbour.names.en;
      const at = this._map.latLngToContainerPoint([neighbour.lat, neighbour.lon]), half = text.length * 4.4;
      if (at.x < half || at.y < 10 || at.x > size.x - half || at.y > size.y - 10) return;
      const box = [at.x - half, at.y - 9, at.x + half, at.y + 9];
      if (free(box)) write(el("span", { class: neighbour.water ? "neighbour water" : "neighbour" }, el("b", { dir: "auto" }, text)), neighbour.lat, neighbour.lon, box);
    };
    const namePlace = (place) => {
      const [, lat, lon, rank] = place, text = placeName(place);
      const at = this._map.latLngToContainerPoint([lat, lon]);
      if (at.x < 4 || at.y < 4 || at.x > size.x - 4 || at.y > size.y - 8) return;
      const height = rank === 0 ? 15 : 12;
      this._ruler.font = (rank === 0 ? "700 14px " : rank === 1 ? "600 12px " : "12px ") + "sans-serif";
      const long = 10 + this._width(text), [top, bottom] = [at.y - height / 2 - 3, at.y + height / 2 + 3];
      const along = (from, to) => [at.x + from, top, at.x + to, bottom];
      // After its dot, else before it.
      const sides = [{ box: along(-4, long), words: along(5, long), side: "after" }, { box: along(-long, 4), words: along(-long, -5), side: "before" }]
        .filter(({ box }) => box[0] >= 2 && box[2] <= size.x - 2 && !hits(box, taken));
      // The capital is named even where a number stands upon it, on the side where its name can be read.
      const found = sides.find(({ box }) => !hits(box, badges)) || (rank === 0 ? sides.find(({ words }) => !hits(words, badges)) || sides[0] : null);
      if (found) write(el("span", { class: "place-name rank-" + Math.min(rank, 3) + " " + found.side }, el("i"), el("b", { dir: "auto" }, text)), lat, lon, found.box);
    };
    data.places.filter((place) => place[3] === 0).forEach(namePlace);
    data.neighbours.filter((one) => !one.water).forEach(nameNeighbour);
    for (const place of data.places) {
      if (shown.length >= room + data.neighbours.length) break;
      if (place[3] > 0) namePlace(place);
    }
    // Names of water take the room that is left.
    data.neighbours.filter((one) => one.water).forEach(nameNeighbour);
    replace(this._container, shown);
  },
});
