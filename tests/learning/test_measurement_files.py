"""Files of measurements as instruments, apps and offices write them, through the command line; what is not used is said."""

import json
import warnings

import numpy as np
import pandas as pd
import pyproj
import pytest
from affine import Affine

from ewcm.cli import main
from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.learning import levels
from ewcm.sources.measurements import read_measurements
from tests.learning.test_propagation import drive_test
from tests.made_files import write_country, write_population

UGANDA = country("UGA")
SIDE = 120


def with_headings(**names):
    table = drive_test(60).drop(columns=["measured_loss_db"], errors="ignore")
    return table[["lat", "lon", "dbm", "technology", "operator", "p1812_dbm"]].rename(columns=names)


def of_gnettrack(path):
    table = with_headings(
        lat="Latitude", lon="Longitude", dbm="Level", technology="NetworkTech", operator="Operatorname"
    )
    table.assign(Operator="64110", LTERSSI=table["Level"] + 25, Qual=-10).to_csv(path, sep="\t", index=False)


def of_nemo(path):
    table = with_headings(lat="Latitude", lon="Longitude", dbm="RSRP (dBm)", technology="System").drop(
        columns="operator"
    )
    table.assign(System="LTE FDD", **{"RSRQ (dB)": -9.5}).to_csv(path, sep=";", decimal=",", index=False)


def of_tems(path):
    names = {"lat": "All-Latitude Decimal Degree", "lon": "All-Longitude Decimal Degree", "technology": "Mode - RAT"}
    table = with_headings(dbm="All-Serving Cell RSRP (dBm)", **names)
    table.assign(**{"All-Neighbor 1 RSRP (dBm)": -60.0}).to_csv(path, sep="\t", index=False)


def of_speed_tests(path):
    names = {"lat": "client_latitude", "lon": "client_longitude", "technology": "post_connection_type_name"}
    table = with_headings(dbm="rsrp", operator="sim_operator_common_name", **names)
    table.assign(rssi=table["rsrp"] + 25, location_accuracy=10).to_csv(path, index=False)


def of_an_office(path):
    names = {"lat": "LATITUD", "lon": "LONGITUD", "technology": "Tecnología", "operator": "Operador"}
    with_headings(dbm="Nivel de señal (dBm)", **names).to_csv(
        path, sep=";", decimal=",", index=False, encoding="cp1252"
    )


def of_metres(path):
    table = with_headings(dbm="Nível de sinal (dBm)", technology="Tecnologia")
    x, y = pyproj.Transformer.from_crs(4326, 32636, always_xy=True).transform(
        table["lon"].to_numpy(), table["lat"].to_numpy()
    )
    table.drop(columns=["lat", "lon"]).assign(Este=x.round(1), Norte=y.round(1)).to_csv(path, index=False)


def of_a_workbook(path):
    with pd.ExcelWriter(path) as book:
        pd.DataFrame([["Drive test, May 2024"], ["Kampala"]]).to_excel(
            book, sheet_name="Cover", index=False, header=False
        )
        table = with_headings(lat="Latitude", lon="Longitude", dbm="RSRP (dBm)", technology="Technology")
        table.to_excel(book, sheet_name="LTE", index=False, startrow=3)


@pytest.mark.parametrize(
    ("write", "name", "said"),
    [
        (of_gnettrack, "log.txt", "'Level' as level"),
        (of_nemo, "nemo.csv", "Commas were read as decimal signs"),
        (of_tems, "tems.txt", "'All-Serving Cell RSRP (dBm)' as level"),
        (of_speed_tests, "speed.csv", "'rsrp' as level"),
        (of_an_office, "medidas.csv", "'Nivel de señal (dBm)' as level"),
        (of_a_workbook, "drive.xlsx", "Sheet 'LTE' of 2 was read."),
    ],
)
def test_exports_are_read_and_the_columns_are_named(write, name, said, tmp_path):
    write(tmp_path / name)
    found = read_measurements(tmp_path / name, UGANDA)
    np.testing.assert_allclose(found.table["level_dbm"].mean(), drive_test(60)["dbm"].mean(), atol=0.01)
    assert set(found.table["technology"]) == {"4G"} and len(found.table) == 60
    assert set(found.table["operator"]) <= {"", "Blue"}
    assert any(said in text for text in found.record.assumptions)


