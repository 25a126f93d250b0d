"""Outlines of coldspots: many are drawn on one sheet, and nobody can tell."""

import numpy as np
import pytest
import shapely
from affine import Affine
from ewcm_kernels.components import components, runs_of
from rasterio import features

from ewcm.analysis import outlines

TRANSFORM = Affine(1 / 120, 0.0, 30.13, 0.0, -1 / 120, 2.07)
TURNED = Affine(933.7, 3.1, 500_000.3, -2.2, -871.1, 9_999_999.9)


def _cells(share: float, rows: int = 40, cols: int = 30):
    """Coldspots of random cells: of each its rows, first columns and columns past the last."""
    member = (np.random.default_rng(7).random((rows, cols)) < share).astype(np.uint8)
    found = components(member, row_area_km2=np.ones(rows))
    row, start, stop, place = runs_of(found, np.arange(found.cells.size))
    return [(row[place == one], start[place == one], stop[place == one]) for one in range(found.cells.size)]


def _alone(affine: Affine, row: np.ndarray, start: np.ndarray, stop: np.ndarray):
    """The outline of one coldspot, drawn by itself."""
    row0, col0 = int(row.min()), int(start.min())
    window = np.zeros((int(row.max()) - row0 + 1, int(stop.max()) - col0), dtype=np.uint8)
    for line, left, right in zip(row - row0, start - col0, stop - col0, strict=True):
        window[line, left:right] = 1
    transform = affine @ Affine.translation(col0, row0)
    drawn = features.shapes(window, mask=window == 1, transform=transform)
    parts = [shapely.geometry.shape(outline) for outline, _ in drawn]
    return shapely.MultiPolygon(parts) if len(parts) > 1 else parts[0]


@pytest.mark.parametrize("affine", [TRANSFORM, TURNED])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_an_outline_is_the_same_alone_and_among_others(share, affine, monkeypatch):
    cells = _cells(share)
    assert len(cells) > 3
    expected = [_alone(affine, *one).wkb for one in cells]
    for sheet in (2**22, 500, 1):
        monkeypatch.setattr(outlines, "_SHEET_CELLS", sheet)
        assert [outline.wkb for outline in outlines._draw((affine, cells))] == expected


def test_gdal_is_not_asked_for_each_coldspot(monkeypatch):
    """rasterio opens an environment for every question, and with the keys of an object store a session of boto3."""
    asked = []
    shapes = features.shapes
    monkeypatch.setattr(features, "shapes", lambda *given, **more: asked.append(1) or shapes(*given, **more))
    cells = _cells(0.1)
    assert len(outlines._draw((TRANSFORM, cells))) == len(cells) > 50
    assert len(asked) == 1


def test_no_coldspots_have_no_outlines():
    assert outlines._draw((TRANSFORM, [])) == []
