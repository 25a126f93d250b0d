"""An alert on a country: equal to brute force, parts that add up, channels that never lower reach, unknown that stays unknown."""

import csv
import json
import math
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import geopandas as gpd
import jsonschema
import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.ops
from odc.geo.geobox import GeoBox
from shapely import affinity

import ewcm
from ewcm import pipeline
from ewcm.analysis.alerts import cells_inside
from ewcm.cli import main
from ewcm.core import work_folder
from ewcm.core.finding import Finding, Table
from ewcm.core.texts import number_text, texts_of
from ewcm.core.zones import cells_of
from ewcm.countries import LANGUAGES
from ewcm.errors import InputError, PublishError
from ewcm.report import alert_files, publish
from ewcm.report.alert_lines import alert_lines
from ewcm.settings import Settings
from tests.conftest import ROOT
from tests.made import NOWHERE, made_areas, made_data, made_grid, made_places
from tests.made_alerts import cap, info

GEOBOX = made_grid(rows=24, cols=30, step=1 / 20)  # 30.0 to 31.5 E, 0.8 to 2.0 N
AT = datetime(2026, 1, 1, tzinfo=UTC)
BOX = shapely.box(30.13, 0.97, 31.21, 1.83)


@pytest.fixture(scope="module")
def made():
    generator = np.random.default_rng(20)
    people = generator.gamma(0.5, 300, GEOBOX.shape.yx).astype(np.float32)
    covered = generator.uniform(0, 1, GEOBOX.shape.yx).astype(np.float32)
    covered[generator.uniform(size=covered.shape) < 0.3] = 0
    covered[:4] = np.nan
    west, east = shapely.box(30, 0.8, 30.7, 2), shapely.box(30.7, 0.8, 31.5, 2)
    data = made_data(
        people,
        GEOBOX,
        given={"2G": covered},
        boundaries=made_areas((1, "West", west), (1, "East", east)),
        places=made_places(("=Alpha", 1.2, 30.4), ("<b>Beta</b>", 1.5, 31.0)),
    )
    return pipeline.run(data, Settings(min_people=1))


def _text(shape):
    return " ".join(f"{lat:.17g},{lon:.17g}" for lon, lat in shapely.get_coordinates(shape))


def _answer(made, folder, *shapes, channels=None, **others):
    areas = "".join(f"<area><areaDesc>a</areaDesc><polygon>{_text(shape)}</polygon></area>" for shape in shapes)
    (folder / "alert.xml").write_text(cap(info(area=areas)))
    if channels is not None:
        (folder / "channels.toml").write_text(channels)
        others["channels"] = folder / "channels.toml"
    return ewcm.alert(folder / "alert.xml", ["UGA"], results={"UGA": made}, at=AT, **others)


def _figures(answer):
    return answer.reaches[0].figures


def _by_cell(made, shape):
    """People inside, and covered people inside, each grid cell cut with the shape on its own."""
    rows, cols = made.data.population.people.shape
    row, col = np.mgrid[0:rows, 0:cols]
    boxes = shapely.box(30 + col / 20, 2 - (row + 1) / 20, 30 + (col + 1) / 20, 2 - row / 20)
    people = made.data.population.people * shapely.area(shapely.intersection(boxes, shape)) / shapely.area(boxes)
    return people.sum(), (people * np.nan_to_num(np.asarray(made.fraction("any")))).sum()


def test_people_inside_and_reached_are_those_of_each_cell_cut_with_the_polygon(made, tmp_path):
    shape = shapely.Polygon([(30.1, 0.9), (31.3, 1.1), (30.9, 1.95), (30.5, 1.4)])
    figures = _figures(_answer(made, tmp_path, shape))
    inside, reached = _by_cell(made, shape)
    assert figures["inside"] == pytest.approx(inside, rel=1e-6)
    assert figures["channels"][0]["reached"] == pytest.approx(reached, rel=1e-4)
    all_ = figures["together"]
    assert all_["reached"] + all_["left"] + all_["unknown"] == pytest.approx(figures["inside"], rel=1e-9)
    assert all_["unknown"] > 0, "the north is unknown, not left"


