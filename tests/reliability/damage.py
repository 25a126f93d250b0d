"""Damage for good files: Hypothesis strategies of bytes that once were a file."""

from __future__ import annotations

import re
import struct

from hypothesis import strategies as st

#: Numbers that break arithmetic, as they stand in binary files.
_BINARY = [
    struct.pack(order + kind, value)
    for order in "<>"
    for kind, values in (
        ("I", (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)),
        ("H", (0, 1, 0x7FFF, 0xFFFF)),
        ("d", (0.0, -1.0, 1e308, -1e308, 1e-300, float("nan"), float("inf"))),
        ("f", (0.0, -1.0, float("nan"), float("inf"))),
    )
    for value in values
]

#: Words that break programs which read text.
_WORDS = [
    b"", b"0", b"-1", b"1e400", b"-1e400", b"nan", b"inf", b"9" * 30, b"1" * 5000, b"1e-400", b"0x10", b"1_000", b"-0.0",
    b"true", b"null", b'"', b"'", b'""', b"\'\'\'", b"\\", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc2\xa0",
    b"\r", b"\n", b"\r\n", b"\t", b",", b";", b"[", b"]", b"{", b"}", b"[[", b"]]", b"#", b"=", b"\xe2\x84\xaa",
    b"\xed\xa0\x80", b"\\ud800", b"\xe2\x80\xa8", b"../", b"/vsicurl/http://127.0.0.1:9/x", b"http://127.0.0.1:9/x",
    b"1979-05-27",
    b"../../../../etc/passwd", b"[1,2]", b'{"a":1}', b"\x1b[31m",
]  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, content: bytes, others: tuple[bytes, ...] = ()) -> bytes:
    """``content`` after one to six of: a bit flipped, bytes set, inserted, cut out, repeated, or spliced in from another
    file; a number or a word replaced by one that breaks programs."""
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        # Heads and tables of contents stand in front; most files keep their secrets there.
        at = min(at, 512) if draw(st.booleans()) else at
        size = draw(st.integers(1, 64))
        kind = draw(st.integers(0, 8))
        if kind == 0 and data:
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == 1:
            data[at : at + 1] = draw(st.binary(min_size=1, max_size=8))
        elif kind == 2:
            number = draw(st.sampled_from(_BINARY))
            data[at : at + len(number)] = number
        elif kind == 3:
            del data[at : at + size]
        elif kind == 4:
            data[at:at] = data[at : at + size] * draw(st.integers(1, 50))
        elif kind == 5:
            del data[at:]
        elif kind == 6:
            data[at:at] = draw(st.sampled_from(_WORDS))
        elif kind == 7 and others:
            other = draw(st.sampled_from(others))
            start = draw(st.integers(0, max(len(other) - 1, 0)))
            data[at : at + size] = other[start : start + size]
        else:
            words = list(re.finditer(rb"[-+.\w]+", data[:20_000]))
            if words:
                word = words[draw(st.integers(0, len(words) - 1))]
                data[word.start() : word.end()] = draw(st.sampled_from(_WORDS))
    return bytes(data)
