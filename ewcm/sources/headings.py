"""Headings of the tables that offices have: which column is what, in English, French, Spanish and Portuguese, and in the words of
ITU, OpenCelliD and operators' exports."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from ewcm.errors import InputError
from ewcm.sources.datums import zone_of_heading
from ewcm.sources.plain_words import LONGEST
from ewcm.sources.technologies import technologies_of
from ewcm.sources.years import years_in

#: Headings of columns that hold both, the longitude first.
LON_FIRST = (
    "longlat",
    "lonlat",
    "lnglat",
    "longitudelatitude",
    "longitudeetlatitude",
    "longitudlatitud",
    "longitudeandlatitude",
)

#: Words of headings by what the column holds, the likeliest first, without blanks and accents. A word of an earlier column in
#: this table is not looked for in a later one.
ALIASES: dict[str, tuple[str, ...]] = {
    "lat": (
        *("lat", "latitude", "latitud", "latit", "gpslat", "gpslatitude"),
        *("sitelat", "sitelatitude", "latwgs84", "decimallatitude"),
        *("خطالعرض", "دائرةالعرض"),
        *("latdecimal", "latdec", "latitudedecimale", "latituddecimal", "latitudedecimal", "ylat", "laty", "tlat"),
    ),
    "lon": (
        *("lon", "long", "longitude", "longitud", "lng", "longit", "gpslon", "gpslong", "gpslongitude", "sitelon", "sitelong"),
        *("sitelongitude", "lonwgs84", "longwgs84", "decimallongitude", "londecimal", "longdecimal", "londec", "longdec"),
        "خطالطول",
        *("longitudedecimale", "longituddecimal", "longitudedecimal", "xlon", "xlong", "lonx", "longx", "tlong"),
    ),
    "y": (
        *("y", "northing", "northings", "utmnorthing", "utmnorth", "utmy", "utmn"),
        *("ycoord", "coordy", "ycoordinate", "coordonneey"),
        *("coordonneesy", "coordenaday", "coordenadasy", "norte", "nord", "yutm", "ywgs84", "pointy", "nordutm", "norteutm"),
        *("utmnorte", "utmnord"),
    ),
    "x": (
        *("x", "easting", "eastings", "utmeasting", "utmeast", "utmx", "utme", "xcoord", "coordx", "xcoordinate", "coordonneex"),
        *("coordonneesx", "coordenadax", "coordenadasx", "este", "est", "xutm", "xwgs84", "pointx", "estutm", "esteutm", "leste"),
        *("utmeste", "utmest", "utmleste"),
    ),
    "pair": (
        *("coordinates", "coordinate", "coordonnees", "coordenadas", "coords", "latlon", "latlong", "latlng", "gps", "wkt"),
        *("gpscoordinates", "coordonneesgps", "coordenadasgps", "latitudelongitude", "latitudeetlongitude", "thegeom", "geom"),
        *("coordonneesgeographiques", "coordenadasgeograficas", "geographicalcoordinates", "geographiccoordinates", "point"),
        *("geopoint", "gpslocation", "gpsposition", "location", "position", "latandlong", "latitudeandlongitude"),
        *LON_FIRST,
        *("utm", "utmcoordinates", "utmcoordinate", "coordonneesutm", "coordenadasutm", "utmposition", "utmlocation"),
        *("googlemaps", "googlemap", "googlemapslink", "googlelink", "mapslink", "maplink", "lienmaps", "liengooglemaps", "mapa"),
        *("googlemapsurl", "googlemapsuri", "mapsurl", "mapurl", "gpslink", "osm", "openstreetmap", "geometry", "geojson"),
    ),
    "zone": ("utmzone", "zoneutm", "zonautm", "fuseau", "fuseauutm", "huso", "husoutm", "fuso", "fusoutm", "zone", "zona"),
    "lat_sign": ("ns", "nors", "latns", "lathem", "lathemisphere", "latdir", "latitudedirection", "latitudehemisphere"),
    "lon_sign": (
        *("ew", "eorw", "eo", "lonew", "longew", "lonhem", "longhem", "lonhemisphere", "longhemisphere", "londir"),
        *("longdir", "longitudedirection", "longitudehemisphere", "ow"),
    ),
    "technology": (
        *("technology", "technologies", "tech", "techs", "techno", "technos", "technologie", "tecnologia", "tecnologias", "rat"),
        *("radio", "radiotype", "radiotechnology", "networktype", "nettype", "networktechnology", "radioaccesstechnology"),
        *("generation", "generacion", "geracao", "mobiletechnology", "typetechnologie", "typedetechnologie", "technologietype"),
        *("tipotecnologia", "tipodetecnologia", "tecnologiamovil", "technologyband", "technologytype", "servicetechnology"),
        *("gen", "nwgen", "netgen"),
        *("التقنية", "تقنية", "التكنولوجيا", "نوعالتقنية", "الجيل", "جيلالشبكة", "جيل"),
        *("technologiemobile", "tecnologiamovel", "technologieradio", "technologiedacces"),
        *("tecnologiadeacceso", "accesstechnology"),
    ),
    "operator": (
        *("operator", "operators", "operateur", "operador", "operadora", "operadores", "operateurs", "mno", "networkoperator"),
        "networkname",
        *("operatorname", "nomoperateur", "nomdeloperateur", "nombreoperador", "nomeoperadora", "mobileoperator", "telco"),
        *("network", "reseau", "rede", "carrier", "carriername", "provider", "serviceprovider", "providername", "licensee"),
        *("licencie", "licenciatario", "licenciado", "exploitant", "titulaire", "titular"),
        *("empresa", "entidade", "nomeentidade", "nomedaentidade", "concessionaria"),
        *("company", "companyname", "societe", "prestadora", "prestador", "proveedor"),
        *("fournisseur", "isp", "compagnie", "mnoname"),
        *("plmn", "plmnid", "mccmnc", "plmncode", "networkcode", "codereseau", "codigodered", "codigoderede"),
        *("المشغل", "مشغل", "اسمالمشغل", "مشغلالشبكة", "الشركة", "مشغلالخدمة", "مقدمالخدمة"),
    ),
    "mcc": ("mcc", "mobilecountrycode"),
    "mnc": ("mnc", "net", "mobilenetworkcode"),
    "frequency_mhz": (
        *("frequency", "freq", "frequence", "frecuencia", "frequencia", "frequencies", "frequences", "frecuencias"),
        *("التردد", "الترددات", "نطاقالتردد"),
        *("frequencias", "frequencyband", "frequencybands", "freqband", "band", "bande", "banda", "bands", "bandes", "bandas"),
        *("bandedefrequence", "bandedefrequences", "bandefrequence", "bandadefrecuencia", "bandafrecuencia", "bandadefrequencia"),
        *("carrierfrequency", "downlinkfrequency", "dlfrequency", "dlfreq", "txfrequency", "txfreq", "assignedfrequency"),
        *("tfreqassgn", "freqassgn", "spectrumband", "spectrum", "bandadefrecuencias", "radioband", "operatingband"),
    ),
    "eirp_dbm": ("eirp", "pire", "maxeirp", "eirpmax", "piremax", "piremaximale", "piremaxima", "eirppower", "totaleirp"),
    "erp": ("erp", "par", "maxerp", "erpmax", "puissanceapparenterayonnee"),
    "height_m": (
        *("height", "antennaheight", "antheight", "heightagl", "antennaheightagl"),
        *("hauteur", "hauteurantenne", "hauteurdelantenne"),
        *("hauteurantennes", "hauteurdesantennes", "altura", "alturaantena"),
        *("alturadeantena", "alturadelaantena", "alturadaantena"),
        *("alturaantenas", "alturadasantenas", "alturadelasantenas", "hgtagl", "thgtagl", "agl", "hba", "ht", "towerheight"),
        *("الارتفاع", "ارتفاعالبرج", "ارتفاعالهوايي"),
        *("mastheight", "structureheight", "hauteurpylone", "hauteurdupylone"),
        *("hauteursupport", "hauteurdusupport", "hauteurmat"),
        *("hauteurdumat", "alturatorre", "alturadelatorre", "alturadatorre"),
        *("alturaestructura", "alturaestrutura", "pylonheight"),
        *("heightaboveground", "heightabovegroundlevel", "antennaheightaboveground", "hauteursol", "hauteurausol"),
    ),
    "azimuth_deg": (
        *("azimuth", "azimut", "azimute", "acimut", "azimuths", "azimuts", "azimutes", "acimuts", "azm", "azi", "tazmmaxe"),
        *("sectorazimuth", "antennaazimuth", "azimutantenne", "azimutdelantenne", "azimutantena", "azimuteantena"),
        *("direction", "orientation", "bearing", "antennadirection", "orientacion", "orientacao", "directionantenne"),
    ),
    "beamwidth_deg": (
        *("beamwidth", "hbeamwidth", "horizontalbeamwidth", "hbw", "hpbw", "antennabeamwidth", "ouverture", "tbmwdth", "bmwdth"),
        *("ouverturehorizontale", "anchodehaz", "anchohaz", "anchuradehaz", "larguradefeixe", "abertura", "aberturahorizontal"),
        *("halfpowerbeamwidth", "beamwidthhorizontal", "horizontalhpbw", "hbwidth"),
    ),
    "status": (
        *("status", "statut", "etat", "estado", "situacao", "situation", "situacion"),
        *("sitestatus", "operationalstatus", "onair", "operational"),
        *("الحالة", "حالةالموقع"),
        *("statutsite", "statutdusite", "etatdusite", "estadodelsitio", "estadositio", "cellstatus", "servicestatus", "estatus"),
        *("enservice", "inservice", "emservico", "enservicio", "active", "actif", "activo", "ativo"),
    ),
    "site_id": (
        *("siteid", "idsite", "sitecode", "codesite", "codedusite", "sitenumber", "siteno", "siteref", "idsitio", "codigositio"),
        *("codigodesitio", "codigodelsitio", "codigosite", "iddusite", "idestacion"),
        *("idestacao", "numestacao", "numeroestacao", "numerodaestacao", "codigoestacion", "codigoestacao"),
        *("stationid", "btsid", "basestationid", "towerid", "mastid", "enodebid", "enbid"),
        *("gnodebid", "gnbid", "nodebid", "nodeid"),
        *("idtorre", "codigotorre", "locationid", "structureid", "site", "sitename", "nomsite", "nomdusite", "tsitename"),
        *("sitio", "nombresitio", "nombredelsitio", "nombredesitio", "nomedosite", "nomesite"),
        *("station", "stationname", "estacion"),
        *("estacao", "nombreestacion", "nomeestacao", "nomestacao", "nomstation", "nomdelastation"),
        *("bts", "btsname", "basestation"),
        *("tower", "towername", "mast", "torre", "pylone", "codigo", "code", "cellid"),
        *("cellname", "idcelda", "id", "name", "nom"),
        *("nombre", "nome", "reference", "ref"),
        *("رمزالموقع", "رقمالموقع", "اسمالموقع", "الموقع", "رقمالمحطة", "اسمالمحطة", "المحطة"),
        *("identifiantdusite", "identifiantsite", "iddosite", "iddelsitio", "identificadordelsitio", "identificadordosite"),
    ),
}  # fmt: skip

#: The same three-part columns for both axes.
for _axis, _words in (("lat", ("lat", "latitude", "latitud")), ("lon", ("lon", "long", "longitude", "longitud"))):
    for _part, _ends in (
        ("deg", ("deg", "degree", "degrees", "d", "degre", "degres", "grados", "graus", "grado", "grau")),
        ("min", ("min", "minute", "minutes", "m", "minutos", "mn")),
        ("sec", ("sec", "second", "seconds", "s", "secondes", "seconde", "segundos", "seg")),
    ):
        ALIASES[f"{_axis}_{_part}"] = tuple(word + end for word in _words for end in _ends)

#: Columns whose headings mean many things: they count only where their values are what is looked for.
BY_VALUES: dict[str, tuple[str, ...]] = {
    "technology": (
        *("type", "service", "services", "system", "systeme", "sistema", "standard", "norme"),
        *("network", "networks", "reseau", "rede"),
        *("equipment", "stationtype", "sitetype", "typedesite", "typesite", "tipo", "servicio", "servicos", "layer", "cellname"),
        *("description", "systemes", "sistemas", "band", "bande", "banda", "frequencyband", "bands"),
    )
}  # fmt: skip

#: Units at the end of a heading, in brackets or not, by the condensed word.
UNIT_WORDS = {
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters", "metros", "metro", "mts", "mtrs", "mt"), "m"),
    **dict.fromkeys(("ft", "feet", "foot", "pieds", "pies", "pes"), "ft"),
    **dict.fromkeys(("km", "kms", "kilometres", "kilometers", "kilometros"), "km"),
    "mhz": "mhz", "ghz": "ghz", "khz": "khz", "hz": "hz", "dbm": "dbm", "dbw": "dbw", "w": "w", "kw": "kw", "watt": "w",
    "watts": "w", "mw": "mw", "dbi": "dbi",
    **dict.fromkeys(("deg", "degree", "degrees", "degre", "degres", "grados", "graus", "°", "º"), "deg"),
}  # fmt: skip

#: Words at the end of a heading that say nothing more, and those that say the half of the globe.
_FILLERS = {
    *("agl", "wgs84", "wgs", "84", "dd", "dms", "decimal", "decimales", "decimals", "en", "in", "em", "the", "of", "utm", "sol"),
    *("gps", "degdec", "decdeg", "epsg", "4326", "d", "ddd", "dddd", "dmm", "degreesdecimal", "decimaldegrees", "degresdecimaux"),
    *("s", "site", "antenna", "value", "max", "degminsec", "degrees", "geographic", "ddmmss", "dddmmss"),
}  # fmt: skip
_HALVES = {
    **dict.fromkeys(("n", "north", "nord", "norte"), ("lat", 1.0)),
    **dict.fromkeys(("s", "south", "sud", "sur", "sul"), ("lat", -1.0)),
    **dict.fromkeys(("e", "east", "est", "este", "leste"), ("lon", 1.0)),
    **dict.fromkeys(("w", "o", "west", "ouest", "oeste"), ("lon", -1.0)),
    "شمال": ("lat", 1.0),
    "شمالا": ("lat", 1.0),
    "جنوب": ("lat", -1.0),
    "جنوبا": ("lat", -1.0),
    "شرق": ("lon", 1.0),
    "شرقا": ("lon", 1.0),
    "غرب": ("lon", -1.0),
    "غربا": ("lon", -1.0),
}

#: Words beside a technology in the heading of a column that says yes or no.
_YES_NO_WORDS = {
    *("has", "is", "available", "availability", "disponible", "disponibilite", "active", "actif", "on", "air", "onair", "status"),
    *("service", "site", "sites", "network", "reseau", "red", "rede", "cell"),
    *("servicio", "servico", "statut", "estado", "etat", "situacao"),
    *("cells", "cellule", "cellules", "celdas", "presence"),
    *("technology", "technologie", "tecnologia", "tech", "yes", "no", "y", "n", "o", "oui"),
    *("non", "si", "nao", "sim", "s", "mhz"),
    *("band", "bande", "banda", "equipped", "equipe", "installed", "deployed", "number", "nb"),
    *("nombre", "numero", "of", "de", "d"),
    *("bts", "sector", "sectors", "secteurs", "secteur", "sectores", "sites", "en", "in", "tem", "tiene", "coverage", "the"),
}  # fmt: skip

#: Words beside a technology that say what is meant of it, and name nobody.
_NO_NAMES = {
    *("planned", "plan", "prevu", "prevue", "planifie", "planeado", "planificado", "planejado", "previsto", "future", "futur"),
    *("futuro", "target", "cible", "objetivo", "meta", "upgrade", "ready", "capable", "compatible", "possible", "roaming"),
    *("indoor", "outdoor", "interieur", "exterieur", "interior", "exterior", "rural", "urban", "urbain", "urbano"),
    *("any", "all", "none", "total", "no", "not", "sans", "without", "sin", "sem", "new", "old", "former", "closed", "off"),
    *("date", "year", "annee", "ano", "launch", "since", "depuis", "distance", "speed", "traffic", "users", "population"),
    *("people", "share", "percent", "signal", "rsrp", "rscp", "rssi", "level", "quality", "capacity", "power", "vendor"),
    *("antenna", "antennas", "antenne", "antennes", "antena", "antenas", "radio", "equipment", "licence", "license"),
    *("nearest", "neighbour", "backhaul", "shutdown", "decommissioned", "dismantled", "suspended", "expected", "proposed"),
}  # fmt: skip


#: Words of headings above technologies.
_OF_TECHNOLOGY = {
    *("technology", "technologies", "technologie", "tecnologia", "tecnologias", "tech", "techs", "techno", "technos", "network"),
    *("networks", "reseau", "reseaux", "redes", "rede", "service", "services", "servicio", "servicios", "servico"),
    *("servicos", "existing", "existant", "existante", "existente", "current", "actual", "actuel", "actuelle", "atual", "phase"),
    *("status", "band", "bands", "bande", "bandes", "banda", "bandas", "generation", "system", "systems", "sector", "cell"),
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A heading that was understood. ``unit``: as it stands in the heading, "" where it states none. ``sign``: −1 where the
    heading says that its numbers run south or west."""

    heading: str
    unit: str = ""
    sign: float = 1.0


