// The range of those out of reach as a band from the fewest to the most, and the control of three steps below it that chooses the case.

const BAND_WIDTH = 360, BAND_HEIGHT = 34;

// The band: a scale of people from none, the range on it, and a mark at the case of the moment.
function rangeBand() {
  const values = figures();
  if (!isTold(values) || !isRange(values.low, values.high)) return null;
  const central = figures(service(), "central").uncovered, most = Math.max(values.high * 1.08, 1), rtl = document.documentElement.dir === "rtl";
  const x = (value) => 6 + (value / most) * (BAND_WIDTH - 12), at = (value) => (rtl ? BAND_WIDTH - x(value) : x(value));
  const [from, to] = [at(values.low), at(values.high)].sort((a, b) => a - b);
  const label = t("band_label", { people: people(values.uncovered), low: people(values.low), central: people(central), high: people(values.high) });
  return svgEl("svg", { viewBox: `0 0 ${BAND_WIDTH} ${BAND_HEIGHT}`, class: "band", id: "band", role: "img", "aria-label": label },
    svgEl("path", { d: `M6 24H${BAND_WIDTH - 6}`, class: "band-axis" }),
    svgEl("path", { d: `M${at(0)} 19v10`, class: "band-axis" }),
    svgEl("rect", { x: from, y: 17, width: Math.max(to - from, 2), height: 14, rx: 2, class: "band-range" }),
    [values.low, central, values.high].map((value) => svgEl("path", { d: `M${at(value)} 17v14`, class: "band-case" })),
    svgEl("path", { d: `M${at(values.uncovered)} 16l-7-11h14z`, class: "band-mark", "data-value": values.uncovered }));
}

// Three steps in the order of the band: from the case in which fewest people are out of reach to that in which most are.
function caseControl() {
  if (!hasRange()) return el("p", { class: "note", id: "no-range" }, isTold(figures()) ? t("no_range_text") : null);
  return el("fieldset", { id: "cases" }, el("legend", { class: "hidden" }, t("case")),
    el("div", { class: "segments steps-of-case" }, CASES.map((one) => {
      const values = figures(service(), one), shown = isTold(values) ? values.uncovered : values.covered;
      return el("label", { title: t("case_means_" + one) }, el("input", { type: "radio", name: "case", value: one, id: "case-" + one, checked: one === state.case, onchange: () => {
        state.case = one;
        refresh("case-" + one);
      } }), el("span", null, t("case_" + one), el("small", { "data-value": shown }, roughly(shown))));
    })),
    el("p", { id: "case-meaning", class: "note" }, t("case_means_" + shownCase())));
}
