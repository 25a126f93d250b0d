"""Small good files of every format that is read, as bytes to be damaged."""

from __future__ import annotations

import gzip
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import rasterio
import rasterio.shutil
import shapely
from rasterio.enums import Resampling

from tests.made_alerts import cap, info
from tests.made_files import write_areas, write_population, write_sites
from tests.sources.files import CELL_HEADER, NORTH, STEP, WEST, cell, raster
from tests.sources.test_hazards import HERE, ITEM, feed
from tests.sources.test_shakemaps import shakemap
from tests.sources.test_tracks import row, v04

AREAS = gpd.GeoDataFrame(
    {"name": ["a", "b"], "code": ["UG-1", "UG-2"]},
    geometry=[shapely.box(31, 1, 32, 2), shapely.box(32, 1, 33, 2)],
    crs=4326,
)
SITES = gpd.GeoDataFrame(
    {"site_id": ["a", "b"], "technology": ["LTE", "GSM"], "height_m": [40.0, None]},
    geometry=[shapely.Point(32, 1), shapely.Point(33, 1)],
    crs=4326,
)

ARCGIS = {
    "geometryType": "esriGeometryPolygon",
    "spatialReference": {"wkid": 4326},
    "fields": [{"name": "TECH", "type": "esriFieldTypeString", "alias": "TECH", "length": 5}],
    "features": [
        {"attributes": {"TECH": "4G"}, "geometry": {"rings": [[[32, 1], [32, 2], [33, 2], [33, 1], [32, 1]]]}},
    ],
}

