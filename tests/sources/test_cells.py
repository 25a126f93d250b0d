"""Cell exports and site lists."""

import gzip

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.sources.cell_sites import SITE_COLUMNS, sorted_sites
from ewcm.sources.cells import read_cells
from ewcm.sources.site_lists import read_sites
from tests.bench.cells import read_apart, write_export
from tests.oracles.cell_sites import sites as sites_one_by_one
from tests.sources.files import CELL_HEADER, UGA, cell, text


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("packed", [True, False])
def test_with_and_without_header_and_gzip(tmp_path, header, packed):
    lines = [CELL_HEADER] * header + [cell(), cell("LTE", number=2560, lon=32.6), cell("UMTS"), cell("NR", lat=0.4)]
    path = text(tmp_path / "641.csv", *lines)
    if packed:
        path = tmp_path / "641.csv.gz"
        path.write_bytes(gzip.compress((tmp_path / "641.csv").read_bytes()))
    sites = read_cells(path, UGA)
    assert tuple(sites.table.columns) == SITE_COLUMNS
    assert sites.table["technology"].tolist() == ["2G", "3G", "4G", "5G"]
    assert set(sites.table["operator"]) == {"641-10"}
    assert sites.records[0].facts["cells"] == {"2G": 1, "3G": 1, "4G": 1, "5G": 1}
    assert sites.records[0].date == "2025-01-13"
    assert sites.records[0].warnings == ()


def test_every_distinct_position_stays_and_sites_are_joined(tmp_path):
    path = text(
        tmp_path / "c.csv",
        cell("LTE", number=256 * 77 + 1, lon=32.5),
        cell("LTE", number=256 * 77 + 2, lon=32.5),  # same position: one row
        cell("LTE", number=256 * 77 + 3, lon=32.51),  # same eNodeB, another position
        cell("LTE", number=256 * 78 + 1, lon=32.51),  # another eNodeB there
        cell("GSM", number=1, lon=32.0, lat=0.3),
        cell("GSM", number=2, lon=32.0005, lat=0.3),  # 55 m away
        cell("GSM", number=3, lon=32.1, lat=0.3),
    )
    table = read_cells(path, UGA).table
    lte = table[table["technology"] == "4G"]
    assert sorted(lte["lon"]) == [32.5, 32.51]
    assert set(lte["site_id"]) <= {"641-10-e77", "641-10-e78"}
    gsm = table[table["technology"] == "2G"]
    assert len(gsm) == 3
    assert gsm["site_id"].nunique() == 2


def test_the_order_of_the_file_does_not_matter(tmp_path):
    lines = [cell(number=number, lon=32 + number / 100) for number in range(20)]
    one = read_cells(text(tmp_path / "a.csv", *lines), UGA).table
    other = read_cells(text(tmp_path / "b.csv", *reversed(lines)), UGA).table
    assert one.equals(other)


def test_broken_rows_are_counted_by_reason(tmp_path):
    path = text(
        tmp_path / "c.csv",
        CELL_HEADER,
        cell(),
        cell("CDMA"),
        cell("6G"),
        cell(mcc=639),
        cell(lat="here"),
        cell(lat=95),
        cell(lat=0, lon=0),
        cell(net="x"),
        "GSM,641,10",
        cell() + ",1,2,3,4",
        "",
    )
    record = read_cells(path, UGA).records[0]
    assert record.facts["rows"] == 10
    assert record.facts["not_used"] == {
        "with too many fields": 1,
        "of another radio standard (CDMA)": 1,
        "of no known radio standard": 1,
        "of another country (MCC)": 1,
        "with a broken network or cell number": 2,
        "with no position": 1,
        "at 0°, 0°": 1,
        "with an impossible position": 1,
    }
    assert record.facts["broken_rows"] == 7
    assert any("9 of 10 rows were not used" in warning for warning in record.warnings)


def test_an_unbalanced_quote_costs_its_own_line_only(tmp_path):
    path = text(
        tmp_path / "c.csv", CELL_HEADER, cell(), '"GSM,641,1', *(cell(number=n, lon=32 + n / 10) for n in range(5))
    )
    record = read_cells(path, UGA).records[0]
    assert record.facts["positions"] >= 5


