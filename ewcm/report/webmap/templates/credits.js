// Who is to be thanked for what the page shows, and under which licence: each source once.

// A sentence of a record may thank several; each of them is named once. A source that names nobody goes by its file.
function creditsOf(inputs) {
  const found = new Map();
  for (const input of inputs) {
    const thanks = input.attribution || input.path, licence = !input.licence || input.licence === "not stated" ? t("licence_not_stated") : input.licence;
    if (!found.has(thanks)) found.set(thanks, new Set());
    found.get(thanks).add(licence);
  }
  return [...found].map(([thanks, licences]) => ({ thanks: thanks.replace(/\.$/, ""), licences: [...licences] }));
}

// The same as one sentence, for pictures and paper.
const creditsText = () => creditsOf(data.summary.inputs).map((one) => one.thanks + " (" + one.licences.join("; ") + ")").join(" · ");

// The line below the map: one word each; the whole list is one click away.
function renderCredits(node) {
  const credits = creditsOf(data.summary.inputs);
  replace(node, t("borders"), credits.length ? [" ", el("details", { class: "credits" },
    el("summary", null, t("credits_title", { count: number(credits.length) })),
    el("ul", null, credits.map((credit) => el("li", null, name(credit.thanks), " · ", name(credit.licences.join("; "))))))] : null);
}

// What the notes say of the ground of the map: where shading and views come from, and what is not drawn.
function groundNotes() {
  const widths = data.pictures.parts_km;
  return [
    widths.length > 1 ? t("pictures_coarser", { km: widths.map(kilometres).join(" – ") }) : null,
    data.opening ? t("opening_share", { share: roughPercent(OPENING.share) }) : null,
    data.relief ? t("relief_note", { source: t("relief_" + data.relief.source) }) : null,
    data.relief_left_out ? t("relief_left_out") : null,
    t("ground_missing"),
  ].filter(Boolean);
}
