"""Packages that only some work needs: they come with extras of the installation, and a line says where one is missing.

A plain installation reads, checks, computes and writes tables and layers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from ewcm.errors import MissingPackageError

#: By extra of pyproject.toml, the packages that must be there, as they are imported.
EXTRAS: dict[str, tuple[str, ...]] = {
    "map": ("folium", "branca", "jinja2", "markupsafe", "xstatic", "matplotlib", "PIL"),
    "batch": ("dask", "distributed", "cryptography", "fsspec", "psutil"),
    "fetch": ("httpx",),
    "s3": ("s3fs",),
    "learn": ("sklearn",),
}


def missing(extra: str) -> tuple[str, ...]:
    """The packages of an extra that are not installed."""
    return tuple(name for name in EXTRAS[extra] if not _is_there(name))


def how_to_install(extra: str) -> str:
    """The command that brings an extra."""
    return f"pip install 'ewcm[{extra}]'"


def need(extra: str, what: str) -> None:
    """Raise :class:`MissingPackageError` where the packages of an extra are not installed. ``what``: that needs them, as the
    subject of a sentence."""
    lacking = missing(extra)
    if lacking:
        raise MissingPackageError(
            f"{what} needs packages that are not installed ({', '.join(lacking)}); {how_to_install(extra)}"
        )


def would_add() -> str:
    """What the extra for learning would add, in one line; "" where it is installed. No run needs it."""
    lacking = missing("learn")
    if not lacking:
        return ""
    return (
        f"not installed, and not needed here: {', '.join(lacking)}, with which `ewcm learn coverage` tries a forest as well; "
        f"{how_to_install('learn')}"
    )


@contextmanager
def left_aside(*names: str) -> Iterator[None]:
    """While packages are imported, those of ``names`` are as if they were not installed, unless they are imported already.

    For a command that has a second or two: rasterio and odc-geo import boto3 and Dask wherever they find them, which takes a
    third of a second, and use them only for what the engine never asks of them.
    """
    hidden = [name for name in names if name not in sys.modules]
    modules: dict[str, Any] = sys.modules
    modules.update(dict.fromkeys(hidden))  # None: the import system's word for "not there"
    try:
        yield
    finally:
        for name in hidden:
            if sys.modules.get(name, sys) is None:
                del sys.modules[name]


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):  # a module that was taken away on purpose
        return False
