"""Set-up of the kernel tests."""

import pytest
from ewcm_kernels import bands


@pytest.fixture(autouse=True, scope="module")
def small_bands():
    """Cut even small grids into several bands, so that every test crosses their seams."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bands, "LEAST_CELLS", 200)
        yield
