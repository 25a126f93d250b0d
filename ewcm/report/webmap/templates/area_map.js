// The map of one area for paper, as shapes: its ground with classes and textures, its outline, coldspots, next sites and names, at a scale
// that is said. Around it are only the outlines of the neighbours.

const MAP_WIDTH = 500, MAP_HEIGHT = 380; // CSS pixels, 96 to an inch on paper
const MAP_MARGIN = 16;
const MOST_NAMES = 14;
const EARTH_M = 40075016.7; // once around the equator [m]
const PIXEL_M = 0.0254 / 96; // on paper

// Where the box of an area lies on the paper: from the map of the world (256 pixels wide) to it.
function frameOf(area) {
  const [west, south, east, north] = area.box;
  const x0 = acrossWorld(west), x1 = acrossWorld(east), y0 = upOnWorld(north), y1 = upOnWorld(south);
  const least = (256 * 2000) / EARTH_M; // no map is narrower than two kilometres at the equator
  const scale = Math.min((MAP_WIDTH - 2 * MAP_MARGIN) / Math.max(x1 - x0, least), (MAP_HEIGHT - 2 * MAP_MARGIN) / Math.max(y1 - y0, least));
  const left = (x0 + x1) / 2 - MAP_WIDTH / 2 / scale, top = (y0 + y1) / 2 - MAP_HEIGHT / 2 / scale;
  const middle = (Math.atan(Math.sinh(Math.PI * (1 - (y0 + y1) / 256))) * 180) / Math.PI;
  return {
    scale,
    metres: ((EARTH_M / 256) * Math.cos((middle * Math.PI) / 180)) / scale, // of ground to a pixel, in the middle of the map
    window: [left, top, left + MAP_WIDTH / scale, top + MAP_HEIGHT / scale],
    at: (x, y) => [(x - left) * scale, (y - top) * scale],
    corner: (lat, lon) => ({ x: (acrossWorld(lon) - left) * scale, y: (upOnWorld(lat) - top) * scale }),
  };
}

// A ring of points without what lies beyond an edge of a window; ``axis`` 0: across, 1: down; ``sign``: on which side the window is.
function cutAt(ring, axis, edge, sign) {
  const inside = (point) => sign * (point[axis] - edge) >= 0;
  return ring.flatMap((to, i) => {
    const from = ring[(i + ring.length - 1) % ring.length], part = (edge - from[axis]) / (to[axis] - from[axis]);
    const crossing = axis ? [from[0] + part * (to[0] - from[0]), edge] : [edge, from[1] + part * (to[1] - from[1])];
    return inside(to) ? (inside(from) ? [to] : [crossing, to]) : inside(from) ? [crossing] : [];
  });
}

// A ring x, y, x, y, … as points, cut to a window: what lies outside would only make the file larger.
function cutRing(points, window) {
  const ring = Array.from({ length: points.length / 2 }, (_, i) => [points[2 * i], points[2 * i + 1]]);
  return window ? cutAt(cutAt(cutAt(cutAt(ring, 0, window[0], 1), 0, window[2], -1), 1, window[1], 1), 1, window[3], -1) : ring;
}

// The path of rings on the map of the world; corners closer than half a pixel are left out.
function pathOf(rings, frame, margin = 8) {
  const [left, top, right, bottom] = frame.window, more = margin / frame.scale;
  const window = [left - more, top - more, right + more, bottom + more], parts = [];
  for (const { points, box } of rings) {
    if (box[0] > window[2] || box[2] < window[0] || box[1] > window[3] || box[3] < window[1]) continue;
    const within = box[0] >= window[0] && box[2] <= window[2] && box[1] >= window[1] && box[3] <= window[3];
    const ring = cutRing(points, within ? null : window);
    let last = null;
    const kept = [];
    for (const [x, y] of ring.map((point) => frame.at(point[0], point[1]))) {
      if (last && Math.abs(x - last[0]) + Math.abs(y - last[1]) < 0.5) continue;
      last = [x, y];
      kept.push(last);
    }
    if (kept.length > 2) parts.push("M" + kept.map(([x, y]) => x.toFixed(1) + " " + y.toFixed(1)).join("L") + "Z");
  }
  return parts.join("");
}

