"""Sites out after real storms beside what the model of a loss says of them: the table of docs/method-loss.md.

``python -m tests.observed_outages FOLDER`` prints it from the folder of hazards (see tests/conftest.py), which does not belong to
the project. Winds of Puerto Rico and the Virgin Islands are another project's expected fields (0.1 degree), all cells of the
islands; those of Vanuatu and Fiji are the engine's own, at the sites of the starter pack, which are made up.
"""

import sys
from pathlib import Path

import numpy as np
import rasterio

from ewcm import starter
from ewcm.analysis.cyclone_winds import winds_at
from ewcm.analysis.outages import WIND, backup_spent, grid_off
from ewcm.loss_settings import PLACE, LossSettings
from ewcm.starter.tracks import lent

#: Islands as boxes: west, south, east, north.
ISLANDS = {
    "Puerto Rico": ((-67.27, 17.93, -65.58, 18.52),),
    "Virgin Islands": ((-64.90, 17.65, -64.56, 17.80), (-65.07, 18.28, -64.65, 18.42)),
}

#: Storm, area, share of sites that was observed to be out (FCC), hours after, the event of the wind field.
OBSERVED = (
    ("Irma 2017", "Puerto Rico", 0.293, 72.0, "2017242N16333"),
    ("Maria 2017", "Puerto Rico", 0.952, 24.0, "2017260N12310"),
    ("Maria 2017", "Virgin Islands", 0.77, 24.0, "2017260N12310"),
)

#: Storm, country, share observed (None: told in words), hours after. Winds at the made-up sites of the starter pack.
IN_THE_PACIFIC = (("PAM 2015", "VUT", None, 24.0), ("HOLA 2018", "VUT", 0.2, 24.0), ("WINSTON 2016", "FJI", None, 24.0))


def winds_on(folder: Path, area: str, event: str) -> np.ndarray:
    """Winds [m/s] of an event in the cells of an island."""
    with rasterio.open(folder / "cyclone" / "opengira_PRI" / "max_wind_field.nc") as dataset:
        events = dataset.tags()["NETCDF_DIM_event_id_VALUES"].strip("{}").split(",")
        about = dataset.tags(events.index(event) + 1)
        raw = dataset.read(events.index(event) + 1).astype(float)
        scale = float(about.get("scale_factor", dataset.scales[events.index(event)]))
        offset = float(about.get("add_offset", dataset.offsets[events.index(event)]))
        row, col = np.indices(raw.shape)
        x, y = dataset.transform @ (col + 0.5, row + 0.5)
    inside = np.zeros(raw.shape, bool)
    for west, south, east, north in ISLANDS[area]:
        inside |= (x > west) & (x < east) & (y > south) & (y < north)
    return raw[inside & (raw != -32768)] * scale + offset


def band(wind: np.ndarray, hours: float, settings: LossSettings) -> dict[str, tuple[float, float, float]]:
    """Share of sites out, fewest, central and most: by damage alone, by power alone, by both."""
    found: dict[str, list[float]] = {"damage": [], "power": [], "both": []}
    for case in PLACE:
        damage = WIND.damage(wind * settings.of("gust_factor", case), PLACE[case])
        off = grid_off(wind, settings.of("grid_median_ms", case), settings.of("grid_slope", case))
        names = ("battery_hours", "generator_share", "fuel_hours", "grid_share")
        power = off * backup_spent(hours, *(np.full(wind.size, settings.of(name, case)) for name in names))
        both = 1 - (1 - damage) * (1 - power)
        for name, value in (("damage", damage), ("power", power), ("both", both)):
            found[name].append(float(value.mean()))
    return {name: (values[0], values[1], values[2]) for name, values in found.items()}


def winds_at_starter_sites(iso3: str, event: str) -> np.ndarray:
    """Winds of a storm of the pack at the sites of the starter pack."""
    tracks = lent(iso3)
    assert tracks is not None
    sites = starter.layers(iso3).sites
    places = sites.table[["lat", "lon"]].drop_duplicates().to_numpy(np.float64)
    return winds_at(tracks.of(event).table, "H08", places[:, 0], places[:, 1])


Row = tuple[str, str, float | None, float, dict[str, tuple[float, float, float]]]


def rows(folder: Path) -> list[Row]:
    """The rows of the table that winds are known for."""
    settings = LossSettings(grid_share=1.0)
    found: list[Row] = [
        (storm, area, seen, hours, band(winds_on(folder, area, event), hours, settings))
        for storm, area, seen, hours, event in OBSERVED
    ]
    for storm, iso3, seen, hours in IN_THE_PACIFIC:
        of_country = LossSettings().in_country(iso3)
        found.append((storm, iso3, seen, hours, band(winds_at_starter_sites(iso3, storm), hours, of_country)))
    return found


def cells(row: Row) -> list[str]:
    """A row as the cells of the table, in per cent."""
    storm, area, seen, hours, parts = row
    shown = [" / ".join(f"{100 * value:.0f}" for value in parts[name]) for name in ("damage", "power", "both")]
    return [storm, area, f"{hours:.0f}", "in words" if seen is None else f"{100 * seen:.0f}", *shown]


if __name__ == "__main__":
    for one in rows(Path(sys.argv[1])):
        print("|", " | ".join(cells(one)), "|")
