"""A small zoo: what it finds, draws and encodes, and what it says to wrong questions."""

import io
import json
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFont
from zoos import BROKEN, TOYS, put

import gan_models
from demo.draw import compose
from demo.zoo.entries import Catalog
from demo.zoo.words import class_text, count, dataset_title, duration, seeds_text
from demo.zoo.zoo import Zoo
from gan_models import CheckpointError
from gan_models.home import SHIPPED

ROOT = Path(__file__).parent.parent


# The catalog ------------------------------------------------------------------------------------------------


def test_catalog_lists_by_data_set_year_and_title(zoo):
    catalog = zoo.catalog()
    assert catalog.keys == ["photos/colour", *TOYS]
    assert catalog.datasets == ["photos", "toys"]
    assert catalog.problems == ()
    told = catalog.of("toys")[-1]
    assert (told.variant, told.dataset, told.classes) == ("told", "toys", ("zero", "one", "two"))


def test_the_zoo_that_comes_with_the_code_lists_all_that_it_holds():
    """What else lies there, which measures, is no checkpoint without a recipe."""
    zoo = Zoo(SHIPPED)
    catalog, there = zoo.catalog(), {path.parent for path in SHIPPED.rglob("recipe.json")}
    assert {entry.folder for entry in (*catalog, *catalog.translators)} == there and catalog.problems == ()


def test_known_data_sets_come_first(zoo_folder):
    put(zoo_folder / "mnist" / "plain", "mnist", name="plain")
    assert Zoo(zoo_folder).catalog().datasets == ["mnist", "photos", "toys"]


def test_broken_folders_are_one_sentence_each_and_the_rest_works(broken_zoo):
    zoo = Zoo(broken_zoo)
    catalog = zoo.catalog()
    assert catalog.keys == ["photos/colour", "toys/plain", "toys/torn", "toys/deep", "toys/told"]
    assert len(catalog.problems) == len(BROKEN)
    for key, problem in zip(BROKEN, catalog.problems, strict=True):
        assert key in problem and str(broken_zoo) not in problem and "\n" not in problem
    assert zoo.samples(["toys/plain"], [0])["toys/plain"].shape == (1, 8, 8, 1)


def test_torn_weights_are_noticed_on_use_and_forgotten_when_replaced(broken_zoo):
    zoo = Zoo(broken_zoo)
    made = zoo.samples(["toys/torn", "toys/plain"], [0])
    assert list(made) == ["toys/plain"]
    assert "toys/torn" not in zoo.catalog().keys
    assert len([p for p in zoo.problems() if "toys/torn" in p]) == 1
    assert list(zoo.samples(["toys/torn", "toys/plain"], [0])) == ["toys/plain"]
    with pytest.raises(CheckpointError, match="toys/torn"):
        zoo.samples(["toys/torn"], [0])
    shutil.copy(*(broken_zoo / "toys" / name / "generator.safetensors" for name in ("plain", "torn")))
    assert "toys/torn" in zoo.catalog().keys
    assert zoo.samples(["toys/torn"], [0])["toys/torn"].shape == (1, 8, 8, 1)


def test_missing_and_empty_folders_are_empty_catalogs(tmp_path):
    assert Zoo(tmp_path).catalog() == Catalog()
    catalog = Zoo(tmp_path / "nowhere").catalog()
    assert len(catalog) == 0 and len(catalog.problems) == 1


def test_a_folder_of_training_runs_is_a_zoo(tmp_path):
    put(tmp_path / "first" / "checkpoint", name="plain", title="Plain GAN")
    put(tmp_path / "toys" / "second" / "checkpoint", name="plain", title="Plain GAN", seed=1)
    entries = Zoo(tmp_path).catalog().entries
    assert [(e.key, e.title) for e in entries] == [
        ("first", "Plain GAN (first)"),
        ("toys/second", "Plain GAN (toys/second)"),
    ]
    (alone,) = Zoo(tmp_path / "first").catalog().entries
    assert (alone.key, alone.title) == ("first", "Plain GAN")


