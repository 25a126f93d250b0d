"""What a plan of new sites says, in five languages: sentences for its page, and the lines of a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ewcm.analysis.siting import CASE_OF_WEIGHT, KINDS, Plan
from ewcm.core.finding import Caveat
from ewcm.core.texts import filled, number_text, texts_of, words_in
from ewcm.of_one import of_one
from ewcm.report.marks import mark_of
from ewcm.report.numbers import two_figures
from ewcm.report.webmap.page import strings
from ewcm.result import CountryResult


class _Words:
    """The words of one language, with its numbers."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = words_in(language, "plan")

    def say(self, key: str, **values: Any) -> str:
        said = self._texts[f"line_{key}"].format(**values)
        return of_one(said) if self.language == "en" else said

    def rough(self, people: float) -> str:
        return number_text(two_figures(people), self.language)

    def whole(self, number: float) -> str:
        return number_text(number, self.language)

    def number(self, value: float, digits: int | None = None) -> str:
        if digits is None and (abs(value) >= 1e5 or (abs(value) >= 1e3 and value == round(value))):
            return self.whole(value)
        text = f"{value:g}" if digits is None else f"{value:.{digits}f}"
        return text.replace(".", ",") if self.language in ("fr", "es", "pt") else text

    def with_low_coverage(self, people: float) -> str:
        return self._texts["adds_low_coverage"].format(people=self.whole(people))

    def service(self, name: str) -> str:
        parts = [
            self.say("service_any") if one == "any" else self.say("service_newer", technology=one[:-1])
            if one.endswith("+") else one
            for one in name.split(" or ")
        ]  # fmt: skip
        return self.say("or").join(parts)

    def sites(self, counts: Mapping[str, int]) -> str:
        parts = [
            self.say(f"{kind}_{'one' if count == 1 else 'many'}", count=count)
            for kind, count in counts.items()
            if count
        ]
        return self.say("and").join(parts)

    def sentence_of(self, analysis: str, caveat: Caveat) -> str:
        """A sentence that another part of the engine found, in this language."""
        if self.language == "en":
            return caveat.text
        analysis, key = ("inputs", "caveat") if caveat.code.startswith("input_") else (analysis, "said")
        text = texts_of(analysis)[self.language].get(f"{key}.{caveat.code}")
        return caveat.text if text is None else filled(text, caveat.values, self.language)


def sentences(result: CountryResult, plan: Plan, language: str = "en") -> list[str]:
    """What a person has to know of a plan, the result first."""
    words, wish, rows = _Words(language), plan.wish, plan.table
    country = result.data.country.names.get(language) or result.data.country.name
    service = words.service(wish.service)
    counts = {kind: int((rows["kind"] == kind).sum()) for kind in KINDS}
    by_estimate = bool(result.figure("estimated", wish.service, "low_coverage_leads"))
    if not len(rows):
        return [
            words.say(
                "nobody" if plan.to_serve <= 0 else "none" if plan.candidates else "no_candidates",
                country=country,
                candidates=words.whole(plan.candidates),
                least=words.number(wish.least),
                service=service,
            ),
            *_of_loss(plan, words),
            *_of_mark(result, words),
            *_notes(plan, words),
        ]
    low, high = (float(rows[f"cumulative_{case}"].iloc[-1]) for case in ("low", "high"))
    by_low_coverage = wish.weight == "low_coverage"
    lines = [
        words.say(
            ("serve_low_coverage" if by_estimate else "serve_as_if_low") if by_low_coverage else "serve",
            country=country,
            sites=words.sites(counts),
            people=words.rough(plan.people),
            low=words.rough(low),
            high=words.rough(plan.weighed if by_low_coverage else high),
            total=words.rough(float(plan.total[1])),
            most=words.rough(float(plan.total[2])),
            service=service,
        ),
        *_of_loss(plan, words),
    ]
    if wish.weight != "people":
        by = "as_if_low" if by_low_coverage and not by_estimate else wish.weight
        lines.append(words.say(f"by_{by}", total=words.rough(float(plan.total[1]))))
    lines.append(
        words.say("optimal")
        if plan.optimal or plan.at_least > 1 - 1e-9
        else words.say(
            "at_least",
            share=words.number(math.floor(plan.at_least * 1000) / 10),
            candidates=words.whole(plan.candidates),
        )
    )
    lines += _of_hazards(plan, words)
    lines += _of_reach(plan, words, counts)
    unknown = float(rows["unknown_people"].sum())
    lines.append(
        words.say("unknown", people=words.rough(unknown), share=words.number(100 * plan.unknown_share, 1))
        if unknown >= 0.5
        else words.say("no_unknown")
    )
    lines += _of_limits(plan, words)
    return [*lines, *_of_mark(result, words), *_notes(plan, words)]


