"""What stands beside the countries: the atlas page and the summary tables, made from what is published."""

from __future__ import annotations

from ewcm.batch.store import Store
from ewcm.report.summaries import write_summaries


def publish_atlas(store: Store) -> None:
    """Make the atlas and the tables anew from every published country, and put them in their place."""
    with store.beside() as (countries, folder):
        write_summaries(list(countries.values()), folder)
