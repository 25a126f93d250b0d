// The map of a page that is made while somebody waits: as the country's, without loading what makes that.
const map = L.map("map", { zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.5, attributionControl: false, fadeAnimation: false, minZoom: 2, maxZoom: 14 });