def test_new_and_changed_checkpoints_are_seen(zoo, zoo_folder):
    before = zoo.samples(["toys/plain"], [0])["toys/plain"]
    put(zoo_folder / "toys" / "more", name="more", title="More")
    put(zoo_folder / "toys" / "plain", name="plain", title="Plainer", seed=5)
    titles = [entry.title for entry in zoo.catalog().of("toys")]
    assert "More" in titles and "Plainer" in titles
    assert (zoo.samples(["toys/plain"], [0])["toys/plain"] != before).any()


def test_facts_and_caption(zoo):
    facts = zoo.facts("toys/told")
    assert json.loads(json.dumps(facts)) == facts
    assert (facts["images"], facts["seconds"], facts["device"]) == (20_000, 75.0, "CPU (test)")
    assert facts["parameters"] == sum(p.numel() for p in zoo.gan("toys/told").G.parameters())
    small = count(facts["parameters"])
    told = f"Told GAN · toys · seeds 0 to 3 · classes in turn · 20k images shown · {small} parameters"
    assert zoo.caption("toys/told", range(4)) == told
    assert "· seed 4 · class one to two ·" in zoo.path_caption("toys/told", [4, 4], [1, "two"])
    assert "· seeds 4, 6 · class one ·" in zoo.path_caption("toys/told", [4, 6])  # as interpolate draws: 4 mod 3
    assert "class" not in zoo.path_caption("toys/plain", [4, 6], [1, 2])
    assert "class" not in zoo.caption("toys/plain", [4], 1)
    assert "· seed 4 · truncation 0.5 · 20k" in zoo.caption("toys/plain", [4], truncation=0.5)
    assert "· class one · truncation 1.5 · 20k" in zoo.path_caption("toys/told", [4, 6], truncation=1.5)


def test_facts_of_a_folder_that_says_odd_things(zoo_folder):
    path = zoo_folder / "toys" / "plain" / "recipe.json"
    content = json.loads(path.read_text())
    odd = {"dataset": ["x"], "images": "many", "seconds": -1, "device": 3, "parameters": {"generator": True}}
    path.write_text(json.dumps({**content, "provenance": odd}))
    facts = Zoo(zoo_folder).facts("toys/plain")
    assert facts["dataset"] == "unknown data"
    assert [facts[k] for k in ("images", "seconds", "device", "parameters")] == [None] * 4


# Pictures ---------------------------------------------------------------------------------------------------


def test_samples_are_those_of_the_api(zoo, zoo_folder):
    made = zoo.samples(TOYS, range(5))
    assert list(made) == TOYS
    for key, pictures in made.items():
        assert pictures.dtype == np.uint8
        assert (pictures == gan_models.load(zoo_folder / key).sample(range(5))).all()
    told = gan_models.load(zoo_folder / "toys/told").sample([3, 3], [1, 1], truncation=0.5)
    for label in (1, "one", np.int64(1), [0.0, 1.0, 0.0]):
        made = zoo.samples(TOYS, [3, 3], label, truncation=0.5)
        assert (made["toys/told"] == told).all()
        assert made["toys/plain"].shape == (2, 8, 8, 1)


def test_interpolate_is_that_of_the_api_and_one_position_is_a_point_of_it(zoo, zoo_folder):
    path = zoo.interpolate(TOYS, [0, 4, 9], steps=5, how="lerp", labels=[0, "two", 1])
    for key, labels in zip(TOYS, [None, None, [0, 2, 1]], strict=True):
        own = gan_models.load(zoo_folder / key).interpolate([0, 4, 9], 5, "lerp", labels)
        assert (path[key] == own).all()
    point = zoo.interpolate(TOYS, [0, 4, 9], at=0.75, how="lerp", labels=[0, "two", 1])
    assert all((point[key] == path[key][3:4]).all() for key in TOYS)
    ends = zoo.interpolate(["toys/told"], [5, 8], at=[0, 1])["toys/told"]
    assert (ends == zoo.samples(["toys/told"], [5, 8], label=5 % 3)["toys/told"]).all()


