"""How QGIS shows the layers of layers.gpkg: the colours and classes of the page, kept in the file as QGIS looks for them.

QGIS takes the default style of a layer from a table ``layer_styles`` in the same GeoPackage, by the name of the layer and of its
geometry column, with an empty schema. Other programs pass over it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import pandas as pd

from ewcm.core.channels import SERVICES
from ewcm.core.finding import Table
from ewcm.core.texts import texts_of
from ewcm.report.headings import heading
from ewcm.result import CountryResult

#: The name of the table, which QGIS prescribes.
STYLES = "layer_styles"

#: Classes of the share of people out of reach and their colours, of coldspots and of sites, as on the page (colours.js and
#: sites.js).
SHARE_CLASSES = (0.05, 0.2, 0.4, 0.7)
SHADE_COLOURS = ("#f3f9e6", "#b6e27a", "#74ac5a", "#36814a", "#0b4228")
SPOT_COLOUR = "#3d1260"
SITE_COLOUR = "#0a3a2f"

_BORDER, _BORDER_ABOVE, _HATCH = "#6f675a", "#4c4639", "#7a7568"

#: What QGIS calls a symbol of each kind of geometry.
_SYMBOLS = {"MultiPolygon": "fill", "Point": "marker", "MultiLineString": "line"}


@dataclass(frozen=True)
class _Rule:
    """What is drawn in one way: the expression that chooses it, its words in the legend, and the layers of its symbol."""

    label: str
    filter: str
    layers: tuple[tuple[str, dict[str, str]], ...]
    symbol: str = "fill"
    inner: tuple[str, dict[str, str]] | None = field(default=None)


def layer_styles(result: CountryResult, tables: Iterable[Table], geometry_column: str, date: str) -> pd.DataFrame:
    """The rows of the table, one for each layer. ``date``: when they were changed, ISO 8601."""
    rows = [
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": table.name,
            "f_geometry_column": geometry_column,
            "styleName": table.name[:30],
            "styleQML": _qml(_rules(result, table)),
            "styleSLD": "",
            "useAsDefault": True,
            "description": f"{result.data.country.iso3}: as on the page",
            "owner": "",
            "ui": "",
        }
        for table in tables
    ]
    found = pd.DataFrame(rows)
    found["update_time"] = pd.to_datetime([date] * len(rows), utc=True)
    return found


def _rules(result: CountryResult, table: Table) -> list[_Rule]:
    if table.name == "areas":
        return _of_areas(result)
    if table.name == "coldspots":
        return _of_coldspots(result)
    symbol = _SYMBOLS[table.geometry]
    if symbol == "marker":
        layer = "SimpleMarker", _marker(SITE_COLOUR)
    elif symbol == "line":
        layer = "SimpleLine", {"line_color": _rgba(SPOT_COLOUR), "line_width": "0.4"}
    else:
        layer = "SimpleFill", _outline(_BORDER, 0.3)
    return [_Rule(table.name.replace("_", " ").capitalize(), "", (layer,), symbol)]


def _of_areas(result: CountryResult) -> list[_Rule]:
    """Areas of the finest level by the share of their people out of reach of the headline's service, unknown ones hatched, and
    outlines of the others."""
    finest = int(result.areas["level"].max())
    service = SERVICES[result.headline_service or "any"].column
    column, language = f"uncovered_{service}", result.data.country.language
    here = f'"level" = {finest}'
    share = f'"{column}" / "people"'
    words = heading(f"{column}_share", result.coverage.services, language)
    rules = []
    edges = (0.0, *SHARE_CLASSES, None)
    for colour, low, high in zip(SHADE_COLOURS, edges[:-1], edges[1:], strict=True):
        above = f" AND {share} >= {low:g}" if low else ""
        below = "" if high is None else f" AND {share} < {high:g}"
        label = f"{low:.0%} – {100 if high is None else high * 100:.0f}%"
        chosen = f'{here} AND "people" > 0 AND "{column}" IS NOT NULL{above}{below}'
        rules.append(_Rule(f"{words}: {label}", chosen, (("SimpleFill", _filled(colour, 0.88, _BORDER)),)))
    unknown = heading(f"unknown_{service}", result.coverage.services, language)
    hatch = "LinePatternFill", {"angle": "45", "distance": "1.6", "distance_unit": "MM", "color": _rgba(_HATCH)}
    line = "SimpleLine", {"line_color": _rgba(_HATCH), "line_width": "0.2"}
    chosen = f'{here} AND ("people" = 0 OR "people" IS NULL OR "{column}" IS NULL)'
    rules.append(_Rule(unknown, chosen, (hatch, ("SimpleFill", _outline(_BORDER, 0.2))), inner=line))
    if finest > 0:
        level = heading("level", result.coverage.services, language)
        layer = "SimpleFill", _outline(_BORDER_ABOVE, 0.4)
        rules.append(_Rule(f"{level} 0 – {finest - 1}", f'"level" < {finest}', (layer,)))
    return rules


def _of_coldspots(result: CountryResult) -> list[_Rule]:
    """Coldspots of the headline's service in the central case: a table holds those of several services and cases."""
    service = result.headline_service or "any"
    label = texts_of("coldspots")[result.data.country.language].get("title") or "Coldspots"
    layer = "SimpleFill", _filled(SPOT_COLOUR, 0.12, SPOT_COLOUR, 0.5)
    return [_Rule(label, f"\"service\" = '{service}' AND \"case\" = 'central'", (layer,))]