def test_parts_add_up_and_ground_of_two_areas_counts_once(made, tmp_path):
    whole = _figures(_answer(made, tmp_path, BOX))
    halves = [_figures(_answer(made, tmp_path, half)) for half in shapely.get_parts(shapely.ops.split(BOX, _line()))]
    both = _figures(_answer(made, tmp_path, BOX, shapely.box(30.13, 0.97, 30.9, 1.5)))
    for key in ("reached", "left", "unknown", "reached_low", "left_high"):
        assert sum(half["together"][key] for half in halves) == pytest.approx(whole["together"][key], rel=1e-9)
        assert both["together"][key] == pytest.approx(whole["together"][key], rel=1e-9)


def _line():
    return shapely.LineString([(30, 1.11), (31.5, 1.57)])


@pytest.mark.parametrize("turn", [-360, 360])
def test_a_turn_of_the_earth_changes_nothing(made, tmp_path, turn):
    moved = _answer(made, tmp_path, affinity.translate(BOX, turn))
    assert _figures(moved)["inside"] == pytest.approx(_figures(_answer(made, tmp_path, BOX))["inside"], rel=1e-9)


def test_areas_and_places_add_up_to_the_alert(made, tmp_path):
    answer = _answer(made, tmp_path, BOX)
    table = answer.table()
    figures = _figures(answer)
    together_rows = table[table["channel"] == "together"]
    assert set(together_rows["name"]) == {"West", "East"}
    for key in ("reached", "left", "unknown"):
        assert together_rows[key].sum() == pytest.approx(figures["together"][key], rel=1e-9)
    remaining = answer.remaining()
    assert remaining["left"].sum() == pytest.approx(figures["together"]["left"], rel=1e-9)
    assert list(remaining["left"]) == sorted(remaining["left"], reverse=True)


def test_an_area_whose_code_nobody_knows_is_unknown_and_one_of_a_table_counts(made, tmp_path):
    area = "<area><areaDesc>Lake</areaDesc><geocode><valueName>UGC</valueName><value>L1</value></geocode></area>"
    (tmp_path / "alert.xml").write_text(cap(info(area=area)))
    answer = ewcm.alert(tmp_path / "alert.xml", ["UGA"], results={"UGA": made}, at=AT)
    figures = _figures(answer)
    assert (
        figures["inside"] is None
        and figures["together"]["unknown"] is figures["together"]["reached"] is None
        and figures["unknown_areas"] == ["UGC L1"]
    )
    assert "area" in [step["code"] for step in answer.summary["alerts"][0]["countries"][0]["first_steps"]]
    gpd.GeoDataFrame({"scheme": ["ugc"], "code": ["l1"]}, geometry=[BOX], crs="EPSG:4326").to_file(
        tmp_path / "codes.gpkg"
    )
    known = ewcm.alert(tmp_path / "alert.xml", ["UGA"], results={"UGA": made}, at=AT, geocodes=tmp_path / "codes.gpkg")
    assert _figures(known)["inside"] == pytest.approx(_figures(_answer(made, tmp_path, BOX))["inside"], rel=1e-9)


def test_areas_without_ground_of_an_alert_that_touches_no_country_are_named(made, tmp_path):
    publish.write(made, tmp_path / "maps" / "UGA")
    code = "<geocode><valueName>UGC</valueName><value>L1</value></geocode>"
    for area, said in (("", "Lake district"), (code, "UGC L1")):
        (tmp_path / "alert.xml").write_text(cap(info(area=f"<area><areaDesc>Lake district</areaDesc>{area}</area>")))
        answer = ewcm.alert(tmp_path / "alert.xml", maps=tmp_path / "maps", at=AT)
        assert not answer.reaches and said in alert_lines(answer)[-1]
        assert len({alert_lines(answer, language)[-1] for language in LANGUAGES}) == len(LANGUAGES)


def test_a_channel_that_lies_nowhere_in_the_country_is_said(made, tmp_path):
    turned = shapely.transform(BOX, lambda corners: corners[:, ::-1])
    gpd.GeoDataFrame(geometry=[turned], crs="EPSG:4326").to_file(tmp_path / "fm.gpkg")
    (tmp_path / "sirens.csv").write_text("lat,lon,level_db\n31,1.2,120\n")
    text = (
        '[[channel]]\nname = "FM"\npolygons = "fm.gpkg"\nshare = 1\n[[channel]]\nname = "siren"\nsites = "sirens.csv"\n'
    )
    answer = _answer(made, tmp_path, BOX, channels=text)
    steps = answer.summary["alerts"][0]["countries"][0]["first_steps"]
    assert {"code": "channels_elsewhere", "channels": ["FM", "siren"]} in steps
    assert any("FM radio, sirens. Check it" in line for line in alert_lines(answer))
    (tmp_path / "sirens.csv").write_text("lat,lon,level_db\n1.2,31,120\n")
    gpd.GeoDataFrame(geometry=[BOX], crs="EPSG:4326").to_file(tmp_path / "fm.gpkg")
    steps = _answer(made, tmp_path, BOX, channels=text).summary["alerts"][0]["countries"][0]["first_steps"]
    assert "channels_elsewhere" not in [step["code"] for step in steps]


