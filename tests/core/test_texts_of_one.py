"""Sentences in French, Spanish and Portuguese of one row, person or other thing: "1 lignes ont été omises" stood there."""

import json
import re

import pytest

from ewcm.core.texts import analyses, filled, texts_of
from tests.conftest import ROOT

#: What is not a number of things: names, shares, and measures whose unit has no plural.
NO_COUNTS = {
    *("area", "channel", "channels", "column", "columns", "country", "event", "file", "hazard", "identifier", "mend", "name"),
    *("names", "newer", "operator", "operators", "service", "services", "technologies", "technology", "unit"),
    *("whose", "level", "levels", "stated", "share", "percent", "year", "km", "km2", "radius", "width", "height"),
}  # fmt: skip
#: Of these there are always several, or they are shares, or another text stands where there is one.
SEVERAL = {
    "overall",
    *("headline", "headline_service", "return_period_of", "line_tower_many", "line_siren_many"),
    *("brief_place", "brief_listed", "coldspots_listed", "caveat.hazards_extrapolated"),
    *("caveat.input_bands", "caveat.input_colours", "caveat.input_terrain_elsewhere", "caveat.input_terrain_shifted"),
}  # fmt: skip

PLURALS = {
    "fr": "(?:autres|nouvelles|nouveaux|grandes|grands) |"
    "habitants|personnes|lignes|valeurs|cellules|mailles|formes|formules|surfaces|unités|zones|territoires|lieux|localités|sites|"
    "pylônes|sirènes|candidats|emplacements|points|positions|fréquences|nombres|entrées|alertes|événements|messages|tempêtes|"
    "saisons|années|ans|heures|minutes|pages|couches|fichiers|feuilles|titres|colonnes|bandes|couleurs|îles|sont|ont|vivent|"
    "étaient|seraient|devraient|comptent|indiquent|contiennent|dépendent|portent|desserviraient|qui \\w+(?:ent|ont)|attendus|"
    "atteintes|inconnues|oubliées|dus",
    "es": "(?:otras|otros|nuevas|nuevos|grandes|mayores) |"
    "habitantes|personas|filas|valores|celdas|formas|fórmulas|superficies|unidades|zonas|divisiones|lugares|localidades|sitios|"
    "estaciones|torres|sirenas|candidatos|emplazamientos|puntos|posiciones|frecuencias|números|entradas|alertas|sucesos|mensajes|"
    "tormentas|temporadas|años|horas|minutos|páginas|capas|archivos|hojas|títulos|columnas|bandas|colores|islas|países|son|están|"
    "viven|tienen|dependen|cuentan|pierden|lo son|lo siguen|lo pierdan|que \\w+n|esperados|conocidos|alcanzadas|desconocidas",
    "pt": "(?:outras|outros|novas|novos|grandes|maiores) |"
    "habitantes|pessoas|linhas|valores|células|formas|fórmulas|áreas|unidades|zonas|lugares|localidades|locais|sítios|sites|"
    "estações|torres|sirenes|candidatos|pontos|posições|frequências|números|entradas|alertas|eventos|mensagens|tempestades|épocas|"
    "anos|horas|minutos|páginas|camadas|ficheiros|folhas|títulos|colunas|bandas|cores|ilhas|países|são|estão|vivem|têm|dependem|"
    "contam|perdem|fiquem|ainda o são|que \\w+m|esperados|conhecidos|alcançadas|desconhecidas",
}
ARTICLES = {
    "fr": "les|des|aux|autres|quelques",
    "es": "los|las|unos|unas|otros|otras",
    "pt": "os|as|dos|das|uns|umas|outros|outras",
}


def all_texts(language):
    """Every text of the analyses and of the page by its key."""
    for analysis in analyses():
        yield from texts_of(analysis)[language].items()
    for path in (ROOT / "ewcm" / "report" / "webmap" / "languages").glob(f"*{language}.json"):
        yield from json.loads(path.read_text(encoding="utf-8")).items()


@pytest.mark.parametrize("language", PLURALS)
def test_no_text_of_one_is_in_the_plural(language):
    plural = re.compile(
        rf"(?<!\w)(?:(?:{ARTICLES[language]}) 1(?!\w)|1\s(?:{PLURALS[language]})(?!\w)|1\s(?:des|dos|de los|de las|das) )",
        re.I,
    )
    wrong = {}
    for key, text in all_texts(language):
        names = set(re.findall(r"\{(\w+)\}", text)) if isinstance(text, str) else set()
        said = filled(text, {name: "…" if name in NO_COUNTS else 1 for name in names}, language) if names else ""
        if key not in SEVERAL and plural.search(said):
            wrong[key] = said
    assert wrong == {}
