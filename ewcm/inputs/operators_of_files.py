"""Lists and maps each of which is called by an operator (``coverage_4G_MTN.gpkg``, ``Airtel_sites.csv``): each is his alone."""

from __future__ import annotations

from typing import Any

from ewcm.countries import Country
from ewcm.inputs.several_layers import tells_operators
from ewcm.sources.operator_brands import operator_in_name


def with_operators_of_names(found: dict[str, list[dict[str, Any]]], country: Country) -> list[str]:
    """Give ``found`` the operators by which its files are called, and the lines that say so.

    Only where files of a kind are called by two operators or more, and no other is left that speaks for nobody: one map of one
    operator may be that of all networks, and stays a doubt.
    """
    lines: list[str] = []
    for kind, one, several in (("coverage", "map", "maps"), ("sites", "list", "lists")):
        tables = found.get(kind, [])
        open_ones = [
            table
            for table in tables
            if "operator" not in table and not tells_operators(table["path"], table.get("layer"))
        ]
        names = [operator_in_name(table["path"].name.split(".")[0], country.mccs) for table in open_ones]
        owners = {*names, *(table["operator"] for table in tables if "operator" in table)}
        if not names or "" in owners or len(owners) < 2:
            continue
        for table, name in zip(open_ones, names, strict=True):
            table["operator"] = name
        shown, hold = ", ".join(sorted(set(names))), one if len(names) == 1 else several
        lines.append(
            f"{len(names)} {hold}: each was taken for that of the operator alone by which it is called ({shown})."
        )
    return lines