def test_those_left_are_marked_where_they_live_and_not_at_the_place_that_names_them(tmp_path):
    people = np.zeros(GEOBOX.shape.yx, np.float32)
    people[20, 3], people[2, 27] = 900, 60  # covered at the place, and left far away from it
    people[2, [5, 26]] = 30, 10
    covered = np.ones_like(people)
    covered[2] = 0
    data = made_data(people, GEOBOX, given={"2G": covered}, places=made_places(("Alpha", 0.975, 30.175)))
    answer = _answer(pipeline.run(data, Settings(min_people=1)), tmp_path, BOX.buffer(1))
    (row,) = answer.remaining().itertuples()
    assert (row.left, row.lat, row.lon) == (pytest.approx(100), 0.975, 30.175)
    assert (row.left_lat, row.left_lon) == (pytest.approx(1.875), pytest.approx(31.375)) and row.distance_km > 100
    found = json.loads((answer.write(tmp_path / "out") / "alert.geojson").read_text())["features"][1]
    assert found["geometry"]["coordinates"] == [row.left_lon, row.left_lat] and found["properties"]["place"] == "Alpha"


MANY = """
[[channel]]
name = "cell broadcast"
technologies = ["2G"]
[[channel]]
name = "SMS"
share = [0.5, 0.6, 0.7]
messages_per_minute = 100
[[channel]]
name = "satellite"
everywhere = true
share = 0.1
[[channel]]
name = "TV"
state = "unknown"
[[channel]]
name = "siren"
sites = "sirens.csv"
[[channel]]
name = "FM"
polygons = "fm.geojson"
share = 0.8
"""


