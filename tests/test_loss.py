"""ewcm loss, and an alert with sites lost: brute force, ledgers that close, unknown that stays unknown, errors in a line."""

import csv
import json
import re
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

import ewcm
from ewcm import pipeline
from ewcm.api import loss_in
from ewcm.cli import main
from ewcm.core import grid
from ewcm.core.texts import number_text, words_in
from ewcm.countries import country
from ewcm.errors import EwcmError
from ewcm.planning import Request, plan_of
from ewcm.report import publish
from ewcm.report.numbers import two_figures
from ewcm.report.plan_lines import sentences
from ewcm.report.plan_page import render_plan
from ewcm.settings import Settings
from ewcm.sources.hazards import winds_of
from ewcm.starter.tracks import lent
from tests.conftest import ROOT
from tests.made import made_areas, made_data, made_declared, made_grid, made_places, made_sites
from tests.made_alerts import cap, info
from tests.observed_outages import cells, rows
from tests.oracles.outages import brute_force

GEOBOX = made_grid(rows=24, cols=30, step=1 / 20)  # 30.0 to 31.5 E, 0.8 to 2.0 N
AREAS = made_areas((1, "West", shapely.box(30, 0.8, 30.7, 2)), (1, "East", shapely.box(30.7, 0.8, 31.5, 2)))
SITES = [
    (1.2, 30.32),
    (1.25, 30.42),
    (1.3, 30.52),
    (1.35, 30.62),
    (1.4, 30.74),
    (1.3, 30.82),
    (1.5, 31.02),
    (1.0, 30.22),
]
PEOPLE = np.random.default_rng(7).gamma(0.5, 300, GEOBOX.shape.yx).astype(np.float32)
PLAIN = Settings(radius_km={"2G": 15.0, "4G": 12.0}, min_people=1)
#: Lower edges of gusts [m/s] and the share of towers that they take, central.
GUSTS, TAKEN = (40, 50, 60, 70, 80), (0, 0.06, 0.2, 0.73, 0.98, 1.0)


def _run(sites, **others):
    data = made_data(
        PEOPLE, GEOBOX, sites=made_sites(*sites), boundaries=AREAS, places=made_places(("A", 1.2, 30.4)), **others
    )
    return pipeline.run(replace(data, country=country("UGA")), PLAIN)


@pytest.fixture(scope="module")
def made():
    return _run([(lat, lon, "2G", "Red") for lat, lon in SITES])


