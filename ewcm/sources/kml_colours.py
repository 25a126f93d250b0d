"""The colours of the areas of a KML: a map drawn in colours says by them alone which of its areas are covered."""

from __future__ import annotations

import re
from collections import Counter

_STYLE = re.compile(rb"<Style\b([^>]*)>(.*?)</Style>", re.DOTALL)
_ID = re.compile(rb"\bid=[\"']([^\"']*)[\"']")
_FILL = re.compile(rb"<PolyStyle\b[^>]*>(?:(?!</PolyStyle>).)*?<color>\s*([0-9a-fA-F]{8})\s*</color>", re.DOTALL)
_MAP = re.compile(rb"<StyleMap\b([^>]*)>(.*?)</StyleMap>", re.DOTALL)
_URL = re.compile(rb"<styleUrl>\s*[^<#]*#([^<]*?)\s*</styleUrl>")
_PLACEMARK = re.compile(rb"<Placemark\b.*?</Placemark>", re.DOTALL)


def area_colours(data: bytes) -> dict[str, int]:
    """How many areas of a KML are filled with each colour (aabbggrr, as KML writes it), the commonest first; areas without one
    are left out."""
    fills: dict[bytes, bytes] = {}
    for about, style in _STYLE.findall(data):
        name, fill = _ID.search(about), _FILL.search(style)
        if name and fill:
            fills[name[1]] = fill[1].lower()
    for about, pairs in _MAP.findall(data):
        # Its first pair is that of an area nobody points at.
        name, target = _ID.search(about), _URL.search(pairs)
        if name and target and target[1] in fills:
            fills[name[1]] = fills[target[1]]
    found = Counter[str]()
    for placemark in _PLACEMARK.findall(data):
        if b"<Polygon" not in placemark:
            continue
        own, url = _FILL.search(placemark), _URL.search(placemark)
        fill_of = own[1].lower() if own else fills.get(url[1]) if url else None
        if fill_of is not None:
            found[fill_of.decode()] += 1
    return dict(found.most_common())
