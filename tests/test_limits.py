"""A stranger's text, numbers and files: whatever a recipe.json holds gives a bounded recipe or one sentence."""

import errno
import json
import os
import threading
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import gan
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from zoos import put

import gan_models
from demo.zoo.entries import Entry, common_classes
from demo.zoo.files import SMALLEST, Files
from gan_models import CheckpointError, Recipe, RecipeError, film, limits, real, work
from gan_models.checkpoint import read_recipe, skeleton
from gan_models.metrics import record
from train.engine.data import load as load_data

ODD = st.sampled_from(
    [
        "x" * 101, "x" * 5_001, "\x00", "a\nb", "a\u2028b", "\u202eabc", "caf\udce9", "\ud800", "", ".", "../x",
        "é" * 100,
        10**400, -(10**400), 2**70, 1e308, float("nan"), float("inf"), -1, 0, True, None, [], {}, [[[[[[[[[]]]]]]]]],
        ["a"] * 1_001, {"x": 10**400}, {"\n": 1}, {"x": "\ud800"}, [float("nan")], ["x" * 101],
    ]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20) | ODD,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(), max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
PLAIN = Recipe(name="x", conditional=True, class_names=("a", "b"), loss_args={"smooth": 0.1}, schedule={"lr": [1, 0]})
FIELDS = st.dictionaries(st.sampled_from([f.name for f in fields(Recipe)]), JSON | ODD, min_size=1, max_size=2)


def one_sentence(error: Exception) -> None:
    text = str(error)
    text.encode()
    assert text and "\n" not in text and len(text) < 700


def bounded(recipe: Recipe) -> None:
    """All that a screen or a file system is given of it."""
    json.dumps(recipe.to_json(), allow_nan=False, ensure_ascii=False).encode()
    assert 0 < len(recipe.name.encode()) <= 200 and not set(recipe.name) & set("/\\\n")
    assert len(recipe.title) <= 100 and len(recipe.summary) <= 5_000 and len(recipe.class_names) <= 1_000
    for name in (recipe.title, recipe.paper, recipe.parent, recipe.network, recipe.loss, *recipe.class_names):
        assert name.isprintable() or not any(ord(c) < 32 for c in name)
    assert all(len(name) <= 100 for name in recipe.class_names)
    numbers = [recipe.year, recipe.weight_clip, *recipe.loss_args.values(), *recipe.views.values()]
    assert all(abs(n) <= limits.NUMBER for n in numbers)


@settings(max_examples=300, deadline=None)
@given(FIELDS)
def test_any_field_gives_a_bounded_recipe_or_one_sentence(changes):
    try:
        recipe = Recipe.from_json({**PLAIN.to_json(), **changes})
    except RecipeError as error:
        one_sentence(error)
    else:
        bounded(recipe)
        assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe


@settings(max_examples=150, deadline=None)
@given(st.one_of(JSON, st.fixed_dictionaries({"format": st.just(1) | JSON, "recipe": JSON, "provenance": JSON})))
def test_any_recipe_file_is_read_or_refused_in_one_sentence(tmp_path_factory, content):
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    (folder / "recipe.json").write_text(json.dumps(content))
    with pytest.raises(CheckpointError) as error:  # the recipe itself is never whole
        read_recipe(folder)
    one_sentence(error.value)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(["dataset", "images", "device", "parameters", "x"]), JSON | ODD, min_size=1))
def test_any_provenance_is_free_json_of_a_bounded_size_or_refused(tmp_path_factory, provenance):
    folder = tmp_path_factory.getbasetemp() / "told"
    folder.mkdir(exist_ok=True)
    content = {"format": 1, "recipe": {"name": "x"}, "provenance": provenance}
    (folder / "recipe.json").write_text(json.dumps(content))
    try:
        _, kept = read_recipe(folder)
    except CheckpointError as error:
        one_sentence(error)
    else:
        json.dumps(kept, allow_nan=False, ensure_ascii=False).encode()
        assert len(json.dumps(kept)) < 100_000


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"loss_args": {"x": int("9" * 400)}}, "must be name=number pairs"),
        ({"year": 2**70}, "must be"),
        ({"title": "x" * 101}, "one line of at most 100 characters"),
        ({"title": "caf\udce9"}, "one line"),
        ({"summary": "x" * 5_001}, "text of at most 5,000 characters"),
        ({"conditional": True, "class_names": ["x" * 900_000]}, "one line of at most 100 characters"),
        ({"conditional": True, "class_names": ["x"] * 60_000}, "60,000 class names; there may be 1,000"),
        ({"g_optimizer": {"name": "Adam", "x": [[[[[[[[]]]]]]]]}}, "within each other"),
    ],
)  # fmt: skip
def test_what_once_was_taken_is_refused(changes, words):
    with pytest.raises(RecipeError) as error:
        Recipe.from_json({"name": "x", **changes})
    assert words in str(error.value)
    one_sentence(error.value)


