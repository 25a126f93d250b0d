"""Uganda from real files: the truth table of the radius model, through the command line and through Python."""

import json

import pytest

import ewcm
from ewcm.cli import main

#: Per cent of people whose grid cell's centre lies within R km of the nearest cell.
TRUTH = {
    5: {"any": 65.403, "2G": 65.278, "3G+": 32.729, "4G": 9.479},
    10: {"any": 81.597, "2G": 81.568, "3G+": 46.028, "4G": 11.947},
    15: {"any": 89.381, "2G": 89.369, "3G+": 56.331, "4G": 13.255},
    35: {"any": 97.805, "2G": 97.805, "3G+": 79.672, "4G": 17.825},
}


def _equals_the_truth_table(summary, radius_km):
    for service, share in TRUTH[radius_km].items():
        assert summary["services"][service]["covered_share"] * 100 == pytest.approx(share, abs=0.01)
    assert summary["people"] == pytest.approx(45_741_000, abs=1000)


@pytest.mark.real
def test_published_shares_equal_the_truth_table(real_data, tmp_path):
    folder = tmp_path / "UGA"
    arguments = ["run", "UGA", "--inputs", str(real_data / "UGA"), "--output", str(folder), "--quiet"]
    assert main([*arguments, "--radius-km", "35"]) == 0
    _equals_the_truth_table(json.loads((folder / "summary.json").read_text(encoding="utf-8")), 35)


@pytest.mark.real
@pytest.mark.parametrize("radius_km", [5, *(pytest.param(km, marks=pytest.mark.long) for km in (10, 15))])
def test_computed_shares_equal_the_truth_table(radius_km, real_data):
    # Nothing is listed: a coldspot of so many people is none, and the shares do not depend on them.
    settings = {"radius_km": radius_km, "min_people": 1e9}
    _equals_the_truth_table(ewcm.run("UGA", real_data / "UGA", settings=settings).summary, radius_km)


@pytest.mark.real
@pytest.mark.parametrize("iso3", ["SOM", "NPL"])
def test_with_people_and_boundaries_only_everything_is_unknown(iso3, real_data, tmp_path):
    folder = tmp_path / iso3
    assert main(["run", iso3, "--inputs", str(real_data / iso3), "--output", str(folder), "--quiet"]) == 0
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    for figures in summary["services"].values():
        assert figures["covered"] is None and figures["uncovered"] is None
        assert figures["unknown"] == pytest.approx(summary["people"], rel=1e-9)
