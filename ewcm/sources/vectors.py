"""Opening vector files: a few formats, told by their content, whole and valid shapes in EPSG:4326."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import CRSError
from shapely.errors import ShapelyError

from ewcm.core.drivers import (
    ARCHIVES,
    FOLDERS,
    TABLES,
    VECTORS,
    Format,
    VectorSource,
    folder_format,
    opened_vector,
    vector_format,
)
from ewcm.core.input_warning import InputNote, InputWarning
from ewcm.core.record import GRADE, companions_of, grade_of
from ewcm.core.signals import end_if_asked
from ewcm.errors import InputError, one_line
from ewcm.sources.companions import check_companions
from ewcm.sources.crs_texts import check_crs, note_on_shift, system_of, unknown_name
from ewcm.sources.files import check_file
from ewcm.sources.formats import MAX_TEXT_BYTES, check_content
from ewcm.sources.geopackages import attribute_tables, check_geopackage
from ewcm.sources.joined_tables import with_tables
from ewcm.sources.kml_colours import area_colours
from ewcm.sources.kml_descriptions import with_description_columns
from ewcm.sources.kml_folders import shapes_by_folder
from ewcm.sources.unpacked import ALONE_IN_A_FOLDER, files_in, unpacked

#: Names that end so are looked at as vector files.
VECTOR_SUFFIXES = (*(ending for one in (*VECTORS, *FOLDERS) for ending in one.endings), *ARCHIVES)

_MAX_VECTOR_BYTES = 4_000_000_000

#: Longer edges [m] of projected shapes get corners in between before they are brought to degrees: a straight line of 500 km
#: in one projection is kilometres off a straight line in another, of this length less than a metre.
_LONGEST_EDGE_M = 5000.0

#: Crossings of outlines that are mended in one file; each takes some 50 µs, and more of them ever more.
_MOST_CROSSINGS = 20_000

logging.getLogger("pyogrio").setLevel(logging.CRITICAL)  # its messages come to the user as InputError, once


@dataclass(frozen=True)
class Vector:
    """The features of one layer in EPSG:4326 (always longitude, latitude), as the file gave them."""

    frame: gpd.GeoDataFrame
    format: str
    crs: str
    assumptions: tuple[str, ...]
    grade: str = ""  # the mark of a layer that is made of STARTER DATA or for an exercise
    others: tuple[str, ...] = ()  # further layers of the file, or files of the archive, which were not read
    warnings: tuple[InputWarning, ...] = ()
    colours: Mapping[str, int] = field(
        default_factory=dict
    )  # of a KML, those of its areas (aabbggrr) and how many have each


def read_vector(path: Path, layer: str | None = None, crs: str | None = None) -> Vector:
    """Read one layer of a vector file: GeoPackage, GeoJSON, FlatGeobuf, Shapefile, KML, MapInfo, GML or a file geodatabase, or
    an archive (.zip, .kmz) with one of them in it.

    ``layer`` is needed where the file has several; of an archive it may be the name of a file in it. ``crs`` takes the place of
    what the file says. Raises :class:`InputError` for anything else than those formats.
    """
    if path.suffix.lower() in ALONE_IN_A_FOLDER and not path.is_dir():
        check_file(path)
        with unpacked(path, layer) as (inner, inner_layer, notes, others):
            found = _read(inner, inner_layer, crs)
        return replace(found, assumptions=notes + found.assumptions, others=others + found.others)
    return _read(path, layer, crs)


def layers_of(path: Path) -> dict[str, str]:
    """The layers of a vector file, or the files of an archive that holds several, by the name that ``layer`` may state; each with
    the names of the folders down to it."""
    if path.suffix.lower() in ALONE_IN_A_FOLDER and not path.is_dir():
        check_file(path)
        names = files_in(path) if path.suffix.lower() in ARCHIVES else ()
        if len(names) > 1:
            return {name: name for name in names}
        with unpacked(path) as (inner, *_):
            return _layers_of_file(inner)
    return _layers_of_file(path)


def _layers_of_file(path: Path) -> dict[str, str]:
    """The layers of a file that lies where it can be read, each with the folders that it lies in."""
    chosen = folder_format(path) if path.is_dir() else _format(path, check_file(path))
    if chosen is None:
        return {}
    check_content(path, chosen)
    try:
        with opened_vector(path, chosen) as source:
            return _layers(path, chosen, source)
    except InputError:
        raise
    except Exception as error:  # as in _read
        end_if_asked()
        raise _damaged(path, chosen.driver, error) from error


def _layers(path: Path, chosen: Format, source: VectorSource) -> dict[str, str]:
    """The layers of a file that is open, each with the folders that it lies in."""
    names = check_geopackage(path) if chosen.driver == "GPKG" else source.layers()
    if chosen.driver == "KML" and len(names) > 1:
        return shapes_by_folder(path.read_bytes(), names)
    return {name: name for name in names}


def _damaged(path: Path, driver: str, error: Exception) -> InputError:
    """The error about a file that GDAL does not read."""
    if driver == "ESRI Shapefile" and not any(after.lower() == ".shx" for after in companions_of(path)):
        return InputError(
            f"{path}: {path.stem}.shx is not beside it, and a shapefile is not read without it; ask for that file"
        )
    if called := unknown_name(path, driver):
        return _of_unknown_system(path, called)
    return InputError(f"{path}: cannot be read as {driver}, so it is damaged or cut off; export it again")


def _of_unknown_system(path: Path, called: str) -> InputError:
    return InputError(
        f"{path}: names a coordinate system (CRS) that is not known ({called}); correct that, or export it in EPSG:4326"
    )


def _read(path: Path, layer: str | None, crs: str | None) -> Vector:
    if path.is_dir() and folder_format(path) is not None:
        chosen = folder_format(path)
        assert chosen is not None
    else:
        chosen = _format(path, check_file(path))
        check_companions(path)
    check_content(path, chosen)
    driver = chosen.driver
    try:
        with warnings.catch_warnings(), opened_vector(path, chosen) as source:
            warnings.simplefilter("ignore")
            layers = list(_layers(path, chosen, source))
            layer = _layer(path, layers, layer)
            others = tuple(one for one in layers if one != layer)
            frame = source.frame(layer, on_invalid="ignore")
            tables = _tables_beside(path, driver, source)
    except InputError:
        raise
    except Exception as error:  # GDAL, shapely and pyproj each have their own; a bad file may raise any of them
        end_if_asked()
        raise _damaged(path, driver, error) from error
    if not isinstance(frame, gpd.GeoDataFrame) or frame.geometry.isna().all():
        raise InputError(f"{path}: holds no shapes (layer '{layer}'); export it with its geometry")
    frame, doubled = _without_doubled_columns(frame)
    frame, said, beside = with_tables(frame, tables)
    # A system that GDAL has found is the right one, but for the degrees that it takes a GeoJSON to be in.
    is_found = frame.crs is not None and not (driver == "GeoJSON" and frame.crs == "EPSG:4326")
    called = "" if crs or is_found else unknown_name(path, driver)
    if called and driver == "GML":  # whose order of latitude and longitude depends on its system
        raise _of_unknown_system(path, called)
    frame, name, assumptions = in_degrees(path, frame, crs, called)
    assumptions += doubled + said
    grades = [
        grade
        for column in frame.columns
        if str(column).lower() == GRADE
        for grade in frame[column].astype(str).unique()
    ]
    colours: Mapping[str, int] = {}
    if driver == "KML":
        content = path.read_bytes()
        if b"<GroundOverlay" in content:
            raise InputError(
                f"{path}: holds a picture that is laid over the map (GroundOverlay), whose frame is no ground of anything; "
                "hand in the polygons or the raster behind it"
            )
        colours = area_colours(content)
        frame, said = with_description_columns(frame)
        assumptions += said
    beside += _without_attributes(path, driver)
    return Vector(frame, driver, name, assumptions, grade_of(grades), others, beside, colours)


def _tables_beside(path: Path, driver: str, source: VectorSource) -> dict[str, pd.DataFrame]:
    """The tables without shapes in a database that is open, by name."""
    if driver not in ("GPKG", "OpenFileGDB"):
        return {}
    listed = attribute_tables(path) if driver == "GPKG" else None
    return {name: source.columns(name) for name in source.tables() if listed is None or name in listed}


def _without_doubled_columns(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """The layer with each column once, and which names several of its columns have: pyogrio gives the values of the last."""
    later = frame.columns.duplicated()
    if not later.any():
        return frame, ()
    names = ", ".join(dict.fromkeys(one_line(name, 60) for name in frame.columns[later]))
    return frame.loc[:, ~later], (f"Several columns are called {names}; the last of each name was read.",)


def _without_attributes(path: Path, driver: str) -> tuple[InputWarning, ...]:
    """That a shapefile came without the file of its columns."""
    if driver != "ESRI Shapefile" or any(after.lower() == ".dbf" for after in companions_of(path)):
        return ()
    text = (
        f"The shapefile came without its columns: {path.stem}.dbf is not beside it, so that nothing is known of operators, "
        "technologies or whether its shapes are in service; ask for that file."
    )
    return (InputWarning("no_attributes", text, {"dbf": f"{path.stem}.dbf"}),)


def in_degrees(
    path: Path, frame: gpd.GeoDataFrame, stated: str | None, called: str = ""
) -> tuple[gpd.GeoDataFrame, str, tuple[str, ...]]:
    """The shapes in EPSG:4326, the name of the system that they were in, and what was assumed about it. ``called``: what the file
    calls its system, where that is not known."""
    assumptions: tuple[str, ...] = ()
    if stated is not None:
        system = system_of(stated, path)
        if frame.crs is not None and frame.crs != system:
            assumptions += (f"The file says {_name_of(frame.crs)}; {stated} was taken instead, as stated.",)
        if system.is_projected and (shown := _in_fact_degrees(frame)):
            raise InputError(
                f"{path}: crs = '{stated[:40]}' is stated and its coordinates are degrees ({shown}); remove crs"
            )
        frame = frame.set_crs(system, allow_override=True)
    elif frame.crs is None or called:
        west, south, east, north = frame.total_bounds
        has = (
            f"names a coordinate system (CRS) that is not known ({called})"
            if called
            else "has no coordinate system (CRS)"
        )
        if west < -361 or east > 361 or south < -91 or north > 91:
            raise InputError(
                f"{path}: {has} and is not in degrees (x {west:.0f}..{east:.0f}, y {south:.0f}.."
                f'{north:.0f}); state it, as in crs = "EPSG:32636", or export it with its CRS'
            )
        frame = frame.set_crs("EPSG:4326", allow_override=True)
        taken = "its coordinates were taken as degrees (EPSG:4326)."
        if called:
            text = f"The file names a CRS that is not known ('{called}'); {taken}"
            assumptions += (InputNote("unknown_crs", text, {"called": called}),)
        else:
            assumptions += (InputNote("no_crs", f"The file has no CRS; {taken}"),)
    elif frame.crs.is_projected and (shown := _in_fact_degrees(frame)):
        raise InputError(
            f"{path}: says {_name_of(frame.crs)}, which is in metres, and its coordinates are degrees ({shown}); state the right "
            'system, as in crs = "EPSG:4326", or export it with its own'
        )
    check_crs(frame.crs.to_wkt(), path)
    name = _name_of(frame.crs)
    assumptions += note_on_shift(frame.crs)
    try:
        if frame.crs.is_projected:
            unit_m = frame.crs.axis_info[0].unit_conversion_factor
            frame = frame.set_geometry(frame.geometry.segmentize(_LONGEST_EDGE_M / unit_m))
        frame = frame.to_crs("EPSG:4326")
    except ShapelyError as error:
        raise InputError(f"{path}: holds shapes that are damaged ({one_line(error, 80)}); export it again") from error
    except (CRSError, RuntimeError, ValueError) as error:
        raise InputError(f"{path}: cannot be brought from {name} to degrees; export it in EPSG:4326") from error
    if not _finite(frame):
        raise InputError(f"{path}: holds coordinates that are not numbers, or lie outside its {name}; correct its CRS")
    return frame, name, assumptions


def _in_fact_degrees(frame: gpd.GeoDataFrame) -> str:
    """The extent of shapes all of whose coordinates may be degrees, and are no metres of a country; "" for others."""
    west, south, east, north = frame.total_bounds
    if not (max(abs(west), abs(east)) <= 360 and max(abs(south), abs(north)) <= 90):
        return ""
    return f"x {west:.2f}..{east:.2f}, y {south:.2f}..{north:.2f}"


def _name_of(system: pyproj.CRS) -> str:
    return ":".join(system.to_authority() or ("", system.name)).lstrip(":")


def polygons_only(path: Path, frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Valid, non-empty polygons of a layer, and what was mended or left out. Refuses a layer without any."""
    found, notes, _ = polygons_with_rows(path, frame)
    return found, notes


