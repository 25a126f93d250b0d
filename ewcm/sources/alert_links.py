"""Which messages of a file or folder take the place of others, by what they refer to: sender, identifier and time of sending.

CAP tells messages apart by these three (CAP 1.2 of OASIS, 2010, section 3.2.1): offices with running numbers share identifiers,
and one office may begin anew each year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ewcm.core.finding import Caveat, Json
from ewcm.sources.alert_notes import each_once, note, time_text
from ewcm.sources.alerts import Alert, AlertFile, Successor, has_zone, moment

#: Times that lie closer to each other are one: some programs drop fractions of a second.
_ONE_MOMENT = timedelta(seconds=1)

#: Messages of one identifier that each is compared with.
_MOST_CLASHES = 20

#: Offsets of time zones are multiples of this, and none is larger.
_STEP, _LARGEST = timedelta(minutes=15), timedelta(hours=14)


class _Links:
    """The messages of a file, what is said of each, and who takes the place of whom."""

    def __init__(self, alerts: Sequence[Alert]) -> None:
        self.alerts = alerts
        self.caveats: list[list[Caveat]] = [[] for _ in alerts]
        self.successors: list[list[int]] = [[] for _ in alerts]
        self.of_name: dict[tuple[str, str], list[int]] = {}
        self.of_identifier: dict[str, list[int]] = {}
        for number, alert in enumerate(alerts):
            self.of_name.setdefault((alert.sender.casefold(), alert.identifier), []).append(number)
            self.of_identifier.setdefault(alert.identifier, []).append(number)

    def say(self, number: int, code: str, **values: Json) -> None:
        self.caveats[number].append(note(code, **values))

    def say_clashes(self) -> None:
        """Messages that share an identifier are told of each other."""
        for numbers in self.of_identifier.values():
            for number in numbers if len(numbers) > 1 else ():
                one = self.alerts[number]
                others = [self.alerts[each] for each in numbers[:_MOST_CLASHES] if each != number]
                for code, other in self._clashes(one, others).items():
                    self.say(number, code, sender=other.sender[:60], sent=time_text(other.sent))

    @staticmethod
    def _clashes(one: Alert, others: Sequence[Alert]) -> dict[str, Alert]:
        """For each kind of clash the first message that it is with."""
        found: dict[str, Alert] = {}
        for other in others:
            same = other.sender.casefold() == one.sender.casefold()
            code = "clash_sender" if not same else "clash_content" if other.sent == one.sent else "clash_sent"
            found.setdefault(code, other)
        return found

    def link(self, number: int) -> None:
        """Let an Update or a Cancel take the place of what it refers to."""
        alert = self.alerts[number]
        lacking = 0
        for sender, identifier, sent in alert.referred:
            named = [each for each in self.of_name.get((sender.casefold(), identifier), []) if each != number]
            if not named:
                lacking += (sender.casefold(), identifier) != (alert.sender.casefold(), alert.identifier)
                continue
            meant = self._of_time(number, named, sent)
            if not meant:
                others = ", ".join(time_text(self.alerts[each].sent) for each in named[:3])
                self.say(number, "reference_sent", identifier=identifier[:60], stated=sent[:40], sent=others)
                for each in named:
                    self.say(each, "not_meant", kind=alert.kind, identifier=alert.identifier[:60], stated=sent[:40])
            for each in meant:
                self._take(number, each)
        if lacking:
            self.say(number, "not_given", count=lacking, all=len(alert.referred))

    def _of_time(self, number: int, named: list[int], text: str) -> list[int]:
        """Those of some messages that were sent when a reference says. A time that does not say its zone may be one of any."""
        stated = moment(text, [])
        if stated is None or all(self.alerts[each].sent is None for each in named):
            if len(named) == 1:
                self.say(number, "reference_time", stated=text[:40])
                return named
            return []
        found = [each for each in named if _same(self.alerts[each].sent, stated)]
        if not found and not has_zone(text):
            found = [each for each in named if _in_some_zone(self.alerts[each].sent, stated)]
            if len(found) != 1:
                return []
            self.say(number, "reference_time", stated=text[:40])
        return found

    def _take(self, number: int, taken: int) -> None:
        """One message takes the place of another, if it may."""
        alert, other = self.alerts[number], self.alerts[taken]
        if alert.sender.casefold() != other.sender.casefold():
            self.say(number, "foreign_takes", identifier=other.identifier[:60], sender=other.sender[:60])
            self.say(taken, "foreign", kind=alert.kind, identifier=alert.identifier[:60], sender=alert.sender[:60])
        elif alert.status not in (other.status, "Actual"):
            self.say(number, "no_actual", status=alert.status[:40], identifier=other.identifier[:60])
        elif alert.sent is not None and other.sent is not None and alert.sent < other.sent:
            self.say(number, "earlier", identifier=other.identifier[:60], sent=time_text(other.sent))
        else:
            self.successors[taken].append(number)

    def of(self, number: int) -> tuple[Successor, ...]:
        """All that take the place of a message: those that refer to it, then those that refer to its updates."""
        found: dict[int, Successor] = {}
        ahead = [(each, True) for each in self.successors[number]]
        while ahead:
            each, direct = ahead.pop(0)
            if each in found or each == number:
                continue
            alert = self.alerts[each]
            found[each] = Successor(alert.kind, alert.sender, alert.identifier, alert.sent, direct)
            ahead += [(further, False) for further in self.successors[each]] if alert.kind == "Update" else []
        return tuple(found.values())


def linked(found: AlertFile) -> AlertFile:
    """Alerts with word of those among them that another one updates or cancels; one that stands twice is kept once.

    A message takes the place of one of the same sender, of the same identifier and time of sending, that was not sent after it.
    What is an exercise or a test takes the place of nothing that is Actual. All that is not taken for this reason is said.
    """
    alerts = _each_once(found.alerts)
    links = _Links(alerts)
    links.say_clashes()
    for number, alert in enumerate(alerts):
        if alert.kind in ("Update", "Cancel"):
            links.link(number)
    done = tuple(
        replace(alert, successors=links.of(number), caveats=each_once((*alert.caveats, *links.caveats[number])))
        for number, alert in enumerate(alerts)
    )
    repeated = len(found.alerts) - len(alerts)
    return AlertFile(done, (*found.caveats, *((note("repeated", count=repeated),) if repeated else ())))


def _each_once(alerts: Sequence[Alert]) -> list[Alert]:
    """Alerts without those that stand there before with the same content, or whole where a feed gives their short form."""
    kept: dict[tuple[object, ...], list[Alert]] = {}
    for alert in alerts:
        same = kept.setdefault((alert.identifier, alert.sender.casefold(), alert.sent, alert.kind), [])
        if any(_content(each) == _content(alert) or "feed" == alert.version != each.version for each in same):
            continue
        same[:] = [each for each in same if not ("feed" == each.version != alert.version)] + [alert]
    chosen = {id(each) for same in kept.values() for each in same}
    return [alert for alert in alerts if id(alert) in chosen]


def _content(alert: Alert) -> tuple[object, ...]:
    return alert.status, alert.scope, alert.groups, alert.referred


def _same(one: datetime | None, two: datetime) -> bool:
    return one is not None and abs(one - two) < _ONE_MOMENT


def _in_some_zone(one: datetime | None, two: datetime) -> bool:
    if one is None:
        return False
    apart = abs(one - two)
    rest = apart % _STEP
    return apart <= _LARGEST and min(rest, _STEP - rest) < _ONE_MOMENT
