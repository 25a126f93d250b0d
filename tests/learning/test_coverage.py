"""`ewcm learn coverage`: refusals in one line, a card that a run reads, the same bytes, nothing of scikit-learn in a run."""

import json
import math
import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine

from ewcm import cli
from ewcm.countries import country
from ewcm.learning import forest, ladder
from ewcm.sources.coverage_truth import read_truth

_DEFINITION = ("--definition", "declared by operators, 2024")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of inputs, and places of which those within some 12 km of a cell are mostly covered."""
    folder = tmp_path_factory.mktemp("inputs")
    random = np.random.default_rng(3)
    people = random.gamma(0.4, 200.0, (90, 90)).astype(np.float32)
    profile = {"driver": "GTiff", "height": 90, "width": 90, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(folder / "people.tif", "w", transform=Affine(1 / 60, 0, 32.0, 0, -1 / 60, 2.0), **profile) as to:
        to.write(people, 1)
    lat, lon = random.uniform(0.6, 1.9, 40), random.uniform(32.1, 33.4, 40)
    radio = np.where(np.arange(40) % 4 == 0, "LTE", "GSM")
    lines = [
        f"{r},641,10,1,{i + 1},0,{x:.4f},{y:.4f},1000,5,1,1400000000,1720000000,0"
        for i, (r, y, x) in enumerate(zip(radio, lat, lon, strict=True))
    ]
    (folder / "cells.csv").write_text("\n".join(lines) + "\n")
    (folder / "inputs.toml").write_text('[population]\npath = "people.tif"\n[[cells]]\npath = "cells.csv"\n')
    places = pd.DataFrame({"lat": random.uniform(0.6, 1.9, 400), "lon": random.uniform(32.1, 33.4, 400)})
    near = np.hypot(places["lat"].to_numpy()[:, None] - lat, places["lon"].to_numpy()[:, None] - lon).min(axis=1)
    places["2G"] = (near + random.normal(0, 0.04, 400) < 0.1).astype(int)
    return folder, places


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(ladder, "SEEDS", 2)
    monkeypatch.setattr(forest, "available", lambda: False)


def learn(made, tmp_path, places, *more):
    folder, _ = made
    places.to_csv(tmp_path / "places.csv", index=False)
    arguments = ["learn", "coverage", "UGA", str(tmp_path / "places.csv"), "--inputs", str(folder)]
    return cli.main([*arguments, "--output", str(tmp_path / "learnt"), *more])


def refused(made, tmp_path, capsys, places, *more):
    assert learn(made, tmp_path, places, *(more or _DEFINITION)) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("ewcm:")]
    assert not (tmp_path / "learnt").exists()
    return line


def test_thirty_places_are_refused(made, tmp_path, capsys):
    assert "30 places; at least 50" in refused(made, tmp_path, capsys, made[1].head(30))


def test_one_kind_of_places_is_refused(made, tmp_path, capsys):
    assert "at least 10 are needed" in refused(made, tmp_path, capsys, made[1].assign(**{"2G": 1}))


def test_places_in_one_corner_are_refused(made, tmp_path, capsys):
    corner = made[1].assign(lat=1.0 + made[1]["lat"] / 100, lon=33.0 + (made[1]["lon"] - 33) / 100)
    assert "blocks of 0.1°" in refused(made, tmp_path, capsys, corner)


def test_a_world_without_any_signal_is_refused(made, tmp_path, capsys):
    chance = made[1].assign(**{"2G": np.random.default_rng(1).integers(0, 2, 400)})
    assert "no gain" in refused(made, tmp_path, capsys, chance)


def test_two_definitions_are_refused(made, tmp_path, capsys):
    mixed = made[1].assign(definition=["declared", "measured"] * 200)
    assert "mixes the definitions 'declared' and 'measured'" in refused(
        made, tmp_path, capsys, mixed, "--definition", ""
    )
    # Capitals make no other definition, and rows that state none are said to be taken for the others.
    alike = made[1].assign(definition=["", "Declared by operators (2024)", *["declared by operators, 2024"] * 398])
    assert learn(made, tmp_path, alike, *_DEFINITION) == 0
    assert "1 row states no definition and counts as of that of the others" in capsys.readouterr().out
    shutil.rmtree(tmp_path / "learnt")
    stated = made[1].assign(definition="measured")
    assert "mixes the definitions" in refused(made, tmp_path, capsys, stated)
    assert "--definition" in refused(made, tmp_path, capsys, made[1], "--definition", "")


def test_per_cents_are_refused(made, tmp_path, capsys):
    assert "holds the coverage 100" in refused(made, tmp_path, capsys, made[1].assign(**{"2G": 100 * made[1]["2G"]}))


def test_places_that_a_status_calls_planned_are_named_and_no_rows_are_said_to_be_none(made, tmp_path, capsys):
    """A column of states was passed over without a word: planned coverage was learnt as covered."""
    places = made[1].assign(status=np.where(np.arange(400) < 150, "planned", "live"))
    assert learn(made, tmp_path, places, *_DEFINITION) == 0
    assert "Column 'status' says of 150 rows that they may be planned" in capsys.readouterr().out
    assert learn(made, tmp_path, places[:0], *_DEFINITION) == 2
    assert "holds no rows; fill it" in capsys.readouterr().err


def test_a_file_as_an_office_has_it_is_read_and_what_is_not_used_is_said(made, tmp_path, capsys):
    """Decimal commas were rows without a position, words for yes were places of which nothing is known, and a few rows with
    latitude and longitude exchanged taught what far from every cell means: nothing of it was printed."""
    folder, places = made
    rows = [
        f"{row.lat:.5f};{row.lon:.5f};{'oui' if covered else 'non'}".replace(".", ",")
        for row, covered in zip(places.itertuples(), places["2G"], strict=True)
    ]
    rows[3] = rows[3].replace("oui", "peut-être").replace("non", "peut-être")
    lat, lon, covered = rows[5].split(";")
    rows[5] = f"{lon};{lat};{covered}"
    (tmp_path / "places.csv").write_text("\n".join(["Latitude;Longitude;2G", *rows]) + "\n", encoding="utf-8")
    arguments = ["learn", "coverage", "UGA", str(tmp_path / "places.csv"), "--inputs", str(folder), *_DEFINITION]
    assert cli.main([*arguments, "--output", str(tmp_path / "learnt")]) == 0
    said = capsys.readouterr().out
    assert "any: 398 places" in said
    assert "Commas were read as decimal signs, such as '" in said and "yes and no were read as 1 and 0" in said
    assert "1 value of 2G is no share of coverage (such as 'peut-être')" in said
    assert (
        "1 that say nothing of coverage, 1 of another country than Uganda, or with latitude and longitude exchanged"
        in said
    )
    # These places hang on whichever cell is nearest, which three distances do not tell: the step that was taken did worse.
    card = json.loads((tmp_path / "learnt" / "coverage.json").read_text())
    for side in (0.1, 0.3):
        brier = {row["model"]: row["brier"] for row in card["validation"]["any"]["scores"] if row["block_deg"] == side}
        assert card["validation"]["any"]["step"] == "nearest_cell" and brier["nearest_cell"] == min(brier.values())


def test_copies_that_contradict_each_other_are_named_and_operators_are_one_however_written(made, tmp_path, capsys):
    """Copies of which one says covered and the other not went into the mean without a word, and by another spelling of the
    operator they were covered."""
    places = made[1]
    copies = places.head(20).assign(**{"2G": lambda rows: 1 - rows["2G"]})
    assert learn(made, tmp_path, pd.concat([places, copies]), *_DEFINITION) == 0
    said = capsys.readouterr().out
    assert "The rows of 20 places contradict each other (first at 0." in said and "of 2G): their mean counts" in said
    of_two = pd.concat([places.assign(operator="MTN"), copies.assign(operator="M.T.N.")])
    assert learn(made, tmp_path, of_two, *_DEFINITION) == 0
    said = capsys.readouterr().out
    assert "The operator 'M.T.N.' was taken for MTN" in said and "The rows of 20 places contradict" in said
    beside = pd.concat([places, copies.assign(lat=copies["lat"] + 0.0003)])
    assert learn(made, tmp_path, beside, *_DEFINITION) == 0
    assert "20 pairs of places within 110 m of each other are covered and not" in capsys.readouterr().out


def test_the_order_of_the_rows_of_a_file_does_not_matter(made, tmp_path):
    """A forest draws places by their number: the scores of one fit in another order of rows were not the same."""
    places = pd.concat([made[1], made[1].head(30).assign(**{"2G": 1})]).assign(district="")
    tables = []
    for name, rows in (("a", places), ("b", places.sample(frac=1.0, random_state=1))):
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
        tables.append(read_truth(tmp_path / f"{name}.csv", country("UGA"), "declared").table)
    pd.testing.assert_frame_equal(*tables)


def test_districts_of_one_name_in_several_provinces_are_told_apart(made, tmp_path, capsys):
    """They were one district for the bands: seven names in two provinces were too few for a band, and nothing said so."""
    province = np.where(made[1]["lat"] > 1.2, "North", "South")
    places = made[1].assign(province=province, district=[f"D{int(lon * 5)}" for lon in made[1]["lon"]])
    assert learn(made, tmp_path, places, *_DEFINITION) == 0
    said = capsys.readouterr().out
    assert "7 names of column 'district' stand in several of column 'province'" in said and "of 14 districts" in said
    # Where there is no band, or squares stand in the place of districts, that was not said.
    assert learn(made, tmp_path, made[1].assign(district="A"), *_DEFINITION) == 0
    assert "no bands of districts: 1 district; at least 10 are needed" in capsys.readouterr().out
    assert (
        learn(made, tmp_path, places.assign(district=places["district"].where(places.index > 4, "")), *_DEFINITION) == 0
    )
    assert "of 25 squares of 0.3° lie within that of the others; 5 places state no district" in capsys.readouterr().out


def test_an_official_share_that_was_raised_to_that_of_a_newer_technology_is_no_official_share_of_the_older(
    made, tmp_path, capsys
):
    for name in ("people.tif", "cells.csv"):
        shutil.copy(made[0] / name, tmp_path / name)
    stated = (made[0] / "inputs.toml").read_text() + '[official]\npath = "official.json"\n'
    (tmp_path / "inputs.toml").write_text(stated)
    (tmp_path / "official.json").write_text('{"2G": 40, "3G": 40, "4G": 70, "year": 2023}')
    assert cli.main(["learn", "coverage", "UGA", "--inputs", str(tmp_path), "--output", str(tmp_path / "l")]) == 0
    said = capsys.readouterr().out
    assert (
        "any: assumed shape, level set to the official share of 70.0 % of a newer technology, below which its own lies"
        in said
    )


def test_places_of_other_ground_are_refused(made, tmp_path, capsys):
    away = made[1].assign(lat=made[1]["lat"] - 0.8)
    assert "lie off the population grid of UGA" in refused(made, tmp_path, capsys, away)


@pytest.mark.real
@pytest.mark.long
def test_lima_with_ten_seeds_at_two_sizes_of_blocks(learning_data, tmp_path, monkeypatch):
    """The table of docs/method-learning.md; the fit takes less than a minute and 1.5 GiB."""
    monkeypatch.undo()
    own = learning_data / "coverage"
    for name in ("cells_lima_2020.csv.gz", "worldpop_2020_5arcmin_lima.tif"):
        (tmp_path / name).write_bytes((own / name).read_bytes())
    text = '[population]\npath = "worldpop_2020_5arcmin_lima.tif"\n[[cells]]\npath = "cells_lima_2020.csv.gz"\n'
    (tmp_path / "inputs.toml").write_text(text)
    program = (
        "import resource, time; from ewcm import cli; from ewcm.learning import ladder; ladder.FOREST_SEEDS = 10; "
        f"status = cli.main(['learn', 'coverage', 'PER', {str(own / 'settlements_lima_2023.csv')!r}, '--inputs', "
        f"{str(tmp_path)!r}, '--definition', 'declared, 2023', '--output', {str(tmp_path / 'learnt')!r}]); "
        "used = resource.getrusage(resource.RUSAGE_SELF); "
        "print(status, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=3600, check=True)
    status, seconds, gib = map(float, done.stdout.splitlines()[-1].split())
    assert status == 0 and seconds < 60 and gib < 1.5
    card = json.loads((tmp_path / "learnt" / "coverage.json").read_text())
    for about in card["validation"].values():
        assert 0.87 <= about["district_band"]["held"] <= 0.93 and about["district_band"]["districts"] == 137
        for side in (0.1, 0.3):
            brier = {row["model"]: row["brier"] for row in about["scores"] if row["block_deg"] == side}
            assert "forest" in brier
            assert brier[about["step"]] <= 1.02 * brier["three_distances"]
            assert brier[about["step"]] < min(brier["nearest_cell"], brier["circle"], brier["constant"])


def test_a_card_serves_a_run_and_is_the_same_each_time(made, tmp_path, capsys):
    folder, places = made
    assert learn(made, tmp_path, places, *_DEFINITION) == 0
    said = capsys.readouterr().out
    assert "chosen" in said and "blocks" in said and "pip install 'ewcm[learn]'" in said and "[[learnt]]" in said
    files = sorted(path.name for path in (tmp_path / "learnt").iterdir())
    assert files == ["coverage.json", "coverage_map.png", "coverage_reliability.png"]
    first = {name: (tmp_path / "learnt" / name).read_bytes() for name in files}
    assert learn(made, tmp_path, places, *_DEFINITION) == 0
    assert first == {name: (tmp_path / "learnt" / name).read_bytes() for name in files}
    card = json.loads(first["coverage.json"])
    assert (card["mode"], card["definition"]) == ("local_truth", _DEFINITION[1])
    scores = {(row["block_deg"], row["model"]): row["brier"] for row in card["validation"]["any"]["scores"]}
    assert scores[0.1, "three_distances"] < scores[0.1, "constant"]
    # The run reads the card, and never what fits it.
    own = (folder / "inputs.toml").read_text() + f'[[learnt]]\npath = "{tmp_path / "learnt" / "coverage.json"}"\n'
    (tmp_path / "people.tif").write_bytes((folder / "people.tif").read_bytes())
    (tmp_path / "cells.csv").write_bytes((folder / "cells.csv").read_bytes())
    (tmp_path / "inputs.toml").write_text(own.replace(str(tmp_path) + "/", ""))
    program = (
        "import sys; from ewcm import cli; "
        f"status = cli.main(['run', 'UGA', '--inputs', {str(tmp_path)!r}, '--output', {str(tmp_path / 'out')!r}, '--quiet']); "
        "fits = [name for name in sys.modules if name.startswith(('sklearn', 'ewcm.learning.')) and 'command' not in name]; "
        "assert not fits, fits; sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["services"]["2G"]["model"] == "estimated" and summary["estimated"]["any"]["mode"] == "local_truth"
    assert {"estimated_local", "estimate_not_learnt"} <= {caveat["code"] for caveat in summary["caveats"]}
    # Areas of the finest level have the band of districts, in the table and on the page.
    areas = pd.read_csv(tmp_path / "out" / "areas.csv", encoding="utf-8-sig")
    finest = areas[(areas["level"] == areas["level"].max()) & (areas["people"] > 0)]
    low, high = finest["covered_band_any_low"], finest["covered_band_any_high"]
    assert (
        (low <= finest["covered_any"] + 1e-6).all()
        and (finest["covered_any"] <= high + 1e-6).all()
        and (low < high).any()
    )
    assert areas.loc[areas["level"] == 0, "covered_band_any_low"].isna().all()
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert re.search(r'"bands":\{"any":\[[\d.]+,[\d.]+\]', page.replace(" ", ""))
    # With local truth the official figure remains a check.
    assert summary["official"]["2G"]["role"] == "check"


def with_curve(card, *, weight=None, variance=None):
    curve = json.loads(json.dumps(card["services"]["any"]))
    if weight is not None:
        curve["weights"]["constant"] = weight
    if variance is not None:
        curve["covariance"][0][0] = variance
    return json.dumps(card | {"services": card["services"] | {"any": curve}})


def with_tree(card, **parts):
    tree = {
        "feature": [0, -1, -1],
        "threshold": [1.0, 0, 0],
        "left": [1, 0, 0],
        "right": [2, 0, 0],
        "share": [0, 0.2, 0.9],
    }
    curve = {"features": ["forest"], "weights": {"forest": 1.0, "constant": 0.0}, "covariance": [[0.1, 0], [0, 0.1]]}
    return json.dumps(card | {"services": {"any": curve | {"trees": [tree | parts]}}})


def chain(length):
    """A tree that is one long line of branches: a run of a country would walk through it for hours."""
    after = [number + 1 for number in range(length - 1)]
    leaf = [*([0] * (length - 1)), -1]
    return {
        "feature": leaf,
        "threshold": [0.0] * length,
        "left": [*after, 0],
        "right": [*after, 0],
        "share": [0.5] * length,
    }


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda card: "[]", "no model card"),
        (lambda card: "{", "not valid JSON"),
        (lambda card: json.dumps(card | {"card": 9}), "version 9"),
        (lambda card: json.dumps(card | {"services": {"6G": {}}}), "'6G'"),
        (lambda card: json.dumps(card | {"services": {"any": {"features": []}}}), "cannot be used"),
        (lambda card: json.dumps(card | {"mode": "local_truth", "country": "PER"}), "levels do not travel"),
        (
            lambda card: json.dumps(card | {"validation": {"any": {"district_band": {"factor": "wide", "places": 9}}}}),
            "the band of districts cannot be used",
        ),
        (lambda card: with_curve(card, weight=math.nan), "not finite"),
        (lambda card: with_curve(card, weight=1e300), "a number that no fit has"),
        (lambda card: with_curve(card, variance=-1.0), "a variance of it is negative"),
        (lambda card: with_tree(card, threshold=[math.nan, 0, 0]), "a threshold or a share that is none"),
        (lambda card: with_tree(card, share=[0, 97, 0]), "a threshold or a share that is none"),
        (lambda card: with_tree(card, feature=[0.5, -1, -1]), "not whole"),
        (lambda card: with_tree(card, left=[0, 0, 0]), "leads nowhere"),
        (lambda card: with_tree(card, **chain(3000)), "deeper than 200"),
    ],
)
def test_a_damaged_card_is_one_line(damage, words, made, tmp_path, capsys):
    from ewcm.coverage import estimate_plan

    folder, _ = made
    shipped = json.loads((estimate_plan.files("ewcm.coverage") / "assumed_shape.json").read_text(encoding="utf-8"))
    for name in ("people.tif", "cells.csv"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "card.json").write_text(damage(shipped))
    (tmp_path / "inputs.toml").write_text((folder / "inputs.toml").read_text() + '[[learnt]]\npath = "card.json"\n')
    assert cli.main(["check", "UGA", "--inputs", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "card.json" in line and words in line


def test_a_card_that_was_edited_by_hand_is_said(tmp_path):
    from ewcm.core.record import Meta
    from ewcm.coverage import estimate_plan
    from ewcm.learning.card import write_card
    from ewcm.sources.coverage_cards import read_card

    content = json.loads((estimate_plan.files("ewcm.coverage") / "assumed_shape.json").read_text(encoding="utf-8"))
    path = write_card(tmp_path / "card.json", content | {"mode": "local_truth", "country": "PER"})
    assert not read_card(path, Meta()).records[0].warnings
    path.write_text(json.dumps(json.loads(path.read_text()), indent=4))  # laid out anew, nothing is changed
    assert not read_card(path, Meta()).records[0].warnings
    path.write_text(path.read_text().replace('"PER"', '"UGA"'))
    (warning,) = read_card(path, Meta()).records[0].warnings
    assert "was changed after `ewcm learn` had written it" in str(warning)
    # A digest that was taken out hid the change.
    changed = {name: part for name, part in json.loads(path.read_text()).items() if name != "content_sha256"}
    path.write_text(json.dumps(changed))
    (warning,) = read_card(path, Meta()).records[0].warnings
    assert "was changed after" in str(warning)


def test_answers_that_are_exchanged_are_refused(made, tmp_path, capsys):
    """1 for "no service" was learnt as coverage that grows with the distance from the cells: "97 % covered, chosen"."""
    exchanged = made[1].assign(**{"2G": 1 - made[1]["2G"]})
    assert "as where 1 and 0 are exchanged" in refused(made, tmp_path, capsys, exchanged)


def test_places_that_are_told_twice_are_no_more_places(made, tmp_path, capsys):
    """45 places are too few, and were enough when each of them stood in the file twice."""
    few = made[1].head(45)
    assert "45 places; at least 50" in refused(made, tmp_path, capsys, pd.concat([few, few]))
    assert learn(made, tmp_path, pd.concat([made[1], made[1].head(30)]), *_DEFINITION) == 0
    said = capsys.readouterr().out
    assert "30 rows stand at places that other rows tell of" in said and "any: 400 places" in said


def test_what_a_file_leaves_open_is_not_uncovered(tmp_path):
    """An empty 4G counted as no 4G, so that places with 4G alone had no service at all."""
    path = tmp_path / "places.csv"
    rows = ["1,32,0,0,1", "1.1,32,0,0,", "1.2,32,1,,", "1.3,32,0.0,0.0,0.0"]
    path.write_text("\n".join(["lat,lon,2G,3G,4G", *rows]) + "\n")
    truth = read_truth(path, country("UGA"), "measured")
    np.testing.assert_array_equal(truth.of("any"), [1.0, np.nan, 1.0, 0.0])
    np.testing.assert_array_equal(truth.of("3G+"), [1.0, np.nan, np.nan, 0.0])
    assert not any("Words" in text for text in truth.record.assumptions)
    path.write_text("\n".join(["lat,lon,2G,3G,4G", "1,32,0,1,", "1.1,32,0,0,"]) + "\n")
    truth = read_truth(path, country("UGA"), "measured")
    np.testing.assert_array_equal(truth.of("any"), [1.0, 0.0])
    assert any("It says nothing of 4G" in text for text in truth.record.assumptions)
