// The exercise: the answers are hidden, choices are scored against the figures of this page, and the page says why.

const QUESTIONS = ["number", "share", "place"];
const HIDDEN_LAYERS = ["coldspots", "next_sites"];
let exercise = null; // {about, answers: {question: {…}}, kept: what the map showed before}

// What an exercise is about; with another network, case or level it begins anew.
const exerciseAbout = () => [service(), shownCase(), state.level].join("/");

// One siren where the grid is fine enough for its circle, else one site.
const placeKm = () => (COUNTS && COUNTS.siren_km[1] >= Math.max(...data.cell_km) * COUNTS.factor ? COUNTS.siren_km[1] : data.coldspots.radius_km);
const isSiren = () => placeKm() !== data.coldspots.radius_km;

function beginExercise() {
  const kept = exercise ? exercise.kept : { layers: new Set(state.layers), shade: state.shade };
  exercise = { about: exerciseAbout(), answers: {}, kept };
  for (const layer of HIDDEN_LAYERS) state.layers.delete(layer);
  state.shade = "none";
  renderMap();
}

// The answers come back: the map shows again what it showed before.
function endExercise() {
  exerciseLayer.remove();
  if (!exercise) return;
  state.layers = exercise.kept.layers;
  state.shade = exercise.kept.shade;
  exercise = null;
  renderPanel();
  renderMap();
}

const exerciseLayer = L.layerGroup();

function drawExercise() {
  exerciseLayer.clearLayers();
  const { place, best } = exercise.answers.place || { place: exercise.place, best: null };
  const circle = (at, look) => at && exerciseLayer.addLayer(L.circle([at.lat, at.lng], { radius: placeKm() * 1000, interactive: false, weight: 3, fillOpacity: 0.08, ...look }));
  circle(best, { color: "#0a5c2b", dashArray: "7 5" });
  circle(place, { color: "#7a0043" });
  exerciseLayer.addTo(map);
}

// The value by which an area is right for a question; null where it is not known who is out of reach there.
const worth = (question, area) => (!isKnownIn(area) ? null : question === "number" ? figuresOf(area).uncovered : shareOf(area));
const showWorth = (question, value) => (question === "number" ? t("people_out", { people: people(value) }) : percent(value));

// The best answers of a question, of the areas that are known.
const bestAreas = (question) => areasOf(state.level).filter((area) => worth(question, area) > 0).sort((a, b) => worth(question, b) - worth(question, a));

// Points of 100: the worth of a choice as a share of the best one's. What is not known has none.
const points = (value, best) => (value === null || !(best > 0) ? 0 : Math.min(100, Math.round((100 * value) / best)));

function answerArea(question, area) {
  const [best] = bestAreas(question), value = worth(question, area);
  exercise.answers[question] = { area, value, best, points: best ? points(value, worth(question, best)) : 0 };
  afterAnswer(question);
}

async function answerPlace() {
  await whenCounted();
  if (!exercise || !exercise.place) return;
  const name = countedService(service()), which = shownCase(), found = countIn(exercise.place, placeKm(), name, which), best = bestCircle(placeKm(), name, which);
  exercise.answers.place = { place: exercise.place, found, best, points: best ? points(found.uncovered, best.people) : 0 };
  afterAnswer("place");
}

function afterAnswer(question) {
  renderExercise();
  const why = byId("why-" + question);
  announce(why.textContent);
  why.focus();
}

// A click on the map: the area for the first question that waits for one, else the place of the siren.
function answerOnMap(place) {
  const waiting = questionsAsked().find((question) => !exercise.answers[question]);
  if (!waiting) return;
  if (waiting === "place") {
    exercise.place = { lat: place.lat, lng: place.lng };
    renderExercise();
    return announce(t("exercise_place_set"));
  }
  const area = areaAt(place);
  if (!area) return announce(t("exercise_no_area"));
  byId("choose-" + waiting).value = area.id;
  announce(areaName(area));
}

const questionsAsked = () => QUESTIONS.filter((question) => (question === "place" ? countedService(service()) : areasOf(state.level).length > 1 && state.level > 0));

function whyArea(question, { area, value, best, points: scored }) {
  const words = { area: isolated(areaName(area)), value: value === null ? "" : showWorth(question, value), best: best ? isolated(areaName(best)) : NO_VALUE, best_value: best ? showWorth(question, worth(question, best)) : NO_VALUE };
  return [t("exercise_score", { points: number(scored) }), t(value === null ? "exercise_why_unknown" : "exercise_why_area", words), t("exercise_compares_area", choiceInWords())];
}

