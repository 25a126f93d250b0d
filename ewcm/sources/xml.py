"""The one door for XML from outside: no document type, no entities, nothing from elsewhere, bounded size and depth.

Whoever reads an XML format (KML and those to come) reads it through here.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from ewcm.errors import InputError
from ewcm.sources.files import check_file

#: XML larger than this is refused: as a tree it takes some ten times its size in memory.
MAX_BYTES = 50_000_000

#: Elements within elements; real formats stay below 30.
MAX_DEPTH = 100

#: What is looked at before the next piece.
_PIECE_BYTES = 1 << 20


class NotUtf8(InputError):
    """XML that is said to be UTF-8, or says nothing, and holds other bytes."""


class _TooDeep(Exception):
    """Elements stand deeper within each other than any format needs."""


class _Outline(ContentHandler):
    """Notes the outermost element and counts the depth."""

    def __init__(self, max_depth: int) -> None:
        super().__init__()
        self.outermost = ""
        self._depth, self._max_depth = 0, max_depth

    def startElement(self, name: str, attributes: object) -> None:
        self.outermost = self.outermost or name
        self._depth += 1
        if self._depth > self._max_depth:
            raise _TooDeep

    def endElement(self, name: str) -> None:
        self._depth -= 1


def read_xml(path: Path, kind: str = "XML", *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> ET.Element:
    """The outermost element of an XML file, with everything in it; names are ``{namespace}name``.

    ``kind``: what the format is called in errors. Raises :class:`InputError` (one line that names the file) for everything
    that is not well-formed XML, declares a document type, or is larger than ``max_bytes`` or nested deeper than ``max_depth``.
    """
    check_file(path)
    with path.open("rb") as stream:
        data = stream.read(max_bytes + 1)
    return parse_xml(data, path, kind, max_bytes=max_bytes, max_depth=max_depth)


def parse_xml(
    data: bytes, path: Path, kind: str = "XML", *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> ET.Element:
    """As :func:`read_xml`, of bytes that came from ``path``. Blanks before its first line, which XML has not, are left out."""
    plain = data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    data = plain if plain.startswith(b"<?xml") and not data.startswith(b"<?xml") else data
    outermost_of(data, path, kind, max_bytes=max_bytes, max_depth=max_depth)
    try:
        return ET.fromstring(data)  # nothing is left in it that could do harm
    except ET.ParseError as error:  # a prefix without a namespace
        raise _not_well_formed(path) from error


def outermost_of(
    data: bytes, path: Path, kind: str = "XML", *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> str:
    """The name of the outermost element (``prefix:name`` as written) of XML that was read to its end but kept nowhere.

    Raises :class:`InputError` as :func:`read_xml` does. Prefixes need no namespace: KML in the wild lacks some.
    """
    if len(data) > max_bytes:
        raise InputError(f"{path}: is larger than {max_bytes / 1e6:,.0f} MB of {kind}; keep only what is needed")
    outline = _Outline(max_depth)
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(outline)
    try:
        for start in range(0, len(data), _PIECE_BYTES):
            parser.feed(data[start : start + _PIECE_BYTES])
        parser.close()
    except DefusedXmlException as error:
        raise InputError(f"{path}: declares a document type, which no {kind} needs; export it again") from error
    except _TooDeep:
        raise InputError(
            f"{path}: is nested deeper than {max_depth} elements, as no {kind} is; export it again"
        ) from None
    except (SAXException, LookupError, ValueError) as error:
        # The last two: an encoding that nobody knows, or that takes many bytes.
        raise _not_well_formed(path, data) from error
    if not outline.outermost:
        raise _not_well_formed(path)
    return outline.outermost


def _not_well_formed(path: Path, data: bytes = b"") -> InputError:
    head = data[:200].lower()
    if (b"encoding" not in head or b"utf-8" in head) and not _is_utf8(data):
        return NotUtf8(
            f"{path}: is said to be UTF-8 and holds other bytes; save it as UTF-8, or state its encoding in its first line"
        )
    return InputError(f"{path}: is not well-formed XML, so it is damaged or cut off; export it again")


def _is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8, or UTF-16 with a mark, which XML needs not state."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)  # of a file that is cut off, the last letter may be half
    except UnicodeDecodeError:
        return False
    return True