INPUTS = """country = "UGA"
[population]
path = "pop.tif"
unit = "people"
nodata = -99999
date = "2020-01-01"
licence = "CC BY 4.0"
[[sites]]
path = "sites.csv"
[[coverage]]
path = "cover_4g.geojson"
technology = "4G"
operator = "Red"
[[boundaries]]
path = "adm1.geojson"
level = 1
[settings]
min_people = 50
radius_km = { "2G" = 20, 3G = 10.5 }
models = ["declared", "radius"]
[settings.link_budgets.4G]
threshold_dbm = -110
"""

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>c</name><Placemark><name>a</name><Polygon><outerBoundaryIs>
<LinearRing><coordinates>31,1 32,1 32,2 31,2 31,1</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Folder>
</Document></kml>
"""
PLACES = "name,lat,lon,population,rank\nKampala,0.32,32.58,1680000,0\nGulu,2.77,32.3,150000,1\n"
DUMP = "\n".join(
    "\t".join(
        [str(n), name, name, "", lat, lon, "P", "PPL", "UG", *[""] * 5, "100", "", "1", "Africa/Kampala", "2024-01-01"]
    )
    for n, (name, lat, lon) in enumerate([("Gulu", "2.77", "32.3"), ("Kampala", "0.32", "32.58")], start=1)
)
#: Small texts: the door, the file and its content.
TEXTS = {
    "channels": (
        "channels",
        "c.toml",
        "[[channel]]\nname = 'cell broadcast'\ntechnologies = ['2G', '4G']\noperators = ['Red']\nshare = [0.5, 0.6, 0.7]\n"
        "[[channel]]\nname = 'siren'\neverywhere = true\nmessages_per_minute = 10\n",
    ),
    "measurements": (
        "measurements",
        "m.csv",
        "lat,lon,technology,operator,p1812_db,measured_loss_db,site_lat,site_lon\n"
        + "".join(f"0.4{n},32.{n},4G,Blue,11{n}.5,12{n}.5,0.5,32.5\n" for n in range(8)),
    ),
    "places of known coverage": (
        "places of known coverage",
        "t.csv",
        "lat,lon,2G,4G\n1.0,32.0,1,0\n1.1,32.1,yes,no\n1.2,32.2,0,1\n",
    ),
    "what operators state": (
        "what operators state",
        "s.csv",
        'site_id,battery_hours,generator,fuel_hours,on_grid\n0,4,yes,24,0.5\n1,"4,5",no,,1\n',
    ),
    "candidates": (
        "candidates",
        "p.csv",
        "name,lat,lon,kind,cost\nA,1.0,32.0,tower,5\nB,1.1,32.1,siren,\n",
    ),
}
LEDGER = {
    "schema_version": 1,
    "products": [
        {
            "source": "places",
            "layer": "places",
            "variant": "",
            "tables": [{"path": "places.csv", "licence": "CC BY 4.0"}],
            "files": [
                {
                    "path": "places.csv",
                    "size": 5,
                    "sha256": "0" * 64,
                    "url": "https://x",
                    "date": "2024-01-01",
                    "mtime_ns": 1,
                }
            ],
            "absent": ["x"],
            "notes": [],
        }
    ],
}


@dataclass(frozen=True)
class Seed:
    """A good input: its files by name, which of them is damaged, and which one is named to the door."""

    door: str
    files: dict[str, bytes]
    damaged: str
    named: str

    @property
    def content(self) -> bytes:
        """The bytes to be damaged."""
        return self.files[self.damaged]

    def put(self, folder: Path, content: bytes | None = None) -> Path:
        """Write the files, one of them with another ``content``; returns the path to open."""
        for name, data in self.files.items():
            (folder / name).write_bytes(content if content is not None and name == self.damaged else data)
        return folder / self.named


@cache
def seeds() -> dict[str, Seed]:
    """Every seed by name."""
    found: dict[str, Seed] = {}

    def one(name: str, door: str, file: str, content: bytes) -> None:
        found[name] = Seed(door, {file: content}, file, file)

    people = np.arange(64, dtype="float32").reshape(8, 8)
    one("population tif", "population", "p.tif", _written("p.tif", lambda path: raster(path, people, nodata=-99999)))
    one("population packed tif", "population", "p.tif", _written("p.tif", _packed))
    one("population img", "population", "p.img", _written("p.img", lambda path: _as(path, people, "HFA")))
    one("population gpkg", "population", "p.gpkg", _written("p.gpkg", lambda path: _as(path, people, "GPKG")))
    one("population nc", "population", "p.nc", _written("p.nc", lambda path: _as(path, people, "netCDF")))
    beside = {
        "p.tif.aux.xml": b'<PAMDataset><SRS>EPSG:4326</SRS><PAMRasterBand band="1"><NoDataValue>5</NoDataValue></PAMRasterBand>'
        b"</PAMDataset>",
        "p.tif.ovr": _written("o.tif", lambda path: raster(path, people[::2, ::2])),
        "p.tif.msk": _written("m.tif", lambda path: raster(path, (people > 3).astype("uint8") * 255)),
        "p.tfw": b"0.01\n0\n0\n-0.01\n31\n2\n",
    }
    whole = {"p.tif": _written("p.tif", lambda path: raster(path, people)), **beside}
    for name in beside:
        found[f"population beside {name}"] = Seed("population", whole, name, "p.tif")
    grid = "ncols 3\nnrows 2\nxllcorner 31\nyllcorner 1\ncellsize 0.01\nNODATA_value -9999\n1 2 3\n-9999 5 6.5\n"
    one("population asc", "population with a CRS", "p.asc", grid.encode())
    cells = "\n".join(
        [CELL_HEADER, *(cell(radio, number=n, lon=32 + n / 10) for n, radio in enumerate(["GSM", "UMTS", "LTE"]))]
    )
    one("cells", "cells", "641.csv", cells.encode())
    one("cells without header", "cells", "641.csv", cells.partition("\n")[2].encode())
    one("cells gz", "cells", "641.csv.gz", gzip.compress(cells.encode(), mtime=0))
    one("sites", "sites", "s.csv", _written("s.csv", write_sites))
    one("sites gpkg", "sites", "s.gpkg", _written("s.gpkg", lambda path: SITES.to_file(path)))
    one("coverage kml", "coverage", "c.kml", KML.encode())
    one("coverage json of arcgis", "coverage", "c.json", json.dumps(ARCGIS).encode())
    for suffix in ("gpkg", "geojson", "fgb"):
        one(f"coverage {suffix}", "coverage", f"c.{suffix}", _written(f"c.{suffix}", _areas))
    one("coverage tif", "coverage", "c.tif", _written("c.tif", lambda path: raster(path, np.eye(8, dtype="uint8"))))
    shapefile = _shapefile()
    for part in ("shp", "shx", "dbf", "prj"):
        found[f"boundaries {part}"] = Seed("boundaries", shapefile, f"b.{part}", "b.shp")
    one("boundaries zip", "boundaries", "b.zip", _zip(shapefile))
    table = _files_of(lambda folder: AREAS.to_file(folder / "b", driver="MapInfo File"))
    for part in ("tab", "map", "dat", "id"):
        found[f"boundaries {part}"] = Seed("boundaries", table, f"b.{part}", "b.tab")
    text = _files_of(lambda folder: AREAS.to_file(folder / "b.mif", driver="MapInfo File"))
    for part in ("mif", "mid"):
        found[f"coverage {part}"] = Seed("coverage", text, f"b.{part}", "b.mif")
    one(
        "coverage gml",
        "coverage",
        "b.gml",
        _files_of(lambda folder: AREAS.to_file(folder / "b.gml", driver="GML"))["b.gml"],
    )
    one("coverage kmz", "coverage", "c.kmz", _zip({"doc.kml": KML.encode()}))
    one("sites xlsx", "sites", "s.xlsx", _written("s.xlsx", _workbook))
    one("sites ods", "sites", "s.ods", _written("s.ods", _open_document))
    points = ["latitude,longitude,population", *(f"{1 + n / 7200},{32 + n / 7200},{n}" for n in range(1, 9))]
    one("population points", "people as points", "p.csv", "\n".join(points).encode())
    one("boundaries geojson", "boundaries", "b.geojson", _written("b.geojson", _areas))
    one("boundaries gpkg", "boundaries", "b.gpkg", _written("b.gpkg", _areas))
    heights = np.full((1201, 1201), 700, ">i2").tobytes()
    one("terrain zip", "terrain", "N01E031.hgt.zip", _zip({"N01E031.hgt": heights}))
    fine = np.full((60, 60), 700, "int16")
    one(
        "terrain tif",
        "terrain",
        "d.tif",
        _written("d.tif", lambda path: raster(path, fine, step=STEP / 10, compress="lzw")),
    )
    one("places", "places", "p.csv", PLACES.encode())
    one("places dump", "places", "UG.txt", DUMP.encode())
    one("alert", "alert", "a.xml", cap(info()).encode())
    for name, (door, file, text) in TEXTS.items():
        one(name, door, file, text.encode())
    totals = {"totals.csv": b'name,people\na,1000\nb,"2,000"\n', "units.geojson": AREAS.to_json().encode()}
    found["totals"] = Seed("totals", totals, "totals.csv", "totals.csv")
    found["outlines of totals"] = Seed("totals", totals, "units.geojson", "totals.csv")
    depth = np.where(np.arange(24) < 12, np.float32(0.4), np.float32(0))[None, :].repeat(24, axis=0)
    one(
        "flood tif", "flood", "f.tif", _written("f.tif", lambda path: raster(path, depth, nodata=-9999, compress="lzw"))
    )
    one("shakemap", "earthquake", "grid.xml", _written("grid.xml", shakemap))
    one(
        "gdacs",
        "wind",
        "gdacs.xml",
        _written("gdacs.xml", lambda path: feed(path, ITEM.format(box=HERE, number=7))),
    )
    storm = [row(hour, WEST + hour / 10).replace("-17.0", f"{NORTH - 0.5}") for hour in (0, 3, 6, 9)]
    one("ibtracs", "wind", "ibtracs.csv", _written("ibtracs.csv", lambda path: v04(path, *storm)))
    country = {
        "pop.tif": _written("pop.tif", write_population),
        "sites.csv": _written("sites.csv", write_sites),
        "cover_4g.geojson": _written("cover_4g.geojson", lambda path: _box(path, 32.1, 0.7, 32.3, 0.9)),
        "adm1.geojson": _written("adm1.geojson", write_areas),
        "inputs.toml": INPUTS.encode(),
    }
    found["inputs"] = Seed("inputs", country, "inputs.toml", "inputs.toml")
    plain = {name: content for name, content in country.items() if name != "inputs.toml"}
    official = plain | {"official.json": b'{"2G": 98.0, "4G": 61.5, "year": 2023}'}
    found["official"] = Seed("check", official, "official.json", "official.json")
    for name in ("pop.tif", "sites.csv", "cover_4g.geojson", "adm1.geojson", "inputs.toml"):
        found[f"run {name}"] = Seed("run", country, name, "inputs.toml")
    ledger = {"fetched.json": json.dumps(LEDGER).encode(), "places.csv": b"name,"}
    found["ledger"] = Seed("ledger", ledger, "fetched.json", "fetched.json")
    return found


def _written(name: str, write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()


def _areas(path: Path) -> None:
    AREAS.to_file(path)


def _box(path: Path, *bounds: float) -> None:
    gpd.GeoDataFrame({"name": ["c"]}, geometry=[shapely.box(*bounds)], crs=4326).to_file(path)


def _as(path: Path, values: np.ndarray, driver: str) -> None:
    """The same grid in another format."""
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff", height=8, width=8, count=1, dtype="float32", crs="EPSG:4326",
            transform=rasterio.Affine(STEP, 0, 31.0, 0, -STEP, 2.0),
        ) as source:  # fmt: skip
            source.write(values, 1)
        with memory.open() as source:
            rasterio.shutil.copy(source, path, driver=driver)


def _packed(path: Path) -> None:
    """Tiles, compression, a predictor, scale and offset, overviews."""
    values = np.arange(64 * 64, dtype="int16").reshape(64, 64) % 500
    raster(path, values, tiled=True, blockxsize=16, blockysize=16, compress="deflate", predictor=2, nodata=-1)
    with rasterio.open(path, "r+") as target:
        target.scales, target.offsets = (0.5,), (1.0,)
        target.build_overviews([2], Resampling.nearest)


def _files_of(write: Callable[[Path], object]) -> dict[str, bytes]:
    """The files named b that ``write`` leaves in a folder."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name))
        return {path.name: path.read_bytes() for path in sorted(Path(name).rglob("b.*")) if path.is_file()}


def _workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    for cells in (["site_id", "lat", "lon", "technology"], ["a", 0.3, 32.5, "2G"], ["b", "0,4", "32,6", "LTE1800"]):
        book.active.append(cells)
    book.active.merge_cells("A2:A3")
    book.save(path)


def _open_document(path: Path) -> None:
    rows = [["site_id", "lat", "lon", "technology"], ["a", "0.3", "32.5", "2G"]]
    pyogrio.write_dataframe(pd.DataFrame(rows, columns=list("abcd")), path, driver="ODS")


def _shapefile() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        AREAS.to_file(Path(folder) / "b.shp")
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def _zip(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()
