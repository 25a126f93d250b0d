"""Levels calibrated by measurements: made campaigns of known offsets, through the command line and the settings."""

import json
import tomllib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewcm.cli import main
from ewcm.countries import country
from ewcm.errors import InputError
from ewcm.learning import blocks, levels, offsets, propagation
from ewcm.learning.links import links_of
from ewcm.settings import Settings
from ewcm.sources.measurements import read_measurements
from tests.examples import examples

UGANDA = country("UGA")


def campaign(count=40, offset_db=-12.0, spread_db=8.0, seed=1, **more):
    """Losses measured around one site, that many dB above what was computed."""
    random = np.random.default_rng(seed)
    lat, lon = 0.5 + random.uniform(-0.2, 0.2, count), 32.5 + random.uniform(-0.2, 0.2, count)
    computed = 110.0 + 30.0 * random.uniform(size=count)
    table = pd.DataFrame({"lat": lat, "lon": lon, "technology": "4G", "operator": "Blue", "p1812_db": computed})
    table["measured_loss_db"] = computed - offset_db + spread_db * random.standard_normal(count)
    return table.assign(site_lat=0.5, site_lon=32.5, **more)


def learn(tmp_path, table, *more, capsys=None):
    tmp_path.mkdir(exist_ok=True)
    path = tmp_path / "measured.csv"
    table.to_csv(path, index=False)
    status = main(["learn", "propagation", "UGA", str(path), "--output", str(tmp_path / "learnt"), *more])
    return status, (capsys.readouterr() if capsys else None)


def card_of(tmp_path):
    return json.loads((tmp_path / "learnt" / "propagation.json").read_text())


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    folder = tmp_path_factory.mktemp("campaign")
    assert learn(folder, campaign())[0] == 0
    return folder


def test_an_offset_is_found_within_its_interval(learnt):
    card = card_of(learnt)
    (entry,) = card["calibration"]
    low, high = entry["interval"]
    assert low < -12.0 < high and abs(entry["offset_db"] + 12.0) < 4.0
    assert card["verdict"] == "helps" and card["words"] == "statistical estimate, cross-validated"
    before, plain, after, constant = card["validation"]["table"]
    assert constant["rmse_db"] > after["rmse_db"]
    assert after["rmse_db"] < before["rmse_db"] and after["rmse_db"] < plain["rmse_db"] + 0.5
    assert 0.8 <= after["in_band_of_90"] <= 1.0
    assert card["margin"]["band_db"] == 10.0


def test_of_a_level_and_a_loss_side_by_side_it_is_said_which_was_used(tmp_path, capsys):
    table = campaign().assign(dbm=lambda rows: 60.0 - rows["measured_loss_db"])
    status, said = learn(tmp_path, table, capsys=capsys)
    assert status == 0 and "40 rows have a level and a measured loss: the level was used" in said.out
    status, said = learn(tmp_path, table[:0], capsys=capsys)
    assert status == 2 and "holds no rows; fill it" in said.err


def test_the_lines_for_the_settings_are_those_of_the_card_and_move_the_levels(learnt):
    stated = tomllib.loads((learnt / "learnt" / "propagation.toml").read_text())["settings"]
    found = Settings(**stated)
    assert found.calibration[0].offset_db == pytest.approx(card_of(learnt)["calibration"][0]["offset_db"], abs=0.01)
    assert found.threshold_margin_db >= 10.0  # one place narrows nothing


def test_the_same_measurements_in_another_order_give_the_same_bytes(learnt, tmp_path):
    assert learn(tmp_path, campaign().sample(frac=1.0, random_state=3))[0] == 0
    for name in ("propagation.toml", "propagation.csv"):
        assert (tmp_path / "learnt" / name).read_bytes() == (learnt / "learnt" / name).read_bytes()
    assert card_of(learnt)["calibration"] == card_of(tmp_path)["calibration"]


