"""Digests and licences of everything that is installed: ``python -m tests.dependencies REPORT.json``.

REPORT.json is pip's own (docs/adr/0001-dependencies.md says by which command). Written are the requirements with digests of
the platform it was made on, and the bill of materials (CycloneDX 1.5).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

#: Of Linux on x86_64 with CPython 3.11, the one platform that is tested.
HASHES = ROOT / "requirements-linux-x86_64-cp311.txt"
BILL = ROOT / "docs" / "bill-of-materials.json"

#: What a licence says that is not permissive.
NOT_PERMISSIVE = re.compile(r"\b[AL]?GPL|general public|SSPL|server side public|EUPL|BUSL|business source|commons clause|"
                            r"non-?commercial|proprietary|\bMPL|mozilla public", re.IGNORECASE)  # fmt: skip

#: Packages whose licence is not stated in a word, with what their files say.
STATED = {
    "XStatic-Leaflet": "BSD-2-Clause (as Leaflet)",
    "matplotlib": "matplotlib (PSF-like)",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "pyarrow": "Apache-2.0",
    "atheris": "Apache-2.0",
}

#: Licences that are not permissive and were looked at (docs/adr/0001-dependencies.md).
LOOKED_AT = {"certifi": "MPL-2.0", "hypothesis": "MPL-2.0", "pathspec": "MPL-2.0", "axe-core-python": "MPL-2.0"}


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> dict[str, str]:
    """The versions in constraints.txt by normal name."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("==") for line in lines if line and not line.startswith("#"))
    return {normal(name): version for name, _, version in pairs}


def licence_of(name: str, text: str | None, classifiers: list[str]) -> str:
    """What a package says of its licence: its expression (if it is installed), its classifiers, or the first line of its text."""
    try:
        expression = metadata(name).get("License-Expression")
    except PackageNotFoundError:
        expression = None
    stated = {normal(key): value for key, value in STATED.items()}.get(normal(name))
    if stated:
        return stated
    if expression:
        return expression
    said = [one.rpartition(" :: ")[2] for one in classifiers if one.startswith("License ::") and one.count("::") > 1]
    if said:
        return " OR ".join(sorted(said))
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    return lines[0][:80] if lines else ""


def _rows(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for item in report["install"]:
        about = item["metadata"]
        rows.append(
            {
                "name": about["name"],
                "version": about["version"],
                "sha256": item["download_info"]["archive_info"]["hashes"]["sha256"],
                "licence": licence_of(about["name"], about.get("license"), about.get("classifier", [])),
            }
        )
    return sorted(rows, key=lambda row: normal(row["name"]))


def main(report: Path) -> None:
    """Write both files."""
    rows = _rows(json.loads(report.read_text(encoding="utf-8")))
    lines = [f"{row['name']}=={row['version']} --hash=sha256:{row['sha256']}" for row in rows]
    head = "# Digests of the files that constraints.txt names, for Linux x86_64 and CPython 3.11 (python -m tests.dependencies)."
    HASHES.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "ewcm"}},
        "components": [
            {
                "type": "library",
                "name": row["name"],
                "version": row["version"],
                "purl": f"pkg:pypi/{normal(row['name'])}@{row['version']}",
                "hashes": [{"alg": "SHA-256", "content": row["sha256"]}],
                "licenses": [{"license": {"name": row["licence"]}}],
            }
            for row in rows
        ],
    }
    BILL.write_text(json.dumps(bill, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
