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

from ewcm.core.finding import Caveat
from ewcm.errors import InputError
from ewcm.sources.alert_areas import AlertArea, area_of
from ewcm.sources.alert_notes import each_once, note, notes_of_areas, test_words
from ewcm.sources.alert_outlines import corners_in

#: Corners of all shapes of one alert.
MAX_VERTICES = 100_000

#: Severities of CAP, the gravest first.
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")

#: Its other words for events.
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")
RESPONSES = ("Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None")

#: An alert of which no event says when it ends is old this long after it was sent: CAP leaves that to its readers.
OLD_AFTER = timedelta(days=2)

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

#: The words of CAP that say what a message is; they are read in whatever case they are written.
STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
KINDS = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPES = ("Public", "Restricted", "Private")

#: What every alert must have (CAP 1.2, section 3.2.1).
_NEEDED = ("identifier", "sender", "sent", "status", "msgType", "scope")


@dataclass(frozen=True)
class AlertGroup:
    """What an alert says in one or several languages of one event at one time.

    ``event``: its words in the first language. ``event_in``, ``headlines``, ``instructions``: by language. ``effective``,
    ``onset``, ``expires``: None where they are not stated. ``areas``: without those that only another language repeats.
    ``responses``: types of what to do (``Evacuate``, ``AllClear``).
    """

    event: str
    severity: str
    urgency: str
    certainty: str
    effective: datetime | None
    onset: datetime | None
    expires: datetime | None
    event_in: dict[str, str]
    headlines: dict[str, str]
    instructions: dict[str, str]
    areas: tuple[AlertArea, ...]
    responses: tuple[str, ...] = ()

    def state(self, at: datetime) -> str:
        """``expired``, ``all clear`` (what it warned of is over), ``past`` (nothing is to be done any more), ``not yet``
        effective, or ``in force``."""
        if self.expires is not None and self.expires <= at:
            return "expired"
        if "AllClear" in self.responses:
            return "all clear"
        if self.urgency == "Past":
            return "past"
        return "not yet" if self.effective is not None and self.effective > at else "in force"


@dataclass(frozen=True)
class Successor:
    """A message that takes the place of another or cancels it (``kind``); ``direct``: whether it refers to that one itself, or
    to an update of it."""

    kind: str
    sender: str
    identifier: str
    sent: datetime | None
    direct: bool = True


