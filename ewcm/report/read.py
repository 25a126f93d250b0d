"""A published country, opened again: its people, coverage, areas, sites and figures, for questions that need no new run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from odc.geo.geobox import GeoBox
from rasterio.windows import Window

from ewcm.core.drivers import opened_raster, read_vector_frame, vector_rows
from ewcm.core.file_states import FileStates, state_of
from ewcm.core.finding import Caveat, Finding, Table, figures_of
from ewcm.core.footprints import Footprints, SiteFootprints
from ewcm.core.fraction import LEVELS
from ewcm.core.input_warning import InputWarning
from ewcm.core.layer import Layer
from ewcm.core.record import InputRecord, sha256_of
from ewcm.countries import Country
from ewcm.coverage.stored import StoredCoverage
from ewcm.errors import InputError
from ewcm.inputs.country_data import CountryData
from ewcm.inputs.extent import with_neighbours
from ewcm.report.escape import from_cell
from ewcm.report.manifest import FOOTPRINTS, SCHEMA_VERSION
from ewcm.report.stored_population import StoredPopulation
from ewcm.report.stored_result import StoredResult
from ewcm.report.stored_tables import StoredSites, StoredTable
from ewcm.result import CountryResult
from ewcm.sources.boundaries import Boundaries
from ewcm.sources.official import Official, OfficialFigure
from ewcm.sources.places import Places

if TYPE_CHECKING:
    from ewcm.settings import Settings

#: What a reader of a published country needs beside its manifest.
_NEEDED = ("summary.json", "reach.tif", "coverage.tif", "layers.gpkg")


def open_result(folder: str | Path) -> CountryResult:
    """The result that was published in ``folder``.

    Every file that is read is compared with the manifest. Raises :class:`ewcm.errors.InputError` in one line that names the
    file: for a folder without a manifest, a file that is missing or was changed since, and a country that an older version
    has published ("run it again").
    """
    folder = Path(folder)
    # As they are before they are compared with the manifest: they are read later.
    states = FileStates.of(folder.glob("*.*"))
    manifest = _manifest(folder)
    try:
        found = _opened(folder, manifest, states)
        states.refuse_changed()
        return found
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{folder / 'manifest.json'}: does not say what a published country's does ({error!r}); run the country again"
        ) from error


def _opened(folder: Path, manifest: Mapping[str, Any], files: FileStates) -> CountryResult:
    country = Country(**{**manifest["country"], **_tuples(manifest["country"], "mccs", "bbox")})
    records = tuple(_record(record) for record in manifest["inputs"])
    findings = tuple(_findings(folder, manifest, records, files))
    tables = {table.name: table for finding in findings for table in finding.tables}

    def of(*layers: str) -> tuple[InputRecord, ...]:
        return tuple(record for record in records if record.layer in layers)

    population = StoredPopulation(folder / "reach.tif", files.states[folder / "reach.tif"], of("population")[0])
    geobox = population.geobox
    data = CountryData(
        country=country,
        population=population,
        sites=StoredSites(tables["sites"], of("cells", "sites"))
        if vector_rows(folder / "layers.gpkg", "sites")
        else None,
        boundaries=_boundaries(
            tables["areas"].frame, manifest["boundary_levels"], manifest.get("area_names", []), of("boundaries")
        ),
        places=Places(tables["places"].frame, of("places")) if "places" in tables else None,
        official=Official(tuple(_official(findings)), of("official")),
        basemap=next(iter(of("basemap")), None),
        operators=tuple(manifest["operators"]),
        starter=manifest["data_grade"] == "starter",
        stated_records=records,
    )
    data = with_neighbours(data)

    @cache
    def settings() -> Settings:
        from ewcm.settings import Settings

        try:
            return Settings(**manifest["settings"])
        except (TypeError, ValueError) as error:
            raise InputError(
                f"{folder / 'manifest.json'}: its settings are damaged ({error}); run the country again"
            ) from error

    shape = int(geobox.shape[0]), int(geobox.shape[1])

    def footprints(model: str) -> SiteFootprints | None:
        if model == "radius" and data.sites is not None:
            from ewcm.coverage.radius import circles_of  # few questions ask for single sites

            return circles_of(data.sites.table, geobox, settings())
        kept = model == "p1812" and FOOTPRINTS in manifest["outputs"]
        return Footprints.read(folder / FOOTPRINTS, shape) if kept else None

    def circle_level(service: str, rows: slice) -> np.ndarray:
        from ewcm.coverage.estimate_plan import circles  # few questions ask what is estimated

        assert data.sites is not None, "what is estimated has sites"
        found = circles(data.sites.table, service, settings(), geobox, rows)
        return found * np.uint16(LEVELS)

    coverage = StoredCoverage(folder / "coverage.tif", geobox, footprints, circle_level)
    return StoredResult(data, settings, coverage, findings, float(manifest["settings"]["nearest_area_km"]))


def folder_of(iso3: str, results: Path | None) -> Path:
    """The folder of a published country: ``results``, or its own inside a folder of several countries; ``maps/<ISO3>`` for None.

    Raises :class:`ewcm.errors.InputError` where there is none.
    """
    folder = Path("maps") / iso3 if results is None else results
    if not (folder / "manifest.json").is_file() and (folder / iso3 / "manifest.json").is_file():
        return folder / iso3
    inside = sorted(one.parent.name for one in folder.glob("*/manifest.json"))
    if inside and not (folder / "manifest.json").is_file():
        there = ", ".join(inside[:8]) + (", …" if len(inside) > 8 else "")
        raise InputError(f"{folder}: holds no published {iso3}; it has {there}. Run it first: ewcm run {iso3}")
    if not folder.exists():
        raise InputError(f"{folder}: no such folder of a published country; run it first: ewcm run {iso3}")
    return folder


def _manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a published country whose files are as they were written."""
    path = folder / "manifest.json"
    if not folder.is_dir():
        what = "is a file" if folder.is_file() else "no such folder"
        raise InputError(f"{folder}: {what}; name the folder of a published country, such as maps/UGA")
    if not path.is_file():
        inside = sorted(one.parent.name for one in folder.glob("*/manifest.json"))
        hint = f"; did you mean {folder / inside[0]}?" if inside else "; name one, such as maps/UGA"
        raise InputError(f"{folder}: is not the folder of a published country (it has no manifest.json){hint}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version, outputs = content["schema_version"], content["outputs"]
        digests = {name: str(output["sha256"]) for name, output in outputs.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{path}: is not the manifest of a published country ({error}); run the country again"
        ) from error
    if version != SCHEMA_VERSION:
        raise InputError(
            f"{path}: was written by another version of the engine (its format is {version}, this one reads "
            f"{SCHEMA_VERSION}); run the country again"
        )
    missing = [name for name in _NEEDED if name not in digests]
    if missing:
        raise InputError(f"{path}: lists no {missing[0]}; run the country again")
    for name in [*_NEEDED, *(name for name in digests if name.endswith((".csv", ".npz", ".tif")))]:
        file = folder / name
        if not file.is_file():
            raise InputError(f"{file}: is missing; run the country again, or put the file back")
        if sha256_of(file) != digests[name]:
            raise InputError(f"{file}: was changed since it was published; run the country again, or put the file back")
    return content


def _tuples(content: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: None if content[key] is None else tuple(content[key]) for key in keys}


def _record(content: Mapping[str, Any]) -> InputRecord:
    known = {field.name for field in fields(InputRecord)}
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in content.items() if key in known
    }
    values["warnings"] = tuple(InputWarning("", text) for text in values.get("warnings", ()))
    return InputRecord(**values)


