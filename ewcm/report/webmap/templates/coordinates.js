// Positions as people write them: 2.77, 32.3 · 2,77 32,3 · 2°46'N 32°18'E · N2.77 E32.3 · 2 46 12 N, 32 18 0 E.

const LETTERS = { n: ["lat", 1], s: ["lat", -1], e: ["lng", 1], w: ["lng", -1], o: ["lng", -1], ش: ["lat", 1], ج: ["lat", -1], ق: ["lng", 1], غ: ["lng", -1] };
const WORDS_OF_DIRECTION = [
  [/\b(north|norte|nord)\b/g, "n"], [/\b(south|sur|sul|sud)\b/g, "s"], [/\b(east|est|este|leste)\b/g, "e"], [/\b(west|ouest|oeste)\b/g, "w"],
  [/شمالا?ً?/g, "n"], [/جنوبا?ً?/g, "s"], [/شرقا?ً?/g, "e"], [/غربا?ً?/g, "w"],
  [/\b(degrees?|deg|degr[eé]s?|grados?|graus?|minut[eo]s?|min|seconde?s?|segundos?|sec|of|de|and|et|y)(?![a-zé])/g, " "], [/درج(ة|ات)|دقيقة|دقائق|ثانية|ثوان[ٍي]?|(^|\s)و/g, " "],
];
const LATITUDE_WORDS = /\b(lat|latitude|latitud)(?![a-z])|خط العرض/, LONGITUDE_WORDS = /\b(lon|lng|long|longitude|longitud)(?![a-z])|خط الطول/;

// European digits for those of Arabic and Persian, points for the signs that some languages put before decimals.
const digits = (text) => text.replace(/[٠-٩]/g, (sign) => String(sign.charCodeAt(0) - 0x660)).replace(/[۰-۹]/g, (sign) => String(sign.charCodeAt(0) - 0x6f0)).replace(/٫/g, ".").replace(/[،٬]/g, ",");

// The numbers and letters of a text, or null where it holds anything else.
function partsOf(text) {
  let words = digits(text).toLowerCase().replace(/[−–]/g, "-").replace(/\+(?=\d)/g, " ").replace(LATITUDE_WORDS, " ").replace(LONGITUDE_WORDS, " ");
  for (const [pattern, letter] of WORDS_OF_DIRECTION) words = words.replace(pattern, letter);
  // A comma between digits is a decimal where another one, a blank or a semicolon parts the two numbers: 2,77 32,3 or 2,77; 32,3.
  const decimalCommas = (words.match(/\d,\d/g) || []).length >= 2 || (/\d,\d/.test(words) && /;/.test(words));
  if (decimalCommas) words = words.replace(/(\d),(\d)/g, "$1.$2");
  const found = words.match(/-?\d+(?:\.\d+)?|[nsewoشجقغ]|[^\s,;/°º˚'′’"″”:=(){}.\u200e\u200f]/g) || [];
  return found.every((part) => part in LETTERS || /^-?\d+(\.\d+)?$/.test(part)) ? found : null;
}

// Degrees of numbers for degrees, minutes and seconds, or null.
function degreesOf(numbers) {
  const [whole, minutes = 0, seconds = 0] = numbers.map(Number);
  if (!numbers.length || numbers.length > 3 || minutes < 0 || minutes >= 60 || seconds < 0 || seconds >= 60) return null;
  return (numbers[0].startsWith("-") ? -1 : 1) * (Math.abs(whole) + minutes / 60 + seconds / 3600);
}

// Whether a text calls its first number a longitude: "lon 32.3, lat 2.77".
function isLongitudeFirst(text) {
  const words = text.toLowerCase(), lat = words.search(LATITUDE_WORDS), lon = words.search(LONGITUDE_WORDS);
  return lon >= 0 && lat > lon;
}

// The position that a text names, {lat, lng} in degrees, or null where it names none; ``isHere``: whether a position lies on the map.
function coordinatesOf(text, isHere) {
  const inForms = positionInForms(digits(text), isHere);
  if (inForms) return inForms;
  const parts = partsOf(text);
  if (!parts) return null;
  const letters = parts.filter((part) => part in LETTERS), numbers = parts.filter((part) => !(part in LETTERS));
  if (numbers.length < 2 || numbers.length > 6 || ![0, 2].includes(letters.length)) return null;
  let halves;
  if (!letters.length) {
    if (numbers.length % 2) return null;
    const axes = isLongitudeFirst(text) ? ["lng", "lat"] : ["lat", "lng"];
    halves = [[axes[0], 1, numbers.slice(0, numbers.length / 2)], [axes[1], 1, numbers.slice(numbers.length / 2)]];
  } else {
    // A letter stands before its numbers or after them.
    const before = parts[0] in LETTERS, second = parts.lastIndexOf(letters[1]), first = parts.indexOf(letters[0]);
    const groups = before ? [parts.slice(1, second), parts.slice(second + 1)] : [parts.slice(0, first), parts.slice(first + 1, second)];
    if (groups.flat().length !== numbers.length) return null;
    halves = groups.map((group, i) => [...LETTERS[letters[i]], group]);
  }
  /** @type {any} */
  const found = {};
  for (const [axis, sign, group] of halves) {
    const value = degreesOf(group);
    if (value === null || axis in found) return null;
    found[axis] = sign * value;
  }
  return Math.abs(found.lat) <= 90 && Math.abs(found.lng) <= 360 ? found : null;
}
