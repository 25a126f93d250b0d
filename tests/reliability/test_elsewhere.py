"""Every reader with every file that may stand beside it: no server is asked, and no file is opened that nobody named.

A case is a line of ``CASES``: the door, the file, what stands beside it, and how one of the two points elsewhere. ``{target}``
is an address of a server of this machine and then a file that is watched.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import pyproj
import pytest

from ewcm.core import drivers
from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.inputs.find import find_inputs
from ewcm.inputs.read import load
from ewcm.sources.formats import CHECKS
from ewcm.sources.site_lists import Options, read_sites
from tests.conftest import ROOT
from tests.reliability.doors import READ
from tests.reliability.listener import Listener, listening
from tests.reliability.opened import Watch
from tests.reliability.pointing_files import (
    PEOPLE,
    SHIFTED,
    VIRTUAL_RASTER,
    VIRTUAL_TABLE,
    arcgis_of_a_system,
    archive_with,
    beside,
    bound_json,
    bound_wkt,
    flatgeobuf,
    flatgeobuf_of_a_shifted_system,
    geodatabase,
    geodatabase_of_a_shifted_system,
    geojson,
    geojson_of_a_system,
    geopackage,
    geopackage_of_a_newer_definition,
    geopackage_of_a_shifted_system,
    geopackage_raster,
    gml,
    gml_with,
    grid,
    hdf5,
    img,
    img_of_other_cells,
    kml,
    kml_with,
    kmz,
    kmz_with,
    mapinfo_table,
    mapinfo_table_of,
    mapinfo_table_with,
    mapinfo_text,
    netcdf,
    netcdf_of_a_shifted_system,
    open_document,
    shapefile,
    tif,
    tif_of_a_shifted_system,
    workbook,
    zip_of,
    zipped_shapefile,
    zipped_with,
)
from tests.reliability.seeds import AREAS
from tests.sources.files import raster
from tests.sources.hdf5_files import hdf5_file

#: A file that takes longer was waiting for the server.
PATIENCE_S = 20.0


@dataclass(frozen=True)
class Case:
    """``make`` writes the file and what stands beside it, and gives the path that is opened through ``door``."""

    name: str
    door: str
    make: Callable[[Path, str], Path]


OVERVIEWS = '<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">{target}</MDI></Metadata></PAMDataset>'
SYSTEM = f"<PAMDataset><SRS>{SHIFTED}</SRS></PAMDataset>"
INIT = "<PAMDataset><SRS>+init={target}:1</SRS></PAMDataset>"
MODEL = "+proj=pipeline +step +proj=defmodel +model={target}"
DEFORMED = f"<PAMDataset><SRS>{MODEL}</SRS></PAMDataset>"
LINKS = "<NetworkLink><Link><href>{target}</href></Link></NetworkLink>"
STYLES = "<Style><IconStyle><Icon><href>{target}</href></Icon></IconStyle></Style><styleUrl>{target}#a</styleUrl>"
MAPINFO = {
    "view": 'create view b as\nSelect * From a\nOpen Table "{target}" Hide\n',
    "seamless": 'begin_metadata\n"\\\\IsSeamless" = "TRUE"\nend_metadata\n',
    "picture": 'Definition Table\n  File "{target}"\n  Type "RASTER"\n',
    "open": 'Open Table "{target}" Hide\n',
}
SCHEMA = (
    '<schema xmlns="http://www.w3.org/2001/XMLSchema"><include schemaLocation="{target}"/>'
    '<import namespace="a" schemaLocation="{target}"/></schema>'
)
RELATION = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://'
    'schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="{target}" '
    'TargetMode="External"/></Relationships>'
)
GML_SCHEMA = '<ogr:FeatureCollection xsi:schemaLocation="http://ogr.maptools.org/ {target}"'
GML_SYSTEM = 'srsName="urn:ogc:def:crs:EPSG::4326"'
GML_LINK = '<ogr:part xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{target}"/><ogr:name>'
ENTITY = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "{target}">]>{old}'

CASES = (
    *(Case(f"tif{after} virtual", "population", beside(tif, f"p{after}", VIRTUAL_RASTER))
      for after in (".tif.ovr", ".tif.msk", ".tif.msk.ovr", ".tif.aux", ".ovr", ".msk", ".aux", ".rrd", ".ige")),
    *(Case(f"tif{after} overviews", "population", beside(tif, f"p{after}", OVERVIEWS))
      for after in (".tif.msk.aux.xml", ".tif.ovr.aux.xml", ".aux.xml")),
    *(Case(f"{make.__name__}.aux.xml {name}", "population", beside(make, f"{stem}.aux.xml", text))
      for make, stem in ((tif, "p.tif"), (img, "p.img"), (grid, "p.asc"), (netcdf, "p.nc"), (geopackage_raster, "p.gpkg"))
      for name, text in (("overviews", OVERVIEWS), ("system", SYSTEM), ("init", INIT), ("model", DEFORMED))),
    *(Case(f"{make.__name__}.ovr virtual", "population", beside(make, f"{stem}.ovr", VIRTUAL_RASTER))
      for make, stem in ((img, "p.img"), (grid, "p.asc"), (netcdf, "p.nc"), (geopackage_raster, "p.gpkg"))),
    Case("terrain.ovr virtual", "terrain", beside(tif, "p.tif.ovr", VIRTUAL_RASTER)),
    Case("coverage.ovr virtual", "coverage", beside(tif, "p.tif.ovr", VIRTUAL_RASTER)),
    Case("coverage.msk virtual", "coverage", beside(tif, "p.tif.msk", VIRTUAL_RASTER)),
    Case("tif of a shifted system", "population", tif_of_a_shifted_system),
    Case("grid.prj shifted", "population", beside(grid, "p.prj", SHIFTED)),
    Case("grid.prj init", "population", beside(grid, "p.prj", "+init={target}:1")),
    Case("geopackage raster of a shifted system", "population", geopackage_of_a_shifted_system(geopackage_raster)),
    Case("geopackage raster of a newer definition", "population", geopackage_of_a_newer_definition(geopackage_raster)),
    Case("geopackage of a newer definition", "boundaries", geopackage_of_a_newer_definition(geopackage)),
    Case("netcdf of a shifted system", "population", netcdf_of_a_shifted_system),
    Case("img of other cells", "population", img_of_other_cells),
    *(Case(f"hdf5 {kind}", "population", hdf5(kind)) for kind in ("external", "link", "virtual", "many")),
    *(Case(f"shapefile{after} {name}", "boundaries", beside(shapefile, f"b{after}", text))
      for after in (".prj", ".cpg", ".qix", ".sbn", ".dbf", ".shx", ".shp.xml")
      for name, text in (("virtual", VIRTUAL_TABLE), ("shifted", SHIFTED), ("path", "{target}"))),
    Case("geopackage of a shifted system", "boundaries", geopackage_of_a_shifted_system(geopackage)),
    Case("flatgeobuf of a shifted system", "boundaries", flatgeobuf_of_a_shifted_system),
    Case("flatgeobuf.prj", "boundaries", beside(flatgeobuf, "b.prj", SHIFTED)),
    *(Case(f"geojson crs {name[:9]}", "boundaries", geojson_of_a_system(name))
      for name in (SHIFTED, MODEL, "+init={target}:1", "{target}")),
    *(Case(f"arcgis {name[:9]}", "coverage", arcgis_of_a_system(name)) for name in (SHIFTED, "+init={target}:1", "{target}")),
    Case("kml links", "boundaries", kml_with(LINKS)),
    Case("kml styles", "boundaries", kml_with(STYLES)),
    Case("coverage kml links", "coverage", kml_with(LINKS)),
    Case("coverage shapefile.prj", "coverage", beside(shapefile, "b.prj", SHIFTED)),
    *(Case(f"zipped shapefile{after} {name}", "boundaries", zipped_with(f"b{after}", text))
      for after in (".prj", ".cpg", ".qix", ".shp.xml")
      for name, text in (("virtual", VIRTUAL_TABLE), ("shifted", SHIFTED))),
    Case("zipped kml links", "coverage", lambda folder, target: zip_of(folder, kml_with(LINKS)(folder, target))),
    Case("kmz links", "boundaries", kmz_with(LINKS)),
    Case("kmz styles", "coverage", kmz_with(STYLES)),
    *(Case(f"mapinfo table {name}", "boundaries", mapinfo_table_with(text)) for name, text in MAPINFO.items()),
    *(Case(f"mapinfo table of {name}", "boundaries", mapinfo_table_of("!table\n!version 300\n!charset Neutral\n" + text))
      for name, text in MAPINFO.items()),
    *(Case(f"mapinfo{after} {name}", "boundaries", beside(make, f"b{after}", text))
      for make, after in ((mapinfo_table, ".prj"), (mapinfo_table, ".ind"), (mapinfo_text, ".mid"), (mapinfo_text, ".prj"))
      for name, text in (("virtual", VIRTUAL_TABLE), ("shifted", SHIFTED))),
    Case("gml schema", "boundaries", gml_with("<ogr:FeatureCollection", GML_SCHEMA)),
    Case("gml link", "boundaries", gml_with("<ogr:name>", GML_LINK)),
    Case("gml system", "boundaries", gml_with(GML_SYSTEM, 'srsName="{target}"')),
    Case("gml model", "boundaries", gml_with(GML_SYSTEM, f'srsName="{MODEL}"')),
    Case("gml bound", "boundaries", lambda folder, target: gml_with(GML_SYSTEM, f"srsName='{bound_wkt(target)}'")(folder, "")),
    *(Case(f"gml{after} {name}", "boundaries", beside(gml, f"b{after}", text))
      for after in (".xsd", ".gfs", ".prj", ".resolved.gml")
      for name, text in (("virtual", VIRTUAL_TABLE), ("include", SCHEMA))),
    Case("geodatabase of a shifted system", "boundaries", geodatabase_of_a_shifted_system),
    Case("workbook links", "sites", archive_with(workbook, "xl/externalLinks/_rels/externalLink1.xml.rels", RELATION)),
    Case("workbook relation", "sites", archive_with(workbook, "xl/_rels/workbook.xml.rels", RELATION)),
    Case("workbook entity", "sites", archive_with(workbook, "xl/worksheets/sheet1.xml", ENTITY)),
    Case("open document entity", "sites", archive_with(open_document, "content.xml", ENTITY)),
    Case("open document links", "sites", archive_with(open_document, "META-INF/manifest.xml", RELATION)),
)  # fmt: skip


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A port of this machine; whoever asks it gets no answer, but is noticed."""
    with listening() as found:
        yield found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_server_is_asked(doors, listener, tmp_path, case):
    address = f"http://{listener.address}/x"
    (tmp_path / "in").mkdir()
    path = case.make(tmp_path / "in", f"/vsicurl/{address}" if "virtual" in case.name else address)
    answer = doors.ask(case.door, path, PATIENCE_S)
    assert not listener.asked(), f"a server was asked ({answer})"
    assert answer.fine, answer


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_file_is_opened_that_nobody_named(doors, tmp_path, case):
    marked = raster(tmp_path / "marked.tif", np.full((8, 8), 7, "float32"))
    (tmp_path / "in").mkdir()
    path = case.make(tmp_path / "in", str(marked))
    watch = Watch(file for file in tmp_path.rglob("marked*"))
    try:
        answer = doors.ask(case.door, path, PATIENCE_S)
        assert not watch.opened(), f"the marked file was opened ({answer})"
    finally:
        watch.close()
    assert answer.fine, answer


