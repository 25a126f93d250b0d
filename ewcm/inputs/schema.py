"""What ``inputs.toml`` may say: a model of each of its tables, and the JSON Schema of them all.

A new table is one model and one line in ``TABLES``. ``python -m ewcm.inputs.schema`` prints the JSON Schema
(docs/inputs.schema.json); with ``--settings`` the table of settings of docs/formats-inputs.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    create_model,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from ewcm.errors import SettingsError
from ewcm.settings import Settings, range_of, settings_schema
from ewcm.sources import broadcast, clutter, coverage_maps, ground_source, hazards, population

#: The tables of a country by name, as in inputs.toml.
Tables = dict[str, tuple[Mapping[str, Any], ...]]

#: No whole number is larger: above it floating point cannot hold them.
_LARGEST = 10**300


@dataclass(frozen=True)
class MustBe:
    """Mark of a value whose only error is that it must be ``words``."""

    words: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """See pydantic's documentation of custom types."""
        return core_schema.custom_error_schema(handler(source), "must_be", custom_error_message=self.words)


def _holdable(value: int | float | str) -> int | float | str:
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise PydanticCustomError("digits", f"is a number of {len(str(value))} digits; correct it")
    return value


Text = Annotated[StrictStr, MustBe("text")]
Flag = Annotated[StrictBool, MustBe("true or false")]
WholeNumber = Annotated[StrictInt, MustBe("a whole number"), AfterValidator(_holdable)]
Number = Annotated[StrictInt | StrictFloat, MustBe("a number"), AfterValidator(_holdable)]
Date = Annotated[StrictStr | StrictInt, MustBe("text"), AfterValidator(_holdable)]
Paths = Annotated[StrictStr | Annotated[list[StrictStr], Field(min_length=1)], MustBe("a path or a list of paths")]
Numbers = Annotated[list[StrictInt | StrictFloat], Field(min_length=1), MustBe("a list of numbers")]
Columns = Annotated[dict[StrictStr, StrictStr], MustBe('a table of texts, as in { lat = "Latitude" }')]
Level = Annotated[StrictInt, Field(ge=0, le=4), MustBe("0, 1, 2, 3 or 4")]


class Table(BaseModel):
    """What may stand in every table: where the file is from, and what may be done with it."""

    # Built when an inputs.toml is read: a folder without one, and the starter pack, need no validators.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    #: Whether the table may stand several times (``[[cells]]``).
    repeated: ClassVar[bool] = False

    #: Whether ``path`` may be a folder, or a list of files and folders.
    many_files: ClassVar[bool] = False

    licence: Text = Field("not stated", description="licence of the file")
    attribution: Text = Field("", description="who is to be named")
    source: Text = Field("", description="address or citation")
    date: Date = Field("", description="date of the data, ISO 8601 (a year will do)")
    redistributable: Flag = Field(True, description="whether the file may be passed on")
    non_commercial: Flag = Field(False, description="whether only non-commercial use is allowed")


class Population(Table):
    """People: a raster. Its grid is the grid of the analysis."""

    path: Text = Field(description="raster, or table of points (latitude, longitude, population)")
    step_arcsec: Number | None = Field(None, description="of points: the grid onto which they are summed (default: 30)")
    unit: Text = Field("people", description="what its values are", json_schema_extra={"enum": list(population.UNITS)})
    nodata: Number | None = Field(None, description="value that marks missing data (default: the file's own)")
    crs: Text | None = Field(None, description='such as "EPSG:4326" (default: the file\'s own)')
    year: WholeNumber | None = Field(None, description="year of the data")


class Cells(Table):
    """Crowd-sourced cells."""

    repeated: ClassVar[bool] = True

    path: Text = Field(description="OpenCelliD or Mozilla export")


class Sites(Table):
    """Sites of an operator or a regulator."""

    repeated: ClassVar[bool] = True

    path: Text = Field(description="site list: text, workbook or layer of points")
    columns: Columns = Field(
        {}, description='headings by what they hold, as in { lat = "Latitude" } (default: found by their names)'
    )
    crs: Text | None = Field(None, description="of its coordinates (default: degrees, or the file's own)")
    decimal: Annotated[Literal[",", "."] | None, MustBe('"," or "."')] = Field(
        None, description="sign before decimals (default: seen in the file)"
    )
    layer: Text | None = Field(
        None, description="sheet of a workbook, layer of a file, or file of an archive (default: the only one)"
    )
    technology: Text | None = Field(None, description="of every row, where no column tells it")
    operator: Text | None = Field(None, description="of every row (default: that of its column)")