@dataclass
class Found:
    """The columns of one heading row. ``flags``: columns headed by a technology, which say yes or no; ``owned``: those headed by
    a technology and a further name, which may be an operator's."""

    columns: dict[str, Column] = field(default_factory=dict)
    flags: dict[str, tuple[str, ...]] = field(default_factory=dict)  # heading → technologies
    owned: dict[str, tuple[str, str]] = field(default_factory=dict)  # heading → operator, heading without it

    @property
    def has_place(self) -> bool:
        """Whether positions can be read from these columns."""
        return (
            {"lat", "lon"} <= self.columns.keys()
            or {"x", "y"} <= self.columns.keys()
            or {"lat_deg", "lat_min", "lon_deg", "lon_min"} <= self.columns.keys()
            or "pair" in self.columns
        )

    @property
    def score(self) -> int:
        """How many columns were understood; a place counts more than anything else."""
        return len(self.columns) + len(self.flags) + len(self.owned) + 100 * self.has_place


def words_of(heading: str) -> list[str]:
    """Words of a heading in small letters without accents: ``"AntennaHeight (m)"`` → antenna, height, m."""
    plain = unicodedata.normalize("NFKD", heading[:200].replace("º", "°"))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    plain = re.sub(r"(?i)([kmg])hz|db([mwi])", lambda unit: unit.group().lower(), plain)
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain).casefold()
    return re.findall(r"[^\W_]+|°", plain.replace("'", " ").replace("’", " "))


