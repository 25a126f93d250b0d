"""What stands beside the countries: the atlas page and the summary tables, made from what is published."""

from __future__ import annotations

from ewcm import basemap
from ewcm.batch.store import Store
from ewcm.report.summaries import write_summaries
from ewcm.report.webmap.atlas import render_atlas


def publish_atlas(store: Store) -> None:
    """Make the atlas and the tables anew from every published country, and put them in their place."""
    with store.beside() as (countries, folder):
        if not countries:
            return
        summaries = list(countries.values())
        write_summaries(summaries, folder)
        (folder / "index.html").write_text(render_atlas(summaries, basemap.world()), encoding="utf-8")
