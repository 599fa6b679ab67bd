"""Trainings seen again: films read back, one position for all, what the losses told, captions, charts, errors."""

import io
import itertools
import json
import math
import random
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence
from zoos import SIZE, record_film

from demo.draw import charts, compose
from demo.draw.evolution import animation
from demo.draw.smoothing import smoothed
from demo.zoo import evolution
from demo.zoo.zoo import Zoo
from gan_models import film, losses  # noqa: F401 - fills the table of losses
from gan_models.registry import LOSSES, register

FIXTURE = "filmed_zoo"
ROOT = Path(__file__).parent.parent
KEYS = ["toys/plain", "toys/deep", "toys/told", "toys/critic"]


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


# The file ---------------------------------------------------------------------------------------------------


def planes(*levels: int, colour: bool = False) -> list[np.ndarray]:
    return [np.full((16, 16, 3) if colour else (16, 16), level, np.uint8) for level in levels]


@pytest.mark.parametrize("levels", [(0, 200), (0, 90, 90, 90, 200), (7, 7, 200), (0, 200, 200), (0, 0, 99, 0, 0)])
def test_each_moment_gets_its_own_picture_back(tmp_path, levels):
    film.write(tmp_path / "x.webp", planes(*levels))
    with Image.open(tmp_path / "x.webp") as stored:
        assert stored.n_frames == 1 + sum(a != b for a, b in itertools.pairwise(levels))
    made = film.read(tmp_path / "x.webp", len(levels), 1)
    assert made.shape == (len(levels), 16, 16, 1) and made.dtype == np.uint8
    assert np.abs(made.astype(int).mean((1, 2, 3)) - levels).max() < 3
    with pytest.raises(
        ValueError, match=f"holds {len(levels)} moments, and the recipe.json beside it names {len(levels) + 1}"
    ):
        film.read(tmp_path / "x.webp", len(levels) + 1, 1)


def test_a_film_of_one_picture_is_that_picture_at_every_moment(tmp_path):
    film.write(tmp_path / "x.webp", planes(60, 60, 60, colour=True))
    made = film.read(tmp_path / "x.webp", 3)
    assert made.shape == (3, 16, 16, 3) and (made == made[0]).all() and abs(made.mean() - 60) < 3


def test_a_film_that_cannot_be_read_is_one_sentence(tmp_path, monkeypatch):
    path = tmp_path / "x.webp"

    def refused(words: str, moments: int = 3) -> None:
        with pytest.raises(ValueError, match=words) as error:
            film.read(path, moments, 1)
        assert "\n" not in str(error.value) and str(tmp_path) not in str(error.value)

    refused("there is no such file")
    for content in (b"", b"no film", b"RIFF\x00\x00\x00\x00WEBP"):
        path.write_bytes(content)
        refused("damaged")
    Image.fromarray(planes(1)[0]).save(path, "PNG")
    refused("damaged")
    film.write(path, planes(0, 90, 200))
    whole = path.read_bytes()
    for part in (0.3, 0.6, 0.9):
        path.write_bytes(whole[: int(part * len(whole))])
        refused("damaged")
    path.write_bytes(whole)
    refused("more than 2 moments", 2)
    monkeypatch.setattr(film, "MOST_VALUES", 16 * 16 * 2)
    refused("more than 3 moments of this size")
    monkeypatch.setattr(film, "LARGEST", 10)
    refused("at most 10 are read")


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
    sheets = {key: recorded(filmed_zoo / key / "evolution.webp") for key in KEYS}
    for by, position, images, ended in AT:
        moments = evolution.evolution(zoo, KEYS, by, 12).at(position)
        assert [m.key for m in moments] == KEYS and [m.images for m in moments] == images, (by, position)
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
    found = lined_up([0, 100, 400])
    assert (
        found.middle == 100 and found.nearest(5000) == 400 and found.nearest(224) == 100 and found.nearest(230) == 400
    )


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
    found = evolution.evolution(zoo, KEYS, n=4)
    assert found.words(1600) == "1.6k images shown"
    assert evolution.evolution(zoo, KEYS, "share").words(0.2525) == "25.2 % of each training"
    plain, deep, told, _ = (zoo.caption(m.key, range(4), moment=m) for m in found.at(500))
    small = zoo.caption("toys/deep", [0]).split(" · ")[4]
    assert deep == f"Deep GAN · toys · seeds 0 to 3 · 450 of 450 images shown, where it ended · {small}"
    assert "· 401 of 900 images shown · " in plain and "last" not in plain
    assert "· classes in turn · 0 of 1.6k images" in told
    assert "FD-toys-cnn" in zoo.caption("toys/deep", [0]) and "FD" not in deep  # measured at the end of the training