def test_positions_in_metres_through_the_command_line(tmp_path, capsys):
    of_metres(tmp_path / "utm.csv")
    arguments = ["learn", "propagation", "UGA", str(tmp_path / "utm.csv"), "--output", str(tmp_path / "out")]
    assert main(arguments) == 2
    assert "--crs EPSG:32636" in capsys.readouterr().err
    assert main([*arguments, "--crs", "EPSG:32636"]) == 0
    assert "'Nível de sinal (dBm)' as level" in capsys.readouterr().out
    low, high = json.loads((tmp_path / "out" / "propagation.json").read_text())["calibration"][0]["interval"]
    assert low < -12.0 < high


def read(tmp_path, table):
    table.to_csv(tmp_path / "measured.csv", index=False)
    found = read_measurements(tmp_path / "measured.csv", UGANDA)
    return found.table, " ".join((*found.record.assumptions, *map(str, found.record.warnings)))


def test_each_technology_has_the_column_of_its_own_level(tmp_path):
    """A drive test with RxLev, RSCP and RSRP side by side lost all but its 4G without a word on the other columns."""
    table = with_headings()
    which = np.arange(60) % 3
    names = np.array(["2G", "3G", "4G"])
    parts = {name: table["dbm"].where(which == number) for number, name in enumerate(("RxLev", "RSCP", "RSRP"))}
    found, said = read(tmp_path, table.drop(columns="dbm").assign(technology=names[which], **parts, RSSI=-50))
    assert found.groupby("technology").size().to_dict() == {"2G": 20, "3G": 20, "4G": 20}
    assert found["level_dbm"].mean() == pytest.approx(table["dbm"].mean(), abs=0.01)
    assert "of 2G from 'RxLev', of 3G from 'RSCP', of 4G and 5G from 'RSRP'" in said


def test_technologies_in_other_words(tmp_path):
    words = np.array(["LTE-A", "4G+", "LTE (CA)", "E-UTRA", "WiFi", "5G NSA"])
    found, said = read(tmp_path, with_headings().assign(technology=words[np.arange(60) % 6]))
    assert set(found["technology"]) == {"4G"} and len(found) == 40
    assert "10 of no known technology (such as 'WiFi')" in said
    assert "10 of 5G NSA, whose level may be that of its 4G cell" in said


def test_rows_of_neighbours_and_of_doubtful_positions(tmp_path):
    """A log of all cells that a phone hears has its neighbours' levels beside that of the cell that serves."""
    table = with_headings().assign(
        neighboring=np.array(["false", "true", "false"])[np.arange(60) % 3], accuracy=[12, 30, 2500] * 20
    )
    found, said = read(tmp_path, table)
    assert len(found) == 20 and "20 of a neighbour of the cell that serves" in said
    assert "20 whose position may be off by more than 500 m" in said
    serving = np.array(["1", "0"])[np.arange(60) % 2]
    found, said = read(tmp_path, with_headings().assign(**{"Is Serving": serving, "lat": lambda t: t["lat"].round(2)}))
    assert len(found) == 30 and "30 of another cell than the one that serves" in said
    found, said = read(
        tmp_path, with_headings().assign(lat=lambda t: t["lat"].round(2), lon=lambda t: t["lon"].round(2))
    )
    assert "rounded to some 1 km" in said
    found, said = read(tmp_path, with_headings().assign(environment=["indoor", "outdoor"] * 30))
    assert "Column 'environment' says of 30 rows that they were measured within a building or a vehicle" in said


def test_levels_without_their_sign_are_refused_with_the_mend(tmp_path):
    with pytest.raises(InputError, match="write them with their sign"):
        read(tmp_path, with_headings().assign(dbm=lambda table: -table["dbm"]))


def test_neighbours_and_extremes_are_no_levels_of_the_cell(tmp_path):
    for name in ("Neighbor 1 RSRP", "max_rsrp", "SCell RSRP", "RSRP N1"):
        with pytest.raises(InputError, match="has no column dbm"):
            read(tmp_path, with_headings(dbm=name))


