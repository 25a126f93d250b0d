"""What a result was made from: the files that were read, and the sites."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from ewcm.core import longitude
from ewcm.core.finding import Caveat, Figure, Finding, Json, Table
from ewcm.core.record import InputRecord
from ewcm.countries import LANGUAGES

#: What summary.json says of each file, and the sheet of inputs; the manifest says more.
_STATED = ("layer", "path", "licence", "attribution", "source", "date")
_SUMMARY = (*_STATED, "lent")
_COLUMNS = (*_STATED, "origin", "sha256")

#: Columns of the sites that are texts.
_TEXTS = ("site_id", "technology", "operator")


def inputs_finding(
    records: Sequence[InputRecord], caveats: Sequence[Caveat], target_years: Sequence[int] = ()
) -> Finding:
    """Every input with its licence and source, and what must be known before using the figures. ``target_years``: of the
    official figures that a model was set to."""
    files: list[Json] = [{name: getattr(record, name) for name in _SUMMARY} for record in records]
    rows = [{name: getattr(record, name) for name in _COLUMNS} for record in records]
    table = Table("inputs", pd.DataFrame(rows, columns=list(_COLUMNS)), files=("workbook",))
    figures = (Figure(("oldest_input_year",), oldest_year(records, target_years)), Figure(("inputs",), files))
    return Finding("inputs", figures, (table,), caveats=tuple(caveats))


def oldest_year(records: Sequence[InputRecord], target_years: Sequence[int] = ()) -> int | None:
    """The year of the oldest input that states one, in its date or in the name of its file, what the pack lends aside but for
    the ``target_years`` of official figures that a model was set to; None where none does."""
    years = [record.year for record in records if not record.lent]
    return min((year for year in (*years, *target_years) if year), default=None)


def places_finding(places: pd.DataFrame | None) -> Finding:
    """The named places that coldspots are named by."""
    columns = ["name", "lat", "lon", "population", "rank"]
    if places is not None:  # in the languages in which it has them, for the page of a country that is opened again
        columns += [f"name_{language}" for language in LANGUAGES if f"name_{language}" in places]
    frame = pd.DataFrame(columns=columns) if places is None else places[columns].reset_index(drop=True)
    units = {"lat": "degrees", "lon": "degrees", "population": "persons"}
    return Finding("places", tables=(Table("places", frame, units, files=("csv",)),) if places is not None else ())


def sites_finding(sites: pd.DataFrame | None, columns: Sequence[str], beyond_180: bool) -> Finding:
    """The radio sites as points. ``beyond_180``: longitudes in 0..360, for a country across 180°."""
    if sites is None:
        empty = {name: np.zeros(0, dtype=object if name in _TEXTS else np.float64) for name in columns}
        frame = gpd.GeoDataFrame(empty, geometry=gpd.points_from_xy([], []), crs="EPSG:4326")
    else:
        table = sites[list(columns)].reset_index(drop=True)
        lon = longitude.to_360(table["lon"]) if beyond_180 else table["lon"]
        frame = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(lon, table["lat"]), crs="EPSG:4326")
    units = {"frequency_mhz": "MHz", "eirp_dbm": "dBm", "height_m": "m"}
    units |= dict.fromkeys(("lat", "lon", "azimuth_deg", "beamwidth_deg"), "degrees")
    return Finding("sites", tables=(Table("sites", frame, units, geometry="Point", files=("geopackage",)),))
