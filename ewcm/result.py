"""The result of one run: the only source of every figure in every output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import geopandas as gpd
import numpy as np
import pandas as pd
from affine import Affine
from odc.geo.geobox import GeoBox

from ewcm.analysis.areas import country_and_areas, inside
from ewcm.analysis.reach import ServiceFigures, headline_service, nearly_all_covered
from ewcm.core import grid
from ewcm.core.finding import Caveat, Finding, Json, nested
from ewcm.core.footprints import SiteFootprints
from ewcm.core.fraction import CASES, Case, decode
from ewcm.core.grid import row_cell_size_km
from ewcm.core.layer import Layer
from ewcm.core.polygon_shares import polygon_shares
from ewcm.core.zones import Zones
from ewcm.coverage.combine import Coverage
from ewcm.errors import InputError, SettingsError
from ewcm.inputs.country_data import CountryData

if TYPE_CHECKING:
    import xarray as xr

    from ewcm.settings import Settings

SCHEMA_VERSION = 2

#: Names of files that the engine writes itself.
_OWN_FILES = {"summary", "manifest", "index", "overview", "reach", "coverage", "footprints", "tables", "layers"}


@dataclass(frozen=True)
class CountryResult:
    """Who can be reached in one country, where, and how sure that is.

    ``data``: the inputs it was made from. ``coverage``: of every service and case. ``findings``: what the analyses found, in
    the order in which the outputs show it.
    """

    data: CountryData
    settings: Settings
    coverage: Coverage
    findings: tuple[Finding, ...]

    def with_finding(self, finding: Finding) -> Self:
        """This result with a further finding, in the place of one of the same name where there is one.

        Raises :class:`ewcm.errors.InputError` for a finding whose figures, tables or layers would take the place of others, or
        whose layers do not lie on the grid of the result.
        """
        self._check(finding)
        if any(each.name == finding.name for each in self.findings):
            found = tuple(finding if each.name == finding.name else each for each in self.findings)
        else:
            found = (*self.findings, finding)
        return replace(self, findings=found)

    def _check(self, finding: Finding) -> None:
        others = [each for each in self.findings if each.name != finding.name]
        keys = {"caveats", *self._header(), *(figure.path[0] for each in others for figure in each.figures)}
        tables = {"Summary", *(table.name.lower() for each in others for table in each.tables)}
        for figure in finding.figures:
            if figure.path[0] in keys:
                raise InputError(
                    f"finding {finding.name}: summary.json has a key '{figure.path[0]}' already; rename it"
                )
        for table in finding.tables:
            if table.name.lower() in tables | _OWN_FILES:
                raise InputError(f"finding {finding.name}: there is a table '{table.name}' already; rename it")
        if finding.layers and finding.name.lower() in _OWN_FILES:
            raise InputError(f"finding {finding.name}: the engine has a file of that name; rename the finding")
        for layer in finding.layers:
            if layer.geobox != self.geobox:
                raise InputError(
                    f"layer {layer.name}: does not lie on the grid of the result; bring it onto that grid first"
                )

    def figure(self, *path: str) -> Json:
        """The value of a figure of summary.json, by its keys from the outermost; None where there is none."""
        found = (one.value for finding in self.findings for one in finding.figures if one.path == path)
        return next(found, None)

    @property
    def geobox(self) -> GeoBox:
        """The analysis grid, which is that of the population."""
        return self.data.population.geobox

    @property
    def nearest_area_km(self) -> float:
        """How far from every area people may live and be counted in the nearest one [km]."""
        return self.settings.nearest_area_km

    @cached_property
    def people(self) -> Layer:
        """People [persons] in each grid cell, NaN where there is no data."""
        return Layer("people", "persons", self.geobox, self.data.population.people, record=self.data.population.record)

    @cached_property
    def own_people(self) -> np.ndarray:
        """People [persons] of the country alone in each grid cell: those of the grid who live outside of it are left out."""
        people = self.data.population.people
        return inside(people, self.zones[0]) if self.outside else people

    @cached_property
    def zones(self) -> tuple[Zones, ...]:
        """The country, then each level of its areas, coarse to fine, as they were counted in."""
        country, boundaries = self.data.country, self.data.boundaries
        table = None if boundaries is None else boundaries.table
        people = self.data.population.people
        nearest_km, neighbours = self.nearest_area_km, self.data.neighbours
        return tuple(country_and_areas(people, self.geobox, table, country.name, country.iso3, nearest_km, neighbours))

    def own_people_at(self, cells: np.ndarray) -> np.ndarray:
        """People [persons] of the country alone in some cells (flat indices): those of ``own_people`` but for rounding.

        Of a large country no more is read and looked at than the part of the grid that the cells span.
        """
        rows, cols, places = self._span(cells)
        people = self.data.population.part(rows, cols)
        if self.outside and cells.size:
            people = inside(people, self._zones_in(rows, cols)[0])
        found: np.ndarray = people.reshape(-1)[places]
        return found

    def areas_of(self, cells: np.ndarray) -> tuple[Zones, np.ndarray]:
        """The areas of the finest level in the part of the grid that some cells (flat indices) span, and the cells' places in it.

        The shares are those of ``zones`` but for rounding; no compiled kernel is needed, and of a large country little is
        looked at.
        """
        rows, cols, places = self._span(cells)
        return self._zones_in(rows, cols)[-1], places

    def _span(self, cells: np.ndarray) -> tuple[slice, slice, np.ndarray]:
        """The rows and columns that some cells (flat indices) span, and the cells' places in that part of the grid."""
        if not cells.size:
            return slice(0, 1), slice(0, 1), cells
        height, width = self.geobox.shape
        row, col = grid.rows_and_columns(self.geobox, cells)
        # One cell more on each side: those around a cell on the border tell how it is shared.
        rows = slice(max(0, int(row.min()) - 1), min(height, int(row.max()) + 2))
        cols = slice(max(0, int(col.min()) - 1), min(width, int(col.max()) + 2))
        row -= rows.start
        row *= cols.stop - cols.start
        row += col
        row -= cols.start
        return rows, cols, row

    def _zones_in(self, rows: slice, cols: slice) -> list[Zones]:
        """The country and each level of its areas in a part of the grid; those of the last part are kept."""
        kept = self.__dict__.get("_zones_of_part")
        if kept is not None and kept[0] == (rows, cols):
            zones: list[Zones] = kept[1]
            return zones
        country, boundaries = self.data.country, self.data.boundaries
        found = country_and_areas(
            self.data.population.part(rows, cols),
            GeoBox(
                (rows.stop - rows.start, cols.stop - cols.start),
                self.geobox.affine @ Affine.translation(cols.start, rows.start),
                self.geobox.crs,
            ),
            None if boundaries is None else boundaries.table,
            country.name,
            country.iso3,
            self.nearest_area_km,
            self.data.neighbours,
            polygon_shares,
        )
        self.__dict__["_zones_of_part"] = (rows, cols), found
        return found

    def footprints(self, channel: str) -> tuple[SiteFootprints, np.ndarray] | None:
        """The grid cells that each single site of a channel covers, and which of the transmitters are of that channel (indices).

        None where its coverage does not come from sites. Where they were left out as too large circles of the radius of the
        settings serve in their place; a caveat of the run says so.
        """
        model = self.coverage.chosen.get(channel)
        found = None if model is None else model.footprints
        if found is None and model is not None and model.footprints_left_out and self.data.sites is not None:
            from ewcm.coverage.radius import circles_of

            found = circles_of(self.data.sites.table, self.geobox, self.settings)
        if found is None:
            return None
        return found, np.flatnonzero((found.transmitters["technology"] == channel).to_numpy())

    def table(self, name: str) -> pd.DataFrame:
        """The table of a name, of whatever finding; raises KeyError where there is none."""
        for finding in self.findings:
            frame = finding.table(name)
            if frame is not None:
                return frame
        raise KeyError(name)

    @property
    def areas(self) -> gpd.GeoDataFrame:
        """One row an area, the country first."""
        return gpd.GeoDataFrame(self.table("areas"))

    @property
    def coldspots(self) -> gpd.GeoDataFrame:
        """One row a coldspot, by service and people."""
        return gpd.GeoDataFrame(self.table("coldspots"))

    @property
    def caveats(self) -> tuple[Caveat, ...]:
        """What to know before using the figures, the gravest first."""
        return tuple(caveat for finding in self.findings for caveat in finding.caveats)

    @cached_property
    def services(self) -> dict[str, ServiceFigures]:
        """The figures of the country by service."""
        found: dict[str, dict[str, Any]] = {}  # of JSON types
        for finding in self.findings:
            for figure in finding.figures:
                if figure.path[0] == "services":
                    found.setdefault(figure.path[1], {})[figure.path[2]] = figure.value
        return {name: ServiceFigures(**values) for name, values in found.items()}

    @property
    def headline_service(self) -> str | None:
        """The first of `any`, `3G+` and `4G+` of which more than nearly nobody is known to be out of reach, the first that is
        known where there is none; None where coverage is unknown."""
        return headline_service(self.services)

    @property
    def nearly_all_covered(self) -> list[str]:
        """The services before that of the headline of which nearly nobody is out of reach."""
        return nearly_all_covered(self.services)

    @cached_property
    def inhabitants(self) -> float:
        """People of the country [persons], those of the grid who live outside of it left out."""
        areas = self.areas
        return float(areas.loc[areas["level"] == areas["level"].min(), "people"].sum())

    @property
    def outside(self) -> float:
        """People of the grid [persons] who live outside of the country."""
        found = self.figure("ledger", "outside")
        return float(found) if isinstance(found, int | float) else 0.0

    @cached_property
    def summary(self) -> dict[str, Json]:
        """What summary.json holds: docs/formats.md says it key by key."""
        content = self._header()
        for finding in self.findings:
            content |= nested(finding.figures)
            if finding.name == "inputs":
                content["caveats"] = [caveat.to_dict() for caveat in self.caveats]
        return content

    def _header(self) -> dict[str, Json]:
        """What summary.json says of the country before its findings."""
        country = self.data.country
        rows, cols = self.geobox.shape
        return {
            "schema_version": SCHEMA_VERSION,
            "iso3": country.iso3,
            "name": country.name,
            "names": dict(country.names),
            "language": country.language,
            "starter": self.data.starter,
            "exercise": self.data.exercise,
            "people": self.inhabitants,
            "grid": {
                "crs": self.data.population.record.crs,
                "rows": rows,
                "cols": cols,
                "cell_size_m": [round(float(size[rows // 2]) * 1000, 1) for size in row_cell_size_km(self.geobox)],
            },
        }

    @cached_property
    def layers(self) -> xr.Dataset:
        """The analysis grid: ``people`` [persons] and ``fraction_<service>`` (float32, 0..1, NaN where unknown) of each
        service that is known, decoded."""
        import xarray as xr

        known = [service for service in self.coverage.services if self.coverage.known(service)]
        layers = [self.people, *(self.fraction_layer(service) for service in known)]
        return xr.Dataset({layer.name: layer.to_xarray() for layer in layers})

    def fraction_layer(self, service: str, case: Case = "central", operator: str | None = None) -> Layer:
        """The covered share of each grid cell (float32, NaN where nothing is known), some rows at a time."""
        if service not in self.coverage.services:
            raise SettingsError(f"'{service}' is not a service; use one of {', '.join(self.coverage.services)}")
        if case not in CASES:
            raise SettingsError(f"'{case}' is not a case of the coverage; use one of {', '.join(CASES)}")

        def rows_of(rows: slice) -> np.ndarray:
            return decode(self.coverage.shares(service, case, rows, operator).covered)

        name = f"fraction_{self.coverage.services[service].column}"
        return Layer(name, "1", self.geobox, rows_of, title=f"coverage fraction, {service}")

    def fraction(self, service: str, case: Case = "central") -> xr.DataArray:
        """Coverage fraction (float32, 0..1, NaN where unknown) of a service on the grid, decoded."""
        return self.fraction_layer(service, case).to_xarray()
