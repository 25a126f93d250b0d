"""The mark of a population raster that a model or a transfer has made: a tag, which every reader of it passes on."""

from __future__ import annotations

#: Tag of a raster: how its people were made.
TAG = "ewcm_modelled"

#: How, and what is said of it (an English sentence; other languages stand in ewcm/texts/inputs.*.json).
HOW = {
    "nowcast": "Its people are a statistical estimate: older people brought to newer totals, cross-validated. See its card.",
    "disaggregation": "Its people are a statistical estimate: totals spread by covariates, cross-validated. See its card.",
    "displacement": "Displaced people were moved in it between units by a table. See its ledger.",
}