def _readings(heading: str) -> list[tuple[str, str, float]]:
    """A heading without blanks, as it is and without the units and fillers at its end, with the unit and sign they say."""
    words = words_of(heading)
    readings = [("".join(words), "", 1.0)]
    unit, sign = "", 1.0
    while len(words) > 1:
        last = words.pop()
        if last in _HALVES and _HALVES[last][0] == _axis_in(words):
            sign = _HALVES[last][1]
        elif last in UNIT_WORDS:
            unit = unit or UNIT_WORDS[last]
        elif last not in _FILLERS and (last, _axis_in(words)) not in (("x", "lon"), ("y", "lat")):
            break
        readings.append(("".join(words), unit, sign))
    return readings


def _axis_in(words: Sequence[str]) -> str:
    """The axis that the words of a heading name; "" where they name none."""
    if words[0].startswith("lat") or "العرض" in words:
        return "lat"
    return "lon" if words[0].startswith("lo") or "الطول" in words else ""


#: Words before the name of an axis that say nothing more.
_OF_PLACE = {
    *("coordonnees", "coordonnee", "geographiques", "geographique", "coordenadas", "coordenada", "geograficas", "geografica"),
    *("coordinates", "coordinate", "coord", "coords", "coor", "geographical", "geographic", "position", "x", "y", "gps"),
}  # fmt: skip

