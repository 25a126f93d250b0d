"""What became of each country of a batch, and of the batch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

REPORT_VERSION = 1


class Status(StrEnum):
    """Where a country stands. ``current``: published before from the same inputs, settings and version, left as it is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CURRENT = "current"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class CountryOutcome:
    """One country of a batch. ``unreached``: persons out of reach of ``service``, which is the headline's, ``low`` and ``high``
    their range; all None where coverage is unknown. ``unknown``: of that service, of any network where there is none;
    ``unknown_any``: of any network. ``unreached_any``: out of reach of any network, None where that is not known.
    ``official``: as in summary.json, by technology; None for a technology whose official figure is not known.

    ``cause`` is one line, "" unless it failed. ``detail`` is the traceback of an error nobody foresaw, else "".
    """

    iso3: str
    name: str = ""
    status: Status = Status.WAITING
    starter: bool = False
    people: float | None = None
    service: str | None = None
    unreached: float | None = None
    unreached_any: float | None = None
    unreached_low: float | None = None
    unreached_high: float | None = None
    unknown: float | None = None
    unknown_any: float | None = None
    official: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    seconds: float | None = None
    peak_bytes: int | None = None
    cause: str = ""
    detail: str = ""

    def failed(self, cause: str, detail: str = "") -> CountryOutcome:
        """This country, not made because of ``cause``."""
        return replace(self, status=Status.FAILED, cause=cause, detail=detail)

    def with_figures(self, summary: Mapping[str, Any], status: Status) -> CountryOutcome:
        """This country, published with this ``summary.json``."""
        headline_service = summary["headline_service"]
        service = summary["services"][headline_service or "any"]
        return replace(
            self,
            status=status,
            name=summary["name"],
            starter=summary["starter"],
            people=summary["people"],
            service=headline_service,
            unreached=service["uncovered"],
            unreached_any=summary["services"]["any"]["uncovered"],
            unreached_low=service["uncovered_low"],
            unreached_high=service["uncovered_high"],
            unknown=service["unknown"],
            unknown_any=summary["services"]["any"]["unknown"],
            official=summary["official"],
        )


@dataclass(frozen=True)
class BatchReport:
    """Every country asked for, in the order asked, and what kept the batch itself from its end ("" if nothing did)."""

    engine: str
    output: str
    started: str  # UTC, ISO 8601
    seconds: float
    workers: int
    threads: int  # of each worker
    countries: tuple[CountryOutcome, ...]
    trouble: str = ""

    @property
    def failed(self) -> tuple[CountryOutcome, ...]:
        """The countries that were asked for and are neither done nor current."""
        return tuple(found for found in self.countries if found.status not in (Status.DONE, Status.CURRENT))

    @property
    def exit_code(self) -> int:
        """0 if every country is published as it should be, else 1."""
        return 1 if self.failed or self.trouble else 0

    def to_json(self) -> str:
        """The report as JSON (docs/batch.md)."""
        return json.dumps({"report_version": REPORT_VERSION, **asdict(self)}, ensure_ascii=False, indent=1) + "\n"


def is_report(content: bytes) -> bool:
    """Whether the content of a file is the report of a batch, or nothing."""
    try:
        found = json.loads(content) if content.strip() else {"report_version": REPORT_VERSION}
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and "report_version" in found
