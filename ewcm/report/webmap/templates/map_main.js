// Everything together: what happens when the reader changes something.

// The key of the sentence that says what a service counts.
function meaningOf(name) {
  if (name === "any") return "means_any";
  if (name.includes(" or ")) return "means_separate";
  if (!MOBILE.includes(data.services[name][0])) return "means_channel";
  return name.endsWith("+") ? "means_at_least" : "means_only";
}

function renderSwitch() {
  const technologies = ["any", ...Object.keys(data.services).filter((name) => name !== "any" && !name.endsWith("+"))];
  replace(byId("technologies"), technologies.map((technology) => el("label", null,
    el("input", { type: "radio", name: "technology", value: technology, id: "technology-" + technology, checked: technology === state.technology, onchange: () => {
      state.technology = technology;
      refresh("technology-" + technology);
    } }), el("span", null, technology === "any" ? t("any_short") : serviceName(technology)))));
  const box = byId("at-least"), possible = canBeAtLeast(state.technology);
  box.checked = state.atLeast && possible;
  box.disabled = !possible;
  byId("at-least-label").classList.toggle("off", !possible);
  const values = figures();
  replace(byId("case"), data.pictures.cases.map((one) => el("option", { value: one, selected: one === state.case }, t("case_" + one))));
  byId("case-label").hidden = !hasRange();
  byId("service-meaning").textContent =
    t(meaningOf(service()), { technology: state.technology, newer: (data.services[service()] || []).join(", "), names: serviceName(service()) }) +
    (isTold(values) ? "" : " " + untoldWords(values));
  const shown = shownCase();
  byId("case-meaning").textContent = shown === "central" ? "" : t("case_shown", { people: roughly(shown === "low" ? values.uncovered_high : values.uncovered_low) });
}

function renderTabs() {
  replace(byId("tabs"), TABS.map((tab) => el("button", { type: "button", role: "tab", id: "to-" + tab, "aria-selected": String(tab === state.tab), "aria-controls": "tab-" + tab, tabindex: tab === state.tab ? 0 : -1, onclick: () => openTab(tab) }, t("tab_" + tab))));
  for (const tab of TABS) {
    byId("tab-" + tab).hidden = tab !== state.tab;
    byId("tab-" + tab).setAttribute("aria-labelledby", "to-" + tab);
  }
}

// What a tab holds is written when the reader opens it, not before.
const TAB_CONTENT = {
  overview: renderOverview,
  areas: () => renderTable("areas", areasIntroduction()),
  coldspots: () => renderTable("coldspots", coldspotsIntroduction()),
  findings: renderFindings,
  sources: renderSources,
  guide: renderGuide,
};
const written = new Set();

function writeTab() {
  if (!written.has(state.tab)) TAB_CONTENT[state.tab]();
  written.add(state.tab);
}

function openTab(tab) {
  state.tab = tab;
  renderTabs();
  writeTab();
  writeAddress();
  byId("to-" + tab).focus();
}

function moveBetweenTabs(event) {
  const rtl = document.documentElement.dir === "rtl";
  const steps = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1, Home: -TABS.indexOf(state.tab), End: TABS.length - 1 - TABS.indexOf(state.tab) };
  if (!(event.key in steps)) return;
  event.preventDefault();
  openTab(TABS[(TABS.indexOf(state.tab) + steps[event.key] + TABS.length) % TABS.length]);
}

// Draws everything anew and leaves the focus on the control that asked for it.
function refresh(focus) {
  renderPanel();
  renderMap();
  writeAddress();
  if (focus && byId(focus)) byId(focus).focus();
}

function renderPanel() {
  renderSwitch();
  renderHeadline();
  renderTabs();
  written.clear();
  writeTab();
}

// For layers that draw themselves when they are put on the map.
function comeOrGo(name, layer) {
  if (!state.layers.has(name)) layer.remove();
  else if (map.hasLayer(layer)) layer.draw();
  else layer.addTo(map);
}

const drawMasts = () => comeOrGo("sites", masts);
// Names make room for the legend and for the numbers of coldspots: they come last.
const drawLabels = () => comeOrGo("places", labels);

function drawShapes() {
  drawAreas();
  drawSpots();
}

function renderMap() {
  drawShapes();
  renderLegend();
  drawMasts();
  drawLabels();
  drawFindings();
  mosaic.show();
}

// What draws a layer that is not of the mosaic. Borders of areas lie below the coldspots; names are drawn after all others.
const DRAW_LAYER = { coldspots: drawSpots, sites: drawMasts, areas: drawShapes, shade: drawShapes, places() {} };

// After a layer has come or gone: the other layers and the panel stay as they are.
function refreshLayer(layer, focus) {
  if (layer in DRAW_LAYER) DRAW_LAYER[layer]();
  else if (findingLayers.has(layer)) drawFindings();
  else mosaic.show();
  renderLegend();
  drawLabels();
  writeAddress();
  byId(focus).focus();
}

function translateFrame() {
  translatePage();
  document.title = countryName() + " · " + t("product");
  byId("country").textContent = countryName();
  byId("search-box").placeholder = t("search");
  byId("starter").textContent = data.summary.starter ? t("starter_banner") : "";
  byId("starter").hidden = !data.summary.starter;
  renderCredits(byId("foot"));
}

