"""What a result says in a few words of English."""

from __future__ import annotations

from ewcm.analysis.reach import ServiceFigures
from ewcm.report.numbers import exact_range, rough_range, roughly
from ewcm.result import CountryResult


def headline(result: CountryResult) -> str:
    """Some lines that say what a run found: the headline, the people of whom nothing is known, the year of the oldest input."""
    name, people = result.data.country.name, result.inhabitants
    example = " (STARTER DATA: example data, usually too high)" if result.data.starter else ""
    service = result.headline_service
    if not people:
        first = "the population grid holds no people"
    elif service is None:
        first = (
            f"coverage unknown: who of {people:,.0f} people is out of reach of an alert cannot be told from these data"
        )
    else:
        first = _out_of_reach(service, result.services[service])
    lines = [f"{name}{example}: {first}"]
    if service is not None and people:
        figures = result.services[service]
        share = "" if figures.uncovered_share is None else f" ({figures.uncovered_share:.2%})"
        between = exact_range(figures.uncovered_low, figures.uncovered_high)
        lines.append(f"  {of_service(service)}: {figures.uncovered:,.0f} of {people:,.0f} people{share}; {between}")
    for other in dict.fromkeys(("any", service or "any")):
        found = result.services[other]
        if found.unknown and found.unknown_share is not None:
            lines.append(f"  coverage unknown, {_name(other)}: {found.unknown:,.0f} ({found.unknown_share:.2%})")
    lines.append(f"  {oldest_input(result)}")
    return "\n".join(lines)


def oldest_input(result: CountryResult) -> str:
    """The year of the oldest input, in words."""
    year = result.summary.get("oldest_input_year")
    return "the inputs state no date" if year is None else f"oldest input: {year}"


def of_service(service: str) -> str:
    """Who is counted as uncovered of a service."""
    return "out of reach of any mobile alert" if service == "any" else f"without {service} coverage"


def _out_of_reach(service: str, figures: ServiceFigures) -> str:
    between = rough_range(figures.uncovered_low, figures.uncovered_high)
    if figures.uncovered is not None and round(figures.uncovered) == 0:
        within = "a mobile network" if service == "any" else f"{service} coverage"
        return f"everyone of whom it is known lives within reach of {within} (out of reach: {between})"
    return f"about {roughly(figures.uncovered)} people ({between}) live {of_service(service)}"


def _name(service: str) -> str:
    return "any network" if service == "any" else service