def test_a_model_that_is_right_already_is_left_alone(tmp_path, capsys):
    status, said = learn(tmp_path, campaign(offset_db=0.0), capsys=capsys)
    assert status == 0 and "Refused:" in said.out and "one standard error" in said.out
    assert "of 40 places an offset below some 3 dB cannot be told from none" in said.out
    assert card_of(tmp_path)["calibration"] == []
    text = (tmp_path / "learnt" / "propagation.toml").read_text()
    assert tomllib.loads(text) == {}
    # Where few places cannot tell, an offset may still err less: what it would be is said, and can be taken.
    (entry,) = card_of(tmp_path)["offset_that_was_not_taken"]
    assert entry["interval"][0] < 0.0 < entry["interval"][1]
    assert f"An offset alone would be 4G {entry['offset_db']:+.1f} dB (90 % interval" in said.out
    lines = [line.removeprefix("#").strip() for line in text.splitlines()[2:]]
    (stated,) = Settings(**tomllib.loads("\n".join(lines))["settings"]).calibration
    assert stated.offset_db == pytest.approx(entry["offset_db"], abs=0.01) and stated.within


def test_what_was_learnt_elsewhere_is_refused_where_it_does_harm(tmp_path, learnt, capsys):
    card = str(learnt / "learnt" / "propagation.json")
    _, said = learn(tmp_path, campaign(offset_db=25.0, seed=5), "--elsewhere", card, capsys=capsys)
    assert "from elsewhere: refused" in said.out


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda t: t.drop(columns="lat"), "has no column lat"),
        (lambda t: t.drop(columns="technology"), "--technology 4G"),
        (lambda t: t.drop(columns="measured_loss_db"), "has no column dbm"),
        (lambda t: t.assign(lat=t.lat + 40), "lies outside Uganda"),
        (lambda t: t.assign(technology="WiMAX"), "of no known technology"),
        (lambda t: t.assign(rsrp=70.0), "they are no dBm"),
        (lambda t: t.head(6), "only 6 measured places"),
        (lambda t: pd.concat([t.head(1)] * 50), "only 1 measured place;"),
        (lambda t: t.drop(columns="p1812_db"), "no terrain and sites"),
        (lambda t: t.assign(measured_loss_db=t.measured_loss_db + 90, p1812_db=t.p1812_db - 20), "check units"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(tmp_path, capsys, change, text):
    status, said = learn(tmp_path, change(campaign()), capsys=capsys)
    if text == "check units":
        assert text in said.out + said.err
        return
    assert status == 2 and len(said.err.strip().splitlines()) == 1
    assert text in said.err


def test_weak_places_that_phones_do_not_report_are_allowed_for():
    random = np.random.default_rng(2)
    level = -118.0 + 9.0 * random.standard_normal(400)
    table = campaign(400).assign(measured_loss_db=np.nan, level_dbm=level, eirp_dbm=33.0, p1812_db=143.0)
    table = table[table.level_dbm > -120.0].assign(sensitivity_dbm=-120.0)  # computed −110, truly −118
    frame = table.rename(columns={"p1812_db": "computed_loss_db"}).assign(silent=False)
    for name in ("site", "device", "time", "clutter"):
        frame[name] = ""
    for name in (
        "loss_db",
        "computed_level_dbm",
        "site_height_m",
        "phone_height_m",
        "frequency_mhz",
        "clutter_m",
        "distance_km",
    ):
        frame[name] = np.nan
    links = levels.prepared(links_of(frame.reset_index(drop=True), None, Settings()).table)
    model = levels.fit_step("offset", links)
    naive = float(links["y"].mean())
    found = float(model.predict(links)[0].mean())
    assert naive > -4.0 and abs(found + 8.0) < abs(naive + 8.0) - 2.0


@examples()
@given(st.floats(-40, 40), st.integers(0, 99))
def test_an_offset_of_all_measurements_moves_the_fit_and_nothing_else(shift_db, seed):
    random = np.random.default_rng(seed)
    site = np.array([f"s{number}" for number in random.integers(0, 4, 80)])
    made = {"technology": np.full(80, "4G"), "site": site}
    y = 7.0 * random.standard_normal(80)
    one, two = (offsets.fit(values, made, np.zeros(80)) for values in (y, y + shift_db))
    gap = np.diff([each.predict(made, np.zeros(80))[0].mean() for each in (one, two)])[0]
    assert gap == pytest.approx(shift_db, abs=0.02 * abs(shift_db) + 0.2)
    raw = max(abs(y[site == name].mean() - y.mean()) for name in set(site))
    assert max(abs(effect) for effect in one.effects["site"].values()) <= raw + 0.5  # shrunk, never blown up


@examples(2)
@given(st.integers(0, 1000), st.integers(2, 40))
def test_groups_of_blocks_never_split_a_block_and_know_no_order(seed, count):
    random = np.random.default_rng(seed)
    block = random.integers(0, count, 200)
    fold = blocks.folds(block, seed)
    assert all(np.unique(fold[block == number]).size == 1 for number in np.unique(block))
    order = random.permutation(200)
    assert (blocks.folds(block[order], seed) == fold[order]).all()


def test_students_quantiles():
    for freedom, known in ((8, 1.8595), (28, 1.7011), (1000, 1.6464)):
        assert offsets.student_quantile(0.95, freedom) == pytest.approx(known, abs=0.002)


def test_a_calibration_moves_levels_of_its_place_operator_and_distance_only():
    from ewcm.coverage.p1812.calibration import distance_offsets_db, entry_of, transmitter_offsets_db

    stated = Settings(
        calibration=[
            {
                "technology": "4G",
                "offset_db": -5.0,
                "within": [32, 0, 33, 1],
                "operators": {"Red": 2.0},
                "sites": {"K": 1.0},
            }
        ]
    ).calibration
    sites = pd.DataFrame(
        [
            ("4G", "Red", "K", 0.5, 32.5),
            ("4G", "Blue", "L", 0.5, 32.5),
            ("4G", "Red", "K", 2.5, 32.5),
            ("2G", "Red", "K", 0.5, 32.5),
        ],
        columns=["technology", "operator", "site_id", "lat", "lon"],
    )
    assert transmitter_offsets_db(sites, stated).tolist() == [-2.0, -5.0, 0.0, 0.0]
    assert entry_of(stated, "4G", 0.5, 35.0) is None
    assert distance_offsets_db([(1.0, 2.0), (10.0, 4.0)], np.array([0.1, 10**0.5, 50.0])).tolist() == pytest.approx(
        [2, 3, 4]
    )


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ([{"technology": "6G"}], "technology is '6G'; use 2G, 3G, 4G, 5G"),
        ([{"technology": "4G", "ofset_db": 1}], "did you mean offset_db"),
        ([{"technology": "4G", "within": [1, 2, 3]}], "give west, south, east, north"),
        ([{"technology": "4G", "by_distance": [[2, 1], [1, 2]]}], "rising"),
        ([{"technology": "4G", "clutter": {"town": 1}}], "use open, low, high"),
        (3, "is a list of tables"),
    ],
)
def test_a_calibration_that_cannot_be_is_one_line(wrong, text):
    from ewcm.errors import SettingsError

    with pytest.raises(SettingsError, match=text):
        Settings(calibration=wrong)


