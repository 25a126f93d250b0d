"""Administrative boundaries."""

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.sources.boundaries import joined, read_boundaries
from tests.sources.files import UGA, feature, square

FJI = country("FJI")

#: An archive whose only member asks for version 8.2 of the zip format.
ZIP_OF_THE_FUTURE = (
    b"PK\x01\x02\x14\x03" + bytes([82, 0]) + bytes(20) + b"\x01\x00" + bytes(16) + b"a"
    + b"PK\x05\x06" + bytes(4) + b"\x01\x00\x01\x00" + b"\x2f\x00\x00\x00" + bytes(6)
)  # fmt: skip


def collection(path, *features, **more):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features), **more}), encoding="utf-8")
    return path


def read(path, level=1, where=UGA, **more):
    return read_boundaries(path, level, where, **more)


@pytest.mark.parametrize(
    "columns",
    [
        {"name": "{}", "iso_3166_2": "UG-{}"},
        {"shapeName": "{}", "shapeID": "UG-{}", "shapeGroup": "UGA"},
        {"ADM1_EN": "{}", "ADM1_PCODE": "UG-{}", "ADM0_PCODE": "UG", "ADM0_EN": "Uganda"},
        {"NAME_1": "{}", "GID_1": "UG-{}", "GID_0": "UGA", "COUNTRY": "Uganda"},
        {"name": "{}", "adm1_code": "UG-{}", "iso_a2": "UG", "adm0_a3": "UGA"},
        {"adm1_name": "{}", "pcode": "UG-{}"},
    ],
)
def test_names_and_codes_are_found(tmp_path, columns):
    units = [
        feature(square(30 + number, 0), **{key: value.format(number) for key, value in columns.items()})
        for number in (1, 2)
    ]
    table = read(collection(tmp_path / "b.geojson", *units)).table
    assert table["name"].tolist() == ["1", "2"]
    assert table["area_id"].tolist() == ["UG-1", "UG-2"]
    assert table["parent_id"].tolist() == ["UGA", "UGA"]
    assert table["level"].tolist() == [1, 1]
    assert str(table.crs) == "EPSG:4326"


def test_stated_columns(tmp_path):
    unit = feature(square(31, 0), region="R", key=7, mother="M")
    table = read(collection(tmp_path / "b.geojson", unit), 2, name="Region", code="key", parent="mother").table
    assert table.drop(columns="geometry").to_numpy().tolist() == [[2, "7", "R", "M"]]
    with pytest.raises(InputError, match="has no column 'nam'; it has region, key, mother"):
        read(tmp_path / "b.geojson", name="nam")


def test_codes_are_made_unique_and_names_made_up(tmp_path):
    units = [
        feature(square(30 + number, 0), name=None, iso_3166_2=code) for number, code in enumerate(["A", "A", None])
    ]
    result = read(collection(tmp_path / "b.geojson", *units))
    assert result.table["area_id"].tolist() == ["A", "A.2", "UGA-1-003"]
    assert result.table["name"].tolist() == ["A", "A.2", "UGA-1-003"]
    assert any("2 areas had no code of their own" in text for text in result.records[0].assumptions)


def test_level_0_is_one_area(tmp_path):
    result = read(collection(tmp_path / "b.geojson", feature(square(31, 0)), feature(square(32, 0))), 0)
    assert result.table[["area_id", "name"]].to_numpy().tolist() == [["UGA", "Uganda"]]
    assert result.table.geometry[0].area == pytest.approx(2.0)


def test_other_countries_are_left_out_and_somaliland_belongs_to_somalia(tmp_path):
    units = [
        feature(square(45, 5), name="a", iso_a2="SO", adm0_a3="SOM"),
        feature(square(44, 9), name="b", iso_a2="SO", adm0_a3="SOL"),
        feature(square(42, 9), name="c", iso_a2="ET", adm0_a3="ETH"),
    ]
    result = read(collection(tmp_path / "b.geojson", *units), where=country("SOM"))
    assert result.table["name"].tolist() == ["a", "b"]
    assert any("1 area of other countries" in text for text in result.records[0].assumptions)
    for unit in units:
        del unit["properties"]["iso_a2"]
    assert read(collection(tmp_path / "b.geojson", *units), where=country("SOM")).table["name"].tolist() == ["a", "b"]