# Damage -----------------------------------------------------------------------------------------------------


FRAMES = [None, 7, [], ["0", 5], [0, -1], [0, True], [5, 4, 3, 2], [0, 1.5], list(range(501)), {"a": 1}]


def test_a_film_without_its_moments_names_the_variant(filmed_zoo):
    zoo, path = Zoo(filmed_zoo), filmed_zoo / "toys" / "deep" / "recipe.json"
    content = json.loads(path.read_text())
    for frames in FRAMES:
        content["provenance"]["frames"] = frames
        path.write_text(json.dumps(content))
        zoo.catalog()
        found = evolution.evolution(zoo, KEYS)
        assert [m.key for m in found.at(100)] == ["toys/plain", "toys/told", "toys/critic"], frames
        (problem,) = found.problems
        assert (
            problem.startswith("Deep GAN: its evolution.webp cannot be shown")
            and "recipe.json beside it does not say" in problem
        )


def test_a_damaged_missing_or_foreign_film_names_the_variant_and_the_rest_works(filmed_zoo):
    zoo, path = Zoo(filmed_zoo), filmed_zoo / "toys" / "deep" / "evolution.webp"
    whole = path.read_bytes()

    def problem() -> str:
        found = evolution.evolution(zoo, KEYS)
        assert [m.key for m in found.at(100)] == ["toys/plain", "toys/told", "toys/critic"]
        (sentence,) = found.problems
        assert sentence.startswith("Deep GAN: ") and "\n" not in sentence and str(filmed_zoo) not in sentence
        with pytest.raises(ValueError, match=r"Deep GAN: its evolution\.webp cannot be shown"):
            evolution.film(zoo, "toys/deep")
        return sentence

    path.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in problem()
    path.unlink()
    assert "there is no such file" in problem()
    film.write(path, planes(0, 50, 100, 150))  # 16 pixels hold 2 x 2 tiles of 8
    assert len(evolution.evolution(zoo, KEYS, n=60).at(0)[1].pictures) == 4  # a smaller sheet is no damage
    film.write(path, [plane[:, :12] for plane in planes(0, 50, 100, 150)])
    assert "8 × 8 pixels do not fill 12 × 16" in problem()
    path.write_bytes(whole)
    assert evolution.evolution(zoo, KEYS).problems == () and evolution.film(zoo, "toys/deep") == whole
    for key in KEYS:
        (filmed_zoo / key / "evolution.webp").unlink()
    with pytest.raises(ValueError, match=r"Plain GAN.*there is no such file"):
        evolution.evolution(zoo, KEYS)


WRONG = {
    "no key": (lambda z: evolution.evolution(z, []), "No variant"),
    "unknown key": (lambda z: evolution.evolution(z, ["toys/plian"]), "did you mean 'toys/plain'"),
    "axis": (lambda z: evolution.evolution(z, KEYS, "steps"), "one of images, share, not 'steps'"),
    "number": (lambda z: evolution.evolution(z, KEYS, n=0), "whole number from 1"),
    "broken number": (lambda z: evolution.evolution(z, KEYS, n=2.5), "whole number from 1"),
    "true number": (lambda z: evolution.evolution(z, KEYS, n=True), "whole number from 1"),
    "negative": (lambda z: evolution.evolution(z, KEYS).at(-1), "a number from 0"),
    "word": (lambda z: evolution.evolution(z, KEYS).at("end"), "a number from 0"),
    "nan": (lambda z: evolution.evolution(z, KEYS).at(float("nan")), "a number from 0"),
    "endless": (lambda z: evolution.evolution(z, KEYS).at(float("inf")), "a number from 0"),
    "share": (lambda z: evolution.evolution(z, KEYS, "share").at(1.1), "from 0 to 1"),
    "film": (lambda z: evolution.film(z, "photos/colour"), "Colour GAN"),
    "critics": (lambda z: evolution.critics(z, ["toys/plian"]), "did you mean"),
}


def test_wrong_questions_get_one_sentence(zoo):
    for name, (ask, words) in WRONG.items():
        with pytest.raises(ValueError, match=words) as error:
            ask(zoo)
        assert "\n" not in str(error.value), name


# Reading once -----------------------------------------------------------------------------------------------


