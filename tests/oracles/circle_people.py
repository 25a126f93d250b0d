"""People out of reach in a circle, cell by cell: the slow twin of what the page's script counts."""

import numpy as np
from scipy.spatial import cKDTree

from ewcm.core import grid
from ewcm.core.fraction import LEVELS


def people_out_of_reach(result, lat, lon, km, service, case):
    """People of the cells whose middle lies within ``km`` of a position, as far as they are uncovered."""
    rows = slice(0, result.geobox.shape[0])
    cell_lat, cell_lon = grid.cell_positions(result.geobox, rows)
    near = grid.distance_km(np.array(lat), np.array(lon), cell_lat, cell_lon) <= km
    shares = result.coverage.shares(service, case, rows)
    return float(np.nansum(result.data.population.people * near * (shares.uncovered_level() / LEVELS)))


def best_circle(result, km, service, case):
    """The most people out of reach in any circle around the middle of a cell."""
    rows = slice(0, result.geobox.shape[0])
    level = result.coverage.shares(service, case, rows).uncovered_level()
    held = (np.nan_to_num(result.data.population.people) * (level / LEVELS)).ravel()
    points = grid.unit_vectors(*(each.ravel() for each in grid.cell_positions(result.geobox, rows))).T
    chord = 2 * np.sin(km / grid.EARTH_RADIUS_KM / 2)
    near = cKDTree(points).query_ball_point(points, chord)
    return float(max(held[cells].sum() for cells in near))