def test_south_sudan_by_natural_earths_own_code(tmp_path):
    unit = feature(square(31, 5), name="a", adm0_a3="SDS", iso_a2="-99")
    assert len(read(collection(tmp_path / "b.geojson", unit), where=country("SSD")).table) == 1


def test_a_wrong_country_is_refused(tmp_path):
    path = collection(tmp_path / "b.geojson", feature(square(37, 0), name="a", iso_a2="KE"))
    with pytest.raises(InputError, match=r"no area of Uganda \(UG\) but of KE"):
        read(path)
    with pytest.raises(InputError, match="lies outside Uganda"):
        read(collection(tmp_path / "c.geojson", feature(square(44, -20), name="a")))


def test_swapped_axes_are_refused(tmp_path):
    with pytest.raises(InputError, match="latitude and longitude are swapped"):
        read(collection(tmp_path / "b.geojson", feature([[y_x[::-1] for y_x in square(31, 2)[0]]], name="a")))


def test_a_projected_file_is_brought_to_degrees(tmp_path):
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.box(31, 1, 32, 2)], crs=4326)
    for name in ("b.gpkg", "b.shp", "b.fgb"):
        frame.to_crs(32636).to_file(tmp_path / name)
        table = read(tmp_path / name).table
        assert table.geometry[0].area == pytest.approx(1.0, rel=1e-3)
        assert read(tmp_path / name).records[0].crs == "EPSG:32636"


def test_shapes_that_cross_themselves_are_mended(tmp_path):
    bow = [[[31, 0], [32, 1], [32, 0], [31, 1], [31, 0]]]
    result = read(collection(tmp_path / "b.geojson", feature(bow, name="a"), feature(square(32, 2), name="b")))
    assert result.table.geometry.is_valid.all()
    assert result.table.geometry[0].area == pytest.approx(0.5)
    assert any("1 shape crossed itself" in text for text in result.records[0].assumptions)


def test_features_without_area_are_left_out(tmp_path):
    units = [
        feature(square(31, 0), name="a"),
        feature([31, 0], "Point", name="p"),
        {"type": "Feature", "properties": {"name": "n"}, "geometry": None},
        feature([[[31, 0], [32, 0], [31, 0], [31, 0]]], name="flat"),
    ]
    result = read(collection(tmp_path / "b.geojson", *units))
    assert result.table["name"].tolist() == ["a"]
    assert any("3 features without any area" in text for text in result.records[0].assumptions)


def test_enclaves_and_islets_are_kept(tmp_path):
    ring = [square(31, 0)[0], square(31.4, 0.4, 0.2)[0][::-1]]
    units = [
        feature(ring, name="ring"),
        feature(square(31.4, 0.4, 0.2), name="hole"),
        feature(square(33, 0, 1e-4), name="i"),
    ]
    table = read(collection(tmp_path / "b.geojson", *units)).table
    assert table.geometry.area.tolist() == pytest.approx([0.96, 0.04, 1e-8])


def test_a_split_area_becomes_one_piece_across_180(tmp_path):
    split = [square(179, -18), square(-180, -18)]
    units = [feature(split, "MultiPolygon", name="a"), feature(square(178, -18), name="b")]
    table = read(collection(tmp_path / "b.geojson", *units), where=FJI).table
    assert table.geometry[0].geom_type == "Polygon"
    assert table.geometry[0].bounds == pytest.approx((179, -18, 181, -17))
    assert table.geometry[1].bounds == pytest.approx((178, -18, 179, -17))
    assert table.geometry.is_valid.all()


def test_longitudes_already_in_0_to_360(tmp_path):
    table = read(collection(tmp_path / "b.geojson", feature(square(179.5, -18), name="a")), where=FJI).table
    assert table.geometry[0].bounds == pytest.approx((179.5, -18, 180.5, -17))
    table = read(
        collection(tmp_path / "c.geojson", feature(square(188, -14, 0.5), name="a")), where=country("WSM")
    ).table
    assert table.geometry[0].bounds == pytest.approx((-172, -14, -171.5, -13.5))