def polygons_with_rows(path: Path, frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[str, ...], np.ndarray]:
    """As :func:`polygons_only`, and which rows of the layer they are."""
    kept = frame[frame.geometry.notna() & ~frame.geometry.is_empty].copy()
    invalid = ~kept.geometry.is_valid
    kept.loc[invalid, kept.geometry.name] = _mended(path, kept.geometry[invalid].to_numpy())
    kept.geometry = [_areal(shape) for shape in kept.geometry]
    flat = kept.geometry.is_empty
    kept = kept[~flat]
    rows = np.flatnonzero(frame.index.isin(kept.index))
    kept = kept.reset_index(drop=True)
    notes: tuple[str, ...] = ()
    if invalid.any():
        notes += (f"{int(invalid.sum())} shapes crossed themselves and were mended.",)
    if len(kept) < len(frame):
        notes += (f"{len(frame) - len(kept)} features without any area were left out.",)
    if kept.empty:
        raise InputError(f"{path}: holds no polygons; give areas, not points or lines")
    return kept, notes, rows


def _mended(path: Path, shapes: np.ndarray) -> np.ndarray:
    """Shapes made valid, each covering what any of its rings encloses: where parts of one feature overlap, the overlap stays
    (the other way that GEOS knows, by line work, would turn it into a hole)."""
    budget = _MOST_CROSSINGS
    for shape in shapes:
        budget -= crossings(shape, budget)
        if budget < 0:
            raise InputError(
                f"{path}: its outlines cross themselves more than {_MOST_CROSSINGS} times; export it again"
            )
    return np.asarray(shapely.make_valid(shapes, method="structure", keep_collapsed=False))


