"""From totals, outlines and a grid to a population raster: what a model is fitted to, and how its units become cells again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from odc.geo.geobox import GeoBox

from ewcm.core import grid
from ewcm.countries import Country
from ewcm.errors import InputError
from ewcm.learning import people as model
from ewcm.learning.unit_cells import UnitCells, features, held_to, squares, sums_by, unit_cells
from ewcm.sources.onto_grid import rows_onto
from ewcm.starter import available as pack_has
from ewcm.starter import pack, surface

#: Finer totals of a unit may differ from its total by this share before that is said, or refused where they exceed it.
_TOLERANCE = 0.02

#: Totals of the same units that are more than so many times those of the grid, or less, count something else.
_MOST_CHANGE = 3.0

#: Units that hold a hundredth of the people that their part of the ground would are not counted in people.
_MOST_SPARSE = 100.0

#: Totals and a grid do not go together where at least this share of the people would change their unit, and about as many as by
#: chance, among at least so many units; chance is judged by so many shifts of the list. A factor that is worth a note.
_MUCH_MISPLACED, _LIKE_CHANCE, _LEAST_COMPARED, _SHIFTS, _MUCH = 0.25, 0.8, 8, 25, 2.0

#: Squares within units without finer outlines have about this part of a unit's area, and at least so many cells.
_PARTS, _LEAST_CELLS = 16.0, 9


@dataclass(frozen=True)
class Case:
    """Everything a fit needs. ``people``: an existing grid (None: disaggregation). ``totals``: units of known totals.
    ``finer``: units within them of which some are known, None where there are none."""

    geobox: GeoBox
    totals: gpd.GeoDataFrame
    finer: gpd.GeoDataFrame | None
    people: np.ndarray | None
    covariates: Mapping[str, np.ndarray]
    rule: np.ndarray | None


@dataclass(frozen=True)
class Made:
    """A population raster (f32, NaN where there is no unit and nobody), how the fit did, and the ledger: a row a unit."""

    people: np.ndarray
    learnt: model.Learnt
    sample: model.Sample
    ledger: pd.DataFrame
    names: tuple[str, ...]
    bands: pd.DataFrame
    notes: tuple[str, ...] = field(default=())


def covariates_of(
    iso3: str, geobox: GeoBox, paths: Sequence[Path]
) -> tuple[dict[str, np.ndarray], np.ndarray | None, tuple[str, ...]]:
    """Covariates on the grid by name: the user's rasters, and what the pack has; the weight of the pack's rule [per km²], None
    where the pack does not know the country; and what is to be said."""
    found: dict[str, np.ndarray] = {}
    notes = []
    for path in paths:
        if path.stem in found:
            raise InputError(f"{path}: a covariate of that name is given twice; rename one")
        values = np.full(geobox.shape, np.nan, np.float32)
        for rows in grid.blocks(geobox.shape[0]):
            values[rows] = rows_onto(path, geobox, rows)
        share = float(np.isfinite(values).mean())
        if share < 0.01:
            raise InputError(f"{path}: does not cover the units; give a raster of the same country")
        found[path.stem] = values
    rule = None
    if iso3 in pack_has() and geobox.crs is not None and geobox.crs.geographic:
        rule = _of_pack(iso3, geobox, found)
    else:
        notes.append(
            "The pack knows no environment of this country (or the grid is projected): its rule was not tried."
        )
    return found, rule, tuple(notes)


def _of_pack(iso3: str, geobox: GeoBox, found: dict[str, np.ndarray]) -> np.ndarray:
    """Add the pack's covariates to ``found``; the weight of its rule."""
    box = geobox.extent.boundingbox
    fine = surface.grid_of((box.left - 0.05, box.bottom - 0.05, box.right + 0.05, box.top + 0.05))
    places = pack.places(iso3)
    lat, lon = places["lat"].to_numpy(), places["lon"].to_numpy()
    lon = np.where(lon < box.left - 180.0, lon + 360.0, lon)
    attraction = surface.attraction(fine, lat, lon, places["population"].to_numpy())
    environment, affine = pack.environment(iso3)
    hardship = surface.hardship(fine, environment, affine, lat, lon)
    row = np.clip(
        ((fine.affine.f - grid.row_latitudes(geobox)) * surface.CELLS_PER_DEGREE).astype(int), 0, fine.shape[0] - 1
    )
    col = np.clip(
        ((grid.column_longitudes(geobox) - fine.affine.c) * surface.CELLS_PER_DEGREE).astype(int), 0, fine.shape[1] - 1
    )

    def here(values: np.ndarray) -> np.ndarray:
        return values[np.ix_(row, col)].astype(np.float32)

    weight = here(surface.weight(attraction, hardship))
    found["pack attraction"] = np.log(here(attraction))
    found["pack hardship"] = here(hardship)
    for name, values in zip(("altitude", "rain", "temperature"), environment, strict=True):
        found[f"pack {name}"] = here(surface.at_cells(values.astype(np.float64), affine, fine))
    found["pack rule"] = np.log(np.maximum(weight, 1e-12))
    return weight