def test_channels_of_a_table_with_bounds_and_unknown_ones_that_count_nowhere(made, tmp_path):
    (tmp_path / "sirens.csv").write_text("lat,lon,level_db\n1.3,30.6,130\n")
    gpd.GeoDataFrame(geometry=[shapely.box(30.3, 1, 30.9, 1.5)], crs="EPSG:4326").to_file(tmp_path / "fm.geojson")
    figures = _figures(_answer(made, tmp_path, BOX, channels=MANY))
    channels = {each["channel"]: each for each in figures["channels"]}
    signal, broadcast, sms = (channels[name] for name in ("mobile", "cell broadcast", "SMS"))
    assert broadcast["reached_low"] == broadcast["reached"] == 0, "whose phones are on is not known"
    assert broadcast["reached_high"] == pytest.approx(signal["reached"], rel=1e-9)
    assert sms["reached"] == pytest.approx(0.6 * signal["reached"], rel=1e-4)
    assert sms["minutes_to_all"] == pytest.approx(sms["reached_high"] / 100)
    assert channels["satellite"]["reached"] == pytest.approx(0.1 * figures["inside"], rel=1e-4)
    assert channels["TV"]["reached"] is None and channels["TV"]["unknown"] == figures["inside"]
    assert 0 < channels["siren"]["reached_low"] < channels["siren"]["reached"] < channels["siren"]["reached_high"]
    assert 0 < channels["FM"]["reached"] < figures["inside"]
    all_ = figures["together"]
    assert all_["unknown_channels"] == ["TV"]
    assert all_["reached"] + all_["left"] + all_["unknown"] == pytest.approx(figures["inside"], rel=1e-9)
    assert all_["reached_low"] >= max(each["reached_low"] or 0 for each in figures["channels"])


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, ["left", "unknown", "mobile_only"]),
        ({"status": "Exercise"}, ["exercise", "left_exercise", "unknown", "mobile_only"]),
        ({"status": "Test"}, ["status"]),  # nobody is sent out for a test
        ({"status": "Réel"}, ["status_unknown"]),  # a word for Actual, or for something else
        ({"kind": "Cancel", "references": "s@x,1,2025-12-31T00:00:00Z"}, ["state_cancels"]),
        ({"kind": "Cancel"}, ["state_cancels_nothing"]),
        ({"kind": "Ack"}, ["state_answers"]),
        (
            {"status": "Exercise", "expires": "2025-12-31T00:00:00Z"},
            ["exercise", "left_exercise", "unknown", "mobile_only"],
        ),
        ({"expires": "2025-12-31T00:00:00Z"}, ["state_expired"]),
        ({"more": "<responseType>AllClear</responseType>"}, ["state_all_clear"]),
        ({"urgency": "Past"}, ["state_past"]),
        ({"scope": "Private"}, ["scope_private"]),
        ({"status": "actual", "kind": "ALERT"}, ["left", "unknown", "mobile_only"]),
        ({"more": "<onset>2026-01-02T06:00:00Z</onset>"}, ["onset", "left", "unknown", "mobile_only"]),
        ({"more": "<effective>2026-01-01T18:00:00Z</effective>"}, ["state_not_yet"]),
    ],
)
def test_what_to_do_first_fits_what_the_message_is(made, tmp_path, changes, codes):
    expires, more = changes.pop("expires", "2026-01-02T12:00:00Z"), changes.pop("more", "")
    urgency, scope = changes.pop("urgency", "Immediate"), changes.pop("scope", "Public")
    text = cap(info(polygon=_text(BOX), expires=expires).replace("<headline>", f"{more}<headline>"), **changes)
    text = text.replace("<urgency>Immediate", f"<urgency>{urgency}").replace("<scope>Public", f"<scope>{scope}")
    (tmp_path / "alert.xml").write_text(text)
    answer = ewcm.alert(tmp_path / "alert.xml", ["UGA"], results={"UGA": made}, at=AT)
    (found,) = answer.summary["alerts"][0]["countries"]
    assert [step["code"] for step in found["first_steps"]] == codes
    for step in found["first_steps"]:
        for place in step.get("places", ()):
            assert place["place"] and (place["distance_km"] is None or place["distance_km"] >= 5)
    said = alert_lines(answer, "es")
    assert any("Flood (gravedad alta, " in line and "High water" in line for line in said)
    about = [step for step in found["first_steps"] if step["code"].startswith(("state", "scope", "onset", "exercise"))]
    assert [step["code"] for step in answer.summary["alerts"][0]["first"]] in (
        [step["code"] for step in about],
        codes[:1],
    ), "the terminal says it in its language too"
    for step in about:
        begin = texts_of("alert")["es"][f"step_{step['code']}"].split("{")[0]
        assert any(begin in line for line in said), step
    assert set(answer.table().query("channel == 'together'")["state"]) == {"assumed"}


def test_an_old_alert_without_an_end_is_doubted_and_a_signal_that_holds_others_is_said(made, tmp_path):
    (tmp_path / "alert.xml").write_text(
        cap(info(polygon=_text(BOX)).replace("<expires>2026-01-02T12:00:00+03:00</expires>", ""))
    )
    (tmp_path / "channels.toml").write_text("[[channel]]\nname='SMS'\nshare=0.7\n")
    late = datetime(2026, 3, 1, tzinfo=UTC)
    answer = ewcm.alert(
        tmp_path / "alert.xml", ["UGA"], results={"UGA": made}, at=late, channels=tmp_path / "channels.toml"
    )
    steps = answer.summary["alerts"][0]["countries"][0]["first_steps"]
    assert steps[0] == {"code": "old", "sent": "2026-01-01"}
    assert {"code": "signal_holds", "channels": ["SMS"]} in steps
    assert any("holds SMS" in line for line in alert_lines(answer))


def test_a_channel_of_an_operator_of_whom_nothing_is_known_is_unknown(made, tmp_path):
    """Not 0 reached, and nobody left for want of a phone: it enters no sum and is named."""
    text = "[[channel]]\nname='cell broadcast'\ntechnologies=['2G']\noperators=['Nobody']\nshare=0.5\n"
    figures = _figures(_answer(made, tmp_path, BOX, channels=text))
    (broadcast,) = (each for each in figures["channels"] if each["channel"] == "cell broadcast")
    assert (broadcast["state"], broadcast["reached"], broadcast["left"]) == ("unknown", None, None)
    assert broadcast["unknown"] == pytest.approx(figures["inside"]) and figures["together"]["unknown_channels"]


