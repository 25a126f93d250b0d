// Textures, which say in grey and to every eye what a colour alone does not: dots on ground that is partly covered, crossed lines where
// nothing is known of the coverage, wide lines on an estimate, level lines on people whom the layer of all people shows, squares where a
// layer of the findings (a hazard) says nothing: they may stand on any colour, and beside crossed lines.

const TEXTURES = {
  dots: { size: 6, draw(pen) {
    for (const [colour, radius] of [["#ffffff", 1.7], ["#16324a", 1.05]]) {
      pen.fillStyle = colour;
      pen.beginPath();
      pen.arc(3, 3, radius, 0, 2 * Math.PI);
      pen.fill();
    }
  } },
  cross: { size: 8, draw(pen) {
    lines(pen, 8, "#4a4a4a", 1.1, [[0, 8, 8, 0], [0, 0, 8, 8]]);
  } },
  wide: { size: 14, draw(pen) {
    lines(pen, 14, "rgba(20, 60, 100, 0.6)", 3, [[0, 0, 14, 14]]);
  } },
  squares: { size: 9, draw(pen) {
    for (const [colour, width] of [["rgba(255, 255, 255, 0.8)", 3], ["#2b2b2b", 1.1]]) lines(pen, 0, colour, width, [[4.5, 0, 4.5, 9], [0, 4.5, 9, 4.5]]);
  } },
  level: { size: 5, draw(pen) {
    lines(pen, 0, "rgba(255, 255, 255, 0.75)", 1.2, [[0, 2.5, 5, 2.5]]);
  } },
};

// Lines of a tile, and the same a tile before and after, so that the corners of tiles meet.
function lines(pen, shift, colour, width, all) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.beginPath();
  for (const [x0, y0, x1, y1] of all) {
    for (const by of shift ? [-shift, 0, shift] : [0]) {
      pen.moveTo(x0 + by, y0);
      pen.lineTo(x1 + by, y1);
    }
  }
  pen.stroke();
}

// A texture as what a canvas fills with; ``scale``: pixels of the canvas to one of the page.
function texture(context, which, scale) {
  const { size, draw } = TEXTURES[which];
  const tile = el("canvas", { width: size * scale, height: size * scale }), pen = tile.getContext("2d");
  pen.scale(scale, scale);
  draw(pen);
  return context.createPattern(tile, "repeat");
}

// Draws a texture onto a canvas where ``draw`` draws anything.
function drawTextured(context, which, ratio, draw) {
  const layer = el("canvas", { width: context.canvas.width, height: context.canvas.height }), pen = layer.getContext("2d");
  pen.imageSmoothingEnabled = false;
  draw(pen);
  pen.globalCompositeOperation = "source-in";
  pen.fillStyle = texture(pen, which, ratio);
  pen.fillRect(0, 0, layer.width, layer.height);
  context.drawImage(layer, 0, 0);
  layer.width = layer.height = 0; // a canvas without pixels gives its memory back at once
}

// A sample for legends: the same colours and textures as on the map.
function swatch(colour, pattern) {
  const box = svgEl("svg", { viewBox: "0 0 20 12", width: 20, height: 12, class: "swatch", "aria-hidden": "true", focusable: "false" });
  box.append(svgEl("rect", { x: 0.5, y: 0.5, width: 19, height: 11, fill: colour, stroke: "#555" }));
  if (pattern) box.append(svgEl("rect", { x: 0.5, y: 0.5, width: 19, height: 11, fill: `url(#texture-${pattern})` }));
  return box;
}