@pytest.mark.parametrize("make", [tif, img, grid, netcdf, geopackage_raster], ids=lambda make: make.__name__)
def test_the_same_files_without_companions_are_read(doors, tmp_path, make):
    assert doors.ask("population with a CRS", make(tmp_path)).outcome == READ


@pytest.mark.parametrize(
    "make",
    [
        *(shapefile, geojson, flatgeobuf, geopackage, kml),
        *(mapinfo_table, mapinfo_text, gml, kmz, geodatabase, zipped_shapefile),
    ],
    ids=lambda make: make.__name__,
)
def test_the_same_vector_files_without_companions_are_read(doors, tmp_path, make):
    assert doors.ask("boundaries", make(tmp_path)).outcome == READ


@pytest.mark.parametrize("make", [workbook, open_document], ids=lambda make: make.__name__)
def test_the_same_workbooks_are_read(doors, tmp_path, make):
    assert doors.ask("sites", make(tmp_path)).outcome == READ


def test_nothing_is_written_beside_a_file_that_is_read(doors, tmp_path):
    for make in (gml, mapinfo_table, geodatabase, kmz, workbook):
        make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    for name in ("b.gml", "b.tab", "b.gdb", "b.kmz"):
        assert doors.ask("boundaries", tmp_path / name).outcome == READ
    assert doors.ask("sites", tmp_path / "s.xlsx").outcome == READ
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_in_a_geodatabase_is_refused(doors, tmp_path):
    path = geodatabase(tmp_path)
    (path / "a00000099.gdbtable").symlink_to("/etc/hostname")
    answer = doors.ask("boundaries", path)
    assert answer.outcome == "refused" and "no file of a geodatabase" in answer.text, answer


