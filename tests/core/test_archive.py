"""Gzip files as files to read from, and the limits of a .zip by what it says of itself."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewcm.core import archive
from ewcm.core.archive import ArchiveError, DamagedArchive, Limits


@given(data=st.binary(max_size=5000), pieces=st.lists(st.integers(1, 700), min_size=1))
def test_a_gzip_file_reads_as_gzip_reads_it(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, pieces: list[int]
) -> None:
    path = tmp_path_factory.mktemp("gz") / "a.gz"
    path.write_bytes(gzip.compress(data) + gzip.compress(data[::-1]))
    with archive.opened_gzip(path) as ours, gzip.open(path) as theirs:
        for size in pieces:
            assert ours.read(size) == theirs.read(size)
        assert ours.read() == theirs.read()


def test_a_gzip_file_cut_off_is_damaged_and_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(bytes(range(256)) * 99)[:-9])
    with pytest.raises(DamagedArchive, match="cut off"):
        archive.opened_gzip(path).read()
    path.write_bytes(gzip.compress(bytes(5_000_000)))
    with pytest.raises(ArchiveError, match="50 times its size"):
        list(archive.gunzipped(path, archive.TEXT))


def test_the_ratio_of_a_file_is_that_of_the_whole(tmp_path: Path) -> None:
    """Blanks at the beginning unpack to far more than their share, the file as a whole does not."""
    path = tmp_path / "a.gz"
    noise = bytes(gzip.compress(str(list(range(60_000))).encode()))
    path.write_bytes(gzip.compress(bytes(3_000_000)) + gzip.compress(noise, 0))
    whole = sum(map(len, archive.gunzipped(path, Limits(ratio=50, free_bytes=100_000))))
    assert whole == 3_000_000 + len(noise)


def test_members_that_overlap_are_told_by_their_ratio(tmp_path: Path) -> None:
    """A quoted-overlap bomb: each member keeps deflate's ratio, all of them together cannot."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.shp", bytes(4_000_000))
    with zipfile.ZipFile(path) as made:
        member = made.infolist()[0]
        made.filelist.extend([member] * 50)
        with pytest.raises(ArchiveError, match="1100 times its size"):
            archive.check_sizes(made, archive.IN_PLACE)


def test_a_table_of_blanks_is_no_bomb(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        made.writestr("a.dbf", b" " * 20_000_000)
    with archive.opened_zip(path) as made:
        assert [info.filename for info in archive.check_sizes(made, archive.IN_PLACE)] == ["a.dbf"]
        unpacked = io.BytesIO()
        archive.unpack(made, made.infolist()[0], unpacked, archive.IN_PLACE)
    assert unpacked.getbuffer().nbytes == 20_000_000
