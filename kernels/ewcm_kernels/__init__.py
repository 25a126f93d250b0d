"""Array loops of the engine: arrays and scalars in, arrays out; numpy, numba and the standard library only.

Every kernel is compiled once by numba and kept on disk. numba looks for a writable place in this order: the folder named
by ``NUMBA_CACHE_DIR``, ``__pycache__`` beside the source, the user's cache folder. A compiled kernel does not depend on
the number of threads: kernels are plain (serial) machine code that releases the interpreter lock, and `bands.run` spreads
fixed bands of rows over the threads. Results are added in the order of the bands and so are the same for any number of them.

numba's cache watches only the file a kernel stands in. A compiled helper that another *file* of this package calls must
therefore not be changed without touching the caller's file; keep helpers in the file of their kernel.
"""

import atexit
import shutil
import tempfile

import numba


def _cache_probe() -> None:
    """Stands in for every kernel of this folder when numba is asked whether it can be cached."""


def _ensure_cache_folder() -> None:
    """Give numba a folder of this process's own where it finds none that is writable.

    Without it, an installation that is read-only, run by a user without a home, could not even be imported. The folder is
    private and goes away with the process: cached kernels are executable, and a name in a shared folder could be forged.
    """
    try:
        numba.njit(cache=True)(_cache_probe)
    except RuntimeError:
        folder = tempfile.mkdtemp(prefix="ewcm_kernels-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        numba.config.CACHE_DIR = folder


_ensure_cache_folder()
