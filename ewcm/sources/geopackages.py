"""GeoPackages are databases: what in them could run, write or point elsewhere is refused before GDAL opens them."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from urllib.parse import quote

from ewcm.errors import InputError
from ewcm.sources.crs_texts import check_crs

#: Tables of the standard itself and of GDAL's own bookkeeping (virtual ones are the spatial indexes).
_OWN = ("gpkg_", "rtree_", "sqlite_", "ogr_")

#: Coordinate systems of a file; the register has some 7000.
_MOST_SYSTEMS = 10_000


def check_geopackage(path: Path) -> list[str]:
    """Refuse a GeoPackage that is open elsewhere, or whose layers are not plain tables; returns the names of its vector layers.

    A view, a virtual table or a computed column is SQL that somebody else wrote and reading a layer would run: it may never end.
    """
    for ending in ("-wal", "-journal"):
        beside = path.with_name(path.name + ending)
        if beside.exists() and beside.stat().st_size:
            raise InputError(
                f"{path}: is open in another program, or was not closed ({beside.name} stands beside it); close it there"
            )
    try:
        # Immutable: nothing is locked, replayed or written beside the file.
        address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
            systems = database.execute(f"SELECT * FROM gpkg_spatial_ref_sys LIMIT {_MOST_SYSTEMS + 1}").fetchall()
            tables = database.execute("SELECT name, type, sql FROM sqlite_master").fetchall()
            contents = database.execute("SELECT table_name, data_type FROM gpkg_contents LIMIT 10000").fetchall()
            computed = [
                name
                for name, kind, _ in tables
                if kind == "table" and not str(name).lower().startswith("rtree_") and _computes(database, str(name))
            ]
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        raise InputError(f"{path}: cannot be read as GPKG, so it is damaged or cut off; export it again") from error
    if len(systems) > _MOST_SYSTEMS:
        raise InputError(f"{path}: defines more than {_MOST_SYSTEMS} coordinate systems; export it again")
    for row in systems:  # a second column may hold the newer form of a definition, which GDAL prefers
        for definition in row:
            check_crs(str(definition), path)
    listed = {str(name).lower() for name, _ in contents}
    executable = [str(name) for name, kind, sql in tables if _runs(str(name).lower(), kind, str(sql), listed)]
    for name in (*executable, *computed):
        raise InputError(f"{path}: '{name}' is a view or a computed table, not plain data; export it as a table")
    return [str(name) for name, kind in contents if kind == "features"]


def attribute_tables(path: Path) -> set[str]:
    """The tables of a GeoPackage that has been checked (:func:`check_geopackage`) which are listed as having no shapes."""
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
        return {
            str(name)
            for (name,) in database.execute(
                "SELECT table_name FROM gpkg_contents WHERE data_type = 'attributes' LIMIT 100"
            )
        }


def _runs(name: str, kind: str, sql: str, listed: set[str]) -> bool:
    """Whether an entry of the database is SQL in the place of data: a view as a layer, or a virtual table (only spatial
    indexes may be such)."""
    if kind == "view":
        return name in listed or name.startswith(_OWN)
    return sql.lstrip().lower().startswith("create virtual") and not name.startswith("rtree_")


def _computes(database: sqlite3.Connection, table: str) -> bool:
    """Whether a table has columns that are worked out when they are read."""
    name = table.replace('"', '""')
    return any(row[6] > 1 for row in database.execute(f'PRAGMA table_xinfo("{name}")'))
