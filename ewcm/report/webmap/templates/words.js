// Words, numbers and dates in the reader's language.

const data = JSON.parse(byId("page-data").textContent);
const LANGUAGES = Object.keys(data.strings);
let language = data.language;

// The string of a key with its {blanks} filled in.
function t(key, values) {
  const text = data.strings[language][key];
  if (text === undefined) throw new Error("no string: " + key);
  if (!values) return text;
  const filled = text.replace(/\{(\w+)\}/g, (blank, word) => (word in values ? values[word] : blank));
  return language === "en" ? ofOne(filled) : filled;
}

// English sentences about one thing, which are written for several: "1 rows have" becomes "1 row has".
const VERBS_OF_ONE = { have: "has", were: "was", are: "is", stand: "stands", lie: "lies", name: "names", hold: "holds", go: "goes", live: "lives" };
const ofOne = (text) => text.replace(/(?<![\d.,])\b1 (people\b|(?:grid )?(?:row|value|cell|shape|formula|area|site|hole)s\b)(?: (have|were|are|stand|lie|name|hold|go|live)\b)?/g, (whole, noun, verb) => "1 " + (noun === "people" ? "person" : noun.slice(0, -1)) + (verb ? " " + VERBS_OF_ONE[verb] : ""));

const has = (key) => Object.hasOwn(data.strings[language], key);

// Arabic is written with Arabic-Indic digits in some of its countries and with European ones in others: the country's
// code lets the browser choose.
const locale = () => (data.iso2 ? language + "-" + data.iso2 : language);

const formats = new Map();
function format(options) {
  const key = locale() + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(locale(), options));
  return formats.get(key);
}

const NO_VALUE = "–";

// Whole people: 6,243,117.
const people = (value) => (value === null ? NO_VALUE : format({ maximumFractionDigits: 0 }).format(value));

// People in words: 6.2 million. Two significant figures, since more would claim too much.
const roughFormat = (value) => (value < 995000 ? format({ maximumSignificantDigits: 2 }) : format({ notation: "compact", compactDisplay: "long", maximumSignificantDigits: 2 }));
const roughly = (value) => (value === null ? NO_VALUE : roughFormat(value).format(value < 10 ? Math.round(value) : value));

const number = (value, digits = 0) => (value === null ? NO_VALUE : format({ maximumFractionDigits: digits }).format(value));

// A text that is a number with decimals, as the language writes it; any other one as it stands.
const decimal = (text) => (typeof text === "string" && /^-?(\d+|\d{1,3}(,\d{3})+)\.\d+$/.test(text) ? number(Number(text.replaceAll(",", "")), 6) : text);

