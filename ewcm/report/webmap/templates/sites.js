// The radio sites: small masts, as many as can be told apart at this zoom.

const SITE_COLOUR = "#0a3a2f";

// The mark of a site, drawn once and stamped wherever one is.
function mastStamp(size) {
  const stamp = el("canvas", { width: Math.ceil(size), height: Math.ceil(size) }), pen = stamp.getContext("2d");
  pen.scale(size / 11, size / 11);
  pen.beginPath();
  pen.moveTo(5.5, 1.5);
  pen.lineTo(9.5, 9);
  pen.lineTo(1.5, 9);
  pen.closePath();
  pen.lineWidth = 2;
  pen.strokeStyle = "#fff";
  pen.stroke();
  pen.fillStyle = SITE_COLOUR;
  pen.fill();
  return stamp;
}

// The radio sites of the service shown. Of those that would lie on one another only one is drawn.
const Masts = CanvasLayer.extend({
  options: { padding: 0.1, pane: "masts" },

  _initContainer() {
    CanvasLayer.prototype._initContainer.call(this);
    const { points, kinds, scale } = data.sites;
    this._sites = [];
    for (let i = 0, lon = 0, lat = 0; i < kinds.length; i++) {
      lon += points[2 * i];
      lat += points[2 * i + 1];
      this._sites.push([lat / scale, lon / scale, kinds[i]]);
    }
  },

  draw() {
    const { size, ratio, canvas } = this._cleared();
    // Small on the whole country, larger near by.
    const mark = Math.max(6, Math.min(12, 6 + 1.5 * (this._map.getZoom() - countryZoom))), apart = 0.6 * mark;
    const context = canvas.getContext("2d"), stamp = mastStamp(mark * ratio), columns = Math.ceil(size.x / apart);
    const { channels, sets } = data.sites, asked = data.services[service()];
    const wanted = sets.map((set) => set.some((channel) => asked.includes(channels[channel])));
    const taken = new Set();
    for (const [lat, lon, kind] of this._sites) {
      if (!wanted[kind]) continue;
      const at = this._map.latLngToLayerPoint([lat, lon]).subtract(this._bounds.min);
      if (at.x < 0 || at.y < 0 || at.x > size.x || at.y > size.y) continue;
      const place = Math.floor(at.y / apart) * columns + Math.floor(at.x / apart);
      if (taken.has(place)) continue;
      taken.add(place);
      context.drawImage(stamp, Math.round((at.x - mark / 2) * ratio), Math.round((at.y - mark / 2) * ratio));
    }
  },
});