def _qml(rules: list[_Rule]) -> str:
    """A style as QGIS 3 writes it, with what it needs and no more."""
    root = ET.Element("qgis", version="3.22.0", styleCategories="Symbology")
    renderer = ET.SubElement(root, "renderer-v2", type="RuleRenderer", symbollevels="0", forceraster="0")
    within = ET.SubElement(renderer, "rules", key="root")
    symbols = ET.SubElement(renderer, "symbols")
    for number, rule in enumerate(rules):
        about = {"key": f"rule{number}", "symbol": str(number), "label": rule.label}
        ET.SubElement(within, "rule", about | ({"filter": rule.filter} if rule.filter else {}))
        symbol = _symbol(symbols, str(number), rule.symbol)
        for place, (kind, properties) in enumerate(rule.layers):
            layer = _layer(symbol, kind, properties)
            if place == 0 and rule.inner is not None:
                _layer(_symbol(layer, f"@{number}@0", "line"), *rule.inner)
    head = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return head + ET.tostring(root, encoding="unicode")


def _symbol(parent: ET.Element, name: str, kind: str) -> ET.Element:
    return ET.SubElement(parent, "symbol", type=kind, name=name, alpha="1", clip_to_extent="1")


def _layer(parent: ET.Element, kind: str, properties: dict[str, str]) -> ET.Element:
    """A layer of a symbol; earlier and later versions of QGIS look for its properties in different places."""
    layer = ET.SubElement(parent, "layer", {"class": kind, "pass": "0", "enabled": "1", "locked": "0"})
    options = ET.SubElement(layer, "Option", type="Map")
    for name, value in properties.items():
        ET.SubElement(options, "Option", name=name, value=value, type="QString")
    for name, value in properties.items():
        ET.SubElement(layer, "prop", k=name, v=value)
    return layer


def _filled(colour: str, opacity: float, border: str, width: float = 0.2) -> dict[str, str]:
    return _outline(border, width) | {"color": _rgba(colour, opacity), "style": "solid"}


def _outline(border: str, width: float) -> dict[str, str]:
    return {
        "color": "0,0,0,0",
        "style": "no",
        "outline_color": _rgba(border),
        "outline_style": "solid",
        "outline_width": f"{width:g}",
        "outline_width_unit": "MM",
    }


def _marker(colour: str) -> dict[str, str]:
    return {"name": "triangle", "color": _rgba(colour), "outline_style": "no", "size": "1.4", "size_unit": "MM"}


def _rgba(colour: str, opacity: float = 1.0) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"{red},{green},{blue},{opacity * 255:.0f}"
