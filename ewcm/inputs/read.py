"""Reading the inputs of a country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ewcm import starter
from ewcm.core.file_states import FileStates
from ewcm.core.record import Meta, record_of
from ewcm.countries import Country, made_up
from ewcm.errors import InputError
from ewcm.inputs.country_data import CountryData
from ewcm.inputs.covered_people import with_covered_people
from ewcm.inputs.extent import with_extent
from ewcm.inputs.find import INPUTS_FILE, Inputs
from ewcm.inputs.kind_of_file import is_called_density
from ewcm.inputs.operator_names import with_one_spelling
from ewcm.inputs.people_and_places import with_settlements_compared
from ewcm.inputs.schema import Lend, Table, with_defaults
from ewcm.inputs.sites_and_people import with_nobody_near
from ewcm.inputs.unread_layers import with_unread_layers
from ewcm.sources import boundaries as boundary_files
from ewcm.sources import hazards as hazard_files
from ewcm.sources import official as official_files
from ewcm.sources import places as place_files
from ewcm.sources import points as point_files
from ewcm.sources import site_lists
from ewcm.sources.boundaries import Boundaries, read_boundaries
from ewcm.sources.broadcast import Broadcast, read_broadcast
from ewcm.sources.cells import Sites, read_cells
from ewcm.sources.clutter import Clutter, open_clutter
from ewcm.sources.coverage_cards import CoverageCard, read_card
from ewcm.sources.coverage_maps import Choice, DeclaredMap, read_declared
from ewcm.sources.ground_source import GROUND
from ewcm.sources.hazards import Hazard
from ewcm.sources.neighbours import lent_outline
from ewcm.sources.official import Official, read_official, stated_figure
from ewcm.sources.places import Places, read_places
from ewcm.sources.points import Points, read_points
from ewcm.sources.population import Population, read_population
from ewcm.sources.population_points import is_points, read_population_points
from ewcm.sources.position import Bbox
from ewcm.sources.site_lists import Options as SiteOptions
from ewcm.sources.site_lists import read_sites
from ewcm.sources.terrain import Terrain, open_terrain
from ewcm.sources.terrain_check import checked
from ewcm.sources.terrain_hazards import ground_hazard
from ewcm.sources.tracks import came_near
from ewcm.starter import lent
from ewcm.starter import tracks as starter_tracks


def load(inputs: Inputs, people: Population | None = None) -> CountryData:
    """Read and check every input. Raises :class:`EwcmError` subclasses; reads only.

    ``people``: a population that takes the place of the one of the inputs.
    """
    country = inputs.country
    if inputs.starter:
        layers = starter.layers(country.iso3)
        found = CountryData(country, **vars(layers))
        found = found if people is None else replace(found, population=people)
        found = replace(found, country=made_up(country)) if found.exercise else found
        return replace(found, hazards=_lent_winds(country.iso3, found.population))
    assert inputs.folder is not None, "inputs that are no starter data come from a folder"
    states = FileStates.of_inputs([inputs.folder / INPUTS_FILE, *inputs.paths()]).states
    read_from = FileStates({**states, **inputs.read_from.states})
    if people is None and not inputs.of("population"):
        raise InputError(f"{inputs.folder}: holds no population raster; add one and name it in {INPUTS_FILE}")
    areas = boundary_files.joined([read_boundary_table(inputs, table) for table in inputs.of("boundaries")])
    _check_levels(inputs)
    if areas is None and _may_lend("boundaries", country, inputs.lend):
        areas = lent.boundaries(country.iso3)
    population = people or read_people(inputs, areas or lent_outline(country))
    population = with_settlements_compared(population, country)
    if areas and population.beyond_180 and not country.crosses_180:
        areas = boundary_files.wrapped(areas)
    bbox = country.bbox or bbox_of(areas)
    sites = [read_cell_table(inputs, table, bbox) for table in inputs.of("cells")]
    sites += [with_nobody_near(read_site_table(inputs, table, bbox), population) for table in inputs.of("sites")]
    terrain = read_terrain(inputs, population)
    data = CountryData(
        country=country,
        population=population,
        sites=site_lists.joined(sites),
        declared=tuple(one for table in inputs.of("coverage") for one in read_coverage_table(inputs, table, bbox)),
        terrain=terrain,
        clutter=read_clutter(inputs),
        boundaries=areas,
        places=read_places_of(inputs, bbox),
        official=official_files.joined([read_official_table(inputs, table) for table in inputs.of("official")]),
        coverage_card=read_coverage_card(inputs),
        hazards=read_hazards(inputs, population, terrain),
        points=read_points_of(inputs, bbox),
        channels=tuple(read_channel(inputs, table, bbox) for table in inputs.of("channel")),
        operators=inputs.operators,
        read_from=read_from,
    )
    data = with_extent(
        completed(with_covered_people(with_unread_layers(with_one_spelling(data))), inputs.lend),
        may_lend=inputs.lend.allows("boundaries"),
        nearest_km=inputs.settings.nearest_area_km,
    )
    read_from.refuse_changed()
    # At the end: what is said of the files above compares them with the real country.
    return replace(data, country=made_up(country)) if data.exercise else data


def completed(data: CountryData, lend: Lend) -> CountryData:
    """The inputs of a user, and of what they lack what the pack has and ``lend`` allows. Never people or a network."""
    country = data.country
    if data.boundaries is None and _may_lend("boundaries", country, lend):
        data = replace(data, boundaries=lent.boundaries(country.iso3))
    if data.places is None and lend.allows("places") and lent.has_places(country.iso3):
        data = replace(data, places=lent.places(country.iso3))
    if _may_lend("official", country, lend) and not data.exercise:  # they speak of the real people
        data = replace(data, official=official_files.completed(data.official, lent.official(country.iso3)))
    if lend.allows("basemap") and lent.has_base_map(country.iso3):
        data = replace(data, basemap=lent.base_map(country.iso3))
    if not any(hazard.kind == "wind" for hazard in data.hazards) and _may_lend("hazard", country, lend):
        data = replace(data, hazards=(*data.hazards, *_lent_winds(country.iso3, data.population)))
    return data


def _may_lend(layer: str, country: Country, lend: Lend) -> bool:
    return lend.allows(layer) and country.iso3 in starter.available()


def read_people(inputs: Inputs, areas: Boundaries | None) -> Population:
    """The population; ``areas`` cut a raster that holds other countries too."""
    table = with_defaults("population", inputs.of("population")[0])
    if is_points(table["path"]):
        wrong = [key for key in ("nodata", "crs") if table[key] is not None] + ["unit"] * (table["unit"] != "people")
        if wrong:
            raise InputError(f"{table['path']}: is a table of points and has no {wrong[0]}; remove that key")
        return read_population_points(
            table["path"],
            inputs.country,
            step_arcsec=table["step_arcsec"],
            meta=_meta(inputs, inputs.of("population")[0]),
            boundaries=areas.table if areas else None,
        )
    if "unit" not in inputs.of("population")[0] and is_called_density(table["path"]):
        raise InputError(
            f'{table["path"]}: is called a density, and inputs.toml states no unit of it; state unit = "people_per_km2", or '
            'unit = "people" where it holds the people of each grid cell'
        )
    return read_population(
        table["path"],
        inputs.country,
        unit=table["unit"],
        nodata=table["nodata"],
        crs=table["crs"],
        meta=_meta(inputs, inputs.of("population")[0]),
        boundaries=areas.table if areas else None,
    )


def read_cell_table(inputs: Inputs, table: Mapping[str, Any], bbox: Bbox | None) -> Sites:
    """The cells of one table."""
    return read_cells(table["path"], inputs.country, _meta(inputs, table), bbox)


def read_site_table(inputs: Inputs, stated: Mapping[str, Any], bbox: Bbox | None) -> Sites:
    """The site list of one table."""
    table = with_defaults("sites", stated)
    keys = ("columns", "crs", "decimal", "layer", "technology", "operator")
    options = SiteOptions(**{key: table[key] for key in keys})
    return read_sites(table["path"], inputs.country, _meta(inputs, stated), bbox, options)


def read_coverage_table(inputs: Inputs, stated: Mapping[str, Any], bbox: Bbox | None) -> tuple[DeclaredMap, ...]:
    """The maps of coverage of one table."""
    table = with_defaults("coverage", stated)
    return read_declared(
        table["path"],
        table["technology"],
        inputs.country,
        operator=table["operator"],
        choice=Choice(**{key: table[key] for key in ("layer", "where", "technology_column", "operator_column", "crs")}),
        values=table["values"],
        threshold_dbm=table["threshold_dbm"],
        meta=_meta(inputs, stated),
        bbox=bbox,
    )


def _meta(inputs: Inputs, table: Mapping[str, Any]) -> Meta:
    stated = {key: table[key] for key in Table.model_fields if key in table}
    if "year" in table and "date" not in stated:
        stated["date"] = table["year"]
    if "date" in stated:
        stated["date"] = str(stated["date"])
    return Meta(root=inputs.folder, **stated)


def read_boundary_table(inputs: Inputs, stated: Mapping[str, Any]) -> Boundaries:
    """The areas of one table."""
    table = with_defaults("boundaries", stated)
    return read_boundaries(
        table["path"],
        table["level"],
        inputs.country,
        name=table["name"],
        code=table["code"],
        parent=table["parent"],
        layer=table["layer"],
        meta=_meta(inputs, stated),
    )


def _check_levels(inputs: Inputs) -> None:
    levels = [table["level"] for table in inputs.of("boundaries")]
    if len(set(levels)) < len(levels):
        raise InputError(f"{inputs.folder}: boundaries of one level are given twice; keep one file a level")


def bbox_of(areas: Boundaries | None) -> Bbox | None:
    """West, south, east and north [degrees] of some areas; None without them."""
    if areas is None:
        return None
    west, south, east, north = (float(value) for value in areas.table.total_bounds)
    return west, south, east, north


def read_terrain(inputs: Inputs, population: Population) -> Terrain | None:
    """The terrain; None where none is named."""
    if not inputs.of("terrain"):
        return None
    table = with_defaults("terrain", inputs.of("terrain")[0])
    allow_coarse = table["allow_coarse"] or inputs.settings.allow_coarse_terrain
    meta = _meta(inputs, inputs.of("terrain")[0])
    return checked(open_terrain(table["paths"], allow_coarse, meta, inputs.country.iso3), population)


def read_clutter(inputs: Inputs) -> Clutter | None:
    """The clutter; None where none is named."""
    if not inputs.of("clutter"):
        return None
    table = with_defaults("clutter", inputs.of("clutter")[0])
    return open_clutter(table["paths"], table["values"], _meta(inputs, inputs.of("clutter")[0]))


def read_places_of(inputs: Inputs, bbox: Bbox | None) -> Places | None:
    """The places of every table; None where none is named."""
    tables = inputs.of("places")
    return place_files.joined(
        [read_places(table["path"], inputs.country, _meta(inputs, table), bbox) for table in tables]
    )


def read_points_of(inputs: Inputs, bbox: Bbox | None) -> Points | None:
    """The points of interest of every table; None where none is named."""
    found = []
    for stated in inputs.of("poi"):
        table = with_defaults("poi", stated)
        meta = _meta(inputs, stated)
        found.append(read_points(table["path"], inputs.country, meta, bbox, layer=table["layer"], kind=table["kind"]))
    return point_files.joined(found)


def read_channel(inputs: Inputs, stated: Mapping[str, Any], bbox: Bbox | None) -> Broadcast:
    """The channel of one table."""
    table = with_defaults("channel", stated)
    return read_broadcast(
        table.get("path"),
        table["name"],
        inputs.country,
        stated_in=_named_in(inputs),
        everywhere=table["everywhere"],
        radius_km=table["radius_km"],
        threshold=table["threshold"],
        devices=table["devices"],
        meta=_meta(inputs, {key: value for key, value in stated.items() if key != "name"}),
        bbox=bbox,
    )


def read_official_table(inputs: Inputs, table: Mapping[str, Any]) -> Official:
    """A file of figures, or the one figure that a table of inputs.toml states itself."""
    assert inputs.folder is not None, "tables come from a folder"
    path = inputs.folder / INPUTS_FILE
    meta = _meta(inputs, table)
    if "path" not in table:
        figure = stated_figure(f"{path}: [[official]]", table)
        facts = {figure.technology: table["percent"], "year": table["year"], "role": figure.role}
        return Official((figure,), (record_of("official", path, meta, format="TOML", facts=facts),))
    if both := [key for key in ("technology", "percent", "year") if key in table]:
        raise InputError(f"{path}: [[official]] has a path and {both[0]}; the file says it, remove one of them")
    return read_official(table["path"], meta, table.get("role"))


def read_coverage_card(inputs: Inputs) -> CoverageCard | None:
    """The model card of the coverage. Raises :class:`InputError` where there are two."""
    cards = [read_card(table["path"], _meta(inputs, table)) for table in inputs.of("learnt")]
    if len(cards) > 1:
        raise InputError(f"{inputs.folder}: [[learnt]] names {len(cards)} cards of coverage; keep one of them")
    for card in cards:
        if card.mode == "local_truth" and card.country != inputs.country.iso3:
            path = card.records[0].path
            raise InputError(
                f"{path}: was learnt in {card.country[:20]}; levels do not travel: learn it in this country"
            )
    return cards[0] if cards else None


def read_hazards(inputs: Inputs, population: Population, terrain: Terrain | None) -> tuple[Hazard, ...]:
    """The hazards that are stated."""
    found: list[Hazard] = []
    for table in inputs.of("hazard"):
        # The year of a hazard is that for which its map holds, not that of the file.
        meta = _meta(inputs, {key: value for key, value in table.items() if key != "year"})
        if table.get("values") in GROUND:
            found.append(_ground(inputs, table, population, terrain, meta))
            continue
        if "path" not in table:
            mend = f"values; state one of {', '.join(GROUND)}" if table["kind"] == "ground" else "path; add it"
            raise InputError(f"{_named_in(inputs)}: [hazard] has no {mend}")
        about = {key: value for key, value in table.items() if key not in (*Table.model_fields, "path", "kind")}
        if "stream_km2" in about:
            raise InputError(f'{table["path"]}: stream_km2 is of values = "drainage" only; remove it')
        found += hazard_files.read_hazard(table["path"], table["kind"], population.geobox, meta=meta, **about)
    return hazard_files.checked(found)


def _named_in(inputs: Inputs) -> Path:
    assert inputs.folder is not None, "tables come from a folder"
    return inputs.folder / INPUTS_FILE


def _ground(
    inputs: Inputs, table: Mapping[str, Any], population: Population, terrain: Terrain | None, meta: Meta
) -> Hazard:
    """Ground by the DEM of a table, else by the terrain of the inputs."""
    path = table.get("path")
    if path is not None:
        # Whether its step serves is another question here than for propagation.
        terrain = checked(open_terrain([path], True, meta, inputs.country.iso3), population)
    elif terrain is not None:
        of_terrain = _meta(inputs, inputs.of("terrain")[0])
        stated = {key: value for key, value in vars(meta).items() if key in table}
        meta = replace(of_terrain, **stated)
    where = f"{_named_in(inputs)}: [[hazard]]"
    return ground_hazard(where, terrain, path, population.geobox, meta, table)


def _lent_winds(iso3: str, population: Population) -> tuple[Hazard, ...]:
    """Winds of cyclones by the tracks that the pack has for a country; none for people whom no storm came near."""
    tracks = starter_tracks.lent(iso3)
    if tracks is None or not came_near(tracks, population.geobox):
        return ()
    return hazard_files.winds_of(tracks, population.geobox, {})