// The shapes of the base map, as those of an area: their rings are worked out once.
const baseShapes = { land: { shape: data.basemap.land }, far: { shape: data.basemap.far }, lakes: { shape: data.basemap.lakes }, own: { shape: data.basemap.own } };

// Rows of pixels with the texture of a number, as a path.
/** @param {any} size @param {(i: number) => boolean} is @param {number[]} corner @param {number[]} step */
function runsOf({ width, height }, is, corner, step) {
  const [left, top] = corner, [stepX, stepY] = step;
  const parts = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!is(y * width + x)) continue;
      const from = x;
      while (x + 1 < width && is(y * width + x + 1)) x++;
      parts.push(`M${(left + from * stepX).toFixed(1)} ${(top + y * stepY).toFixed(1)}h${((x + 1 - from) * stepX).toFixed(1)}v${stepY.toFixed(1)}h${(-(x + 1 - from) * stepX).toFixed(1)}z`);
    }
  }
  return parts.join("");
}

// Lines over the whole map, cut to the pixels of a path. As lines they stay sharp in print, and small in a document: a pattern becomes a
// picture there.
const HATCHES = {
  cross: { step: 8, ways: [1, -1], attributes: { stroke: "#4a4a4a", "stroke-width": 1.1 } },
  wide: { step: 14, ways: [1], attributes: { stroke: "#143c64", "stroke-width": 3, "stroke-opacity": 0.6 } },
};

function hatched(mask, d, clip) {
  if (!d) return null;
  const { step, ways, attributes } = HATCHES[mask], strokes = [];
  for (const way of ways) for (let x = -MAP_HEIGHT; x < MAP_WIDTH + MAP_HEIGHT; x += step) strokes.push(`M${x} ${way > 0 ? 0 : MAP_HEIGHT}l${MAP_HEIGHT} ${way * MAP_HEIGHT}`);
  return [svgEl("clipPath", { id: clip }, svgEl("path", { d })), svgEl("path", { d: strokes.join(""), fill: "none", "clip-path": `url(#${clip})`, ...attributes })];
}

// Which points of the map lie within a path.
function withinPath(d) {
  const canvas = el("canvas", { width: MAP_WIDTH, height: MAP_HEIGHT }), pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.fill(new Path2D(d), "evenodd");
  const { data: alphas } = pen.getImageData(0, 0, MAP_WIDTH, MAP_HEIGHT);
  canvas.width = canvas.height = 0;
  return (/** @type {number} */ x, /** @type {number} */ y) => x >= 0 && y >= 0 && x < MAP_WIDTH && y < MAP_HEIGHT && alphas[4 * (Math.floor(y) * MAP_WIDTH + Math.floor(x)) + 3] > 0;
}

// What the legend has to tell of the ground that is drawn within an area: the names of its textures, ``covered``, ``unreached``.
function signsOf({ width, height, colours, marks, wide }, corner, step, within) {
  const found = new Set(), covered = rgba(COVERED_COLOUR);
  for (let i = 0; i < width * height; i++) {
    if (!colours[i] && !marks[i]) continue;
    if (!within(corner[0] + ((i % width) + 0.5) * step[0], corner[1] + (Math.floor(i / width) + 0.5) * step[1])) continue;
    if (wide && wide[i]) found.add("wide");
    if (marks[i]) found.add(MASKS[marks[i] - 1]);
    if (colours[i] && colours[i] !== covered) found.add("unreached");
    else if (colours[i] && !marks[i]) found.add("covered");
  }
  return found;
}