def test_class_grid(zoo):
    grid = zoo.class_grid("toys/told", [7, 8])
    assert grid.shape == (3, 2, 8, 8, 1)
    for k in range(3):
        assert (grid[k] == zoo.samples(["toys/told"], [7, 8], k)["toys/told"]).all()


def test_a_loop_goes_on_from_the_last_seed_to_the_first(zoo, zoo_folder):
    ask = {"how": "lerp", "labels": [0, "two", 1], "loop": True}
    path = zoo.interpolate(TOYS, [0, 4, 9], steps=6, **ask)
    stops = {"toys/told": [0, "two", 1]}
    for key in TOYS:
        seeds = zip([0, 4, 9], stops.get(key, [None] * 3), strict=True)
        ends = np.concatenate([zoo.samples([key], [seed], label)[key] for seed, label in seeds])
        assert len(path[key]) == 6 and (path[key][::2] == ends).all()  # the first is not drawn again
        labels = [0, 2, 1] if key in stops else None
        assert (
            gan_models.load(zoo_folder / key).interpolate([0, 4, 9], 6, "lerp", labels, loop=True) == path[key]
        ).all()
    back = zoo.interpolate(TOYS, [0, 4, 9], at=[0, 5 / 6, 1], **ask)
    assert all((back[key] == path[key][[0, 5, 0]]).all() for key in TOYS)


def test_a_map_has_its_seeds_at_the_corners(zoo, zoo_folder):
    made = zoo.latent_map(TOYS, [0, 4, 9, 5], 3, labels=[0, "two", 1, "one"])
    for key, labels in zip(TOYS, [None, None, [0, 2, 1, 1]], strict=True):
        gan = gan_models.load(zoo_folder / key)
        assert made[key].shape == (3, 3, 8, 8, 1)
        assert (made[key] == gan.latent_map([0, 4, 9, 5], 3, "slerp", labels)).all()
        assert (made[key][::2, ::2].reshape(4, 8, 8, 1) == gan.sample([0, 4, 9, 5], labels)).all()
    told = zoo.latent_map(["toys/told"], [5, 4, 9, 0], 2)["toys/told"]
    assert (told[1, 1] == zoo.samples(["toys/told"], [0], label=5 % 3)["toys/told"][0]).all()  # the first one's class


def test_real_samples(zoo):
    def tiles(**ask):
        return [int(t[0, 0, 0]) for t in zoo.real_samples("toys", **ask)]

    assert zoo.real_samples("toys", 2).shape == (2, 8, 8, 1)
    assert tiles(n=14) == [*range(12), 0, 1]
    assert tiles(n=6, label="one") == [1, 4, 7, 10, 1, 4]
    assert tiles(n=4, label=[2, 0, "two", 1]) == [2, 0, 5, 1]
    assert zoo.real_samples("toys", 2, label="nine") is None
    for nowhere in ("photos", "nowhere", "../toys", "", "toys/../toys", ".."):
        assert zoo.real_samples(nowhere, 2) is None


def test_damaged_real_pictures_are_none(zoo, zoo_folder):
    (zoo_folder / "toys" / "real.json").write_text("{}")
    assert zoo.real_samples("toys", 2) is None


