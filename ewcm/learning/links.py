"""Levels at measured places, computed with the engine's own kernels along the profile to the transmitter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from ewcm_kernels.exact import LEAST_STEPS, NEAREST_KM, height_at
from ewcm_kernels.link import Profile, Radio
from ewcm_kernels.p1812 import INLAND, path_loss_db

from ewcm.core import grid, longitude
from ewcm.coverage.p1812.radio_climate import zones
from ewcm.coverage.p1812.transmitters import pattern_db, sectors_of
from ewcm.errors import InputError, one_line
from ewcm.inputs.country_data import CountryData
from ewcm.settings import Settings
from ewcm.sources.plain_words import plain_words
from ewcm.sources.terrain import Heights

#: Measured places of one square of this side [degrees] share a window of terrain.
_SQUARE_DEG = 0.25

#: Where no column names the site, the strongest of so many nearest antennas is taken to serve.
_NEAREST = 12


@dataclass(frozen=True)
class Links:
    """Measured places with what was computed for them.

    ``table``: the columns of the measurements, and ``measured_db``, ``computed_db`` (levels [dBm], or losses with the sign
    turned, so that measured − computed is the offset of the engine's level), ``distance_km`` (NaN where not
    known), ``floor_db``: no lower ``measured_db`` could be seen (−inf: none). ``left_out``: rows by the reason why
    they could not be used.
    """

    table: pd.DataFrame
    left_out: dict[str, int]
    by_engine: int  # rows whose level the engine computed; of the others the file brought it
    notes: tuple[str, ...] = ()  # of the floors


#: Levels [dBm] below which phones report nothing, where the file has no ``sensitivity_dbm``: 3GPP TS 45.008 (RXLEV 0), TS 25.133
#: (CPICH RSCP −115 for cells that are measured) and TS 36.133, 38.133 (some dB above the reference sensitivity of a phone).
SENSITIVITY_DBM = {"2G": -110.0, "3G": -115.0, "4G": -125.0, "5G": -125.0}


def links_of(table: pd.DataFrame, data: CountryData | None, settings: Settings) -> Links:
    """What was measured beside what is computed. ``data``: terrain, clutter and sites, needed where the file does not bring the
    computed losses.

    Raises :class:`InputError` where nothing can be computed.
    """
    brought = table["computed_loss_db"].notna() | table["computed_level_dbm"].notna()
    left_out: dict[str, int] = {}
    parts = [_brought(table[brought], settings)]
    notes: tuple[str, ...] = ()
    by_engine = 0
    rest = table[~brought]
    if len(rest):
        if not _has_network(data):
            if not brought.any():
                raise InputError(
                    "the inputs have no terrain and sites to compute P.1812 with; add both to the folder, or a column p1812_db "
                    "to the measurements"
                )
            left_out["without a computed loss, and no terrain and sites to compute it"] = len(rest)
        else:
            assert data is not None
            known, strange, notes = _by_names_of_sites(rest, data)
            if strange:
                left_out[strange] = len(rest) - len(known)
            if len(known):
                computed = _computed(known, data, settings)
                by_engine = len(computed)
                left_out["farther from every site than max_range_km, or over unknown terrain"] = len(known) - by_engine
                parts.append(computed)
    found = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    comparable = found["computed_db"].notna() & (found["measured_db"].notna() | found["silent"])
    if lost := int((~comparable).sum()):
        left_out["with a level where only a loss was computed, or without e.i.r.p."] = lost
    found = found[comparable].reset_index(drop=True)
    if found.empty:
        raise InputError(
            "no measurement has a computed level beside it ("
            + ", ".join(f"{count} {reason}" for reason, count in left_out.items() if count)
            + "); check positions, technology and operators"
        )
    found, of_floors = _with_floors(found)
    left_out = {reason: count for reason, count in left_out.items() if count}
    return Links(found, left_out, by_engine, (*notes, *of_floors))


def _with_floors(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Links whose floors lie below all that their device has measured of a technology: a level that was measured could be. The
    least of them is the likeliest floor, where what is known of phones or what the file states lies higher."""
    device = [table["technology"], table["device"]]
    least = table["measured_db"].where(~table["silent"]).groupby(device).transform("min")
    wrong = (least < table["floor_db"]).to_numpy(bool) & ~table["silent"].to_numpy(bool)
    if not wrong.any():
        return table, ()
    notes = tuple(
        f"{name}: levels down to {part['measured_db'].min():g} dBm were measured, below the floor of {part['floor_db'].max():g} "
        "dBm; the least level that each device measured was taken as its floor."
        for name, part in table[wrong].groupby("technology", sort=True)
    )
    return table.assign(floor_db=table["floor_db"].mask(wrong, least)), notes


