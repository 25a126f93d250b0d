// The rasters on the map: every pixel of the pictures has the colour of its class, never a mixture; what is more than a colour is a
// texture whose lines keep their width at every zoom.

const UNCOVERED = 1, PARTLY = 2, COVERED = 3, UNKNOWN = 4;
const NOTHING_KNOWN = data.pictures.standings.findIndex((states) => states[0] === UNKNOWN);
const CROWDS = 8; // classes of people, the next power of two: 0 outside, 1 nobody, 2 and up by people per km²
const STRIP_ROWS = 128; // of a picture that are read at once, so that no old machine stands still for it

// The classes of a picture, one byte a pixel. It is decoded beside the page's own work, and read some rows at a time.
async function loadClasses(address, colours) {
  const bytes = Uint8Array.from(atob(address.slice(address.indexOf(",") + 1)), (sign) => sign.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }), { colorSpaceConversion: "none" });
  const { width, height } = image, classes = new Uint8Array(width * height);
  const canvas = el("canvas", { width, height: STRIP_ROWS }), context = canvas.getContext("2d", { willReadFrequently: true });
  const classOf = new Map(colours.map((c, i) => [((255 << 24) | (c[2] << 16) | (c[1] << 8) | c[0]) >>> 0, i]));
  for (let top = 0; top < height; top += STRIP_ROWS) {
    context.clearRect(0, 0, width, STRIP_ROWS);
    context.drawImage(image, 0, -top);
    const pixels = new Uint32Array(context.getImageData(0, 0, width, Math.min(STRIP_ROWS, height - top)).data.buffer);
    let last = 0, lastClass = 0;
    for (let i = 0; i < pixels.length; i++) {
      if (pixels[i] !== last) {
        last = pixels[i];
        lastClass = last >>> 24 ? classOf.get(last) || 0 : 0;
      }
      classes[top * width + i] = lastClass;
    }
    if (top % (4 * STRIP_ROWS) === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  image.close();
  canvas.width = canvas.height = 0; // old laptops: give the memory back now
  return { width, height, classes };
}

// Half as many pixels a side: each shows that one of four in which most people live. ``at``: which pixel of the whole picture that is.
function halve({ width, height, crowd, at }) {
  const w = (width + 1) >> 1, h = (height + 1) >> 1;
  const fewer = new Uint8Array(w * h), where = new Uint32Array(w * h);
  for (let y = 0; y < h; y++) {
    const below = 2 * y + 1 < height ? width : 0;
    for (let x = 0; x < w; x++) {
      const first = 2 * y * width + 2 * x, right = 2 * x + 1 < width ? 1 : 0;
      let best = first;
      if (crowd[first + right] > crowd[best]) best = first + right;
      if (crowd[first + below] > crowd[best]) best = first + below;
      if (crowd[first + below + right] > crowd[best]) best = first + below + right;
      fewer[y * w + x] = crowd[best];
      where[y * w + x] = at ? at[best] : best;
    }
  }
  return { width: w, height: h, crowd: fewer, at: where };
}

const rgba = (colour) => {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
};

function toCanvas(width, height, pixels) {
  const canvas = el("canvas", { width, height });
  canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width, height), 0, 0);
  return canvas;
}

const RASTERS = ["coverage", "unknown", "unreached", "people"];

// What a class of ground is drawn with, in the case and with the layers of the moment: a colour, and a texture if it has one.
function look(stateHere, crowd) {
  const on = (layer) => state.layers.has(layer);
  if (crowd === 0) return null;
  const reached = stateHere === COVERED, unsure = stateHere === UNKNOWN;
  const pattern = unsure && on("unknown") ? "cross" : stateHere === PARTLY && (on("coverage") || on("unreached")) ? "dots" : null;
  if (crowd >= 2 && on("unreached") && (stateHere === UNCOVERED || stateHere === PARTLY)) return { colour: UNREACHED_COLOURS[crowd - 2], texture: pattern };
  if (crowd >= 2 && on("people")) return { colour: PEOPLE_COLOURS[crowd - 2], texture: pattern || "level" };
  if (on("coverage") && (reached || stateHere === PARTLY)) return { colour: COVERED_COLOUR, texture: pattern };
  return pattern === "cross" ? { colour: null, texture: pattern } : null;
}

