"""The decorator of every kernel: numba's ``njit``, with compiled kernels taken from disk at a quarter of the cost."""

from collections.abc import Callable
from typing import Any

import numba
from numba.core.caching import FunctionCache
from numba.core.runtime import rtsys


class _StoredFirst(FunctionCache):
    """A cache that looks for the compiled kernel before numba's own library of functions is read.

    numba reads all of it (half a second) before it opens the first file of a cache, though machine code that is already
    compiled needs none of it but the runtime that allocates arrays. The compiler reads it itself before it compiles what the
    cache does not hold.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


#: numba's configuration; its names are made when numba is imported, so that no type checker knows them.
CONFIG: Any = numba.config


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """``numba.njit`` with the given options (``cache=True`` among them): compiled once, then kept on disk."""

    def compiled(function: Callable[..., Any]) -> Any:
        kernel = numba.njit(**options)(function)
        if not CONFIG.DISABLE_JIT:
            kernel._cache = _StoredFirst(function)
        return kernel

    return compiled
