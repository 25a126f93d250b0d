"""Uganda's real cells with the official shares: what an estimate says of a country where nothing was learnt."""

import json

import pandas as pd
import pytest

from ewcm.cli import main

#: The official shares that come with the engine (2022).
OFFICIAL = {"any": ("2G", 0.98), "3G+": ("3G", 0.85), "4G+": ("4G", 0.31)}


@pytest.mark.real
@pytest.mark.long
def test_shares_are_met_districts_are_ranked_and_the_range_holds_the_circles(real_data, tmp_path):
    folder = tmp_path / "UGA"
    assert main(["run", "UGA", "--inputs", str(real_data / "UGA"), "--output", str(folder), "--quiet"]) == 0
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    areas = pd.read_csv(folder / "areas.csv", encoding="utf-8-sig")
    finest = areas[areas["level"] == areas["level"].max()]
    assert "estimated_model" in {caveat["code"] for caveat in summary["caveats"]}
    for service, (technology, share) in OFFICIAL.items():
        figures, column = summary["services"][service], service.replace("+", "plus")
        assert figures["covered_share"] == pytest.approx(share, abs=5e-4)
        assert summary["official"][technology]["role"] == "target"
        assert summary["official"][technology]["gap_points"] is None
        assert figures["covered_low"] <= summary["estimated"][service]["covered_circles"] <= figures["covered_high"]
        # Districts differ: the share of the worst tenth is well below that of the best.
        own = (finest[f"covered_{column}"] / finest["people"]).dropna().sort_values()
        assert len(own) > 100 and own.iloc[-len(own) // 10 :].mean() - own.iloc[: len(own) // 10].mean() > 0.1
