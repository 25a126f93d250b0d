"""Alerts: messages of CAP (Common Alerting Protocol 1.0, 1.1 and 1.2 of OASIS), alone, in EDXL-DE or in feeds.

A signature is not checked, and that is said. Nothing that an alert names (links, resources, references) is ever fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import shapely

from ewcm.errors import InputError
from ewcm.sources.alert_areas import AlertArea, area_of
from ewcm.sources.alert_notes import note

#: Corners of all shapes of one alert.
MAX_VERTICES = 100_000

#: Severities of CAP, the gravest first.
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")

#: A circle of this radius or more is doubted [km].
WIDE_KM = 500.0

#: Blocks of <info>, and areas in them, of one alert.
MAX_AREAS = 20_000

_VERSIONS = {
    "urn:oasis:names:tc:emergency:cap:1.2": "1.2",
    "urn:oasis:names:tc:emergency:cap:1.1": "1.1",
    "http://www.incident.com/cap/1.0": "1.0",
    "urn:oasis:names:tc:emergency:cap:1.0": "1.0",
}

#: Kinds of messages that answer another one and warn of nothing.
ANSWERS = ("Ack", "Error")

#: What every alert must have (CAP 1.2, section 3.2.1).
_NEEDED = ("identifier", "sender", "sent", "status", "msgType", "scope")


@dataclass(frozen=True)
class AlertGroup:
    """What an alert says in one or several languages of one event at one time.

    ``event``: its words in the first language. ``headlines``, ``instructions``: by language. ``effective``, ``onset``,
    ``expires``: None where they are not stated. ``areas``: without those that only another language repeats. ``responses``:
    types of what to do (``Evacuate``, ``AllClear``).
    """

    event: str
    severity: str
    urgency: str
    certainty: str
    effective: datetime | None
    onset: datetime | None
    expires: datetime | None
    headlines: dict[str, str]
    instructions: dict[str, str]
    areas: tuple[AlertArea, ...]
    responses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Alert:
    """One message.

    ``status``: ``Actual``, ``Exercise``, ``System``, ``Test`` or ``Draft``, as it is written. ``kind``: ``Alert``, ``Update``,
    ``Cancel``, ``Ack`` or ``Error``. ``references``: identifiers of the messages that it takes the place of. ``version``: of CAP,
    or ``feed`` where a feed gives its short form only. ``referred``: as ``references``, with their senders in front.
    ``superseded``: whether another message of the same source takes its place or cancels it. ``notes``: sentences on what was
    assumed or left out.
    """

    identifier: str
    sender: str
    sent: datetime | None
    status: str
    kind: str
    scope: str
    version: str
    references: tuple[str, ...]
    groups: tuple[AlertGroup, ...]
    signed: bool = False
    superseded: str = ""
    notes: tuple[str, ...] = ()
    referred: tuple[tuple[str, str], ...] = ()

    def state(self, at: datetime) -> str:
        """``cancelled`` or ``updated`` by another message, ``cancels`` others itself, ``answers`` one (no alert), ``expired``,
        ``not yet`` sent or effective, or ``in force``."""
        if self.superseded:
            return self.superseded
        if self.kind in ANSWERS:
            return "answers"
        if self.kind == "Cancel":
            return "cancels"
        ends = [group.expires for group in self.groups]
        if ends and all(end is not None and end <= at for end in ends):
            return "expired"
        begins = [group.effective for group in self.groups]
        later = bool(begins) and all(begin is not None and begin > at for begin in begins)
        if later or (self.sent is not None and self.sent > at):
            return "not yet"
        return "in force"

    @property
    def all_clear(self) -> bool:
        """Whether all of it says that the danger is over."""
        return bool(self.groups) and all(group.responses == ("AllClear",) for group in self.groups)

    @property
    def without_end(self) -> bool:
        """Whether no event of it says when it expires."""
        return not any(group.expires for group in self.groups)


@dataclass(frozen=True)
class AlertFile:
    """The alerts of a file, in its order, and ``left_out``: a sentence for each kind of what it holds beside them."""

    alerts: tuple[Alert, ...]
    left_out: tuple[str, ...] = ()


def messages_in(root: ET.Element) -> Iterator[ET.Element]:
    """Every message within an element, itself too, none within another."""
    if local_name(root) == "alert":
        yield root
        return
    for child in root:
        yield from messages_in(child)


def local_name(element: ET.Element) -> str:
    """The name of an element without its namespace; empty for comments."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: ET.Element, name: str) -> list[ET.Element]:
    """The children of a local name, in whatever namespace: mixed ones are met in the wild."""
    return [child for child in element if local_name(child) == name]