def test_a_whole_hdf5_file_is_read(doors, tmp_path):
    (tmp_path / "p.nc").write_bytes(hdf5_file("plain"))
    assert doors.ask("population with a CRS", tmp_path / "p.nc").outcome == READ


@pytest.mark.parametrize("name", ["p.tif.ovr", "p.tif.msk", "p.tif.aux.xml", "p.tfw"])
def test_a_pipe_beside_a_raster_is_refused(doors, tmp_path, name):
    import os

    os.mkfifo(tmp_path / name)
    answer = doors.ask("population", tif(tmp_path), PATIENCE_S)
    assert answer.outcome == "refused" and name in answer.text, answer


@pytest.mark.parametrize("where", ["population", "coverage", "sites"])
@pytest.mark.parametrize(
    "form", [SHIFTED.format, MODEL.format, bound_wkt, bound_json, "marked:4326", "+init=marked:4326"]
)
def test_a_system_that_is_stated_leads_to_no_file(tmp_path, monkeypatch, where, form):
    """``crs`` of inputs.toml; GDAL took text that it does not know for the name of a file."""
    monkeypatch.chdir(tmp_path)
    for name in ("marked", "marked:4326"):
        (tmp_path / name).write_text("<4326> +proj=longlat +datum=WGS84 <>\n")
    stated = json.dumps(form if isinstance(form, str) else form(target=str(tmp_path / "marked")))
    raster(tmp_path / "p.tif", PEOPLE, crs=None)
    AREAS.to_file(tmp_path / "b.geojson")
    (tmp_path / "s.csv").write_text("x,y,technology\n32,1,2G\n")
    coverage = 'path = "b.geojson"\ntechnology = "4G"'
    lines = []
    for head, keys in (("population", 'path = "p.tif"'), ("[sites]", 'path = "s.csv"'), ("[coverage]", coverage)):
        table = head.strip("[]")
        crs = stated if table == where else "" if table == "coverage" else '"EPSG:4326"'
        lines += [f"[{head}]", keys, crs and f"crs = {crs}"]
    (tmp_path / "inputs.toml").write_text("\n".join(lines))
    watch = Watch(tmp_path.glob("marked*"))
    with pytest.raises(InputError, match=r"coordinate system"):
        load(find_inputs(country("UGA"), tmp_path))
    assert not watch.opened()
    watch.close()


