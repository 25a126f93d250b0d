"""Guessing what the files of a folder are, when no inputs.toml says it. Every guess becomes a line to print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewcm.core import grid
from ewcm.core.channels import TECHNOLOGIES
from ewcm.core.drivers import folder_format
from ewcm.core.record import companions_of
from ewcm.countries import Country
from ewcm.errors import EwcmError, InputError, one_line
from ewcm.inputs.boundary_levels import is_of_areas, level_of_columns, level_of_name, levels_of_layers
from ewcm.inputs.operators_of_files import with_operators_of_names
from ewcm.inputs.same_files import same_file
from ewcm.inputs.schema import Tables
from ewcm.inputs.several_layers import NOBODYS, columns_of_table, each_layer, sites_of_name, tells_operators
from ewcm.sources.cells import TECHNOLOGY_OF
from ewcm.sources.editions import editions_among, without_edition
from ewcm.sources.files import check_file, is_web_table, read_text
from ewcm.sources.hazard_values import period_of_name, scenario_of_name
from ewcm.sources.headings import Found as FoundColumns
from ewcm.sources.headings import columns_of
from ewcm.sources.operator_brands import apart_from_generations, operator_named
from ewcm.sources.phone_logs import is_wigle
from ewcm.sources.plain_words import plain_words
from ewcm.sources.population_points import people_of_points
from ewcm.sources.raster_bands import bands_of_file
from ewcm.sources.rasters import open_raster
from ewcm.sources.shapes_in_tables import holds_areas
from ewcm.sources.technologies import serves_no_phones
from ewcm.sources.vectors import VECTOR_SUFFIXES
from ewcm.sources.workbooks import WORKBOOK_SUFFIXES

_RASTER_SUFFIXES = (".tif", ".tiff", ".asc", ".img", ".hgt", ".vrt", ".nc")
_TABLE_SUFFIXES = (".csv", ".csv.gz", ".txt", ".tsv", ".gz", *WORKBOOK_SUFFIXES)

#: Words in file names (split at anything but letters and digits) that tell the layer.
_POPULATION = re.compile(
    r"(^|_)(ppp|pop|population|ghs_pop|hrsl|worldpop|landscan|people|popcount|poblacion|populacao)(_|$)|^[a-z]{3}_pd_\d{4}"
)
_TERRAIN = re.compile(
    r"(^|_)(dem|srtm|globe30s|elevation|terrain|copernicus|cop30|glo30|dsm|dtm)(_|$)|^[ns]\d\d[ew]\d{3}"
)
_LAND_COVER = re.compile(r"(^|_)(worldcover|land_?cover)(_|$)")
_CLUTTER_HEIGHTS = re.compile(r"(^|_)(clutter|canopy|building)(_heights?)?(_|$)")
_COVERAGE = re.compile(r"(^|_)(coverage|cover|mce|couverture|cobertura)(_|$)")
_CELLS = re.compile(r"(^|_)(cells?|opencellid|ocid|mls|cell_towers)(_|$)")
_SITES = re.compile(
    r"(^|_)(sites?|towers?|bts|base_stations|sitios?|emplazamientos?|antennes?|pylones?|torres?|estacoes|estaciones)(_|$)"
)
_PLACES = re.compile(r"(^|_)(places?|geonames|settlements|cities|towns|gazetteer)(_|$)")
_OFFICIAL = re.compile(r"(^|_)(official|sdg|9c1|sdg_9c1)(_|$)")
#: Lists of schools, clinics and shelters, in the words of their files.
_POINTS = re.compile(
    r"(^|_)(poi|points?_of_interest|health(care)?|healthsites?|facilit(y|ies)|clinics?|hospitals?|dispensar(y|ies)|schools?"
    r"|shelters?|sante|hopita(l|ux)|cliniques?|dispensaires?|ecoles?|etablissements?|abris|salud|hospitales|clinicas?"
    r"|escuelas?|colegios?|albergues?|refugios?|saude|hospitais|escolas?|abrigos?|postos?_de_saude|evacuation(_cent(er|re)s?)?"
    r"|health_?(posts?|cent(er|re)s?))\d*(_|$)"
)
_POINTS_ARABIC = re.compile(r"عيادات|مدارس|مستشفيات|مستوصفات|ملاجئ|مراكز[ _]صحية|المرافق[ _]الصحية")
_LEVELS = re.compile(r"(^|_)(dbm|rsrp|rscp|rssi|rxlev|signal|levels?|strength)(_|$)")
_DENSITY = re.compile(r"(^|_)(density|dens|densite|densidad|densidade|pd|per_?km2)(_|$)")

#: Words in names of files of people that are no raster that is read.
_IN_POPULATION = re.compile(
    r"\b(?:ppp|pop|population|people|hrsl|worldpop|census|recensement|poblacion|censo|populacao|سكان|السكان|تعداد)\b"
)

#: Hazards: a kind, or the product whose name tells it.
_HAZARDS = (
    ("coastal", re.compile(r"(^|_)(inuncoast|coastal_floods?|storm_surge)(_|$)")),
    (
        "flood",
        re.compile(
            r"(^|_)(inunriver|river_floods?|floods?|glofas|floodmapgl)(_|$)|^id\d+_[ns]\d+_[ew]\d+_rp_?\d+_depth"
        ),
    ),
    ("landslide", re.compile(r"(^|_)(landslides?|susceptibility)(_|$)")),
    ("tsunami", re.compile(r"(^|_)tsunami(_|$)")),
    ("wind", re.compile(r"(^|_)(storm_fixed_return_periods|cyclone_winds?|wind_speeds?)(_|$)")),
)
#: Winds that STORM gives as means over ten minutes (Bloemendaal and others 2020).
_TEN_MINUTE_WINDS = re.compile(r"(^|_)storm_fixed_return_periods(_|$)")
_CLASSES = re.compile(r"(^|_)(susceptibility|class(es)?)(_|$)")

#: What the values of clutter rasters are, in words.
_CLUTTER_WORDS = {"worldcover": "land cover, classes of ESA WorldCover", "metres": "heights above ground in metres"}

#: Coarser terrain than this [m] is not used for propagation without the user's word.
_COARSE_M = 300.0


@dataclass(frozen=True)
class Found:
    """What the files of a folder are taken for: ``tables`` as of an inputs.toml, the ``lines`` that say what was taken as what
    and why, a sentence for each thing that only the user can decide, and the files among which he has to choose."""

    tables: Tables
    lines: tuple[str, ...]
    undecided: tuple[str, ...] = ()
    to_choose: frozenset[Path] = frozenset()


def discover(country: Country, folder: Path) -> tuple[Tables, tuple[str, ...]]:
    """Tables as of an inputs.toml for the files of ``folder``, and the lines that say what was taken as what and why.

    Raises :class:`InputError` when there is no population raster or more than one, or something else is undecided.
    """
    found = look_through(country, folder)
    if found.undecided:
        raise InputError(found.undecided[0])
    return found.tables, found.lines


def look_through(country: Country, folder: Path) -> Found:
    """The same without an error where something is undecided."""
    found: dict[str, list[dict[str, Any]]] = {}
    lines: list[str] = []
    undecided: list[str] = []
    terrain: list[Path] = []
    clutter: dict[str, list[Path]] = {}
    paths = sorted(folder.iterdir(), key=lambda path: path.name)
    beside = companions(paths)
    for path in paths:
        if path.name in beside:
            continue
        is_folder = path.is_dir() and folder_format(path) is None
        # Excel keeps a copy that begins with ~$ beside a workbook that is open.
        if path.name.startswith((".", "~$")) or path.name.lower().startswith("readme") or is_folder:
            values = _clutter_values(_words(path.name))
            if path.is_dir() and values:
                clutter.setdefault(values, []).append(path)
            elif path.is_dir() and _TERRAIN.search(_words(path.name)):
                terrain.append(path)
            elif is_folder and (own := _told_by_folder(path, country)) is not None:
                _look_into(path, own, country, found, lines, path.name)
            elif path.is_dir() and path.suffix.lower() in _RASTER_SUFFIXES:
                lines.append(f"{path.name}: not used (it is a folder).")
            continue
        layer, table, why = _guess(path, country)
        if layer == "terrain":
            terrain.append(path)
        elif layer == "clutter":
            clutter.setdefault(table["values"], []).append(path)
        elif layer in ("sites", "cells", "coverage") and (copied := same_file(path, found.get(layer, []))):
            lines.append(f"{path.name}: not used (it is the same file as {copied}).")
        elif layer:
            tables = _tables_of(layer, path, table, country)
            found.setdefault(layer, []).extend(tables)
            parts = f"; its {len(tables)} layers by their names" if len(tables) > 1 else ""
            lines.append(f"{path.name}: taken as {layer} ({why}{parts}).")
        else:
            lines.append(f"{path.name}: not used ({why}).")
    lines += with_operators_of_names(found, country)
    undecided += _choose_population(folder, found.get("population", []), lines)
    of_today, to_choose = _choose_edition(folder, [*found.get("coverage", []), *found.get("sites", [])])
    undecided += of_today
    for level in range(5):
        same = [table["path"].name for table in found.get("boundaries", []) if table["level"] == level]
        if len(same) > 1:
            undecided.append(
                f"{folder}: {' and '.join(same)} both look like boundaries of level {level}; write an inputs.toml"
            )
    if terrain:
        lines += _terrain(terrain, found)
    if len(clutter) > 1:
        undecided.append(f"{folder}: holds both land cover and heights of clutter; name one in an inputs.toml")
    for values, paths in clutter.items():
        found.setdefault("clutter", []).append({"paths": tuple(paths), "values": values})
        lines.append(f"{_some(paths)}: taken as clutter ({_CLUTTER_WORDS[values]}).")
    found_tables: Tables = {name: tuple(entries) for name, entries in found.items()}
    return Found(found_tables, tuple(one_line(line) for line in lines), tuple(undecided), to_choose)


def _tables_of(layer: str, path: Path, table: dict[str, Any], country: Country) -> list[dict[str, Any]]:
    """The tables of one file: one for each layer where its layers tell what they are."""
    if layer == "coverage" and "technology" not in table and path.suffix.lower() in _RASTER_SUFFIXES:
        return [{**table, "technology": technology} for technology in bands_of_file(path)]
    if layer in ("sites", "coverage"):
        return each_layer(path, table, country)
    if layer == "boundaries" and "level" not in table:
        return [
            {**table, "level": level, "layer": name}
            for name, level in levels_of_layers(path, _is_called_areas(_words(path.stem))).items()
        ]
    return [table]


#: Folders within that are looked into.
_DEEPEST = 4

#: Further words of folders that say nothing more than what kinds of files are in them.
_OF_FOLDERS = {
    *("maps", "carte", "cartes", "mapa", "mapas", "coverages", "files", "layers", "lists", "listes", "listas", "operators"),
    *("operateurs", "operadores", "boundaries", "limites", "administrative", "admin", "population", "poblacion", "populacao"),
    *("gis", "sig", "inputs", "input", "shapefile", "shapefiles", "kml", "geojson", "gpkg", "donnees", "datos", "dados", "of"),
    *("de", "du", "des", "el", "los", "las", "les", "and", "et", "reseaux", "redes", "red", "networks"),
}  # fmt: skip


def _told_by_folder(folder: Path, country: Country) -> dict[str, str] | None:
    """What the name of a folder tells of the files in it: an operator, a technology, or nothing but what kind they are; None of
    a folder that is called by anything else, which nobody looks into."""
    if owner := operator_named(folder.name, country.names.values()):
        return {"operator": owner}
    technology = _technology(_words(folder.name))
    if technology is not None:
        rest = " ".join(word for word in plain_words(folder.name).split() if _technology(word) is None)
        owner = operator_named(rest, country.names.values())
        return {"technology": technology} | ({"operator": owner} if owner else {})
    names = {word for name in (*country.names.values(), country.iso3) for word in plain_words(name).split()}
    if without_edition(folder.name)[1]:
        return None  # what is old is not of today
    return {} if set(plain_words(folder.name).split()) <= NOBODYS | _OF_FOLDERS | names else None


def _look_into(
    folder: Path,
    own: dict[str, str],
    country: Country,
    found: dict[str, list[dict[str, Any]]],
    lines: list[str],
    shown: str,
) -> None:
    """The files of a folder that is called by an operator, a technology or the kind of its files. What it is called by holds for
    lists of sites and maps of coverage, unless their own columns name operators, or their own names a technology. ``shown``: the
    folder as the lines call it."""
    paths = sorted(folder.iterdir(), key=lambda path: path.name)
    beside = companions(paths)
    for path in paths:
        name = f"{shown}/{path.name}"
        if path.name in beside or path.name.startswith((".", "~$")) or path.name.lower().startswith("readme"):
            continue
        if path.is_dir() and folder_format(path) is None:
            further = _told_by_folder(path, country)
            if further is not None and name.count("/") < _DEEPEST and not path.is_symlink():
                _look_into(path, own | further, country, found, lines, name)
            continue
        layer, table, why = _guess(path, country)
        called = operator_named(path.name.split(".")[0], country.names.values())
        owner = called or own.get("operator", "")
        if not layer and "technology" in own and owner and path.suffix.lower() in VECTOR_SUFFIXES:
            layer, table, why = "coverage", {"path": path}, f"its name; of {owner}"
        stem = _words(path.name.split(".")[0])
        if (
            not layer
            and "technology" in own
            and path.suffix.lower() in _RASTER_SUFFIXES
            and (owner or _COVERAGE.search(stem))
        ):
            layer, table, why = _guess_coverage(path, f"{stem}_{own['technology'].lower()}")
        # What a folder is called by says nothing of the people in it, or of its areas.
        if layer not in ("sites", "coverage", *(() if own else ("population", "boundaries", "poi", "cells"))):
            lines.append(f"{name}: not used ({why if not layer else 'it looks like ' + layer}).")
        # Two operators may have maps of the same bytes, in folders of their own.
        elif copied := same_file(path, [one for one in found.get(layer, []) if own.items() <= one.items()]):
            lines.append(f"{name}: not used (it is the same file as {copied}).")
        else:
            tables = _tables_of(layer, path, table, country)
            more = own | ({"operator": called} if called and "operator" not in own else {})
            if "operator" in more and (any("operator" in one for one in tables) or tells_operators(path)):
                more = {key: value for key, value in more.items() if key != "operator"}
            found.setdefault(layer, []).extend({**more, **one} for one in tables)
            told = ", ".join(own.values())
            lines.append(f"{name}: taken as {layer} ({why}{f'; the folder names {told}' if told else ''}).")


def companions(paths: list[Path]) -> set[str]:
    """Names of the files that are read with another one of them (``roads.dbf`` with ``roads.shp``)."""
    endings = (*_RASTER_SUFFIXES, *VECTOR_SUFFIXES)
    if not any(path.suffix.lower() not in endings for path in paths):
        return set()  # a folder of nothing but tiles
    return {
        companion.name
        for path in paths
        if path.suffix.lower() in endings and path.is_file()
        for companion in companions_of(path).values()
    }


def _choose_population(folder: Path, tables: list[dict[str, Any]], lines: Sequence[str]) -> list[str]:
    """Why the population is undecided; empty where it is not."""
    if not tables:
        left = [line.partition(": not used (")[0] for line in lines if ": not used (" in line]
        alike = [name for name in left if _IN_POPULATION.search(plain_words(Path(name).name))]
        seen = (
            f"; {', '.join(alike[:3])} cannot be taken for one: people by area, or packed, are not read"
            if alike
            else ""
        )
        return [
            f"{folder}: no population raster found (a .tif with ppp, pop or population in its name){seen}; add one or write an "
            "inputs.toml"
        ]
    if len(tables) > 1:
        names = ", ".join(table["path"].name for table in tables)
        return [f"{folder}: several files look like population ({names}); name one in an inputs.toml"]
    return []


def _choose_edition(folder: Path, tables: list[dict[str, Any]]) -> tuple[list[str], frozenset[Path]]:
    """Why files that differ by a year, a month or a version in their names alone are undecided: the older one is not of today;
    and these files."""
    paths = {
        path.relative_to(folder).with_name(path.name.split(".")[0]).as_posix(): path
        for path in (table["path"] for table in tables)
    }
    sentences, to_choose = [], set[Path]()
    for names in editions_among(paths):
        files = sorted(paths[name] for name in names)
        to_choose.update(files)
        shown = " and ".join(path.relative_to(folder).as_posix() for path in files)
        sentences.append(
            f"{folder}: {shown} differ by the year, month or version in their names alone, and would count together; keep the "
            "one that holds for today, or write an inputs.toml"
        )
    return sentences, frozenset(to_choose)


def _words(name: str) -> str:
    """A name in small letters without accents, with one _ between its words."""
    return re.sub(r"[^a-z0-9]+", "_", apart_from_generations(plain_words(name))).strip("_")


def _guess(path: Path, country: Country) -> tuple[str, dict[str, Any], str]:
    """The layer of one file ("" when none), its table, and why."""
    name = path.name.lower()
    stem = _words(name.split(".")[0])
    if name in ("grid.xml", "shakemap.xml") or stem.startswith("shakemap"):
        return "hazard", {"path": path, "kind": "earthquake"}, "its name; a ShakeMap"
    if name.endswith((".xml.gz", ".xml.zip")):
        return "", {}, "it is packed; unpack it, and name the .xml of a ShakeMap under [[hazard]]"
    suffix = next((suffix for suffix in (".csv.gz", path.suffix.lower()) if name.endswith(suffix)), "")
    if suffix in _RASTER_SUFFIXES or name.endswith(".hgt.zip"):
        return _guess_raster(path, stem)
    if suffix in VECTOR_SUFFIXES:
        return _guess_vector(path, stem, country)
    if suffix in _TABLE_SUFFIXES:
        return _guess_table(path, stem, country)
    if path.suffix.lower() == ".xls" and _is_text(path):
        return _guess_table(path, stem, country)
    if path.suffix.lower() in (".xls", ".xlsb"):
        return "", {}, "it is a workbook that is not read; save it as .xlsx or CSV"
    return "", {}, "its ending is not one of an input"


def _is_text(path: Path) -> bool:
    """Whether a file is plain text by its content: what systems export under the name of a workbook."""
    try:
        head = check_file(path)
    except (EwcmError, OSError):
        return False
    is_binary = b"\x00" in head or head.startswith((b"PK", b"\xd0\xcf"))
    return is_web_table(path, head) or not (is_binary or head.lstrip().startswith(b"<"))


def _guess_hazard(path: Path, stem: str) -> tuple[str, dict[str, Any], str] | None:
    """A hazard by the name of its file; None where it names none."""
    kind = next((kind for kind, pattern in _HAZARDS if pattern.search(stem)), None)
    if kind is None:
        return None
    table: dict[str, Any] = {"path": path, "kind": kind}
    period = period_of_name(stem)
    if period is not None:
        table["return_period"] = period
    if _TEN_MINUTE_WINDS.search(stem):
        table["averaging_minutes"] = 10
    if kind == "landslide" and _CLASSES.search(stem):
        table["values"] = "class"
    when = "" if period is None else f", return period {period} years"
    when += ", means over 10 minutes" if "averaging_minutes" in table else ""
    scenario, year = scenario_of_name(stem)
    if scenario:
        # Without it a projection would stand there as a map of today.
        table |= {"scenario": scenario, **({} if year is None else {"year": year})}
        when += f", projection {scenario}" + (f" of {year}" if year else "")
    return "hazard", table, f"its name; {kind}{when}"


def _guess_raster(path: Path, stem: str) -> tuple[str, dict[str, Any], str]:
    values = _clutter_values(stem)
    if values:
        return "clutter", {"path": path, "values": values}, f"its name; {_CLUTTER_WORDS[values]}"
    if path.suffix.lower() == ".nc" and re.search(r"(^|_)ibtracs(_|$)", stem):
        return "hazard", {"path": path, "kind": "wind", "values": "tracks"}, "its name; tracks of IBTrACS"
    if path.suffix.lower() == ".hgt" or path.name.lower().endswith(".hgt.zip") or _TERRAIN.search(stem):
        return "terrain", {}, "its name"
    if _COVERAGE.search(stem) or _technology(stem) or serves_no_phones(stem):
        return _guess_coverage(path, stem)
    hazard = _guess_hazard(path, stem)
    if hazard and not _POPULATION.search(stem):
        return hazard
    if _POPULATION.search(stem):
        if _DENSITY.search(stem):
            return "population", {"path": path, "unit": "people_per_km2"}, "its name; people per km²"
        return "population", {"path": path}, "its name; people per grid cell"
    return (
        "",
        {},
        "its name tells neither population, coverage, terrain nor hazard (a hazard map can be named under [[hazard]])",
    )


def _guess_vector(path: Path, stem: str, country: Country) -> tuple[str, dict[str, Any], str]:
    level = level_of_name(stem)
    if level is not None:
        return "boundaries", {"path": path, "level": level}, f"its name; level {level}"
    if levels := levels_of_layers(path, _is_called_areas(stem)):
        return "boundaries", {"path": path}, f"its layers; levels {', '.join(map(str, levels.values()))}"
    if path.suffix.lower() == ".json" and _OFFICIAL.search(stem):
        return "official", {"path": path}, "its name"
    if _COVERAGE.search(stem) or ((_technology(stem) or serves_no_phones(stem)) and not _SITES.search(stem)):
        return _guess_coverage(path, stem)
    if _is_called_points(path, stem):
        return "poi", {"path": path}, "its name; points of interest"
    if _SITES.search(stem):
        return "sites", *sites_of_name(path, _technology(stem))
    hazard = _guess_hazard(path, stem)
    if hazard:
        return hazard
    owner = operator_named(path.name.split(".")[0], country.names.values())
    if owner and len(each_layer(path, {"path": path, "operator": owner}, country)) > 1:
        return "coverage", {"path": path, "operator": owner}, f"its name and its layers; of {owner}"
    if _is_called_areas(stem):
        level, why = level_of_columns(path)
        told = {} if level is None else {"path": path, "level": level}
        return ("boundaries", told, f"its name and its columns; level {level}") if told else ("", {}, why)
    return (
        "",
        {},
        "its name tells neither boundaries (adm0 to adm4), coverage, sites nor hazard (zones can be named under [[hazard]])",
    )


def _is_called_areas(stem: str) -> bool:
    """Whether a file is called by a word for areas, and not by one for coverage."""
    return is_of_areas(stem) and not _COVERAGE.search(stem) and _technology(stem) is None


def _guess_coverage(path: Path, stem: str) -> tuple[str, dict[str, Any], str]:
    if serves_no_phones(stem):
        return (
            "",
            {},
            "its name speaks of fixed access or of things (FWA, IoT), which reach no phone; if it does, name it in inputs.toml",
        )
    technology = _technology(stem)
    if technology is None and path.suffix.lower() in VECTOR_SUFFIXES:
        return "coverage", {"path": path}, "its name; the technology by its columns"
    if technology is None and bands_of_file(path):
        return "coverage", {"path": path}, "its name; the technologies by the names of its bands"
    if technology is None:
        return (
            "",
            {},
            "it looks like coverage, but neither its name nor those of its bands tell a technology (2G, 3G, 4G, 5G)",
        )
    table: dict[str, Any] = {"path": path, "technology": technology}
    if _LEVELS.search(stem):
        return (
            "",
            {},
            f'it looks like levels of {technology} in dBm; say in inputs.toml from which on there is coverage: values = "dbm", '
            "threshold_dbm = …",
        )
    if re.search(r"(^|_)mce(_|$)", stem):
        return "coverage", table | {"values": "mce"}, f"its name; {technology}, classes 1 strong and 2 variable"
    return "coverage", table, f"its name; {technology}"


def _technology(stem: str) -> str | None:
    """The one technology named in a file name."""
    names = {word.lower(): technology for word, technology in TECHNOLOGY_OF.items()}
    found = {names[word] for word in stem.split("_") if word in names}
    return found.pop() if len(found) == 1 and found <= set(TECHNOLOGIES) and not serves_no_phones(stem) else None


def _guess_table(path: Path, stem: str, country: Country) -> tuple[str, dict[str, Any], str]:
    """Tables are told by their header, else by the MCC in the name."""
    mcc = next((mcc for mcc in country.mccs if re.search(rf"(^|_){mcc}(_|$)", stem)), None)
    try:
        head = check_file(path)
        line = "" if head.startswith(b"\x1f\x8b") else head.decode("utf-8-sig", "replace").splitlines()[0].lower()
        if head.startswith(b"\x1f\x8b"):
            line = read_text(path)[0].split("\n", 1)[0].lower()
    except (EwcmError, IndexError):
        # A file that its name calls an input must stop the run when it cannot be read, not vanish from it.
        named = ((_CELLS, "cells"), (_SITES, "sites"), (_PLACES, "places"))
        layer = "cells" if mcc is not None else next((layer for pattern, layer in named if pattern.search(stem)), "")
        return (layer, {"path": path}, "its name") if layer else ("", {}, "it is empty or no text")
    columns = {name.strip().strip('"') for name in re.split(r"[,;\t]", line)}
    if mcc is not None:
        return "cells", {"path": path}, f"its name has the mobile country code {mcc}"
    if is_wigle(list(columns)):
        return "", {}, "it is an export of WiGLE, whose positions are those of phones and not of masts"
    if {"radio", "mcc"} <= columns or re.match(r'"?(gsm|umts|lte|nr|cdma)"?,\d{3},', line):
        return "cells", {"path": path}, "its columns are those of OpenCelliD"
    if {"sid", "iso_time"} <= columns or line.startswith("ibtracs"):
        return "hazard", {"path": path, "kind": "wind"}, "its columns are those of IBTrACS"
    if path.name.lower().endswith(WORKBOOK_SUFFIXES):
        return _guess_workbook(path, stem)
    if (_COVERAGE.search(stem) or _technology(stem)) and not _SITES.search(stem) and holds_areas(path):
        told = {} if (technology := _technology(stem)) is None else {"technology": technology}
        return "coverage", {"path": path, **told}, "its name; areas in its cells"
    heading = columns_of([name.strip().strip('"') for name in re.split(r"[,;\t]", line)])
    people = {"lat", "lon"} <= heading.columns.keys() and people_of_points(sorted(columns))
    is_few = len(columns) <= 4 and not columns & {"name"}
    is_called = _POPULATION.search(stem) is not None and _PLACES.search(stem) is None
    if people and (is_few or is_called) and "technology" not in heading.columns:
        return "population", {"path": path}, "its columns are those of people as points"
    if {"lat", "lon", "technology"} <= columns:
        return "sites", {"path": path}, "its columns are those of a site list"
    plain_points = not heading.flags and heading.has_place
    if _is_called_points(path, stem) and (plain_points or _is_list_of_points(_columns_of_table(path))):
        return "poi", {"path": path}, "its name and its columns are those of points of interest"
    if line.count("\t") == 18:
        return "places", {"path": path}, "its 19 columns are those of GeoNames"
    placed = "name" in columns and columns & {"lat", "latitude"} and columns & {"lon", "lng", "longitude"}
    if placed and (_PLACES.search(stem) or "population" in columns):
        return "places", {"path": path}, "its columns are those of places"
    if _CELLS.search(stem):
        return "cells", {"path": path}, "its name"
    if _SITES.search(stem):
        return "sites", *sites_of_name(path, _technology(stem))
    if _is_site_list(_columns_of_table(path)):
        return "sites", {"path": path}, "its columns are those of a site list"
    return "", {}, "its columns are neither those of cells, of sites nor of places"


def _guess_workbook(path: Path, stem: str) -> tuple[str, dict[str, Any], str]:
    if _SITES.search(stem):
        return "sites", *sites_of_name(path, _technology(stem))
    found = _columns_of_table(path)
    if _is_site_list(found):
        return "sites", {"path": path}, "its columns are those of a site list"
    if _is_called_points(path, stem) and _is_list_of_points(found):
        return "poi", {"path": path}, "its name and its columns are those of points of interest"
    return "", {}, "its columns are not those of a site list"


def _is_called_points(path: Path, stem: str) -> bool:
    """Whether a file is called a list of schools, clinics or shelters."""
    return _POINTS.search(stem) is not None or _POINTS_ARABIC.search(path.name) is not None


def _columns_of_table(path: Path) -> FoundColumns | None:
    """The columns of a table wherever its heading stands; None where it has none."""
    try:
        return columns_of_table(path)[0]
    except (EwcmError, OSError):
        return None


def _is_site_list(found: FoundColumns | None) -> bool:
    """Whether a table has positions and technologies."""
    return found is not None and found.has_place and ("technology" in found.columns or bool(found.flags))


def _is_list_of_points(found: FoundColumns | None) -> bool:
    """Whether a table has positions and no columns of technologies."""
    return found is not None and found.has_place and not found.flags


def _terrain(paths: list[Path], found: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Terrain is taken when it is fine enough for propagation; coarser terrain is left out and said."""
    steps = [_step_m(path) for path in paths]
    names = _some(paths)
    coarse = [step for step in steps if step is not None and step > _COARSE_M]
    if coarse:
        return [
            f"{names}: terrain with a step of about {max(coarse):.0f} m, too coarse for propagation; not used (set "
            "allow_coarse = true in an inputs.toml to use it)."
        ]
    found["terrain"] = [{"paths": tuple(paths), "allow_coarse": False}]
    return [f"{names}: taken as terrain (its name)."]


def _some(paths: list[Path]) -> str:
    return ", ".join(path.name for path in paths[:3]) + (" …" if len(paths) > 3 else "")


def _clutter_values(stem: str) -> str | None:
    """What a clutter raster of that name holds, None when it is none."""
    if _LAND_COVER.search(stem):
        return "worldcover"
    return "metres" if _CLUTTER_HEIGHTS.search(stem) else None


def _step_m(path: Path) -> float | None:
    """Grid step [m] of a terrain raster, None for a folder or an archive (the terrain reader looks into those)."""
    if path.is_dir() or path.suffix.lower() in (".hgt", ".zip"):
        return None
    with open_raster(path) as dataset:
        step = abs(dataset.transform.e)
        return step * grid.M_PER_DEG if dataset.crs is None or dataset.crs.is_geographic else step
