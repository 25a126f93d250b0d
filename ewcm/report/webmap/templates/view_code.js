// A view as a short code that works from any copy of the page: what is chosen, where the map is and what is drawn, but not the language, which
// is the reader's own. Letters and digits that look alike are taken for one another, and three signs at the end tell a slip.

const CODE_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PLACE_BITS = 18, ITEM_BITS = 15, CHECK_SIGNS = 3, CODE_VERSION = 1;
const CHOICE_KINDS = ["", "area", "coldspot", "place"];

// The box in which the middle of a view can be (``viewOf``), and a place in it as a whole number and back.
function codeBox() {
  const [[south, west], [north, east]] = data.bounds, margin = 2 + Math.max(north - south, east - west);
  return { lat: [south - margin, north + margin], lng: [west - margin, east + margin] };
}
/** @type {(value: number, ends: number[]) => number} */
const toSteps = (value, [low, high]) => Math.max(0, Math.min(2 ** PLACE_BITS - 1, Math.round(((value - low) / (high - low)) * (2 ** PLACE_BITS - 1))));
/** @type {(steps: number, ends: number[]) => string} */
const fromSteps = (steps, [low, high]) => (low + (steps / (2 ** PLACE_BITS - 1)) * (high - low)).toFixed(4);

// Numbers of given bits, one after another, as one large number; and read again from its end.
class Bits {
  constructor(value = 1n) {
    this.value = value;
  }

  put(number, bits) {
    this.value = (this.value << BigInt(bits)) | BigInt(number);
  }

  take(bits) {
    const found = Number(this.value & ((1n << BigInt(bits)) - 1n));
    this.value >>= BigInt(bits);
    return found;
  }
}

// The address of a view in words, without the language; ``fields`` are numbers as the code holds them. Null where they mean nothing here.
function wordsOfFields(fields) {
  const name = Object.keys(data.services)[fields.service], kind = CHOICE_KINDS[fields.kind], box = codeBox();
  if (name === undefined || !CASES[fields.case] || !SHADES[fields.shade] || !TABS[fields.tab]) return null;
  const words = new URLSearchParams({ s: name, case: CASES[fields.case], layers: LAYERS.filter((_, i) => fields.layers[i]).join(" "), shade: SHADES[fields.shade], level: String(LEVELS[fields.level] ?? state.level), tab: TABS[fields.tab] });
  if (fields.view) words.set("at", [fields.view[0] / 4, fromSteps(fields.view[1], box.lat), fromSteps(fields.view[2], box.lng)].join("_"));
  if (kind === "area") {
    const area = data.areas[fields.item];
    if (!area) return null;
    words.set("pick", choiceWords({ kind, item: area }));
  }
  if (kind === "coldspot") {
    const row = data.coldspots.rows[fields.item];
    if (!row) return null;
    words.set("pick", "coldspot/" + row[data.coldspots.columns.indexOf("coldspot_id")]);
  }
  if (kind === "place") words.set("pick", ["place", fromSteps(fields.place[0], box.lat), fromSteps(fields.place[1], box.lng)].join("/"));
  return words;
}

// A number of 15 bits that any slip in the words changes (FNV-1a).
function checkOf(words) {
  let hash = 0x811c9dc5;
  for (const sign of data.summary.iso3 + "?" + words.toString()) hash = Math.imul(hash ^ sign.codePointAt(0), 0x01000193) >>> 0;
  return (hash ^ (hash >>> 15)) & 0x7fff;
}

// What the reader sees now, as the numbers of a code.
function fieldsNow() {
  const box = codeBox(), center = map.getCenter(), [kind, , ...rest] = rememberedChoice.split("/");
  const spot = selected && selected.kind === "coldspot" ? data.coldspots.rows.findIndex((row) => row[data.coldspots.columns.indexOf("coldspot_id")] === selected.item.coldspot_id) : -1;
  const item = kind === "area" ? data.areas.indexOf(areaByKey.get(rememberedChoice.slice(5))) : spot;
  const isPlace = kind === "place" && rest.length === 1;
  return {
    service: Object.keys(data.services).indexOf(service()), case: CASES.indexOf(state.case), layers: LAYERS.map((layer) => state.layers.has(layer)),
    shade: SHADES.indexOf(state.shade), level: Math.max(0, LEVELS.indexOf(state.level)), tab: TABS.indexOf(state.tab),
    view: [Math.round(4 * map.getZoom()), toSteps(center.lat, box.lat), toSteps(center.lng, box.lng)],
    kind: isPlace ? 3 : item >= 0 ? CHOICE_KINDS.indexOf(kind) : 0, item: Math.max(0, item),
    place: isPlace ? [toSteps(selected.item.lat, box.lat), toSteps(selected.item.lng, box.lng)] : [0, 0],
  };
}

