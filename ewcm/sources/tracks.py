"""Tracks of tropical cyclones: IBTrACS as CSV (layouts of versions 3 and 4) and as netCDF, and netCDF files of one track each.

Every value is brought to what the wind kernel takes: 1-min means in knots, pressures in hPa, the radius of maximum wind in
nautical miles, longitudes that run on past 180°. What is missing between two known values of a storm is linear in time; what is
missing altogether is filled by a stated rule. Every filled or converted value is counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from odc.geo.geobox import GeoBox

from ewcm.core import grid, longitude
from ewcm.core.input_warning import InputWarning
from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.errors import InputError, one_line
from ewcm.sources.files import check_file, read_text
from ewcm.sources.headings import words_of
from ewcm.sources.netcdf_series import has_variable, read_rows, read_series
from ewcm.sources.plain_tracks import plain_track
from ewcm.sources.tables import numbers, read_headed
from ewcm.sources.vectors import VECTOR_SUFFIXES, read_vector

#: Columns of :attr:`Tracks.table`.
COLUMNS = (
    "storm", "name", "season", "hours", "lat", "lon", "wind_kt", "central_hpa", "environment_hpa", "radius_nmile",
)  # fmt: skip

#: The first season in which satellites saw every storm: a history begins with it.
FIRST_SEASON = 1980

#: A history of fewer seasons, or of fewer storms than seasons, is doubted.
_FEWEST_SEASONS = 20

#: A 10-min mean over this is a 1-min mean (the convention of the IBTrACS project).
TEN_MINUTES = 0.88

#: Pressure outside a storm [hPa] where nobody reports it, by basin.
ENVIRONMENT_HPA = {"NA": 1010.0, "EP": 1010.0, "SA": 1010.0, "NI": 1005.0, "SI": 1005.0, "WP": 1005.0, "SP": 1004.0}

#: Central pressure [hPa] from the 1-min wind [kt] and the latitude: a + b·v + c·v² + d·|lat|, fitted to the 5,326 positions of
#: the South Pacific since 1980 for which both are reported (root mean square error 3.0 hPa). It knows no longitude.
PRESSURE_FROM_WIND = (1018.55, -0.574821, -0.00125792, -0.0219806)

#: Agencies that report 1-min means, 3-min means (taken as they are, which is said) and means over ten minutes.
_ONE_MINUTE = ("hurdat_atl", "hurdat_epa", "atcf", "jtwc", "cphc", "nhc", "tcvitals", "cpc")
_THREE_MINUTES = ("newdelhi",)

#: More rows than this are no table of tracks (IBTrACS with every storm since 1842 has 720,000).
MOST_ROWS = 1_500_000

#: The same of a table of netCDF, in which every storm has as many places as the longest (14,000 x 360 for all since 1842).
_MOST_PLACES = 12_000_000

#: Storms whose eye came within so many degrees of a grid are near it (400 km, beyond which nothing is said of winds).
_NEAR_DEG = 4.0

#: No storm has lasted half as long [hours]. Positions farther apart are those of two storms, or of a damaged time.
_LONGEST_HOURS = 100 * 24.0

#: The format of the file of a whole basin, whose names and identifiers are texts that are not read.
NETCDF = "IBTrACS netCDF"

#: Reasons why rows are not used, and why values are not those of the file.
_TEN = f"with 10-min means of wind, divided by {TEN_MINUTES} for 1-min means"
_SPUR, _BROKEN, _NOTHING = "of side tracks", "without a time or a position", "without a wind or a pressure"

#: First lines of other formats of tracks, whose storms IBTrACS has as well.
_OTHER_FORMATS = {
    "a deck of ATCF (JTWC, NHC)": re.compile(r"[A-Z]{2}, *\d{1,2}, *\d{10},"),
    "HURDAT2": re.compile(r"[A-Z]{2}\d{6}, "),
    "TCVitals": re.compile(r"[A-Z]{3,4} +\d\d[A-Z] +\S+ +\d{8} "),
    "a best track of RSMC Tokyo": re.compile(r"66666 +\d{4} "),
}

_ALIASES = {
    "serial_num": "sid",
    "iso_time": "time",
    "latitude": "lat",
    "longitude": "lon",
    "wind(wmo)": "wmo_wind",
    "pres(wmo)": "wmo_pres",
    "center": "wmo_agency",
}

#: Limits that real values keep [kt, hPa, hPa, nmile]. Older tables write 0 for a wind that nobody reported.
_LIMITS = {
    "wind_kt": (1.0, 230.0),
    "central_hpa": (850.0, 1050.0),
    "environment_hpa": (950.0, 1050.0),
    "radius_nmile": (1.0, 300.0),
}


@dataclass(frozen=True)
class Tracks:
    """``table``: a row a position, by storm and time. ``storm`` (identifier), ``name``, ``season`` (year; in the south that in
    which the season ends), ``hours`` (since 1970, UTC), ``lat``, ``lon`` (degrees, unwrapped), ``wind_kt`` (1-min), pressures
    [hPa], ``radius_nmile``. ``counts``: rows not used, and values filled or converted, by reason."""

    table: pd.DataFrame
    record: InputRecord
    counts: dict[str, int]

    def of(self, event: str) -> Tracks:
        """The storm of an identifier, a name, or a name and a season ("WINSTON 2016"); raises InputError."""
        words = event.strip().upper()
        name, _, season = words.rpartition(" ")
        table = self.table
        found = table[table["storm"].str.upper() == words]
        if found.empty:
            found = table[table["name"].str.upper() == words]
        if found.empty and season.isdigit():
            found = table[(table["name"].str.upper() == name) & (table["season"] == int(season))]
        storms = found["storm"].unique()
        if len(storms) != 1:
            what = "no storm" if not len(storms) else f"{len(storms)} storms"
            # The season of a storm of December is that of the year after, in the south.
            same = table[table["name"].str.upper().isin([words, name])].drop_duplicates("storm")
            seasons = [f"{row.name_} {row.season}" for row in same.rename(columns={"name": "name_"}).itertuples()]
            there = f"; of that name it has {', '.join(seasons[:5])}" if seasons else ""
            if self.record.format == NETCDF:
                example = table["storm"].iloc[0]
                raise InputError(
                    f"{self.record.path}: has {what} '{event[:60]}': names of storms are not read from netCDF; give IBTrACS as "
                    f"CSV, or season and number in the order of time, such as {example}"
                )
            raise InputError(
                f"{self.record.path}: has {what} '{event[:60]}'{there}; give the identifier, or name and season such as WINSTON "
                "2016"
            )
        return Tracks(found.reset_index(drop=True), self.record, self.counts)


def read_tracks(path: Path, meta: Meta | None = None, averaging_minutes: int | None = None) -> Tracks:
    """Read a table of tracks. ``averaging_minutes``: over how many minutes the winds of a plain table are means (1 or 10), where
    its headings do not say it. Raises :class:`InputError` for anything else, and where no storm is left."""
    meta = meta or Meta()
    head = check_file(path)
    notes: tuple[str, ...] = ()
    if path.suffix.lower() in VECTOR_SUFFIXES:
        raw, counts, kind, warnings, notes = _plain(path, _table_of_points(path), averaging_minutes)
    elif head.startswith((b"\x89HDF", b"CDF")):
        raw, counts, kind = _ibtracs_netcdf(path) if has_variable(path, "usa_wind") else _netcdf(path)
        warnings = ()
    else:
        raw, counts, kind, warnings, notes = _table(path, averaging_minutes)
    table = _filled(raw, counts)
    if table.empty:
        reasons = ", ".join(f"{count} {reason}" for reason, count in counts.items() if count)
        raise InputError(
            f"{path}: holds no usable track ({reasons}); write times as 2016-02-20 00:00:00, and latitude "
            "and longitude in degrees with a point"
        )
    _refuse_too_long(path, table)
    record = record_of(
        "hazard",
        path,
        meta,
        format=kind,
        crs="EPSG:4326",
        assumptions=notes + _filled_in(counts),
        warnings=warnings,
        facts={
            "storms": int(table["storm"].nunique()),
            "positions": len(table),
            "seasons": [int(table["season"].min()), int(table["season"].max())],
            "counts": {reason: count for reason, count in counts.items() if count},
        },
    )
    return Tracks(table, record, counts)


def _refuse_too_long(path: Path, table: pd.DataFrame) -> None:
    """Raise :class:`InputError` for a storm whose positions span longer than any has lasted: winds are worked out every few
    minutes between them."""
    hours = table.groupby("storm", sort=False)["hours"]
    lasted = hours.max() - hours.min()
    if lasted.max() > _LONGEST_HOURS:
        storm = lasted.idxmax()
        raise InputError(
            f"{path}: storm '{one_line(str(storm), 60)}' would have lasted {lasted.max() / 24:,.0f} days; correct its times, or "
            "give storms of the same name identifiers of their own"
        )


def came_near(tracks: Tracks, geobox: GeoBox) -> bool:
    """Whether tracks say anything of a grid: two positions of a storm that came within some 400 km of it."""
    west, south, east, north = grid.box_deg(geobox)
    farthest = min(85.0, max(abs(south), abs(north)) + _NEAR_DEG)
    wide = _NEAR_DEG / float(np.cos(np.radians(farthest)))
    table = tracks.table
    near = table["lat"].between(south - _NEAR_DEG, north + _NEAR_DEG).to_numpy()
    near = near & longitude.is_within(table["lon"].to_numpy(np.float64), west, east, wide)
    storms = table.loc[near, "storm"].unique()
    return bool((table[table["storm"].isin(storms)].groupby("storm").size() > 1).any())


def check_near(tracks: Tracks, geobox: GeoBox) -> None:
    """Refuse tracks of which nothing can be said of the grid."""
    if not came_near(tracks, geobox):
        raise InputError(
            f"{tracks.record.path}: has no storm that came within 400 km of the people; check that it is the basin of this "
            "country, and that latitudes and longitudes are not swapped"
        )


def doubts_of_history(tracks: Tracks) -> tuple[InputWarning, ...]:
    """That a table of few storms may be a choice of them, whose yearly maxima are those of no history."""
    table = tracks.table[tracks.table["season"] >= FIRST_SEASON]
    storms, seasons = table["storm"].nunique(), int(np.ptp(table["season"])) + 1
    if seasons >= _FEWEST_SEASONS and storms >= seasons:
        return ()
    text = (
        f"It holds {storms} storms of {seasons} seasons. Winds of return periods are right only where it has every storm that "
        "came near in many seasons; of a choice of storms name one with event."
    )
    return (InputWarning("few_storms", text, {"storms": storms, "seasons": seasons}),)


def _filled_in(counts: dict[str, int]) -> tuple[str, ...]:
    """What was not used and what was filled, in a sentence each."""
    used = {reason: count for reason, count in counts.items() if count}
    return tuple(f"Tracks: {count} positions {reason}." for reason, count in used.items())


# --- IBTrACS as CSV ---------------------------------------------------------------------------------------------------


#: Rows, what was not used and converted, what the table is, doubts, and what is to be said.
_Read = tuple[pd.DataFrame, dict[str, int], str, tuple[InputWarning, ...], tuple[str, ...]]


def _table(path: Path, averaging_minutes: int | None) -> _Read:
    """A table of IBTrACS, or a plain one."""
    text, _ = read_text(path)
    for name, first in _OTHER_FORMATS.items():
        if first.match(text):
            raise InputError(
                f"{path}: is {name}, which is not read; give the storm as IBTrACS has it (CSV, v03 or v04)"
            )
    if text.startswith("IBTrACS"):
        text, kind = text.partition("\n")[2], "IBTrACS v03"
    else:
        kind = "IBTrACS v04"
    if text.count("\n") > MOST_ROWS:
        raise InputError(f"{path}: has more than {MOST_ROWS} rows; take the file of one basin")
    table, broken = read_headed(path, text)
    counts: dict[str, int] = {"with too many fields were not used": broken}
    if not {"sid", "serial_num"} & set(table.columns) or not {"season"} & set(table.columns):
        raw, more, kind, warnings, notes = _plain(path, table, averaging_minutes)
        return raw, counts | more, kind, warnings, notes
    return (*_ibtracs(path, table.rename(columns=_ALIASES), counts, kind), ())


def _plain(path: Path, table: pd.DataFrame, averaging_minutes: int | None) -> _Read:
    """The rows of a plain table, with the season of each storm by its first position."""
    raw, minutes, notes = plain_track(path, table, averaging_minutes)
    raw = raw.assign(name=raw["storm"], basin="", environment_hpa=np.nan)
    counts = {}
    if minutes == 10:
        raw["wind_kt"] = raw["wind_kt"] / TEN_MINUTES
        counts[_TEN] = int(raw["wind_kt"].notna().sum())
    starts = raw.dropna(subset=["hours", "lat"]).sort_values("hours", kind="stable").groupby("storm").first()
    seasons = {
        storm: _season(hours, lat < 0)
        for storm, hours, lat in zip(starts.index, starts["hours"], starts["lat"], strict=True)
    }
    doubts: tuple[InputWarning, ...] = ()
    if minutes is None and raw["wind_kt"].notna().any():
        text = (
            "Nothing says over how many minutes its winds are means, and they were taken as 1-min means. Most agencies outside "
            "the USA give 10-min means: state averaging_minutes = 10, or 1."
        )
        doubts = (InputWarning("minutes_not_stated", text),)
    return raw.assign(season=raw["storm"].map(seasons)), counts, "table of a track", doubts, notes


def _table_of_points(path: Path) -> pd.DataFrame:
    """The points of a vector file as a table of texts."""
    frame = read_vector(path).frame
    if frame.empty or not (frame.geom_type == "Point").all():
        raise InputError(
            f"{path}: holds no track, which is a point a position; give points, or polygons without values"
        )
    points = frame.geometry
    plain = pd.DataFrame(frame.drop(columns=points.name)).astype(str)
    plain = plain.drop(
        columns=[name for name in plain if "".join(words_of(str(name))) in ("lat", "latitude", "lon", "longitude")]
    )
    return plain.assign(lat=points.y.astype(str).to_numpy(), lon=points.x.astype(str).to_numpy())


def _ibtracs(
    path: Path, table: pd.DataFrame, counts: dict[str, int], kind: str
) -> tuple[pd.DataFrame, dict[str, int], str, tuple[InputWarning, ...]]:
    lacking = [name for name in ("sid", "season", "name", "time", "lat", "lon") if name not in table]
    if lacking or not {"usa_wind", "wmo_wind"} & set(table.columns):
        raise InputError(
            f"{path}: has no column {', '.join(lacking) or 'usa_wind or wmo_wind'}; give tracks as IBTrACS does (CSV, v03 or v04)"
        )
    units = table.iloc[0] if len(table) else None
    warnings: tuple[InputWarning, ...] = ()
    if units is not None and not re.fullmatch(r"\d+(\.0*)?", units["season"].strip()):
        _check_units(path, units)
        table = table.iloc[1:]
    else:
        text = "It has no row of units: winds were taken as knots, pressures as hPa and radii as nautical miles."
        warnings = (InputWarning("no_row_of_units", text),)
    text_columns = {name: table[name].astype(str).str.strip() for name in ("sid", "name")}
    time = pd.to_datetime(table["time"].str.strip(), errors="coerce", format="%Y-%m-%d %H:%M:%S")
    basin = table["basin"].str.strip().str.upper() if "basin" in table else pd.Series("", index=table.index)
    raw = pd.DataFrame(
        {
            "storm": text_columns["sid"],
            "name": text_columns["name"],
            "season": numbers(table["season"]),
            "hours": (time - pd.Timestamp(1970, 1, 1)).dt.total_seconds().to_numpy() / 3600.0,
            "lat": _first(table, "usa_lat", "lat"),
            "lon": _first(table, "usa_lon", "lon"),
            "basin": basin,
        },
        index=table.index,
    )
    raw["wind_kt"] = _winds(table, counts)
    for name, columns in (
        ("central_hpa", ("usa_pres", "wmo_pres")),
        ("environment_hpa", ("usa_poci",)),
        ("radius_nmile", ("usa_rmw",)),
    ):
        raw[name] = _first(table, *columns)
    kind_of = table["track_type"].str.strip().str.lower() if "track_type" in table else pd.Series("", raw.index)
    spur = kind_of.str.startswith("spur")
    counts[f"{_SPUR} were not used"] = int(spur.sum())
    return raw[~spur], counts, kind, warnings


def _first(table: pd.DataFrame, *columns: str) -> np.ndarray:
    """The numbers of the first of some columns that has one, row by row; NaN where none has."""
    found = np.full(len(table), np.nan)
    for name in columns:
        if name in table:
            found = np.where(np.isnan(found), numbers(table[name]), found)
    return found


def _check_units(path: Path, units: pd.Series) -> None:
    """Refuse a row of units that says others than knots, millibars and nautical miles."""
    allowed = {"kts", "kt", "knots", "mb", "hpa", "nmile", "nm", "n/a", ""}
    for name in ("usa_wind", "wmo_wind", "usa_pres", "wmo_pres", "usa_poci", "usa_rmw"):
        if name in units and units[name].strip().lower() not in allowed:
            raise InputError(
                f"{path}: {name} is in {units[name].strip()[:20]}, not in kts, mb or nmile; download it again"
            )


def _winds(table: pd.DataFrame, counts: dict[str, int]) -> np.ndarray:
    """1-min winds [kt]: those of the USA agencies, else of the responsible agency, converted where it reports other means."""
    wind = numbers(table["usa_wind"]) if "usa_wind" in table else np.full(len(table), np.nan)
    agency = (
        table["wmo_agency"].str.strip().str.lower().to_numpy() if "wmo_agency" in table else np.full(len(table), "")
    )
    official = numbers(table["wmo_wind"]) if "wmo_wind" in table else np.full(len(table), np.nan)
    gap = np.isnan(wind) & ~np.isnan(official)
    as_it_is = np.isin(agency, _ONE_MINUTE)
    three = np.isin(agency, _THREE_MINUTES)
    wind = np.where(gap, np.where(as_it_is | three, official, official / TEN_MINUTES), wind)
    counts["with 3-min means of wind, taken as 1-min means"] = int((gap & three).sum())
    ten = int((gap & ~as_it_is & ~three).sum())
    for name in ("wellington_wind", "nadi_wind", "bom_wind", "reunion_wind"):
        if name in table:
            other = numbers(table[name]) / TEN_MINUTES
            more = np.isnan(wind) & ~np.isnan(other)
            wind = np.where(more, other, wind)
            ten += int(more.sum())
    counts[_TEN] = ten
    return wind


# --- IBTrACS as netCDF ----------------------------------------------------------------------------------------------------


def _ibtracs_netcdf(path: Path) -> tuple[pd.DataFrame, dict[str, int], str]:
    """Storms by rows, their positions by columns. Texts cannot be read from such a file: identifiers are the season and a
    number, and of agencies whose averaging time would be told by their name no wind is taken."""

    def values_of(*names: str) -> np.ndarray:
        """The numbers of the first of some variables that has one, place by place."""
        found: np.ndarray | None = None
        for name in names:
            if has_variable(path, name):
                values = read_rows(path, name, _MOST_PLACES)[0]
                if values.shape != hours.shape:
                    raise InputError(f"{path}: its {name} and its time have different shapes; download it again")
                found = values[there] if found is None else np.where(np.isnan(found), values[there], found)
        return np.full(int(there.sum()), np.nan) if found is None else found

    hours, units = read_rows(path, "time", _MOST_PLACES)
    there = np.isfinite(hours)
    if int(there.sum()) > MOST_ROWS:
        raise InputError(f"{path}: has more than {MOST_ROWS} positions; take the file of one basin")
    row, _ = np.nonzero(there)
    raw = pd.DataFrame({"row": row, "hours": _hours(path, hours[there], units)})
    raw["lat"], raw["lon"] = values_of("usa_lat", "lat"), values_of("usa_lon", "lon")
    raw["wind_kt"], raw["central_hpa"] = values_of("usa_wind"), values_of("usa_pres", "wmo_pres")
    raw["environment_hpa"], raw["radius_nmile"] = values_of("usa_poci"), values_of("usa_rmw")
    starts = raw.sort_values(["hours", "lat", "lon"], kind="stable").groupby("row", sort=False).first()
    season = pd.Series(
        [_season(start, lat < 0) for start, lat in zip(starts["hours"], starts["lat"], strict=True)], starts.index
    )
    number = season.groupby(season).cumcount() + 1
    names = {at: f"{year:.0f}-{place:03d}" for at, year, place in zip(starts.index, season, number, strict=True)}
    raw = raw.assign(storm=raw["row"].map(names), season=raw["row"].map(season), basin="")
    return raw.assign(name=raw["storm"]).drop(columns="row"), {}, NETCDF


def _season(hours: float, south: bool) -> float:
    """The season (year) of a storm by its first position: in the south that in which it ends, from July to June."""
    start = pd.to_datetime(hours * 3600, unit="s", errors="coerce")
    return float("nan") if pd.isna(start) else float(start.year + (1 if south and start.month >= 7 else 0))


# --- one track as netCDF -----------------------------------------------------------------------------------------------


def _netcdf(path: Path) -> tuple[pd.DataFrame, dict[str, int], str]:
    """A track with the names of variables that CLIMADA writes: one value each by time."""
    wanted = {
        "hours": "time",
        "lat": "lat",
        "lon": "lon",
        "wind_kt": "max_sustained_wind",
        "central_hpa": "central_pressure",
        "environment_hpa": "environmental_pressure",
        "radius_nmile": "radius_max_wind",
    }
    found = {}
    for name, variable in wanted.items():
        found[name], units = read_series(path, variable, MOST_ROWS)
        if name == "hours":
            found[name] = _hours(path, found[name], units)
    lengths = {len(values) for values in found.values()}
    if len(lengths) != 1:
        raise InputError(f"{path}: its variables have different lengths, so it is no track; export it again")
    raw = pd.DataFrame(found)
    season = _season(float(raw["hours"].iloc[0]), bool((raw["lat"] < 0).mean() > 0.5)) if len(raw) else 0.0
    raw = raw.assign(storm=path.stem, name=path.stem.split("_")[0], season=season, basin="")
    return raw, {}, "netCDF track"


def _hours(path: Path, values: np.ndarray, units: str) -> np.ndarray:
    """Hours since 1970 of a time by the conventions of CF: ``minutes since 2018-03-23 12:00:00``."""
    match = re.fullmatch(r"\s*(seconds|minutes|hours|days) since (\d{4}-\d\d-\d\d)[T ]?(\d\d:\d\d(?::\d\d)?)?.*", units)
    if match is None:
        raise InputError(f"{path}: its time is in '{units[:40]}'; give one such as hours since 2016-02-09 00:00:00")
    scale = {"seconds": 1 / 3600, "minutes": 1 / 60, "hours": 1.0, "days": 24.0}[match.group(1)]
    start = pd.Timestamp(f"{match.group(2)} {match.group(3) or '00:00'}") - pd.Timestamp(1970, 1, 1)
    return values * scale + start.total_seconds() / 3600.0


# --- what is missing ------------------------------------------------------------------------------------------------------


def _filled(raw: pd.DataFrame, counts: dict[str, int]) -> pd.DataFrame:
    """Rows that can be used, by storm and time, with every value."""
    for name, (low, high) in _LIMITS.items():
        wrong = ~raw[name].isna() & ~raw[name].between(low, high)
        counts[f"with a {name} outside {low:g}..{high:g}, which was left out"] = int(wrong.sum())
        raw = raw.assign(**{name: raw[name].where(~wrong)})
    good = (
        raw[["hours", "lat", "lon", "season"]].notna().all(axis=1) & raw["lat"].abs().le(90) & raw["lon"].abs().le(720)
    )
    counts[f"{_BROKEN} were not used"] = int((~good).sum())
    table = raw[good].sort_values(["storm", "hours"], kind="stable")
    again = table.duplicated(["storm", "hours"])
    counts["of a time that the storm has already were not used"] = int(again.sum())
    table = table[~again].reset_index(drop=True)
    table["season"] = table["season"].astype(np.int64)
    pieces = [_between(group) for _, group in table.groupby("storm", sort=False)]
    reported = table[list(_LIMITS)].notna().to_numpy()
    table = pd.concat(pieces, ignore_index=True) if pieces else table
    between = (table[list(_LIMITS)].notna().to_numpy() & ~reported).any(axis=1)
    counts["with a value between two reports of their storm, linear in time"] = int(between.sum())
    nothing = table["wind_kt"].isna() & table["central_hpa"].isna()
    counts[f"{_NOTHING} were not used"] = int(nothing.sum())
    table = table[~nothing].reset_index(drop=True)
    no_pressure, no_wind = table["central_hpa"].isna(), table["wind_kt"].isna()
    table["central_hpa"] = table["central_hpa"].fillna(pressure_hpa(table["wind_kt"], table["lat"]))
    table["wind_kt"] = table["wind_kt"].fillna(wind_kt(table["central_hpa"], table["lat"]))
    counts["without a central pressure, taken from their wind"] = int(no_pressure.sum())
    counts["without a wind, taken from their central pressure"] = int(no_wind.sum())
    no_environment = table["environment_hpa"].isna()
    elsewhere = pd.Series(np.where(table["lat"] < 0, 1004.0, 1005.0), index=table.index)
    by_basin = table["basin"].map(ENVIRONMENT_HPA).fillna(elsewhere)
    table["environment_hpa"] = table["environment_hpa"].fillna(by_basin)
    table["environment_hpa"] = np.maximum(table["environment_hpa"], table["central_hpa"] + 1.0)
    counts["without a pressure outside the storm, taken by basin"] = int(no_environment.sum())
    no_radius = table["radius_nmile"].isna()
    pieces = [_with_radius(group) for _, group in table.groupby("storm", sort=False)]
    table = pd.concat(pieces, ignore_index=True) if pieces else table
    counts["without a radius of maximum wind, taken from wind and latitude"] = int(no_radius.sum())
    return table[list(COLUMNS)]


def _between(storm: pd.DataFrame) -> pd.DataFrame:
    """Longitudes without jumps, and values between two known ones linear in time."""
    hours = storm["hours"].to_numpy()
    columns: dict[str, np.ndarray] = {"lon": np.unwrap(storm["lon"].to_numpy(), period=360.0)}
    for name in _LIMITS:
        values = storm[name].to_numpy(np.float64)
        known = ~np.isnan(values)
        if known.any() and not known.all():
            values = np.interp(hours, hours[known], values[known], left=np.nan, right=np.nan)
        columns[name] = values
    return storm.assign(**columns)


def _with_radius(storm: pd.DataFrame) -> pd.DataFrame:
    """A radius of maximum wind where none is reported: Willoughby, Darling & Rahn 2006, eq. 7a, from the wind above the boundary
    layer without the storm's motion."""
    from ewcm_kernels.cyclones import KNOT_MS, NAUTICAL_MILE_M, SURFACE_SHARE, Track, motion

    missing = storm["radius_nmile"].isna()
    if not missing.any():
        return storm
    hours = storm["hours"].to_numpy(np.float64)
    speed = np.zeros(len(storm))
    if len(storm) > 1:
        position = [storm[name].to_numpy(np.float64) for name in ("lat", "lon")]
        speed = motion(Track(hours, *position, *[hours] * 4))[0]
    wind = np.maximum(0.0, storm["wind_kt"] * KNOT_MS - speed) / SURFACE_SHARE
    radius = 46.4 * np.exp(-0.0155 * wind + 0.0169 * storm["lat"].abs()) * 1000.0 / NAUTICAL_MILE_M
    return storm.assign(radius_nmile=storm["radius_nmile"].fillna(radius))


def pressure_hpa(wind: pd.Series, lat: pd.Series) -> pd.Series:
    """Central pressure [hPa] by :data:`PRESSURE_FROM_WIND`."""
    a, b, c, d = PRESSURE_FROM_WIND
    return a + b * wind + c * wind**2 + d * lat.abs()


def wind_kt(pressure: pd.Series, lat: pd.Series) -> pd.Series:
    """The 1-min wind [kt] whose central pressure that is, by the same rule; 0 above it."""
    a, b, c, d = PRESSURE_FROM_WIND
    drop = np.maximum(0.0, a + d * lat.abs() - pressure)
    return (b + np.sqrt(b * b - 4.0 * c * drop)) / (-2.0 * c)