def test_a_quote_that_closes_lines_later_swallows_nothing(tmp_path):
    good = [cell(number=n, lon=32 + n / 10) for n in range(5)]
    path = text(tmp_path / "c.csv", CELL_HEADER, good[0], '"' + good[1], *good[2:4], good[4] + '"')
    record = read_cells(path, UGA).records[0]
    assert record.facts["rows"] == 5
    assert record.facts["positions"] >= 3
    assert record.facts["positions"] + record.facts["broken_rows"] == 5


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_of_other_systems(tmp_path, end):
    path = tmp_path / "c.csv"
    path.write_bytes(end.join([CELL_HEADER, cell(), cell(lon=33.0), ""]).encode())
    assert len(read_cells(path, UGA).table) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"RATE_LIMITED", "rate limit"),
        (b"INVALID_TOKEN", "invalid token"),
        (b'{"status":"error","message":"INVALID_TOKEN"}', "not a cell export"),
        (b"<html><body>busy</body></html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "LFS pointer"),
        (CELL_HEADER.encode(), "a header and no cells"),
        (b"a,b,c\n1,2,3\n", "not a cell export"),
        (b"radio,lat,lon\nGSM,1,2\n", "has no column mcc, net, cell"),
        (b"\x1f\x8b\x08\x00garbage", r"damaged or cut-off \.gz"),
        (b"GSM\x00,641", "not a text file"),
        (cell(mcc=639).encode(), r"no cell of Uganda \(MCC 641\) but of MCC 639"),
        (cell(lat=32.5, lon=0.3).encode(), "swapped"),
        (cell(lat=-20.0, lon=-50.0).encode(), "lies outside Uganda"),
        (cell(lat=200).encode(), "holds no usable cell"),
    ],
)
def test_what_is_no_cell_export_is_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "641.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        read_cells(path, UGA)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_gzip_bomb_is_not_unpacked(tmp_path):
    path = tmp_path / "c.csv.gz"
    path.write_bytes(gzip.compress(b"\x20" * 60_000_000))
    with pytest.raises(InputError, match="far more"):
        read_cells(path, UGA)


def test_a_cut_off_gzip_is_refused(tmp_path):
    path = tmp_path / "c.csv.gz"
    packed = gzip.compress("\n".join(cell(number=n, lon=32 + n / 1000) for n in range(1000)).encode())
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(InputError, match="cut-off"):
        read_cells(path, UGA)


def test_any_mcc_serves_where_the_engine_knows_none(tmp_path):
    record = read_cells(text(tmp_path / "c.csv", cell(mcc=639, lon=3.4, lat=-54.4)), country("BVT")).records[0]
    assert any("every MCC was taken" in text for text in record.assumptions)


@given(st.binary(max_size=300))
def test_any_bytes_are_cells_or_an_input_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("fuzz") / "c.csv"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_cells(path, UGA)


@given(st.data())
def test_damaged_exports_are_cells_or_an_input_error(tmp_path_factory, data):
    lines = [CELL_HEADER] * data.draw(st.integers(0, 1)) + [cell(number=n, lon=32 + n / 10) for n in range(4)]
    content = bytearray("\n".join(lines).encode())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("fuzz") / "c.csv"
    path.write_bytes(bytes(content))
    try:
        table = read_cells(path, UGA).table
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert table[["lat", "lon"]].notna().all(axis=None)


SITE_HEADER = "site_id,lat,lon,technology,operator,frequency_mhz,eirp_dbm,height_m,azimuth_deg,beamwidth_deg"


def test_a_site_list(tmp_path):
    path = text(
        tmp_path / "s.csv",
        SITE_HEADER,
        "a,0.3,32.5,GSM/LTE,MTN,900,58,45,120,65",
        "b,0.4,32.6,2G;3G; 4G,Airtel,,,,,",
        "c,0.4,32.6,wimax,Airtel,,,,,",
        "d,,32.6,2G,Airtel,,,,,",
    )
    sites = read_sites(path, UGA)
    assert tuple(sites.table.columns) == SITE_COLUMNS
    assert sites.table[["site_id", "technology"]].to_numpy().tolist() == [
        ["a", "2G"],
        ["a", "4G"],
        ["b", "2G"],
        ["b", "3G"],
        ["b", "4G"],
    ]
    assert sites.table["height_m"].tolist()[:2] == [45, 45]
    assert np.isnan(sites.table["height_m"].tolist()[2])
    assert sites.records[0].facts["not_used"] == {
        "of another kind than a mobile network for phones": 1,
        "with no position": 1,
    }


