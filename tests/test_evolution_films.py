"""The films of trainings as files: read back, damaged, asked wrongly, decoded once by many."""

import itertools
import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from zoos import FILMED, SIZE, record_film

from demo.zoo import evolution
from demo.zoo.zoo import Zoo
from gan_models import film

FIXTURE = "filmed_zoo"
ROOT = Path(__file__).parent.parent


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


# Damage -----------------------------------------------------------------------------------------------------


FRAMES = [None, 7, [], ["0", 5], [0, -1], [0, True], [5, 4, 3, 2], [0, 1.5], list(range(501)), {"a": 1}]


def test_a_film_without_its_moments_names_the_variant(filmed_zoo):
    zoo, path = Zoo(filmed_zoo), filmed_zoo / "toys" / "deep" / "recipe.json"
    content = json.loads(path.read_text())
    for frames in FRAMES:
        content["provenance"]["frames"] = frames
        path.write_text(json.dumps(content))
        zoo.catalog()
        found = evolution.evolution(zoo, FILMED)
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
        found = evolution.evolution(zoo, FILMED)
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
    assert len(evolution.evolution(zoo, FILMED, n=60).at(0)[1].pictures) == 4  # a smaller sheet is no damage
    film.write(path, [plane[:, :12] for plane in planes(0, 50, 100, 150)])
    assert "8 × 8 pixels do not fill 12 × 16" in problem()
    path.write_bytes(whole)
    assert evolution.evolution(zoo, FILMED).problems == () and evolution.film(zoo, "toys/deep") == whole
    for key in FILMED:
        (filmed_zoo / key / "evolution.webp").unlink()
    with pytest.raises(ValueError, match=r"Plain GAN.*there is no such file"):
        evolution.evolution(zoo, FILMED)


WRONG = {
    "no key": (lambda z: evolution.evolution(z, []), "No variant"),
    "unknown key": (lambda z: evolution.evolution(z, ["toys/plian"]), "did you mean 'toys/plain'"),
    "axis": (lambda z: evolution.evolution(z, FILMED, "steps"), "one of images, share, not 'steps'"),
    "number": (lambda z: evolution.evolution(z, FILMED, n=0), "whole number from 1"),
    "broken number": (lambda z: evolution.evolution(z, FILMED, n=2.5), "whole number from 1"),
    "true number": (lambda z: evolution.evolution(z, FILMED, n=True), "whole number from 1"),
    "negative": (lambda z: evolution.evolution(z, FILMED).at(-1), "a number from 0"),
    "word": (lambda z: evolution.evolution(z, FILMED).at("end"), "a number from 0"),
    "nan": (lambda z: evolution.evolution(z, FILMED).at(float("nan")), "a number from 0"),
    "endless": (lambda z: evolution.evolution(z, FILMED).at(float("inf")), "a number from 0"),
    "share": (lambda z: evolution.evolution(z, FILMED, "share").at(1.1), "from 0 to 1"),
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
        shown.append(evolution.evolution(zoo, FILMED).at(300))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(shown) == 8 and len(reads) == len(FILMED)
    record_film(filmed_zoo / "toys" / "plain", [0, 10, 20])
    zoo.catalog()
    assert [m.images for m in evolution.evolution(zoo, FILMED).at(300)][:2] == [20, 200] and len(reads) == len(
        FILMED
    ) + 1


def test_the_films_that_were_not_asked_for_longest_are_forgotten(zoo):
    plain, deep, told = (zoo.entry(key) for key in FILMED[:3])
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
