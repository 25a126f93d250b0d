"""Masts from OpenStreetMap, by way of a public Overpass server."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ewcm.errors import FetchError, one_line
from ewcm.fetch.checks import Damaged, parse_json
from ewcm.fetch.job import Job
from ewcm.fetch.ledger import Product

#: Tags that name the technology of a mast.
_TECHNOLOGY_TAGS = {
    "2G": ("communication:gsm", "communication:gsm-r", "communication:2g"),
    "3G": ("communication:umts", "communication:3g"),
    "4G": ("communication:lte", "communication:4g"),
    "5G": ("communication:nr", "communication:5g"),
}

_QUERY = """[out:json][timeout:180];
area["ISO3166-1:alpha3"="{iso3}"]["admin_level"="2"]->.country;
nwr["man_made"~"^(mast|tower|communications_tower)$"]["communication:mobile_phone"="yes"](area.country);
out center tags;"""


def osm_masts(job: Job) -> Product:
    """``sites/osm_masts.csv``. A mast that only says it serves mobile phones is taken as 2G, the least it can be."""
    if kept := job.kept():
        return kept
    url = job.address(QUERY=quote(_QUERY.format(iso3=job.country.iso3)))
    answer = parse_json(job.read(url, "masts", job.source.max_bytes))
    rows = rows_of(answer)
    if not rows:
        raise FetchError(f"OpenStreetMap has no mast of {job.country.name} that says it serves mobile phones")
    file = job.make("sites/osm_masts.csv", url.split("?", 1)[0], lambda part: _write(part, rows))
    source = f"{job.source.title}; a mast that names no technology is taken as 2G; {job.source.home}"
    return job.product([{"path": file.path, **job.provenance(date=file.date, source=source)}], [file])


def rows_of(answer: Any) -> list[tuple[object, ...]]:
    """Rows of a site list (site_id, lat, lon, technology, operator, height_m), one a mast and technology."""
    elements = answer.get("elements") if isinstance(answer, dict) else None
    if not isinstance(elements, list):
        raise Damaged("the answer is no Overpass JSON; run the command again later")
    if "error" in str(answer.get("remark", "")).lower():
        raise Damaged(f"the Overpass server gave up ({one_line(answer['remark'], 80)}); run the command again later")
    rows: list[tuple[object, ...]] = []
    for element in elements:
        if not isinstance(element, dict):
            continue
        place, tags = element.get("center", element), element.get("tags", {})
        if not (isinstance(place, dict) and isinstance(tags, dict) and {"lat", "lon"} <= place.keys()):
            continue
        named = [
            technology
            for technology, keys in _TECHNOLOGY_TAGS.items()
            if any(tags.get(key, "no") not in ("no", "") for key in keys)
        ]
        site = f"osm-{element.get('type', 'node')}-{element.get('id', len(rows))}"
        operator = one_line(tags.get("operator", ""), 80).strip()
        height = str(tags.get("height", "")).removesuffix("m").strip()
        height = height if height.replace(".", "", 1).isdigit() else ""
        rows += [(site, place["lat"], place["lon"], technology, operator, height) for technology in named or ["2G"]]
    return rows


def _write(path: Path, rows: list[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("site_id", "lat", "lon", "technology", "operator", "height_m"))
        writer.writerows(rows)
