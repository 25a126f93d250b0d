// People within a circle, counted in the page: blocks of grid cells whose middle lies in it, as the engine counts its circles.

const COUNTS = data.counts;
const EARTH_KM = 6371.0088;
const RADIANS = Math.PI / 180;

let blocks = null; // people and shares by block, once they are read
let reading = null;

// The values that the bytes of a picture stand for.
const scaleOf = ([least, most]) => Float32Array.from({ length: 256 }, (_, code) => (code ? least * (most / least) ** ((code - 1) / 254) : 0));

// Reads the pictures of a kind of service: bytes on a logarithmic scale, 0 for none.
async function readCounts() {
  const greys = Array.from({ length: 256 }, (_, level) => [level, level, level]);
  const read = async (address) => (await loadClasses(address, greys)).classes;
  const inPeople = scaleOf(COUNTS.people_scale), people = Float32Array.from(await read(COUNTS.people), (code) => inPeople[code]);
  const shares = [];
  for (const { uncovered, unknown } of COUNTS.shares) {
    const cases = [];
    for (const address of uncovered) cases.push(await read(address));
    shares.push({ cases, unknown: unknown ? await read(unknown) : null });
  }
  blocks = { people, shares, inShares: scaleOf(COUNTS.share_scale) };
}

// Begins to read where that has not been done, and tells when it is.
function whenCounted() {
  reading = reading || readCounts();
  return reading;
}

// Services that can be counted: those that say who is out of reach.
const isCounted = (name) => Boolean(COUNTS) && name in COUNTS.services;

// The service that counts newer networks too, of which a chosen one is a part: 4G belongs to "4G or newer".
const countedService = (name) => (isCounted(name) ? name : isCounted(name + "+") ? name + "+" : null);

// Calls ``visit`` with the first and the last place of each row of blocks whose middles lie within ``km`` of a position.
function eachSpan({ lat, lng }, km, visit) {
  const angle = km / EARTH_KM, phi = lat * RADIANS, { rows, cols, north, lat_step: up, lon_step: along } = COUNTS;
  const east = ((((lng - COUNTS.west) % 360) + 360) % 360) / along - 0.5;
  const first = Math.max(0, Math.floor((north - lat - angle / RADIANS) / up)), last = Math.min(rows - 1, Math.ceil((north - lat + angle / RADIANS) / up));
  for (let row = first; row <= last; row++) {
    const here = (north - (row + 0.5) * up) * RADIANS;
    const half = (Math.sin((angle + here - phi) / 2) * Math.sin((angle - here + phi) / 2)) / (Math.cos(phi) * Math.cos(here));
    if (half < 0) continue;
    const width = half >= 1 ? cols : (2 * Math.asin(Math.sqrt(half))) / RADIANS / along;
    const from = Math.max(0, Math.ceil(east - width - 1e-9)), to = Math.min(cols - 1, Math.floor(east + width + 1e-9));
    if (to >= from) visit(row * cols + from, row * cols + to);
  }
}

// People of a service within a circle: all, those out of reach in a case, those of whom it is not known.
function countIn(place, km, name, which) {
  const { people, shares, inShares } = blocks, { cases, unknown } = shares[COUNTS.services[name]], codes = cases[data.pictures.cases.indexOf(which)];
  const found = { all: 0, uncovered: 0, unknown: 0 };
  eachSpan(place, km, (from, to) => {
    for (let i = from; i <= to; i++) {
      found.all += people[i];
      found.uncovered += people[i] * inShares[codes[i]];
      if (unknown) found.unknown += people[i] * inShares[unknown[i]];
    }
  });
  return found;
}

// Sums of a value over all blocks above and to the left of each, with a row and a column of zeros before them.
function sumsFrom(value) {
  const { rows, cols } = COUNTS, sums = new Float64Array((rows + 1) * (cols + 1));
  for (let row = 0, i = 0; row < rows; row++) {
    let sum = 0;
    for (let col = 0; col < cols; col++, i++) {
      sum += value(i);
      sums[(row + 1) * (cols + 1) + col + 1] = sums[row * (cols + 1) + col + 1] + sum;
    }
  }
  return sums;
}

// The circle around the middle of a block with most people out of reach. Exact: a square around a circle holds at least as many, and
// circles are counted from the fullest square down, until no square holds more than the best circle.
function bestCircle(km, name, which) {
  const { people, shares, inShares } = blocks, codes = shares[COUNTS.services[name]].cases[data.pictures.cases.indexOf(which)];
  const { rows, cols, north, west, lat_step: up, lon_step: along } = COUNTS;
  const sums = sumsFrom((i) => people[i] * inShares[codes[i]]), angle = km / EARTH_KM, high = Math.ceil(angle / RADIANS / up);
  const middle = (i) => ({ lat: north - (Math.floor(i / cols) + 0.5) * up, lng: west + ((i % cols) + 0.5) * along });
  const squares = new Float64Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    const wide = Math.ceil(Math.asin(Math.min(1, Math.sin(angle) / Math.cos(middle(row * cols).lat * RADIANS))) / RADIANS / along);
    const top = Math.max(0, row - high) * (cols + 1), bottom = Math.min(rows, row + high + 1) * (cols + 1);
    for (let col = 0; col < cols; col++) {
      const left = Math.max(0, col - wide), right = Math.min(cols, col + wide + 1);
      squares[row * cols + col] = sums[bottom + right] - sums[bottom + left] - sums[top + right] + sums[top + left];
    }
  }
  const start = squares.reduce((best, value, i) => (value > squares[best] ? i : best), 0);
  let best = { ...middle(start), people: countIn(middle(start), km, name, which).uncovered };
  const hopeful = [];
  squares.forEach((value, i) => {
    if (value > best.people && i !== start) hopeful.push(i);
  });
  for (const i of hopeful.sort((a, b) => squares[b] - squares[a])) {
    if (squares[i] <= best.people) break;
    const found = countIn(middle(i), km, name, which).uncovered;
    if (found > best.people) best = { ...middle(i), people: found };
  }
  return best.people > 0 ? best : null;
}

// Hata's rule (M. Hata, IEEE Trans. Veh. Technol. 29, 1980) of how the range grows with the height of the mast, for the same loss; not
// beyond the horizon that a flat earth's radio waves have (4.12 km times the roots of both heights in metres).
function rangeAt(km, height) {
  const slope = (metres) => 44.9 - 6.55 * Math.log10(metres), usual = COUNTS.mast_m;
  const reach = 10 ** ((slope(usual) * Math.log10(km) + 13.82 * Math.log10(height / usual)) / slope(height));
  return height === usual ? km : Math.min(reach, Math.max(km, 4.12 * (Math.sqrt(height) + Math.sqrt(1.5))));
}
