// Faint shadows of hills and valleys, above the land and below everything that is counted.

const Relief = CanvasLayer.extend({
  options: { padding: 0.2, pane: "relief" },

  onAdd(target) {
    CanvasLayer.prototype.onAdd.call(this, target);
    if (this._image || !data.relief) return;
    this._image = Object.assign(new Image(), { onload: () => this._map && this.draw(), src: data.relief.image });
  },

  draw() {
    const { ratio, canvas } = this._cleared();
    if (!this._image || !this._image.complete || !this._image.naturalWidth) return;
    const [[south, west], [north, east]] = data.relief.bounds, corner = cornerOf(this, ratio);
    const start = corner(north, west), end = corner(south, east), context = canvas.getContext("2d");
    // Shadows end at the coast of the country: beyond it nothing is known of the ground.
    traceRings(context, ownLand().flat(), corner);
    context.clip("evenodd");
    context.imageSmoothingEnabled = true;
    context.drawImage(this._image, start.x, start.y, end.x - start.x, end.y - start.y);
  },
});

const relief = new Relief();
