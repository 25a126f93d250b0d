"""What two operators with two technologies each reach together, beside the same in numpy with whole arrays."""

from collections.abc import Iterator

import numpy as np
from ewcm_kernels.levels import Networks

from ewcm.core.fraction import LEVELS, UNKNOWN
from tests.bench.made import full_side
from tests.bench.row import Budget, Row


def rows(scale: float) -> Iterator[Row]:
    random = np.random.default_rng(0)
    side = full_side(scale, 3000)
    networks = random.integers(0, 256, (2, 2, side, side), dtype=np.uint8)
    level_of = np.linspace(0, LEVELS, 256).astype(np.uint16)
    level_of[1] = UNKNOWN

    def ours() -> int:
        joined = Networks((side, side))
        for layers in networks:
            for code in layers:
                joined.add_code(code, level_of)
            joined.end_network()
        return int(joined.joined()[0].sum(dtype=np.int64))

    def plain() -> int:
        covered, unknown = np.zeros((side, side), np.uint16), np.zeros((side, side), bool)
        for layers in networks:
            levels = [level_of[code] for code in layers]
            known = [level != UNKNOWN for level in levels]
            unknown |= ~np.logical_or.reduce(known)
            for level, is_known in zip(levels, known, strict=True):
                np.maximum(covered, np.where(is_known, level, 0), out=covered)
        return int(np.where(unknown & (covered == 0), UNKNOWN, covered).sum(dtype=np.int64))

    yield Row(
        f"what two operators with two technologies reach together, {side} x {side}",
        ours,
        {"numpy": plain},
        Budget("at most half of numpy", "numpy", 0.5),
        lambda: f"levels: {ours():,} ours, {plain():,} numpy",
    )
