"""``python -m ewcm.documentation [FOLDER]``: write the generated parts of the documentation into its folder."""

from __future__ import annotations

import sys
from pathlib import Path

from ewcm.core.files import write_atomically
from ewcm.documentation import pages

if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    for name, text in pages.pages(folder).items():
        write_atomically(folder / name, text.encode())
