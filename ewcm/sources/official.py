"""Official figures of coverage: SDG indicator 9.c.1, as governments report it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ewcm.core.channels import TECHNOLOGIES
from ewcm.core.number import is_number
from ewcm.core.record import InputRecord, Meta, record_of
from ewcm.errors import InputError, unknown_key
from ewcm.sources.files import check_file, read_text

#: What an official figure is for. ``check``: it stands beside a result that was made without it. ``target``: a model of the
#: coverage was set to it, so that agreement with it shows nothing.
Role = Literal["check", "target"]
ROLES: tuple[Role, ...] = ("check", "target")

#: The indicator, where a user names no source.
INDICATOR = "SDG indicator 9.c.1"

_KNOWN = (*TECHNOLOGIES, "year")
_EXAMPLE = '{"2G": 98.0, "4G": 61.0, "year": 2023}'


@dataclass(frozen=True)
class OfficialFigure:
    """The share of people (0..1) within reach of at least one technology, as officially reported.

    ``year``: of the figure, None where it is not stated. ``lent``: it comes with the engine, as the user brought none.
    ``kept``: whoever brought it wants it as a check, so that no model may be set to it.
    """

    technology: str
    share: float
    year: int | None
    source: str
    role: Role = "check"
    lent: bool = False
    kept: bool = False


@dataclass(frozen=True)
class Official:
    """The official figures of a country, one a technology at most, and the files they came from."""

    figures: tuple[OfficialFigure, ...] = ()
    records: tuple[InputRecord, ...] = ()

    def of(self, technology: str) -> OfficialFigure | None:
        """The figure of a technology, None where it is not known."""
        return next((figure for figure in self.figures if figure.technology == technology), None)

    def as_target(self, *technologies: str) -> Official:
        """The same figures, those of ``technologies`` being what a model of the coverage was set to."""
        found = (replace(each, role="target") if each.technology in technologies else each for each in self.figures)
        return replace(self, figures=tuple(found))


def read_official(path: Path, meta: Meta, role: Role | None = None) -> Official:
    """A JSON object of per cents by technology, and their year. ``role``: as it was stated; figures of none are checks unless a
    model is set to them. Raises :class:`InputError`."""
    check_file(path)
    text, assumptions = read_text(path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not valid JSON; write {_EXAMPLE}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: is not a JSON object; write {_EXAMPLE}")
    for key, value in content.items():
        if key not in _KNOWN:
            raise InputError(f"{path}: {unknown_key(key, _KNOWN)}")
        _check(str(path), key, value)
        _refuse_shares(str(path), key, value)
    year = None if "year" not in content else int(content["year"])
    if not meta.date and year is not None:
        meta = replace(meta, date=str(year))
    record = record_of("official", path, meta, format="JSON", assumptions=assumptions, facts=dict(content))
    source = _source(meta.attribution, meta.source)
    figures = (
        OfficialFigure(name, float(content[name]) / 100, year, source, role or "check", kept=role == "check")
        for name in TECHNOLOGIES
        if name in content
    )
    return Official(tuple(figures), (record,))


def stated_figure(where: str, table: Mapping[str, Any]) -> OfficialFigure:
    """The figure of a table of inputs.toml that says it itself: ``technology``, ``percent``, ``year``, ``role`` and ``source``.

    ``where``: how the table is called in an error. Raises :class:`InputError`.
    """
    for key in ("technology", "percent", "year"):
        if table.get(key) is None:
            raise InputError(f"{where} has no {key}; write technology, percent and year, or the path of a file")
    technology = table["technology"]
    if technology not in TECHNOLOGIES:
        raise InputError(f"{where} technology is {technology[:40]!r}; it must be one of {', '.join(TECHNOLOGIES)}")
    _check(where, "percent", table["percent"])
    _refuse_shares(where, technology, table["percent"])
    _check(where, "year", table["year"])
    source = _source(table.get("attribution", ""), table.get("source", ""))
    share, role = float(table["percent"]) / 100, table.get("role")
    return OfficialFigure(technology, share, table["year"], source, role or "check", kept=role == "check")


def joined(parts: Sequence[Official]) -> Official:
    """Several parts as one. Raises :class:`InputError` where two say something of one technology."""
    figures = tuple(figure for part in parts for figure in part.figures)
    names = [figure.technology for figure in figures]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"official: the figure of {name} is given {names.count(name)} times; keep one")
    return Official(figures, tuple(record for part in parts for record in part.records))


def completed(own: Official, lent: Official) -> Official:
    """The user's figures, and of the others those that are lent; the record of the lent file only where one of its figures
    is taken."""
    further = tuple(figure for figure in lent.figures if own.of(figure.technology) is None)
    if not further:
        return own
    order = {name: place for place, name in enumerate(TECHNOLOGIES)}
    figures = sorted((*own.figures, *further), key=lambda figure: order[figure.technology])
    return Official(tuple(figures), (*own.records, *lent.records))


def _source(attribution: str, source: str) -> str:
    """Who reports a figure: a name before an address."""
    return attribution or source or INDICATOR


def _check(where: str, key: str, value: object) -> None:
    """Raises :class:`InputError` for a year or a per cent that cannot be one."""
    least, top, what = (1900, 2200, "year") if key == "year" else (0, 100, "per cent")
    if not is_number(value) or not least <= value <= top:
        raise InputError(f"{where}: {key} is {str(value)[:40]!r}; it must be a {what}")


def _refuse_shares(where: str, technology: str, percent: float) -> None:
    """Raises :class:`InputError` for a share of 1 in the place of a per cent: no country has 0.98 % of its people within 2G."""
    if technology in TECHNOLOGIES[:2] and 0 < percent <= 1:
        raise InputError(f"{where}: {technology} is {percent:g}, which is a share of 1; write per cents (98, not 0.98)")
