"""Arrays of large grids on disk, without a name in its folder."""

import pickle
import shutil

import numpy as np
import pytest

from ewcm.cli import main
from ewcm.core import storage
from tests.made_files import write_country


def test_an_array_on_disk_needs_no_name(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "LARGE_CELLS", 1000)
    with storage.on_disk(tmp_path, shared=False):
        array = storage.full((100, 100), 7, np.uint16)
    assert isinstance(array, storage.ArrayOnDisk) and not list(tmp_path.iterdir())
    array[3, 4] = 9
    storage.release()
    assert array[3, 4] == 9 and array.sum() == 7 * 9999 + 9
    # Nobody else could open it: it is sent as it is.
    assert np.array_equal(pickle.loads(pickle.dumps(array)), array)


def test_without_room_on_the_disk_an_array_stands_in_memory(tmp_path, monkeypatch):
    def full(descriptor, size):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "LARGE_CELLS", 1000)
    monkeypatch.setattr(storage, "_take_room", full)
    with storage.on_disk(tmp_path, shared=False):
        assert not isinstance(storage.full((100, 100), 7, np.uint16), storage.ArrayOnDisk)
    with storage.on_disk(tmp_path), pytest.raises(OSError, match="No space"):
        storage.full((100, 100), 7, np.uint16)
    assert not list(tmp_path.iterdir())


def test_arrays_without_a_name_leave_room_for_the_result(tmp_path, monkeypatch):
    """They live until the country is written, and took the last of the disk from it."""
    monkeypatch.setattr(storage, "LARGE_CELLS", 1000)
    free = shutil.disk_usage(tmp_path)._replace(free=19_999)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: free)
    with storage.on_disk(tmp_path, shared=False):
        assert not isinstance(storage.full((100, 100), 7, np.uint16), storage.ArrayOnDisk)
        assert isinstance(storage.full((100, 100), 7, np.uint8), storage.ArrayOnDisk)


def test_a_run_keeps_the_arrays_of_a_large_grid_on_disk_and_changes_no_byte(tmp_path, monkeypatch):
    folder = write_country(tmp_path / "data")
    on_disk = []
    make = storage.full

    def noticed(*given):
        on_disk.append(isinstance(made := make(*given), storage.ArrayOnDisk))
        return made

    monkeypatch.setattr(storage, "full", noticed)
    for name, large in (("usual", storage.LARGE_CELLS), ("large", 100)):
        monkeypatch.setattr(storage, "LARGE_CELLS", large)
        on_disk.clear()
        output = tmp_path / name / "UGA"
        assert main(["run", "UGA", "--inputs", str(folder), "--output", str(output), "--quiet"]) == 0
        assert any(on_disk) == (large == 100)
        assert [path.name for path in output.parent.iterdir()] == ["UGA"]
    for path in (tmp_path / "usual" / "UGA").iterdir():
        if path.name != "manifest.json":  # it has the time of the run
            assert path.read_bytes() == (tmp_path / "large" / "UGA" / path.name).read_bytes(), path.name
