"""The files that the options of a command name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ewcm.core.file_states import FileStates

#: Options whose texts are names of files, or may be: of a storm, for example.
_TEXTS = ("hazard", "loss", "sites", "values", "fragility")

#: Folders that a command writes to, or that have checks of their own.
_OTHER_FOLDERS = ("output", "results", "inputs")


def states_of_options(options: Mapping[str, object]) -> FileStates:
    """The files that the options of a command name, by the name of the option, as they are now."""
    found: list[Path] = []
    for name, value in options.items():
        if name in _TEXTS and isinstance(value, str):
            found.append(Path(value))
        elif name not in _OTHER_FOLDERS:
            found += [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Path)]
    return FileStates.of_inputs(found)