def _findings(
    folder: Path, manifest: Mapping[str, Any], records: tuple[InputRecord, ...], files: FileStates
) -> Iterator[Finding]:
    """The findings, in their order, with figures of summary.json and tables of the other files."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    caveats = [Caveat(one["code"], one["text"], one["values"]) for one in summary["caveats"]]
    for one in manifest["findings"]:
        units = one.get("units", {})
        figures = tuple(
            replace(figure, units=units.get("/".join(figure.path), ""))
            for figure in figures_of({key: summary[key] for key in one["figures"]})
        )
        tables = tuple(_tables(folder, one["tables"], records, files))
        own = tuple(caveats[number] for number in one["caveats"])
        layers = tuple(_layers(folder / f"{one['name']}.tif", one["layers"], files))
        yield Finding(one["name"], figures, tables, layers, caveats=own, texts=one["texts"])


def _tables(
    folder: Path, stated: list[dict[str, Any]], records: tuple[InputRecord, ...], known: FileStates
) -> Iterator[Table]:
    for one in stated:
        name, files, texts = str(one["name"]), tuple(one["files"]), list(one["texts"])
        if one["geometry"] and "geopackage" in files:
            path, read = folder / "layers.gpkg", partial(_places_table, name=name, texts=texts)
            yield StoredTable(name, path, known.states[path], read, one["units"], one["geometry"], files)
        elif "csv" in files:
            path, read = folder / f"{name}.csv", partial(_plain_table, texts=texts)
            yield StoredTable(name, path, known.states[path], read, one["units"], one["geometry"], files)
        else:
            rows = [{name: getattr(record, name, "") for name in texts} for record in records]
            yield Table(name, pd.DataFrame(rows, columns=texts), one["units"], one["geometry"], files)


def _places_table(path: Path, name: str, texts: list[str]) -> pd.DataFrame:
    """A layer of the GeoPackage."""
    frame = read_vector_frame(path, name).drop(columns="data_grade")
    present = [each for each in texts if each in frame]
    frame[present] = frame[present].fillna("").astype(object)
    return frame


def _plain_table(path: Path, texts: list[str]) -> pd.DataFrame:
    """A CSV file."""
    frame = pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False, na_values=[""]).drop(columns="data_grade")
    for name in texts:
        frame[name] = [from_cell(value) for value in frame[name].astype(object).fillna("").astype(str)]
    return frame


def _layers(path: Path, stated: list[dict[str, Any]], known: FileStates) -> Iterator[Layer]:
    """The layers of a finding's file, read some rows at a time."""
    first = 1
    for one in stated:
        dims = {name: tuple(values) for name, values in one["dims"].items()}
        shape = tuple(len(values) for values in dims.values())
        bands = list(range(first, first + int(np.prod(shape, dtype=int))))
        first += len(bands)
        with opened_raster(path) as dataset:
            geobox = GeoBox(dataset.shape, dataset.transform, str(dataset.crs))

        def rows_of(rows: slice, bands: list[int] = bands, shape: tuple[int, ...] = shape) -> np.ndarray:
            if state_of(path) != known.states[path]:
                raise InputError(f"{path}: was changed since the result was opened; open it again")
            with opened_raster(path) as dataset:
                window = Window(0, rows.start, dataset.width, rows.stop - rows.start)
                return dataset.read(bands, window=window).reshape(*shape, rows.stop - rows.start, dataset.width)

        yield Layer(
            one["name"],
            one["units"],
            geobox,
            rows_of,
            dims=dims,
            title=one["title"],
            edges=tuple(one["edges"]),
            only_inhabited=one.get("only_inhabited", False),
        )


