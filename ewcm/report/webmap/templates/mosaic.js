// The rasters on the map: every pixel of the pictures has the colour of its class, never a mixture; what is unknown is
// hatched in lines that keep their width at every zoom.

const UNREACHED_COLOURS = ["#fdd49e", "#fdae4b", "#ee7a1c", "#b9420b", "#6b1d05"];
const PEOPLE_COLOURS = data.pictures.people_colours.slice(2).map((colour) => "rgb(" + colour.join(",") + ")");
const COVERAGE_COLOURS = { partly: "#cfe3f1", covered: "#8dbfe0" };
const UNCOVERED = 1, PARTLY = 2, COVERED = 3, UNKNOWN = 4;
const NOTHING_KNOWN = data.pictures.standings.findIndex((states) => states[0] === UNKNOWN);

// The classes of a picture, one byte a pixel.
async function loadClasses(address, colours) {
  const image = new Image();
  await new Promise((resolve, reject) => Object.assign(image, { onload: resolve, onerror: reject, src: address }));
  const canvas = el("canvas", { width: image.naturalWidth, height: image.naturalHeight });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  const classOf = new Map(colours.map((c, i) => [((255 << 24) | (c[2] << 16) | (c[1] << 8) | c[0]) >>> 0, i]));
  const classes = new Uint8Array(pixels.length);
  let last = 0, lastClass = 0;
  for (let i = 0; i < pixels.length; i++) {
    if (pixels[i] !== last) {
      last = pixels[i];
      lastClass = last >>> 24 ? classOf.get(last) || 0 : 0;
    }
    classes[i] = lastClass;
  }
  const { width, height } = canvas;
  canvas.width = canvas.height = 0; // old laptops: give the memory back now
  image.removeAttribute("src");
  return { width, height, classes };
}

// Half as many pixels a side: each shows that one of four in which most people live.
function halve(picture) {
  const { width, height } = picture;
  const w = (width + 1) >> 1, h = (height + 1) >> 1;
  const crowd = new Uint8Array(w * h), standing = new Uint8Array(w * h), estimated = picture.estimated && new Uint8Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      let best = 2 * y * width + 2 * x;
      for (const other of [best + 1, best + width, best + width + 1]) {
        const inside = (other !== best + 1 && other !== best + width + 1) || 2 * x + 1 < width;
        if (inside && other < width * height && picture.crowd[other] > picture.crowd[best]) best = other;
      }
      crowd[y * w + x] = picture.crowd[best];
      standing[y * w + x] = picture.standing[best];
      if (estimated) estimated[y * w + x] = picture.estimated[best];
    }
  }
  return { width: w, height: h, crowd, standing, estimated };
}

const rgba = (colour) => {
  const parts = colour.startsWith("#")
    ? [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16))
    : colour.match(/\d+/g).map(Number);
  return ((255 << 24) | (parts[2] << 16) | (parts[1] << 8) | parts[0]) >>> 0;
};

function toCanvas(width, height, pixels) {
  const canvas = el("canvas", { width, height });
  canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width, height), 0, 0);
  return canvas;
}

// The pictures of one service and case at one size: colours, where it is unknown, and where coverage is estimated.
function paint(picture) {
  const { width, height, crowd, standing, estimated } = picture;
  const unreached = UNREACHED_COLOURS.map(rgba), crowds = PEOPLE_COLOURS.map(rgba);
  const covered = { [PARTLY]: rgba(COVERAGE_COLOURS.partly), [COVERED]: rgba(COVERAGE_COLOURS.covered) };
  const show = Object.fromEntries(LAYERS.map((layer) => [layer, state.layers.has(layer)]));
  const colours = new Uint32Array(width * height);
  const which = data.pictures.cases.indexOf(shownCase()), stateOf = data.pictures.standings.map((states) => states[which]);
  let mask = null, lines = null;
  for (let i = 0; i < colours.length; i++) {
    const lot = crowd[i], standingHere = stateOf[standing[i]];
    if (lot === 0) continue;
    if (lot >= 2 && show.unreached && (standingHere === UNCOVERED || standingHere === PARTLY)) colours[i] = unreached[lot - 2];
    else if (lot >= 2 && show.people) colours[i] = crowds[lot - 2];
    else if (show.coverage && standingHere >= PARTLY && standingHere <= COVERED) colours[i] = covered[standingHere];
    if (show.unknown && standingHere === UNKNOWN) {
      mask = mask || new Uint32Array(width * height);
      mask[i] = 0xff000000;
    }
    if (estimated && estimated[i] && show.coverage && (standingHere === PARTLY || standingHere === COVERED)) {
      lines = lines || new Uint32Array(width * height);
      lines[i] = 0xff000000;
    }
  }
  return { width, height, colours: toCanvas(width, height, colours), mask: mask && toCanvas(width, height, mask), lines: lines && toCanvas(width, height, lines) };
}

