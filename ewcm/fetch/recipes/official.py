"""The official figure: SDG indicator 9.c.1, as governments report it to the United Nations."""

from __future__ import annotations

import json
import math
from pathlib import Path

from ewcm.core.channels import TECHNOLOGIES
from ewcm.errors import FetchError, one_line
from ewcm.fetch.checks import parse_json
from ewcm.fetch.download import NotFound
from ewcm.fetch.job import Job
from ewcm.fetch.ledger import Product


def sdg(job: Job) -> Product:
    """``official.json``: per cent of people covered, by technology, of the newest year that has them all."""
    if kept := job.kept():
        return kept
    series = {technology: _series(job, technology) for technology in TECHNOLOGIES}
    figures = newest(series)
    if not figures:
        raise FetchError(f"no figures of {job.country.name} have been published; {job.source.mend}")
    # A figure of another year than that of the file is no part of it.
    for technology in (name for name, values in series.items() if values and name not in figures):
        job.notes.append(f"official: the figure of {technology} is of {max(series[technology])}, not {figures['year']}")
    text = json.dumps(figures, indent=1) + "\n"
    address = job.address(TECHNOLOGY="2G")
    file = job.make("official.json", address, lambda part: _write(part, text))
    provenance = job.provenance(date=str(figures["year"]))
    return job.product([{"path": file.path, **provenance}], [file])


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _series(job: Job, technology: str) -> dict[int, float]:
    """Per cent by year; empty where the series does not exist, and where that of 5G, the youngest, cannot be had: the others do
    not fail with it."""
    try:
        data = job.read(job.address(TECHNOLOGY=technology), f"official figure, {technology}", job.source.max_bytes)
        return figures_of(parse_json(data), int(job.country.m49))
    except NotFound:
        return {}
    except FetchError as error:
        if technology != "5G":
            raise
        job.notes.append(f"official: the figure of 5G could not be had ({error})")
        return {}


def figures_of(answer: object, m49: int) -> dict[int, float]:
    """Per cent by year in an answer of the SDG service. Raises :class:`FetchError` when it is about another country."""
    rows = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise FetchError("the answer has no data; report it to the source")
    found: dict[int, float] = {}
    for row in rows:
        try:
            area, year, value = int(row["geoAreaCode"]), int(float(row["timePeriodStart"])), float(row["value"])
        except (KeyError, TypeError, ValueError, OverflowError):
            continue  # a row without a figure ("N", "NaN")
        if area != m49:
            raise FetchError(f"the answer is about area {one_line(area, 20)}, not {m49}; report it to the source")
        if math.isfinite(value) and 0 <= value <= 100:
            found[year] = value
    return found


def newest(series: dict[str, dict[int, float]]) -> dict[str, float]:
    """The figures of the newest year in which most technologies have one; each with that year's value only."""
    years = {year for values in series.values() for year in values}
    reported = [technology for technology in ("2G", "3G", "4G") if series.get(technology)]
    if not years or not reported:
        return {}
    count = {year: sum(year in series[technology] for technology in reported) for year in years}
    year = max(years, key=lambda each: (count[each], each))
    figures = {technology: values[year] for technology, values in series.items() if year in values}
    return figures | {"year": year}