def _boundaries(
    areas: pd.DataFrame, levels: list[int], names: list[dict[str, Any]], records: tuple[InputRecord, ...]
) -> Boundaries | None:
    """The areas that were given, without those that the engine made of them."""
    if not levels:
        return None
    columns = ["level", "area_id", "name", "parent_id", "geometry"]
    table = gpd.GeoDataFrame(areas.loc[areas["level"].isin(levels), columns].reset_index(drop=True), crs="EPSG:4326")
    by_area = {(one["level"], one["area_id"]): one for one in names}
    for column in sorted({key for one in names for key in one} - {"level", "area_id"}):
        own = (
            by_area.get((int(level), str(code)), {})
            for level, code in zip(table["level"], table["area_id"], strict=True)
        )
        table[column] = [one.get(column, "") for one in own]
    return Boundaries(table, records)


def _official(findings: tuple[Finding, ...]) -> Iterator[OfficialFigure]:
    """The official figures, as the finding about them has kept them."""
    kept: dict[str, dict[str, Any]] = {}
    for figure in (figure for finding in findings for figure in finding.figures if figure.path[0] == "official"):
        if len(figure.path) > 2:
            kept.setdefault(figure.path[1], {})[figure.path[2]] = figure.value
    names = [field.name for field in fields(OfficialFigure) if field.name != "technology"]
    for technology, values in kept.items():
        yield OfficialFigure(technology, **{name: values[name] for name in names if name in values})
