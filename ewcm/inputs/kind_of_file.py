"""What one file of a folder is, by its name, its columns and its content, and what it tells of itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ewcm.core.channels import TECHNOLOGIES
from ewcm.countries import Country
from ewcm.errors import EwcmError
from ewcm.inputs.boundary_levels import is_of_areas, level_of_columns, level_of_name, levels_of_layers
from ewcm.inputs.several_layers import columns_of_table, each_layer, has_transmitters, sites_of_name
from ewcm.sources.cells import TECHNOLOGY_OF
from ewcm.sources.files import check_file, is_web_table, read_text
from ewcm.sources.hazard_values import period_of_name, scenario_of_name
from ewcm.sources.headed import sheets_with_lists
from ewcm.sources.headings import Found as FoundColumns
from ewcm.sources.headings import columns_of
from ewcm.sources.operator_brands import apart_from_generations, operator_named
from ewcm.sources.phone_logs import is_wigle
from ewcm.sources.plain_words import plain_words
from ewcm.sources.population_points import people_of_points
from ewcm.sources.raster_bands import bands_of_file
from ewcm.sources.shapes_in_tables import holds_areas
from ewcm.sources.technologies import serves_no_phones
from ewcm.sources.vectors import VECTOR_SUFFIXES
from ewcm.sources.workbooks import WORKBOOK_SUFFIXES

RASTER_SUFFIXES = (".tif", ".tiff", ".asc", ".img", ".hgt", ".vrt", ".nc")
_TABLE_SUFFIXES = (".csv", ".csv.gz", ".txt", ".tsv", ".gz", *WORKBOOK_SUFFIXES)

#: Words in file names (split at anything but letters and digits) that tell the layer.
_POPULATION = re.compile(
    r"(^|_)(ppp|pop|population|ghs_pop|hrsl|worldpop|landscan|people|popcount|poblacion|populacao)(_|$)|^[a-z]{3}_pd_\d{4}"
)
OF_TERRAIN = re.compile(
    r"(^|_)(dem|srtm|globe30s|elevation|terrain|copernicus|cop30|glo30|dsm|dtm)(_|$)|^[ns]\d\d[ew]\d{3}"
)
_LAND_COVER = re.compile(r"(^|_)(worldcover|land_?cover)(_|$)")
_CLUTTER_HEIGHTS = re.compile(r"(^|_)(clutter|canopy|building)(_heights?)?(_|$)")
OF_COVERAGE = re.compile(r"(^|_)(coverage|cover|mce|couverture|cobertura)(_|$)")
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
CLUTTER_WORDS = {"worldcover": "land cover, classes of ESA WorldCover", "metres": "heights above ground in metres"}


def words_of_name(name: str) -> str:
    """A name in small letters without accents, with one _ between its words."""
    return re.sub(r"[^a-z0-9]+", "_", apart_from_generations(plain_words(name))).strip("_")


def kind_of(path: Path, country: Country) -> tuple[str, dict[str, Any], str]:
    """The layer of one file ("" when none), its table, and why."""
    name = path.name.lower()
    stem = words_of_name(name.split(".")[0])
    if name in ("grid.xml", "shakemap.xml") or stem.startswith("shakemap"):
        return "hazard", {"path": path, "kind": "earthquake"}, "its name; a ShakeMap"
    if name.endswith((".xml.gz", ".xml.zip")):
        return "", {}, "it is packed; unpack it, and name the .xml of a ShakeMap under [[hazard]]"
    suffix = next((suffix for suffix in (".csv.gz", path.suffix.lower()) if name.endswith(suffix)), "")
    if suffix in RASTER_SUFFIXES or name.endswith(".hgt.zip"):
        return _kind_of_raster(path, stem)
    if suffix in VECTOR_SUFFIXES:
        return _kind_of_vector(path, stem, country)
    if suffix in _TABLE_SUFFIXES:
        return _kind_of_table(path, stem, country)
    if path.suffix.lower() == ".xls" and _is_text(path):
        return _kind_of_table(path, stem, country)
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


def _hazard_of_name(path: Path, stem: str) -> tuple[str, dict[str, Any], str] | None:
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


def _kind_of_raster(path: Path, stem: str) -> tuple[str, dict[str, Any], str]:
    values = clutter_values(stem)
    if values:
        return "clutter", {"path": path, "values": values}, f"its name; {CLUTTER_WORDS[values]}"
    if path.suffix.lower() == ".nc" and re.search(r"(^|_)ibtracs(_|$)", stem):
        return "hazard", {"path": path, "kind": "wind", "values": "tracks"}, "its name; tracks of IBTrACS"
    if path.suffix.lower() == ".hgt" or path.name.lower().endswith(".hgt.zip") or OF_TERRAIN.search(stem):
        return "terrain", {}, "its name"
    if OF_COVERAGE.search(stem) or technology_of_name(stem) or serves_no_phones(stem):
        return kind_of_coverage(path, stem)
    hazard = _hazard_of_name(path, stem)
    if hazard and not _POPULATION.search(stem):
        return hazard
    if _POPULATION.search(stem):
        if is_called_density(path):
            return "population", {"path": path, "unit": "people_per_km2"}, "its name; people per km²"
        return "population", {"path": path}, "its name; people per grid cell"
    return (
        "",
        {},
        "its name tells neither population, coverage, terrain nor hazard (a hazard map can be named under [[hazard]])",
    )


def _kind_of_vector(path: Path, stem: str, country: Country) -> tuple[str, dict[str, Any], str]:
    level = level_of_name(stem)
    if level is not None:
        return "boundaries", {"path": path, "level": level}, f"its name; level {level}"
    if levels := levels_of_layers(path, is_called_areas(stem)):
        return "boundaries", {"path": path}, f"its layers; levels {', '.join(map(str, levels.values()))}"
    if path.suffix.lower() == ".json" and _OFFICIAL.search(stem):
        return "official", {"path": path}, "its name"
    if OF_COVERAGE.search(stem) or ((technology_of_name(stem) or serves_no_phones(stem)) and not _SITES.search(stem)):
        return kind_of_coverage(path, stem)
    if _is_called_points(path, stem):
        return "poi", {"path": path}, "its name; points of interest"
    if _SITES.search(stem):
        return "sites", *sites_of_name(path, technology_of_name(stem))
    hazard = _hazard_of_name(path, stem)
    if hazard:
        return hazard
    owner = operator_named(path.name.split(".")[0], country.names.values())
    if owner and len(each_layer(path, {"path": path, "operator": owner}, country)) > 1:
        return "coverage", {"path": path, "operator": owner}, f"its name and its layers; of {owner}"
    if is_called_areas(stem):
        level, why = level_of_columns(path)
        told = {} if level is None else {"path": path, "level": level}
        return ("boundaries", told, f"its name and its columns; level {level}") if told else ("", {}, why)
    return (
        "",
        {},
        "its name tells neither boundaries (adm0 to adm4), coverage, sites nor hazard (zones can be named under [[hazard]])",
    )


def is_called_density(path: Path) -> bool:
    """Whether the name of a raster says that its people are a density."""
    return _DENSITY.search(words_of_name(path.name.split(".")[0])) is not None


def is_called_areas(stem: str) -> bool:
    """Whether a file is called by a word for areas, and not by one for coverage."""
    return is_of_areas(stem) and not OF_COVERAGE.search(stem) and technology_of_name(stem) is None


def kind_of_coverage(path: Path, stem: str) -> tuple[str, dict[str, Any], str]:
    if serves_no_phones(stem):
        return (
            "",
            {},
            "its name speaks of fixed access or of things (FWA, IoT), which reach no phone; if it does, name it in inputs.toml",
        )
    technology = technology_of_name(stem)
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


def technology_of_name(stem: str) -> str | None:
    """The one technology named in a file name."""
    names = {word.lower(): technology for word, technology in TECHNOLOGY_OF.items()}
    found = {names[word] for word in stem.split("_") if word in names}
    return found.pop() if len(found) == 1 and found <= set(TECHNOLOGIES) and not serves_no_phones(stem) else None


def _kind_of_table(path: Path, stem: str, country: Country) -> tuple[str, dict[str, Any], str]:
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
        return _kind_of_workbook(path, stem)
    if (OF_COVERAGE.search(stem) or technology_of_name(stem)) and not _SITES.search(stem) and holds_areas(path):
        told = {} if (technology := technology_of_name(stem)) is None else {"technology": technology}
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
    found = _columns_of_table(path)
    if _is_site_list(found) and not _SITES.search(stem):
        return "sites", {"path": path}, "its columns are those of a site list"
    if _CELLS.search(stem) and not (found is not None and found.has_place):
        return "cells", {"path": path}, "its name"
    if _SITES.search(stem) or _CELLS.search(stem):
        return "sites", *sites_of_name(path, technology_of_name(stem))
    return "", {}, "its columns are neither those of cells, of sites nor of places"


def _kind_of_workbook(path: Path, stem: str) -> tuple[str, dict[str, Any], str]:
    if _SITES.search(stem):
        return "sites", *sites_of_name(path, technology_of_name(stem))
    found = _columns_of_table(path)
    if _is_site_list(found):
        return "sites", {"path": path}, "its columns are those of a site list"
    if _is_called_points(path, stem) and _is_list_of_points(found):
        return "poi", {"path": path}, "its name and its columns are those of points of interest"
    if found is None and _is_list_of_sheets(path):
        return "sites", {"path": path}, "its sheets are site lists"
    if found is not None and found.has_place and has_transmitters(path):
        return "sites", {"path": path}, "its sheets are those of sites and of what stands on them"
    return "", {}, "its columns are not those of a site list"


def _is_list_of_sheets(path: Path) -> bool:
    """Whether one of several sheets of a workbook is a site list, by its columns or by a technology in its name."""
    try:
        sheets = sheets_with_lists(path)
        return any(technology_of_name(words_of_name(name)) for name in sheets) or any(
            _is_site_list(columns_of_table(path, name)[0]) for name in sheets
        )
    except (EwcmError, OSError):
        return False


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


def clutter_values(stem: str) -> str | None:
    """What a clutter raster of that name holds, None when it is none."""
    if _LAND_COVER.search(stem):
        return "worldcover"
    return "metres" if _CLUTTER_HEIGHTS.search(stem) else None
