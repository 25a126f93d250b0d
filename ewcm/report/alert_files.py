"""Files of an alert: reach.json, reach.csv, remaining.csv, alert.geojson and the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from ewcm.core.files import write_atomically
from ewcm.errors import PublishError
from ewcm.report.alert_page import render_alerts
from ewcm.report.alert_reach import AlertReach, first_steps, outline
from ewcm.report.tables import json_text, table, write_plain_csv
from ewcm.sources.alerts import Alert, AlertFile
from ewcm.version import VERSION

#: Of reach.json.
ALERT_SCHEMA_VERSION = 1

OUTPUTS = ("reach.json", "reach.csv", "remaining.csv", "alert.geojson", "index.html")

#: Columns of the tables where they have no row.
REACH_COLUMNS = (
    "identifier", "iso3", "level", "area_id", "name", "channel", "state", "inside", "reached", "reached_low", "reached_high",
    "left", "left_low", "left_high", "unknown", "unknown_low", "unknown_high",
)  # fmt: skip
REMAINING_COLUMNS = (
    "identifier", "iso3", "place", "lat", "lon", "distance_km", "inside", "left", "left_low", "left_high", "unknown",
)  # fmt: skip


def alert_json(found: AlertFile, reaches: Sequence[AlertReach], at: datetime) -> dict[str, Any]:
    """The content of reach.json."""
    return {
        "alert_schema_version": ALERT_SCHEMA_VERSION,
        "ewcm": VERSION,
        "at": at.isoformat(),
        "alerts": [_about(alert, [each for each in reaches if each.alert is alert], at) for alert in found.alerts],
        "left_out": list(found.left_out),
    }


def _about(alert: Alert, reaches: Sequence[AlertReach], at: datetime) -> dict[str, Any]:
    return {
        "identifier": alert.identifier,
        "sender": alert.sender,
        "sent": None if alert.sent is None else alert.sent.isoformat(),
        "status": alert.status,
        "kind": alert.kind,
        "state": alert.state(at),
        "cap_version": alert.version,
        "signed": alert.signed,
        "references": list(alert.references),
        "notes": list(alert.notes),
        "countries": [{**each.figures, "first_steps": first_steps(each, alert.state(at))} for each in reaches],
    }


def check_place(folder: Path) -> None:
    """Raise :class:`PublishError` where files of somebody else stand under the names of an alert's files."""
    if folder.exists() and not folder.is_dir():
        raise PublishError(f"{folder}: is not a folder; choose another place for the answer")
    present = [name for name in OUTPUTS if (folder / name).exists() or (folder / name).is_symlink()]
    if present and not _is_ours(folder / "reach.json"):
        raise PublishError(f"{folder}: holds a {present[0]} that is not of an alert; choose another folder")


def _is_ours(path: Path) -> bool:
    try:
        return "alert_schema_version" in json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, RecursionError):
        return False


def write_alerts(found: AlertFile, reaches: Sequence[AlertReach], folder: Path, at: datetime, language: str) -> Path:
    """Write the answer of a file of alerts, each file in one step, reach.json last, and return the folder."""
    check_place(folder)
    folder.mkdir(parents=True, exist_ok=True)
    content = alert_json(found, reaches, at)
    write_atomically(folder / "index.html", render_alerts(content, reaches, language).encode("utf-8"))
    write_atomically(folder / "alert.geojson", json_text(_geojson(reaches)).encode("utf-8"))
    for name, columns, frames in (
        ("reach.csv", REACH_COLUMNS, [each.areas for each in reaches]),
        ("remaining.csv", REMAINING_COLUMNS, [each.remaining for each in reaches]),
    ):
        _write_csv(folder / name, columns, frames, [each.figures["data_grade"] for each in reaches])
    write_atomically(folder / "reach.json", json_text(content).encode("utf-8"))
    return folder


def _write_csv(path: Path, columns: Sequence[str], frames: Sequence[pd.DataFrame], grades: Sequence[str]) -> None:
    rows = [
        table(frame.reindex(columns=list(columns)), each)
        for frame, each in zip(frames, grades, strict=True)
        if len(frame)
    ]
    whole = pd.concat(rows, ignore_index=True) if rows else table(pd.DataFrame(columns=list(columns)), "user")
    part = path.with_name(f".{path.name}.part")
    write_plain_csv(whole, part)
    part.replace(path)


def _geojson(reaches: Sequence[AlertReach]) -> dict[str, Any]:
    features = []
    for each in reaches:
        shape = outline(each.ground)
        everything = {key: each.figures["together"][key] for key in ("reached", "left", "unknown")}
        about = {"identifier": each.alert.identifier, "iso3": each.figures["iso3"], "inside": each.figures["inside"]}
        geometry = None if shape is None else json.loads(shapely.to_geojson(shape))
        features.append(
            {"type": "Feature", "properties": {"kind": "alert", **about, **everything}, "geometry": geometry}
        )
        for row in each.remaining.to_dict("records"):
            point = {"type": "Point", "coordinates": [row["lon"], row["lat"]]}
            about = {key: value for key, value in row.items() if key not in ("lat", "lon")}
            features.append({"type": "Feature", "properties": {"kind": "place", **about}, "geometry": point})
    return {"type": "FeatureCollection", "features": features}
