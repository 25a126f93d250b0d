"""Set-up of the kernel tests."""

import os

# Several threads even on a small machine: bands must not depend on them. It counts only before numba is first imported.
os.environ.setdefault("NUMBA_NUM_THREADS", "8")

import pytest
from ewcm_kernels import bands
from hypothesis import settings

# The first call of a kernel compiles it, which no deadline foresees.
settings.register_profile("kernels", deadline=None)
settings.load_profile("kernels")


@pytest.fixture(autouse=True, scope="module")
def small_bands():
    """Cut even the smallest grids into several bands, so that every test crosses their seams."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bands, "LEAST_CELLS", 200)
        yield