def test_the_smallest_site_list_with_semicolons_and_latin_1(tmp_path):
    path = text(tmp_path / "s.csv", "site_id;lat;lon;technology;operator", "a;0.3;32.5;4G;Télé", encoding="latin-1")
    sites = read_sites(path, UGA)
    assert sites.table["operator"].tolist() == ["Télé"]
    assert any("Latin-1" in text for text in sites.records[0].assumptions)


def test_a_byte_order_mark_and_other_columns(tmp_path):
    path = text(tmp_path / "s.csv", "Site_ID,Lat,Lon,Technology,Owner", "a,0.3,32.5,4G,x", encoding="utf-8-sig")
    assert any("Owner" in text for text in read_sites(path, UGA).records[0].assumptions)


def test_impossible_numbers_of_a_site_are_not_used(tmp_path):
    path = text(tmp_path / "s.csv", SITE_HEADER, "a,0.3,32.5,4G,x,800,33,30000,0,0", "b,0.3,32.5,4G,x,inf,nan,30,0,65")
    sites = read_sites(path, UGA)
    assert sites.table["height_m"].isna().tolist() == [True, False]
    assert sites.table["frequency_mhz"].isna().tolist() == [False, True]
    said = " ".join(sites.records[0].warnings)
    assert all(
        part in said
        for part in (
            "1 value of height_m lies",
            "1 value of beamwidth_deg lies",
            "'frequency_mhz' could not be read (such as 'inf')",
        )
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["site_id,lat,lon"], "has no column technology"),
        ([SITE_HEADER], "holds no sites"),
        ([SITE_HEADER, "a,x,y,2G,,,,,,"], "no usable site"),
        (["lat,lat,lon,technology", "1,1,32,2G"], "two columns named 'lat'"),
        (["one column"], "not a header"),
        ([SITE_HEADER, "a,32.5,0.3,2G,,,,,,"], "swapped"),
    ],
)
def test_bad_site_lists_are_refused(tmp_path, lines, message):
    with pytest.raises(InputError, match=message):
        read_sites(text(tmp_path / "s.csv", *lines), UGA)


def test_a_geopackage_of_sites(tmp_path):
    frame = gpd.GeoDataFrame(
        {"site_id": ["a"], "technology": ["LTE"], "height_m": [40.0]},
        geometry=[shapely.Point(500_000, 33_000)],
        crs=32636,
    )
    frame.to_file(tmp_path / "sites.gpkg")
    table = read_sites(tmp_path / "sites.gpkg", UGA).table
    assert table["technology"].tolist() == ["4G"]
    assert table["height_m"].tolist() == [40.0]
    assert table["lon"].iloc[0] == pytest.approx(33.0, abs=1e-6)


@pytest.mark.real
def test_the_real_export_of_uganda(real_data):
    sites = read_cells(real_data / "UGA" / "641.csv", UGA)
    record = sites.records[0]
    assert record.facts["rows"] == 42_238
    assert record.facts["cells"] == {"2G": 37_388, "3G": 3_635, "4G": 1_214}
    assert record.facts["not_used"] == {"of another radio standard (CDMA)": 1}
    assert record.date == "2025-02-25"
    assert not sites.table.duplicated(["technology", "operator", "lat", "lon"]).any()


def test_a_table_read_by_pieces_is_the_table_read_whole(tmp_path, monkeypatch):
    """Broken and quoted lines, blanks and other alphabets at every place of a piece, and cells at 0° of either sign."""
    lines = [
        *(cell("LTE", number=256 * (n % 7), lon=32.5 + n / 1000, lat=(n - 20) / 100_000) for n in range(40)),
        cell("GSM", lon='"32.5"'), cell("GSM", lon='"32.6'), cell("gsm ", lat=" 0.31"), cell("GSM") + ",,",
        cell("GSM", mcc=639), cell("CDMA"), "", "   ", cell("NB-IoT"), cell("GSM", lat="é"), "GSM,641", cell("UMTS", net="x"),
        cell("UMTS", lat='0.3"'),
    ]  # fmt: skip
    path = text(tmp_path / "c.csv", CELL_HEADER, *(line for _ in range(3) for line in lines))
    whole = read_cells(path, UGA)
    assert len(whole.table) > 40 and whole.records[0].facts["broken_rows"] > 3
    for size in (1, 50, 333, 2000):
        monkeypatch.setattr("ewcm.sources.tables._PIECE", size)
        found = read_cells(path, UGA)
        assert found.table.equals(whole.table), size
        assert found.records == whole.records, size