def text_of(element: ET.Element, name: str) -> str:
    """The text of the first child of a name, on one line; empty where there is none."""
    for child in children(element, name):
        return " ".join("".join(child.itertext()).split())
    return ""


def alert_of(message: ET.Element, path: Path) -> Alert:
    """The alert of an ``<alert>``. Raises :class:`InputError` where it cannot be told from others or says no status."""
    values = {name: text_of(message, name) for name in _NEEDED}
    notes: list[str] = []
    missing = [name for name, value in values.items() if not value]
    if {"identifier", "status", "msgType"} & set(missing):
        raise InputError(f"{path}: an alert has no <{missing[0]}>, which CAP demands; ask its sender")
    if missing:
        notes.append(note("missing", names=", ".join(missing)))
    namespace = message.tag.rpartition("}")[0].lstrip("{")
    version = _VERSIONS.get(namespace, "")
    if not version:
        notes.append(note("namespace", namespace=namespace[:80]))
    signed = any(local_name(child) == "Signature" for child in message)
    if signed:
        notes.append(note("signed"))
    if values["scope"] and values["scope"] != "Public":
        notes.append(note("scope", scope=values["scope"][:40]))
    infos = children(message, "info")
    if not infos:
        notes.append(note("no_info"))
    if sum(1 + len(children(info, "area")) for info in infos) > MAX_AREAS:
        raise InputError(f"{path}: an alert has more than {MAX_AREAS} areas; simplify it")
    corners = sum(len((shape.text or "").split()) for shape in message.iter() if local_name(shape) == "polygon")
    if corners > MAX_VERTICES:
        raise InputError(
            f"{path}: the polygons of an alert have {corners:,} corners, the limit is {MAX_VERTICES:,}; simplify"
        )
    referred = _references(text_of(message, "references"))
    groups = _grouped([_group_of(info, notes) for info in infos])
    alert = Alert(
        identifier=values["identifier"],
        sender=values["sender"],
        sent=moment(values["sent"], notes),
        status=values["status"],
        kind=values["msgType"],
        scope=values["scope"],
        version=version or "1.2",
        references=tuple(dict.fromkeys(identifier for _, identifier in referred)),
        groups=tuple(group for _, group in groups),
        signed=signed,
        referred=referred,
    )
    return replace(alert, notes=tuple(dict.fromkeys([*notes, *_notes_of_areas(alert)])))


def _references(text: str) -> tuple[tuple[str, str], ...]:
    """Senders and identifiers of ``sender,identifier,sent`` triples, separated by spaces."""
    triples = [part.split(",") for part in text.split()]
    return tuple(dict.fromkeys((triple[0], ",".join(triple[1:-1])) for triple in triples if len(triple) >= 3))


def moment(text: str, notes: list[str]) -> datetime | None:
    """A time of CAP; None where it is none. One without a time zone is taken as UTC, and that is noted."""
    if not text:
        return None
    midnight = re.fullmatch(r"(.+T)24(:?00){1,2}(?:\.0+)?(.*)", text)  # ISO 8601 calls the end of a day so
    try:
        if re.match(r"[A-Za-z]{3},", text):  # RSS writes its times as mail does
            found = parsedate_to_datetime(text)
        elif midnight:
            found = datetime.fromisoformat(f"{midnight[1]}00:00{midnight[3]}") + timedelta(days=1)
        else:
            found = datetime.fromisoformat(text)
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        if not 1970 <= found.year <= 9000:
            raise ValueError
        if not re.search(r"([Zz]|GMT|UTC?|[+-]\d\d(:?\d\d)?)$", text) or re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            notes.append(note("no_zone", time=text[:40]))
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        notes.append(note("bad_time", time=text[:40]))
        return None


#: What tells events of one alert apart: codes or words of the event, and what follows of severity and times.
_Key = tuple[object, ...]


