"""Files beside a raster that change its numbers are said and recorded; pictures are no people."""

import json

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from rasterio.enums import ColorInterp

import ewcm
from ewcm.core.record import Meta, sha256_of
from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.inputs.find import find_inputs
from ewcm.inputs.read import load
from ewcm.sources.cells import read_cells
from ewcm.sources.clutter import open_clutter
from ewcm.sources.coverage_maps import read_declared
from ewcm.sources.population import read_population
from ewcm.sources.site_lists import read_sites
from ewcm.sources.terrain import open_terrain
from tests.sources.files import CELL_HEADER, STEP, UGA, cell, raster, text

PAM = "<PAMDataset>{}</PAMDataset>"
SCALED = PAM.format('<PAMRasterBand band="1"><Offset>30</Offset><Scale>2</Scale></PAMRasterBand>')
MOVED = PAM.format(f"<GeoTransform>31.5, {STEP}, 0, 2, 0, -{STEP}</GeoTransform>")
NODATA = PAM.format('<PAMRasterBand band="1"><NoDataValue>5</NoDataValue></PAMRasterBand>')


def people(path, **more):
    values = np.arange(1, 1201, dtype=np.float32).reshape(30, 40)
    return raster(path, values, **more)


def mask(path, rows=30, cols=40):
    """A mask of a raster as GDAL writes it beside that: the northern half is missing."""
    values = np.full((rows, cols), 255, np.uint8)
    values[: rows // 2] = 0
    made = raster(path.with_suffix(".plain"), values)
    with rasterio.open(made, "r+") as target:
        target.update_tags(INTERNAL_MASK_FLAGS_1=2)
    made.rename(path)


def overview(path):
    with rasterio.Env(TIFF_USE_OVR=True), rasterio.open(path, "r+") as dataset:
        dataset.build_overviews([2])


def codes(record):
    return {warning.code: warning.values for warning in record.warnings}


@pytest.mark.parametrize(
    ("content", "code"),
    [(SCALED, "sidecar_scale"), (MOVED, "sidecar_position"), (NODATA, "sidecar_nodata")],
    ids=["scale", "position", "nodata"],
)
def test_what_a_note_beside_a_raster_changes_is_said_and_recorded(tmp_path, content, code):
    path = people(tmp_path / "people.tiff")
    (tmp_path / "people.tiff.aux.xml").write_text(content)
    record = read_population(path, UGA).record
    assert codes(record)[code]["sidecar"] == "people.tiff.aux.xml"
    assert record.companions == {".tiff.aux.xml": sha256_of(tmp_path / "people.tiff.aux.xml")}


@pytest.mark.parametrize("name", ["people.tif", "people.TIFF", "people.img", "people.data"])
def test_for_every_ending(tmp_path, name):
    path = people(tmp_path / name)
    (tmp_path / f"{name}.aux.xml").write_text(SCALED)
    record = read_population(path, UGA).record
    assert codes(record)["sidecar_scale"] == {"sidecar": f"{name}.aux.xml", "scale": "2", "offset": "30"}
    assert len(record.companions) == 1


def test_a_mask_a_coarser_copy_and_a_place_beside_a_raster(tmp_path):
    path = people(tmp_path / "people.tif")
    mask(tmp_path / "people.tif.msk")
    overview(path)
    assert (tmp_path / "people.tif.ovr").is_file()
    record = read_population(path, UGA).record
    assert {"sidecar_mask", "sidecar_overviews"} <= set(codes(record))
    assert set(record.companions) >= {".tif.msk", ".tif.ovr"}


@pytest.mark.parametrize(("driver", "ending"), [("HFA", "img"), ("netCDF", "nc"), ("AAIGrid", "asc")])
def test_a_mask_and_a_coarser_copy_beside_a_raster_of_another_format(tmp_path, driver, ending):
    """GDAL reads them beside HFA and netCDF whatever it is told, so that the raster by itself looked the same: a quarter of the
    people was gone without a word."""
    path = tmp_path / f"people.{ending}"
    rasterio.shutil.copy(people(tmp_path / "plain.tif"), path, driver=driver)
    whole = read_population(path, UGA).record
    assert not [code for code in codes(whole) if code.startswith("sidecar")]
    mask(tmp_path / f"people.{ending}.msk")
    raster(tmp_path / f"people.{ending}.ovr", np.ones((15, 20), np.float32))
    record = read_population(path, UGA).record
    assert record.facts["people"] < whole.facts["people"]
    assert {"sidecar_mask", "sidecar_overviews"} <= set(codes(record))
    assert {f".{ending}.msk", f".{ending}.ovr"} <= set(record.companions)


@pytest.mark.parametrize("name", ["people.tfw", "people.tifw", "people.wld", "people.TFW"])
def test_a_world_file_is_said(tmp_path, name):
    with rasterio.open(
        tmp_path / "people.tif", "w", driver="GTiff", height=30, width=40, count=1, dtype="float32", crs="EPSG:4326"
    ) as target:
        target.write(np.ones((30, 40), np.float32), 1)
    (tmp_path / name).write_text(f"{STEP}\n0\n0\n-{STEP}\n31\n2\n")
    record = read_population(tmp_path / "people.tif", UGA).record
    assert "sidecar_position" in codes(record) and len(record.companions) == 1


TABLE = """!table
!version 300
Definition Table
  File "people.tif"
  Type "RASTER"
  (31.5,2) (0,0) Label "1",
  (31.9,2) (40,0) Label "2",
  (31.9,1.7) (40,30) Label "3"
  CoordSys Earth Projection 1, 104
"""
DESCRIPTION = (
    '<metadata><refSysInfo><RefSystem><refSysID><identCode code="4326"/></refSysID></RefSystem></refSysInfo></metadata>'
)


@pytest.mark.parametrize(("name", "content"), [("people.tab", TABLE), ("people.xml", DESCRIPTION)])
def test_no_place_is_taken_from_a_table_of_mapinfo_or_a_description_of_arcgis(tmp_path, name, content):
    """GDAL took the place of a raster without one from there, and nothing said so."""
    (tmp_path / name).write_text(content)
    with rasterio.open(
        tmp_path / "people.tif", "w", driver="GTiff", height=30, width=40, count=1, dtype="float32"
    ) as target:
        target.write(np.ones((30, 40), np.float32), 1)
    with pytest.raises(InputError, match=r"people\.tif: has no (coordinate system|position)"):
        read_population(tmp_path / "people.tif", UGA)
    (tmp_path / "people.tfw").write_text(f"{STEP}\n0\n0\n-{STEP}\n31\n2\n")
    with pytest.raises(InputError, match="has no coordinate system"):
        read_population(tmp_path / "people.tif", UGA)


def test_every_kind_of_raster_says_it(tmp_path):
    values = np.full((300, 400), 1, np.uint8)
    for name in ("declared.tif", "clutter.tif", "dem.tif"):
        raster(tmp_path / name, values, step=1 / 1200)
        mask(tmp_path / f"{name}.msk", 300, 400)
    records = [
        read_declared(tmp_path / "declared.tif", "4G", UGA)[0].record,
        open_clutter([tmp_path / "clutter.tif"], "metres", Meta()).records[0],
        open_terrain([tmp_path / "dem.tif"], False, Meta()).records[0],
    ]
    for record in records:
        assert "sidecar_mask" in codes(record) and list(record.companions) == [".tif.msk"]


def test_a_raster_without_anything_beside_it_has_nothing_to_say(tmp_path):
    people(tmp_path / "other.tif")
    (tmp_path / "other.tif.aux.xml").write_text(SCALED)
    record = read_population(people(tmp_path / "people.tif"), UGA).record
    assert not [code for code in codes(record) if code.startswith("sidecar")] and record.companions == {}


def test_it_is_a_caveat_of_the_result(tmp_path):
    people(tmp_path / "uga_ppp.tif")
    (tmp_path / "uga_ppp.tif.aux.xml").write_text(SCALED)
    result = ewcm.run("UGA", tmp_path)
    said = {caveat["code"]: caveat["values"] for caveat in result.summary["caveats"]}
    assert said["input_sidecar_scale"]["offset"] == "30"
    assert any(
        "multiplied by 2 and 30 was added" in text for text in load(find_inputs(UGA, tmp_path)).records[0].assumptions
    )


@pytest.mark.parametrize("kind", ["rgb", "palette", "bands", "four bands", "bands of words", "four bands of words"])
def test_a_picture_is_no_population(tmp_path, kind):
    path = tmp_path / "map.tif"
    bands = 4 if kind.startswith("four") else 1 if kind == "palette" else 3
    dtype = "uint16" if "words" in kind else "uint8"
    with rasterio.open(
        path, "w", driver="GTiff", height=30, width=40, count=bands, dtype=dtype, crs="EPSG:4326",
        transform=rasterio.Affine(STEP, 0, 31, 0, -STEP, 2), **({"photometric": "RGB"} if kind == "rgb" else {}),
    ) as target:  # fmt: skip
        target.write(np.full((bands, 30, 40), 40, dtype))
        if kind == "palette":
            target.write_colormap(1, {40: (255, 0, 0, 255)})
            target.colorinterp = [ColorInterp.palette]
    with pytest.raises(InputError, match=r"map\.tif: is a picture, .*; give the raster of people itself"):
        read_population(path, UGA)


@pytest.mark.parametrize("nodata", [0, 255, None])
def test_a_mask_of_where_people_live_is_no_population(tmp_path, nodata):
    values = np.random.default_rng(1).integers(0, 2, (30, 40)).astype(np.uint8)
    said = r"people\.tif: holds 1 in each of its \d+ populated cells.*not how many; give a raster of numbers"
    with pytest.raises(InputError, match=said):
        read_population(raster(tmp_path / "people.tif", values, nodata=nodata), UGA)
    record = read_population(raster(tmp_path / "floats.tif", values.astype(np.float32)), UGA).record
    assert codes(record)["few_numbers"]["values"] == "1"


def test_classes_and_shares_are_doubted_and_numbers_of_people_are_not(tmp_path):
    random = np.random.default_rng(1)
    settlements = random.choice([10, 11, 12, 13, 21, 22, 23, 30], (30, 40)).astype(np.uint8)
    record = read_population(raster(tmp_path / "people.tif", settlements), UGA).record
    assert codes(record)["few_numbers"] == {"cells": 1200, "values": "10, 11, 12, 13, 21, 22, 23, 30"}
    record = read_population(
        raster(tmp_path / "mask.tif", np.where(settlements > 20, 255, 0).astype(np.uint8), nodata=0), UGA
    )
    assert codes(record.record)["few_numbers"]["values"] == "255"
    shares = random.uniform(0, 1, (30, 40)).astype(np.float32)
    assert "shares" in codes(read_population(raster(tmp_path / "built.tif", shares), UGA).record)
    # Few cells, whole numbers of people, and few people in nearly every cell, are what a raster of people may hold.
    for name, plain in {
        "few": np.pad(np.ones((9, 11), np.float32), 10), "whole": np.floor(random.gamma(0.3, 20.0, (30, 40))),
        "sparse": random.gamma(0.2, 1.0, (30, 40)),
    }.items():  # fmt: skip
        found = codes(read_population(raster(tmp_path / f"{name}.tif", plain.astype(np.float32)), UGA).record)
        assert not {"few_numbers", "shares"} & set(found), name


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint16, np.int32])
def test_a_fill_with_the_largest_number_of_the_type_is_doubted(tmp_path, kind):
    values, largest = np.full((30, 40), 40, kind), np.iinfo(kind).max
    values[:10] = largest
    record = read_population(raster(tmp_path / "people.tif", values, nodata=0), UGA).record
    assert codes(record)["byte_fill"] == {"cells": 400, "value": largest}
    undeclared = read_population(raster(tmp_path / "plain.tif", values), UGA)
    assert undeclared.record.facts["people"] == 40 * 800


