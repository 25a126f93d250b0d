"""The base map: what lies around each country, under its own names, from files that come with the engine."""

import json
import re

import geopandas as gpd
import pytest
import shapely

from ewcm import basemap, packaged
from ewcm.countries import country
from ewcm.errors import InputError

PACKAGES = (packaged.STARTER, packaged.BASEMAP)


@pytest.mark.parametrize("iso3", ["SOM", "FJI", "UGA", "MDG"])
def test_it_reaches_as_far_as_a_window_of_another_shape_shows(iso3):
    west, south, east, north = basemap.window(packaged.areas(iso3).total_bounds)
    assert (east - west) >= (north - south) / 2.01 and (north - south) >= (east - west) / 2.01
    layers = basemap.around(iso3)
    assert set(layers) == {"land", "lakes", "borders", "far"}
    own = [feature for feature in layers["land"]["features"] if feature["properties"]["iso_a3"] == iso3]
    assert len(own) == 1 and own[0]["properties"]["name_fr"] == country(iso3).names["fr"]
    for name, layer in layers.items():
        assert json.dumps(layer)
        if layer["features"] and name != "far":
            found = gpd.GeoDataFrame.from_features(layer).total_bounds
            assert (found[:2] >= (west - 1e-4, south - 1e-4)).all() and (found[2:] <= (east + 1e-4, north + 1e-4)).all()


def test_beyond_it_there_is_still_land():
    window = shapely.box(*basemap.window(packaged.areas("MDG").total_bounds))
    far = shapely.union_all(
        [shapely.geometry.shape(part["geometry"]) for part in basemap.around("MDG")["far"]["features"]]
    )
    assert far.contains(shapely.Point(25.0, -20.0))  # Botswana
    assert far.intersection(window).area == pytest.approx(0.0, abs=1e-9)
    # On both sides of the 180th meridian: Australia west and Mexico east of Fiji.
    far = shapely.union_all(
        [shapely.geometry.shape(part["geometry"]) for part in basemap.around("FJI")["far"]["features"]]
    )
    assert far.contains(shapely.Point(145.0, -22.0)) and far.bounds[2] > 190


def names_around(iso3):
    return {feature["properties"]["name_en"] for feature in basemap.around(iso3)["land"]["features"]}


def test_lands_overseas_have_their_own_names_and_no_land_a_name_that_is_not_a_country():
    assert {"Réunion", "Mayotte"} <= names_around("MDG") and "France" not in names_around("MDG")
    assert {"Tokelau"} <= names_around("KIR")
    assert "Martinique" in names_around("BRB")
    assert "Netherlands" not in names_around("ATG")
    assert "Somalia" in names_around("DJI")
    assert not {"Somaliland", "Bir Tawil", "Siachen Glacier"} & (
        names_around("DJI") | names_around("SDN") | names_around("TJK")
    )


def test_lake_victoria_is_on_that_of_uganda():
    lakes = basemap.around("UGA")["lakes"]["features"]
    assert any("Victoria" in feature["properties"]["name_en"] for feature in lakes)


def test_the_lakes_are_those_that_are_drawn():
    drawn = basemap.around("UGA")["lakes"]["features"]
    assert [lake.wkb for lake in basemap.lakes("UGA")] == [
        shapely.geometry.shape(feature["geometry"]).wkb for feature in drawn
    ]


def test_a_country_without_a_file_of_its_own_has_a_coarse_one():
    layers = basemap.around("KEN")
    land = {feature["properties"]["iso_a3"]: feature for feature in layers["land"]["features"]}
    assert {"KEN", "UGA", "ETH"} <= set(land) and land["UGA"]["properties"]["name_ar"] == country("UGA").names["ar"]
    names = {feature["properties"]["name_en"] for feature in layers["lakes"]["features"]}
    assert {"Lake Victoria", "Lake Turkana"} <= names
    # New Zealand and its neighbours across the 180th meridian stand beside each other.
    east = shapely.union_all(
        [shapely.geometry.shape(one["geometry"]) for one in basemap.around("NZL")["land"]["features"]]
    )
    assert east.bounds[2] - east.bounds[0] < 180


def test_there_is_none_for_a_country_that_the_engine_brings_nothing_of():
    assert basemap.around("XKX") is None


def test_every_country_has_one_and_it_is_small():
    files = {path.stem for path in packaged.BASEMAP.folder.glob("*.json")}
    assert files == {*packaged.available(), "world", "lakes"}


def test_the_pack_is_small_and_so_is_each_of_its_files():
    sizes = [path.stat().st_size for package in PACKAGES for path in package.folder.rglob("*") if path.is_file()]
    assert sum(sizes) <= 15_000_000 and max(sizes) <= 1_000_000


def test_a_missing_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(packaged.Package, "folder", tmp_path)
    (tmp_path / "areas").mkdir()
    (tmp_path / "areas" / "UGA.geojson").touch()
    with pytest.raises(InputError, match=re.escape("data/basemap/UGA.json")):
        basemap.around("UGA")


def test_an_installed_engine_finds_its_files_in_its_environment(monkeypatch, tmp_path):
    monkeypatch.setattr(packaged, "__file__", str(tmp_path / "site-packages" / "ewcm" / "packaged.py"))
    monkeypatch.setattr(packaged.sys, "prefix", str(tmp_path / "env"))
    assert packaged.BASEMAP.folder == tmp_path / "env" / "share" / "ewcm" / "basemap"
    assert packaged.STARTER.folder == tmp_path / "env" / "share" / "ewcm" / "starter"