function placeControls() {
  const rtl = document.documentElement.dir === "rtl";
  tools.setPosition(rtl ? "topright" : "topleft");
  scale.setPosition(rtl ? "bottomright" : "bottomleft");
  insets.setPosition(rtl ? "bottomright" : "bottomleft");
  renderInsets();
  nameControls();
}

function translate() {
  translateFrame();
  placeControls();
  const open = selected && document.querySelector(".leaflet-popup");
  refresh();
  if (open) select(selected.kind, selected.item, selected.where);
}

function applyAddress() {
  readAddress();
  byId("language").value = language;
  translate();
  if (rememberedView) showRemembered();
}

function showRemembered() {
  const [zoom, lat, lon] = rememberedView.split("_").map(Number);
  map.setView([lat, lon], zoom, { animate: false });
}

async function share() {
  writeAddress();
  let copied = false;
  try {
    await navigator.clipboard.writeText(location.href);
    copied = true;
  } catch {
    copied = false;
  }
  const said = t(copied ? "copied" : "copy_by_hand");
  byId("share").textContent = said;
  announce(said);
  setTimeout(() => (byId("share").textContent = t("share_view")), 3000);
}

let viewOnScreen = null;

// Chromium prints a canvas as the steps that drew it, at another scale and with its empty parts white. A canvas that
// only holds a picture comes out as it is.
function picturesForCanvases(on) {
  for (const picture of document.querySelectorAll("#map .on-paper")) picture.remove();
  for (const canvas of document.querySelectorAll("#map canvas")) {
    canvas.hidden = on && typeof OffscreenCanvas === "function";
    if (!canvas.hidden) continue;
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    copy.getContext("2d").drawImage(canvas, 0, 0);
    const picture = el("canvas", { class: "on-paper", width: canvas.width, height: canvas.height });
    picture.style.cssText = canvas.style.cssText;
    picture.getContext("bitmaprenderer").transferFromImageBitmap(copy.transferToImageBitmap());
    canvas.after(picture);
  }
}

// Paper gets the whole country at the size of the sheet; afterwards the screen gets its view back.
function preparePrint(on) {
  if (on) {
    viewOnScreen = [map.getCenter(), map.getZoom()];
    renderSheet();
  }
  printing = on;
  document.documentElement.classList.toggle("printing", on);
  map.invalidateSize({ animate: false, pan: false });
  if (on) wholeCountry();
  else if (viewOnScreen) map.setView(...viewOnScreen, { animate: false });
  for (const layer of [land, relief, mosaic, masts, shapes]) if (map.hasLayer(layer)) layer._reset();
  picturesForCanvases(on);
}

function start() {
  readAddress();
  replace(byId("language"), LANGUAGES.map((code) => el("option", { value: code, lang: code }, data.strings[code].own_name)));
  byId("language").value = language;
  byId("language").addEventListener("change", (event) => {
    language = event.target.value;
    translate();
  });
  byId("share").addEventListener("click", share);
  byId("print").addEventListener("click", () => window.print());
  byId("at-least").addEventListener("change", (event) => {
    state.atLeast = event.target.checked;
    refresh("at-least");
  });
  byId("case").addEventListener("change", (event) => {
    state.case = event.target.value;
    refresh("case");
  });
  byId("tabs").addEventListener("keydown", moveBetweenTabs);
  startSearch();
  if (reducedMotion()) map._zoomAnimated = false; // Leaflet asks its option once, when the map is made
  // The words first: only with them has the map its size, and only then are its shapes drawn, once.
  translateFrame();
  renderPanel();
  map.invalidateSize({ animate: false, pan: false });
  insets.addTo(map);
  renderInsets(); // the first view leaves them room
  wholeCountry();
  countryZoom = map.getZoom();
  map.setMinZoom(Math.max(2, Math.min(countryZoom, map.getBoundsZoom(data.bounds)) - 2));
  if (rememberedView) showRemembered();
  drawLand();
  tools.addTo(map);
  scale.addTo(map);
  relief.addTo(map);
  mosaic.addTo(map);
  areaGroup.addTo(map);
  spotGroup.addTo(map);
  badgeGroup.addTo(map);
  placeControls();
  renderMap();
  writeAddress();
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(byId("canvas"));
  let lastZoom = map.getZoom();
  map.on("moveend", () => {
    const center = map.getCenter();
    rememberedView = [map.getZoom(), center.lat.toFixed(4), center.lng.toFixed(4)].join("_");
    if (!printing) writeAddress();
    if (map.getZoom() !== lastZoom) {
      lastZoom = map.getZoom();
      drawSpots();
      renderLegend();
    }
  });
  // Leaflet listens for Escape only while the map itself has the focus, not a number on it.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target !== byId("search-box")) map.closePopup();
  });
  window.addEventListener("hashchange", () => {
    if (location.hash !== ownHash) applyAddress();
  });
  window.addEventListener("beforeprint", () => preparePrint(true));
  window.addEventListener("afterprint", () => preparePrint(false));
  mosaic.load().then(() => document.documentElement.setAttribute("data-ready", "yes"));
}

start();
