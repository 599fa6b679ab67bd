"""Trainings seen again: one position for all variants, its words and captions, and the animation."""

import io
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence
from zoos import FILMED, SIZE, record_film

from demo.draw import compose
from demo.draw.evolution import animation
from demo.zoo import evolution
from demo.zoo.zoo import Zoo
from gan_models import film

FIXTURE = "filmed_zoo"


def recorded(path: Path) -> list[np.ndarray]:
    """The picture of each moment as the file's own clock gives it: 250 ms each, the last one 2 s."""
    moments = []
    with Image.open(path) as shown:
        for frame in ImageSequence.Iterator(shown):
            frame.load()
            moments += [np.asarray(frame.convert("L"))] * max(round(frame.info["duration"] / 250), 1)
    return moments[:-7]


def tile(sheet: np.ndarray, i: int) -> np.ndarray:
    """Tile i of a recorded sheet of ten columns."""
    y, x = divmod(i, 10)
    return sheet[y * SIZE : (y + 1) * SIZE, x * SIZE : (x + 1) * SIZE]


# At one position --------------------------------------------------------------------------------------------


AT = [
    ("images", 0, [0, 0, 0, 0], []),
    ("images", 99.9, [0, 50, 0, 0], []),
    ("images", 100, [100, 50, 0, 0], []),
    ("images", 420, [401, 200, 0, 400], []),
    ("images", 450, [401, 450, 0, 400], []),
    ("images", 451, [401, 450, 0, 400], ["toys/deep"]),
    ("images", 1600, [900, 450, 1600, 1600], ["toys/plain", "toys/deep"]),
    ("share", 0, [0, 0, 0, 0], []),
    ("share", 0.5, [401, 200, 0, 400], []),
    ("share", 401 / 900, [401, 200, 0, 400], []),
    ("share", 1, [900, 450, 1600, 1600], []),
]


def test_every_variant_shows_its_last_recorded_moment(zoo, filmed_zoo):
    sheets = {key: recorded(filmed_zoo / key / "evolution.webp") for key in FILMED}
    for by, position, images, ended in AT:
        moments = evolution.evolution(zoo, FILMED, by, 12).at(position)
        assert [m.key for m in moments] == FILMED and [m.images for m in moments] == images, (by, position)
        assert [m.key for m in moments if m.ended] == ended, (by, position)
        for m in moments:
            frames = zoo.entry(m.key).provenance["frames"]
            assert len(sheets[m.key]) == len(frames) and m.total == frames[-1]
            sheet = sheets[m.key][frames.index(m.images)]
            for i in range(12):
                np.testing.assert_array_equal(m.pictures[i, :, :, 0], tile(sheet, i))


