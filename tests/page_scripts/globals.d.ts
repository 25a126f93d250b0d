// What stands in the page before its scripts: Leaflet, and the map that folium makes of it.
declare const L: any;
declare const map: any;
