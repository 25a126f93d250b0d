"""Rows of a site list that are not used, counted by reason with an example of each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ewcm.core.input_warning import InputWarning
from ewcm.sources.position import Bbox, exchanged
from ewcm.sources.site_places import Places
from ewcm.sources.site_words import Technologies

#: Why rows are left out that say nothing against a list.
NO_SITES = "that are no sites (titles, totals, notes)"


def usable_rows(
    place: Places,
    named: Technologies,
    gone: tuple[np.ndarray, str],
    elsewhere: tuple[np.ndarray, str],
    bbox: Bbox | None,
) -> tuple[np.ndarray, dict[str, int], dict[str, str]]:
    """Rows that are used; the number of the others by reason (each under its first), and an example of each reason. ``gone``,
    ``elsewhere``: rows of sites out of service and of other countries, with an example."""
    lat, lon = place.lat, place.lon
    empty = np.isnan(lat) | np.isnan(lon)
    swapped = exchanged(lat, lon, bbox)
    further = np.zeros(len(lat), dtype=bool) if named.further is None else named.further
    reasons = {
        "of another country": elsewhere,
        "of another technology than the one that is stated": (further, ""),
        "of another kind than a mobile network for phones": (named.others, named.others_example),
        "that are no sites in service (planned, or closed)": gone,
        "with a position that cannot be read": (empty & place.unread, place.example),
        "with no position": (empty, ""),
        "at 0°, 0°": ((lat == 0) & (lon == 0), ""),
        "with an impossible position": (
            (np.abs(lat) > 90) | (np.abs(lon) > 360),
            _shown(lat, lon, (np.abs(lat) > 90) | (np.abs(lon) > 360)),
        ),
        "with latitude and longitude exchanged": (swapped, _shown(lat, lon, swapped)),
        "with no known technology": (np.array([not one for one in named.named], dtype=bool), named.unknown_example),
    }
    usable = np.ones(len(lat), dtype=bool)
    broken, examples = {}, {}
    for reason, (bad, shown) in reasons.items():
        hit = usable & bad
        broken[reason] = int(hit.sum())
        if hit.any() and shown:
            examples[reason] = shown
        usable &= ~hit
    return usable, broken, examples


def _shown(lat: np.ndarray, lon: np.ndarray, rows: np.ndarray) -> str:
    return f"{lat[rows][0]:.6g}, {lon[rows][0]:.6g}" if rows.any() else ""


def reasons_in_words(broken: Mapping[str, int], examples: Mapping[str, str]) -> str:
    return ", ".join(
        f"{count} {reason}" + (f" (such as '{examples[reason]}')" if reason in examples else "")
        for reason, count in broken.items()
        if count
    )


def row_warnings(broken: Mapping[str, int], examples: Mapping[str, str], rows: int) -> tuple[InputWarning, ...]:
    """The warning about the rows that were not used; none where these are only the titles and totals of the table."""
    lost = sum(broken.values())
    if lost == broken.get(NO_SITES, 0):
        return ()
    text = f"{lost} of {rows} rows were not used: {reasons_in_words(broken, examples)}."
    return (InputWarning("rows", text, {"lost": lost, "rows": rows}),)
