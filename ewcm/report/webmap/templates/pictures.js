// The pictures of a result, its own or that of another page: classes of people, and standings of the ground by service, read from their PNGs
// when they are asked for.

const UNCOVERED = 1, PARTLY = 2, COVERED = 3, UNKNOWN = 4;
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

// While the sheets of areas are written for the first time the document is not complete: whoever prints a page as soon as it has loaded, as a
// browser without a window does, gets all of them. Only pictures that are loading hold a document up; no other waiting is allowed then.
const isHeldUp = () => Boolean(data.brief) && document.readyState !== "complete";

const loadedImage = (address) => new Promise((resolve, reject) => {
  const image = new Image();
  image.onload = () => resolve(image);
  image.onerror = () => reject(new Error("a picture of the page cannot be read"));
  image.src = address;
});

// A picture, decoded beside the page's own work.
function bitmapOf(address) {
  const bytes = Uint8Array.from(atob(address.slice(address.indexOf(",") + 1)), (sign) => sign.charCodeAt(0));
  return createImageBitmap(new Blob([bytes], { type: "image/png" }), { colorSpaceConversion: "none" });
}

// The classes of a picture, one byte a pixel; class 0 is transparent. It is read some rows at a time.
async function loadClasses(address, colours) {
  const image = isHeldUp() ? await loadedImage(address) : await bitmapOf(address);
  const { width, height } = image, classes = new Uint8Array(width * height), { channel, table } = classTable(colours);
  const canvas = el("canvas", { width, height: STRIP_ROWS }), context = canvas.getContext("2d", { willReadFrequently: true });
  for (let top = 0; top < height; top += STRIP_ROWS) {
    context.clearRect(0, 0, width, STRIP_ROWS);
    context.drawImage(image, 0, -top);
    const pixels = context.getImageData(0, 0, width, Math.min(STRIP_ROWS, height - top)).data;
    for (let from = channel, to = top * width, alpha = 3; alpha < pixels.length; from += 4, alpha += 4, to++) classes[to] = pixels[alpha] ? table[pixels[from]] : 0;
    if (top % (4 * STRIP_ROWS) === 0 && !isHeldUp()) await new Promise((resolve) => setTimeout(resolve));
  }
  if (image instanceof ImageBitmap) image.close();
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

class Pictures {
  // ``source``: the data of a page.
  constructor(source) {
    this.source = source.pictures;
    this.parts = partsOnSheet(source.pictures);
    this._levels = [];
    this._standings = new Map();
    this._estimates = new Map();
  }

  isLoaded() {
    return this._levels.length > 0;
  }

  async load() {
    const { width, height, classes } = await loadClasses(this.source.people, this.source.people_colours);
    this._levels = [{ width, height, crowd: classes, at: null }];
  }

  // The people, halved ``index`` times.
  level(index) {
    while (this._levels.length <= index) this._levels.push(halve(this._levels[this._levels.length - 1]));
    return this._levels[index];
  }

  // The standings of the ground for a service, how much ground has which, and where its coverage is estimated.
  async of(name) {
    const { standing: images, standing_images, standing_colours, estimated: lines, estimated_images, estimated_colours, standings } = this.source;
    const number = images[name], marks = lines[name], { crowd } = this._levels[0];
    const nothingKnown = standings.findIndex((states) => states[0] === UNKNOWN);
    if (!this._standings.has(number)) {
      const standing = number === undefined ? new Uint8Array(crowd.length).fill(nothingKnown) : (await loadClasses(standing_images[number], standing_colours)).classes;
      const count = new Uint32Array(standings.length * CROWDS);
      for (let i = 0; i < crowd.length; i++) count[standing[i] * CROWDS + crowd[i]]++;
      this._standings.set(number, { standing, count });
    }
    if (marks !== undefined && !this._estimates.has(marks)) this._estimates.set(marks, (await loadClasses(estimated_images[marks], estimated_colours)).classes);
    return { ...this._standings.get(number), estimated: marks === undefined ? null : this._estimates.get(marks), standings };
  }
}
