// A layer of one canvas that is drawn anew whenever the map comes to rest; what is on it, each says in draw().

let printing = false;
const density = () => (printing ? 3 : Math.min(window.devicePixelRatio || 1, 2));

const CanvasLayer = L.Renderer.extend({
  _initContainer() {
    this._container = el("canvas", { "aria-hidden": "true" });
  },

  _destroyContainer() {
    this._container.remove();
    delete this._container;
  },

  _updatePaths() {},

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    this.draw();
  },

  // The canvas, empty and over the window, with the window's size and the pixels of the canvas to one of the page.
  _cleared() {
    const size = this._bounds.getSize(), ratio = density(), canvas = this._container;
    L.DomUtil.setPosition(canvas, this._bounds.min);
    canvas.width = size.x * ratio;
    canvas.height = size.y * ratio;
    canvas.style.width = size.x + "px";
    canvas.style.height = size.y + "px";
    return { size, ratio, canvas };
  },
});
