"""Uganda fetched from a local server that holds the real files, then run: the figures of the truth table."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import geopandas as gpd
import pytest

from ewcm.cli import main
from tests.fetch import made
from tests.fetch.made import TOKEN
from tests.fetch.server import Server

WORLDPOP = (
    "https://data.worldpop.org/GIS/Population/Global_2000_2020_1km_UNadj/2020/UGA/uga_ppp_2020_1km_Aggregated_UNadj.tif"
)
CELLS = "https://opencellid.org/ocid/downloads?token=pk.secret%2Btoken%2Fof%3Dtest&type=mcc&file=641.csv.gz"


def play_uganda(server: Server, real: Path) -> None:
    """The real files, under the addresses of their sources."""
    server.put(WORLDPOP, (real / "uga_ppp_2020_1km_Aggregated_UNadj.tif").read_bytes())
    server.put(CELLS, gzip.compress((real / "641.csv").read_bytes()))
    districts = gpd.read_file(real / "admin1.geojson").rename(columns={"name": "shapeName", "iso_3166_2": "shapeID"})
    districts["shapeGroup"] = "UGA"
    country = districts.dissolve("shapeGroup", as_index=False).assign(shapeName="Uganda", shapeID="UGA")
    for level, areas in enumerate((country, districts)):
        server.put(made.boundary_api(level, "UGA"), made.boundary_facts(level, "UGA"))
        server.put(made.boundary_file(level, "UGA"), areas.to_json().encode())
    for technology, share in {"2G": 98.0, "3G": 97.0, "4G": 61.0}.items():
        server.put(made.sdg(technology, 800), made.sdg_answer({2023: share}, m49=800))


@pytest.mark.real
@pytest.mark.long
def test_uganda_fetched_and_run_gives_the_figures_of_the_truth_table(
    real_data: Path, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EWCM_OPENCELLID_TOKEN", TOKEN)
    monkeypatch.setenv("EWCM_FETCH_MIRROR", server.address)
    play_uganda(server, real_data / "UGA")
    only = "boundaries,worldpop-unadj,cells,official"
    assert main(["fetch", "UGA", "--only", only, "--year", "2020"]) == 0
    server.replies.clear()
    assert main(["fetch", "UGA", "--only", only, "--year", "2020"]) == 0  # nothing is asked for twice
    truth = {15: {"any": 89.381, "2G": 89.369, "3G+": 56.331, "4G": 13.255}}
    for radius_km, shares in truth.items():
        assert main(["run", "UGA", "--radius-km", str(radius_km), "--quiet"]) == 0
        summary = json.loads((tmp_path / "maps/UGA/summary.json").read_text(encoding="utf-8"))
        assert summary["people"] == pytest.approx(45_741_000, abs=1000)
        assert summary["official"]["4G"]["share"] == 0.61 and not summary["official"]["4G"]["lent"]
        for service, share in shares.items():
            assert summary["services"][service]["covered_share"] * 100 == pytest.approx(share, abs=0.01)
    manifest = (tmp_path / "maps/UGA/manifest.json").read_text(encoding="utf-8")
    assert "CC BY-SA 4.0" in manifest and "pk.secret" not in manifest
