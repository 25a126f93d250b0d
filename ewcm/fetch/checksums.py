"""Checksums that servers state about what they send."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from ewcm.fetch.checks import Damaged

_DIGEST = re.compile(r"\b(sha-256|md5)=:?([A-Za-z0-9+/]+={0,2}):?", re.IGNORECASE)


def stated_checksums(headers: Mapping[str, str], *, whole: bool) -> dict[str, str]:
    """Checksums (hexadecimal, by ``md5`` or ``sha256``) that response headers state for the whole file.

    ``Repr-Digest`` (RFC 9530), ``Digest`` (RFC 3230), ``x-amz-checksum-sha256``, ``x-goog-hash``, the ETag of Amazon S3
    (the MD5 of an object that was uploaded in one piece) and ``Content-MD5``, which speaks of this response only and so
    counts only when the response is the ``whole`` file.
    """
    found: dict[str, str] = {}
    for name in ("repr-digest", "digest", "x-goog-hash"):
        for algorithm, value in _DIGEST.findall(headers.get(name, "")):
            found |= _decoded(algorithm.lower().replace("-", ""), value)
    found |= _decoded("sha256", headers.get("x-amz-checksum-sha256", ""))
    if whole:
        found |= _decoded("md5", headers.get("content-md5", ""))
    etag = headers.get("etag", "").strip('"')
    encrypted = headers.get("x-amz-server-side-encryption", "AES256") != "AES256"
    if headers.get("server", "") == "AmazonS3" and re.fullmatch("[0-9a-f]{32}", etag) and not encrypted:
        found.setdefault("md5", etag)
    return found


def _decoded(algorithm: str, base64_text: str) -> dict[str, str]:
    try:
        raw = base64.b64decode(base64_text, validate=True)
    except (binascii.Error, ValueError):
        return {}
    return {algorithm: raw.hex()} if len(raw) == hashlib.new(algorithm).digest_size else {}


def checked_sha256(path: Path, stated: Mapping[str, str]) -> str:
    """Compare a file with the checksums stated for it; returns its SHA-256. Raises :class:`Damaged` on a difference."""
    hashes = {name: hashlib.new(name) for name in {"sha256", *stated}}
    with path.open("rb") as stream:
        while block := stream.read(1 << 22):
            for each in hashes.values():
                each.update(block)
    for name, value in stated.items():
        if hashes[name].hexdigest() != value:
            raise Damaged(
                f"its {name} is not the one the server states, so it was damaged on the way; run the command again"
            )
    return hashes["sha256"].hexdigest()
