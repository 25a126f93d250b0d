"""Tracks of cyclones that the pack lends to six island states of the Pacific: observed, not modelled, and no STARTER DATA.

``python -m ewcm.starter.tracks FILE`` makes the table from IBTrACS of the South Pacific (CSV): positions near the six states
since the season of 1980, values filled as ``ewcm.sources.tracks`` does, rounded.
"""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.core import longitude
from ewcm.core.record import InputRecord, sha256_of
from ewcm.countries import country
from ewcm.packaged import STARTER
from ewcm.sources.tracks import COLUMNS, FIRST_SEASON, Tracks, read_tracks

#: The file in the pack, and the countries that it is for.
FILE = "tracks_pacific.csv.gz"
COUNTRIES = ("FJI", "KIR", "SLB", "TON", "VUT", "WSM")

#: Positions within so many degrees of a country's box are kept, and one more on either side of each stay.
_NEAR_DEG = 6.0

#: Decimals of the columns.
_DECIMALS = {"hours": 2, "lat": 3, "lon": 3, "wind_kt": 1, "central_hpa": 1, "environment_hpa": 1, "radius_nmile": 1}

ATTRIBUTION = (
    "Knapp et al. 2010, International Best Track Archive for Climate Stewardship (IBTrACS), NOAA National Centers for "
    "Environmental Information; best tracks of the Joint Typhoon Warning Center, RSMC Nadi, TCWC Wellington and the Bureau of "
    "Meteorology."
)


def lent(iso3: str) -> Tracks | None:
    """The tracks that the pack has for a country, None where it has none."""
    if iso3 not in COUNTRIES:
        return None
    path = STARTER.path_of(FILE)
    table = pd.read_csv(path, dtype={"storm": str, "name": str}, keep_default_na=False)
    record = InputRecord(
        layer="hazard",
        lent=True,
        path=STARTER.label(FILE),
        sha256=sha256_of(path),
        size_bytes=path.stat().st_size,
        format="CSV",
        crs="EPSG:4326",
        licence="public domain (NOAA: may be redistributed and used without restriction)",
        attribution=ATTRIBUTION,
        source="IBTrACS v04r00, South Pacific; chosen, filled and rounded for this engine",
        date="2022",
        assumptions=(
            "The pack lends the tracks of cyclones since 1980 to this country, because the inputs name no wind hazard of "
            "their own.",
            "Positions without a central pressure, a pressure outside or a radius of maximum wind were filled by rules "
            "(most before "
            "2001): see data/starter/README.md.",
        ),
        facts={
            "storms": int(table["storm"].nunique()),
            "positions": len(table),
            "seasons": [int(table["season"].min()), int(table["season"].max())],
        },
    )
    return Tracks(table[list(COLUMNS)], record, {})


def compact(tracks: Tracks) -> pd.DataFrame:
    """The table of the pack from tracks of the South Pacific."""
    table = tracks.table[tracks.table["season"] >= FIRST_SEASON]
    near = np.zeros(len(table), dtype=bool)
    for iso3 in COUNTRIES:
        west, south, east, north = country(iso3).bbox or (0.0, 0.0, 0.0, 0.0)
        in_lat = table["lat"].between(south - _NEAR_DEG, north + _NEAR_DEG).to_numpy()
        near |= in_lat & longitude.is_within(table["lon"].to_numpy(), west, east, _NEAR_DEG)
    kept = pd.Series(near, index=table.index)
    by_storm = kept.groupby(table["storm"])
    kept |= by_storm.shift(1, fill_value=False) | by_storm.shift(-1, fill_value=False)
    found = table[kept & kept.groupby(table["storm"]).transform("any")].reset_index(drop=True)
    return found.round(_DECIMALS)[list(COLUMNS)]


def main(arguments: Sequence[str]) -> None:
    """Write the table of the pack, the same bytes each time."""
    text = io.StringIO()
    compact(read_tracks(Path(arguments[0]))).to_csv(text, index=False, lineterminator="\n")
    (STARTER.folder / FILE).write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


if __name__ == "__main__":
    main(sys.argv[1:])
