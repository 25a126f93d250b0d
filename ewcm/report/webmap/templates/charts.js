// Small charts, drawn as SVG. Each says in words what it shows.

const CHART_WIDTH = 380;

// A canvas on which x grows in the direction of reading.
function chart(height, label) {
  const rtl = document.documentElement.dir === "rtl";
  const root = svgEl("svg", { viewBox: `0 0 ${CHART_WIDTH} ${height}`, class: "chart", role: "img", "aria-label": label });
  const mirror = (x, width) => (rtl ? CHART_WIDTH - x - width : x);
  return {
    root,
    bar(x, y, width, thickness, colour, title) {
      if (width <= 0) return;
      const shape = svgEl("rect", { x: mirror(x, width), y, width, height: thickness, fill: colour });
      if (title) shape.append(svgEl("title", null, title));
      root.append(shape);
    },
    line(x0, x1, y, half) {
      const [a, b] = [mirror(x0, 0), mirror(x1, 0)];
      root.append(svgEl("path", { d: `M${a} ${y - half}v${2 * half}M${a} ${y}H${b}M${b} ${y - half}v${2 * half}`, class: "whisker" }));
    },
    text(x, y, words, where, bold) {
      root.append(svgEl("text", { x: mirror(x, 0), y, "text-anchor": where, direction: rtl ? "rtl" : "ltr", class: bold ? "strong" : null }, words));
    },
  };
}

// The width of words in a chart [its own units].
const chartPen = document.createElement("canvas").getContext("2d");
function textWidth(words, bold) {
  chartPen.font = `${bold ? 700 : 400} 12px ${getComputedStyle(document.body).fontFamily}`;
  return chartPen.measureText(words).width;
}

// A label in as many lines as it takes, so that nothing of it is cut off.
function linesOf(label, room, bold) {
  const lines = [];
  for (const word of label.split(" ")) {
    const longer = lines.length ? lines[lines.length - 1] + " " + word : word;
    if (lines.length && textWidth(longer, bold) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

// One bar of people: covered, unreached, unknown, with the range of the unreached.
function reachBar(values, label) {
  const draw = chart(34, label), total = values.covered + values.uncovered + values.unknown;
  if (!total) return draw.root;
  const scale = CHART_WIDTH / total;
  draw.root.append(svgEl("rect", { x: 0, y: 0, width: CHART_WIDTH, height: 22, class: "frame" }));
  draw.bar(0, 0, values.uncovered * scale, 22, SHARE_COLOURS.uncovered, t("unreached"));
  draw.bar(values.uncovered * scale, 0, values.covered * scale, 22, SHARE_COLOURS.covered, t("covered"));
  draw.bar((values.uncovered + values.covered) * scale, 0, values.unknown * scale, 22, SHARE_COLOURS.unknown, t("unknown"));
  if (values.high > values.low) draw.line(values.low * scale + 1, values.high * scale - 1, 28, 4);
  return draw.root;
}

function reachByTechnology() {
  const names = Object.keys(data.services), left = 132, line = 14;
  const labels = names.map((name) => linesOf(serviceName(name), left - 8, name === service()));
  const shares = names.map((name) => (isTold(figures(name)) ? percent(figures(name).uncovered_share) : t("unknown_short")));
  const width = CHART_WIDTH - left - Math.max(58, ...shares.map((share) => textWidth(share, true))) - 6;
  const heights = labels.map((lines) => Math.max(26, lines.length * line + 6));
  const words = names.map((name) => t("chart_row", {
    service: serviceName(name), unreached: percent(figures(name).uncovered_share), unknown: percent(figures(name).unknown_share),
  }));
  const draw = chart(heights.reduce((sum, height) => sum + height, 0), named(t("chart_technologies"), words.join("; ")));
  let y = 0;
  names.forEach((name, index) => {
    const values = figures(name), total = values.covered + values.uncovered + values.unknown, top = y;
    labels[index].forEach((words, i) => draw.text(left - 8, top + 15 + i * line, words, "end", name === service()));
    y += heights[index];
    if (!total) return;
    const scale = width / total;
    draw.root.append(svgEl("rect", { x: document.documentElement.dir === "rtl" ? CHART_WIDTH - left - width : left, y: top + 3, width, height: 14, class: "frame" }));
    draw.bar(left, top + 3, values.uncovered * scale, 14, SHARE_COLOURS.uncovered, words[index]);
    draw.bar(left + values.uncovered * scale, top + 3, values.covered * scale, 14, SHARE_COLOURS.covered, words[index]);
    draw.bar(left + (values.uncovered + values.covered) * scale, top + 3, values.unknown * scale, 14, SHARE_COLOURS.unknown, words[index]);
    if (values.high > values.low) draw.line(left + values.low * scale, left + values.high * scale, top + 20, 3);
    draw.text(left + width + 6, top + 15, shares[index], "start", name === service());
  });
  return draw.root;
}

function peopleByDistance() {
  const classes = data.summary.distance;
  const names = classes.map((part) =>
    part.to_km === null ? t("farther", { km: kilometres(part.from_km) }) : t("from_to", { from: number(part.from_km), to: kilometres(part.to_km) }));
  const most = Math.max(...classes.map((part) => part.people), 1), row = 22, left = 112, width = CHART_WIDTH - left - 92;
  const draw = chart(classes.length * row, named(t("chart_distance"), classes.map((part, i) => named(names[i], people(part.people))).join("; ")));
  classes.forEach((part, index) => {
    const y = index * row, length = (part.people / most) * width;
    draw.text(left - 8, y + 15, names[index], "end");
    draw.bar(left, y + 3, Math.max(length, part.people > 0 ? 1 : 0), 15, SHARE_COLOURS.uncovered);
    draw.text(left + length + 6, y + 15, roughly(part.people), "start");
  });
  return draw.root;
}
