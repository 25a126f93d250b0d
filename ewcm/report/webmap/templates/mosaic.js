// The rasters on the map: every pixel of the pictures has the colour of its class, never a mixture; what is more than a colour is a
// texture whose lines keep their width at every zoom.


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

// A window [x, y, width, height] of a picture of one service at one size: the colour of each pixel, which texture it has (0 none, else the
// number in MASKS and one), and where an estimate is lined; ``number``: that of the case.
function classify({ width: sheetWidth, height: sheetHeight, crowd, at }, { standing, estimated, standings }, number, [left, top, w, h]) {
  const stateOf = standings.map((states) => states[number]);
  const looks = stateOf.flatMap((here) => Array.from({ length: CROWDS }, (_, lot) => look(here, Math.min(lot, 6))));
  const tint = Uint32Array.from(looks, (one) => (one && one.colour ? rgba(one.colour) : 0));
  const mark = Uint8Array.from(looks, (one) => (one && one.texture ? MASKS.indexOf(one.texture) + 1 : 0));
  const lined = Uint8Array.from(looks, (one, key) => (one && one.texture !== "cross" && stateOf[key >> 3] >= PARTLY && state.layers.has("coverage") ? 1 : 0));
  const width = Math.min(w, sheetWidth - left), height = Math.min(h, sheetHeight - top);
  const colours = new Uint32Array(width * height), marks = new Uint8Array(width * height), found = new Set();
  let wide = null;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0, pixel = (top + y) * sheetWidth + left; x < width; x++, i++, pixel++) {
      const from = at ? at[pixel] : pixel, key = standing[from] * CROWDS + crowd[pixel];
      colours[i] = tint[key];
      if (mark[key]) {
        marks[i] = mark[key];
        found.add(mark[key]);
      }
      if (estimated && estimated[from] && lined[key]) {
        wide = wide || new Uint32Array(width * height);
        wide[i] = 0xff000000;
      }
    }
  }
  return { width, height, colours, marks, found, wide };
}

// The same as canvases: one of colours, and for every texture one that says where it is.
function paint(level, picture, number, window) {
  const { width, height, colours, marks, found, wide } = classify(level, picture, number, window);
  const masks = MASKS.flatMap((name, place) => (found.has(place + 1) ? [{ name, canvas: toCanvas(width, height, Uint32Array.from(marks, (one) => (one === place + 1 ? 0xff000000 : 0))) }] : []));
  if (wide) masks.push({ name: "wide", canvas: toCanvas(width, height, wide) });
  return { colours: toCanvas(width, height, colours), masks };
}

const ownPictures = new Pictures(data);

const Mosaic = CanvasLayer.extend({
  options: { padding: 0.2, pane: "mosaic" },

  async load() {
    await ownPictures.load();
    await this.show();
  },

  // Reads what the other services show, one after another, while the reader looks at the first.
  async loadOthers() {
    for (const name of Object.keys(data.services)) {
      await new Promise((resolve) => (window.requestIdleCallback || setTimeout)(resolve));
      await ownPictures.of(name);
    }
  },

  // Shows the service, the case and the layers of the moment.
  async show() {
    if (!ownPictures.isLoaded()) return;
    const asked = service(), picture = await ownPictures.of(asked);
    if (asked !== service()) return; // the reader chose again meanwhile
    this._picture = picture;
    if (this._map) this.draw();
    drawInsets();
    this.fire("shown");
  },

  // The picture of the service of the moment.
  picture() {
    return this._picture;
  },

  present() {
    return this._picture ? groundIn(this._picture, caseNumber()) : [];
  },

  // The state and the class of people of the grid cell at a place; null beside the pictures.
  at(place) {
    if (!this._picture) return null;
    const { width, crowd } = ownPictures.level(0), { standing, estimated } = this._picture, i = pixelAt(place, width);
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
    if (this._picture) drawPicture(context, corner, ratio, ownPictures, this._picture, caseNumber());
  },
});

// Which states of ground a picture holds in a case (by its number), with how many people: pairs of a state and a class of people.
const groundIn = (picture, number) => [...picture.count].flatMap((found, key) => (found ? [[picture.standings[key >> 3][number], key & 7]] : []));

// Draws the picture of a service in a case (by its number) onto a canvas.
function drawPicture(context, corner, ratio, pictures, picture, number) {
  const { canvas } = context;
  if (!canvas.width || !canvas.height) return; // the map has no size while the sheet of an area is on paper
  const index = halvings(corner, pictures.parts);
  const paintings = windowsOn(canvas, index, corner, pictures.parts).map(({ from, to }) => ({ to, ...paint(pictures.level(index), picture, number, from) }));
  context.imageSmoothingEnabled = false;
  for (const { to, colours } of paintings) context.drawImage(colours, ...to);
  for (const name of new Set(paintings.flatMap(({ masks }) => masks.map((mask) => mask.name)))) {
    drawTextured(context, name, ratio, (pen) => {
      for (const { to, masks } of paintings) for (const mask of masks) if (mask.name === name) pen.drawImage(mask.canvas, ...to);
    });
  }
  for (const { colours, masks } of paintings) for (const one of [colours, ...masks.map((mask) => mask.canvas)]) one.width = one.height = 0;
}
