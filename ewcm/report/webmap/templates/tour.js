// The tour: five steps through the page, one part of it marked in each. Nothing is remembered of it.

const STEPS = [
  { target: "headline" },
  { target: "switch" },
  { target: "canvas" },
  { target: "tabs", tab: "areas" },
  { target: "cards", tab: "overview" },
];
let tourStep = 0;

// Marks the part of the page that a step is about.
function markTarget(id) {
  for (const node of all(".tour-target")) node.classList.remove("tour-target");
  if (!id) {
    tourStep = 0;
    return;
  }
  const node = byId(id);
  node.classList.add("tour-target");
  node.scrollIntoView({ block: isStacked() ? "start" : "nearest", behavior: "auto" });
}

function goToStep(step) {
  if (step < 0 || step >= STEPS.length) return;
  tourStep = step;
  if (STEPS[step].tab && STEPS[step].tab !== state.tab) {
    state.tab = STEPS[step].tab;
    renderTabs();
    writeTab();
    writeAddress();
  }
  renderTour();
  byId("tour-title").focus();
}

function renderTour() {
  const last = tourStep === STEPS.length - 1, number_ = tourStep + 1;
  const button = (id, key, act, disabled) => el("button", { type: "button", id, disabled, onclick: act }, t(key));
  replace(byId("tour"),
    activityHead("tour-title", t(`tour_${number_}_title`)),
    el("p", { class: "note" }, t("tour_step", { step: number(number_), steps: number(STEPS.length) })),
    el("p", null, t("tour_" + number_)),
    el("div", { class: "activity-buttons" }, button("tour-back", "tour_back", () => goToStep(tourStep - 1), tourStep === 0),
      last ? button("tour-end", "tour_end", endActivity, false) : button("tour-next", "tour_next", () => goToStep(tourStep + 1), false)));
  markTarget(STEPS[tourStep].target);
}

function startTour() {
  byId("tour").addEventListener("keydown", (event) => {
    const on = document.documentElement.dir === "rtl" ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
    if (!on.includes(event.key)) return;
    event.preventDefault();
    goToStep(tourStep + (event.key === on[0] ? 1 : -1));
  });
}
