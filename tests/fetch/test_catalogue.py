"""The catalogue says everything that is needed, and recipes read what services answer."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewcm.errors import EwcmError, SettingsError
from ewcm.fetch import sources
from ewcm.fetch.catalogue import LAYERS, select
from ewcm.fetch.job import licence_flags
from ewcm.fetch.recipes import RECIPES
from ewcm.fetch.recipes.masts import rows_of
from ewcm.fetch.recipes.official import figures_of, newest
from ewcm.fetch.recipes.terrain import tile_name


@pytest.mark.parametrize("source", sources().values(), ids=lambda source: source.name)
def test_every_source_is_whole(source) -> None:  # type: ignore[no-untyped-def]
    assert source.layer in LAYERS and source.recipe in RECIPES
    assert source.licence and source.attribution and source.mend and source.home.startswith("https://")
    known = {
        "iso3",
        "ISO3",
        "ISO2",
        "M49",
        "MCC",
        "Y",
        "LEVEL",
        "TOKEN",
        "TILE",
        "ROW",
        "COLUMN",
        "QUERY",
        "TECHNOLOGY",
        "PERIOD",
        "BASIN",
    }
    for url in source.url.values():
        assert url.startswith("https://")
        assert {name for _, name, _, _ in string.Formatter().parse(url) if name} <= known
    if source.without_token:
        assert source.token_env and sources()[source.without_token].layer == source.layer
    if source.recipe == "population":
        assert set(source.step_deg) == set(source.url) and source.nodata is not None


def test_each_layer_that_a_run_can_use_has_one_default() -> None:
    for has_token in (True, False):
        chosen = select((), has_token=has_token)
        assert [source.layer for source in chosen] == [
            "boundaries",
            "population",
            "cells",
            "places",
            "official",
            "terrain",
        ]
        assert chosen[2].name == ("opencellid" if has_token else "mls")


def test_a_source_named_is_the_one_that_is_taken() -> None:
    assert [source.name for source in select(("terrain", "ghs-pop", "cod-ab"), has_token=False)] == [
        "cod-ab",
        "ghs-pop",
        "copernicus",
    ]
    assert [source.name for source in select(("opencellid",), has_token=False)] == ["opencellid"]
    assert [source.name for source in select(("sites", "sites"), has_token=False)] == ["osm-masts"]
    with pytest.raises(SettingsError, match="neither a layer"):
        select(("population", "nothing"), has_token=False)


@pytest.mark.parametrize(
    ("licence", "flags"),
    [
        ("CC BY 4.0", (True, False)),
        ("CC BY-NC-SA 4.0", (True, True)),
        ("Creative Commons Attribution-NonCommercial 3.0", (True, True)),
        ("Open Data Commons Open Database License 1.0", (True, False)),
        ("All rights reserved", (False, False)),
        ("GADM licence: academic and other non-commercial use, no redistribution", (False, True)),
        ("", (True, False)),
    ],
)
def test_flags_of_licences(licence: str, flags: tuple[bool, bool]) -> None:
    assert licence_flags(licence) == flags


@pytest.mark.parametrize(
    ("corner", "name"),
    [
        ((0, 32), "N00_00_E032_00"),
        ((-1, -1), "S01_00_W001_00"),
        ((13, -60), "N13_00_W060_00"),
        ((-22, -175), "S22_00_W175_00"),
    ],
)
def test_names_of_tiles(corner: tuple[int, int], name: str) -> None:
    assert tile_name(*corner) == name


def test_official_figures_are_of_one_year_and_the_newest_that_has_them_all() -> None:
    series = {
        "2G": {2021: 97.0, 2022: 98.0, 2023: 98.5},
        "3G": {2021: 80.0, 2022: 90.0},
        "4G": {2021: 50.0, 2022: 61.0},
        "5G": {2023: 1.0},
    }
    assert newest(series) == {"2G": 98.0, "3G": 90.0, "4G": 61.0, "year": 2022}
    assert newest({"2G": {2015: 70.0}, "3G": {}, "4G": {}, "5G": {}}) == {"2G": 70.0, "year": 2015}
    assert newest({"2G": {}, "3G": {}, "4G": {}, "5G": {}}) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(
            ["data", "elements", "geoAreaCode", "value", "timePeriodStart", "lat", "lon", "tags", "center", "remark"]
        ),
        inner, max_size=4,
    ),
    max_leaves=8,
)  # fmt: skip


@given(JSON | st.fixed_dictionaries({"data": st.lists(JSON, max_size=3), "elements": st.lists(JSON, max_size=3)}))
def test_whatever_a_service_answers_is_an_answer_or_one_clear_error(answer: object) -> None:
    for read in (lambda: figures_of(answer, 800), lambda: rows_of(answer)):
        try:
            read()
        except EwcmError as error:
            assert "\n" not in str(error)
