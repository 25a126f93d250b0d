"""What the pack lends to a user who brings none: said everywhere, refused where the user says so, and never STARTER DATA."""

import contextlib
import io
import json
from dataclasses import replace

import numpy as np
import pytest

import ewcm
from ewcm.batch.fingerprint import fingerprint
from ewcm.cli import main
from ewcm.core.record import sha256_of
from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.inputs.find import find_inputs
from ewcm.inputs.read import load
from ewcm.packaged import BASEMAP, STARTER
from ewcm.report.numbers import rounded
from tests.made_files import write_areas, write_population, write_sites
from tests.report.test_webmap import data_of
from tests.sources.files import raster

LENT = ["boundaries", "places", "official", "basemap"]


def folder_of(folder, tables=""):
    """People and two operators' sites near Kampala, and nothing else."""
    folder.mkdir(exist_ok=True)
    write_population(folder / "people.tif")
    write_sites(folder / "sites.csv")
    text = '[population]\npath = "people.tif"\n[[sites]]\npath = "sites.csv"\n'
    (folder / "inputs.toml").write_text(text + tables, encoding="utf-8")
    return folder


def lent_layers(data):
    return [record.layer for record in data.records if record.lent]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("lent")


@pytest.fixture(scope="module")
def printed(place):
    """What the command line prints of a run."""
    folder = folder_of(place / "data")
    command = ["run", "UGA", "--inputs", str(folder), "--output", str(place / "UGA"), "--min-people", "1"]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main(command) == 0
    return out.getvalue()


@pytest.fixture(scope="module")
def published(place, printed):
    """The folder of its results."""
    return place / "UGA"


def test_people_and_sites_alone_give_named_areas_and_named_coldspots_of_the_users_own(published):
    """They had the frame of the grid for an area, and coldspots without a name."""
    result = ewcm.open_result(published)
    areas = result.areas[(result.areas["level"] == 1) & (result.areas["people"] > 0)]
    assert {"Kampala", "Wakiso"} & set(areas["name"])
    assert (
        len(result.coldspots)
        and (result.coldspots["place"] != "").all()
        and (result.coldspots["area_name"] != "").all()
    )
    summary = json.loads((published / "summary.json").read_text(encoding="utf-8"))
    assert summary["data_grade"] == "user" and summary["starter"] is False
    for name in ("areas.csv", "coldspots.csv"):
        assert (published / name).read_text(encoding="utf-8-sig").splitlines()[1].startswith("user,")


def test_what_is_lent_is_said_in_summary_manifest_and_page_with_licence_and_digest(published):
    summary = json.loads((published / "summary.json").read_text(encoding="utf-8"))
    manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    page = data_of((published / "index.html").read_text(encoding="utf-8"))
    files = {
        "boundaries": STARTER.folder / "areas" / "UGA.geojson",
        "places": STARTER.folder / "places.csv",
        "official": STARTER.folder / "official_9c1.csv",
        "basemap": BASEMAP.folder / "UGA.json",
    }
    assert [one["layer"] for one in summary["inputs"] if one["lent"]] == LENT
    assert page["summary"]["inputs"] == summary["inputs"]
    for record in manifest["inputs"]:
        assert record["lent"] == (record["layer"] in LENT) and not record["starter"]
        if record["lent"]:
            assert record["sha256"] == sha256_of(files[record["layer"]])
    for one in summary["inputs"]:
        if one["lent"]:
            assert one["attribution"] and one["licence"] not in ("", "not stated")
    said = {caveat["code"] for caveat in summary["caveats"]}
    assert {"lent_boundaries", "lent_places", "lent_official"} <= said and "starter" not in said


def test_run_and_check_say_it(place, printed, capsys):
    for sentence in (
        "note: No boundaries were given: the areas are those of Natural Earth, which come with the engine.",
        "note: No places were given",
        "note: The official figure for at least 2G, 98 % of the people (2022), lies above our model range of ",
        "note: The official figures for 2G, 3G, 4G were not given with the data",
    ):
        assert sentence in printed
    assert main(["check", "UGA", "--inputs", str(place / "data")]) == 0
    check = capsys.readouterr().out
    for layer in LENT:
        assert f"lent: comes with the engine, as none was given ([lend] {layer} = false" in check
    assert "not given: boundaries" not in check and "not given: places" not in check


