// Two maps side by side: left of a bar the service and case of the page, right of it another service or case, or another page of the same
// country; between them, how many people more or fewer are out of reach.

let beside = null; // {page, service, case}: what is shown right of the bar; ``page`` is null for this page
let otherPage = null; // the page that the reader has picked
let otherRefused = "";
let keptLayers = null; // what was on the map before

const swipeShare = () => (byId("swipe") ? Number(byId("swipe").value) / 100 : 0.5);
const figuresBeside = () => {
  const number = data.pictures.cases.indexOf(beside.case);
  const [covered, uncovered, unknown] = beside.page ? beside.page.services[beside.service].cases[number] : data.figures[beside.service][number];
  return { covered, uncovered, unknown, people: beside.page ? beside.page.people : data.summary.people };
};

// The right half of the map.
const OtherSide = CanvasLayer.extend({
  options: { padding: 0.2, pane: "beside" },

  async show() {
    const asked = beside, pictures = asked.page ? asked.page.pictures : ownPictures, picture = await pictures.of(asked.service);
    if (asked !== beside) return; // another one was chosen meanwhile
    this._shown = { pictures, picture, number: data.pictures.cases.indexOf(asked.case) };
    if (this._map) this.draw();
    renderLegend(); // it tells the colours of both maps
  },

  present() {
    return beside && this._shown ? groundIn(this._shown.picture, this._shown.number) : [];
  },

  isEstimated() {
    return Boolean(beside && this._shown && this._shown.picture.estimated);
  },

  draw() {
    const { ratio, canvas } = this._cleared();
    if (this._shown) drawPicture(canvas.getContext("2d"), cornerOf(this, ratio), ratio, this._shown.pictures, this._shown.picture, this._shown.number);
  },
});
const otherSide = new OtherSide();
const swipeLine = el("div", { class: "swipe-line" });

function cutBeside() {
  if (!beside) return;
  const share = swipeShare();
  cutPanes(map.getPane("mosaic"), map.getPane("beside"), share);
  swipeLine.style.left = 100 * share + "%";
  byId("swipe").setAttribute("aria-valuetext", t("swipe_at", { share: percent(share) }));
}

const redrawBeside = () => otherSide.draw();

// Every service of a page of which something is known, in each of its cases.
function choicesOf(page) {
  const known = page ? Object.keys(page.services) : Object.keys(data.services);
  return known.flatMap((name) => {
    const cases = page ? page.services[name].cases : data.figures[name];
    if (cases.every((one) => one[0] === null)) return [];
    const differ = cases.some((one) => Math.round(one[1] ?? 0) !== Math.round(cases[1][1] ?? 0) || Math.round(one[0] ?? 0) !== Math.round(cases[1][0] ?? 0));
    return (differ ? CASES : ["central"]).map((which) => ({ page, service: name, case: which, words: serviceName(name) + (differ ? " · " + t("case_" + which) : "") }));
  });
}

const keyOf = (choice) => (choice.page ? "other" : "own") + "/" + choice.service + "/" + choice.case;
const allChoices = () => [...choicesOf(null), ...(otherPage ? choicesOf(otherPage) : [])];
const sideWords = (found, known) => (known === null ? t("unknown_short") : t("swipe_out", { people: people(found) }));

// The difference in people, and what keeps it from being one of coverage alone.
function differenceWords() {
  const left = figures(), right = figuresBeside();
  if (left.uncovered === null || right.uncovered === null) return t("swipe_unknown");
  const change = right.uncovered - left.uncovered;
  return t("swipe_difference", { people: format({ maximumFractionDigits: 0, signDisplay: "exceptZero" }).format(Math.round(change)) });
}

function swipeNotes() {
  const right = figuresBeside(), ownModel = figures().model, model = beside.page ? beside.page.services[beside.service].model : figures(beside.service, beside.case).model;
  return [
    beside.page && Math.round(right.people) !== Math.round(data.summary.people) ? t("swipe_people", { left: people(data.summary.people), right: people(right.people) }) : null,
    beside.page && model !== ownModel && has("model_" + model) ? t("swipe_models", { left: t("model_" + ownModel), right: t("model_" + model) }) : null,
    beside.page ? named(isolated(beside.page.name), beside.page.year === null ? t("oldest_input_unknown") : t("oldest_input", { year: date(String(beside.page.year)) })) : null,
    beside.page && beside.page.mark ? t(beside.page.mark + "_short") : null,
    t("swipe_hidden"),
  ].filter(Boolean);
}

