"""The colours of the page's map, judged by number: told apart by every eye, and in grey."""

import json
import re
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb

from ewcm.report import overview
from ewcm.report.compare_page import MOVED_COLOURS, STATE_COLOURS
from ewcm.report.webmap.page import template
from ewcm.report.webmap.rasters import css_colours
from tests.oracles.colour_difference import RENDERINGS, difference, lab

SOURCE = template("colours.js")

#: Pairs of the published test data of CIEDE2000 (L*, a*, b*) and their difference: blue, around grey, on both sides of a hue
#: of 0, far apart, and all but the same.
PUBLISHED = (
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, -0.001, 2.49), (50, 0.0009, -2.49), 4.8045),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (61, -5, 29), 22.8977),
    ((50, 2.5, 0), (56, -27, -3), 31.9030),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ((50, 2.5, 0), (50, 3.1736, 0.5854), 1.0),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.2630),
    ((61.2901, 3.7196, -5.3901), (61.4292, 2.2480, -4.9620), 1.8731),
    ((35.0831, -44.1164, 3.7933), (35.0232, -40.0716, 1.5901), 1.8645),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
)

#: Least difference of two classes, and least step of lightness between classes of one texture.
LEAST, LEAST_STEP = 10.0, 12.0


def colours_of(name):
    found = re.search(rf"const {name} = (\[.*?\]|\{{.*?\}}|\".*?\");", SOURCE)[1]
    return re.findall(r"#[0-9a-f]{6}", found)


def water_and_land():
    return [re.search(rf'{key}: "(#\w+)"', SOURCE)[1] for key in ("water", "own")]


#: What is on the map together, and the texture of each: people of all kinds carry level lines, so that in grey they are no
#: people out of reach. An area that is shaded hides what lies below it.
MAPS = {
    "raster": lambda: {
        **dict.fromkeys([*water_and_land(), *colours_of("COVERED_COLOUR"), *colours_of("UNREACHED_COLOURS")], "plain"),
        **dict.fromkeys(colours_of("PEOPLE_COLOURS"), "level"),
    },
    "shading": lambda: dict.fromkeys([water_and_land()[0], *colours_of("SHADE_COLOURS")], "plain"),
}


@pytest.mark.parametrize(("one", "other", "wanted"), PUBLISHED)
def test_the_formula_gives_the_published_differences(one, other, wanted):
    assert difference(one, other) == pytest.approx(wanted, abs=5e-5)
    assert difference(other, one) == pytest.approx(wanted, abs=5e-5)


def test_white_and_grey_are_as_defined():
    assert lab("#ffffff") == pytest.approx((100, 0, 0), abs=0.02)
    assert lab("#777777")[0] == pytest.approx(50.03, abs=0.01)
    for rendering in RENDERINGS:  # who lacks a kind of cone sees white as white
        assert lab("#ffffff", rendering) == pytest.approx((100, 0, 0), abs=0.05)


@pytest.mark.parametrize("rendering", RENDERINGS)
@pytest.mark.parametrize("which", MAPS)
def test_every_two_classes_and_water_are_told_apart(which, rendering):
    colours = MAPS[which]()
    near = {pair: difference(*(lab(colour, rendering) for colour in pair)) for pair in combinations(colours, 2)}
    assert len(colours) == {"raster": 13, "shading": 6}[which]
    assert min(near.values()) >= LEAST, min(near.items(), key=lambda item: item[1])


@pytest.mark.parametrize("which", ["raster", "shading"])
def test_in_grey_classes_of_one_texture_are_steps_of_lightness(which):
    colours = MAPS[which]()
    if which == "shading":  # water is named, and never an area
        colours.pop(water_and_land()[0])
    for texture in set(colours.values()):
        steps = sorted(lab(colour)[0] for colour, own in colours.items() if own == texture)
        assert min(b - a for a, b in zip(steps, steps[1:], strict=False)) >= LEAST_STEP, steps


@pytest.mark.parametrize("colours", [STATE_COLOURS, MOVED_COLOURS])
def test_a_comparison_can_be_read_by_every_eye_and_in_grey(colours):
    """Partly covered ground and unknown ground were one grey on paper, and so were gains, losses and what became unknown."""
    shown = css_colours(colours[1:])
    if colours is STATE_COLOURS:
        assert shown[2] == colours_of("COVERED_COLOUR")[0]
    for rendering in RENDERINGS:
        assert min(difference(lab(one, rendering), lab(two, rendering)) for one, two in combinations(shown, 2)) >= LEAST
    steps = sorted(lab(colour)[0] for colour in shown)
    assert min(b - a for a, b in zip(steps, steps[1:], strict=False)) >= LEAST_STEP, steps


def overview_colours():
    """The classes of overview.png from ground with few people to ground with many, each over land; and water."""
    ground = np.array(to_rgb(overview._LAND))
    shown = {
        name: [to_hex(share * np.array(to_rgb(colour)) + (1 - share) * ground) for share in (least, (least + 1) / 2, 1)]
        for name, colour, least in zip(
            ("reached", "partly", "unreached", "unknown"), overview._COLOURS, overview._FAINTEST, strict=True
        )
    }
    return {**shown, "water": [overview._WATER]}


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_the_overview_can_be_read_by_every_eye(rendering):
    """Ground with few people who are reached was as pale a blue as the lakes. What is not known has crossed lines of its own."""
    shown = overview_colours()
    for one, other in combinations([name for name in shown if name != "unknown"], 2):
        for pair in product(shown[one], shown[other]):
            assert difference(*(lab(colour, rendering) for colour in pair)) >= LEAST, (one, other, pair)


def test_the_overview_can_be_read_in_grey():
    """What is reached in part and what is not known have textures; the rest are steps of lightness."""
    shown = overview_colours()
    steps = [sorted(lab(colour)[0] for colour in shown[name]) for name in ("unreached", "water", "reached")]
    assert min(after[0] - before[-1] for before, after in pairwise(steps)) >= LEAST_STEP, steps
    assert (colours_of("COVERED_COLOUR")[0], water_and_land()[0]) == (overview._REACHED, overview._WATER)


def test_covered_ground_is_pale_and_people_out_of_reach_are_one_dark_ramp():
    assert lab(colours_of("COVERED_COLOUR")[0])[0] > 85
    ramp = [lab(colour)[0] for colour in colours_of("UNREACHED_COLOURS")]
    assert ramp == sorted(ramp, reverse=True) and ramp[0] < 65


def test_what_is_partly_covered_estimated_or_unknown_has_a_texture_of_its_own():
    names = re.findall(r"^  (\w+): \{ size", template("textures.js"), re.M)
    assert set(names) == {"dots", "cross", "wide", "squares", "level"}
    shown = set(re.findall(r'id="texture-(\w+)"', template("textures.html")))
    assert shown == {"dots", "cross", "wide", "squares"}  # samples of the legend


def test_the_classes_of_the_shading_have_edges_that_grow():
    edges = json.loads(re.search(r"SHARE_CLASSES = (\[.*?\])", SOURCE)[1])
    assert edges == sorted(edges) and len(edges) + 1 == len(colours_of("SHADE_COLOURS"))
