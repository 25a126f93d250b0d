"""The ports of a batch's own workers: of this machine only, and for whoever has its key only."""

from __future__ import annotations

import datetime as dt
import http.client
import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dask
import psutil
import pytest
from cryptography import x509
from distributed import LocalCluster
from distributed.comm import connect
from distributed.security import Security
from distributed.utils import sync

from ewcm.batch import cluster
from ewcm.batch.keys import throw_away_keys
from ewcm.errors import BatchError
from tests.batch.conftest import said, start

#: Pages that Dask has, and one that would end its workers.
PAGES = (
    *(("GET", f"/{name}") for name in ("", "status", "health", "metrics", "json/identity.json", "json/counts.json")),
    *(("GET", f"/{name}") for name in ("info/main/workers.html", "api/v1/get_workers", "proxy/22/127.0.0.1/")),
    ("POST", "/api/v1/retire_workers"),
)


@pytest.fixture(scope="module")
def before():
    """Where this process listens already: other tests have servers of their own."""
    return listening(psutil.Process())


@pytest.fixture(scope="module")
def workers(before, tmp_path_factory):
    """Two, one of which has taken the place of one that was killed."""
    with cluster.local(2, 2**30, tmp_path_factory.mktemp("scratch")) as found:
        lost, kept = found.client.run(os.getpid).values()
        psutil.Process(lost).kill()
        while len(now := found.client.run(os.getpid, on_error="ignore")) < 2 or lost in now.values():
            pass
        assert kept in now.values()
        yield found


def listening(process: psutil.Process) -> set[tuple[str, int]]:
    return {tuple(one.laddr) for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN}


def ports_of(before) -> set[tuple[str, int]]:
    here = psutil.Process()
    return set().union(*(listening(one) for one in [here, *here.children(recursive=True)])) - before


def page(port: int, method: str, name: str) -> int:
    """The status of an answer, 0 where there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request(method, name)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def answers(workers: cluster.Workers, port: int, protocol: str, connection: Mapping[str, Any]) -> bool:
    """Whether who listens says who it is: the first thing that is asked of it, before any work is given."""

    async def ask() -> bool:
        comm = await connect(f"{protocol}://127.0.0.1:{port}", timeout=3, **connection)
        try:
            await comm.write({"op": "identity", "reply": True})
            return "id" in await comm.read()
        finally:
            comm.abort()

    try:
        return sync(workers.client.loop, ask, callback_timeout=20)
    except (OSError, RuntimeError, TypeError, ValueError):
        return False


def nobody_s_key() -> ssl.SSLContext:
    """TLS of somebody who has no key and trusts everybody."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def test_every_port_is_of_this_machine_only(workers, before):
    assert {host for host, _ in ports_of(before)} == {"127.0.0.1"}


def test_nobody_without_the_key_is_answered(workers, before):
    """Neither the scheduler nor a nanny nor a worker, that of a lost one neither: who is answered can have anything run."""
    own = workers.client.security.get_connection_args("client")
    found = {port: {page(port, *one) for one in PAGES} for _, port in ports_of(before)}
    asked = {port for port, statuses in found.items() if statuses == {0}}
    assert len(asked) >= 5  # scheduler, two nannies, two workers
    assert all(answers(workers, port, "tls", own) for port in asked)
    others = throw_away_keys().get_connection_args("client")
    none = Security().get_connection_args("client")
    ways = [("tcp", none), ("tls", others), ("tls", {**none, "ssl_context": nobody_s_key()})]
    assert [(port, way) for port in asked for way in ways if answers(workers, port, *way)] == []
    # What else listens serves Dask's pages, and there are none.
    assert all(statuses == {404} for port, statuses in found.items() if port not in asked)


def test_the_key_lies_on_a_disk_for_a_moment_only_where_nobody_else_may_look(monkeypatch):
    """OpenSSL takes keys from files only."""
    seen = []
    loaded = ssl.SSLContext.load_cert_chain

    def load(context, cert, key):
        seen.append((Path(key), Path(key).parent.stat().st_mode & 0o777))
        return loaded(context, cert, key)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", load)
    mask = os.umask(0)
    try:
        throw_away_keys().get_connection_args("client")
    finally:
        os.umask(mask)
    assert [mode for _, mode in seen] == [0o700]
    assert not seen[0][0].parent.exists()


def test_a_scheduler_with_keys_of_its_own_is_reached_with_the_same_settings(tmp_path):
    """As docs/batch.md has it; without them there is a line."""
    keys = throw_away_keys()
    for name, text in (("ca", keys.tls_ca_file), ("key", keys.tls_client_key)):
        (tmp_path / name).write_text(text)
    own = {"cert": str(tmp_path / "ca"), "key": str(tmp_path / "key")}
    tls = {f"{role}.{name}": path for role in ("client", "scheduler", "worker") for name, path in own.items()}
    tls = {f"distributed.comm.tls.{name}": path for name, path in {"ca-file": str(tmp_path / "ca"), **tls}.items()}
    options = {"n_workers": 1, "processes": False, "host": "127.0.0.1", "dashboard_address": None}
    with dask.config.set({"distributed.comm.require-encryption": True, **cluster.NO_SELF_PROFILING}):
        with (
            dask.config.set(tls),
            LocalCluster(protocol="tls://", **options) as somebody_s,
            cluster.external(somebody_s.scheduler_address) as found,
        ):
            assert found.client.submit(abs, -3).result(timeout=20) == 3
        with (
            pytest.raises(BatchError, match=r"no scheduler answers there .*TLS"),
            cluster.external("tls://127.0.0.1:1"),
        ):
            pass
        with pytest.raises(BatchError, match="encryption required"), cluster.external("tcp://127.0.0.1:1"):
            pass


def test_after_an_address_that_is_none_the_command_ends(tmp_path):
    """It waited for ever after its line: a client that could not be made was never closed."""
    process = start("ewcm", "batch", "UGA", "--scheduler", "10.0.0.1", "--output", "maps", cwd=tmp_path)
    try:
        assert process.wait(60) == 2
    finally:
        process.kill()
    assert said(tmp_path).startswith("ewcm: 10.0.0.1: no scheduler answers there (missing port number")


def test_keys_do_not_depend_on_the_clock():
    certificate = x509.load_pem_x509_certificate(throw_away_keys().tls_ca_file.encode())
    assert certificate.not_valid_before_utc.year == 1970
    assert certificate.not_valid_after_utc > dt.datetime(9000, 1, 1, tzinfo=dt.UTC)


def test_each_batch_has_a_key_of_its_own():
    assert throw_away_keys().tls_client_key != throw_away_keys().tls_client_key
