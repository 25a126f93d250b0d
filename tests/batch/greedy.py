"""What a worker loads first where one country is to take more memory than there is: that of a large country, in less time."""

from __future__ import annotations

import time

import numpy as np

#: The country that does.
ISO3 = "NER"


def hoard(most_bytes: int) -> list[np.ndarray]:
    """Take memory in small steps."""
    held = []
    for _ in range(most_bytes // 2**22):
        held.append(np.ones(2**22, np.uint8))
        time.sleep(0.002)
    return held


def dask_setup(worker: object) -> None:
    """Dask calls this in each worker that it starts."""
    from ewcm import pipeline

    whole = pipeline.run

    def run(data, settings, progress):
        held = hoard(2**31 if data.country.iso3 == ISO3 else 0)
        result = whole(data, settings, progress)
        del held
        return result

    pipeline.run = run
