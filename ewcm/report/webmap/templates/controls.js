// The buttons of the map, its scale and the arrow to the north.

const Tools = L.Control.extend({
  options: { position: "topleft" },
  onAdd() {
    const button = (id, sign, act) => el("button", { type: "button", id, onclick: (event) => {
      event.stopPropagation();
      act();
    } }, el("span", { "aria-hidden": "true" }, sign));
    const box = el("div", { class: "map-tools leaflet-bar" }, button("zoom-in", "+", () => map.zoomIn(1)), button("zoom-out", "−", () => map.zoomOut(1)), button("zoom-home", "⌂", wholeCountry));
    L.DomEvent.disableClickPropagation(box);
    return box;
  },
});

const tools = new Tools();

const Scale = L.Control.Scale.extend({
  onAdd(target) {
    const box = L.Control.Scale.prototype.onAdd.call(this, target);
    box.prepend(el("span", { class: "north", "aria-hidden": "true" }, "▲"));
    return box;
  },
  _updateMetric(most) {
    const metres = this._getRoundNum(most);
    const show = metres < 1000 ? format({ style: "unit", unit: "meter" }).format(metres) : kilometres(metres / 1000);
    this._updateScale(this._mScale, "", metres / most);
    this._mScale.dir = "auto"; // the map itself runs from left to right
    this._mScale.textContent = show;
  },
});
const scale = new Scale({ position: "bottomleft", imperial: false, maxWidth: 120 });

function nameControls() {
  for (const [id, key] of [["zoom-in", "zoom_in"], ["zoom-out", "zoom_out"], ["zoom-home", "zoom_home"]]) {
    byId(id).title = t(key);
    byId(id).setAttribute("aria-label", t(key));
  }
  map.getContainer().setAttribute("aria-label", t("map_label", { country: countryName() }));
  const north = document.querySelector(".north");
  if (north) north.textContent = "▲ " + t("north_letter");
  scale._update();
}
