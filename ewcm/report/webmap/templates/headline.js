// The headline, its range and the cards: the figures of summary.json for the service and the case of the moment, in words and numbers.

// A figure of the summary. The exact value stays with it for whoever reads the page by machine.
const figure = (value, shown, className) => el("span", { class: className || "figure", "data-value": value }, shown);

const someoneUnknown = (values) => values.unknown > 0;

// Whether it is known who is out of reach; where it is not, no figure of them is shown.
const isTold = (values) => values.uncovered !== null;

// Why there is no figure of those out of reach.
const untoldWords = (values) => t(values.covered === null ? "no_data_for" : "untold_for", { service: serviceName(service()) });

// The sentence that names the case, where it is not the central one.
const caseText = () => (shownCase() === "central" ? "" : t("headline_case_" + shownCase()));

// The first sentence is the headline; what limits it stands below in smaller letters.
function headlineText() {
  return headlineParts().filter(Boolean).join(" ");
}

// The sentence of how many people are out of reach: nobody, one, or more.
const headlineKey = (values) => "headline" + ({ 0: "_none", 1: "_one" }[Math.round(values.uncovered)] || "") + (service() === "any" ? "" : "_service");

function headlineParts() {
  const values = figures(), every = service() === "any";
  const country = data.summary.starter ? t("headline_example", { country: countryName() }) : countryName();
  if (!data.summary.people) return [t("headline_nobody", { country })];
  const words = {
    country, service: serviceName(service()), people: roughly(values.uncovered), share: roughPercent(values.uncovered_share),
    range: roughRange(values.low, values.high), covered: roughly(values.covered),
  };
  if (!isTold(values)) {
    if (!values.covered) return [t(every && data.summary.headline_service === null ? "headline_unknown" : "headline_unknown_service", words)];
    return [t(every ? "headline_untold" : "headline_untold_service", words), caseText()];
  }
  const said = t(headlineKey(values), words);
  return [said, ...basis(), ...nearlyAllCovered(), someoneUnknown(values) ? t("headline_rest", { people: roughly(values.unknown) }) : "", caseText()];
}

// What a figure rests on that a reader could take for more than it is: an estimate, or the sources of some operators as if they were all.
function basis() {
  const estimate = (data.summary.estimated || {})[service()], channels = data.services[service()] || [];
  const said = estimate ? [estimate.set_to_share === null ? t("headline_estimated") : t("headline_estimated_set", { share: percent(estimate.set_to_share) })] : [];
  const alone = data.summary.caveats.find((caveat) => caveat.code === "operators_taken_as_all" && caveat.values.technologies.some((one) => channels.includes(one)));
  return alone ? [...said, t("headline_operators", { operators: alone.values.operators.map((one) => "\u2068" + one + "\u2069").join(comma()) })] : said;
}

// What is said beside the service that the page opens with: of wider ones nearly nobody is out of reach.
const nearlyAllCovered = () => (service() !== data.summary.headline_service ? [] : (data.summary.nearly_all_covered || []).map((wider) => {
  const of = figures(wider);
  const key = Math.round(of.uncovered) === 0 ? "headline_all" : "headline_nearly";
  return t(wider === "any" ? key : key + "_service", { service: serviceName(wider), people: roughly(of.uncovered), range: roughRange(of.low, of.high) });
}));

// What every copy of the figures says first: that they are of STARTER DATA, or made up for an exercise; "" of a user's own data.
const markWords = (length) => (data.summary.starter ? t("starter_" + length) : data.summary.exercise ? t("made_up_" + length) : "");

const oldestInput = () => (data.summary.oldest_input_year === null ? t("oldest_input_unknown") : t("oldest_input", { year: date(String(data.summary.oldest_input_year)) }));

function card(title, className, ...content) {
  return el("div", { class: "card " + (className || "") }, el("h3", null, title), content);
}

// The key of the sentence that says what a service counts.
function meaningOf(name) {
  if (name === "any") return "means_any";
  if (name.includes(" or ")) return "means_separate";
  if (!MOBILE.includes(data.services[name][0])) return "means_channel";
  return name.endsWith("+") ? "means_at_least" : "means_only";
}

const serviceMeaning = () => t(meaningOf(service()), { technology: serviceName(state.technology), newer: (data.services[service()] || []).join(comma()), names: serviceName(service()) })
  + (isTold(figures()) ? "" : " " + untoldWords(figures()));

function renderHeadline() {
  const values = figures(), total = data.summary.people, told = isTold(values);
  const every = service() === "any", any = figures("any"), ofService = { service: serviceName(service()) };
  const [first, ...more] = headlineParts(), rest = more.filter(Boolean).join(" ");
  const cards = [
    card(t("card_people"), "", figure(total, roughly(total)), el("p", null, people(total))),
    card(
      service() === "any" ? t("card_unreached") : t("card_without", { service: serviceName(service()) }),
      "alarm",
      figure(values.uncovered, told ? roughly(values.uncovered) : t("unknown_short")),
      el("p", null, told ? t("of_people", { share: roughPercent(values.uncovered_share) }) : untoldWords(values)),
    ),
    card(
      every ? t("card_unknown") : t("card_unknown_for", ofService), "unsure", figure(values.unknown, roughly(values.unknown)),
      el("p", null, someoneUnknown(values) ? t("of_people", { share: roughPercent(values.unknown_share) }) : every ? t("nobody_unknown") : t("nobody_unknown_for", ofService)),
      every || !someoneUnknown(any) ? null : el("p", null, t("unknown_any", { people: roughly(any.unknown), share: roughPercent(any.unknown_share) })),
    ),
    card(t(told && !worstAreas().length && spotsShown().length ? "card_where_spots" : "card_where"), "where", whereList()),
  ];
  replace(byId("headline"), el("h2", { id: "headline-text" }, first, rest ? [" ", el("span", { class: "rest" }, rest)] : null), rangeBand(), caseControl());
  replace(byId("cards"), el("p", { class: "note", id: "service-meaning" }, serviceMeaning()), el("p", { class: "note", id: "oldest-input" }, oldestInput()), el("div", { class: "cards" }, cards));
}

const leftIn = (area) => figuresOf(area).uncovered;
const worstAreas = () => (state.level === 0 ? [] : areasOf(state.level).filter((area) => leftIn(area) >= 1).sort((a, b) => leftIn(b) - leftIn(a)).slice(0, 3));

// The areas with most unreached people, each a way to go there; the largest coldspots where there are no areas.
function whereList() {
  const values = figures();
  if (!isTold(values)) return el("p", null, untoldWords(values));
  const worst = worstAreas();
  if (!worst.length) {
    const spots = spotsShown().slice(0, 3);
    if (!spots.length && values.uncovered >= 1) return el("p", null, t("where_scattered", { people: number(data.coldspots.min_people) }));
    if (!spots.length) return el("p", null, t("where_nobody"));
    return el("ol", null, spots.map((spot) => el("li", null, link(spotTitle(spot), () => visitColdspot(spot)), " ", figure(peopleIn(spot), roughly(peopleIn(spot)), "plain"))));
  }
  return el("ol", null, worst.map((area) => el("li", null, link(name(areaName(area)), () => visitArea(area)), " ", figure(leftIn(area), roughly(leftIn(area)), "plain"))));
}
