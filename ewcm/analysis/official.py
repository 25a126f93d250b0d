"""Official figures of SDG indicator 9.c.1 beside the coverage that was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ewcm.analysis.reach import SDG_SERVICES, ServiceFigures
from ewcm.core.finding import Caveat, Figure, Finding, Json
from ewcm.core.fraction import nothing_known
from ewcm.sources.official import Official, OfficialFigure

#: Services beside which an official figure stands: those of the indicator, and 5G where somebody reports it.
SERVICES = {**SDG_SERVICES, "5G": "5G"}

#: A gap is given where the coverage of all people but for this share is known.
_KNOWN_BUT_FOR = 0.01

#: Official figures are reported to a hundredth of a per cent: what lies no farther outside a range than this is within it.
_REPORTED_TO = 5e-5

#: Models that compute coverage from sites, or do so in part.
_FROM_SITES = ("radius", "p1812", "mixed")

#: Said in the sentence where the year of a figure is not stated.
_NO_YEAR = "–"


@dataclass(frozen=True)
class Comparison:
    """One official figure beside the union of all operators. Shares are of all people of the country (0..1).

    ``union_share``: None where nothing is known of the service. ``union_share_low``, ``union_share_high``: from the case of low
    coverage, and from that of high coverage if everybody unknown were covered: outside these the official figure agrees with
    no case. ``position``: where the official share lies, ``below``, ``within`` or ``above`` that range; None where
    nothing is known. ``gap_points``, ``gap_people``: union less official, in percentage points and persons; None where part of
    the coverage is unknown, and where a model was set to the figure (``role`` is ``target``).
    """

    official: OfficialFigure
    union_share: float | None
    union_share_low: float | None
    union_share_high: float | None
    position: str | None
    gap_points: float | None
    gap_people: float | None


def compared(official: OfficialFigure, figures: ServiceFigures, people: float) -> Comparison:
    """An official figure beside the figures of its service. ``people``: of the country [persons]."""
    covered, unknown = figures.covered, figures.unknown
    # Unknown is neither covered nor uncovered: a service nothing is known of has no share to compare.
    if not people or covered is None or unknown is None or nothing_known(people, unknown):
        return Comparison(official, None, None, None, None, None, None)
    share = min(1.0, covered / people)
    low = min(share, (covered if figures.covered_low is None else figures.covered_low) / people)
    high = max(share, min(1.0, 1 - (figures.uncovered_low or 0.0) / people))
    below, above = official.share < low - _REPORTED_TO, official.share > high + _REPORTED_TO
    position = "below" if below else "above" if above else "within"
    gap = share - official.share
    has_gap = official.role == "check" and unknown <= _KNOWN_BUT_FOR * people
    return Comparison(
        official,
        share,
        low,
        high,
        position,
        gap_points=100 * gap if has_gap else None,
        gap_people=people * gap if has_gap else None,
    )


def official_finding(official: Official, services: Mapping[str, ServiceFigures], people: float) -> Finding:
    """The official figures by technology, None where none is known, each beside the union of all operators.

    A figure outside the range of the model is a caveat, whatever its role. ``people``: of the country [persons].
    """
    figures: list[Figure] = []
    caveats: list[Caveat] = []
    unsure: list[str] = []
    compare = {figure.technology: figure for figure in official.figures if figure.technology in SERVICES}
    for technology in (*SDG_SERVICES, *(name for name in compare if name not in SDG_SERVICES)):
        if technology not in compare:
            figures.append(Figure(("official", technology), None))
            continue
        found = compared(compare[technology], services[SERVICES[technology]], people)
        figures += _figures(technology, found)
        of_service = services[SERVICES[technology]]
        caveats += _outside_range(technology, found, of_service.model)
        if found.position in ("below", "above") and of_service.unknown:
            unsure.append(technology)
    if unsure:
        caveats.append(_unknown_within(unsure))
    lent = [name for name, figure in compare.items() if figure.lent]
    if lent:
        caveats.append(_lent(lent, compare[lent[0]].source))
    return Finding("official", tuple(figures), caveats=tuple(caveats))


def _figures(technology: str, found: Comparison) -> list[Figure]:
    values: dict[str, tuple[Json, str]] = {
        "share": (found.official.share, "1"),
        "year": (found.official.year, ""),
        "source": (found.official.source, ""),
        "role": (found.official.role, ""),
        "lent": (found.official.lent, ""),
        "union_share": (found.union_share, "1"),
        "union_share_low": (found.union_share_low, "1"),
        "union_share_high": (found.union_share_high, "1"),
        "position": (found.position, ""),
        "gap_points": (found.gap_points, "percentage points"),
        "gap_people": (found.gap_people, "persons"),
    }
    return [Figure(("official", technology, key), value, units) for key, (value, units) in values.items()]


def _outside_range(technology: str, found: Comparison, model: str) -> list[Caveat]:
    """The sentence for an official figure that no case of the coverage agrees with. ``model``: of the coverage."""
    if found.position not in ("below", "above"):
        return []
    assert found.union_share_low is not None and found.union_share_high is not None, "it lies outside of them"
    year = _NO_YEAR if found.official.year is None else str(found.official.year)
    official, low, high = (
        round(100 * share, 1) for share in (found.official.share, found.union_share_low, found.union_share_high)
    )
    # Where both ends read the same there is no range to speak of.
    wide = low != high
    ours = f"our model range of {low:g} to {high:g} %" if wide else f"our figure of {low:g} % (no range known)"
    fact = f"The official figure for at least {technology}, {official:g} % of the people ({year}), lies {found.position} {ours}."
    values: dict[str, Json] = {"technology": technology, "percent": official, "year": year, "low": low}
    if wide:
        values["high"] = high
    if found.position == "below":
        text = f"{fact} The official figure may be of one operator alone, or older; or this map may assume too much coverage."
        return [Caveat("official_below", text, values) if wide else Caveat("official_below_figure", text, values)]
    too_high = "or the official figure, which operators declare, may be too high."
    if model in _FROM_SITES:
        text = f"{fact} Sites may be missing here; {too_high}"
        return [Caveat("official_above", text, values) if wide else Caveat("official_above_figure", text, values)]
    text = f"{fact} The coverage that was given may leave something out; {too_high}"
    if wide:
        return [Caveat("official_above_given", text, values)]
    return [Caveat("official_above_given_figure", text, values)]


def _unknown_within(technologies: Sequence[str]) -> Caveat:
    text = (
        f"The range beside the official figures for {', '.join(technologies)} includes people of whom nothing is known: its "
        "upper end is what it would be if all of them were covered."
    )
    return Caveat("official_unknown", text, {"technologies": list(technologies)})


def _lent(technologies: Sequence[str], source: str) -> Caveat:
    text = (
        f"The official figures for {', '.join(technologies)} were not given with the data; they are those that come with the "
        f"engine ({source})."
    )
    return Caveat("lent_official", text, {"technologies": list(technologies), "source": source})