def test_every_recorded_moment_of_the_shipped_zoo_is_shown_as_it_was_recorded():
    """Two of these films hold a merged picture."""
    zoo = Zoo()
    keys = [key for key in zoo.catalog().keys if (zoo.entry(key).folder / "evolution.webp").is_file()]
    assert keys
    for key in keys:
        alone = evolution.evolution(zoo, [key], n=60)
        sheets = recorded(zoo.entry(key).folder / "evolution.webp")
        assert len(sheets) == len(alone.films[0].images) and not alone.problems
        for images, sheet in zip(alone.films[0].images, sheets, strict=True):
            (moment,) = alone.at(images)
            if zoo.entry(key).recipe.channels == 1:
                size = zoo.entry(key).recipe.size
                shown = compose.sheet(moment.pictures, sheet.shape[1] // size, 1, gap=0)
                np.testing.assert_array_equal(shown, sheet)


def test_colour_films_keep_their_colour(zoo, filmed_zoo):
    folder = filmed_zoo / "photos" / "colour"
    record_film(folder, [0, 9])
    red = np.zeros((6 * SIZE, 10 * SIZE, 3), np.uint8)
    red[..., 0] = 220
    film.write(folder / "evolution.webp", [red, red // 2])
    (last,) = evolution.evolution(zoo, ["photos/colour"]).at(9)
    assert last.pictures.shape == (16, SIZE, SIZE, 3)
    assert np.abs(last.pictures.mean((0, 1, 2)) - [110, 0, 0]).max() < 6


def lined_up(*images: list[int], by: str = "images") -> evolution.Evolution:
    blank = np.zeros((1, 1, 1, 1, 1), np.uint8)
    films = [evolution.Film(f"{i}", f"{i}", tuple(one), blank) for i, one in enumerate(images)]
    return evolution.Evolution(tuple(films), by, 1)


def test_the_slider_stops_at_recorded_moments_that_are_far_enough_apart():
    # On an axis that ends at 3600 = 60^2 stops are 1 apart in the square root: 3 is too close to 4, 0.5 to 0.
    assert lined_up([0, 1, 3, 3600], [4, 9]).positions == (0, 1, 4, 9, 3600)
    assert lined_up([0, 36], [0, 9, 18, 36]).positions == (0, 9, 18, 36)
    assert lined_up([0, 36], [0, 18, 72], by="share").positions == (0, 0.25, 1)
    assert lined_up([0]).positions == lined_up([0], by="share").positions == (0,)


@pytest.mark.parametrize("by", evolution.AXES)
def test_no_two_stops_read_the_same(by):
    """A link holds what a stop reads as."""
    rng = random.Random(0)
    for _ in range(50):
        top = rng.choice([300, 50_000, 600_000, 999_999, 5_000_000])
        trainings = [sorted(rng.randrange(top) for _ in range(60)) for _ in range(17)]
        found = lined_up(*trainings, by=by)
        assert len({found.text(place) for place in found.positions}) == len(found.positions) <= evolution.STEPS + 1
        assert found.positions[-1] == (1 if by == "share" else max(one[-1] for one in trainings))


def test_words_and_captions(zoo):
    found = evolution.evolution(zoo, FILMED, n=4)
    assert found.words(1600) == "1.6k images shown"
    assert evolution.evolution(zoo, FILMED, "share").words(0.2525) == "25.2 % of each training"
    plain, deep, told, _ = (zoo.caption(m.key, range(4), moment=m) for m in found.at(500))
    small = zoo.caption("toys/deep", [0]).split(" · ")[4]
    assert deep == f"Deep GAN · toys · seeds 0 to 3 · 450 of 450 images shown, where it ended · {small}"
    assert "· 401 of 900 images shown · " in plain and "last" not in plain
    assert "· classes in turn · 0 of 1.6k images" in told
    assert "FD-toys-cnn" in zoo.caption("toys/deep", [0]) and "FD" not in deep  # measured at the end of the training


# The animation ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", evolution.AXES)
def test_the_animation_moves_all_variants_in_step(zoo, by):
    found = evolution.evolution(zoo, FILMED, by, 4)
    gif = Image.open(io.BytesIO(animation(found)))
    assert gif.format == "GIF" and gif.info["loop"] == 0
    times, shown = [], []
    for frame in ImageSequence.Iterator(gif):
        shown.append(np.asarray(frame.convert("L")))
        times.append(frame.info["duration"])
    assert sum(times) >= 100 * len(found.positions) + 1500  # and it waits at its end
    scale, gap = compose.scale_of(SIZE, 56), 12
    for picture, position in ((shown[0], 0), (shown[-1], found.positions[-1])):
        for i, m in enumerate(found.at(position)):
            sheet = compose.sheet(m.pictures, 2, scale)
            width = (SIZE * 2 + 1) * scale
            x, y = gap + i * (max(width, 8 * 14) + gap), 2 * 16 + gap
            np.testing.assert_array_equal(picture[y : y + len(sheet), x : x + width], sheet)
    assert (shown[0][: 2 * 16] != shown[-1][: 2 * 16]).any()  # the line above says where it is


def test_a_large_animation_leaves_positions_out_but_not_the_ends(zoo, monkeypatch):
    found = evolution.evolution(zoo, FILMED, n=4)
    whole = Image.open(io.BytesIO(animation(found)))
    monkeypatch.setattr("demo.draw.evolution.ROOM", 3 * compose.scale_of(SIZE, 56) ** 2 * len(FILMED) * 4 * SIZE**2)
    short = Image.open(io.BytesIO(animation(found)))
    assert (whole.n_frames, short.n_frames) == (len(found.positions), 3)
    for a, b in ((0, 0), (whole.n_frames - 1, 2)):
        whole.seek(a)
        short.seek(b)
        np.testing.assert_array_equal(np.asarray(whole.convert("L")), np.asarray(short.convert("L")))
