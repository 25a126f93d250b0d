"""Ground as water sees it: heights above the nearest drainage, what the sea can reach, and slopes.

Heights are float32, NaN where they are not known. Every kernel is serial and gives the same digits each time; windows are
worked on by the threads of :func:`ewcm_kernels.bands.run`.
"""

import heapq

import numpy as np

from ewcm_kernels.compiled import njit

#: Neighbours of a cell, those at its sides first.
_DOWN = np.array([-1, 0, 0, 1, -1, -1, 1, 1])
_RIGHT = np.array([0, -1, 1, 0, -1, 1, -1, 1])

#: Marks of cells in what :func:`sea_levels` takes and gives: out of reach of any level, and of unknown height.
DRY = np.uint8(254)
VOID = np.uint8(255)


@njit(cache=True, nogil=True)
def filled_flow(heights_m, sea, dx_m, dy_m):
    """Heights with every hollow filled to its lowest way out, and where each cell drains to.

    ``sea``: bool, of the same shape. ``dx_m``: width of the cells of each row. Water leaves at the edge of the grid, at the
    sea and into cells of unknown height. Returns the filled heights (f32), the flat index of the cell that each drains to
    (i64; its own where water leaves, −1 where the height is unknown), and all known cells in an order in which every cell
    comes after the one that it drains to. Hollows are filled from the lowest way out upwards (Barnes, Lehman and Mulla 2014);
    water flows down the steepest of eight ways (O'Callaghan and Mark 1984), on a flat the way that it was filled from.
    """
    rows, cols = heights_m.shape
    filled = np.full((rows, cols), np.nan, np.float32)
    down = np.full(rows * cols, -1, np.int64)
    order = np.empty(rows * cols, np.int64)
    seen = np.zeros((rows, cols), np.bool_)
    # Cells at the level that is being filled, first in, first out: they need no heap.
    level = np.empty(rows * cols, np.int64)
    heap = [(np.float32(0.0), np.int64(0))]
    heap.pop()
    for row in range(rows):
        for col in range(cols):
            if np.isnan(heights_m[row, col]):
                seen[row, col] = True
                continue
            way_out = sea[row, col] or row == 0 or col == 0 or row == rows - 1 or col == cols - 1
            for k in range(8):
                if way_out:
                    break
                way_out = np.isnan(heights_m[row + _DOWN[k], col + _RIGHT[k]])
            if way_out:
                cell = row * cols + col
                seen[row, col] = True
                filled[row, col] = heights_m[row, col]
                down[cell] = cell
                heapq.heappush(heap, (heights_m[row, col], cell))
    count, first, past = 0, 0, 0
    while first < past or len(heap) > 0:
        if first < past:
            cell = level[first]
            first += 1
        else:
            cell = heapq.heappop(heap)[1]
        order[count] = cell
        count += 1
        row, col = cell // cols, cell % cols
        here = filled[row, col]
        for k in range(8):
            r, c = row + _DOWN[k], col + _RIGHT[k]
            if r < 0 or c < 0 or r >= rows or c >= cols or seen[r, c]:
                continue
            seen[r, c] = True
            down[r * cols + c] = cell
            if heights_m[r, c] <= here:
                filled[r, c] = here
                level[past] = r * cols + c
                past += 1
            else:
                filled[r, c] = heights_m[r, c]
                heapq.heappush(heap, (heights_m[r, c], r * cols + c))
    for place in range(count):
        cell = order[place]
        if down[cell] == cell:
            continue
        row, col = cell // cols, cell % cols
        steepest = 0.0
        for k in range(8):
            r, c = row + _DOWN[k], col + _RIGHT[k]
            if np.isnan(filled[r, c]):
                continue
            far = np.hypot(_DOWN[k] * dy_m, _RIGHT[k] * dx_m[row])
            drop = (np.float64(filled[row, col]) - np.float64(filled[r, c])) / far
            if drop > steepest:
                steepest = drop
                down[cell] = r * cols + c
    return filled, down, order[:count]


