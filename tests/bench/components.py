"""Groups of populated cells with their people, beside bare labelling."""

from collections.abc import Iterator

import cv2
import numpy as np
from ewcm_kernels.components import components
from scipy import ndimage

from tests.bench.made import clusters, full_side, people
from tests.bench.row import Budget, Row

_EIGHT = np.ones((3, 3), int)


def rows(scale: float) -> Iterator[Row]:
    side = full_side(scale)
    weight = np.nan_to_num(people(side))
    noise = (np.random.default_rng(2).random((side, side), dtype=np.float32) < 0.03).astype(np.uint8)
    for member, name in ((clusters(side, 0.03), "in clusters"), (noise, "scattered")):

        def scipy_people(member=member):
            labels, count = ndimage.label(member, _EIGHT)
            return ndimage.sum_labels(weight, labels, np.arange(1, count + 1))

        def note(member=member):
            found = components(member, (weight,))
            count, _ = cv2.connectedComponents(member)
            people_in = weight[member != 0].sum(dtype=float)
            return f"groups: {found.cells.size} ours, {count - 1} cv2; people lost: {people_in - found.sums.sum():.1e}"

        share = member.mean()
        yield Row(
            f"groups and people in them, {side} x {side}, {share:.1%} populated, {name}",
            lambda member=member: components(member, (weight,)),
            {
                "cv2.connectedComponents, bare": lambda member=member: cv2.connectedComponents(member),
                "scipy label and sum_labels": scipy_people,
            },
            Budget("at most cv2's bare labelling", "cv2.connectedComponents, bare", 1.0),
            note,
        )
