// Insets: groups of islands that lie far outside the opening view, each a small map that leads there.

const OPENING = data.opening || { bounds: data.bounds, insets: [], share: 1, outside: 0 };

let ownRings = null;
// The country's own land, as polygons of rings.
function ownLand() {
  const own = data.areas.filter((area) => area.level === 0 && area.shape.length).flatMap((area) => area.shape);
  return (ownRings = ownRings || decode(own.length ? own : data.basemap.own));
}

// How much of the window the insets hide below.
const insetsHeight = () => (OPENING.insets.length && byId("insets") ? byId("insets").offsetHeight : 0);

const insetName = (inset) => inset.names[language] || inset.name;

// Where the Web Mercator ordinate of a latitude is.
const upOf = (degrees) => Math.asinh(Math.tan((degrees * Math.PI) / 180));

function drawInset(canvas, inset) {
  const [[south, west], [north, east]] = inset.bounds, context = canvas.getContext("2d");
  const across = ((east - west) * Math.PI) / 180, down = upOf(north) - upOf(south);
  const scale = Math.min(canvas.width / across, canvas.height / down) * 0.92;
  const left = (canvas.width - across * scale) / 2, top = (canvas.height - down * scale) / 2;
  const corner = (lat, lon) => L.point(left + (((lon - west) * Math.PI) / 180) * scale, top + (upOf(north) - upOf(lat)) * scale);
  context.fillStyle = LAND_COLOURS.water;
  context.fillRect(0, 0, canvas.width, canvas.height);
  traceRings(context, ownLand().flat(), corner);
  context.fillStyle = LAND_COLOURS.own;
  context.fill("evenodd");
  context.lineWidth = density();
  context.strokeStyle = "#6f675a";
  context.stroke();
  mosaic.drawOnto(context, corner);
}

function drawInsets() {
  document.querySelectorAll("#insets canvas").forEach((canvas, i) => drawInset(canvas, OPENING.insets[i]));
}

const Insets = L.Control.extend({
  options: { position: "bottomleft" },
  onAdd() {
    const box = el("div", { id: "insets", role: "group" });
    L.DomEvent.disableClickPropagation(box);
    return box;
  },
});
const insets = new Insets();

// The words of the insets in the reader's language, and their pictures.
function renderInsets() {
  if (!OPENING.insets.length) return;
  byId("insets").setAttribute("aria-label", t("insets_label"));
  replace(byId("insets"), OPENING.insets.map((inset) => {
    const ratio = density(), title = insetName(inset) || t("inset_islands");
    return el("button", { type: "button", class: "inset", title: t("inset_go", { place: title }), onclick: (event) => {
      event.stopPropagation();
      goTo(inset.bounds, 12);
    } }, el("canvas", { width: 104 * ratio, height: 72 * ratio, "aria-hidden": "true" }),
    el("b", { dir: "auto" }, title), el("small", { dir: "auto" }, t("inset_people", { people: roughly(inset.people) })));
  }));
  drawInsets();
}