#: A heading as forms of a survey export it: the groups of its question, and the question.
_IN_A_GROUP = re.compile(r"\w+(?:/\w+)+")

#: The parts of a position below its question, as the exports of KoBo and ODK have them (``_Where is it_latitude``,
#: ``site:gps:Latitude``), and how far down the list of aliases they are.
_OF_A_QUESTION, _RANK_OF_QUESTION = re.compile(r"(?:_.+_|(?:\w+[:-])+)(latitude|longitude)", re.IGNORECASE), 2000


@lru_cache(maxsize=10_000)
def field_of(heading: str) -> tuple[str, int, Column] | None:
    """What a heading stands for, how far down the list of aliases it is, and the column; None where it says nothing known."""
    readings = _readings(heading)
    for rank, (word, unit, sign) in enumerate(readings):
        for name, aliases in ALIASES.items():
            if word in aliases:
                return name, 100 * rank + aliases.index(word), Column(heading, unit, sign)
    words = words_of(heading)
    while len(words) > 1 and words[0] in _OF_PLACE:
        del words[0]
        for name in ("lat", "lon", "pair"):
            if "".join(words) in ALIASES[name]:
                return name, 1000, Column(heading)
        if len(words) == 1 and words[0] in _HALVES and len(words[0]) == 1 and _HALVES[words[0]][1] > 0:
            return _HALVES[words[0]][0], 1001, Column(heading)  # "GPS N", "GPS E"
    if _IN_A_GROUP.fullmatch(heading) and (alone := field_of(heading.rpartition("/")[2])) is not None:
        return alone[0], alone[1], replace(alone[2], heading=heading)
    if question := _OF_A_QUESTION.fullmatch(heading):
        return question[1].lower()[:3], _RANK_OF_QUESTION, Column(heading)
    for plainer in (_without_step(heading), (zone_of_heading(heading) or ("",))[0]):
        if plainer and (alone := field_of(plainer)) is not None and alone[0] in ("lat", "lon", "x", "y"):
            return alone[0], alone[1] + 1, replace(alone[2], heading=heading)
    return _in_two_languages(heading)


