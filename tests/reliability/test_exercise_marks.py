"""What is made up for an exercise: every title, sentence and file says so, and nobody takes it for the real country."""

import csv
import json
import re

import matplotlib.image
import numpy as np
import openpyxl
import pytest
import rasterio

import ewcm
from ewcm.cli import main
from ewcm.core.texts import analyses, texts_of
from ewcm.countries import country as registered
from ewcm.countries import made_up
from ewcm.errors import InputError, one_line
from ewcm.inputs.find import Inputs, refuse_starter_in_place_of
from ewcm.report.webmap.atlas import render_atlas
from ewcm.report.webmap.page import strings
from ewcm.settings import Settings
from tests.reliability.files import country

ISO3 = "COM"
NAME = "Comoros (exercise, made-up data)"


def folder_of(place, *, made):
    country(place, tables='[[sites]]\npath = "s.csv"', west=43.3, north=-11.5)
    (place / "s.csv").write_text("site_id,lat,lon,technology\nA,-11.55,43.35,2G\n")
    if made:
        with rasterio.open(place / "people.tif", "r+") as target:
            target.update_tags(data_grade="Exercise")
    return place


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """An exercise and the same files without the mark, each published."""
    place, found = tmp_path_factory.mktemp("exercise"), {}
    for made in (True, False):
        inputs = folder_of(place / f"inputs_{made}", made=made)
        found[made] = ewcm.run(ISO3, inputs=inputs, settings=Settings(min_people=0.0)).write(place / f"maps_{made}")
    return found


def test_the_mark_is_in_every_file(published):
    folder = published[True]
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            assert "data_grade" in rows.fieldnames and {row["data_grade"] for row in rows} <= {"exercise"}, path.name
    sheet = openpyxl.load_workbook(folder / "tables.xlsx")["Summary"]
    cells = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
    assert f"{NAME} ({ISO3})" in cells and any(str(cell).startswith("EXERCISE: made-up data") for cell in cells)
    for path in folder.glob("*.tif"):
        with rasterio.open(path) as source:
            assert source.tags()["data_grade"] == "exercise", path.name
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["data_grade"] == "exercise" and summary["exercise"] is True and summary["starter"] is False
    assert summary["name"] == NAME and summary["caveats"][0]["code"] == "exercise"
    assert not any(summary["official"].values())  # what was reported of the real people is not set beside made ones
    html = (folder / "index.html").read_text(encoding="utf-8")
    held = json.loads(re.search(r'<script type="application/json" id="page-data">(.*?)</script>', html, re.DOTALL)[1])
    assert held["summary"]["exercise"] is True and "données inventées" in held["summary"]["names"]["fr"]
    top = matplotlib.image.imread(folder / "overview.png")[2, :, :3]
    assert np.abs(top - np.array([0xFF, 0xC1, 0x07]) / 255).max() < 0.01  # the warning band
    assert '"grade":"exercise"' in render_atlas([summary]) and all(
        "grade_exercise" in words for words in strings().values()
    )
    own = json.loads((published[False] / "summary.json").read_text(encoding="utf-8"))
    assert own["data_grade"] == "user" and own["exercise"] is False and own["name"] == "Comoros"


def test_what_is_made_from_it_is_marked_too(published, tmp_path, capsys):
    """Opened again, as people of another run, compared with the real country, and in the place of a real one."""
    again = ewcm.open_result(published[True])
    assert (
        again.data.grade == "exercise"
        and again.data.country.name == NAME
        and again.to_xarray().attrs["data_grade"] == "exercise"
    )
    assert made_up(again.data.country) == again.data.country  # said once
    inputs = country(tmp_path / "again", west=43.3, north=-11.5)
    (inputs / "people.tif").write_bytes((published[True] / "reach.tif").read_bytes())
    assert main(["check", ISO3, "--inputs", str(inputs)]) == 0
    assert capsys.readouterr().out.startswith(f"{ISO3} {NAME}")
    pair = [str(published[True]), str(published[False])]
    for first, second in (pair, pair[::-1]):
        assert main(["compare", first, second, "--output", str(tmp_path / "out")]) == 2
        assert "is made up for an exercise and the other is not" in capsys.readouterr().err
        assert (
            main(["compare", first, second, "--difference", "--output", str(tmp_path / "out"), "--language", "en"]) == 0
        )
        assert NAME in capsys.readouterr().out
        assert json.loads((tmp_path / "out" / "compare.json").read_text())["data_grade"] == "exercise"
    with pytest.raises(InputError, match="which are not there now"):
        refuse_starter_in_place_of(Inputs(registered(ISO3), None), "maps/COM", "exercise")


