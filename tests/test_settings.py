import pytest

from ewcm.errors import SettingsError
from ewcm.settings import Settings


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
