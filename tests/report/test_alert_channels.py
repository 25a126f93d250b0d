"""Channels of an alert: what they add up to, and files of channels that cannot be used."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewcm.analysis.alerts import ChannelReach, sums, together, with_devices
from ewcm.core.fraction import CASES, LEVELS, Shares
from ewcm.errors import InputError
from ewcm.sources.alert_channels import CARRIED, read_channels

LEVEL = st.integers(0, LEVELS)


@st.composite
def _channel(draw, name):
    covered = sorted(draw(st.lists(LEVEL, min_size=3, max_size=3)))
    unknown = draw(st.integers(0, LEVELS - covered[2]))
    share = sorted(draw(st.lists(st.floats(0, 1), min_size=3, max_size=3)))
    shares = {
        case: Shares(np.array([level], np.uint16), np.array([unknown], np.uint16))
        for case, level in zip(("low", "central", "high"), covered, strict=True)
    }
    devices = draw(st.sampled_from([None, dict(zip(("low", "central", "high"), share, strict=True))]))
    if draw(st.booleans()):
        return ChannelReach(name, "unknown", None, False)
    return ChannelReach(name, "known", with_devices(shares, devices))


@given(st.data())
def test_a_further_channel_never_lowers_reach_and_an_unknown_one_never_changes_it(data):
    names = ["mobile", "cell broadcast", "SMS", "FM", "TV", "siren"]
    channels = [data.draw(_channel(name)) for name in names]
    people = np.array([1000.0])
    before = {"reached": 0.0, "reached_low": 0.0, "reached_high": 0.0}
    for count in range(1, len(channels) + 1):
        whole = together(channels[:count], CARRIED)
        for case in () if whole.shares is None else CASES:
            part = whole.shares[case]
            total = part.covered_level().astype(int) + part.uncovered_level() + part.unknown_level()
            assert (total == LEVELS).all()
        figures = sums(whole, people)
        found = {key: figures[key] or 0.0 for key in before}
        if channels[count - 1].shares is None:
            assert found == before
        assert all(found[key] >= before[key] - 1e-9 for key in before)
        assert found["reached_low"] <= found["reached"] + 1 <= found["reached_high"] + 2
        before = found


def test_many_cells_give_what_few_at_a_time_do(monkeypatch):
    """The cells of a country at 100 m are worked out in parts."""
    generator = np.random.default_rng(5)
    cells = 1000
    people = generator.gamma(0.3, 1, cells)

    def made(name, devices):
        covered = generator.integers(0, LEVELS + 1, cells).astype(np.uint16)
        unknown = (generator.random(cells) < 0.3) * (LEVELS - covered)
        shares = {case: Shares(covered, unknown.astype(np.uint16)) for case in CASES}
        return name, shares, devices

    channels = [made("mobile", None), made("FM", dict.fromkeys(CASES, 0.4)), made("siren", dict.fromkeys(CASES, 1.0))]

    def figures():
        reached = [ChannelReach(name, "known", with_devices(shares, devices)) for name, shares, devices in channels]
        return [sums(each, people) for each in (*reached, together(reached, CARRIED))]

    at_once = figures()
    monkeypatch.setattr("ewcm.analysis.alerts._AT_A_TIME", 64)
    for one, other in zip(at_once, figures(), strict=True):
        assert one == {key: pytest.approx(value, rel=1e-12) for key, value in other.items()}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("# nothing", "no \\[\\[channel\\]\\]"),
        ("[[channel]]\nname='carrier pigeon'\neverywhere=true", "carrier pigeon"),
        ("[[channel]]\nname='FM'", "does not say where"),
        ("[[channel]]\nname='FM'\neverywhere=true\nshare=1.2", "share"),
        ("[[channel]]\nname='FM'\neverywhere=true\nshare=[0.9,0.5,0.6]", "share"),
        ("[[channel]]\nname='FM'\neverywhere=true\nshares=1", "did you mean share"),
        ("[[channel]]\nname='FM'\neverywhere=true\npolygons='x'", "two ways"),
        ("[[channel]]\nname='SMS'\nmessages_per_minute=-1", "messages_per_minute"),
        ("[[channel]]\nname='cell broadcast'\ntechnologies=['6G']", "6G"),
        ("[[channel]]\nname='FM'\nstate='maybe'\neverywhere=true", "state"),
        ("[[channel]]\nname='TV'\nstate='unknown'\n[[channel]]\nname='tv'\nstate='unknown'", "two channels"),
        ("[[channel]]\nname='siren'\nsites='none.csv'", "none.csv"),
    ],
)
def test_channels_that_cannot_be_used_are_refused_in_one_line(tmp_path, text, reason):
    (tmp_path / "channels.toml").write_text(text)
    with pytest.raises(InputError, match=reason) as error:
        read_channels(tmp_path / "channels.toml")
    assert "\n" not in str(error.value)
