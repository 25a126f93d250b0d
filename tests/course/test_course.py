"""The course: the same files each time, words in five languages, commands that exist, and every figure followed to its run."""

import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio

from ewcm.cli import main, make_parser
from ewcm.countries import LANGUAGES
from ewcm.course import files
from ewcm.course.folder import KINDS, MAPS, NAMES, Figures, make_exercise_files, texts
from ewcm.errors import EwcmError, InputError
from ewcm.report.course_pages import HALVES, sheets_page, slides_page, start_page
from tests.conftest import ROOT
from tests.docs.test_pages import EXPECTATION

PAGES = {name: (ROOT / "docs" / "training" / f"{name}.md").read_text(encoding="utf-8") for name in ("index", *HALVES)}
#: How the names of figures begin that are told with two figures.
ROUGH = ("mast_", "plan_served")
BLANK = re.compile(r"\{(\w+)\}")


def figures_of_the_answers():
    """The names of all figures that answers hold."""
    tasks = [task for half in HALVES for task in texts()["en"][half]["exercises"]]
    return {name for task in tasks for name in BLANK.findall(task["answer"])}


def made_figures():
    """A figure for every blank."""
    shares, decibels = {"pack_share"}, {"rms_before", "rms_after", "offset"}
    words = {"pack_first", "pack_share_area", "north_first"}
    rough = {name for name in figures_of_the_answers() if name.startswith(ROUGH)}
    people = figures_of_the_answers() - shares - decibels - words - rough
    return Figures(
        people=dict.fromkeys(people, 1234.4),
        rough=dict.fromkeys(rough, 12_345.0),
        shares=dict.fromkeys(shares, 0.1234),
        decibels=dict.fromkeys(decibels, -11.78),
        words=dict.fromkeys(words, "<b>Nord & Sud</b>"),
    )


