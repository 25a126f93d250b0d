"""What to do first on an alert, as codes of the texts of alerts with the values in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from ewcm.report.alert_reach import AlertReach
from ewcm.sources.alert_channels import CARRIED, MOBILE
from ewcm.sources.alert_notes import time_text
from ewcm.sources.alerts import STATUSES, Alert, moment

#: Places that a step names, and from which distance on it is said how far people live from them [km].
_NAMED, _FAR_KM = 3, 5.0

#: States of alerts on which nobody is to act as on a warning.
_NO_WARNING = ("not yet", "cancelled", "updated", "cancels", "answers", "expired", "all clear", "past")


def first_steps(reach: AlertReach, at: datetime) -> list[dict[str, Any]]:
    """What to do first in a country, the most urgent first. A message that is no warning in force says so and no more.

    In an exercise nobody is sent out: who would be is told. On an old alert its sender is asked before anybody is.
    """
    figures, alert = reach.figures, reach.alert
    state, steps = alert.state(at), about_message(alert, at)
    if not _is_warning(alert) or (state in _NO_WARNING and (alert.status, state) != ("Exercise", "expired")):
        return steps
    if "wide_circle_km" in figures:
        steps.append({"code": "circle", "km": figures["wide_circle_km"]})
    if not figures["area_known"]:
        steps.append({"code": "area", "areas": figures["unknown_areas"][:5]})
    if figures["inside"] == 0 and figures["area_known"]:
        return [*steps, {"code": "exchanged" if figures.get("exchanged") else "nobody"}]
    people = [] if state == "old" else _people_steps(reach, alert.status == "Exercise")
    return [*steps, *people, *_channel_steps(reach)]


def _is_warning(alert: Alert) -> bool:
    """Whether an alert is for the public, and a real one or an exercise."""
    return alert.status in ("Actual", "not stated", "Exercise") and alert.scope not in ("Restricted", "Private")


def about_message(alert: Alert, at: datetime) -> list[dict[str, Any]]:
    """What must be known of a message before anything is done on it, in whatever country."""
    steps: list[dict[str, Any]] = []
    if alert.status == "Exercise":
        steps.append({"code": "exercise"})
    elif alert.status not in ("Actual", "not stated"):
        return [{"code": "status" if alert.status in STATUSES else "status_unknown", "status": alert.status}]
    if alert.scope in ("Restricted", "Private"):
        steps.append({"code": f"scope_{alert.scope.lower()}"})
    if (alert.status, alert.state(at)) == ("Exercise", "expired"):  # that is played after its day too
        return steps
    return [*steps, *_about_state(alert, at)]


def _about_state(alert: Alert, at: datetime) -> list[dict[str, Any]]:
    state = alert.state(at)
    if state == "in force":
        begins = alert.begins(at)
        return [] if begins is None else [{"code": "onset", "time": time_text(begins)}]
    if state == "old":
        return [{"code": "old", "sent": "" if alert.sent is None else alert.sent.date().isoformat()}]
    step: dict[str, Any] = {"code": f"state_{state.replace(' ', '_')}"}
    if state == "not yet":
        starts = [group.effective for group in alert.groups if group.effective is not None]
        first = min(starts) if starts and len(starts) == len(alert.groups) else None
        known = [each for each in (alert.sent, first) if each is not None]
        step["time"] = time_text(max(known) if known else None)
    if state in ("updated", "cancelled"):
        # Of updates the last of a row holds; a Cancel is one of the message itself.
        after = alert.successors_by(at)
        last = [
            each
            for each in after
            if (each.kind == "Update" if state == "updated" else each.kind == "Cancel" and each.direct)
        ][-1]
        step["message"] = f"{last.identifier}, {last.sender}, {time_text(last.sent)}"
        if state == "updated" and any(each.kind == "Cancel" for each in after):
            step["code"] = "state_updated_cancelled"
    if state == "cancels":
        named = [f"{name}, {sender}, {_sent(sent)}" for sender, name, sent in alert.referred[:_NAMED]]
        step = {**step, "message": "; ".join(named)} if named else {"code": "state_cancels_nothing"}
    return [step]


def _sent(text: str) -> str:
    """A time of a reference as every language reads it; as it is written where it is none."""
    found = moment(text, [])
    return text if found is None else time_text(found)


def _people_steps(reach: AlertReach, exercise: bool) -> list[dict[str, Any]]:
    """To whom somebody must be sent, and of whom nothing is known; after a loss of sites too, where one was asked for."""
    figures = reach.figures
    steps = []
    drill = "_exercise" if exercise else ""
    after = figures.get("after_loss")
    for found, remaining, end, about in (
        (
            after and after["together"],
            reach.remaining_after,
            "_after",
            {"event": "" if after is None else after["event"]},
        ),
        (figures["together"], reach.remaining, "", {}),
    ):
        if found is None:
            continue
        left = found["left"]
        if left is not None and left >= 1:
            steps.append({"code": f"left{end}{drill}", "people": left, "places": _worst(remaining), **about})
        if figures["inside"] and found["unknown"] >= 1:
            steps.append({"code": f"unknown{end}", "people": found["unknown"], **about})
    return steps


def _worst(remaining: pd.DataFrame | None) -> list[dict[str, Any]]:
    """The places nearest to most people left, with the distance to them where it is long [km], else None."""
    if remaining is None or not len(remaining):
        return []
    worst = remaining[remaining["left"].astype(float) >= 1].head(_NAMED)
    return [
        {"place": str(name), "distance_km": round(away) if away >= _FAR_KM else None}
        for name, away in zip(worst["place"], worst["distance_km"], strict=True)
    ]


def _channel_steps(reach: AlertReach) -> list[dict[str, Any]]:
    """What to find out about channels."""
    figures = reach.figures
    together = figures["together"]
    steps: list[dict[str, Any]] = []
    if together["unknown_channels"]:
        steps.append({"code": "channels", "channels": together["unknown_channels"]})
    if elsewhere := channels_elsewhere(figures):
        steps.append({"code": "channels_elsewhere", "channels": elsewhere})
    if together["unknown_devices"]:
        steps.append({"code": "devices", "channels": together["unknown_devices"]})
    if held := held_by_signal(figures):
        steps.append({"code": "signal_holds", "channels": held})
    if [channel["channel"] for channel in figures["channels"]] == [MOBILE]:
        steps.append({"code": "mobile_only"})
    left = together["left"]
    if figures["inside"] and left is not None and left < 1 and together["unknown"] < 1:
        steps.append({"code": "all_reached"})
    return steps


def channels_elsewhere(figures: Mapping[str, Any]) -> list[str]:
    """Channels of a file of channels of which nothing lies in the country."""
    return [channel["channel"] for channel in figures["channels"] if channel.get("elsewhere")]


def held_by_signal(figures: Mapping[str, Any]) -> list[str]:
    """Channels that the assumed mobile signal holds, so that they add nothing to all together."""
    states = {channel["channel"]: channel["state"] for channel in figures["channels"]}
    if states.get(MOBILE) != "assumed":
        return []
    return [name for name, state in states.items() if name in CARRIED and name != MOBILE and state != "unknown"]
