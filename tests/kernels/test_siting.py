"""The choice of sites against the plain way and against every choice there is; points in discs against every distance."""

import math

import numpy as np
import pytest
from ewcm_kernels.siting import Problem, choose, gains, points_within, served
from ewcm_kernels.siting_annealing import annealed
from ewcm_kernels.siting_prices import entries_in_levels, in_levels, merged, priced, settled
from hypothesis import example, given
from hypothesis import strategies as st

from ewcm.core import grid
from tests.kernels.siting_problems import made_problem, problems
from tests.oracles import siting as oracle


@given(problems())
def test_without_exchanges_the_choice_is_that_of_the_plain_way(case):
    serves, weight, kind, limits, _ = case
    found = choose(made_problem(serves, weight, kind), limits, most_exchanges=0, price_steps=0)
    chosen, added = oracle.greedy(serves, weight, kind, limits)
    assert found.chosen.tolist() == chosen
    assert found.gain == pytest.approx(added, abs=1e-9)


@given(problems())
def test_gains_never_rise_and_add_up_and_the_bound_holds_of_every_choice(case):
    serves, weight, kind, limits, _ = case
    problem = made_problem(serves, weight, kind)
    found = choose(problem, limits)
    plain = choose(problem, limits, most_exchanges=0, price_steps=0)
    people, best = float(found.gain.sum()), oracle.best(serves, weight, kind, limits)
    for one in (0, 1):  # of each kind: where one may be chosen no more, the other may add less
        assert (np.diff(found.gain[problem.kind[found.chosen] == one]) <= 1e-12).all()
    assert people == pytest.approx(oracle.total(serves, weight, found.chosen), abs=1e-9)
    assert people == pytest.approx(float((problem.weight * served(problem, found.chosen)).sum()), abs=1e-9)
    assert plain.gain.sum() - 1e-9 <= people <= best + 1e-9 <= found.bound + 2e-9
    assert all((problem.kind[found.chosen] == one).sum() <= limit for one, limit in enumerate(limits))


@given(problems(), st.integers(0, 12))
def test_a_budget_is_kept_half_of_what_greed_is_sure_of_is_reached_and_the_bound_holds(case, budget):
    serves, weight, kind, limits, cost = case
    problem = made_problem(serves, weight, kind, cost)
    found = choose(problem, (9, 9), budget)
    best = oracle.best(serves, weight, kind, (9, 9), cost, budget)
    people = float(found.gain.sum())
    assert problem.cost[found.chosen].sum() <= budget
    assert (1 - 1 / math.e) / 2 * best - 1e-9 <= people <= best + 1e-9 <= found.bound + 2e-9
    both = choose(problem, limits, budget)
    most = oracle.best(serves, weight, kind, limits, cost, budget)
    assert both.gain.sum() <= most + 1e-9 <= both.bound + 2e-9


def test_one_exchange_finds_what_greed_misses():
    # Greed takes the middle, which serves 6, and then 3; the two sides serve 10 without it.
    serves = [{0: 1.0, 1: 1.0}, {1: 1.0, 2: 1.0}, {2: 1.0, 3: 1.0}]
    weight = [2, 3, 3, 2]
    problem = made_problem(serves, weight)
    greedy, better = (choose(problem, [2], most_exchanges=most, price_steps=0) for most in (0, 9))
    assert (greedy.gain.sum(), better.gain.sum(), better.exchanges) == (8, 10, 1)
    assert better.chosen.tolist() == [0, 2]


def test_prices_find_what_exchanges_of_one_do_not_and_prove_it():
    # Discs that overlap much: the bound of the gains alone is far above what can be served.
    random = np.random.default_rng(5)
    lat, lon = random.uniform(0, 2, 900), random.uniform(0, 2, 900)
    people = np.round(random.lognormal(1.0, 1.5, 900))
    places = random.choice(900, 80, replace=False)
    offsets, row = points_within(lat, lon, lat[places], lon[places], 30.0)
    problem = Problem(offsets, row, np.ones(row.size), people, np.zeros(80, np.int64), np.ones(80))
    plain, better = choose(problem, [8], price_steps=0), choose(problem, [8])
    assert better.gain.sum() >= plain.gain.sum()
    assert plain.gain.sum() / plain.bound < 0.9 < 0.985 < better.gain.sum() / better.bound
    again = choose(problem, [8])
    assert again.chosen.tolist() == better.chosen.tolist() and again.bound == better.bound


#: The two candidates that serve most cost more than there is.
_TOO_DEAR = (
    [{}, {}, dict.fromkeys(range(5), 1.0), {5: 1.0}, {}],
    [0, 0, 0, 0, 1, 1, 0, 0, 0],
    [0] * 5,
    (2, 0),
    [1, 1, 1, 2, 1],
)