function hatchPattern(context, scale) {
  const size = 8 * scale;
  const tile = el("canvas", { width: size, height: size });
  const pen = tile.getContext("2d");
  pen.strokeStyle = "#555";
  pen.lineWidth = 1.3 * scale;
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

// Wide lines that fall to the right: what no known cell shows, and an estimate covers.
function widePattern(context, scale) {
  const size = 14 * scale;
  const tile = el("canvas", { width: size, height: size });
  const pen = tile.getContext("2d");
  pen.strokeStyle = "rgba(31, 78, 121, 0.45)";
  pen.lineWidth = 3 * scale;
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, 0);
    pen.lineTo(shift + size, size);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

const Mosaic = CanvasLayer.extend({
  options: { padding: 0.2, pane: "mosaic" },

  async load() {
    this._people = await loadClasses(data.pictures.people, data.pictures.people_colours);
    this._standings = new Map();
    this._estimates = new Map();
    await this.show();
  },

  // Shows the service and the layers of the moment.
  async show() {
    if (!this._people) return;
    const number = data.pictures.standing[service()];
    if (number !== undefined && !this._standings.has(number))
      this._standings.set(number, await loadClasses(data.pictures.standing_images[number], data.pictures.standing_colours));
    const marks = data.pictures.estimated[service()];
    if (marks !== undefined && !this._estimates.has(marks))
      this._estimates.set(marks, await loadClasses(data.pictures.estimated_images[marks], data.pictures.estimated_colours));
    if (number !== data.pictures.standing[service()]) return; // the reader chose again meanwhile
    const { width, height, classes } = this._people;
    const standing = number === undefined ? new Uint8Array(classes.length).fill(NOTHING_KNOWN) : this._standings.get(number).classes;
    const estimated = marks === undefined ? null : this._estimates.get(marks).classes;
    this._levels = [{ width, height, crowd: classes, standing, estimated }];
    this._forget();
    if (this._map) this.draw();
    drawInsets();
  },

  // A canvas without pixels gives its memory back at once; waiting for the browser costs an old laptop 100 MB.
  _forget() {
    for (const painting of Object.values(this._painted || []))
      for (const canvas of [painting.colours, painting.mask, painting.lines]) if (canvas) canvas.width = canvas.height = 0;
    this._painted = [];
  },

  _painting(index) {
    while (this._levels.length <= index) this._levels.push(halve(this._levels[this._levels.length - 1]));
    return (this._painted[index] = this._painted[index] || paint(this._levels[index]));
  },

  draw() {
    const { ratio, canvas } = this._cleared();
    this.drawOnto(canvas.getContext("2d"), cornerOf(this, ratio), ratio);
  },

  // Draws the pictures onto any canvas; ``corner``: from latitude and longitude to a point of it.
  drawOnto(context, corner, ratio = density()) {
    if (!this._levels) return;
    const index = halvings(corner), { canvas } = context;
    const painting = this._painting(index);
    drawParts(context, painting.colours, index, corner);
    for (const [mask, pattern] of [[painting.mask, hatchPattern], [painting.lines, widePattern]]) {
      if (!mask) continue;
      const layer = el("canvas", { width: canvas.width, height: canvas.height });
      const pen = layer.getContext("2d");
      drawParts(pen, mask, index, corner);
      pen.globalCompositeOperation = "source-in";
      pen.fillStyle = pattern(pen, ratio);
      pen.fillRect(0, 0, layer.width, layer.height);
      context.drawImage(layer, 0, 0);
      layer.width = layer.height = 0;
    }
  },
});

// Leaflet's canvas for shapes, with as many dots as paper needs while printing.
const Shapes = L.Canvas.extend({
  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize(), ratio = density(), canvas = this._container;
    L.DomUtil.setPosition(canvas, this._bounds.min);
    canvas.width = ratio * size.x;
    canvas.height = ratio * size.y;
    canvas.style.width = size.x + "px";
    canvas.style.height = size.y + "px";
    this._ctx.scale(ratio, ratio);
    this._ctx.translate(-this._bounds.min.x, -this._bounds.min.y);
    this.fire("update");
  },
});
