"""Cyclone winds, row by row and point by point with plain numpy: the formulas as they stand in docs/method-hazards.md."""

import numpy as np

KNOT_MS, NAUTICAL_MILE_M, DENSITY = 1852 / 3600, 1852.0, 1.15


def distance_and_direction(eye_lat, eye_lon, lat, lon, radius_km):
    """Haversine distance [m] and the unit vector (east, north) at the eye of the great circle to each point."""
    eye_lat, eye_lon, lat, lon = (np.radians(value) for value in (eye_lat, eye_lon, lat, lon))
    half = np.sin((lat - eye_lat) / 2) ** 2 + np.cos(eye_lat) * np.cos(lat) * np.sin((lon - eye_lon) / 2) ** 2
    distance = 2 * radius_km * 1000 * np.arcsin(np.sqrt(np.minimum(half, 1)))
    east = np.cos(lat) * np.sin(lon - eye_lon)
    north = np.cos(eye_lat) * np.sin(lat) - np.sin(eye_lat) * np.cos(lat) * np.cos(lon - eye_lon)
    length = np.hypot(east, north)
    length = np.where(length > 0, length, 1.0)
    return distance, east / length, north / length


def max_wind_ms(track, lat, lon, model, radius_km=6371.0088, reach_km=400.0):
    """Largest 1-min surface wind [m/s] at each point. ``track``: arrays hours, lat, lon, vmax_kt, pc_hpa, penv_hpa, rmw_nm."""
    best = np.zeros(np.shape(lat))
    sign = 1.0 if np.mean(np.asarray(track["lat"]) >= 0) >= 0.5 else -1.0
    for i in range(1, len(track["lat"])):
        hours = track["hours"][i] - track["hours"][i - 1]
        d, east, north = distance_and_direction(
            track["lat"][i - 1], track["lon"][i - 1], track["lat"][i], track["lon"][i], radius_km
        )
        speed = min(d / (hours * 3600), 30 * KNOT_MS)
        change = (track["pc_hpa"][i] - track["pc_hpa"][i - 1]) / hours
        wind = row_wind_ms(
            model,
            {name: track[name][i] for name in ("lat", "lon", "vmax_kt", "pc_hpa", "penv_hpa", "rmw_nm")},
            (speed, speed * east, speed * north),
            change,
            sign,
            (lat, lon),
            radius_km,
            reach_km,
        )
        best = np.maximum(best, wind)
    return best


def row_wind_ms(model, row, motion, change_hpa_h, sign, points, radius_km, reach_km):
    r, east, north = distance_and_direction(row["lat"], row["lon"], *points, radius_km)
    inside = (r > 1.0) & (r <= reach_km * 1000)
    r = np.where(inside, r, 1e5)
    radius = row["rmw_nm"] * NAUTICAL_MILE_M
    dp = max(0.0, row["penv_hpa"] - row["pc_hpa"])
    f = 2 * 7.29e-5 * np.sin(np.radians(abs(row["lat"])))
    speed, speed_east, speed_north = motion
    if model == "H1980":
        gradient = max(0.0, row["vmax_kt"] * KNOT_MS - speed) / 0.9
        b = 2.5 if dp == 0 else np.clip(gradient**2 * np.e * DENSITY / (100 * dp), 1.0, 2.5)
    else:
        x = 0.6 * (1 - dp / 215)
        b = -4.4e-5 * dp**2 + 0.01 * dp + 0.03 * change_hpa_h - 0.014 * abs(row["lat"]) + 0.15 * speed**x + 1
        b = np.clip(b, 1.0 * 0.81, 2.5 * 0.81)
    ratio = (radius / r) ** b
    if model == "H10":
        peak = np.sqrt(b * 100 * dp / (DENSITY * np.e))
        if peak == 0:
            v = np.zeros(np.shape(r))
        else:
            far = (radius / 300e3) ** b
            x_n = np.log(17 / peak) / np.log(far * np.exp(1 - far))
            x = np.maximum(0.4, 0.5 + np.maximum(0, r - radius) * (x_n - 0.5) / (300e3 - radius))
            v = peak * (ratio * np.exp(1 - ratio)) ** x
    else:
        c = r * f / 2
        v = np.sqrt(np.maximum(0, b / DENSITY * ratio * 100 * dp * np.exp(-ratio) + c**2)) - c
    attenuation = np.minimum(1.0, radius / r)
    v = 0.9 * v if model == "H1980" else np.maximum(0.0, v - attenuation * speed)
    wind_east = -sign * north * v + attenuation * speed_east
    wind_north = sign * east * v + attenuation * speed_north
    return np.where(inside, np.hypot(wind_east, wind_north), 0.0)