def like_neighbours(seed=3, count=200):
    """Links of two operators without a difference: what neighbours have in common (9 dB) exceeds what single links have."""
    table = campaign(count, offset_db=-3.0, spread_db=7.0, seed=seed)
    square = (np.floor(table["lat"] / 0.08) * 100 + np.floor(table["lon"] / 0.08)).astype(int)
    random = np.random.default_rng(seed)
    common = {number: 9.0 * random.standard_normal() for number in sorted(set(square))}
    table["measured_loss_db"] += square.map(common)
    return table.assign(operator=np.where(table["lat"] + 0.3 * (table["lon"] - 32.5) > 0.5, "Blue", "Red"))


def test_twenty_links_are_too_few_for_groups_and_never_much_worse_than_the_plain_offset(tmp_path, capsys):
    """Of 20 links offsets of operators were taken that were there by chance, and erred by 1.2 dB more than the plain offset."""
    path = tmp_path / "links.csv"
    like_neighbours().to_csv(path, index=False)
    links = levels.prepared(links_of(read_measurements(path, UGANDA).table, None, Settings()).table)
    y = links["y"].to_numpy()
    for seed in (1, 6, 7):
        taken = np.zeros(len(links), bool)
        taken[np.random.default_rng(seed).choice(len(links), 20, replace=False)] = True
        model, _ = propagation.chosen(links[taken].reset_index(drop=True), 0)
        plain, mean = y[taken].mean(), model.predict(links[~taken])[0]
        worse = np.sqrt(np.mean((y[~taken] - mean) ** 2)) - np.sqrt(np.mean((y[~taken] - plain) ** 2))
        assert model.step in ("none", "offset") and (model.step == "none" or worse <= 0.5)
    _, said = learn(tmp_path / "few", like_neighbours().head(20), capsys=capsys)
    assert "groups: not taken, it needs 50 places and there are 20" in said.out