def test_several_layers_need_a_name(tmp_path):
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.box(31, 1, 32, 2)], crs=4326)
    frame.to_file(tmp_path / "b.gpkg", layer="adm1")
    frame.to_file(tmp_path / "b.gpkg", layer="adm2")
    with pytest.raises(InputError, match=r"several layers \(adm1, adm2\)"):
        read(tmp_path / "b.gpkg")
    assert len(read(tmp_path / "b.gpkg", layer="adm2").table) == 1
    with pytest.raises(InputError, match="has no layer 'adm3'"):
        read(tmp_path / "b.gpkg", layer="adm3")


def test_levels_are_joined_coarse_first(tmp_path):
    path = collection(tmp_path / "b.geojson", feature(square(31, 0), name="a", code="x"))
    table = joined([read(path, 2), read(path, 1)]).table
    assert table["level"].tolist() == [1, 2]
    assert isinstance(table, gpd.GeoDataFrame)
    assert joined([]) is None


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("b.geojson", b"", "is empty"),
        ("b.geojson", b"hello", "not the vector file its name says"),
        ("b.geojson", b'{"type": "Feat', "not valid JSON"),
        ("b.geojson", b'{"a": 1}', "not GeoJSON"),
        ("b.geojson", b'{"type": "Topology", "objects": {}}', "TopoJSON"),
        ("b.geojson", b'{"type": "FeatureCollection", "features": []}', "holds no shapes|cannot be read"),
        ("b.geojson", b'{"type":"Polygon","coordinates":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested deeper"),
        ("b.geojson", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "LFS pointer"),
        ("b.gpkg", b"SQLite format 3\x00nonsense", "cannot be read as GPKG"),
        ("b.gpkg", b"<OGRVRTDataSource></OGRVRTDataSource>", "not the vector file"),
        ("b.zip", b"PK\x03\x04nonsense", "damaged or cut-off zip"),
        ("b.zip", ZIP_OF_THE_FUTURE, "damaged or cut-off zip"),
        ("b.kml", b"<?xml version='1.0'?><nothing/>", "not the vector file"),
        ("b.tab", b"!table", "data stand elsewhere"),
    ],
)
def test_what_is_no_vector_file_is_refused_in_one_line(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        read(tmp_path / name)
    assert str(tmp_path / name) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_zip_with_a_member_that_leads_out_of_it_is_refused(tmp_path):
    import zipfile

    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.box(31, 1, 32, 2)], crs=4326)
    frame.to_file(tmp_path / "b.shp")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for part in sorted(tmp_path.glob("b.*")):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    assert len(read(tmp_path / "b.zip").table) == 1
    with zipfile.ZipFile(tmp_path / "b.zip", "a") as archive:
        archive.writestr("../b.vrt", "<OGRVRTDataSource/>")
    with pytest.raises(InputError, match="would leave its folder"):
        read(tmp_path / "b.zip")


@given(st.data())
def test_damaged_files_are_boundaries_or_an_input_error(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    path = collection(folder / "b.geojson", feature(square(31, 0), name="a"), feature(square(32, 0), name="b"))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content))
    try:
        table = read(path).table
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert table.geometry.is_valid.all()
        assert np.isfinite(table.total_bounds).all()


@pytest.mark.real
@pytest.mark.parametrize(("iso3", "count"), [("UGA", 112), ("SOM", 14), ("NPL", 14)])
def test_real_boundaries(real_data, iso3, count):
    result = read(real_data / iso3 / "admin1.geojson", where=country(iso3))
    assert len(result.table) == count
    assert result.table["area_id"].is_unique
    assert result.table["name"].ne("").all()
    assert {warning.code for warning in result.records[0].warnings} <= {
        "codes"
    }  # UG-410 is the county and the district


def test_a_column_that_is_there_twice_is_read_once_and_said(tmp_path):
    """It ended in a traceback; tables of MapInfo and dBASE may have such columns."""
    frame = gpd.GeoDataFrame(
        {"name": ["a", "b"], "code": ["x", "y"]},
        geometry=[shapely.box(31, 1, 32, 2), shapely.box(32, 1, 33, 2)],
        crs=4326,
    )
    frame.to_file(tmp_path / "b.shp")
    table = tmp_path / "b.dbf"
    table.write_bytes(table.read_bytes().replace(b"code\x00", b"name\x00", 1))
    found = read_boundaries(tmp_path / "b.shp", 1, country("UGA"))
    assert sorted(found.table["name"]) == ["x", "y"]
    assert any("Several columns are called name; the last" in text for text in found.records[0].assumptions)
