"""Sirens: how far they are heard, and what is wrong with a list of them."""

import re

import numpy as np
import pytest
import shapely

from ewcm.errors import InputError
from ewcm.sources.alert_channels import read_channels, siren_radius_km


@pytest.mark.parametrize(
    ("level", "radii"),
    [(115, (410, 690, 2500)), (120, (547, 975, 3400)), (124, (690, 1287, 4100)), (130, (975, 1951, 5400))],
)
def test_radii_of_sirens_are_those_of_the_published_laws(level, radii):
    found = [float(siren_radius_km(np.array([level]), case)[0]) * 1000 for case in ("low", "central", "high")]
    assert found == pytest.approx(radii, rel=0.03)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (
            "lat,lon,level_db\n178.44,-18.14,120",
            "row 2: lat is '178.44'; write degrees from -90 to 90; are lat and lon exchanged",
        ),
        ("lat,lon,level_db\n1.3,30.6,12", "row 2: level_db is '12'; write dB"),
        ("lat,lon,level_db\n1.3,30.6,120\n1.3,east,120", "row 3: lon is 'east'; write degrees"),
        ("lat;lon;level_db\n1,3;30,6;120", ""),
        ("lat,lon,level_db,status\n1.3,30.6,120,OK\n", ""),
        (
            "lat,lon,level_db,status\n1.3,30.6,120,OK\n1.4,30.6,120,out of order",
            "1 of 2 rows say that their siren does not work ('out of order' in column status)",
        ),
        ("lat,lon,level_db,working\n1.3,30.6,120,yes\n1.4,30.6,120,no", "does not work ('no' in column working)"),
    ],
)
def test_a_list_of_sirens_is_told_what_is_wrong_with_it(tmp_path, rows, reason):
    (tmp_path / "sirens.csv").write_text(rows + "\n")
    (tmp_path / "channels.toml").write_text("[[channel]]\nname='siren'\nsites='sirens.csv'\n")
    if reason:
        with pytest.raises(InputError, match=re.escape(reason)):
            read_channels(tmp_path / "channels.toml")
        return
    ground = read_channels(tmp_path / "channels.toml")[1].ground["central"]
    assert shapely.contains_xy(ground, 30.6, 1.3)
