"""The map as text: one file, the same every time, whose data cannot become markup, in five complete languages."""

import base64
import io
import json
import re
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
import shapely
from PIL import Image
from shapely.geometry import box

from ewcm import basemap, pipeline
from ewcm.core.modelled import HOW
from ewcm.core.texts import texts_of, words_in
from ewcm.countries import LANGUAGES
from ewcm.inputs.people_and_places import TURNS
from ewcm.report.numbers import rounded
from ewcm.report.webmap import map as webmap
from ewcm.report.webmap import shapes
from ewcm.report.webmap.atlas import render_atlas
from ewcm.report.webmap.map import render
from ewcm.report.webmap.page import strings, to_json
from ewcm.settings import MODELS, Settings
from ewcm.sources.row_remarks import KINDS
from tests.made import made_data, made_grid, made_sites
from tests.report.make_result import made_result

BLANK = re.compile(r"\{\w+\}")


@pytest.fixture(scope="module")
def result():
    return made_result()


def data_of(html: str) -> dict:
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found.group(1))


def scripts() -> str:
    folder = resources.files("ewcm.report.webmap").joinpath("templates")
    return "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_is_there_in_every_language(language):
    english, other = strings()["en"], strings()[language]
    assert other.keys() == english.keys()
    for key, text in english.items():
        assert str(other[key]).strip(), key
        # Arabic has one person without a numeral.
        left_out = ["{people}"] if language == "ar" and key.startswith("headline_one") else []
        assert sorted(BLANK.findall(str(other[key])) + left_out) == sorted(BLANK.findall(str(text))), key
    if language != "en":
        same = [key for key, text in english.items() if other[key] == text and len(str(text)) > 12]
        assert same == [key for key in same if key in {"word_technology", "level_2", "named"}]


def test_every_string_that_the_page_asks_for_exists():
    text = scripts()
    used = set(re.findall(r'\bt\("(\w+)"[,)]', text)) | set(re.findall(r'data-(?:t|label)="(\w+)"', text))
    of_others = {"answer_title"} | {
        f"{name}_{key}" for name in ("alert", "compare", "plan") for key in texts_of(name)["en"]
    }
    of_others |= {key.replace("heading.", "plan_") for key in texts_of("headings")["en"]}
    assert used - strings()["en"].keys() - of_others == set()


def test_no_word_of_the_page_is_a_command_of_a_terminal():
    """Its readers were told to run ``ewcm fetch`` and ``ewcm brief``. Who changes a card that ``ewcm learn`` wrote knows it."""
    commands = re.compile(r"\bewcm (\w+)")
    for language, words in strings().items():
        named = {key: commands.findall(str(text)) for key, text in words.items() if commands.search(str(text))}
        assert set(named) <= {"caveat_input_card_changed"}, language


def test_every_model_has_words_on_the_page_and_in_the_atlas():
    words = strings()["en"]
    models = {*MODELS, "given", "mixed", "unknown"}
    assert models == {key.removeprefix("model_") for key in words if key.startswith("model_")}
    assert {*models, "starter", "exercise"} == {key.removeprefix("grade_") for key in words if key.startswith("grade_")}


def test_every_caveat_of_the_engine_has_words_in_every_language():
    analysis = resources.files("ewcm.analysis")
    engine = "".join(
        analysis.joinpath(name).read_text(encoding="utf-8")
        for name in ("caveats.py", "official.py", "hazard_caveats.py", "estimated.py", "points.py")
    )
    codes = set(re.findall(r'(?:say|Caveat)\(\s*"(\w+)"', engine))
    assert len(codes) > 8
    sources = [
        path
        for part in ("core", "sources", "inputs", "starter")
        for path in resources.files("ewcm").joinpath(part).iterdir()
    ]
    text = "".join(path.read_text(encoding="utf-8") for path in sources if path.name.endswith(".py"))
    warnings = set(re.findall(r'Input(?:Warning|Note)\(\s*"(\w+)"', text))
    assert len(warnings) > 8
    sidecars = resources.files("ewcm.sources").joinpath("sidecars.py").read_text(encoding="utf-8")
    warnings |= {f"sidecar_{code}" for code in re.findall(r'say\(\s*"(\w+)"', sidecars)}
    warnings |= {f"modelled_{way}" for way in HOW} | {f"unread_{column}" for column in ("people", "cost")}
    warnings |= {f"{kind.code}_rows" for kind in KINDS} | {*TURNS, "settlements_empty"}
    warnings |= {"none_south", "none_north", "none_west", "none_east", "turned_latitudes", "turned_longitudes"}
    codes |= {f"hazards_{values}" for values in ("drainage", "low_coast", "steep")}
    comparison = resources.files("ewcm").joinpath("comparison.py").read_text(encoding="utf-8")
    codes |= {f"compare_{code}" for code in re.findall(r'say\(\s*"(\w+)"', comparison)} | {"compare_methods_shown"}
    words = {key for key in strings()["en"] if key.startswith("caveat_")}
    assert {f"caveat_{code}" for code in codes} | {f"caveat_input_{code}" for code in warnings} == words