// The ground of an area: a small picture in which each pixel is a cell of the page's pictures, and its textures; ``signs`` gets what the
// legend has to tell of it.
function groundOf(frame, pictures, picture, number, clip, within, signs) {
  const index = halvings((lat, lon) => L.point(frame.corner(lat, lon)), pictures.parts);
  const windows = windowsOn({ width: MAP_WIDTH, height: MAP_HEIGHT }, index, (lat, lon) => L.point(frame.corner(lat, lon)), pictures.parts);
  return windows.flatMap(({ from, to }, part) => {
    const window = from.map(Math.round), found = classify(pictures.level(index), picture, number, window);
    const steps = [to[2] / window[2], to[3] / window[3]], canvas = toCanvas(found.width, found.height, found.colours);
    const image = svgEl("image", { href: canvas.toDataURL("image/png"), x: to[0], y: to[1], width: found.width * steps[0], height: found.height * steps[1], preserveAspectRatio: "none", class: "ground" });
    canvas.width = canvas.height = 0;
    const rows = (is) => runsOf(found, is, to, steps);
    for (const sign of signsOf(found, to, steps, within)) signs.add(sign);
    const marked = MASKS.map((mask, place) => {
      if (!found.found.has(place + 1)) return null;
      const d = rows((i) => found.marks[i] === place + 1);
      return mask in HATCHES ? hatched(mask, d, [clip, mask, part].join("-")) : svgEl("path", { d, fill: `url(#texture-${mask})` });
    });
    const { wide } = found;
    return [image, marked, wide ? hatched("wide", rows((i) => wide[i] !== 0), [clip, "wide", part].join("-")) : null];
  });
}

const textWidths = new Map();
let ruler = null;
function widthOf(text, font) {
  ruler = ruler || el("canvas").getContext("2d");
  const key = font + text;
  if (!textWidths.has(key)) {
    ruler.font = font;
    textWidths.set(key, ruler.measureText(text).width);
  }
  return textWidths.get(key);
}

const boxesMeet = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

