import dataclasses
import json
import math
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewcm.errors import SettingsError
from ewcm.settings import LINK_BUDGETS, RADIUS_KM, LinkBudget, Settings


@pytest.mark.parametrize(
    "wrong",
    [
        {"radius_km": {"2G": 0.0}},
        {"radius_km": {"6G": 3.0}},
        {"radius_low": 1.5},
        {"radius_high": 0.9},
        {"coldspot_fraction": 0.0},
        {"coldspot_services": ("7G",)},
        {"models": ("magic",)},
        {"propagation_method": "guess"},
        {"propagation_step_m": 1000.0},
        {"max_range_km": -1.0},
        {"location_sigma_db": 0.0},
    ],
)
def test_a_setting_that_cannot_be_is_named(wrong):
    name = next(iter(wrong))
    with pytest.raises(SettingsError, match=name.removesuffix("_low").removesuffix("_high")):
        Settings(**wrong)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"location_sigma_db": math.inf}, "location_sigma_db must be a number that is finite, not 'inf'"),
        ({"min_people": math.nan}, "min_people must be a number that is finite, not 'nan'"),
        ({"min_people": True}, "min_people must be a number, not 'True'"),
        ({"min_people": "5"}, "min_people must be a number, not '5'"),
        ({"min_peple": 5}, "'min_peple' is not a key that is read; did you mean min_people?"),
        ({"threshold_margin_db": 51}, "threshold_margin_db is 51.0; give a number from 0 to 50 "),
        ({"delta_n": 150}, "delta_n is 150.0; give a number at least 1, below 150 "),
        ({"radius_km": "12"}, 'radius_km must be a table, such as { "2G" = 15 }, or one number for every technology'),
        ({"radius_km": True}, "radius_km must be a table"),
        ({"radius_km": -1}, "radius_km of 2G is -1.0; give a radius in km above 0, at most 200"),
        ({"radius_km": {"2G": math.inf}}, "radius_km of 2G must be a number that is finite"),
        ({"radius_km": {2: 5}}, "'2' is not a key that is read; did you mean 2G?"),
        ({"models": "radius"}, "models must be a list of texts"),
        ({"models": ("radus",)}, "models: 'radus' is not known; use 'declared', 'estimated', 'p1812' or 'radius'"),
        ({"propagation_method": 3}, "propagation_method: '3' is not known; use 'sweep' or 'exact'"),
        ({"time_pct": 10.0}, "time_pct is 10; the sweep is for the median of time: set propagation_method to exact"),
        ({"allow_coarse_terrain": 1}, "allow_coarse_terrain must be true or false, not '1'"),
        (
            {"link_budgets": {"4G": {"eirp": 1}}},
            "link_budgets of 4G: 'eirp' is not a key that is read; did you mean eirp",
        ),
        ({"link_budgets": {"6G": {}}}, "link_budgets: '6G' is not a key that is read"),
        ({"link_budgets": {"4G": 5}}, "link_budgets of 4G must be a table"),
        (
            {"link_budgets": {"4G": LinkBudget(1.0, 58.0, -95.0)}},
            "link_budgets of 4G: frequency_mhz is 1.0; give a number",
        ),
    ],
)
def test_a_wrong_value_is_one_line_with_the_setting_the_value_and_the_mend(wrong, text):
    with pytest.raises(SettingsError) as error:
        Settings(**wrong)
    assert text in str(error.value) and "\n" not in str(error.value)


def test_settings_are_given_by_name():
    with pytest.raises(SettingsError, match="by their names"):
        Settings(5)


def test_a_radius_is_for_every_technology_or_for_those_that_are_named():
    assert Settings(radius_km=12).radius_km == {"2G": 12.0, "3G": 12.0, "4G": 12.0, "5G": 12.0}
    assert Settings(radius_km=np.float32(12)).radius_km["5G"] == 12.0
    assert Settings(radius_km={"2G": np.int64(20)}).radius_km == RADIUS_KM | {"2G": 20.0}


def test_a_part_of_a_link_budget_leaves_the_rest():
    budgets = Settings(link_budgets={"4G": {"eirp_dbm": 40}}).link_budgets
    assert budgets["4G"] == LinkBudget(800.0, 40.0, -115.0)
    assert budgets["2G"] == LINK_BUDGETS["2G"]


def test_changes_are_checked_and_leave_what_they_do_not_name():
    before = Settings(radius_km={"2G": 20}, link_budgets={"4G": {"eirp_dbm": 40}})
    after = before.changed(radius_km={"3G": 5}, link_budgets={"4G": {"height_m": 50}}, min_people=7)
    assert (after.radius_km["2G"], after.radius_km["3G"]) == (20.0, 5.0)
    assert after.link_budgets["4G"] == LinkBudget(800.0, 40.0, -115.0, 50.0)
    assert (before.min_people, after.min_people) == (100.0, 7.0)
    assert before.changed(radius_km=3).radius_km["2G"] == 3.0
    with pytest.raises(SettingsError, match=r"min_people is -1\.0"):
        before.changed(min_people=-1)
    with pytest.raises(SettingsError, match="did you mean min_people"):
        before.changed(min_peeple=1)


def test_settings_are_a_value():
    settings = Settings(radius_km={"2G": 3}, models=["radius"])
    assert settings == Settings(radius_km={"2G": 3.0}, models=("radius",)) != Settings()
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert dataclasses.replace(settings, min_people=5).min_people == 5.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.min_people = 5.0
    assert Settings(**json.loads(json.dumps(settings.to_dict()))) == settings


@given(
    st.sampled_from([field.name for field in dataclasses.fields(Settings)]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["2G", "x", "eirp_dbm"]), inner),
        max_leaves=4,
    ),
)
def test_any_value_is_taken_or_refused_in_one_line_that_names_the_setting(name, value):
    try:
        settings = Settings(**{name: value})
    except SettingsError as error:
        assert name in str(error) and "\n" not in str(error)
    else:
        assert json.dumps(settings.to_dict(), allow_nan=False)


def test_settings_are_not_loaded_by_who_needs_none():
    """pydantic takes as long to import as all of `ewcm --help`."""
    code = "import sys, ewcm, ewcm.cli; sys.exit('pydantic' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
