"""The modelled network: one site at each place, with the technologies that a place of its size usually has.

The rule knows nothing of operators, masts or frequencies; it gives the radius model something to show until real sites
are brought.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ewcm.sources.cell_sites import SITE_COLUMNS

#: A place has a technology when it has at least this many people. The capital and the largest place of a unit have
#: 2G to 4G whatever their size, and every named place has 2G.
PEOPLE_MIN = {"2G": 0.0, "3G": 5_000.0, "4G": 20_000.0, "5G": 500_000.0}

#: Ranks of places (see ``ewcm.sources.places``) that count as towns whatever their size, and the technologies they have.
SEATS = (0, 1)
SEAT_TECHNOLOGIES = ("2G", "3G", "4G")


def sites(places: pd.DataFrame) -> pd.DataFrame:
    """Modelled sites, columns ``SITE_COLUMNS``, one row a place and technology; operator "" and radio numbers NaN."""
    parts = []
    for technology, fewest in PEOPLE_MIN.items():
        has = places["population"].fillna(0.0) >= fewest
        if technology in SEAT_TECHNOLOGIES:
            has |= places["rank"].isin(SEATS)
        here = places[has]
        site_id = "starter-" + here["geonameid"].astype(str)
        parts.append(
            pd.DataFrame({"site_id": site_id, "lat": here["lat"], "lon": here["lon"], "technology": technology})
        )
    table = pd.concat(parts, ignore_index=True).assign(operator="")
    for column in SITE_COLUMNS[5:]:
        table[column] = np.nan
    return table.sort_values(["site_id", "technology"], ignore_index=True)[list(SITE_COLUMNS)]
