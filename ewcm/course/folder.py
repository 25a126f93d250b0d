"""The folder that is handed out: maps, files, slides, sheets and answers, whose figures are those of a run made for it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from ewcm import pipeline
from ewcm.api import alert, with_methods
from ewcm.core import grid
from ewcm.core.fraction import CASES, LEVELS
from ewcm.core.texts import number_text
from ewcm.countries import LANGUAGES, country
from ewcm.course.files import ISO3, make_files
from ewcm.errors import InputError
from ewcm.inputs.find import Inputs, find_inputs
from ewcm.inputs.outlook import outlook
from ewcm.inputs.read import load
from ewcm.learning import propagation, propagation_files
from ewcm.learning.links import links_of
from ewcm.report.course_pages import sheets_page, slides_page, start_page
from ewcm.report.own_folder import replace_folder
from ewcm.report.publish import write
from ewcm.report.webmap.counts import masts
from ewcm.result import CountryResult
from ewcm.sources.measurements import read_measurements
from ewcm.version import VERSION

#: The files of the exercises in the folder.
FIRST, MENDED = Path("files/first") / ISO3, Path("files/mended") / ISO3

#: The moment that the exercise alert is looked at.
ALERT_AT = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)

#: Where the sheet puts a mast: latitude, longitude and technology. The page, which counts to half a per cent, rounds none of its
#: figures otherwise.
MAST = (2.92, 33.04, "2G")

#: What stands in the folder, beside a page a language of each kind.
KINDS = ("slides", "sheets")
#: The folder of the answers, which is not for the sticks of those who learn.
TRAINER = "trainer"
MARK = "course.json"
NAMES = (
    "index.html",
    "files",
    "pages",
    TRAINER,
    MARK,
    *(f"{kind}-{language}.html" for kind in KINDS for language in LANGUAGES),
)

#: The maps: file in the folder and key of their words.
MAPS = (("pages/uganda.html", "page_pack"), ("pages/north.html", "page_north"))

Announce = Callable[[str], object]


@dataclass(frozen=True)
class Figures:
    """Figures of the answers. ``people``: whole people; ``rough``: people that are told with two figures; ``shares``: 0..1;
    ``decibels``; ``words``: names."""

    people: Mapping[str, float]
    rough: Mapping[str, float]
    shares: Mapping[str, float]
    decibels: Mapping[str, float]
    words: Mapping[str, str]

    def in_language(self, language: str) -> dict[str, str]:
        """All of them as a reader of the language writes them."""
        point = "," if language in ("fr", "es", "pt") else "."
        space = "\u202f" if language == "fr" else "\u00a0" if language == "es" else ""
        found = {name: number_text(value, language) for name, value in self.people.items()}
        found |= {name: number_text(_two_figures(value), language) for name, value in self.rough.items()}
        found |= {name: f"{100 * value:.1f}".replace(".", point) + space + "%" for name, value in self.shares.items()}
        found |= {name: f"{value:.1f}".replace("-", "−").replace(".", point) for name, value in self.decibels.items()}
        return {**found, **{name: f"\u2068{text}\u2069" for name, text in self.words.items()}}

    def as_dict(self) -> dict[str, Any]:
        """All of them as JSON."""
        rounded = {name: round(value, 3) for name, value in {**self.people, **self.rough}.items()}
        shares = {name: round(value, 4) for name, value in self.shares.items()}
        return {**rounded, **shares, **{name: round(value, 2) for name, value in self.decibels.items()}, **self.words}


def texts() -> dict[str, dict[str, Any]]:
    """The words of the course by language."""
    folder = resources.files("ewcm.course").joinpath("texts")
    return {code: json.loads(folder.joinpath(f"{code}.json").read_text(encoding="utf-8")) for code in LANGUAGES}


def make_course(folder: Path, announce: Announce) -> Path:
    """Make the whole folder, in the place of an earlier one that nobody has worked in; ``announce`` is called with each step.

    Raises :class:`ewcm.errors.PublishError` where the folder holds anything else.
    """
    return replace_folder(folder, NAMES, MARK, "a course", lambda fresh: _make(fresh, announce))


def make_exercise_files(folder: Path) -> Path:
    """Make the files of the exercises only, anew. Raises :class:`InputError` where there is something already."""
    place = folder / "files"
    if place.exists():
        raise InputError(f"{place}: is there already; choose another folder, or move it away")
    place.mkdir(parents=True)
    make_files(place)
    return place


def _make(folder: Path, announce: Announce) -> None:
    announce("the files of the exercises")
    make_files(folder / "files")
    (folder / "pages").mkdir()
    with TemporaryDirectory(prefix="ewcm-course-") as work:
        figures = _answers(folder, Path(work), announce)
    announce("slides, sheets and answers")
    (folder / TRAINER).mkdir()
    words = texts()
    for language, own in words.items():
        written = {
            f"slides-{language}": slides_page(own, language),
            f"sheets-{language}": sheets_page(own, language),
            f"{TRAINER}/answers-{language}": sheets_page(own, language, figures.in_language(language)),
        }
        for name, text in written.items():
            (folder / f"{name}.html").write_text(text, encoding="utf-8")
    (folder / "index.html").write_text(start_page(words, MAPS), encoding="utf-8")
    content = {"ewcm_version": VERSION, "figures": figures.as_dict()}
    (folder / MARK).write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _answers(folder: Path, work: Path, announce: Announce) -> Figures:
    """Works through the exercises, keeps the maps that they are about, and returns the figures of the answers."""
    announce("the map of Uganda from the starter pack")
    pack = _published(Inputs(country(ISO3), None), work / "pack", folder / "pages" / "uganda.html")
    announce("the map of the made-up north, over terrain")
    before = _published(find_inputs(country(ISO3), folder / MENDED), work / "north", folder / "pages" / "north.html")
    announce("the calibration by the measurements")
    learnt, lines = _calibration(folder)
    calibrated = work / "calibrated"
    shutil.copytree(folder / MENDED, calibrated)
    with (calibrated / "inputs.toml").open("a", encoding="utf-8") as file:
        file.write(lines)
    announce("the calibrated map, the alert and the plan")
    after = _result(find_inputs(country(ISO3), calibrated))
    return figures_of(pack, before, after, learnt, folder)


def _result(inputs: Inputs) -> CountryResult:
    return pipeline.run(load(inputs), inputs.settings, pipeline.silent)


def _published(inputs: Inputs, place: Path, page: Path) -> CountryResult:
    """The result, whose page is kept."""
    result = _result(inputs)
    shutil.copyfile(write(result, place) / "index.html", page)
    return result


def _calibration(folder: Path) -> tuple[dict[str, Any], str]:
    """What the card says of the measurements, and the lines for inputs.toml."""
    selected, inputs = country(ISO3), find_inputs(country(ISO3), folder / MENDED)
    measured = read_measurements(folder / "files" / "measurements.csv", selected)
    links = links_of(measured.table, load(inputs), inputs.settings)
    learnt = propagation.learn(links.table, margin_db=inputs.settings.threshold_margin_db)
    content = propagation_files.content(learnt, inputs.settings, links.left_out, links.by_engine)
    return content, propagation_files.toml(learnt, inputs.settings, "learnt/propagation.json")


def figures_of(
    pack: CountryResult, before: CountryResult, after: CountryResult, learnt: Mapping[str, Any], folder: Path
) -> Figures:
    """The figures of all answers, from the results that the exercises lead to."""
    people: dict[str, float] = {}
    for name, result in (("pack", pack), ("north", before), ("after", after)):
        any_ = result.services["any"]
        ends = {"out": any_.uncovered, "low": any_.uncovered_low, "high": any_.uncovered_high}
        people |= {f"{name}_{end}": _known_value(value) for end, value in ends.items()} | {
            f"{name}_people": result.inhabitants
        }
    without = _known_value(pack.services["4G+"].uncovered)
    people |= {"pack_4g": without, "pack_sms": without - people["pack_out"]}
    first, north = _most(pack, "uncovered_any"), _most(before, "uncovered_any")
    largest = _most(pack, "share")
    people |= {"pack_first_people": first["uncovered_any"], "north_first_people": north["uncovered_any"]}
    (reach,) = alert(folder / "files" / "exercise-alert.xml", [ISO3], results={ISO3: after}, at=ALERT_AT).reaches
    together = reach.figures["together"]
    people["alert_inside"] = reach.figures["inside"]
    people |= {
        f"alert_{kind}{end}": together[kind + end] for kind in ("reached", "left") for end in ("", "_low", "_high")
    }
    plan = with_methods(after).plan(towers=3, sirens=2)
    people["plan_first"] = float(plan.table["people"].iloc[0])
    ways = {row["way"]: row["rmse_db"] for row in learnt["validation"]["table"]}
    return Figures(
        people={**people, **_checked(folder)},
        rough={**_under_the_mast(before), "plan_served": plan.people},
        shares={"pack_share": largest["share"]},
        decibels={
            "rms_before": ways["as it is"],
            "rms_after": ways[learnt["step"]],
            "offset": learnt["calibration"][0]["offset_db"],
        },
        words={"pack_first": first["name"], "pack_share_area": largest["name"], "north_first": north["name"]},
    )


def _known_value(value: float | None) -> float:
    if value is None:
        raise InputError("the course: a figure of its answers is not known; its files were changed")
    return value


def _most(result: CountryResult, column: str) -> dict[str, Any]:
    """The area of the first level with most of something."""
    areas = pd.DataFrame(result.areas[(result.areas["level"] == 1) & (result.areas["people"] > 0)])
    areas = areas.assign(share=areas["uncovered_any"] / areas["people"])
    return dict(areas.sort_values([column, "area_id"], ascending=[False, True]).iloc[0])


def _checked(folder: Path) -> dict[str, float]:
    """How many doubts the files raise as they were handed in, and how many rows of the faulty list there are and are not used."""
    inputs = find_inputs(country(ISO3), folder / FIRST)
    data = load(inputs)
    (warning,) = [one for record in data.records for one in record.warnings if one.code == "rows"]
    return {
        "doubts": len(outlook(data, inputs).doubts),
        "rows": int(str(warning.values["rows"])),
        "unused": int(str(warning.values["lost"])),
    }


def _under_the_mast(result: CountryResult) -> dict[str, float]:
    """People out of reach within the circle of the sheet's mast, in each case, as the page counts them: by middles of cells."""
    lat, lon, technology = MAST
    rows = slice(0, result.geobox.shape[0])
    away = grid.distance_km(np.array(lat), np.array(lon), *grid.cell_positions(result.geobox, rows))
    found = {}
    for case, km, name in zip(CASES, masts(result.settings)[technology], ("low", "out", "high"), strict=True):
        share = result.coverage.shares("any", case, rows).uncovered_level() / LEVELS
        found[f"mast_{name}"] = float(np.nansum(np.where(away <= km, result.data.population.people * share, 0.0)))
    return found


def _two_figures(value: float) -> float:
    return float(f"{value:.2g}")
