"""``python -m tests.page_scripts``: lint and type-check the scripts of every page of the report.

What checks them comes from the npm registry, in the versions of ``package-lock.json``, and is installed here when it is not.
Exits with 1 when something is found.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

from ewcm.report import alert_page, brief_page, compare_page, plan_page
from ewcm.report.webmap import atlas
from ewcm.report.webmap import map as country_map

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

#: The scripts of each page, in their order.
PAGES = {
    "map": country_map.SCRIPTS,
    "atlas": atlas.SCRIPTS,
    "alert": alert_page.SCRIPTS,
    "compare": compare_page.SCRIPTS,
    "brief": brief_page.SCRIPTS,
    "plan": plan_page.SCRIPTS,
}


def install() -> None:
    """Install what package-lock.json says, unless it is there."""
    lock, installed = HERE / "package-lock.json", HERE / "node_modules" / "installed-lock.json"
    if installed.is_file() and installed.read_bytes() == lock.read_bytes():
        return
    subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=HERE, check=True, stdout=2
    )
    shutil.copyfile(lock, installed)


def main() -> int:
    if shutil.which("node") is None or shutil.which("npm") is None:
        print("the scripts of the page are checked with node and npm: install them (Debian: apt install nodejs npm)")
        return 1
    install()
    folder = Path(str(resources.files("ewcm.report.webmap") / "templates"))
    pages = [{"name": name, "files": [str(folder / script) for script in scripts]} for name, scripts in PAGES.items()]
    checked = subprocess.run(
        ["node", str(HERE / "check.mjs")], input=json.dumps(pages), text=True, cwd=ROOT, check=False
    )
    return checked.returncode


if __name__ == "__main__":
    sys.exit(main())
