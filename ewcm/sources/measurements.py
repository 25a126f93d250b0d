"""Measured signal levels or path losses: drive tests, crowd-sourced phones, campaigns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.core import longitude
from ewcm.core.channels import TECHNOLOGIES
from ewcm.core.input_warning import InputWarning
from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.countries import Country
from ewcm.errors import InputError, one_line
from ewcm.settings import FREQUENCIES_MHZ
from ewcm.sources.cells import TECHNOLOGY_OF
from ewcm.sources.coverage_words import answer
from ewcm.sources.headed import read_any_table
from ewcm.sources.headings import Found
from ewcm.sources.level_codes import is_code, without_piles
from ewcm.sources.measurement_columns import NUMBERS, TEXTS, Headings, headings_of, place_columns, without_units
from ewcm.sources.operator_columns import with_one_spelling
from ewcm.sources.plain_words import plain_words
from ewcm.sources.position import MARGIN_DEG, check_position
from ewcm.sources.quantities import read_columns
from ewcm.sources.site_places import positions_of
from ewcm.sources.tables import facts_of, warning_of
from ewcm.sources.technologies import technologies_of

#: Levels [dBm] and losses [dB] that can be.
LEVELS_DBM, LOSSES_DB = (-160.0, -10.0), (20.0, 300.0)

#: Rows within this [degrees, 28 m] of each other of one transmitter are one place.
_THIN_DEG = 1 / 4000


#: Rows of one place whose middle half spans more than this [dB] do not differ by fading alone.
_FAR_APART_DB = 12.0

#: A position that may be off by more than this is that of a mast or a network, and not of the phone.
_MOST_OFF_M = 500.0


@dataclass(frozen=True)
class Measurements:
    """Measurements, a row each, with the columns of ``TEXTS`` and ``NUMBERS``, and ``rows``: how many of the file are in it.

    ``silent``: a phone looked for the network and found none (``level_dbm`` is NaN).
    """

    table: pd.DataFrame
    record: InputRecord


def read_measurements(
    path: Path,
    country: Country,
    meta: Meta | None = None,
    *,
    technology: str | None = None,
    computed: str | None = None,
    crs: str | None = None,
) -> Measurements:
    """Read a table of measurements and join repeated ones. ``technology``: of all rows, where no column says it.
    ``computed``: name of the column with the losses by P.1812, where it is none of the known ones. ``crs``: of the
    positions, where they are metres.

    Raises :class:`InputError` where columns are missing, or what they hold cannot be levels.
    """
    headed = read_any_table(path, of_inputs=False)
    raw = headed.table
    broken, rows = headed.lost, len(raw) + headed.lost + headed.notes
    headings = headings_of(path, [str(name) for name in raw.columns], computed)
    where = place_columns(headings, headed.found)
    table = pd.DataFrame({name: _texts(raw, headings.of.get(name)) for name in TEXTS})
    _check_columns(path, raw, headings, where)
    said = _technologies(path, table, headings, technology)
    raw, whole = _with_levels(raw, table["technology"], headings)
    tied = table["technology_text"].str.contains(r"\bNSA\b", case=False) & (table["technology"] == "5G")
    anchor = tied.to_numpy(bool) & ("5G" not in headings.levels)
    table["silent"] = _silent(raw["level_dbm"])
    columns = {name: heading for name, heading in headings.of.items() if name in NUMBERS and name not in ("lat", "lon")}
    texts = pd.DataFrame(
        {name: without_units(raw[heading], name) for name, heading in {**columns, "level_dbm": "level_dbm"}.items()}
    )
    doubts = _other_cells_or_unsure(raw, headings)
    values, unread, notes = read_columns(texts, {name: name for name in texts})
    place, of_place = positions_of(path, raw, where, country, country.bbox, crs)
    for name in NUMBERS:
        table[name] = values.get(name, np.nan)
    table["lat"], table["lon"] = place.lat, place.lon
    assumptions = (*headed.assumptions, *headings.sentences(), *said, *of_place, *notes, *_levels_beside_losses(table))
    _check_levels(path, table["level_dbm"][~is_code(table["level_dbm"].to_numpy())])
    placed = table[["lat", "lon"]].dropna()
    warnings = check_position(
        path, "measurements", placed["lat"].to_numpy(), placed["lon"].to_numpy(), country, country.bbox
    )
    kept, counts = _usable(table, country, whole_channel=whole, anchor=anchor, doubts=doubts)
    counts = {
        "with too many fields": broken,
        "that are no measurements (titles, totals, notes)": headed.notes,
        **counts,
    }
    if kept.empty:
        raise _none_usable(path, rows, counts)
    kept["operator"], of_operators = with_one_spelling(kept["operator"])
    heard, piled = without_piles(kept, _squares(kept).pipe(lambda ends: ends.groupby(list(ends)).ngroup()))
    joined = _thinned(heard)
    levels = {f"level {kind}".strip(): heading for kind, heading in headings.levels.items()}
    facts = {"rows": rows, "measurements": len(joined), "columns": headings.of | levels, **facts_of(counts)}
    record = record_of(
        "measurements",
        path,
        meta or Meta(),
        format=headed.format,
        assumptions=(
            *assumptions,
            *of_operators,
            *_joining(kept, joined),
            *piled,
        ),
        warnings=(
            *headed.warnings,
            *warnings,
            *place.warnings,
            *warning_of(counts, rows),
            *_measured_inside(raw, headings),
            *_unread(unread, int(table["silent"].sum())),
        ),
        facts=facts,
    )
    return Measurements(joined.drop(columns="apart_db"), record)


def _unread(unread: dict[str, tuple[int, str]], silent: int) -> list[InputWarning]:
    """What is said of values that are no numbers; words for no signal are none of them."""
    found = []
    for name, (count, example) in unread.items():
        count -= silent if name == "level_dbm" else 0
        if count > 0:
            text = f"{count} values of {name} are no numbers (such as '{example}'); they count as not known."
            found.append(InputWarning("values", text, {"count": count, "column": name, "example": example}))
    return found


#: Words of cells for places where a phone hears less than outdoors.
_INSIDE = re.compile(
    r"\b(?:in ?doors?|inside|in ?buildings?|in ?car|in ?vehicles?|basement|underground|interieur"
    r"|interior|dans le vehicule|dentro|en vehiculo|em veiculo|no interior|sous sol|sotano|subsolo)\b|داخل|داخلي"
)


def _measured_inside(raw: pd.DataFrame, headings: Headings) -> list[InputWarning]:
    """A doubt where a column that is not read says of rows that they were measured within a building or a vehicle."""
    used = {*headings.of.values(), *headings.levels.values()}
    for name in (str(one) for one in raw.columns if one not in used):
        texts = raw[name].astype(str)
        values = texts.unique().tolist()
        inside = (
            [text for text in values if len(text) <= 60 and _INSIDE.search(plain_words(text))]
            if len(values) <= 40
            else []
        )
        if inside:
            rows = int(texts.isin(inside).sum())
            text = (
                f"Column '{one_line(name, 40)}' says of {rows} rows that they were measured within a building or a vehicle (such "
                f"as '{one_line(inside[0], 40)}'), where less is heard; coverage here is outdoors: leave them out."
            )
            said = {"rows": rows, "column": one_line(name, 40), "example": one_line(inside[0], 40)}
            return [InputWarning("measured_inside", text, said)]
    return []


def _technologies(path: Path, table: pd.DataFrame, headings: Headings, stated: str | None) -> tuple[str, ...]:
    """Bring the column of technologies to their names, "" where it names none or several; what is to be said of it."""
    if "technology" in headings.of:
        names = {text: _technology_of(text) for text in table["technology"].unique()}
        table["technology_text"] = table["technology"]
        table["technology"] = table["technology"].map(names)
        if stated is not None:
            return (f"--technology was not used: column '{one_line(headings.of['technology'], 40)}' says it.",)
        return ()
    table["technology_text"] = ""
    kinds = [kind for kind in ("2G", "3G", "5G") if kind in headings.levels]
    if stated is None and len(headings.levels) == 1 and kinds:
        table["technology"] = kinds[0]
        return (
            f"No column says the technology; '{one_line(headings.levels[kinds[0]], 40)}' is measured of {kinds[0]}.",
        )
    if stated is None:
        raise InputError(f"{path}: has no column technology; add it, or say --technology 4G where all rows are of one")
    table["technology"] = stated
    return (f"No column says the technology; all were taken as {stated}, as stated.",)


def _technology_of(text: str) -> str:
    found = technologies_of(text)
    named = found.technologies if not found.others else ()
    return TECHNOLOGY_OF.get(text.upper(), named[0] if len(named) == 1 else "")


def _check_columns(path: Path, raw: pd.DataFrame, headings: Headings, where: Found) -> None:
    has = f"(it has {', '.join(one_line(name, 30) for name in raw.columns[:12])})"
    if not where.has_place:
        missing = "lon" if "lat" in headings.of else "lat"
        raise InputError(f"{path}: has no column {missing} {has}; measurements need lat,lon,dbm,technology")
    if not headings.levels and "loss_db" not in headings.of:
        raise InputError(
            f"{path}: has no column dbm (nor measured_loss_db) {has}; measurements need lat,lon,dbm,technology"
        )


def _with_levels(raw: pd.DataFrame, technology: pd.Series, headings: Headings) -> tuple[pd.DataFrame, np.ndarray]:
    """The rows with ``level_dbm`` as text, from the column of the technology of each; and whether it is of a whole channel."""
    level, whole = pd.Series("", index=raw.index, dtype=object), np.zeros(len(raw), bool)
    for name in technology.unique():
        one = headings.level_for(name)
        if one is not None:
            here = (technology == name).to_numpy(bool)
            level[here], whole[here] = raw.loc[here, one[0]].astype(str).str.strip(), one[1]
    return raw.assign(level_dbm=level), whole


def _other_cells_or_unsure(raw: pd.DataFrame, headings: Headings) -> dict[str, np.ndarray]:
    """Rows that say themselves that they are of another cell than the one that serves, or of no certain position."""
    found = {}
    for name, wrong, reason in (
        ("neighbour", True, "of a neighbour of the cell that serves"),
        ("serving", False, "of another cell than the one that serves"),
    ):
        if name in headings.of:
            texts = raw[headings.of[name]].astype(str).str.strip()
            says = {text: answer(text) for text in texts.unique()}
            found[reason] = texts.map(lambda text, says=says, wrong=wrong: says[text] is wrong).to_numpy(bool)
    if "accuracy_m" in headings.of:
        values, _, _ = read_columns(
            pd.DataFrame({"m": without_units(raw[headings.of["accuracy_m"]], "accuracy_m")}), {"m": "m"}
        )
        found[f"whose position may be off by more than {_MOST_OFF_M:g} m"] = values["m"] > _MOST_OFF_M
    return found


def _check_levels(path: Path, levels: pd.Series) -> None:
    if not len(levels) or float(np.mean(levels > 0)) <= 0.5:
        return
    usual = float(levels[levels > 0].median())
    how = "write them with their sign (-95, not 95)" if usual >= 64 else "convert them (RSRP of LTE = ASU − 140)"
    if usual < 0.1:
        how = "convert milliwatts to dBm (10 · log10 of them)"
    raise InputError(f"{path}: its levels are mostly above 0 ({levels.max():g}), so they are no dBm; {how}")


def _texts(raw: pd.DataFrame, heading: str | None) -> pd.Series:
    if heading is None:
        return pd.Series("", index=raw.index, dtype=object)
    return raw[heading].astype(str).str.strip()


def _silent(level: pd.Series) -> np.ndarray:
    """Rows that say in words that there was no signal."""
    return np.asarray(level.str.lower().isin(("none", "no signal", "no service", "no_signal")))


def _usable(
    table: pd.DataFrame,
    country: Country,
    *,
    whole_channel: np.ndarray,
    anchor: np.ndarray,
    doubts: dict[str, np.ndarray],
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The rows that can be used, and how many cannot, by reason. ``whole_channel``: whose levels are RSSI;
    ``anchor``: whose level may be that of the 4G cell to which 5G is tied; ``doubts``: further reasons against rows."""
    level, loss = table["level_dbm"], table["loss_db"]
    good_level = level.between(*LEVELS_DBM)
    good_loss = loss.between(*LOSSES_DB)
    placed = table["lat"].between(-90, 90) & table["lon"].between(-180, 360)
    frequency = table["frequency_mhz"]
    nameless = table.loc[~table["technology"].isin(TECHNOLOGIES), "technology_text"]
    reasons = {
        "without a position": ~placed,
        f"of another country than {country.name}, or with latitude and longitude exchanged": placed
        & ~_inside(table, country),
        f"of no known technology{_such_as(nameless)}": ~table["technology"].isin(TECHNOLOGIES),
        "of 5G NSA, whose level may be that of its 4G cell (bring SS-RSRP)": anchor,
        **doubts,
        "with the RSSI of 3G, 4G or 5G, which is no level of one cell (bring RSCP or RSRP)": np.asarray(
            table["technology"] != "2G"
        )
        & good_level
        & whole_channel,
        f"with a code in place of a level{_examples(level)}": is_code(level.to_numpy()) & ~good_loss,
        f"without a level that can be{_such_level(level)}": ~(good_level | good_loss | table["silent"]),
        "of a frequency outside P.1812": frequency.notna() & ~frequency.between(*FREQUENCIES_MHZ),
        "with a computed loss that cannot be": table["computed_loss_db"].notna()
        & ~table["computed_loss_db"].between(*LOSSES_DB),
        "of a site whose latitude or longitude cannot be": (
            table["site_lat"].notna() & ~table["site_lat"].between(-90, 90)
        )
        | (table["site_lon"].notna() & ~table["site_lon"].between(-180, 360)),
    }
    left = np.ones(len(table), bool)
    counts = {}
    for reason, wrong in reasons.items():
        counts[reason] = int(np.count_nonzero(left & np.asarray(wrong)))
        left &= ~np.asarray(wrong)
    kept = table[left].reset_index(drop=True)
    kept.loc[~kept["level_dbm"].between(*LEVELS_DBM), "level_dbm"] = np.nan
    kept.loc[~kept["loss_db"].between(*LOSSES_DB), "loss_db"] = np.nan
    kept["lon"] = longitude.to_180(kept["lon"].to_numpy())
    return kept, counts


