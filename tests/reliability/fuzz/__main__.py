"""One reader under libFuzzer: ``python -m tests.reliability.fuzz TARGET FOLDER [libFuzzer's options]``.

The reader's own modules and the parsers below it are instrumented, so that inputs which reach new branches are kept and
changed further. The process ends with a status other than 0 when anything but an :class:`EwcmError` comes out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ewcm.sources", "ewcm.inputs", "tomllib", "json"]):
    import json  # noqa: F401
    import tomllib  # noqa: F401

    from ewcm.countries import country
    from ewcm.errors import EwcmError
    from ewcm.inputs.find import find_inputs
    from ewcm.inputs.read import load
    from ewcm.sources.cells import read_cells
    from ewcm.sources.places import read_places
    from ewcm.sources.site_lists import read_sites

from tests.reliability.seeds import seeds

UGANDA = country("UGA")

#: The target's name, the seed it starts from, and what opens the file.
TARGETS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "cells": ("cells", lambda path: read_cells(path, UGANDA)),
    "sites": ("sites", lambda path: read_sites(path, UGANDA)),
    "places": ("places", lambda path: read_places(path, UGANDA)),
    "inputs": ("inputs", lambda path: find_inputs(UGANDA, path.parent)),
    "official": ("official", lambda path: load(find_inputs(UGANDA, path.parent))),
}


def main(target: str, folder: Path, options: list[str]) -> None:
    """Fuzz until libFuzzer's options say to stop."""
    name, read = TARGETS[target]
    seed = seeds()[name]
    seed.put(folder)
    corpus = folder / "corpus"
    corpus.mkdir()
    (corpus / "seed").write_bytes(seed.content)

    def one(data: bytes) -> None:
        (folder / seed.damaged).write_bytes(data)
        try:
            read(folder / seed.named)
        except EwcmError as error:
            assert "\n" not in str(error), "more than one line"
            assert len(str(error)) < 2000, "a message without measure"

    atheris.Setup([sys.argv[0], str(corpus), f"-artifact_prefix={folder}/", *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