def make(case: Case, seed: int = 0) -> Made:
    """Fit, judge and spread. Raises :class:`InputError` where totals contradict each other or are too few to learn from."""
    shape = case.geobox.shape
    area = np.concatenate([grid.cell_area_km2(case.geobox, rows) for rows in grid.blocks(shape[0])]).astype(np.float64)
    coarse = unit_cells(case.totals, case.geobox, np.zeros(shape, np.float32) if case.people is None else case.people)
    _check_cells(case.totals, coarse)
    if not np.nansum(case.totals["people"].to_numpy(np.float64)) > 0:
        raise InputError("the totals add up to 0 people; write the people of each unit")
    finer = None if case.finer is None else unit_cells(case.finer, case.geobox)
    parent = None if finer is None or case.finer is None else _parents(case, coarse, finer, area)
    notes: list[str] = [] if case.people is None else against_grid(case.totals, coarse.sum(case.people))
    if finer is not None and case.finer is not None and parent is not None:
        notes += _check_totals(case, parent)
    known = np.zeros(0, bool) if case.finer is None else np.isfinite(case.finer["people"].to_numpy(np.float64))
    if finer is not None and parent is not None and known.any():
        sample, names, label, owner, known_of = _from_finer(case, coarse, finer, parent, area)
    else:
        notes.append("No finer totals are known: the model was fitted to the totals themselves, and judged by them.")
        sample, names, label, owner, known_of = _from_totals(case, coarse, area)
    if not sample.people.sum() > 0:
        raise InputError("the finer units with known people have 0 of them; leave those empty that are not known")
    learnt = model.learn(sample, seed)
    base = _weights(case, area)
    weight = base if learnt.refused == "" else _best(case, learnt.best_other, area, base)
    predicted = np.ones(owner.size)
    if not learnt.refused:
        sized = finer is not None and bool(known.any())
        covariates, _ = features(label, owner.size, area, case.covariates, case.people, sized=sized)
        predicted = model.factors(sample, covariates)
        weight = _base_cells(case, area, base)
    amounts = _amounts(case, learnt, weight, predicted, label, owner, known_of)
    spread = _spread(weight, base, label, amounts)
    sets: list[tuple[UnitCells, np.ndarray]] = [(coarse, case.totals["people"].to_numpy(np.float64))]
    if finer is not None and case.finer is not None and parent is not None:
        sets.insert(0, (finer, np.where(known, _held(case, parent), np.nan)))
    outside = np.where(coarse.label < 0, np.nan_to_num(case.people), 0.0) if case.people is not None else 0.0
    result = held_to(spread + outside, sets)
    nowhere = (coarse.label < 0) & (result <= 0) | (
        np.isnan(case.people) & (result <= 0) if case.people is not None else False
    )
    people = np.where(nowhere, np.nan, result).astype(np.float32)
    ledger = _ledger(case, coarse, people)
    bands = _unit_bands(case, coarse, finer, parent, people, known, learnt)
    return Made(people, learnt, sample, ledger, names, bands, tuple(notes))


