"""summary.csv and summary.xlsx: every published country in one table, a row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ewcm.analysis.reach import SDG_SERVICES
from ewcm.core.channels import SERVICES
from ewcm.core.record import EXERCISE, STARTER
from ewcm.report.tables import GRADE_COLUMN, table, write_plain_csv, write_plain_workbook

#: Figures of each service, in this order.
_FIGURES = ("model", "covered", "uncovered", "unknown", "uncovered_share", "uncovered_low", "uncovered_high")

#: What is said of the official figure of each technology, in this order.
_OFFICIAL = ("share", "year", "source", "role", "position", "gap_points", "gap_people")

#: Key of a summary that says that the last run of its country failed, so that its figures are older.
LAST_RUN_FAILED = "last_run_failed"

CSV, WORKBOOK = "summary.csv", "summary.xlsx"


def write_summaries(summaries: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write both tables of the countries whose ``summary.json`` are given, by English name."""
    ordered = sorted(summaries, key=lambda summary: str(summary["name"]))
    plain = table(pd.DataFrame([row_of(summary) for summary in ordered]), "")
    plain[GRADE_COLUMN] = [
        STARTER if summary["starter"] else EXERCISE if summary.get("exercise") else "user" for summary in ordered
    ]
    write_plain_csv(plain, folder / CSV)
    write_plain_workbook({"Countries": plain}, folder / WORKBOOK)


def row_of(summary: Mapping[str, Any]) -> dict[str, object]:
    row = {name: summary[name] for name in ("iso3", "name", "people")}
    row["outside"] = summary["ledger"]["outside"]
    row["headline_service"] = summary["headline_service"] or ""
    row["oldest_input_year"] = summary["oldest_input_year"]
    for service in SERVICES:
        figures = summary["services"][service]
        suffix = service.replace("+", "plus")
        for name in _FIGURES:
            value = figures[name]
            row[f"{name}_{suffix}"] = value if name == "model" or value is None else float(value)
    for technology in SDG_SERVICES:
        official = (summary["official"] or {}).get(technology)
        known = official if isinstance(official, Mapping) else {}  # earlier versions have per cents there
        row |= {f"official_{technology}_{name}": known.get(name) for name in _OFFICIAL}
    row["last_run"] = "failed" if summary.get(LAST_RUN_FAILED) else ""
    return row