#: The step of whole numbers in a heading: ``Latitude(0.000001 degree)``.
_STEP = re.compile(
    r"[\s(\[]*[x×*]?\s*(0[.,]0+1|1e-0?[1-9]|10\^-[1-9])\s*(?:°|deg\w*|grados?|graus?)?[\s)\]]*$", re.IGNORECASE
)


def _without_step(heading: str) -> str:
    return _STEP.sub("", heading) if len(heading) <= LONGEST and _STEP.search(heading) else ""


def step_of(heading: str) -> float:
    """The step that a heading states of its whole numbers (1e-6 of ``Latitude(0.000001 degree)``); 1 where it states none."""
    found = _STEP.search(heading) if len(heading) <= LONGEST else None
    return 1.0 if found is None else float(found[1].replace(",", ".").replace("10^", "1e"))


#: Between the two languages of a heading.
_LANGUAGES = re.compile(r"\s*[/|()\n\[\]]\s*|\s+[-–—]\s+")


def _in_two_languages(heading: str) -> tuple[str, int, Column] | None:
    """What a heading stands for that says it twice (``Latitude / خط العرض``): in two languages, or in letters of two kinds."""
    parts = [part for part in _LANGUAGES.split(heading) if part.strip()]
    if len(parts) != 2:
        return None
    first, second = map(field_of, parts)
    told = first or second
    if told is None or (first is not None and second is not None and first[0] != second[0]):
        return None
    if first is None or second is None:
        other = parts[0] if first is None else parts[1]
        if re.search(r"[a-z]", "".join(words_of(other))):
            return None  # it may say more
        if not re.search(r"[^\W\d_]", other):
            return None
    return told[0], told[1] + 2, replace(told[2], heading=heading)


