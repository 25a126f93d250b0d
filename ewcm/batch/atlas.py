"""What stands beside the countries: the atlas page and the summary tables, made from what is published."""

from __future__ import annotations

from collections.abc import Container

from ewcm import basemap
from ewcm.batch.store import Store, Summary
from ewcm.report.summaries import LAST_RUN_FAILED, write_summaries
from ewcm.report.summaries import row_of as row_of_table
from ewcm.report.webmap.atlas import render_atlas
from ewcm.report.webmap.atlas import row_of as row_of_page


def publish_atlas(store: Store, failures: Container[str]) -> None:
    """Make the atlas and the tables anew from every published country, and put them in their place. Of a country
    whose last run failed (``failures``: their codes) they say so: its figures are older."""
    with store.beside() as (countries, folder):
        summaries = [
            {**summary, LAST_RUN_FAILED: iso3 in failures}
            for iso3, summary in countries.items()
            if _can_be_shown(summary)
        ]
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
