// Search for a place or an area: a text field with a list of suggestions (the ARIA combobox pattern).

const SUGGESTIONS = 8;
let suggestions = [], active = -1;

const searchable = [
  ...data.areas.filter((area) => area.level > 0 && area.box).map((area) => ({ kind: "area", text: () => areaName(area), plain: [area.name, ...Object.values(area.names || {})].map(plain), item: area })),
  ...data.places.map((place) => ({ kind: "place", text: () => place[0], plain: [plain(place[0])], item: place })),
];

function suggest() {
  const wanted = plain(byId("search-box").value.trim());
  suggestions = [];
  if (wanted) {
    const nearness = (text) => (text === wanted ? 0 : text.startsWith(wanted) ? 1 : text.includes(wanted) ? 2 : 9);
    const rank = (entry) => Math.min(...entry.plain.map(nearness));
    suggestions = searchable.map((entry) => [rank(entry), entry]).filter(([order]) => order < 9).sort((a, b) => a[0] - b[0]).slice(0, SUGGESTIONS).map(([, entry]) => entry);
  }
  active = -1;
  renderSuggestions(Boolean(wanted));
}

function renderSuggestions(open) {
  const list = byId("search-list"), box = byId("search-box");
  list.hidden = !open;
  list.setAttribute("aria-label", t("search"));
  box.setAttribute("aria-expanded", String(open));
  if (active >= 0) box.setAttribute("aria-activedescendant", "suggestion-" + active);
  else box.removeAttribute("aria-activedescendant");
  replace(list, suggestions.length
    ? suggestions.map((entry, index) => el("li", { id: "suggestion-" + index, role: "option", "aria-selected": String(index === active), onmousedown: (event) => {
        event.preventDefault();
        choose(entry);
      } }, name(entry.text()), el("small", null, entry.kind === "area" ? (parentName(entry.item) ? name(parentName(entry.item)) : t("area")) : t("place"))))
    : open ? el("li", { role: "option", "aria-selected": "false", "aria-disabled": "true" }, t("nothing_found")) : []);
}

function choose(entry) {
  byId("search-box").value = entry.text();
  suggestions = [];
  renderSuggestions(false);
  if (entry.kind === "area") visitArea(entry.item);
  else {
    const [text, lat, lon] = entry.item;
    map.setView([lat, lon], Math.max(map.getZoom(), 9), { animate: !reducedMotion() });
    L.popup({ autoPan: false }).setLatLng([lat, lon]).setContent(el("div", { class: "popup" }, el("h3", null, name(text)))).openOn(map);
    announce(text);
  }
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
