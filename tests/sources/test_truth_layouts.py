"""Places whose coverage is known, in the layouts that offices and surveys have: read rightly, or refused in one line."""

import numpy as np
import pandas as pd
import pytest

from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.sources.coverage_truth import read_truth

UGANDA = country("UGA")

#: Four places by what is known of 2G, 3G and 4G there.
LAT, LON = (0.5, 0.7, 0.9, 1.1), (32.5, 32.6, 32.7, 32.8)
TWO, FOUR = (1.0, 0.97, 0.0, 1.0), (0.5, 0.0, 0.0, 1.0)


def truth(tmp_path, text):
    path = tmp_path / "places.csv"
    path.write_text(text, encoding="utf-8")
    return read_truth(path, UGANDA, "declared, 2024")


def rows(heading, *columns):
    lines = [
        ",".join([str(lat), str(lon), *(str(cell) for cell in cells)])
        for lat, lon, *cells in zip(LAT, LON, *columns, strict=True)
    ]
    return "\n".join([f"lat,lon,{heading}", *lines]) + "\n"


def per_cent(shares, sign):
    return [f"{100 * share:g}{sign}" for share in shares]


@pytest.mark.parametrize(
    "heading",
    [
        "2G,4G",
        "GSM,LTE",
        "Cobertura 2G,Cobertura 4G",
        "has_2G,has_4G",
        "Couverture GSM,Couverture LTE",
        "تغطية 2G,تغطية 4G",
    ],
)
@pytest.mark.parametrize("sign", ["", "%", " %", " por ciento", "٪"])
def test_shares_and_per_cents_under_the_words_for_technologies(tmp_path, heading, sign):
    cells = [[f"{share:g}" for share in column] if not sign else per_cent(column, sign) for column in (TWO, FOUR)]
    found = truth(tmp_path, rows(heading, *cells))
    np.testing.assert_allclose(found.table["2G"], TWO)
    np.testing.assert_allclose(found.table["4G"], FOUR)
    assert any("Per cents were read as shares" in note for note in found.record.assumptions) == bool(sign)


@pytest.mark.parametrize(
    "heading", ["2G coverage (%),4G coverage (%)", "cov_2g_pct,cov_4g_pct", "Pourcentage 2G,Pourcentage 4G"]
)
def test_a_heading_that_says_per_cent_tells_the_unit(tmp_path, heading):
    found = truth(tmp_path, rows(heading, per_cent(TWO, ""), ["0.5", "0", "0", "1"]))
    np.testing.assert_allclose(found.table["2G"], TWO)
    np.testing.assert_allclose(found.table["4G"], [0.005, 0.0, 0.0, 0.01])
    # A workbook keeps 97 % as 0.97, whatever its heading says.
    found = truth(tmp_path, rows(heading, TWO, FOUR))
    np.testing.assert_allclose(found.table["4G"], FOUR)
    assert any("it was read as shares of 1" in note for note in found.record.assumptions)


@pytest.mark.parametrize(
    ("heading", "cells", "words"),
    [
        ("2G", ["97", "50", "0", "1"], "add a sign to the numbers, or to the heading"),
        ("2G", ["97%", "0.5", "0", "1"], "holds '97%' and '0.5'"),
        ("2G", ["1", "2", "2", "1"], "holds the coverage 2; write 1 for covered, 0 for not"),
        ("technology", ["2G", "3G", "2G", "4G"], "a column of technologies and none that says whether they cover"),
        ("signal", ["1", "0", "1", "0"], "has no column 2G, 3G or 4G"),
    ],
)
def test_what_has_two_readings_is_one_line(tmp_path, heading, cells, words):
    with pytest.raises(InputError, match=r"places\.csv") as error:
        truth(tmp_path, rows(heading, cells))
    assert words in str(error.value) and "\n" not in str(error.value)


