"""Alerts made for tests."""

#: A box of two degrees, as CAP writes it: latitude, longitude.
BOX = "0,31 0,33 2,33 2,31 0,31"


def info(
    *,
    language="",
    event="Flood",
    severity="Severe",
    expires="2026-01-02T12:00:00+03:00",
    headline="High water",
    polygon=BOX,
    area=None,
):
    """An <info> block; ``area``: its area as XML, in the place of one with ``polygon``."""
    area = f"<area><areaDesc>The box</areaDesc><polygon>{polygon}</polygon></area>" if area is None else area
    language = f"<language>{language}</language>" if language else ""
    return (
        f"<info>{language}<category>Met</category><event>{event}</event><urgency>Immediate</urgency>"
        f"<severity>{severity}</severity><certainty>Observed</certainty><expires>{expires}</expires>"
        f"<headline>{headline}</headline><instruction>Go uphill.</instruction>{area}</info>"
    )


def cap(
    content,
    *,
    identifier="made-1",
    status="Actual",
    kind="Alert",
    references="",
    namespace="urn:oasis:names:tc:emergency:cap:1.2",
    extra="",
):
    """A message of CAP around ``content``."""
    references = f"<references>{references}</references>" if references else ""
    return (
        f'<?xml version="1.0"?><alert xmlns="{namespace}"><identifier>{identifier}</identifier><sender>s@x</sender>'
        f"<sent>2026-01-01T00:00:00Z</sent><status>{status}</status><msgType>{kind}</msgType><scope>Public</scope>"
        f"{references}{content}{extra}</alert>"
    )