def crossings(shape: shapely.Geometry, enough: int) -> int:
    """How often the edges of a shape cross each other; counting stops soon after ``enough``."""
    corners, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shape)), return_index=True)
    edges = shapely.linestrings(np.stack([corners[:-1], corners[1:]], axis=1)[ring[:-1] == ring[1:]])
    tree = shapely.STRtree(edges)
    first, step, found = 0, 16, 0
    while first < len(edges) and found <= 2 * enough:
        here = tree.query(edges[first : first + step], predicate="crosses").shape[1]
        first, found = first + step, found + here
        step = min(2 * step, 8192) if here < step else 16  # few edges at a time where each crosses many
    return found // 2


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a geometry, without its lines and points."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape if shape.area > 0 else shapely.MultiPolygon()
    parts = [part for part in shapely.get_parts(shape, return_index=False) if part.geom_type.endswith("Polygon")]
    parts = [part for part in parts if part.area > 0]
    return shapely.union_all(parts) if parts else shapely.MultiPolygon()


def swapped(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same shapes with x and y exchanged."""
    return frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=frame.crs)


def _finite(frame: gpd.GeoDataFrame) -> bool:
    bounds = frame.total_bounds
    return bool((abs(bounds) < 1e6).all())


def _layer(path: Path, layers: list[str], wanted: str | None) -> str:
    if wanted is not None:
        if wanted not in layers:
            raise InputError(f"{path}: has no layer '{wanted}'; it has {', '.join(layers[:12])}")
        return wanted
    if not layers:
        raise InputError(f"{path}: holds no layers; export it again")
    if len(layers) > 1:
        raise InputError(
            f'{path}: has several layers ({", ".join(layers[:12])}); name each that is to be read with layer = "…", in a table '
            "of its own"
        )
    return layers[0]


def _format(path: Path, head: bytes) -> Format:
    """The line of the table of formats that ending and content call for."""
    if path.stat().st_size > _MAX_VECTOR_BYTES:
        raise InputError(f"{path}: is larger than {_MAX_VECTOR_BYTES / 1e9:.0f} GB; clip it to the country")
    chosen = vector_format(path, head)
    if chosen is None or chosen in TABLES:
        raise InputError(
            f"{path}: is not the vector file its name says; give GeoPackage, GeoJSON, FlatGeobuf, Shapefile, KML, MapInfo, "
            "GML or a file geodatabase (or one of them zipped)"
        )
    if chosen.text and path.stat().st_size > MAX_TEXT_BYTES:
        raise InputError(f"{path}: is larger than {MAX_TEXT_BYTES / 1e9:.0f} GB; save it as a GeoPackage")
    return chosen