def _check_cells(table: gpd.GeoDataFrame, units: UnitCells) -> None:
    ground = units.sum(np.ones(units.label.shape))
    lost = np.flatnonzero((ground <= 0) & (np.nan_to_num(table["people"].to_numpy(np.float64)) > 0))
    if lost.size:
        raise InputError(
            f"{lost.size} units with people lie outside the grid (first: '{table['key'].iloc[int(lost[0])]}'); give a grid that "
            "covers them, or leave them out"
        )


def _share_of_box(totals: gpd.GeoDataFrame, country: Country) -> float:
    """The share of the box around the country that the outlines cover, 0 to 1, at least; 0 where its place is not known."""
    if country.bbox is None:
        return 0.0
    west, south, east, north = country.bbox
    middle = np.cos(np.deg2rad(totals.geometry.representative_point().y.to_numpy(np.float64)))
    box = (east - west) * (north - south) * np.cos(np.deg2rad((south + north) / 2))
    return float(min(1.0, np.nansum(shapely.area(totals.geometry.to_numpy()) * middle) / box))


def against_country(totals: gpd.GeoDataFrame, country: Country) -> tuple[str, ...]:
    """What is to be said of totals without a grid: what they add up to beside the people of the country, where they are of few of
    them. Raises :class:`InputError` where they are of more people than there are."""
    everybody = float(np.nansum(totals["people"].to_numpy(np.float64)))
    if country.people is None or everybody <= 0:
        return ()
    if everybody > _MOST_CHANGE * country.people:
        raise InputError(
            f"the totals add up to {everybody:,.0f} people, and {country.name} has some {country.people:,.0f}; write people"
        )
    if everybody * _MOST_CHANGE >= country.people:
        return ()
    ground = _share_of_box(totals, country)
    if everybody * _MOST_SPARSE < ground * country.people:
        raise InputError(
            f"the totals add up to {everybody:,.0f} people on about {ground:.0%} of the ground of {country.name}, which has some "
            f"{country.people:,.0f}: they are rather thousands; say so in the heading (as in 'Population "
            "(thousands)'), write people, or give the grid of these units"
        )
    return (
        f"The totals add up to {everybody:,.0f} people, {100 * everybody / country.people:.2g} % of some {country.people:,.0f} "
        f"in {country.name}. Without a grid nothing tells whether they are thousands or households: give --grid, or check them.",
    )


def against_grid(totals: gpd.GeoDataFrame, before: np.ndarray) -> list[str]:
    """What is to be said where totals and the grid differ much; refused where the totals are of another unit of counting, or do
    not stand beside their own units. ``before``: people of the grid in each unit, f64[units]."""
    people = totals["people"].to_numpy(np.float64)
    empty = (before <= 0) & (people > 0)
    notes = (
        [
            f"{int(empty.sum())} units have people in the totals and nobody on the grid (first: "
            f"'{totals['key'].to_numpy(object)[empty][0]}'): they were spread evenly over it."
        ]
        if empty.any()
        else []
    )
    both = np.isfinite(people) & (before > 0)
    new, old = people[both], before[both]
    if not new.sum() or not old.sum():
        return notes
    change = float(new.sum() / old.sum())
    if not 1 / _MOST_CHANGE <= change <= _MOST_CHANGE:
        raise InputError(
            f"the totals add up to {new.sum():,.0f} people and the grid has {old.sum():,.0f} in the same units; write people "
            "(not thousands, nor households), or give the grid of these units"
        )
    scaled = old * change
    wrong = np.abs(new - scaled).sum()
    # The same totals moved along the list: what is misplaced if they stand beside any unit.
    shifts = np.unique(np.linspace(1, max(1, new.size - 1), _SHIFTS).astype(int))
    by_chance = float(np.mean([np.abs(np.roll(new, shift) - scaled).sum() for shift in shifts]))
    if new.size >= _LEAST_COMPARED and wrong > _LIKE_CHANCE * by_chance and wrong > 2 * _MUCH_MISPLACED * new.sum():
        raise InputError(
            f"the totals do not go with the grid: {wrong / (2 * new.sum()):.0%} of the people would change their unit, about as "
            "many as if the totals stood beside any unit, as where a column is sorted by itself or shifted by a row; check that "
            "each total stands beside its own unit"
        )
    ratio = np.maximum(new, 0.5) / scaled
    moved = np.maximum(ratio, 1 / ratio) > _MUCH
    if not moved.any():
        return notes
    first = int(np.argmax(np.abs(np.log(ratio))))
    return [
        *notes,
        f"{int(moved.sum())} of {new.size} units change by more than a factor of {_MUCH:g} beside all together; most of all "
        f"'{totals['key'].to_numpy(object)[both][first]}': {old[first]:,.0f} people on the grid, {new[first]:,.0f} in the "
        "totals.",
    ]