def _inside(table: pd.DataFrame, country: Country) -> np.ndarray:
    if country.bbox is None:
        return np.ones(len(table), bool)
    west, south, east, north = country.bbox
    possible = table["lon"].where(table["lon"].between(-180, 360)).to_numpy()
    lon = west + longitude.to_360(possible - west + MARGIN_DEG) - MARGIN_DEG
    lat = table["lat"].to_numpy()
    inside: np.ndarray = (lat >= south - MARGIN_DEG) & (lat <= north + MARGIN_DEG) & (lon <= east + MARGIN_DEG)
    return inside


def _none_usable(path: Path, rows: int, counts: dict[str, int]) -> InputError:
    """The error of a file without a row that can be used, with the reason of most of them."""
    if not rows:
        return InputError(f"{path}: holds no rows; fill it")
    reason = max(counts, key=lambda name: counts[name])
    return InputError(
        f"{path}: holds {rows} rows, and none of them can be used ({counts[reason]} {reason}); correct the columns"
    )


def _levels_beside_losses(table: pd.DataFrame) -> tuple[str, ...]:
    """That rows have a measured level and a measured loss, of which the level alone is compared with what is computed."""
    both = int((table["level_dbm"].between(*LEVELS_DBM) & table["loss_db"].between(*LOSSES_DB)).sum())
    if not both:
        return ()
    return (
        f"{both} rows have a level and a measured loss: the level was used, with the power of eirp_dbm or of the settings; "
        "take its column out to use the loss.",
    )


