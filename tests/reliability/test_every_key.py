"""Every key that an inputs.toml may have, with a value of every wrong type: taken, or refused in one line."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from ewcm.errors import EwcmError, InputError, SettingsError
from ewcm.inputs.find import find_inputs
from ewcm.inputs.schema import TABLES, Lend
from ewcm.loss_settings import loss_settings
from ewcm.settings import Calibration, LinkBudget, Settings
from ewcm.sources.alert_channels import read_channels
from tests.reliability.test_hostile_files import WRONG
from tests.sources.files import UGA

PEOPLE = "[population]\npath = 'people.tif'\n"


def every_key() -> Iterator[tuple[str, str]]:
    """The heading of a table, with what it needs, and one of its keys; no heading for keys of the file itself."""
    for name, table in TABLES.items():
        yield from ((f"[[{name}]]" if table.repeated else f"[{name}]", key) for key in table.model_fields)
    for heading, about in (("[settings]", Settings), ("[settings.link_budgets.4G]", LinkBudget)):
        yield from ((heading, each.name) for each in dataclasses.fields(about))
    yield from (
        ("[[settings.calibration]]\ntechnology = '4G'", each.name) for each in dataclasses.fields(Calibration)[1:]
    )
    yield from (("[lend]", key) for key in Lend.model_fields)
    yield from (("", key) for key in ("country", "operators", "lend", "settings", *TABLES))


#: Those of the quick form: a truth value, a text, a list, a table, no number, too large a number, a text of no sign.
QUICK = (2, 3, 5, 6, 9, 11, 14)


@pytest.mark.parametrize(
    "value", [pytest.param(one, id=str(n), marks=() if n in QUICK else pytest.mark.long) for n, one in enumerate(WRONG)]
)
def test_every_key_with_a_value_of_every_wrong_type_is_one_line(value, tmp_path):
    """Whole numbers of 400 digits as next_sites and as the offset of a calibration ended in a traceback."""
    (tmp_path / "people.tif").touch()
    for heading, key in every_key():
        table = f"{heading}\n{key} = {value}\n"
        people = "" if "population" in (heading.strip("[]"), key) else PEOPLE
        (tmp_path / "inputs.toml").write_text(people + table if heading else table + people)
        try:
            find_inputs(UGA, tmp_path)
        except EwcmError as error:
            assert "inputs.toml" in str(error) and str(error).isprintable() and len(str(error)) <= 1510, table


def test_a_number_beyond_all_numbers_as_a_setting_of_a_loss_is_one_line():
    with pytest.raises(SettingsError, match="battery_hours is 1000"):
        loss_settings({"battery_hours": 10**400})


@pytest.mark.parametrize(("digits", "said"), [(400, "share is 1111"), (5000, "is no TOML")])
def test_a_number_beyond_all_numbers_in_a_file_of_channels_is_one_line(digits, said, tmp_path):
    (tmp_path / "channels.toml").write_text(f"[[channel]]\nname = 'siren'\neverywhere = true\nshare = {'1' * digits}\n")
    with pytest.raises(InputError, match=rf"channels\.toml: .*{said}"):
        read_channels(tmp_path / "channels.toml")
