"""Files of an alert: reach.json, reach.csv, remaining.csv, alert.geojson and the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from ewcm.core import work_folder
from ewcm.core.files import put_in_place, regular_bytes
from ewcm.core.finding import Caveat
from ewcm.errors import PublishError
from ewcm.report.alert_page import render_alerts
from ewcm.report.alert_reach import PLACE, AlertReach, about_event, named_by, outline
from ewcm.report.alert_steps import about_message, first_steps
from ewcm.report.tables import json_text, table, write_plain_csv
from ewcm.sources.alerts import Alert, AlertFile
from ewcm.version import VERSION

#: Of reach.json.
ALERT_SCHEMA_VERSION = 3

OUTPUTS = (
    "reach.json", "reach.csv", "reach_after_loss.csv", "remaining.csv", "remaining_after_loss.csv", "sites_after_loss.csv",
    "alert.geojson", "index.html",
)  # fmt: skip

#: What the name of the folder begins with in which an answer is written before it stands in its place.
_WORK = ".alert.new-"

#: Columns of the tables where they have no row.
REACH_COLUMNS = (
    "identifier", "sender", "sent", "iso3", "level", "area_id", "name", "channel", "state", "inside", "reached", "reached_low",
    "reached_high", "left", "left_low", "left_high", "unknown", "unknown_low", "unknown_high",
)  # fmt: skip
REMAINING_COLUMNS = (
    "identifier", "sender", "sent", "iso3", "kind", "place", "lat", "lon", "distance_km", "left_lat", "left_lon", "inside",
    "left", "left_low", "left_high", "unknown",
)  # fmt: skip


@dataclass(frozen=True)
class AlertAnswer:
    """The answer to a file of alerts. ``alerts``: what was read. ``reaches``: one an alert and country, by alert. ``at``: the
    moment that tells what has expired."""

    alerts: AlertFile
    reaches: tuple[AlertReach, ...]
    at: datetime

    @property
    def summary(self) -> dict[str, Any]:
        """The content of reach.json."""
        return alert_json(self.alerts, self.reaches, self.at)

    def table(self) -> pd.DataFrame:
        """A row an area and channel, as reach.csv."""
        return _whole([each.areas for each in self.reaches], REACH_COLUMNS)

    def remaining(self) -> pd.DataFrame:
        """The places nearest to those who are left, most people first, then points of interest among them, as remaining.csv."""
        return _whole([part for each in self.reaches for part in (each.remaining, each.points)], REMAINING_COLUMNS)

    def write(self, folder: str | Path, language: str = "en") -> Path:
        """Write the files of the answer in ``folder`` and return it. Raises :class:`ewcm.errors.PublishError`."""
        return write_alerts(self.alerts, self.reaches, Path(folder), self.at, language)


def _whole(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    filled = [frame.reindex(columns=list(columns)) for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns))


def alert_json(found: AlertFile, reaches: Sequence[AlertReach], at: datetime) -> dict[str, Any]:
    """The content of reach.json."""
    return {
        "alert_schema_version": ALERT_SCHEMA_VERSION,
        "ewcm": VERSION,
        "at": at.isoformat(),
        "alerts": [_about(alert, [each for each in reaches if each.alert is alert], at) for alert in found.alerts],
        "left_out": list(found.left_out),
        "caveats": _coded(found.caveats),
    }


def _about(alert: Alert, reaches: Sequence[AlertReach], at: datetime) -> dict[str, Any]:
    return {
        "identifier": alert.identifier,
        "sender": alert.sender,
        "sent": _time(alert.sent),
        "status": alert.status,
        "kind": alert.kind,
        "state": alert.state(at),
        "scope": alert.scope,
        "cap_version": alert.version,
        "signed": alert.signed,
        "references": list(alert.references),
        "referred": [dict(zip(("sender", "identifier", "sent"), each, strict=True)) for each in alert.referred],
        "successors": [
            {"kind": each.kind, "sender": each.sender, "identifier": each.identifier, "sent": _time(each.sent)}
            for each in alert.successors_by(at)
        ],
        "events": [about_event(group, at) for group in alert.groups],
        "first": about_message(alert, at),
        "notes": list(alert.notes),
        "caveats": _coded(alert.caveats),
        "countries": [{**each.figures, "first_steps": first_steps(each, at)} for each in reaches],
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _coded(caveats: Sequence[Caveat]) -> list[dict[str, Any]]:
    """What is said, as codes with values, of which ``cap.<language>.json`` makes sentences."""
    return [{"code": each.code, "values": dict(each.values)} for each in caveats]


def check_place(folder: Path) -> None:
    """Raise :class:`PublishError` where files of somebody else stand under the names of an alert's files."""
    if folder.exists() and not folder.is_dir():
        raise PublishError(f"{folder}: is not a folder; choose another place for the answer")
    present = [name for name in OUTPUTS if (folder / name).exists() or (folder / name).is_symlink()]
    if present and not _is_ours(folder / "reach.json"):
        raise PublishError(f"{folder}: holds a {present[0]} that is not of an alert; choose another folder")


