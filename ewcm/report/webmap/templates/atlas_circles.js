// The circles of the atlas: none hides another, each has its name where there is room, and a legend says what a size means.

// A country's circle has an area in proportion to the people out of reach, but can always be seen and hit.
const SMALLEST = 9;
const largestCircle = () => (map.getSize().x < 600 ? 26 : 46);
const mostUnreached = () => Math.max(...data.countries.map((country) => country.unreached || 0), 1);
const circleSize = (people) => Math.max(SMALLEST, Math.round(largestCircle() * Math.sqrt(people / mostUnreached())));

const circles = L.layerGroup(), leaders = L.layerGroup(), circleNames = L.layerGroup();

// Circles [{x, y, r}] moved as little as it takes for none to lie on another.
function apart(circlesAtHome) {
  const placed = circlesAtHome.map((one) => ({ ...one }));
  for (let round = 0; round < 300; round++) {
    let moved = false;
    for (let i = 0; i < placed.length; i++) for (let j = i + 1; j < placed.length; j++) {
      const a = placed[i], b = placed[j], gap = a.r + b.r + 2;
      let dx = b.x - a.x, dy = b.y - a.y, distance = Math.hypot(dx, dy);
      if (distance >= gap - 0.01) continue;
      if (distance < 0.01) [dx, dy, distance] = [Math.cos(i), Math.sin(i), 1]; // two at one place part in a fixed direction
      const push = (gap - Math.min(distance, gap)) || gap, ofA = (b.r * b.r) / (a.r * a.r + b.r * b.r); // the smaller one gives way
      a.x -= (dx / distance) * push * ofA;
      a.y -= (dy / distance) * push * ofA;
      b.x += (dx / distance) * push * (1 - ofA);
      b.y += (dy / distance) * push * (1 - ofA);
      moved = true;
    }
    if (!moved) break;
    // Now and then each goes back a little towards its home, so that a crowd does not drift away.
    if (round % 10 === 5 && round < 200) placed.forEach((one, i) => {
      one.x += (circlesAtHome[i].x - one.x) * 0.2;
      one.y += (circlesAtHome[i].y - one.y) * 0.2;
    });
  }
  return placed;
}

// Where a name of this size finds room at this distance of a circle: right, left, below, above. Null for nowhere.
function roomFor(circle, width, height, taken, size, distance) {
  const d = circle.r + distance;
  const spots = [[d, -height / 2], [-d - width, -height / 2], [-width / 2, d], [-width / 2, -d - height], [d * 0.8, d * 0.6], [-d * 0.8 - width, d * 0.6], [d * 0.8, -d * 0.6 - height], [-d * 0.8 - width, -d * 0.6 - height]];
  for (const [x, y] of spots) {
    const box = [circle.x + x, circle.y + y, circle.x + x + width, circle.y + y + height];
    if (box[0] < 2 || box[1] < 2 || box[2] > size.x - 2 || box[3] > size.y - 2) continue;
    if (!taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) return box;
  }
  return null;
}

// Circles are links, so that the keyboard reaches them too.
function drawCircles() {
  for (const group of [circles, leaders, circleNames]) group.clearLayers();
  const shown = data.countries.filter((country) => country.position).sort((a, b) => (b.unreached || 0) - (a.unreached || 0));
  const homes = shown.map((country) => {
    const { x, y } = map.latLngToContainerPoint(country.position);
    return { x, y, r: circleSize(country.unreached || 0) / 2 };
  });
  const placed = apart(homes), size = map.getSize(), pen = el("canvas").getContext("2d");
  pen.font = "600 12px sans-serif";
  const taken = placed.map((one) => [one.x - one.r, one.y - one.r, one.x + one.r, one.y + one.r]);
  const legend = byId("sizes").getBoundingClientRect(), frame = map.getContainer().getBoundingClientRect();
  taken.push([legend.left - frame.left, legend.top - frame.top, legend.right - frame.left, legend.bottom - frame.top]);
  shown.forEach((country, i) => {
    const { x, y, r } = placed[i], at = map.containerPointToLatLng([x, y]);
    const words = named(nameOf(country), known(country) ? people(country.unreached) + " (" + percent(country.share) + ")" + (country.newer ? "; " + newerWords(country.newer) : "") : t("unknown_short"));
    const dot = el("a", { class: "country-dot" + (known(country) ? "" : " none"), href: addressOf(country), "aria-label": words, style: { width: 2 * r + "px", height: 2 * r + "px" } });
    const icon = L.divIcon({ className: "", html: dot, iconSize: [2 * r, 2 * r] });
    circles.addLayer(L.marker(at, { icon, keyboard: false }).bindTooltip(el("span", { dir: document.documentElement.dir }, words), { className: "country-label", direction: "top", offset: [0, -r] }));
    if (Math.hypot(x - homes[i].x, y - homes[i].y) > r) leaders.addLayer(L.polyline([country.position, at], { interactive: false, color: "#7a2e00", weight: 1 }));
    // Where the name finds no room its code may.
    for (const [text, distance] of [[nameOf(country), 3], [nameOf(country), 26], [country.iso3, 3], [country.iso3, 26], [country.iso3, 48]]) {
      const width = pen.measureText(text).width + 4, box = roomFor(placed[i], width, 15, taken, size, distance);
      if (!box) continue;
      taken.push(box);
      if (distance > 3) {
        const nearest = [Math.max(box[0], Math.min(x, box[2])), Math.max(box[1], Math.min(y, box[3]))];
        leaders.addLayer(L.polyline([at, map.containerPointToLatLng(nearest)], { interactive: false, color: "#555", weight: 1, dashArray: "2 2" }));
      }
      const label = L.divIcon({ className: "country-name", html: el("span", { "aria-hidden": "true", dir: "auto" }, text), iconSize: [width, 15], iconAnchor: [0, 0] });
      circleNames.addLayer(L.marker(map.containerPointToLatLng([box[0], box[1]]), { icon: label, interactive: false, keyboard: false }));
      break;
    }
  });
}

// Three circles of round numbers of people, as large as on the map.
function renderSizes() {
  const most = mostUnreached(), step = 10 ** Math.floor(Math.log10(most));
  const top = step * [5, 2, 1].find((times) => times * step <= most);
  const numbers = [top, top / 10, top / 100].filter((count) => count >= 1 && circleSize(count) > SMALLEST);
  replace(byId("sizes"), el("b", null, t("unreached")), el("ul", null, numbers.map((count) => el("li", null,
    el("i", { class: "size-circle", "aria-hidden": "true", style: { width: circleSize(count) + "px", height: circleSize(count) + "px" } }), people(count)))));
}
