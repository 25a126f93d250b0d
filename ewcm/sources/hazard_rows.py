"""Which polygons of a file a hazard reaches: those that a condition chooses, none that says that it is not reached."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd

from ewcm.core.input_warning import InputWarning
from ewcm.errors import InputError, one_line
from ewcm.sources.headings import words_of
from ewcm.sources.quantities import number_of
from ewcm.sources.rows_by_value import rows_where, texts_of_column

#: Words in the heading of a column of depths or other intensities, of which 0 is none.
_INTENSITY = {
    *("depth", "depths", "profondeur", "profundidad", "profundidade", "hauteur", "altura", "waterdepth", "wd"),
    *("paramvalue", "paramvalu", "contour", "value", "valeur", "valor", "pga", "pgv", "mi"),
    *("intensity", "intensite", "intensidad", "intensidade", "wind", "gust", "mmi", "speed"),
}  # fmt: skip

#: Words in the heading of a column of classes, or of whether ground is reached.
_CLASS = {
    *("class", "classe", "clase", "level", "niveau", "nivel", "zone", "zona", "zonage", "zonificacion", "zoneamento"),
    *("risk", "risque", "riesgo", "risco", "hazard", "alea", "amenaza", "perigo", "peligro", "peligrosidad", "danger"),
    *("status", "statut", "estado", "category", "categorie", "categoria", "severity", "dn", "gridcode"),
    *("susceptibility", "suscept", "susceptib", "susceptibilite", "susceptibilidad", "suscetib", "suscetibilidade"),
    *("flood", "flooded", "floodable", "inondation", "inonde", "inondable", "inundacion", "inundado", "inundable"),
    *("inundacao", "inundavel", "exposed", "exposition", "expose", "expuesto", "exposto", "affected", "afectado", "afetado"),
    *("touche", "خطر", "الخطر", "الخطورة", "فيضان", "الفيضان"),
}  # fmt: skip

#: Words in the heading of a column of return periods, chances or scenarios.
_PERIOD = {
    *("rp", "return", "returnperiod", "retour", "retorno", "recurrence", "frequency", "freq", "frequence", "frecuencia"),
    *("frequencia", "probability", "probabilite", "probabilidad", "probabilidade", "likelihood", "aep", "scenario", "scenarios"),
    *("escenario", "cenario", "t", "tr", "period", "periode", "periodo"),
}  # fmt: skip

#: Values that are grades or return periods, whatever heads their column.
_GRADE = re.compile(
    r"(very |tr[èe]s |muy |muito )?(high|medium|moderate|low|severe|extreme|fort|forte|moyen|moyenne|faible"
    r"|[ée]lev[ée]e?|mod[ée]r[ée]e?"
    r"|alt[oa]|medi[oa]|m[ée]di[oa]|moderad[oa]|baj[oa]|baix[oa])( (hazard|risk|susceptibility))?"
    r"|(1 in |q|t|rp ?)?\d{1,5}[ -]?(y|yr|yrs|years?|ans?|a[ñn]os?)|(1 in |1:|1/|q|rp ?)\d{1,5}",
    re.IGNORECASE,
)

#: Grades of which it is to be asked whether they are a danger at all, where a file has no other.
_LOW = re.compile(
    r"(very |tr[èe]s |muy |muito )?(low|faible|baj[oa]|baix[oa])( (hazard|risk|susceptibility))?", re.IGNORECASE
)

#: Values that say of ground that it is not reached, whatever heads their column.
_NOT_REACHED = re.compile(
    r"(zone |zona |[áa]rea |terrain |terreno )?("
    r"(not?|non|n[ãa]o) (flooded|floodable|affected|exposed|inond[ée]e?s?|inondables?|touch[ée]e?s?|expos[ée]e?s?|inundad[oa]s?"
    r"|inundable|inund[áa]vel|afectad[oa]s?|afetad[oa]s?|expuest[oa]s?|expost[oa]s?|susceptible|suscet[íi]vel)"
    r"|(no|without|aucune?|sans|pas de|pas d['’]|sin|sem|ning[úu]n|ninguna|nenhuma?) ?"
    r"(risk|hazard|flood(ing)?|danger|risque|al[ée]as?|inondation|riesgo|amenaza|peligro|inundaci[óo]n|risco|perigo|inunda[çc][ãa]o)"
    r"|hors (zone|al[ée]a)( inondables?)?|fuera de (la )?zona( inundable)?|fora da zona( inund[áa]vel)?"
    r"|unaffected|لا خطر|لا يوجد خطر|بدون خطر|بلا خطر|غير مغمورة?|غير معرضة?|آمنة?)",
    re.IGNORECASE,
)

#: Values that say so in a column of intensities or of classes alone.
_NONE = re.compile(
    r"no|non|n[ãa]o|false|faux|falso|dry|none|nil|sec|aucune?|nul(le?)?|nul[oa]|seco|ning[úu]n[oa]?|nenhuma?|outside|لا|لا يوجد",
    re.IGNORECASE,
)

#: Values that begin with a word that denies: a reader must say whether they mean that ground is not reached.
_DENIES = re.compile(
    r"(not?|non|n[ãa]o|without|aucune?|sans|pas|hors|sin|sem|ning[úu]n|nenhum|fuera|fora|لا|بدون|غير)\b", re.IGNORECASE
)
_MOST_WORDS = 5

#: Values of a column that a warning lists.
_LISTED = 5


def exposed_polygons(
    path: Path, frame: gpd.GeoDataFrame, where: str | None
) -> tuple[gpd.GeoDataFrame, tuple[str, ...], tuple[InputWarning, ...]]:
    """The polygons that count as exposed, what was done, and what is to be doubted.

    ``where``: a condition on their columns (:mod:`ewcm.sources.rows_by_value`), which is all that counts where it is stated. Else
    polygons that say that the hazard does not reach them, or have an intensity of 0, are left out and counted, and columns that
    tell the others apart are named. Raises :class:`InputError` where none is left.
    """
    if where is not None:
        chosen = rows_where(path, frame, where)
        return chosen, (f"Polygons were chosen by: {one_line(where, 200)} ({len(chosen)} of {len(frame)}).",), ()
    notes: list[str] = []
    warnings: list[InputWarning] = []
    for name in [str(column) for column in frame.columns if column != frame.geometry.name]:
        words = set(words_of(name)) | {"".join(words_of(name))}
        intense, classed = bool(words & _INTENSITY), bool(words & _CLASS)
        texts = texts_of_column(frame, name)
        values = [str(value) for value in texts.unique()]
        graded = bool(words & _PERIOD) or all(_GRADE.fullmatch(value.strip()) for value in values)
        told = intense or classed or graded
        out = [value for value in values if _not_reached(value, intense, intense or classed)]
        if not told and not out:
            warnings += _unclear(name, values)
            continue
        left_out = texts.isin(out).to_numpy()
        if left_out.all():
            raise InputError(
                f"{path}: says of every polygon that the hazard does not reach it ({name} = {one_line(out[0], 40)}); check the "
                "file, or choose with where"
            )
        if left_out.any():
            frame = frame[~left_out].reset_index(drop=True)
            notes.append(f"Polygons that the hazard does not reach, by their {name}: {int(left_out.sum())} left out.")
        rest = [one_line(value, 40) for value in values if value and value not in out]
        if len(rest) > 1 and told:
            listed = ", ".join(rest[:_LISTED]) + (", …" if len(rest) > _LISTED else "")
            text = f"Its polygons differ in {name} ({listed}), and all count as exposed alike; choose some with where."
            warnings.append(InputWarning("hazard_classes", text, {"column": name, "values": listed}))
        elif len(rest) == 1 and _LOW.fullmatch(rest[0].strip()):
            said = f"Its polygons all say {rest[0]} ({name}), and all count as exposed"
            text = f"{said}; leave the file out where that is no danger."
            warnings.append(InputWarning("hazard_low", text, {"column": name, "value": rest[0]}))
    return frame, tuple(notes), tuple(warnings)


def _unclear(name: str, values: list[str]) -> list[InputWarning]:
    """The doubt about texts of few words and without numbers that deny something, where others of the column do not."""
    denied = [
        value
        for value in values
        if _DENIES.match(value) and 1 < len(value.split()) <= _MOST_WORDS and not re.search(r"\d", value)
    ]
    if not denied or len(denied) == len([value for value in values if value]):
        return []
    said = one_line(denied[0], 40)
    text = (
        f"Polygons whose {name} says '{said}' count as exposed; leave them out with where if it means that they are not "
        "reached."
    )
    return [InputWarning("hazard_denied", text, {"column": name, "value": said})]


def _not_reached(value: str, intense: bool, classed: bool) -> bool:
    """Whether a value says that the hazard does not reach a polygon. ``intense``, ``classed``: whether it is one of a column of
    intensities, or of these or of classes."""
    if _NOT_REACHED.fullmatch(value.strip()) or (classed and _NONE.fullmatch(value.strip())):
        return True
    number = number_of(value) if intense else None
    return number is not None and number[0] <= 0
