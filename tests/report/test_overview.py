"""overview.png: the size of a slide, the same bytes each time, marked when it shows starter data."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from affine import Affine
from matplotlib.axes import Axes
from odc.geo.geobox import GeoBox
from PIL import Image
from shapely.geometry import box, mapping

from ewcm import pipeline
from ewcm.core.finding import Caveat, Figure, Finding
from ewcm.core.texts import texts_of
from ewcm.countries import LANGUAGES
from ewcm.report.overview import HEIGHT, WIDTH, write_overview
from ewcm.report.slide_words import SlideWords
from ewcm.settings import Settings
from tests.made import made_data, made_grid, made_sites
from tests.report.make_result import made_result


def _pixels(result, path):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        write_overview(result, path)
    with Image.open(path) as image:
        assert image.size == (WIDTH, HEIGHT)
        return np.asarray(image.convert("RGB"))


def test_same_bytes(result, tmp_path):
    for name in ("a", "b"):
        write_overview(result, tmp_path / f"{name}.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_starter_data_has_a_band(hostile, result, tmp_path):
    assert tuple(_pixels(hostile, tmp_path / "hostile.png")[5, 5]) == (0xFF, 0xC1, 0x07)
    assert tuple(_pixels(result, tmp_path / "result.png")[5, 5]) != (0xFF, 0xC1, 0x07)


def test_unknown_is_grey_and_not_red(unknown, tmp_path):
    pixels = _pixels(unknown, tmp_path / "unknown.png")[:, :900].astype(int)
    red = (pixels[..., 0] - pixels[..., 2] > 60).sum()
    grey = ((abs(pixels[..., 0] - pixels[..., 2]) < 12) & (pixels[..., 0] < 200)).sum()
    assert red == 0 and grey > 1000


@pytest.mark.parametrize("west", [178.5, 179.5])
def test_country_across_180_fills_the_map(west, tmp_path):
    pixels = _pixels(made_result(west=west), tmp_path / "map.png")[100:900, :900].astype(int)
    coloured = (pixels.max(axis=2) - pixels.min(axis=2) > 60).any(axis=0)
    assert coloured.mean() > 0.6


def test_islets_are_dots_that_can_be_seen(tmp_path):
    people = np.full((400, 400), np.nan)
    for row, col in ((10, 10), (200, 390), (390, 60)):
        people[row, col] = 50  # too few for a coldspot and its number
    data = made_data(people, made_grid(400, 400), sites=made_sites((1.5, 40.0, "2G", "A")))
    pixels = _pixels(pipeline.run(data, Settings()), tmp_path / "map.png")[:, :990].astype(int)
    orange = (pixels[..., 0] - pixels[..., 2] > 100) & (pixels[..., 0] > 150)
    # Three dots of a few pixels each, where a cell of the grid would be about two pixels wide.
    assert orange.sum() > 3 * 12


def test_the_basemap_lies_around_the_country(result, tmp_path):
    land = {"type": "Feature", "properties": {}, "geometry": mapping(box(20, -10, 40, 10))}
    write_overview(result, tmp_path / "map.png", {"land": {"features": [land]}})
    with Image.open(tmp_path / "map.png") as image:
        assert image.convert("RGB").getpixel((30, 500)) == (0xE6, 0xE3, 0xDC)


def test_projected_grid_and_nobody(tmp_path):
    geobox = GeoBox((30, 40), Affine(1000, 0, 3_000_000, 0, -1000, 200_000), "ESRI:54009")
    for people in (np.full((30, 40), 5.0), np.full((30, 40), np.nan)):
        data = made_data(people, geobox, sites=made_sites((1.5, 30.0, "2G", "A")))
        _pixels(pipeline.run(data, Settings()), tmp_path / "map.png")


@pytest.mark.parametrize("language", ["fr", "es", "pt", "ar"])
def test_the_picture_speaks_the_language_of_the_country(result, tmp_path, monkeypatch, language):
    """Only English was known: a French minister got an English slide."""
    said = []
    write = Axes.text
    monkeypatch.setattr(
        Axes, "text", lambda axes, x, y, text, *a, **k: (said.append(text), write(axes, x, y, text, *a, **k))[1]
    )
    own = replace(result.data.country, language=language, names={**result.data.country.names, language: "Pays-XYZ"})
    _pixels(replace(result, data=replace(result.data, country=own)), tmp_path / "overview.png")
    words, figures = texts_of("slide")[language], result.services["any"]
    assert "Pays-XYZ" in said and words["asked_any"] in said and words["out_any"] in said and words["where"] in said
    english = texts_of("slide")["en"]
    assert not set(said) & {english[key] for key in ("asked_any", "out_any", "in_any", "where")}
    assert SlideWords(language).between(figures.uncovered_low, figures.uncovered_high) in said


def test_what_the_figures_rest_on_is_said_as_on_the_page(result, tmp_path, monkeypatch):
    """An estimate, and sources of some operators that were taken as all there are, stood on the page and not on the slide."""
    said = []
    write = Axes.text
    monkeypatch.setattr(
        Axes, "text", lambda axes, x, y, text, *a, **k: (said.append(text), write(axes, x, y, text, *a, **k))[1]
    )
    alone = Caveat("operators_taken_as_all", "", {"technologies": ["2G"], "operators": ["Alpha", "$Beta$"]})
    rests = Finding("estimated", (Figure(("estimated", "any", "set_to_share"), 0.98, "1"),), caveats=(alone,))
    found = result.with_finding(rests)
    own = replace(found.data.country, language="fr", names={**found.data.country.names, "fr": "Pays"})
    _pixels(replace(found, data=replace(found.data, country=own)), tmp_path / "overview.png")
    (basis,) = (text.replace("\n", " ") for text in said if "estimation statistique" in text)
    assert "98,0" in basis and "Alpha, \\$Beta\\$" in basis
    assert not [text for text in said if "statistical estimate" in text]


def test_numbers_of_the_picture_in_every_language():
    numbers = (1_400_000, 3_000_000, 46_000_000, 9_100)
    said = {language: [SlideWords(language).count(number) for number in numbers] for language in LANGUAGES}
    assert said == {
        "en": ["1.4 million", "3 million", "46 million", "9,100"],
        "fr": ["1,4\u00a0million", "3\u00a0millions", "46\u00a0millions", "9\u202f100"],
        "es": ["1,4\u00a0millones", "3\u00a0millones", "46\u00a0millones", "9\u00a0100"],
        "pt": ["1,4\u00a0milhão", "3\u00a0milhões", "46\u00a0milhões", "9\u00a0100"],
        "ar": ["1.4\u00a0مليون", "3\u00a0ملايين", "46\u00a0مليون", "9,100"],
    }
    sudan = SlideWords("ar", own_digits=True)
    assert (sudan.count(9_100), sudan.share(0.023), sudan.count(1_400_000)) == ("٩٬١٠٠", "٢٫٣٪", "١٫٤\u00a0مليون")
    assert SlideWords("fr").between(84_000, 9_300_000) == "84\u202f000 à 9,3\u00a0millions"
    assert SlideWords("es").between(8_100_000, 24_000_000) == "de 8,1 a 24\u00a0millones"
    assert SlideWords("pt").between(None, 1.0) == "nenhum intervalo conhecido" == SlideWords("pt").between(1.2, 1.3)
    texts = texts_of("slide")
    assert all(texts[language].keys() == texts["en"].keys() for language in LANGUAGES)


def test_ground_reached_in_part_has_a_colour_of_its_own_and_is_explained(tmp_path, monkeypatch):
    """Blue and orange were blended to grey, the colour of what is not known, where reach is a chance; nothing said so."""
    listed = []
    draw = Axes.legend
    monkeypatch.setattr(
        Axes, "legend", lambda axes, **k: (listed.append([one.get_label() for one in k["handles"]]), draw(axes, **k))[1]
    )

    def drawn(share):
        geobox = made_grid(40, 40)
        data = made_data(np.full((40, 40), 50.0), geobox, given={"2G": np.full((40, 40), share)})
        pixels = _pixels(pipeline.run(data, Settings()), tmp_path / "map.png")[150:850, 100:900].astype(int)
        orange = (pixels[..., 0] - pixels[..., 2] > 60).mean()
        grey = (pixels.max(axis=2) - pixels.min(axis=2) < 12).mean()
        return orange, grey, listed[-1]

    words = texts_of("slide")["en"]
    partly = words["partly"].format(from_share="50%", to_share="95%")
    orange, grey, legend = drawn(0.7)
    assert orange > 0.5 and grey < 0.2 and partly in legend
    orange, _, legend = drawn(1.0)
    assert orange == 0 and partly not in legend


def test_names_on_the_slide_are_those_of_its_language(result, tmp_path, monkeypatch):
    """A slide for Sudan named Khartoum and the states in Latin letters, where the page names them in Arabic."""
    said = []
    for draw in ("text", "annotate"):
        monkeypatch.setattr(Axes, draw, _listening(getattr(Axes, draw), said))
    places, areas = result.data.places, result.data.boundaries
    own = replace(
        result.data,
        country=replace(result.data.country, language="fr"),
        places=replace(places, table=places.table.assign(name_fr="Lieu " + places.table["name"])),
        boundaries=replace(areas, table=areas.table.assign(name_fr="Région " + areas.table["name"])),
    )
    _pixels(replace(result, data=own), tmp_path / "map.png")
    names = {*places.table["name"], *areas.table["name"]}
    assert not names & set(said)
    assert any(text.startswith("Lieu ") for text in said) and any(text.startswith("Région ") for text in said)


def _listening(draw, said):
    """A method of the axes that also notes every text it is given."""

    def heard(axes, *given, **named):
        said.extend(one for one in given if isinstance(one, str))
        return draw(axes, *given, **named)

    return heard