@lru_cache(maxsize=10_000)
def flags_of(heading: str) -> tuple[str, ...]:
    """The technologies that head a column of yes and no (``"LTE 800"``, ``"Has 4G?"``); empty for any other heading."""
    if _IN_A_GROUP.fullmatch(heading) and not technologies_of(heading.partition("/")[0]).found:
        return flags_of(heading.rpartition("/")[2])
    words = words_of(heading)
    if not words or len(words) > 6:
        return ()
    named = [word for word in words if word not in _YES_NO_WORDS]
    reading = technologies_of(" ".join(named)) if named else None
    if reading is None or reading.unknown or reading.others or not reading.found:
        return ()
    return reading.technologies


def years_of_technologies(headings: Iterable[str]) -> tuple[str, ...]:
    """The headings that name a technology and a year, and nothing else (``2G 2022``, ``4G_2024``)."""
    return tuple(
        heading
        for heading in headings
        if len(years := years_in(heading)) == 1
        and flags_of(re.sub(rf"{years[0]}", " ", heading))
        and not flags_of(heading)
    )


#: Between the words of a heading; hyphens stand within names too.
_BETWEEN = re.compile(r"[\s_()\[\]:/|,;–—]+|(?<=\s)-(?=\s)")


@lru_cache(maxsize=10_000)
def owner_of(heading: str) -> tuple[str, str] | None:
    """The operator and the rest of a heading that names one beside a technology (``"MTN 2G"``, ``"LTE 800 - Airtel"``); None for
    any other heading, and where the further words say something else of the technology than whose it is."""
    words: list[str] = []
    for word in _BETWEEN.split(heading[:200]):
        parts = [part for part in word.split("-") if part]
        words += parts if any(map(flags_of, parts)) else [word] if word else []
    if not 2 <= len(words) <= 8:
        return None
    names: list[str] = []
    others: list[str] = []
    for word in words:
        reading = technologies_of(word)
        is_technical = not reading.unknown and not reading.others and bool(reading.found or reading.bare)
        (others if is_technical or word.casefold() in _YES_NO_WORDS else names).append(word)
    plain = " ".join(others)
    if not names or not flags_of(plain) or any(_holds_more(name) or technologies_of(name).others for name in names):
        return None
    return " ".join(names), plain


