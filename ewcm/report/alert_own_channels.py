"""Channels that a country's own run declares (``[[channel]]`` of its inputs), as an alert takes them."""

from __future__ import annotations

from collections.abc import Sequence

from ewcm.core.fraction import CASES
from ewcm.result import CountryResult
from ewcm.sources.alert_channels import AlertChannel, outdoors


def with_own(stated: Sequence[AlertChannel], result: CountryResult) -> tuple[AlertChannel, ...]:
    """The channels that are stated, and those of the country's map that none of them names.

    Their ground is that of the map. Who has a set is what the inputs of the run state (``devices``); where they state nothing it
    is not known, but for sirens, which need none.
    """
    named = {channel.name for channel in stated}
    services = result.coverage.services
    further = [
        name
        for name in result.coverage.chosen
        if name not in named and name in services and services[name].channels == services[name].separate == (name,)
    ]
    return (*stated, *(_own(name, result) for name in further))


def _own(name: str, result: CountryResult) -> AlertChannel:
    stated = [
        record.facts["devices"]
        for record in result.data.records
        if record.layer == "channel" and record.facts.get("channel") == name and "devices" in record.facts
    ]
    # Of several files of one channel the largest share: they are the same people's sets.
    share = max((float(str(each)) for each in stated), default=None)
    devices = outdoors(name) if share is None else dict.fromkeys(CASES, share)
    return AlertChannel(name, "known", (name,), devices=devices, of_map=True)
