"""Which message of a folder takes the place of which: sender, identifier and time of sending tell them apart."""

from datetime import UTC, datetime, timedelta

import pytest

from ewcm.countries import LANGUAGES
from ewcm.sources.alert_files import read_alerts
from ewcm.sources.alert_notes import in_language
from tests.made_alerts import cap, info

AT = datetime(2026, 1, 1, 18, tzinfo=UTC)


def _folder(tmp_path, *messages):
    """A folder of messages: identifier, sender, kind, references and hour of sending, with further changes."""
    for number, (name, sender, kind, references, hour, *changes) in enumerate(messages):
        text = cap(info(expires="2026-02-01T00:00:00Z"), identifier=name, kind=kind, references=references)
        text = text.replace("s@x", sender, 1).replace("2026-01-01T00:00:00Z", f"2026-01-01T{hour:02}:00:00Z", 1)
        for old, new in changes:
            text = text.replace(old, new)
        (tmp_path / f"{number}.xml").write_text(text)
    return read_alerts(tmp_path)


def _codes(alert):
    return [each.code for each in alert.caveats]


def test_two_offices_with_running_numbers_do_not_cancel_each_other(tmp_path):
    found = _folder(
        tmp_path,
        ("1", "met@fj", "Alert", "", 8),
        ("1", "roads@fj", "Alert", "", 8),
        ("2", "roads@fj", "Cancel", "roads@fj,1,2026-01-01T08:00:00-00:00", 9),
    )
    tsunami, road, cancel = found.alerts
    assert [alert.state(AT) for alert in found.alerts] == ["in force", "cancelled", "cancels"]
    assert _codes(tsunami) == _codes(road) == ["clash_sender"] and not cancel.caveats
    assert "Another sender (roads@fj) has a message of the same identifier" in tsunami.notes[0]
    # Before the Cancel was sent the road was closed; before the alert was sent nothing was.
    assert road.state(AT.replace(hour=8, minute=30)) == "in force" and road.state(AT.replace(hour=7)) == "not yet"


def test_one_identifier_that_is_used_again_is_told_apart_by_its_time(tmp_path):
    found = _folder(
        tmp_path,
        ("1", "a@x", "Alert", "", 2),
        ("1", "a@x", "Alert", "", 6),
        ("2", "a@x", "Cancel", "A@x,1,2026-01-01T09:00:00+03:00", 7),  # the second one, in another zone
    )
    assert [alert.state(AT) for alert in found.alerts] == ["in force", "cancelled", "cancels"]
    assert _codes(found.alerts[0]) == ["clash_sent"]


@pytest.mark.parametrize(
    ("references", "changes", "state", "said", "of_other"),
    [
        ("a@x,1,2026-01-01T03:00:00Z", (), "in force", "reference_sent", "not_meant"),  # another time
        ("a@x,1,2026-01-01T14:00:00", (), "cancelled", "reference_time", None),  # no zone: the same clock elsewhere
        ("a@x,1,2026-01-01T14:07:00", (), "in force", "reference_sent", "not_meant"),
        ("a@x,1,soon", (), "cancelled", "reference_time", None),
        ("a@x,1,2026-01-01T02:00:00Z", (("a@x", "b@x"),), "in force", "not_given", None),
        ("a@x,1,2026-01-01T02:00:00Z", (("<sender>a@x", "<sender>b@x"),), "in force", "foreign_takes", "foreign"),
        ("a@x,1,2026-01-01T02:00:00Z", (("Actual", "Test"),), "in force", "no_actual", None),
        ("a@x,1,2026-01-01T02:00:00Z", (("T07:", "T01:"),), "in force", "earlier", None),
        ("a@x,1,2026-01-01T02:00:00Z", (("Cancel", "cancel"),), "cancelled", None, None),  # a careless sender
        ("1", (), "in force", "references_unread", None),
        ("", (), "in force", "no_references", None),
    ],
)
def test_what_a_cancel_does_not_cancel_is_said(tmp_path, references, changes, state, said, of_other):
    found = _folder(tmp_path, ("1", "a@x", "Alert", "", 2), ("2", "a@x", "Cancel", references, 7, *changes))
    alert, cancel = found.alerts
    assert alert.state(AT) == state
    assert _codes(cancel) == [said] * bool(said) and _codes(alert) == [of_other] * bool(of_other)
    for each in (*cancel.caveats, *alert.caveats):
        told = {in_language(each, language) for language in LANGUAGES}
        assert len(told) == len(LANGUAGES) and not any("{" in text for text in told)


