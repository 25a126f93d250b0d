"""Totals of people and tables of displacement as statistical offices and tracking matrices write them."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.sources.totals import read_moves, read_units

UGANDA = country("UGA")

#: Six districts by code and name, and their people; three regions of two.
CODES = ["UG0101", "UG0102", "UG0201", "UG0202", "UG0301", "UG0302"]
NAMES = ["Kampala", "Ssembabule", "Kotido", "Arua", "Gulu", "Mbale"]
PEOPLE = [1_507_080, 252_597, 181_050, 782_077, 436_345, 488_960]
REGIONS = ["Central", "Central", "North", "North", "East", "East"]


@pytest.fixture
def outlines(tmp_path):
    shapes = [box(32 + 0.1 * i, 0, 32.1 + 0.1 * i, 0.1) for i in range(6)]
    frame = gpd.GeoDataFrame(
        {"pcode": CODES, "name": NAMES, "number": [f"0{i}" for i in range(1, 7)]}, geometry=shapes, crs="EPSG:4326"
    )
    frame.to_file(tmp_path / "districts.geojson", driver="GeoJSON")
    return tmp_path / "districts.geojson"


def totals(outlines, text, **more):
    path = outlines.parent / "totals.csv"
    path.write_text(text, encoding="utf-8")
    units, _ = read_units(outlines, UGANDA, totals=path, layer="units", **more)
    return units.table["people"].tolist(), " ".join(units.records[1].assumptions)


def lines(heading, *columns):
    return "\n".join([heading, *(",".join(map(str, row)) for row in zip(*columns, strict=True))]) + "\n"


def census(people=PEOPLE):
    """A table with titles, region by region with sub-totals, numbers with commas, and a total."""
    rows = [["Table 2.1: Population by district, census 2024", "", "", "", ""], ["", "", "", "", ""]]
    rows += [["Region", "District", "Population", "", ""], ["", "", "Male", "Female", "Total"]]
    for start in range(0, 6, 2):
        part = people[start : start + 2]
        rows.append([REGIONS[start], "", *(f"{number:,}" for number in halves(sum(part)))])
        rows += [["", NAMES[start + i], *(f"{number:,}" for number in halves(part[i]))] for i in (0, 1)]
    rows += [
        ["Uganda", "", *(f"{number:,}" for number in halves(sum(people)))],
        ["Source: bureau of statistics", "", "", "", ""],
    ]
    return rows


def halves(number):
    return number // 2, number - number // 2, number


def write(path, rows):
    pd.DataFrame(rows).to_excel(path, header=False, index=False)


def test_a_census_workbook_with_titles_sub_totals_and_thousands(outlines, tmp_path):
    write(tmp_path / "census.xlsx", census())
    units, key = read_units(outlines, UGANDA, totals=tmp_path / "census.xlsx", layer="units")
    assert units.table["people"].tolist() == PEOPLE and key == "name"
    said = " ".join(units.records[1].assumptions)
    assert "4 rows of totals and sub-totals were left out" in said
    assert "were read as thousands, such as" in said and "'Population Total' was taken for people" in said


def test_a_row_that_is_neither_unit_nor_sum_is_refused(outlines, tmp_path):
    rows = census()
    rows.insert(7, ["", "Kyotera", "100,000", "100,000", "200,000"])
    write(tmp_path / "census.xlsx", rows)
    with pytest.raises(InputError, match=r"neither units of districts\.geojson nor the sum of some"):
        read_units(outlines, UGANDA, totals=tmp_path / "census.xlsx", layer="units")


@pytest.mark.parametrize(
    ("heading", "keys", "said"),
    [
        ("district,people", [name.upper() for name in NAMES], "with other accents, capitals or signs"),
        ("area,people", [f"{name} District" for name in NAMES], "without the word for the kind of unit"),
        ("District code,people", range(1, 7), "without leading zeros"),
        ("ADM2_PCODE,people", CODES, ""),
    ],
)
def test_units_are_found_by_what_stands_in_the_rows(outlines, heading, keys, said):
    found, notes = totals(outlines, lines(heading, keys, PEOPLE))
    assert found == PEOPLE and said in notes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (lines("name,people", [NAMES[0], "Sembabule", *NAMES[2:]], PEOPLE), "'Ssembabule' (like 'Sembabule')"),
        (lines("no,people", range(1, 7), PEOPLE), "shares no column of codes or names"),
        (lines("name,pop_2002,pop_2014", NAMES, PEOPLE, PEOPLE[::-1]), "say which is meant with --column"),
        (lines("name,total households", NAMES, PEOPLE), "has no column of people"),
        (lines("name,male population,female population", NAMES, PEOPLE, PEOPLE), "has no column of people"),
        (lines("pcode,name,people", [*CODES[1:], CODES[0]], NAMES, PEOPLE), "rows name one unit by"),
        (lines("name,people", [*NAMES, "Arua"], [*PEOPLE, 5]), "'Arua' stands twice"),
        (lines("name,people", NAMES, [f"{number:,}" for number in PEOPLE]), "put the numbers into quotes"),
        (lines("name,people", [*NAMES, "Total"], [*PEOPLE, 9_000_000]), "nor the sum of some ('Total')"),
        (lines("name,people", NAMES, ["", *PEOPLE[1:]]), "is empty for 1 unit"),
    ],
)  # fmt: skip
def test_what_would_lose_or_double_people_is_one_line(outlines, text, words):
    with pytest.raises(InputError) as error:
        totals(outlines, text)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_the_column_of_all_people_is_taken(outlines):
    columns = (NAMES, [9] * 6, PEOPLE, PEOPLE[::-1], [4.5] * 6)
    heading = "name,Households,Total population,Urban population,Population density"
    assert totals(outlines, lines(heading, *columns))[0] == PEOPLE
    found, said = totals(outlines, lines("name,pop_2002,pop_2014", NAMES, PEOPLE, PEOPLE[::-1]), column="pop_2014")
    assert found == PEOPLE[::-1] and "'pop_2014' was taken for people" in said
    found, said = totals(outlines, lines("name,Population (thousands)", NAMES, [number / 1000 for number in PEOPLE]))
    np.testing.assert_allclose(found, PEOPLE)
    assert "read as thousands of people" in said


@pytest.mark.parametrize("sign", [" ", "\u00a0", "\u202f", "'", ","])
def test_signs_between_thousands(outlines, sign):
    numbers = [f"{number:,}".replace(",", sign) for number in PEOPLE]
    rows = [f"{name};{number}" for name, number in zip(NAMES, numbers, strict=True)]
    assert totals(outlines, "\n".join(["name;people", *rows]))[0] == PEOPLE


@pytest.mark.parametrize("heading", ["F_TL,M_TL,T_TL,F_00_04,T_00_04", "Pop_F,Pop_M,Pop_T,Pop 0-14,Pop 65+"])
def test_columns_of_common_data_sets(outlines, heading):
    """Men and women apart, ages, and all of them: the whole is taken."""
    columns = (
        [number // 2 for number in PEOPLE],
        [number - number // 2 for number in PEOPLE],
        PEOPLE,
        PEOPLE[::-1],
        [3] * 6,
    )
    assert totals(outlines, lines(f"ADM2_PCODE,{heading}", CODES, *columns))[0] == PEOPLE


def test_a_workbook_of_several_levels(outlines, tmp_path):
    """The sheet of the level below names each district in many rows."""
    finer = [["ADM3_NAME", "ADM2_PCODE", "T_TL"]]
    finer += [[f"{name} {part}", code, 10] for name, code in zip(NAMES, CODES, strict=True) for part in "abc"]
    with pd.ExcelWriter(tmp_path / "cod.xlsx") as book:
        for sheet, rows in (("adm3", finer), ("adm2", [["ADM2_PCODE", "T_TL"], *zip(CODES, PEOPLE, strict=True)])):
            pd.DataFrame(rows).to_excel(book, sheet_name=sheet, header=False, index=False)
    units, _ = read_units(outlines, UGANDA, totals=tmp_path / "cod.xlsx", layer="units")
    assert units.table["people"].tolist() == PEOPLE
    assert "Sheet 'adm2' of 2 was read." in units.records[1].assumptions


def test_people_in_millions(outlines):
    numbers = [number / 1e6 for number in PEOPLE]
    found, said = totals(outlines, lines("name,Population (millions)", NAMES, numbers))
    np.testing.assert_allclose(found, PEOPLE)
    assert "read as millions of people" in said
    modelled = [number / 777.7 for number in PEOPLE]
    np.testing.assert_allclose(totals(outlines, lines("name,Population", NAMES, modelled))[0], modelled)
    with pytest.raises(InputError, match="say thousands or millions in the heading"):
        totals(outlines, lines("name,Population", NAMES, [number / 1000 for number in PEOPLE]))
    with pytest.raises(InputError, match=r"holds 1\.50708, and none above 1\.50708; write people"):
        totals(outlines, lines("name,Population", NAMES, numbers))


def test_shapes_of_one_unit_are_joined_and_two_units_of_one_name_are_refused(outlines):
    frame = gpd.read_file(outlines)
    island = gpd.GeoDataFrame(
        frame.iloc[[5]].drop(columns="geometry"), geometry=[box(33, 0, 33.1, 0.1)], crs="EPSG:4326"
    )
    pd.concat([frame, island]).to_file(outlines, driver="GeoJSON")
    assert totals(outlines, lines("name,people", NAMES, PEOPLE))[0] == PEOPLE
    pd.concat([frame, island.assign(number="07")]).to_file(outlines, driver="GeoJSON")
    with pytest.raises(InputError, match="'Mbale' stands twice in column name; join its shapes"):
        totals(outlines, lines("name,people", NAMES, PEOPLE))


def moves(tmp_path, text):
    (tmp_path / "dtm.csv").write_text(text, encoding="utf-8")
    found = read_moves(tmp_path / "dtm.csv", NAMES)
    return found.table.to_numpy().tolist(), " ".join(found.record.assumptions)


def test_a_tracking_table_with_tags_a_total_and_other_words(tmp_path):
    text = (
        "DTM round 9,,,\nAdmin 2 of origin,Admin 2 of displacement,IDP households,IDP individuals\n#adm2+origin,#adm2+name,,\n"
        'KOTIDO,Gulu,200,"1,200"\nKotido,Arua,10,60\n,Gulu,8,40\nTotal,,218,"1,300"\n'
    )
    found, said = moves(tmp_path, text)
    assert found == [["", "Gulu", 40.0], ["Kotido", "Arua", 60.0], ["Kotido", "Gulu", 1200.0]]
    assert "The last row is the sum of the others" in said
    assert "1 row names no origin: 40 people were taken as such who came into the country" in said
    assert "'Admin 2 of origin' as from" in said and "'IDP individuals' as people" in said


def test_a_table_of_origin_and_current_district(tmp_path):
    text = "Round 9\nDate,Origin region,Origin district,Current region,Current district,IDP HH,IDP Individuals\n"
    text += '2024,North,KOTIDO,North,Gulu District,40,"1,240"\n2024,North,Kotido,,Arua,10,60\n'
    assert moves(tmp_path, text)[0] == [["Kotido", "Arua", 60.0], ["Kotido", "Gulu", 1240.0]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Flows\norigin,place,people\nGulu,Arua,40\n", "has no column to;"),
        ("district of displacement,idp individuals\nGulu,40\n", "a list of who is where moves nobody"),
        ("from,to,households\nGulu,Arua,40\n", "has no column of people"),
        ("from,to,people\nGulu,Sembabule,40\n", "'Sembabule' (like 'Ssembabule')"),
    ],
)
def test_a_table_that_moves_nobody_is_one_line(tmp_path, text, words):
    with pytest.raises(InputError) as error:
        moves(tmp_path, text)
    assert words in str(error.value)


def test_of_a_tracking_workbook_the_sheet_of_moves_is_read(tmp_path):
    """A matrix of IOM has a sheet of notes, one of totals by district and one of moves: it was refused."""
    moved = [
        ["DTM round 12", "", "", "", ""],
        ["ADM2 of displacement", "ADM2 of origin", "IDP households", "IDP individuals", "Reason"],
        ["#adm2+name", "#adm2+origin", "#affected+hh", "#affected+ind", ""],
        ["Arua", "Gulu", "10", "1,240", "Conflict"],
        ["Mbale", "Kotido", "2", "60", "Drought"],
    ]
    by_district = [["District", "IDP individuals"], ["Arua", "1240"], ["Mbale", "60"]]
    notes = [["From the field teams to headquarters", ""], ["Contact", "dtm@example.org"]]
    sheets = {"README": notes, "Summary": by_district, "Flow": moved}

    def written(name, which):
        with pd.ExcelWriter(tmp_path / name) as book:
            for title, rows in which.items():
                pd.DataFrame(rows).to_excel(book, sheet_name=title, header=False, index=False)
        return tmp_path / name

    found = read_moves(written("dtm.xlsx", sheets), NAMES)
    assert found.table.values.tolist() == [["Gulu", "Arua", 1240.0], ["Kotido", "Mbale", 60.0]]
    said = " ".join(found.record.assumptions)
    assert "Sheet 'Flow' of 3 was read." in said and "'IDP individuals' as people" in said
    with pytest.raises(InputError, match=r"several sheets with columns from and to \('Flow', 'Flow 2'\); save the one"):
        read_moves(written("two.xlsx", sheets | {"Flow 2": moved}), NAMES)
    with pytest.raises(InputError, match=r"no sheet with columns from and to \('README', 'Summary'\); save the one"):
        read_moves(written("none.xlsx", {"README": notes, "Summary": by_district}), NAMES)


def test_footnotes_and_numbers_beside_names_and_people(outlines):
    names = ["Kampala 1/", "2. Ssembabule", "UG0201 - Kotido", "Arua (2)", "Gulu*", "Mbale"]
    people = [*map(str, PEOPLE[:5]), f"{PEOPLE[5]}*"]
    found, said = totals(outlines, lines("Distrito,Población", names, people))
    assert found == PEOPLE
    assert (
        "without the mark of a footnote, such as 'Kampala 1/'" in said
        and "before them, such as '2. Ssembabule'" in said
    )
    assert "marks of footnotes behind numbers were left out, such as '488960*'" in said


@pytest.mark.parametrize(
    "text",
    [
        "Population ('000) by district,\n{}",
        "Population des districts (en milliers),\n{}",
        "{}Note: figures in thousands,\n",
    ],
)
def test_thousands_that_the_heading_does_not_say_are_refused(outlines, text):
    """They were taken for people where no grid was beside them."""
    with pytest.raises(InputError, match="say so in its heading"):
        totals(outlines, text.format(lines("District,Population", NAMES, [round(number / 1000) for number in PEOPLE])))
    squares = "Districts by area in square miles,\n" + lines(
        "District,Population", NAMES, [number // 100 for number in PEOPLE]
    )
    assert totals(outlines, squares)[0] == [number // 100 for number in PEOPLE]


def test_outlines_that_share_ground_are_said(outlines, tmp_path):
    """A unit that is drawn twice has its people twice in the finer totals of its district, and half of them in its cells."""
    frame = gpd.read_file(outlines).assign(people=PEOPLE)
    again = frame.iloc[[0]].assign(pcode="UG0199", name="Kampala City", number="99")
    pd.concat([frame, again]).to_file(tmp_path / "finer.geojson", driver="GeoJSON")
    units, _ = read_units(tmp_path / "finer.geojson", UGANDA, layer="finer units")
    assert "1 pair of outlines share more than 20% of their ground (first: 'UG0101', 'UG0199')" in " ".join(
        units.records[0].assumptions
    ).replace("1 pairs", "1 pair")
    units, _ = read_units(outlines, UGANDA, layer="outlines")
    assert "share more" not in " ".join(units.records[0].assumptions)


def test_units_that_all_stand_twice_with_the_same_people_are_refused(outlines):
    """Half of the people, of men and women in equal numbers, were taken for all."""
    text = lines("district,sex,population", NAMES * 2, ["M"] * 6 + ["F"] * 6, [number // 2 for number in PEOPLE] * 2)
    with pytest.raises(InputError, match=r"every unit stands more than once with the same people .* of men and women"):
        totals(outlines, text)
