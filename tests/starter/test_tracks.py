"""Tracks of cyclones that the pack lends: observed, for six island states, made from IBTrACS by a stated rule."""

import io

import pandas as pd
import pytest

from ewcm.countries import country
from ewcm.inputs.find import Inputs
from ewcm.inputs.read import load
from ewcm.packaged import STARTER
from ewcm.sources.tracks import read_tracks
from ewcm.starter import tracks
from tests.conftest import TEST_DATA

SOURCE = TEST_DATA / "hazards" / "cyclone" / "ibtracs_sp_1980_2022_pacific33.csv.gz"


@pytest.mark.parametrize("iso3", ["TON", "UGA"])
def test_six_island_states_have_winds_and_no_other_country_has(iso3):
    data = load(Inputs(country(iso3), None))
    if iso3 == "UGA":
        assert data.hazards == ()
        return
    assert [hazard.return_period for hazard in data.hazards] == [5, 10, 20, 40]
    records = [record for record in data.records if record.layer == "hazard"]
    assert len(records) == 1 and records[0].lent and not records[0].starter and "IBTrACS" in records[0].attribution
    assert records[0].facts["seasons"] == [1980, 2022] and data.starter


@pytest.mark.real
@pytest.mark.skipif(not SOURCE.is_file(), reason="no hazard data: set EWCM_TEST_DATA")
def test_the_table_of_the_pack_is_made_from_ibtracs():
    text = io.StringIO()
    tracks.compact(read_tracks(SOURCE)).to_csv(text, index=False, lineterminator="\n")
    stored = pd.read_csv(STARTER.path_of(tracks.FILE), keep_default_na=False)
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(text.getvalue()), keep_default_na=False), stored)
