"""The ports of a batch's own workers: of this machine only, and for whoever has its key only."""

from __future__ import annotations

import datetime as dt
import http.client
import os
from pathlib import Path

import psutil
import pytest
from cryptography import x509
from distributed import Client
from distributed.security import Security

from ewcm.batch import cluster
from ewcm.batch.keys import throw_away_keys


@pytest.fixture(scope="module")
def before():
    """Where this process listens already: other tests have servers of their own."""
    return listening(psutil.Process())


@pytest.fixture(scope="module")
def workers(before, tmp_path_factory):
    with cluster.local(1, 2**30, tmp_path_factory.mktemp("scratch")) as found:
        yield found


def listening(process: psutil.Process) -> set[tuple[str, int]]:
    return {tuple(one.laddr) for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN}


def test_every_port_is_of_this_machine_only(workers, before):
    here = psutil.Process()
    ports = set().union(*(listening(one) for one in [here, *here.children(recursive=True)])) - before
    assert len(ports) >= 3  # scheduler, nanny, worker
    assert {host for host, _ in ports} == {"127.0.0.1"}


@pytest.mark.parametrize("protocol", ["tcp", "tls"])
@pytest.mark.parametrize("keys", ["none", "others"])
def test_nobody_without_the_key_gives_work_to_scheduler_or_workers(workers, tmp_path, protocol, keys):
    """A plain connection would run anything that is sent."""
    written = tmp_path / "written"
    security = throw_away_keys() if keys == "others" else Security()
    addresses = [workers.client.scheduler.address, *workers.client.scheduler_info()["workers"]]
    for address in addresses:
        with (
            pytest.raises((OSError, RuntimeError, TypeError, ValueError)),
            Client(
                f"{protocol}://{address.partition('://')[2]}",
                security=None if protocol == "tcp" else security,
                timeout=3,
                set_as_default=False,
            ) as client,
        ):
            client.submit(Path.touch, written).result(timeout=3)
    assert not written.exists()
    assert workers.client.submit(os.getpid, pure=False).result(timeout=60) != os.getpid()


def test_no_page_of_figures_is_served(workers, before):
    ports = {port for _, port in listening(psutil.Process()) - before}
    assert ports
    answered = []
    for port in ports:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/json/identity.json")
            answered.append(connection.getresponse().status)
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
    assert 200 not in answered


def test_keys_do_not_depend_on_the_clock():
    certificate = x509.load_pem_x509_certificate(throw_away_keys().tls_ca_file.encode())
    assert certificate.not_valid_before_utc.year == 1970
    assert certificate.not_valid_after_utc > dt.datetime(9000, 1, 1, tzinfo=dt.UTC)


def test_each_batch_has_a_key_of_its_own():
    assert throw_away_keys().tls_client_key != throw_away_keys().tls_client_key
