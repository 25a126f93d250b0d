import numpy as np
import pytest
from ewcm_kernels.estimates import ERRORS, ODDS, covered_people, estimated_levels
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels.threads import under_threads
from tests.oracles import estimates as oracle

BAND, CERTAIN, STEP, ERROR_STEP = 1.645, 0.02, 1e-3, 0.02
EVERY = np.arange(-(ODDS // 2), ODDS // 2) * STEP


def made(seed, shape=(7, 9), services=3):
    """Log-odds, errors and circles that nest, of some services; the shift of each."""
    random = np.random.default_rng(seed)
    centre = random.integers(-9000, 9000, (services, *shape)).astype(np.int16)
    centre.reshape(services, -1)[:, :2] = np.array([-32768, 32767])
    error = random.integers(0, ERRORS, (services, *shape)).astype(np.uint8)
    circle = np.minimum.accumulate(random.integers(0, 2, (services, *shape)).astype(np.uint8))
    return centre, error, circle, random.normal(0.0, 3.0, services)


def levels_of(centre, error, circle, shifts):
    found, older = [], None
    spread = np.exp(BAND * ERROR_STEP * np.arange(ERRORS))
    for odds, errors, shown, shift in zip(centre, error, circle, shifts, strict=True):
        central, bound = np.zeros((2, *odds.shape), np.uint16)
        central_of = np.rint(oracle.probability(EVERY + shift, CERTAIN) * oracle.LEVELS).astype(np.uint16)
        tables = central_of, np.exp(-(EVERY + shift)), spread, 1.0 / spread
        estimated_levels(odds, errors, shown, *tables, CERTAIN, older, central, bound)
        older = central, bound, shown
        found.append([np.where(shown, bound, 0), central, np.where(shown, oracle.LEVELS, bound)])
    return np.array(found)


@given(st.integers(0, 2**32 - 1))
def test_levels_nest_as_worked_out_cell_by_cell(seed):
    centre, error, circle, shifts = made(seed)
    wanted = oracle.levels(centre * STEP + shifts[:, None, None], error * ERROR_STEP, circle, BAND, CERTAIN)
    # One step where a share lies between two of them.
    assert np.abs(levels_of(centre, error, circle, shifts) - wanted).max() <= 1


@given(st.integers(0, 2**32 - 1), st.lists(st.booleans(), min_size=3, max_size=3))
def test_people_covered_are_those_of_the_shares(seed, has_floor):
    centre, _, _, shifts = made(seed)
    random = np.random.default_rng(seed)
    people = random.gamma(0.3, 100.0, centre.shape[1:]).astype(np.float32)
    people[0, 3:5] = np.nan, -1.0
    shares_of = oracle.probability(EVERY[None] + shifts[:, None], CERTAIN)
    shares = np.stack([table[odds.astype(int) + ODDS // 2] for table, odds in zip(shares_of, centre, strict=True)])
    floors = [
        random.integers(0, oracle.LEVELS, people.shape, endpoint=True).astype(np.uint16) if has else None
        for has in has_floor
    ]
    wanted = oracle.covered_people(people, shares, floors)
    assert covered_people(people, list(centre), shares_of, floors) == pytest.approx(wanted, rel=1e-12)


def test_the_same_digits_on_any_number_of_threads():
    centre, error, circle, shifts = made(1, (900, 900))
    people = np.random.default_rng(1).gamma(0.3, 100.0, centre.shape[1:]).astype(np.float32)
    tables = oracle.probability(EVERY[None] + shifts[:, None], CERTAIN)
    found = under_threads(lambda: covered_people(people, list(centre), tables, [None] * 3))
    assert len(set(found)) == 1
    same = under_threads(lambda: levels_of(centre, error, circle, shifts))
    assert all((one == same[0]).all() for one in same)