def _is_ours(path: Path) -> bool:
    try:
        return "alert_schema_version" in json.loads(regular_bytes(path))
    except (OSError, ValueError, TypeError, RecursionError):
        return False


def write_alerts(found: AlertFile, reaches: Sequence[AlertReach], folder: Path, at: datetime, language: str) -> Path:
    """Write the answer of a file of alerts, each file in one step, reach.json last, and return the folder."""
    check_place(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_WORK}*"):
        work_folder.remove(left)  # of an answer that was killed
    with work_folder.work_folder(folder, _WORK) as fresh:
        _write_files(fresh, alert_json(found, reaches, at), reaches, language)
        # reach.json first: by it the next answer knows the files of this one, should it be killed now.
        for name in ("reach.json", *(name for name in OUTPUTS if name != "reach.json")):
            if (fresh / name).exists():
                put_in_place(fresh / name, folder / name)
            else:
                (folder / name).unlink(missing_ok=True)  # of an earlier answer
    return folder


def _write_files(folder: Path, content: dict[str, Any], reaches: Sequence[AlertReach], language: str) -> None:
    (folder / "reach.json").write_text(json_text(content), encoding="utf-8")
    (folder / "index.html").write_text(render_alerts(content, reaches, language), encoding="utf-8")
    (folder / "alert.geojson").write_text(json_text(_geojson(reaches)), encoding="utf-8")
    grades = [each.figures["data_grade"] for each in reaches]
    areas, places = [each.areas for each in reaches], [[each.remaining, each.points] for each in reaches]
    _write_csv(folder / "reach.csv", REACH_COLUMNS, areas, grades)
    _write_csv(
        folder / "remaining.csv", REMAINING_COLUMNS, [_whole(each, REMAINING_COLUMNS) for each in places], grades
    )
    after = [each for each in reaches if each.areas_after is not None]
    if after:
        grades = [each.figures["data_grade"] for each in after]
        areas = [each.areas_after for each in after if each.areas_after is not None]
        remaining = [each.remaining_after for each in after if each.remaining_after is not None]
        _write_csv(folder / "reach_after_loss.csv", REACH_COLUMNS, areas, grades)
        _write_csv(folder / "remaining_after_loss.csv", REMAINING_COLUMNS, remaining, grades)
        # The same sites are lost in whatever alert of a country.
        once = {each.figures["iso3"]: each for each in after if each.sites_after is not None}
        sites = [each.sites_after for each in once.values() if each.sites_after is not None]
        columns = list(dict.fromkeys(name for each in sites for name in each.columns if name != "geometry"))
        _write_csv(
            folder / "sites_after_loss.csv", columns, sites, [each.figures["data_grade"] for each in once.values()]
        )


def _write_csv(path: Path, columns: Sequence[str], frames: Sequence[pd.DataFrame], grades: Sequence[str]) -> None:
    rows = [
        table(frame.reindex(columns=list(columns)), each)
        for frame, each in zip(frames, grades, strict=True)
        if len(frame)
    ]
    whole = pd.concat(rows, ignore_index=True) if rows else table(pd.DataFrame(columns=list(columns)), "user")
    write_plain_csv(whole, path)


def _geojson(reaches: Sequence[AlertReach]) -> dict[str, Any]:
    features = []
    for each in reaches:
        shape = outline(each.ground)
        everything = {key: each.figures["together"][key] for key in ("reached", "left", "unknown")}
        about = {**named_by(each.alert, each.result), "inside": each.figures["inside"]}
        geometry = None if shape is None else json.loads(shapely.to_geojson(shape))
        features.append(
            {"type": "Feature", "properties": {"kind": "alert", **about, **everything}, "geometry": geometry}
        )
        for row in _whole([each.remaining, each.points], REMAINING_COLUMNS).to_dict("records"):
            where = "left_" if row["kind"] == PLACE else ""  # a place may lie on another island than those left
            point = {"type": "Point", "coordinates": [row[f"{where}lon"], row[f"{where}lat"]]}
            about = {key: value for key, value in row.items() if key not in ("lat", "lon", "left_lat", "left_lon")}
            features.append({"type": "Feature", "properties": about, "geometry": point})
    return {"type": "FeatureCollection", "features": features}