def test_an_address_is_not_fetched_and_said_so(tmp_path):
    with pytest.raises(InputError, match="is an address, and nothing is fetched; save what it gives as a file"):
        ewcm.alert("http://127.0.0.1:9/feed.xml", maps=tmp_path)


def test_the_command_writes_safe_files_and_leaves_those_of_others_alone(made, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    about = replace(made.data, country=replace(NOWHERE, bbox=(30.0, 0.8, 31.5, 2.0)))
    publish.write(replace(made, data=about), tmp_path / "maps" / NOWHERE.iso3)
    (tmp_path / "alert.xml").write_text(
        cap(info(headline="&lt;/script>&lt;script>alert(1)&lt;/script>", polygon=_text(BOX)), status="Exercise")
    )
    assert main(["alert", "alert.xml", "--at", "2026-01-01T00:00Z"]) == 0
    said = capsys.readouterr().out
    assert "status Exercise, in force" in said and "people inside" in said
    folder = tmp_path / "alerts" / "alert"
    content = json.loads((folder / "reach.json").read_text())
    jsonschema.validate(content, json.loads((ROOT / "docs" / "reach.schema.json").read_text()))
    (country,) = content["alerts"][0]["countries"]
    assert country["iso3"] == NOWHERE.iso3 and country["first_steps"][0]["code"] == "exercise"
    rows = list(csv.DictReader((folder / "remaining.csv").open(encoding="utf-8-sig")))
    assert {"'=Alpha"} <= {row["place"] for row in rows}
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page and "<b>Beta" not in page
    markup = re.sub(r"<script.*?</script>", "", page, flags=re.S)  # Leaflet's own script names its home
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", markup) and "default-src 'none'" in markup
    features = json.loads((folder / "alert.geojson").read_text())["features"]
    assert shapely.from_geojson(json.dumps(features[0]["geometry"])).equals(BOX)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert main(["alert", "alert.xml", "--at", "2026-01-01T00:00Z"]) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before, "the same bytes a second time"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "index.html").write_text("mine")
    assert main(["alert", "alert.xml", "--output", "other"]) == 2
    assert (tmp_path / "other" / "index.html").read_text() == "mine"
    assert main(["alert", "missing.xml"]) == 2 and main(["alert", "alert.xml", "--at", "soon"]) == 2
    turned = " ".join(",".join(reversed(corner.split(","))) for corner in _text(BOX).split())
    (tmp_path / "turned.xml").write_text(cap(info(polygon=turned)))
    assert main(["alert", "turned.xml"]) == 0
    assert f"with latitude and longitude exchanged it would lie in or near {NOWHERE.iso3}" in capsys.readouterr().out
    asked = ewcm.alert("turned.xml", ["UGA"], results={"UGA": made}, at=AT)
    assert any("con latitud y longitud intercambiadas" in line for line in alert_lines(asked, "es"))
    assert asked.summary["alerts"][0]["countries"][0]["first_steps"][-1] == {"code": "exchanged"}
    far = cap(info(polygon="60,10 60,11 61,11 60,10"))
    (tmp_path / "far.xml").write_text(far)
    assert main(["alert", "far.xml"]) == 0
    assert "touches no published country" in capsys.readouterr().out
    # A folder of one country serves as well as one of several, and of a country that it does not touch nobody is inside.
    assert main(["alert", "alert.xml", "--results", f"maps/{NOWHERE.iso3}", "--at", "2026-01-01T00:00Z"]) == 0
    assert "people inside" in capsys.readouterr().out
    (figures,) = ewcm.alert("far.xml", ["UGA"], results={"UGA": made}, at=AT).summary["alerts"][0]["countries"]
    assert [figures["together"][name] for name in ("reached", "left", "unknown")] == [0, 0, 0]
    assert main(["alert", "far.xml", "KEN", "--results", f"maps/{NOWHERE.iso3}"]) == 2
    assert "not KEN; name the other" in capsys.readouterr().err


def test_a_place_of_somebody_else_is_refused(made, tmp_path):
    answer = _answer(made, tmp_path, BOX)
    (tmp_path / "file").write_text("x")
    with pytest.raises(PublishError):
        answer.write(tmp_path / "file")