const kilometres = (value) =>
  value === null
    ? NO_VALUE
    : format({ style: "unit", unit: "kilometer", maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);

const squareKilometres = (value) => (value === null ? NO_VALUE : number(value, value < 10 ? 1 : 0) + " " + t("km2"));

// How often on average what has a return period comes [years]: "once in 100 years".
const returnPeriod = (years) => (years === 1 ? t("return_period_of_one") : t("return_period_of", { years: number(years) }));

// A share (0..1). What is neither none nor all is never shown as 0 % or 100 %.
function percent(share) {
  if (share === null || share === undefined) return NO_VALUE;
  const show = format({ style: "percent", minimumFractionDigits: share > 0 && share < 1 ? 1 : 0, maximumFractionDigits: 1 });
  if (share > 0 && share < 0.0005) return "< " + show.format(0.001);
  if (share < 1 && share > 0.9995) return "> " + show.format(0.999);
  return show.format(share);
}

// A share in a sentence: two significant figures, as people there have. Where these would make it none or all it is that of the tables.
const roughPercent = (share) => (share === null || share === undefined || share < 0.01 || (share < 1 && share >= 0.995) ? percent(share) : format({ style: "percent", maximumSignificantDigits: 2 }).format(share));

// A share that is an edge of a class.
const wholePercent = (share) => format({ style: "percent", maximumFractionDigits: 0 }).format(share);

// A range of no width is none: a declared map says nothing of how sure it is.
const isRange = (low, high) => low !== null && high !== null && Math.round(low) !== Math.round(high);

const range = (low, high) => (low === null || high === null ? NO_VALUE : isRange(low, high) ? t("range", { low: people(low), high: people(high) }) : t("no_range"));

// A range of shares (0..1). It has no width where both ends read the same to a tenth of a per cent.
function shareRange(low, high) {
  if (low === null || high === null) return NO_VALUE;
  return percent(low) === percent(high) ? t("no_range") : t("range", { low: percent(low), high: percent(high) });
}

// A range in words, the word for its size once: 8.1 to 24 million.
function roughRange(low, high) {
  if (!isRange(low, high)) return t("no_range");
  if (roughly(low) === roughly(high)) return range(low, high);
  const parts = (value) => roughFormat(value).formatToParts(value < 10 ? Math.round(value) : value);
  const size = (value) => parts(value).filter((part) => part.type === "compact").map((part) => part.value).join("");
  const first = size(low) && size(low) === size(high) ? parts(low).filter((part) => part.type !== "compact" && part.type !== "literal").map((part) => part.value).join("") : roughly(low);
  return t("range", { low: first, high: roughly(high) });
}

// A date as the data gives it: a year, a month or a day, in ISO 8601; anything else is shown as it is.
function date(text) {
  const parts = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?/.exec(text || "");
  if (!parts) return text || "";
  const [, year, month, day] = parts;
  /** @type {Intl.DateTimeFormatOptions} */
  const options = { timeZone: "UTC", year: "numeric" };
  if (month) options.month = day ? "short" : "long";
  if (day) options.day = "numeric";
  const moment = new Date(Date.UTC(Number(year), month ? Number(month) - 1 : 0, day ? Number(day) : 1));
  return Number.isNaN(moment.getTime()) ? text : new Intl.DateTimeFormat(locale(), options).format(moment);
}

// A channel or a service in words. One of several channels that do not nest is named by them: "any or FM".
function serviceName(service) {
  for (const [sign, type] of /** @type {["and" | "or", "conjunction" | "disjunction"][]} */ ([["and", "conjunction"], ["or", "disjunction"]])) {
    if (service.includes(` ${sign} `)) return new Intl.ListFormat(locale(), { type }).format(service.split(` ${sign} `).map(serviceName));
  }
  if (service === "any") return t("any");
  if (service.endsWith("+")) return t("or_newer", { technology: service.slice(0, -1) });
  return has("channel_" + service) ? t("channel_" + service) : service;
}

// "Unknown: 3 %", with the space that some languages put before the colon.
const named = (name, value) => t("named", { name, value });

// A name in a sentence that is read or announced as a whole, in its own direction.
const isolated = (text) => "\u2068" + text + "\u2069";

// "north of Arua": French leaves out the vowel of "de" before another one, as in "d’Arua".
const BEGINS_WITH_VOWEL = /^(?:[aeiouœæ]|y[^aeiou])/i;
const ofPlace = (text, place) => (language === "fr" && BEGINS_WITH_VOWEL.test(plain(place)) ? text.replace(/\bde (?=\{place\})/, "d’") : text);

// What stands between the parts of a list.
const comma = () => (language === "ar" ? "، " : ", ");

const countryName = () => data.summary.names[language] || data.summary.name;

const collator = () => new Intl.Collator(locale(), { numeric: true, sensitivity: "base" });

// Text for searching: without case, accents and the signs that people leave out.
const plain = (text) =>
  text
    .normalize("NFD")
    .replace(/[\u0300-\u036f\u064b-\u065f]/g, "")
    .replace(/[’'ʼ‘`´-]/g, "")
    .toLocaleLowerCase();

// Writes the language into every fixed text of the page.
function translatePage() {
  document.documentElement.lang = language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
  document.documentElement.classList.toggle("arabic-digits", number(1) === "\u0661");
  for (const node of all("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of all("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
}