def test_a_grid_of_shifts_that_is_not_there_is_one_line(tmp_path):
    """Sites with such a system ended in a traceback."""
    (tmp_path / "s.csv").write_text("x,y,technology\n32,1,2G\n")
    shifted = "+proj=longlat +ellps=GRS80 +nadgrids=none.tif"
    with pytest.raises(InputError, match="is not a coordinate system"):
        read_sites(tmp_path / "s.csv", country("UGA"), options=Options(crs=shifted))


def test_every_check_of_the_table_exists_and_is_used():
    assert {one.check for one in (*drivers.RASTERS, *drivers.VECTORS, *drivers.FOLDERS, *drivers.TABLES)} - {""} == set(
        CHECKS
    )


def test_drivers_are_given_back(tmp_path):

    before = pyogrio.list_drivers()
    path = geojson(tmp_path)
    with drivers.opened_vector(path, drivers.vector_format(path, b"{")) as source:
        assert set(pyogrio.list_drivers()) == {"GeoJSON", "MEM"}
        assert source.layers() == ["b"]
    assert pyogrio.list_drivers() == before


def test_the_environment_leads_nobody_to_the_network():
    import os

    assert os.environ["PROJ_NETWORK"] == "OFF" and not pyproj.network.is_network_enabled()


def test_gdal_opens_files_in_one_place_only():
    """Writing ("w") aside; the tool that builds the starter pack reads sources of its own, by their digests."""
    reads = (
        "rasterio.open(",
        "pyogrio.read_",
        "pyogrio.list_layers",
        "gpd.read_file(",
        "read_feather(",
        *(
            "gpd.list_",
            "gpd.read_",
            "read_parquet(",
            "MemoryFile(",
            "WarpedVRT(",
            "pyogrio.open_",
            "pyogrio.raw",
            "pyogrio.vsi",
        ),
        *("from pyogrio", "from osgeo", "import fiona", "import rioxarray", "open_rasterio("),
        "open_dataset(",
    )
    found = []
    for path in sorted((ROOT / "ewcm").rglob("*.py")):
        if path.relative_to(ROOT / "ewcm").as_posix() in ("core/drivers.py", "starter/build.py"):
            continue
        lines = path.read_text(encoding="utf-8").split("\n")
        for number, line in enumerate(lines):
            call = "".join(lines[number : number + 3])
            if any(read in line for read in reads) and '"w"' not in call:
                found.append(f"{path.relative_to(ROOT)}:{number + 1}")
    assert found == []