class Coverage(Table):
    """Declared coverage of one technology (and operator)."""

    repeated: ClassVar[bool] = True

    path: Text = Field(description="polygons or raster")
    technology: Text | None = Field(
        None, description="2G, 3G, 4G, 5G (or GSM, UMTS, LTE, NR); needed unless a column tells it"
    )
    operator: Text = Field("", description="empty: as its column says; without one the map speaks for all operators")
    technology_column: Text | None = Field(None, description="column of the technology (default: found)")
    operator_column: Text | None = Field(None, description="column of the operator (default: found)")
    where: Text | None = Field(None, description="which rows of a vector file, as in TECH = '4G' AND STATUS = 'live'")
    crs: Text | None = Field(None, description="in place of the file's own")
    layer: Text | None = Field(
        None, description="layer of a vector file, or file of an archive (default: the only one)"
    )
    values: Text = Field(
        "covered",
        description="of a raster: covered (1, 0), mce (1 strong, 2 variable, 0), dbm, fraction (0..1) or percent (0..100)",
        json_schema_extra={"enum": list(coverage_maps.VALUES)},
    )
    threshold_dbm: Number | None = Field(None, description="needed with dbm: covered at this level or above [dBm]")


class Terrain(Table):
    """Heights of the ground."""

    many_files: ClassVar[bool] = True

    path: Paths = Field(description="file, folder, or list of both")
    allow_coarse: Flag = Field(False, description="accept a step above 300 m (as allow_coarse_terrain in [settings])")


class Clutter(Table):
    """What stands on the ground."""

    many_files: ClassVar[bool] = True

    path: Paths = Field(description="file, folder, or list of both")
    values: Text = Field(
        "worldcover",
        description="classes of ESA WorldCover, or heights above ground in metres",
        json_schema_extra={"enum": list(clutter.VALUES)},
    )


class Boundaries(Table):
    """Administrative areas of one level."""

    repeated: ClassVar[bool] = True

    path: Text = Field(description="polygons")
    level: Level = Field(description="0 country, 1 first division, and so on to 4")
    name: Text | None = Field(None, description="column of the name (default: found by its name)")
    code: Text | None = Field(None, description="column of the code (default: found by its name)")
    parent: Text | None = Field(None, description="column of the area above (default: found by its name)")
    layer: Text | None = Field(None, description="layer of the file (default: the only one)")


class Places(Table):
    """Named places."""

    repeated: ClassVar[bool] = True

    path: Text = Field(description="gazetteer")


class Poi(Table):
    """Points of interest: schools, clinics, shelters, wardens."""

    repeated: ClassVar[bool] = True

    path: Text = Field(description="table with lat and lon (text or workbook), or a vector file")
    kind: Text = Field("", description="of points that state none, such as school")
    layer: Text | None = Field(None, description="layer of a vector file, or sheet (default: the only one)")


class Channel(Table):
    """A channel beside mobile networks: ground of radio or TV, transmitters, sirens, satellite."""

    repeated: ClassVar[bool] = True

    name: Text = Field(description="which", json_schema_extra={"enum": list(broadcast.NAMES)})
    path: Text | None = Field(
        None,
        description="polygons, or a list of sites (CSV): lat, lon; of sirens level_db (dB(C) at 100 feet); of FM and TV "
        "frequency_mhz, eirp_dbm, height_m where they are known",
    )
    everywhere: Flag = Field(False, description="without a file: all ground, such as that of a satellite")
    radius_km: Number | None = Field(
        None, description="of every site (default: sirens by their sound; FM and TV by P.1812 and the terrain)"
    )
    threshold: Number | None = Field(
        None,
        description="of sirens dB(C) (default: 70 where 772 people live on a km², else 60); of FM and TV dB(µV/m) at 10 m "
        "(default: 54, 56)",
    )
    devices: Number | None = Field(
        None,
        description="share of people (0 to 1) who have a set and have it on; `ewcm alert` counts with it, the map counts ground "
        "(sirens: 1; others: not known)",
    )


class Official(Table):
    """Official figures of SDG indicator 9.c.1: a file, or one figure."""

    repeated: ClassVar[bool] = True

    path: Text | None = Field(None, description='JSON such as {"2G": 98.0, "4G": 61.0, "year": 2023}, in per cent')
    technology: Text | None = Field(
        None, description="of the figure", json_schema_extra={"enum": ["2G", "3G", "4G", "5G"]}
    )
    percent: Number | None = Field(None, description="of the people within reach of at least that technology")
    year: WholeNumber | None = Field(None, description="of the figure")
    role: Annotated[Literal["check", "target"], MustBe('"check" or "target"')] = Field(
        "check",
        description="check: stands beside the result, and where it is written no model is set to it; target: a model of the "
        "coverage is set to it; without a role a check, unless coverage is estimated",
    )


class Learnt(Table):
    """A model card that `ewcm learn` has made: what was learnt from local data."""

    repeated: ClassVar[bool] = True

    path: Text = Field(description="JSON; `ewcm learn` writes it to learnt/ and prints this table")


