"""Files that point at other files or servers: nothing is asked of anybody, and nothing but the file itself is read."""

from __future__ import annotations

import http.server
import json
import sqlite3
import threading
from collections.abc import Iterator

import numpy as np
import pytest
import rasterio

from ewcm.errors import EwcmError, InputError
from ewcm.inputs.find import find_inputs
from ewcm.inputs.read import load
from ewcm.sources.coverage_maps import read_declared
from ewcm.sources.population import read_population
from ewcm.sources.rasters import open_raster
from ewcm.sources.vectors import read_vector
from tests.made_files import write_country
from tests.reliability.seeds import AREAS
from tests.sources.files import UGA, feature, raster, square


class Server(http.server.ThreadingHTTPServer):
    """Answers everything with 404 and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_error(404)

    do_HEAD = do_POST = do_GET

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    """A loopback server. The test fails when anybody asked it anything."""
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.02,))
        thread.start()
        yield found
        found.shutdown()
        thread.join()
        assert found.asked == []


def collection(**more: object) -> dict[str, object]:
    return {"type": "FeatureCollection", **more, "features": [feature(square(31, 0), name="a")]}


@pytest.mark.parametrize("kind", ["link", "url", "LINK"])
@pytest.mark.parametrize("place", ["top", "feature", "geometry", "twice"])
def test_a_crs_by_link_is_refused(server, tmp_path, kind, place):
    link = {"type": kind, "properties": {"href": f"{server.address}/crs", "url": f"{server.address}/crs"}}
    content = collection()
    holder = {
        "top": content,
        "feature": content["features"][0],
        "geometry": content["features"][0]["geometry"],
        "twice": content,
    }[place]
    holder["crs"] = link
    text = json.dumps(content)
    if place == "twice":  # of two keys of one name parsers take either
        text = text[:-1] + ', "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}}'
    (tmp_path / "b.geojson").write_text(text)
    with pytest.raises(InputError, match="names its CRS by a link"):
        read_vector(tmp_path / "b.geojson")


def test_a_crs_by_name_is_no_link(server, tmp_path):
    name = {"type": "name", "properties": {"name": f"{server.address}/crs"}}
    (tmp_path / "b.geojson").write_text(json.dumps(collection(crs=name)))
    assert len(read_vector(tmp_path / "b.geojson").frame) == 1


@pytest.mark.parametrize("source", ["{server}/x.geojson", "/vsicurl/{server}/x.geojson", "{folder}/other.geojson"])
def test_a_virtual_format_inside_geojson_is_plain_text(server, tmp_path, source):
    """GDAL looks for OGR's virtual format anywhere in the first bytes of any file."""
    (tmp_path / "other.geojson").write_text(json.dumps(collection()))
    source = source.format(server=server.address, folder=tmp_path)
    layer = f"<OGRVRTLayer name='other'><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>"
    path = tmp_path / "b.geojson"
    path.write_text(json.dumps(collection(note=f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>")))
    vector = read_vector(path)
    assert vector.format == "GeoJSON" and list(vector.frame["name"]) == ["a"]


BODY = (
    "<Document><Folder><Placemark><name>a</name><Polygon><outerBoundaryIs><LinearRing><coordinates>31,1 32,1 32,2 31,2 31,1"
    "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Folder></Document>"
)
VIRTUAL = (
    "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>{server}/x</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
)
KML = "http://www.opengis.net/kml/2.2"


@pytest.mark.parametrize(
    "text",
    [
        f"<!-- <kml -->{VIRTUAL}",
        f"<kml>{VIRTUAL}</kml>",
        "<!-- <kml --><f:FeatureCollection xmlns:f='http://www.opengis.net/gml' "
        "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='x {server}/x.xsd'/>",
        "<!-- " + "x" * 5000 + " --><!DOCTYPE kml [<!ENTITY a SYSTEM '{server}/e'>]><kml xmlns='" + KML + "'><name>&a;</name>"
        + BODY + "</kml>",
        "<!-- <kml -->" + " " * 5000 + "<!DOCTYPE kml [<!ENTITY a 'ha'><!ENTITY b '" + "&a;" * 99 + "'><!ENTITY c '" + "&b;" * 99
        + "'><!ENTITY d '" + "&c;" * 99 + "'><!ENTITY e '" + "&d;" * 99 + "'>]><kml><name>&e;</name>" + BODY + "</kml>",
        "<kml>" + "<a>" * 100_000 + "</a>" * 100_000 + "</kml>",
        "<kml><a></kml>",
    ],
    ids=["virtual", "virtual-inside", "gml", "entity-of-a-server", "entities-that-expand", "deep", "unclosed"],
)  # fmt: skip
def test_what_only_looks_like_kml_is_refused(server, tmp_path, text):
    (tmp_path / "b.kml").write_text(text.replace("{server}", server.address))
    with pytest.raises(InputError) as error:
        read_vector(tmp_path / "b.kml")
    assert "\n" not in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["b.kml"]  # GML leaves a .gfs behind


def test_a_network_link_of_kml_is_not_followed(server, tmp_path):
    link = f"<NetworkLink><Link><href>{server.address}/n.kml</href></Link></NetworkLink>"
    (tmp_path / "b.kml").write_text(
        f'<?xml version="1.0"?><kml xmlns="{KML}">{BODY.replace("<Folder>", link + "<Folder>")}</kml>'
    )
    assert len(read_vector(tmp_path / "b.kml", "Layer1").frame) == 1


@pytest.mark.parametrize("where", ["beside", "inside"])
def test_overviews_from_elsewhere_are_refused(server, tmp_path, where):
    path = raster(tmp_path / "p.tif", np.ones((8, 8), "float32"))
    address = f"/vsicurl/{server.address}/o.tif"
    if where == "beside":
        item = f'<Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">{address}</MDI></Metadata>'
        (tmp_path / "p.tif.aux.xml").write_text(f"<PAMDataset>{item}</PAMDataset>")
    else:
        with rasterio.open(path, "r+") as target:
            target.update_tags(ns="OVERVIEWS", OVERVIEW_FILE=address)
    with pytest.raises(InputError, match="takes its overviews from elsewhere"), open_raster(path) as dataset:
        dataset.read(1, out_shape=(2, 2))


@pytest.mark.parametrize(
    "stated",
    ["{server}/crs", "{folder}/crs.prj", "crs.prj", "/etc/hostname", "\ud800", "EPSG:x", "EPSG:9999999999999", "WGS"],
)
def test_a_crs_is_a_code_or_a_definition_and_no_address_or_file(server, tmp_path, monkeypatch, stated):
    (tmp_path / "crs.prj").write_text(rasterio.CRS.from_epsg(4326).to_wkt())
    monkeypatch.chdir(tmp_path)
    path = raster(tmp_path / "p.tif", np.ones((8, 8), "float32"), crs=None)
    with pytest.raises(InputError, match="is not a coordinate system"):
        read_population(path, UGA, crs=stated.format(server=server.address, folder=tmp_path))


@pytest.mark.parametrize(
    "stated",
    ["EPSG:4326", "ESRI:104199", "urn:ogc:def:crs:EPSG::4326", "+proj=longlat +datum=WGS84", "OGC:CRS84", "wkt"],
)
def test_every_usual_way_to_state_a_crs_is_understood(tmp_path, stated):
    path = raster(tmp_path / "p.tif", np.ones((8, 8), "float32"), crs=None)
    text = rasterio.CRS.from_epsg(4326).to_wkt() if stated == "wkt" else stated
    assert read_population(path, UGA, crs=text).people.sum() == 64


@pytest.mark.parametrize("name", ["pop.vrt", "pop.tif"])
def test_a_virtual_raster_is_refused_under_any_name(server, tmp_path, name):
    band = f"<SimpleSource><SourceFilename>/vsicurl/{server.address}/x.tif</SourceFilename></SimpleSource>"
    (tmp_path / name).write_text(
        f'<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1">{band}</VRTRasterBand></VRTDataset>'
    )
    for read in (lambda: load(find_inputs(UGA, tmp_path)), lambda: read_declared(tmp_path / name, "4G", UGA)):
        with pytest.raises(InputError, match="not a raster"):
            read()


@pytest.mark.parametrize(
    "path",
    ["{server}/p.tif", "/vsicurl/{server}/p.tif", "/vsizip/p.zip/p.tif", "GTI:p.fgb", "NETCDF:p.nc:x", "vrt://p.tif"],
)
def test_inputs_toml_names_files_only(server, tmp_path, path):
    folder = write_country(tmp_path / "in")
    (folder / "inputs.toml").write_text(f'[population]\npath = "{path.format(server=server.address)}"\n')
    with pytest.raises(EwcmError, match=r"not a file on this machine|does not exist"):
        find_inputs(UGA, folder)


# --- databases ---------------------------------------------------------------------------------------------------------


def geopackage(path):
    AREAS.to_file(path, layer="areas")
    return sqlite3.connect(path)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW more AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i AS fid, (SELECT geom FROM areas LIMIT 1) AS geom FROM n",
        "CREATE TABLE more (fid INTEGER PRIMARY KEY, geom BLOB, name TEXT AS (hex(zeroblob(400000000))))",
        "CREATE VIRTUAL TABLE more USING fts4(geom, name)",
    ],
    ids=["a view without end", "a computed column", "a virtual table"],
)  # fmt: skip
def test_a_layer_that_is_sql_and_not_data_is_refused(tmp_path, statement):
    database = geopackage(tmp_path / "b.gpkg")
    database.execute(statement)
    for table in ("gpkg_contents", "gpkg_geometry_columns"):
        database.execute(f"UPDATE {table} SET table_name = 'more' WHERE table_name = 'areas'")
    database.commit()
    database.close()
    with pytest.raises(InputError, match="'more' is a view or a computed table"):
        read_vector(tmp_path / "b.gpkg")


def test_a_geopackage_in_use_is_refused_and_a_closed_one_leaves_no_files_behind(tmp_path):
    """QGIS keeps what it wrote last in a -wal file; reading without it would give yesterday's sites."""
    path = tmp_path / "b.gpkg"
    database = geopackage(path)
    database.execute("PRAGMA journal_mode = wal")
    database.execute("CREATE TABLE notes (text)")
    database.commit()
    with pytest.raises(InputError, match="is open in another program"):
        read_vector(path)
    database.close()
    assert path.read_bytes()[18] == 2  # still of the kind that keeps such files
    before = path.read_bytes()
    assert len(read_vector(path).frame) == 2
    assert [found.name for found in tmp_path.iterdir()] == ["b.gpkg"] and path.read_bytes() == before


def test_a_sqlite_file_that_is_no_geopackage_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / "b.gpkg") as database:
        database.execute("CREATE TABLE areas (name)")
    with pytest.raises(InputError, match="cannot be read as GPKG"):
        read_vector(tmp_path / "b.gpkg")
    with pytest.raises(InputError, match="cannot be read as GPKG"):
        read_population(tmp_path / "b.gpkg", UGA)
