"""The same call under several numbers of threads."""

import numba
import pytest


def under_threads(call):
    """Results of ``call()`` with 1, 2 and 8 threads, however many numba was started with."""
    results = []
    for threads in (1, 2, 8):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(numba, "get_num_threads", lambda threads=threads: threads)
            results.append(call())
    return results
