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
      const anchor = where === "middle" ? "middle" : (where === "end") !== rtl ? "end" : "start";
      root.append(svgEl("text", { x: mirror(x, 0), y, "text-anchor": anchor, direction: "ltr", class: bold ? "strong" : null }, words));
    },
  };
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
  const names = Object.keys(data.services), row = 26, left = 132, width = CHART_WIDTH - left - 64;
  const words = names.map((name) => t("chart_row", {
    service: serviceName(name), unreached: percent(figures(name).uncovered_share), unknown: percent(figures(name).unknown_share),
  }));
  const draw = chart(names.length * row, named(t("chart_technologies"), words.join("; ")));
  names.forEach((name, index) => {
    const values = figures(name), y = index * row, total = values.covered + values.uncovered + values.unknown;
    draw.text(left - 8, y + 15, serviceName(name), "end", name === service());
    if (!total) return;
    const scale = width / total;
    draw.root.append(svgEl("rect", { x: document.documentElement.dir === "rtl" ? CHART_WIDTH - left - width : left, y: y + 3, width, height: 14, class: "frame" }));
    draw.bar(left, y + 3, values.uncovered * scale, 14, SHARE_COLOURS.uncovered, words[index]);
    draw.bar(left + values.uncovered * scale, y + 3, values.covered * scale, 14, SHARE_COLOURS.covered, words[index]);
    draw.bar(left + (values.uncovered + values.covered) * scale, y + 3, values.unknown * scale, 14, SHARE_COLOURS.unknown, words[index]);
    if (values.high > values.low) draw.line(left + values.low * scale, left + values.high * scale, y + 20, 3);
    draw.text(left + width + 6, y + 15, isTold(values) ? percent(values.uncovered_share) : t("unknown_short"), "start", name === service());
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
