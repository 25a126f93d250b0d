"""Feeds of alerts, RSS or Atom: whole alerts within their entries, or the short form that the entries themselves give.

An entry that only links to its alert is counted and said; nothing is fetched.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from ewcm.core.finding import Caveat
from ewcm.errors import InputError
from ewcm.sources.alert_areas import AlertArea, area_of
from ewcm.sources.alert_notes import note, notes_of_areas
from ewcm.sources.alerts import (
    Alert,
    AlertFile,
    AlertGroup,
    alert_of,
    children,
    codes_of,
    local_name,
    messages_in,
    moment,
    text_of,
)


def alerts_of_feed(root: ET.Element, path: Path) -> AlertFile:
    """The alerts of a feed. Raises :class:`InputError` for a feed in which no entry says where its alert holds."""
    entries = [each for each in root.iter() if local_name(each) in ("item", "entry")]
    if not entries:
        raise InputError(f"{path}: is a feed without entries; nothing is in force there, or it was cut off")
    alerts: list[Alert] = []
    linked, faults = 0, []
    for entry in entries:
        whole = list(messages_in(entry))
        try:
            alerts += [alert_of(message, path) for message in whole]
        except InputError as error:
            faults.append(str(error))
            continue
        if not whole:
            short = _short_form(entry)
            if short is None:
                linked += 1
            else:
                alerts.append(short)
    if not alerts:
        raise InputError(
            f"{path}: is a feed whose {len(entries)} entries only link to their alerts, which are not fetched; download "
            "those that matter and name them"
        )
    caveats = [note("linked", file=path.name, linked=linked, entries=len(entries))] if linked else []
    caveats += [note("faulty_entries", count=len(faults), fault=faults[0])] if faults else []
    return AlertFile(tuple(alerts), tuple(caveats))


def _short_form(entry: ET.Element) -> Alert | None:
    """An alert as the elements of an entry give it (those of CAP and GeoRSS); None where they say no area."""
    terms = dict(
        term.split("=", 1) for child in children(entry, "category") if "=" in (term := child.get("term") or "")
    )

    def value(name: str) -> str:
        return text_of(entry, name) or terms.get(name, "")

    area = _area(entry, value("areaDesc") or text_of(entry, "title"))
    if area.shape is None and not area.codes and not area.points:
        return None
    caveats: list[Caveat] = [note("short_form")]
    status, kind = value("status"), value("msgType")
    if not status:
        caveats.append(note("no_status"))
    title = text_of(entry, "title")
    language = value("language") or "en-US"
    group = AlertGroup(
        event=value("event") or title,
        severity=value("severity") or "Unknown",
        urgency=value("urgency") or "Unknown",
        certainty=value("certainty") or "Unknown",
        effective=moment(value("effective"), caveats),
        onset=moment(value("onset"), caveats),
        expires=moment(value("expires"), caveats),
        event_in={},
        headlines={language: title},
        instructions={language: ""},
        areas=(area,),
    )
    sent = value("sent") or text_of(entry, "published") or text_of(entry, "updated") or text_of(entry, "pubDate")
    if not sent and group.expires is None:
        caveats.append(note("undated"))
    return Alert(
        identifier=text_of(entry, "identifier") or text_of(entry, "id") or text_of(entry, "guid") or title,
        sender=value("sender") or text_of(entry, "author"),
        sent=moment(sent, caveats),
        status=status or "not stated",
        kind=kind or "Alert",
        scope="Public",
        version="feed",
        groups=(group,),
        caveats=(*caveats, *notes_of_areas([area])),
    )


def _area(entry: ET.Element, description: str) -> AlertArea:
    """The area of an entry. A point of GeoRSS is a place to show, not an area: it counts as a circle without a radius."""
    points = [f"{text} 0" for child in children(entry, "point") if (text := (child.text or "").strip())]
    return area_of(
        description,
        [*(child.text or "" for child in children(entry, "polygon")), *_of_georss(entry)],
        [*(child.text or "" for child in children(entry, "circle") if child.tag.endswith("circle")), *points],
        [code for child in children(entry, "geocode") for code in codes_of(child)],
    )


def _of_georss(entry: ET.Element) -> list[str]:
    """The rings of boxes of GeoRSS, and of polygons that it writes as GML, without their holes; all latitude first."""
    found = []
    for box in children(entry, "box"):
        corners = (box.text or "").replace(",", " ").split()
        if len(corners) == 4:
            south, west, north, east = corners
            found.append(f"{south},{west} {south},{east} {north},{east} {north},{west} {south},{west}")
    rings = [
        ring
        for where in children(entry, "where")
        for outer in where.iter()
        if local_name(outer) == "exterior"
        for ring in outer.iter()
        if local_name(ring) == "posList" and ring.get("srsDimension", "2") == "2"
    ]
    return [*found, *(ring.text or "" for ring in rings)]
