"""Discs, by the distance between every site and every grid cell."""

import numpy as np

EARTH_RADIUS_KM = 6371.0088


def great_circle_km(lat_a, lon_a, lat_b, lon_b):
    """From the angle between two vectors by its tangent, which is exact at every distance (not the haversine)."""
    a, b = _unit(lat_a, lon_a), _unit(lat_b, lon_b)
    return EARTH_RADIUS_KM * np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), (a * b).sum(axis=-1))


def _unit(lat, lon):
    lat, lon = np.broadcast_arrays(np.radians(lat), np.radians(lon))
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def distance_to_rim_km(site_lat, site_lon, radius_km, cell_lat, cell_lon):
    """For each cell the smallest (distance to a site - its radius): covered where it is not positive."""
    nearest = np.full(np.shape(cell_lat), np.inf)
    for lat, lon, radius in zip(site_lat, site_lon, np.broadcast_to(radius_km, np.shape(site_lat)), strict=True):
        nearest = np.minimum(nearest, great_circle_km(lat, lon, cell_lat, cell_lon) - radius)
    return nearest
