"""One list of sites and one map of coverage in the forms that offices have them. All hold the same."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pyproj
import shapely

#: Name, latitude, longitude, technology, operator, frequency [MHz], height [m].
SITES = [
    ("K1", 0.90012, 32.10034, "2G", "Blue", 900, 45.5),
    ("K1", 0.90012, 32.10034, "3G", "Blue", 2100, 45.5),
    ("K2", 0.80357, 32.35911, "2G", "Red", 900, 30),
    ("K3", 0.65248, 32.20486, "4G", "Red", 800, 22.5),
    ("K3", 0.65248, 32.20486, "4G", "Red", 1800, 22.5),
    ("K4", -0.25248, 32.41007, "2G", "Red", 900, 30),
]
ENGLISH = ["Site ID", "Latitude", "Longitude", "Technology", "Operator", "Frequency (MHz)", "Height (m)"]
FRENCH = ["Code du site", "Latitude", "Longitude", "Technologie", "Opérateur", "Fréquence (MHz)", "Hauteur antenne (m)"]
SPANISH = ["Código de sitio", "Latitud", "Longitud", "Tecnología", "Operador", "Frecuencia (MHz)", "Altura (m)"]
PORTUGUESE = ["Código", "Latitude", "Longitude", "Tecnologia", "Operadora", "Frequência (MHz)", "Altura (m)"]

ARABIC = ["رمز الموقع", "خط العرض", "خط الطول", "التقنية", "المشغّل", "التردد (MHz)", "ارتفاع الهوائي (m)"]

Made = tuple[Path, dict[str, object]]


def written(path: Path, rows: list[list[object]], separator: str = ",", encoding: str = "utf-8") -> Path:
    path.write_bytes(("\n".join(separator.join(map(str, row)) for row in rows) + "\n").encode(encoding))
    return path


def comma(number: object) -> str:
    return str(number).replace(".", ",")


def in_parts(degrees: float, letters: str) -> str:
    seconds = round(abs(degrees) * 3600, 3)
    return f"{int(seconds // 3600)}°{int(seconds // 60 % 60):02d}'{seconds % 60:06.3f}\"{letters[degrees < 0]}"


def plain(folder: Path) -> Made:
    return written(folder / "s.csv", [ENGLISH, *map(list, SITES)]), {}


def semicolons_and_decimal_commas(folder: Path) -> Made:
    rows = [[name, comma(lat), comma(lon), *rest, comma(height)] for name, lat, lon, *rest, height in SITES]
    return written(folder / "s.csv", [FRENCH, *rows], ";", "cp1252"), {}


def a_column_for_each_operator_and_technology(folder: Path) -> Made:
    heads = ["MTN GSM 900", "Mtn - UMTS2100", "Airtel_GSM900", "LTE 800 (Airtel)", "AIRTEL-LTE1800"]
    rows = [
        ["K1", 0.90012, 32.10034, "yes", "x", "no", "", "", 45.5],
        ["K2", 0.80357, 32.35911, "no", "", "yes", "", "no", 30],
        ["K3", 0.65248, 32.20486, "", "", "0", "Oui", "1", 22.5],
        ["K4", -0.25248, 32.41007, "", "", "Y", "-", "", 30],
    ]
    return written(folder / "s.csv", [["Site", "Lat", "Lon", *heads, "Height (m)"], *rows]), {}


def operators_above_their_technologies(folder: Path) -> Made:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Site", "Lat", "Lon", "MTN", "", "Airtel", "", "Height (m)"])
    sheet.append(["", "", "", "2G", "3G", "2G", "4G", ""])
    sheet.append(["K1", 0.90012, 32.10034, "900", "2100", "No", "No", 45.5])
    sheet.append(["K2", 0.80357, 32.35911, "No", "No", "B8", "No", 30])
    sheet.append(["K3", 0.65248, 32.20486, "No", "No", "No", "800/1800", 22.5])
    sheet.append(["K4", -0.25248, 32.41007, "No", "No", "900 MHz", "No", 30])
    book.save(folder / "s.xlsx")
    return folder / "s.xlsx", {}


def tabs_in_utf_16(folder: Path) -> Made:
    return written(folder / "s.txt", [SPANISH, *map(list, SITES)], "\t", "utf-16"), {}


def bars_with_a_byte_order_mark(folder: Path) -> Made:
    return written(folder / "s.csv", [PORTUGUESE, *map(list, SITES)], "|", "utf-8-sig"), {}


def cells_of_several_lines(folder: Path) -> Made:
    head = [ENGLISH[0], "Address", *ENGLISH[1:]]
    rows = [[row[0], f'"Plot {row[0]}\nKampala, ""Uganda"""', *row[1:]] for row in SITES]
    return written(folder / "s.csv", [head, *rows]), {}