def _such_as(texts: pd.Series) -> str:
    filled = texts[texts != ""]
    return f" (such as '{one_line(str(filled.iloc[0]), 30)}')" if len(filled) else ""


def _examples(level: pd.Series) -> str:
    codes = sorted(set(level[is_code(level.to_numpy())]), key=abs)
    return f" (such as {', '.join(f'{code:g}' for code in codes[:3])})" if codes else ""


def _such_level(level: pd.Series) -> str:
    wrong = level[level.notna() & ~level.between(*LEVELS_DBM) & ~is_code(level.to_numpy())]
    return f" (such as {wrong.iloc[0]:g})" if len(wrong) else ""


def _joining(kept: pd.DataFrame, joined: pd.DataFrame) -> tuple[str, ...]:
    """That rows were joined to places, and how far the levels of one are apart where that is far more than fading."""
    if len(kept) == len(joined):
        return ()
    said = f"{len(kept)} rows stand for {len(joined)} places: repeated ones within 28 m of each other were joined (median)."
    apart = joined["apart_db"].to_numpy(np.float64)
    far = np.flatnonzero(apart > _FAR_APART_DB)
    if not far.size:
        return (said,)
    most = joined.iloc[int(np.argmax(apart))]
    return said, (
        f"In {far.size} of these places the middle half of the rows spans more than {_FAR_APART_DB:g} dB (most at "
        f"{most['lat']:.5g}, {most['lon']:.5g}: {most['apart_db']:.0f} dB): copies that contradict each other, or a column that "
        "tells them apart and was not read."
    )