def test_a_film_is_decoded_once_by_many_threads_and_again_when_it_changes(zoo, filmed_zoo, monkeypatch):
    reads, start, read, shown = [], threading.Barrier(8), film.read, []
    monkeypatch.setattr(film, "read", lambda path, *rest: reads.append(path) or read(path, *rest))

    def ask() -> None:
        start.wait()
        shown.append(evolution.evolution(zoo, KEYS).at(300))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(shown) == 8 and len(reads) == len(KEYS)
    record_film(filmed_zoo / "toys" / "plain", [0, 10, 20])
    zoo.catalog()
    assert [m.images for m in evolution.evolution(zoo, KEYS).at(300)][:2] == [20, 200] and len(reads) == len(KEYS) + 1


def test_the_films_that_were_not_asked_for_longest_are_forgotten(zoo):
    plain, deep, told = (zoo.entry(key) for key in KEYS[:3])
    films = evolution.Films(most=10 * 60 * SIZE * SIZE)  # ten moments: plain has 5, deep 4, told 2
    first, second = films.of(plain), films.of(deep)
    assert films.of(plain) is first
    films.of(told)
    assert films.of(plain) is first and films.of(deep) is not second
    assert evolution.Films(most=0).of(plain).images == first.images  # one always stays


def test_looking_at_a_training_imports_no_torch(filmed_zoo):
    code = (
        "import sys; from demo.draw.evolution import animation; from demo.zoo import evolution;"
        "from demo.zoo.zoo import Zoo; zoo = Zoo(sys.argv[1]); keys = ['toys/plain', 'toys/critic'];"
        "found = evolution.evolution(zoo, keys); zoo.caption(keys[0], [0], moment=found.at(100)[0]); animation(found);"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(filmed_zoo)], check=True, cwd=ROOT)


# The animation ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", evolution.AXES)
def test_the_animation_moves_all_variants_in_step(zoo, by):
    found = evolution.evolution(zoo, KEYS, by, 4)
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
    found = evolution.evolution(zoo, KEYS, n=4)
    whole = Image.open(io.BytesIO(animation(found)))
    monkeypatch.setattr("demo.draw.evolution.ROOM", 3 * compose.scale_of(SIZE, 56) ** 2 * len(KEYS) * 4 * SIZE**2)
    short = Image.open(io.BytesIO(animation(found)))
    assert (whole.n_frames, short.n_frames) == (len(found.positions), 3)
    for a, b in ((0, 0), (whole.n_frames - 1, 2)):
        whole.seek(a)
        short.seek(b)
        np.testing.assert_array_equal(np.asarray(whole.convert("L")), np.asarray(short.convert("L")))


# What the losses tell ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_estimates_a_distance_where_d_maximises_the_difference_of_its_means(name):
    rng = torch.Generator().manual_seed(0)
    same = []
    for scale in (0.1, 3.0):
        real, fake = (scale * torch.randn(8, generator=rng) for _ in range(2))
        same.append(math.isclose(-LOSSES[name](real, fake)[0], real.mean() - fake.mean(), abs_tol=1e-5))
    assert getattr(LOSSES[name], "estimates_distance", False) == all(same)


def test_critics_tell_the_difference_of_the_mean_scores(zoo):
    critics = evolution.critics(zoo, KEYS)
    (estimate,) = critics.estimates
    assert estimate.key == "toys/critic" and estimate.points == ((40, 2), (400, 8), (800, 0.5), (1600, -0.5))
    assert [estimate.at(n) for n in (0, 40, 500, 9999)] == [None, 2, 8, -0.5]
    assert [curve.key for curve in critics.watched] == ["toys/deep"]
    told, silent = critics.sentences
    assert told.startswith("Critic GAN: ") and "Wasserstein" in told
    assert silent.startswith("Plain GAN, Deep GAN, Told GAN: the loss of each network depends on how good the other")
    assert "--eval-every" in evolution.critics(zoo, ["toys/plain"]).sentences[-1]


def test_what_a_gap_tells_of_these_trainings_is_measured(zoo, filmed_zoo):
    """Averages between looks against the distances: they fall together, or the one rises while the other falls."""
    for name, gap in (("deep", lambda k: 20 - k), ("critic", lambda k: k)):
        points = [{"images": 100 * k, "real_logit": gap(k), "fake_logit": 0, "fd": 30 - k} for k in range(1, 11)]
        (filmed_zoo / "toys" / name / "stats.jsonl").write_text("".join(json.dumps(p) + "\n" for p in points))
    (said,) = [one for one in evolution.critics(zoo, KEYS).sentences if "rank correlation" in one]
    assert said.endswith(
        "it falls with the distance in Deep GAN (+1.00); it rises while the distance falls in Critic GAN (−1.00)."
    )