def commands_in(text):
    """The commands that a page of documentation shows, each with the lines that it must print."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("course")
    make_exercise_files(place)
    return place


def test_the_files_are_the_same_each_time(folder, tmp_path):
    again = make_exercise_files(tmp_path)
    written = sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert len(written) == 14
    for path in written:
        assert (again / path).read_bytes() == (folder / "files" / path).read_bytes(), path
    assert files.noise(3, 1).tolist() == [0.2751587900443765, 0.6351971772318604, 0.9081643891741809]
    assert float(files.people().sum(dtype=np.float64)) == 1_006_068
    with rasterio.open(again / "mended" / "UGA" / "terrain.tif") as terrain:
        assert terrain.read(1).tolist() == files.terrain().tolist() and files.terrain().min() == 934


def test_faults_of_the_first_list_are_counted_and_said(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    (first, _) = (each for each in commands_in(PAGES["analysts"]) if each[0].startswith("ewcm check"))
    assert main(shlex.split(first[0])[1:]) == 1
    said = capsys.readouterr().out
    for line in first[1]:
        assert line in said, line


def test_every_made_file_carries_the_mark(folder):
    """A site list of the course beside the real people is no real network."""
    for state in ("first", "mended"):
        place = folder / "files" / state / "UGA"
        for name in ("nile_mobile.csv", "lake_telecom.csv"):
            heading, *rows = (place / name).read_text(encoding="cp1252").splitlines()
            assert heading.endswith("data_grade") and all(row.endswith("exercise") for row in rows), name
        districts = json.loads((place / "districts.geojson").read_text(encoding="utf-8"))
        assert {one["properties"]["data_grade"] for one in districts["features"]} == {"exercise"}


def test_files_that_are_there_already_stay(folder, tmp_path, capsys):
    with pytest.raises(InputError, match="is there already"):
        make_exercise_files(folder)
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["course", str(tmp_path), "--quiet"]) == 2
    assert "holds files that are not a course's (mine.txt)" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_slide_and_exercise(language):
    english, own = texts()["en"], texts()[language]
    assert own.keys() == english.keys()
    for half in HALVES:
        for kind in ("slides", "exercises"):
            assert len(own[half][kind]) == len(english[half][kind])
        for mine, theirs in zip(own[half]["slides"], english[half]["slides"], strict=True):
            assert mine["title"] and len(mine["points"]) == len(theirs["points"])
        for mine, theirs in zip(own[half]["exercises"], english[half]["exercises"], strict=True):
            assert sorted(BLANK.findall(mine["answer"])) == sorted(BLANK.findall(theirs["answer"]))
            typed = [
                [line for line in each["question"].split("\n") if line.startswith("ewcm ")] for each in (mine, theirs)
            ]
            assert typed[0] == typed[1]
    text = json.dumps(own, ensure_ascii=False)
    assert re.search(EXPECTATION, text, re.IGNORECASE) is None
    if language != "en":
        flat = json.dumps(english, ensure_ascii=False)
        for half in HALVES:
            assert not [slide["title"] for slide in own[half]["slides"] if f'"{slide["title"]}"' in flat]


def test_commands_of_sheets_and_pages_are_those_of_the_engine():
    typed = {
        line
        for half in HALVES
        for task in texts()["en"][half]["exercises"]
        for line in task["question"].split("\n")
        if line.startswith("ewcm ")
    }
    shown = [command for text in PAGES.values() for command, _ in commands_in(text)]
    for command in (*typed, *(one for one in shown if one.startswith("ewcm "))):
        make_parser().parse_args(shlex.split(command)[1:])
    # The page says in which language the terminal answers, which a reader leaves to it.
    assert typed <= {command.replace(" --language en", "") for command in shown}


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_hold_every_word_and_no_blank(language):
    words, figures = texts()[language], made_figures()
    pages = [
        slides_page(words, language),
        sheets_page(words, language),
        sheets_page(words, language, figures.in_language(language)),
    ]
    for page in pages:
        assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page
        assert not re.search(r"\{\w+\}", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))
        assert "<script" not in page and "http:" not in page and "https:" not in page
    assert pages[0].count('class="slide') == 16
    assert pages[1].count('class="lines"') == 12 == pages[2].count('class="answer"')
    assert "&lt;b&gt;Nord &amp; Sud&lt;/b&gt;" in pages[2] and "<b>" not in pages[2]
    number = {"fr": "1\u00a0234", "es": "1\u00a0234", "pt": "1\u00a0234"}.get(language, "1,234")
    assert number in pages[2] and ("−11,8" if language in ("fr", "es", "pt") else "−11.8") in pages[2]


def test_the_start_page_leads_to_files_of_the_folder():
    page = start_page(texts(), MAPS)
    targets = {target.partition("#")[0] for target in re.findall(r'href="([^"]+)"', page)} - {"data:,"}
    assert targets == {f"{kind}-{language}.html" for kind in KINDS for language in LANGUAGES} | {
        "files/",
        *(path for path, _ in MAPS),
    }
    assert {target.split("/")[0] for target in targets} <= set(NAMES)
    assert not [
        target for target in targets if "answers" in target or "trainer" in target
    ]  # who learns is not led there


def test_the_pages_give_a_figure_for_every_blank():
    rows = re.findall(r"^\| \d \| .+? \| `(\w+)` \|$", PAGES["regulators"] + PAGES["analysts"], re.MULTILINE)
    assert sorted(rows) == sorted(figures_of_the_answers())


def as_written(name, value):
    """A figure of course.json as the pages of documentation write it."""
    if isinstance(value, str):
        return value
    if name == "pack_share":
        return f"{100 * value:.1f} %"
    if name in ("rms_before", "rms_after", "offset"):
        return f"{value:.1f}".replace("-", "−")
    return f"{float(f'{value:.2g}') if name.startswith(ROUGH) else value:,.0f}"


@pytest.mark.long
def test_the_course_from_its_first_page_to_its_last(tmp_path, monkeypatch, capsys):
    """Every command of the pages in their order, in the folder that is handed out; every line and figure that they show."""
    monkeypatch.chdir(tmp_path)
    assert main(["course", "course", "--quiet"]) == 0
    assert {path.name for path in (tmp_path / "course").iterdir()} == set(NAMES)
    figures = json.loads((tmp_path / "course" / "course.json").read_text(encoding="utf-8"))["figures"]
    answers = (tmp_path / "course" / "trainer" / "answers-fr.html").read_text(encoding="utf-8")
    assert f"{figures['mast_out']:,.0f}"[:2] in answers
    for name in ("mast_out", "mast_low", "mast_high"):
        told = {float(f"{figures[name] * (1 + part):.2g}") for part in (-0.005, 0.0, 0.005)}
        assert len(told) == 1, name  # as the page says it, which counts to a half of a per cent
    shown = re.findall(r"^\| \d \| (.+?) \| `(\w+)` \|$", PAGES["regulators"] + PAGES["analysts"], re.MULTILINE)
    assert {name: text for text, name in shown} == {name: as_written(name, figures[name]) for _, name in shown}
    monkeypatch.chdir(tmp_path / "course")
    for command, lines in commands_in(PAGES["analysts"]):
        if command.startswith("cat "):
            source, _, target = command.removeprefix("cat ").partition(" >> ")
            with Path(target).open("a", encoding="utf-8") as file:
                file.write(Path(source).read_text(encoding="utf-8"))
            continue
        status = main(shlex.split(command)[1:])
        assert status == (1 if "--strict" in command else 0), command
        said = capsys.readouterr().out
        for line in lines:
            assert line in said, (command, line)
    # Where somebody has worked, nothing is made anew.
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EwcmError, match="holds files that are not a course's"):
        main(["course", "course", "--quiet", "--debug"])
    shutil.rmtree(tmp_path / "course")