def test_an_update_that_was_cancelled_leaves_nothing_in_force_and_says_so(tmp_path):
    found = _folder(
        tmp_path,
        ("1", "a@x", "Alert", "", 2),
        ("2", "a@x", "Update", "a@x,1,2026-01-01T02:00:00Z", 4),
        ("3", "a@x", "Cancel", "a@x,2,2026-01-01T04:00:00Z", 6),
    )
    first = found.alerts[0]
    assert [alert.state(AT) for alert in found.alerts] == ["updated", "cancelled", "cancels"]
    assert [(each.kind, each.direct) for each in first.successors_by(AT)] == [("Update", True), ("Cancel", False)]
    assert [each.kind for each in first.successors_by(AT.replace(hour=5))] == ["Update"]


def test_messages_that_refer_to_each_other_in_a_circle_end(tmp_path):
    found = _folder(
        tmp_path,
        ("1", "a@x", "Update", "a@x,2,2026-01-01T02:00:00Z", 2),
        ("2", "a@x", "Update", "a@x,1,2026-01-01T02:00:00Z", 2),
    )
    assert [alert.state(AT) for alert in found.alerts] == ["updated", "updated"]


def test_a_copy_counts_once_and_other_content_under_one_name_is_kept_and_said(tmp_path):
    message = ("1", "a@x", "Alert", "", 2)
    found = _folder(tmp_path, message, message, (*message, ("0,31 0,33 2,33 2,31 0,31", "5,31 5,33 7,33 7,31 5,31")))
    assert [_codes(alert) for alert in found.alerts] == [["clash_content"], ["clash_content"]]
    assert found.left_out == ("Alerts that stand there more than once, each counted once: 1.",)


@pytest.mark.parametrize(
    ("events", "state", "counted"),
    [
        ([{"expires": ""}], "old", 1),
        ([{"expires": ""}, {"expires": "2026-02-01T00:00:00Z", "event": "Wind"}], "in force", 2),
        ([{"expires": "2026-01-02T00:00:00Z"}, {"expires": "2026-02-01T00:00:00Z"}], "in force", 1),
        ([{"expires": "2026-01-02T00:00:00Z"}, {"expires": "2026-01-03T00:00:00Z"}], "expired", 2),
    ],
)
def test_states_follow_the_events_that_are_not_over(tmp_path, events, state, counted):
    (tmp_path / "alert.xml").write_text(
        cap("".join(info(**event) for event in events).replace("<expires></expires>", ""))
    )
    (alert,) = read_alerts(tmp_path / "alert.xml").alerts
    late = AT + timedelta(days=10)
    assert alert.state(late) == state and len(alert.counted(late)) == counted


@pytest.mark.parametrize(
    ("description", "circle", "doubted"),
    [
        ("Suva within 5 km", "-18,178 5000", "5 km"),
        ("Within 5000 m of the wharf", "-18,178 5000", "5000 m"),
        ("Rayon de 5 kilomètres", "-18,178 200", "5 kilomètres"),
        ("A radius of 12 miles", "-18,178 20", ""),
        ("20 km across", "-18,178 10", ""),
        ("Slopes above 300 m", "-18,178 40", ""),  # a height
        ("Suva", "-18,178 20", ""),
    ],
)
def test_a_circle_that_its_own_words_contradict_is_doubted(tmp_path, description, circle, doubted):
    area = f"<area><areaDesc>{description}</areaDesc><circle>{circle}</circle></area>"
    (tmp_path / "alert.xml").write_text(cap(info(area=area)))
    (alert,) = read_alerts(tmp_path / "alert.xml").alerts
    assert [each.values["stated"] for each in alert.caveats if each.code == "described"] == [doubted] * bool(doubted)


def test_an_actual_alert_whose_words_say_test_is_doubted(tmp_path):
    (tmp_path / "alert.xml").write_text(cap(info(headline="TEST TEST only")))
    (alert,) = read_alerts(tmp_path / "alert.xml").alerts
    assert _codes(alert) == ["test_words"] and alert.state(datetime(2026, 1, 1, tzinfo=UTC)) == "in force"
