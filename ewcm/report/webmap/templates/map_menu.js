// The menu of the map's tools, and the strip below the map in which the tool of the moment stands.

const TOOLS = [
  { id: "measure", key: "menu_measure", begin: () => beginMeasuring() },
  { id: "beside", key: "menu_beside", begin: () => beginBeside() },
  { id: "picture", key: "menu_picture", begin: () => savePicture() },
];

const isMenuOpen = () => Boolean(byId("map-menu") && !byId("map-menu").hidden);

function toggleMenu(open) {
  byId("map-menu").hidden = !open;
  byId("menu-toggle").setAttribute("aria-expanded", String(open));
  if (open) byId("map-menu").querySelector("button").focus();
}

const MenuButton = L.Control.extend({
  options: { position: "topleft" },
  onAdd() {
    const box = el("div", { class: "map-tools menu leaflet-bar" },
      el("button", { type: "button", id: "menu-toggle", "aria-expanded": "false", "aria-controls": "map-menu", onclick: (event) => {
        event.stopPropagation();
        toggleMenu(!isMenuOpen());
      } }, el("span", { "aria-hidden": "true" }, "⋯")),
      el("div", { id: "map-menu", hidden: true, onkeydown: (event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        toggleMenu(false);
        byId("menu-toggle").focus();
      } }));
    L.DomEvent.disableClickPropagation(box);
    return box;
  },
});
const menu = new MenuButton();

// The menu in the reader's language; only one tool is at work at a time.
function renderMenu() {
  if (!byId("map-menu")) return;
  menu.setPosition(document.documentElement.dir === "rtl" ? "topright" : "topleft");
  byId("menu-toggle").title = t("menu");
  byId("menu-toggle").setAttribute("aria-label", t("menu"));
  replace(byId("map-menu"), TOOLS.map(({ id, key, begin }) => el("button", { type: "button", id: "tool-" + id, onclick: (event) => {
    event.stopPropagation();
    toggleMenu(false);
    if (id !== "picture" && (measured || beside)) endTool(); // a picture is of what the reader sees, both maps where there are two
    begin();
  } }, t(key))));
}

// What stands below the map: the tool of the moment, in the language and with the figures of the moment.
function renderStrip() {
  const focused = byId("strip").contains(document.activeElement) ? document.activeElement.id : "";
  byId("strip").hidden = !measured && !beside && !shownCode;
  replace(byId("strip"), measured ? measureStrip() : [], beside ? swipeStrip() : [], shownCode ? codeStrip() : []);
  if (focused && byId(focused)) byId(focused).focus({ preventScroll: true });
  cutBeside();
}

// Ends the tool that stands below the map; false where there is none.
function endTool() {
  if (endMeasuring()) return true;
  if (beside) endBeside();
  else if (shownCode) closeCode();
  else return false;
  return true;
}

function renderTools() {
  renderMenu();
  renderStrip();
}
