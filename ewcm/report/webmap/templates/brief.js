// The sheets of all areas of a level, or of those that were asked for: a page each.

const asked = data.brief;
const areasAsked = () => asked.areas.map((key) => areaByKey.get(key)).sort((a, b) => collator().compare(areaName(a), areaName(b)));
let onlyArea = "";
let writing = 0;

function renderFrame() {
  translatePage();
  const title = t("brief_title", { country: countryName() });
  document.title = title;
  byId("brief-title").textContent = title;
  byId("brief-about").textContent = t("brief_about", { count: number(asked.areas.length), service: serviceName(service()) });
  replace(byId("area"), el("option", { value: "" }, t("brief_all")), areasAsked().map((area) => el("option", { value: area.level + "/" + area.id }, areaName(area))));
  byId("area").value = onlyArea;
}

// Writes the sheets some at a time, so that the page answers meanwhile; another choice ends what is under way.
async function renderSheets() {
  const mine = ++writing, root = document.documentElement, picture = await ownPictures.of(service());
  root.removeAttribute("data-ready");
  byId("sheets").setAttribute("aria-busy", "true");
  replace(byId("sheets"));
  for (const [place, area] of areasAsked().filter((one) => !onlyArea || one.level + "/" + one.id === onlyArea).entries()) {
    if (place % 4 === 3 && !isHeldUp()) await new Promise((resolve) => setTimeout(resolve));
    if (mine !== writing) return;
    const sheet = areaSheet(area, ownPictures, picture, asked.made);
    byId("sheets").append(sheet);
    fitSheet(sheet);
  }
  byId("sheets").removeAttribute("aria-busy");
  root.setAttribute("data-ready", "yes");
}

function render() {
  renderFrame();
  history.replaceState(null, "", "#lang=" + language);
  renderSheets();
}

async function begin() {
  state.technology = asked.service.replace("+", "");
  state.atLeast = asked.service.endsWith("+");
  state.case = asked.case;
  offerLanguages(render);
  readLanguage();
  byId("area").addEventListener("change", () => {
    onlyArea = byId("area").value;
    renderSheets();
  });
  byId("print").addEventListener("click", () => window.print());
  await ownPictures.load();
  render();
}

begin();
