"""Definitions of coordinate systems that would lead PROJ to a file or a server."""

from __future__ import annotations

import re
from pathlib import Path

from ewcm.errors import InputError

#: What in a definition names files: grids of shifts, tables of parameters, definitions that stand elsewhere.
_NAMES_FILES = re.compile(
    r"""(?:(?:nad|geoid|xy_)?grids|catalog|file|init|deformation_model|PROJ4_GRIDS["'])\s*[=,]\s*["']?([^\s"'\]]*)"""
    r"""|PARAMETERFILE\s*[\[(][^,]*,\s*["']([^"']*)""",
    re.IGNORECASE,
)

#: Names that lead nowhere: "no shift", and codes of a register.
_HARMLESS = re.compile(r"@?null|(?:epsg|esri|ogc|iau_2015):\w+", re.IGNORECASE)

#: A grid that stands under its bare name where PROJ keeps its own.
_BARE = re.compile(r"@?[\w-][\w.-]*")


def check_crs(definition: str, path: Path) -> None:
    """Refuse a definition (WKT, PROJJSON or PROJ's own text, or text that holds one) that names a file by a path or an
    address. Raises :class:`InputError`."""
    for found in _NAMES_FILES.finditer(definition):
        for name in (found[1] or found[2] or "").split(","):
            if name and not _HARMLESS.fullmatch(name) and not _BARE.fullmatch(name):
                raise InputError(
                    f"{path}: its coordinate system (CRS) takes shifts from a file ({name[:60]}); state a code such as EPSG:4326"
                )
