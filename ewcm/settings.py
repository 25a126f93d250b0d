"""Every number a user may change, with its default, its bounds and its source.

One schema serves Python, ``[settings]`` of inputs.toml and the published JSON Schema (docs/inputs.schema.json).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from numbers import Real
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ModelWrapValidatorHandler,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.dataclasses import dataclass
from pydantic_core import CoreSchema, ErrorDetails, core_schema

from ewcm.core.channels import CHANNELS, SERVICES, TECHNOLOGIES
from ewcm.core.number import is_number
from ewcm.errors import SettingsError, unknown_key

#: Coverage models, best first.
MODELS = ("declared", "estimated", "p1812", "radius")

#: Settings of the circles, and the models of a user who gives one of them and names no models.
_RADII = {"radius_km", "radius_low", "radius_high"}
_WITHOUT_ESTIMATE = tuple(name for name in MODELS if name != "estimated")

#: What the priority of coldspots goes by.
COLDSPOT_ORDERS = ("hazard", "people")

#: Ways to compute P.1812 over a country.
METHODS = ("sweep", "exact")

#: Rural planning radii [km] of the circle model.
RADIUS_KM = {"2G": 15.0, "3G": 10.0, "4G": 8.0, "5G": 3.0}

#: Frequencies [MHz] for which Recommendation ITU-R P.1812 holds.
FREQUENCIES_MHZ = (30.0, 6000.0)

#: Numbers are finite, and true is no number; an unknown name is an error.
_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@dataclasses.dataclass(frozen=True)
class OneOf:
    """Mark of a text that must be one of ``names``."""

    names: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """See pydantic's documentation of custom types."""
        return core_schema.literal_schema(list(self.names))


_Technology = Annotated[str, OneOf(TECHNOLOGIES)]
_Channel = Annotated[str, OneOf(tuple(CHANNELS))]
_Radius = Annotated[float, Field(gt=0, le=200)]


@dataclasses.dataclass(frozen=True)
class LinkBudget:
    """Radio parameters of one technology for the propagation model, used where a site list is silent.

    Checked when it becomes part of :class:`Settings`.
    """

    __pydantic_config__ = ConfigDict(
        revalidate_instances="always",
        # inputs.toml may name some of them; the others keep their defaults.
        json_schema_extra=lambda schema: schema.update(required=[], description="Radio parameters of one technology."),
        **_STRICT,
    )

    frequency_mhz: Annotated[
        float, Field(ge=FREQUENCIES_MHZ[0], le=FREQUENCIES_MHZ[1], description="frequency, where P.1812 holds [MHz]")
    ]
    eirp_dbm: Annotated[float, Field(ge=-20, le=120, description="equivalent isotropically radiated power [dBm]")]
    threshold_dbm: Annotated[float, Field(ge=-200, le=0, description="level from which on there is coverage [dBm]")]
    height_m: Annotated[float, Field(ge=1, le=3000, description="height of the antenna above ground [m]")] = 30.0


LINK_BUDGETS = {
    "2G": LinkBudget(900.0, 58.0, -95.0),  # GSM 900 broadcast channel
    "3G": LinkBudget(2100.0, 48.0, -105.0),  # UMTS 2100 pilot, RSCP
    "4G": LinkBudget(800.0, 33.0, -115.0),  # LTE 800 per resource element, RSRP
    "5G": LinkBudget(700.0, 33.0, -115.0),  # NR 700, as LTE
}


#: Bounds [dB] of an offset.
_OFFSET = Annotated[float, Field(ge=-100, le=100)]


@dataclasses.dataclass(frozen=True)
class Calibration:
    """What measurements say of the computed levels of one technology, in one place; ``ewcm learn propagation`` writes it.

    Checked when it becomes part of :class:`Settings`.
    """

    __pydantic_config__ = ConfigDict(
        revalidate_instances="always",
        json_schema_extra=lambda schema: schema.update(
            description="Offsets of the computed levels, from measurements."
        ),
        **_STRICT,
    )

    technology: Annotated[_Technology, Field(description="of the levels")]
    offset_db: Annotated[_OFFSET, Field(description="added to every level [dB]")] = 0.0
    within: Annotated[
        tuple[float, ...],
        Field(description="box of the transmitters it holds for: west, south, east, north; empty: all"),
    ] = ()
    operators: Annotated[dict[str, _OFFSET], Field(description="added to those of an operator [dB]")] = (
        dataclasses.field(default_factory=dict)
    )
    sites: Annotated[dict[str, _OFFSET], Field(description="added to those of a site_id [dB]")] = dataclasses.field(
        default_factory=dict
    )
    clutter: Annotated[
        dict[str, _OFFSET], Field(description="added where the clutter around the phone is open, low or high [dB]")
    ] = dataclasses.field(default_factory=dict)
    by_distance: Annotated[
        tuple[tuple[float, float], ...], Field(description="knots [km, dB], straight in between on a logarithmic axis")
    ] = ()