const ownSideWords = () => serviceName(service()) + (hasRange() ? " · " + t("case_" + shownCase()) : "");

function swipeStrip() {
  const option = (choice) => el("option", { value: keyOf(choice), selected: keyOf(choice) === keyOf(beside) }, choice.words);
  const group = (label, choices) => el("optgroup", { label }, choices.map(option));
  const left = figures(), right = figuresBeside();
  return [
    el("div", { class: "strip-row", dir: "ltr" },
      el("span", { class: "swipe-side" }, el("b", { dir: "auto" }, ownSideWords()), " ", el("small", { dir: "auto" }, sideWords(left.uncovered, left.uncovered))),
      el("strong", { id: "swipe-difference", dir: "auto" }, differenceWords()),
      el("span", { class: "swipe-side" }, el("label", { class: "hidden", for: "swipe-with" }, t("swipe_with")),
        el("select", { id: "swipe-with", dir: "auto", onchange: (event) => compareWith(allChoices().find((choice) => keyOf(choice) === event.target.value), "swipe-with") },
          group(t("swipe_this_page"), choicesOf(null)), otherPage ? group(otherPage.name, choicesOf(otherPage)) : null),
        " ", el("small", { dir: "auto" }, sideWords(right.uncovered, right.uncovered)))),
    el("div", { class: "strip-row", dir: "ltr" },
      el("input", { type: "range", id: "swipe", min: 0, max: 100, value: Math.round(100 * swipeShare()), "aria-label": t("swipe_bar"), oninput: cutBeside }),
      el("label", { class: "file-button" }, el("span", { dir: "auto" }, t("swipe_file")), el("input", { type: "file", id: "other-file", accept: ".html,text/html", onchange: pickOther })),
      el("button", { type: "button", id: "swipe-end", onclick: () => endBeside() }, t("close"))),
    el("p", { class: "note", id: "swipe-notes", role: "status" }, otherRefused ? el("strong", { class: "refused" }, otherRefused + " ") : null, swipeNotes().join(" · ")),
  ];
}

function compareWith(choice, focus) {
  beside = choice;
  otherSide.show();
  renderStrip();
  announce(differenceWords());
  if (focus) byId(focus).focus();
}

async function pickOther(event) {
  const file = event.target.files[0];
  if (!file) return;
  otherRefused = "";
  try {
    otherPage = await readOtherFile(file);
  } catch (error) {
    otherRefused = error instanceof Refused ? error.words() : t("other_no_page");
  }
  if (!beside) return; // closed meanwhile
  const same = otherRefused ? null : choicesOf(otherPage).find((choice) => choice.service === service() && choice.case === shownCase()) || choicesOf(otherPage)[0];
  if (!otherRefused && !same) otherRefused = t("other_no_page");
  if (same) compareWith(same, "swipe-with");
  else renderStrip();
  if (otherRefused) announce(otherRefused);
}

// What stands right of the bar at first: another case of the same service, else another service.
function beginBeside() {
  const others = choicesOf(null).filter((choice) => choice.service !== service() || choice.case !== shownCase()), cases = others.filter((choice) => choice.service === service());
  const first = cases.find((choice) => choice.case === "low") || cases[0] || others[0];
  if (!first) return announce(t("swipe_nothing"));
  keptLayers = { layers: new Set(state.layers), shade: state.shade };
  // Numbers and shading belong to one of the two maps only.
  state.layers = new Set([...state.layers].filter((layer) => !["coldspots", "next_sites"].includes(layer) && !findingLayers.has(layer)));
  state.shade = "none";
  beside = first;
  if (!map.getPane("beside")) map.createPane("beside").style.zIndex = 301;
  map.getPane("beside").style.pointerEvents = "none";
  otherSide.addTo(map);
  map.getContainer().append(swipeLine);
  map.on("move zoom viewreset resize", cutBeside);
  mosaic.on("shown", redrawBeside);
  otherSide.show();
  refresh();
  return byId("swipe").focus();
}

function endBeside() {
  beside = null;
  otherRefused = "";
  otherSide.remove();
  swipeLine.remove();
  map.off("move zoom viewreset resize", cutBeside);
  mosaic.off("shown", redrawBeside);
  map.getPane("mosaic").style.clip = "";
  state.layers = keptLayers.layers;
  state.shade = keptLayers.shade;
  refresh();
  byId("menu-toggle").focus();
}
