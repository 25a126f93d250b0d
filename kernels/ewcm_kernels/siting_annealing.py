"""A better choice of sites by exchanges of which some make it worse for a while: simulated annealing.

Exchanges that only ever serve more people end where no single one helps; a choice that serves more can lie several of them away.
Here a random member is exchanged for a random candidate of its kind, and an exchange that serves fewer people is kept with the
probability exp(change / temperature), while the temperature falls (S. Kirkpatrick, C. D. Gelatt and M. P. Vecchi,
"Optimization by simulated annealing", Science 220, 1983). The same numbers are drawn each time, so that the answer is the same
everywhere.
"""

import numpy as np

from ewcm_kernels.compiled import njit
from ewcm_kernels.siting_prices import Rows

#: First and last temperature, as shares of the people whom one of the chosen serves on average.
_FIRST, _LAST = 0.05, 0.0002

_SEED = 1


@njit(cache=True, nogil=True)
def _people_of(candidate, offsets, row, weight, count, served):
    """People of those rows of a candidate that so many of the chosen serve."""
    total = 0.0
    for entry in range(offsets[candidate], offsets[candidate + 1]):
        if count[row[entry]] == served:
            total += weight[row[entry]]
    return total


@njit(cache=True, nogil=True)
def _count(candidate, offsets, row, count, change):
    for entry in range(offsets[candidate], offsets[candidate + 1]):
        count[row[entry]] += change


@njit(cache=True, nogil=True)
def _annealed(offsets, row, weight, kind, chosen, places, others, chances, first, last):
    """The best choice that was met, as candidates in no order; ``chosen`` is where it starts, and is worked on.

    Trial t asks whether the candidate at ``places[t]`` of the chosen is exchanged for ``others[t]``; ``chances``: 0..1.
    """
    count = np.zeros(weight.size, np.int32)
    member = np.zeros(kind.size, np.bool_)
    for candidate in chosen:
        member[candidate] = True
        _count(candidate, offsets, row, count, 1)
    more, most, best = 0.0, 0.0, chosen.copy()
    for trial in range(places.size):
        place, other = places[trial], others[trial]
        one = chosen[place]
        if member[other] or kind[other] != kind[one]:
            continue
        lost = _people_of(one, offsets, row, weight, count, 1)
        _count(one, offsets, row, count, -1)
        change = _people_of(other, offsets, row, weight, count, 0) - lost
        temperature = first * (last / first) ** (trial / places.size)
        if change < 0.0 and chances[trial] >= np.exp(change / temperature):
            _count(one, offsets, row, count, 1)
            continue
        _count(other, offsets, row, count, 1)
        member[one], member[other] = False, True
        chosen[place] = other
        more += change
        if more > most:
            most = more
            best[:] = chosen
    return best


def annealed(rows: Rows, kind: np.ndarray, chosen: np.ndarray, people: float, trials: int) -> np.ndarray:
    """Candidates of a choice with as many of each kind that serves no fewer people, rising.

    ``rows``: of demand, each served whole or not at all (:func:`ewcm_kernels.siting_prices.in_levels`). ``kind``:
    i64[candidates]. ``chosen``: i64, where it starts; it serves ``people``. ``trials``: exchanges that are tried; a
    million take a second or two.
    """
    start = np.array(chosen, np.int64)
    if not 0 < start.size < kind.size or people <= 0.0:
        return np.sort(start)
    mean = people / start.size
    draw = np.random.default_rng(_SEED)
    places, others = draw.integers(0, start.size, trials), draw.integers(0, kind.size, trials)
    found: np.ndarray = _annealed(
        rows.offsets,
        rows.row,
        rows.weight,
        kind,
        start,
        places,
        others,
        draw.random(trials),
        _FIRST * mean,
        _LAST * mean,
    )
    return np.sort(found)
