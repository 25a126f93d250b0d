// The rasters on the map: every pixel of the pictures has the colour of its class, never a mixture; what is more than a colour is a
// texture whose lines keep their width at every zoom.

const UNCOVERED = 1, PARTLY = 2, COVERED = 3, UNKNOWN = 4;
const NOTHING_KNOWN = data.pictures.standings.findIndex((states) => states[0] === UNKNOWN);
const CROWDS = 8; // classes of people, the next power of two: 0 outside, 1 nobody, 2 and up by people per km²
const STRIP_ROWS = 128; // of a picture that are read at once, so that no old machine stands still for it

// Which part of a colour (red, green or blue) tells the colours of a picture apart, and the class of each of its values.
function classTable(colours) {
  const channel = [2, 1, 0].find((part) => new Set(colours.slice(1).map((colour) => colour[part])).size === colours.length - 1);
  if (channel === undefined) throw new Error("no part of a colour tells the classes of a picture apart");
  const table = new Uint8Array(256);
  colours.forEach((colour, i) => {
    if (i) table[colour[channel]] = i;
  });
  return { channel, table };
}

// The classes of a picture, one byte a pixel; class 0 is transparent. It is decoded beside the page's own work, and read some rows at a time.
async function loadClasses(address, colours) {
  const bytes = Uint8Array.from(atob(address.slice(address.indexOf(",") + 1)), (sign) => sign.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }), { colorSpaceConversion: "none" });
  const { width, height } = image, classes = new Uint8Array(width * height), { channel, table } = classTable(colours);
  const canvas = el("canvas", { width, height: STRIP_ROWS }), context = canvas.getContext("2d", { willReadFrequently: true });
  for (let top = 0; top < height; top += STRIP_ROWS) {
    context.clearRect(0, 0, width, STRIP_ROWS);
    context.drawImage(image, 0, -top);
    const pixels = context.getImageData(0, 0, width, Math.min(STRIP_ROWS, height - top)).data;
    for (let from = channel, to = top * width, alpha = 3; alpha < pixels.length; from += 4, alpha += 4, to++) classes[to] = pixels[alpha] ? table[pixels[from]] : 0;
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

const MASKS = ["dots", "cross", "level", "wide"];

// A window [x, y, width, height] of the pictures of one service and case at one size: colours, and for every texture where it is.
function paint({ width: sheetWidth, height: sheetHeight, crowd, at }, standing, estimated, [left, top, w, h]) {
  const stateOf = data.pictures.standings.map((states) => states[caseNumber()]);
  const looks = stateOf.flatMap((here) => Array.from({ length: CROWDS }, (_, lot) => look(here, Math.min(lot, 6))));
  const tint = Uint32Array.from(looks, (one) => (one && one.colour ? rgba(one.colour) : 0));
  const mark = Uint8Array.from(looks, (one) => (one && one.texture ? MASKS.indexOf(one.texture) + 1 : 0));
  const lined = Uint8Array.from(looks, (one, key) => (one && one.texture !== "cross" && stateOf[key >> 3] >= PARTLY && state.layers.has("coverage") ? 1 : 0));
  const width = Math.min(w, sheetWidth - left), height = Math.min(h, sheetHeight - top);
  const colours = new Uint32Array(width * height), marks = new Uint8Array(width * height), found = [false, false, false, false, false];
  let wide = null;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0, pixel = (top + y) * sheetWidth + left; x < width; x++, i++, pixel++) {
      const from = at ? at[pixel] : pixel, key = standing[from] * CROWDS + crowd[pixel];
      colours[i] = tint[key];
      if (mark[key]) {
        marks[i] = mark[key];
        found[mark[key]] = true;
      }
      if (estimated && estimated[from] && lined[key]) {
        wide = wide || new Uint32Array(width * height);
        wide[i] = 0xff000000;
      }
    }
  }
  const masks = MASKS.flatMap((name, number) => (found[number + 1] ? [{ name, canvas: toCanvas(width, height, Uint32Array.from(marks, (one) => (one === number + 1 ? 0xff000000 : 0))) }] : []));
  if (wide) masks.push({ name: "wide", canvas: toCanvas(width, height, wide) });
  return { colours: toCanvas(width, height, colours), masks };
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
    if (this._map) this.draw();
    drawInsets();
    this.fire("shown");
  },

  // Which states of ground the picture holds, with how many people: pairs of a state and a class of people.
  present() {
    if (!this._picture) return [];
    return [...this._picture.count].flatMap((found, key) => (found ? [[data.pictures.standings[key >> 3][caseNumber()], key & 7]] : []));
  },

  // The state and the class of people of the grid cell at a place; null beside the pictures.
  at(place) {
    if (!this._picture) return null;
    const { width, crowd } = this._levels[0], { standing, estimated } = this._picture, i = pixelAt(place, width);
    if (i < 0 || !crowd[i]) return null;
    return { state: data.pictures.standings[standing[i]][caseNumber()], crowd: crowd[i], estimated: Boolean(estimated && estimated[i]) };
  },

  draw() {
    const { ratio, canvas } = this._cleared();
    this.drawOnto(canvas.getContext("2d"), cornerOf(this, ratio), ratio);
  },

  // Draws the pictures onto any canvas; ``corner``: from latitude and longitude to a point of it. Only what it shows is coloured, so that a
  // look from near by costs no more than one from far away.
  drawOnto(context, corner, ratio = density()) {
    if (!this._picture) return;
    const index = halvings(corner), { canvas } = context, { standing, estimated } = this._picture;
    while (this._levels.length <= index) this._levels.push(halve(this._levels[this._levels.length - 1]));
    const paintings = windowsOn(canvas, index, corner).map(({ from, to }) => ({ to, ...paint(this._levels[index], standing, estimated, from) }));
    context.imageSmoothingEnabled = false;
    for (const { to, colours } of paintings) context.drawImage(colours, ...to);
    for (const name of new Set(paintings.flatMap(({ masks }) => masks.map((mask) => mask.name)))) {
      const layer = el("canvas", { width: canvas.width, height: canvas.height }), pen = layer.getContext("2d");
      pen.imageSmoothingEnabled = false;
      for (const { to, masks } of paintings) for (const mask of masks) if (mask.name === name) pen.drawImage(mask.canvas, ...to);
      pen.globalCompositeOperation = "source-in";
      pen.fillStyle = texture(pen, name, ratio);
      pen.fillRect(0, 0, layer.width, layer.height);
      context.drawImage(layer, 0, 0);
      layer.width = layer.height = 0; // a canvas without pixels gives its memory back at once
    }
    for (const { colours, masks } of paintings) for (const one of [colours, ...masks.map((mask) => mask.canvas)]) one.width = one.height = 0;
  },
});
