"""What ``ewcm loss`` writes: people before and after by area, the sites with their chances, layers, and a page to print."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from ewcm.analysis.loss import FIGURES, loss_areas, loss_layers
from ewcm.core.texts import decimal_text, filled, number_text, words_in
from ewcm.losses import Loss
from ewcm.report.geotiff import write_layers
from ewcm.report.marks import mark_of
from ewcm.report.numbers import two_figures
from ewcm.report.own_folder import replace_folder
from ewcm.report.printed import printed_page, printed_table
from ewcm.report.tables import grade, json_text, write_csv
from ewcm.report.webmap.page import strings
from ewcm.result import CountryResult
from ewcm.version import VERSION

#: Every file of a loss.
FILES = ("loss.csv", "loss_sites.csv", "loss.json", "loss.tif", "loss_sites.gpkg", "loss.html")

#: Of loss.json.
LOSS_SCHEMA_VERSION = 2

#: Columns of the page.
_SHOWN = (
    "name", "service", "hours", "people", "reached_before", "reached_before_low", "reached_before_high", "reached", "reached_low",
    "reached_high", "lost", "no_longer_known", "unknown_before", "uncovered_before",
)  # fmt: skip


@dataclass(frozen=True)
class LossAnswer:
    """The answer to a loss of sites in one country. ``services``: those that are told of, the first on the page."""

    result: CountryResult
    loss: Loss
    services: tuple[str, ...]

    @cached_property
    def areas(self) -> pd.DataFrame:
        """People before and after, a row an area, service and moment, as loss.csv."""
        return loss_areas(
            self.result.data.population.people, self.loss.lost, self.result.zones, self.services, self.loss.hours
        )

    @property
    def sites(self) -> pd.DataFrame:
        """A row a site with its chances to be out, as loss_sites.csv."""
        return self.loss.masts

    def after(self, hours: float = 24.0) -> CountryResult:
        """The country with the coverage that is left, for further questions."""
        return self.loss.after(self.result, hours)

    @property
    def country(self) -> pd.DataFrame:
        """The rows of the whole country."""
        return self.areas[self.areas["level"] == self.areas["level"].min()].reset_index(drop=True)

    def sentences(self, language: str = "en") -> list[str]:
        """What a person has to know of it: a sentence a moment of the first service, then what it rests on."""
        words = words_in(language, "loss")
        rows = self.country[self.country["service"] == self.services[0]]
        headlines = [self._headline(row, words, language) for row in rows.to_dict("records")]
        return [*headlines, *self.notes(language)]

    def notes(self, language: str = "en") -> list[str]:
        """What the answer rests on, a sentence each."""
        words = words_in(language, "loss")
        return [filled(words[f"said.{one.code}"], one.values, language) for one in self.loss.caveats]

    def _headline(self, row: dict[str, Any], words: dict[str, str], language: str) -> str:
        about = self.result.data.country
        service = str(row["service"])
        headings = words_in(language, "headings")
        newer = headings["service.newer"].format(technology=service.rstrip("+")) if service.endswith("+") else service
        end = "" if self.loss.by_list else f"_{row['hours']:g}h"
        out, low, high = (float(self.sites[f"out{end}{case}"].sum()) for case in ("", "_low", "_high"))
        names = {
            "reached": "reached",
            "lost": "lost",
            "before": "reached_before",
            "before_low": "reached_before_low",
            "before_high": "reached_before_high",
            "low": "reached_low",
            "high": "reached_high",
        }
        # Two significant figures, as sentences have elsewhere, unless before and after would then be one figure.
        before, left = (float(row[name]) for name in ("reached_before", "reached"))
        exact = two_figures(before) == two_figures(left) if pd.notna(before) and pd.notna(left) else False

        def figure_text(value: float) -> str:
            if pd.isna(value):
                return words["said.not_known"]
            return number_text(value if exact else two_figures(value), language)

        people = {key: figure_text(row[name]) for key, name in names.items()}
        least, most = row["lost_low"], row["lost_high"]
        if pd.notna(least) and pd.notna(most) and round(least) != round(most):
            of_lost = {"value": people["lost"], "low": figure_text(least), "high": figure_text(most)}
            people["lost"] = words_in(language, "alert")["line_range"].format(**of_lost)
        sentence = words["said.headline_list" if self.loss.by_list else "said.headline"].format(
            country=about.names.get(language) or about.name,
            event=self.loss.name or words["said.list"],
            hours=decimal_text(f"{row['hours']:g}", language),
            service=words["service.any"] if service == "any" else newer,
            sites=number_text(len(self.sites), language),
            out=number_text(out, language),
            out_low=number_text(low, language),
            out_high=number_text(high, language),
            **people,
        )
        dim = row["no_longer_known"]
        if pd.notna(dim) and dim < 0.5:
            return sentence
        return f"{sentence} {words['said.no_longer_known'].format(people=figure_text(dim))}"

    @property
    def summary(self) -> dict[str, Any]:
        """The content of loss.json."""
        loss, about = self.loss, self.result.data.country
        names = ["out"] if loss.by_list else [f"out_{each:g}h" for each in loss.hours]
        sites = [
            {"hours": each, "sites": len(self.sites)}
            | {f"out{end}": float(self.sites[f"{name}{end}"].sum()) for end in ("", "_low", "_high")}
            for each, name in zip(loss.hours, names, strict=True)
        ]
        columns = ["service", "hours", *FIGURES]
        return {
            "loss_schema_version": LOSS_SCHEMA_VERSION,
            "ewcm_version": VERSION,
            "data_grade": grade(self.result),
            "iso3": about.iso3,
            "name": about.name,
            "event": loss.name,
            "by_list": loss.by_list,
            "settings": loss.settings.to_dict(),
            "sites": sites,
            "country": [dict(zip(columns, row, strict=True)) for row in self.country[columns].itertuples(index=False)],
            "caveats": [one.to_dict() for one in loss.caveats],
        }

    def write(self, folder: str | Path, language: str | None = None) -> Path:
        """Write the files of the answer in ``folder`` and return it. ``language``: of the page (default: that of the country).

        Raises :class:`ewcm.errors.PublishError`.
        """
        spoken = language or self.result.data.country.language

        def write_files(fresh: Path) -> None:
            _write_files(self, fresh, spoken)

        return replace_folder(Path(folder), FILES, "loss.json", "a loss", write_files)


def _write_files(answer: LossAnswer, folder: Path, language: str) -> None:
    result, data_grade = answer.result, grade(answer.result)
    write_csv(answer.areas, data_grade, folder / "loss.csv")
    write_csv(answer.sites, data_grade, folder / "loss_sites.csv")
    sites = answer.sites
    points = gpd.GeoDataFrame(sites, geometry=gpd.points_from_xy(sites["lon"], sites["lat"]), crs="EPSG:4326")
    points.insert(0, "data_grade", data_grade)
    pyogrio.write_dataframe(
        points, folder / "loss_sites.gpkg", layer="loss_sites", driver="GPKG", geometry_type="Point"
    )
    people = result.own_people
    layers = loss_layers(people, answer.loss.lost, answer.services[0], answer.loss.hours)
    write_layers(result, layers, folder / "loss.tif", 2)
    (folder / "loss.html").write_text(_page(answer, language), encoding="utf-8")
    (folder / "loss.json").write_text(json_text(answer.summary), encoding="utf-8")


def _page(answer: LossAnswer, language: str) -> str:
    """One page without a network: what was found, the curve, and the areas that lose most."""
    about = answer.result.data.country
    words = words_in(language, "loss")
    name = about.names.get(language) or about.name
    title = str(strings()[language]["named"]).format(name=words["title"], value=name)
    title += f", {answer.loss.name}" if answer.loss.name else ""
    headings = [words[f"heading.{name}"] for name in _SHOWN]
    last = answer.areas[
        (answer.areas["service"] == answer.services[0]) & (answer.areas["hours"] == answer.loss.hours[-1])
    ]
    finest = last[last["level"] == last["level"].max()]
    # Those that are known to lose most come first; what is no longer known is no loss.
    gone = pd.DataFrame({"lost": finest["lost"].astype(float), "less": finest["reached_before"] - finest["reached"]})
    gone = gone.sort_values(["lost", "less"], ascending=False, kind="stable", na_position="last")

    def table_of(rows: pd.DataFrame) -> str:
        shown = _whole(rows[list(_SHOWN)], words["service.any"])
        return printed_table(headings, shown.itertuples(index=False, name=None), language)

    body = _picture(answer, words["heading.reached_before"], html.escape(words["heading.reached"]), language)
    body += table_of(answer.country)
    if len(finest) > 1:
        body += f"<h2>{html.escape(words['by_area'])}</h2>{table_of(finest.loc[gone.index])}"
    return printed_page(
        title, words["text"], answer.sentences(language), body, language, mark_of(grade(answer.result), language)
    )


def _whole(table: pd.DataFrame, service_any: str) -> pd.DataFrame:
    """Figures of people without parts of persons, and the name of any network in the language of the page."""
    people = [name for name in table if name in FIGURES]
    service = table["service"].replace("any", service_any)
    return table.assign(service=service, **{name: table[name].round() for name in people})


def _picture(answer: LossAnswer, words: str, label: str, language: str) -> str:
    """People reached before (``words``) and at each moment, with the range, as bars."""
    rows = answer.country[answer.country["service"] == answer.services[0]]
    top = float(rows["reached_before"].max())
    if not top > 0:
        return ""
    before = (words, *rows[["reached_before", "reached_before_low", "reached_before_high"]].iloc[0])
    after = [
        (f"{hours:g} h", *values)
        for hours, *values in rows[["hours", "reached", "reached_low", "reached_high"]].itertuples(
            index=False, name=None
        )
    ]
    return _bars([before, *after], max(top, float(rows["reached_before_high"].max())), label, language)


def _bars(bars: Sequence[tuple[str, float, float, float]], top: float, label: str, language: str) -> str:
    drawn = ""
    for number, (name, value, low, high) in enumerate(bars):
        text = number_text(two_figures(value), language)
        left, full = 45 + 105 * number, 150.0 / top
        drawn += (
            f'<rect x="{left}" y="{170 - value * full:.1f}" width="50" height="{value * full:.1f}" fill="#6baed6"/>'
            f'<path d="M{left + 25} {170 - low * full:.1f}V{170 - high * full:.1f}" stroke="#08306b" stroke-width="3"/>'
            f'<text x="{left + 25}" y="188" text-anchor="middle" font-size="12">{html.escape(name)}</text>'
            f'<text x="{left + 25}" y="164" text-anchor="middle" font-size="11">{text}</text>'
        )
    width = 50 + 105 * len(bars)
    return (
        f'<figure dir="ltr"><svg viewBox="0 0 {width} 200" width="{width}" role="img" aria-label="{label}">{drawn}'
        f'<path d="M10 170H{width - 10}" stroke="#666"/></svg><figcaption>{label}</figcaption></figure>'
    )