def _calibrations(value: object) -> object:
    """Entries of a calibration from tables or from :class:`Calibration`, each error in a line of its own."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(part, (Mapping, Calibration)) for part in value):
        raise SettingsError('calibration is a list of tables, such as { technology = "4G", offset_db = -3.0 }')
    return tuple(part if isinstance(part, Calibration) else _calibration(part) for part in value)


def _calibration(stated: Mapping[str, Any]) -> Calibration:
    known = [entry.name for entry in dataclasses.fields(Calibration)]
    for name in stated:
        if name not in known:
            raise SettingsError(f"calibration: {unknown_key(str(name), known)}")
    if stated.get("technology") not in TECHNOLOGIES:
        raise SettingsError(f"calibration: technology is {stated.get('technology')!r}; use {', '.join(TECHNOLOGIES)}")
    box = stated.get("within", ())
    if not _are_numbers(box) or len(box) not in (0, 4) or (len(box) == 4 and (box[0] >= box[2] or box[1] >= box[3])):
        raise SettingsError(f"calibration: within is {str(box)[:60]}; give west, south, east, north in degrees")
    knots = stated.get("by_distance", ())
    pairs = isinstance(knots, (list, tuple)) and all(_are_numbers(pair) and len(pair) == 2 for pair in knots)
    if (
        not pairs
        or any(a[0] >= b[0] for a, b in zip(knots[:-1], knots[1:], strict=True))
        or any(k[0] <= 0 for k in knots)
    ):
        raise SettingsError(
            f"calibration: by_distance is {str(knots)[:60]}; give pairs of km (above 0, rising) and dB, such as "
            "[[0.5, 2.0], [5, -1.0]]"
        )
    for name in ("operators", "sites", "clutter"):
        table = stated.get(name, {})
        if not isinstance(table, Mapping) or not all(is_number(part) and abs(part) <= 100 for part in table.values()):
            raise SettingsError(f"calibration: {name} is {str(table)[:60]}; give names with dB from -100 to 100")
        for key in table if name == "clutter" else ():
            if key not in ("open", "low", "high"):
                raise SettingsError(f"calibration: clutter '{str(key)[:40]}' is not known; use open, low, high")
    offset = stated.get("offset_db", 0.0)
    if not is_number(offset) or abs(offset) > 100:
        raise SettingsError(f"calibration: offset_db is {str(offset)[:40]}; give dB from -100 to 100")
    return Calibration(
        technology=str(stated["technology"]),
        offset_db=float(offset),
        within=tuple(float(part) for part in box),
        by_distance=tuple((float(km), float(db)) for km, db in knots),
        **{
            name: {str(k): float(v) for k, v in stated.get(name, {}).items()}
            for name in ("operators", "sites", "clutter")
        },
    )


def _are_numbers(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(is_number(part) for part in value)


def _all_radii(value: object) -> object:
    """Radii of all technologies from one number for each of them, or from those of some technologies."""
    if isinstance(value, Mapping):
        return RADIUS_KM | dict(value)
    return dict.fromkeys(TECHNOLOGIES, value) if isinstance(value, Real) and not isinstance(value, bool) else value


def _all_budgets(value: object, before: Mapping[str, LinkBudget] = LINK_BUDGETS) -> object:
    """Link budgets of all technologies from whole ones or parts of them, the rest as ``before``."""
    if not isinstance(value, Mapping):
        return value
    found: dict[Any, Any] = dict(before)
    for technology, part in value.items():
        if isinstance(part, Mapping) and technology in before:
            known = [entry.name for entry in dataclasses.fields(LinkBudget)]
            for name in part:
                if name not in known:
                    raise SettingsError(f"link_budgets of {technology}: {unknown_key(str(name), known)}")
            part = dataclasses.replace(before[technology], **part)
        found[technology] = part
    return found


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


@dataclass(
    frozen=True, kw_only=True, config=ConfigDict(json_schema_extra={"description": "Settings of one run."}, **_STRICT)
)
class Settings:
    """Settings of one run. Every one of them goes into the manifest.

    Raises :class:`SettingsError`, one line with the setting, the value and what may stand there. ``radius_km`` is a number for
    every technology, or a mapping; who names some technologies, or some parts of a link budget, leaves the others.
    """

    radius_km: Annotated[
        dict[_Channel, _Radius],
        BeforeValidator(_all_radii, json_schema_input_type=_Radius | dict[_Channel, _Radius]),
        Field(description="radii of the circle model by technology, or one for all of them [km]"),
    ] = dataclasses.field(default_factory=lambda: dict(RADIUS_KM))
    radius_low: Annotated[float, Field(gt=0, le=1, description="factor on the radius in the case of low coverage")] = (
        0.7
    )
    radius_high: Annotated[
        float, Field(ge=1, le=10, description="factor on the radius in the case of high coverage")
    ] = 1.3
    min_people: Annotated[
        float,
        Field(ge=0, le=1e12, description="smallest connected group of grid cells that coldspots are made of [people]"),
    ] = 100.0
    coldspot_fraction: Annotated[
        float,
        Field(gt=0, le=1, description="a grid cell belongs to a coldspot where its coverage fraction is below this"),
    ] = 0.5
    coldspot_radius_km: Annotated[
        float, Field(ge=1, le=200, description="a coldspot is what one site or team serves within this distance [km]")
    ] = 15.0
    coldspot_services: Annotated[
        tuple[Annotated[str, OneOf(tuple(SERVICES))], ...],
        BeforeValidator(_as_tuple),
        Field(description="services whose coldspots are listed, as far as they are known"),
    ] = ("any", "3G+", "4G+")
    coldspot_order: Annotated[
        str,
        OneOf(COLDSPOT_ORDERS),
        Field(
            description="the priority of coldspots goes by the people exposed to hazards, or by all people out of reach"
        ),
    ] = "hazard"
    next_sites: Annotated[
        int, Field(ge=0, le=200, description="new sites that every run lists; ewcm plan gives longer and other lists")
    ] = 10
    hazard_return_period: Annotated[
        float,
        Field(
            ge=1,
            le=1e6,
            description="the map of a hazard that stands for it is the rarest up to this return period [years]",
        ),
    ] = 100.0
    nearest_area_km: Annotated[
        float,
        Field(ge=0, le=1e5, description="people this near to an area belong to it, others are shown as outside [km]"),
    ] = 25.0
    models: Annotated[
        tuple[Annotated[str, OneOf(MODELS)], ...],
        BeforeValidator(_as_tuple),
        Field(
            description="coverage models that may be used, best first; who gives radii and does not name estimated has it not"
        ),
    ] = MODELS
    link_budgets: Annotated[
        dict[_Technology, LinkBudget],
        BeforeValidator(_all_budgets, json_schema_input_type=dict[_Technology, LinkBudget]),
        Field(description="radio parameters by technology, used where a site list is silent"),
    ] = dataclasses.field(default_factory=lambda: dict(LINK_BUDGETS))
    calibration: Annotated[
        tuple[Calibration, ...],
        BeforeValidator(_calibrations),
        Field(description="offsets of the computed levels, from measurements (ewcm learn propagation)"),
    ] = ()
    threshold_margin_db: Annotated[
        # A margin below 0 would exchange low and high.
        float, Field(ge=0, le=50, description="how far the cases of low and of high coverage lie from the central one [dB]")
    ] = 10.0  # fmt: skip
    location_sigma_db: Annotated[
        float, Field(gt=0, le=50, description="location variability, P.1812 section 4.8, outdoor [dB]")
    ] = 5.5
    receiver_height_m: Annotated[
        float, Field(ge=1, le=3000, description="height of the phone above ground, where P.1812 holds [m]")
    ] = 1.5
    max_range_km: Annotated[
        float, Field(gt=0, le=200, description="no cell is computed farther from a site than this [km]")
    ] = 35.0
    delta_n: Annotated[
        float,
        Field(ge=1, lt=150, description="refractivity lapse rate through the lowest kilometre [N-units/km]"),
    ] = 45.0
    n0: Annotated[float, Field(ge=100, le=500, description="sea-level surface refractivity [N-units]")] = 325.0
    time_pct: Annotated[
        float,
        Field(ge=1, le=50, description="per cent of the time that a level is exceeded; below 50 only with exact"),
    ] = 50.0
    propagation_method: Annotated[
        str, OneOf(METHODS), Field(description="one radial for many cells, or a profile for each cell")
    ] = "sweep"
    propagation_step_m: Annotated[
        float, Field(ge=10, le=100, description="step of the terrain profiles; coarser ones lose the ridges [m]")
    ] = 100.0
    footprints_limit_mb: Annotated[
        float,
        Field(ge=0, le=1e6, description="footprints of single sites are kept up to this size; 0 keeps none [MB]"),
    ] = 50.0
    allow_coarse_terrain: Annotated[
        bool, Field(description="accept terrain with a step above 300 m, and the error it makes")
    ] = False

    @model_validator(mode="after")
    def _sweep_is_for_the_median(self) -> Settings:
        if self.time_pct != 50 and self.propagation_method == "sweep":
            raise SettingsError(
                f"time_pct is {self.time_pct:g}; the sweep is for the median of time: set propagation_method to exact "
                "as well"
            )
        return self

    @model_validator(mode="wrap")
    @classmethod
    def _in_one_line(cls, values: Any, validate: ModelWrapValidatorHandler[Settings]) -> Settings:
        stated = getattr(values, "kwargs", None)
        if stated and not _RADII.isdisjoint(stated) and "models" not in stated:
            # Who chooses radii asks for circles.
            stated["models"] = _WITHOUT_ESTIMATE
        try:
            return validate(values)
        except ValidationError as error:
            raise SettingsError(_sentence(error.errors(include_url=False)[0])) from None

    def changed(self, **changes: Any) -> Settings:
        """These settings with changes, checked; of radii and link budgets, those that are not named stay as they are."""
        if isinstance(changes.get("radius_km"), Mapping):
            changes["radius_km"] = self.radius_km | dict(changes["radius_km"])
        if not _RADII.isdisjoint(changes) and "models" not in changes and self.models == MODELS:
            changes["models"] = _WITHOUT_ESTIMATE
        if "link_budgets" in changes:
            changes["link_budgets"] = _all_budgets(changes["link_budgets"], self.link_budgets)
        return Settings(**(vars(self) | changes))

    def to_dict(self) -> dict[str, Any]:
        """Every setting by its name, as JSON types (lists as tuples)."""
        return dataclasses.asdict(self)


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of the settings."""
    return TypeAdapter(Settings).json_schema()


