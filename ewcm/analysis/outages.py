"""How likely single sites are out after an event: damage, power, and the sites that they hang on.

    out(t) = 1 − (1 − D)(1 − G(t))

D is the chance of damage at the intensity of the event, by a published table of fragility; G(t) = P(grid off) · P(backup spent
by t) the chance that the power is gone. Nobody repairs and nobody refuels. What an operator states of a site goes before all of
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from ewcm_kernels.outages import chance_to_stand

from ewcm.core.fraction import Case
from ewcm.loss_settings import PLACE, LossSettings


class Fragility(NamedTuple):
    """Share of sites lost by bands of intensity: ``edges`` (n + 1, rising, the first and last without an end beyond), ``shares``
    (n, 3): fewest, central, most. ``source``: where it comes from."""

    edges: np.ndarray
    shares: np.ndarray
    source: str

    def damage(self, intensity: np.ndarray, place: int) -> np.ndarray:
        """Share of sites lost at intensities; 0 below the first band, NaN where the intensity is."""
        band = np.searchsorted(self.edges, intensity, side="right") - 1
        inside = np.clip(band, 0, len(self.shares) - 1)
        found = np.where(band < 0, 0.0, self.shares[inside, place])
        return np.where(np.isnan(intensity), np.nan, found)


#: Towers by gust [m/s].
WIND = Fragility(
    np.array([0.0, 40.0, 50.0, 60.0, 70.0, 80.0]),
    np.array([[0, 0, 0], [0.04, 0.06, 0.07], [0.14, 0.2, 0.26], [0.51, 0.73, 0.94], [0.69, 0.98, 1], [0.7, 1, 1]]),
    "Miyamoto International 2019, Overview of engineering options for increasing infrastructure resilience (World Bank)",
)

#: Damage by depth of water [m]: a share of cost, taken for the share of sites that are out.
WATER = Fragility(
    np.array([1e-9, 0.3, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0]),
    np.array(
        [
            [0.13, 0.25, 0.5],
            [0.25, 0.5, 0.75],
            [0.33, 0.65, 1.0],
            [0.4, 0.8, 1.0],
            [0.5, 1.0, 1.0],
            [0.6, 1.0, 1.0],
            [0.8, 1.0, 1.0],
            [1.0, 1.0, 1.0],
        ]
    ),
    "Kok and others 2004, Standard method for damage and casualties caused by floods",
)

#: The table of a kind of hazard, where one is published.
TABLES: Mapping[str, Fragility] = {"wind": WIND, "flood": WATER, "coastal": WATER, "tsunami": WATER}


@dataclass(frozen=True)
class Outages:
    """Chances of each site at one moment, in one case. ``damage``; ``off``: that its power is off; ``spent``: that its backup is
    gone by then, if so (sites off the grid included, whose power does not fail). ``out``: that it is out, the sites that it
    hangs on included."""

    damage: np.ndarray
    off: np.ndarray
    spent: np.ndarray
    out: np.ndarray

    @property
    def stand_on(self) -> np.ndarray:
        """The chance to stand while the power is on."""
        return 1.0 - self.damage

    @property
    def stand_off(self) -> np.ndarray:
        """The chance to stand while the power is off."""
        return (1.0 - self.damage) * (1.0 - self.spent)


class Tree(NamedTuple):
    """``group``: of each site (sites of a group lose power together); ``parent``: the site that it hangs on, −1 for none;
    ``depth``: on how many, one behind another."""

    group: np.ndarray
    parent: np.ndarray
    depth: np.ndarray

    def alone(self) -> Tree:
        """The same groups where no site hangs on another."""
        return Tree(self.group, np.full_like(self.parent, -1), np.zeros_like(self.depth))


def grid_off(wind_ms: np.ndarray, median_ms: float, slope: float) -> np.ndarray:
    """Chance that the power grid is off at a 1-min wind: logistic; none where there was no gale (0), or nothing is known."""
    wind = np.nan_to_num(wind_ms)
    chance = 1.0 / (1.0 + np.exp(-slope * (wind - median_ms)))
    return np.where(wind > 0, chance, 0.0)


def backup_spent(
    hours: float, battery: np.ndarray, generator: np.ndarray, fuel: np.ndarray, on_grid: np.ndarray
) -> np.ndarray:
    """Chance that a site whose grid is off has no power left after some hours: its batteries are spent, and it has no generator
    or no fuel. Sites off the grid have power of their own."""
    spent = np.where(hours >= np.maximum(battery, fuel), 1.0, 1.0 - generator)
    return np.asarray(on_grid * np.where(hours >= battery, spent, 0.0))


def outages(
    stated: pd.DataFrame,
    intensity: np.ndarray,
    kind: str,
    fragility: Fragility | None,
    settings: LossSettings,
    case: Case,
    hours: float,
    tree: Tree,
) -> Outages:
    """The chances of each site.

    ``stated``: ``STATED_NUMBERS`` of each site, NaN where nothing is. ``intensity``: of the event at each site; of winds the
    1-min mean [m/s]. ``kind``: of the hazard. ``fragility``: None where damage is not known, and counts as none. ``case``: of the
    coverage; with low coverage most sites are lost. Where nothing is known of the intensity there is no damage in the cases of
    high coverage and central; with low coverage all of the table's most.
    """
    place = PLACE[case]

    def own(name: str, otherwise: np.ndarray | float) -> np.ndarray:
        values = stated[name].to_numpy(np.float64)
        return np.where(np.isnan(values), otherwise, values)

    met = intensity * settings.of("gust_factor", case) if kind == "wind" else intensity
    found = np.zeros(len(stated)) if fragility is None else fragility.damage(met, place)
    worst = 0.0 if fragility is None or case != "low" else float(fragility.shares[:, place].max())
    damage = own("damage", np.where(np.isnan(found), worst, found))
    wind = kind == "wind"
    by_wind = grid_off(intensity, settings.of("grid_median_ms", case), settings.of("grid_slope", case)) if wind else 0.0
    off = own("grid_off", by_wind)
    spent = backup_spent(
        hours,
        own("battery_hours", settings.of("battery_hours", case)),
        own("generator", settings.of("generator_share", case)),
        own("fuel_hours", settings.of("fuel_hours", case)),
        own("on_grid", settings.of("grid_share", case)),
    )
    # A chance to be out that is stated holds whatever the power does.
    whole = stated["out"].to_numpy(np.float64)
    given = ~np.isnan(whole)
    damage, off, spent = (np.where(given, value, each) for value, each in ((whole, damage), (0.0, off), (0.0, spent)))
    alone = Outages(damage, off, spent, np.zeros(len(stated)))
    if not (tree.parent >= 0).any():
        out = 1.0 - (1.0 - off) * alone.stand_on - off * alone.stand_off
    else:
        order = order_of(tree.group, off)
        out = np.empty(order.size)
        out[order] = 1.0 - np.asarray(chance_to_stand(*arguments(order, alone, tree)))  # type: ignore[no-untyped-call]
    return Outages(damage, off, spent, np.clip(out, 0.0, 1.0))


def order_of(group: np.ndarray, off: np.ndarray) -> np.ndarray:
    """Sites by group, and in a group by falling chance that the power is off, as the kernels want them."""
    return np.lexsort((-off, group))


def arguments(order: np.ndarray, chances: Outages, tree: Tree) -> tuple[np.ndarray, ...]:
    """Group, off, stand_on, stand_off, parent and depth of the sites in an order, as the kernels take them."""
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    parent = tree.parent[order]
    return (
        tree.group[order].astype(np.int64),
        chances.off[order],
        chances.stand_on[order],
        chances.stand_off[order],
        np.where(parent >= 0, place[np.maximum(parent, 0)], -1),
        tree.depth[order].astype(np.int64),
    )


def tree_of(groups: pd.Series, hubs: np.ndarray) -> Tree:
    """Groups that lose power together, and what hangs on what.

    ``groups``: a name for each site; "" stands alone. ``hubs``: number of the site that each hangs on, −1 for none; of a ring the
    last link is left out. A site that hangs on another is in the group of the first of the line.
    """
    count = len(groups)
    parent = np.asarray(hubs, np.int64).copy()
    parent[parent == np.arange(count)] = -1
    root, depth = np.arange(count), np.zeros(count, np.int64)
    for site in range(count):
        seen, at = {site}, site
        while parent[at] >= 0:
            if int(parent[at]) in seen:
                parent[at] = -1
                break
            at = int(parent[at])
            seen.add(at)
    for site in range(count):
        at = site
        while parent[at] >= 0:
            at = int(parent[at])
            depth[site] += 1
        root[site] = at
    names = np.array([name or f"\0{number}" for number, name in enumerate(groups.astype(str))], dtype=object)
    group = pd.factorize(names[root], sort=True)[0]
    return Tree(group.astype(np.int64), parent, depth)
