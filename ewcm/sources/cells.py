"""Radio cells and sites: OpenCelliD/MLS exports and site lists of operators and regulators."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ewcm.sources.record import InputRecord

#: Columns of :attr:`Sites.table`, in order, with units. Absent numbers are NaN, an absent operator is "".
SITE_COLUMNS = (
    "site_id",  # str
    "lat",  # degrees north, WGS 84
    "lon",  # degrees east, WGS 84, -180..180
    "technology",  # 2G, 3G, 4G, 5G
    "operator",  # name, or "MCC-MNC" for crowd-sourced cells
    "frequency_mhz",
    "eirp_dbm",
    "height_m",  # antenna above ground
    "azimuth_deg",  # NaN: omnidirectional
    "beamwidth_deg",
)


@dataclass(frozen=True)
class Sites:
    """Transmitters, one row a site (or sector) and technology. ``records``: one a file read."""

    table: pd.DataFrame
    records: tuple[InputRecord, ...]
