// Outlines on the map: borders and shading of areas, coldspots and what is chosen. They are drawn in one go whenever the map comes to rest,
// from places on the map of the world that are worked out once: thousands of corners cost an old machine nothing at a step of the zoom.

const worlds = new Map();

const upOnWorld = (lat) => 128 - (128 / Math.PI) * Math.asinh(Math.tan((lat * Math.PI) / 180));
const acrossWorld = (lng) => ((lng + 180) / 360) * 256;

// The rings of an area or a coldspot on a map of the world of 256 pixels: corners x, y, x, y, … and the box around them.
function worldOf(item) {
  if (!worlds.has(item)) {
    worlds.set(item, decode(item.shape || item.outline).flat().map((ring) => {
      const points = new Float64Array(2 * ring.length), box = [Infinity, Infinity, -Infinity, -Infinity];
      ring.forEach(({ lat, lng }, i) => {
        const x = (points[2 * i] = acrossWorld(lng)), y = (points[2 * i + 1] = upOnWorld(lat));
        box[0] = Math.min(box[0], x);
        box[1] = Math.min(box[1], y);
        box[2] = Math.max(box[2], x);
        box[3] = Math.max(box[3], y);
      });
      return { points, box };
    }));
  }
  return worlds.get(item);
}

// Whether a place lies within an outline: a line from it to the east crosses the rings an odd number of times.
function contains(item, { lat, lng }) {
  const x = acrossWorld(lng), y = upOnWorld(lat);
  let inside = false;
  for (const { points, box } of worldOf(item)) {
    if (y < box[1] || y > box[3] || x > box[2]) continue;
    for (let i = 0, j = points.length - 2; i < points.length; j = i, i += 2) {
      const [ax, ay, bx, by] = [points[i], points[i + 1], points[j], points[j + 1]];
      if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
    }
  }
  return inside;
}

const Vectors = CanvasLayer.extend({
  options: { padding: 0.2, pane: "shapes" },

  draw() {
    const { ratio, canvas } = this._cleared(), pen = canvas.getContext("2d");
    const origin = this._map.getPixelOrigin().add(this._bounds.min), scale = (2 ** this._map.getZoom()) * ratio;
    const left = origin.x * ratio, top = origin.y * ratio;
    pen.lineJoin = pen.lineCap = "round";

    // Lays a path along the outline of an item; false where nothing of it is on the canvas. Corners closer than half a pixel are left out.
    const trace = (item) => {
      let any = false;
      pen.beginPath();
      for (const { points, box } of worldOf(item)) {
        if (box[0] * scale - left > canvas.width || box[2] * scale - left < 0 || box[1] * scale - top > canvas.height || box[3] * scale - top < 0) continue;
        any = true;
        let x = points[0] * scale - left, y = points[1] * scale - top;
        pen.moveTo(x, y);
        for (let i = 2; i < points.length; i += 2) {
          const nextX = points[i] * scale - left, nextY = points[i + 1] * scale - top;
          if (Math.abs(nextX - x) + Math.abs(nextY - y) < 0.5) continue;
          x = nextX;
          y = nextY;
          pen.lineTo(x, y);
        }
        pen.closePath();
      }
      return any;
    };
    const circle = (lat, lon, radius) => {
      pen.beginPath();
      pen.arc(acrossWorld(lon) * scale - left, upOnWorld(lat) * scale - top, radius * ratio, 0, 2 * Math.PI);
      return true;
    };
    const paint = ({ fill, stroke, width }) => {
      if (fill) {
        pen.fillStyle = fill;
        pen.fill("evenodd");
      }
      if (!stroke || !width) return;
      pen.strokeStyle = stroke;
      pen.lineWidth = width * ratio;
      pen.stroke();
    };
    const brush = { pen, trace, circle, paint };
    paintAreas(brush);
    paintSpots(brush);
    paintChoice(brush);
  },
});
