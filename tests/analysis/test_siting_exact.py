"""The choice that is proved best against every choice there is."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewcm.analysis.siting_exact import exact
from tests.kernels.siting_problems import made_problem, problems
from tests.oracles import siting as oracle


@given(problems(), st.one_of(st.just(math.inf), st.integers(1, 12)))
def test_the_exact_choice_is_the_best_within_limits_and_budget(case, budget):
    """Candidates that together cost more than the budget could be taken for its best choice."""
    serves, weight, kind, limits, cost = case
    problem, limits = made_problem(serves, weight, kind, cost), np.array(limits)
    found = exact(problem, limits, budget, 20.0, np.zeros(0, np.int64))
    assert problem.cost[found.chosen].sum() <= budget
    assert (np.bincount(problem.kind[found.chosen], minlength=2) <= limits).all()
    best = oracle.best(serves, weight, kind, limits.tolist(), cost, budget)
    assert found.optimal and found.people == pytest.approx(best, abs=1e-6)
    assert found.people - 1e-9 <= best <= found.bound + 1e-6
    assert oracle.total(serves, weight, found.chosen) == pytest.approx(found.people, abs=1e-9)