// The pictures of one service and case at one size: colours, and for every texture where it is.
function paint({ width, height, crowd, at }, standing, estimated) {
  const stateOf = data.pictures.standings.map((states) => states[caseNumber()]);
  const looks = stateOf.flatMap((here) => Array.from({ length: CROWDS }, (_, lot) => look(here, Math.min(lot, 6))));
  const tint = Uint32Array.from(looks, (one) => (one && one.colour ? rgba(one.colour) : 0));
  const names = ["dots", "cross", "level", "wide"], mark = Uint8Array.from(looks, (one) => (one && one.texture ? names.indexOf(one.texture) + 1 : 0));
  const lined = Uint8Array.from(looks, (one, key) => (one && one.texture !== "cross" && stateOf[key >> 3] >= PARTLY && state.layers.has("coverage") ? 1 : 0));
  const colours = new Uint32Array(width * height), masks = names.map(() => null);
  const put = (number, i) => {
    masks[number] = masks[number] || new Uint32Array(width * height);
    masks[number][i] = 0xff000000;
  };
  for (let i = 0; i < colours.length; i++) {
    const from = at ? at[i] : i, key = standing[from] * CROWDS + crowd[i];
    colours[i] = tint[key];
    if (mark[key]) put(mark[key] - 1, i);
    if (estimated && estimated[from] && lined[key]) put(3, i);
  }
  return {
    width, height, colours: toCanvas(width, height, colours),
    masks: names.map((name, number) => masks[number] && { name, canvas: toCanvas(width, height, masks[number]) }).filter(Boolean),
  };
}

