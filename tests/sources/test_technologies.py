"""Technologies and bands in the words of lists and maps."""

from __future__ import annotations

import pytest

from ewcm.sources.technologies import technologies_of


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("2G,3G,LTE1800", [("2G", None), ("3G", None), ("4G", 1800)]),
        ("GSM 900/1800", [("2G", 900), ("2G", 1800)]),
        ("LTE B20", [("4G", 800)]),
        ("n78", [("5G", 3500)]),
        ("4G, NB-IoT", [("4G", None)]),
        ("2G 3G 4G NB-IoT", [("2G", None), ("3G", None), ("4G", None)]),
        ("GSM LTE Cat-M1", [("2G", None)]),
        ("LTE-M", []),
        ("2G, LTE-M", [("2G", None)]),
        ("LTE IoT", []),
        ("NB-IoT (LTE)", []),
        ("EC-GSM-IoT", []),
        ("LTE800 NB-IoT", []),
        ("2G, 4G FWA", [("2G", None)]),
        ("Fixed LTE", []),
        ("TD-LTE FWA", []),
        ("4G LTE FWA", []),
        ("LTE Advanced FWA", []),
        ("4G+ FWA", []),
        ("LTE-A, FWA", [("4G", None)]),
        ("Internet 4G fixe", []),
        ("LTE for IoT", []),
        ("WiMAX 4G", []),
        ("4G (WiMAX)", []),
        ("4G, WiMAX", [("4G", None)]),
        ("GSM WiMAX", [("2G", None)]),
        ("LTE TDD 2300 FWA", []),
        ("4G WTTx", []),
        ("LTE CPE", []),
        ("2G, 4G fijo", [("2G", None)]),
        ("LTE fija inalámbrica", []),
        ("acceso fijo 4G", []),
        ("4G fixo", []),
        ("acesso fixo LTE", []),
        ("accès fixe 4G", []),
        ("4G ثابت", []),
        ("móvil 4G, fijo", [("4G", None)]),
        ("TD-LTE 2300", [("4G", 2300)]),
        ("U2100+L18", [("3G", 2100), ("4G", 1800)]),
        ("W-CDMA", [("3G", None)]),
        ("CDMA2000", []),
        ("GSM-R", []),
        ("Cameroon", []),
        ("4G LTE-A", [("4G", None)]),
    ],
)
def test_technologies_in_words(words, wanted):
    assert list(technologies_of(words).found) == wanted
