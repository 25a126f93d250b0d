"""ewcm plan: what it writes, prints and refuses."""

import csv
import json
import re
from dataclasses import replace

import geopandas as gpd
import pytest

from ewcm.cli import main
from ewcm.core.texts import texts_of
from ewcm.countries import country
from ewcm.planning import Request, plan_of
from ewcm.report.plan_lines import sentences
from ewcm.report.publish import write
from ewcm.report.read import open_result
from tests.report.make_result import made_result

FILES = ["plan.csv", "plan.geojson", "plan.gpkg", "plan.html", "plan.json"]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A made country under the code of a real one, marked as starter data."""
    result = made_result(starter=True, hostile=True)
    result = replace(result, data=replace(result.data, country=country("UGA")))
    return write(result, tmp_path_factory.mktemp("plan") / "maps" / "UGA")


def plan(published, output, *more):
    return main(["plan", "UGA", "--results", str(published), "--output", str(output), *map(str, more)])


def test_it_writes_the_list_the_curve_and_the_points(published, tmp_path, capsys):
    assert plan(published, tmp_path / "out", "--towers", 3, "--sirens", 1, "--radius-km", 10) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Uganda: 3 towers and 1 siren would serve ")
    assert "% of the best possible choice" in printed and "STARTER DATA" in printed
    assert printed.count("nearest existing site") == 4 and "lattice-" not in printed
    folder = tmp_path / "out"
    assert sorted(path.name for path in folder.iterdir()) == FILES
    rows = list(csv.DictReader((folder / "plan.csv").open(encoding="utf-8-sig")))
    content = json.loads((folder / "plan.json").read_text())
    assert [row["kind"] for row in rows].count("siren") == 1 and {row["data_grade"] for row in rows} == {"starter"}
    assert content["data_grade"] == "starter" and len(content["sites"]) == len(rows) == len(content["curve"]) - 1
    assert content["curve"][-1]["people"] == content["people"] == float(rows[-1]["cumulative"])
    assert content["people"] <= content["bound"] + 1e-6 and content["people"] <= content["uncovered"]
    for name in ("plan.geojson", "plan.gpkg"):
        points = gpd.read_file(folder / name)
        assert points["candidate_id"].tolist() == [row["candidate_id"] for row in rows]
        assert set(points["data_grade"]) == {"starter"}
    page = (folder / "plan.html").read_text()
    assert "STARTER DATA" in page and "default-src 'none'" in page


def test_how_a_users_list_was_read_is_said(published, tmp_path, capsys):
    own = tmp_path / "own.csv"
    own.write_text(
        "Nom;Lat;Long;Type;Coût\nHill;1,9;30,2;tower;50.000\nRidge;1,3;30,8;tower;\nBack;30,5;1,4;tower;40 000\n"
    )
    assert plan(published, tmp_path / "out", "--candidates", own, "--towers", 2) == 0
    printed = capsys.readouterr().out
    assert "1 of 3 rows were not used: 1 with latitude and longitude exchanged" in printed
    assert "1 of 2 candidates of the list state no cost and count 1 (towers)" in printed
    assert {row["cost"] for row in csv.DictReader((tmp_path / "out" / "plan.csv").open(encoding="utf-8-sig"))} <= {
        "50000",
        "50000.0",
        "1",
        "1.0",
    }
    assert plan(published, tmp_path / "out", "--candidates", own, "--towers", 2, "--language", "fr") == 0
    french = capsys.readouterr().out
    assert "own.csv : lignes qui n’ont pas servi : 1 sur 3" in french and "were" not in french
    assert "own.csv : des colonnes ont été prises pour d’autres : Nom as name" in french
    # Where nothing is found, how the list was read may be why.
    assert plan(published, tmp_path / "out", "--candidates", own, "--towers", 2, "--min-gain", 1e9) == 0
    assert "1 of 3 rows were not used" in capsys.readouterr().out
    own.write_text("name,lat,lon,cost_usd,radius_km\nHill,1.9,30.2,1200000,30\nRidge,1.3,30.8,900000,30\n")
    assert plan(published, tmp_path / "out", "--candidates", own, "--towers", 2, "--budget", 1e6) == 0
    printed = capsys.readouterr().out
    assert "cost 900,000 of 1,000,000" in printed and "cost_usd as cost" in printed  # both would have cost 2
    assert "Columns that are not read: radius_km." in printed
    own.write_text("lat,lon,kind,cost\n1.9,30.2,tower,USD 50k\n1.3,30.8,tower,3\n")
    assert plan(published, tmp_path / "out", "--candidates", own, "--towers", 2) == 2
    assert "1 cost is no number above 0 (such as 'USD 50k')" in capsys.readouterr().err


def test_costs_with_one_currency_are_read_and_candidates_that_serve_nobody_are_counted(published, tmp_path, capsys):
    own = tmp_path / "own.csv"
    own.write_text(
        'Site name,lat,lon,Cost (USD)\nHill,1.9,30.2,"USD 85,000"\nRidge,1.3,30.8,90000\nSea,1.9,29.7,"USD 1,200"\n'
    )
    assert plan(published, tmp_path / "out", "--candidates", own, "--towers", 3, "--budget", 180000) == 0
    printed = capsys.readouterr().out
    assert "own.csv: Costs are in USD, as they say." in printed and "They cost 175,000 of 180,000." in printed
    assert "that serve nobody who counts: 1 of 3" in printed and "  Hill (" in printed
    own.write_text("name,lat,lon,cost\nHill,1.9,30.2,USD 85000\nRidge,1.3,30.8,UGX 90000000\n")
    assert plan(published, tmp_path / "out", "--candidates", own) == 2
    assert "2 costs are no number above 0 (such as 'USD 85000')" in capsys.readouterr().err


def test_what_is_said_of_an_estimate_stands_only_where_there_is_one(published, tmp_path, capsys):
    """Choosing by low coverage said that coverage is an estimate, in a country of circles."""
    asked = ("--towers", 1, "--weight", "low_coverage", "--max-candidates", 40)
    for language, wrong in (("en", "estimate"), ("fr", "estimation")):
        assert plan(published, tmp_path / "out", *asked, "--language", language) == 0
        assert wrong not in capsys.readouterr().out
    assert '"by_estimate":false' in (tmp_path / "out" / "plan.html").read_text().replace(" ", "")


def test_a_proved_choice_is_called_so_whatever_the_last_digit_of_its_bound(published):
    result = open_result(published)
    found = plan_of(result, Request(towers=2, radius_km=9.0, most=60))
    found = replace(found, bound=found.weighed * (1 + 2e-9), optimal=True)
    assert "No choice of as many candidates serves more." in sentences(result, found)


def test_where_there_is_nothing_to_choose_from_the_reason_is_said(published, tmp_path, capsys):
    assert plan(published, tmp_path / "out", "--from", "points") == 0
    assert "Uganda: there are no candidates from what was asked for" in capsys.readouterr().out
    assert plan(published, tmp_path / "out", "--towers", 50, "--radius-km", 30) == 0
    assert "no further candidate adds people (at least 1)." in capsys.readouterr().out


def test_again_gives_the_same_tables_and_takes_the_place_of_the_first(published, tmp_path):
    written = []
    for _ in range(2):
        assert plan(published, tmp_path / "out", "--towers", 2, "--json") == 0
        written.append([(tmp_path / "out" / name).read_bytes() for name in ("plan.csv", "plan.json", "plan.geojson")])
    assert written[0] == written[1]


def test_a_users_list_with_costs_and_kinds(published, tmp_path, capsys):
    own = tmp_path / "own.csv"
    own.write_text(
        "name,Latitude,Longitude,kind,cost\nHill,1.9,30.2,tower,5\nSquare,1.5,30.4,Siren,1\nRidge,1.3,30.8,,\n,,,,\n"
    )
    assert (
        plan(published, tmp_path / "out", "--candidates", own, "--sirens", 1, "--towers", 2, "--exact", "--json") == 0
    )
    content = json.loads(capsys.readouterr().out)
    assert {site["name"] for site in content["sites"]} <= {"Hill", "Square", "Ridge"}
    assert content["optimal"] and content["at_least_share"] == 1.0
    assert all(site["kind"] == "siren" for site in content["sites"] if site["name"] == "Square")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("lat,lon,kind\n1.5,30.4,rocket\n", "a kind is 'rocket'"),
        ("lat,lon,cost\n1.5,30.4,0\n", "a cost is 0"),
        (
            "lat,lon,status\n1.5,30.4,Rejected\n1.6,30.4,Approved\n",
            "column status says of 1 of 2 rows that they are built or",
        ),
        ("lat,lon,status\n1.5,30.4,Already built\n1.6,30.4,Proposed\n", "(such as 'Already built')"),
        ("id,lat,lon\na,1.5,30.4\na,1.6,30.4\n", "two candidates are 'a'"),
        ("name,where\nHill,here\n", "has no column lat, lon"),
        ("lat,lon\n0,0\n,\n", "holds no usable point"),
        ("lat,lon\n48.8,2.3\n", "lies outside Uganda"),
    ],
)
def test_lists_that_cannot_be_used_are_refused_in_one_line(published, tmp_path, capsys, content, text):
    own = tmp_path / "own.csv"
    own.write_text(content)
    assert plan(published, tmp_path / "out", "--candidates", own) == 2
    said = capsys.readouterr().err
    assert text in said and said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_folder_of_somebody_else_is_left_alone(published, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.txt").write_text("mine")
    assert plan(published, tmp_path / "out") == 2
    assert "letter.txt" in capsys.readouterr().err
    assert (tmp_path / "out" / "letter.txt").read_text() == "mine"
    assert plan(tmp_path / "nowhere", tmp_path / "other") == 2
    assert "no such folder" in capsys.readouterr().err


def test_numbers_that_cannot_be_are_refused(published, tmp_path, capsys):
    for arguments in (("--towers", 0), ("--towers", -3), ("--budget", -1), ("--service", "6G"), ("--from", "roads")):
        assert plan(published, tmp_path / "out", *arguments) == 2
        assert capsys.readouterr().err.startswith("ewcm: plan: ")


def test_every_language_has_every_word():
    texts = texts_of("plan")
    for language, words in texts.items():
        assert set(words) == set(texts["en"]), language
        for key, text in words.items():
            assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", texts["en"][key])), (
                language,
                key,
            )
        same = [key for key, text in words.items() if text == texts["en"][key] and len(text) > 8]
        assert language == "en" or not same, (language, same)


def test_it_speaks_the_language_that_is_asked_for(published, tmp_path, capsys):
    said = {}
    for language in ("fr", "ar"):
        assert plan(published, tmp_path / "out", "--towers", 2, "--sirens", 1, "--language", language) == 0
        said[language] = capsys.readouterr().out
        assert f'<html lang="{language}"' in (tmp_path / "out" / "plan.html").read_text()
    assert (
        said["fr"].startswith("Ouganda, habitants que l’on desservirait avec 2 pylônes et 1 sirène : ")
        and "note : " in said["fr"]
    )
    assert "DONNÉES DE DÉPART" in said["fr"] and "site existant le plus proche à" in said["fr"]
    assert "الأبراج: 2" in said["ar"] and "towers" not in said["ar"] + said["fr"]
    # The sentences of the JSON stay in English: programs read it.
    assert "2 towers and 1 siren" in json.loads((tmp_path / "out" / "plan.json").read_text())["sentences"][0]


def test_sirens_have_candidates_as_near_to_each_other_as_they_are_heard(published):
    """On the squares of towers, 5 km wide, a dozen sirens were all there were to choose from in a town."""
    result = open_result(published)
    towers, sirens = (plan_of(result, Request(towers=n, sirens=2 - n, origins=("lattice",))) for n in (2, 0))
    assert sirens.candidates > 2 * towers.candidates
    listed = towers.table.drop(columns="geometry").assign(kind="siren", cost=1.0)
    assert sirens.people >= plan_of(result, Request(towers=0, sirens=2, own=listed)).people
