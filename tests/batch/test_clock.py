"""A clock that is wrong, or is set while nobody looks: the same results, which stay up to date, and nobody is locked out."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime

import pytest
from cryptography import x509

from ewcm.batch import run, run_batch
from ewcm.batch.keys import throw_away_keys
from ewcm.report import manifest, publish
from tests.batch.made import hashes, make_country


def clock_of(year: int) -> type[datetime]:
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(year, 1, 1, tzinfo=tz)

    return Clock


@pytest.mark.parametrize("year", [1970, 2399])
def test_results_are_the_same_at_any_time_and_stay_up_to_date(
    year, inputs, scheduler, undisturbed, tmp_path, monkeypatch
):
    maps, data = tmp_path / "maps", tmp_path / "data"
    make_country(data, "UGA")
    for path in (*data.rglob("*"), data):
        os.utime(path, (year * 10_000_000 % 2**33,) * 2)  # files of another time than that of the clock
    with monkeypatch.context() as patch:
        for module in (publish, manifest, run):
            patch.setattr(module, "datetime", clock_of(year))
        assert run_batch(["UGA"], inputs=data, output=maps, scheduler=scheduler).exit_code == 0
    assert json.loads((maps / "UGA" / "manifest.json").read_text())["written_at"].startswith(str(year))
    assert hashes(maps / "UGA") == hashes(undisturbed / "UGA")
    ours, theirs = (json.loads((place / "UGA" / "manifest.json").read_text()) for place in (maps, undisturbed))
    assert ours.pop("written_at") != theirs.pop("written_at") and ours == theirs
    again = run_batch(["UGA"], inputs=data, output=maps, scheduler=scheduler)
    assert [str(outcome.status) for outcome in again.countries] == ["current"]


def test_the_keys_of_a_batch_are_good_at_any_time():
    """Those that begin now end every connection when a clock is set back."""
    certificate = x509.load_pem_x509_certificate(throw_away_keys().tls_ca_file.encode())
    assert certificate.not_valid_before_utc <= datetime(1970, 1, 1, tzinfo=UTC)
    assert certificate.not_valid_after_utc >= datetime(2399, 1, 1, tzinfo=UTC)