def _has_network(data: CountryData | None) -> bool:
    return data is not None and data.terrain is not None and data.sites is not None and not data.starter


def _brought(table: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Rows whose computed loss or level is in the file."""
    loss_only = table["level_dbm"].isna() & ~table["silent"]
    eirp = table["eirp_dbm"].fillna(table["technology"].map(lambda name: settings.link_budgets[name].eirp_dbm))
    computed_dbm = table["computed_level_dbm"].fillna(eirp - table["computed_loss_db"])
    level = ~loss_only
    distance = grid.distance_km(*(table[name].to_numpy(float) for name in ("site_lat", "site_lon", "lat", "lon")))
    floor = table["sensitivity_dbm"].fillna(table["technology"].map(SENSITIVITY_DBM))
    return table.assign(
        measured_db=np.where(level, table["level_dbm"], -table["loss_db"]),
        computed_db=np.where(level, computed_dbm, -table["computed_loss_db"]),
        distance_km=table["distance_km"].fillna(pd.Series(distance, index=table.index)),
        floor_db=np.where(level, floor, -np.inf),
    )


def _by_names_of_sites(table: pd.DataFrame, data: CountryData) -> tuple[pd.DataFrame, str, tuple[str, ...]]:
    """Measured places with operators and sites spelled as those of the inputs; why the others cannot be used (their operator has
    no site there); and what is to be said of names that are not there."""
    assert data.sites is not None
    sites = data.sites.table
    own = sorted(name for name in sites["operator"].astype(str).unique() if name)
    by_word = {plain_words(name): name for name in own}
    operator = table["operator"].map(lambda name: by_word.get(plain_words(name), name))
    known = operator.isin(["", *own]).to_numpy(bool)
    strange = ""
    if not known.all() and (sites["operator"].astype(str) == "").any():
        known[:] = True  # a site that names nobody may be theirs
    if not known.all():
        example, listed = (
            one_line(operator[~known].iloc[0], 30),
            ", ".join(f"'{one_line(name, 30)}'" for name in own[:5]),
        )
        strange = f"of an operator that has no site in the inputs (such as '{example}'; they have {listed}): write it as they do"
    notes: tuple[str, ...] = ()
    if nameless := int((operator == "").sum()):
        notes += (f"{nameless} measured places name no operator: the strongest antenna of any was compared.",)
    named = {plain_words(name): name for name in sites["site_id"].astype(str).unique()}
    site = table["site"].map(lambda name: named.get(plain_words(name), name))
    lost = (~site.isin(["", *named.values()])).to_numpy(bool) & known
    if lost.any():
        example = one_line(site[lost].iloc[0], 30)
        notes += (
            f"{int(lost.sum())} measured places name a site that the inputs do not have (such as '{example}'): the strongest of "
            f"the {_NEAREST} nearest antennas was compared.",
        )
    return table.assign(operator=operator, site=site)[known], strange, notes


def _computed(table: pd.DataFrame, data: CountryData, settings: Settings) -> pd.DataFrame:
    """Rows with the level that the engine computes; of those without a site the strongest of the nearest antennas."""
    assert data.sites is not None
    stations = []
    sites = data.sites.table.fillna({"azimuth_deg": 0.0, "beamwidth_deg": 360.0})
    for (technology, operator, site), group in sites.groupby(["technology", "operator", "site_id"], sort=True):
        sectors = sectors_of(group, settings)
        stations.append(sectors.assign(technology=technology, operator=operator, site=str(site)))
    every = pd.concat(stations, ignore_index=True)
    square = [np.floor(table[name] / _SQUARE_DEG).astype(int) for name in ("lat", "lon")]
    found = [_in_square(part, every, data, settings) for _, part in table.groupby(square, sort=True)]
    return pd.concat(found, ignore_index=True)


def _in_square(table: pd.DataFrame, sectors: pd.DataFrame, data: CountryData, settings: Settings) -> pd.DataFrame:
    lat, lon = table["lat"].to_numpy(), table["lon"].to_numpy()
    tall = settings.max_range_km / 111.0
    wide = tall / max(0.1, math.cos(math.radians(float(np.abs(lat).max()))))
    middle = float(lon.mean())
    near = sectors.assign(lon=longitude.near(sectors["lon"].to_numpy(), middle))
    near = near[
        near["lat"].between(lat.min() - tall, lat.max() + tall)
        & near["lon"].between(lon.min() - wide, lon.max() + wide)
    ]
    if near.empty:
        return table.iloc[:0].assign(measured_db=[], computed_db=[], distance_km=[], floor_db=[])
    assert data.terrain is not None
    rim = 0.02
    heights = data.terrain.window(
        min(lon.min(), near["lon"].min()) - rim,
        min(lat.min(), near["lat"].min()) - rim,
        max(lon.max(), near["lon"].max()) + rim,
        max(lat.max(), near["lat"].max()) + rim,
    )
    clutter = data.clutter.window(heights) if data.clutter else None
    land = _Land(heights, clutter, zones(heights))
    rows = [_row(row, near, land, settings) for row in table.itertuples()]
    result = table.assign(
        measured_db=table["level_dbm"],
        computed_db=[row[0] for row in rows],
        distance_km=[row[1] for row in rows],
        site=[row[2] for row in rows],
        operator=[row[3] for row in rows],
        clutter_m=[land.clutter_at(lat[i], lon[i]) for i in range(len(table))] if clutter is not None else np.nan,
        floor_db=table["sensitivity_dbm"].fillna(table["technology"].map(SENSITIVITY_DBM)),
    )
    return result[result["computed_db"].notna()]


def _row(row: Any, sectors: pd.DataFrame, land: _Land, settings: Settings) -> tuple[float, float, str, str]:
    """Level, distance, site and operator of the antenna that serves a measured place; NaN where there is none."""
    found = sectors[sectors["technology"] == row.technology]
    if row.operator:
        found = found[(found["operator"] == row.operator) | (found["operator"] == "")]
    if row.site:
        named = found[found["site"] == row.site]
        found = named if len(named) else found
    lat, lon = float(row.lat), float(row.lon)
    distance = grid.distance_km(found["lat"].to_numpy(), found["lon"].to_numpy(), np.array(lat), np.array(lon))
    near = np.argsort(distance, kind="stable")[:_NEAREST]
    best: tuple[float, float, str, str] = (math.nan, math.nan, row.site, row.operator)
    for place in near[distance[near] <= settings.max_range_km]:
        sector = found.iloc[int(place)]
        loss = land.loss_db(sector, lat, lon, settings)
        bearing = math.degrees(math.atan2((lon - sector.lon) * math.cos(math.radians(sector.lat)), lat - sector.lat))
        gain = 0.0
        if sector.beamwidth_deg < 360.0:
            gain = float(pattern_db(np.array([bearing - sector.azimuth_deg]), sector.beamwidth_deg)[0])
        level = float(sector.eirp_dbm) + gain - loss
        if math.isfinite(level) and not level <= best[0]:
            best = (level, float(distance[place]), str(sector.site), str(sector.operator))
    return best


@dataclass(frozen=True)
class _Land:
    """A window of terrain, with the clutter on it and the radio-climatic zones."""

    heights: Heights
    clutter_m: np.ndarray | None
    zone: np.ndarray | None

    def _position(self, lat: float, lon: float) -> tuple[float, float]:
        return (self.heights.north - lat) / self.heights.lat_step, (lon - self.heights.west) / self.heights.lon_step

    def clutter_at(self, lat: float, lon: float) -> float:
        """Clutter height [m] of the nearest cell."""
        assert self.clutter_m is not None
        row, col = self._position(lat, lon)
        return float(self.clutter_m[int(row + 0.5), int(col + 0.5)])

    def loss_db(self, sector: pd.Series, lat: float, lon: float, settings: Settings) -> float:
        """Basic transmission loss [dB] from an antenna to a phone; NaN over unknown terrain."""
        path_km = max(NEAREST_KM, float(grid.distance_km(*(np.array(v) for v in (sector.lat, sector.lon, lat, lon)))))
        steps = max(LEAST_STEPS, math.ceil(path_km * 1000.0 / settings.propagation_step_m))
        row0, col0 = self._position(float(sector.lat), float(sector.lon))
        row1, col1 = self._position(lat, lon)
        along = np.linspace(0.0, 1.0, steps + 1)
        rows, cols = row0 + (row1 - row0) * along, col0 + (col1 - col0) * along
        height = np.array([height_at(self.heights.values_m, row, col) for row, col in zip(rows, cols, strict=True)])
        if not np.isfinite(height).all():
            return math.nan
        place = (rows + 0.5).astype(int), (cols + 0.5).astype(int)
        clutter = np.zeros(steps + 1) if self.clutter_m is None else self.clutter_m[place].astype(np.float64)
        zone = np.full(steps + 1, INLAND, np.uint8) if self.zone is None else self.zone[place]
        return float(
            path_loss_db(
                Profile(path_km * along, height, clutter, zone),
                float(sector.height_m),
                settings.receiver_height_m,
                Radio(
                    float(sector.frequency_mhz) / 1000.0, settings.time_pct, delta_n=settings.delta_n, n0=settings.n0
                ),
                0.5 * (float(sector.lat) + lat),
            )
        )
