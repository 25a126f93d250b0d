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

#: Licences that let anybody use, change and pass on what stands under them, in the words of indexes and of SPDX.
PERMISSIVE = re.compile(r"0BSD|(?:New )?BSD(?: License|-[23]-Clause)?|MIT(?: License|-0|-CMU)?|ISC|Zlib|CC0-1\.0|AFL-2\.1|"
                        r"Apache-2\.0(?: WITH LLVM-exception)?|Apache (?:Software )?License|"
                        r"PSF-2\.0|Python Software Foundation License|Python-2\.0")  # fmt: skip

#: What lies in the files of packages that say it in no word or not whole: by normal name and by what the package says.
STATED = {
    ("xstatic-leaflet", "(same as Leaflet)"): "BSD-2-Clause",
    ("atheris", ""): "Apache-2.0",
    ("pyarrow", ""): "Apache-2.0",
    ("axe-core-python", "MIT License"): "MIT AND MPL-2.0",
}

#: Licences that are not permissive and were looked at (docs/adr/0001-dependencies.md), by normal name.
LOOKED_AT = {
    "certifi": "Mozilla Public License 2.0 (MPL 2.0)",
    "hypothesis": "MPL-2.0",
    "pathspec": "Mozilla Public License 2.0 (MPL 2.0)",
    "axe-core-python": "MIT AND MPL-2.0",
}


def refused(name: str, licence: str) -> bool:
    """Whether nobody has looked at a licence that is not permissive, or is told in words that are not known. All of several
    have to be permissive: classifiers do not say whether one may choose."""
    named = [one.strip() for one in re.split(r" AND | OR |[()]", licence) if one.strip()]
    permissive = bool(named) and all(PERMISSIVE.fullmatch(one) for one in named)
    return not permissive and licence != LOOKED_AT.get(normal(name))


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
    said = _said(name, text, classifiers)
    return STATED.get((normal(name), said), said)


def _said(name: str, text: str | None, classifiers: list[str]) -> str:
    try:
        expression = metadata(name).get("License-Expression")
    except PackageNotFoundError:
        expression = None
    if expression:
        return expression
    said = {one.rpartition(" :: ")[2] for one in classifiers if one.startswith("License ::")} - {"OSI Approved"}
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
    head = (
        "# Digests of the files that constraints.txt names, "
        "for Linux on x86_64 with CPython 3.11: python -m tests.dependencies."
    )
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
