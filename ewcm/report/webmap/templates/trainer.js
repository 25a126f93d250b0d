// The trainer's sheet: the questions of the exercise with their answers, from the figures of this page, for paper.

const ANSWERS_LISTED = 5;

const answersTable = (question) => el("table", { class: "rows" }, el("caption", null, t("exercise_" + question)),
  el("thead", null, el("tr", null, [t("rank"), t("area"), t("people"), t("unreached"), t("range_title"), t("share"), t("trainer_points")].map((title) => el("th", { scope: "col" }, title)))),
  el("tbody", null, bestAreas(question).slice(0, ANSWERS_LISTED).map((area, i) => {
    const values = figuresOf(area);
    return el("tr", null, el("td", null, number(i + 1)), el("th", { scope: "row" }, name(areaName(area))),
      [people(area.people), people(values.uncovered), range(values.low, values.high), percent(shareOf(area)), number(points(worth(question, area), worth(question, bestAreas(question)[0])))].map((text) => el("td", null, text)));
  })));

// The areas of which it is not known who is out of reach: never a right answer.
function unknownAreas() {
  const unknown = areasOf(state.level).filter((area) => state.level > 0 && !isKnownIn(area));
  if (!unknown.length) return null;
  return el("p", null, t("trainer_unknown", { areas: unknown.slice(0, 10).map((area) => isolated(areaName(area))).join(comma()), count: number(unknown.length) }));
}

async function placeAnswer() {
  const name = countedService(service());
  if (!name || !COUNTS) return;
  await whenCounted();
  const best = bestCircle(placeKm(), name, shownCase()), box = byId("trainer-place");
  if (!box) return;
  replace(box, el("h3", null, t(isSiren() ? "exercise_siren" : "exercise_site", { km: kilometres(placeKm()) })),
    el("p", null, best ? t("trainer_place", { people: roughly(best.people), where: positionInWords(best) }) : t("exercise_nobody")),
    el("p", { class: "note" }, t("exercise_compares_place", { ...choiceInWords(), service: serviceName(name), cell: kilometres(data.cell_km[0] * COUNTS.factor) })));
}

function renderTrainer() {
  const told = isTold(figures()), asked = told ? questionsAsked() : [], rest = data.summary.caveats.length - PRINTED_CAVEATS;
  replace(byId("trainer"),
    activityHead("trainer-title", t("trainer_title", { country: isolated(countryName()) })),
    el("p", { class: "screen-only" }, el("button", { type: "button", id: "trainer-print", class: "more", onclick: () => window.print() }, t("print"))),
    markWords("banner") ? el("p", { class: "starter" }, markWords("banner")) : null,
    el("p", null, headlineText()), el("p", { class: "note" }, oldestInput()),
    el("p", null, told ? t("exercise_compares_area", choiceInWords()) : t("exercise_untold", { service: serviceName(service()) })),
    asked.filter((question) => question !== "place").map(answersTable),
    told ? unknownAreas() : null,
    el("section", { id: "trainer-place" }),
    el("h3", null, t("trainer_ask")), el("ol", null, ["trainer_ask_1", "trainer_ask_2", "trainer_ask_3", "trainer_ask_4"].map((key) => el("li", null, t(key)))),
    el("h3", null, t("caveats")), el("ul", null, data.summary.caveats.slice(0, PRINTED_CAVEATS).map(caveatItem), rest > 0 ? el("li", null, t("more_caveats", { count: number(rest) })) : null));
  if (told) placeAnswer();
}