const Mosaic = CanvasLayer.extend({
  options: { padding: 0.2, pane: "mosaic" },

  async load() {
    const { width, height, classes } = await loadClasses(data.pictures.people, data.pictures.people_colours);
    this._levels = [{ width, height, crowd: classes, at: null }];
    this._standings = new Map();
    this._estimates = new Map();
    await this.show();
  },

  // Reads what the other services show, one after another, while the reader looks at the first.
  async loadOthers() {
    for (const name of Object.keys(data.services)) {
      await new Promise((resolve) => (window.requestIdleCallback || setTimeout)(resolve));
      await this._pictureOf(name);
    }
  },

  // The standings of the ground for a service, how much ground has which, and where its coverage is estimated.
  async _pictureOf(name) {
    const number = data.pictures.standing[name], marks = data.pictures.estimated[name], { crowd } = this._levels[0];
    if (!this._standings.has(number)) {
      const standing = number === undefined ? new Uint8Array(crowd.length).fill(NOTHING_KNOWN)
        : (await loadClasses(data.pictures.standing_images[number], data.pictures.standing_colours)).classes;
      const count = new Uint32Array(data.pictures.standings.length * CROWDS);
      for (let i = 0; i < crowd.length; i++) count[standing[i] * CROWDS + crowd[i]]++;
      this._standings.set(number, { standing, count });
    }
    if (marks !== undefined && !this._estimates.has(marks))
      this._estimates.set(marks, (await loadClasses(data.pictures.estimated_images[marks], data.pictures.estimated_colours)).classes);
    return { ...this._standings.get(number), estimated: marks === undefined ? null : this._estimates.get(marks) };
  },

  // Shows the service, the case and the layers of the moment.
  async show() {
    if (!this._levels) return;
    const asked = service(), picture = await this._pictureOf(asked);
    if (asked !== service()) return; // the reader chose again meanwhile
    this._picture = picture;
    this._forget();
    if (this._map) this.draw();
    this.fire("shown");
  },

  // Which states of ground the picture holds, with how many people: pairs of a state and a class of people.
  present() {
    if (!this._picture) return [];
    return [...this._picture.count].flatMap((found, key) => (found ? [[data.pictures.standings[key >> 3][caseNumber()], key & 7]] : []));
  },

  // The state and the class of people of the grid cell at a place; null beside the pictures.
  at({ lat, lng }) {
    if (!this._picture) return null;
    const { width, height, crowd } = this._levels[0], [[south, west], [north, east]] = data.pictures.bounds;
    const up = (degrees) => Math.asinh(Math.tan((degrees * Math.PI) / 180));
    const x = Math.floor(((lng - west) / (east - west)) * width), y = Math.floor(((up(north) - up(lat)) / (up(north) - up(south))) * height);
    if (!(x >= 0 && y >= 0 && x < width && y < height)) return null;
    const i = y * width + x;
    return crowd[i] ? { state: data.pictures.standings[this._picture.standing[i]][caseNumber()], crowd: crowd[i], estimated: Boolean(this._picture.estimated && this._picture.estimated[i]) } : null;
  },

  // A canvas without pixels gives its memory back at once; waiting for the browser costs an old laptop 100 MB.
  _forget() {
    for (const painting of Object.values(this._painted || []))
      for (const canvas of [painting.colours, ...painting.masks.map((mask) => mask.canvas)]) canvas.width = canvas.height = 0;
    this._painted = [];
  },

  _painting(index) {
    while (this._levels.length <= index) this._levels.push(halve(this._levels[this._levels.length - 1]));
    return (this._painted[index] = this._painted[index] || paint(this._levels[index], this._picture.standing, this._picture.estimated));
  },

  draw() {
    const { ratio, canvas } = this._cleared();
    if (!this._picture) return;
    const [[south, west], [north, east]] = data.pictures.bounds;
    const start = this._map.latLngToLayerPoint([north, west]).subtract(this._bounds.min).multiplyBy(ratio);
    const end = this._map.latLngToLayerPoint([south, east]).subtract(this._bounds.min).multiplyBy(ratio);
    const pixel = (end.x - start.x) / this._levels[0].width;
    const index = Math.max(0, Math.min(4, Math.floor(-Math.log2(pixel) + 0.35)));
    const painting = this._painting(index);
    const context = canvas.getContext("2d");
    this._stretch(context, painting.colours, start, end, canvas, index);
    for (const mask of painting.masks) {
      const layer = el("canvas", { width: canvas.width, height: canvas.height });
      const pen = layer.getContext("2d");
      this._stretch(pen, mask.canvas, start, end, canvas, index);
      pen.globalCompositeOperation = "source-in";
      pen.fillStyle = texture(pen, mask.name, ratio);
      pen.fillRect(0, 0, layer.width, layer.height);
      context.drawImage(layer, 0, 0);
      layer.width = layer.height = 0;
    }
  },

  // Draws the visible part of a picture between two corners, pixels staying pixels.
  _stretch(context, picture, start, end, canvas, index) {
    const whole = this._levels[0];
    const stepX = ((end.x - start.x) / whole.width) * 2 ** index, stepY = ((end.y - start.y) / whole.height) * 2 ** index;
    const x0 = Math.max(0, Math.floor(-start.x / stepX)), x1 = Math.min(picture.width, Math.ceil((canvas.width - start.x) / stepX));
    const y0 = Math.max(0, Math.floor(-start.y / stepY)), y1 = Math.min(picture.height, Math.ceil((canvas.height - start.y) / stepY));
    if (x1 <= x0 || y1 <= y0) return;
    context.imageSmoothingEnabled = false;
    context.drawImage(
      picture, x0, y0, x1 - x0, y1 - y0,
      start.x + x0 * stepX, start.y + y0 * stepY, (x1 - x0) * stepX, (y1 - y0) * stepY,
    );
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
