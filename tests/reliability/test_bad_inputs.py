"""The table of bad inputs (bad_inputs.toml): each is refused in one line that says what is wrong, or doubted aloud."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
import rasterio
from affine import Affine

from ewcm import cli
from tests.batch.made import make_country

TABLE = tomllib.loads(Path(__file__).with_name("bad_inputs.toml").read_text(encoding="utf-8"))["input"]


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    return make_country(tmp_path_factory.mktemp("good"), "UGA", rows=20, cols=24)


def put(row: dict[str, Any], folder: Path) -> None:
    """What a row of the table says, done to a good folder."""
    path = folder / row["file"]
    if "text" in row:
        path.write_text(row["text"], encoding="utf-8")
    elif "hex" in row:
        path.write_bytes(bytes.fromhex(row["hex"]))
    elif "replace" in row:
        old, new = row["replace"]
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
    elif "append" in row:
        path.write_text(path.read_text() + row["append"])
    elif "keep" in row:
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * row["keep"])])
    elif "link" in row:
        path.unlink()
        path.symlink_to(row["link"])
    else:
        put_raster(row["raster"], folder / "people.tif", path)
    if "also" in row:
        inputs = folder / "inputs.toml"
        inputs.write_text(inputs.read_text() + row["also"])


def put_raster(change: dict[str, Any], people: Path, path: Path) -> None:
    with rasterio.open(people) as dataset:
        values, profile = dataset.read(1), dict(dataset.profile)
    values[values > 0] *= change.get("scale", 1.0)
    if "value" in change:
        values[1] = change["value"]
    if "fill" in change:
        values[:] = change["fill"]
    if "west" in change:
        transform = profile["transform"]
        profile["transform"] = Affine(transform.a, 0, change["west"], 0, transform.e, transform.f)
    if "crs" in change:
        profile["crs"] = change["crs"] or None
    profile |= {name: change[name] for name in ("nodata", "dtype") if name in change}
    path.unlink(missing_ok=True)
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(values.astype(profile["dtype"]), 1)


def test_the_good_folder_is_read_without_a_doubt_of_the_table(good, capsys):
    assert cli.main(["check", "UGA", "--inputs", str(good)]) == 0
    said = capsys.readouterr().out
    assert not [row["what"] for row in TABLE if "doubts" in row and all(word in said for word in row["doubts"])]


@pytest.mark.parametrize("row", TABLE, ids=[row["what"] for row in TABLE])
def test_a_bad_input_is_refused_in_one_line_or_doubted(row, good, tmp_path, capsys):
    folder = Path(shutil.copytree(good, tmp_path / "UGA"))
    put(row, folder)
    status = cli.main(["check", "UGA", "--inputs", str(folder)])
    found = capsys.readouterr()
    if "doubts" in row:
        assert status == 0, found.err
        said = [
            line for line in found.out.splitlines() if "WARNING" in line or "assumed" in line or "inputs from" in line
        ]
        assert all(any(word in line for line in found.out.splitlines()) for word in row["doubts"]), said
        return
    assert status == 2, found.out
    assert found.err.startswith("ewcm: ") and found.err.count("\n") == 1 and len(found.err) < 2000
    assert all(word in found.err for word in row["says"]), found.err
