// Everything together: what happens when the reader changes something.

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

// Draws everything anew for another service or case, and leaves the focus on the control that asked for it.
function refresh(focus) {
  followChoice();
  renderPanel();
  // Before the map, which asks for sizes: the panel is laid out once for both.
  if (focus && byId(focus)) byId(focus).focus({ preventScroll: true });
  renderMap();
  if (activity) renderActivity();
  writeAddress();
}

function renderPanel() {
  renderSwitch();
  renderHeadline();
  renderDetails();
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
  vectors.draw();
  drawBadges();
}

function renderMap() {
  drawShapes();
  renderLegend();
  drawMasts();
  if (SOMETIMES.next_sites.length) drawNextSites();
  if (SOMETIMES.points.length) drawPoints();
  drawLabels();
  drawFindings();
  mosaic.show();
  renderTools();
}

// What draws a layer that is not of the mosaic. Borders of areas lie below the coldspots; names are drawn after all others.
const DRAW_LAYER = { coldspots: drawShapes, sites: drawMasts, next_sites: drawNextSites, points: drawPoints, areas: drawShapes, shade: drawShapes, places() {} };

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
  byId("starter").textContent = markWords("banner");
  byId("starter").hidden = !markWords("banner");
  byId("to-atlas").hidden = !fromAtlas;
  byId("to-atlas").href = "../index.html#lang=" + language;
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
  byId("readout").textContent = t("readout_hint");
  refresh();
}

// Another address, by hand or by Back: everything is as it says, and nothing that it does not say stays.
function applyAddress() {
  readAddress();
  byId("language").value = language;
  selected = choiceOf(rememberedChoice);
  translate();
  renderActivity();
  if (rememberedView) showRemembered();
}

function showRemembered() {
  const [zoom, lat, lon] = rememberedView;
  map.setView([lat, lon], Math.min(Math.max(zoom, map.getMinZoom()), map.getMaxZoom()), { animate: false });
}

// A short code of the view, which works from any copy of the page; beside it the address, where the page has one that others can open.
async function share() {
  writeAddress();
  shownCode = codeNow();
  renderStrip();
  let copied = false;
  try {
    await navigator.clipboard.writeText(location.protocol === "file:" ? shownCode : location.href + " (" + shownCode + ")");
    copied = true;
  } catch {
    copied = false;
  }
  const said = t(copied ? "copied" : "copy_by_hand");
  byId("share").textContent = said;
  announce(said + " – " + named(t("code"), shownCode));
  setTimeout(() => (byId("share").textContent = t("share_view")), 3000);
}

function startControls() {
  replace(byId("language"), LANGUAGES.map((code) => el("option", { value: code, lang: code }, data.strings[code].own_name)));
  byId("language").value = language;
  byId("language").addEventListener("change", () => {
    language = byId("language").value;
    translate();
  });
  byId("share").addEventListener("click", share);
  byId("print").addEventListener("click", () => window.print());
  byId("at-least").addEventListener("change", () => {
    state.atLeast = byId("at-least").checked;
    refresh("at-least");
  });
  // Without a step in the address, which would be read as a view and put service and case back.
  for (const skip of document.querySelectorAll(".skip")) skip.addEventListener("click", (event) => {
    event.preventDefault();
    byId(skip.getAttribute("href").slice(1)).focus();
  });
  byId("tabs").addEventListener("keydown", moveBetweenTabs);
  startSearch();
  startSelection();
  startReadout();
  startActivities();
  startTour();
}

// The map at its first view: the whole country, or what the address says.
function startMap() {
  if (reducedMotion()) map._zoomAnimated = false; // Leaflet asks its option once, when the map is made
  map.invalidateSize({ animate: false, pan: false });
  insets.addTo(map);
  renderInsets(); // the first view leaves them room
  wholeCountry();
  countryZoom = map.getZoom();
  map.setMinZoom(Math.max(2, Math.min(countryZoom, map.getBoundsZoom(data.bounds)) - 2));
  if (rememberedView) showRemembered();
  drawLand();
  for (const part of [tools, menu, scale, relief, mosaic, vectors, badgeGroup]) part.addTo(map);
  placeControls();
  let lastZoom = map.getZoom();
  map.on("moveend", () => {
    const center = map.getCenter();
    rememberedView = [map.getZoom(), center.lat.toFixed(4), center.lng.toFixed(4)];
    if (!printing) writeAddress();
    if (map.getZoom() === lastZoom) return;
    lastZoom = map.getZoom();
    drawBadges();
    renderLegend();
  });
}

async function start() {
  readAddress();
  startControls();
  // The words first: only with them has the map its size, and only then are its shapes drawn, once.
  translateFrame();
  byId("readout").textContent = t("readout_hint");
  selected = choiceOf(rememberedChoice);
  renderPanel();
  startMap();
  renderMap();
  writeAddress();
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(byId("canvas"));
  // Heads of tables stick below the tabs, however many rows these take.
  new ResizeObserver(([tabs]) => byId("figures").style.setProperty("--tabs", tabs.target.clientHeight + "px")).observe(byId("tabs"));
  window.addEventListener("hashchange", () => {
    if (location.hash !== ownHash) applyAddress();
  });
  window.addEventListener("beforeprint", () => preparePrint(true));
  window.addEventListener("afterprint", () => preparePrint(false));
  await mosaic.load();
  mosaic.on("shown", renderLegend);
  renderLegend();
  renderDetails();
  if (activity) renderActivity();
  document.documentElement.setAttribute("data-ready", "yes");
  await mosaic.loadOthers();
}