def test_nothing_is_saved_that_cannot_be_loaded(tmp_path):
    made = gan(Recipe(name="x", network="mlp", network_args={"width": 4}))
    for provenance in ({"dataset": "x" * 65}, {"note": "\ud800"}, {"seconds": float("inf")}):
        with pytest.raises(ValueError, match="must be"):
            gan_models.save(tmp_path / "x", made.recipe, made.G, provenance=provenance)
    assert not list(tmp_path.iterdir())


def test_a_folder_of_pictures_may_be_called_anything(tmp_path):
    from PIL import Image

    for name in (os.fsdecode(b"caf\xe9"), "x" * 200, "two\nlines"):
        (tmp_path / name).mkdir()
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / name / "a.png")
        data = load_data(str(tmp_path / name), tmp_path, size=8)
        assert not limits.line(data.name, limits.DATASET)


# Weights


@pytest.mark.parametrize("kind", [torch.float8_e4m3fn, torch.float64, torch.int64, torch.bool, torch.uint8])
def test_weights_are_floats_of_three_kinds(tmp_path, kind):
    put(tmp_path / "x", name="x", network="dcgan", size=8)
    path = tmp_path / "x" / "generator.safetensors"
    tensors = load_file(path)
    name = next(name for name in tensors if name.endswith("running_mean"))
    save_file({**tensors, name: tensors[name].to(kind)}, path)
    with pytest.raises(CheckpointError, match="must be float16 or float32 or bfloat16"):
        gan_models.load(tmp_path / "x")
    save_file({**tensors, name: tensors[name].to(torch.bfloat16)}, path)
    assert gan_models.load(tmp_path / "x").sample([1]).shape == (1, 8, 8, 1)


def test_whole_numbers_stand_only_where_the_network_has_them(tmp_path):
    put(tmp_path / "x", name="x", network="dcgan", size=8)
    path = tmp_path / "x" / "generator.safetensors"
    tensors = load_file(path)
    name = next(name for name in tensors if name.endswith("num_batches_tracked"))
    save_file({**tensors, name: tensors[name].float()}, path)
    with pytest.raises(CheckpointError, match="num_batches_tracked' is float32, must be int64"):
        gan_models.load(tmp_path / "x")


# Work


def large(**fields) -> Recipe:
    return Recipe(name="x", **{"size": 256, "channels": 3, "z_dim": 128, **fields})


def excess(recipe: Recipe, most: work.Work) -> str:
    return work.excess(skeleton("x", recipe, most=work.Work(10**12, 10**15, 10**18))[0], recipe, most)


def test_a_small_file_that_asks_for_much_work_is_refused():
    recipe = large(network="r3gan", network_args={"width": 256})
    assert "GB of memory for a batch, and at most 1 are allowed" in excess(recipe, work.VISITOR)
    slow = large(network="stylegan2", network_args={"width": 32, "most": 1024})
    roomy = work.Work(10**9, 10**12, work.VISITOR.multiply_adds)
    with pytest.raises(CheckpointError, match=r"too large: it needs 1\d\d billion multiplications"):
        skeleton("x", slow, most=roomy)


@pytest.mark.parametrize("network", ["mlp", "dcgan", "resnet", "r3gan", "stylegan2"])
def test_bigger_models_than_ours_load_on_a_machine_of_ones_own(network):
    recipe = large(network=network, network_args={"width": 64})
    skeleton("x", recipe, discriminator=True)
    small = large(network=network, size=64, network_args={"width": 32})
    assert not excess(small, work.VISITOR)


@pytest.mark.parametrize("network", ["mlp", "dcgan", "resnet", "r3gan", "stylegan2"])
@pytest.mark.parametrize("size", [8, 28, 64])
def test_the_bound_from_the_shapes_alone_is_above_the_estimate(network, size):
    for classes in ((), ("a", "b", "c")):
        recipe = large(network=network, size=size, class_names=classes, conditional=bool(classes))
        for judges, net in enumerate(skeleton("x", recipe, True, work.Work(10**12, 10**15, 10**18))):
            bound, estimate = work.bound(net, recipe), work.estimate(net, recipe, bool(judges))
            assert bound.memory >= estimate.memory and bound.multiply_adds >= estimate.multiply_adds
            assert estimate.parameters == bound.parameters == sum(p.numel() for p in net.parameters())


