"""ShakeMaps: where their points lie, and what is refused in one line."""

import gzip
import re

import numpy as np
import pytest
from affine import Affine
from odc.geo.geobox import GeoBox

from ewcm.errors import InputError
from ewcm.sources.hazards import ArraySource, read_hazard
from ewcm.sources.shakemap import read_shakemap
from tests.sources.files import GRID, NORTH, WEST, text
from tests.sources.test_hazards import DATA, real, refused, share

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<shakemap_grid xmlns="http://earthquake.usgs.gov/eqcenter/shakemap">
<event event_id="made" magnitude="7.8" event_description="MADE" event_timestamp="2015-04-25T06:11:25UTC" />
<grid_specification lon_min="{west}" lat_min="{south}" lon_max="{east}" lat_max="{north}"
 nominal_lon_spacing="{step}" nominal_lat_spacing="{step}" nlon="{cols}" nlat="{rows}" />
<grid_field index="1" name="LON" units="dd" /><grid_field index="2" name="LAT" units="dd" />
<grid_field index="3" name="PGA" units="pctg" /><grid_field index="4" name="MMI" units="intensity" />
<grid_data>
"""


def shakemap(path, rows=7, cols=7, step=0.05, west=WEST, north=NORTH, value=lambda row, col: 4.0 + row, cut=0, bad=""):
    lines = [
        f"{west + col * step:.4f} {north - row * step:.4f} 10.5 {value(row, col):.2f}"
        for row in range(rows)
        for col in range(cols)
    ]
    head = HEAD.format(
        west=west,
        south=north - (rows - 1) * step,
        east=west + (cols - 1) * step,
        north=north,
        step=step,
        cols=cols,
        rows=rows,
    )
    path.write_text(head + "\n".join(lines[: len(lines) - cut]) + bad + "\n</grid_data></shakemap_grid>")
    return path


def test_a_shakemap_has_its_points_in_the_middle_of_cells_from_north_to_south(tmp_path):
    path = shakemap(tmp_path / "grid.xml")
    found = read_shakemap(path)
    assert found.fields["MMI"][:, 0].tolist() == [4, 5, 6, 7, 8, 9, 10] and found.units == {"PGA": "%g", "MMI": "MMI"}
    assert (found.transform.c, found.transform.f) == pytest.approx((WEST - 0.025, NORTH + 0.025))
    (hazard,) = read_hazard(path, "earthquake", GRID)
    assert (
        isinstance(hazard.source, ArraySource)
        and hazard.event == "M 7.8 MADE 2015-04-25 (made)"
        and hazard.thresholds == (6.0, 8.0)
    )
    # Rows of 0.05° from 2.0: MMI VI and more begins at 1.925.
    assert share(hazard)[:4].max() == 0 and share(hazard)[5:].min() == 1
    refused("has no field PGV", path, "earthquake", field="PGV")
    refused("state kind", path, "flood")
    refused("no threshold is usual", path, "earthquake", field="PGA")
    refused("which is no MMI", path, "earthquake", thresholds=[0.1])
    (pga,) = read_hazard(path, "earthquake", GRID, field="PGA", thresholds=[0.2])
    assert pga.unit == "%g" and [warning.code for warning in pga.record.warnings] == ["all_exposed"]
    plain = path.read_text()
    path.write_text(plain.replace('units="pctg"', 'units="ln(g)"'))
    refused("logarithms, which are not read", path, "earthquake", field="PGA", thresholds=[0.1])
    path.write_text(plain.replace('units="pctg"', 'units=""'))
    refused("states no unit of PGA", path, "earthquake", field="PGA", thresholds=[10])
    assert read_hazard(path, "earthquake", GRID, field="PGA", unit="%g", thresholds=[10])[0].unit == "%g"


def test_shakemaps_that_are_damaged_or_hostile(tmp_path):
    refused("unpack it", text(tmp_path / "grid.xml.gz", "x"), "earthquake")
    refused("states 49 points", shakemap(tmp_path / "cut.xml", cut=3), "earthquake")
    refused("not finite", shakemap(tmp_path / "nan.xml", value=lambda row, col: np.nan), "earthquake")
    refused("no number", shakemap(tmp_path / "word.xml", cut=1, bad="\n31.3 1.7 10.5 strong"), "earthquake")
    refused("no scale", shakemap(tmp_path / "scale.xml", value=lambda row, col: 40.0), "earthquake")
    huge = shakemap(tmp_path / "huge.xml")
    huge.write_text(re.sub('nlon="7"', 'nlon="4000000"', huge.read_text()))
    refused("no ShakeMap has so many", huge, "earthquake")
    blank = shakemap(tmp_path / "blank.xml")
    blank.write_text(re.sub('nominal_lon_spacing="[^"]*"', 'nominal_lon_spacing=""', blank.read_text()))
    refused("its grid specification is no grid", blank, "earthquake")
    moved = shakemap(tmp_path / "moved.xml")
    moved.write_text(moved.read_text().replace(f'lat_max="{NORTH}"', f'lat_max="{NORTH + 0.3}"'))
    refused("degrees from where", moved, "earthquake")
    entity = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><shakemap_grid>&e;</shakemap_grid>'
    refused("document type", text(tmp_path / "xxe.xml", entity), "earthquake")


@pytest.mark.real
@real
def test_the_shakemaps_of_loma_prieta_and_gorkha(tmp_path):
    path = tmp_path / "grid.xml"
    path.write_bytes(gzip.decompress((DATA / "earthquake" / "lomaprieta_grid.xml.gz").read_bytes()))
    found = read_shakemap(path)
    assert found.fields["MMI"].shape == (193, 241) and found.rows_read == 46513
    assert (found.transform.a, found.transform.e) == pytest.approx((0.025, -0.0249375))
    assert (
        found.units["PGA"] == "%g" and found.units["PGV"] == "cm/s" and found.fields["MMI"].max() == pytest.approx(8.72)
    )
    with pytest.raises(InputError, match="states 114798 points"):
        read_shakemap(DATA / "earthquake" / "us20002926_grid_head.xml")
    # The head of Gorkha holds four points; the others are made of them.
    head, _, rest = (DATA / "earthquake" / "us20002926_grid_head.xml").read_text().partition("<grid_data>")
    values = rest.split("\n")[1].split()[2:]
    lat = 30.8735 - np.arange(318) * (30.8735 - 25.5875) / 317
    lines = [f"{81.7314 + col / 60:.4f} {row:.4f} {' '.join(values)}" for row in lat for col in range(361)]
    whole = text(tmp_path / "gorkha.xml", head + "<grid_data>", *lines, "</grid_data></shakemap_grid>")
    gorkha = read_shakemap(whole)
    assert gorkha.fields["MMI"].shape == (318, 361) and gorkha.event["magnitude"] == "7.8"
    (event,) = read_hazard(whole, "earthquake", GeoBox((20, 20), Affine(0.05, 0, 84, 0, -0.05, 28.5), "EPSG:4326"))
    assert event.event == "M 7.8 NEPAL 2015-04-25 (us20002926)" and event.name.startswith("earthquake M 7.8 NEPAL")
    assert gorkha.transform.f == pytest.approx(30.8735 + 0.016675 / 2, abs=1e-5)