@pytest.mark.parametrize(("count", "doubted"), [(2, True), (16, True), (17, False)])
def test_up_to_sixteen_whole_numbers_are_doubted_as_classes(tmp_path, count, doubted):
    values = (3 * (np.arange(1200) % count + 1)).reshape(30, 40).astype(np.float32)
    record = read_population(raster(tmp_path / "people.tif", values), UGA).record
    assert ("few_numbers" in codes(record)) == doubted


def test_nb_iot_is_not_4g_for_phones(tmp_path):
    cells = text(tmp_path / "cells.csv", CELL_HEADER, cell("LTE"), cell("NB-IoT", lon=32.9), cell("NBIOT", lon=33.0))
    found = read_cells(cells, UGA)
    assert len(found.table) == 1
    assert "NB-IoT" in json.dumps(found.records[0].facts)
    sites = text(tmp_path / "s.csv", "site_id,lat,lon,technology", "a,0.3,32.5,LTE;NB-IoT", "b,0.3,32.6,NB-IoT")
    assert read_sites(sites, UGA).table[["site_id", "technology"]].to_numpy().tolist() == [["a", "4G"]]


def test_no_share_is_above_one_by_a_rounding(tmp_path):
    """17 cells of 0.1 people: their sum and that of what is unknown of them differ in the last place."""
    for seed in range(12):
        random = np.random.default_rng(seed)
        values = random.uniform(0, 3, (7, 9)).astype(np.float32)
        raster(tmp_path / "uga_ppp.tif", values)
        for figures in ewcm.run("UGA", tmp_path).services.values():
            assert 0 <= figures.unknown_share <= 1 and figures.covered_share is None
    assert country("UGA")


def test_an_imagine_file_with_its_cells_beside_it_is_read(tmp_path):
    with rasterio.open(raster(tmp_path / "p.tif", np.ones((8, 8), "float32"))) as source:
        rasterio.shutil.copy(source, tmp_path / "people.img", driver="HFA", USE_SPILL="YES")
    assert (tmp_path / "people.ige").exists()
    assert read_population(tmp_path / "people.img", UGA).people.sum() == 64
