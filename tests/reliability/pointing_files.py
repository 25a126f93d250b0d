"""Files of every format that is read: as they are, and pointing at ``{target}``, which is no part of them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pyproj
import rasterio
from scipy.io import netcdf_file

from tests.reliability.seeds import AREAS, KML
from tests.sources.files import raster
from tests.sources.hdf5_files import PLACEHOLDER, hdf5_file

PEOPLE = np.ones((8, 8), "float32")

VIRTUAL_RASTER = (
    '<VRTDataset rasterXSize="8" rasterYSize="8"><VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
    "<SourceFilename>{target}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
)
VIRTUAL_TABLE = (
    "<OGRVRTDataSource><OGRVRTLayer name='areas'><SrcDataSource>{target}"
    "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
)
SHIFTED = "+proj=longlat +ellps=WGS84 +nadgrids={target} +no_defs"


def shifted_wkt(target: str) -> str:
    """A coordinate system whose shifts stand in a file."""
    return rasterio.CRS.from_epsg(4326).to_wkt(version="WKT1_GDAL").removesuffix("]") + (
        f',EXTENSION["PROJ4","{SHIFTED.format(target=target)}"]]'
    )


def bound_wkt(target: str) -> str:
    """The same in the newer form of WKT."""
    wgs84 = rasterio.CRS.from_epsg(4326).to_wkt(version="WKT2_2019")
    file = f'PARAMETERFILE["Latitude and longitude difference file","{target}",ID["EPSG",8656]]'
    shift = f'ABRIDGEDTRANSFORMATION["x",METHOD["NTv2",ID["EPSG",9615]],{file}]'
    return f"BOUNDCRS[SOURCECRS[{wgs84}],TARGETCRS[{wgs84}],{shift}]"


def bound_json(target: str) -> str:
    """The same as PROJJSON."""
    wgs84 = json.loads(pyproj.CRS("EPSG:4326").to_json())
    file = {
        "name": "Latitude and longitude difference file",
        "value": target,
        "id": {"authority": "EPSG", "code": 8656},
    }
    method = {"name": "NTv2", "id": {"authority": "EPSG", "code": 9615}}
    shift = {"name": "x", "method": method, "parameters": [file]}
    kind = {"$schema": "https://proj.org/schemas/v0.7/projjson.schema.json", "type": "BoundCRS"}
    return json.dumps(kind | {"source_crs": wgs84, "target_crs": wgs84, "transformation": shift})


def tif(folder: Path) -> Path:
    return raster(folder / "p.tif", PEOPLE)


def img(folder: Path) -> Path:
    return _as(folder, "HFA", "p.img")


def _as(folder: Path, driver: str, name: str, **options: str) -> Path:
    path = folder / name
    with rasterio.open(raster(folder / ".p.tif", PEOPLE)) as source:
        rasterio.shutil.copy(source, path, driver=driver, **options)
    (folder / ".p.tif").unlink()
    for left in folder.glob("*.aux.xml"):
        left.unlink()
    return path


def grid(folder: Path) -> Path:
    path = _as(folder, "AAIGrid", "p.asc")
    (folder / "p.prj").unlink()
    return path


def netcdf(folder: Path) -> Path:
    return _as(folder, "netCDF", "p.nc")


def geopackage_raster(folder: Path) -> Path:
    return _as(folder, "GPKG", "p.gpkg")


def geopackage(folder: Path) -> Path:
    AREAS.to_file(folder / "b.gpkg", layer="areas")
    return folder / "b.gpkg"


def shapefile(folder: Path) -> Path:
    AREAS.to_file(folder / "b.shp")
    return folder / "b.shp"


def geojson(folder: Path) -> Path:
    AREAS.to_file(folder / "b.geojson")
    return folder / "b.geojson"


def flatgeobuf(folder: Path) -> Path:
    AREAS.to_file(folder / "b.fgb", driver="FlatGeobuf")
    return folder / "b.fgb"


def kml(folder: Path) -> Path:
    (folder / "b.kml").write_text(KML)
    return folder / "b.kml"


def beside(make: Callable[[Path], Path], name: str, text: str) -> Callable[[Path, str], Path]:
    """A good file with another one beside it."""

    def made(folder: Path, target: str) -> Path:
        path = make(folder)
        (folder / name).write_text(text.replace("{target}", target))
        return path

    return made


def tif_of_a_shifted_system(folder: Path, target: str) -> Path:
    path = raster(folder / "p.tif", PEOPLE, crs=None)
    notes = f"<PAMDataset><SRS>{shifted_wkt(target).replace('&', '&amp;')}</SRS></PAMDataset>"
    (folder / "p.tif.aux.xml").write_text(notes.replace('"', "&quot;"))
    return path


def geopackage_of_a_shifted_system(make: Callable[[Path], Path]) -> Callable[[Path, str], Path]:
    def made(folder: Path, target: str) -> Path:
        path = make(folder)
        with sqlite3.connect(path) as database:
            database.execute(
                "UPDATE gpkg_spatial_ref_sys SET organization = 'X', organization_coordsys_id = 1, definition = ? "
                "WHERE srs_id = 4326",
                [shifted_wkt(target)],
            )
        database.close()
        return path

    return made


def geopackage_of_a_newer_definition(make: Callable[[Path], Path]) -> Callable[[Path, str], Path]:
    """GDAL takes the second definition of a system where there is one."""

    def made(folder: Path, target: str) -> Path:
        path = make(folder)
        with sqlite3.connect(path) as database:
            columns = [row[1] for row in database.execute("PRAGMA table_info(gpkg_spatial_ref_sys)")]
            if "definition_12_063" not in columns:
                database.execute(
                    "ALTER TABLE gpkg_spatial_ref_sys ADD COLUMN definition_12_063 TEXT NOT NULL DEFAULT 'undefined'"
                )
            database.execute(
                "CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT, "
                "definition TEXT, scope TEXT)"
            )
            database.execute(
                "INSERT OR IGNORE INTO gpkg_extensions VALUES ('gpkg_spatial_ref_sys', 'definition_12_063', 'gpkg_crs_wkt', '', "
                "'read-write')"
            )
            database.execute(
                "UPDATE gpkg_spatial_ref_sys SET organization = 'X', organization_coordsys_id = 1, definition_12_063 = ? "
                "WHERE srs_id = 4326",
                [bound_wkt(target)],
            )
        database.close()
        return path

    return made


def netcdf_of_a_shifted_system(folder: Path, target: str) -> Path:
    with netcdf_file(folder / "p.nc", "w") as file:
        for name, values, axis in (("lat", 2 - np.arange(8) / 120, "north"), ("lon", 32 + np.arange(8) / 120, "east")):
            file.createDimension(name, 8)
            variable = file.createVariable(name, "d", (name,))
            variable[:] = values
            variable.units = f"degrees_{axis}"
        system = file.createVariable("crs", "i", ())
        system.grid_mapping_name, system.crs_wkt = "latitude_longitude", bound_wkt(target)
        people = file.createVariable("people", "f", ("lat", "lon"))
        people[:] = 1
        people.grid_mapping = "crs"
    return folder / "p.nc"


def flatgeobuf_of_a_shifted_system(folder: Path, target: str) -> Path:
    gpd.GeoDataFrame(
        AREAS.drop(columns="geometry"), geometry=AREAS.geometry.to_numpy(), crs=shifted_wkt(target)
    ).to_file(folder / "b.fgb", driver="FlatGeobuf")
    return folder / "b.fgb"


def img_of_other_cells(folder: Path, target: str) -> Path:
    path = _as(folder, "HFA", "abcdefgh.img", USE_SPILL="YES")
    shutil.move(folder / "abcdefgh.ige", folder.parent / "marked.ige")
    path.write_bytes(path.read_bytes().replace(b"abcdefgh.ige", b"../marked.ig"))
    (folder.parent / "marked.ige").rename(folder.parent / "marked.ig")
    return path


def hdf5(kind: str) -> Callable[[Path, str], Path]:
    def made(folder: Path, target: str) -> Path:
        path = folder / "p.nc"
        path.write_bytes(hdf5_file(kind).replace(PLACEHOLDER, target.encode().ljust(len(PLACEHOLDER), b"\x00")))
        (folder / "marked.nc").write_bytes(hdf5_file("plain"))
        return path

    return made


def geojson_of_a_system(name: str) -> Callable[[Path, str], Path]:
    def made(folder: Path, target: str) -> Path:
        path = geojson(folder)
        content = json.loads(path.read_text())
        content["crs"] = {"type": "name", "properties": {"name": name.replace("{target}", target)}}
        path.write_text(json.dumps(content))
        return path

    return made


def arcgis_of_a_system(name: str) -> Callable[[Path, str], Path]:
    def made(folder: Path, target: str) -> Path:
        ring = [[[31, 1], [31, 1.1], [31.1, 1.1], [31.1, 1], [31, 1]]]
        content = {
            "geometryType": "esriGeometryPolygon",
            "spatialReference": {"wkt": name.replace("{target}", target), "wkid": target},
            "fields": [],
            "features": [{"attributes": {}, "geometry": {"rings": ring}}],
        }
        (folder / "c.json").write_text(json.dumps(content))
        return folder / "c.json"

    return made


def kml_with(text: str) -> Callable[[Path, str], Path]:
    def made(folder: Path, target: str) -> Path:
        path = folder / "b.kml"
        path.write_text(KML.replace("<Placemark>", text.replace("{target}", target) + "<Placemark>", 1))
        return path

    return made


def mapinfo_table(folder: Path) -> Path:
    AREAS.to_file(folder / "b", driver="MapInfo File")
    for file in (folder / "b").iterdir():
        file.rename(folder / file.name)
    (folder / "b").rmdir()
    return folder / "b.tab"


def mapinfo_text(folder: Path) -> Path:
    AREAS.to_file(folder / "b.mif", driver="MapInfo File")
    return folder / "b.mif"


def gml(folder: Path) -> Path:
    AREAS.to_file(folder / "b.gml", driver="GML")
    (folder / "b.xsd").unlink(missing_ok=True)
    return folder / "b.gml"


def kmz(folder: Path) -> Path:
    return kmz_with("")(folder, "")


def geodatabase(folder: Path) -> Path:
    AREAS.to_file(folder / "b.gdb", driver="OpenFileGDB", layer="areas")
    return folder / "b.gdb"


def zipped_shapefile(folder: Path) -> Path:
    return zip_of(folder, shapefile(folder))


def zip_of(folder: Path, path: Path) -> Path:
    """An archive of a file and what stands beside it, which goes."""
    with zipfile.ZipFile(folder / "b.zip", "w") as archive:
        for file in sorted(folder.glob(path.stem + ".*")):
            if file.suffix != ".zip":
                archive.write(file, f"sub/{file.name}")
                file.unlink()
    return folder / "b.zip"


def zipped_with(name: str, text: str) -> Callable[[Path, str], Path]:
    def made(folder: Path, target: str) -> Path:
        return zip_of(folder, beside(shapefile, name, text)(folder, target))

    return made


def mapinfo_table_with(text: str) -> Callable[[Path, str], Path]:
    def made(folder: Path, target: str) -> Path:
        path = mapinfo_table(folder)
        path.write_text(path.read_text() + text.replace("{target}", target))
        return path

    return made


def mapinfo_table_of(text: str) -> Callable[[Path, str], Path]:
    def made(folder: Path, target: str) -> Path:
        path = mapinfo_table(folder)
        path.write_text(text.replace("{target}", target))
        return path

    return made


def gml_with(old: str, new: str) -> Callable[[Path, str], Path]:
    def made(folder: Path, target: str) -> Path:
        path = gml(folder)
        content = path.read_text()
        assert old in content
        path.write_text(content.replace(old, new.replace("{target}", target)))
        return path

    return made


def kmz_with(text: str) -> Callable[[Path, str], Path]:
    def made(folder: Path, target: str) -> Path:
        content = KML.replace("<Placemark>", text.replace("{target}", target) + "<Placemark>", 1)
        with zipfile.ZipFile(folder / "b.kmz", "w") as archive:
            archive.writestr("doc.kml", content)
        return folder / "b.kmz"

    return made


def geodatabase_of_a_shifted_system(folder: Path, target: str) -> Path:
    """Its definition, as GDAL wrote it in UTF-8 and in UTF-16, with a file of shifts of the same length."""
    path = geodatabase(folder)
    marked = f',EXTENSION["PROJ4","{SHIFTED.format(target=target)}"]]'
    for file in path.glob("*.gdbtable"):
        content = file.read_bytes()
        for encoding in ("utf-8", "utf-16-le"):
            start = content.find("GEOGCS[".encode(encoding))
            while start >= 0:
                new = ("GEOGCS[" + marked).encode(encoding)
                content = content[:start] + new + content[start + len(new) :]
                start = content.find("GEOGCS[".encode(encoding), start + 8)
        file.write_bytes(content)
    return path


def workbook(folder: Path) -> Path:
    book = openpyxl.Workbook()
    for row in (["site_id", "lat", "lon", "technology"], ["a", 0.3, 32.5, "2G"]):
        book.active.append(row)
    book.save(folder / "s.xlsx")
    return folder / "s.xlsx"


def open_document(folder: Path) -> Path:
    frame = pd.DataFrame([["site_id", "lat", "lon", "technology"], ["a", "0.3", "32.5", "2G"]], columns=list("abcd"))
    pyogrio.write_dataframe(frame, folder / "s.ods", driver="ODS")
    return folder / "s.ods"


def archive_with(make: Callable[[Path], Path], member: str, text: str) -> Callable[[Path, str], Path]:
    """A workbook with one more part, or another in the place of one of its own."""

    def made(folder: Path, target: str) -> Path:
        path = make(folder)
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        old = parts.get(member, b"").decode()
        parts[member] = text.replace("{target}", target).replace("{old}", old.partition("?>")[2] or old).encode()
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        return path

    return made
