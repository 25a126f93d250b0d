"""Set-up of the kernel tests."""

import os

# Several threads even on a small machine: bands must not depend on them. It counts only before numba is first imported.
os.environ.setdefault("NUMBA_NUM_THREADS", "8")

from hypothesis import settings  # noqa: E402

# The first call of a kernel compiles it, which no deadline foresees.
settings.register_profile("kernels", deadline=None)
settings.load_profile("kernels")
