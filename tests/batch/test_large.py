"""Countries too large for the memory of a worker: their grids stand on disk, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ewcm.batch import run_batch
from ewcm.cli import main
from ewcm.core import storage
from tests.batch.made import hashes, make_country


def test_arrays_on_disk_are_arrays_that_may_leave_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "LARGE_CELLS", 1000)
    with storage.on_disk(tmp_path):
        small, large = storage.empty((10, 10), np.float32), storage.full((100, 100), 7, np.uint16)
    assert isinstance(small.base, type(None))
    large[3, 4] = 9
    storage.release()
    assert large[3, 4] == 9
    assert large.sum() == 7 * 9999 + 9
    assert large.flags.writeable
    assert len(list(tmp_path.iterdir())) == 1
    del large
    assert not list(tmp_path.iterdir())
    assert storage.empty((100, 100), np.uint16).base is None


def test_where_the_arrays_stand_changes_no_byte(scheduler, inputs, undisturbed, tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "LARGE_CELLS", 100)
    report = run_batch(["UGA", "HTI"], inputs=inputs, output=tmp_path / "maps", scheduler=scheduler)
    assert report.exit_code == 0, report.to_json()
    expected = hashes(undisturbed)
    for name, digest in hashes(tmp_path / "maps").items():
        if name.startswith(("UGA/", "HTI/")):
            assert digest == expected[name], name


@pytest.mark.long
def test_a_country_of_the_size_of_sudan_at_3_seconds(tmp_path: Path):
    make_country(tmp_path / "data", "SDN", rows=20_400, cols=17_400, step=1 / 1200)
    report = run_batch(["SDN"], inputs=tmp_path / "data", output=tmp_path / "maps", workers=2, memory_limit=2 * 2**30)
    (sudan,) = report.countries
    assert report.exit_code == 0, report.to_json()
    assert sudan.peak_bytes <= 2 * 2**30
    folder = tmp_path / "whole"
    assert main(["run", "SDN", "--inputs", str(tmp_path / "data" / "SDN"), "--output", str(folder), "--quiet"]) == 0
    for name in ("areas.csv", "coldspots.csv", "summary.json", "tables.xlsx", "reach.tif"):
        assert (tmp_path / "maps" / "SDN" / name).read_bytes() == (folder / name).read_bytes(), name