@pytest.mark.parametrize(
    ("lend", "layers"),
    [
        ("boundaries = false", ["places", "official", "basemap"]),
        ("all = false", []),
        ("all = false\nplaces = true", ["places"]),
        ("official = false\nbasemap = false", ["boundaries", "places"]),
    ],
)
def test_a_folder_may_refuse(tmp_path, lend, layers):
    inputs = find_inputs(country("UGA"), folder_of(tmp_path / "data", f"[lend]\n{lend}\n"))
    data = load(inputs)
    assert lent_layers(data) == layers
    assert (data.boundaries is None) == ("boundaries" not in layers) and (data.basemap is None) == (
        "basemap" not in layers
    )
    assert fingerprint(inputs, inputs.settings) != fingerprint(
        replace(inputs, lend=type(inputs.lend)()), inputs.settings
    )


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ("[lend]\nboundries = false", "[lend] 'boundries' is not a key that is read; did you mean boundaries?"),
        ("[lend]\nplaces = 1", "[lend] places must be true or false, not '1'"),
        ("lend = 1", "[sites] 'lend' is not a key"),  # the table that stands before it
        ("[[lend]]\nplaces = true", "lend is not a table; write [lend]"),
        ('[[official]]\ntechnology = "4G"\nyear = 2023', "[[official]] has no percent"),
        ('[[official]]\ntechnology = "LTE"\npercent = 61\nyear = 2023', "technology is 'LTE'; it must be one of 2G"),
        ('[[official]]\ntechnology = "4G"\npercent = 610\nyear = 2023', "percent is '610'; it must be a per cent"),
        ('[[official]]\ntechnology = "4G"\npercent = 61\nyear = 23', "year is '23'; it must be a year"),
        ('[[official]]\ntechnology = "4G"\npercent = 61\nyear = 2023\nrole = "goal"', 'must be "check" or "target"'),
        ('[[official]]\npath = "sites.csv"\ntechnology = "4G"', "[[official]] has a path and technology"),
        (2 * '[[official]]\ntechnology = "4G"\npercent = 61\nyear = 2023\n', "the figure of 4G is given 2 times"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line(tmp_path, tables, said):
    folder = folder_of(tmp_path / "data", tables + "\n")
    with pytest.raises(InputError) as error:
        load(find_inputs(country("UGA"), folder))
    assert said in str(error.value) and "\n" not in str(error.value)


def test_people_and_network_are_never_lent(tmp_path):
    folder = folder_of(tmp_path / "data")
    (folder / "inputs.toml").write_text('[population]\npath = "people.tif"\n', encoding="utf-8")
    result = ewcm.run("UGA", folder)
    assert result.data.sites is None and lent_layers(result.data) == LENT
    assert result.summary["services"]["any"]["unknown"] == pytest.approx(result.inhabitants)
    assert not result.data.starter and result.summary["official"]["2G"]["position"] is None
    (folder / "inputs.toml").write_text('[[sites]]\npath = "sites.csv"\n', encoding="utf-8")
    with pytest.raises(InputError, match="population"):
        load(find_inputs(country("UGA"), folder))


def test_what_the_user_brings_is_not_lent(tmp_path):
    tables = (
        '[[boundaries]]\npath = "a.geojson"\nlevel = 1\n[[places]]\npath = "p.csv"\n'
        '[[official]]\ntechnology = "4G"\npercent = 61\nyear = 2023\nsource = "UCC"\nrole = "target"\n'
    )
    folder = folder_of(tmp_path / "data", tables)
    write_areas(folder / "a.geojson")
    (folder / "p.csv").write_text("name,lat,lon,population\nTown,0.8,32.2,5000\n", encoding="utf-8")
    data = load(find_inputs(country("UGA"), folder))
    assert lent_layers(data) == ["official", "basemap"]
    assert data.places.table["name"].tolist() == ["Town"] and len(data.boundaries.table) == 4
    own = data.official.of("4G")
    assert (own.share, own.year, own.source, own.role, own.lent) == (0.61, 2023, "UCC", "target", False)
    assert [(one.technology, one.lent) for one in data.official.figures] == [("2G", True), ("3G", True), ("4G", False)]
    stated = [record for record in data.records if record.layer == "official" and not record.lent]
    assert stated[0].path == "inputs.toml" and stated[0].source == "UCC" and stated[0].date == "2023"


def test_where_all_figures_are_the_users_the_file_of_the_pack_is_no_input(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "o.json").write_text('{"2G": 99, "3G": 90, "4G": 80, "year": 2024}', encoding="utf-8")
    data = load(find_inputs(country("UGA"), folder_of(tmp_path / "data", '[official]\npath = "o.json"\n')))
    assert "official" not in lent_layers(data)
    assert {figure.year for figure in data.official.figures} == {2024}


def test_a_country_that_the_pack_has_not_is_lent_names_and_land_and_nothing_that_is_counted(tmp_path):
    raster(tmp_path / "pop.tif", np.full((4, 4), 9.0, "float32"), west=2.0, north=48.0)
    data = load(find_inputs(country("FRA"), tmp_path))
    assert lent_layers(data) == ["places", "basemap"] and data.official.figures == () and data.boundaries is None
    assert data.places.table.iloc[0]["name"] == "Paris" and data.places.table.iloc[0]["name_ar"] == "باريس"


def test_a_file_that_carries_the_starter_mark_keeps_it_beside_lent_layers(tmp_path):
    folder = folder_of(tmp_path / "data")
    write_sites(folder / "sites.csv")
    lines = (folder / "sites.csv").read_text(encoding="utf-8").splitlines()
    marked = [f"{line},{'data_grade' if number == 0 else 'starter'}" for number, line in enumerate(lines)]
    (folder / "sites.csv").write_text("\n".join(marked) + "\n", encoding="utf-8")
    data = load(find_inputs(country("UGA"), folder))
    assert data.starter and [record.layer for record in data.records if record.starter] == ["sites"]


def test_a_published_country_is_opened_with_what_was_lent(published):
    again = ewcm.open_result(published)
    assert lent_layers(again.data) == LENT and not again.data.starter
    assert again.data.official.of("4G").share == 0.31 and again.data.official.of("4G").lent
    assert again.data.basemap is not None and again.data.basemap.sha256 == sha256_of(BASEMAP.folder / "UGA.json")
    written = json.loads((published / "summary.json").read_text(encoding="utf-8"))
    assert rounded(again.summary) == {key: value for key, value in written.items() if key != "data_grade"}


def test_in_a_notebook_what_is_not_given_is_lent_unless_it_is_refused(tmp_path):
    people = write_population(tmp_path / "people.tif")
    assert lent_layers(ewcm.run("UGA", population=people).data) == LENT
    assert lent_layers(ewcm.run("UGA", population=people, lend=False).data) == []
    assert lent_layers(ewcm.run("UGA", population=people, lend={"places": False}).data) == [
        "boundaries",
        "official",
        "basemap",
    ]
    with pytest.raises(InputError, match=r"lend: .* was given"):
        ewcm.run("UGA", population=people, lend={"cells": False})


@pytest.mark.real
def test_uganda_without_boundaries_and_places(real_data, tmp_path):
    for name in ("641.csv", "uga_ppp_2020_1km_Aggregated_UNadj.tif"):
        (tmp_path / name).symlink_to(real_data / "UGA" / name)
    result = ewcm.run("UGA", tmp_path, settings={"models": ["radius"]})
    assert lent_layers(result.data) == LENT and not result.data.starter
    assert (result.areas["level"] == 1).sum() == 112
    assert (result.coldspots["place"] != "").all() and (result.coldspots["area_name"] != "").all()
    assert result.summary["official"]["2G"]["position"] == "above"
