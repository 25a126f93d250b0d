"""Channels beside mobile networks in a country's own run: from files to services, areas and whom a second channel misses."""

import json
import warnings
from dataclasses import replace

import jsonschema
import numpy as np
import pandas as pd
import pytest
import shapely

import ewcm
from ewcm import pipeline
from ewcm.api import with_methods
from ewcm.cli import main
from ewcm.core import grid
from ewcm.core.fraction import CASES, LEVELS
from ewcm.countries import country
from ewcm.coverage.broadcast import DENSE_KM2, field_threshold_dbm, siren_levels
from ewcm.errors import EwcmError
from ewcm.report import publish
from ewcm.report.geopackage import write_geopackage
from ewcm.report.read import open_result
from ewcm.settings import Settings
from ewcm.sources.alert_channels import siren_radius_km
from ewcm.sources.broadcast import read_broadcast
from tests.conftest import ROOT
from tests.made import made_areas, made_data, made_grid, made_sites
from tests.made_alerts import cap, info
from tests.test_terrain_runs import _country, _write_dem

GEOBOX = made_grid(rows=24, cols=30, step=1 / 20)  # 30.0 to 31.5 E, 0.8 to 2.0 N
PEOPLE = np.random.default_rng(3).gamma(0.5, 300, GEOBOX.shape.yx).astype(np.float32)
AREAS = made_areas((1, "West", shapely.box(30, 0.8, 30.7, 2)), (1, "East", shapely.box(30.7, 0.8, 31.5, 2)))


def _read(folder, name, text="", suffix="csv", **stated):
    path = None
    if text:
        path = folder / f"{name}.{suffix}"
        path.write_text(text)
    return read_broadcast(path, name, country("UGA"), stated_in=folder / "inputs.toml", **stated)