function whyPlace({ found, best, points: scored }) {
  return [
    t("exercise_score", { points: number(scored) }),
    best ? t("exercise_why_place", { people: roughly(found.uncovered), best: roughly(best.people), where: positionInWords(best) }) : t("exercise_nobody"),
    found.unknown >= 0.5 ? t("exercise_unknown_place", { people: roughly(found.unknown) }) : "",
    t("exercise_compares_place", { ...choiceInWords(), service: serviceName(countedService(service())), cell: kilometres(data.cell_km[0] * COUNTS.factor) }),
  ].filter(Boolean);
}

const choiceInWords = () => ({ service: serviceName(service()), case: t("case_" + shownCase()) });

// A position, and the named place next to it.
function positionInWords({ lat, lng }) {
  const far = (place) => L.CRS.Earth.distance(L.latLng(lat, lng), L.latLng(place[1], place[2])) / 1000;
  const nearest = data.places.reduce((best, place) => (!best || far(place) < far(best) ? place : best), null);
  const at = isolated(number(lat, 3) + "; " + number(((lng + 540) % 360) - 180, 3));
  return nearest ? t("exercise_beside", { position: at, place: isolated(placeName(nearest)), km: kilometres(far(nearest)) }) : at;
}

function questionNode(question, place) {
  const answered = exercise.answers[question], title = el("h3", { id: "question-" + question }, number(place + 1) + ". " + t(question === "place" ? (isSiren() ? "exercise_siren" : "exercise_site") : "exercise_" + question, { km: kilometres(placeKm()) }));
  if (answered) return el("section", { class: "question answered" }, title, el("div", { id: "why-" + question, class: "why", tabindex: "-1", "data-points": answered.points },
    (question === "place" ? whyPlace(answered) : whyArea(question, answered)).map((line, i) => el("p", { class: i ? null : "strong" }, line))));
  const answer = el("button", { type: "button", id: "answer-" + question, onclick: () => {
    if (question === "place") return answerPlace();
    const area = areasOf(state.level).find((one) => one.id === byId("choose-" + question).value);
    return area ? answerArea(question, area) : announce(t("exercise_choose"));
  } }, t("exercise_answer"));
  if (question === "place") {
    answer.disabled = !exercise.place;
    return el("section", { class: "question" }, title, el("p", { class: "note" }, t(exercise.place ? "exercise_place_set" : "exercise_no_place")),
      el("div", { class: "activity-fields" }, el("button", { type: "button", id: "place-here", onclick: () => {
        exercise.place = map.getCenter();
        renderExercise();
        byId("answer-place").focus();
      } }, t("build_here")), answer));
  }
  const sorted = areasOf(state.level).slice().sort((a, b) => collator().compare(areaName(a), areaName(b)));
  return el("section", { class: "question" }, title, el("div", { class: "activity-fields" },
    el("select", { id: "choose-" + question, "aria-labelledby": "question-" + question }, el("option", { value: "" }, t("exercise_choose")), sorted.map((area) => el("option", { value: area.id }, areaName(area)))), answer));
}

function renderExercise() {
  if (!exercise || exercise.about !== exerciseAbout()) beginExercise();
  const asked = questionsAsked(), answers = asked.map((question) => exercise.answers[question]), done = answers.filter(Boolean);
  const told = isTold(figures()) && asked.length > 0;
  const sum = done.reduce((total, answer) => total + answer.points, 0);
  replace(byId("activity"),
    activityHead("activity-title", t("exercise_title")),
    el("p", { class: "note" }, told ? t("exercise_text", choiceInWords()) : t("exercise_untold", { service: serviceName(service()) })),
    markWords("short") ? el("p", { class: "note strong" }, markWords("short")) : null,
    told ? asked.map(questionNode) : null,
    told && done.length === asked.length ? el("p", { id: "exercise-total", class: "strong" }, t("exercise_total", { points: number(sum), all: number(100 * asked.length) })) : null,
    el("div", { class: "activity-buttons" },
      el("button", { type: "button", id: "exercise-again", onclick: () => {
        beginExercise();
        renderExercise();
        byId("activity-title").focus();
      } }, t("exercise_again")),
      el("button", { type: "button", id: "exercise-end", onclick: endActivity }, t("exercise_end"))));
  drawExercise();
}
