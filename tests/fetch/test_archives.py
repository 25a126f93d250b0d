"""Archives that would hurt: bombs, and members that leave their folder."""

from __future__ import annotations

import gzip
import io
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewcm.core.archive import Limits
from ewcm.errors import FetchError
from ewcm.fetch.archives import Gunzip, check_zip, extract_one, gunzipped
from ewcm.fetch.checks import Damaged

SMALL = Limits(ratio=50, total_bytes=3_000_000, members=20, free_bytes=100_000)


def write_zip(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data, zipfile.ZIP_DEFLATED)
    return path


@pytest.mark.parametrize(
    "name", ["../up.tif", "a/../../up.tif", "/etc/up.tif", "..\\up.tif", "C:\\up.tif", "c:/up.tif", "\\\\host\\up.tif"]
)
def test_members_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    archive = write_zip(tmp_path / "a.zip", ("good.tif", b"x"), (name, b"x"))
    for refuse in (lambda: check_zip(archive), lambda: extract_one(archive, "good.tif", tmp_path / "out")):
        with pytest.raises(FetchError, match="leave its folder"):
            refuse()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip"]


def test_symbolic_links_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("data.tif")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(FetchError, match="symbolic link"):
        extract_one(write_zip(tmp_path / "a.zip", (link, b"/etc/passwd")), ".tif", tmp_path / "out")


def test_zip_bombs_are_refused(tmp_path: Path) -> None:
    bomb = write_zip(tmp_path / "ratio.zip", ("a.tif", bytes(2_000_000)))
    with pytest.raises(FetchError, match="bomb"):
        extract_one(bomb, ".tif", tmp_path / "out", SMALL)
    assert not (tmp_path / "out").exists()
    import random

    noise = random.Random(1).randbytes(4_000_000)
    with pytest.raises(FetchError, match="more than 3 MB"):
        check_zip(write_zip(tmp_path / "size.zip", ("a.tif", noise)), SMALL)
    with pytest.raises(FetchError, match="files, more than"):
        check_zip(write_zip(tmp_path / "many.zip", *((f"{number}", b"") for number in range(30))), SMALL)


def test_a_zip_that_lies_about_its_sizes_is_stopped_while_it_unpacks(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", ("a.tif", bytes(2_000_000)))
    data = path.read_bytes().replace((2_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    path.write_bytes(data)
    with pytest.raises(FetchError):
        extract_one(path, ".tif", tmp_path / "out", SMALL)
    assert not (tmp_path / "out").exists() or (tmp_path / "out").stat().st_size <= 1000


def test_encrypted_members_and_several_candidates_are_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", ("a.tif", b"x"))
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(FetchError, match="encrypted"):
        check_zip(path)
    with pytest.raises(FetchError, match="2 files"):
        extract_one(write_zip(tmp_path / "b.zip", ("a.tif", b"x"), ("b.tif", b"x")), ".tif", tmp_path / "out")


def test_one_member_comes_out_whole(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", ("folder/a.TIF", b"data"), ("readme.txt", b"x"))
    assert extract_one(archive, ".tif", tmp_path / "out") == "folder/a.TIF"
    assert (tmp_path / "out").read_bytes() == b"data"


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damage_in_any_packing_is_damage(tmp_path: Path, packing: int) -> None:
    """The unpackers of bzip2 and LZMA raise errors of their own."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("data.tif", bytes(range(256)) * 99)
    data = bytearray(path.read_bytes())
    data[50:58] = b"\xff" * 8  # within the packed member
    path.write_bytes(data)
    with pytest.raises(Damaged):
        extract_one(path, ".tif", tmp_path / "out")


def test_a_full_disk_is_no_damage(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", ("data.tif", bytes(100_000)))
    with pytest.raises(OSError, match="No space"):
        extract_one(archive, ".tif", Path("/dev/full"))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_a_zip_cut_off_is_damaged(tmp_path: Path, share: float) -> None:
    data = write_zip(tmp_path / "a.zip", ("a.tif", bytes(range(256)) * 100)).read_bytes()
    (tmp_path / "a.zip").write_bytes(data[: int(len(data) * share)] or b"PK\x03\x04")
    with pytest.raises(Damaged):
        check_zip(tmp_path / "a.zip")


def test_a_flipped_byte_in_a_zip_is_found_by_its_checksum(tmp_path: Path) -> None:
    data = bytearray(write_zip(tmp_path / "a.zip", ("a.tif", bytes(range(256)) * 100)).read_bytes())
    data[100] ^= 0x20
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(Damaged):
        extract_one(tmp_path / "a.zip", ".tif", tmp_path / "out")


def test_a_gzip_bomb_is_stopped_early(tmp_path: Path) -> None:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as stream:
        for _ in range(30):
            stream.write(bytes(1 << 20))
    (tmp_path / "a.gz").write_bytes(out.getvalue())
    unpacked = 0
    with pytest.raises(FetchError, match=r"bomb|more than"):
        for block in gunzipped(tmp_path / "a.gz", SMALL):
            unpacked += len(block)
    assert unpacked <= SMALL.total_bytes


@given(parts=st.lists(st.binary(max_size=3000), max_size=4), piece=st.integers(1, 700), padding=st.integers(0, 5))
def test_gzip_in_pieces_is_gzip(parts: list[bytes], piece: int, padding: int) -> None:
    packed = b"".join(map(gzip.compress, [*parts, b"end"])) + bytes(padding)
    unpacker = Gunzip()
    out = b"".join(block for at in range(0, len(packed), piece) for block in unpacker.feed(packed[at : at + piece]))
    unpacker.finish()
    assert out == b"".join(parts) + b"end"


@given(st.integers(1, 5000), st.integers(0, 7))
def test_any_flipped_bit_or_cut_of_a_gzip_is_found(position: int, bit: int) -> None:
    import random

    data = random.Random(7).randbytes(4000)
    packed = bytearray(gzip.compress(data, mtime=0))
    position %= len(packed)
    cut = Gunzip()
    with pytest.raises(Damaged):
        list(cut.feed(bytes(packed[:position])))
        cut.finish()
    packed[position] ^= 1 << bit
    flipped = Gunzip()
    try:
        out = b"".join(flipped.feed(bytes(packed)))
        flipped.finish()
    except Damaged:
        return
    assert out == data and position < 10  # the header holds a date and flags that bear on nothing
