"""Files and folders of alerts, of whatever kind, and which of their alerts take the place of others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from ewcm.errors import InputError
from ewcm.sources.alert_feeds import alerts_of_feed
from ewcm.sources.alerts import Alert, AlertFile, alert_of, local_name, messages_in
from ewcm.sources.files import check_file
from ewcm.sources.xml import read_xml

#: Alerts of one file; a feed of the whole world has some thousand.
MAX_ALERTS = 20_000


def read_alerts(path: Path) -> AlertFile:
    """The alerts of a file, or of the files of a folder: CAP, several of them in one file, EDXL-DE, RSS or Atom.

    Raises :class:`InputError` in one line for a file that is none of these or holds no alert that can be used. In a folder
    such files are left out and named, unless no file is left.
    """
    if not path.is_dir():
        return _linked(_read_file(path))
    alerts: list[Alert] = []
    left_out: list[str] = []
    files = sorted(each for each in path.iterdir() if each.suffix.lower() in (".xml", ".cap", ".atom", ".rss"))
    for file in files:
        try:
            found = _read_file(file)
        except InputError as error:
            left_out.append(str(error))
            continue
        alerts += found.alerts
        left_out += found.left_out
    if not alerts:
        reason = f" ({left_out[0]})" if left_out else ""
        raise InputError(
            f"{path}: holds no alert that can be read{reason}; name a file of CAP, or a folder of such files"
        )
    return _linked(AlertFile(tuple(alerts), tuple(left_out)))


def _read_file(path: Path) -> AlertFile:
    if check_file(path)[:4].startswith((b"\x1f\x8b", b"PK\x03\x04")):
        raise InputError(f"{path}: is compressed; unpack it and name the alert, the feed or the folder")
    root = read_xml(path, "CAP")
    kind = local_name(root)
    if kind in ("rss", "feed", "RDF"):
        found = alerts_of_feed(root, path)
    elif kind in ("alert", "alerts", "EDXLDistribution"):
        found = _messages(root, path)
    else:
        raise InputError(f"{path}: is XML of another kind (<{kind[:40]}>), no alert of CAP and no feed; name an alert")
    if len(found.alerts) > MAX_ALERTS:
        raise InputError(f"{path}: holds more than {MAX_ALERTS} alerts; divide it")
    return found


def _messages(root: ET.Element, path: Path) -> AlertFile:
    """The alerts within a wrapper; those that cannot be used are left out, unless none is left."""
    alerts, faults = [], []
    for message in messages_in(root):
        try:
            alerts.append(alert_of(message, path))
        except InputError as error:
            faults.append(error)
    if not alerts:
        raise (
            faults[0]
            if faults
            else InputError(f"{path}: is a wrapper without an alert in it; name the file of the alert")
        )
    return AlertFile(tuple(alerts), tuple(str(fault) for fault in faults))


def _linked(found: AlertFile) -> AlertFile:
    """Alerts with word of those among them that another one updates or cancels; one that stands twice is kept once."""
    taken: dict[str, str] = {}
    for alert in found.alerts:
        if alert.kind in ("Update", "Cancel"):
            for identifier in alert.references:
                if identifier != alert.identifier:
                    cancelled = alert.kind == "Cancel" or taken.get(identifier) == "cancelled"
                    taken[identifier] = "cancelled" if cancelled else "updated"
    once = {(alert.identifier, alert.sender, alert.sent, alert.kind): alert for alert in reversed(found.alerts)}
    alerts = tuple(replace(alert, superseded=taken.get(alert.identifier, "")) for alert in reversed(once.values()))
    repeated = len(found.alerts) - len(alerts)
    further = (f"{repeated} alerts stand there more than once; each was counted once.",) if repeated else ()
    return AlertFile(alerts, (*found.left_out, *further))