def lines_in_quotes(folder: Path) -> Made:
    lines = ['"' + ",".join(map(str, row)) + '"' for row in (ENGLISH, *SITES)]
    return written(folder / "s.csv", [[line] for line in lines]), {}


def texts_as_formulas(folder: Path) -> Made:
    return written(folder / "s.csv", [ENGLISH, *([f'="{cell}"' for cell in row] for row in SITES)]), {}


def arabic_letters_of_windows(folder: Path) -> Made:
    return written(folder / "s.csv", [ARABIC, *map(list, SITES)], ";", "cp1256"), {}


def web_page_called_a_workbook(folder: Path) -> Made:
    """With the name of a site over its rows."""
    found, before = "", ""
    for row in SITES:
        again = sum(other[0] == row[0] for other in SITES)
        first = "" if row[0] == before else f"<td rowspan={again}>{row[0]}</td>" if again > 1 else f"<td>{row[0]}"
        found += f"<tr>{first}{''.join(f'<td>{cell}' for cell in row[1:])}</tr>"
        before = row[0]
    head = "".join(f"<th>{cell}</th>" for cell in ENGLISH)
    title = f"<tr><td colspan={len(ENGLISH)}>Sites &amp; cells<br>2025</td></tr>"
    page = f"<html><head><meta charset=utf-8><style>td {{}}</style></head><body><table>{title}<tr>{head}</tr>{found}</table>"
    (folder / "s.xls").write_text(page, encoding="utf-8")
    return folder / "s.xls", {}


def workbook_of_2003_in_xml(folder: Path) -> Made:
    head = (
        'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
    )
    rows = [
        "".join(
            f'<Cell ss:Index="{place}"><Data ss:Type="String">{cell}</Data></Cell>'
            for place, cell in enumerate(row, start=2)
        )
        for row in (ENGLISH, *SITES)
    ]
    table = "".join(f"<Row>{row}</Row>" for row in rows)
    (folder / "s.xls").write_text(
        f'<?xml version="1.0"?><Workbook {head}><Worksheet ss:Name="S"><Table>{table}</Table></Worksheet></Workbook>'
    )
    return folder / "s.xls", {}


def arabic_headings_and_digits(folder: Path) -> Made:
    digits = str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")
    rows = [
        [
            name,
            *(str(number).translate(digits) for number in (lat, lon)),
            technology,
            owner,
            mhz,
            str(height).translate(digits),
        ]
        for name, lat, lon, technology, owner, mhz, height in SITES
    ]
    return written(folder / "s.csv", [ARABIC, *rows], ";"), {}


def titles_units_and_totals(folder: Path) -> Made:
    rows = [
        [
            name,
            f"0{lat:.5f} N" if lat > 0 else f"{-lat:.5f} S",
            f"{lon}° E",
            technology,
            owner,
            f"{mhz} MHz",
            f"{height} m",
        ]
        for name, lat, lon, technology, owner, mhz, height in SITES
    ]
    above = [["Ministry of Works", *[""] * 6], ["As of 2025-01-31", *[""] * 6], [""] * 7]
    return written(folder / "s.csv", [*above, ENGLISH, *rows, ["Total", "", "", "", len(rows), "", ""]], ";"), {}


def degrees_minutes_and_seconds(folder: Path) -> Made:
    rows = [[name, in_parts(lat, "NS"), in_parts(lon, "EW"), *rest] for name, lat, lon, *rest in SITES]
    return written(folder / "s.csv", [ENGLISH, *rows], ";", "latin-1"), {}


