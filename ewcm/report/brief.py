"""What ``ewcm brief`` writes: a page of A4 for each area, as one HTML file and, where a browser is installed, as one PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pandas as pd

from ewcm import basemap
from ewcm.core.texts import number_text
from ewcm.countries import LANGUAGES
from ewcm.errors import InputError, SettingsError, one_line
from ewcm.report.brief_page import Case, render_brief
from ewcm.report.chromium import NoPdfError, print_pdf
from ewcm.report.marks import mark_of
from ewcm.report.own_folder import replace_folder
from ewcm.report.tables import grade, json_text
from ewcm.report.webmap.page import strings
from ewcm.result import CountryResult
from ewcm.version import VERSION

#: Every file of a briefing.
FILES = ("brief.html", "brief.pdf", "brief.json")

#: Of brief.json.
BRIEF_SCHEMA_VERSION = 1

#: How long a browser may take for the PDF [s]: to start, and for each sheet.
START_S, SHEET_S = 60.0, 2.0


@dataclass(frozen=True)
class Briefing:
    """The sheets of some areas of one country, ready to be written.

    ``areas``: level and code of each. ``no_pdf``: why the written folder has no PDF, in words; "" where it has one, or where none
    was asked for.
    """

    result: CountryResult
    areas: tuple[tuple[int, str], ...]
    service: str
    case: Case
    made: str
    no_pdf: str = ""

    def html(self, language: str = "") -> str:
        """The page of all sheets. ``language``: in which it opens (default: the country's)."""
        about = self.result.data.country
        return render_brief(
            self.result,
            None if self.result.data.basemap is None else basemap.around(about.iso3),
            self.areas,
            service=self.service,
            case=self.case,
            language=language or self.language,
            made=self.made,
        )

    @property
    def language(self) -> str:
        """That of the country, else English."""
        return own if (own := self.result.data.country.language) in LANGUAGES else "en"

    def write(
        self, folder: str | Path, language: str = "", *, pdf: bool = True, seconds: float | None = None
    ) -> Briefing:
        """Write brief.html, brief.json and brief.pdf in ``folder``, in the place of an earlier briefing.

        ``seconds``: that a browser may take for the PDF. Returns the briefing with what kept it from a PDF. Raises
        :class:`ewcm.errors.PublishError` where the folder holds anything else.
        """
        patience = START_S + SHEET_S * len(self.areas) if seconds is None else seconds
        found: list[str] = []

        def write(fresh: Path) -> None:
            page = fresh / "brief.html"
            page.write_text(self.html(language), encoding="utf-8")
            try:
                if pdf:
                    print_pdf(page, fresh / "brief.pdf", len(self.areas), patience)
            except NoPdfError as error:
                found.append(no_pdf_text(error, language or self.language))
            (fresh / "brief.json").write_text(json_text(self.content(bool(pdf and not found))), encoding="utf-8")

        replace_folder(Path(folder), FILES, "brief.json", "a briefing", write)
        return replace(self, no_pdf=found[0] if found else "")

    def content(self, pdf: bool) -> dict[str, Any]:
        """The content of brief.json; ``pdf``: whether there is one."""
        about = self.result.data.country
        names = _named(self.result.areas)
        return {
            "brief_schema_version": BRIEF_SCHEMA_VERSION,
            "ewcm_version": VERSION,
            "iso3": about.iso3,
            "name": about.name,
            "data_grade": grade(self.result),
            "made": self.made,
            "service": self.service,
            "case": self.case,
            "areas": [{"level": level, "area_id": code, "name": names[level, code]} for level, code in self.areas],
            "pdf": pdf,
        }

    def lines(self, language: str = "en") -> list[str]:
        """What a terminal shows of it."""
        words, about = strings()[language], self.result.data.country
        mark = mark_of(grade(self.result), language, "short")
        mark += ". " if mark else ""
        count = number_text(len(self.areas), language)
        count_of_pages = str(words["brief_said"]).format(country=about.names.get(language) or about.name, count=count)
        return [mark + count_of_pages]


def briefing_of(
    result: CountryResult,
    areas: Sequence[str] = (),
    *,
    level: int | None = None,
    service: str | None = None,
    case: Case = "central",
    made: str | None = None,
) -> Briefing:
    """The sheets of a result's areas.

    ``areas``: codes of areas (as in areas.csv), of any level; without them all of a ``level`` (default: the first below the
    country, or the country where nothing else is known). ``service``: default is that of the headline. ``case``: of the coverage.
    ``made``: the date on the sheets, in ISO 8601 (default: today). Raises :class:`ewcm.errors.SettingsError` and
    :class:`ewcm.errors.InputError`.
    """
    table = result.areas
    levels = sorted({int(one) for one in table["level"]})
    if case not in get_args(Case):
        raise SettingsError(f"brief: the case is '{one_line(case, 40)}'; use one of {', '.join(get_args(Case))}")
    if service is not None and service not in result.coverage.services:
        choices = ", ".join(result.coverage.services)
        raise SettingsError(f"brief: no service '{one_line(service, 40)}'; use one of {choices}")
    if level is not None and level not in levels:
        raise SettingsError(f"brief: no areas of level {level} here; use one of {', '.join(map(str, levels))}")
    if areas:
        chosen = [_area(table, code, level) for code in dict.fromkeys(areas)]
    else:
        wanted = next((one for one in levels if one > 0), 0) if level is None else level
        chosen = [(wanted, str(code)) for code in table.loc[table["level"] == wanted, "area_id"]]
    return Briefing(
        result,
        tuple(dict.fromkeys(chosen)),
        service or result.headline_service or "any",
        case,
        made or datetime.now(UTC).date().isoformat(),
    )


def _area(table: pd.DataFrame, code: str, level: int | None) -> tuple[int, str]:
    """Level and code of an area. A code that several levels have is that of the level asked for, else of the widest."""
    same = table[table["area_id"].astype(str) == code]
    if level is not None:
        same = same[same["level"] == level]
    if same.empty:
        near = table[table["name"].astype(str).str.casefold() == code.strip().casefold()]
        hint = f"; '{near['name'].iloc[0]}' has the code {near['area_id'].iloc[0]}" if len(near) else ""
        raise InputError(
            f"brief: no area has the code '{one_line(code, 60)}'{one_line(hint, 200)}; codes are in areas.csv"
        )
    return int(same["level"].min()), code


def _named(table: pd.DataFrame) -> dict[tuple[int, str], str]:
    rows = zip(table["level"], table["area_id"], table["name"], strict=True)
    return {(int(level), str(code)): str(name) for level, code, name in rows}


def no_pdf_text(error: NoPdfError, language: str) -> str:
    """Why there is no PDF, in a sentence."""
    words = strings()[language]
    values = {name: number_text(value, language) for name, value in error.values.items()}
    reason = str(words[f"brief_{error.code}"]).format(**values)
    return str(words["brief_no_pdf"]).format(reason=reason)
