"""What ``ewcm compare`` writes: the figures as JSON, areas and services as CSV, the change on the grid, and a page."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewcm.analysis.compare import FIGURES
from ewcm.comparison import CHANGE, Comparison
from ewcm.core import work_folder
from ewcm.core.files import exchange, regular_bytes
from ewcm.core.record import EXERCISE, STARTER
from ewcm.core.texts import number_text, words_in
from ewcm.errors import PublishError
from ewcm.report.geotiff import write_bands
from ewcm.report.marks import mark_of
from ewcm.report.publication import names_in
from ewcm.report.tables import grade, json_text, write_csv
from ewcm.result import CountryResult
from ewcm.version import VERSION

#: Of compare.json.
COMPARE_SCHEMA_VERSION = 1

#: Every file of a comparison.
FILES = ("compare.json", "compare.csv", "compare.tif", "index.html")

#: Services whose change is drawn and written as layers.
LAYER_SERVICES = ("any", "3G+", "4G+")

#: Areas that a sentence names.
_NAMED = 5


@dataclass(frozen=True)
class ComparisonAnswer(Comparison):
    """A comparison as notebooks know it."""

    def write(self, folder: str | Path, language: str = "en") -> Path:
        """Write the tables, the layers and the page in ``folder`` and return it. Raises :class:`ewcm.errors.PublishError`."""
        return write_comparison(self, folder, language)


def data_grade(comparison: Comparison) -> str:
    """``starter`` where one of both is, else ``exercise`` where one is."""
    grades = [grade(result) for result in (comparison.before, comparison.after)]
    return next((mark for mark in (STARTER, EXERCISE) if mark in grades), grades[0])


def layer_services(comparison: Comparison) -> list[str]:
    """The services that are drawn."""
    return [name for name in LAYER_SERVICES if name in comparison.services and name not in comparison.refused]


def compare_json(comparison: Comparison) -> dict[str, Any]:
    """The content of compare.json."""
    country = comparison.about
    return {
        "compare_schema_version": COMPARE_SCHEMA_VERSION,
        "ewcm": VERSION,
        "iso3": country.iso3,
        "name": country.name,
        "data_grade": data_grade(comparison),
        "kind": comparison.kind,
        "before": _about(comparison.before, comparison.names[0], comparison.operators[0]),
        "after": _about(comparison.after, comparison.names[1], comparison.operators[1]),
        "headline_service": comparison.headline_service,
        "services": {
            name: {
                "told": name not in comparison.refused,
                "why_not": comparison.refused.get(name, ""),
                **{figure: comparison.row(name)[figure] for figure in FIGURES},
                **area_counts(comparison, name),
            }
            for name in comparison.services
        },
        "not_comparable": [{"name": name, "reason": reason} for name, reason in comparison.not_comparable],
        "caveats": [each.to_dict() for each in comparison.caveats],
    }


def area_counts(comparison: Comparison, service: str) -> dict[str, int]:
    """How many areas of the finest level have fewer people out of reach of a service, more, and as many (to a person), and of how
    many it is not known before or after."""
    table = comparison.table
    finest = table[(table["level"] == table["level"].max()) & (table["service"] == service) & (table["level"] > 0)]
    known = finest[["uncovered_before", "uncovered_after", "uncovered_change"]].notna().all(axis=1)
    change = finest["uncovered_change"][known].round()
    return {
        "areas_fewer": int((change < 0).sum()),
        "areas_more": int((change > 0).sum()),
        "areas_same": int((change == 0).sum()),
        "areas_unknown": int((~known & (finest["people_before"] > 0) & (finest["people_after"] > 0)).sum()),
    }


def _about(result: CountryResult, name: str, operator: str | None) -> dict[str, Any]:
    """What a result was made from, as far as it tells one from another."""
    kept = ("layer", "path", "date", "sha256")
    return {
        "name": name,
        "operator": operator,
        "data_grade": grade(result),
        "models": {channel: model.name for channel, model in result.coverage.chosen.items()},
        "inputs": [{key: getattr(record, key) for key in kept} for record in result.data.records],
    }


def write_comparison(comparison: Comparison, folder: str | Path, language: str = "en") -> Path:
    """Write ``FILES`` into ``folder``, in the place of an earlier comparison, and return it.

    Raises :class:`ewcm.errors.PublishError` where the folder holds anything else.
    """
    from ewcm.report.compare_page import render_comparison

    folder = Path(os.path.realpath(folder))
    check_place(folder)
    content = compare_json(comparison)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with work_folder.work_folder(folder.parent, f".{folder.name}.new-") as work:
            fresh = work / "compare"
            fresh.mkdir(mode=0o755)
            layers = {name: comparison.layers(name) for name in layer_services(comparison)}
            (fresh / "index.html").write_text(
                render_comparison(comparison, content, layers, language), encoding="utf-8"
            )
            write_csv(comparison.table, data_grade(comparison), fresh / "compare.csv")
            if layers:
                tags = {"iso3": comparison.about.iso3, "data_grade": data_grade(comparison)}
                crs = comparison.before.data.population.record.crs or str(comparison.before.geobox.crs)
                bands = [layer for each in layers.values() for layer in each]
                write_bands(bands, comparison.geobox(), crs, tags, fresh / "compare.tif", threads=1)
            (fresh / "compare.json").write_text(json_text(content), encoding="utf-8")
            exchange(fresh, folder)
    except OSError as error:
        raise PublishError(
            f"{folder}: cannot be written ({error.strerror or error}); choose another --output"
        ) from error
    return folder


def check_place(folder: Path) -> None:
    """Raise :class:`PublishError` where something else than a comparison stands in a folder."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise PublishError(f"{folder}: is not a folder; choose another --output")
    present = names_in(folder)
    try:
        ours = "compare_schema_version" in json.loads(regular_bytes(folder / "compare.json"))
    except (OSError, ValueError, TypeError, RecursionError):
        ours = False
    foreign = [name for name in present if name not in FILES or not ours]
    if foreign:
        raise PublishError(f"{folder}: holds {foreign[0]}, which is not of a comparison; choose another --output")