def degrees_in_columns(folder: Path) -> Made:
    def parts(value: float) -> list[object]:
        seconds = round(abs(value) * 3600, 3)
        return [int(seconds // 3600), int(seconds // 60 % 60), f"{seconds % 60:.3f}"]

    head = ["Site", "Lat Deg", "Lat Min", "Lat Sec", "N/S", "Long Deg", "Long Min", "Long Sec", *ENGLISH[3:]]
    rows = [[name, *parts(lat), "NS"[lat < 0], *parts(lon), *rest] for name, lat, lon, *rest in SITES]
    return written(folder / "s.csv", [head, *rows]), {}


def both_in_one_column(folder: Path) -> Made:
    rows = [[name, f'"{lat}, {lon}"', *rest] for name, lat, lon, *rest in SITES]
    return written(folder / "s.csv", [["Name", "GPS Coordinates", *ENGLISH[3:]], *rows]), {}


def well_known_text(folder: Path) -> Made:
    rows = [[name, f"POINT ({lon} {lat})", *rest] for name, lat, lon, *rest in SITES]
    return written(folder / "s.csv", [["Name", "WKT", *ENGLISH[3:]], *rows], ";"), {}


def _metres() -> list[list[object]]:
    to_metres = pyproj.Transformer.from_crs(4326, 32636, always_xy=True)
    return [
        [name, *(f"{value:.3f}" for value in to_metres.transform(lon, lat)), *rest] for name, lat, lon, *rest in SITES
    ]


def metres_of_a_stated_system(folder: Path) -> Made:
    return written(folder / "s.csv", [["Site", "Easting", "Northing", *ENGLISH[3:]], *_metres()]), {"crs": "EPSG:32636"}


def metres_under_the_names_of_degrees(folder: Path) -> Made:
    return written(folder / "s.csv", [["Site", "Longitude", "Latitude", *ENGLISH[3:]], *_metres()]), {
        "crs": "EPSG:32636"
    }


def metres_with_zones(folder: Path) -> Made:
    rows = [[*row, "36N"] for row in _metres()]
    return written(folder / "s.csv", [["Site", "X", "Y", *ENGLISH[3:], "UTM Zone"], *rows]), {}


def bands_beside_technologies(folder: Path) -> Made:
    words = {"2G": "GSM", "3G": "UMTS", "4G": "LTE"}
    together: dict[tuple[object, ...], list[str]] = {}
    for name, lat, lon, technology, owner, mhz, height in SITES:
        together.setdefault((name, lat, lon, owner, height), []).append(f"{words[technology]}{mhz}")
    rows = [
        [name, lat, lon, '"' + ", ".join(named) + '"', owner, height]
        for (name, lat, lon, owner, height), named in together.items()
    ]
    return written(folder / "s.csv", [["Site", "Lat", "Long", "RAT", "MNO", "Antenna height"], *rows]), {}


def yes_and_no(folder: Path) -> Made:
    bands = [("GSM 900", 900), ("UMTS2100", 2100), ("LTE 800", 800), ("LTE1800", 1800)]
    together: dict[tuple[object, ...], set[int]] = {}
    for name, lat, lon, _, owner, mhz, height in SITES:
        together.setdefault((name, lat, lon, owner, height), set()).add(mhz)
    rows = [
        [name, lat, lon, *("oui" if mhz in has else "non" for _, mhz in bands), owner, height]
        for (name, lat, lon, owner, height), has in together.items()
    ]
    head = ["Site", "Lat", "Long", *(name for name, _ in bands), "Réseau", "Hauteur du pylône"]
    return written(folder / "s.csv", [head, *rows], ";"), {}


def feet_and_gigahertz(folder: Path) -> Made:
    rows = [[*row[:5], row[5] / 1000, row[6] / 0.3048] for row in SITES]
    return written(folder / "s.csv", [[*ENGLISH[:5], "Freq (GHz)", "Height (ft)"], *rows]), {}


def stated_columns(folder: Path) -> Made:
    names = ("site_id", "lat", "lon", "technology", "operator", "frequency_mhz", "height_m")
    return written(folder / "s.csv", [list("ABCDEFG"), *map(list, SITES)]), {
        "columns": dict(zip(names, "ABCDEFG", strict=True))
    }


def workbook(folder: Path) -> Made:
    """Two sheets, a title, a heading of two rows with merged cells, numbers as text, merged cells below, a total."""
    book = openpyxl.Workbook()
    book.active["B2"] = "Read me first"
    sheet = book.create_sheet("Données")
    sheet["A2"] = "List of sites"
    sheet.merge_cells("A2:G2")
    sheet.append([])
    sheet.append(["Site", "Coordinates", None, "Technology", "Operator", "Frequency", "Height"])
    sheet.append([None, "Lat", "Long"])
    sheet.merge_cells(f"B{sheet.max_row - 1}:C{sheet.max_row - 1}")
    for number, (name, lat, lon, *rest) in enumerate(SITES):
        again = number in (1, 4)  # the same place as the row above
        sheet.append([None, None, None, *rest] if again else [name, comma(lat) if number else lat, lon, *rest])
        if again:
            for column in "ABC":
                sheet.merge_cells(f"{column}{sheet.max_row - 1}:{column}{sheet.max_row}")
    sheet.append(["TOTAL", None, None, len(SITES)])
    book.save(folder / "s.xlsx")
    return folder / "s.xlsx", {}


def open_document(folder: Path) -> Made:
    frame = pd.DataFrame([ENGLISH, *map(list, SITES)]).astype(str)
    frame.columns = ["Sites 2025", *(f"Column{number}" for number in range(2, 8))]
    pyogrio.write_dataframe(frame, folder / "s.ods", driver="ODS")
    return folder / "s.ods", {}


def as_points() -> gpd.GeoDataFrame:
    names = ["SITE_ID", "TECH", "OPERATOR", "FREQ_MHZ", "HEIGHT"]
    rows = [[row[0], *row[3:]] for row in SITES]
    return gpd.GeoDataFrame(rows, columns=names, geometry=[shapely.Point(row[2], row[1]) for row in SITES], crs=4326)


def layer(name: str, driver: str | None = None, crs: int = 4326) -> Callable[[Path], Made]:
    def made(folder: Path) -> Made:
        as_points().to_crs(crs).to_file(folder / name, driver=driver)
        return folder / name, {}

    made.__name__ = f"{Path(name).suffix[1:]} in {crs}"
    return made


def zipped(name: str, driver: str | None = None) -> Callable[[Path], Made]:
    """In a folder of the archive, beside a picture."""

    def made(folder: Path) -> Made:
        (folder / "a").mkdir()
        as_points().to_file(folder / "a" / name, driver=driver)
        with zipfile.ZipFile(folder / "s.zip", "w") as archive:
            for file in sorted(path for path in (folder / "a").rglob("*") if path.is_file()):
                archive.write(file, f"export/{file.relative_to(folder / 'a')}")
            archive.writestr("export/map.png", b"x")
            archive.writestr("__MACOSX/export/._s.shp", b"x")
        return folder / "s.zip", {}

    made.__name__ = f"zipped {Path(name).suffix[1:]}"
    return made


LISTS = (
    *(plain, semicolons_and_decimal_commas, tabs_in_utf_16, bars_with_a_byte_order_mark, titles_units_and_totals),
    *(degrees_minutes_and_seconds, degrees_in_columns, both_in_one_column, well_known_text, metres_of_a_stated_system),
    *(metres_under_the_names_of_degrees, metres_with_zones, bands_beside_technologies, yes_and_no, feet_and_gigahertz),
    *(
        stated_columns,
        workbook,
        open_document,
        layer("s.gpkg"),
        layer("s.geojson"),
        layer("s.shp", crs=32636),
        layer("s.fgb"),
    ),
    *(
        layer("s.kml", "LIBKML"),
        layer("s.kmz", "LIBKML"),
        layer("s.mif", "MapInfo File"),
        layer("s.gdb", "OpenFileGDB"),
    ),
    arabic_headings_and_digits,
    *(cells_of_several_lines, lines_in_quotes, texts_as_formulas, arabic_letters_of_windows),
    *(web_page_called_a_workbook, workbook_of_2003_in_xml),
    *(layer("s.gml", "GML"), zipped("s.shp"), zipped("s.gdb", "OpenFileGDB"), zipped("s.geojson")),
)
