"""Files and folders of alerts, of whatever kind, and which of their alerts take the place of others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from ewcm.core.finding import Caveat
from ewcm.errors import InputError
from ewcm.sources.alert_feeds import alerts_of_feed
from ewcm.sources.alert_links import linked
from ewcm.sources.alert_notes import note
from ewcm.sources.alerts import Alert, AlertFile, alert_of, children, local_name, messages_in, text_of
from ewcm.sources.files import check_file
from ewcm.sources.xml import NotUtf8, parse_xml, read_xml

#: Alerts of one file; a feed of the whole world has some thousand.
MAX_ALERTS = 20_000


def read_alerts(path: Path) -> AlertFile:
    """The alerts of a file, or of the files of a folder: CAP, several of them in one file, EDXL-DE, RSS or Atom.

    Raises :class:`InputError` in one line for a file that is none of these or holds no alert that can be used. In a folder
    such files are left out and named, unless no file is left.
    """
    if not path.is_dir():
        return linked(_read_file(path))
    alerts: list[Alert] = []
    caveats: list[Caveat] = []
    files = sorted(each for each in path.iterdir() if each.suffix.lower() in (".xml", ".cap", ".atom", ".rss"))
    for file in files:
        try:
            found = _read_file(file)
        except InputError as error:
            caveats.append(note("fault", fault=str(error)))
            continue
        alerts += found.alerts
        caveats += found.caveats
    if not alerts:
        reason = f" ({caveats[0].text})" if caveats else ""
        raise InputError(
            f"{path}: holds no alert that can be read{reason}; name a file of CAP, or a folder of such files"
        )
    return linked(AlertFile(tuple(alerts), tuple(caveats)))


def _read_file(path: Path) -> AlertFile:
    if check_file(path)[:4].startswith((b"\x1f\x8b", b"PK\x03\x04")):
        raise InputError(f"{path}: is compressed; unpack it and name the alert, the feed or the folder")
    head = check_file(path).lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] in (b"{", b"["):
        raise InputError(f"{path}: is JSON; alerts are read as XML of CAP, so ask for that form")
    if head and head[:1] != b"<" and b"\x00" not in head[:40]:
        raise InputError(f"{path}: is text and no XML; name a file of CAP, EDXL-DE, RSS or Atom")
    root, caveats = _root_of(path)
    kind = local_name(root)
    if kind in ("rss", "feed", "RDF"):
        found = alerts_of_feed(root, path)
    elif kind in ("alert", "alerts", "EDXLDistribution"):
        found = _messages(root, path)
    else:
        raise InputError(f"{path}: is XML of another kind (<{kind[:40]}>), no alert of CAP and no feed; name an alert")
    if len(found.alerts) > MAX_ALERTS:
        raise InputError(f"{path}: holds more than {MAX_ALERTS} alerts; divide it")
    return replace(found, caveats=(*found.caveats, *caveats))


def _root_of(path: Path) -> tuple[ET.Element, tuple[Caveat, ...]]:
    """The outermost element, and what is said of its bytes: those that are called UTF-8 and are none are read as other text
    files of the engine are, since a warning with accents is one all the same."""
    try:
        return read_xml(path, "CAP"), ()
    except NotUtf8:
        data = path.read_bytes().decode("cp1252", "replace").encode()
        return parse_xml(data, path, "CAP"), (note("encoding", file=path.name),)


def _messages(root: ET.Element, path: Path) -> AlertFile:
    """The alerts within a wrapper; those that cannot be used are left out, unless none is left.

    A wrapper that is an exercise or a test makes its alerts ones: nobody is to act on them as on a real warning.
    """
    alerts, faults = [], []
    status = text_of(root, "distributionStatus")
    unused = _unused_of(root, path)
    for message in messages_in(root):
        try:
            alert = alert_of(message, path)
            if alert.status == "Actual" and status and status != "Actual":
                alert = replace(
                    alert, status=status, caveats=(*alert.caveats, note("wrapper_status", status=status[:40]))
                )
            alerts.append(alert)
        except InputError as error:
            faults.append(error)
    if not alerts:
        raise (
            faults[0]
            if faults
            else InputError(f"{path}: is a wrapper without an alert in it; name the file of the alert")
        )
    return AlertFile(tuple(alerts), (*(note("fault", fault=str(fault)) for fault in faults), *unused))


def _unused_of(root: ET.Element, path: Path) -> list[Caveat]:
    """What a wrapper of EDXL-DE says of ground: where it is to be distributed, which is not where the alert holds."""
    if children(root, "targetArea"):
        return [note("target_area", file=path.name)]
    return []
