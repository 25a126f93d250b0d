"""The documentation as a site: built without a network, every link leads somewhere, and no page asks anybody for anything."""

import json
import os
import re
import subprocess
import sys

import pytest

from ewcm.cli import main
from ewcm.documentation.commands import commands
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    nobody = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **nobody}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr  # a broken link, or a page that is in no menu
    return folder


def test_the_site_has_a_tutorial_for_each_user_and_the_pages_made_from_code(site):
    for name in ("ministry", "training_room", "batch_operator"):
        assert (site / "tutorials" / f"{name}.html").is_file()
    for name in ("operator_files", "after_a_cyclone", "cluster", "any_country"):
        assert (site / "howto" / f"{name}.html").is_file()
    assert 'id="exit-status"' in (site / "commands.html").read_text(encoding="utf-8")
    assert (site / "tutorials" / "own_population.ipynb").is_file()


def test_no_page_loads_anything_from_elsewhere(site):
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        found = re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"'](?:https?:)?//[^\"']+", text)
        assert found == [], path.name


def test_every_command_and_option_that_the_pages_name_is_there():
    """In blocks of code and in quoted commands: a tutorial whose command is refused helps nobody."""
    from ewcm.cli import make_parser

    known = commands(make_parser())
    names = set(re.findall(r"^## ewcm (\w+(?: \w+)?)$", known, re.MULTILINE))
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    for path in pages:
        text = path.read_text(encoding="utf-8")
        quoted = re.findall(r"`(?:\S*/)?ewcm ([a-z][^\s`]*)", text)
        for block in re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            quoted += re.findall(r"^\s*(?:\$ )?(?:\S*/)?ewcm ([a-z]\S*)", block, re.MULTILINE)
        assert set(quoted) - {name.split()[0] for name in names} == set(), path.name
        for name, rest in re.findall(r"(?:^|`|/)ewcm ([a-z]+)((?: [^`\n#]*)?)", text, re.MULTILINE):
            below = f"{name} {(rest.split() or [''])[0]}"
            name = below if below in names else name
            if name in names:
                section = known.split(f"## ewcm {name}\n")[1].split("\n## ")[0]
                for option in re.findall(r"(?<= )--[a-z-]+", rest):
                    assert f"`{option}" in section or f", {option}" in section, f"{path.name}: ewcm {name} {option}"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_what_a_shell_needs(shell, capsys):
    assert main(["completion", shell]) == 0
    assert "_ARGCOMPLETE" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ewcm ch", "check"),
        ("ewcm run UG", "UGA"),
        ("ewcm batch --rep", "--report"),
        ("ewcm run UGA --inputs my_", "my_files"),
    ],
)
def test_a_shell_that_asks_is_answered(line, expected, tmp_path):
    """Asked as bash does: the answer comes on the file descriptor 8."""
    (tmp_path / "my_files").mkdir()
    asked = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARGCOMPLETE_IFS": "\n"}
    path = os.pathsep.join([str(ROOT), str(ROOT / "kernels")])
    command = ["bash", "-c", f"'{sys.executable}' -m ewcm 8>answer 9>/dev/null"]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, **asked, "PYTHONPATH": path}, check=True)
    assert (tmp_path / "answer").read_text().rstrip("/ ") == expected


def test_the_notebooks_of_the_menu_are_notebooks(site):
    for path in (site / "tutorials").glob("*.ipynb"):
        assert json.loads(path.read_text(encoding="utf-8"))["nbformat"] >= 4
