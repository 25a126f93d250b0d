// The answer to an alert: what to do first, who is inside, whom each channel reaches, and where those are who are left.

const figure = (value) => (value === null || value === undefined ? t("unknown_short") : people(value));
const span = (row, key) => (row[key] === null ? t("unknown_short") : isRange(row[key + "_low"], row[key + "_high"]) ? people(row[key]) + " (" + range(row[key + "_low"], row[key + "_high"]) + ")" : people(row[key]));
const listed = (words) => new Intl.ListFormat(locale(), { type: "conjunction" }).format(words);
const channelName = (channel) => (has("alert_channel_" + channel.replace(" ", "_")) ? t("alert_channel_" + channel.replace(" ", "_")) : channel);
// Where people live: near a place, or so many kilometres from it.
function whereabouts(row) {
  const far = row.distance_km !== null && row.distance_km >= 5;
  const text = t(far ? "alert_away" : "alert_near", { km: far ? number(Math.round(row.distance_km)) : "", place: "{place}" });
  return ofPlace(text, row.place).replace("{place}", () => row.place);
}
// A step that names places or areas is said without them where none are known.
const stepText = (step) => {
  const places = step.places ? step.places.map(whereabouts) : step.areas || [];
  const key = "alert_step_" + step.code + ((step.places || step.areas) && !places.length ? "_nowhere" : "");
  return t(key, { ...shownValues(step), people: step.people === undefined ? "" : roughly(step.people), places: listed(places), areas: listed(places), channels: listed((step.channels || []).map(channelName)), status: capWord("status", step.status || ""), event: step.event || t("alert_line_listed_sites"), sent: step.sent ? date(step.sent) : "" });
};
const stateText = (alert) => t("alert_state_" + alert.state.replace(" ", "_"));

const gravity = (event) => { const at = ["Extreme", "Severe", "Moderate", "Minor"].indexOf(event.severity); return at < 0 ? 4 : at; };
const gravest = (events) => [...events].sort((a, b) => gravity(a) - gravity(b));

const placesTable = (places) => table([t("place"), t("alert_inside"), t("alert_left"), t("unknown")], places.map((row) => [whereabouts(row), figure(row.inside), span(row, "left"), figure(row.unknown)]), t("alert_where"));

// A word of CAP, such as "Severe"; one that is none of CAP as it is written.
const capWord = (kind, word) => (has("cap_" + kind + "." + word) ? t("cap_" + kind + "." + word) : word);
const utc = (time) => date(time) + " " + time.slice(11, 16) + " UTC";
const saidItem = (said) => el("li", { dir: "auto" }, t("cap_said." + said.code, shownValues(said.values)));

// What a sender wrote is shown in the language that was asked for where there is one, else in its first.
const LONG_CODES = { eng: "en", fra: "fr", fre: "fr", spa: "es", por: "pt", ara: "ar" };
function inLanguage(texts) {
  const codes = Object.keys(texts).filter((each) => texts[each]);
  const primary = (each) => each.trim().toLowerCase().split(/[-_]/)[0];
  const code = codes.find((each) => (LONG_CODES[primary(each)] || primary(each)) === language) || codes[0];
  return code === undefined ? null : el("span", { lang: code, dir: "auto" }, texts[code]);
}

// A row a channel of what is reached, and one of all together.
function channelRows(found) {
  const about = (row) => [row.state === "assumed" ? t("alert_assumed") : null, row.of_map ? t("alert_of_map") : null, row.minutes_to_all === undefined ? null : t("alert_sms_minutes", { minutes: number(Math.ceil(row.minutes_to_all)) })];
  const rows = found.channels.map((row) => [channelName(row.channel) + about(row).filter(Boolean).map((text) => " (" + text + ")").join(""), span(row, "reached"), span(row, "left"), figure(row.unknown)]);
  return [...rows, [t("alert_together"), span(found.together, "reached"), span(found.together, "left"), figure(found.together.unknown)]];
}

// Numbers as the language writes them.
const shownValues = (values) => Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === "number" ? number(value) : decimal(value)]));

// What is left of the reach after a loss of sites.
function lossPart(found, parts, places) {
  const title = found.hours === null ? t("alert_after_loss_list") : t("alert_after_loss", { event: found.event, hours: number(found.hours) });
  return [el("h4", null, title), table([t("alert_channel"), ...parts], channelRows(found), title),
    places.length ? placesTable(places) : null,
    el("p", null, t("alert_sites_out", { out: number(Math.round(found.sites_out)), sites: number(found.sites) })),
    el("ul", null, found.caveats.map((note) => el("li", null, t("loss_" + note.code, shownValues(note.values)))))];
}

function targetingPart(found) {
  const rows = found.methods.map((row) => [t("alert_way_" + row.method), number(row.sites), span(row, "under_alert"), span(row, "overshoot"), figure(row.unknown)]);
  return [el("h4", null, found.service === "any" ? t("alert_targeting") : named(t("alert_targeting"), serviceName(found.service))), table([t("alert_way"), t("alert_sites"), t("alert_missed"), t("alert_overshoot"), t("unknown")], rows, t("alert_targeting"))];
}