// Names of the places within an area, the more important first, as far as they hide neither one another nor the numbers.
function namesOn(area, frame, taken) {
  const [west, south, east, north] = area.box, found = [];
  for (const place of data.places) {
    if (found.length >= MOST_NAMES) break;
    const [, lat, lon, rank] = place;
    if (lat < south || lat > north || lon < west || lon > east || !contains(area, { lat, lng: lon })) continue;
    const text = placeName(place), { x, y } = frame.corner(lat, lon), size = rank === 0 ? 12 : 10.5, width = widthOf(text, `600 ${size}px sans-serif`);
    const side = x + 8 + width < MAP_WIDTH ? 1 : -1, box = side > 0 ? [x - 3, y - 8, x + 8 + width, y + 8] : [x - 8 - width, y - 8, x + 3, y + 8];
    if (box[0] < 0 || taken.some((other) => boxesMeet(box, other))) continue;
    taken.push(box);
    found.push(svgEl("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: rank === 0 ? 3 : 2, class: "place-dot" }),
      svgEl("text", { x: (x + 5 * side).toFixed(1), y: (y + 3.6).toFixed(1), "font-size": size, "text-anchor": side > 0 ? "start" : "end", class: "place-text" }, text));
  }
  return found;
}

// Where the number of a new site stands: at its place, or beside it where that is taken.
const BESIDE = [[0, 0], [18, 0], [-18, 0], [0, 18], [0, -18]];

// A number on the map: round for a coldspot, square for a new site.
function numberOn(frame, lat, lon, text, square, taken) {
  const at = frame.corner(lat, lon), shape = { class: square ? "number-square" : "number-round" };
  const boxAt = (/** @type {number[]} */ [dx, dy]) => [at.x + dx - 9, at.y + dy - 9, at.x + dx + 9, at.y + dy + 9];
  const [dx, dy] = (square && BESIDE.find((beside) => !taken.some((other) => boxesMeet(boxAt(beside), other)))) || [0, 0];
  const x = at.x + dx, y = at.y + dy;
  taken.push(boxAt([dx, dy]));
  return svgEl("g", null,
    square ? svgEl("rect", { x: (x - 8).toFixed(1), y: (y - 8).toFixed(1), width: 16, height: 16, ...shape }) : svgEl("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 8.5, ...shape }),
    svgEl("text", { x: x.toFixed(1), y: (y + 3.8).toFixed(1), "text-anchor": "middle", class: square ? "square-text" : "round-text" }, text));
}

// A length that is easy to read, of at most ``most`` metres.
function tidyLength(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return power * [5, 2, 1].find((step) => step * power <= most);
}

const lengthWords = (metres) => (metres < 1000 ? format({ style: "unit", unit: "meter" }).format(metres) : kilometres(metres / 1000));

// The bar of the scale, and where north is.
function scaleOn(frame) {
  const length = tidyLength(frame.metres * 130), width = length / frame.metres, words = lengthWords(length);
  const text = Math.max(width, 30) + 14 + widthOf(words, "600 11px sans-serif");
  return svgEl("g", { class: "scale-bar", transform: `translate(8 ${MAP_HEIGHT - 26})` },
    svgEl("rect", { width: text + 42, height: 20, class: "scale-paper" }),
    svgEl("path", { d: `M6 6v8h${width.toFixed(1)}v-8`, class: "scale-line" }),
    svgEl("text", { x: width + 12, y: 14 }, words),
    svgEl("text", { x: text + 12, y: 14, class: "scale-north" }, "▲ " + t("north_letter")));
}

// The whole map: ``spots`` and ``sites`` are those that the sheet numbers, ``signs`` is filled with what its legend has to tell.
function areaMap(area, { pictures, picture, number: caseOf, spots, sites, signs }) {
  const frame = frameOf(area), taken = [], clip = "clip-" + area.level + "-" + data.areas.indexOf(area);
  const path = (rings, attributes) => {
    const d = pathOf(rings, frame);
    return d ? svgEl("path", { d, ...attributes }) : null;
  };
  const others = areasOf(area.level).filter((other) => other !== area);
  const parts = areasOf(area.level + 1).filter((other) => parentOf(other) === area);
  const ownPath = pathOf(worldOf(area), frame);
  const spotsOn = spots.map((spot, i) => numberOn(frame, spot.lat, spot.lon, number(i + 1), false, taken)).reverse();
  const sitesOn = sites.map((site) => {
    const { x, y } = frame.corner(site.lat, site.lon), reach = site.radius === null ? null : (1000 * site.radius) / frame.metres;
    return [reach === null ? null : svgEl("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: reach.toFixed(1), class: "site-reach" }), numberOn(frame, site.lat, site.lon, number(site.rank), true, taken)];
  });
  return svgEl("svg", { viewBox: `0 0 ${MAP_WIDTH} ${MAP_HEIGHT}`, class: "area-map", role: "img", "aria-label": t("brief_map", { area: isolated(areaName(area)) }), direction: "ltr" },
    svgEl("defs", null, svgEl("clipPath", { id: clip }, svgEl("path", { d: ownPath, "clip-rule": "evenodd" }))),
    svgEl("rect", { width: MAP_WIDTH, height: MAP_HEIGHT, fill: LAND_COLOURS.water }),
    path([...worldOf(baseShapes.far), ...worldOf(baseShapes.land), ...worldOf(baseShapes.own)], { fill: LAND_COLOURS.ground, "fill-rule": "evenodd" }),
    others.map((other) => path(worldOf(other), { class: "neighbour-area", "fill-rule": "evenodd" })),
    svgEl("path", { d: ownPath, fill: LAND_COLOURS.own, "fill-rule": "evenodd" }),
    path(worldOf(baseShapes.lakes), { fill: LAND_COLOURS.water, stroke: LAND_COLOURS.shore, "stroke-width": 0.5, "fill-rule": "evenodd" }),
    svgEl("g", { "clip-path": `url(#${clip})` }, groundOf(frame, pictures, picture, caseOf, clip, withinPath(ownPath), signs)),
    parts.map((part) => path(worldOf(part), { class: "part-border" })),
    spots.filter((spot) => spot.outline && spot.outline.length).map((spot) => path(worldOf(spot), { class: "spot-outline" })),
    svgEl("path", { d: ownPath, class: "area-border" }),
    sitesOn, spotsOn, namesOn(area, frame, taken),
    scaleOn(frame));
}

// How much smaller the map is on paper than the ground, with two figures: 1 : 450,000.
const mapScale = (area) => t("brief_scale", { one: number(1), n: format({ maximumSignificantDigits: 2 }).format(frameOf(area).metres / PIXEL_M) });
