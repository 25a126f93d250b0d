"""What a result says in a few words of English."""

from __future__ import annotations

from ewcm.analysis.reach import ServiceFigures
from ewcm.report.numbers import exact_range, percent, rough_percent, rough_range, roughly
from ewcm.result import CountryResult


def headline(result: CountryResult) -> str:
    """Some lines that say what a run found: the headline, the people of whom nothing is known, the year of the oldest input."""
    name, people = result.data.country.name, result.inhabitants
    example = " (STARTER DATA: example data, set to official shares)" if result.data.starter else ""
    service = result.headline_service
    if not people:
        first = "the population grid holds no people"
    elif service is None and _nobody_left(result):
        first = f"all {people:,.0f} people live within the coverage that is known"
    elif service is None and result.services["any"].covered:
        found = result.services["any"]
        share = "" if found.covered_share is None else f" ({rough_percent(found.covered_share)})"
        first = (
            f"{found.covered:,.0f} of {people:,.0f} people{share} are known to live within reach of a mobile network; "
            f"coverage unknown for the other {found.unknown:,.0f}: whether they are out of reach cannot be told from these data"
        )
    elif service is None:
        first = (
            f"coverage unknown: who of {people:,.0f} people is out of reach of an alert cannot be told from these data"
        )
    else:
        leading = _out_of_reach(service, result.services[service])
        first = "; ".join((leading, *basis(result), *nearly_everyone(result), *_roughly_unknown(result)))
    lines = [f"{name}{example}: {first}"]
    if service is not None and people:
        figures = result.services[service]
        share = "" if figures.uncovered_share is None else f" ({figures.uncovered_share:.2%})"
        between = exact_range(figures.uncovered_low, figures.uncovered_high)
        lines.append(f"  {of_service(service)}: {figures.uncovered:,.0f} of {people:,.0f} people{share}; {between}")
    lines += [
        f"  coverage unknown, {network(other)}: {found.unknown:,.0f} ({found.unknown_share:.2%})"
        for other, found in unknown_of(result)
    ]
    lines.append(f"  {oldest_input(result)}")
    return "\n".join(lines)


def _nobody_left(result: CountryResult) -> bool:
    """Whether everybody is covered, so that nobody is left of whom it could be asked."""
    found = result.services["any"]
    return found.covered is not None and round(found.unknown) == 0


def unknown_of(result: CountryResult) -> list[tuple[str, ServiceFigures]]:
    """The services among any network and that of the headline of which something is unknown for somebody."""
    shown = {name: result.services[name] for name in ("any", result.headline_service or "any")}
    return [(name, found) for name, found in shown.items() if found.unknown and found.unknown_share is not None]


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
    share = "" if figures.uncovered_share is None else f", {rough_percent(figures.uncovered_share)} of all"
    one = figures.uncovered is not None and round(figures.uncovered) == 1
    people, live = ("person", "lives") if one else ("people", "live")
    return f"about {roughly(figures.uncovered)} {people} ({between}) {live} {of_service(service)}{share}"


def basis(result: CountryResult) -> list[str]:
    """What the headline rests on that a reader could take for more than it is: an estimate, or the sources of some operators as
    if they were all."""
    found = []
    if (estimate := estimate_of(result)) is not None:
        share = estimate.get("set_to_share")
        target = f", set to the official share of {percent(share)} covered" if isinstance(share, float) else ""
        found.append(f"a statistical estimate{target}")
    found += [
        f"counted with {', '.join(names)} only, taken as all operators there are" for names in taken_alone(result)
    ]
    return found


def estimate_of(result: CountryResult) -> dict[str, object] | None:
    """What summary.json says of the estimate of the headline's service; None where it is none."""
    estimated = result.summary.get("estimated")
    found = estimated.get(result.headline_service or "") if isinstance(estimated, dict) else None
    return found if isinstance(found, dict) else None


def taken_alone(result: CountryResult) -> list[list[str]]:
    """The operators whose sources were taken as all there are, of each caveat that speaks of the headline's service."""
    if result.headline_service is None:
        return []
    own, found = set(result.coverage.services[result.headline_service].channels), []
    for values in (caveat.values for caveat in result.caveats if caveat.code == "operators_taken_as_all"):
        channels, operators = values["technologies"], values["operators"]
        if isinstance(channels, list) and isinstance(operators, list) and own.intersection(map(str, channels)):
            found.append([str(one) for one in operators])
    return found


def nearly_everyone(result: CountryResult) -> list[str]:
    """What is said of the services before that of the headline, of which nearly nobody is out of reach."""
    found = []
    for name in result.nearly_all_covered:
        figures = result.services[name]
        within = "lives within reach of a mobile network" if name == "any" else f"has {name} coverage"
        between = rough_range(figures.uncovered_low, figures.uncovered_high)
        if round(figures.uncovered or 0) == 0:
            found.append(f"everyone of whom it is known {within} (out of reach: {between})")
        else:
            found.append(
                f"nearly everyone of whom it is known {within} (all but {roughly(figures.uncovered)}; {between})"
            )
    return found


def _roughly_unknown(result: CountryResult) -> list[str]:
    """How many people are unknown, by service where the headline's is not any network."""
    return [
        f"coverage unknown{'' if result.headline_service == 'any' else f', {network(name)}'}: about {roughly(found.unknown)}"
        for name, found in unknown_of(result)
    ]


def network(service: str) -> str:
    """A service as it is named where its unknown people are told."""
    return "any network" if service == "any" else service