# --- what is said of a wrong value -----------------------------------------------------------------------------------

_MUST_BE = {
    "float_type": "a number",
    "finite_number": "a number that is finite",
    "bool_type": "true or false",
    "tuple_type": "a list of texts",
    "dict_type": "a table",
    "dataclass_type": "a table",
    "dataclass_exact_type": "a table",
}
_EXAMPLES = {
    "radius_km": ', such as { "2G" = 15 }, or one number for every technology',
    "link_budgets": ', such as { "4G" = { eirp_dbm = 33 } }',
    "models": ', such as ["declared", "radius"]',
    "coldspot_services": ', such as ["any", "4G+"]',
}


def _sentence(error: ErrorDetails) -> str:
    """One error of pydantic in one line: the setting, the offending value, and the mend."""
    kind, value = error["type"], error["input"]
    if kind == "unexpected_positional_argument":
        return "settings are given by their names, such as Settings(min_people=50)"
    name, *inner = (str(part) for part in error["loc"])
    if kind == "unexpected_keyword_argument":
        return unknown_key(name, list(settings_schema()["properties"]))
    if kind == "literal_error" and inner[-1:] == ["[key]"]:
        return f"{name}: {unknown_key(str(value), list(CHANNELS) if name == 'radius_km' else TECHNOLOGIES)}"
    if kind == "literal_error":
        return f"{name}: '{str(value)[:40]}' is not known; use {error['ctx']['expected']}"
    where = ": ".join([f"{name} of {inner[0]}", *inner[1:]] if inner else [name])
    if kind in _MUST_BE:
        example = _EXAMPLES.get(name, "") if _MUST_BE[kind] in ("a table", "a list of texts") else ""
        return f"{where} must be {_MUST_BE[kind]}{example}, not {str(value)[:40]!r}"
    schema = settings_schema()
    if name == "radius_km":
        what, bounds = "a radius in km", next(each for each in schema["properties"][name]["anyOf"] if "maximum" in each)
    elif name == "link_budgets":
        what, bounds = "a number", schema["$defs"]["LinkBudget"]["properties"][inner[1]]
    else:
        what, bounds = "a number", schema["properties"][name]
    about = f" ({bounds['description']})" if "description" in bounds else ""
    shown = float(value) if is_number(value) else str(value)[:40]
    return f"{where} is {shown}; give {what} {range_of(bounds)}{about}"


def range_of(bounds: Mapping[str, Any]) -> str:
    """The range of a number of the JSON Schema in words; "" for what has none."""
    if "minimum" in bounds and "maximum" in bounds:
        return f"from {bounds['minimum']:g} to {bounds['maximum']:g}"
    words = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
    return ", ".join(f"{word} {bounds[key]:g}" for key, word in words.items() if key in bounds)