def test_two_columns_of_one_technology_are_two_definitions(tmp_path):
    with pytest.raises(InputError, match="two columns tell of 4G \\('4G 2022', '4G 2023'\\)"):
        truth(tmp_path, rows("4G 2022,4G 2023", FOUR, TWO))
    found = truth(tmp_path, rows("LTE 800,LTE 1800", ["no", "no", "yes", "?"], ["yes", "no", "no", "no"]))
    assert found.table["4G"].tolist()[:3] == [1, 0, 1] and np.isnan(found.table["4G"][3:]).all()


@pytest.mark.parametrize(
    ("yes", "no"),
    [("Yes", "No"), ("Oui", "Non"), ("Sí", "No"), ("Sim", "Não"), ("نعم", "لا"), ("متوفرة", "غير متوفرة"), ("✓", "✗")],
)
def test_words_for_yes_and_no(tmp_path, yes, no):
    cells = [yes, no, "perhaps", ""]
    found = truth(tmp_path, rows("3G", cells))
    np.testing.assert_array_equal(found.table["3G"], [1, 0])
    assert any("(such as 'perhaps'); it counts as not known" in str(text) for text in found.record.warnings)


def test_none_is_no_signal(tmp_path):
    """In a column of coverage it was taken for an empty cell, so that the places without any were lost."""
    assert truth(tmp_path, rows("4G signal", ["Strong", "none", "None", "Good"])).table["4G"].tolist() == [1, 0, 0, 1]
    assert truth(tmp_path, rows("Coverage", ["2G 4G", "none", "2G", "4G"])).table["4G"].tolist() == [1, 0, 0, 1]


def test_words_that_ask_for_ground_without_coverage_are_not_used(tmp_path):
    found = truth(
        tmp_path, rows("2G (oui/non),No 4G,uncovered 3G", ["oui", "non", "non", "oui"], [1, 0, 0, 1], [1, 0, 0, 1])
    )
    assert found.record.facts["technologies"] == ["2G"]
    assert sum("may ask for ground without coverage" in note for note in found.record.assumptions) == 2


@pytest.mark.parametrize("technology", ["Technologie", "network_type", "Red", "Network"])
def test_a_row_for_each_place_and_technology(tmp_path, technology):
    lines = [f"lat,lon,{technology},Cobertura (%)"]
    for lat, lon, two, four in zip(LAT, LON, TWO, FOUR, strict=True):
        lines += [f"{lat},{lon},GSM,{100 * two:g}", f"{lat},{lon},LTE,{100 * four:g}"]
    found = truth(tmp_path, "\n".join(lines[:-1]))
    np.testing.assert_allclose(found.table["2G"], TWO)
    np.testing.assert_allclose(found.table["4G"], [*FOUR[:3], np.nan])
    assert "7 rows stand for 4 places." in found.record.assumptions


def test_a_place_is_covered_where_one_of_its_operators_covers_it(tmp_path):
    lines = ["lat,lon,operator,4G"]
    lines += [f"{lat},{lon},Blue,{cell}" for lat, lon, cell in zip(LAT, LON, ("yes", "no", "no", "no"), strict=True)]
    lines += [f"{lat},{lon},Red,{cell}" for lat, lon, cell in zip(LAT, LON, ("no", "yes", "no", "yes"), strict=True)]
    assert truth(tmp_path, "\n".join(lines)).table["4G"].tolist() == [1, 1, 0, 1]
    found = truth(tmp_path, rows("MTN 4G,Airtel 4G", ["yes", "no", "no", "n/a"], ["no", "yes", "no", "no"]))
    assert found.table["4G"].tolist() == [1, 1, 0]
    assert any("where one of the columns 'MTN 4G', 'Airtel 4G' covers it" in note for note in found.record.assumptions)