class Lend(BaseModel):
    """Which layers that the folder does not bring are taken from the files that come with the engine."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    all: Flag = Field(default=True, description="every layer that is not named here")
    boundaries: Flag | None = Field(default=None, description="areas of the first division")
    places: Flag | None = Field(default=None, description="named places")
    official: Flag | None = Field(
        default=None, description="official figures of the technologies for which none is given"
    )
    basemap: Flag | None = Field(default=None, description="neighbours, lakes and borders on the map")
    hazard: Flag | None = Field(default=None, description="winds of cyclones in six island states of the Pacific")

    def allows(self, layer: str) -> bool:
        """Whether a layer may be lent."""
        stated: bool | None = getattr(self, layer)
        return self.all if stated is None else stated


class Hazard(Table):
    """A hazard: one map, of a return period or an event, or tracks of cyclones."""

    repeated: ClassVar[bool] = True

    path: Text | None = Field(
        None,
        description="raster, polygons, ShakeMap grid.xml, feed of GDACS, or tracks (IBTrACS CSV, netCDF); of ground a DEM "
        "(default: that of [terrain])",
    )
    kind: Text = Field(description="what it is", json_schema_extra={"enum": list(hazards.KINDS)})
    name: Text | None = Field(
        None, description="of the hazard; maps of one name differ by return_period (default: kind …)"
    )
    unit: Text | None = Field(
        None, description="of the values: m, cm, mm, ft; m/s, km/h, kt, mph; MMI, %g, g; class (default: the first)"
    )
    values: Text | None = Field(
        None,
        description="of a raster: intensity, class, fraction or percent of the cell; tracks in netCDF; of ground: drainage, "
        "low_coast, steep",
        json_schema_extra={"enum": [*hazards.VALUES, *ground_source.GROUND]},
    )
    thresholds: Numbers | None = Field(
        None,
        description="exposed at or above these (drainage, low_coast: at or below), in the unit (default: by kind)",
    )
    stream_km2: Number | None = Field(
        None, description="of drainage: streams begin where so much ground drains through (default: 1)"
    )
    return_period: Number | None = Field(None, description="years")
    event: Text | None = Field(None, description="the event that is shown; of tracks, the storm")
    scenario: Text | None = Field(None, description="such as a climate scenario")
    year: WholeNumber | None = Field(None, description="year that the map holds for")
    nodata_is: Text | None = Field(
        None,
        description="what a cell without data means (default: unknown)",
        json_schema_extra={"enum": list(hazards.NODATA_IS)},
    )
    averaging_minutes: WholeNumber | None = Field(None, description="of winds: means over 1 (default) or 10 minutes")
    model: Text | None = Field(
        None, description="of winds from tracks (default: H08)", json_schema_extra={"enum": list(hazards.WIND_MODELS)}
    )
    field: Text | None = Field(None, description="of a ShakeMap (default: MMI)")
    where: Text | None = Field(
        None, description="which polygons of a vector file, as in ZONE = 'high' AND DEPTH >= 0.5"
    )
    layer: Text | None = Field(None, description="layer of a vector file (default: the only one)")


#: Every table of a country by its name in inputs.toml.
TABLES: dict[str, type[Table]] = {
    "population": Population,
    "cells": Cells,
    "sites": Sites,
    "coverage": Coverage,
    "terrain": Terrain,
    "clutter": Clutter,
    "boundaries": Boundaries,
    "places": Places,
    "hazard": Hazard,
    "poi": Poi,
    "channel": Channel,
    "official": Official,
    "learnt": Learnt,
}


def with_defaults(name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """A table with what it does not state."""
    fields = TABLES[name].model_fields
    return {key: field.default for key, field in fields.items() if not field.is_required()} | dict(table)


def _shape(name: str) -> Callable[[object], object]:
    """What stands under the name of a table, as a tuple of tables."""
    brackets = f"[[{name}]]" if TABLES[name].repeated else f"[{name}]"

    def as_tuple(value: object) -> object:
        if isinstance(value, Mapping):
            return (value,)
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise PydanticCustomError("shape", f"{name} is not a table; write {brackets}")
        if not TABLES[name].repeated:
            raise PydanticCustomError("shape", f"[[{name}]] may stand only once; write [{name}]")
        return tuple(value)

    return as_tuple


def _settings(value: object) -> object:
    if not isinstance(value, Mapping):
        raise PydanticCustomError("shape", "settings is not a table; write [settings]")
    try:
        return Settings(**value)
    except TypeError as error:  # a key that is the name of an argument of Python's own
        raise SettingsError(str(error)) from None


def _lend(value: object) -> object:
    if not isinstance(value, Mapping):
        raise PydanticCustomError("shape", "lend is not a table; write [lend]")
    return value


def _field(name: str, table: type[Table]) -> Any:
    stated: Any = table | list[table] if table.repeated else table  # type: ignore[valid-type]
    tables = Annotated[tuple[table, ...], BeforeValidator(_shape(name), json_schema_input_type=stated)]  # type: ignore[valid-type]
    about = Field(description=table.__doc__)
    return (Annotated[tables, about], ...) if name == "population" else (Annotated[tables, about], ())


def _named(value: object) -> object:
    """Names of operators as a tuple, each once, without spaces around them."""
    if not isinstance(value, list) or not all(isinstance(name, str) and name.strip() for name in value):
        raise PydanticCustomError("shape", 'operators is not a list of names; write operators = ["Red", "Blue"]')
    return tuple(dict.fromkeys(name.strip() for name in value))


_OPERATORS = Annotated[
    tuple[str, ...],
    BeforeValidator(_named, json_schema_input_type=list[str]),
    Field(
        description="all mobile operators of the country, as the other tables name them: where a technology has a source for "
        "some of them only, it is unknown outside their coverage (default: those that are named anywhere)"
    ),
]

_FIELDS: dict[str, Any] = {
    "country": (Annotated[Text | None, Field(description="ISO 3166-1 alpha-3")], None),
    "operators": (_OPERATORS, ()),
    **{name: _field(name, table) for name, table in TABLES.items()},
    "lend": (Annotated[Lend, BeforeValidator(_lend), Field(description=Lend.__doc__)], Lend.model_construct()),
    "settings": (Annotated[Settings, BeforeValidator(_settings)], Settings()),
}

#: The whole file: a country, a tuple of tables for each name of ``TABLES``, and settings.
Description: type[BaseModel] = create_model(
    "Description", __config__=ConfigDict(extra="forbid", frozen=True, defer_build=True), **_FIELDS
)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of inputs.toml."""
    schema = Description.model_json_schema()
    for node in schema["properties"].values():
        node.pop("default", None)  # each key states its own
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "inputs.toml",
        "description": "The inputs of one country; see formats-inputs.md.",
        **_plain({key: part for key, part in schema.items() if key not in ("title", "description")}),
    }


