"""Coordinate systems that tables name in words: a column ``Datum`` (``Arc 1960``), a zone in a heading (``Easting UTM 36N``)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import pandas as pd
from pyproj.database import query_crs_info
from pyproj.enums import PJType

from ewcm.core.input_warning import InputWarning
from ewcm.errors import one_line
from ewcm.sources.plain_words import LONGEST, plain_words
from ewcm.sources.quantities import is_nothing

#: Headings of the column that tells the system, without blanks.
_HEADINGS = {
    *("datum", "crs", "srs", "srid", "epsg", "epsgcode", "projection", "coordinatesystem", "coordsystem", "coordsys", "geoid"),
    *("spatialreference", "referencesystem", "geodeticdatum", "mapdatum", "ellipsoid", "ellipsoide", "systemegeodesique"),
    *("systemedecoordonnees", "systemecoordonnees", "systemedereference", "sistemadereferencia", "sistemadecoordenadas"),
    *("sistemacoordenadas", "sistemageodesico", "proyeccion", "projecao", "elipsoide", "المسقط", "الاسقاط", "نظامالاحداثيات"),
}  # fmt: skip

#: What such cells hold of positions that differ from WGS 84 by less than any position of a mast is known.
_AS_WGS84 = re.compile(
    r"(?:epsg)?(?:4326|4979)|.*(?:wgs|worldgeodetic|itrf|gps|igs|etrs|sirgas|gda|nad83|regven|magna|posgar|rgaf|rgf93|decimaldegrees|degrees"
    r"|latlon|latlong|geographic|utm|dms|dd)\w*"
)
_OTHER = re.compile(
    r"arc|clarke|adindan|minna|cape|nad27|sad69|psad|ed50|everest|indian|kertau|bessel|lambert"
    r"|tananarive|hayford|international"
)

#: A zone of UTM in a heading, with the name of a datum before it.
_ZONE = re.compile(
    r"[\s(\[_,/-]*(?P<datum>[A-Za-z][A-Za-z ]*(?:[ _]?\d{2,4}))?[\s_/,-]*\bUTM[\s_-]*(?:zone|huso|fuso|fuseau|zona)?[\s_-]*"
    r"(?P<zone>[0-6]?\d)[\s_-]*(?P<letter>[A-Za-z])?(?![A-Za-z0-9])[\s)\]]*",
    re.IGNORECASE,
)


@lru_cache(maxsize=10_000)
def zone_of_heading(heading: str) -> tuple[str, str, str, str] | None:
    """The heading without the zone of UTM that it names, the datum before it ("" for none), the zone, and its letter; None where
    it names none."""
    found = _ZONE.search(heading.replace("_", " ")) if len(heading) <= LONGEST else None
    if found is None or not 1 <= int(found["zone"]) <= 60:
        return None
    text = heading.replace("_", " ")
    rest = f"{text[: found.start()]} {text[found.end() :]}".strip()
    return rest, (found["datum"] or "").strip(), found["zone"], (found["letter"] or "").upper()


def crs_in_words(words: str, zone: str = "", letter: str = "", south: bool = False) -> str:
    """The code of EPSG of a system in words (``Arc 1960``), or of its zone of UTM; "" where none is called so."""
    number = re.search(r"\d{1,2}", zone)
    wanted = _folded(words)
    if re.fullmatch(r"(?:epsg)?\d{4,5}", wanted):
        return f"EPSG:{wanted.removeprefix('epsg')}"
    if number is not None:
        half = letter if letter in ("N", "S") else "S" if south else "N"
        wanted = re.sub(r"utm.*$", "", wanted) + f"utmzone{int(number[0])}{half.lower()}"
    return _codes().get(wanted, "")


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    kinds = [PJType.GEOGRAPHIC_2D_CRS, PJType.PROJECTED_CRS]
    return {_folded(one.name): f"EPSG:{one.code}" for one in query_crs_info(auth_name="EPSG", pj_types=kinds)}


def _folded(words: str) -> str:
    return plain_words(words).replace(" ", "")


def other_datum(
    table: pd.DataFrame, positions: Iterable[str], zones: pd.Series | None, south: bool
) -> list[InputWarning]:
    """A doubt where a column, or the heading of a position, names another datum than WGS 84, as which positions are taken.
    ``zones``: of UTM, where the positions are metres of such zones."""
    named = [
        (heading, text)
        for heading in map(str, table.columns)
        if _folded(heading) in _HEADINGS
        for text in table[heading].astype(str).unique()[:50]
        if not is_nothing(text)
    ]
    named += [(heading, heading) for heading in positions]
    for heading, text in named:
        folded = _folded(text)
        if not _OTHER.search(folded) and (heading == text or _AS_WGS84.fullmatch(folded)):
            continue
        rows = len(table) if heading == text else int((table[heading].astype(str) == text).sum())
        zone = "" if zones is None else next((str(one) for one in zones if str(one)), "")
        code = crs_in_words(text, zone, south=south) or "EPSG:…"
        shown = one_line(text, 40)
        said = (
            f"Column '{one_line(heading, 40)}' says '{shown}' of {rows} rows, and their positions were taken as WGS 84, which "
            f'may be hundreds of metres off; state crs = "{code}" if it is that, or crs = "EPSG:4326" if they are WGS 84.'
        )
        values = {"column": one_line(heading, 40), "example": shown, "rows": rows, "crs": code}
        return [InputWarning("other_datum", said, values)]
    return []
