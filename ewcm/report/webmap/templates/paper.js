// Paper: the whole country at the size of the sheet, and pictures where the screen has canvases.

let viewOnScreen = null;

// Chromium prints a canvas as the steps that drew it, at another scale and with its empty parts white. A canvas that
// only holds a picture comes out as it is.
function picturesForCanvases(on) {
  for (const picture of all("#map .on-paper")) picture.remove();
  for (const canvas of all("#map canvas")) {
    canvas.hidden = on && typeof OffscreenCanvas === "function";
    if (!canvas.hidden) continue;
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    copy.getContext("2d").drawImage(canvas, 0, 0);
    const picture = el("canvas", { class: "on-paper", width: canvas.width, height: canvas.height });
    picture.style.cssText = canvas.style.cssText;
    picture.getContext("bitmaprenderer").transferFromImageBitmap(copy.transferToImageBitmap());
    canvas.after(picture);
  }
}

// The area whose sheet is printed in place of the country; null for the country.
let areaOnPaper = null;

function printArea(area) {
  areaOnPaper = area;
  window.print();
}

// A sheet is laid out before the browser makes pages of it: its caveats are as many as find room.
function prepareArea(on) {
  document.documentElement.classList.toggle("printing-area", on);
  replace(byId("area-paper"), on ? areaSheet(areaOnPaper, ownPictures, mosaic.picture(), new Date().toISOString().slice(0, 10)) : []);
  if (on) fitSheet(byId("area-paper").firstElementChild);
  else areaOnPaper = null;
}

// Paper gets the whole country at the size of the sheet; afterwards the screen gets its view back.
function preparePrint(on) {
  if (areaOnPaper) return prepareArea(on);
  if (on) {
    viewOnScreen = [map.getCenter(), map.getZoom()];
    renderSheet();
  }
  printing = on;
  document.documentElement.classList.toggle("printing", on);
  map.invalidateSize({ animate: false, pan: false });
  if (on) wholeCountry();
  else if (viewOnScreen) map.setView(...viewOnScreen, { animate: false });
  for (const layer of [land, relief, mosaic, masts, nextSites, pointsOfInterest, vectors]) if (map.hasLayer(layer)) layer._reset();
  picturesForCanvases(on);
}
