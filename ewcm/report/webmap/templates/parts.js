// Where the pictures stand on the map: one for the whole country, or a sheet of them with one for each group of islands.

const partsOnSheet = (pictures) => pictures.parts.map(([x, y, width, height, west, south, east, north]) => ({ x, y, width, height, west, south, east, north }));
const PARTS = partsOnSheet(data.pictures);

// How often the pictures are halved where ``corner`` (latitude, longitude → point of the canvas) puts them: the part with the finest
// pixels says it.
function halvings(corner, parts = PARTS) {
  const finest = parts.reduce((best, part) => ((part.east - part.west) / part.width < (best.east - best.west) / best.width ? part : best));
  const pixel = (corner(finest.north, finest.east).x - corner(finest.north, finest.west).x) / finest.width;
  return Math.max(0, Math.min(4, Math.floor(-Math.log2(pixel) + 0.35)));
}

// What a canvas shows of a sheet that was halved ``index`` times: windows [x, y, width, height] of the sheet, and where they stand on it.
/** @returns {any[]} */
function windowsOn({ width, height }, index, corner, parts = PARTS) {
  const step = 2 ** index, found = [];
  for (const part of parts) {
    const start = corner(part.north, part.west), end = corner(part.south, part.east);
    const stepX = ((end.x - start.x) / part.width) * step, stepY = ((end.y - start.y) / part.height) * step;
    const x0 = Math.max(0, Math.floor(-start.x / stepX)), x1 = Math.min(Math.ceil(part.width / step), Math.ceil((width - start.x) / stepX));
    const y0 = Math.max(0, Math.floor(-start.y / stepY)), y1 = Math.min(Math.ceil(part.height / step), Math.ceil((height - start.y) / stepY));
    if (x1 <= x0 || y1 <= y0) continue;
    found.push({ from: [part.x / step + x0, part.y / step + y0, x1 - x0, y1 - y0], to: [start.x + x0 * stepX, start.y + y0 * stepY, (x1 - x0) * stepX, (y1 - y0) * stepY] });
  }
  return found;
}

// Draws what a canvas shows of a sheet that was halved ``index`` times, pixels staying pixels.
function drawParts(context, sheet, index, corner) {
  context.imageSmoothingEnabled = false;
  for (const { from, to } of windowsOn(context.canvas, index, corner)) context.drawImage(sheet, ...from, ...to);
}

// The place on the sheet, in pixels from its start, of a place on the map; −1 beside all pictures.
function pixelAt({ lat, lng }, sheetWidth) {
  const up = (degrees) => Math.asinh(Math.tan((degrees * Math.PI) / 180));
  for (const part of PARTS) {
    const x = Math.floor(((lng - part.west) / (part.east - part.west)) * part.width);
    const y = Math.floor(((up(part.north) - up(lat)) / (up(part.north) - up(part.south))) * part.height);
    if (x >= 0 && y >= 0 && x < part.width && y < part.height) return (part.y + y) * sheetWidth + part.x + x;
  }
  return -1;
}

// The points of a canvas that lies over the window of a map.
const cornerOf = (layer, ratio) => (lat, lon) => layer._map.latLngToLayerPoint([lat, lon]).subtract(layer._bounds.min).multiplyBy(ratio);

// Begins a path on a canvas along rings of places; ``corner``: from latitude and longitude to a point of it.
function traceRings(context, rings, corner) {
  context.beginPath();
  for (const ring of rings) {
    ring.forEach((place, i) => {
      const at = corner(place.lat, place.lng);
      if (i) context.lineTo(at.x, at.y);
      else context.moveTo(at.x, at.y);
    });
    context.closePath();
  }
}
