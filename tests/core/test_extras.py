"""Packages that a command leaves aside while it imports others."""

import sys
from importlib import import_module
from importlib.util import find_spec

import pytest

from ewcm.core.extras import left_aside


def test_what_is_left_aside_is_as_if_it_were_not_installed_and_comes_back(monkeypatch):
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with left_aside("colorsys", "json"):
        assert find_spec("colorsys") is None and "json" in sys.modules  # what is imported already stays
        with pytest.raises(ImportError):
            import_module("colorsys")
    assert import_module("colorsys").rgb_to_hsv(0, 0, 0) == (0, 0, 0)
    monkeypatch.delitem(sys.modules, "colorsys")
    with pytest.raises(ZeroDivisionError), left_aside("colorsys"):
        raise ZeroDivisionError
    assert find_spec("colorsys") is not None