def test_an_answer_that_was_killed_is_written_by_the_next(made, tmp_path, monkeypatch):
    """Files were written one by one, reach.json last: without it the next answer took the page for somebody else's."""
    answer, place = _answer(made, tmp_path, BOX), tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(alert_files, "render_alerts", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            answer.write(place)
        assert list(place.iterdir()) == []
    moved = []

    def killed_after_the_first(part, target):
        if moved:
            raise KeyboardInterrupt
        moved.append(target.name)
        part.replace(target)

    with monkeypatch.context() as patch:
        patch.setattr(alert_files, "put_in_place", killed_after_the_first)
        with pytest.raises(KeyboardInterrupt):
            answer.write(place)
    (place / ".alert.new-0a1b2c3d").mkdir()
    work_folder.mark(place / ".alert.new-0a1b2c3d")
    answer.write(place)
    assert {path.name for path in place.iterdir()} == {name for name in alert_files.OUTPUTS if "after_loss" not in name}


def test_people_of_cells_are_not_lost_at_the_edge_of_the_grid(made):
    wide = shapely.box(-100, -50, 100, 50)
    cells = cells_inside([wide], made.data.population.people.ravel().take, GEOBOX)
    assert cells.inside == pytest.approx(float(made.data.population.people.sum(dtype=np.float64)), rel=1e-9)


def test_points_of_interest_among_those_left_are_listed_and_places_still_add_up(made, tmp_path):
    frame = pd.DataFrame(
        {
            "point_id": ["a", "b", "c", "d"],
            "name": ["School", "Clinic", "Far", "North"],
            "kind": ["school", "health", "school", "school"],
            "lat": [1.22, 1.61, 0.85, 1.99],
            "lon": [30.42, 30.93, 30.02, 30.6],
        }
    )
    with_points = made.with_finding(Finding("points", tables=(Table("points", frame),)))
    (answer,) = ewcm.alert(_file(tmp_path, BOX), ["UGA"], results={"UGA": with_points}, at=AT).reaches
    listed = answer.points
    assert not {"Far", "North"} & set(listed["place"]), "outside the alert"
    for row in listed.itertuples():
        col, line = int((row.lon - 30) * 20), int((2 - row.lat) * 20)
        box = shapely.box(30 + col / 20, 2 - (line + 1) / 20, 30 + (col + 1) / 20, 2 - line / 20)
        inside = made.data.population.people[line, col] * (box & BOX).area / box.area
        uncovered = 1 - float(np.nan_to_num(np.asarray(made.fraction("any"))[line, col]))
        assert row.inside == pytest.approx(inside, rel=1e-6) and row.left == pytest.approx(inside * uncovered, rel=1e-3)
    assert list(listed["left"]) == sorted(listed["left"], reverse=True)
    places = answer.remaining
    assert set(places["kind"]) == {"place"}
    assert places["left"].sum() == pytest.approx(answer.figures["together"]["left"], rel=1e-9)


def test_a_clinic_among_people_who_are_covered_is_not_among_those_left(made, tmp_path):
    """That some of the people around it are left does not make the clinic one of those left."""
    line, col = np.indices(GEOBOX.shape.yx).reshape(2, -1)
    lat, lon = 2 - (line + 0.5) / 20, 30 + (col + 0.5) / 20
    frame = pd.DataFrame({"point_id": col, "name": "x", "kind": "clinic", "lat": lat, "lon": lon})
    with_points = made.with_finding(Finding("points", tables=(Table("points", frame),)))
    (answer,) = ewcm.alert(_file(tmp_path, BOX), ["UGA"], results={"UGA": with_points}, at=AT).reaches
    inside = shapely.contains_xy(BOX, lon, lat) & (made.data.population.people.ravel() > 0)
    covered = np.nan_to_num(np.asarray(made.fraction("any"))).ravel()
    assert ((covered > 0.5) & (covered < 1) & inside).any()
    assert len(answer.points) == ((covered <= 0.5) & inside).sum()


def _file(folder, shape):
    (folder / "alert.xml").write_text(
        cap(info(area=f"<area><areaDesc>a</areaDesc><polygon>{_text(shape)}</polygon></area>"))
    )
    return folder / "alert.xml"


def test_two_alerts_of_one_identifier_keep_their_own_ground_rows_and_page(made, tmp_path):
    west, east = shapely.box(30.1, 1, 30.5, 1.5), shapely.box(30.8, 1, 31.3, 1.5)
    for name, shape in (("a@x", west), ("b@x", east)):
        text = cap(info(polygon=_text(shape)), identifier="1").replace("s@x", name)
        (tmp_path / f"{name}.xml").write_text(text)
    answer = ewcm.alert(tmp_path, ["UGA"], results={"UGA": made}, at=AT)
    rows = answer.table().query("channel == 'together'").groupby(["identifier", "sender", "sent"])["inside"].sum()
    assert rows.loc[("1", "a@x", "2026-01-01T00:00:00Z")] == pytest.approx(_by_cell(made, west)[0], rel=1e-6)
    assert rows.loc[("1", "b@x", "2026-01-01T00:00:00Z")] == pytest.approx(_by_cell(made, east)[0], rel=1e-6)
    page = (answer.write(tmp_path / "out") / "index.html").read_text(encoding="utf-8")
    alerts = json.loads(re.search(r'id="page-data"[^>]*>(.*?)</script>', page, re.S)[1])["alerts"]
    grounds = [alert["countries"][0]["ground"] for alert in alerts]
    assert [alert["sender"] for alert in alerts] == ["a@x", "b@x"] and grounds[0] != grounds[1]
    features = json.loads((tmp_path / "out" / "alert.geojson").read_text())["features"]
    ground = {
        each["properties"]["sender"]: each["geometry"] for each in features if each["properties"]["kind"] == "alert"
    }
    assert shapely.from_geojson(json.dumps(ground["b@x"])).equals(east)


def test_ground_of_events_that_are_over_is_not_counted_and_that_is_said(made, tmp_path):
    rest = shapely.box(30.8, 1, 31.3, 1.5)
    over = info(polygon=_text(BOX), event="Wind", expires="2025-12-31T00:00:00Z")
    clear = info(polygon=_text(BOX), event="Rain").replace(
        "<urgency>", "<responseType>AllClear</responseType><urgency>"
    )
    (tmp_path / "alert.xml").write_text(cap(info(polygon=_text(rest)) + over + clear))
    answer = ewcm.alert(tmp_path / "alert.xml", ["UGA"], results={"UGA": made}, at=AT)
    figures = _figures(answer)
    assert figures["inside"] == pytest.approx(_by_cell(made, rest)[0], rel=1e-6)
    assert [(event["state"], event["counted"]) for event in figures["events"]] == [
        ("in force", True), ("expired", False), ("all clear", False),
    ]  # fmt: skip
    assert any("2 of 3 events have expired or are over" in line for line in alert_lines(answer))


def test_a_circle_longer_than_the_country_is_asked_about_first(made, tmp_path):
    area = "<area><areaDesc>Town</areaDesc><circle>1.4,30.7 {}</circle></area>"
    for radius, codes in ((300, ["circle", "left"]), (100, ["left", "unknown"])):
        (tmp_path / "alert.xml").write_text(cap(info(area=area.format(radius))))
        answer = ewcm.alert(tmp_path / "alert.xml", ["UGA"], results={"UGA": made}, at=AT)
        steps = answer.summary["alerts"][0]["countries"][0]["first_steps"]
        assert [step["code"] for step in steps][:2] == codes
    assert not any("metres were meant" in line for line in alert_lines(answer))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_terminal_speaks_the_language_of_its_user(made, tmp_path, language):
    answer = _answer(made, tmp_path, BOX)
    words = texts_of("alert")[language]
    lines = alert_lines(answer, language)
    assert words["channel_mobile"] in lines[3] and number_text(_figures(answer)["inside"], language) in lines[2]
    assert made.data.country.names[language] in lines[2]
    assert not any("{" in line for line in lines)


def test_an_event_is_called_as_the_alert_calls_it_in_the_language_of_the_reader(made, tmp_path):
    blocks = {"en-VU": "Tropical Cyclone", "bis-VU": "Saeklon", "fra-VU": "Cyclone tropical", "est": "Torm"}
    infos = [info(language=code, event=event, headline=f"{event} PAM") for code, event in blocks.items()]
    (tmp_path / "alert.xml").write_text(cap("".join(infos)))
    answer = ewcm.alert(tmp_path / "alert.xml", ["UGA"], results={"UGA": made}, at=AT)
    (event,) = answer.summary["alerts"][0]["events"]
    assert event["event"] == "Tropical Cyclone" and event["event_in"] == blocks
    for language, own in (("fr", "Cyclone tropical"), ("en", "Tropical Cyclone"), ("es", "Tropical Cyclone")):
        line = alert_lines(answer, language)[1]
        assert own in line and f"{own} PAM" in line


def test_sums_need_no_compiled_kernel(made, tmp_path):
    """What an alert sums without numba is what the kernels sum."""
    shape = shapely.Polygon([(30.1, 0.9), (31.3, 1.1), (30.9, 1.95), (30.5, 1.4)])
    people, geobox = made.data.population.people, made.geobox
    cells = cells_inside([shape], people.ravel().take, geobox)
    (found,) = cells_of(shape, geobox)
    assert np.array_equal(cells.cell, found[0])
    assert np.allclose(cells.people, people.reshape(-1)[found[0]] * found[1], rtol=1e-12, atol=1e-12)
    zones, places = made.areas_of(cells.cell)
    part, whole = zones.shares_of(places), made.zones[-1].shares_of(cells.cell)
    assert np.allclose(part.sort_values("cell")["share"], whole.sort_values("cell")["share"])
    assert list(part.sort_values(["cell", "area"])["area"]) == list(whole.sort_values(["cell", "area"])["area"])


def test_an_alert_does_not_wait_for_numba_to_load(made, tmp_path):
    """It takes longer to load than the alert to answer."""
    publish.write(made, tmp_path / "UGA")
    (tmp_path / "alert.xml").write_text(cap(info(polygon=_text(BOX))))
    code = "import sys; from ewcm.cli import main; main(sys.argv[1:]); sys.exit('numba' in sys.modules)"
    command = [
        "alert",
        str(tmp_path / "alert.xml"),
        "UGA",
        "--results",
        str(tmp_path),
        "--output",
        str(tmp_path / "out"),
    ]
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.real
def test_the_97_alerts_on_cities_give_people_by_points_in_polygons(real_data, tmp_path):
    """Each box alert on a real grid of Uganda: people by centres of finely divided cells."""
    import zipfile

    import rasterio

    from ewcm.sources.alert_files import read_alerts

    source = real_data / "UGA" / "uga_ppp_2020_1km_Aggregated_UNadj.tif"
    packed = real_data.parent / "hazards" / "cap" / "fah" / "fah_areas_33.zip"
    if not source.is_file() or not packed.is_file():
        pytest.skip("no real data here")
    zipfile.ZipFile(packed).extractall(tmp_path)
    alerts = read_alerts(tmp_path).alerts
    assert len(alerts) == 97
    with rasterio.open(source) as dataset:
        geobox = GeoBox(dataset.shape, dataset.transform, str(dataset.crs))
        people = np.where(dataset.read(1) == dataset.nodata, np.nan, dataset.read(1))
    offset, seen = (np.arange(8) + 0.5) / 8, 0
    for alert in alerts:
        (area,) = alert.groups[0].areas
        cells = cells_inside([area.shape], people.ravel().take, geobox)
        if not cells.cell.size:
            continue
        seen += 1
        row, col = np.divmod(np.unique(cells.cell), people.shape[1])
        near = slice(max(row.min() - 1, 0), row.max() + 2), slice(max(col.min() - 1, 0), col.max() + 2)
        rows, cols = np.mgrid[near]
        expected = 0.0
        for y in offset:
            for x in offset:
                lon, lat = geobox.affine @ (cols + x, rows + y)
                expected += np.nansum(people[near] * shapely.contains_xy(area.shape, lon, lat)) / 64
        assert cells.inside == pytest.approx(expected, rel=0.01), alert.identifier
    assert seen >= 3


def test_a_terminal_says_how_long_sms_take_and_of_which_channel_nothing_is_known(made, tmp_path):
    channels = '[[channel]]\nname = "SMS"\nshare = 0.5\nmessages_per_minute = 100\n[[channel]]\nname = "TV"\nstate = "unknown"\n'
    answer = _answer(made, tmp_path, BOX, channels=channels)
    sms = next(one for one in _figures(answer)["channels"] if one["channel"] == "SMS")
    lines = "\n".join(alert_lines(answer))
    assert f"(sent to all in {math.ceil(sms['reached_high'] / 100):,} minutes at the rate that was given)" in lines
    assert "television: whom it reaches is not known" in lines and "unknown reached" not in lines