def _ground(*boxes):
    shapes = [{"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(box))} for box in boxes]
    return json.dumps({"type": "FeatureCollection", "features": shapes})


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("channels")
    (folder / "inputs.toml").write_text("")
    data = made_data(
        PEOPLE,
        GEOBOX,
        sites=made_sites((1.2, 30.32, "2G", "Red"), (1.4, 30.74, "2G", "Blue")),
        boundaries=AREAS,
        operators=("Red", "Blue"),
        channels=(
            _read(folder, "FM", _ground(shapely.box(30.4, 0.8, 31.0, 2)), "geojson"),
            _read(folder, "siren", "lat,lon,level_db\n1.9,31.3,130\n"),
        ),
    )
    return pipeline.run(data, Settings(radius_km={"2G": 30.0}, min_people=1))


def test_channels_are_services_of_their_own_and_together(result):
    assert {"FM", "siren", "any or FM or siren"} <= set(result.coverage.services)
    assert not result.coverage.missing  # who runs a transmitter is no operator of mobile networks
    fm = result.services["FM"]
    inside = slice(8, 20)  # columns 30.4 to 31.0
    assert fm.covered == pytest.approx(float(PEOPLE[:, inside].sum()), rel=1e-6) and fm.unknown == 0
    areas = result.areas.set_index("name")
    assert areas.loc["West", "covered_FM"] + areas.loc["East", "covered_FM"] == pytest.approx(fm.covered)
    both = result.services["any or FM or siren"]
    assert both.covered_low <= both.covered <= both.covered_high and both.uncovered is not None
    assert both.covered_low >= max(result.services["any"].covered_low, fm.covered_low) - 1e-6


def test_many_services_are_written_without_a_warning_of_a_library(result, tmp_path):
    """Tables of more than a hundred columns had pandas tell the user of its own speed."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.PerformanceWarning)
        write_geopackage(result, tmp_path / "layers.gpkg")
    assert (tmp_path / "layers.gpkg").stat().st_size


def test_whom_a_second_channel_misses_is_bounded_and_adds_up(result):
    table = result.table("second_channel")
    whole = table[table["level"] == 0].iloc[0]
    groups = ["both", "mobile_only", "other_only", "neither"]
    assert whole[groups].sum() == pytest.approx(whole["people"], rel=1e-4)
    # Circles and boxes hold whole cells here: nothing is left to how the channels go together, but for the siren's edge.
    mobile = result.coverage.shares("any", "central", slice(0, 24)).covered_level() > 0
    radio = np.zeros(GEOBOX.shape.yx, bool)
    radio[:, 8:20] = True
    assert whole["mobile_only"] == pytest.approx(float(PEOPLE[mobile & ~radio].sum()), rel=1e-3)
    for name in groups:
        assert whole[f"{name}_low"] <= whole[name] <= whole[f"{name}_high"]
        assert table.loc[table["level"] == 1, name].sum() == pytest.approx(whole[name])
    assert result.summary["second_channel"]["channels"] == ["FM", "siren"]


def test_a_second_channel_is_a_service_with_a_map_and_coldspots(result):
    second, table = result.services["any and FM or siren"], result.table("second_channel")
    whole = table[table["level"] == 0].iloc[0]
    for end in ("_low", "", "_high"):  # the service and the table are two ways to the same figure
        assert getattr(second, f"covered{end}") == pytest.approx(whole[f"both{end}"], rel=1e-4)
    assert second.uncovered == pytest.approx(whole["people"] - second.covered - second.unknown)
    assert second.covered_high <= min(result.services["any"].covered, whole["both"] + whole["other_only_high"]) + 1
    assert {"any or FM or siren", "any and FM or siren"} <= set(result.coldspots["service"])
    missing = result.coldspots.loc[result.coldspots["service"] == "any and FM or siren", "people"].sum()
    assert missing > result.coldspots.loc[result.coldspots["service"] == "any or FM or siren", "people"].sum()


def test_an_alert_takes_the_channels_of_the_countrys_own_map(result, tmp_path):
    alert = tmp_path / "alert.xml"
    alert.write_text(
        cap(info(polygon="0.9,30.1 0.9,31.4 1.95,31.4 1.95,30.1 0.9,30.1", expires="2099-01-01T00:00:00Z"))
    )

    def asked(channels="", own=result):
        (tmp_path / "channels.toml").write_text(channels)
        stated = tmp_path / "channels.toml" if channels else None
        answer = ewcm.alert(alert, ["UGA"], results={"UGA": own}, channels=stated, maps=tmp_path)
        (found,) = answer.summary["alerts"][0]["countries"]
        answer.write(tmp_path / "out")
        schema = json.loads((ROOT / "docs" / "reach.schema.json").read_text(encoding="utf-8"))
        jsonschema.validate(json.loads((tmp_path / "out" / "reach.json").read_text(encoding="utf-8")), schema)
        return {each["channel"]: each for each in found["channels"]}, found

    by_name, found = asked()
    assert list(by_name) == ["mobile", "FM", "siren"] and by_name["FM"]["of_map"] and by_name["siren"]["reached"] > 0
    # Who has a radio is not known: everybody on its ground may be reached, and nobody is known to be.
    inside = with_methods(result).reach_in(shapely.box(30.1, 0.9, 31.4, 1.95))
    assert by_name["FM"]["reached_high"] == pytest.approx(inside["covered_FM"].iloc[0], rel=1e-3)
    assert by_name["FM"]["reached_low"] == by_name["FM"]["reached"] == 0 and by_name["FM"]["unknown"] > 0
    assert {"code": "devices", "channels": ["FM"]} in found["first_steps"]
    assert found["together"]["reached"] >= by_name["mobile"]["reached"]
    # What a file says of a channel goes before the map, and a share of sets that the run's inputs state is counted with.
    silent, _ = asked('[[channel]]\nname = "FM"\nstate = "unknown"\n')
    assert silent["FM"]["reached"] is None and "of_map" not in silent["FM"]
    records = tuple(
        replace(each, facts={**each.facts, "devices": 0.5}) if each.facts.get("channel") == "FM" else each
        for each in result.data.records
    )
    half, _ = asked(own=replace(result, data=replace(result.data, stated_records=records)))
    assert half["FM"]["reached"] == pytest.approx(by_name["FM"]["reached_high"] / 2, rel=1e-3)


def test_a_published_country_keeps_its_channels(result, tmp_path):
    again = open_result(publish.write(result, tmp_path / "maps" / "XYZ"))
    assert again.services["any and FM or siren"].covered == pytest.approx(
        result.services["any and FM or siren"].covered
    )
    stored, made = (each.coverage.shares("any and FM or siren", "low", slice(0, 24)) for each in (again, result))
    np.testing.assert_array_equal(stored.covered_level(), made.covered_level())
    assert again.services["FM"].covered == pytest.approx(result.services["FM"].covered)
    assert again.table("second_channel")["mobile_only"].tolist() == pytest.approx(
        result.table("second_channel")["mobile_only"].tolist()
    )
    assert any(record.layer == "channel" for record in again.data.records)


def test_fm_over_terrain_from_a_folder_on_the_command_line(tmp_path, capsys):
    folder = _country(tmp_path / "in", [{"lat": 0.9, "lon": 32.1, "technology": "2G"}])
    _write_dem(folder / "dem" / "flat.tif", np.full((600, 600), 1000, np.int16))
    (folder / "fm.csv").write_text("lat,lon,eirp_dbm,height_m\n0.9,32.1,20,60\n")  # 0.1 W
    with (folder / "inputs.toml").open("a") as file:
        file.write('[[channel]]\nname = "FM"\npath = "fm.csv"\n')
    assert main(["run", "UGA", "--inputs", str(folder), "--output", str(tmp_path / "out"), "--quiet"]) == 0
    again = open_result(tmp_path / "out")
    share = again.coverage.shares("FM", "central", slice(0, 24)).covered_level() / LEVELS
    km2 = float((share * grid.cell_area_km2(again.geobox, slice(0, 24))).sum())
    # In free space 54 dB(uV/m) reach 3.46 km; the ground takes some of that, and an antenna of 10 m keeps most of it.
    assert np.pi * 1.5**2 < km2 < np.pi * 3.6**2
    assert again.coverage.chosen["FM"].name == "p1812" and again.coverage.chosen["2G"].name == "p1812"
    rows = (tmp_path / "out" / "second_channel.csv").read_text(encoding="utf-8-sig")
    assert "mobile_only_high" in rows.splitlines()[0]
    (folder / "inputs.toml").write_text(
        '[population]\npath = "people.tif"\n[[channel]]\nname = "FM"\npath = "fm.csv"\n'
    )
    assert main(["run", "UGA", "--inputs", str(folder), "--output", str(tmp_path / "out"), "--quiet"]) == 2
    assert "the field of FM needs a terrain; add [terrain], or state radius_km" in capsys.readouterr().err


def test_sirens_are_heard_farther_where_few_live():
    fine = made_grid(rows=60, cols=60, step=1 / 600)  # 185 m
    here = {"lat": np.array([1.95]), "lon": np.array([30.05]), "level_db": np.array([120.0])}
    sites, crowded = pd.DataFrame(here), np.full((60, 60), DENSE_KM2, np.float32)
    area = float(grid.cell_area_km2(fine, slice(0, 60)).mean())
    for people, threshold in ((crowded, 70.0), (np.ones((60, 60), np.float32), 60.0)):
        levels = siren_levels(sites, people, fine, None)
        for case in CASES:
            radius = float(siren_radius_km(np.array([120.0]), case, threshold)[0])
            if radius < 2:  # within the grid
                assert levels[case].sum() / LEVELS * area == pytest.approx(np.pi * radius**2, rel=0.02)
        assert (levels["low"] <= levels["central"]).all() and (levels["central"] <= levels["high"]).all()


def test_the_field_of_a_transmitter_is_its_level_moved_by_the_frequency():
    # 1 kW e.i.r.p. in free space at 10 km: E = 30 log... = sqrt(30 P)/d = 0.01732 V/m, 84.8 dB(uV/m).
    loss = 32.45 + 20 * np.log10(10 * 98.0)
    field = 20 * np.log10(np.sqrt(30 * 1000) / 10_000 * 1e6)
    assert field_threshold_dbm(float(field), 98.0) == pytest.approx(60 - loss, abs=0.1)


@pytest.mark.parametrize(
    ("name", "text", "stated", "message"),
    [
        ("5G", "", {"everywhere": True}, "'5G' is not known; use FM, AM, TV, siren, satellite"),
        ("satellite", "", {}, "satellite does not say where it is; state path, or everywhere = true"),
        ("siren", "lat,lon\n1,30\n", {}, "has no column level_db"),
        ("siren", "lat,lon,level_db\n1,30,20\n", {}, "row 2 lacks a position and a level from 80 to 150 dB"),
        ("FM", "", {"everywhere": True, "devices": 40}, "devices of FM is 40; write a share of people from 0 to 1"),
        ("AM", "lat,lon\n1,30\n", {}, "how far a site of AM reaches is not known; state radius_km"),
    ],
)
def test_mistakes_are_one_line(tmp_path, name, text, stated, message):
    (tmp_path / "inputs.toml").write_text("")
    with pytest.raises(EwcmError, match=r"channel|csv") as error:
        _read(tmp_path, name, text, **stated)
    assert message in str(error.value)


def test_transmitters_out_of_service_are_left_out_and_that_is_said(tmp_path):
    (tmp_path / "inputs.toml").write_text("")
    found = _read(tmp_path, "FM", "lat,lon,Status\n1,30,on air\n1,30.2,Off air\n1,30.4,planned\n")
    assert (
        len(found.sites) == 1
        and "2 rows were left out, which say that theirs does not work" in found.record.assumptions[-1]
    )