WRONG = {
    "no key": (lambda z: z.samples([], [0]), "No variant"),
    "unknown key": (lambda z: z.samples(["toys/plian"], [0]), "did you mean 'toys/plain'"),
    "no seed": (lambda z: z.samples(TOYS, []), "No seed"),
    "negative seed": (lambda z: z.samples(TOYS, [-1]), "from 0 to"),
    "large seed": (lambda z: z.samples(TOYS, [2**32]), "from 0 to"),
    "broken seed": (lambda z: z.samples(TOYS, [0.5]), "whole numbers"),
    "true seed": (lambda z: z.samples(TOYS, [True]), "whole numbers"),
    "text seed": (lambda z: z.samples(TOYS, "12"), "whole numbers"),
    "one number as seeds": (lambda z: z.samples(TOYS, 3), "whole numbers"),
    "too many": (lambda z: z.samples(TOYS, range(2000)), "At most 1,024"),
    "unknown label": (lambda z: z.samples(TOYS, [0], 3), "from 0 to 2"),
    "unknown class": (lambda z: z.samples(TOYS, [0], "nine"), "no class 'nine'; it has zero, one, two"),
    "bad mixture": (lambda z: z.samples(TOYS, [0], [0.5, 0.6, 0]), "sum to 1"),
    "true label": (lambda z: z.samples(TOYS, [0], True), "is a class"),
    "truncation": (lambda z: z.samples(TOYS, [0], truncation=3), "from 0 to 2"),
    "truncation nan": (lambda z: z.samples(TOYS, [0], truncation=float("nan")), "from 0 to 2"),
    "lone seed": (lambda z: z.interpolate(TOYS, [0], at=0.5), "two seeds"),
    "no position": (lambda z: z.interpolate(TOYS, [0, 1]), "either"),
    "both": (lambda z: z.interpolate(TOYS, [0, 1], at=0, steps=3), "either"),
    "outside": (lambda z: z.interpolate(TOYS, [0, 1], at=1.1), "from 0 to 1"),
    "word": (lambda z: z.interpolate(TOYS, [0, 1], at="half"), "from 0 to 1"),
    "one step": (lambda z: z.interpolate(TOYS, [0, 1], steps=1), "two steps"),
    "how": (lambda z: z.interpolate(TOYS, [0, 1], at=0, how="jump"), "slerp, lerp"),
    "labels": (lambda z: z.interpolate(TOYS, [0, 1], at=0, labels=[0, 1, 2]), "one label per seed"),
    "grid": (lambda z: z.class_grid("toys/plain", [0]), "unconditional"),
    "three corners": (lambda z: z.latent_map(TOYS, [0, 1, 2]), "four corners, a seed at each; 3 were given"),
    "map steps": (lambda z: z.latent_map(TOYS, [0, 1, 2, 3], 1), "two steps or more"),
    "map words": (lambda z: z.latent_map(TOYS, [0, 1, 2, 3], "many"), "two steps or more"),
    "map how": (lambda z: z.latent_map(TOYS, [0, 1, 2, 3], how="arc"), "slerp, lerp"),
    "large map": (lambda z: z.latent_map(TOYS, [0, 1, 2, 3], 40), "At most 1,024"),
    "map labels": (lambda z: z.latent_map(TOYS, [0, 1, 2, 3], labels=[0, 1]), "one label per seed"),
    "real": (lambda z: z.real_samples("toys", 0), "from 1 to"),
}


@pytest.mark.parametrize(("ask", "words"), WRONG.values(), ids=WRONG)
def test_wrong_questions_get_one_sentence(zoo, ask, words):
    with pytest.raises(ValueError, match=words) as error:
        ask(zoo)
    assert "\n" not in str(error.value)


# Models -----------------------------------------------------------------------------------------------------


def test_a_model_is_loaded_once_by_many_threads(zoo, monkeypatch):
    loads, start, seen, load = [], threading.Barrier(8), [], gan_models.load

    def slow(folder):
        loads.append(folder)
        time.sleep(0.1)
        return load(folder)

    def ask():
        start.wait()
        seen.append(zoo.gan("toys/plain"))

    monkeypatch.setattr(gan_models, "load", slow)
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(loads) == 1 and len(seen) == 8 and len({id(gan) for gan in seen}) == 1


def test_the_least_recently_used_model_goes(zoo_folder):
    zoo = Zoo(zoo_folder, keep=2)
    first = zoo.gan("toys/plain")
    zoo.gan("toys/deep")
    assert zoo.gan("toys/plain") is first
    deep = zoo.gan("toys/deep")
    zoo.gan("toys/plain")
    zoo.gan("toys/told")
    assert zoo.gan("toys/plain") is first
    assert zoo.gan("toys/deep") is not deep


# Text, sheets, files ----------------------------------------------------------------------------------------


