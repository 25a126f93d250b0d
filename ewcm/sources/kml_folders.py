"""The folders of a KML: GDAL lists each as a layer without saying in which others it lies (``MTN`` / ``4G``)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

#: What GDAL writes behind the name of a layer that another has too.
_NUMBERED = re.compile(r" \(#\d+\)$")


def shapes_by_folder(data: bytes, layers: Iterable[str]) -> dict[str, str]:
    """The layers of a KML that hold shapes of their own, each with the names of the folders down to it; all of them by their
    names alone where it cannot be told which folder is which layer."""
    listed = list(layers)
    outline = _Folders()
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(outline)
    try:
        parser.feed(data)
        parser.close()
    except (SAXException, DefusedXmlException, LookupError, ValueError):
        return {name: name for name in listed}
    folders = iter(outline.folders)
    found: dict[str, str] = {}
    for layer in listed:
        wanted = {layer, _NUMBERED.sub("", layer)}
        folder = next((one for one in folders if one.name in wanted), None)
        if folder is None:
            return {name: name for name in listed}
        if folder.shapes:
            found[layer] = "/".join((*folder.above, folder.name))
    return found or {name: name for name in listed}


class _Folder:
    """A folder: its name, the names of those above it, and how many shapes stand in it and in no folder of it."""

    def __init__(self, above: tuple[str, ...], is_document: bool) -> None:
        self.above, self.is_document, self.name, self.shapes = above, is_document, "", 0


class _Folders(ContentHandler):
    """Notes the folders in the order in which they begin."""

    def __init__(self) -> None:
        super().__init__()
        self.folders: list[_Folder] = []
        self._open: list[_Folder] = []
        self._elements: list[str] = []
        self._text: list[str] | None = None

    def startElement(self, name: str, attributes: object) -> None:
        tag = name.rpartition(":")[2]
        if tag in ("Folder", "Document"):
            # The name of a document says no more than that of the file.
            folder = _Folder(tuple(one.name for one in self._open if not one.is_document), tag == "Document")
            self.folders.append(folder)
            self._open.append(folder)
        elif tag == "Placemark" and self._open:
            self._open[-1].shapes += 1
        elif tag == "name" and self._elements and self._elements[-1] in ("Folder", "Document"):
            self._text = []
        self._elements.append(tag)

    def characters(self, content: str) -> None:
        if self._text is not None:
            self._text.append(content)

    def endElement(self, name: str) -> None:
        tag = self._elements.pop()
        if tag == "name" and self._text is not None:
            self._open[-1].name, self._text = "".join(self._text).strip(), None
        elif tag in ("Folder", "Document"):
            self._open.pop()
