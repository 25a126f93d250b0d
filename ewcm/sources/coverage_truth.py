"""Local truth of coverage: places of which somebody says whether they are covered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ewcm.core.channels import TECHNOLOGIES
from ewcm.core.input_warning import InputWarning
from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.countries import Country
from ewcm.errors import InputError
from ewcm.sources.coverage_cards import SERVICES
from ewcm.sources.files import read_text
from ewcm.sources.position import Bbox, check_position, share_inside
from ewcm.sources.quantities import read_columns
from ewcm.sources.site_words import YES_NO
from ewcm.sources.tables import facts_of, grade_of_table, read_headed, reasons_text, warning_of

_ALIASES = {"latitude": "lat", "y": "lat", "longitude": "lon", "lng": "lon", "long": "lon", "x": "lon"}

#: Columns by which places are taken together to districts, the first that is there.
_DISTRICTS = ("district", "area", "admin2", "province")


@dataclass(frozen=True)
class CoverageTruth:
    """``table``: ``lat``, ``lon`` (degrees), ``district`` (text, "" where it is not stated), and of each technology that the file
    has, the share (0..1) of the place that is covered by it, NaN where the file is silent. ``definition``: what "covered" means
    there."""

    table: pd.DataFrame
    definition: str
    record: InputRecord

    def of(self, service: str) -> np.ndarray | None:
        """The share of each place that is covered by at least the technology of a service, NaN where it is not known (one of its
        technologies is not told and the others do not cover it); None where the file says nothing of the oldest."""
        wanted = TECHNOLOGIES[TECHNOLOGIES.index(SERVICES[service]) :]
        columns = [name for name in wanted if name in self.table.columns]
        # Without the oldest technology of the service nobody is known to have none of it.
        if SERVICES[service] not in columns:
            return None
        found: np.ndarray = self.table[columns].max(axis=1).to_numpy(np.float64)
        return np.where(self.table[columns].isna().any(axis=1) & (found < 1.0), np.nan, found)


def read_truth(
    path: Path, country: Country, definition: str = "", meta: Meta | None = None, bbox: Bbox | None = None
) -> CoverageTruth:
    """Places with columns ``lat``, ``lon``, and some of ``2G``, ``3G``, ``4G``, ``5G`` (0 or 1, or a share between); optionally
    ``district`` and ``definition``.

    ``definition``: what "covered" means, where the file has no such column. Raises :class:`InputError`; broken rows are counted.
    """
    text, assumptions = read_text(path)
    table, lost = read_headed(path, text)
    grade = grade_of_table(table)
    table = table.rename(columns={old: new for old, new in _ALIASES.items() if new not in table.columns})
    table = table.rename(columns={name.lower(): name for name in TECHNOLOGIES})
    lacking = [name for name in ("lat", "lon") if name not in table.columns]
    stated_technologies = [name for name in TECHNOLOGIES if name in table.columns]
    if lacking or not stated_technologies:
        missing = ", ".join(lacking) or "2G, 3G or 4G"
        raise InputError(f"{path}: has no column {missing}; places need lat, lon and 2G, 3G, 4G (1 covered, 0 not)")
    stated = _one_definition(path, table, definition)
    values, unread, notes = _numbers(table, stated_technologies)
    stated_technologies, absent = _stated_technologies(stated_technologies, values)
    notes += absent
    lat, lon = values["lat"], values["lon"]
    found = pd.DataFrame({"lat": lat, "lon": lon})
    named = next((name for name in _DISTRICTS if name in table.columns), None)
    found["district"] = "" if named is None else table[named].str.strip().to_numpy()
    for name in stated_technologies:
        found[name] = values[name]
    shares = found[stated_technologies].to_numpy()
    bbox = bbox or country.bbox
    reasons = {
        "without a position": ~(np.isfinite(lat) & np.isfinite(lon)),
        "with an impossible position": (np.abs(lat) > 90) | (np.abs(lon) > 360) | ((lat == 0) & (lon == 0)),
        "that say nothing of coverage": ~np.isfinite(shares).any(axis=1),
    }
    wrong = np.isfinite(shares) & ((shares < 0) | (shares > 1))
    if wrong.any():
        raise InputError(
            f"{path}: holds the coverage {shares[wrong][0]:g}; write 1 for covered, 0 for not, or a share between them"
        )
    usable = np.ones(len(found), dtype=bool)
    broken = {"with too many fields": lost}
    for reason, bad in reasons.items():
        broken[reason] = int((usable & bad).sum())
        usable &= ~bad
    found = found[usable].reset_index(drop=True)
    if found.empty:
        raise InputError(
            f"{path}: holds no usable place of {len(table)} rows ({reasons_text(broken)}); check its columns"
        )
    warnings = check_position(path, "places", found["lat"].to_numpy(), found["lon"].to_numpy(), country, bbox)
    if bbox is not None:
        # A few places of elsewhere, or with latitude and longitude exchanged, would teach what far from every cell means.
        here = np.array([share_inside(bbox, *one) for one in found[["lat", "lon"]].to_numpy()[:, :, None]]) > 0
        broken[f"of another country than {country.name}, or with latitude and longitude exchanged"] = int((~here).sum())
        found = found[here].reset_index(drop=True)
    found, repeated = _once(found, stated_technologies)
    if repeated:
        notes += (
            f"{repeated} rows stand at places that other rows tell of; each place counts once, with the mean of its rows.",
        )
    record = record_of(
        "learnt",
        path,
        meta or Meta(),
        format="CSV",
        crs="EPSG:4326",
        assumptions=(*assumptions, *notes),
        warnings=(*warnings, *warning_of(broken, len(table) + lost), *unread),
        grade=grade,
        facts={
            "places": len(found),
            "technologies": stated_technologies,
            "definition": stated,
            "repeated": repeated,
            **facts_of(broken),
        },
    )
    return CoverageTruth(found, stated, record)


def _stated_technologies(
    stated_technologies: list[str], values: dict[str, np.ndarray]
) -> tuple[list[str], tuple[str, ...]]:
    """The technologies of which the file says anything, and a sentence on the newer ones that it leaves out."""
    found = [name for name in stated_technologies if np.isfinite(values[name]).any()] or stated_technologies
    # 5G stands in few files, and nearly every place that has it has 4G.
    newer = [
        name
        for name in TECHNOLOGIES[1:-1]
        if name not in found and TECHNOLOGIES.index(name) > TECHNOLOGIES.index(found[0])
    ]
    if not newer:
        return found, ()
    return found, (
        f"It says nothing of {', '.join(newer)}: a place that has only {' or '.join(newer)} counts as one without any service.",
    )


def _once(places: pd.DataFrame, stated_technologies: list[str]) -> tuple[pd.DataFrame, int]:
    """Each place once, with the mean of what its rows say; and how many rows that took away. A place told twice is no two
    places, and blocks left out would not be less like the rest for it."""
    spot = [places["lat"].round(5), places["lon"].round(5)]
    how = {"lat": "first", "lon": "first", "district": "first", **dict.fromkeys(stated_technologies, "mean")}
    once = places.groupby(spot, sort=False, as_index=False).agg(how)
    return (places, 0) if len(once) == len(places) else (once, len(places) - len(once))


def _numbers(
    table: pd.DataFrame, stated_technologies: list[str]
) -> tuple[dict[str, np.ndarray], list[InputWarning], tuple[str, ...]]:
    """Positions and shares of coverage; yes and no are 1 and 0. Also what could not be read, and what is to be said."""
    answers = {"yes": "1", "no": "0"} | {word: str(int(yes)) for word, yes in YES_NO.items()}
    words = table.copy()
    replaced = ""
    for name in stated_technologies:
        text = words[name].astype(str).str.strip()
        known = text.str.casefold().map(answers)
        changed = known.notna() & (known != text) & pd.to_numeric(text, errors="coerce").isna()
        replaced = replaced or (str(text[changed].iloc[0]) if changed.any() else "")
        words[name] = known.where(known.notna(), text)
    values, unread, notes = read_columns(words, {name: name for name in ("lat", "lon", *stated_technologies)})
    warnings = [
        InputWarning(
            "values",
            f"{count} values of {name} are no share of coverage (such as '{example}'); they count as not known.",
            {"count": count, "column": name, "example": example},
        )
        for name, (count, example) in unread.items()
    ]
    notes += (f"Words for yes and no were read as 1 and 0, such as '{replaced[:40]}'.",) if replaced else ()
    return values, warnings, notes


def _one_definition(path: Path, table: pd.DataFrame, stated: str) -> str:
    """What "covered" means in the file. Two definitions differ more than two models do, and are never mixed."""
    words = sorted({text.strip() for text in table["definition"]} - {""}) if "definition" in table.columns else []
    if stated.strip():
        words = sorted({*words, stated.strip()})
    if len(words) > 1:
        raise InputError(
            f"{path}: mixes the definitions '{words[0][:60]}' and '{words[1][:60]}'; keep the places of one of them"
        )
    if not words:
        raise InputError(
            f"{path}: does not say what covered means; add --definition, such as 'declared by operators, March 2023'"
        )
    return words[0]
