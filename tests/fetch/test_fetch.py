"""One country through the public door, with every source played by a local server."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio

from ewcm.errors import CountryError, InputError, SettingsError
from ewcm.fetch import FetchReport, fetch
from ewcm.fetch.command import run_fetch
from tests.fetch import made
from tests.fetch.conftest import Fetch
from tests.fetch.made import QUICK, TOKEN, inputs, names
from tests.fetch.server import Reply, Server


def outcome(report: FetchReport, name: str):  # type: ignore[no-untyped-def]
    return next(each for each in report.outcomes if each.source.name == name)


def test_everything_comes_with_its_licence_and_is_described(barbados: Fetch) -> None:
    report = barbados()
    assert [each.message for each in report.outcomes if each.state == "failed"] == []
    assert not report.partial and report.exit_code == 0
    assert names(report.folder) == [
        "boundaries/geoBoundaries-BRB-ADM0.geojson",
        "boundaries/geoBoundaries-BRB-ADM1.geojson",
        "brb_pop_2025_CN_1km_R2025A_UA_v1.tif",
        "cells/opencellid_342.csv.gz",
        "fetched.json",
        "inputs.toml",
        "official.json",
        "places.csv",
        "terrain/Copernicus_DSM_COG_10_N13_00_W060_00_DEM.tif",
    ]
    described = inputs(report)
    assert described["country"] == "BRB"
    assert described["population"]["path"] == "brb_pop_2025_CN_1km_R2025A_UA_v1.tif"
    assert described["population"]["unit"] == "people"
    assert described["population"]["licence"] == "CC BY 4.0"
    assert [table["level"] for table in described["boundaries"]] == [0, 1]
    assert described["boundaries"][0]["licence"] == "Open Data Commons Open Database License 1.0"
    assert described["cells"][0]["licence"] == "CC BY-SA 4.0"
    assert described["terrain"]["path"] == "terrain"
    assert json.loads((report.folder / "official.json").read_text()) == {
        "2G": 99.0,
        "3G": 98.0,
        "4G": 95.5,
        "year": 2022,
    }
    places = (report.folder / "places.csv").read_text(encoding="utf-8").splitlines()
    assert len(places) == 30 and places[0].startswith("geonameid,name")  # 29 populated places and the heading


@pytest.mark.parametrize(
    ("reply", "share", "said"),
    [
        (Reply(made.sdg_answer({2022: 12.5})), 12.5, ""),
        (Reply(made.sdg_answer({2023: 20.0})), None, "the figure of 5G is of 2023, not 2022"),
        (Reply(b"no such series", status=400), None, "the figure of 5G could not be had"),
        (Reply(b"<html>", status=200), None, "the figure of 5G could not be had"),
    ],
    ids=["of the same year", "of another year", "no such series", "no JSON"],
)
def test_the_youngest_series_is_tried_and_costs_the_others_nothing(
    barbados: Fetch, server: Server, reply: Reply, share: float | None, said: str
) -> None:
    """A server that refused the series of 5G took the figures of 2G, 3G and 4G with it."""
    server.put(made.sdg("5G"), reply)
    report = barbados(only=("official",))
    figures = json.loads((report.folder / "official.json").read_text())
    assert figures.pop("5G", None) == share
    assert figures == {"2G": 99.0, "3G": 98.0, "4G": 95.5, "year": 2022}
    assert said in report.outcomes[0].message


def test_a_second_run_asks_nobody_for_anything(barbados: Fetch, server: Server) -> None:
    first = barbados()
    text = (first.folder / "inputs.toml").read_text()
    asked = len(server.asked)
    again = barbados()
    assert len(server.asked) == asked
    offline = barbados(mirror="http://127.0.0.1:9")  # nobody listens there
    for report in (again, offline):
        assert {each.state for each in report.outcomes} == {"present"}
        assert not report.partial
        assert (report.folder / "inputs.toml").read_text() == text


def test_without_network_and_files_each_source_says_so_and_the_run_ends(barbados: Fetch) -> None:
    report = barbados(mirror="http://127.0.0.1:9", only=("population", "places"))
    assert report.exit_code == 3
    assert all("cannot be reached" in each.message for each in report.outcomes)


BAD_ANSWERS = {
    "web page": (Reply(b"<!DOCTYPE html><html>Sorry</html>"), "web page"),
    "rate limited": (Reply(b"RATE_LIMITED"), "RATE_LIMITED"),
    "json error": (Reply(b'{"error": "RATE_LIMITED"}'), "no "),
    "missing": (Reply(b"", 404), "no such file"),
    "forbidden": (Reply(b"", 403), "403"),
    "busy for hours": (Reply(b"", 429, {"Retry-After": "7200"}), "in 120 minutes"),
    "broken server": (Reply(b"", 500), "500"),
    "empty": (Reply(b""), "empty"),
    "loop": (Reply(b"", 302, {"Location": "?"}), "loop"),
}


@pytest.mark.parametrize("fault", BAD_ANSWERS)
@pytest.mark.parametrize(
    ("name", "url"), [("worldpop", made.WORLDPOP), ("geonames", made.GEONAMES), ("opencellid", made.OPENCELLID)]
)
def test_a_bad_answer_is_said_and_the_other_sources_complete(
    barbados: Fetch, server: Server, fault: str, name: str, url: str
) -> None:
    reply, said = BAD_ANSWERS[fault]
    if fault == "loop":
        reply = Reply(b"", 302, {"Location": url})
    server.put(url, reply)
    report = barbados(only=("boundaries", "official", name))
    failed = outcome(report, name)
    assert failed.state == "failed" and report.exit_code == 3
    assert failed.message.startswith(f"{name}: ") and said in failed.message and failed.source.mend in failed.message
    assert "\n" not in failed.message
    assert {each.state for each in report.outcomes if each is not failed} == {"fetched"}
    assert set(inputs(report)) == {"country", "boundaries", "official"}
    server.put(
        url,
        {"worldpop": made.population, "geonames": made.geonames, "opencellid": lambda: gzip.compress(made.cell_rows())}[
            name
        ](),
    )
    assert outcome(barbados(only=("boundaries", "official", name)), name).state == "fetched"


@pytest.mark.parametrize("share", [0.01, 0.5, 0.999])
@pytest.mark.parametrize("length", [True, False])
def test_a_file_cut_off_never_gets_its_name(barbados: Fetch, server: Server, share: float, length: bool) -> None:
    """With Content-Length the transfer notices; without it only the format can."""
    for url in (made.WORLDPOP, made.OPENCELLID, made.GEONAMES, made.boundary_file(0), made.sdg("2G"), made.TILE):
        body = server.replies[url.removeprefix("https://")][0].body
        server.put(url, Reply(body, cut=int(len(body) * share), length=length))
    report = barbados()
    assert {each.source.name: each.state for each in report.outcomes} == {
        "geoboundaries": "failed", "worldpop": "failed", "opencellid": "failed", "geonames": "failed", "sdg": "failed",
        "copernicus": "failed",
    }  # fmt: skip
    assert not [name for name in names(report.folder) if not name.endswith((".toml", ".json"))]
    made.play_barbados(server)
    assert not barbados().partial


def test_the_wrong_country_under_the_right_name(barbados: Fetch, server: Server) -> None:
    server.put(made.WORLDPOP, made.population(west=32.0, north=1.0))
    server.put(made.OPENCELLID, gzip.compress(made.cell_rows(641)))
    server.put(made.boundary_file(0), made.boundaries(0, "UGA"))
    server.put(made.GEONAMES, made.zipped(**{"BB.txt": made.geonames("UG")}))
    server.put(made.sdg("2G"), made.sdg_answer({2022: 90.0}, m49=800))
    report = barbados(only=("boundaries", "population", "cells", "places", "official"))
    said = {each.source.name: each.message for each in report.outcomes}
    assert "is not the grid of Barbados" in said["worldpop"]
    assert "another country" in said["opencellid"]
    assert "those of UGA" in said["geoboundaries"]
    assert "columns" in said["geonames"] or "not of BB" in said["geonames"]
    assert "area 800" in said["sdg"]
    assert not report.folder.exists()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (lambda: made.population(step=1 / 60), "resolution"),
        (lambda: made.population(crs="EPSG:3857"), "coordinate system"),
        (lambda: made.population(people=90_000_000), "about 282,700"),
        (lambda: made.population(nodata=0.0), "nodata"),
        (lambda: made.population(nodata=None).replace(b"II*\x00", b"II*\x01"), "no TIFF"),
        (lambda: b'<VRTDataset rasterXSize="3" rasterYSize="3"></VRTDataset>', "no TIFF"),
        (lambda: made.population() + b"/vsicurl/http://example.org/x.tif", "refers to another file"),
        (lambda: made.population() + b"<VRTDataset>", "refers to another file"),
    ],
)
def test_a_grid_that_is_not_what_was_asked_for(
    barbados: Fetch, server: Server, body: Callable[[], bytes], said: str
) -> None:
    server.put(made.WORLDPOP, body())
    report = barbados(only=("worldpop",))
    assert report.partial and said in report.outcomes[0].message
    assert not report.folder.exists()


def test_archives_that_would_hurt_are_refused(barbados: Fetch, server: Server) -> None:
    for members, said in (
        ({"../../up.txt": b"x", "BB.txt": b"x"}, "leave its folder"),
        ({"BB.txt": bytes(50_000_000)}, "bomb"),
    ):
        server.put(made.GEONAMES, made.zipped(**members))
        server.put(made.OPENCELLID, gzip.compress(bytes(50_000_000)))
        report = barbados(only=("places", "cells"))
        assert said in outcome(report, "geonames").message and "bomb" in outcome(report, "opencellid").message
        assert not report.folder.exists() and not (report.folder.parent / "up.txt").exists()


def test_an_lfs_pointer_leads_to_the_media_host_and_its_checksum_is_kept(barbados: Fetch, server: Server) -> None:
    body = made.boundaries(0)
    pointer = (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(body).hexdigest()}\nsize {len(body)}\n"
    )
    server.put(made.boundary_file(0), pointer.encode())
    report = barbados(only=("boundaries",))
    assert "came instead" not in report.outcomes[0].message and report.partial  # the media host has nothing yet
    server.put(made.media_file(0), made.boundaries(0).replace(b"13.4", b"13.5"))
    report = barbados(only=("boundaries",))
    assert report.partial and "sha256" in report.outcomes[0].message
    server.put(made.media_file(0), body)
    assert not barbados(only=("boundaries",)).partial
    assert (report.folder / "boundaries/geoBoundaries-BRB-ADM0.geojson").read_bytes() == body


def test_the_token_stays_secret(
    barbados: Fetch, server: Server, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EWCM_OPENCELLID_TOKEN", TOKEN)
    echo = Reply(f"INVALID_TOKEN {TOKEN}".encode())
    away = Reply(b"", 302, {"Location": f"https://elsewhere.example/{TOKEN}?token={TOKEN}"})
    cut = Reply(gzip.compress(made.cell_rows()), cut=100)
    good = Reply(gzip.compress(made.cell_rows()), pause=0.001)
    with caplog.at_level(logging.DEBUG):
        for reply in (echo, away, cut, good):
            server.put(made.OPENCELLID, reply)
            status = run_fetch(
                ["BRB"], folder=tmp_path / "BRB", only=("cells",), mirror=server.address, retry_policy=QUICK
            )
            assert status == (0 if reply is good else 3)
        run_fetch(["BRB"], folder=tmp_path / "BRB", only=("cells",), mirror=server.address, dry_run=True)
    assert any("pk.secret" in asked for asked in server.asked)  # it did go out
    told = capsys.readouterr()
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for text in (caplog.text, told.out, told.err, written.decode("latin-1")):
        assert "pk.secret" not in text and "token/of" not in text and "token%2Fof" not in text
    assert "***" in (tmp_path / "BRB/fetched.json").read_text()


def test_without_a_token_the_mozilla_archive_serves_and_is_streamed_once_for_all(
    barbados: Fetch, server: Server, tmp_path: Path
) -> None:
    report = barbados(only=("cells",), token="")
    assert [each.source.name for each in report.outcomes] == ["mls"] and not report.partial
    rows = gzip.decompress((report.folder / "cells/mls_342.csv.gz").read_bytes()).decode().splitlines()
    assert len(rows) == 300 and all(row.split(",")[1] == "342" for row in rows)
    server.replies.clear()
    other = fetch("UGA", folder=tmp_path / "UGA", only=("cells",), token="", mirror=server.address, retry_policy=QUICK)
    assert (
        other.partial is True and "lie outside" in other.outcomes[0].message
    )  # its rows were filtered, and lie in Barbados


def test_a_broken_stream_of_the_archive_goes_on_where_it_stopped(barbados: Fetch, server: Server) -> None:
    whole = server.replies[made.MLS.removeprefix("https://")][0]
    server.put(made.MLS, replace(whole, cut=2000), replace(whole, body=whole.body, cut=3000), whole)
    report = barbados(only=("mls",))
    assert not report.partial
    assert server.ranges[0] == "bytes=2000-"
    assert len(gzip.decompress((report.folder / "cells/mls_342.csv.gz").read_bytes()).splitlines()) == 300


def test_terrain_comes_only_where_people_or_sites_are(barbados: Fetch, server: Server) -> None:
    rows = made.cell_rows() + made.cell_rows(342, 40, west=-59.3 + 0.35, south=13.05)  # a second square, at 58.9° W
    server.put(made.OPENCELLID, gzip.compress(rows))
    server.put(made.GLO90.format("N13_00_W059_00"), made.elevation(13, -59, 1200))
    report = barbados(only=("population", "cells", "terrain"))
    assert not report.partial
    terrain = sorted(path.name for path in (report.folder / "terrain").iterdir())
    assert terrain == ["Copernicus_DSM_COG_10_N13_00_W060_00_DEM.tif", "Copernicus_DSM_COG_30_N13_00_W059_00_DEM.tif"]
    assert len([asked for asked in server.asked if "dem-" in asked]) == 3  # GLO-30 was tried for both
    assert "GLO-90" in outcome(report, "copernicus").message


def test_a_missing_tile_is_sea_and_is_not_asked_for_again(barbados: Fetch, server: Server) -> None:
    rows = made.cell_rows() + made.cell_rows(342, 40, west=-58.9, south=13.05)
    server.put(made.OPENCELLID, gzip.compress(rows))
    assert not barbados(only=("population", "cells", "terrain")).partial
    asked = len(server.asked)
    assert not barbados(only=("population", "cells", "terrain")).partial
    assert len(server.asked) == asked


def test_tiles_that_came_are_kept_when_another_fails(barbados: Fetch, server: Server) -> None:
    rows = made.cell_rows() + made.cell_rows(342, 40, west=-58.9, south=13.05)
    server.put(made.OPENCELLID, gzip.compress(rows))
    bad = made.GLO30.format("N13_00_W059_00")
    server.put(bad, Reply(b"", 503))
    report = barbados(only=("population", "cells", "terrain"))
    assert report.partial and "503" in outcome(report, "copernicus").message
    assert inputs(report)["terrain"]["path"] == "terrain"
    server.put(bad, made.elevation(13, -59))
    before = server.count[made.TILE.removeprefix("https://")]
    assert not barbados(only=("population", "cells", "terrain")).partial
    assert server.count[made.TILE.removeprefix("https://")] == before


def test_a_tile_elsewhere_or_of_another_resolution_is_refused(barbados: Fetch, server: Server) -> None:
    for body, said in ((made.elevation(14, -60), "elsewhere"), (made.elevation(13, -60, 1200), "resolution")):
        server.put(made.TILE, body)
        report = barbados(only=("population", "terrain"))
        assert said in outcome(report, "copernicus").message


def test_terrain_alone_says_what_it_needs(barbados: Fetch) -> None:
    assert "fetch population or cells first" in barbados(only=("terrain",)).outcomes[0].message


def test_boundaries_of_ocha(barbados: Fetch, server: Server) -> None:
    server.put(made.COD, made.zipped(**{"brb.gpkg": made.geopackage()}))
    barbados(only=("geoboundaries",))
    report = barbados(only=("cod-ab",))
    assert not report.partial
    tables = inputs(report)["boundaries"]
    assert [(table["level"], table["layer"], table["name"], table["code"]) for table in tables] == [
        (0, "brb_adm0", "ADM0_EN", "ADM0_PCODE"),
        (1, "brb_adm1", "ADM1_EN", "ADM1_PCODE"),
    ]
    assert tables[1]["parent"] == "ADM0_PCODE" and tables[0]["path"] == "boundaries/cod-ab-BRB.gpkg"


def test_a_geopackage_that_reads_other_files_is_refused(barbados: Fetch, server: Server) -> None:
    for sql, said in (
        ("CREATE VIRTUAL TABLE t USING fts4(a);", ""),
        ("CREATE TABLE u (a); INSERT INTO u VALUES ('/vsicurl/http://example.org/a.shp');", "refers to another file"),
        ("CREATE TABLE w (a); CREATE TRIGGER v AFTER INSERT ON w BEGIN SELECT load_extension('x'); END;", "load code"),
    ):
        server.put(made.COD, made.zipped(**{"brb.gpkg": made.geopackage(sql)}))
        report = barbados(only=("cod-ab",))
        assert (said in report.outcomes[0].message) if said else not report.partial
        (report.folder / "boundaries/cod-ab-BRB.gpkg").unlink(missing_ok=True)


def test_gadm_is_brought_by_hand_and_flagged(barbados: Fetch, tmp_path: Path) -> None:
    assert "by hand" in barbados(only=("gadm",)).outcomes[0].message
    (tmp_path / "BRB").mkdir()
    (tmp_path / "BRB/gadm41_BRB_0.json").write_bytes(made.boundaries(0))
    report = barbados(only=("gadm",))
    table = inputs(report)["boundaries"][0]
    assert table["redistributable"] is False and table["non_commercial"] is True
    assert table["code"] == "GID_0"


def test_a_non_commercial_licence_of_a_file_is_flagged(barbados: Fetch, server: Server) -> None:
    server.put(
        made.boundary_api(0), made.boundary_facts(0, boundaryLicense="Creative Commons Attribution-NonCommercial 4.0")
    )
    tables = inputs(barbados(only=("boundaries",)))["boundaries"]
    assert tables[0]["non_commercial"] is True and "redistributable" not in tables[0]
    assert "non_commercial" not in tables[1]


def test_ghs_pop_is_joined_from_tiles_and_cut(barbados: Fetch, server: Server) -> None:
    west, north, step = -180.00791593, 89.09958318, 1 / 120
    values = np.full((1200, 1200), 2.0, dtype=np.float32)
    values[:600] = -200
    values[600:] = 250.0
    base = "https://jeodpp.jrc.ec.europa.eu/ftp/jrc-opendata/GHSL/GHS_POP_GLOBE_R2023A/GHS_POP_E2025_GLOBE_R2023A_4326_30ss/V1-0/tiles/"
    name = "GHS_POP_E2025_GLOBE_R2023A_4326_30ss_V1_0_R8_C13"
    tile = made.tiff(values, west + 120, north - 70, step, nodata=-200.0)
    server.put(f"{base}{name}.zip", made.zipped(**{f"{name}.tif": tile}))
    assert "needs boundaries" in barbados(only=("ghs-pop",)).outcomes[0].message
    report = barbados(only=("boundaries", "ghs-pop"))
    assert not report.partial, report.outcomes
    path = report.folder / inputs(report)["population"]["path"]
    with rasterio.open(path) as dataset:
        people = dataset.read(1)
        assert dataset.nodata == -200 and dataset.bounds.left < -59.69 and dataset.bounds.top < 13.42
    assert 36 * 48 <= (people == 250).sum() <= 38 * 50  # every cell that the country touches, no other
    assert not [name for name in names(report.folder) if name.endswith((".zip", ".part"))]


def test_masts_of_openstreetmap(barbados: Fetch, server: Server) -> None:
    elements = [
        {"type": "node", "id": 1, "lat": 13.1, "lon": -59.5, "tags": {"communication:mobile_phone": "yes", "operator": "Flow"}},
        {
            "type": "way", "id": 2, "center": {"lat": 13.2, "lon": -59.6},
            "tags": {"communication:lte": "yes", "communication:gsm": "yes", "height": "40 m"},
        },
    ]  # fmt: skip
    barbados(only=("osm-masts",))
    url = next(asked for asked in server.asked if asked.startswith("overpass"))
    server.put(url, json.dumps({"elements": [], "remark": "runtime error: Query timed out"}).encode())
    assert "gave up" in barbados(only=("osm-masts",)).outcomes[0].message
    server.put(url, json.dumps({"elements": elements}).encode())
    report = barbados(only=("osm-masts",))
    rows = (report.folder / "sites/osm_masts.csv").read_text().splitlines()
    assert rows[1:] == ["osm-node-1,13.1,-59.5,2G,Flow,", "osm-way-2,13.2,-59.6,2G,,40", "osm-way-2,13.2,-59.6,4G,,40"]
    assert inputs(report)["sites"][0]["licence"] == "ODbL 1.0"


def test_dry_run_says_what_would_come_and_touches_nothing(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    assert run_fetch(["BRB"], dry_run=True, mirror=server.address) == 0
    told = capsys.readouterr().out
    for expected in ("CC BY 4.0", "CC0 1.0", "950.0 MB", "WorldPop", "copernicus", "together", "BRB"):
        assert expected in told
    assert server.asked == [] and list(tmp_path.iterdir()) == []


def test_several_countries_go_on_after_one_that_fails(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    made.play_barbados(server)
    (tmp_path / "data/UGA").mkdir(parents=True)
    (tmp_path / "data/UGA/inputs.toml").write_text("broken =")
    assert run_fetch(["UGA", "BRB"], only=("places",), mirror=server.address, quiet=False) == 3
    told = capsys.readouterr()
    assert "no valid TOML" in told.err and "Barbados (BRB): complete" in told.out


def test_what_the_user_wrote_into_inputs_toml_stays(barbados: Fetch, tmp_path: Path) -> None:
    path = tmp_path / "BRB/inputs.toml"
    path.parent.mkdir()
    own = '# my own\ncountry = "BRB"\n[settings]\nmin_people = 50\n\n[[boundaries]]\nlevel = 0\npath = "mine.gpkg"'
    path.write_text(own + "\n")
    report = barbados(only=("boundaries", "places"))
    assert "boundaries: inputs.toml names files of your own" in report.notes[0]
    text = path.read_text()
    assert text.startswith(own) and inputs(report)["places"]["path"] == "places.csv"
    path.write_text(text + '\n[[cells]]\npath = "mine.csv"\n')
    barbados(only=("official",))
    assert [table["path"] for table in inputs(report)["cells"]] == ["mine.csv"]
    assert inputs(report)["official"]["path"] == "official.json"
    assert len(inputs(report)["boundaries"]) == 1


def test_a_broken_inputs_toml_is_said_before_anything_is_fetched(
    barbados: Fetch, server: Server, tmp_path: Path
) -> None:
    (tmp_path / "BRB").mkdir()
    (tmp_path / "BRB/inputs.toml").write_text("country = ")
    with pytest.raises(InputError, match="no valid TOML"):
        barbados()
    assert server.asked == []


def test_a_changed_file_is_kept_and_a_deleted_one_comes_again(barbados: Fetch, server: Server) -> None:
    report = barbados(only=("places",))
    path = report.folder / "places.csv"
    path.write_text("mine")
    assert "was changed since it came" in barbados(only=("places",)).outcomes[0].message
    assert path.read_text() == "mine"
    path.unlink()
    assert barbados(only=("places",)).outcomes[0].state == "fetched"


def test_another_year_takes_the_place_of_the_first(barbados: Fetch, server: Server) -> None:
    barbados(only=("population",))
    server.put(made.WORLDPOP.replace("2025/BRB", "2020/BRB").replace("pop_2025", "pop_2020"), made.population())
    report = barbados(only=("population",), year=2020)
    assert inputs(report)["population"]["year"] == 2020
    assert "population" in inputs(barbados(only=("places",)))
    assert barbados(only=("population",), year=2025).outcomes[0].state == "present"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"only": ("roads",)}, SettingsError),
        ({"year": 1950}, SettingsError),
        ({"resolution": "30m"}, SettingsError),
        ({"only": ("ghs-pop",), "year": 2021}, SettingsError),
        ({"only": ("worldpop-unadj",), "resolution": "100m"}, SettingsError),
    ],
)
def test_what_no_source_has_is_refused_at_once(barbados: Fetch, options: dict[str, object], error: type) -> None:
    with pytest.raises(error):
        barbados(**options)


def test_an_unknown_country_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(CountryError):
        fetch("XYZ", folder=tmp_path)
