"""Small files that want to become large ones, and texts that want to be read for ever. Each goes to a process with a bound
on its memory; an answer must come in good time."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import zipfile

import numpy as np
import pytest
import rasterio

from ewcm.errors import InputError
from ewcm.sources.rasters import open_raster
from tests.reliability.doors import REFUSED, Doors
from tests.reliability.mutations import LONGEST_S
from tests.reliability.seeds import seeds
from tests.sources.files import CELL_HEADER

#: Tables come through one reader of text; the long form tries all the doors that lead to it.
LONG = bool(os.environ.get("EWCM_LONG"))
TABLES = ["cells", "sites", "places"] if LONG else ["cells"]


def refused(doors: Doors, door: str, path, match: str) -> None:
    answer = doors.ask(door, path)
    assert answer.outcome == REFUSED, answer.text
    assert match in answer.text and len(answer.text) < 2000


@pytest.mark.parametrize("door", TABLES)
def test_a_gzip_bomb_of_many_members(doors, tmp_path, door):
    """3 MB that unpack to 10 GB, in a thousand members."""
    bomb = gzip.compress(b"GSM,641,10,1,1,0,32.5,0.3\n" * 400_000, mtime=0)
    (tmp_path / "t.csv.gz").write_bytes(bomb * 1000)
    refused(doors, door, tmp_path / "t.csv.gz", "unpacks to far more")


@pytest.mark.parametrize(
    ("said", "match"), [(3_000_000_000, "unpacks to more than"), (100, "damaged or cut-off zip file")]
)
def test_a_zip_bomb_as_a_shapefile(doors, tmp_path, said, match):
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("b.shp", "w") as member,
    ):
        for _ in range(10):
            member.write(bytes(10_000_000))
    # The list of contents says 3 GB, or 100 bytes.
    content = stream.getvalue().replace(struct.pack("<I", 100_000_000), struct.pack("<I", said))
    (tmp_path / "b.zip").write_bytes(content)
    refused(doors, "boundaries", tmp_path / "b.zip", match)


def test_zips_whose_members_lead_out_of_them(doors, tmp_path):
    files = seeds()["boundaries shp"].files
    for name in ("../b.shp", "/b.shp", "a/../../b.shp", "b.shp\x00.txt"):
        with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
            for own, content in files.items():
                archive.writestr(name if own == "b.shp" else own, content)
        before = sorted(path.name for path in tmp_path.parent.iterdir())
        answer = doors.ask("boundaries", tmp_path / "b.zip")
        assert answer.fine, answer.text
        assert sorted(path.name for path in tmp_path.parent.iterdir()) == before
        assert [path.name for path in tmp_path.iterdir()] == ["b.zip"]


def test_a_tile_of_terrain_that_unpacks_to_more_than_it_says(doors, tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("N01E031.hgt", bytes(100_000_000))
    size = 1201 * 1201 * 2
    (tmp_path / "N01E031.hgt.zip").write_bytes(
        stream.getvalue().replace(struct.pack("<I", 100_000_000), struct.pack("<I", size))
    )
    refused(doors, "terrain", tmp_path / "N01E031.hgt.zip", "damaged .zip")


@pytest.mark.parametrize("door", ["population", "coverage", "terrain"])
@pytest.mark.parametrize(
    ("side", "more", "match"),
    [
        (1_000_000, {"tiled": True, "blockxsize": 16384, "blockysize": 16384}, "claims 1000000 x 1000000"),
        (30_000, {"blockysize": 30_000, "compress": "deflate"}, "stored in blocks of 30000 x 30000"),
        (19_000, {"blockysize": 19_000, "compress": "deflate"}, "stored in blocks of 19000 x 19000"),
    ],
)
def test_rasters_that_claim_too_much(doors, tmp_path, door, side, more, match):
    """10⁶ x 10⁶ cells in no bytes at all; one strip that unpacks to gigabytes."""
    transform = rasterio.Affine(5 / side, 0, 30, 0, -5 / side, 4)
    profile = {
        "width": side,
        "height": side,
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4326",
        "transform": transform,
    }
    with rasterio.open(tmp_path / "p.tif", "w", driver="GTiff", sparse_ok=True, BIGTIFF="YES", **profile, **more):
        pass
    refused(doors, door, tmp_path / "p.tif", match)


def test_many_bands_in_one_block(doors, tmp_path):
    """One tile of 1000 x 1000 cells holds all 200 bands: 1.6 GB for the one that is read."""
    profile = {
        "width": 2000,
        "height": 2000,
        "count": 200,
        "dtype": "float64",
        "crs": "EPSG:4326",
        "interleave": "pixel",
    }
    profile |= {"tiled": True, "blockxsize": 1008, "blockysize": 1008, "sparse_ok": True}
    transform = rasterio.Affine(0.001, 0, 31, 0, -0.001, 2)
    with rasterio.open(tmp_path / "p.tif", "w", driver="GTiff", transform=transform, **profile):
        pass
    refused(doors, "population", tmp_path / "p.tif", "stored in blocks")


def test_a_string_without_an_end(doors, tmp_path):
    """Half a million escaped quotes once took the square of their number."""
    for content in ('{"' + '\\"' * 500_000, '{"a' + "x" * 10_000_000, "{" + '"a":' * 1_000_000):
        (tmp_path / "b.geojson").write_text(content)
        refused(doors, "boundaries", tmp_path / "b.geojson", "is not valid JSON")


def test_a_text_of_shapes_beyond_measure(doors, tmp_path):
    """Two gigabytes on paper only."""
    for name in ("b.geojson", "b.kml"):
        with (tmp_path / name).open("wb") as stream:
            stream.write(b'{"type": ' if name.endswith("json") else b"<kml>")
            stream.truncate(2_000_000_000)
        refused(doors, "boundaries", tmp_path / name, "save it as a GeoPackage")


def test_a_scribble(doors, tmp_path):
    """An outline of 2000 random corners: mending it once took hours."""
    corners = np.random.default_rng(1).uniform((31, 1), (32, 2), (2000, 2)).tolist()
    ring = [*corners, corners[0]]
    (tmp_path / "b.geojson").write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    refused(doors, "boundaries", tmp_path / "b.geojson", "cross themselves more than")


@pytest.mark.parametrize("door", TABLES)
@pytest.mark.parametrize(
    ("content", "match"),
    [
        (lambda: b"radio,mcc,lat,lon," + b"a" * 100_000_000 + b"\n1,2,3,4,5\n", ""),
        (
            lambda: b"radio,lat,lon," + b"".join(b"%d," % number for number in range(1_000_000)) + b"\n1,2,3,4\n",
            "columns",
        ),
        (lambda: b'radio,mcc,net,cell,lat,lon,name,technology\n"' + b"x\n" * 1_000_000, ""),
        (lambda: CELL_HEADER.encode() + b"\n" + b'"' * 20_000_000, ""),
    ],
    ids=["a line of 100 MB", "a million columns", "an open quote", "quotes"],
)
def test_tables_without_measure(doors, tmp_path, door, content, match):
    """The names of a million columns were once compared each with each."""
    (tmp_path / "t.csv").write_bytes(content())
    refused(doors, door, tmp_path / "t.csv", match)


def test_a_raster_of_65535_bands_is_refused_before_they_are_looked_at(tmp_path, monkeypatch):
    path = tmp_path / "people.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=2, width=2, count=65_535, dtype="uint8", crs="EPSG:4326",
        transform=rasterio.Affine(0.01, 0, 32, 0, -0.01, 1), interleave="pixel",
    ):  # fmt: skip
        pass
    monkeypatch.setattr("ewcm.sources.rasters._check_structure", lambda *_: pytest.fail("its bands were looked at"))
    with pytest.raises(InputError, match=r"people\.tif: has 65535 bands"), open_raster(path):
        pass


#: Texts that a pattern may search from each of its signs on, which takes as long as the square of their number.
REPEATED = ("a", "( ", "utm ", "_", "1", "4G ")


@pytest.mark.parametrize("door", ["sites", *(["places", "measurements", "candidates"] if LONG else [])])
@pytest.mark.parametrize("where", ["heading", "cell"])
def test_a_heading_or_a_cell_of_a_hundred_thousand_letters_takes_no_time(doors, tmp_path, door, where):
    """Headings were searched for a zone of UTM and for a step of whole numbers from each of their letters on."""
    for text in REPEATED:
        endless = text * (100_000 // len(text))
        if where == "heading":
            table = f"name,lat,lon,technology,{endless}\nA,1.0,32.0,4G,5\n"
        else:
            rows = (f"A,1.0,32.0,4G,X,{endless}", f"B,1.0,32.1,{endless},{endless},on air")
            table = "\n".join(("name,lat,lon,technology,operator,status", *rows, ""))
        (tmp_path / "t.csv").write_text(table)
        answer = doors.ask(door, tmp_path / "t.csv")
        assert answer.fine and answer.seconds < LONGEST_S, (text, answer)