def words_of(language: str) -> dict[str, str]:
    """The texts of a comparison in a language."""
    return words_in(language, "compare")


def compare_lines(comparison: Comparison, language: str = "en") -> list[str]:
    """What a terminal shows of a comparison, the result first."""
    words, country = words_of(language), comparison.about
    mark = mark_of(data_grade(comparison), language, "short")
    mark += ". " if mark else ""
    name = country.names.get(language) or country.name
    service = comparison.headline_service
    if service is None:
        lines = [mark + words["headline_unknown"].format(country=name)]
    else:
        lines = [mark + _headline(words, comparison.row(service), name, service, language)]
        if overall := _overall(comparison, service, words, language):
            lines.append(f"  {overall}")
        lines.append("  " + words["line_parts"].format(**_parts(comparison.row(service), language)))
        if most := _most(comparison, service):
            lines.append("  " + words["line_most"].format(areas=", ".join(most)))
    for each in comparison.services:
        row = comparison.row(each)
        if row["newly_known"] is not None and round(row["newly_known"]) + round(row["newly_unknown"]):
            known = {key: number_text(row[figure], language) for key, figure in _KNOWN.items()}
            lines.append(f"  {_service(words, each)}: " + words["line_known"].format(**known))
    notes = [_caveat(words, each.code, each.text, each.values) for each in comparison.caveats]
    # The page, which is read elsewhere, does not name the option.
    notes = [
        f"{note} (--difference)" if each.code == "compare_methods" else note
        for each, note in zip(comparison.caveats, notes, strict=True)
    ]
    if comparison.kind != CHANGE:
        lines[0] = f"{words['difference']}: {lines[0]}"
    return [*lines, *(f"  {words['line_note'].format(text=note)}" for note in notes)]


_KNOWN = {"known": "newly_known", "lost": "newly_unknown"}


def _caveat(words: Mapping[str, str], code: str, text: str, values: Mapping[str, Any]) -> str:
    return words[f"caveat.{code}"].format(**values) if f"caveat.{code}" in words else text


def _service(words: Mapping[str, str], service: str) -> str:
    return words["any"] if service == "any" else service


def _headline(words: Mapping[str, str], row: Mapping[str, Any], name: str, service: str, language: str) -> str:
    change = round(row["uncovered_change"])
    key = "headline_same" if change == 0 else "headline_more" if change > 0 else "headline_less"
    return words[key].format(
        country=name,
        service=_service(words, service),
        people=number_text(abs(change), language),
        before=number_text(row["uncovered_before"], language),
        after=number_text(row["uncovered_after"], language),
    )


def _overall(comparison: Comparison, service: str, words: Mapping[str, str], language: str) -> str:
    """The change as shares of the people, and in how many areas it goes which way; "" where nobody lives."""
    row, counts = comparison.row(service), area_counts(comparison, service)
    if not row["people_before"] or not row["people_after"] or row["uncovered_before"] is None:
        return ""
    shares = {end: 100.0 * row[f"uncovered_{end}"] / row[f"people_{end}"] for end in ("before", "after")}
    point, sign = (".", "%") if language in ("en", "ar") else (",", "\u00a0%")
    text = words["overall"].format(**{end: f"{share:.1f}".replace(".", point) + sign for end, share in shares.items()})
    if not sum(counts.values()):
        return text
    keys = ("overall_areas", "overall_areas_unknown") if counts["areas_unknown"] else ("overall_areas",)
    shown = {name: number_text(count, language) for name, count in counts.items()}
    return " ".join([text, *(words[key].format(**shown) for key in keys)])


def _parts(row: Mapping[str, Any], language: str) -> dict[str, str]:
    named = {
        "people": "uncovered_by_people",
        "coverage": "uncovered_by_coverage",
        "known": "uncovered_newly_known",
        "low": "uncovered_change_low",
        "high": "uncovered_change_high",
    }
    return {key: number_text(row[figure], language, signed=True) for key, figure in named.items()}


def _most(comparison: Comparison, service: str) -> list[str]:
    """The areas of the finest level where most changed."""
    table = comparison.table
    finest = table[(table["level"] == table["level"].max()) & (table["service"] == service) & (table["level"] > 0)]
    moved = finest["uncovered_change"].abs()
    return [str(finest.loc[row, "name"]) for row in moved[moved >= 1].sort_values(ascending=False).index[:_NAMED]]
