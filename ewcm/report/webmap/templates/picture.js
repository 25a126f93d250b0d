// The map as a picture for a slide: 1920 × 1080, with the headline, what the colours mean, the scale and the sources, in the reader's language.

const PICTURE = { width: 1920, height: 1080, map: { x: 40, y: 170, width: 1330, height: 800 }, side: { x: 1400, width: 480 } };
const FONT = '"Segoe UI", Roboto, "Noto Sans", "Noto Sans Arabic", "DejaVu Sans", Tahoma, Arial, sans-serif';

// Writes a text in lines of a width at most, and returns where the next line would stand; what has no room ends with "…".
function writeLines(pen, text, x, y, { width, size, weight = 400, colour = "#1d2733", most = 99 }) {
  pen.font = `${weight} ${size}px ${FONT}`;
  pen.fillStyle = colour;
  const lines = [];
  let line = "";
  for (const word of text.split(/[ \n]+/)) { // spaces that do not break hold signs and numbers together
    const longer = line ? line + " " + word : word;
    if (line && pen.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  const shown = lines.slice(0, most);
  if (lines.length > most) {
    let last = shown[most - 1];
    while (last && pen.measureText(last + "…").width > width) last = last.slice(0, -1);
    shown[most - 1] = last + "…";
  }
  shown.forEach((words, i) => pen.fillText(words, x, y + i * size * 1.3, width));
  return y + shown.length * size * 1.3;
}

// The SVG of the land as a picture: drawn once more, without the page around it.
async function imageOfSvg(svg) {
  const image = new Image();
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(svg));
  await image.decode();
  return image;
}

// All layers of the map from below, as they stand on it, onto a canvas whose origin is the corner of the map.
async function drawLayers(pen) {
  const corner = map.containerPointToLayerPoint([0, 0]), size = map.getSize();
  const { _container: svg, _bounds: bounds } = land, view = svg.cloneNode(true);
  const [width, height] = [svg.getAttribute("width"), svg.getAttribute("height")];
  view.setAttribute("style", "");
  const ground = await imageOfSvg(view);
  pen.fillStyle = LAND_COLOURS.water;
  pen.fillRect(0, 0, size.x, size.y);
  pen.drawImage(ground, bounds.min.x - corner.x, bounds.min.y - corner.y, Number(width), Number(height));
  const border = swipeShare() * size.x;
  for (const pane of ["relief", "mosaic", "beside", "masts", "shapes"]) {
    pen.save();
    if (beside && (pane === "mosaic" || pane === "beside")) {
      pen.beginPath();
      pen.rect(pane === "mosaic" ? 0 : border, 0, pane === "mosaic" ? border : size.x - border, size.y);
      pen.clip();
    }
    for (const canvas of map.getPane(pane) ? all("canvas", map.getPane(pane)) : []) {
      const at = L.DomUtil.getPosition(canvas).subtract(corner);
      pen.drawImage(canvas, at.x, at.y, canvas.clientWidth, canvas.clientHeight);
    }
    pen.restore();
  }
  if (beside) {
    pen.fillStyle = "#111";
    pen.fillRect(border - 1.5, 0, 3, size.y);
  }
}

// Names and numbers stand on the map as text of the page: they are written where the page has them.
function drawTexts(pen) {
  const origin = map.getContainer().getBoundingClientRect();
  pen.lineJoin = "round";
  for (const node of all(".place-labels b", map.getContainer())) {
    const box = node.getBoundingClientRect(), style = getComputedStyle(node), dot = node.parentNode.querySelector("i");
    pen.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${FONT}`;
    pen.textAlign = "center";
    pen.strokeStyle = "#ffffffdd";
    pen.lineWidth = 3.5;
    pen.fillStyle = style.color;
    const x = box.left + box.width / 2 - origin.left, y = box.top + box.height / 2 - origin.top + 4;
    pen.strokeText(node.textContent, x, y);
    pen.fillText(node.textContent, x, y);
    if (!dot) continue;
    const at = dot.getBoundingClientRect();
    pen.beginPath();
    pen.arc(at.left + at.width / 2 - origin.left, at.top + at.height / 2 - origin.top, at.width / 2, 0, 2 * Math.PI);
    pen.fillStyle = getComputedStyle(dot).backgroundColor;
    pen.fill();
  }
  for (const node of all(".badge span", map.getContainer()).reverse()) {
    const box = node.getBoundingClientRect(), x = box.left + box.width / 2 - origin.left, y = box.top + box.height / 2 - origin.top;
    pen.beginPath();
    pen.arc(x, y, 12, 0, 2 * Math.PI);
    pen.fillStyle = SPOT_COLOUR;
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = "#fff";
    pen.stroke();
    pen.fillStyle = "#fff";
    pen.font = `700 13px ${FONT}`;
    pen.textAlign = "center";
    pen.fillText(node.textContent, x, y + 4.5);
  }
  pen.textAlign = "start";
}

// The bar of the scale, true in the middle of the map, and where north is.
function drawScale(pen, height) {
  const y = height / 2, metres = geodesicMetres(map.containerPointToLatLng([0, y]), map.containerPointToLatLng([100, y])) / 100;
  const length = tidyLength(metres * 220), width = length / metres, words = isolated(lengthWords(length));
  pen.direction = "ltr";
  pen.font = `600 17px ${FONT}`;
  pen.fillStyle = "#ffffffe0";
  pen.fillRect(12, height - 46, width + pen.measureText(words).width + 92, 34);
  pen.strokeStyle = pen.fillStyle = "#111";
  pen.lineWidth = 2.5;
  pen.beginPath();
  pen.moveTo(22, height - 34);
  pen.lineTo(22, height - 22);
  pen.lineTo(22 + width, height - 22);
  pen.lineTo(22 + width, height - 34);
  pen.stroke();
  pen.fillText(words, 32 + width, height - 22);
  pen.fillText("▲ " + t("north_letter"), 46 + width + pen.measureText(words).width, height - 22);
}

// The islands of the small maps that lie outside the picture: the headline counts their people too.
function outsideWords() {
  const outside = OPENING.insets.filter((inset) => !map.getBounds().intersects(inset.bounds));
  return outside.length ? t("picture_outside", { people: roughly(outside.reduce((sum, inset) => sum + inset.people, 0)) }) : "";
}

// What the legend tells of a layer of the findings: which of its maps is shown, its classes, ground without a colour and ground that is unknown.
function findingRows(name) {
  const layer = findingLayers.get(name), step = layer.steps.length ? stepWords(layer) : layer.places[layer.picture.place];
  return [
    { words: withUnits([inLanguage(layer.title), step].filter(Boolean).join(" · "), layer.units) },
    ...classWords(layer).map((words, i) => ({ colour: layer.colours[i], words })),
    { words: blankWords(layer) },
    layer.picture.hasUnknown() ? { colour: "#ffffff", texture: "squares", words: unknownWords(layer) } : null,
  ];
}

// What the legend tells, as rows of a colour, a texture and words, and of ramps.
function legendRows() {
  const on = (layer) => state.layers.has(layer) && !isHidden(layer), share = wholePercent(data.threshold), rampOf = (title, colours, edges, show) => ({ title, colours, edges, show });
  const edges = data.pictures.people_edges.slice(1);
  return [
    on("unreached") && isUnreachedDrawn() ? rampOf(t("layer_unreached") + " – " + t("legend_per_km2"), UNREACHED_COLOURS, edges, edgeWords) : null,
    on("unreached") && spreadWords() ? { words: spreadWords() } : null,
    on("people") ? rampOf(t("layer_people") + " – " + t("legend_per_km2"), PEOPLE_COLOURS, edges, edgeWords) : null,
    state.shade === "none" || !areasOf(state.level).some(isKnownIn) ? null : rampOf(t(state.shade === "share" ? "legend_shade_share" : "legend_shade_number", { service: serviceName(service()) }), SHADE_COLOURS, shadeClasses(), state.shade === "share" ? wholePercent : edgeWords),
    on("coverage") && drawn((here) => here === COVERED) ? { colour: COVERED_COLOUR, words: t(ofGroundOrChance("legend_covered"), { share }) } : null,
    on("coverage") && drawn((here) => here === PARTLY) ? { colour: COVERED_COLOUR, texture: "dots", words: t(ofGroundOrChance("legend_partly"), { share }) } : null,
    on("coverage") && isEstimated() ? { colour: COVERED_COLOUR, texture: "wide", words: t("legend_estimated") } : null,
    (on("unknown") && drawn((here) => here === UNKNOWN)) || (state.shade !== "none" && !areasOf(state.level).every(isKnownIn)) ? { colour: "#ffffff", texture: "cross", words: t("legend_unknown") } : null,
    ...[...findingLayers.keys()].filter(on).flatMap(findingRows),
    on("coldspots") && drawnSpots().length ? { colour: SPOT_COLOUR, round: true, words: [t("named", { name: t("layer_coldspots"), value: t("legend_coldspots", { km: kilometres(data.coldspots.radius_km) }) }), ...spotNotes()].join(" ") } : null,
    ...(beside ? swipeNotes().filter((words) => words !== t("swipe_hidden")).map((words) => ({ words })) : []),
    outsideWords() ? { words: outsideWords() } : null,
    on("sites") ? { colour: SITE_COLOUR, words: t("layer_sites") } : null,
  ].filter(Boolean);
}

function drawSample(pen, row, x, y) {
  if (!row.colour) return; // words alone
  pen.fillStyle = row.colour;
  pen.beginPath();
  if (row.round) pen.arc(x + 17, y + 11, 11, 0, 2 * Math.PI);
  else pen.rect(x, y, 34, 22);
  pen.fill();
  if (row.texture) {
    pen.fillStyle = texture(pen, row.texture, 1.4);
    pen.fill();
  }
  pen.lineWidth = 1;
  pen.strokeStyle = "#444";
  pen.stroke();
}

// A row of colours with the lower edge of each class below.
function drawRamp(pen, row, start, y, rtl) {
  const { width } = PICTURE.side, step = width / row.colours.length;
  row.colours.forEach((colour, i) => {
    const left = rtl ? start - (i + 1) * step : start + i * step;
    pen.fillStyle = colour;
    pen.fillRect(left, y, step, 20);
    pen.strokeStyle = "#444";
    pen.lineWidth = 1;
    pen.strokeRect(left, y, step, 20);
    if (i > row.edges.length) return;
    pen.fillStyle = "#1d2733";
    pen.font = `400 15px ${FONT}`;
    pen.fillText(edgeLabel(row.edges, i, row.show), rtl ? left + step : left, y + 38);
  });
}

function drawLegend(pen, rtl, top) {
  const { x, width } = PICTURE.side, start = rtl ? PICTURE.width - x : x, way = rtl ? -1 : 1;
  let y = writeLines(pen, ownSideWords(), start, top, { width, size: 22, weight: 700 }) + 14;
  for (const row of legendRows()) {
    if (!row.colours) {
      drawSample(pen, row, rtl ? start - 34 : start, y - 17);
      y = writeLines(pen, row.words, start + way * 46, y, { width: width - 46, size: 18 }) + 12;
      continue;
    }
    y = writeLines(pen, row.title, start, y, { width, size: 18, weight: 600 }) - 8;
    drawRamp(pen, row, start, y, rtl);
    y += 66;
  }
  return y;
}

// Everything around the map: title, headline, legend and sources.
function drawFrame(pen, rtl) {
  const start = rtl ? PICTURE.width - 40 : 40, { side } = PICTURE, sideStart = rtl ? PICTURE.width - side.x : side.x;
  let top = 0;
  const otherMark = beside && beside.page && beside.page.mark ? named(isolated(beside.page.name), t(beside.page.mark + "_short")) : "", mark = markWords("banner") || otherMark;
  if (mark) {
    pen.fillStyle = "#ffd34d";
    pen.fillRect(0, 0, PICTURE.width, 38);
    writeLines(pen, mark, start, 27, { width: PICTURE.width - 80, size: 20, weight: 700, most: 1 });
    top = 38;
  }
  const title = writeLines(pen, countryName(), start, top + 46, { width: 900, size: 38, weight: 700, most: 1 });
  const words = beside ? ownSideWords() + " | " + serviceName(beside.service) + " · " + t("case_" + beside.case) + " — " + differenceWords() : headlineText();
  writeLines(pen, words, start, title - 12, { width: PICTURE.width - 80, size: 24, weight: 600, most: 3 - Number(mark !== "") });
  const y = drawLegend(pen, rtl, PICTURE.map.y + 26);
  const room = Math.max(2, Math.floor((PICTURE.map.y + PICTURE.map.height - y - 20) / 20));
  const small = { width: side.width, size: 15, colour: "#4d5a68" };
  const below = writeLines(pen, oldestInput() + " · " + t("credits"), sideStart, y + 24, { ...small, most: 1 });
  // The thanks stand as their sources ask for them, in Latin letters: from right to left their brackets and points would turn round.
  pen.direction = "ltr";
  if (rtl) pen.textAlign = "right";
  writeLines(pen, creditsText(), sideStart, below, { ...small, most: room - 1 });
  pen.direction = rtl ? "rtl" : "ltr";
  pen.textAlign = "start";
  writeLines(pen, t("product") + " · ewcm " + data.version + " · " + t("borders"), start, PICTURE.height - 62, { width: PICTURE.width - 80, size: 17, colour: "#4d5a68", most: 2 });
}

// What the reader sees of the map beside its tools, the legend and the insets: on the picture nothing hides a part of it.
function boundsInView() {
  const { paddingTopLeft: [left, top], paddingBottomRight: [right, bottom] } = room(), size = map.getSize();
  if (left + right > size.x / 2) return map.getBounds();
  return L.latLngBounds([map.containerPointToLatLng([left, top]), map.containerPointToLatLng([size.x - right, size.y - bottom])]);
}

// The map at the size of the picture, and after that again as the reader had it.
async function mapPicture() {
  const bounds = boundsInView(), view = [map.getCenter(), map.getZoom()], remembered = rememberedView, root = document.documentElement;
  const canvas = el("canvas", { width: PICTURE.width, height: PICTURE.height }), pen = canvas.getContext("2d"), rtl = root.dir === "rtl";
  root.classList.add("picturing");
  map.invalidateSize({ animate: false, pan: false });
  map.fitBounds(bounds, { animate: false });
  try {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, PICTURE.width, PICTURE.height);
    const { y, width, height } = PICTURE.map, x = rtl ? PICTURE.width - PICTURE.map.x - width : PICTURE.map.x;
    pen.save();
    pen.beginPath();
    pen.rect(x, y, width, height);
    pen.clip();
    pen.translate(x, y);
    await drawLayers(pen);
    drawTexts(pen);
    drawScale(pen, height);
    pen.restore();
    pen.strokeStyle = "#555";
    pen.lineWidth = 1.5;
    pen.strokeRect(x, y, width, height);
    pen.direction = rtl ? "rtl" : "ltr";
    pen.textAlign = "start";
    drawFrame(pen, rtl);
  } finally {
    root.classList.remove("picturing");
    map.invalidateSize({ animate: false, pan: false });
    map.setView(...view, { animate: false });
    rememberedView = remembered; // nothing has changed for the reader
    writeAddress();
  }
  return canvas;
}

async function savePicture() {
  const canvas = await mapPicture(), of = service().replace("+", "plus").replaceAll(" ", "_"), which = shownCase();
  canvas.toBlob((blob) => {
    if (!blob) return announce(t("picture_failed"));
    download(`${data.summary.iso3}_${of}_${which}${which === "central" ? "" : "_coverage"}.png`, "image/png", blob);
    return announce(t("picture_saved"));
  }, "image/png");
  byId("menu-toggle").focus();
}