def test_what_a_page_says_names_no_command():
    """Pages are read and printed where no terminal is; lines of a terminal alone (``line_``) may name its options."""
    files = [path for path in resources.files("ewcm").joinpath("texts").iterdir() if path.name.endswith(".json")]
    told = [(path.name, *line) for path in files for line in json.loads(path.read_text(encoding="utf-8")).items()]
    told += [(language, key, str(text)) for language in LANGUAGES for key, text in strings()[language].items()]
    named = [
        (place, key)
        for place, key, text in told
        if re.search(r"\bewcm [a-z]+|(?<![\w-])--[a-z]|\[\[", text) and not key.startswith("line_")
    ]
    assert not named


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_scripts_a_page_says_where_the_figures_are_in_five_languages(result, language):
    """It said so in English alone, where the list of languages does nothing."""
    own = replace(result, data=replace(result.data, country=replace(result.data.country, language=language)))
    said = re.search(r"<noscript>(.*?)</noscript>", render(own), re.DOTALL)[1]
    lines = re.findall(r'<p class="starter" lang="(\w+)" dir="(\w+)">(.*?)</p>', said)
    assert sorted(code for code, _, _ in lines) == sorted(LANGUAGES) and lines[0][0] == language
    for code, direction, text in lines:
        assert direction == ("rtl" if code == "ar" else "ltr") and "summary.json, areas.csv, coldspots.csv" in text
        assert text.startswith(str(strings()[code]["without_script"]).partition("{")[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_example_data_are_not_said_to_be_too_high(language):
    """Their share out of reach is the official one: a reader took "usually too high" for an upper bound."""
    words = strings()[language]
    of_shares = {"headline_example", "atlas_examples", "caveat_input_masts"}
    assert all(re.search("off?ic|رسمي", str(words[key])) for key in of_shares)
    stale = ("too high", "trop élev", "demasiado alt", "أعلى من الواقع")
    said = [str(words[key]) for key in (*of_shares, "caveat_starter")] + [words_in(language, "slide")["example"]]
    assert not [text for text in said if any(word in text for word in stale)]


def test_every_kind_of_input_has_a_name_in_the_list_of_sources():
    """The lists of channels, hazards and points stood there as "channel", "hazard" and "poi" in every language."""
    kinds = (
        "population",
        "cells",
        "sites",
        "coverage",
        "terrain",
        "clutter",
        "boundaries",
        "places",
        "poi",
        "channel",
        "hazard",
    )
    assert all(f"input_{kind}" in strings()["en"] for kind in (*kinds, "official", "basemap"))


def test_json_cannot_end_its_script():
    hostile = "</script><!--\u2028\u2029&\ud800"
    text = to_json({"name": hostile})
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text)["name"] == hostile.replace("\ud800", "?")


def test_the_page_is_the_same_every_time_and_names_no_host(result):
    html = render(result)
    assert html == render(result)
    markup = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)|url\((?!#|data:|["']?data:)|@import""", markup)
    assert "jquery" not in html.lower()
    assert "bootstrap" not in html.lower()


def test_figures_of_the_page_are_those_of_the_result(result):
    data = data_of(render(result))
    assert data["summary"] == json.loads(json.dumps(rounded(result.summary)))
    assert len(data["areas"]) == len(result.areas)
    for area, (_, row) in zip(data["areas"], result.areas.iterrows(), strict=True):
        assert area["name"] == row["name"]
        by_case = dict(zip(data["pictures"]["cases"], area["figures"]["any"], strict=True))
        for case, end in (("low", "_high"), ("central", ""), ("high", "_low")):
            assert by_case[case][1] == pytest.approx(row[f"uncovered_any{end}"], abs=0.002)
            assert sum(value or 0 for value in by_case[case]) == pytest.approx(row["people"], abs=0.01)
    first = dict(zip(data["coldspots"]["columns"], data["coldspots"]["rows"][0], strict=True))
    assert first["people"] == pytest.approx(result.coldspots["people"].iloc[0], abs=0.06)


@pytest.mark.parametrize(
    "name", ["${1+1}", "{{ 7*7 }}", "{% raw %}", "\\x3cimg src=x onerror=alert(1)\\x3e", "</script>", "`"]
)
def test_a_strangers_name_stays_as_it_is(name, result):
    areas = result.areas.copy()
    areas.loc[areas.index[-1], "name"] = name
    reach = next(finding for finding in result.findings if finding.name == "reach")
    html = render(result.with_finding(replace(reach, tables=(replace(reach.tables[0], frame=areas),))))
    assert data_of(html)["areas"][-1]["name"] == name


def test_starter_data_is_marked_and_unknown_is_not_zero():
    data = data_of(render(made_result(starter=True, known=False)))
    assert data["summary"]["starter"] is True
    assert data["pictures"]["standing"] == {}
    assert data["coldspots"]["rows"] == []


@pytest.mark.parametrize(
    ("west", "north"), [(29.5, 0.6), (85.0, 28.5), (179.4, -16.0)], ids=["equator", "Nepal", "180"]
)
def test_corner_pixels_of_every_picture_lie_in_their_place(west, north):
    rows, cols = 150, 130
    people = np.zeros((rows, cols))
    corners = [(0, 0), (0, cols - 1), (rows - 1, 0), (rows - 1, cols - 1)]
    for corner in corners:
        people[corner] = 900
    geobox = made_grid(rows, cols, west=west, north=north)
    lon = (west + cols / 240 + 180) % 360 - 180
    data = made_data(people, geobox, sites=made_sites((north - rows / 240, lon, "2G", "A"), (north, lon, "3G", "A")))
    pictures = data_of(render(pipeline.run(data, Settings())))["pictures"]
    ((_, _, _, _, west_edge, south, east_edge, north_edge),) = pictures["parts"]

    def mercator(lat):
        return np.arctanh(np.sin(np.radians(lat)))

    for address, colours in (
        (pictures["people"], pictures["people_colours"]),
        *((image, pictures["standing_colours"]) for image in pictures["standing_images"]),
    ):
        image = Image.open(io.BytesIO(base64.b64decode(address.removeprefix("data:image/png;base64,"))))
        pixels = np.array(image)
        # Whole classes and no mixture of two: only colours of the palette.
        assert {colour for _, colour in image.convert("RGB").getcolors()} <= {tuple(colour) for colour in colours}
        height, width = pixels.shape
        if address == pictures["people"]:
            found = np.argwhere(pixels > 1) >= (height / 2, width / 2)
            crowded = {(int(low) * (rows - 1), int(right) * (cols - 1)) for low, right in found}
            assert crowded == set(corners)
        for row, col in ((0, 0), (0, width - 1), (height - 1, 0), (height - 1, width - 1)):
            assert pixels[row, col] > 0 and (address != pictures["people"] or pixels[row, col] > 1)
            y = mercator(north_edge) + (row + 0.5) / height * (mercator(south) - mercator(north_edge))
            lat, lon = np.degrees(np.arcsin(np.tanh(y))), west_edge + (col + 0.5) / width * (east_edge - west_edge)
            cell_row, cell_col = (0 if row == 0 else rows - 1), (0 if col == 0 else cols - 1)
            assert abs(lat - (north - (cell_row + 0.5) / 120)) < 1 / 120
            assert abs(lon - (west + (cell_col + 0.5) / 120)) < 1 / 120


def test_sites_are_dots_and_share_one_where_there_are_too_many(monkeypatch):
    sites = made_result(west=179.5)
    data = data_of(render(sites))["sites"]
    points = np.cumsum(np.array(data["points"]).reshape(-1, 2), axis=0) / data["scale"]
    table = sites.data.sites.table
    assert len(points) == len(data["kinds"]) == len(table[["lat", "lon"]].drop_duplicates()) == 3
    assert data["counts"]["any"] == table["site_id"].nunique() and data["counts"]["4G"] == 1
    assert sorted(points[:, 0] % 360) == pytest.approx(sorted(set(table["lon"] % 360)), abs=1e-4)
    assert (points[:, 0] > 179).all() and data["step"] == 0
    assert {data["channels"][number] for kind in data["kinds"] for number in data["sets"][kind]} == set(
        table["technology"]
    )
    assert {tuple(kind) for kind in data["sets"]} <= {(0,), (1,), (0, 1), (2,), (0, 2)}
    monkeypatch.setattr(webmap, "SITES_DRAWN", 2)
    data = data_of(render(sites))["sites"]
    assert len(data["kinds"]) <= 2 and data["step"] > 0
    assert data["counts"]["any"] == table["site_id"].nunique()


def test_areas_go_by_the_readers_name_where_the_boundaries_know_it(result):
    boundaries = result.data.boundaries
    table = boundaries.table.assign(name_ar="", name_fr="Nord")
    known = replace(result, data=replace(result.data, boundaries=replace(boundaries, table=table)))
    named = [area for area in data_of(render(known))["areas"] if area["level"] == 1]
    assert all(area["names"] == {"fr": "Nord"} for area in named)
    assert {area["name"] for area in named} == {"North", "Hill", "Lake", "Plain", "Coast", "Forest"}


def test_across_180_everything_stands_on_one_side():
    result = made_result(west=179.5)
    (_, west), (_, east) = data_of(render(result))["bounds"]
    assert 179 < west < 180 < east < 181
    data = data_of(render(result))
    longitude = data["coldspots"]["columns"].index("lon")
    assert all(west - 0.1 <= row[longitude] <= east + 0.1 for row in data["coldspots"]["rows"])
    assert all(west - 0.1 <= place[2] <= east + 0.1 for place in data["places"])


def test_the_basemap_names_the_neighbours(result):
    frame = {
        "land": {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"name_en": "Neighbour", "name_fr": "Voisin", "iso_a3": "NBR"},
                    "geometry": shapely.geometry.mapping(box(20, 0, 29, 3)),
                }
            ],
        }
    }
    data = data_of(render(result, frame))
    assert data["neighbours"][0]["names"]["fr"] == "Voisin"
    assert len(data["basemap"]["land"]) == 1


