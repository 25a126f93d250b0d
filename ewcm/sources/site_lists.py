"""Site lists of operators and regulators, as they have them: tables of text, workbooks and layers of points."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ewcm.core import grid, longitude
from ewcm.core.channels import channel_name
from ewcm.core.input_warning import InputWarning
from ewcm.core.record import GRADE, InputRecord, Meta, record_of
from ewcm.countries import Country
from ewcm.errors import InputError, one_line
from ewcm.sources.cell_sites import ONE_SITE_KM, SITE_COLUMNS
from ewcm.sources.cells import Sites, extent_of_sites
from ewcm.sources.country_rows import of_other_countries
from ewcm.sources.files import check_file
from ewcm.sources.filled_down import filled_down
from ewcm.sources.headed import Headed, read_any_table
from ewcm.sources.headings import Column, Found, columns_of, with_stated
from ewcm.sources.joined_sheets import with_transmitters
from ewcm.sources.list_doubts import (
    footnotes_of_plans,
    one_for_many,
    operators_not_read,
    other_positions,
    partly_named,
    planned_by_name,
    positions_above,
    refuse_grid,
    technologies_not_read,
    titles_not_read,
    without_channels,
)
from ewcm.sources.names_of_files import of_another_network, of_one_operator
from ewcm.sources.operator_brands import operator_named, owners_of
from ewcm.sources.operator_cells import with_operators_of_cells
from ewcm.sources.operator_columns import OPERATOR, TECHNOLOGY, by_operator, with_network_codes
from ewcm.sources.operator_words import means_all, names_in
from ewcm.sources.phone_logs import levels_of_phones, refuse_wigle
from ewcm.sources.place_codes import code_of_place, columns_of_codes, not_read
from ewcm.sources.position import Bbox, check_position, signs_lost
from ewcm.sources.quantities import decimal_sign, is_nothing, notes_on_numbers
from ewcm.sources.row_remarks import remarks_on
from ewcm.sources.served_places import served_places
from ewcm.sources.site_places import Places, Stated, places_of
from ewcm.sources.site_status import maybe_planned, out_of_service
from ewcm.sources.site_words import (
    CellNotes,
    Technologies,
    bands_in,
    directions_in,
    quantity,
    technologies_in,
    tells_technologies,
    with_bands,
    within_limits,
)
from ewcm.sources.tables import facts_of, grade_of_table
from ewcm.sources.unused_rows import NO_SITES, reasons_in_words, row_warnings, usable_rows
from ewcm.sources.vectors import VECTOR_SUFFIXES, read_vector
from ewcm.sources.vintages import of_sites, refuse_years, years_in_headings

#: What ``columns`` of inputs.toml may name.
STATED_COLUMNS = (*SITE_COLUMNS, "x", "y", "zone", "status", "coordinates")

#: A column of more names is of no operators.
_MOST_OPERATORS = 40

#: Several texts in one cell of a layer.
_LIST = re.compile(r"^\[\s*([\"'][^\[\]]*[\"'])\s*\]$")

#: Columns whose numbers tell which sign stands before decimals.
_WITH_DECIMALS = ("lat", "lon", "x", "y", "frequency_mhz", "eirp_dbm", "height_m", "erp")


@dataclass(frozen=True)
class Options:
    """What the user states of a list. ``columns``: headings by what they hold; ``crs``: of its coordinates; ``decimal``: ","
    or ".";
    ``layer``: sheet or layer; ``technology`` and ``operator``: of every row."""

    columns: Mapping[str, str] = field(default_factory=dict)
    crs: str | None = None
    decimal: str | None = None
    layer: str | None = None
    technology: str | None = None
    operator: str | None = None


def read_sites(
    path: Path,
    country: Country,
    meta: Meta | None = None,
    bbox: Bbox | None = None,
    options: Options = Options(),
) -> Sites:
    """Read a site list: a table of text, a workbook, or a vector file of points.

    Columns are found by their headings (:mod:`ewcm.sources.headings`) or stated. Each technology of a row, and each of its
    directions, becomes a row. Raises :class:`InputError` when a needed column is missing or no row is usable; rows and values
    that are not used are counted by reason in the record, with an example.
    """
    headed, points = _opened(path, options)
    table, found = headed.table, headed.found
    table, found = with_network_codes(table, found, country)
    cell_notes = CellNotes()
    split: tuple[str, ...] = ()
    if not {"technology", "operator"} & options.columns.keys():
        table, found, in_cells = with_operators_of_cells(table, found)
        table, found, came_from, split = by_operator(path, table, found, options.operator)
        split = in_cells + split
        points = None if points is None else points.of_rows(came_from)
    numeric = _numeric_texts(table, found)
    decimal = options.decimal or decimal_sign(numeric)
    place = points or _places(path, table, found, options, decimal, country, bbox)
    technology = None if options.technology is None else _technology(path, options.technology)
    named = technologies_in(table, found, technology, cell_notes)
    if named is None:
        refuse_years(path, {str(name): table[name].astype(str) for name in table.columns}, of_map=False)
        raise _lacking(
            path,
            table,
            "technology",
            'columns = { technology = "…" }, or technology = "4G" for all rows; where another table tells it, join the two '
            "by the names of the sites (sheets of one workbook are joined)",
        )
    if not len(table) and not headed.lost:
        raise InputError(f"{path}: holds no sites; fill it, or remove it from the inputs")
    gone = out_of_service(table, found.columns.get("status"), cell_notes, stated="status" in options.columns)
    unread = _doubts_of_rows(path, table, found, place, named, gone[0], headed, options, cell_notes)
    elsewhere = of_other_countries(table, country)
    usable, broken, examples = usable_rows(place, named, gone, elsewhere, bbox or country.bbox)
    cell_notes.warnings += _of_years(table, found, named, usable, unread)
    broken |= {"with too many fields": headed.lost, NO_SITES: headed.notes}
    rows = len(table) + headed.lost + headed.notes
    cell_notes.warnings += [] if options.operator is not None else partly_named(table, found, usable)
    sites = _rows(table, found, place, named, usable, decimal, options, cell_notes)
    if sites.empty:
        raise _no_sites(path, place, f"{rows} rows ({reasons_in_words(broken, examples)})")
    refuse_grid(path, place.lat, place.lon)
    sites, shared = _each_operator(sites)
    warnings = check_position(
        path, "sites", sites["lat"].to_numpy(), sites["lon"].to_numpy(), country, bbox or country.bbox
    )
    warnings += signs_lost(sites["lat"].to_numpy(), sites["lon"].to_numpy(), country, bbox or country.bbox)
    warnings += one_for_many(sites)
    sites, more = _named_apart(sites)
    names = (options.layer or "", path.stem)
    warnings += of_another_network(names)
    if options.operator is None and not shared and (sites["operator"] == "").all():
        warnings += of_one_operator(names, country)
    warnings += (
        headed.warnings
        + more
        + tuple(place.warnings)
        + tuple(cell_notes.warnings)
        + row_warnings(broken, examples, rows)
    )
    assumptions = (
        *headed.assumptions,
        *split,
        *_notes_on_columns(table, found, named, points is not None),
        *notes_on_numbers(numeric, decimal, options.decimal is not None),
        *place.assumptions,
        *cell_notes.assumptions,
    )
    assumptions += shared + _halves(sites)
    return Sites(sites, (_record(path, meta or Meta(), headed, sites, rows, broken, examples, assumptions, warnings),))


def _places(
    path: Path, table: pd.DataFrame, found: Found, options: Options, decimal: str, country: Country, bbox: Bbox | None
) -> Places:
    """The positions of the rows. Raises :class:`InputError` where no column tells them."""
    if not found.has_place:
        codes, mend = columns_of_codes(table), 'columns = { lat = "…", lon = "…" }'
        raise InputError(f"{path}: {codes}") if codes else _lacking(path, table, "lat, lon", mend)
    stated = Stated(options.crs, decimal, options.decimal is not None)
    return places_of(path, table, found, stated, country, bbox or country.bbox)


def _doubts_of_rows(
    path: Path,
    table: pd.DataFrame,
    found: Found,
    place: Places,
    named: Technologies,
    gone: np.ndarray,
    headed: Headed,
    options: Options,
    cell_notes: CellNotes,
) -> list[str]:
    """Note what columns that nothing reads, and what stands around the rows, say of them; these columns. ``gone``: rows that are
    left out."""
    used = {column.heading for column in found.columns.values()} | set(named.used)
    maybe_planned(table, used, gone, cell_notes)
    cell_notes.warnings += remarks_on(table, gone, _unread(table, used, found))
    cell_notes.warnings += [] if options.operator else operators_not_read(table, found, _unread(table, used, None))
    cell_notes.warnings += _of_layout(path, options, headed, found)
    cell_notes.warnings += positions_above(table, found, place.lat)
    return _unread(table, used, None)


def _no_sites(path: Path, place: Places, rows: str) -> InputError:
    if place.example.upper().startswith(("POLYGON", "MULTIPOLYGON")):
        return InputError(
            f"{path}: holds areas (WKT), and sites are points; save it as a GeoPackage, under [[coverage]]"
        )
    if kind := code_of_place(place.example):
        return InputError(f"{path}: {not_read(kind, place.example)}")
    return InputError(f"{path}: holds no usable site of {rows}; see data/templates/sites.csv")


def _of_years(
    table: pd.DataFrame, found: Found, named: Technologies, usable: np.ndarray, unread: list[str]
) -> list[InputWarning]:
    """What columns of several years leave open."""
    name = found.columns.get("site_id")
    sites = [""] * len(table) if name is None else table[name.heading].tolist()
    keys = [
        f"{site} {which}" if site and good else "" for site, which, good in zip(sites, named.named, usable, strict=True)
    ]
    texts_of = {heading: table[heading].astype(str) for heading in unread}
    beside = technologies_not_read(table, named.named, unread)
    return [*years_in_headings(texts_of, None), *beside, *of_sites(table, np.array(keys, dtype=object), unread)]


def _record(
    path: Path,
    meta: Meta,
    headed: Headed,
    sites: pd.DataFrame,
    rows: int,
    broken: dict[str, int],
    examples: Mapping[str, str],
    assumptions: tuple[str, ...],
    warnings: tuple[InputWarning, ...],
) -> InputRecord:
    """The record of a list."""
    counted = sites["technology"].value_counts().sort_index()
    return record_of(
        "sites",
        path,
        meta,
        format=headed.format,
        crs="EPSG:4326",
        assumptions=assumptions,
        warnings=warnings,
        grade=grade_of_table(headed.table.rename(columns=lambda name: str(name).lower())),
        facts={
            "rows": rows,
            "sites": int(sites["site_id"].nunique()),
            "technologies": {name: int(count) for name, count in counted.items()},
            "operators": sorted(sites["operator"].unique().tolist()),
            **facts_of(broken),
            **({"examples": examples} if examples else {}),
            "extent": extent_of_sites(sites),
        },
    )


def _opened(path: Path, options: Options) -> tuple[Headed, Places | None]:
    """The list as a table, its columns with those that are stated; of a layer of points with their positions."""
    is_vector = path.suffix.lower() in VECTOR_SUFFIXES
    if not is_vector:  # the first line of such an export has few columns, so that it may not be read as a table at all
        refuse_wigle(path, check_file(path).decode("latin-1").split("\n", 1)[0].split(","))
    headed, points = (
        _points(path, options) if is_vector else (read_any_table(path, options.layer, options.columns), None)
    )
    refuse_wigle(path, [*headed.above, *map(str, headed.table.columns)])
    if not is_vector and options == Options(crs=options.crs, decimal=options.decimal, operator=options.operator):
        headed = with_transmitters(path, headed, tells_technologies)
    measured = levels_of_phones(path, headed.table) + served_places(path, headed.table, headed.above)
    stated = {("pair" if name == "coordinates" else name): heading for name, heading in options.columns.items()}
    known = tuple("pair" if name == "coordinates" else name for name in STATED_COLUMNS)
    found = with_stated(path, headed.found, list(headed.table.columns), stated, known)
    if options.operator is None:
        found = _with_brands(headed.table, found)
    table, filled = (headed.table, ()) if is_vector else filled_down(headed.table, found)
    return replace(headed, table=table, found=found, warnings=headed.warnings + measured + filled), points


def _with_brands(table: pd.DataFrame, found: Found) -> Found:
    """The columns with one of operators that goes by another heading and holds nothing but names of known ones."""
    if "operator" in found.columns or found.owned or not len(table):
        return found
    used = {column.heading for column in found.columns.values()} | found.flags.keys()
    for heading in (str(name) for name in table.columns if name not in used):
        texts = [text for text in table[heading].unique()[:_MOST_OPERATORS] if not is_nothing(str(text))]
        is_filled = (table[heading] != "").mean() > 0.5 and table[heading].nunique() < _MOST_OPERATORS
        if is_filled and owners_of(heading, texts) and all(map(operator_named, texts)):
            return Found({**found.columns, "operator": Column(heading)}, found.flags, found.owned)
    return found


def _points(path: Path, options: Options) -> tuple[Headed, Places]:
    """A layer of points as a table of texts, and the positions of its points."""
    vector = read_vector(path, options.layer, options.crs)
    frame: gpd.GeoDataFrame = vector.frame
    shapes = frame.geometry
    there = shapes.notna() & ~shapes.is_empty
    single = shapes[there]
    if not (single.geom_type.isin(("Point", "MultiPoint"))).all():
        raise InputError(f"{path}: holds shapes that are not points; a site list is a layer of points")
    middles = shapely.centroid(single.to_numpy())  # MultiPoints are mostly of one point each
    table = pd.DataFrame(frame.drop(columns=shapes.name)).astype(object)
    table = table.where(table.notna(), "").astype(str).apply(lambda column: column.str.strip())
    # Lists within a cell, as JSON has them: their parts.
    table = table.apply(
        lambda column: column.str.replace(_LIST, lambda found: re.sub(r"[\"']", "", found[1]), regex=True)
    )
    table = table.replace({"None": "", "nan": "", "<NA>": "", "NaT": ""}).reset_index(drop=True)
    table.columns = [str(name).strip() for name in table.columns]
    # KML has columns of its own, such as an id that is empty, which would stand in the place of the user's.
    table = table.loc[:, (table != "").any(axis=0) | (len(table) == 0)]
    lat, lon = np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    lat[there], lon[there] = shapely.get_y(middles), shapely.get_x(middles)
    found = columns_of(list(table.columns))
    columns = {name: column for name, column in found.columns.items() if name not in ("lat", "lon", "x", "y", "pair")}
    return (
        Headed(table, Found(columns, found.flags, found.owned), 0, 0, vector.format, vector.assumptions),
        Places(lat, lon, np.zeros(len(frame), dtype=bool), warnings=other_positions(table, found, lat, lon)),
    )


def _numeric_texts(table: pd.DataFrame, found: Found) -> list[str]:
    texts: list[str] = []
    for name in _WITH_DECIMALS:
        if name in found.columns:
            texts += list(table[found.columns[name].heading].astype(str).unique())
    return texts


def _of_layout(path: Path, options: Options, headed: Headed, found: Found) -> tuple[InputWarning, ...]:
    """What names and titles around the table say of its rows that no column does."""
    planned = planned_by_name((path.stem, options.layer or "", *headed.above))
    return (*planned, *footnotes_of_plans(headed), *titles_not_read(headed, found, options.operator is not None))


def _unread(table: pd.DataFrame, used: set[str], found: Found | None) -> list[str]:
    """The columns that nothing reads, and (of those ``found``) that of the names, which may say what else a site is."""
    name = None if found is None else found.columns.get("site_id")
    return [str(one) for one in table.columns if one not in used or (name is not None and one == name.heading)]


def _technology(path: Path, text: str) -> str:
    try:
        return channel_name(text)
    except InputError:
        raise InputError(f"{path}: technology '{text[:40]}' is not known; use 2G, 3G, 4G or 5G") from None


def _lacking(path: Path, table: pd.DataFrame, what: str, mend: str) -> InputError:
    shown = ", ".join(str(name)[:40] for name in table.columns[:20])
    return InputError(
        f"{path}: has no column {what} that is understood (it has {shown}); state it in inputs.toml, as in {mend}"[:900]
    )


def _rows(
    table: pd.DataFrame,
    found: Found,
    place: Places,
    named: Technologies,
    usable: np.ndarray,
    decimal: str,
    options: Options,
    cell_notes: CellNotes,
) -> pd.DataFrame:
    """The usable rows, one a technology, frequency and direction."""
    columns, stated = found.columns, options.decimal is not None
    part = table[usable].reset_index(drop=True)
    frequency = columns.get("frequency_mhz")
    bands = bands_in(part, frequency, decimal, stated, cell_notes)
    kept = np.flatnonzero(usable)
    together = [with_bands(named.named[row], band) for row, band in zip(kept, bands, strict=True)]
    left = sum(one[1] for one in together)
    if left and frequency is not None:
        example = next(text for text, one in zip(part[frequency.heading], together, strict=True) if one[1])
        cell_notes.unread(frequency.heading, left, str(example))
    power = quantity(part, "eirp_dbm", columns.get("eirp_dbm"), decimal, stated, cell_notes)
    if "erp" in columns:
        # Relative to a dipole, which has 2.15 dB more than what radiates evenly (Recommendation ITU-R BS.561).
        erp = quantity(part, "eirp_dbm", columns["erp"], decimal, stated, cell_notes) + 2.15
        power = np.where(np.isnan(power), erp, power)
    directions = directions_in(part, columns.get("azimuth_deg"), decimal, stated, cell_notes)
    each = [
        (row, technology, np.nan if mhz is None else mhz, direction)
        for row, (names, _) in enumerate(together)
        for technology, mhz in names
        for direction in directions[row] or (np.nan,)
    ]
    row = np.array([one[0] for one in each], dtype=np.int64)
    technology = np.array([one[1] for one in each], dtype=object)
    mhz = within_limits(np.array([one[2] for one in each], dtype=float), "frequency_mhz", "", cell_notes)
    mhz, of_channels = without_channels(technology, mhz)
    cell_notes.warnings += of_channels
    values: dict[str, object] = {
        "site_id": _texts(part, columns.get("site_id"))[row],
        "lat": place.lat[usable][row],
        "lon": longitude.to_180(place.lon[usable][row]),
        "technology": technology,
        "operator": _operators(part, found, options)[row],
        "frequency_mhz": mhz,
        "eirp_dbm": power[row],
        "height_m": quantity(part, "height_m", columns.get("height_m"), decimal, stated, cell_notes)[row],
        "azimuth_deg": np.array([one[3] for one in each], dtype=float),
        "beamwidth_deg": quantity(part, "beamwidth_deg", columns.get("beamwidth_deg"), decimal, stated, cell_notes)[
            row
        ],
    }
    return pd.DataFrame(values)[list(SITE_COLUMNS)]


def _texts(table: pd.DataFrame, column: Column | None) -> np.ndarray:
    if column is None:
        return np.full(len(table), "", dtype=object)
    return table[column.heading].map(lambda text: "" if is_nothing(text) else text).to_numpy(dtype=object)


def _operators(table: pd.DataFrame, found: Found, options: Options) -> np.ndarray:
    """Names of operators: as stated for all, of their column, or by the codes of country and network."""
    if options.operator is not None:
        return np.full(len(table), options.operator.strip(), dtype=object)
    columns = found.columns
    if "operator" not in columns and {"mcc", "mnc"} <= columns.keys():
        mcc, mnc = (table[columns[name].heading] for name in ("mcc", "mnc"))
        return np.array([f"{a}-{b.zfill(2)}" if a and b else "" for a, b in zip(mcc, mnc, strict=True)], dtype=object)
    return _texts(table, columns.get("operator"))


def _each_operator(sites: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """A row for each of several operators that stand in one cell (``"MTN/Airtel"``); of "all operators" none is named."""
    listed = sorted(set(sites["operator"]) - {""})
    everybody = [name for name in listed if means_all(name)]
    alone = [name for name in listed if name not in everybody]
    several = {name: names_in(name, (other for other in alone if other != name)) for name in alone}
    several = {name: names for name, names in several.items() if names != (name,)}
    said: tuple[str, ...] = ()
    if everybody:
        rows = int(sites["operator"].isin(everybody).sum())
        said += (
            f"{rows} rows name all operators together ('{one_line(everybody[0], 40)}'): they count for any network and for no "
            "single operator.",
        )
    if several:
        rows, example = int(sites["operator"].isin(several).sum()), next(iter(several))
        said += (
            f"{rows} rows name several operators (such as '{one_line(example, 40)}'): they were taken for each of them.",
        )
    if not said:
        return sites, said
    names = sites["operator"].map(lambda name: ("",) if name in everybody else several.get(name, (name,)))
    return sites.assign(operator=names).explode("operator").reset_index(drop=True), said


def _named_apart(sites: pd.DataFrame) -> tuple[pd.DataFrame, tuple[InputWarning, ...]]:
    """Every row with a name of its site, and sites of one name that stand apart with different ones."""
    warnings: tuple[InputWarning, ...] = ()
    nameless = sites["site_id"] == ""
    if nameless.any():
        numbers = sites[nameless].groupby(["lat", "lon"], sort=False).ngroup() + 1
        sites.loc[nameless, "site_id"] = [f"site-{number}" for number in numbers]
        if not nameless.all():
            text = f"{int(nameless.sum())} rows have no site_id and were numbered."
            warnings += (InputWarning("nameless", text, {"rows": int(nameless.sum())}),)
    apart = stands_apart(sites)
    if apart.any():
        place = sites["lat"].map("{:.4f}".format) + "," + sites["lon"].map("{:.4f}".format)
        sites["site_id"] = sites["site_id"].mask(apart, sites["site_id"] + " @ " + place)
        text = (
            f"{int(apart.sum())} rows stand more than {ONE_SITE_KM:g} km from another row of their site_id; each such place "
            "was taken as a site of its own."
        )
        warnings += (InputWarning("apart", text, {"rows": int(apart.sum()), "km": ONE_SITE_KM}),)
    return sites.reset_index(drop=True), warnings


def stands_apart(sites: pd.DataFrame) -> np.ndarray:
    """Rows that stand farther than :data:`ONE_SITE_KM` from the first row of their ``site_id``: they are another site."""
    first = sites.groupby("site_id")[["lat", "lon"]].transform("first")
    km = grid.distance_km(*(table[name].to_numpy() for table in (sites, first) for name in ("lat", "lon")))
    return np.asarray(km > ONE_SITE_KM)


def _halves(sites: pd.DataFrame) -> tuple[str, ...]:
    halves = int(
        (sites["azimuth_deg"].isna() != (sites["beamwidth_deg"].isna() | (sites["beamwidth_deg"] == 360))).sum()
    )
    if not halves:
        return ()
    return (
        f"{halves} rows have a direction without a beamwidth, or a beamwidth without a direction: they are taken to radiate "
        "all round.",
    )


def _notes_on_columns(table: pd.DataFrame, found: Found, named: Technologies, is_vector: bool) -> tuple[str, ...]:
    """Which heading was taken for what, where it is another word; and which columns were not read."""
    renamed = [
        f"{column.heading} as {name}"
        for name, column in found.columns.items()
        if column.heading.lower() not in (name, OPERATOR, TECHNOLOGY)
    ]
    used = {column.heading for column in found.columns.values()} | set(named.used)
    unknown = [
        str(name)
        for name in table.columns
        if name not in used and str(name).lower() != GRADE and (table[name] != "").any()
    ]
    notes: tuple[str, ...] = ()
    notes += (f"Columns were taken by their headings: {', '.join(renamed)}.",) if renamed else ()
    notes += (f"Columns that are not read: {', '.join(unknown[:20])}.",) if unknown else ()
    if "site_id" not in found.columns:
        notes += ("The list has no site_id; its places were numbered.",)
    return notes


def joined(parts: list[Sites]) -> Sites | None:
    """Several files as one; None when there is none."""
    if not parts:
        return None
    tables: list[pd.DataFrame] = []
    taken: set[str] = set()
    for number, part in enumerate(parts, start=1):
        table = part.table
        if all(record.layer == "sites" for record in part.records):
            # Two lists may both begin to count at 1: what they call by one name are two sites, unless they stand together.
            apart = stands_apart(pd.concat([*tables, table], ignore_index=True))[-len(table) :]
            double = apart & table["site_id"].isin(taken).to_numpy()
            table = table.assign(site_id=table["site_id"].mask(double, table["site_id"] + f" (list {number})"))
        taken |= set(table["site_id"])
        tables.append(table)
    table = pd.concat(tables, ignore_index=True)
    return Sites(table, tuple(record for part in parts for record in part.records))
