"""Upper hulls of the samples of a radial, grown sample by sample, and what a receiver looks for on them.

A hull is f64[n, 4], a stack whose entry 0 is not used. On a hull every quantity sought here has a single peak, so the search
starts where the last receiver found it and climbs. Receivers do not stand on the radial: ``turn`` is how far their own line
is turned from it (difference of the slopes), and corners are as high as the terrain is there, to first order.
"""

import numpy as np

from ewcm_kernels.compiled import njit

#: A corner: distance and height, and how its height changes with the slope of the radial [m].
KM, M, TURN = np.uintp(0), np.uintp(1), np.uintp(2)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def push(hull, top, along_km, height_m, turn_m):
    """Add a sample to the upper hull (a stack, entry 0 unused); returns the index of the new top."""
    at = np.uintp(top)
    top_km, top_m = hull[at, KM], hull[at, M]
    while top > 1:
        at = np.uintp(top - 1)
        under_km, under_m = hull[at, KM], hull[at, M]
        if (height_m - top_m) * (top_km - under_km) < (top_m - under_m) * (along_km - top_km):
            break
        top -= 1
        top_km, top_m = under_km, under_m
    top += 1
    at = np.uintp(top)
    hull[at, KM], hull[at, M], hull[at, TURN] = along_km, height_m, turn_m
    return top


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def corner(hull, at, turn):
    """Distance and height of a corner as seen on a line that leaves the transmitter at ``turn`` from the radial."""
    at = np.uintp(at)
    return hull[at, KM], hull[at, M] + turn * hull[at, TURN]


@njit(cache=True, nogil=True, error_model="numpy")
def tangent(hull, top, start, turn, path_km, rx_m):
    """Corner with the steepest slope from the receiver, sought from ``start`` along the one peak, and that slope."""
    at = min(start, top)
    along_km, height_m = corner(hull, at, turn)
    rest_km, over_m = path_km - along_km, height_m - rx_m
    moved = False
    while at > 1:
        along_km, height_m = corner(hull, at - 1, turn)
        other_km, other_m = path_km - along_km, height_m - rx_m
        if other_m * rest_km <= over_m * other_km:
            break
        at -= 1
        rest_km, over_m = other_km, other_m
        moved = True
    while not moved and at < top:
        along_km, height_m = corner(hull, at + 1, turn)
        other_km, other_m = path_km - along_km, height_m - rx_m
        if other_m * rest_km <= over_m * other_km:
            break
        at += 1
        rest_km, over_m = other_km, other_m
    return at, over_m / rest_km


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _signed_nu2(hull, at, turn, path_km, tx_m, slope):
    """Signed square of the height of a corner above the ray, over the product of its distances."""
    along_km, height_m = corner(hull, at, turn)
    above_m = height_m - tx_m - slope * along_km
    return above_m * abs(above_m) / (along_km * (path_km - along_km))


@njit(cache=True, nogil=True, error_model="numpy")
def nearest_touch(hull, top, start, turn, path_km, tx_m, slope):
    """Corner of the largest diffraction parameter on a line-of-sight path, and that signed square."""
    at = min(start, top)
    best = _signed_nu2(hull, at, turn, path_km, tx_m, slope)
    moved = False
    while at > 1:
        other = _signed_nu2(hull, at - 1, turn, path_km, tx_m, slope)
        if other <= best:
            break
        at -= 1
        best = other
        moved = True
    while not moved and at < top:
        other = _signed_nu2(hull, at + 1, turn, path_km, tx_m, slope)
        if other <= best:
            break
        at += 1
        best = other
    return at, best


@njit(cache=True, nogil=True, error_model="numpy")
def peak(hull, top, start, turn, slope):
    """Corner highest above a line of ``slope`` [m/km], sought from ``start`` along the one peak, and that height."""
    at = min(start, top)
    above_m = hull[np.uintp(at), M] - slope * hull[np.uintp(at), KM]
    moved = False
    while at > 1:
        other_m = hull[np.uintp(at - 1), M] - slope * hull[np.uintp(at - 1), KM]
        if other_m <= above_m:
            break
        at -= 1
        above_m = other_m
        moved = True
    while not moved and at < top:
        other_m = hull[np.uintp(at + 1), M] - slope * hull[np.uintp(at + 1), KM]
        if other_m <= above_m:
            break
        at += 1
        above_m = other_m
    return at, above_m + turn * hull[np.uintp(at), TURN]
