"""Uganda from real files: the truth table of the radius model, and one row of it through the command line."""

import json
from dataclasses import replace

import pytest

from ewcm import country, pipeline
from ewcm.cli import main
from ewcm.inputs import find_inputs, load
from ewcm.settings import TECHNOLOGIES

#: Per cent of people whose grid cell's centre lies within R km of the nearest cell.
TRUTH = {
    5: {"any": 65.403, "2G": 65.278, "3G+": 32.729, "4G": 9.479},
    10: {"any": 81.597, "2G": 81.568, "3G+": 46.028, "4G": 11.947},
    15: {"any": 89.381, "2G": 89.369, "3G+": 56.331, "4G": 13.255},
    35: {"any": 97.805, "2G": 97.805, "3G+": 79.672, "4G": 17.825},
}


#: The radius that goes all the way from the command line to the files; the others are computed and not written.
BY_COMMAND = 10


@pytest.fixture(scope="module")
def found(real_data):
    """The inputs of Uganda and what was read from them, once for every radius."""
    inputs = find_inputs(country("UGA"), real_data / "UGA")
    return inputs, load(inputs)


def agrees(summary, radius_km):
    for service, share in TRUTH[radius_km].items():
        assert summary["services"][service]["covered_share"] * 100 == pytest.approx(share, abs=0.01)
    assert summary["people"] == pytest.approx(45_741_000, abs=1000)


@pytest.mark.real
@pytest.mark.parametrize("radius_km", [radius for radius in TRUTH if radius != BY_COMMAND])
def test_covered_shares_equal_the_truth_table(radius_km, found):
    inputs, data = found
    settings = replace(inputs.settings, radius_km=inputs.settings.radius_km | dict.fromkeys(TECHNOLOGIES, radius_km))
    agrees(pipeline.run(data, settings).summary, radius_km)


@pytest.mark.real
def test_covered_shares_from_the_command_line_equal_the_truth_table(real_data, tmp_path):
    folder = tmp_path / "UGA"
    arguments = ["run", "UGA", "--inputs", str(real_data / "UGA"), "--output", str(folder), "--quiet"]
    assert main([*arguments, "--radius-km", str(BY_COMMAND)]) == 0
    agrees(json.loads((folder / "summary.json").read_text(encoding="utf-8")), BY_COMMAND)


@pytest.mark.real
@pytest.mark.parametrize("iso3", ["SOM", "NPL"])
def test_with_people_and_boundaries_only_everything_is_unknown(iso3, real_data, tmp_path):
    folder = tmp_path / iso3
    assert main(["run", iso3, "--inputs", str(real_data / iso3), "--output", str(folder), "--quiet"]) == 0
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    for figures in summary["services"].values():
        assert figures["covered"] == figures["uncovered"] == 0
        assert figures["unknown"] == pytest.approx(summary["people"], rel=1e-9)