_NUMBERS = st.one_of(st.integers(0, 3000), st.integers(0, 2**36 - 1), st.sampled_from([256 * 10**n for n in range(9)]))
_DEGREES = st.one_of(
    st.floats(-90, 90).filter(bool), st.integers(-9000, 9000).map(lambda n: n / 100 or 1e-4), st.floats(-0.003, -1e-6)
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2G", "3G", "4G", "5G"]), st.sampled_from(["641-1", "641-10", "641-101", "64-10"]),
            _DEGREES, _DEGREES.map(lambda degrees: 2 * degrees), _NUMBERS,
        ),
        min_size=1, max_size=60,
    )
)  # fmt: skip
def test_numbers_stand_for_the_order_of_the_texts_of_sites(rows):
    """Minutes of comparing ten million texts are saved; names and order are those of the texts."""
    rows = list({row[:4]: row for row in rows}.values())
    cells = pd.DataFrame(rows, columns=["technology", "operator", "lat", "lon", "cell"]).astype({"cell": float})
    for name in ("technology", "operator"):
        cells[name] = pd.Categorical(cells[name])
    table, count = sorted_sites(cells)
    expected = sites_one_by_one(rows)
    found = list(table[["technology", "operator", "site_id", "lat", "lon"]].itertuples(index=False, name=None))
    assert found == expected
    assert count == len({row[2] for row in expected})


def test_a_number_that_is_none_costs_its_row_whatever_the_others_are(tmp_path):
    """Columns of numbers are read as such where all are, and as texts where one is not: the same table of both."""
    lines = [cell("LTE", number=256 * n, lon=f"32.{n:06d}1", lat=f"{n}e-3") for n in range(1, 40)]
    good = read_cells(text(tmp_path / "a.csv", *lines), UGA).table
    for odd in ("x", "", "nan", "inf", "0x10", "1_0", "1e400", "--1", "1 2", "True"):
        for column in ("radio", "net", "number", "lon", "lat"):
            record = read_cells(text(tmp_path / "b.csv", *lines, cell(**{column: odd})), UGA)
            assert record.table.equals(good), (odd, column)
            assert record.records[0].facts["broken_rows"] == 1, (odd, column)


def test_rows_take_little_memory(tmp_path):
    """A text of each field took a kilobyte a row and more; 10⁷ rows did not fit into 10 GB."""
    rows = 300_000
    beyond, _, sites = read_apart(write_export(tmp_path / "c.csv", rows))
    assert sites > 0.9 * rows
    assert beyond < 900 * rows


@pytest.mark.long
def test_ten_million_rows_fit_into_four_gibibytes(tmp_path):
    """And into two minutes on two idle cores: python -m tests.bench cells."""
    _, in_all, sites = read_apart(write_export(tmp_path / "c.csv", 10_000_000))
    assert sites > 9_000_000
    assert in_all <= 4 * 2**30


def test_answers_of_the_interface_are_read_as_exports(tmp_path):
    """The interface of OpenCelliD calls mnc, lac and cellid what its exports call net, area and cell."""
    head = "lat,lon,mcc,mnc,lac,cellid,averageSignalStrength,range,samples,changeable,radio,rnc,cid,tac,sid,nid,bid"
    lines = ["0.31,32.5,641,10,5,19712,-80,1000,3,1,LTE,,,,,,", "0.33,32.6,641,1,6,77,-80,1000,3,1,GSM,,,,,,"]
    found = read_cells(text(tmp_path / "c.csv", head, *lines), UGA)
    assert found.table["site_id"].tolist() == ["641-01-2G-0.330,32.600", "641-10-e77"]
    assert "cellid as cell" in " ".join(found.records[0].assumptions)