function countryPart(alert, country) {
  const all = country.together, parts = [t("alert_reached"), t("alert_left"), t("unknown")];
  const channels = channelRows(country);
  const events = gravest(country.events).map((event) => [inLanguage(event.headlines), capWord("severity", event.severity), t("alert_state_" + event.state.replace(" ", "_")), event.expires ? utc(event.expires) : NO_VALUE, figure(event.inside), span(event, "left")]);
  const over = country.events.filter((event) => !event.counted).length;
  const tile = (title, text) => el("div", null, title, el("b", null, text));
  return el("div", { class: "country" },
    el("h3", null, country.names[language] || country.name),
    gradeWords(country.data_grade, "banner") ? el("p", { class: "starter" }, gradeWords(country.data_grade, "banner")) : null,
    el("h4", null, t("alert_first")),
    el("ol", { class: "steps" }, country.first_steps.map((step) => el("li", null, stepText(step)))),
    el("div", { class: "figures" }, tile(t("alert_inside"), figure(country.inside)), tile(t("alert_reached"), figure(all.reached)), tile(t("alert_left"), figure(all.left)), tile(t("unknown"), country.inside === null ? t("unknown_short") : figure(all.unknown))),
    over ? el("p", null, t("alert_over", { over: number(over), events: number(country.events.length) })) : null,
    country.area_known ? null : el("p", null, t("alert_at_least")),
    table([t("alert_channel"), ...parts], channels, t("alert_by_channel")),
    country.places.length ? placesTable(country.places) : null, // before the loss, of which they know nothing
    country.after_loss ? lossPart(country.after_loss, parts, country.places_after) : null,
    country.targeting ? targetingPart(country.targeting) : null,
    country.events.length > 1 ? table([t("alert_event"), t("alert_severity"), t("alert_state"), t("alert_expires"), t("alert_inside"), t("alert_left")], events, t("alert_event")) : null,
    country.points.length ? [el("h4", null, t("alert_points_left")), table([t("place"), t("alert_point_kind"), t("alert_in_cell"), t("unknown")], country.points.map((row) => [name(row.place), name(row.kind), span(row, "left"), figure(row.unknown)]), t("alert_points_left"))] : null);
}

// What an event is: how grave, urgent and sure, what to do, and when.
function eventLine(event) {
  const words = [capWord("severity", event.severity), capWord("urgency", event.urgency), capWord("certainty", event.certainty), ...event.responses.map((each) => capWord("response", each))];
  const until = event.expires ? named(t("alert_expires"), utc(event.expires)) : "";
  return el("p", null, el("b", null, inLanguage(event.event_in) || name(event.event)), ...[...words, until].filter((text) => text).map((text) => " · " + text));
}

function alertPart(alert) {
  const events = gravest(alert.events);
  const calm = alert.state === "in force" && alert.status === "Actual" && !["Private", "Restricted"].includes(alert.scope);
  const what = [capWord("kind", alert.kind), capWord("status", alert.status), ...(alert.scope && alert.scope !== "Public" ? [capWord("scope", alert.scope)] : []), stateText(alert)];
  const first = el("ol", { class: "steps" }, alert.first.map((step) => el("li", null, stepText(step))));
  const answers = alert.state === "answers";
  return el("section", { class: "alert" },
    el("h2", null, (events.length && inLanguage(events[0].headlines)) || name(alert.identifier)),
    el("p", null, el("span", { class: "state" + (calm ? " good" : "") }, what.join(" · ")), " ", name(alert.sender), " ", alert.sent ? utc(alert.sent) : ""),
    events.map(eventLine),
    answers || !alert.countries.length ? first : null,
    answers ? null : alert.countries.length ? alert.countries.map((country) => countryPart(alert, country)) : el("p", null, t("alert_touches_none")),
    alert.caveats.length ? el("ul", null, alert.caveats.map(saidItem)) : null);
}

const marks = L.layerGroup();

function draw() {
  marks.clearLayers();
  const frame = L.latLngBounds([]);
  const countries = data.alerts.flatMap((alert) => alert.countries);
  for (const country of countries) {
    const land = L.polygon(country.outlines.map(pointsOf), { interactive: false, fillColor: "#f4f1ea", fillOpacity: 1, color: "#b9b4a8", weight: 0.8 });
    marks.addLayer(land);
  }
  for (const country of countries) {
    if (country.ground.length) {
      const ground = L.polygon(country.ground.map(pointsOf), { interactive: false, fillColor: "#d1495b", fillOpacity: 0.18, color: "#a4243b", weight: 2 });
      marks.addLayer(ground);
      frame.extend(ground.getBounds());
    }
    const most = Math.max(...country.places.map((row) => row.left || 0), 1);
    for (const row of country.places) {
      if (!row.left) continue;
      const words = named(row.place, span(row, "left"));
      marks.addLayer(L.circleMarker([row.left_lat, row.left_lon], { radius: 4 + 14 * Math.sqrt(row.left / most), color: "#7a2e00", weight: 1, fillColor: "#d95f0e", fillOpacity: 0.8 }).bindTooltip(el("span", { dir: document.documentElement.dir }, words)));
    }
  }
  byId("world").hidden = !frame.isValid();
  if (frame.isValid()) {
    map.invalidateSize();
    map.fitBounds(frame, { animate: false, padding: [20, 20] });
  }
}

function render() {
  translatePage();
  document.title = t("alert_title");
  const touching = data.alerts.filter((alert) => alert.countries.length);
  byId("headline").textContent = t("alert_headline", { alerts: number(data.alerts.length), touching: number(touching.length), time: utc(data.at) });
  map.getContainer().setAttribute("aria-label", t("alert_map"));
  replace(byId("alerts"), [...touching, ...data.alerts.filter((alert) => !alert.countries.length)].map(alertPart));
  replace(byId("left-out"), data.caveats.length ? [el("h3", null, t("alert_left_out")), el("ul", null, data.caveats.map(saidItem))] : []);
  draw();
  history.replaceState(null, "", "#lang=" + language);
}

offerLanguages(render);
marks.addTo(map);
map.setView([0, 0], 3, { animate: false });
readLanguage();
render();
document.documentElement.setAttribute("data-ready", "yes");
