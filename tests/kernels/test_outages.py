"""Loss of sites: every state of every site by brute force, bounds by linear programmes, and what never changes."""

import numpy as np
from ewcm_kernels.outages import bounds, chance_to_stand, expected_share
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.outages import brute_force, extremes

CHANCE = st.sampled_from([0.0, 1.0, 0.25, 0.6, 0.61, 0.9])


@st.composite
def networks(draw, largest=6):
    """Sites of one grid cell, in the order of the kernels, with what hangs on what."""
    count = draw(st.integers(1, largest))
    group = np.sort(draw(st.lists(st.integers(0, 2), min_size=count, max_size=count)))
    numbers = {name: draw(st.lists(CHANCE, min_size=count, max_size=count)) for name in ("off", "on", "share", "spent")}
    order = np.lexsort((-np.array(numbers["off"]), group))
    off, stand_on, share = (np.array(numbers[name])[order] for name in ("off", "on", "share"))
    parent = np.full(count, -1, np.int64)
    for site in range(count):
        hubs = [other for other in range(site) if group[other] == group[site]]
        if hubs and draw(st.booleans()):
            parent[site] = draw(st.sampled_from(hubs))
    depth = np.zeros(count, np.int64)
    for site in range(count):  # hubs stand before what hangs on them
        depth[site] = 0 if parent[site] < 0 else depth[parent[site]] + 1
    stand_off = stand_on * (1 - np.array(numbers["spent"])[order])
    return group.astype(np.int64), off, stand_on, stand_off, parent, depth, share


def _ask(network, most=1.0, beyond=0.0):
    *chances, share = network
    count = share.size
    offsets, sites = np.array([0, count], np.int64), np.arange(count, dtype=np.int32)
    kept, lost = expected_share(offsets, sites, share, np.array([most]), np.array([beyond]), *chances)
    return kept[0], lost[0]


@given(networks(), st.sampled_from([1.0, 0.7]), st.sampled_from([0.0, 0.3]))
def test_expected_shares_are_those_of_every_state(network, most, beyond):
    group, off, stand_on, stand_off, parent, _, share = network
    wanted = brute_force(share, most, beyond, group, off, stand_on, stand_off, parent)
    np.testing.assert_allclose(_ask(network, most, beyond), wanted, atol=1e-12)


@settings(max_examples=2)
@given(networks(largest=12).filter(lambda network: network[0].size >= 11))
def test_twelve_sites_have_all_their_4096_states(network):
    group, off, stand_on, stand_off, parent, _, share = network
    wanted = brute_force(share, 1.0, 0.0, group, off, stand_on, stand_off, parent)
    np.testing.assert_allclose(_ask(network), wanted, atol=1e-12)


@given(networks(largest=5), st.sampled_from([1.0, 0.7]))
def test_bounds_hold_whatever_the_dependence(network, most):
    *_, share = network
    stand = chance_to_stand(*network[:-1])
    offsets, sites = np.array([0, share.size], np.int64), np.arange(share.size, dtype=np.int32)
    held = np.array([min(most, share.max())])
    low, high = bounds(offsets, sites, share, held, stand)
    least, largest = extremes(share, most, stand)
    assert low[0] <= least + 1e-9
    assert high[0] >= largest - 1e-9
    kept, _ = _ask(network, most)
    assert low[0] - 1e-9 <= kept <= high[0] + 1e-9
    if set(share) <= {0.0, 1.0} and most == 1.0:  # whole cells: the bounds are sharp
        np.testing.assert_allclose((low[0], high[0]), (least, largest), atol=1e-9)


@given(networks(), st.integers(0, 5), st.sampled_from(["off", "on", "backup"]))
def test_a_likelier_outage_never_raises_what_is_kept(network, number, what):
    group, off, stand_on, stand_off, parent, depth, share = network
    number %= share.size
    worse_on, worse_off, worse_power = stand_on.copy(), stand_off.copy(), off.copy()
    if what == "on":
        worse_on[number], worse_off[number] = 0.5 * worse_on[number], 0.5 * worse_off[number]
    elif what == "backup":
        worse_off[number] *= 0.5
    else:
        worse_power[group == group[number]] = np.maximum(worse_power[group == group[number]], 0.9)
        worse_power = worse_power[np.lexsort((-worse_power, group))] if parent.max() < 0 else off
    if what == "off" and not np.array_equal(np.argsort(-worse_power, kind="stable"), np.argsort(-off, kind="stable")):
        return  # the order of the sites would change with it
    worse = (group, worse_power, worse_on, np.minimum(worse_off, worse_on), parent, depth, share)
    assert _ask(worse)[0] <= _ask(network)[0] + 1e-12


def test_sure_states_leave_nothing_to_chance():
    group, none, one = np.zeros(3, np.int64), np.zeros(3), np.ones(3)
    parent, depth = np.array([-1, 0, -1]), np.array([0, 1, 0])
    share = np.array([0.2, 0.9, 0.5])
    np.testing.assert_allclose(_ask((group, none, one, one, parent, depth, share)), (0.9, 0.0))
    # The first is gone, and with it the second, which hangs on it.
    gone = np.array([0.0, 1.0, 1.0])
    np.testing.assert_allclose(_ask((group, none, gone, gone, parent, depth, share)), (0.5, 0.4))
    np.testing.assert_allclose(_ask((group, none, none, none, parent, depth, share), beyond=0.6), (0.0, 0.3))