@given(problems(), st.one_of(st.just(math.inf), st.integers(1, 12)))
@example(_TOO_DEAR, 2)
def test_the_bound_of_prices_holds_and_settled_candidates_are_those_of_better_choices(case, budget):
    serves, weight, kind, limits, cost = case
    problem = made_problem(serves, weight, kind, cost)
    rows = merged(*problem[:4])
    levels = in_levels(rows)
    assert levels.weight.sum() == pytest.approx(oracle.total(serves, weight, range(len(serves))), abs=1e-9)
    assert (levels.share == 1.0).all() and levels.row.size <= entries_in_levels(rows)
    best = oracle.best(serves, weight, kind, limits, cost, budget)
    limits = np.array(limits)
    found = priced(rows, problem.kind, problem.cost, limits, budget, np.zeros(0, np.int64), 60)
    assert found.people - 1e-9 <= best <= found.bound + 1e-9
    assert oracle.total(serves, weight, found.chosen) == pytest.approx(found.people, abs=1e-9)
    if math.isinf(budget):
        never, always = settled(found, problem.kind, limits, found.people)
        for chosen in oracle.better(serves, weight, kind, limits, found.people + 1e-6):
            assert not never[list(chosen)].any() and set(np.flatnonzero(always)) <= set(chosen)


def test_annealing_finds_what_no_single_exchange_does():
    # Either of the last two sites serves 20 beside one of the first two, who serve 22 together; the last two serve 28.
    serves = [{0: 1.0, 2: 1.0, 4: 1.0}, {1: 1.0, 3: 1.0, 5: 1.0}, {0: 1.0, 1: 1.0, 6: 1.0}, {2: 1.0, 3: 1.0, 7: 1.0}]
    problem = made_problem(serves, [5, 5, 5, 5, 1, 1, 4, 4])
    rows = in_levels(merged(*problem[:4]))
    assert annealed(rows, problem.kind, np.array([0, 1]), 22.0, 10_000).tolist() == [2, 3]
    assert annealed(rows, problem.kind, np.array([0, 1]), 22.0, 0).tolist() == [0, 1]
    assert annealed(rows, np.array([0, 0, 0, 1]), np.array([0, 1]), 22.0, 10_000).tolist() == [0, 1]


@given(problems())
def test_annealing_serves_no_fewer_keeps_the_kinds_and_is_the_same_each_time(case):
    serves, weight, kind, limits, _ = case
    problem = made_problem(serves, weight, kind)
    rows = in_levels(merged(*problem[:4]))
    start = np.concatenate([np.flatnonzero(problem.kind == one)[:limit] for one, limit in enumerate(limits)])
    before = oracle.total(serves, weight, start)
    found = annealed(rows, problem.kind, start, before, 200)
    assert before - 1e-9 <= oracle.total(serves, weight, found) <= oracle.best(serves, weight, kind, limits) + 1e-9
    assert sorted(problem.kind[found]) == sorted(problem.kind[start]) and len(set(found)) == found.size
    assert found.tolist() == annealed(rows, problem.kind, start, before, 200).tolist()


def test_equal_candidates_go_by_their_order_and_small_ones_are_left():
    serves = [{0: 1.0}, {1: 1.0}, {2: 1.0}, {0: 1.0}]
    problem = made_problem(serves, [5, 5, 1])
    assert choose(problem, [4]).chosen.tolist() == [0, 1, 2]
    stopped = choose(problem, [4], least=2.0)
    assert stopped.chosen.tolist() == [0, 1]
    assert stopped.bound == 10.0  # of two candidates nobody serves more


def test_nothing_to_serve_and_nobody_to_choose():
    problem = made_problem([{}, {0: 1.0}], [0.0])
    for limits in ([0], [2]):
        found = choose(problem, limits)
        assert (found.chosen.size, found.bound) == (0, 0.0)
    added = np.empty(2)
    gains(*problem[:4], np.zeros(1), added)
    assert added.tolist() == [0.0, 0.0]


@given(st.integers(0, 10**6))
def test_points_in_discs_are_those_within_the_distance(seed):
    random = np.random.default_rng(seed)
    middle = random.choice([-179.9, 0.0, 33.0, 180.0])
    pole = random.choice([0.0, 0.0, 60.0, 88.5])
    lat, lon = pole + random.uniform(-1, 1, 200), middle + random.uniform(-1, 1, 200) + random.choice([0, 360])
    site_lat, site_lon = pole + random.uniform(-1, 1, 5), middle + random.uniform(-1, 1, 5)
    radius = random.uniform(0, 200, 5)
    offsets, found = points_within(lat, lon, site_lat, site_lon, radius)
    for site in range(5):
        far = grid.distance_km(lat, lon, np.full(200, site_lat[site]), np.full(200, site_lon[site]))
        assert sorted(found[offsets[site] : offsets[site + 1]]) == np.flatnonzero(far <= radius[site]).tolist()