def _squares(table: pd.DataFrame) -> pd.DataFrame:
    """The square of 28 m of either end of each row."""
    ends = ("lat", "lon", "site_lat", "site_lon")
    return pd.DataFrame({name: np.floor(table[name] / _THIN_DEG).fillna(-(10**9)).astype(np.int64) for name in ends})


def _thinned(table: pd.DataFrame) -> pd.DataFrame:
    """Repeated measurements joined: the median of those of one technology, operator, site, device and place. The order of the
    rows does not matter."""
    ends = _squares(table)
    keys = [table[name] for name in ("technology", "operator", "site", "device", "clutter", "silent")]
    keys += [part.rename(f"{name}_square") for name, part in ends.items()]
    keys += [table[name].round(1).fillna(-1.0).rename(f"{name}_key") for name in ("site_height_m", "phone_height_m")]
    keys.append(table["frequency_mhz"].round(0).fillna(0.0).rename("carrier"))
    grouped = table.groupby(keys, sort=True, dropna=False)
    joined = grouped[list(NUMBERS)].median()
    joined["rows"] = grouped.size()
    measured = table["level_dbm"].fillna(-table["loss_db"]).groupby(keys, sort=True, dropna=False)
    joined["apart_db"] = measured.quantile(0.75) - measured.quantile(0.25)
    names = [name for name in joined.index.names if name in (*TEXTS, "silent")]
    joined = joined.reset_index()[[*names, *NUMBERS, "rows", "apart_db"]]
    return joined.assign(time="")
