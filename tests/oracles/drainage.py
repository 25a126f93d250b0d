"""Filled heights, heights above drainage, levels of the sea and slopes, cell by cell in plain Python."""

import math

import numpy as np


def neighbours(shape, row, col):
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            if (down or right) and 0 <= row + down < shape[0] and 0 <= col + right < shape[1]:
                yield row + down, col + right


def leaves(heights, sea, row, col):
    """Whether water leaves the grid at a cell."""
    edge = row in (0, heights.shape[0] - 1) or col in (0, heights.shape[1] - 1)
    return edge or sea[row, col] or any(math.isnan(heights[place]) for place in neighbours(heights.shape, row, col))


def filled(heights, sea):
    """The lowest heights from which water runs out everywhere: raised from the ways out until nothing changes."""
    known = ~np.isnan(heights)
    found = np.where(known, np.inf, np.nan)
    for row, col in zip(*np.nonzero(known), strict=True):
        if leaves(heights, sea, row, col):
            found[row, col] = heights[row, col]
    changed = True
    while changed:
        changed = False
        for row, col in zip(*np.nonzero(known), strict=True):
            around = [found[place] for place in neighbours(heights.shape, row, col) if known[place]]
            lowest = max(heights[row, col], min(around, default=np.inf))
            if lowest < found[row, col]:
                found[row, col], changed = lowest, True
    return found


def above_drainage(heights, sea, down, dx, dy, stream_km2):
    """Heights above the drainage by the way that each cell drains: everything upstream is followed down, cell by cell."""
    level = filled(heights, sea)
    cols = heights.shape[1]
    area = np.zeros(heights.size)
    for start in np.flatnonzero(~np.isnan(heights)):
        cell = start
        while True:
            area[cell] += dx[start // cols] * dy * 1e-6
            if down[cell] == cell:
                break
            cell = down[cell]
    found = np.full(heights.shape, np.nan)
    for start in np.flatnonzero(~np.isnan(heights)):
        cell = start
        while not sea.flat[cell] and area[cell] < stream_km2 * (1 - 1e-12) and down[cell] != cell:
            cell = down[cell]
        if sea.flat[cell] or area[cell] >= stream_km2 * (1 - 1e-12):
            found.flat[start] = level.flat[start] - level.flat[cell]
    return found


def sea_levels(classes, voids_pass):
    """The lowest level at which each cell is reached: the sea spreads by one cell at a time, level by level."""
    ground = np.where(classes == 255, 1 if voids_pass else 254, classes)
    found = np.full(classes.shape, 254)
    found[ground == 0] = 0
    changed = True
    while changed:
        changed = False
        for row, col in np.ndindex(classes.shape):
            if ground[row, col] == 254:
                continue
            way = min((found[place] for place in neighbours(classes.shape, row, col)), default=254)
            if max(way, ground[row, col]) < found[row, col]:
                found[row, col], changed = max(way, ground[row, col]), True
    return found


def slope_pct(heights, dx, dy):
    """Per cent, by the weights 1, 2, 1 of the three neighbours on each side."""
    found = np.full(heights.shape, np.nan)
    weights = np.array([1, 2, 1])
    for row in range(1, heights.shape[0] - 1):
        for col in range(1, heights.shape[1] - 1):
            part = heights[row - 1 : row + 2, col - 1 : col + 2].astype(float)
            across = (weights @ (part[:, 2] - part[:, 0])) / (8 * dx[row])
            along = (weights @ (part[0] - part[2])) / (8 * dy)
            found[row, col] = np.nan if np.isnan(part).any() else 100 * math.hypot(across, along)
    return found