def _of_loss(plan: Plan, words: _Words) -> list[str]:
    """After which loss of sites people are counted, and what that rests on."""
    loss = plan.after
    if loss is None:
        return []
    counts = {"out": words.whole(loss.out), "sites": words.whole(loss.sites)}
    first = (
        words.say("after_list", **counts)
        if loss.hours is None
        else words.say("after_loss", event=loss.event, hours=words.number(loss.hours), **counts)
    )
    return [first, words.say("after_stands")]


def _notes(plan: Plan, words: _Words) -> list[str]:
    """What the terrain, the user's list and the loss rest on."""
    of_loss = (
        [] if plan.after is None else [one for one in plan.after.caveats if one.code not in ("starter", "exercise")]
    )
    return [
        *(words.sentence_of("plan", one) for one in plan.caveats),
        *(words.sentence_of("loss", one) for one in of_loss),
    ]


def _of_hazards(plan: Plan, words: _Words) -> list[str]:
    """Who of those served is exposed, and of whom that is not known."""
    if plan.unknown_hazard is None:
        return [words.say("no_hazard")]
    exposed, yearly, unknown = (
        float(plan.table[name].sum()) for name in ("exposed", "annual_exposed", "unknown_hazard_people")
    )
    lines = [words.say("exposed", people=words.rough(exposed))]
    if yearly > 0:
        lines.append(words.say("yearly", people=words.rough(yearly)))
    if unknown >= 0.5:
        lines.append(words.say("unknown_hazard", people=words.rough(unknown)))
    if plan.wish.weight not in CASE_OF_WEIGHT and plan.unknown_hazard >= 0.5:
        lines.append(words.say("unknown_not_chosen", people=words.rough(plan.unknown_hazard)))
    return lines


def _of_reach(plan: Plan, words: _Words, counts: Mapping[str, int]) -> list[str]:
    """What each kind of site is taken to reach; over terrain, what circles would have chosen."""
    lines = []
    if counts["tower"] and plan.circles is not None:
        other = plan.circles
        values = {"claimed": other.claimed, "served": other.served, "chosen": plan.weighed}
        lines.append(
            words.say(
                "circles_people" if plan.wish.weight in CASE_OF_WEIGHT else f"circles_{plan.wish.weight}",
                radius=words.number(plan.wish.radii_km[0][1]),
                shared=other.shared,
                count=len(other.chosen),
                **{name: words.rough(value) for name, value in values.items()},
            )
        )
    elif counts["tower"]:
        low, radius, high = map(words.number, plan.wish.radii_km[0])
        lines.append(words.say("circle", radius=radius, low=low, high=high))
    if counts["siren"]:
        low, radius, high = (words.number(one, 2) for one in plan.wish.radii_km[1])
        lines.append(words.say("siren_reach", radius=radius, low=low, high=high))
    return lines


def _of_limits(plan: Plan, words: _Words) -> list[str]:
    """Why there are fewer sites than were asked for, and what they cost."""
    wanted, lines = sum(plan.wish.counts), []
    budget = math.isfinite(plan.wish.budget)
    if len(plan.table) < wanted:
        key = "fewer_budget" if budget else "fewer"
        lines.append(words.say(key, count=len(plan.table), asked=wanted, least=words.number(plan.wish.least)))
    if budget:
        cost = words.number(float(plan.table["cost"].sum()))
        lines.append(words.say("cost", cost=cost, budget=words.number(plan.wish.budget)))
    return lines


def _of_mark(result: CountryResult, words: _Words) -> list[str]:
    mark = mark_of(result.data.grade, words.language)
    return [mark] if mark else []


def plan_lines(result: CountryResult, plan: Plan, language: str = "en") -> list[str]:
    """The lines of a terminal: the result, notes, and a line a site with what is nearest."""
    words, texts = _Words(language), strings()[language]
    first, *notes = sentences(result, plan, language)
    lines = [first, *(f"  {words.say('note', text=note)}" for note in notes)]
    for row in plan.table.itertuples():
        # The name of a candidate, else the place that is nearest: the identifier of a point of a lattice says nothing.
        where = [str(row.name)] if row.name else []
        if row.place:
            digits = 1 if row.place_distance_km < 10 else 0
            near = {"km": f"{words.number(row.place_distance_km, digits)} km", "place": row.place}
            direction = texts[f"direction_{row.place_direction}"] if row.place_direction else ""
            where.append(str(texts["near_at"]).format(direction=direction, **near))
        where.append(f"{row.lat:.4f}, {row.lon:.4f}")
        if not math.isnan(row.nearest_site_km):
            where.append(words.say("nearest_site", distance=words.number(row.nearest_site_km, 1)))
        people = (
            words.with_low_coverage(row.gain)
            if plan.wish.weight == "low_coverage"
            else words.say("adds", people=words.whole(row.people))
        )
        details = f" ({'; '.join(where[1:])})" if len(where) > 1 else ""
        lines.append(f"{row.rank:>4}  {words.say(row.kind):<7} {people:>16}  {where[0]}{details}")
    return lines
