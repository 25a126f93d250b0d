"""Site lists in the forms that offices have: each gives the same sites, or one line that names the value and the mend."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import rasterio
import scipy.spatial
import shapely

from ewcm.errors import InputError
from ewcm.sources.site_lists import Options, read_sites
from ewcm.sources.technologies import technologies_of
from tests.sources import office_files
from tests.sources.files import UGA, text
from tests.sources.office_files import ENGLISH, LISTS, SITES, comma, in_parts, written

COLUMNS = ["lat", "lon", "technology", "operator", "frequency_mhz", "height_m"]


def sites(path, **options):
    return read_sites(path, UGA, options=Options(**options))


def rows_of(found):
    return sorted(
        (round(lat, 5), round(lon, 5), technology, owner, mhz, round(height, 6))
        for lat, lon, technology, owner, mhz, height in found.table[COLUMNS].itertuples(index=False)
    )


WANTED = sorted(row[1:] for row in SITES)


@pytest.mark.parametrize("make", LISTS, ids=lambda make: make.__name__)
def test_every_form_gives_the_same_sites(tmp_path, make):
    path, options = make(tmp_path)
    found = sites(path, **options)
    assert rows_of(found) == WANTED
    assert found.table["site_id"].nunique() == 4
    lost = {reason for reason, count in found.records[0].facts["not_used"].items() if count}
    assert lost <= {"that are no sites (titles, totals, notes)"}
    assert not [warning for warning in found.records[0].warnings if warning.code in ("unread", "values")]


OPERATOR_COLUMNS = (
    office_files.a_column_for_each_operator_and_technology,
    office_files.operators_above_their_technologies,
)


@pytest.mark.parametrize("make", OPERATOR_COLUMNS, ids=lambda make: make.__name__)
def test_a_column_for_each_operator_and_technology_gives_the_sites_of_each(tmp_path, make):
    """Such a list was refused, with the advice to state one technology for all of it."""
    path, options = make(tmp_path)
    found = sites(path, **options)
    named = [(lat, lon, technology, {"MTN": "Blue", "Airtel": "Red"}[owner], *rest)
             for lat, lon, technology, owner, *rest in rows_of(found)]  # fmt: skip
    assert sorted(named) == WANTED
    said = " ".join(found.records[0].assumptions)
    assert "Columns of yes and no tell operators (MTN, Airtel) and technologies: " in said
    one = sites(path, operator="airtel")
    assert {row[3] for row in rows_of(one)} == {"airtel"} and len(rows_of(one)) == 4
    assert "The columns of other operators than airtel were left out: " in " ".join(one.records[0].assumptions)
    with pytest.raises(
        InputError, match=r"operator = 'Orange' is stated and the headings name MTN, Airtel; write it as there"
    ):
        sites(path, operator="Orange")


def test_a_heading_that_says_more_than_whose_a_technology_is_names_no_operator(tmp_path):
    heads = ["Site", "Lat", "Lon", "2G", "Planned 4G", "RSRP 4G", "MTN 3G", "Acme 4G"]
    found = sites(written(tmp_path / "s.csv", [heads, ["a", 0.3, 32.5, "yes", "yes", -95, "yes", 71.5]]))
    assert found.table[["technology", "operator"]].to_numpy().tolist() == [["3G", "MTN"], ["2G", ""]]
    said = " ".join(found.records[0].assumptions)
    assert "Columns that are not read: Planned 4G, RSRP 4G, Acme 4G." in said
    assert "1 row was read as 2, one for each operator at a place." in said


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["z", "n/a", "", "2G", "Red", 900, 30]], "1 with no position"),
        ([["z", "2..7", "32.5", "2G", "Red", 900, 30]], "1 with a position that cannot be read (such as '2..7')"),
        ([["z", 32.5, 0.3, "2G", "Red", 900, 30]], "1 with latitude and longitude exchanged (such as '32.5, 0.3')"),
        ([["z", 0.3, 32.5, "FM", "UBC", 98, 30]], "1 of another kind than a mobile network for phones (such as 'FM')"),
        ([["z", 0.3, 32.5, "NB-IoT", "Red", 900, 30]], "of another kind than a mobile network for phones (such as 'NB-IoT')"),
        ([["z", 0.3, 32.5, "LTE-M", "Red", 900, 30]], "of another kind than a mobile network for phones (such as 'LTE-M')"),
        ([["z", 0.3, 32.5, "2G/XG", "Red", 900, 30]], "1 with no known technology (such as '2G/XG')"),
        ([["z", 0, 0, "2G", "Red", 900, 30]], "1 at 0°, 0°"),
        ([["z", 0.3, 32.5, "2G", "Red", 900, "45,5 mm"]], "1 value of 'Height (m)' could not be read (such as '45,5 mm')"),
        ([["z", 0.3, 32.5, "2G", "Red", 900, "2024-05-01"]], "of 'Height (m)' could not be read (such as '2024-05-01')"),
        ([["z", 0.3, 32.5, "2G", "Red", "nine hundred", 30]], "of 'Frequency (MHz)' could not be read (such as 'nine hundred')"),
        ([["z", 0.3, 32.5, "2G", "Red", 900, 4500]], "1 value of height_m lies outside 0.5..1000"),
        ([["z", 0.3, 32.5, "2G", "Red", "1800/2100/2600", 30], ["y", 0.3, 32.6, "2G/3G", "Red", "900/1800/2600", 30]],
         "1 value of 'Frequency (MHz)' could not be read (such as '900/1800/2600')"),
    ],
)  # fmt: skip
def test_what_is_not_used_is_counted_with_an_example(tmp_path, rows, said):
    path = written(tmp_path / "s.csv", [ENGLISH, *map(list, SITES), *rows], ";")
    found = sites(path)
    assert said in " ".join(found.records[0].warnings)
    assert set(WANTED) <= set(rows_of(found))


def test_commas_that_were_read_as_decimal_signs_are_said_and_seconds_may_be_rounded_up(tmp_path):
    rows = ["K1;0,31;32,58;4G;1.800;30,5", "K2;0°18'60.0\"N;30°38'60.0\"E;4G;1.800;20"]
    (tmp_path / "s.csv").write_text("\n".join(["Site;Latitude;Longitude;Tech;Frequency (MHz);Height", *rows]) + "\n")
    found = sites(tmp_path / "s.csv")
    assert "Commas were read as decimal signs, such as '0,31'." in found.records[0].assumptions
    second = found.table.iloc[1]
    assert (second["lat"], second["lon"]) == pytest.approx((0.31667, 30.65), abs=1e-4)
    assert list(found.table["frequency_mhz"]) == [1800.0, 1800.0]


def test_planned_and_closed_sites_are_left_out_and_said(tmp_path):
    rows = [[*row, "On air"] for row in SITES]
    rows += [
        ["z", 0.3, 32.5, "4G", "Red", 800, 30, "Planned 2027"],
        ["x", 0.3, 32.5, "4G", "Red", 800, 30, "en travaux"],
        ["y", 0.3, 32.5, "4G", "Red", 800, 30, "swapped"],
    ]
    found = sites(written(tmp_path / "s.csv", [[*ENGLISH, "Status"], *rows]))
    said = " ".join(found.records[0].warnings)
    assert "2 that are no sites in service (planned, or closed) (such as 'Planned 2027')" in said
    assert "1 row has a 'Status' that is not understood (such as 'swapped')" in said
    assert set(found.table["site_id"]) == {"K1", "K2", "K3", "K4", "y"}


def test_a_column_of_states_is_no_status(tmp_path):
    rows = [
        [*row, state]
        for row, state in zip(SITES, ("Unity", "Upper Nile", "Jonglei", "Unity", "Lakes", "Jonglei"), strict=True)
    ]
    assert rows_of(sites(written(tmp_path / "s.csv", [[*ENGLISH, "State"], *rows]))) == WANTED


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ([["Site", "Easting", "Northing", "Tech"], ["a", 494488, 34465, "2G"]], {}, r'such as x 494488, .*crs = "EPSG:32636"'),
        ([["Site", "Lat", "Lon", "Tech"], ["a", 32.5, 0.3, "2G"]], {}, "latitude and longitude are swapped"),
        ([["Site", "Lat", "Lon", "Tech"], ["a", "32.5E", "0.3N", "2G"]], {}, "latitude and longitude are swapped"),
        ([["Site", "Lat", "Lon", "Height"], ["a", 0.3, 32.5, 30]], {}, r'no column technology.*technology = "4G" for all'),
        ([["Site", "Where", "Tech"], ["a", "Kampala", "2G"]], {}, r"no column lat, lon .*it has Site, Where, Tech.*columns = "),
        ([["Mast", "N. pos", "E. pos", "Gen"], ["a", 0.3, 32.5, "4G"]], {}, r"no column lat, lon .*it has Mast, N. pos, "),
        ([["Site", "Lat", "Lon", "Tech"], ["a", "0,3", "32,5", "2G"]], {}, "more fields than the heading.*semicolons"),
        ([["Site", "Lat", "Lon", "Tech"], ["a", 0.3, 32.5, "2G"]], {"columns": {"lat": "Latitud"}}, "no column 'Latitud'"),
        ([["Site", "Lat", "Lon", "Tech"], ["a", 0.3, 32.5, "2G"]], {"columns": {"latt": "Lat"}}, "columns.latt is not read"),
        ([["Site", "Lat", "Lon", "Tech"], ["a", 0.3, 32.5, "2G"]], {"crs": "nowhere"}, "crs = 'nowhere' is not a coordinate"),
        ([["Site", "Lat", "Lon"], ["a", 0.3, 32.5]], {"technology": "LTE-X"}, "technology 'LTE-X' is not known"),
        ([["Site", "Lat", "Lon", "Tech"], ["a", 0.3, 32.5, "FM"]], {}, "no usable site of 1 row.*such as 'FM'"),
    ],
)  # fmt: skip
def test_what_cannot_be_guessed_is_asked_in_one_line(tmp_path, rows, options, message):
    with pytest.raises(InputError, match=message) as error:
        sites(written(tmp_path / "s.csv", rows), **options)
    assert "\n" not in str(error.value)


def test_a_technology_and_an_operator_may_be_stated_for_all(tmp_path):
    path = written(tmp_path / "s.csv", [["Site", "Lat", "Lon"], ["a", 0.3, 32.5]])
    found = sites(path, technology="LTE", operator="Red").table
    assert found[["technology", "operator"]].to_numpy().tolist() == [["4G", "Red"]]


def test_sheets_that_may_both_be_meant_are_asked_for(tmp_path):
    book = openpyxl.Workbook()
    for name, row in (("Red", SITES[2]), ("Blue", SITES[0])):
        sheet = book.create_sheet(name)
        sheet.append(ENGLISH)
        sheet.append(row)
    book.save(tmp_path / "s.xlsx")
    with pytest.raises(
        InputError,
        match=r"several sheets with a table \(Red, Blue\); write a table of inputs.toml for each that is meant, with layer",
    ):
        sites(tmp_path / "s.xlsx")
    assert rows_of(sites(tmp_path / "s.xlsx", layer="blue")) == [SITES[0][1:]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xd0\xcf\x11\xe0old", "save it as .xlsx or CSV"),
        (b"PK\x03\x04nonsense", "damaged or cut-off"),
        (b"a,b", "not the workbook"),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path, content, message):
    (tmp_path / "s.xlsx").write_bytes(content)
    with pytest.raises(InputError, match=message):
        sites(tmp_path / "s.xlsx")


def test_decimal_commas_that_may_be_thousands_are_not_guessed(tmp_path):
    """``1,500`` is 1500 MHz beside decimal points, 1.5 where the decimal sign is stated, and nothing where neither tells."""
    rows = [["Site", "Lat", "Lon", "Tech", "Freq"], ["a", 0.31, 32.51, "4G", "1,500"]]
    path = written(tmp_path / "s.csv", rows, ";")
    assert sites(path).table["frequency_mhz"].tolist() == [1500]
    path = written(tmp_path / "t.csv", [["Site", "Lat", "Lon", "Tech", "Height"], ["a", 1, 32, "4G", "30,125"]], ";")
    assert "of 'Height' could not be read (such as '30,125')" in " ".join(sites(path).records[0].warnings)
    assert sites(path, decimal=",").table["height_m"].tolist() == [30.125]


def test_sectors_in_one_cell_become_rows(tmp_path):
    path = text(
        tmp_path / "s.csv", "site;lat;lon;tech;azimuth;beamwidth", "a;0.3;32.5;4G;0/120/240;65", "b;0.4;32.6;4G;N;65°"
    )
    found = sites(path).table
    assert found[["site_id", "azimuth_deg", "beamwidth_deg"]].to_numpy().tolist() == [
        ["a", 0, 65], ["a", 120, 65], ["a", 240, 65], ["b", 0, 65],
    ]  # fmt: skip


def test_powers_come_in_any_unit(tmp_path):
    path = text(
        tmp_path / "s.csv",
        "site;lat;lon;tech;PIRE (W)",
        "a;0.3;32.5;4G;500",
        "b;0.4;32.6;4G;58 dBm",
        "c;0.4;32.7;4G;30 dBW",
    )
    assert sites(path).table["eirp_dbm"].round(2).tolist() == [56.99, 58, 60]
    path = text(tmp_path / "t.csv", "site;lat;lon;tech;ERP (dBm)", "a;0.3;32.5;4G;50")
    assert sites(path).table["eirp_dbm"].tolist() == [52.15]


def test_longitudes_west_by_their_heading(tmp_path):
    from ewcm.countries import country

    path = text(tmp_path / "s.csv", "site;Latitude (N);Longitude (W);tech", f"a;{comma(6.3)};{comma(10.8)};4G")
    found = read_sites(path, country("LBR"))
    assert found.table["lon"].round(9).tolist() == [-10.8]
    assert any("says south or west" in said for said in found.records[0].assumptions)


@pytest.mark.real
@pytest.mark.parametrize(
    "make",
    [
        *(
            office_files.semicolons_and_decimal_commas,
            office_files.degrees_minutes_and_seconds,
            office_files.yes_and_no,
        ),
        *(office_files.metres_of_a_stated_system, office_files.workbook, office_files.zipped("s.shp")),
        *(office_files.cells_of_several_lines, office_files.web_page_called_a_workbook),
    ],
    ids=lambda make: make.__name__,
)
def test_uganda_in_any_form_covers_the_same_people(real_data, tmp_path, monkeypatch, make):
    """Every 30th cell of OpenCelliD as a list of sites: the people within 8 km of a site are those of the plain list."""
    monkeypatch.setattr(office_files, "SITES", uganda(real_data / "UGA" / "641.csv"))
    people = []
    for name, made in (("plain", office_files.plain), ("office", make)):
        (tmp_path / name).mkdir()
        path, options = made(tmp_path / name)
        people.append(people_within(8.0, sites(path, **options).table, real_data))
    assert people[0] > 1e7
    assert people[1] == pytest.approx(people[0], rel=1e-4)  # seconds of arc have three decimals


def uganda(path):
    """Rows of a list by real cells, the second and the fifth in the place of the one above them."""
    mhz = {"GSM": ("2G", 900), "UMTS": ("3G", 2100), "LTE": ("4G", 800)}
    cells = [line.split(",") for line in path.read_text().splitlines()[::30]]
    rows = [
        (
            f"U{number}",
            round(float(cell[7]), 5),
            round(float(cell[6]), 5),
            *mhz[cell[0]][:1],
            f"641-{cell[2]}",
            mhz[cell[0]][1],
            30,
        )
        for number, cell in enumerate(cells)
        if cell[0] in mhz
    ]
    return [rows[0], (*rows[0][:3], *rows[1][3:]), *rows[2:4], (*rows[3][:3], *rows[4][3:]), *rows[5:]]


def people_within(km, table, real_data):
    with rasterio.open(real_data / "UGA" / "uga_ppp_2020_1km_Aggregated_UNadj.tif") as source:
        people = source.read(1, masked=True).filled(0.0)
        row, col = np.nonzero(people > 0)
        lon, lat = rasterio.transform.xy(source.transform, row, col)
    tree = scipy.spatial.cKDTree(on_sphere(table["lat"], table["lon"]))
    near, _ = tree.query(on_sphere(lat, lon), distance_upper_bound=2 * np.sin(km / 6371.0088 / 2))
    return float(people[row, col][np.isfinite(near)].sum(dtype=float))


def on_sphere(lat, lon):
    lat, lon = np.radians(np.asarray(lat, dtype=float)), np.radians(np.asarray(lon, dtype=float))
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def test_a_stated_technology_chooses_among_those_that_columns_tell(tmp_path):
    """The advice to state one technology for all rows made 4G of every mast of a list with columns of yes and no."""
    rows = [["a", 0.3, 32.5, "yes", "no"], ["b", 0.4, 32.5, "yes", "yes"], ["c", 0.5, 32.5, "yes", "no"]]
    path = written(tmp_path / "s.csv", [["Site", "Lat", "Lon", "MTN 2G", "MTN 4G"], *rows])
    found = sites(path, technology="4G")
    assert found.table[["site_id", "technology", "operator"]].to_numpy().tolist() == [["b", "4G", "MTN"]]
    assert "2 rows of others were not" in " ".join(found.records[0].warnings)


@pytest.mark.parametrize(
    ("cells", "technologies", "said"),
    [
        (["●", "√", ""], ["4G", "4G"], ""),
        (["Yes (900)", "commissioned", "no"], ["4G", "4G"], ""),
        (["2026", "yes", "Rollout 2019"], ["4G"], "2 values of '4G' could not be read (such as '2026')"),
        (["MTN", "partial", "MTN"], [], "3 values of '4G' could not be read (such as 'MTN')"),
        # Circles beside crosses were "oui", and shares of an area and counts of its sites were a mast each.
        (["x", "o", "x"], ["4G", "4G"], "1 value of '4G' could not be read (such as 'o')"),
        (["95.5", "12", "80"], [], "3 values of '4G' could not be read (such as '95.5')"),
        (["37", "40", "9"], [], "3 values of '4G' could not be read (such as '37')"),
        (["ü", "û", "ü"], ["4G", "4G"], ""),
    ],
)
def test_cells_of_a_column_of_yes_and_no_are_read_or_counted(tmp_path, cells, technologies, said):
    rows = [[str(number), 0.3, 32.5 + number / 10, "Yes", cell] for number, cell in enumerate(cells)]
    found = sites(written(tmp_path / "s.csv", [["Site", "Lat", "Lon", "2G", "4G"], *rows]))
    assert [name for name in found.table["technology"] if name == "4G"] == technologies
    assert said in " ".join(found.records[0].warnings)


def test_from_one_generation_to_another_is_no_list_of_the_two(tmp_path):
    rows = [["a", 0.3, 32.5, "2G-4G"], ["b", 0.3, 32.6, "2G-3G"]]
    found = sites(written(tmp_path / "s.csv", [["Site", "Lat", "Lon", "Tech"], *rows]))
    assert list(found.table["technology"]) == ["2G", "3G"]
    assert "1 with no known technology (such as '2G-4G')" in " ".join(found.records[0].warnings)


@pytest.mark.parametrize(
    ("lat", "lon", "message"),
    [
        (3018, 323045, r"as degrees, minutes and seconds in one number \(DDMMSS\): write decimal degrees"),
        (3085, 325887, r"as degrees without their decimal sign \(times 10,000\)"),
    ],
)
def test_degrees_in_one_number_are_not_taken_for_metres(tmp_path, lat, lon, message):
    """The advice was a zone of UTM, which put the masts somewhere else in the country."""
    rows = [[str(number), lat + number, lon + number, "2G"] for number in range(12)]
    with pytest.raises(InputError, match=message):
        sites(written(tmp_path / "s.csv", [["Site", "Lat", "Lon", "Tech"], *rows]))


def test_decimals_that_look_like_minutes_and_seconds_are_a_doubt(tmp_path):
    rows = [
        [str(n), f"0.{n % 60:02d}{n * 7 % 60:02d}", f"32.{n * 11 % 60:02d}{n * 13 % 60:02d}", "2G"] for n in range(40)
    ]
    found = sites(written(tmp_path / "s.csv", [["Site", "Lat", "Lon", "Tech"], *rows]))
    assert "packed_degrees" in {warning.code for warning in found.records[0].warnings}


@pytest.mark.parametrize("technology", [None, "4G"])
def test_technologies_below_names_of_operators(tmp_path, technology):
    """Such a list was refused with the advice to state a technology, which made every mast one of it."""
    rows = [["a", 0.3, 32.5, "2G,3G", "no"], ["b", 0.4, 32.5, "", "2G/4G"], ["c", 0.5, 32.5, "-", ""]]
    path = written(tmp_path / "s.csv", [["Site", "Lat", "Lon", "MTN", "Airtel"], *rows], ";")
    found = sites(path, technology=technology)
    every = [["a", "2G", "MTN"], ["a", "3G", "MTN"], ["b", "2G", "Airtel"], ["b", "4G", "Airtel"]]
    named = found.table[["site_id", "technology", "operator"]].to_numpy().tolist()
    assert named == [row for row in every if technology in (None, row[1])]
    assert set(sites(path, operator="mtn").table["technology"]) == {"2G", "3G"}
    with pytest.raises(InputError, match="operator = 'Orange' is stated and the headings name MTN, Airtel"):
        sites(path, operator="Orange")


def test_operators_in_one_cell_or_below_technologies_are_each_their_own(tmp_path):
    rows = [
        ["a", 0.3, 32.5, "2G", "MTN/Airtel"],
        ["b", 0.3, 32.6, "4G", "MTN"],
        ["c", 0.3, 32.7, "4G", "All operators"],
    ]
    found = sites(written(tmp_path / "s.csv", [["Site", "Lat", "Lon", "Technology", "Operator"], *rows]))
    assert sorted(found.table["site_id"] + " " + found.table["operator"]) == ["a Airtel", "a MTN", "b MTN", "c "]
    assert "several operators (such as 'MTN/Airtel')" in " ".join(found.records[0].assumptions)
    rows = [["a", 0.3, 32.5, "MTN/Airtel", "MTN"], ["b", 0.3, 32.6, "", "Airtel"]]
    found = sites(written(tmp_path / "t.csv", [["Site", "Lat", "Lon", "2G", "4G"], *rows]))
    told = sorted(" ".join(row) for row in found.table[["site_id", "technology", "operator"]].to_numpy())
    assert told == ["a 2G Airtel", "a 2G MTN", "a 4G MTN", "b 4G Airtel"]


def test_formulas_without_a_value_and_hidden_sheets_are_told(tmp_path):
    book = openpyxl.Workbook()
    book.active.title, book.active.sheet_state = "Old", "hidden"
    book.active.append(["site_id", "lat", "lon", "technology"])
    book.active.append(["x", 0.3, 32.5, "2G"])
    sheet = book.create_sheet("New")
    for row in (["site_id", "lat", "lon", "technology", "height_m"], ["a", 0.3, 32.5, "4G", "=10+20"]):
        sheet.append(row)
    book.save(tmp_path / "s.xlsx")
    found = sites(tmp_path / "s.xlsx")
    said = " ".join(found.records[0].warnings)
    assert found.table["site_id"].tolist() == ["a"]
    assert "1 formula of sheet 'New' (such as E2) was never calculated" in said and "were not read: Old" in said


def parts(value):
    seconds = round(abs(value) * 3600, 3)
    return [int(seconds // 3600), int(seconds // 60 % 60), f"{seconds % 60:.3f}"]


@pytest.mark.parametrize(
    "head",
    [
        ["Lat Deg", "Min", "Sec", "N/S", "Lon Deg", "Min", "Sec", "E/W"],
        ["Latitude", "Min", "Sec", "N/S", "Longitude", "Min", "Sec", "E/W"],
        ["Deg", "Min", "Sec", "N/S", "Deg", "Min", "Sec", "E/W"],
        ["Lat (deg)", "minutes", "secondes", "N/S", "Long (deg)", "minutes", "secondes", "E/W"],
    ],
)
def test_minutes_and_seconds_under_headings_that_are_repeated(tmp_path, head):
    """Such a list was read by its whole degrees, up to 111 km off, without a word."""
    rows = [[name, *parts(lat), "NS"[lat < 0], *parts(lon), "E", *rest] for name, lat, lon, *rest in SITES]
    assert rows_of(sites(written(tmp_path / "s.csv", [["Site", *head, *ENGLISH[3:]], *rows]))) == WANTED


def test_the_sign_of_minutes_holds_for_all_parts(tmp_path):
    head = ["Site", "Lat D", "Lat M", "Lat S", "Lon D", "Lon M", "Lon S", *ENGLISH[3:]]
    rows = [
        [name, *(f"-{one}" if lat < 0 and one else one for one in parts(lat)), *parts(lon), *rest]
        for name, lat, lon, *rest in SITES
    ]
    assert rows_of(sites(written(tmp_path / "s.csv", [head, *rows]))) == WANTED


def test_degrees_in_words(tmp_path):
    def words(value, letters, names=("deg", "min", "sec")):
        return (
            " ".join(f"{part} {name}" for part, name in zip(parts(value), names, strict=True))
            + f" {letters[value < 0]}"
        )

    other = ("degrés", "minutes", "secondes")
    rows = [[name, words(lat, "NS"), words(lon, "EO", other), *rest] for name, lat, lon, *rest in SITES]
    assert rows_of(sites(written(tmp_path / "s.csv", [ENGLISH, *rows]))) == WANTED


def test_positions_that_lost_their_decimals_are_refused_or_doubted(tmp_path):
    rows = [["Site", "Lat", "Min", "Lon", "Technology"], *([k, 0, k, 30 + k, "2G"] for k in range(4))]
    rows[0][2] = "Region"
    with pytest.raises(
        InputError, match=r"positions are whole degrees \(such as 0, 30\), .* call these Lat Deg, Lat Min"
    ):
        sites(written(tmp_path / "s.csv", rows))
    rows = [["Site", "Lat", "Lon", "Technology"], *([k, 0.1 + k % 5 / 10, 30 + k / 10, "2G"] for k in range(24))]
    found = sites(written(tmp_path / "t.csv", rows))
    assert "All positions are rounded to some 11 km (such as 0.1, 30)" in " ".join(found.records[0].warnings)


def test_utf_16_without_a_mark(tmp_path):
    for order in ("utf-16-le", "utf-16-be"):
        assert rows_of(sites(written(tmp_path / "s.csv", [ENGLISH, *map(list, SITES)], ";", order))) == WANTED


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ["WigleWifi-1.6,appRelease=2.9,model=x,release=13,device=x",
             "MAC,SSID,AuthMode,FirstSeen,Channel,RSSI,CurrentLatitude,CurrentLongitude,AltitudeMeters,AccuracyMeters,Type",
             "641_10_1_2,MTN,LTE;641,2024-01-01 10:00:00,0,-80,0.31,32.5,1100,5,LTE"],
            "is an export of WiGLE, whose positions are those of phones .* under .*cells",
        ),
        (
            ["trilat,trilong,ssid,qos,firsttime,lasttime,id,gentype", "0.31,32.5,MTN,2,2024-01-01,2024-02-01,64110_1_2,LTE"],
            "is an export of WiGLE",
        ),
        (
            ["Timestamp,Longitude,Latitude,Operator,CellID,NetworkTech,Level,RSRP",
             "2024.01.01_10.00.01,32.5,0.31,MTN,77,4G,-80,-80", "2024.01.01_10.00.02,32.51,0.31,MTN,77,4G,-85,-85"],
            "is a log of measurements .columns RSRP and Timestamp.*ewcm learn propagation",
        ),
    ],
)  # fmt: skip
def test_logs_of_phones_are_no_lists_of_sites(tmp_path, lines, message):
    """Every place along a road counted as a mast."""
    with pytest.raises(InputError, match=message):
        sites(text(tmp_path / "s.csv", *lines))


@pytest.mark.parametrize(
    ("head", "place"),
    [
        # Such sites stood in the other half of the globe without a word.
        (["Latitude", "Hemisphere", "Longitude", "Hemisphere"], lambda lat, lon: [abs(lat), "NS"[lat < 0], lon, "E"]),
        (["خط العرض (شمال)", "خط الطول (شرق)"], lambda lat, lon: [lat, lon]),
        (["Latitude", "Longitude"], lambda lat, lon: [in_parts(lat, "NS"), in_parts(lon, "LO")]),
        (["Lat", "Lon"], lambda lat, lon: [f"'{lat}", f"'{lon}"]),
        (["Lat", "Lon"], lambda lat, lon: [f"{-lat}-" if lat < 0 else lat, lon]),
        (["Long/Lat"], lambda lat, lon: [f"{lon} / {lat}"]),
        (["Google Maps"], lambda lat, lon: [f"https://maps.google.com/?q={lat},{lon}"]),
        (["Google Maps"], lambda lat, lon: [f"https://www.google.com/maps/place/{lat},{lon}"]),
        # The pin, and not the middle of the map.
        (["Map link"], lambda lat, lon: [f"https://www.google.com/maps/place/X/@1.0,30.0,9z/data=!3d{lat}!4d{lon}"]),
        (["OSM"], lambda lat, lon: [f"https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=5/1.0/30.0"]),
        (["geometry"], lambda lat, lon: [f'"{{""type"":""Point"",""coordinates"":[{lon},{lat}]}}"']),
        (["GPS"], lambda lat, lon: [f"{lat} {lon} 1100 5.0"]),
    ],
)
def test_positions_in_further_ways(tmp_path, head, place):
    rows = [[name, *place(lat, lon), *rest] for name, lat, lon, *rest in SITES]
    assert rows_of(sites(written(tmp_path / "s.csv", [["Site", *head, *ENGLISH[3:]], *rows], ";"))) == WANTED


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("LTE 800 MHz Band 20 - 10 MHz", (("4G", 800.0),)),
        ("UMTS-FDD", (("3G", None),)),
        ("الجيل الرابع", (("4G", None),)),
        ("GUL", (("2G", None), ("3G", None), ("4G", None))),
        ("2ème génération", (("2G", None),)),
        ("Cuarta generación", (("4G", None),)),
        ("G9", (("2G", 900.0),)),
        ("L8", (("4G", 800.0),)),
    ],
)
def test_technologies_in_further_words(text, named):
    reading = technologies_of(text)
    assert reading.found == named and not reading.unknown


def test_what_positions_that_are_no_degrees_may_be(tmp_path):
    """Seconds of arc were taken for metres, and the mend named a wrong system."""
    rows = [[name, round(lat * 3600, 1), round(lon * 3600, 1), *rest] for name, lat, lon, *rest in SITES]
    with pytest.raises(InputError, match=r"lie in Uganda as seconds of arc \(3600 in a degree\)"):
        sites(written(tmp_path / "s.csv", [ENGLISH, *rows]))


def test_lists_within_cells_of_a_layer(tmp_path):
    """The operators of such a layer were not read."""
    points = [shapely.Point(lon, lat) for _, lat, lon, *_ in SITES]
    table = {"technologies": ['["2G", "4G"]'] * 6, "operators": ['["Red"]'] * 6}
    gpd.GeoDataFrame(table, geometry=points, crs=4326).to_file(tmp_path / "s.gpkg")
    found = sites(tmp_path / "s.gpkg").table
    assert set(found["operator"]) == {"Red"} and set(found["technology"]) == {"2G", "4G"}


def test_columns_that_are_counted_are_read_together_and_tenants_are_a_doubt(tmp_path):
    """Of Technology 1, 2 and 3 the first was read; operators in columns called Tenant were passed over."""
    head = ["Tower", "Lat", "Lon", "Technology 1", "Technology 2", "Tenant 1", "Tenant 2"]
    rows = [["A", 0.3, 32.5, "2G", "4G", "MTN", ""], ["B\u200b", 0.4, "\u200f32.6", "3G", "", "Airtel", "MTN"]]
    found = sites(written(tmp_path / "s.csv", [head, *rows]))
    told = found.table[["site_id", "technology"]].to_numpy().tolist()
    assert told == [["A", "2G"], ["A", "4G"], ["B", "3G"]]
    assert "Column 'Tenant 1' may name operators too (such as 'MTN')" in " ".join(found.records[0].warnings)
