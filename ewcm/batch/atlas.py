"""What stands beside the countries: the atlas page and the summary tables, made from what is published."""

from __future__ import annotations

from ewcm import basemap
from ewcm.batch.store import Store, Summary
from ewcm.report.summaries import row_of as row_of_table
from ewcm.report.summaries import write_summaries
from ewcm.report.webmap.atlas import render_atlas
from ewcm.report.webmap.atlas import row_of as row_of_page


def publish_atlas(store: Store) -> None:
    """Make the atlas and the tables anew from every published country, and put them in their place."""
    with store.beside() as (countries, folder):
        summaries = [summary for summary in countries.values() if _can_be_shown(summary)]
        if not summaries:
            return
        write_summaries(summaries, folder)
        (folder / "index.html").write_text(render_atlas(summaries, basemap.world()), encoding="utf-8")


def _can_be_shown(summary: Summary) -> bool:
    """Whether a summary has every figure of the atlas: other versions of the engine may have written others."""
    try:
        row_of_page(summary)
        row_of_table(summary)
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return isinstance(summary.get("name"), str)