@pytest.mark.real
@pytest.mark.parametrize(("city", "iso3"), [("Bekaa", "LBN"), ("Recife", "BRA")])
def test_twenty_local_links_of_a_real_campaign(city, iso3, tmp_path, learning_data):
    every = pd.read_csv(learning_data / "propagation" / "links_bekaa_recife.csv")
    path = tmp_path / "links.csv"
    every[every["city"] == city].to_csv(path, index=False)
    read = read_measurements(path, country(iso3), technology="4G", computed="p1812_clutter_db")
    table = levels.prepared(links_of(read.table, None, Settings()).table)
    y, errors, worse, held = table["y"].to_numpy(), [], [], []
    for seed in range(5):
        taken = np.zeros(len(table), bool)
        taken[np.random.default_rng(seed).choice(len(table), 20, replace=False)] = True
        model, _ = propagation.chosen(table[taken].reset_index(drop=True), 0)
        mean, scale = model.predict(table[~taken])
        freedom = model.fit.freedom if model.fit else offsets.SPREAD_WORTH
        off = np.abs(y[~taken] - mean)
        errors.append(np.sqrt(np.mean(off**2)))
        worse.append(errors[-1] - np.sqrt(np.mean((y[~taken] - y[taken].mean()) ** 2)))
        held.append(np.mean(off <= offsets.student_quantile(0.95, freedom) * scale))
    assert np.mean(errors) <= 12.5 and max(worse) <= 0.5
    assert 0.84 <= np.mean(held) <= 0.96


def test_of_few_links_each_counts_as_much_as_any_other():
    """What twenty links seemed to have in common within their blocks weighed them, and moved their offset by up to 4 dB."""
    y = np.concatenate([np.full(14, 20.0), [34.0, 36.0, 35.0, 33.0, 37.0, 35.0]]) + np.tile([-1.0, 1.0], 10)
    links = pd.DataFrame(
        {"technology": "4G", "operator": "", "site": "", "device": "", "clutter": "", "place": "a", "y": y}
    )
    links = levels._with_levels(links.assign(floor=-np.inf, silent=False, distance_km=1.0))
    links["at_lat"], links["at_lon"] = np.concatenate([np.zeros(14), 0.1 * np.arange(1, 7)]), 32.0
    model = levels.fit_step("offset", links)
    assert model.predict(links)[0][0] == pytest.approx(y.mean(), abs=0.3)
    # What neighbours have in common remains a part of the doubt.
    assert model.fit.unknown["block"] > 0


def test_measurements_beside_the_wrong_places_are_refused(tmp_path, capsys):
    """Losses that were shuffled among the places "helped": the calibrated model erred more than one level for every place."""
    table = campaign(count=150, offset_db=-30.0)
    shuffled = table.assign(measured_loss_db=table["measured_loss_db"].sample(frac=1.0, random_state=2).to_numpy())
    status, said = learn(tmp_path, shuffled, capsys=capsys)
    assert status == 0 and "one and the same level for every place errs by" in said.out
    assert card_of(tmp_path)["calibration"] == []