def test_multiplications_by_hand():
    recipe = Recipe(name="x", size=8, z_dim=6, network="mlp", network_args={"width": 4})
    G, _ = skeleton("x", recipe)
    assert work.estimate(G, recipe).multiply_adds == 16 * (6 * 4 + 4 * 8 + 8 * 16 + 16 * 64)


# Files


def within(seconds: float, ask):
    """What ask() gives or raises; an AssertionError where it takes longer."""
    made = []

    def run():
        try:
            made.append(ask())
        except Exception as error:
            made.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert made, "it waits for ever"
    return made[0]


READERS = {
    "recipe.json": read_recipe,
    "metrics.json": record.read,
    "generator.safetensors": gan_models.load,
    "encoder.safetensors": lambda folder: gan_models.load(folder, latent=True),
    "directions.json": lambda folder: gan_models.load(folder, latent=True),
    "evolution.webp": lambda folder: film.read(folder / "evolution.webp", 3),
    "real.json": lambda folder: real.read(folder.parent, folder.name),
    "real.png": lambda folder: real.read(folder.parent, folder.name),
}


def refusing(forbidden: Path, open_):
    def opened(path, *more, **options):
        if Path(path) == forbidden:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return open_(path, *more, **options)

    return opened


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "giant", "loop", "forbidden"])
@pytest.mark.parametrize("name", READERS)
def test_only_regular_files_of_a_bounded_size_are_read(tmp_path, monkeypatch, name, kind):
    folder = tmp_path / "x"
    put(folder, name="x")
    pictures = real.Real(np.zeros((4, 8, 8, 1), np.uint8), [0] * 4, ["a"], "test")
    real.write(folder, "real", pictures, "x", 2)
    path = folder / name
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "forbidden":
        path.write_bytes(b"{}")
        monkeypatch.setattr(os, "open", refusing(path, os.open))  # an administrator may read everything
    else:
        path.touch()
        os.truncate(path, 3_000_000_000)  # a hole: it takes no room
    said = within(20, lambda: READERS[name](folder))
    assert said is None or isinstance(said, ValueError), said
    if said is not None:
        words = "no regular file", "bytes, and at most", "the system refuses it"
        assert any(word in str(said) for word in words) and "damaged" not in str(said)
        one_sentence(said)


def test_a_file_that_grows_while_it_is_read_is_not_read_beyond_its_limit(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.write_bytes(b"x" * 20)
    monkeypatch.setattr(limits, "_checked", lambda found, most: found)  # it had fewer when it was looked at
    with pytest.raises(limits.NotReadable, match="more than 10 bytes"):
        limits.read(path, 10)


def test_what_is_kept_of_files_is_bounded_and_let_go(tmp_path):
    points = "".join(json.dumps({"images": i, "d_loss": 1.0}) + "\n" for i in range(100))
    for i in range(10):
        (tmp_path / str(i)).mkdir()
        (tmp_path / str(i) / "stats.jsonl").write_text(points)
    files = Files(tmp_path, most=4 * (len(points) + SMALLEST))
    for i in (*range(10), 9, 9, 0):
        assert len(files.curve(tmp_path / str(i))[0]) == 100
    assert len(files._known) == 4


def test_a_training_curve_keeps_only_what_can_be_drawn(tmp_path):
    line = {"images": 1, "d_loss": 1.0, "x" * 41: 1.0, "note": "x" * 1000, "deep": [[1]], "huge": 10**400}
    line |= {f"a{i}": 1.0 for i in range(1000)}
    (tmp_path / "stats.jsonl").write_text(json.dumps(line) + "\n")
    ((point,), notes) = Files(tmp_path).curve(tmp_path)
    assert point["images"] == 1 and point["d_loss"] == 1.0 and len(point) <= 41 and not notes
    assert all(isinstance(value, int | float) for value in point.values())


def test_the_classes_that_many_variants_share_are_found_in_no_time():
    names = tuple(str(i) for i in range(1_000))
    recipe = Recipe(name="x", conditional=True, class_names=names)
    told = [Entry(str(i), "x", recipe, {}, None) for i in range(40)]
    other = Entry("y", "y", replace(recipe, class_names=("7", "x", "3")), {}, None)
    started = time.process_time()
    assert common_classes(told) == list(names) and common_classes([*told, other]) == ["3", "7"]
    assert time.process_time() - started < 2  # lists took 40 s for as many letters
