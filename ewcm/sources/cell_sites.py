"""Which site each cell of an export belongs to, for ten million cells as for ten."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: Columns of :attr:`ewcm.sources.cells.Sites.table`, in order, with units. Absent numbers are NaN, an absent operator is "".
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

#: Rows of one ``site_id`` that stand farther apart than this are not one site [km].
ONE_SITE_KM = 1.0

#: Cells of one network nearer than this [degrees, about 200 m] count as one site where their numbers do not tell.
_SITE_GRID_DEG = 0.002

#: Digits of the largest eNodeB (a cell number of 36 bits // 256).
_NODE_DIGITS = 9

#: Larger than the rank of any place; see :func:`_ranks`.
_AFTER_PLACES = 2**40


def sorted_sites(cells: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Cells at distinct places as a table of :data:`SITE_COLUMNS`, each with its site, and the number of sites.

    ``cells``: columns ``technology`` and ``operator`` (categories in the order of their texts), ``lat``, ``lon`` [degrees],
    ``cell`` (number). The order is that of technology, operator, ``site_id``, latitude and longitude. Within one technology
    and operator a ``site_id`` begins alike and ends in the number of an eNodeB or a place: numbers of the same order are
    sorted, since to compare millions of texts takes minutes.
    """
    technology, operator = (cells[name].cat for name in ("technology", "operator"))
    node = (cells["cell"] // 256).to_numpy(dtype=np.int64)
    by_node = np.asarray((cells["technology"] == "4G") & (node > 0))
    lat, north = _rounded(cells["lat"], ",")
    lon, east = _rounded(cells["lon"], "")
    rank = _ranks(by_node, node, _in_order(north)[lat], _in_order(east)[lon])
    keys = (cells["lon"], cells["lat"], rank, operator.codes, technology.codes)
    order = np.lexsort([np.asarray(key) for key in keys])
    keys_of_a_site = (np.asarray(key)[order] for key in keys[2:])
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = np.any([key[1:] != key[:-1] for key in keys_of_a_site], axis=0)
    first = order[begins]
    operators, technologies = list(operator.categories), list(technology.categories)
    columns_of_a_site = (operator.codes, technology.codes, by_node, node, lat, lon)
    names = [
        f"{operators[owner]}-e{number}" if of_node else f"{operators[owner]}-{technologies[kind]}-{north[y]}{east[x]}"
        for owner, kind, of_node, number, y, x in zip(
            *(np.asarray(column)[first].tolist() for column in columns_of_a_site), strict=True
        )
    ]
    lengths = np.diff(np.flatnonzero(np.append(begins, True)))
    columns: dict[str, object] = {
        "site_id": pd.array(np.repeat(np.array(names, dtype=object), lengths), dtype="str"),
        "lat": cells["lat"].to_numpy()[order],
        "lon": cells["lon"].to_numpy()[order],
        **{name: cells[name].iloc[order].astype("str").array for name in ("technology", "operator")},
        **dict.fromkeys(SITE_COLUMNS[5:], np.nan),
    }
    return pd.DataFrame(columns)[list(SITE_COLUMNS)], len(names)


def _rounded(degrees: pd.Series, end: str) -> tuple[np.ndarray, list[str]]:
    """Which of the different rounded numbers each one is, and those as texts. A little south of the equator is -0.000."""
    rounded = np.round(degrees.to_numpy() / _SITE_GRID_DEG) * _SITE_GRID_DEG
    code, bits = pd.factorize(rounded.view(np.int64))  # bits tell the two zeros apart
    return code, [f"{number:.3f}{end}" for number in bits.view(np.float64).tolist()]


def _in_order(texts: list[str]) -> np.ndarray:
    """The place of each text among all of them in order."""
    place = np.empty(len(texts), dtype=np.int64)
    place[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    return place


def _ranks(by_node: np.ndarray, node: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Numbers in the order of the texts ``<technology>-<lat>,<lon>`` and ``e<node>`` of one technology and operator.

    Places come before nodes, and texts of numbers are in order by their first digit, then the next, the shorter first.
    """
    powers = 10 ** np.arange(_NODE_DIGITS + 1, dtype=np.int64)
    digits = np.searchsorted(powers[1:], node, side="right") + 1
    as_text = node * powers[np.clip(_NODE_DIGITS - digits, 0, None)] * (_NODE_DIGITS + 1) + digits
    return np.where(by_node, _AFTER_PLACES + as_text, lat * (lon.max(initial=0) + 1) + lon)
