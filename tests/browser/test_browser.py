"""The browser itself: it starts, runs scripts, and its logs hold nothing before a page is opened."""

import pytest

pytestmark = pytest.mark.browser


def test_chromium_opens_a_file(page, tmp_path):
    path = tmp_path / "page.html"
    path.write_text("<!doctype html><meta charset=utf-8><title>آ</title><p id=p>ewcm</p>", encoding="utf-8")
    page.get(path.as_uri())
    assert page.title == "آ"
    assert page.execute_script("return document.getElementById('p').textContent") == "ewcm"
    assert [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_there_is_no_network(page, tmp_path):
    path = tmp_path / "page.html"
    path.write_text("<!doctype html><title>page</title>", encoding="utf-8")
    page.get(path.as_uri())
    assert page.execute_script("return navigator.onLine") is False