def test_words():
    assert [count(n) for n in (7, 999, 20_032, 533_889, 600_000, 1_234_567, 999_999)] == [
        "7", "999", "20k", "534k", "600k", "1.23M", "1M",
    ]  # fmt: skip
    assert [duration(s) for s in (8.2, 2700, 9000)] == ["8 s", "45 min", "2.5 h"]
    assert [seeds_text(s) for s in ([4], range(3), [3, 8])] == ["seed 4", "seeds 0 to 2", "seeds 3, 8"]
    assert class_text(["a", "b"], [0.7, 0.3]) == "70 % a + 30 % b"
    assert dataset_title("fashion_mnist") == "Fashion-MNIST" and dataset_title("cats") == "cats"


def test_sheet_keeps_every_pixel_crisp():
    pictures = np.arange(4 * 2 * 2, dtype=np.uint8).reshape(2, 2, 2, 2, 1)
    made = compose.sheet(pictures, 2, scale=3)
    assert made.shape == (15, 15)
    assert (made[:6:3, :6:3] == pictures[0, 0, :, :, 0]).all() and (made[:, 6:9] == 255).all()
    assert (made[9:, 9:] == pictures[1, 1, :, :, 0].repeat(3, 0).repeat(3, 1)).all()
    named = compose.sheet(pictures, 2, scale=3, row_names=["a", "b"])
    assert (named[:, -15:] == made).all() and named[:6, :-15].min() < 128 < named[0, 0]


def test_panel_sets_captions_under_pictures_of_any_kind():
    grey, colour = np.zeros((3, 20, 20, 1), np.uint8), np.full((30, 40, 3), 9, np.uint8)
    made = compose.panel(["a grey film", "a coloured picture with a caption of several lines"], [grey, colour])
    assert made.shape[0] == 3 and made.shape[3] == 3
    assert (made[:, 12:32, 12:32] == 0).all() and (made[0] == made[2]).all()
    rows = compose.panel(list("abcde"), [grey] * 5, across=2)
    assert rows.shape[1] > 3 * 20 and rows.shape[2] < made.shape[2] + 200
    assert compose.panel(["film"], [grey[..., 0]], scale=2)[:, 12:52, 12:52].max() == 0
    with pytest.raises(ValueError, match="one caption per picture"):
        compose.panel(["one"], [grey, grey])


def test_png_and_gif_round_trip(zoo):
    path = zoo.interpolate(["toys/plain"], [0, 1], steps=5)["toys/plain"]
    assert (np.asarray(Image.open(io.BytesIO(compose.png(path[0])))) == path[0, :, :, 0]).all()
    assert compose.png(path[:1]) == compose.png(path[0])
    film = Image.open(io.BytesIO(compose.gif(path, fps=10)))
    assert film.n_frames == 5 and film.info["duration"] == 100 and film.info["loop"] == 0
    for i, frame in enumerate(path):
        film.seek(i)
        assert (np.asarray(film.convert("L")) == frame[:, :, 0]).all()
    assert compose.there_and_back(path)[:, 0, 0, 0].tolist() == path[[0, 1, 2, 3, 4, 3, 2, 1], 0, 0, 0].tolist()


def test_letters_that_pillows_font_lacks_come_from_the_systems():
    plain = ImageFont.load_default(14)
    assert compose.font_for(["Sneaker", "600k · 12.3 ± 0.2"], 14).getname() == plain.getname()
    try:
        ImageFont.truetype(compose.FONTS[0], 14)
    except OSError:
        pytest.skip(f"{compose.FONTS[0]} is not installed")
    font = compose.font_for(["größere"], 14)
    ink = {letter: bytes(font.getmask(letter)) for letter in "größe"}
    assert len({*ink.values()}) == 5 and bytes(font.getmask("\U0010ffff")) not in ink.values()
    pictures = np.zeros((1, 1, 28, 28, 1), np.uint8)
    assert compose.sheet(pictures, 1, row_names=["größere"]).shape[1] > 84 + 40


# Imports ----------------------------------------------------------------------------------------------------


def test_the_zoo_imports_no_user_interface_and_no_torchvision():
    code = "import sys, demo.zoo.zoo; print(*{'streamlit', 'gradio', 'torchvision', 'train'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
