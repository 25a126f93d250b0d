// Search for a place, an area, a coldspot or a position: a text field with a list of suggestions (the ARIA combobox pattern).

const SUGGESTIONS = 8;
let suggestions = [], active = -1;

const searchable = [
  ...data.areas.filter((area) => area.level > 0).map((area) => ({ kind: "area", text: () => areaName(area), plain: [...new Set([area.name, ...Object.values(area.names || {}), area.id].map(plain))], item: area })),
  ...data.places.map((place) => ({ kind: "place", text: () => placeName(place), plain: [place[0], ...Object.values(place[4] || {})].map(plain), item: place })),
];

// Coldspots of the moment, by their number and by what they are named after.
const searchableSpots = () => spotsShown().slice(0, 500).map((spot) => {
  const title = t("coldspot_number", { rank: number(spot.rank) });
  return { kind: "coldspot", text: () => title + (spot.place ? " · " + spot.place : ""), plain: [plain(title), plain(spot.coldspot_id), ...[spot.place, spotArea(spot)].filter(Boolean).map(plain)], item: spot };
});

// Letters to add, leave out, change or swap that make the beginning of a text out of another, up to ``most``; more are told as most + 1.
function slips(wanted, text, most) {
  let before = null, last = Array.from({ length: text.length + 1 }, (_, i) => i);
  for (let i = 1; i <= wanted.length; i++) {
    const next = [i];
    for (let j = 1; j <= text.length; j++) {
      const same = wanted[i - 1] === text[j - 1];
      next[j] = Math.min(last[j] + 1, next[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      if (before && j > 1 && wanted[i - 1] === text[j - 2] && wanted[i - 2] === text[j - 1]) next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    if (Math.min(...next) > most) return most + 1;
    [before, last] = [last, next];
  }
  return Math.min(...last);
}

// How well an entry fits: 0 the same, 1 begins so, 2 a word of it begins so, 3 holds it, 4 and more with slips; 9 not at all.
function fit(entry, wanted, forgiving) {
  const most = wanted.length >= 8 ? 2 : wanted.length >= 4 ? 1 : 0;
  const one = (text) => {
    if (text === wanted) return 0;
    if (text.startsWith(wanted)) return 1;
    if (text.includes(" " + wanted)) return 2;
    if (text.includes(wanted)) return 3;
    if (!forgiving || !most) return 9;
    const found = slips(wanted, text.slice(0, wanted.length + most), most);
    return found <= most ? 3 + found : 9;
  };
  return Math.min(...entry.plain.map(one));
}

function matches(wanted) {
  const all = [...searchable, ...searchableSpots()], ORDER = { area: 0, place: 0.2, coldspot: 0.4 };
  const found = (forgiving) => all.map((entry) => [fit(entry, wanted, forgiving) + ORDER[entry.kind], entry]).filter(([order]) => order < 9).sort((a, b) => a[0] - b[0]);
  const exact = found(false);
  return (exact.length ? exact : found(true)).slice(0, SUGGESTIONS).map(([, entry]) => entry);
}

// A position on the country's side of the 180th meridian.
function positionEntry(text) {
  const middle = (data.bounds[0][1] + data.bounds[1][1]) / 2, near = (/** @type {number} */ lng) => lng - 360 * Math.round((lng - middle) / 360);
  const isHere = (/** @type {{lat: number, lng: number}} */ at) => viewOf([8, at.lat.toFixed(6), near(at.lng).toFixed(6)].join("_")) !== null;
  const found = coordinatesOf(text, isHere);
  if (!found) return null;
  const lng = near(found.lng), inside = isHere(found);
  return { kind: "position", text: () => number(found.lat, 4) + "; " + number(found.lng, 4), item: { lat: found.lat, lng, text: "" }, inside };
}

function suggest() {
  const text = byId("search-box").value.trim(), wanted = plain(text), position = positionEntry(text), code = codeEntry(text);
  suggestions = code && code.words ? [code] : position ? (position.inside ? [position] : []) : wanted ? matches(wanted) : [];
  active = -1;
  renderSuggestions(Boolean(wanted), position && !position.inside ? t("outside_map") : code && code.said ? code.said : t("nothing_found"));
}

function kindWords({ kind, item }) {
  if (kind === "area") return parentName(item) ? name(parentName(item)) : t("area");
  if (kind === "coldspot") return people(peopleIn(item));
  return t(kind === "code" ? "code" : kind === "place" ? "place" : "position");
}

function renderSuggestions(open, none = t("nothing_found")) {
  const list = byId("search-list"), box = byId("search-box");
  list.hidden = !open;
  list.setAttribute("aria-label", t("search"));
  box.setAttribute("aria-expanded", String(open));
  if (open && active >= 0) box.setAttribute("aria-activedescendant", "suggestion-" + active);
  else box.removeAttribute("aria-activedescendant");
  replace(list, suggestions.length
    ? suggestions.map((entry, index) => el("li", { id: "suggestion-" + index, role: "option", "aria-selected": String(index === active), onmousedown: (event) => {
        event.preventDefault();
        choose(entry);
      } }, name(entry.text()), el("small", null, kindWords(entry))))
    : open ? el("li", { role: "option", "aria-selected": "false", "aria-disabled": "true" }, none) : []);
}

function choose(entry) {
  byId("search-box").value = entry.text();
  suggestions = [];
  renderSuggestions(false);
  if (entry.kind === "code") return showCode(entry);
  if (entry.kind === "area") return visitArea(entry.item);
  if (entry.kind === "coldspot") return visitColdspot(entry.item);
  const item = entry.kind === "position" ? entry.item : { text: entry.item[0], lat: entry.item[1], lng: entry.item[2] };
  if (activityName() === "build") placeMast(item); // what is asked for meanwhile is a place for the mast
  else select("place", item);
  map.setView([item.lat, item.lng], Math.max(map.getZoom(), 9), { animate: !reducedMotion() });
}

function startSearch() {
  const box = byId("search-box");
  box.addEventListener("input", suggest);
  box.addEventListener("blur", () => renderSuggestions(false));
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!suggestions.length) return;
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + suggestions.length) % suggestions.length;
      renderSuggestions(true);
    } else if (event.key === "Enter" && suggestions.length) {
      event.preventDefault();
      choose(suggestions[Math.max(active, 0)]);
    } else if (event.key === "Escape") {
      box.value = "";
      suggestions = [];
      renderSuggestions(false);
    }
  });
}
