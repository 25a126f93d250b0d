// Two panes of a map cut along an upright line: the first is seen left of it, the second right of it. ``share``: of the width (0..1).
function cutPanes(first, second, share) {
  const size = map.getSize(), { x: left, y: top } = map.containerPointToLayerPoint([0, 0]);
  const right = left + size.x, bottom = top + size.y, border = left + share * size.x;
  first.style.clip = "rect(" + top + "px," + border + "px," + bottom + "px," + left + "px)";
  second.style.clip = "rect(" + top + "px," + right + "px," + bottom + "px," + border + "px)";
}