def drive_test(count=60, offset_db=-12.0, seed=1):
    """Levels of a scanner that hears far below what phones report, that many dB above what was computed."""
    random = np.random.default_rng(seed)
    table = campaign(count, seed=seed).drop(columns=["measured_loss_db", "p1812_db"])
    km = np.hypot(table["lat"] - 0.5, table["lon"] - 32.5) * 111.0
    table["p1812_dbm"] = -70.0 - 35.0 * np.log10(km + 0.2)
    return table.assign(dbm=(table["p1812_dbm"] + offset_db + 8.0 * random.standard_normal(count)).round(1))


def test_levels_below_the_floor_of_phones_are_no_selection(tmp_path, capsys):
    """A floor above what was measured made of -12 dB an offset of -30 dB."""
    status, said = learn(tmp_path, drive_test(), capsys=capsys)
    assert status == 0 and "were measured, below the floor of -125 dBm" in said.out
    (entry,) = card_of(tmp_path)["calibration"]
    assert entry["interval"][0] < -12.0 < entry["interval"][1]
    assert card_of(tmp_path)["validation"]["table"][2]["within_10_db"] > 0.7


def test_the_least_level_that_a_phone_writes_for_nothing_is_no_level(tmp_path, capsys):
    """A drive test writes -140 where it heard nothing; taken for levels they pulled the offset down by tens of decibels."""
    heard = drive_test(80).assign(dbm=lambda t: t["dbm"] + 30.0, p1812_dbm=lambda t: t["p1812_dbm"] + 30.0)
    table = heard.assign(dbm=heard["dbm"].where(heard["dbm"] >= -105.0, -140.0))
    status, said = learn(tmp_path, table, capsys=capsys)
    piled = int((table["dbm"] == -140.0).sum())
    assert status == 0 and piled > 5
    assert f"{piled} places of 4G have the least level of the file, -140 dBm" in said.out
    (entry,) = card_of(tmp_path)["calibration"]
    assert -20.0 < entry["offset_db"] < -4.0
    assert card_of(tmp_path)["links_without_signal"] == piled


def measured(tmp_path, table):
    path = tmp_path / "measured.csv"
    table.to_csv(path, index=False)
    found = read_measurements(path, UGANDA)
    return found.table, " ".join((*found.record.assumptions, *map(str, found.record.warnings)))


def test_copies_and_levels_that_cannot_be_are_said_with_an_example(tmp_path, capsys):
    """Contradicting copies were joined without a word, and files without copies were said to have been joined."""
    table = drive_test(60)
    assert "were joined" not in measured(tmp_path, table)[1]
    _, said = measured(tmp_path, pd.concat([table, table.head(9).assign(dbm=table["dbm"] + 45.0)]))
    assert "In 9 of these places the middle half of the rows spans more than 12 dB (most at 0." in said
    names = np.array(["MTN", "mtn", "MTN", "M.T.N."])[np.arange(60) % 4]
    found, said = measured(tmp_path, table.assign(operator=names))
    assert set(found["operator"]) == {"MTN"} and "The operator 'M.T.N.', 'mtn' was taken for MTN" in said
    third = pd.Series(np.arange(60) % 3 == 0)
    turned = {one: table[one].mask(third, table[other]) for one, other in (("lat", "lon"), ("lon", "lat"))}
    _, said = measured(tmp_path, table.assign(**turned))
    assert "20 of another country than Uganda, or with latitude and longitude exchanged" in said
    for change, words in (
        (lambda dbm: 10.0 * dbm, r"without a level that can be \(such as -"),
        (lambda dbm: 10.0 ** (dbm / 10.0), "convert milliwatts to dBm"),
    ):
        with pytest.raises(InputError, match=words):
            measured(tmp_path, table.assign(dbm=change(table["dbm"])))
    status, said = learn(tmp_path, table.assign(dbm=table["dbm"].clip(lower=-100.0)), capsys=capsys)
    assert status == 2 and "where nothing was heard; 10 are needed" in said.err