def test_a_loss_of_somebody_else_is_asked_by_its_own_fact(zoo, filmed_zoo, monkeypatch):
    path = filmed_zoo / "toys" / "critic" / "recipe.json"
    path.write_text(path.read_text().replace('"wasserstein"', '"energy"'))
    critics = evolution.critics(Zoo(filmed_zoo), KEYS)
    assert critics.estimates == () and "Critic GAN: what the loss tells is not known" in critics.sentences[-1]

    def energy(real, fake):
        return fake.mean() - real.mean(), -fake.mean()

    monkeypatch.setitem(LOSSES, "energy", register({}, estimates_distance=True)(energy))
    assert [e.key for e in evolution.critics(Zoo(filmed_zoo), KEYS).estimates] == ["toys/critic"]


def test_an_estimate_that_was_not_recorded_is_said(zoo, filmed_zoo):
    (filmed_zoo / "toys" / "critic" / "stats.jsonl").write_text('{"images": 5, "d_loss": 1}\n')
    critics = evolution.critics(zoo, ["toys/critic"])
    assert critics.estimates == () and critics.sentences == ("Critic GAN: its critic's estimate was not recorded.",)
    (filmed_zoo / "toys" / "critic" / "stats.jsonl").unlink()
    assert evolution.critics(zoo, ["toys/critic"]).estimates == ()


def data(chart) -> list[list[dict]]:
    return list(chart.to_dict()["datasets"].values())


def test_the_chart_of_estimates_has_a_rule_at_the_position(zoo):
    estimates = evolution.critics(zoo, KEYS).estimates
    lines, rule, dots = data(charts.critics(estimates, 500))
    # As shares of the largest, 8; four points are too few to smooth.
    assert [(row["images"], row["value"]) for row in lines] == [(40, 0.25), (400, 1), (800, 0.0625), (1600, -0.0625)]
    assert rule == [{"images": 500}] and dots == [{"images": 400, "value": 1, "line": "Critic GAN"}]
    lines, rule, dots = data(charts.critics(estimates, 0.5, {"toys/critic": 1600}))
    assert [row["images"] for row in lines] == [0.025, 0.25, 0.5, 1] and dots[0]["images"] == rule[0]["images"] == 0.5
    assert len(data(charts.critics(estimates, 10))) == 2  # before the first value there is no dot
    assert len(data(charts.critics(estimates))) == 1
    assert charts.critics([], 5) is None
    below = [evolution.Estimate("a", "A", ((1, -2.0), (2, -1.0)))]
    assert charts.critics(below, 1) is None
    assert "Critic GAN ends at −6 % of it" in charts.critics(estimates).to_dict()["description"]


def test_a_noisy_estimate_is_smoothed_and_its_values_stand_pale_behind():
    """A line that rises from 1 to 5, with one batch far off; the moving median does not see that batch."""
    points = [(k, 1 + k / 100) for k in range(401)]
    points[200] = (200, 900.0)
    estimate = evolution.Estimate("a", "A", tuple(points))
    chart = charts.critics([estimate], 100).to_dict()
    raw, line = chart["layer"][:2]
    assert raw["mark"]["clip"] and raw["mark"]["opacity"] < 0.5 < line["mark"].get("opacity", 1)
    values = {row["images"]: row["value"] for row in chart["datasets"][raw["data"]["name"]]}
    even = {row["images"]: row["value"] for row in chart["datasets"][line["data"]["name"]]}
    top = 4.95  # the median of the last eleven values
    assert values[200] == pytest.approx(900 / top) and even[200] == pytest.approx(3 / top, abs=0.01)
    assert max(even.values()) == 1 == even[400]
    low, high = line["encoding"]["y"]["scale"]["domain"]
    assert low < min(even.values()) and 1 < high < 2, "the axis is that of the line, not of the batch"


@given(st.lists(st.floats(-1e6, 1e6), max_size=60))
def test_a_moving_median_lies_among_the_values_around_it(values):
    line = [(3 * k, v) for k, v in enumerate(values)]
    made = smoothed(line)
    assert [x for x, _ in made] == [x for x, _ in line]
    assert all(min(values) <= v <= max(values) for _, v in made)
    if len(line) < 40:
        assert made == line, "a twentieth holds one value"


def test_the_measured_distance_has_a_rule_as_well(zoo):
    watched = evolution.critics(zoo, KEYS).watched
    lines, rule, dots = data(charts.progress(watched, 2500))
    assert [row["images"] for row in lines] == [1000, 2000, 4000] and rule == [{"images": 2500}]
    assert dots == [{"images": 2000, "value": pytest.approx(400 / 19), "line": "Deep GAN"}]
    assert len(data(charts.progress(watched))) == 1
