// Another country's page that the reader picks from a folder: its data are read as text and nothing of it is ever executed. What is not as
// this page's own data are is refused in one sentence.

const MOST_BYTES = 40e6, MOST_SIDE = 16384, MOST_PIXELS = 2 ** 24;

// Why a page is refused, as the key of a sentence and its words.
class Refused extends Error {
  constructor(key, words) {
    super(key);
    this.words = () => t(key, words);
  }
}

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
const isNumberOrNull = (value) => value === null || isNumber(value);
const isListOf = (test, length) => (value) => Array.isArray(value) && (length === undefined || value.length === length) && value.every(test);
const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const own = (object, key) => (object !== null && typeof object === "object" && Object.hasOwn(object, key) ? object[key] : undefined);

// The text between the marks of the data of a page.
function dataText(text) {
  // Written in parts: this script stands in a page itself, and the whole would end it.
  const mark = "<" + 'script type="application/json" id="page-data">', from = text.indexOf(mark), to = text.indexOf("<" + "/script>", from);
  if (from < 0 || to < 0) throw new Refused("other_no_page");
  return text.slice(from + mark.length, to);
}

// Width and height of a PNG in a data address, read from its first bytes; refuses what is none, or too large to be one of a page.
function sizeOfPng(address) {
  if (typeof address !== "string" || !/^data:image\/png;base64,[A-Za-z0-9+/]{44,}={0,2}$/.test(address)) throw new Refused("other_no_page");
  const head = atob(address.slice(22, 22 + 44)), word = (at) => [0, 1, 2, 3].reduce((sum, i) => sum * 256 + head.charCodeAt(at + i), 0);
  const width = word(16), height = word(20);
  if (!head.startsWith("\x89PNG\r\n\x1a\n") || !width || !height || width > MOST_SIDE || height > MOST_SIDE || width * height > MOST_PIXELS) throw new Refused("other_no_page");
  return [width, height];
}

// The pictures of another page; only what is read of them is kept.
function picturesOf(found) {
  const need = (test, value) => {
    if (!test) throw new Refused("other_no_page");
    return value;
  };
  const take = (key, test) => need(test(own(found, key)), own(found, key));
  const parts = take("parts", isListOf(isListOf(isNumber, 8))), people = take("people", () => true), size = sizeOfPng(people);
  need(parts.length > 0 && parts.length <= 400 && parts.every(([x, y, w, h]) => x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= size[0] && y + h <= size[1]));
  // Classes mean the same only where both pages were made by one version.
  for (const key of ["people_colours", "people_edges", "standings", "standing_colours", "estimated_colours", "cases"]) if (!isSame(own(found, key), data.pictures[key])) throw new Refused("other_version");
  const kept = { parts, people, people_colours: data.pictures.people_colours, standings: data.pictures.standings, standing_colours: data.pictures.standing_colours, estimated_colours: data.pictures.estimated_colours };
  for (const [index, images] of [["standing", "standing_images"], ["estimated", "estimated_images"]]) {
    kept[images] = take(images, isListOf((address) => isSame(sizeOfPng(address), size)));
    kept[index] = {};
    for (const name of Object.keys(data.services)) {
      const number = own(own(found, index), name);
      if (number !== undefined) kept[index][name] = need(Number.isInteger(number) && number >= 0 && number < kept[images].length, number);
    }
  }
  return kept;
}

// What this page needs of another one's data. Throws Refused.
function readOther(text, fileName) {
  let found = null;
  try {
    found = JSON.parse(dataText(text));
  } catch (error) {
    throw error instanceof Refused ? error : new Refused("other_no_page");
  }
  const summary = own(found, "summary"), code = own(summary, "iso3");
  if (typeof code !== "string" || !isNumber(own(summary, "people"))) throw new Refused("other_no_page");
  if (code !== data.summary.iso3) throw new Refused("other_country", { country: countryName() });
  const services = {};
  for (const name of Object.keys(data.services)) {
    const cases = own(own(found, "figures"), name), about = own(own(summary, "services"), name);
    if (!isListOf(isListOf(isNumberOrNull, 3), 3)(cases) || typeof own(about, "model") !== "string") continue;
    services[name] = { cases, model: about.model };
  }
  if (!Object.keys(services).length) throw new Refused("other_no_page");
  const year = own(summary, "oldest_input_year");
  return { name: fileName.slice(0, 80), people: summary.people, mark: own(summary, "starter") === true ? "starter" : own(summary, "exercise") === true ? "made_up" : "", year: isNumber(year) ? year : null, services, pictures: new Pictures({ pictures: picturesOf(own(found, "pictures")) }) };
}

// Reads a file of the reader's own disk: nothing is asked of a network. Throws Refused.
async function readOtherFile(file) {
  if (file.size > MOST_BYTES) throw new Refused("other_no_page");
  const text = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Refused("other_unread"));
    reader.readAsText(file);
  });
  const found = readOther(text, file.name);
  try {
    await found.pictures.load();
    for (const name of Object.keys(found.services)) await found.pictures.of(name);
  } catch {
    throw new Refused("other_no_page");
  }
  return found;
}