// The code of what the reader sees now: UGA-4KQ2M-7XH0P-…
function codeNow() {
  const fields = fieldsNow(), bits = new Bits(), usual = isSame(fields.layers, LAYERS.map((layer) => FIRST_LAYERS.includes(layer))), plainly = !fields.shade && !fields.level && !fields.tab;
  // What is read first is written last.
  if (fields.kind === 3) for (const steps of fields.place) bits.put(steps, PLACE_BITS);
  else if (fields.kind) bits.put(fields.item, ITEM_BITS);
  bits.put(fields.kind, 2);
  bits.put(fields.view[2], PLACE_BITS);
  bits.put(fields.view[1], PLACE_BITS);
  bits.put(fields.view[0], 7);
  if (!plainly) for (const number of [fields.tab, fields.level, fields.shade]) bits.put(number, 3);
  bits.put(Number(plainly), 1);
  if (!usual) for (const on of fields.layers.slice().reverse()) bits.put(Number(on), 1);
  bits.put(Number(usual), 1);
  bits.put(fields.case, 2);
  bits.put(fields.service, 5);
  bits.put(CODE_VERSION, 2);
  const check = checkOf(wordsOfFields(fields));
  const signs = (value, least = 0) => {
    let text = "";
    for (let rest = value; rest > 0n || text.length < least; rest >>= 5n) text = CODE_SIGNS[Number(rest & 31n)] + text;
    return text;
  };
  const text = signs(bits.value) + signs(BigInt(check), CHECK_SIGNS);
  return data.summary.iso3 + "-" + text.match(/.{1,5}/g).join("-");
}

// The code in a text, as {iso3, signs}, or null where it holds none: three letters, then groups.
function codeIn(text) {
  const found = /(?:^|[^A-Z0-9])([A-Z]{3})\s*[-–]\s*((?:[0-9A-Z]{1,5}\s*[-–]\s*)*[0-9A-Z]{1,5})\s*\)?\s*$/.exec(digits(text).toUpperCase());
  if (!found) return null;
  const signs = found[2].replace(/[^0-9A-Z]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1").replace(/U/g, "V");
  return signs.length >= 10 && signs.length <= 40 && /\d/.test(signs) ? { iso3: found[1], signs } : null;
}

// The address in words of a code's signs, or null where it has a slip or belongs to another edition.
function wordsOfCode(signs) {
  const number = (text) => [...text].reduce((sum, sign) => sum * 32n + BigInt(CODE_SIGNS.indexOf(sign)), 0n);
  const bits = new Bits(number(signs.slice(0, -CHECK_SIGNS))), check = Number(number(signs.slice(-CHECK_SIGNS)));
  if (bits.take(2) !== CODE_VERSION) return null;
  const fields = { service: bits.take(5), case: bits.take(2), layers: LAYERS.map((layer) => FIRST_LAYERS.includes(layer)), shade: 0, level: 0, tab: 0, view: null, kind: 0, item: 0, place: [0, 0] };
  if (!bits.take(1)) fields.layers = LAYERS.map(() => bits.take(1) === 1);
  if (!bits.take(1)) [fields.shade, fields.level, fields.tab] = [bits.take(3), bits.take(3), bits.take(3)];
  fields.view = [bits.take(7), bits.take(PLACE_BITS), bits.take(PLACE_BITS)];
  fields.kind = bits.take(2);
  if (fields.kind === 3) fields.place = [bits.take(PLACE_BITS), bits.take(PLACE_BITS)].reverse();
  else if (fields.kind) fields.item = bits.take(ITEM_BITS);
  const words = wordsOfFields(fields);
  return words && bits.value === 1n && checkOf(words) === check ? words : null;
}

// What the search offers for a code: the view, or a sentence why there is none.
function codeEntry(text) {
  const found = codeIn(text);
  if (!found) return null;
  const words = found.iso3 === data.summary.iso3 ? wordsOfCode(found.signs) : null;
  if (words) return { kind: "code", text: () => found.iso3 + "-" + found.signs.match(/.{1,5}/g).join("-"), words };
  // A place may be called so: only what has the shape of a code and this country's letters is called a slip.
  return { kind: "no code", said: found.iso3 === data.summary.iso3 ? t("code_wrong") : t("code_other", { code: found.iso3 }) };
}

function showCode({ words }) {
  history.pushState(null, "", "#" + words.toString());
  applyAddress();
}

let shownCode = "";

const codeStrip = () => el("div", { class: "strip-row" }, el("span", null, t("code") + " ", el("output", { id: "view-code", dir: "ltr" }, shownCode)), el("span", { class: "note" }, t("code_how")),
  el("button", { type: "button", id: "code-end", onclick: closeCode }, t("close")));

function closeCode() {
  shownCode = "";
  renderStrip();
  byId("share").focus();
}