def _parents(case: Case, coarse: UnitCells, finer: UnitCells, area: np.ndarray) -> np.ndarray:
    """The unit above each finer one: as the file says, else the one with most of its ground; −1 for none."""
    assert case.finer is not None
    by_key = {key: number for number, key in enumerate(case.totals["key"])}
    stated = case.finer["parent"].map(by_key).to_numpy(np.float64, na_value=np.nan)
    both = (coarse.label >= 0) & (finer.label >= 0)
    pair = finer.label[both] * coarse.size + coarse.label[both]
    ground = np.bincount(pair, weights=area[both], minlength=finer.size * coarse.size).reshape(finer.size, coarse.size)
    largest = np.where(ground.max(axis=1) > 0, ground.argmax(axis=1), -1)
    return np.where(np.isfinite(stated), np.nan_to_num(stated), largest).astype(np.int64)


def _parts(case: Case, parent: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """People of the finer units (NaN where not known) and of the units above, which finer ones lie in one of these, and of each
    unit above the people of its parts that are known and the number of parts that are not."""
    assert case.finer is not None
    people = case.finer["people"].to_numpy(np.float64)
    total = case.totals["people"].to_numpy(np.float64)
    inside = parent >= 0
    known = np.bincount(parent[inside], weights=np.nan_to_num(people[inside]), minlength=total.size)
    open_ = np.bincount(parent[inside], weights=np.isnan(people[inside]), minlength=total.size)
    return people, total, inside, known, open_


def _check_totals(case: Case, parent: np.ndarray) -> list[str]:
    """What is to be said where finer totals and totals disagree; refused where they cannot both be."""
    _, total, inside, known, open_ = _parts(case, parent)
    has = np.bincount(parent[inside], minlength=total.size) > 0
    beyond = has & (open_ > 0) & (known > total * (1 + _TOLERANCE))
    if beyond.any():
        first = int(np.flatnonzero(beyond)[0])
        raise InputError(
            f"finer totals of '{case.totals['key'].iloc[first]}' add up to {known[first]:,.0f}, more than its total of "
            f"{total[first]:,.0f}; correct one of the two"
        )
    nobody = has & (open_ == 0) & (known <= 0) & (total > 0.5)
    if nobody.any():
        first = int(np.flatnonzero(nobody)[0])
        raise InputError(
            f"finer totals of '{case.totals['key'].iloc[first]}' add up to 0, and its total is {total[first]:,.0f}: its people "
            "would be lost; leave those empty that are not known"
        )
    off = has & (open_ == 0) & (np.abs(known - total) > _TOLERANCE * np.maximum(total, 1.0))
    lost = int((~inside).sum())
    notes = [f"{lost} finer units lie in no unit with a total and were left out."] if lost else []
    if off.any():
        # Half of the people of a unit may be another census, or finer units that are not in the file.
        gap = np.abs(np.log(np.maximum(known, 1.0) / np.maximum(total, 1.0)))
        worst = int(np.argmax(np.where(off, gap, -1.0)))
        name = case.totals["key"].iloc[worst]
        notes.append(
            f"In {int(off.sum())} units the finer totals differ from the total by more than {_TOLERANCE:.0%} and were scaled; "
            f"most of all in '{name}': {known[worst]:,.0f} in its finer units, {total[worst]:,.0f} in the totals."
        )
    return notes


def _held(case: Case, parent: np.ndarray) -> np.ndarray:
    """Finer totals, scaled to the total of the unit above where all of its parts are known."""
    people, total, inside, known, open_ = _parts(case, parent)
    ratio = np.where((known > 0) & ((open_ == 0) | (known > total)), total / np.where(known > 0, known, 1.0), 1.0)
    found: np.ndarray = np.where(inside, people * ratio[np.maximum(parent, 0)], np.nan)
    return found


def _weights(case: Case, area: np.ndarray) -> np.ndarray:
    """What people are spread by within a unit: the grid, the pack's rule, else the ground."""
    if case.people is not None:
        return np.nan_to_num(case.people).astype(np.float64)
    return area if case.rule is None else area * case.rule


def _best(case: Case, name: str, area: np.ndarray, base: np.ndarray) -> np.ndarray:
    by_name = {"areal": area, "pack rule": area * case.rule if case.rule is not None else area}
    return by_name.get(name, base)


def _base_cells(case: Case, area: np.ndarray, base: np.ndarray) -> np.ndarray:
    """The base of the model in cells: the grid (nowcast), else the ground."""
    return base if case.people is not None else area


def _ways(case: Case, units: UnitCells, area: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The base of the model by unit, and all that could serve as weights."""
    if case.people is not None:
        grid_people = units.sum(case.people)
        return grid_people, {"grid held to totals": grid_people}
    km2 = units.sum(area)
    ways = {"areal": km2}
    if case.rule is not None:
        ways["pack rule"] = units.sum(area * case.rule)
    return km2, ways


_Learnable = tuple[model.Sample, tuple[str, ...], np.ndarray, np.ndarray, np.ndarray]


def _from_finer(case: Case, coarse: UnitCells, finer: UnitCells, parent: np.ndarray, area: np.ndarray) -> _Learnable:
    """The sample of the finer units whose people are known; and the labels, owners and known people of all units that are made:
    the finer ones, and the rest of each unit above."""
    assert case.finer is not None
    size = finer.size + coarse.size
    rest = np.where(coarse.label >= 0, coarse.label + finer.size, -1)
    usable = parent >= 0
    inside = (finer.label >= 0) & (coarse.label >= 0) & usable[np.maximum(finer.label, 0)]
    label = np.where(inside, finer.label, rest)
    owner = np.concatenate([parent, np.arange(coarse.size)])
    people = np.concatenate([_held(case, parent), np.full(coarse.size, np.nan)])
    covariates, names = features(label, size, area, case.covariates, case.people, sized=True)
    base, ways = _ways(case, finer, area)
    ground = sums_by(label, area, size)
    member = (np.isfinite(people) & (owner >= 0) & (ground > 0))[: finer.size]
    people_of, owner_of = people[: finer.size], owner[: finer.size]
    group = np.unique(owner_of[member], return_inverse=True)[1].reshape(-1)
    sample = model.Sample(
        people_of[member], group, covariates[: finer.size][member], base[member], {name: w[member] for name, w in ways.items()},
        scaled=case.people is not None,
    )  # fmt: skip
    return sample, names, label, owner, people


def _from_totals(case: Case, coarse: UnitCells, area: np.ndarray) -> _Learnable:
    """The sample of the totals themselves; what is made are squares within them."""
    covariates, names = features(coarse.label, coarse.size, area, case.covariates, case.people, sized=False)
    base, ways = _ways(case, coarse, area)
    people = case.totals["people"].to_numpy(np.float64)
    member = sums_by(coarse.label, area, coarse.size) > 0
    sample = model.Sample(
        people[member], np.arange(int(member.sum())), covariates[member], base[member],
        {name: w[member] for name, w in ways.items()}, scaled=case.people is not None, together=True,
    )  # fmt: skip
    cells = float(np.median(np.bincount(coarse.label[coarse.label >= 0])))
    side = max(1, round(np.sqrt(max(_LEAST_CELLS, cells / _PARTS))))
    label, owner = squares(coarse.label, side)
    return sample, names, label, owner, np.full(owner.size, np.nan)


def _amounts(
    case: Case,
    learnt: model.Learnt,
    weight: np.ndarray,
    predicted: np.ndarray,
    label: np.ndarray,
    owner: np.ndarray,
    known: np.ndarray,
) -> np.ndarray:
    """People of each unit that is made: its own where known, else its part of what is left of the total above."""
    total = case.totals["people"].to_numpy(np.float64)
    guess = np.where(np.isfinite(known), 0.0, sums_by(label, weight, owner.size) * predicted)
    ground = sums_by(label, np.ones(label.shape), owner.size)
    inside = owner >= 0
    left = total - np.bincount(owner[inside], weights=np.nan_to_num(known[inside]), minlength=total.size)
    sums = np.bincount(owner[inside], weights=guess[inside], minlength=total.size)
    # Where the weights say nobody and somebody is left, by ground.
    bare = (sums <= 0)[np.maximum(owner, 0)] & inside & ~np.isfinite(known)
    guess = np.where(bare, ground, guess)
    sums = np.bincount(owner[inside], weights=guess[inside], minlength=total.size)
    share = np.where(inside, guess / np.where(sums > 0, sums, 1.0)[np.maximum(owner, 0)], 0.0)
    found: np.ndarray = np.where(
        np.isfinite(known), np.nan_to_num(known), share * np.maximum(left, 0.0)[np.maximum(owner, 0)]
    )
    return found


def _spread(weight: np.ndarray, within: np.ndarray, label: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    """People of units spread over their cells by ``within``; where that is 0 everywhere, by ``weight``, else evenly."""
    result = np.zeros(label.shape)
    left = amounts > 0
    for values in (within, weight, np.ones(label.shape)):
        total = sums_by(label, values, amounts.size)
        now = left & (total > 0)
        factor = np.where(now, amounts / np.where(total > 0, total, 1.0), 0.0)
        result += np.where(label >= 0, np.nan_to_num(values) * factor[np.maximum(label, 0)], 0.0)
        left &= ~now
    return result


def _ledger(case: Case, coarse: UnitCells, people: np.ndarray) -> pd.DataFrame:
    """People of each unit before and after, and those outside every unit."""
    after = coarse.sum(people)
    before = np.full(coarse.size, np.nan) if case.people is None else coarse.sum(case.people)
    table = pd.DataFrame({"unit": case.totals["key"], "before": before, "total": case.totals["people"], "after": after})
    everybody = float(np.nansum(people, dtype=np.float64))
    old = np.nan if case.people is None else float(np.nansum(case.people, dtype=np.float64))
    sums = [
        {
            "unit": "(outside every unit)",
            "before": old - before.sum(),
            "total": np.nan,
            "after": everybody - after.sum(),
        },
        {"unit": "(all)", "before": old, "total": float(case.totals["people"].sum()), "after": everybody},
    ]
    return pd.concat([table, pd.DataFrame(sums)], ignore_index=True)


def _unit_bands(
    case: Case,
    coarse: UnitCells,
    finer: UnitCells | None,
    parent: np.ndarray | None,
    people: np.ndarray,
    known: np.ndarray,
    learnt: model.Learnt,
) -> pd.DataFrame:
    """People of each finer unit with its band: of those that are known none, of the others that of units that were left out."""
    if finer is None or case.finer is None or parent is None:
        return pd.DataFrame({"unit": [], "parent": [], "people": [], "low": [], "high": [], "known": []})
    now = finer.sum(people)
    wide = np.exp(np.where(known, 0.0, learnt.half_band))
    keys = np.append(case.totals["key"].to_numpy(object), "")
    return pd.DataFrame(
        {
            "unit": case.finer["key"],
            "parent": keys[parent],
            "people": now,
            "low": now / wide,
            "high": now * wide,
            "known": known,
        }
    )
