"""Names by language of the places of the pack."""

import pandas as pd
import pytest

from ewcm.countries import LANGUAGES
from ewcm.packaged import available
from ewcm.starter import pack
from ewcm.starter.gazetteer import arabic_name, names_of_unit


@pytest.mark.parametrize(
    ("name", "others", "expected"),
    [
        ("Kampala", ["KLA", "كامپالا", "کمپالا", "كمبالا", "كامبالا", "Кампала"], "كامبالا"),  # not the Persian ones
        ("Tadjoura", ["تجرة", "تاجورا", "تاجورة"], "تاجورة"),
        ("Arta", ["عرتا", "إقليم عرتا"], "عرتا"),  # a division is no place
        ("Khartoum", ["ااالخرطوم"], ""),
        ("Gulu", ["Gulu", "古卢"], ""),
    ],
)
def test_the_arabic_name_is_in_arabic_letters_only(name, others, expected):
    assert arabic_name(name, others) == expected


def test_a_place_that_its_unit_is_called_after_has_the_names_of_the_unit():
    unit = {"name": "Khartoum", "name_en": "Khartoum", "name_fr": "Khartoum", "name_es": "Jartum", "name_pt": None}
    unit["name_ar"] = "ولاية الخرطوم"
    assert names_of_unit("Khartoum", unit) == {"fr": "Khartoum", "es": "Jartum", "ar": "الخرطوم"}
    assert names_of_unit("Omdurman", unit) == {}
    assert names_of_unit("Khartoum", {**unit, "name_es": "Estado de Jartum"}) == {"fr": "Khartoum", "ar": "الخرطوم"}


def test_every_capital_of_the_pack_has_an_arabic_name_and_every_country_places():
    own = pd.read_csv(pack.STARTER.path_of(pack.PLACES), keep_default_na=False)
    capitals = own[own["rank"] == 0]
    assert sorted(capitals["iso3"]) == list(available()) and (capitals["name_ar"] != "").all()
    places = pd.read_csv(pack.STARTER.path_of(pack.PLACES_ELSEWHERE), keep_default_na=False)
    assert places["iso3"].nunique() > 200 and not set(places["iso3"]) & set(available())
    assert set(places.columns) >= {f"name_{language}" for language in LANGUAGES if language != "en"}
