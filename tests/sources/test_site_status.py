"""What the columns of a site list say of networks that are not there: left out and counted, or said; never counted in silence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ewcm.errors import InputError
from ewcm.sources.site_lists import Options, read_sites
from tests.sources.files import UGA
from tests.sources.office_files import ENGLISH, SITES, written

NEXT_YEAR = datetime.now(UTC).year + 1


def sites(path, **options):
    return read_sites(path, UGA, options=Options(**options))


def listed(folder, heading, live, other):
    """The list with one row more, of which a column says something else."""
    rows = [[*row, live] for row in SITES] + [["Z", 0.3, 32.5, "4G", "Red", 800, 30, other]]
    return written(folder / "s.csv", [[*ENGLISH, heading], *rows])


def codes(found):
    return {warning.code for warning in found.records[0].warnings}


@pytest.mark.parametrize(
    ("heading", "live", "gone"),
    [
        ("Status", "On Air", "Not on air"),
        ("Status", "On Air", "Not yet on air"),
        ("Status", "Operational", "Non-operational"),
        ("Status", "Commissioned", "To be commissioned"),
        ("Status", "On Air", "Awaiting power"),
        ("Status", "On Air", "Vandalised"),
        ("Status", "On Air", "On hold"),
        ("Etat", "En service", "Arrêté"),
        ("Etat", "En service", "En attente"),
        ("Estado", "Activo", "Apagado"),
        ("Estado", "Licenciada", "Planificada"),
        ("Estado", "Ativo", "Desactivado"),
        ("الحالة", "عامل", "متوقف"),
        ("الحالة", "يعمل", "لا يعمل"),
    ],
)
def test_what_is_not_in_service_is_left_out_in_any_words(tmp_path, heading, live, gone):
    """A word for service within its own negation counted as service."""
    found = sites(listed(tmp_path, heading, live, gone))
    assert "Z" not in set(found.table["site_id"])
    assert "planned, or closed) (such as '" + gone in " ".join(found.records[0].warnings)


def test_columns_that_say_nothing_of_a_network_are_no_doubt(tmp_path):
    for heading, live, other in (
        ("Power status", "Grid", "Solar"),
        ("Next maintenance", "2015-02-03", f"{NEXT_YEAR}-05-01"),
        ("Licence expiry", "2040-02-03", f"{NEXT_YEAR}-05-01"),
        ("Operational State", "Enabled", "Enabled"),
        ("Estado", "Bahia", "Goiás"),
        ("Tower colour", "Red", "White"),
        ("Transmission type", "Fibre", "Microwave"),
        ("Alarm system installed", "yes", "no"),
        ("Outage hours", "3.5", "12"),
        ("Generator installed", "Yes", "No"),
        ("Sector", "1", "0"),
    ):
        assert codes(sites(listed(tmp_path, heading, live, other))) == set(), heading


@pytest.mark.parametrize(
    ("heading", "live", "other", "code"),
    [
        ("Status", "On Air", "TBC", "status"),
        ("Status", "On Air", "", "no_status"),
        ("Status", "Blau", "Rot", "status"),
        ("Phase", "Existing", "Phase 2", "site_maybe_planned"),
        ("Stage", "Live", "Design", "site_maybe_planned"),
        ("Remarks", "", "planned for 2030", "site_maybe_planned"),
        ("Comments", "OK", "site closed", "site_maybe_planned"),
        ("On-air date", "2015-02-03", f"{NEXT_YEAR}-05-01", "site_maybe_planned"),
        ("On-air date", "2015-02-03", "TBC", "site_maybe_planned"),
        # Such columns were passed over.
        ("On-Air Status", "1", "0", "site_maybe_planned"),
        ("Ativa", "Sim", "Não", "site_maybe_planned"),
        ("AdminState", "UNLOCKED", "LOCKED", "site_maybe_planned"),
        ("Operational State", "Enabled", "Disabled", "status"),
        ("Status Code", "1", "3", "status"),
        ("License status", "Granted", "Applied", "status"),
        ("Situação", "Em operação", "Licenciada", "status"),
        ("Date de mise en service", "01/02/2015", f"15/06/{NEXT_YEAR}", "site_maybe_planned"),
        ("Date", "2015-02-03", f"{NEXT_YEAR}-05-01", "site_maybe_planned"),
        ("Year", "2015", str(NEXT_YEAR), "site_maybe_planned"),
        ("On air date", "2015-02-03", "", "no_status"),
        ("Decommissioned", "", "43525", "site_maybe_planned"),
        ("Remarks", "", "trial / test site", "test_rows"),
        # So were these: colours, whether a site works, what disturbs it, what is no station for phones.
        ("Etat", "Vert", "Rouge", "status"),
        ("Estado", "Verde", "Rojo", "status"),
        ("Colour", "Green", "Amber", "status"),
        ("Functional", "Yes", "No", "site_maybe_planned"),
        ("Health", "OK", "KO", "site_maybe_planned"),
        ("Condition", "Good", "Bad", "status"),
        ("Alarm", "", "Site down", "site_maybe_planned"),
        ("Alarme", "RAS", "Coupure", "site_maybe_planned"),
        ("Outage", "0", "1", "site_maybe_planned"),
        ("Down since", "", "12/03/2024", "site_maybe_planned"),
        ("Commissioned", "Yes", "No", "site_maybe_planned"),
        ("is_built", "1", "0", "site_maybe_planned"),
        ("In use", "x", "", "no_status"),
        ("Deleted", "0", "1", "site_maybe_planned"),
        ("RAG", "G", "R", "status"),
        ("Layer", "Existing", "Stage 3", "status"),
        ("TRX", "4", "0", "site_maybe_planned"),
        ("No. of sectors", "3", "0", "site_maybe_planned"),
        ("Remarks", "", "no longer exists", "site_maybe_planned"),
        ("Observations", "", "à démanteler", "site_maybe_planned"),
        ("Type", "Macro", "Repeater", "link_rows"),
        ("Site class", "Macro", "Microwave relay", "link_rows"),
        ("Type de site", "BTS", "Relais FH", "link_rows"),
        ("Tipo de estación", "Base", "Enlace microondas", "link_rows"),
    ],
)
def test_what_may_not_be_in_service_is_a_doubt(tmp_path, heading, live, other, code):
    found = sites(listed(tmp_path, heading, live, other))
    assert "Z" in set(found.table["site_id"])
    assert code in codes(found)


@pytest.mark.parametrize(
    ("heading", "live", "other"),
    [("Remarks", "", "planned for 2030"), ("On-air date", "2015-02-03", f"{NEXT_YEAR}-05-01")],
)
def test_the_mend_that_is_named_leaves_the_rows_out(tmp_path, heading, live, other):
    found = sites(listed(tmp_path, heading, live, other), columns={"status": heading})
    assert "Z" not in set(found.table["site_id"])
    assert "site_maybe_planned" not in codes(found)


def test_only_the_exceptions_are_marked(tmp_path):
    """An empty cell beside nothing but "planned" is no doubt."""
    found = sites(listed(tmp_path, "Status", "", "planned"))
    assert not codes(found) & {"status", "no_status"}


def of_technologies(folder, yes, other, heads=("2G", "3G", "4G")):
    """Each site has 2G; what stands below 4G is under test."""
    rows = [[name, lat, lon, yes, "", other] for name, lat, lon, *_ in SITES[:3]]
    return written(folder / "s.csv", [["Site", "Lat", "Lon", *heads], *rows])


@pytest.mark.parametrize(
    "other",
    [
        "TBC",
        "n/a",
        "planned",
        "To be confirmed",
        "À confirmer",
        "A confirmar",
        "Pendiente",
        "WIP",
        "Not yet",
        "Airtel/TBC",
    ],
)
@pytest.mark.parametrize("yes", ["Yes", "MTN"])
def test_what_is_no_name_below_a_technology_is_no_operator(tmp_path, yes, other):
    """TBC below 4G was an operator that serves there."""
    found = sites(of_technologies(tmp_path, yes, other))
    assert set(found.table["technology"]) == {"2G"}
    assert set(found.table["operator"]) == {"MTN" if yes == "MTN" else ""}


@pytest.mark.parametrize("codes_of_something", [("Y", "P"), ("A", "P")])
def test_single_letters_are_no_operators(tmp_path, codes_of_something):
    path = of_technologies(tmp_path, *codes_of_something)
    if codes_of_something[0] == "Y":
        assert "(such as 'P')" in " ".join(sites(path).records[0].warnings)
        return
    with pytest.raises(InputError, match="such as 'A'"):
        sites(path)


def test_who_makes_the_equipment_is_no_operator(tmp_path):
    with pytest.raises(InputError, match="such as 'Huawei'"):
        sites(of_technologies(tmp_path, "Huawei", ""))


def test_technologies_that_exist_and_are_planned_are_no_operators(tmp_path):
    """Two columns of technologies were read as those of two operators, and what is planned as there."""
    rows = [[name, lat, lon, "2G", "5G", "Red"] for name, lat, lon, *_ in SITES]
    head = ["Site", "Lat", "Lon", "Existing technology", "Planned technology", "Operator"]
    found = sites(written(tmp_path / "s.csv", [head, *rows]))
    assert set(found.table["technology"]) == {"2G"} and set(found.table["operator"]) == {"Red"}


@pytest.mark.parametrize("heading", ["5G (2025)", "4G planned"])
def test_a_column_of_a_year_or_a_plan_is_not_there(tmp_path, heading):
    rows = [[name, lat, lon, "Y", "Y"] for name, lat, lon, *_ in SITES]
    found = sites(written(tmp_path / "s.csv", [["Site", "Lat", "Lon", "2G", heading], *rows]))
    assert set(found.table["technology"]) == {"2G"}


def test_a_year_beside_a_technology_is_no_frequency(tmp_path):
    rows = [["A", 0.3, 32.5, '"2G, 4G 2026"'], ["B", 0.3, 32.6, "2G"]]
    found = sites(written(tmp_path / "s.csv", [["Site", "Lat", "Lon", "Technology"], *rows]))
    assert set(found.table["technology"]) == {"2G"}
    assert "such as '2G, 4G 2026'" in " ".join(found.records[0].warnings)


def test_a_beginning_that_all_headings_share_is_no_operator(tmp_path):
    rows = [[name, lat, lon, "yes", "", owner] for name, lat, lon, _, owner, *_ in SITES]
    head = ["Site", "Lat", "Lon", "communication:gsm", "communication:umts", "operator"]
    found = sites(written(tmp_path / "s.csv", [head, *rows]))
    assert set(found.table["operator"]) == {"Red", "Blue"}


@pytest.mark.parametrize(
    ("heading", "other", "is_over"),
    [
        ("Off-air date", "2021-05-01", True),
        ("Decommissioned", "2021", True),
        ("Closed", "Yes", True),
        ("Démonté", "oui", True),
        ("Planned", "yes", True),
        ("Off-air date", f"{NEXT_YEAR}-05-01", False),
        ("Decommissioned", "No", False),
    ],
)
def test_columns_headed_by_what_is_over_are_a_doubt_and_can_be_stated(tmp_path, heading, other, is_over):
    """Sites with a day on which they went off the air counted without a word."""
    path = listed(tmp_path, heading, "", other)
    assert ("site_maybe_planned" in codes(sites(path))) == is_over
    if is_over:
        stated = sites(path, columns={"status": heading})
        assert "Z" not in set(stated.table["site_id"]) and len(stated.table) == len(SITES)
