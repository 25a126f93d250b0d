"""Local truth of coverage: places of which somebody says whether they are covered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from ewcm.core import longitude
from ewcm.core.channels import TECHNOLOGIES
from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.countries import Country
from ewcm.errors import InputError, one_line
from ewcm.sources.coverage_cards import SERVICES
from ewcm.sources.coverage_words import is_of_status
from ewcm.sources.headed import read_any_table
from ewcm.sources.headings import words_of
from ewcm.sources.operator_columns import with_one_spelling
from ewcm.sources.plain_words import plain_words
from ewcm.sources.position import Bbox, check_position, share_inside
from ewcm.sources.site_places import positions_of
from ewcm.sources.status_words import gone_among
from ewcm.sources.tables import facts_of, grade_of_table, reasons_text, warning_of
from ewcm.sources.truth_columns import shares_of

#: Columns by which places are taken together to districts, the first that is there, and those of the definition, without blanks.
_DISTRICTS = (
    *("district", "distrito", "area", "admin2", "adm2", "adm2name", "adm2en", "adm2fr", "adm2es", "adm2pt", "municipio"),
    *("commune", "county", "departement", "departamento", "المديرية", "القضاء", "province", "provincia", "governorate"),
    "المحافظة",
)  # fmt: skip
_DEFINITIONS = {
    *("definition", "definicion", "definicao", "definitionofcoverage", "coveragedefinition", "تعريف", "التعريف"),
}  # fmt: skip

#: Columns of what lies above districts, whose names may each stand for several of them.
_ABOVE = (
    *(
        "province",
        "provincia",
        "region",
        "regiao",
        "governorate",
        "departamento",
        "departement",
        "county",
        "state",
        "estado",
    ),
    *("admin1", "adm1", "adm1name", "adm1en", "adm1fr", "adm1es", "adm1pt", "المحافظة"),
)

#: Words of headings of columns whose values may each mean another thing by covered, and of how many at most that is said.
_KINDS = {
    *("source", "fuente", "fonte", "method", "methode", "metodo", "methodology", "basis", "year", "annee", "ano", "المصدر"),
}  # fmt: skip
_MOST_KINDS = 12

#: Places nearer to each other than this [degrees, about 110 m] of which one is covered and the other is not are told.
_BESIDE_DEG = 0.001


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
    path: Path,
    country: Country,
    definition: str = "",
    meta: Meta | None = None,
    bbox: Bbox | None = None,
    crs: str | None = None,
) -> CoverageTruth:
    """Places with a position in any form that a site list may have, and what :mod:`ewcm.sources.truth_columns` reads of coverage;
    optionally ``district``, ``operator`` and ``definition``.

    ``definition``: what "covered" means, where the file has no such column. ``crs``: of the positions, where they are metres.
    Raises :class:`InputError`; broken rows are counted.
    """
    headed = read_any_table(path, of_inputs=False)
    table, columns = headed.table, headed.found
    grade = grade_of_table(table.rename(columns=lambda name: str(name).lower()))
    if not columns.has_place:
        shown = ", ".join(one_line(name, 40) for name in table.columns[:12])
        raise InputError(f"{path}: has no column lat, lon (it has {shown}); places need lat, lon and 2G, 3G, 4G")
    stated = _one_definition(path, table, definition)
    said = shares_of(path, table, columns)
    said.notes += [*_doubtful_kinds(table), *_not_in_service(table), *_without_definition(table)]
    stated_technologies, absent = _stated_technologies(list(said.shares), said.shares)
    bbox = bbox or country.bbox
    place, notes = positions_of(path, table, columns, country, bbox, crs)
    lat, lon = place.lat, longitude.to_180(place.lon)
    found = pd.DataFrame({"lat": lat, "lon": lon})
    by_word = {"".join(words_of(str(name))): name for name in reversed(table.columns)}
    found["district"], of_districts = _districts(table, by_word)
    found["operator"] = said.operators or ""
    found["operator"], of_operators = with_one_spelling(found["operator"])
    for name in stated_technologies:
        found[name] = said.shares[name]
    shares = found[stated_technologies].to_numpy()
    reasons = {
        "without a position": ~(np.isfinite(lat) & np.isfinite(lon)),
        "with an impossible position": (np.abs(lat) > 90) | (np.abs(lon) > 360) | ((lat == 0) & (lon == 0)),
        "that say nothing of coverage": ~np.isfinite(shares).any(axis=1),
    }
    usable = np.ones(len(found), dtype=bool)
    rows = len(table) + headed.lost + headed.notes
    broken = {"with too many fields": headed.lost, "that are no places (titles, totals, notes)": headed.notes}
    for reason, bad in reasons.items():
        broken[reason] = int((usable & bad).sum())
        usable &= ~bad
    found = found[usable].reset_index(drop=True)
    if not rows:
        raise InputError(f"{path}: holds no rows; fill it")
    if found.empty:
        raise InputError(f"{path}: holds no usable place of {rows} rows ({reasons_text(broken)}); check its columns")
    warnings = check_position(path, "places", found["lat"].to_numpy(), found["lon"].to_numpy(), country, bbox)
    if bbox is not None:
        # A few places of elsewhere, or with latitude and longitude exchanged, would teach what far from every cell means.
        here = np.array([share_inside(bbox, *one) for one in found[["lat", "lon"]].to_numpy()[:, :, None]]) > 0
        broken[f"of another country than {country.name}, or with latitude and longitude exchanged"] = int((~here).sum())
        found = found[here].reset_index(drop=True)
    # Sorted, so that the order of the rows of the file does not matter to what is drawn at random among them.
    found = found.sort_values([*found.columns], kind="stable").reset_index(drop=True)
    found, repeated, joining = _once(found, stated_technologies, said.by_row)
    notes = (*headed.assumptions, *notes, *said.notes, *absent, *of_districts, *of_operators, *joining)
    record = record_of(
        "learnt",
        path,
        meta or Meta(),
        format=headed.format,
        crs="EPSG:4326",
        assumptions=notes,
        warnings=(*warnings, *headed.warnings, *place.warnings, *warning_of(broken, rows), *said.warnings),
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


def _once(
    places: pd.DataFrame, stated_technologies: list[str], by_row: bool
) -> tuple[pd.DataFrame, int, tuple[str, ...]]:
    """Each place once, with the mean of what its rows say, and the largest share of what its operators do; how many rows that
    took away, and what is to be said of it. A place told twice is no two places, and blocks left out would not be less like the
    rest for it."""
    rows = len(places)
    contradicting = _contradicting(places, stated_technologies)
    named = places["operator"].nunique() > 1
    spot = [places["lat"].round(5), places["lon"].round(5)]
    how = {"lat": "first", "lon": "first", "district": "first", **dict.fromkeys(stated_technologies, "mean")}
    once = places.groupby([*spot, places["operator"]] if named else spot, sort=False).agg(how).reset_index(drop=True)
    repeated = rows - len(once)
    said: list[str] = []
    if named:
        spot = [once["lat"].round(5), once["lon"].round(5)]
        grouped = once.groupby(spot, sort=False)
        most = grouped.agg({**how, **dict.fromkeys(stated_technologies, "max")})
        for name in stated_technologies:
            told = grouped[name].count() == grouped.size()
            most[name] = most[name].where(told | (most[name] >= 1))
        once = most.reset_index(drop=True)
        said.append(
            f"A place is covered where one of {places['operator'].nunique()} operators covers it; its rows were joined."
        )
    if by_row:
        said.append(f"{rows} rows stand for {len(once)} places.")
    elif repeated:
        said.append(
            f"{repeated} rows stand at places that other rows tell of; each place counts once, with the mean of its rows."
        )
    once = once if len(once) < rows else places
    return once, rows - len(once), (*said, *contradicting, *_beside(once, stated_technologies))


def _contradicting(places: pd.DataFrame, stated_technologies: list[str]) -> tuple[str, ...]:
    """That rows of one place and operator say that it is covered and that it is not."""
    rows = places.groupby([places["lat"].round(5), places["lon"].round(5), places["operator"]])[stated_technologies]
    wide = (rows.max() >= 0.5) & (rows.min() < 0.5)
    wrong = wide.any(axis=1)
    if not wrong.any():
        return ()
    lat, lon, _ = wide.index[int(np.argmax(wrong))]
    return (
        f"The rows of {int(wrong.sum())} places contradict each other (first at {lat:g}, {lon:g}, of "
        f"{wide.columns[int(np.argmax(wide[wrong].iloc[0]))]}): their mean counts, which says less than either; correct them.",
    )


def _beside(places: pd.DataFrame, stated_technologies: list[str]) -> tuple[str, ...]:
    """That places which are nearly one (copies whose positions differ a little) say that it is covered and that it is not."""
    spots = places[["lat", "lon"]].to_numpy()
    pairs = cKDTree(spots).query_pairs(_BESIDE_DEG, output_type="ndarray")
    covered = places[stated_technologies].to_numpy(np.float64)
    one, two = covered[pairs[:, 0]], covered[pairs[:, 1]]
    wrong = np.flatnonzero((np.fmin(one, two) < 0.5).any(axis=1) & (np.abs(one - two) > 0.5).any(axis=1))
    if not wrong.size:
        return ()
    lat, lon = spots[pairs[wrong, 0].min()]
    return (
        f"{wrong.size} pairs of places within 110 m of each other are covered and not (first at {lat:g}, {lon:g}); if they are "
        "copies of one, keep the one that is right.",
    )


def _districts(table: pd.DataFrame, by_word: dict[str, str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """The district of each row ("" where none is stated), with what lies above it where several have its name; and what is to be
    said of that."""
    named, above = (next((by_word[word] for word in words if word in by_word), None) for words in (_DISTRICTS, _ABOVE))
    if named is None:
        return np.full(len(table), "", dtype=object), ()
    district = table[named].astype(str).str.strip()
    if above is None or above == named:
        return district.to_numpy(), ()
    upper = table[above].astype(str).str.strip()
    several = district.map(upper.groupby(district).nunique()) > 1
    several &= district != ""
    if not several.any():
        return district.to_numpy(), ()
    said = (
        f"{district[several].nunique()} names of column '{one_line(named, 40)}' stand in several of column "
        f"'{one_line(above, 40)}' (such as '{one_line(district[several].iloc[0], 40)}') and were told apart by it.",
    )
    return district.where(~several, upper + " / " + district).to_numpy(), said


def _not_in_service(table: pd.DataFrame) -> list[str]:
    """That a column of the state of the network, which is not read, says of rows that they are planned or out of service."""
    said = []
    for name in filter(is_of_status, map(str, table.columns)):
        texts = table[name].astype(str)
        if gone := gone_among(texts.unique().tolist(), status=True):
            said.append(
                f"Column '{one_line(name, 40)}' says of {int(texts.isin(gone).sum())} rows that they may be planned or out of "
                f"service (such as '{one_line(gone[0], 30)}'), and is not read; take them out where "
                "their coverage is not there yet."
            )
    return said


def _doubtful_kinds(table: pd.DataFrame) -> list[str]:
    """That rows are of several sources, methods or years, which may each have meant another thing by covered."""
    said = []
    for name in table.columns:
        words = {plain_words(word) for word in words_of(str(name))}
        kinds = sorted(set(table[name].astype(str).str.strip()) - {""}) if words & _KINDS else []
        if 1 < len(kinds) <= _MOST_KINDS:
            said.append(
                f"Column '{one_line(name, 40)}' has {len(kinds)} values ('{one_line(kinds[0], 30)}', '{one_line(kinds[1], 30)}'):"
                " if they do not mean the same by covered, keep the places of one of them."
            )
    return said


def _without_definition(table: pd.DataFrame) -> list[str]:
    """That some rows state a definition and others none."""
    named = [name for name in table.columns if "".join(words_of(str(name))) in _DEFINITIONS]
    empty = (table[named[0]].astype(str).str.strip() == "").to_numpy(bool) if named else np.zeros(0, bool)
    if not empty.any() or empty.all():
        return []
    return [
        f"{int(empty.sum())} rows state no definition and count as of that of the others; leave them out if they are not."
    ]


def _one_definition(path: Path, table: pd.DataFrame, stated: str) -> str:
    """What "covered" means in the file. Two definitions differ more than two models do, and are never mixed."""
    named = [name for name in table.columns if "".join(words_of(str(name))) in _DEFINITIONS]
    texts = {text.strip() for name in named[:1] for text in table[name].astype(str)} - {""}
    # Two that differ in capitals, blanks and signs alone are one.
    by_word = {plain_words(text): text for text in (*sorted(texts), *filter(None, [stated.strip()]))}
    words = sorted(by_word.values())
    if len(words) > 1:
        raise InputError(
            f"{path}: mixes the definitions '{words[0][:60]}' and '{words[1][:60]}'; keep the places of one of them"
        )
    if not words:
        raise InputError(
            f"{path}: does not say what covered means; add --definition, such as 'declared by operators, March 2023'"
        )
    return words[0]
