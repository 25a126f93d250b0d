"""What `ewcm check` prints of the inputs of a country."""

from __future__ import annotations

from dataclasses import asdict

from ewcm.errors import one_line
from ewcm.inputs.country_data import CountryData
from ewcm.inputs.estimate import estimate
from ewcm.inputs.find import Inputs
from ewcm.inputs.outlook import Outlook

#: Said of a layer that the folder does not bring.
_LENT = "lent: comes with the engine, as none was given ([lend] {layer} = false in inputs.toml refuses it)"


def describe(data: CountryData, inputs: Inputs, found: Outlook) -> str:
    """Every input of a country in plain text: what it is, its CRS, extent, sums, broken rows, assumptions and warnings."""
    where = inputs.folder.as_posix() if inputs.folder else "starter pack"
    lines = [f"{data.country.iso3} {data.country.name}: inputs from {where}"]
    lines += [f"  {guess}" for guess in inputs.guesses]
    for record in data.records:
        lines += ["", f"{record.layer}: {record.path}"]
        lines += [f"  {_LENT.format(layer=record.layer)}"] if record.lent else []
        about = [record.format, record.crs, f"{record.size_bytes:,} bytes"]
        about += [f"nodata {record.nodata}"] if record.nodata else []
        lines.append("  " + ", ".join(part for part in about if part))
        rights = [f"licence {record.licence}", record.attribution, record.source, record.date]
        rights += ["non-commercial use only"] if record.non_commercial else []
        rights += [] if record.redistributable else ["not to be passed on"]
        lines.append("  " + "; ".join(part for part in rights if part))
        lines += [f"  {name.replace('_', ' ')}: {_shown(value)}" for name, value in record.facts.items() if value != ""]
        lines += [f"  assumed: {text}" for text in record.assumptions]
        lines += [f"  WARNING: {text}" for text in record.warnings]
    closing = _closing(found, str(estimate(data, inputs.settings)))
    return "\n".join(one_line(line) for line in [*lines, *closing]).rstrip()


def _closing(found: Outlook, cost: str) -> list[str]:
    """What will be computed and what it will take, what is missing, what is not read, and what there is to doubt."""
    lines = ["", "What will be computed"]
    lines += [f"  {what}: {how}" for what, how in found.computed.items()]
    lines += [f"  time and memory: {cost}"]
    lines += ["", "What is missing"] if found.missing else []
    lines += [f"  not given: {name}" for name in found.missing]
    lines += ["", "Files that are not read"] if found.ignored else []
    lines += [f"  {file.path}: {file.why}" for file in found.ignored]
    lines += ["", f"Doubts: {len(found.doubts)}" if found.doubts else "Doubts: none"]
    return [*lines, *(f"  {number}. {doubt}" for number, doubt in enumerate(found.doubts, start=1))]


def as_dict(data: CountryData, inputs: Inputs, found: Outlook) -> dict[str, object]:
    """The same for a program: the folder (null for the starter pack), guesses, the record of every file, what is not given,
    what will be computed, what is not read, and doubts."""
    return {
        "iso3": data.country.iso3,
        "folder": inputs.folder.as_posix() if inputs.folder else None,
        "guesses": list(inputs.guesses),
        "inputs": [asdict(record) for record in data.records],
        "estimate": asdict(estimate(data, inputs.settings)),
        "not_given": list(found.missing),
        "computed": found.computed,
        "ignored": [asdict(file) for file in found.ignored],
        "doubts": list(found.doubts),
        "errors": [],
    }


def unread(iso3: str, inputs: Inputs | None, errors: tuple[str, ...]) -> dict[str, object]:
    """What a program is told of inputs that cannot be read: the folder, guesses, and a line for each fault."""
    return {
        "iso3": iso3,
        "folder": inputs.folder.as_posix() if inputs is not None and inputs.folder else None,
        "guesses": list(inputs.guesses) if inputs is not None else [],
        "errors": list(errors),
    }


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.6g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(part)}" for name, part in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(_shown(part) for part in value) or "none"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) and value >= 10_000 else str(value)