def test_names_of_operators_and_sites_that_the_inputs_do_not_have(tmp_path, capsys):
    """Measurements of an operator of another spelling were "farther from every site than max_range_km", and a site that is not in
    the list was taken for any other without a word."""
    folder = write_country(tmp_path / "inputs")
    heights = np.full((SIDE, SIDE), 1150.0, np.float32)
    write_population(folder / "dem.tif", heights, transform=Affine(1 / 120, 0, 31.9, 0, -1 / 120, 1.1))
    (folder / "inputs.toml").write_text(
        '[population]\npath = "uga_ppp_2020.tif"\n[[sites]]\npath = "sites.csv"\n'
        '[terrain]\npath = "dem.tif"\nallow_coarse = true\n'
    )
    random = np.random.default_rng(4)
    table = pd.DataFrame({"lat": 0.65 + random.uniform(-0.1, 0.1, 60), "lon": 32.2 + random.uniform(-0.1, 0.1, 60)})
    table = table.assign(technology="4G", operator=["red", "RED ", "", "Mauve"] * 15, site=["k3", "K9", "", ""] * 15)
    km = np.hypot(table["lat"] - 0.65, table["lon"] - 32.2) * 111.0
    table["dbm"] = (-65.0 - 35.0 * np.log10(km + 0.3) + 6.0 * random.standard_normal(60)).round(1)
    table.to_csv(tmp_path / "measured.csv", index=False)
    arguments = ["learn", "propagation", "UGA", str(tmp_path / "measured.csv"), "--inputs", str(folder)]
    assert main([*arguments, "--output", str(tmp_path / "learnt")]) == 0
    said = capsys.readouterr().out
    assert (
        "15 measurements not used: of an operator that has no site in the inputs (such as 'Mauve'; they have 'Blue', 'Red')"
        in said
    )
    assert "15 measured places name a site that the inputs do not have (such as 'K9')" in said
    assert "15 measured places name no operator" in said
    card = json.loads((tmp_path / "learnt" / "propagation.json").read_text())
    assert card["links"] == card["computed_by_the_engine"] == 45


def test_logs_that_name_thousands_of_cells_have_offsets_of_those_with_most_places():
    """Every cell of a log had a column of its own, and the work grows with their number cubed: ten minutes were not enough."""
    table = drive_test(900)
    random = np.random.default_rng(2)
    number = np.where(np.arange(900) < 500, np.arange(900) % 100, 1000 + np.arange(900))
    frame = table.assign(
        site=[f"cell {one}" for one in number], device=[f"phone {one}" for one in random.permutation(number)]
    )
    names = levels._with_levels(frame.assign(place="0 0", clutter=""))
    for factor in ("site", "device"):
        counts = names[f"level_{factor}"].value_counts()
        assert len(counts) == 61 and sorted(counts)[:60] == [5] * 60
    again = levels._with_levels(frame.assign(place="0 0", clutter="").iloc[::-1]).sort_index()
    assert (again["level_site"] == names["level_site"]).all()


@pytest.mark.parametrize("place", ["95", "1e308"])
@pytest.mark.parametrize("column", ["lat", "lon", "site_lat", "site_lon"])
def test_places_that_are_nowhere_cost_their_row_only(tmp_path, column, place):
    """A site at 1e308 degrees ended in a traceback, one at 95 degrees north counted."""
    rows = [
        {"lat": 0.4, "lon": 32.1, "technology": "4G", "p1812_db": 110.0, "measured_loss_db": 120.0 + n}
        for n in range(5)
    ]
    table = pd.DataFrame(rows).assign(site_lat=0.5, site_lon=32.5).astype(object)
    table.loc[4, column] = "-200" if (column, place) == ("site_lon", "95") else place
    table.to_csv(tmp_path / "m.csv", index=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        found = read_measurements(tmp_path / "m.csv", UGANDA)
    assert found.table["rows"].sum() == 4 and "1 " in str(found.record.warnings)