def test_shapes_survive_their_code():
    shape = box(10, 20, 11, 21).difference(box(10.25, 20.25, 10.5, 20.5))
    (rings,) = shapes.encode(shape)
    points = np.cumsum(np.array(rings[0]).reshape(-1, 2), axis=0) / shapes.SCALE
    assert shapely.Polygon(points).equals(shapely.Polygon(shape.exterior))
    assert len(rings) == 2


def test_neighbours_keep_their_common_border_when_simplified():
    wave = [(0.5 + 0.01 * np.sin(40 * y), y) for y in np.linspace(0, 1, 4000)]
    west = shapely.Polygon([(0, 0), *wave, (0, 1)])
    east = shapely.Polygon([(1, 0), *wave, (1, 1)])
    simple = shapes.simplify_together(np.array([west, east]), 500)
    assert shapely.get_num_coordinates(simple).sum() <= 500
    assert shapely.area(shapely.intersection(*simple)) == pytest.approx(0, abs=1e-12)
    assert shapely.area(shapely.union(*simple)) == pytest.approx(1, abs=1e-9)


def test_atlas_lists_every_country(result):
    summary = rounded(result.summary)
    html = render_atlas([{**summary, "iso3": "UGA"}, {**summary, "iso3": "FJI", "starter": True}], basemap.world())
    rows = data_of(html)["countries"]
    assert [row["iso3"] for row in rows] == ["FJI", "UGA"]
    assert rows[0]["grade"] == "starter"
    assert rows[1]["unreached"] == summary["services"]["any"]["uncovered"]
    assert rows[0]["position"][1] > 170
    assert data_of(render_atlas([]))["countries"] == []


def test_what_is_lent_does_not_make_the_data_of_a_country_newer(result):
    own = {**result.summary["inputs"][0], "date": "2020"}
    lent = {**own, "layer": "official", "date": "2025", "lent": True}
    summary = {**rounded(result.summary), "inputs": [own, lent]}
    (row,) = data_of(render_atlas([summary]))["countries"]
    assert row["date"] == "2020"


@pytest.mark.parametrize("language", LANGUAGES)
def test_counts_stand_beside_their_nouns_so_that_one_needs_no_plural(language):
    words = strings()[language]
    for key in ("rows_shown", "coldspots_text", "legend_sites"):
        assert not re.search(r"\}\s\w{4,}", str(words[key])), key