def says_more(heading: str) -> bool:
    """Whether a heading speaks of plans, or of something else beside a technology that is not there."""
    return bool(set(words_of(heading)) & _NO_NAMES)


def is_name_of_owner(heading: str) -> bool:
    """Whether a heading may be the name of an operator, and says nothing of what its column holds."""
    return not any(
        _holds_more(word) or bool(set(words_of(word)) & _OF_TECHNOLOGY) for word in _BETWEEN.split(heading) if word
    )


def _holds_more(word: str) -> bool:
    """Whether a word beside a technology is none of a name: what is planned, a kind of coverage, a quantity."""
    plain = "".join(words_of(word))
    known = any(plain in aliases for aliases in ALIASES.values())
    return known or plain in UNIT_WORDS or plain in _NO_NAMES or not re.search(r"[^\W\d_]", word)


_PARTS_OF_DEGREES = (
    {"deg", "degs", "degree", "degrees", "d", "degre", "degres", "grados", "graus", "grado", "grau", "°", "dd"},
    {"min", "mins", "minute", "minutes", "m", "mn", "minutos", "minuto"},
    {"sec", "secs", "second", "seconds", "s", "seconde", "secondes", "segundos", "segundo", "seg"},
)  # fmt: skip


def with_parts_named(headings: Sequence[str]) -> list[str]:
    """Headings in which minutes and seconds that follow the degrees of an axis are called by it (``Lat Deg, Min, Sec``). Of bare
    ones (``Deg, Min, Sec, N/S``) the letters that follow tell the axis."""
    words = ["".join(words_of(heading)) for heading in headings]
    named = list(headings)
    for at in range(len(headings) - 1):
        parts = 1
        if words[at + 1].startswith(("hemi", "cardinal")) and (axis := _axis_of(headings[at])):
            named[at + 1] = f"{axis.capitalize()} Hemisphere"
        while parts < 3 and at + parts < len(words) and words[at + parts] in _PARTS_OF_DEGREES[parts]:
            parts += 1
        if parts == 1:
            continue
        axis = _axis_of(headings[at])
        if not axis and words[at] in _PARTS_OF_DEGREES[0] and at + parts < len(words):
            after = field_of(headings[at + parts])
            axis = after[0][:3] if after is not None and after[0] in ("lat_sign", "lon_sign") else ""
        if axis:
            ends = ("Deg", "Min", "Sec")[:parts]
            named[at : at + parts] = [f"{axis.capitalize()} {end}" for end in ends]
    return named


