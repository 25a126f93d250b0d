"""Small input files, made for the tests."""

import numpy as np
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox
from rasterio.transform import from_origin

from ewcm.countries import country

UGA = country("UGA")

#: A corner inside Uganda and a 30″ step.
WEST, NORTH, STEP = 32.0, 2.0, 1 / 120

#: Twelve by twelve cells of a minute, each of four of the hazard rasters of the tests.
GRID = GeoBox((12, 12), Affine(2 * STEP, 0, WEST, 0, -2 * STEP, NORTH), "EPSG:4326")


def raster(path, values, *, west=WEST, north=NORTH, step=STEP, crs="EPSG:4326", nodata=None, transform=None, **more):
    """A GeoTIFF of one band."""
    values = np.asarray(values)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype=values.dtype,
        crs=crs,
        transform=transform or from_origin(west, north, step, step),
        nodata=nodata,
        **more,
    ) as dataset:
        dataset.write(values, 1)
    return path


CELL_HEADER = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal"


def cell(radio="GSM", mcc=641, net=10, number=1, lon=32.5, lat=0.3, area=1):
    """One line of an OpenCelliD export."""
    return f"{radio},{mcc},{net},{area},{number},0,{lon},{lat},1000,5,1,1370813385,1736747448,0"


def text(path, *lines, encoding="utf-8"):
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def square(west, south, size=1.0):
    """Coordinates of a square ring."""
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def feature(coordinates, kind="Polygon", **properties):
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}
