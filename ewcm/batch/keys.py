"""Keys for the connections of one batch: made when it starts, kept in memory only, gone with it."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from distributed.security import Security

#: Dask compares no names, it asks only whether a certificate was signed by the one that all share.
_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ewcm batch")])

#: The certificate lives as long as the batch; its dates are such that no clock, nor one that is set while a batch runs, is
#: outside of them. (Those of Dask's own temporary keys begin now, and a clock set back would end every connection.)
_FROM, _UNTIL = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


def throw_away_keys() -> Security:
    """A key that nobody outside of this batch has: whoever connects without it is turned away."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_NAME)
        .issuer_name(_NAME)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shared = certificate.public_bytes(serialization.Encoding.PEM).decode()
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return Security(
        require_encryption=True,
        tls_ca_file=shared,
        tls_client_cert=shared,
        tls_client_key=secret,
        tls_scheduler_cert=shared,
        tls_scheduler_key=secret,
        tls_worker_cert=shared,
        tls_worker_key=secret,
    )