@njit(cache=True, nogil=True)
def height_above_drainage_m(heights_m, sea, dx_m, dy_m, stream_km2):
    """Height [m] of each cell above the drainage that it drains to (Rennó and others 2008, Nobre and others 2011), f32.

    Arguments as :func:`filled_flow`; drainage is the sea, and each cell that ``stream_km2`` or more drain through, itself
    included. NaN where the height is unknown, and where water leaves before it comes to a drainage.
    """
    rows, cols = heights_m.shape
    filled, down, order = filled_flow(heights_m, sea, dx_m, dy_m)
    area_km2 = np.zeros(rows * cols, np.float64)
    for place in range(order.size - 1, -1, -1):
        cell = order[place]
        area_km2[cell] += dx_m[cell // cols] * dy_m * 1e-6
        if down[cell] != cell:
            area_km2[down[cell]] += area_km2[cell]
    base = np.full(rows * cols, np.nan, np.float32)
    above = np.full((rows, cols), np.nan, np.float32)
    for cell in order:
        row, col = cell // cols, cell % cols
        if sea[row, col] or area_km2[cell] >= stream_km2:
            base[cell] = filled[row, col]
        elif down[cell] != cell:
            base[cell] = base[down[cell]]
        above[row, col] = filled[row, col] - base[cell]
    return above


@njit(cache=True, nogil=True)
def sea_levels(classes, voids_pass):
    """The lowest level of the sea at which it reaches each cell, through cells that touch at a side or a corner; u8.

    ``classes``: u8, 0 where the sea is open, else the lowest level (1 to 253) that is as high as the ground, ``DRY`` for
    higher ground, ``VOID`` where the height is unknown. Water passes voids at level 1 or not at all (``voids_pass``).
    ``DRY`` where no level reaches.
    """
    rows, cols = classes.shape
    reached = np.full((rows, cols), DRY, np.uint8)
    top = 0
    for row in range(rows):
        for col in range(cols):
            if classes[row, col] < DRY:
                top = max(top, classes[row, col])
    if voids_pass:
        top = max(top, 1)
    stack = np.empty(1024, np.int64)
    for level in range(top + 1):
        for row in range(rows):
            for col in range(cols):
                ground = classes[row, col]
                if ground == VOID and voids_pass:
                    ground = np.uint8(1)
                if ground != level or reached[row, col] != DRY:
                    continue
                touches = level == 0
                for k in range(8):
                    if touches:
                        break
                    r, c = row + _DOWN[k], col + _RIGHT[k]
                    touches = 0 <= r < rows and 0 <= c < cols and reached[r, c] != DRY
                if not touches:
                    continue
                reached[row, col] = level
                stack[0] = row * cols + col
                size = 1
                while size > 0:
                    size -= 1
                    here_row, here_col = stack[size] // cols, stack[size] % cols
                    for k in range(8):
                        r, c = here_row + _DOWN[k], here_col + _RIGHT[k]
                        if r < 0 or c < 0 or r >= rows or c >= cols or reached[r, c] != DRY:
                            continue
                        next_ground = classes[r, c]
                        if next_ground == VOID and voids_pass:
                            next_ground = np.uint8(1)
                        if next_ground > level:
                            continue
                        reached[r, c] = level
                        if size == stack.size:
                            longer = np.empty(2 * size, np.int64)
                            longer[:size] = stack
                            stack = longer
                        stack[size] = r * cols + c
                        size += 1
    return reached


@njit(cache=True, nogil=True)
def slope_pct(heights_m, dx_m, dy_m):
    """Slope [per cent] by the eight neighbours (Horn 1981), f32; NaN at the edge and where one of the nine heights is unknown."""
    rows, cols = heights_m.shape
    slope = np.full((rows, cols), np.nan, np.float32)
    for row in range(1, rows - 1):
        for col in range(1, cols - 1):
            if np.isnan(heights_m[row, col]):
                continue
            east = np.float64(heights_m[row - 1, col + 1]) + 2.0 * heights_m[row, col + 1] + heights_m[row + 1, col + 1]
            west = np.float64(heights_m[row - 1, col - 1]) + 2.0 * heights_m[row, col - 1] + heights_m[row + 1, col - 1]
            north = (
                np.float64(heights_m[row - 1, col - 1]) + 2.0 * heights_m[row - 1, col] + heights_m[row - 1, col + 1]
            )
            south = (
                np.float64(heights_m[row + 1, col - 1]) + 2.0 * heights_m[row + 1, col] + heights_m[row + 1, col + 1]
            )
            slope[row, col] = 100.0 * np.hypot((east - west) / (8.0 * dx_m[row]), (north - south) / (8.0 * dy_m))
    return slope