def _plain(node: Any, names: bool = False) -> Any:
    """A schema without titles that only repeat the names, and without null, which TOML does not have; ``names``: the keys
    of this node are names of tables or keys, and no words of JSON Schema."""
    if isinstance(node, list):
        return [_plain(part) for part in node]
    if not isinstance(node, dict):
        return node
    if not names:
        node = {key: part for key, part in node.items() if key != "title" and (key, part) != ("default", None)}
        others = [part for part in node.get("anyOf", ()) if part != {"type": "null"}]
        if len(others) == 1:
            node = {**others[0], **{key: part for key, part in node.items() if key != "anyOf"}}
    return {key: _plain(part, names=key in ("properties", "$defs") and not names) for key, part in node.items()}


def schema_text() -> str:
    """The JSON Schema as docs/inputs.schema.json holds it."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


def settings_table() -> str:
    """The settings as a table in Markdown: name, default, range, meaning."""
    schema, rows = settings_schema(), []
    defaults = Settings().to_dict()
    for name, node in schema["properties"].items():
        if name == "link_budgets":
            for part, bounds in schema["$defs"]["LinkBudget"]["properties"].items():
                shown = ", ".join(f"{technology} {budget[part]:g}" for technology, budget in defaults[name].items())
                rows.append((f"link_budgets.….{part}", shown, range_of(bounds), bounds["description"]))
            continue
        bounds = next((each for each in node.get("anyOf", ()) if "maximum" in each), node)
        rows.append((name, _default(defaults[name]), range_of(bounds) or _choices(node), node["description"]))
    lines = ["| setting | default | may be | meaning |", "|---|---|---|---|"]
    return (
        "\n".join([*lines, *(f"| `{name}` | {default} | {may} | {text} |" for name, default, may, text in rows)]) + "\n"
    )


def _default(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {part:g}" for name, part in value.items())
    if isinstance(value, tuple):
        return ", ".join(f"`{part}`" for part in value)
    if isinstance(value, bool | str):
        return f"`{json.dumps(value)}`" if isinstance(value, bool) else f"`{value}`"
    return f"{value:g}"


def _choices(node: Mapping[str, Any]) -> str:
    if node.get("type") == "boolean":
        return "`true`, `false`"
    return ", ".join(f"`{name}`" for name in node.get("enum", node.get("items", {}).get("enum", ())))


def main(arguments: Sequence[str]) -> None:
    """Print the JSON Schema, or the table of settings."""
    sys.stdout.write(settings_table() if "--settings" in arguments else schema_text())


if __name__ == "__main__":
    main(sys.argv[1:])
