"""Barbados as every source would send it, small and made up."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tomllib
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from ewcm.countries import country
from ewcm.fetch import FetchReport
from ewcm.fetch.download import RetryPolicy
from tests.fetch.server import Reply, Server

BARBADOS = country("BRB")
TOKEN = "pk.secret+token/of=test"

#: Short waits, so that every fault is over soon.
QUICK = RetryPolicy(connect_s=60, read_s=60, slow_s=60, tries=3, backoff_s=0.01, longest_wait_s=1)

WORLDPOP = (
    "https://data.worldpop.org/GIS/Population/Global_2015_2030/R2025A/2025/BRB/v1/1km_ua/constrained/"
    "brb_pop_2025_CN_1km_R2025A_UA_v1.tif"
)
OPENCELLID = "https://opencellid.org/ocid/downloads?token=pk.secret%2Btoken%2Fof%3Dtest&type=mcc&file=342.csv.gz"
MLS = "https://archive.org/download/MLS_Full_Cell_Export_Final/MLS-full-cell-export-final.csv.gz"
GEONAMES = "https://download.geonames.org/export/dump/BB.zip"
GLO30 = "https://copernicus-dem-30m.s3.amazonaws.com/Copernicus_DSM_COG_10_{0}_DEM/Copernicus_DSM_COG_10_{0}_DEM.tif"
GLO90 = "https://copernicus-dem-90m.s3.amazonaws.com/Copernicus_DSM_COG_30_{0}_DEM/Copernicus_DSM_COG_30_{0}_DEM.tif"
TILE = GLO30.format("N13_00_W060_00")
COD = "https://data.fieldmaps.io/cod/originals/brb.gpkg.zip"


def boundary_api(level: int, iso3: str = "BRB") -> str:
    return f"https://www.geoboundaries.org/api/current/gbOpen/{iso3}/ADM{level}/"


def boundary_file(level: int, iso3: str = "BRB") -> str:
    return f"https://github.com/wmgeolab/geoBoundaries/raw/9469f09/releaseData/gbOpen/{iso3}/ADM{level}/{level}.geojson"


def media_file(level: int, iso3: str = "BRB") -> str:
    plain = boundary_file(level, iso3).removeprefix("https://github.com/wmgeolab/geoBoundaries/raw/")
    return f"https://media.githubusercontent.com/media/wmgeolab/geoBoundaries/{plain}"


def sdg(technology: str, m49: int = 52) -> str:
    return (
        "https://unstats.un.org/SDGAPI/v1/sdg/Series/Data"
        f"?seriesCode=IT_MOB_{technology}NTWK&areaCode={m49}&pageSize=1000"
    )


def tiff(
    values: np.ndarray, west: float, north: float, step: float, step_x: float | None = None, **profile: object
) -> bytes:
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype=values.dtype, **(
                {"crs": "EPSG:4326", "transform": from_origin(west, north, step_x or step, step), "compress": "lzw"} | profile
            ),
        ) as dataset:  # fmt: skip
            dataset.write(values, 1)
        return bytes(memory.read())


@cache
def population(
    west: float = -59.7,
    north: float = 13.4,
    step: float = 1 / 120,
    people: float = 282_700,
    seed: int = 5,
    **profile: object,
) -> bytes:
    """An island of 0.3 by 0.4 degrees with people on half of it."""
    rows, columns = round(0.4 / step), round(0.3 / step)
    random = np.random.default_rng(seed)
    values = random.gamma(0.7, 100, (rows, columns)).astype(np.float32)
    sea = random.random((rows, columns)) < 0.3
    values *= people / values[~sea].sum()
    values[sea] = -99999
    return tiff(values, west, north, step, **({"nodata": -99999.0} | profile))


@cache
def elevation(south: int = 13, west: int = -60, rows: int = 3600) -> bytes:
    step = 1 / rows
    heights = np.broadcast_to(np.linspace(0, 300, rows, dtype=np.float32).round()[:, None], (rows, rows))
    return tiff(
        np.ascontiguousarray(heights), west - step / 2, south + 1 + step / 2, step, compress="deflate", tiled=True,
        blockxsize=1024, blockysize=1024,
    )  # fmt: skip


def boundaries(
    level: int = 0, iso3: str = "BRB", box: tuple[float, float, float, float] = (-59.7, 13.0, -59.4, 13.4)
) -> bytes:
    west, south, east, north = box
    middle = (west + east) / 2
    boxes = [(west, east)] if level == 0 else [(west, middle), (middle, east)]
    features = [
        {
            "type": "Feature",
            "properties": {
                "shapeName": f"Part {number}", "shapeISO": "", "shapeID": f"{iso3}-{level}-{number}", "shapeGroup": iso3,
                "shapeType": f"ADM{level}",
            },
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[left, south], [right, south], [right, north], [left, north], [left, south]]],
            },
        }
        for number, (left, right) in enumerate(boxes)
    ]  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def boundary_facts(level: int, iso3: str = "BRB", **changes: object) -> bytes:
    facts = {
        "boundaryID": f"{iso3}-ADM{level}-1", "boundaryISO": iso3, "boundaryYearRepresented": "2019",
        "boundarySource": "Example Survey", "boundaryLicense": "Open Data Commons Open Database License 1.0",
        "gjDownloadURL": boundary_file(level, iso3),
    }  # fmt: skip
    return json.dumps(facts | changes).encode()


def cell_rows(
    mcc: int = 342, number: int = 300, west: float = -59.65, south: float = 13.05, header: bool = False
) -> bytes:
    random = np.random.default_rng(mcc)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if header:
        writer.writerow(
            [
                "radio",
                "mcc",
                "net",
                "area",
                "cell",
                "unit",
                "lon",
                "lat",
                "range",
                "samples",
                "changeable",
                "created",
                "updated",
                "averageSignal",
            ]
        )
    for cell in range(number):
        lon, lat = west + 0.2 * random.random(), south + 0.3 * random.random()
        radio = ("GSM", "UMTS", "LTE")[cell % 3]
        writer.writerow(
            [radio, mcc, 10, 7, 256 * cell, 0, f"{lon:.5f}", f"{lat:.5f}", 1000, 5, 1, 1370813385, 1736747448, 0]
        )
    return out.getvalue().encode()


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def geonames(iso2: str = "BB", number: int = 30) -> bytes:
    lines = []
    for place in range(number):
        feature = ("P", "PPLC" if place == 0 else "PPL") if place % 3 else ("P", "PPLA")
        feature = ("H", "STM") if place == 7 else feature
        fields = [
            place, f"Town {place}", f"Town {place}", "", 13.05 + place / 100, -59.6, *feature, iso2, "", "01", "", "", "",
            1000 + place, "", 20, "America/Barbados", "2020-01-01",
        ]  # fmt: skip
        lines.append("\t".join(map(str, fields)))
    return zipped(**{"readme.txt": b"about", f"{iso2}.txt": "\n".join(lines).encode() + b"\n"})


def sdg_answer(figures: dict[int, float | str], m49: int = 52) -> bytes:
    rows = [
        {"geoAreaCode": str(m49), "geoAreaName": "X", "timePeriodStart": float(year), "value": str(value)}
        for year, value in figures.items()
    ]
    return json.dumps({"size": 1000, "totalPages": 1, "data": rows}).encode()


def geopackage(sql: str = "") -> bytes:
    """A GeoPackage with two layers of boundaries, as FieldMaps names them."""
    import sqlite3
    import tempfile
    from pathlib import Path

    import geopandas as gpd
    from shapely.geometry import box

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "brb.gpkg"
        for level in (0, 1):
            table = {"ADM0_PCODE": ["BB"], "ADM0_EN": ["Barbados"], "geometry": [box(-59.7, 13.0, -59.4, 13.4)]}
            if level:
                table |= {"ADM1_PCODE": ["BB01"], "ADM1_EN": ["Christ Church"]}
            gpd.GeoDataFrame(table, crs="EPSG:4326").to_file(path, layer=f"brb_adm{level}", driver="GPKG")
        if sql:
            connection = sqlite3.connect(path)
            connection.executescript(sql)
            connection.close()
        return path.read_bytes()


def play_barbados(server: Server) -> None:
    """Every default source, as it should be."""
    for level in (0, 1):
        server.put(boundary_api(level), boundary_facts(level))
        server.put(boundary_file(level), boundaries(level))
    server.put(WORLDPOP, population())
    server.put(OPENCELLID, gzip.compress(cell_rows()))
    server.put(MLS, Reply(gzip.compress(cell_rows(641, header=True) + cell_rows(342) + cell_rows(604, 5)), ranges=True))
    server.put(GEONAMES, geonames())
    for technology, value in {"2G": 99.0, "3G": 98.0, "4G": 95.5}.items():
        server.put(sdg(technology), sdg_answer({2021: value - 1, 2022: value, 2023: "NaN"}))
    server.put(TILE, Reply(elevation(), ranges=True))


def inputs(report: FetchReport) -> dict:  # type: ignore[type-arg]
    return tomllib.loads((report.folder / "inputs.toml").read_text(encoding="utf-8"))


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
