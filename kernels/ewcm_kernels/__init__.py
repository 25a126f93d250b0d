"""Array loops of the engine: arrays and scalars in, arrays out; numpy, numba and the standard library only.

Every kernel is compiled once by numba and kept on disk. numba looks for a writable place in this order: the folder
named by ``NUMBA_CACHE_DIR``, ``__pycache__`` beside the source, the user's cache folder; where it finds none, a folder
that lives as long as the process serves. A compiled kernel does not depend on the number of threads: kernels are plain
serial machine code that releases the interpreter lock, and `bands.run` spreads fixed bands of rows over the threads.
Results are added in the order of the bands, and so are the same for any number of threads.
"""

import atexit
import contextlib
import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numba

from .compiled import CONFIG


def _cache_probe() -> None:
    """Stands in for every kernel of this folder when numba is asked where it will be cached."""


def _cached_probe() -> Any:
    """The probe, told to be cached, as every kernel will be.

    Where numba finds no writable folder it gets one of this process's own. Otherwise an installation that is read-only,
    run by a user without a home, could not even be imported. The folder is private and goes away with the process:
    cached kernels are executable, and a name in a folder shared with others could be forged.
    """
    try:
        return numba.njit(cache=True)(_cache_probe)
    except RuntimeError:
        folder = tempfile.mkdtemp(prefix="ewcm_kernels-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        CONFIG.CACHE_DIR = folder
        return numba.njit(cache=True)(_cache_probe)


def _forget_stale(folder: Path) -> None:
    """Empty the cache if any source of this package has changed since it was filled.

    numba itself watches only the file a kernel stands in, not the files whose helpers are compiled into it: after an
    upgrade that changes only a helper it would go on with the old one.
    """
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    stamp = folder / "ewcm_kernels.sha256"
    with contextlib.suppress(OSError):
        if not stamp.is_file() or stamp.read_text() != digest.hexdigest():
            for index in folder.glob("*.nbi"):
                index.unlink(missing_ok=True)
            stamp.write_text(digest.hexdigest())


def _prepare_cache() -> None:
    probe = _cached_probe()
    if not CONFIG.DISABLE_JIT:
        _forget_stale(Path(probe.stats.cache_path))


_prepare_cache()
