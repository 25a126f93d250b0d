"""Packages that only some work needs: they come with extras of the installation, and a line says where one is missing.

A plain installation reads, checks, computes and writes tables and layers.
"""

from __future__ import annotations

from importlib.util import find_spec

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


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):  # a module that was taken away on purpose
        return False
