// What a reader does beside reading: the tour, the exercise, "what if we build here", the trainer's sheet. One at a time, named in the
// address (do=…), kept nowhere else.

// The words of the address: "tour", "exercise", "sheet", or "build/4G/30/1.2000/32.3000".
let activity = "";
let openedBy = null; // the control that has the focus again at the end

const ACTIVITIES = { tour: () => renderTour(), exercise: () => renderExercise(), build: () => renderBuild(), sheet: () => renderTrainer() };
const activityName = () => activity.split("/")[0];

function readActivity(words) {
  activity = words && words.split("/")[0] in ACTIVITIES ? words : "";
}

// Shows what the address or the reader asks for; without one the page is as it was.
function renderActivity() {
  const name = activityName(), root = document.documentElement;
  for (const each of Object.keys(ACTIVITIES)) root.classList.toggle("doing-" + each, each === name);
  byId("tour").hidden = name !== "tour";
  byId("activity").hidden = name !== "exercise" && name !== "build";
  byId("trainer").hidden = name !== "sheet";
  if (name !== "build") clearBuild();
  if (name !== "exercise") endExercise();
  if (name !== "tour") markTarget(null);
  if (name) ACTIVITIES[name]();
}

// Begins an activity (or ends it, with no name), and moves the focus to where it goes on.
function startActivity(words) {
  if (words && !activity) openedBy = document.activeElement;
  activity = words;
  if (words !== "") deselect();
  renderActivity();
  writeAddress(true);
  map.invalidateSize({ animate: false });
  if (words) return byId(({ tour: "tour", sheet: "trainer" }[activityName()] || "activity") + "-title").focus();
  const back = openedBy && document.contains(openedBy) && openedBy.offsetParent !== null ? openedBy : openedBy && openedBy.id && byId(openedBy.id);
  (back && back.offsetParent !== null ? back : byId("to-guide")).focus();
  openedBy = null;
}

const endActivity = () => startActivity("");

// A heading with a button that closes what is below it.
const activityHead = (id, text) => el("div", { class: "details-head" }, el("h2", { id, tabindex: "-1" }, text),
  el("button", { type: "button", class: "activity-close", "aria-label": t("close"), title: t("close"), onclick: endActivity }, el("span", { "aria-hidden": "true" }, "×")));

// What a click on the map is for, where an activity asks for a place: true where it was for that.
function takesPlace(place) {
  if (activityName() === "build") placeMast(place);
  else if (activityName() === "exercise") answerOnMap(place);
  else return false;
  return true;
}

const TRAINING = [["tour", "tour"], ["exercise", "exercise"], ["build", "build"], ["sheet", "trainer"]];

// The ways into the activities, in the guide.
function trainingSection() {
  const offered = TRAINING.filter(([name]) => name !== "build" || COUNTS);
  return el("section", { id: "training" }, el("h3", null, t("training_title")), el("p", { class: "note" }, t("training_text")),
    offered.map(([name, word]) => el("p", null, el("button", { type: "button", class: "more", id: "start-" + name, onclick: () => startActivity(name) }, t(word + "_start")))));
}

// Escape ends all but the exercise, whose answers would be lost by a slip; that has buttons.
function startActivities() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && activity && activityName() !== "exercise" && !selected && event.target !== byId("search-box")) endActivity();
  });
  for (const box of [byId("activity"), byId("tour")]) L.DomEvent.disableScrollPropagation(box);
}