def test_a_column_of_coverage_that_names_technologies(tmp_path):
    found = truth(tmp_path, rows("Coverage", ["2G/3G/4G", "2G", "no coverage", ""]))
    assert found.table[["2G", "3G", "4G"]].to_numpy().tolist() == [[1, 1, 1], [1, 0, 0], [0, 0, 0]]
    assert any("those that it does not name count as not there" in note for note in found.record.assumptions)


def test_only_marks_of_yes_are_no_knowledge_of_no(tmp_path):
    found = truth(tmp_path, rows("2G,4G", [1, 1, 1, 1], ["x", "", "", "x"]))
    assert np.isnan(found.table["4G"]).tolist() == [False, True, True, False]
    assert any("where empty means no, write no" in str(text) for text in found.record.warnings)


def test_a_workbook_with_a_title_and_degrees_minutes_and_seconds(tmp_path):
    path = tmp_path / "places.xlsx"
    cells = [
        ["Coverage survey 2024", "", "", "", ""],
        ["", "", "", "", ""],
        ["Village", "Latitude", "Longitude", "GSM", "LTE (%)"],
    ]
    cells += [
        ["A", "0°30'00\"N", "32°30'00\"E", "yes", 97],
        ["B", "0°42'00\"N", "32°36'00\"E", "no", 0],
        ["Total", "", "", 1, 97],
    ]
    pd.DataFrame(cells).to_excel(path, header=False, index=False)
    found = read_truth(path, UGANDA, "survey")
    np.testing.assert_allclose(found.table[["lat", "lon", "2G", "4G"]], [[0.5, 32.5, 1, 0.97], [0.7, 32.6, 0, 0]])


def test_sources_that_may_mean_another_thing_by_covered_are_said(tmp_path):
    found = truth(
        tmp_path, rows("2G,Source of data,id", [1, 0, 1, 0], ["operator", "drive test", "operator", ""], [1, 2, 3, 4])
    )
    (note,) = [note for note in found.record.assumptions if "keep the places of one of them" in note]
    assert "'Source of data' has 2 values ('drive test', 'operator')" in note


def test_districts_come_before_provinces(tmp_path):
    """The province stands before the district in most tables, and districts are what bands are made of."""
    found = truth(tmp_path, rows("Province,District,2G", ["P"] * 4, list("abcd"), [1, 0, 1, 0]))
    assert found.table["district"].tolist() == list("abcd")
    assert truth(tmp_path, rows("Province,2G", ["P"] * 4, [1, 0, 1, 0])).table["district"].tolist() == ["P"] * 4


def test_shares_of_people_and_lists_of_places_most_of_which_have_none(tmp_path):
    """ "% moradores cobertos 4G" and a list in which most places have no coverage were refused."""
    found = truth(
        tmp_path, rows("% moradores cobertos 2G,% habitants couverts 4G", per_cent(TWO, ""), per_cent(FOUR, ""))
    )
    np.testing.assert_allclose(found.table["2G"], TWO)
    np.testing.assert_allclose(found.table["4G"], FOUR)
    lists = ["2G/4G", "SIN COBERTURA", "SIN COBERTURA", "SIN COBERTURA"]
    found = truth(tmp_path, rows("COBERTURA MOVIL", lists))
    np.testing.assert_array_equal(found.table["4G"], [1, 0, 0, 0])


def test_columns_of_technologies_that_are_not_used_are_named(tmp_path):
    """A column of plans vanished without a word, and what nobody can read left the places that say yes alone."""
    found = truth(tmp_path, rows("2G,4G previsto 2026", TWO, FOUR))
    assert "Column '4G previsto 2026' was not used: its heading says more than 4G." in found.record.assumptions
    for text, words in (
        (rows("4G outdoor,4G indoor", FOUR, FOUR), "rename the one that is meant, such as '4G outdoor'"),
        (rows("2G", ["Bueno", "Malo", "Malo", "Regular"]), "most of what column '2G' holds is no share of coverage"),
    ):
        with pytest.raises(InputError, match=words):
            truth(tmp_path, text)
