"""Centres one after the other, everybody asked anew each time."""

import math

import numpy as np

EARTH_RADIUS_KM = 6371.0088


def distance_km(lat1, lon1, lat2, lon2):
    lat1, lon1, lat2, lon2 = (np.radians(value) for value in (lat1, lon1, lat2, lon2))
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def choose(people, groups, lat, step_deg, radius_km, margin_km):
    """Places (row, column) of the centres, the owner of every point, and that of every group."""
    rows, cols = people.shape
    row, col = np.divmod(np.arange(rows * cols), cols)
    far_km = distance_km(lat[row][:, None], (col * step_deg)[:, None], lat[row], col * step_deg)
    served = far_km <= (radius_km - margin_km)[row] + 1e-9
    at_group = groups.row * cols + groups.col
    group_served = far_km[:, at_group] <= radius_km - groups.extent_km + 1e-9
    owner, group_owner = np.full(rows * cols, -1), np.full(groups.row.size, -1)
    weight = people.ravel()
    places = np.flatnonzero((weight > 0) | np.isin(np.arange(rows * cols), at_group))
    centres = []
    while ((weight > 0) & (owner < 0)).any() or (group_owner < 0).any():
        best, best_key = None, None
        for place in places:
            gain = (
                weight[served[place] & (owner < 0)].sum() + groups.people[group_served[place] & (group_owner < 0)].sum()
            )
            key = (-gain, lat[row[place]], col[place])
            if gain > 0 and (best is None or key < best_key):
                best, best_key = place, key
        owner[served[best] & (owner < 0)] = len(centres)
        group_owner[group_served[best] & (group_owner < 0)] = len(centres)
        centres.append((row[best], col[best]))
    return centres, owner.reshape(rows, cols), group_owner


def width_km(lat, lon):
    """The largest distance between two of some points."""
    lat, lon = np.asarray(lat, float), np.asarray(lon, float)
    return float(distance_km(lat[:, None], lon[:, None], lat, lon).max()) if lat.size else math.nan