@pytest.fixture(scope="module")
def winds(tmp_path_factory):
    """A storm that comes from the west: 44 to 24 m/s."""
    path = tmp_path_factory.mktemp("winds") / "winds.tif"
    values = np.broadcast_to(np.linspace(44, 24, 30, dtype=np.float32), (24, 30))
    about = {"driver": "GTiff", "height": 24, "width": 30, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(path, "w", transform=Affine(0.05, 0, 30, 0, -0.05, 2), **about) as target:
        target.write(values, 1)
    return path


def _circles(radius_km):
    """Which sites cover each grid cell."""
    lat, lon = grid.latlon(GEOBOX, *(part + 0.5 for part in np.indices(GEOBOX.shape.yx)))
    return np.stack([grid.distance_km(lat, lon, *np.array(site)) <= radius_km for site in SITES], axis=-1)


@pytest.mark.parametrize(
    "listed",
    [
        "Identifiant du site;État\n0;hors service\n1;en service\n",
        "Código de sitio;Estado\n0;fuera de servicio\n1;operativo\n",
        "ID do site;Estado\n0;fora de serviço\n1;operacional\n",
        "رقم الموقع,الحالة\n0,متوقف\n1,يعمل\n",
        "Latitud;Longitud;Estado\n{};fuera de servicio\n",
    ],
)
def test_lists_of_lost_sites_have_the_headings_of_their_language(made, tmp_path, listed):
    path = tmp_path / "lost.csv"
    path.write_text(listed.format(";".join(f"{value:.4f}" for value in SITES[0])), encoding="utf-8")
    assert loss_in(made, ["any"], sites=path).sites["out"].tolist().count(1) == 1


def test_reached_people_are_those_of_every_state_of_every_site(made, winds):
    answer = loss_in(made, ["any"], hazard=winds, kind="wind", settings={"grid_share": 1.0})
    assert answer.loss.caveats[0].code == "no_backhaul"
    met = np.linspace(44, 24, 30)[[int((lon - 30) / 0.05) for _, lon in SITES]]
    damage = np.array(TAKEN)[np.digitize(1.23 * met.astype(np.float32), GUSTS)]
    off = 1 / (1 + np.exp(-0.25 * (met - 28)))
    group = np.array([lon < 30.7 for _, lon in SITES], int)
    for hours, spent in ((0, 0.0), (8, 0.6), (24, 0.6), (72, 1.0)):
        wanted, known = 0.0, {}
        for people, covers in zip(PEOPLE.reshape(-1), _circles(15.0).reshape(-1, len(SITES)), strict=True):
            if tuple(covers) not in known:
                here = np.flatnonzero(covers)
                on = 1 - damage[here]
                chances = (group[here], off[here], on, on * (1 - spent), np.full(here.size, -1))
                known[tuple(covers)] = brute_force(np.ones(here.size), 1.0, 0.0, *chances)[0] if here.size else 0.0
            wanted += float(people) * known[tuple(covers)]
        row = answer.country[answer.country["hours"] == hours].iloc[0]
        assert row["reached"] == pytest.approx(wanted, rel=2e-5), hours  # shares are kept to 1/60000
        assert row["reached_low"] < row["reached"] < row["reached_high"]


def test_every_row_closes_and_time_never_brings_people_back(made, winds):
    rows = loss_in(made, hazard=winds, kind="wind").areas
    parts = rows[["reached", "lost", "no_longer_known", "unknown_before", "uncovered_before"]].sum(axis=1)
    np.testing.assert_allclose(parts, rows["people"], rtol=1e-6)
    for _, one in rows.groupby(["area_id", "service"]):
        assert (np.diff(one.sort_values("hours")[["reached", "reached_low", "reached_high"]], axis=0) <= 1e-9).all()
    of_level = rows[rows["hours"] == 24].groupby("level")["reached"].sum()
    assert of_level[0] == pytest.approx(of_level[1])


def test_a_list_takes_its_sites_and_no_others(made, tmp_path):
    listed = tmp_path / "lost.csv"
    listed.write_text("site_id,lat,lon\n0,,\n,1.2501,30.42\n99,,\n")  # by name, by place, and one that nobody knows
    answer = loss_in(made, ["any"], sites=listed)
    kept = _circles(15.0)[..., 2:].any(axis=-1)
    (row,) = answer.country.to_dict("records")
    assert row["reached"] == pytest.approx(float(PEOPLE[kept].sum()), rel=1e-6)
    assert answer.sites["out"].tolist() == [1, 1] + [0] * 6
    assert any("1 of 3 listed sites are none" in line for line in answer.sentences())
    assert any("Sites de la liste" in line and "1 sur 3" in line for line in answer.sentences("fr"))
    headline = answer.sentences()[0]
    before = answer.country.iloc[0]
    least, most = (two_figures(before[f"reached_before_{end}"]) for end in ("low", "high"))
    assert f"({least:,.0f} to {most:,.0f}) people reached by" in headline and "nothing is known" not in headline
    listed.write_text("Latitude;Longitude\n1,2501;30,42\n")
    assert loss_in(made, ["any"], sites=listed).sites["out"].sum() == 1
    listed.write_text("lat,lon\n130.42,1.25\n")
    with pytest.raises(EwcmError, match=r"row 2: lat is 130\.42, which is none; are lat and lon exchanged"):
        loss_in(made, ["any"], sites=listed)
    listed.write_text("lat,lon\n45.5,8.25\n")
    with pytest.raises(
        EwcmError, match=r"holds 1 site, and none of them is one of the country's \(the first: 45.5, 8.25\)"
    ):
        loss_in(made, ["any"], sites=listed)
    # A list of identifiers alone is one, commas in them included; rows that cannot be told apart are no answer on the rest.
    listed.write_text("site_id\n0\n641-10-2G-0.16,31.82\n")
    assert loss_in(made, ["any"], sites=listed).sites["out"].sum() == 1
    listed.write_text("site_id,note\n0,x\n641-10-2G-0.16,31.82,x\n641-10-2G-0.17,31.82,x\n")
    with pytest.raises(
        EwcmError, match="2 of 3 rows have more fields than the header; put identifiers that hold a comma in q"
    ):
        loss_in(made, ["any"], sites=listed)
    everything = loss_in(made, ["any"], sites=[str(number) for number in range(8)]).country.iloc[0]
    assert everything["reached"] == 0 and everything["lost"] == pytest.approx(everything["reached_before"])


def test_every_place_of_a_listed_site_is_lost(made):
    """Rows of one site_id stand a few metres apart in many lists; a site is lost as a whole, and damaged as one."""
    spread = _run([(lat, lon, "2G", "Red") for lat, lon in SITES for _ in range(3)])
    table = spread.data.sites.table
    table["site_id"] = [str(number // 3) for number in range(len(table))]
    table["lat"] += np.tile([0.0, 1e-4, 2e-4], len(SITES))
    spread = pipeline.run(spread.data, PLAIN)
    assert len(loss_in(spread, ["any"], sites=["0"]).sites) == len(SITES)
    for lost in (["0"], ["0", "3", "4"]):
        left, plain = (loss_in(each, ["any"], sites=lost) for each in (spread, made))
        assert left.sites["out"].sum() == len(lost)
        assert left.country["reached"][0] == pytest.approx(plain.country["reached"][0], rel=0.01)
    # Places that lie far from the first of their site_id are sites of their own, and a list takes all of them.
    table.loc[table["site_id"] == "7", "site_id"] = "0"
    answer = loss_in(pipeline.run(spread.data, PLAIN), ["any"], sites=["0"])
    assert (len(answer.sites), answer.sites["out"].sum()) == (len(SITES) + 2, 4)


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("site_id,Status\n0,Down\n1,UP\n2,Out of service\n3,On air\n", 2),
        ("site_id;État\n0;hors service\n1;en service\n", 1),
        ("site_id,out\n0,yes\n1,no\n2,0\n3,1\n", 2),
        ("site_id,operational\n0,no\n1,yes\n", 1),
        ("site_id,lat,lon,status\n,1.2,30.32,caída\n,1.25,30.42,operativa\n", 1),
        ("site_id,status\n0,macro\n1,macro\n", 2),
        ("site_id,up\n0,1\n1,0\n2,0\n", 2),
        ("site_id,status,restored\n0,down,\n1,up,2026-03-15\n", 1),
    ],
)
def test_rows_of_standing_sites_in_a_list_are_not_lost(made, tmp_path, text, out):
    listed = tmp_path / "report.csv"
    listed.write_text(text, encoding="utf-8")
    answer = loss_in(made, ["any"], sites=listed)
    assert answer.sites["out"].sum() == out
    left = text.count("\n") - 1 - out
    assert any(f"{left} of {left + out} rows say" in line for line in answer.sentences()) == (left > 0)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("site_id,status\n0,down\n1,on battery\n", r"column status does not say .* lost \('on battery'\)"),
        ("site_id,out\n0,0.3\n1,0.9\n", r"column out does not say .* \(chances to be out are for --values"),
        # What other columns say of a site's state was left unread, and all were lost.
        ("site_id,2G,4G\n0,down,down\n1,up,down\n", "column 2g says of 1 row that something works"),
        ("site_id,RAG\n0,RED\n1,GREEN\n2,AMBER\n", "column rag does not say of every site whether it is lost"),
        (
            "site_id,down since,restored\n0,2026-03-14,\n1,2026-03-14,2026-03-15\n",
            "column restored is filled in 1 of 2 rows",
        ),
        ("site_id,% capacity\n0,0%\n1,50%\n", "column % capacity has different figures"),
        ("site_id,p_out\n0,0.1\n1,0.9\n", "column p_out has different figures"),
        ("site_id,status\n0,up\n1,up\n", "column status says of every row that its site stands"),
    ],
)
def test_a_list_that_does_not_tell_lost_from_standing_sites_is_refused(made, tmp_path, text, refused):
    listed = tmp_path / "report.csv"
    listed.write_text(text, encoding="utf-8")
    with pytest.raises(EwcmError, match=refused):
        loss_in(made, ["any"], sites=listed)


