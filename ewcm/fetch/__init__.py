"""Open data for a country: a catalogue of sources, and careful downloads into ``data/<ISO3>/``."""

from ewcm.fetch.catalogue import Source, sources
from ewcm.fetch.country import FetchReport, Outcome, fetch
from ewcm.fetch.download import RetryPolicy

__all__ = ["FetchReport", "Outcome", "RetryPolicy", "Source", "fetch", "sources"]
