"""The Python of each view: it runs, and makes the pictures that the view shows."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import CLASSES
from page_helpers import alts, in_html, parts_of, run_python

from demo.draw import compose
from demo.page import Html, Picture, Refusal, Scrubber, resolve, snippets
from demo.pages import PAGES
from demo.zoo import evolution, walks
from demo.zoo.zoo import Zoo
from gan_models import real


def run(code: str) -> dict:
    """What a program leaves in `pictures`, by title; of a lone one under ""."""
    space: dict = {}
    exec(code, space)
    made = space["pictures"]
    return made if isinstance(made, dict) else {"": made}


@pytest.fixture
def zoo(styled_zoo, monkeypatch) -> Zoo:
    monkeypatch.chdir(styled_zoo.parent)
    return Zoo(styled_zoo)


TOLD, PLAIN, STYLED = ["toys/told"], ["toys/plain"], ["toys/styled", "toys/styled_told"]


def same(code: str, zoo: Zoo, shown: dict[str, np.ndarray]) -> None:
    made = run(code)
    assert len(code.strip().splitlines()) <= 5 + len(shown)
    assert list(made) == ([""] if len(shown) == 1 else [zoo.entry(key).title for key in shown])
    for pictures, expected in zip(made.values(), shown.values(), strict=True):
        np.testing.assert_array_equal(pictures, expected)


@pytest.mark.parametrize(
    "question",
    [
        (PLAIN, range(4)),
        (TOLD, range(3, 7), "two", 0.7),
        (TOLD, [5, 2]),
        ([*PLAIN, *TOLD], [7], 1, 1.5),
        (TOLD, [1], [0.25, 0.5, 0.25]),
    ],
)
def test_the_python_of_samples_makes_the_pictures(zoo, question):
    same(snippets.samples(zoo, *question), zoo, zoo.samples(*question))


@pytest.mark.parametrize(
    "way",
    [
        {"keys": PLAIN, "seeds": [3, 9], "steps": 5},
        {"keys": [*PLAIN, *TOLD], "seeds": [3, 9, 0], "steps": 6, "how": "lerp", "labels": ["one", "two", 0]},
        {"keys": TOLD, "seeds": [4, 4], "steps": 4, "labels": "two", "truncation": 0.5},
        {"keys": TOLD, "seeds": [4, 5], "steps": 4},
    ],
)
def test_the_python_of_a_path_makes_the_pictures(zoo, way):
    same(snippets.interpolate(zoo, **way), zoo, zoo.interpolate(**way))


def test_the_python_of_classes_and_styles_makes_the_pictures(zoo):
    grid = zoo.class_grid("toys/told", range(2, 6))
    same(snippets.class_grid(zoo, TOLD, range(2, 6)), zoo, {"toys/told": grid.reshape(-1, *grid.shape[2:])})
    some = grid[[2, 0]].reshape(-1, *grid.shape[2:])
    same(snippets.class_grid(zoo, TOLD, range(2, 6), ["two", "zero"]), zoo, {"toys/told": some})
    for levels, label in (("middle", None), ([8, 32], "one")):
        mixed = zoo.mix(STYLED, range(1, 3), range(4, 7), levels, label, 0.5)
        shown = {key: one.pictures[1:, 1:].reshape(-1, *one.pictures.shape[2:]) for key, one in mixed.items()}
        same(snippets.mix(zoo, STYLED, range(1, 3), range(4, 7), levels, label, 0.5), zoo, shown)


@pytest.mark.parametrize("loop", [True, False])
@pytest.mark.parametrize("text", ["0, 7: two, 23", "5, 3"])
def test_the_python_of_a_walk_makes_what_its_slider_shows(zoo, text, loop):
    entries = [zoo.entry(key) for key in (*TOLD, *PLAIN)]
    frames = walks.parse(text)
    made = walks.through_keys(zoo, entries, frames, "lerp", loop)
    shown = [pictures[: len(pictures) - loop, 0] for pictures in made.pictures]  # a loop ends where it began
    same(snippets.walk(zoo, made, frames, "lerp"), zoo, {e.key: p for e, p in zip(entries, shown, strict=True)})


def test_the_python_of_a_map_makes_its_pictures(zoo):
    entries, frames = [zoo.entry(key) for key in TOLD], walks.parse("0, 7, 23: one, 42")
    made = walks.over_a_map(zoo, entries, frames, 4)
    same(snippets.walk(zoo, made, frames), zoo, {TOLD[0]: made.pictures[0][:, 0].reshape(4, 4, 8, 8, 1)})


@pytest.mark.parametrize(("by", "at"), [("images", 200), ("share", 0.25)])
def test_the_python_of_a_moment_makes_its_pictures(filmed_zoo, monkeypatch, by, at):
    monkeypatch.chdir(filmed_zoo.parent)
    zoo, keys = Zoo(filmed_zoo), ["toys/plain", "toys/deep"]
    made = run(snippets.evolution(zoo, keys, by, 4, at))
    shown = evolution.evolution(zoo, keys, by, 4).at(at)
    assert list(made) == ["Plain GAN", "Deep GAN"]
    for pictures, moment in zip(made.values(), shown, strict=True):
        np.testing.assert_array_equal(pictures, moment.pictures)


def test_the_python_is_three_lines_that_load_what_the_zoo_shows(zoo):
    assert snippets.samples(zoo, TOLD, range(16), 2) == (
        "import gan_models\n\n"
        'gan = gan_models.load("zoo/toys/told")\n'
        "pictures = gan.sample(seeds=range(16), labels=[2] * 16)  # uint8 [N, H, W, C]\n"
    )
    assert snippets.source(Zoo(), Zoo().catalog().entries[0]) == Zoo().catalog().keys[0]
    shared = SimpleNamespace(hub="user/repo@" + "a" * 40)
    assert snippets.source(zoo, shared) == shared.hub


def test_a_title_cannot_leave_its_quotes(zoo, styled_zoo):
    path = styled_zoo / "toys" / "plain" / "recipe.json"
    path.write_text(path.read_text().replace("Plain GAN", 'x\\": 1}; import os'))
    (title, _) = run(snippets.samples(zoo, [*PLAIN, *TOLD], [0]))
    assert title.startswith('x": 1}; import os')


# Every page -------------------------------------------------------------------------------------------------

NOISE = Picture.of(np.random.default_rng(0).integers(0, 256, (8, 8, 1), np.uint8)).text
WHERE = {
    "styles": "styled_zoo",
    "translate": "translator_zoo",
    "directions": "steered_zoo",
    "anomaly": "odd_zoo",
    "evolution": "filmed_zoo",
    "ablation": "family_zoo",
}
LINKS = {
    "home": {"seed": ["9"]},
    "compare": {"seeds": ["4, 1, 9"], "variants_toys": ["Told GAN", "Plain GAN"], "class_toys": ["two"],
                "truncation": ["0.7"]},
    "evolution": {"drawn": ["4"], "variants_toys": ["Plain GAN", "Deep GAN"], "images_at": ["0.3"]},
    "interpolate": {"keys": ["4, 1: two, 2"], "path": ["lerp"]},
    "classes": {"seed": ["3"], "columns": ["2"], "classes_toys": ["two", "zero"]},
    "styles": {"seed": ["3"], "column_seed": ["7"], "grid": ["2"], "levels": ["coarse"], "truncation": ["0.7"]},
    "directions": {"seed": ["3"], "rows": ["2"], "variants_toys": ["Plain GAN", "Told GAN"], "class_toys": ["two"],
                   "effect_toys": ["Brightness"]},
    "translate": {"source_toys": ["a GAN's picture"], "gan_toys": ["Told GAN"], "seed": ["5"], "pictures": ["3"],
                  "task_toys": ["thick → thin"]},
    "your_picture": {"drawing_toys": [NOISE], "variants_toys": ["Told GAN", "Plain GAN"]},
    "restore": {"drawing_toys": [NOISE], "variants_toys": ["Told GAN", "Plain GAN"], "told_toys": ["two"]},
    "ablation": {"seed": ["2"], "drawn": ["4"]},
    "anomaly": {"number": ["8"], "odd_toys": ["Pictures of garments"]},
    "learn": {"variant": ["told"]},
}  # fmt: skip
"""Each page with Python at other values than its first ones"""
NUMBERS = {
    "home": 9, "compare": 3, "classes": 4, "styles": 4, "translate": 3, "your_picture": 1, "restore": 1,
    "directions": 14, "evolution": 4, "ablation": 4, "anomaly": 8, "learn": 16,
}  # fmt: skip
"""Pictures of each variant there; on a path, those of the slider, which goes around"""


@pytest.fixture
def pictured_zoo(translator_zoo) -> Path:
    """translator_zoo with 24 test pictures of the toys that have outlines and strokes."""
    pictures = np.random.default_rng(0).integers(0, 256, (24, 8, 8, 1), np.uint8)
    shown = real.Real(pictures, [i % 3 for i in range(24)], list(CLASSES), "test")
    real.write(translator_zoo / "toys", real.SHOWN, shown, "toys", 3)
    return translator_zoo


def spots(picture: np.ndarray, sheet: np.ndarray) -> set[tuple[int, int]]:
    """Where a picture [H, W, C] stands on a sheet [H', W'] or [H', W', C], enlarged by any whole factor."""
    picture = picture[..., 0] if sheet.ndim == 2 else picture
    found, (height, width) = set(), picture.shape[:2]
    for scale in range(1, 20):
        large = compose.enlarge(picture, scale)
        rows, columns = sheet.shape[0] - large.shape[0] + 1, sheet.shape[1] - large.shape[1] + 1
        if rows < 1 or columns < 1:
            break
        fits = np.ones((rows, columns), bool)
        for y, x in np.ndindex(height, width):  # a pixel each; then whole windows where all of them fit
            here = sheet[y * scale : y * scale + rows, x * scale : x * scale + columns]
            fits &= here == picture[y, x] if sheet.ndim == 2 else (here == picture[y, x]).all(-1)
            if not fits.any():
                break
        for y, x in zip(*fits.nonzero(), strict=True):
            if (sheet[y : y + large.shape[0], x : x + large.shape[1]] == large).all():
                found.add((int(y), int(x)))
    return found


def without_alpha(sheet: np.ndarray) -> np.ndarray:
    """A sheet of the screen as `compose.sheet` makes it for a file."""
    return sheet if sheet.ndim == 2 or sheet.shape[2] % 2 else sheet[..., 0] if sheet.shape[2] == 2 else sheet[..., :3]


def shown(page, zoo: Zoo, s) -> dict[str, list]:
    """{title: [walk or sheet]} of what a page shows of each variant."""
    found: dict[str, list] = {entry.title: [] for entry in s.catalog.of(s.data)}
    for part, value in parts_of(page, zoo, s).items():
        assert not isinstance(value, Refusal), value
        if isinstance(part, Scrubber) and value:
            for entry, pictures in zip(value.entries, value.pictures, strict=True):
                found[entry.title].append(pictures)
        elif isinstance(part, Html):
            for image in re.findall("<img[^>]*>", value or ""):
                if sheets := [without_alpha(one) for one in in_html(image)]:
                    found.setdefault(alts(image)[0].partition(" · ")[0], []).extend(sheets)
    return found


def test_every_page_with_python_is_tried():
    elsewhere = ("playground", "theory")  # they show no pictures of variants: tests/test_pages_playground.py
    assert [page.name for page in PAGES if page.python and page.name not in elsewhere] == list(LINKS)


CASES = [(name, WHERE.get(name, "zoo_folder"), link, NUMBERS.get(name)) for name, link in LINKS.items()]
CASES += [
    ("learn", "pictured_zoo", {"data": [data], "variant": [variant]}, 8)
    for data, variant in (("toys", "edges"), ("toys", "cycle"), ("toys", "classy"), ("photos", "large"))
]
HOLE = np.zeros((16, 16, 1), np.uint8)
HOLE[4:11, 2:9] = 255
PAINTED = {"task_toys": ["hole → whole"], "pictures": ["3"], "hole_16x16x1": [Picture.of(HOLE).text]}
DRAWN = Picture.of(np.random.default_rng(0).integers(0, 256, (16, 16, 1), np.uint8)).text
CASES += [
    ("translate", "pictured_zoo", {**PAINTED, **link}, number)
    for link, number in (
        ({"number": ["10"]}, 3),
        ({"source_toys": ["a GAN's picture"], "gan_toys": ["Told GAN"], "seed": ["5"]}, 3),
        ({"source_toys": ["draw or upload"], "is_": ["ordinary"], "drawing_16x16x1": [DRAWN]}, 1),
    )
]
"""(page, zoo, link, pictures of each variant): also a page on each kind of translator, and a hole that is painted into
pictures from each source"""


@pytest.mark.parametrize(("name", "folder", "link", "number"), CASES)
def test_the_python_of_a_page_makes_the_pictures_that_it_shows(name, folder, link, number, request, monkeypatch):
    """Each picture of the program stands on the page, under the title of its variant."""
    zoo = Zoo(request.getfixturevalue(folder))
    (page,) = (page for page in PAGES if page.name == name)
    s = resolve(page, zoo, {"data": ["toys"], **link})
    assert not s.problems
    there = shown(page, zoo, s)
    made = run_python(zoo, page.python(zoo, s), monkeypatch)
    drawn = [title for title, seen in there.items() if seen and not title.startswith(NO_VARIANT)]
    drawn = [title for title in drawn if title] or drawn  # one without a title is that of the visitor
    assert drawn and list(made) in (drawn, [""])
    for title, pictures in made.items():
        seen = there[title or drawn[0]]
        assert pictures.dtype == np.uint8 and len(pictures) == (number or len(seen[0]) - 1)
        assert len({picture.tobytes() for picture in pictures}) == len(pictures)
        for picture in pictures:
            assert any(
                (one == picture).all((-3, -2, -1)).any() if one.ndim == 5 else spots(picture, one) for one in seen
            ), title


NO_VARIANT = (
    "Real data",
    "Several networks",
    "The picture",
    "The truth",
    "The damaged picture",
    "Smooth fill",
    "Mean picture",
    "Nearest training picture",
    "Given: ",
    "Round trip, back again",
    "Truth: ",
)
"""How titles begin of what is not the Python's to make"""


def test_the_test_of_python_sees_a_difference():
    picture = np.random.default_rng(0).integers(0, 256, (8, 8, 1), np.uint8)
    sheet = compose.sheet(np.stack([255 - picture, picture]), 2, 3)
    assert spots(picture, sheet) == {(0, 27)}
    picture[3, 3] ^= 1
    assert not spots(picture, sheet)