def test_what_a_list_says_twice_or_in_columns_that_are_not_read_is_said(made, tmp_path):
    listed = tmp_path / "report.csv"
    listed.write_text("site_id,time,status,restored eta\n0,1,down,soon\n0,2,up,\n1,1,down,\n", encoding="utf-8")
    answer = loss_in(made, ["any"], sites=listed)
    told = " ".join(answer.sentences())
    assert answer.sites["out"].sum() == 2 and "1 site is lost by one row" in told
    assert "columns that are not read: time, restored eta." in told


def test_sites_that_hang_on_a_listed_one_fall_with_it(made, tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("site_id,backhaul,remark\n1,0,\n2,1,x\n")
    answer = loss_in(made, ["any"], sites=["0"], values=own)
    assert [answer.sites[f"out{case}"].sum() for case in ("_low", "", "_high")] == [1, 3, 3]
    plain = loss_in(made, ["any"], sites=["0", "1", "2"]).country.iloc[0]
    (row,) = answer.country.to_dict("records")
    assert row["reached"] == plain["reached"] and row["reached_low"] == plain["reached_low"]
    said = " ".join(answer.sentences())
    assert "2 further sites hang on lost ones" in said and "go before all others" not in said
    assert "columns that are not read: remark" in said


def test_a_plan_after_a_loss_serves_those_whom_the_standing_sites_leave(made, tmp_path):
    """The people out of reach are those of a run without the lost sites; the plan says after which loss."""
    lost = tmp_path / "lost.csv"
    lost.write_text("site_id\n" + "\n".join(str(number) for number in range(4)), encoding="utf-8")
    found = plan_of(made, Request(towers=2, loss=lost))
    left = _run([(lat, lon, "2G", "Red") for lat, lon in SITES[4:]])
    assert found.total[1] == pytest.approx(left.services["any"].uncovered, rel=1e-6)
    assert found.total[1] > 1.05 * made.services["any"].uncovered
    assert found.people >= plan_of(made, Request(towers=2)).people
    assert (found.after.out, found.after.sites, found.after.hours) == (4, 8, None)
    # The map of the page shows those people too, and not those of before the loss.
    pictures = [
        json.loads(re.search(r'id="page-data">(.*?)</script>', page, re.DOTALL)[1])["pictures"]["people"]
        for page in (render_plan(made, found, "en"), render_plan(left, plan_of(left, Request(towers=2)), "en"))
    ]
    assert pictures[0] == pictures[1]
    for language, words in (("en", "4 of 8 existing sites out"), ("pt", "estações existentes fora de serviço: 4 de 8")):
        assert words in " ".join(sentences(made, found, language))


def test_a_threshold_leaves_nothing_to_chance(made, winds):
    answer = loss_in(made, ["any"], hazard=winds, kind="wind", threshold=35.0)
    assert any("Every site at 35 m/s or more is lost" in line for line in answer.sentences())
    lost = [np.linspace(44, 24, 30)[int((lon - 30) / 0.05)] >= 35 for _, lon in SITES]
    assert sorted(answer.sites["out"], reverse=True) == sorted(map(float, lost), reverse=True)
    kept = _circles(15.0)[..., ~np.array(lost)].any(axis=-1)
    assert answer.country["reached"].item() == pytest.approx(float(PEOPLE[kept].sum()), rel=1e-6)


def test_a_threshold_is_in_the_unit_of_the_file(made, winds, tmp_path):
    """100 km/h are not 100 m/s, which would take nothing."""
    with rasterio.open(winds) as source, rasterio.open(tmp_path / "kmh.tif", "w", **source.profile) as target:
        target.write(source.read() * np.float32(3.6))
    plain = loss_in(made, ["any"], hazard=winds, kind="wind", threshold=35.1)
    answer = loss_in(made, ["any"], hazard=tmp_path / "kmh.tif", kind="wind", unit="km/h", threshold=35.1 * 3.6)
    assert answer.sites["out"].tolist() == plain.sites["out"].tolist() and 0 < plain.sites["out"].sum() < len(SITES)
    assert any("Every site at 35.1 m/s or more is lost" in line for line in answer.sentences())


def test_the_unit_of_a_hazard_is_said_with_its_intensities_at_sites(made, winds, tmp_path):
    known = [np.linspace(44, 24, 30)[int((lon - 30) / 0.05)] for _, lon in SITES]
    span = f"{min(known):.3g} to {max(known):.3g} m/s"
    answer = loss_in(made, ["any"], hazard=winds, kind="wind", threshold=35.0)
    assert any(f"{span}: no unit was given with it, and m/s was taken" in text for text in answer.notes("en"))
    answer = loss_in(made, ["any"], hazard=winds, kind="wind", unit="m/s", threshold=35.0)
    assert any(text == f"At the known sites the hazard is {span}." for text in answer.notes("en"))
    for language in ("fr", "es", "pt"):  # in which 43.6 is written with a comma, and 1,234 is a little more than one
        told = " ".join(answer.sentences(language))
        page = (answer.write(tmp_path / language, language) / "loss.html").read_text(encoding="utf-8")
        lost = [number_text(two_figures(answer.country[f"lost{end}"][0]), language) for end in ("", "_low", "_high")]
        # By chance or by the case of the coverage: who loses it has a range as well, and none of it is sure.
        assert (
            words_in(language, "alert")["line_range"].format(**dict(zip(("value", "low", "high"), lost, strict=True)))
            in told
        )
        assert f"{max(known):.3g}".replace(".", ",") in told and not re.search(r"\d\.\d", told)
        assert not re.search(r"\d,\d{3}\b", page.partition("<table>")[2])


def test_what_no_known_site_explains_is_unknown_after_the_loss():
    whole = shapely.box(30, 0.8, 31.5, 2)
    gone = {"sites": [str(number) for number in range(8)]}
    # 2G is a map without sites: whoever loses 4G may still have it.
    result = _run([(lat, lon, "4G", "Red") for lat, lon in SITES], declared=(made_declared("2G", "", whole),))
    row = loss_in(result, ["any"], **gone).country.iloc[0]
    assert row["reached"] == 0 and row["lost"] == 0 and row["no_longer_known"] == pytest.approx(row["people"])
    # A map with sites: circles hang on them, the rest of the map on nobody knows what.
    result = _run([(lat, lon, "2G", "Red") for lat, lon in SITES], declared=(made_declared("2G", "", whole),))
    row = loss_in(result, ["any"], **gone).country.iloc[0]
    circles = float(PEOPLE[_circles(15.0).any(axis=-1)].sum())
    assert row["lost"] == pytest.approx(circles, rel=1e-6)
    assert row["no_longer_known"] == pytest.approx(row["people"] - circles, rel=1e-6)
    # Without any source of the oldest technology nobody is known to be lost.
    result = _run([(lat, lon, "4G", "Red") for lat, lon in SITES])
    row = loss_in(result, ["any"], **gone).country.iloc[0]
    assert np.isnan(row["lost"]) and row["no_longer_known"] == pytest.approx(row["reached_before"])


def test_the_page_begins_with_the_areas_that_are_known_to_lose_most(tmp_path):
    """More people of the east are no longer known, for they hang on no known site; the west loses one."""
    whole = made_declared("2G", "", shapely.box(30, 0.8, 31.5, 2))
    answer = loss_in(_run([(lat, lon, "2G", "Red") for lat, lon in SITES], declared=(whole,)), ["any"], sites=["7"])
    areas = answer.areas[answer.areas["level"] == 1].set_index("name")
    assert areas["lost"]["West"] > areas["lost"]["East"] == 0
    assert (areas["reached_before"] - areas["reached"]).idxmax() == "East"
    page = (answer.write(tmp_path / "out") / "loss.html").read_text(encoding="utf-8")
    assert 0 < page.index(">West<") < page.index(">East<")


def test_what_operators_state_goes_first(made, winds, tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("site_id,out\n" + "".join(f"{number},0\n" for number in range(8)))
    row = loss_in(made, ["any"], hazard=winds, kind="wind", values=own, hours=(24,)).country.iloc[0]
    assert row["reached"] == pytest.approx(row["reached_before"], rel=1e-6) and row["lost"] == 0
    # All hang on the first, which is gone: in the case of fewest losses nothing is made of that.
    own.write_text("site_id,out,backhaul\n0,1,\n" + "".join(f"{number},0,{number - 1}\n" for number in range(1, 8)))
    row = loss_in(made, ["any"], hazard=winds, kind="wind", values=own, hours=(24,)).country.iloc[0]
    assert row["reached"] == row["reached_low"] == 0 < row["reached_high"]
    own.write_text("site_id,battery_hours,generator,fuel_hours,on_grid\n0,1,ja,,\n")
    with pytest.raises(EwcmError, match="row 2: generator is 'ja'; write a share from 0 to 1, yes or no"):
        loss_in(made, hazard=winds, kind="wind", values=own)


@pytest.fixture(scope="module")
def published(made, tmp_path_factory):
    return publish.write(made, tmp_path_factory.mktemp("loss") / "maps" / "UGA")


def _loss(published, output, *more):
    return main(["loss", "UGA", "--results", str(published), "--output", str(output), *map(str, more)])


def test_what_operators_state_twice_or_in_unknown_columns_is_said(made, winds, tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("site_id;battery_hours\n0;4,5\n0;9\n")
    answer = loss_in(made, ["any"], hazard=winds, kind="wind", values=own)
    assert any("1 site has several rows in own.csv" in line for line in answer.sentences())
    own.write_text("site_id,battery\n0,4\n")
    with pytest.raises(EwcmError, match=r"no column is one of out, .* \(there are: site_id, battery\)"):
        loss_in(made, ["any"], hazard=winds, kind="wind", values=own)


def test_the_command_writes_tables_layers_points_and_a_page(published, made, winds, tmp_path, capsys):
    output = tmp_path / "out"
    assert (
        _loss(published, output, "--hazard", winds, "--kind", "wind", "--hours", "0,24", "--set", "fuel_hours=72") == 0
    )
    printed = capsys.readouterr().out
    assert printed.startswith("Uganda, wind, 0 hours after: ") and "  note: Nobody repairs" in printed
    names = ["loss.csv", "loss.html", "loss.json", "loss.tif", "loss_sites.csv", "loss_sites.gpkg"]
    assert sorted(path.name for path in output.iterdir()) == names
    live = loss_in(made, hazard=winds, kind="wind", hours=(0, 24), settings={"fuel_hours": 72}).areas
    rows = list(csv.DictReader((output / "loss.csv").open(encoding="utf-8-sig")))
    np.testing.assert_allclose(
        [float(row["reached"]) for row in rows], live["reached"], rtol=1e-6
    )  # opened, or computed
    with rasterio.open(output / "loss.tif") as raster:
        bands = dict(zip(raster.descriptions, raster.read(), strict=True))
    change = bands["covered_before"] - bands["covered_24h"]
    np.testing.assert_allclose(bands["difference_24h"], change, atol=1e-6)
    assert float(np.nansum(PEOPLE * bands["covered_24h"])) == pytest.approx(float(rows[1]["reached"]), rel=1e-5)
    page = (output / "loss.html").read_text()
    assert "wind" in page and "<script" not in page and "http" not in page
    content = json.loads((output / "loss.json").read_text())
    assert content["settings"]["fuel_hours"] == [72, 72, 72] and content["country"][0]["people"] > 0
    assert _loss(published, tmp_path, "--hazard", winds, "--kind", "wind") == 2  # of somebody else
    assert "holds files that are not a loss's" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ([], "nothing is lost yet; give --sites LIST, --hazard WHAT"),
        (["--hazard", "PAM 2015"], "no tracks come with the engine for UGA"),
        (["--hazard", "{winds}"], "of what kind is"),
        (["--hazard", "{winds}", "--kind", "earthquake", "--unit", "MMI"], "which are no"),
        (["--hazard", "{winds}", "--kind", "wind", "--hours", "0,96"], "give some from 0 to 72"),
        (["--hazard", "{winds}", "--kind", "wind", "--set", "batery_hours=4"], "battery_hours"),
        (["--hazard", "{winds}", "--kind", "wind", "--set", "battery_hours=2,4,8"], "give them as [8.0, 4.0, 2.0]"),
        (["--hazard", "{winds}", "--kind", "wind", "--services", "6G"], "of '6G' nothing is known here"),
        (["--sites", "{strange}"], "holds 1 site, and none of them is one of the country's (the first: mast-7)"),
        (["--sites", "{empty}"], "has no column site_id"),
        (["--sites", "{strange}", "--hazard", "{winds}"], "and not both"),
    ],
)
def test_mistakes_are_one_line(published, winds, tmp_path, capsys, more, text):
    (tmp_path / "strange.csv").write_text("site_id,name\nmast-7,Hill\n")
    (tmp_path / "empty.csv").write_text("remark,where\nHill,here\n")
    files = {"winds": winds, "strange": tmp_path / "strange.csv", "empty": tmp_path / "empty.csv"}
    assert _loss(published, tmp_path / "out", *[part.format(**files) for part in more]) == 2
    err = capsys.readouterr().err
    assert text in err and err.count("\n") == 1 and "Traceback" not in err


def test_a_storm_of_the_pack_has_the_winds_of_its_track():
    geobox = made_grid(rows=20, cols=20, step=1 / 20, west=168, north=-17.2)
    places = [(-17.75, 168.3), (-17.6, 168.45)]
    data = made_data(np.ones((20, 20)), geobox, sites=made_sites(*[(*place, "2G", "") for place in places]))
    result = pipeline.run(replace(data, country=country("VUT")), PLAIN)
    answer = loss_in(result, ["any"], hazard="PAM 2015", hours=(0,))
    (event,) = winds_of(lent("VUT"), geobox, {"event": "PAM 2015"})
    from ewcm.analysis.cyclone_winds import event_winds

    field = event_winds(event.source.tracks.table, "H08", geobox).block(slice(0, 20))
    for row in answer.sites.itertuples():
        at = tuple(int(part[0]) for part in grid.cells_at(geobox, np.array([row.lat]), np.array([row.lon])))
        assert row.intensity == pytest.approx(float(field[at]), abs=1.0) and row.intensity > 40
    with pytest.raises(EwcmError, match="has no storm 'PAMELA'"):
        loss_in(result, hazard="PAMELA")
    out = [loss_in(result, ["any"], hazard="PAM 2015", threshold=40 * to, unit=unit).sites["out"].tolist() for to, unit in
           ((1, None), (3.6, "km/h"), (3600 / 1852, "kt"))]  # fmt: skip
    assert out == [[1.0, 1.0]] * 3
    with pytest.raises(EwcmError, match="unit = 'furlongs' is none of wind"):
        loss_in(result, hazard="PAM 2015", threshold=40, unit="furlongs")


ALERT = shapely.box(30.13, 0.97, 30.71, 1.63)


def _text(shape):
    return " ".join(f"{lat:.17g},{lon:.17g}" for lon, lat in shapely.get_coordinates(shape))


@pytest.fixture(scope="module")
def alert(tmp_path_factory):
    path = tmp_path_factory.mktemp("alert") / "alert.xml"
    path.write_text(cap(info(polygon=_text(ALERT)), status="Exercise"))
    return path


def test_the_same_alert_with_sites_lost(made, alert, winds, tmp_path, capsys):
    channels = tmp_path / "channels.toml"
    channels.write_text('[[channel]]\nname = "satellite"\neverywhere = true\nshare = 0.1\n')
    scenario = tmp_path / "scenario.toml"
    scenario.write_text(f'hazard = "{winds}"\nkind = "wind"\n[settings]\ngrid_share = 1.0\n')
    answer = ewcm.alert(alert, ["UGA"], results={"UGA": made}, maps=tmp_path, channels=channels, loss=scenario)
    (country_figures,) = answer.summary["alerts"][0]["countries"]
    after = country_figures["after_loss"]
    before = {each["channel"]: each for each in country_figures["channels"]}
    for each in after["channels"]:
        if each["channel"] == "mobile":
            assert each["reached_low"] < each["reached"] < before["mobile"]["reached"]
        else:
            assert each["reached"] == before["satellite"]["reached"]
        total = each["reached"] + each["left"] + each["unknown"]
        assert total == pytest.approx(country_figures["inside"])
    part = loss_in(made, ["any"], hazard=winds, kind="wind", hours=(24,), settings={"grid_share": 1.0})
    inside = ewcm.alert(alert, ["UGA"], results={"UGA": part.after(24)}, maps=tmp_path)
    # The tables of what is left are those of before: published beside its coverage they would contradict it.
    with pytest.raises(EwcmError, match=r"nothing was written.*before sites were lost"):
        publish.write(part.after(24), tmp_path / "left")
    assert not (tmp_path / "left").exists()
    (there,) = inside.summary["alerts"][0]["countries"]
    assert next(one for one in after["channels"] if one["channel"] == "mobile")["reached"] == pytest.approx(
        there["together"]["reached"]
    )
    schema = json.loads((ROOT / "docs" / "reach.schema.json").read_text(encoding="utf-8"))
    answer.write(tmp_path / "out")
    jsonschema.validate(json.loads((tmp_path / "out" / "reach.json").read_text(encoding="utf-8")), schema)
    rows = list(csv.DictReader((tmp_path / "out" / "reach_after_loss.csv").open(encoding="utf-8-sig")))
    mobile = sum(float(row["reached"]) for row in rows if row["channel"] == "mobile")
    assert mobile == pytest.approx(there["together"]["reached"], rel=1e-6)
    rows = list(csv.DictReader((tmp_path / "out" / "sites_after_loss.csv").open(encoding="utf-8-sig")))
    assert sum(float(row["out_24h"]) for row in rows) == pytest.approx(after["sites_out"], rel=1e-6)


def test_a_report_of_outages_is_a_list_within_an_alert_too(made, alert, tmp_path):
    """Words in its columns do not make a hazard of it."""
    report = tmp_path / "report.csv"
    report.write_text("site_id,out\n0,down\n1,up\n")
    (figures,) = ewcm.alert(alert, ["UGA"], results={"UGA": made}, loss=report).summary["alerts"][0]["countries"]
    assert figures["after_loss"]["sites_out"] == 1
    report.write_text("site_id,out\n0,down\n1,perhaps\n")
    with pytest.raises(EwcmError, match="column out does not say of every site whether it is lost"):
        ewcm.alert(alert, ["UGA"], results={"UGA": made}, loss=report)


def _people_in(shape):
    cells = [
        (
            row,
            col,
            shapely.intersection(
                shape, shapely.box(30 + col / 20, 2 - (row + 1) / 20, 30 + (col + 1) / 20, 2 - row / 20)
            ),
        )
        for row, col in np.ndindex(GEOBOX.shape.yx)
    ]
    share = np.zeros(GEOBOX.shape.yx)
    for row, col, part in cells:
        share[row, col] = part.area * 400
    return share


def test_targeting_equals_brute_force(made, alert, published, tmp_path, capsys):
    asked = ["alert", str(alert), "UGA", "--results", str(published.parent), "--output", str(tmp_path / "out")]
    assert main([*asked, "--targeting"]) == 0
    assert "targeting, sites inside send (" in capsys.readouterr().out
    content = json.loads((tmp_path / "out" / "reach.json").read_text())
    jsonschema.validate(content, json.loads((ROOT / "docs" / "reach.schema.json").read_text(encoding="utf-8")))
    found = content["alerts"][0]["countries"][0]["targeting"]
    rows = {row["method"]: row for row in found["methods"]}
    covers, share = _circles(15.0), _people_in(ALERT)
    inside = np.array([ALERT.contains(shapely.Point(lon, lat)) for lat, lon in SITES])
    touches = (covers & (share * PEOPLE > 0)[..., None]).any(axis=(0, 1))
    assert touches.sum() > inside.sum() > 0
    reached = covers[..., inside].any(axis=-1)
    missed = float((PEOPLE * share)[covers.any(axis=-1) & ~reached].sum())
    assert rows["mast_inside"]["under_alert"] == pytest.approx(missed, rel=1e-4) and missed > 0
    for name, sends in (("mast_inside", inside), ("footprint_touches", touches)):
        beyond = float((PEOPLE * (1 - share))[covers[..., sends].any(axis=-1)].sum())
        assert rows[name]["overshoot"] == pytest.approx(beyond, rel=1e-4)
        assert rows[name]["sites"] == sends.sum()
    assert rows["footprint_touches"]["under_alert"] == rows["device"]["under_alert"] == pytest.approx(0, abs=1e-3)
    # Phones show it up to 161 m outside: a rim of the box.
    rim = 0.001447 * 2 * (0.58 + 0.66) * 400
    density = float(PEOPLE[covers.any(axis=-1)].mean())
    assert 0 < rows["device"]["overshoot"] < 3 * rim * density < rows["footprint_touches"]["overshoot"]


@pytest.mark.real
def test_the_table_of_observed_outages_holds_what_the_model_says(hazard_data):
    page = (ROOT / "docs" / "method-loss.md").read_text(encoding="utf-8")
    names = {"VUT": "Vanuatu", "FJI": "Fiji"}
    for row in rows(hazard_data):
        storm, area, hours, _, *bands = cells(row)
        line = next(
            each for each in page.splitlines() if each.startswith(f"| {storm} | {names.get(area, area)} | {hours} |")
        )
        assert " | ".join(bands) in line
