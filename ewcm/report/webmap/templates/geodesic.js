// Distances on the ellipsoid WGS 84 (Vincenty 1975, inverse problem), good to less than a metre but for places on opposite sides of the earth.

const EQUATOR_M = 6378137, FLATTENING = 1 / 298.257223563, POLE_M = EQUATOR_M * (1 - FLATTENING);
const radians = (degrees) => (degrees * Math.PI) / 180;

// Metres between two places {lat, lng} in degrees; null where the steps do not come to rest, as between opposite sides of the earth.
function geodesicMetres(a, b) {
  const across = radians(b.lng - a.lng);
  const u1 = Math.atan((1 - FLATTENING) * Math.tan(radians(a.lat))), u2 = Math.atan((1 - FLATTENING) * Math.tan(radians(b.lat)));
  const [sin1, cos1, sin2, cos2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = across;
  for (let step = 0; step < 200; step++) {
    const sinL = Math.sin(lambda), cosL = Math.cos(lambda);
    const sinS = Math.hypot(cos2 * sinL, cos1 * sin2 - sin1 * cos2 * cosL);
    if (sinS === 0) return 0;
    const cosS = sin1 * sin2 + cos1 * cos2 * cosL, sigma = Math.atan2(sinS, cosS);
    const sinA = (cos1 * cos2 * sinL) / sinS, cos2A = 1 - sinA * sinA;
    const cosM = cos2A === 0 ? 0 : cosS - (2 * sin1 * sin2) / cos2A; // both on the equator
    const c = (FLATTENING / 16) * cos2A * (4 + FLATTENING * (4 - 3 * cos2A)), before = lambda;
    lambda = across + (1 - c) * FLATTENING * sinA * (sigma + c * sinS * (cosM + c * cosS * (2 * cosM * cosM - 1)));
    if (Math.abs(lambda - before) > 1e-12) continue;
    const k = (cos2A * (EQUATOR_M ** 2 - POLE_M ** 2)) / POLE_M ** 2;
    const large = 1 + (k / 16384) * (4096 + k * (-768 + k * (320 - 175 * k))), small = (k / 1024) * (256 + k * (-128 + k * (74 - 47 * k)));
    const rest = small * sinS * (cosM + (small / 4) * (cosS * (2 * cosM ** 2 - 1) - (small / 6) * cosM * (4 * sinS ** 2 - 3) * (4 * cosM ** 2 - 3)));
    return POLE_M * large * (sigma - rest);
  }
  return null;
}

// Places along the shortest way over a sphere between two places, for drawing it.
function placesBetween(a, b, count = 24) {
  const point = ({ lat, lng }) => [Math.cos(radians(lat)) * Math.cos(radians(lng)), Math.cos(radians(lat)) * Math.sin(radians(lng)), Math.sin(radians(lat))];
  const from = point(a), to = point(b), angle = Math.acos(Math.min(1, Math.max(-1, from.reduce((sum, value, i) => sum + value * to[i], 0))));
  if (angle < 1e-9) return [a, b];
  let last = a.lng;
  return Array.from({ length: count + 1 }, (_, i) => {
    const part = i / count, [x, y, z] = from.map((value, axis) => (Math.sin((1 - part) * angle) * value + Math.sin(part * angle) * to[axis]) / Math.sin(angle));
    const lng = (Math.atan2(y, x) * 180) / Math.PI;
    last = lng + 360 * Math.round((last - lng) / 360); // beyond the 180th meridian the way goes on
    return { lat: (Math.atan2(z, Math.hypot(x, y)) * 180) / Math.PI, lng: last };
  });
}
