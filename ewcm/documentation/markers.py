"""Texts between markers: ``<!-- generated: NAME -->`` to ``<!-- end -->`` in a page that people write otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping

_BLOCK = re.compile(r"(<!-- generated: (?P<name>\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str, blocks: Mapping[str, str]) -> str:
    """The page with the text of each block in its place. Raises ValueError unless the page has all of them and no other."""
    named = [match["name"] for match in _BLOCK.finditer(page)]
    if sorted(named) != sorted(blocks):
        raise ValueError(f"the page has the blocks {sorted(named)}; generated are {sorted(blocks)}")
    return _BLOCK.sub(lambda match: f"{match[1]}{blocks[match['name']]}{match[3]}", page)
