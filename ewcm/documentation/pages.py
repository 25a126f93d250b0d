"""The pages of docs/ that are generated, whole or in parts."""

from __future__ import annotations

from pathlib import Path

from ewcm.cli import make_parser
from ewcm.documentation.commands import commands
from ewcm.documentation.examples import example_results
from ewcm.documentation.markers import filled
from ewcm.documentation.outputs import schema_text, tables
from ewcm.documentation.reference import reference
from ewcm.inputs import schema


def pages(folder: Path) -> dict[str, str]:
    """The text of each page by its name, with what people wrote as it stands in ``folder``."""
    results = example_results()
    blocks = {
        "formats.md": tables(results),
        "formats-inputs.md": {"settings": schema.settings_table()},
    }
    return {
        **{name: filled((folder / name).read_text(encoding="utf-8"), texts) for name, texts in blocks.items()},
        "summary.schema.json": schema_text(results),
        "inputs.schema.json": schema.schema_text(),
        "api.md": reference(),
        "commands.md": commands(make_parser()),
    }