def _axis_of(heading: str) -> str:
    """The axis whose degrees a heading names; "" for any other."""
    known = field_of(heading)
    return known[0][:3] if known is not None and known[0] in ("lat", "lon", "lat_deg", "lon_deg") else ""


def columns_of(headings: Sequence[str]) -> Found:
    """What the columns of a heading row hold; of several columns for one thing the likeliest."""
    found, ranks = Found(), dict[str, int]()
    several = set()
    for heading in headings:
        named = field_of(heading)
        if named is not None:
            name, rank, column = named
            if rank == ranks.get(name) == _RANK_OF_QUESTION:
                several.add(name)  # of several questions none is likelier
            if name not in ranks or rank < ranks[name]:
                ranks[name], found.columns[name] = rank, column
        elif flags := flags_of(heading):
            found.flags[heading] = flags
        elif owned := owner_of(heading):
            found.owned[heading] = owned
    for name in several:
        if ranks[name] == _RANK_OF_QUESTION:
            del found.columns[name]
    if not {"lat_deg", "lat_min", "lon_deg", "lon_min"} <= found.columns.keys():
        # "Lat (deg)" alone is a latitude in degrees.
        for axis in ("lat", "lon"):
            if f"{axis}_deg" in found.columns:
                alone = found.columns.pop(f"{axis}_deg")
                found.columns.setdefault(axis, alone)
    return found


def with_stated(
    path: Path, found: Found, headings: Sequence[str], stated: Mapping[str, str], known: Sequence[str]
) -> Found:
    """The columns with those that the user states in place of what was found. Raises :class:`InputError` for a column that is
    not there, and for a name that no column has."""
    columns = dict(found.columns)
    by_word = {"".join(words_of(heading)): heading for heading in reversed(headings)}
    for name, heading in stated.items():
        if name not in known:
            raise InputError(f"{path}: columns.{name} is not read; name one of {', '.join(known)}")
        there = heading if heading in headings else by_word.get("".join(words_of(heading)))
        if there is None:
            shown = ", ".join(headings[:30])
            raise InputError(f"{path}: has no column '{heading}' (columns.{name}); it has {shown}"[:600])
        named = field_of(there)
        columns = {other: column for other, column in columns.items() if column.heading != there or other == name}
        columns[name] = named[2] if named and named[0] == name else Column(there, _readings(there)[-1][1])
    used = {column.heading for column in columns.values()}
    flags = {heading: flags for heading, flags in found.flags.items() if heading not in used}
    return Found(columns, flags, {heading: one for heading, one in found.owned.items() if heading not in used})
