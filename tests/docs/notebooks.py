"""The code that the documentation shows, as it is run by the tests: of notebooks and of the README."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "docs" / "tutorials").glob("*.ipynb"))


def cells(path: Path, kind: str) -> list[str]:
    """The texts of the cells of a kind (``code`` or ``markdown``) of a notebook."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == kind]


def code_of(path: Path) -> str:
    """All code of a notebook, in order."""
    return "\n\n".join(cells(path, "code")) + "\n"


def readme_code() -> list[str]:
    """The blocks of Python in the README."""
    return re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