@pytest.mark.parametrize("code", [0, 99, 255, -999, 2147483647, -32768])
def test_codes_in_place_of_levels_are_counted_and_are_no_levels(code, tmp_path):
    """A file most of whose rows were codes was refused as one of another unit."""
    table = drive_test(60)
    table["dbm"] = table["dbm"].where(np.arange(60) % 3 == 0, code)
    found, said = measured(tmp_path, table)
    assert len(found) == 20 and found["level_dbm"].max() < -10
    assert f"40 with a code in place of a level (such as {float(code):g})" in said


@pytest.mark.parametrize("level", [-120.0, -113.0])
def test_a_level_that_far_too_many_places_have_is_none(level, tmp_path):
    """-120 between levels down to -150 was taken for a level, and so was the middle of it and of what was heard there."""
    table = drive_test(200)
    piled = np.arange(200) % 5 == 0
    found, said = measured(tmp_path, pd.concat([table, table[piled].assign(dbm=level)]))
    count = 40 + int((table["dbm"] == level).sum())
    assert not (found["level_dbm"] == level).any() and len(found) == 240 - count
    assert f"{count} places of 4G have the level {level:g} dBm and hardly any have one beside it" in said
    assert f"{count} rows were not used" in said


def test_two_piles_at_the_least_levels_are_one_silence(tmp_path):
    """What remained above the pile was looked at again, as if a device without a name had been looked at for the first time."""
    table = drive_test(100)
    level = table["dbm"].clip(lower=-125.0).where(np.arange(100) % 4 > 0, -140.0)
    found, said = measured(tmp_path, table.assign(dbm=level))
    assert found["silent"].sum() == 25 and "device ''" not in said


def test_the_least_level_of_one_of_several_devices(tmp_path):
    table = drive_test(120).assign(device=["a", "b", "c"] * 40)
    floor = (table["device"] == "b") & (table["dbm"] < -115)
    found, said = measured(tmp_path, table.assign(dbm=table["dbm"].mask(floor, -115.0)))
    assert floor.sum() > 5 and found["silent"].sum() == floor.sum()
    assert f"{floor.sum()} places of 4G have the least level of the device 'b', -115 dBm" in said


def test_levels_in_whole_decibels_are_no_codes(tmp_path):
    for seed in range(5):
        table = drive_test(60 * (seed + 1), seed=seed)
        found, said = measured(tmp_path, table.assign(dbm=table["dbm"].round(0)))
        assert "code" not in said and not found["silent"].any()


def test_headings_of_instruments_are_read_by_their_units(tmp_path, capsys):
    table = drive_test()
    assert learn(tmp_path / "plain", table)[0] == 0
    names = {"dbm": "RSRP [dBm]", "lat": "Latitude (deg)", "lon": "Longitude (°)", "technology": "NetworkTech"}
    units = table.assign(dbm=table["dbm"].astype(str) + " dBm").rename(columns=names)
    units["distance (m)"] = 1.0
    status, said = learn(tmp_path, units, capsys=capsys)
    assert status == 0 and "'distance (m)' was not used" not in said.out
    assert card_of(tmp_path)["calibration"] == card_of(tmp_path / "plain")["calibration"]
    _, said = learn(tmp_path, units.rename(columns={"distance (m)": "distance_km (m)"}), capsys=capsys)
    assert "Column 'distance_km (m)' was not used: it is wanted in km." in said.out


def test_the_level_of_a_whole_channel_is_none_of_a_cell(tmp_path, capsys):
    """RSSI of LTE lies 20 to 30 dB above RSRP, and was learnt as an offset of +12 dB."""
    table = drive_test().rename(columns={"dbm": "rssi"})
    status, said = learn(tmp_path, table, capsys=capsys)
    assert status == 2 and "RSSI of 3G, 4G or 5G" in said.err
    assert learn(tmp_path, table.assign(technology="2G"))[0] == 0
