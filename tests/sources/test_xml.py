"""XML from outside: what would hurt is refused in one line that names the file."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewcm.errors import InputError
from ewcm.sources import xml

FILE = Path("alert.xml")

BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol">
%s]><lolz>&lol9;</lolz>""" % b"\n".join(
    b'<!ENTITY lol%d "%s">' % (number, b"&lol%s;" % (b"%d" % (number - 1) if number > 1 else b"") * 10)
    for number in range(1, 10)
)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (BILLION_LAUGHS, "declares a document type"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "declares a document type"),
        (b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]><a/>', "declares a document type"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', "declares a document type"),
        (b"<!DOCTYPE html><html/>", "declares a document type"),
        (b"<a>" * 101 + b"</a>" * 101, "nested deeper than 100 elements"),
        (b"<a>" * 2_000_000, "nested deeper than 100 elements"),
        (b"<a>&undeclared;</a>", "not well-formed"),
        (b"<a><b></a>", "not well-formed"),
        (b"<a/><b/>", "not well-formed"),
        (b"<a", "not well-formed"),
        (b"<a>cut", "not well-formed"),
        (b"", "not well-formed"),
        (b"   ", "not well-formed"),
        (b"\x00\x01\x02", "not well-formed"),
        (b"{}", "not well-formed"),
        ("<a>é".encode()[:-1], "not well-formed"),
        (b"<?xml version='1.0' encoding='UTF-8'?><a>\xe9</a>", "is said to be UTF-8 and holds other bytes"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "not well-formed"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "not well-formed"),
        (b"<p:a/>", "not well-formed"),
        (b"<a>\xff</a>", "is said to be UTF-8 and holds other bytes"),
    ],
)
def test_what_would_hurt_or_is_no_xml_is_refused_in_one_line(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        xml.parse_xml(data, FILE)
    assert str(error.value).startswith("alert.xml: ") and "\n" not in str(error.value)


def test_entities_in_utf_16_are_seen_too() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'
    with pytest.raises(InputError, match="declares a document type"):
        xml.parse_xml(text.encode("utf-16"), FILE)


def test_a_large_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    with path.open("wb") as stream:
        stream.write(b"<a>")
        stream.truncate(100_000_000)
    with pytest.raises(InputError, match="larger than 50 MB of CAP"):
        xml.read_xml(path, "CAP")


@pytest.mark.parametrize(
    "content", [None, b"", b"<html><body>404</body></html>", b"version https://git-lfs.github.com/"]
)
def test_what_every_reader_refuses_is_refused_here(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.xml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.xml: "):
        xml.read_xml(path)


def test_a_tree_comes_with_its_namespaces_text_and_order(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(
        b'<?xml version="1.0" encoding="utf-8"?><c:alert xmlns:c="urn:cap"><c:info lang="fr">\xc3\xa9t\xc3\xa9 &amp; &#233;'
        b"</c:info><c:info/><![CDATA[<not>]]></c:alert>"
    )
    root = xml.read_xml(path)
    assert root.tag == "{urn:cap}alert" and [child.tag for child in root] == ["{urn:cap}info"] * 2
    assert root[0].text == "été & é" and root[0].get("lang") == "fr" and root[1].tail == "<not>"


def test_the_outermost_element_is_named_as_written() -> None:
    assert xml.outermost_of(b"<k:kml><gx:Tour/></k:kml>", FILE, "KML") == "k:kml"
    assert xml.outermost_of(b"<a>" * 100 + b"</a>" * 100, FILE) == "a"


def test_pieces_may_end_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "_PIECE_BYTES", 1)
    assert xml.parse_xml("<a>é</a>".encode(), FILE).text == "é"
    with pytest.raises(InputError, match="document type"):
        xml.parse_xml(b"<!DOCTYPE a><a/>", FILE)


@given(st.binary(max_size=200) | st.text("<>/!&;[]ab?=\"' ", max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        root = xml.parse_xml(data, FILE)
    except InputError as error:
        assert io.StringIO(str(error)).read().isprintable()
    else:
        assert root.tag


def test_blanks_before_the_first_line_are_left_out():
    for begin in (b"\n\n ", b"\xef\xbb\xbf\r\n"):
        assert xml.parse_xml(begin + b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>", FILE).text == "é"
