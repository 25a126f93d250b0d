"""Footprints of single transmitters: what they hold, how they join, their file and files that are not one."""

import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewcm.core import footprints as module
from ewcm.core.array_file import write_arrays
from ewcm.core.footprints import (
    CASES,
    TRANSMITTER_COLUMNS,
    Footprints,
    join_site_ids,
    split_site_ids,
    transmitters_of,
)
from ewcm.errors import InputError

SHAPE = (7, 9)

SHARES = st.tuples(st.integers(0, 250), st.integers(0, 250), st.integers(1, 250)).map(sorted)
FOOTPRINT = st.dictionaries(st.integers(0, SHAPE[0] * SHAPE[1] - 1), SHARES)


def _made(cells_of_each):
    table = pd.DataFrame(
        [
            {"technology": "4G", "operator": "Blue" if i % 2 else "", "site_ids": f"s{i};é", "lat": 1.5 - i, "lon": 179.5,
             "range_km": 35.0}
            for i in range(len(cells_of_each))
        ],
        columns=list(TRANSMITTER_COLUMNS),
    ).astype({"lat": float, "lon": float, "range_km": float})  # fmt: skip
    entries = [(cell, cells[cell]) for cells in cells_of_each for cell in sorted(cells)]
    return Footprints(
        table,
        SHAPE,
        np.cumsum([0, *(len(cells) for cells in cells_of_each)]).astype(np.int64),
        np.array([cell for cell, _ in entries], np.int32),
        np.array([share for _, share in entries], np.uint8).reshape(-1, 3),
    )


EXAMPLE = _made([{0: [1, 2, 3], 1: [0, 0, 9], 4: [250, 250, 250]}, {}, {1: [5, 6, 7], 62: [0, 1, 2]}])


@given(st.lists(FOOTPRINT, max_size=5), st.data())
def test_the_union_is_the_largest_share_in_every_block_of_rows(made, data):
    footprints = _made(made)
    chosen = np.array(data.draw(st.lists(st.booleans(), min_size=len(made), max_size=len(made))), bool)
    first = data.draw(st.integers(0, SHAPE[0] - 1))
    rows = slice(first, data.draw(st.integers(first + 1, SHAPE[0])))
    for column, case in enumerate(CASES):
        expected = np.zeros(SHAPE[0] * SHAPE[1])
        for cells, taken in zip(made, chosen, strict=True):
            for cell, share in cells.items():
                expected[cell] = max(expected[cell], share[column]) if taken else expected[cell]
        expected = (expected.astype(np.float32) / np.float32(250)).reshape(SHAPE)[rows]
        found = footprints.union(chosen, case, rows)
        assert found.dtype == np.float32 and np.array_equal(found, expected)
        assert np.array_equal(footprints.union(np.flatnonzero(chosen), case, rows), expected)
        block = footprints.block(rows)
        assert np.array_equal(block.union(chosen, case, slice(0, block.shape[0])), expected)


def test_one_footprint_and_one_that_is_not_there():
    cell, share = EXAMPLE.of(2)
    assert cell.tolist() == [1, 62] and share.tolist() == [[5, 6, 7], [0, 1, 2]]
    assert len(EXAMPLE) == 3 and EXAMPLE.nbytes == 4 * 8 + 5 * 4 + 5 * 3
    for index in (-1, 3):
        with pytest.raises(IndexError):
            EXAMPLE.of(index)
        with pytest.raises(IndexError):
            EXAMPLE.union(np.array([index]), "low", slice(0, 7))
    with pytest.raises(IndexError):
        EXAMPLE.union(np.ones(2, bool), "low", slice(0, 7))


@given(st.lists(FOOTPRINT, max_size=5))
def test_what_is_written_is_read_and_has_the_same_bytes(tmp_path_factory, made):
    folder = tmp_path_factory.mktemp("footprints")
    footprints = _made(made)
    footprints.write(folder / "one.npz")
    back = Footprints.read(folder / "one.npz", SHAPE)
    pd.testing.assert_frame_equal(back.transmitters, footprints.transmitters, check_dtype=bool(made))
    for name in ("offsets", "cell", "share"):
        one, other = getattr(back, name), getattr(footprints, name)
        assert one.dtype == other.dtype and np.array_equal(one, other)
    back.write(folder / "two.npz")
    assert (folder / "one.npz").read_bytes() == (folder / "two.npz").read_bytes()