@dataclass(frozen=True)
class Alert:
    """One message.

    ``status``: ``Actual``, ``Exercise``, ``System``, ``Test`` or ``Draft``, as it is written. ``kind``: ``Alert``, ``Update``,
    ``Cancel``, ``Ack`` or ``Error``. ``referred``: the messages that it names (sender, identifier, sent). ``version``: of CAP, or
    ``feed`` where a feed gives its short form only. ``successors``: the messages of the same file or folder that take its place
    or cancel it. ``said``: what was assumed or left out.
    """

    identifier: str
    sender: str
    sent: datetime | None
    status: str
    kind: str
    scope: str
    version: str
    groups: tuple[AlertGroup, ...]
    signed: bool = False
    referred: tuple[tuple[str, str, str], ...] = ()
    successors: tuple[Successor, ...] = ()
    caveats: tuple[Caveat, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What is said of it, in English."""
        return tuple(each.text for each in self.caveats)

    @property
    def references(self) -> tuple[str, ...]:
        """Identifiers of the messages that it names."""
        return tuple(dict.fromkeys(identifier for _, identifier, _ in self.referred))

    def state(self, at: datetime) -> str:
        """``not yet`` sent or effective; ``cancelled`` or ``updated`` by another message that was sent by then; ``answers``
        one (no alert); ``cancels`` others; ``expired``, ``all clear`` or ``past`` where all its events are; ``old`` where none of
        them says an end and it was sent more than two days before; else ``in force``.

        What it warns of may begin later (``onset``): a warning is in force before that.
        """
        if self.sent is not None and self.sent > at:
            return "not yet"
        taken = [each.kind for each in self.successors_by(at) if each.direct]
        if taken:
            return "cancelled" if "Cancel" in taken else "updated"
        if self.kind in ANSWERS:
            return "answers"
        if self.kind == "Cancel":
            return "cancels"
        states = [group.state(at) for group in self.groups]
        for state in ("in force", "not yet", "all clear", "past", "expired"):
            if state in states:
                return "old" if state == "in force" and self._is_old(at) else state
        return "old" if self._is_old(at) else "in force"

    def _is_old(self, at: datetime) -> bool:
        open_ended = all(group.expires is None for group in self.groups if group.state(at) == "in force")
        return open_ended and self.sent is not None and at - self.sent > OLD_AFTER

    def successors_by(self, at: datetime) -> tuple[Successor, ...]:
        """Those of its successors that were sent by then."""
        return tuple(each for each in self.successors if each.sent is None or each.sent <= at)

    def counted(self, at: datetime) -> tuple[AlertGroup, ...]:
        """The events whose ground counts: those that are neither expired nor over; all where none is left."""
        over = ("expired", "all clear", "past")
        return tuple(group for group in self.groups if group.state(at) not in over) or self.groups

    def begins(self, at: datetime) -> datetime | None:
        """When the first of what it warns of begins, where that lies ahead."""
        onsets = [group.onset for group in self.counted(at)]
        known = [onset for onset in onsets if onset is not None]
        return min(known) if known and len(known) == len(onsets) and min(known) > at else None


@dataclass(frozen=True)
class AlertFile:
    """The alerts of a file, in its order, and ``caveats``: one for each kind of what it holds beside them."""

    alerts: tuple[Alert, ...]
    caveats: tuple[Caveat, ...] = ()

    @property
    def left_out(self) -> tuple[str, ...]:
        """What is said, in English."""
        return tuple(each.text for each in self.caveats)


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
    caveats: list[Caveat] = []
    missing = [name for name, value in values.items() if not value]
    if {"identifier", "status", "msgType"} & set(missing):
        raise InputError(f"{path}: an alert has no <{missing[0]}>, which CAP demands; ask its sender")
    if missing:
        caveats.append(note("lacks", elements=", ".join(missing)))
    namespace = message.tag.rpartition("}")[0].lstrip("{")
    version = _VERSIONS.get(namespace, "")
    if not version:
        caveats.append(note("namespace", name=namespace[:80]))
    signed = any(local_name(child) == "Signature" for child in message)
    if signed:
        caveats.append(note("signed"))
    status, kind = _word(values["status"], STATUSES), _word(values["msgType"], KINDS)
    scope = _word(values["scope"], SCOPES)
    if scope and scope != "Public":
        caveats.append(note("scope", scope=scope[:40]))
    if kind not in KINDS:
        caveats.append(note("kind", kind=kind[:40]))
    infos = children(message, "info")
    if not infos:
        caveats.append(note("no_info"))
    if sum(1 + len(children(info, "area")) for info in infos) > MAX_AREAS:
        raise InputError(f"{path}: an alert has more than {MAX_AREAS} areas; simplify it")
    corners = sum(corners_in(shape.text or "") for shape in message.iter() if local_name(shape) == "polygon")
    if corners > MAX_VERTICES:
        raise InputError(
            f"{path}: the polygons of an alert have {corners:,} corners, the limit is {MAX_VERTICES:,}; simplify"
        )
    groups = tuple(group for _, group in _grouped([_group_of(info, caveats) for info in infos]))
    sent = moment(values["sent"], caveats)
    words = test_words(text for group in groups for text in (group.event, *group.headlines.values()))
    if words and status == "Actual":
        caveats.append(note("test_words", word=words))
    caveats += notes_of_areas([area for group in groups for area in group.areas])
    referred, unread = references_in(text_of(message, "references"))
    if unread:
        caveats.append(note("references_unread", text=unread[0][:60]))
    elif not referred and kind in ("Update", "Cancel"):
        caveats.append(note("no_references"))
    return Alert(
        identifier=values["identifier"],
        sender=values["sender"],
        sent=sent,
        status=status,
        kind=kind,
        scope=scope,
        version=version or "1.2",
        groups=groups,
        signed=signed,
        referred=referred,
        caveats=each_once(caveats),
    )


def _word(text: str, words: tuple[str, ...]) -> str:
    """A word of CAP as CAP writes it; any other as it is written."""
    return next((word for word in words if word.lower() == text.lower()), text)


def references_in(text: str) -> tuple[tuple[tuple[str, str, str], ...], list[str]]:
    """Senders, identifiers and times of ``sender,identifier,sent`` triples, separated by spaces; and what is no such triple."""
    parts = [part.split(",") for part in text.split()]
    triples = [(part[0], ",".join(part[1:-1]), part[-1]) for part in parts if len(part) >= 3]
    return tuple(dict.fromkeys(triples)), [",".join(part) for part in parts if len(part) < 3]


def moment(text: str, caveats: list[Caveat]) -> datetime | None:
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
        if not has_zone(text):
            caveats.append(note("no_zone", time=text[:40]))
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        caveats.append(note("no_time", time=text[:40]))
        return None


def has_zone(text: str) -> bool:
    """Whether a time says its zone."""
    zone = re.search(r"([Zz]|GMT|UTC?|[+-]\d\d(:?\d\d)?)$", text)
    return zone is not None and not re.fullmatch(r"\d{4}-\d\d-\d\d", text)


#: What tells events of one alert apart: codes or words of the event, and what follows of severity and times.
_Key = tuple[object, ...]


def _group_of(info: ET.Element, caveats: list[Caveat]) -> tuple[_Key, AlertGroup]:
    """One <info> as a group of one language, and what tells its event from others."""
    language = text_of(info, "language") or "en-US"  # the default of CAP
    codes = sorted((text_of(code, "valueName"), text_of(code, "value")) for code in children(info, "eventCode"))
    codes = [code for code in codes if code[1]]
    times = [moment(text_of(info, name), caveats) for name in ("effective", "onset", "expires")]
    event = text_of(info, "event")
    group = AlertGroup(
        event=event,
        severity=_word(text_of(info, "severity"), SEVERITIES) or "Unknown",
        urgency=_word(text_of(info, "urgency"), URGENCIES) or "Unknown",
        certainty=_word(text_of(info, "certainty"), CERTAINTIES) or "Unknown",
        effective=times[0],
        onset=times[1],
        expires=times[2],
        event_in={language: event},
        headlines={language: text_of(info, "headline") or event},
        instructions={language: text_of(info, "instruction")},
        areas=tuple(_area_of(area) for area in children(info, "area")),
        responses=tuple(sorted({_word(text, RESPONSES) for text in _words_in(info, "responseType")})),
    )
    categories = tuple(sorted(" ".join((child.text or "").split()) for child in children(info, "category")))
    return (tuple(codes) or event.casefold(), categories), group


def _words_in(info: ET.Element, name: str) -> list[str]:
    """The words of the children of a name that hold one."""
    return [text for child in children(info, name) if (text := "".join((child.text or "").split()))]


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
        event_in=_first_of(one.event_in, two.event_in),
        headlines=_first_of(one.headlines, two.headlines),
        instructions=_first_of(one.instructions, two.instructions),
        areas=(*one.areas, *further),
    )


def _first_of(one: dict[str, str], two: dict[str, str]) -> dict[str, str]:
    return one | {language: text for language, text in two.items() if language not in one}


def bounds_of(alert: Alert) -> np.ndarray | None:
    """West, south, east, north of all shapes of an alert [degrees]; None where it has none."""
    shapes = [area.shape for group in alert.groups for area in group.areas if area.shape is not None]
    return shapely.total_bounds(np.array(shapes, dtype=object)) if shapes else None
