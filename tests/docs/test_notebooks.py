"""The notebooks run from top to bottom, on data that they make themselves, and hold no outputs."""

import json
import socket

import pytest

from tests.docs.notebooks import NOTEBOOKS, cells, code_of


def test_there_are_three():
    assert [path.stem for path in NOTEBOOKS] == ["operator_polygons", "own_population", "river_basin"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def refused(*arguments):
        raise AssertionError("a notebook asks the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    exec(compile(code_of(path), path.name, "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_small_plain_and_says_what_it_is_made_of(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    assert path.stat().st_size < 12_000 and content["nbformat"] == 4
    for cell in content["cells"]:
        assert not cell.get("outputs") and cell.get("execution_count") is None and not cell["metadata"]
    assert len({cell["id"] for cell in content["cells"]}) == len(content["cells"])
    assert "made up" in cells(path, "markdown")[0]
    assert "/home/" not in path.read_text(encoding="utf-8")