def _group_of(info: ET.Element, notes: list[str]) -> tuple[_Key, AlertGroup]:
    """One <info> as a group of one language, and what tells its event from others."""
    language = text_of(info, "language") or "en-US"  # the default of CAP
    codes = sorted((text_of(code, "valueName"), text_of(code, "value")) for code in children(info, "eventCode"))
    codes = [code for code in codes if code[1]]
    times = [moment(text_of(info, name), notes) for name in ("effective", "onset", "expires")]
    event = text_of(info, "event")
    group = AlertGroup(
        event=event,
        severity=text_of(info, "severity") or "Unknown",
        urgency=text_of(info, "urgency") or "Unknown",
        certainty=text_of(info, "certainty") or "Unknown",
        effective=times[0],
        onset=times[1],
        expires=times[2],
        headlines={language: text_of(info, "headline") or event},
        instructions={language: text_of(info, "instruction")},
        areas=tuple(_area_of(area) for area in children(info, "area")),
        responses=tuple(
            sorted({text for child in children(info, "responseType") if (text := " ".join((child.text or "").split()))})
        ),
    )
    categories = tuple(sorted(" ".join((child.text or "").split()) for child in children(info, "category")))
    return (tuple(codes) or event.casefold(), categories), group


def _area_of(area: ET.Element) -> AlertArea:
    return area_of(
        text_of(area, "areaDesc"),
        [child.text or "" for child in children(area, "polygon")],
        [child.text or "" for child in children(area, "circle")],
        [code for child in children(area, "geocode") for code in codes_of(child)],
        altitude=bool(text_of(area, "altitude") or text_of(area, "ceiling")),
    )


def codes_of(geocode: ET.Element) -> list[tuple[str, str]]:
    """Schemes and codes of a ``<geocode>``. Feeds put several of them into one, and several codes into one value."""
    names = [" ".join((child.text or "").split()) for child in children(geocode, "valueName")]
    values = [(child.text or "").split() for child in children(geocode, "value")]
    return [(name, code) for name, codes in zip(names, values, strict=False) for code in codes]


def _same_moment(group: AlertGroup) -> _Key:
    return group.severity, group.urgency, group.certainty, group.effective, group.onset, group.expires


def _ground(group: AlertGroup) -> frozenset[object]:
    """What a group says of its areas, without words."""
    return frozenset(
        (None if area.shape is None else shapely.to_wkb(area.shape), area.points, area.codes) for area in group.areas
    )


def _grouped(found: list[tuple[_Key, AlertGroup]]) -> list[tuple[_Key, AlertGroup]]:
    """Blocks of one event, severity, urgency, certainty and time together, whatever their language.

    Events are one where their codes or words are; or, in different languages, where category, times and ground are.
    """
    groups: list[tuple[_Key, AlertGroup]] = []
    for key, group in found:
        for number, (other_key, other) in enumerate(groups):
            if _same_moment(group) != _same_moment(other):
                continue
            translated = (
                key[1] == other_key[1]
                and not set(group.headlines) & set(other.headlines)
                and _ground(group) == _ground(other)
            )
            if key[0] == other_key[0] or translated:
                groups[number] = (other_key, _joined(other, group))
                break
        else:
            groups.append((key, group))
    return groups


def _joined(one: AlertGroup, two: AlertGroup) -> AlertGroup:
    """Two blocks of one event; areas that both have stand once."""
    known = {_ground(replace(one, areas=(area,))) for area in one.areas if area.shape is not None or area.codes}
    further = tuple(area for area in two.areas if _ground(replace(two, areas=(area,))) not in known)
    return replace(
        one,
        headlines=_first_of(one.headlines, two.headlines),
        instructions=_first_of(one.instructions, two.instructions),
        areas=(*one.areas, *further),
    )


def _first_of(one: dict[str, str], two: dict[str, str]) -> dict[str, str]:
    return one | {language: text for language, text in two.items() if language not in one}


def _notes_of_areas(alert: Alert) -> Iterator[str]:
    areas = [area for group in alert.groups for area in group.areas]
    if any(area.altitude for area in areas):
        yield note("heights")
    if any(area.swapped for area in areas):
        yield note("swapped")
    if any(area.crossed for area in areas):
        yield note("crossed")
    if any(area.decimal_commas for area in areas):
        yield note("commas")
    widest = max((area.widest_km for area in areas), default=0.0)
    if widest >= WIDE_KM:
        yield note("wide", radius=round(widest))
    for text in [text for area in areas for text in area.broken][:5]:
        yield note("broken", text=text)
    for area in areas:
        if area.shape is None and area.points and not area.codes:
            lon, lat = area.points[0]
            yield note("point", area=area.description[:60], lat=f"{lat:g}", lon=f"{lon:g}")


def bounds_of(alert: Alert) -> np.ndarray | None:
    """West, south, east, north of all shapes of an alert [degrees]; None where it has none."""
    shapes = [area.shape for group in alert.groups for area in group.areas if area.shape is not None]
    return shapely.total_bounds(np.array(shapes, dtype=object)) if shapes else None