def test_the_file_is_one_that_numpy_reads_without_pickle(tmp_path):
    EXAMPLE.write(tmp_path / "f.npz")
    with np.load(tmp_path / "f.npz", allow_pickle=False) as stored:
        assert stored["format"].tolist() == [1, *SHAPE]
        assert stored["runs"].tolist() == [2, 0, 2]
        assert stored["skip"].tolist() == [0, 2, 1, 60] and stored["length"].tolist() == [2, 1, 1, 1]
        assert stored["share"].reshape(-1, 3).tolist() == EXAMPLE.share.tolist()
    with zipfile.ZipFile(tmp_path / "f.npz") as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def _stored(tmp_path, **changed):
    """The example's file with some arrays exchanged."""
    EXAMPLE.write(tmp_path / "good.npz")
    with np.load(tmp_path / "good.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    write_arrays(tmp_path / "bad.npz", {k: v for k, v in (arrays | changed).items() if v is not None})
    return tmp_path / "bad.npz"


def _i4(*values):
    return np.array(values, np.int32)


@pytest.mark.parametrize(
    "changed",
    [
        {"skip": _i4(-1, 2, 1, 60)},
        {"skip": _i4(0, 0, 1, 60)},  # two runs that touch
        {"skip": _i4(0, 2, 1, 61)},  # past the last grid cell
        {"skip": _i4(0, 2, 1, 2**31 - 1)},
        {"skip": np.array([0, 2, 1, 2**62])},
        {"skip": np.array([0.0, 2.0, 1.0, 60.0])},
        {"length": _i4(2, 1, 1, 0)},
        {"length": _i4(2, 1, 1, -1)},
        {"length": _i4(2, 1, 1, 2)},
        {"runs": _i4(2, 0, 1)},
        {"runs": _i4(3, -1, 2)},
        {"runs": _i4(4)},
        {"runs": np.array([2, 0, 2])},
        {"share": np.zeros(15, np.uint8)},
        {"share": np.full(15, 251, np.uint8)},
        {"share": np.array([3, 2, 1] * 5, np.uint8)},
        {"share": np.ones(14, np.uint8)},
        {"share": np.ones(18, np.uint8)},
        {"share": np.ones(15, np.int8)},
        {"lat": np.array([0.0, np.nan, 0.0])},
        {"lat": np.array([0.0, 0.0])},
        {"lon": np.array([0.0, 0.0, 181.0])},
        {"range_km": np.array([1.0, np.inf, 1.0])},
        {"text": np.frombuffer(b"[1, 2", np.uint8)},
        {"text": np.frombuffer(b"[" * 100_000, np.uint8)},
        {"text": np.frombuffer(b'{"technology": [1, 2, 3], "operator": [], "site_ids": []}', np.uint8)},
        {"format": np.array([2, 7, 9])},
        {"format": np.array([1, 9, 7])},
        {"format": np.array([1])},
        {"lat": None},
        {"more": _i4(1)},
    ],
    ids=str,
)
def test_a_file_that_states_what_cannot_be_is_refused_in_one_line(tmp_path, changed):
    path = _stored(tmp_path, **changed)
    with pytest.raises(InputError, match=r"bad\.npz: .+; (run the country again|make the file anew)") as refused:
        Footprints.read(path, SHAPE)
    assert "\n" not in str(refused.value)


def _truncated(path, content):
    path.write_bytes(content[: len(content) // 2])


def _no_zip(path, content):
    path.write_bytes(b"not a zip file")


def _one_byte_changed(path, content):
    middle = content.index(b"PK\x01\x02") // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :])


def _pickled(path, content):
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["lat"] = np.array([1.0, "a", None], dtype=object)
    np.savez_compressed(path, allow_pickle=True, **arrays)


def _two_dimensions(path, content):
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    np.savez_compressed(path, **arrays | {"share": arrays["share"].reshape(-1, 3)})


def _longer_than_it_states(path, content):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["share.npy"] += b"\x01" * 3
    with zipfile.ZipFile(path, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member)


@pytest.mark.parametrize(
    "damage", [_truncated, _no_zip, _one_byte_changed, _pickled, _two_dimensions, _longer_than_it_states]
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path, damage):
    path = tmp_path / "f.npz"
    EXAMPLE.write(path)
    damage(path, path.read_bytes())
    with pytest.raises(InputError, match=r"f\.npz: .+; make the file anew") as refused:
        Footprints.read(path, SHAPE)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"none\.npz: does not exist"):
        Footprints.read(tmp_path / "none.npz", SHAPE)


def test_a_small_file_that_unpacks_to_too_much_is_not_unpacked(tmp_path, monkeypatch):
    path = _stored(tmp_path, share=np.full(30_000_000, 250, np.uint8))
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(module, "MOST_BYTES", 10_000_000)
    with pytest.raises(InputError, match="30 MB unpacked, more than the 10 MB"):
        Footprints.read(path, SHAPE)


def test_positions_and_the_sites_behind_them():
    sites = pd.DataFrame(
        [("b", "4G", "", 1.0, 2.0), ("a;1%", "4G", "", 1.0, 2.0), ("a", "2G", "", 1.0, 2.0), ("b", "4G", "", 1.0, 2.0)],
        columns=["site_id", "technology", "operator", "lat", "lon"],
    )
    table = transmitters_of(sites)
    assert table["technology"].tolist() == ["2G", "4G"]
    assert [split_site_ids(text) for text in table["site_ids"]] == [["a"], ["a;1%", "b"]]


@given(st.lists(st.text(), min_size=1))
def test_site_ids_come_apart_as_they_were_joined(names):
    assert split_site_ids(join_site_ids(names)) == names