def test_answers_and_sheets_made_of_it_begin_with_the_mark(published, tmp_path, capsys):
    """A plan, a loss, an alert and sheets of areas had no banner: only the country's name said it."""
    folder, lost = str(published[True].parent), tmp_path / "lost.csv"
    maps = tmp_path / "maps"
    maps.mkdir()
    (maps / ISO3).symlink_to(published[True])
    lost.write_text("site_id\nA\n")
    times = "2026-01-01T00:00:00Z"
    (tmp_path / "alert.xml").write_text(
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>1</identifier><sender>x</sender>'
        f"<sent>{times}</sent><status>Exercise</status><msgType>Alert</msgType><scope>Public</scope><info><category>Met</category>"
        "<event>Cyclone</event><urgency>Immediate</urgency><severity>Severe</severity><certainty>Likely</certainty><area>"
        "<areaDesc>x</areaDesc><polygon>-12,43 -11,43 -11,44 -12,44 -12,43</polygon></area></info></alert>"
    )
    for language in ("fr", "ar"):
        banner = strings()[language]["made_up_banner"]
        short = strings()[language]["made_up_short"]
        common = ["--results", str(maps), "--language", language]
        out = tmp_path / language
        assert main(["plan", ISO3, "--towers", "1", *common, "--output", str(out / "plan")]) == 0
        assert one_line(banner, 1000) in capsys.readouterr().out
        held = page_data((out / "plan" / "plan.html").read_text(encoding="utf-8"))
        assert held["grade"] == "exercise" and held["strings"][language]["made_up_banner"] == banner
        assert len({held["strings"][code]["made_up_banner"] for code in strings()}) == 5
        assert main(["loss", ISO3, "--sites", str(lost), *common, "--output", str(out / "loss")]) == 0
        assert one_line(banner, 1000) in capsys.readouterr().out
        assert f'<body><p class="starter">{banner}</p>' in (out / "loss" / "loss.html").read_text(encoding="utf-8")
        assert main(["brief", ISO3, *common, "--no-pdf", "--output", str(out / "brief")]) == 0
        assert capsys.readouterr().out.startswith(one_line(short))
        assert main(["alert", str(tmp_path / "alert.xml"), *common, "--output", str(out / "alert")]) == 0
        assert one_line(short).split(":")[0].strip() in capsys.readouterr().out
        held = page_data((out / "alert" / "index.html").read_text(encoding="utf-8"))
        assert held["alerts"][0]["countries"][0]["data_grade"] == "exercise"
    # A folder of several countries, or of another one, is told apart.
    assert main(["loss", "VUT", "--sites", str(lost), "--results", str(maps)]) == 2
    assert f"holds no published VUT; it has {ISO3}. Run it first: ewcm run VUT" in capsys.readouterr().err
    assert main(["loss", "VUT", "--sites", str(lost), "--results", folder + "/none"]) == 2
    assert "UGA" not in capsys.readouterr().err


def test_starter_data_has_one_name_in_each_language():
    own = {
        "en": "STARTER DATA",
        "fr": "DONNÉES DE DÉPART (STARTER DATA)",
        "es": "DATOS INICIALES (STARTER DATA)",
        "pt": "DADOS INICIAIS (STARTER DATA)",
        "ar": "بيانات أولية (STARTER DATA)",
    }
    for analysis in analyses():
        texts = texts_of(analysis)
        for key, text in texts["en"].items():
            for language in texts if "STARTER DATA" in text and analysis != "slide" else ():
                told = texts[language].get(key, own[language])
                # Arabic has the article in running text.
                assert own[language] in told or (language == "ar" and "(STARTER DATA)" in told), (
                    analysis,
                    key,
                    language,
                )


def page_data(html):
    return json.loads(re.search(r'<script type="application/json" id="page-data">(.*?)</script>', html, re.DOTALL)[1])


MARKED_SITES = "site_id,lat,lon,technology,data_grade\nA,-11.55,43.35,2G,exercise\n"
MADE_AREA = {
    "type": "Feature",
    "properties": {"name": "Made", "data_grade": "exercise"},
    "geometry": {"type": "Polygon", "coordinates": [[[43.2, -12], [44, -12], [44, -11.4], [43.2, -11.4], [43.2, -12]]]},
}


def as_a_list_of_sites(folder):
    (folder / "s.csv").write_text(MARKED_SITES)


def as_sites_in_a_layer(folder):
    (folder / "s.csv").unlink()
    site = {
        "type": "Feature",
        "properties": {"site_id": "A", "technology": "2G", "data_grade": "exercise"},
        "geometry": {"type": "Point", "coordinates": [43.35, -11.55]},
    }
    (folder / "s.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [site]}))
    toml = folder / "inputs.toml"
    toml.write_text(toml.read_text().replace("s.csv", "s.geojson"))


def as_outlines(folder):
    (folder / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [MADE_AREA]}))
    with (folder / "inputs.toml").open("a") as stream:
        stream.write('\n[[boundaries]]\npath = "areas.geojson"\nlevel = 1\n')


def as_declared_coverage(folder):
    (folder / "covered.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [MADE_AREA]}))
    with (folder / "inputs.toml").open("a") as stream:
        stream.write('\n[[coverage]]\npath = "covered.geojson"\ntechnology = "4G"\n')


@pytest.mark.parametrize("made", [as_a_list_of_sites, as_sites_in_a_layer, as_outlines, as_declared_coverage])
def test_made_files_of_any_kind_beside_real_people_make_an_exercise(tmp_path, capsys, made):
    """Only a raster of people carried the mark: a made network beside the real people came out as the real country."""
    folder = folder_of(tmp_path / ISO3, made=False)
    made(folder)
    assert main(["check", ISO3, "--inputs", str(folder), "--json"]) == 0
    assert "made up for an exercise (data_grade)" in capsys.readouterr().out
    result = ewcm.run(ISO3, inputs=folder)
    assert result.data.grade == "exercise" and result.data.country.name == NAME
    assert result.summary["caveats"][0]["code"] == "exercise" and not any(result.summary["official"].values())
