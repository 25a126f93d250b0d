// Positions as other programs write them: UTM (36N 453000 332000), POINT(32.3 2.77), geo:2.77,32.3, and links of web maps.

const onEarth = (/** @type {number} */ lat, /** @type {number} */ lng) => (Math.abs(lat) <= 90 && Math.abs(lng) <= 360 ? { lat, lng } : null);

const ONE_NUMBER = "([-+]?\\d+(?:\\.\\d+)?)";
const TWO_NUMBERS = ONE_NUMBER + "\\s*[,~/ +]\\s*" + ONE_NUMBER;

// Well-known text has the longitude first.
function ofWellKnownText(text) {
  const found = new RegExp("^(?:srid=4326;\\s*)?point\\s*[zm]*\\s*\\(\\s*" + ONE_NUMBER + "[\\s,]+" + ONE_NUMBER + "(?:[\\s,]+[-+.\\d]+)*\\s*\\)$").exec(text);
  return found && onEarth(Number(found[2]), Number(found[1]));
}

// What links of maps hold, that of a marked place before that of the middle of the view.
const IN_LINKS = [
  /!3d([-+]?\d+(?:\.\d+)?)!4d([-+]?\d+(?:\.\d+)?)/,
  new RegExp("(?:^|[?&#])mlat=" + ONE_NUMBER + "&mlon=" + ONE_NUMBER),
  new RegExp("(?:^|[?&#])(?:q|query|ll|sll|daddr|destination|center|cp|loc)=(?:loc:)?\\s*" + TWO_NUMBERS),
  new RegExp("(?:^|[?&#])lat=" + ONE_NUMBER + "&(?:lon|lng)=" + ONE_NUMBER),
  new RegExp("(?:^|[#?&])map=\\d+(?:\\.\\d+)?/" + ONE_NUMBER + "/" + ONE_NUMBER),
  new RegExp("/@" + ONE_NUMBER + "," + ONE_NUMBER),
  new RegExp("^geo:" + ONE_NUMBER + "," + ONE_NUMBER),
];

function ofLink(text) {
  if (!/^(?:[a-z]+[:=]|www\.|[\w.-]+\.[a-z]{2,}\/|[?#&/@])/.test(text)) return null;
  for (const form of IN_LINKS) {
    const found = form.exec(text.startsWith("@") ? "/" + text : text);
    if (found) return onEarth(Number(found[1]), Number(found[2]));
  }
  return null;
}

// The universal transverse Mercator system on WGS 84, after Krüger's series in n = f / (2 − f), to the millimetre.
const UTM_N = 1 / (2 * 298.257223563 - 1), UTM_SCALE = 0.9996;
const UTM_RADIUS = (6378137 / (1 + UTM_N)) * (1 + UTM_N ** 2 / 4 + UTM_N ** 4 / 64);
const UTM_BACK = [UTM_N / 2 - (2 * UTM_N ** 2) / 3 + (37 * UTM_N ** 3) / 96, UTM_N ** 2 / 48 + UTM_N ** 3 / 15, (17 * UTM_N ** 3) / 480];
const UTM_LATITUDE = [2 * UTM_N - (2 * UTM_N ** 2) / 3 - 2 * UTM_N ** 3, (7 * UTM_N ** 2) / 3 - (8 * UTM_N ** 3) / 5, (56 * UTM_N ** 3) / 15];

function fromUtm(zone, isNorth, east, north) {
  const xi = (north - (isNorth ? 0 : 1e7)) / (UTM_SCALE * UTM_RADIUS), eta = (east - 5e5) / (UTM_SCALE * UTM_RADIUS);
  const sum = (terms, each) => terms.reduce((total, term, i) => total + term * each(2 * (i + 1)), 0);
  const across = eta - sum(UTM_BACK, (k) => Math.cos(k * xi) * Math.sinh(k * eta)), up = xi - sum(UTM_BACK, (k) => Math.sin(k * xi) * Math.cosh(k * eta));
  const chi = Math.asin(Math.sin(up) / Math.cosh(across)), degrees = 180 / Math.PI;
  return onEarth((chi + sum(UTM_LATITUDE, (k) => Math.sin(k * chi))) * degrees, 6 * zone - 183 + Math.atan2(Math.sinh(across), Math.cos(up)) * degrees);
}

// A zone with its letter, then metres east and north. The letter is that of a half of the earth (N, S) or of a band of latitudes (C to X);
// S is both, and means that of the two which ``isHere``.
function ofUtm(text, isHere) {
  const plainText = text.replace(/^utm\b|\bzone\b/g, " ").replace(/(\d),(?=\d{3}\b)/g, "$1").trim();
  const metres = "(?:[en]\\s*)?(\\d{6,8}(?:\\.\\d+)?)\\s*(?:m\\s*)?[en]?";
  const found = new RegExp("^(\\d{1,2})\\s*([c-hj-np-x])[\\s,]+" + metres + "[\\s,]+" + metres + "$").exec(plainText);
  if (!found) return null;
  const [zone, east, north] = [Number(found[1]), Number(found[3]), Number(found[4])];
  if (zone < 1 || zone > 60 || east < 1e5 || east >= 1e6 || north > 1e7) return null;
  const position = fromUtm(zone, found[2] > "m" && found[2] !== "s", east, north), other = found[2] === "s" ? fromUtm(zone, true, east, north) : null;
  return other && position && isHere(other) && !isHere(position) ? other : position;
}

// A text in one of these forms as {lat, lng}, or null; ``isHere``: whether a position lies on the map.
function positionInForms(text, isHere) {
  let words = text.trim();
  try {
    words = decodeURIComponent(words);
  } catch {
    // A per cent sign that stands for itself.
  }
  words = words.toLowerCase().replace(/[−–]/g, "-");
  return ofWellKnownText(words) || ofLink(words) || ofUtm(words, isHere);
}
