"""What a terminal shows of the answer to an alert, in five languages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ewcm.core.record import EXERCISE, STARTER
from ewcm.core.texts import decimal_text, filled, number_text, words_in
from ewcm.report.alert_files import AlertAnswer
from ewcm.report.alert_reach import AlertReach
from ewcm.report.alert_steps import about_message, channels_elsewhere, held_by_signal
from ewcm.sources.alert_channels import MOBILE
from ewcm.sources.alert_notes import in_language, own_words, word_of_cap
from ewcm.sources.alerts import SEVERITIES, Alert

#: Names that a line lists.
_NAMED = 5


def alert_lines(answer: AlertAnswer, language: str = "en") -> list[str]:
    """The lines, the alert first: what it is, what must be known before it is acted on, then its countries."""
    words = words_in(language, "alert")
    lines = []
    for alert in answer.alerts.alerts:
        state = alert.state(answer.at)
        about = {
            "identifier": alert.identifier,
            "kind": word_of_cap("kind", alert.kind, language),
            "status": word_of_cap("status", alert.status, language),
            "state": words[f"state_{state.replace(' ', '_')}"],
        }
        lines.append(words["line_alert"].format(**about))
        lines += [f"  {line}" for line in _event_lines(alert, answer.at, words, language)]
        lines += [f"  {_step(step, words, language)}" for step in about_message(alert, answer.at)]
        of_alert = [each for each in answer.reaches if each.alert is alert]
        if state != "answers":
            lines += [f"  {line}" for each in of_alert for line in _country_lines(each, words, language)]
            if not of_alert:
                lines.append(f"  {words['line_touches_none']}")
        lines += ["  " + words["line_note"].format(text=in_language(each, language)) for each in alert.caveats]
    return [
        *lines,
        *(words["line_not_used"].format(text=in_language(each, language)) for each in answer.alerts.caveats),
    ]


def _step(step: Mapping[str, Any], words: Mapping[str, str], language: str) -> str:
    """A step that names no people and no places."""
    values = {**step, "status": word_of_cap("status", str(step.get("status", "")), language)}
    return filled(words[f"step_{step['code']}"], values, language)


def _event_lines(alert: Alert, at: datetime, words: Mapping[str, str], language: str) -> list[str]:
    """What each event is, in the words of its sender, the gravest first, and of how many the ground is not counted."""
    groups = sorted(
        alert.groups, key=lambda group: SEVERITIES.index(group.severity) if group.severity in SEVERITIES else 9
    )
    lines = []
    for group in groups[:_NAMED]:
        state_words = [
            *(word_of_cap(kind, getattr(group, kind), language) for kind in ("severity", "urgency", "certainty")),
            *(word_of_cap("response", each, language) for each in group.responses),
        ]
        if (state := group.state(at)) != "in force" and len(groups) > 1:
            state_words.append(words[f"state_{state.replace(' ', '_')}"])
        headline = own_words(group.headlines, language)
        lines.append(
            words["line_event"].format(
                event=own_words(group.event_in, language) or group.event,
                said=words["list_comma"].join(state_words),
                headline=headline,
            )
        )
    if over := len(groups) - len(alert.counted(at)):
        lines.append(
            words["line_note"].format(text=filled(words["over"], {"over": over, "events": len(groups)}, language))
        )
    return lines


def _country_lines(reach: AlertReach, words: Mapping[str, str], language: str) -> list[str]:
    figures = reach.figures
    country = reach.result.data.country.names.get(language) or figures["name"]
    if figures["inside"] is None:
        areas = ", ".join(figures["unknown_areas"][:_NAMED])
        if not areas:
            return [_marked(figures, words, words["line_ground_nowhere"].format(country=country))]
        return [_marked(figures, words, words["line_ground"].format(country=country, areas=areas))]
    people = number_text(figures["inside"], language)
    lines = [_marked(figures, words, words["line_inside"].format(country=country, people=people))]
    if figures.get("exchanged"):
        lines.append("  " + words["line_note"].format(text=words["line_exchanged"]))
    if "wide_circle_km" in figures:
        circle = filled(words["step_circle"], {"km": figures["wide_circle_km"]}, language)
        lines.append("  " + words["line_note"].format(text=circle))
    lines += [f"  {line}" for line in _channel_lines(figures, words, language)]
    if elsewhere := channels_elsewhere(figures):
        names = words["list_comma"].join(_channel(name, words) for name in elsewhere)
        text = words["step_channels_elsewhere"].format(channels=names)
        lines.append("  " + words["line_note"].format(text=text))
    if held := held_by_signal(figures):
        names = ", ".join(_channel(name, words) for name in held)
        lines.append("  " + words["line_note"].format(text=words["line_signal_holds"].format(channels=names)))
    elif any(row["channel"] == MOBILE and row["state"] == "assumed" for row in figures["channels"]):
        lines.append("  " + words["line_note"].format(text=words["line_signal"]))
    lines += _loss_lines(figures, words, language) + _targeting_lines(figures, words, language)
    if figures["unknown_areas"]:
        lines.append("  " + words["line_areas"].format(areas=", ".join(figures["unknown_areas"][:_NAMED])))
    some = reach.remaining
    some = some[(some["left"].astype(float) >= 0.5) | (some["unknown"].astype(float) >= 0.5)] if len(some) else some
    if len(some):
        worst = ", ".join(str(name) for name in some["place"].head(_NAMED))
        lines.append("  " + words["line_places"].format(places=worst))
    if len(reach.points):
        names = ", ".join(str(name) for name in reach.points["place"].head(_NAMED))
        count = number_text(len(reach.points), language)
        lines.append("  " + words["line_points"].format(points=count, names=names))
    return lines


def _marked(figures: Mapping[str, Any], words: Mapping[str, str], text: str) -> str:
    key = {STARTER: "line_starter", EXERCISE: "line_exercise"}.get(figures["data_grade"])
    return text if key is None else words[key].format(text=text)


def _channel_lines(found: Mapping[str, Any], words: Mapping[str, str], language: str) -> list[str]:
    """A line a channel, and one of all together."""
    rows = [*found["channels"], {"channel": "", **found["together"]}]
    return [_channel_line(row, words, language) for row in rows]


def _channel_line(row: Mapping[str, Any], words: Mapping[str, str], language: str) -> str:
    channel = _channel(row["channel"], words) + (f" ({words['of_map']})" if row.get("of_map") else "")
    if row["reached_low"] is None and row["left_low"] is None:
        return words["line_channel_unknown"].format(channel=channel)
    text = words["line_channel"].format(
        channel=channel,
        reached=_people(row, "reached", words, language),
        left=_people(row, "left", words, language),
        unknown=number_text(row["unknown"], language),
    )
    if "minutes_to_all" not in row:
        return text
    return f"{text} ({words['sms_minutes'].format(minutes=number_text(math.ceil(row['minutes_to_all']), language))})"


def _channel(name: str, words: Mapping[str, str]) -> str:
    return words["together"] if not name else words.get(f"channel_{name.replace(' ', '_')}", name)


def _loss_lines(figures: Mapping[str, Any], words: Mapping[str, str], language: str) -> list[str]:
    """What is reached after a loss of sites."""
    found = figures.get("after_loss")
    if not found:
        return []
    event = found["event"] or words["line_listed_sites"]
    if found["hours"] is not None:
        event = words["line_lost_hours"].format(event=event, hours=decimal_text(f"{found['hours']:g}", language))
    out, sites = (number_text(found[key], language) for key in ("sites_out", "sites"))
    lines = ["  " + words["line_lost"].format(event=event, out=out, sites=sites)]
    lines += [f"    {line}" for line in _channel_lines(found, words, language)]
    loss_words = words_in(language, "loss")
    notes = [filled(loss_words[f"said.{one['code']}"], one["values"], language) for one in found["caveats"]]
    return [*lines, *("    " + words["line_note"].format(text=text) for text in notes)]


def _targeting_lines(figures: Mapping[str, Any], words: Mapping[str, str], language: str) -> list[str]:
    if "targeting" not in figures:
        return []
    if figures["targeting"] is None:
        return [f"  {words['line_targeting_none']}"]
    # That of the technologies which carry cell broadcast, where the file of channels says them.
    service = "" if figures["targeting"]["service"] == "any" else f"{figures['targeting']['service']}, "
    return [
        "  "
        + words["line_targeting"].format(
            way=service + words[f"line_way_{row['method']}"],
            sites=number_text(row["sites"], language),
            missed=_people(row, "under_alert", words, language),
            overshoot=_people(row, "overshoot", words, language),
            unknown=number_text(row["unknown"], language),
        )
        for row in figures["targeting"]["methods"]
    ]


def _people(figures: Mapping[str, Any], key: str, words: Mapping[str, str], language: str) -> str:
    value, low, high = (figures[f"{key}{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return words["line_not_known"]
    texts = {name: number_text(each, language) for name, each in (("value", value), ("low", low), ("high", high))}
    return texts["value"] if round(low) == round(high) else words["line_range"].format(**texts)
