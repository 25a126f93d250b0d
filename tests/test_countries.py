"""The registry of countries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewcm.countries import LANGUAGES, countries, country
from ewcm.errors import CountryError

EW4ALL = {
    "ATG", "BGD", "BRB", "KHM", "TCD", "COM", "DJI", "ECU", "ETH", "FJI", "GTM", "GUY", "HTI", "KIR", "LAO", "LBR", "MDG",
    "MDV", "MUS", "MOZ", "NPL", "NER", "WSM", "SLB", "SOM", "SSD", "SDN", "TJK", "TON", "UGA",
}  # fmt: skip


def test_the_registry_is_the_33():
    by_membership = {}
    for entry in countries():
        by_membership.setdefault(entry.membership, set()).add(entry.iso3)
    assert by_membership == {"ew4all": EW4ALL, "pilot": {"VUT"}, "assumed": {"TZA", "MWI"}}
    assert len(countries()) == 33


def test_codes_are_unique_and_well_formed():
    for name in ("iso3", "iso2", "m49", "mccs"):
        assert len({getattr(entry, name) for entry in countries()}) == 33
    for entry in countries():
        assert len(entry.iso3) == 3 and len(entry.iso2) == 2 and len(entry.m49) == 3 and entry.m49.isdigit()
        assert all(200 <= mcc < 800 for mcc in entry.mccs)
        assert tuple(entry.names) == LANGUAGES and all(entry.names.values())
        assert any("\u0600" <= sign <= "\u06ff" for sign in entry.names["ar"])
        assert entry.language in LANGUAGES
        west, south, east, north = entry.bbox
        assert -180 <= west < east < west + 45 and -90 < south < north < 90
        assert (east > 180) == entry.crosses_180
        assert 9e4 < entry.people < 2e8


def test_the_registry_agrees_with_the_standard():
    from ewcm.countries import _iso3166

    for entry in countries():
        standard = _iso3166()[entry.iso3]
        assert (entry.iso2, entry.m49) == (standard.iso2, standard.m49)


def test_who_crosses_180():
    assert {entry.iso3 for entry in countries() if entry.crosses_180} == {"FJI", "KIR"}


@pytest.mark.parametrize(
    ("iso3", "iso2", "m49", "mcc", "language"),
    [
        ("SOM", "SO", "706", 637, "ar"),
        ("SSD", "SS", "728", 659, "en"),
        ("MOZ", "MZ", "508", 643, "pt"),
        ("ECU", "EC", "218", 740, "es"),
        ("TCD", "TD", "148", 622, "fr"),
        ("VUT", "VU", "548", 541, "en"),
    ],
)
def test_some_countries(iso3, iso2, m49, mcc, language):
    entry = country(iso3)
    assert (entry.iso2, entry.m49, entry.mccs, entry.language) == (iso2, m49, (mcc,), language)


def test_small_letters_and_blanks_are_fine():
    assert country(" uga ").iso3 == "UGA"


def test_any_other_country_has_what_other_sources_know():
    kenya = country("KEN")
    assert (kenya.name, kenya.iso2, kenya.m49, kenya.membership) == ("Kenya", "KE", "404", "")
    assert kenya.mccs == (639,) and kenya.bbox == (33.9, -4.7, 41.9, 5.5)
    assert (kenya.people, kenya.people_year, kenya.names["ar"]) == (52573973, 2019, "كينيا")
    islet = country("CXR")  # no source knows its box and its people: nothing is checked by them
    assert islet.bbox is None and islet.people is None and islet.names["fr"] == "Christmas Island"
    assert len({country(code).iso3 for code in ("FRA", "NZL", "RUS", "PSE", "ESH")}) == 5


@pytest.mark.parametrize(
    "code", ["../../x", "SOM;rm", "XXZ", "", "U", "UGANDALAND", "SOM\n", "١٢٣", "$(x)", "a" * 5000]
)
def test_what_is_no_country_is_refused_in_one_line(code):
    if code.strip() == "SOM":
        assert country(code).iso3 == "SOM"
        return
    with pytest.raises(CountryError) as error:
        country(code)
    assert "\n" not in str(error.value)
    assert "alpha-3" in str(error.value)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize(
    ("code", "meant"),
    [("UG", "UGA"), ("Uganda", "UGA"), ("Ouganda", "UGA"), ("Ugnada", "UGA"), ("UGB", "UGA"), ("SOO", "SOM")],
)
def test_the_likeliest_country_is_named(code, meant):
    with pytest.raises(CountryError, match=f"did you mean {meant}"):
        country(code)


@given(st.text(max_size=8))
def test_any_text_is_a_country_or_a_country_error(code):
    try:
        assert country(code).iso3 == code.strip().upper()
    except CountryError as error:
        assert "\n" not in str(error)
