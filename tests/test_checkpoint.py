"""Checkpoints: a round trip, whole or not at all, one sentence for every damage; and the shipped zoo."""

import ast
import json
import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import SMALL, contents, gan, moments, noise, small
from PIL import Image
from safetensors.torch import load_file, save_file
from torch.utils._python_dispatch import TorchDispatchMode

import gan_models
import train
from gan_models import CheckpointError, Recipe, checkpoint, disk
from gan_models.pictures import tile
from gan_models.recipe import kind_of
from train.engine.report import POINTS
from train.engine.sheets import of_seeds as picture

ROOT = Path(__file__).parent.parent
ZOO = {f"{p.parent.parent.name}/{p.parent.name}": p.parent for p in sorted(ROOT.glob("checkpoints/*/*/recipe.json"))}


@pytest.fixture
def folder(tmp_path):
    """A whole checkpoint of a fully connected pair."""
    g = gan(small(Recipe(name="x", network="mlp")))
    gan_models.save(tmp_path / "x", g.recipe, g.G, g.D, {"dataset": "noise"})
    return tmp_path / "x"


def rewrite(folder: Path, change) -> None:
    """recipe.json through a function."""
    path = folder / "recipe.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))


def reweigh(folder: Path, change) -> None:
    """The tensors of the generator through a function."""
    tensors = load_file(folder / "generator.safetensors")
    save_file(change(tensors), folder / "generator.safetensors")


# The round trip


@pytest.mark.parametrize("recipe", SMALL.values(), ids=SMALL)
def test_what_is_saved_comes_back(recipe, tmp_path):
    g = gan(recipe)
    g.D(torch.randn(4, 1, 28, 28), torch.tensor([0, 1, 2, 0]) if recipe.classes else None)
    gan_models.save(tmp_path / "a", recipe, g.G, g.D, {"dataset": "noise", "images": 3})
    back = gan_models.load(tmp_path / "a", discriminator=True)
    assert back.recipe == recipe and back.provenance == {"dataset": "noise", "images": 3}
    for ours, theirs in ((g.G, back.G), (g.D, back.D)):
        assert not theirs.training
        before, after = ours.state_dict(), theirs.state_dict()
        assert before.keys() == after.keys()
        for key, t in before.items():
            assert after[key].dtype == t.dtype and not after[key].requires_grad
            assert torch.allclose(after[key].double(), t.double(), rtol=2**-11, atol=6e-8)  # half precision
    # The pictures are those of the rounded weights; how far that is from ours, random weights make arbitrary.
    g.G.load_state_dict({k: t.half().to(t.dtype) for k, t in g.G.state_dict().items()})
    ours, theirs = (x.sample(range(5)) for x in (g, back))
    assert np.array_equal(ours, theirs) and ours.std() > 5
    data = noise(recipe, 4)
    asked = data.images.permute(0, 2, 3, 1).numpy(), data.labels if recipe.classes else None
    assert back.score(*asked).tolist() == pytest.approx(g.score(*asked).tolist(), rel=0.05, abs=0.05)

    gan_models.save(tmp_path / "b", back.recipe, back.G, back.D, back.provenance)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")  # nothing more is lost the second time
    assert np.array_equal(gan_models.load(tmp_path / "b").sample(range(5)), back.sample(range(5)))


def test_a_value_that_half_precision_cannot_hold_is_kept(folder):
    g = gan_models.load(folder)
    weight = next(g.G.parameters())
    weight[0, 0] = 1e6
    gan_models.save(folder, g.recipe, g.G)
    assert next(gan_models.load(folder).G.parameters())[0, 0] == 1e6


def test_without_its_discriminator_a_checkpoint_samples_and_says_why_it_cannot_score(folder):
    (folder / "discriminator.safetensors").unlink()
    assert gan_models.load(folder).sample([1]).shape == (1, 28, 28, 1)
    with pytest.raises(CheckpointError, match=r"holds no discriminator\.safetensors"):
        gan_models.load(folder, discriminator=True)


def test_to_sample_only_the_network_must_be_known(folder):
    # A loss, a penalty or a view may live in a training script of somebody's own.
    before = gan_models.load(folder).sample([1, 2])
    _recipe(loss="qqqq", d_terms={"qqqq": 1.0}, views={"qqqq": 1.0})(folder)
    assert np.array_equal(gan_models.load(folder).sample([1, 2]), before)


def test_loading_draws_no_random_numbers(folder):
    # The report loads a checkpoint in the middle of a training.
    before = torch.get_rng_state()
    gan_models.load(folder, discriminator=True)
    assert torch.equal(torch.get_rng_state(), before)


def test_loading_imports_no_compiler(tmp_path):
    # Initial weights and spectral norm on meta tensors would: the first picture would come three seconds later.
    for name, recipe in train.recipes().items():
        g = gan(small(recipe))
        gan_models.save(tmp_path / name, g.recipe, g.G, g.D)
    code = """if True:
        import sys, pathlib, gan_models
        for folder in pathlib.Path(sys.argv[1]).iterdir():
            gan_models.load(folder, discriminator=True)
        print([m for m in ("sympy", "torch._dynamo") if m in sys.modules])
    """
    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# Whole or not at all


@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt()])
def test_an_error_while_writing_leaves_the_old_folder_whole(folder, error):
    def files(new):
        (new / "samples.png").write_bytes(b"half")
        raise error

    before = contents(folder.parent)
    g = gan_models.load(folder)
    with pytest.raises(type(error)):
        gan_models.save(folder, replace(g.recipe, title="new"), g.G, files=files)
    assert contents(folder.parent) == before


def test_a_provenance_that_is_no_json_leaves_the_old_folder_whole(folder):
    before = contents(folder.parent)
    g = gan_models.load(folder)
    with pytest.raises(TypeError):
        gan_models.save(folder, g.recipe, g.G, provenance={"x": object()})
    assert contents(folder.parent) == before


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_rename_that_fails_leaves_the_old_folder_whole(folder, fails_at, monkeypatch):
    calls, replace_file = [], os.replace

    def failing(*paths):
        calls.append(paths)
        if len(calls) == fails_at:
            raise OSError("no")
        replace_file(*paths)

    before, g = contents(folder), gan_models.load(folder)
    monkeypatch.setattr(disk, "exchange", lambda *_: False)  # as where the system cannot exchange folders
    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(OSError, match="no"):
        gan_models.save(folder, replace(g.recipe, title="new"), g.G)
    assert folder.is_dir() and contents(folder) == before


def test_a_new_checkpoint_replaces_the_old_one_whole_and_leaves_nothing_beside_it(folder):
    g = gan_models.load(folder)
    (folder / "foreign.txt").write_text("x")
    gan_models.save(folder, replace(g.recipe, title="new"), g.G, files=lambda new: (new / "a.txt").write_text("a"))
    assert set(contents(folder.parent)) == {f"x/{n}" for n in ("recipe.json", "generator.safetensors", "a.txt")}
    assert gan_models.load(folder).recipe.title == "new"


def test_what_an_interrupted_save_left_behind_is_no_hindrance(folder):
    for left in (".x.new", ".x.old"):
        (folder.parent / left).mkdir()
        (folder.parent / left / "junk").write_text("x")
    g = gan_models.load(folder)
    gan_models.save(folder, g.recipe, g.G)
    assert {p.name for p in folder.parent.iterdir()} == {"x"}


# Safe


def test_nothing_is_ever_unpickled(folder, monkeypatch):
    def never(*_, **__):
        raise AssertionError("a pickle was opened")

    for module, names in ((pickle, ("load", "loads", "Unpickler")), (torch, ("load",))):
        for name in names:
            monkeypatch.setattr(module, name, never)
    gan_models.load(folder, discriminator=True)
    assert set(contents(folder)) == {"recipe.json", "generator.safetensors", "discriminator.safetensors"}
    for path in (ROOT / "gan_models").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {a.name for a in node.names} | {getattr(node, "module", None)}
                assert not names & {"pickle", "dill", "joblib", "cloudpickle", "marshal", "shelve"}
            assert not (isinstance(node, ast.Attribute) and ast.unparse(node) in ("np.load", "torch.jit"))
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
                # Weights of an installed package, and not even they are unpickled: tensors only.
                assert path.name == "choose.py" and "weights_only=True" in ast.unparse(node)


class NoMemory(TorchDispatchMode):
    """Fails on the first tensor above 4 MB that is not on the meta device."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for t in out if isinstance(out, tuple | list) else [out]:
            if isinstance(t, torch.Tensor) and t.device.type != "meta" and t.nbytes > 4e6:
                raise AssertionError(f"{func} made a tensor of {t.nbytes:,} bytes")
        return out


@pytest.mark.parametrize(
    "absurd",
    [
        {"network_args": {"width": 5_000}},
        {"network_args": {"width": 10**9}},
        {"network_args": {"width": 10**30}},
        {"network_args": {"width": 1000}, "size": 1024, "channels": 3},
        {"network": "dcgan", "network_args": {"width": 10**9}, "size": 1024, "z_dim": 4096},
    ],
)
def test_an_absurd_recipe_is_refused_before_anything_is_allocated(folder, absurd):
    rewrite(folder, lambda c: {**c, "recipe": {**c["recipe"], **absurd}})
    with NoMemory():
        refused(folder)


# Damage


def refused(folder, **how) -> str:
    """The one sentence with which a folder is refused."""
    with pytest.raises(CheckpointError) as error:
        gan_models.load(folder, **how)
    text = str(error.value)
    assert str(folder) in text and "\n" not in text and len(text) - len(str(folder)) < 330
    return text


def _recipe(**changes):
    return lambda f: rewrite(f, lambda c: {**c, "recipe": {**c["recipe"], **changes}})


def _text(text: str | bytes, name: str = "recipe.json"):
    return lambda f: (f / name).write_bytes(text if isinstance(text, bytes) else text.encode())


def _cut(name: str, n: int):
    return lambda f: os.truncate(f / name, n)


FIRST = "layers.0.weight"
DAMAGE = {
    "no folder": (shutil.rmtree, "is not a checkpoint: "),
    "no recipe": (lambda f: (f / "recipe.json").unlink(), "is not a checkpoint: it holds no recipe.json"),
    "recipe is a folder": (
        lambda f: ((f / "recipe.json").unlink(), (f / "recipe.json").mkdir()),
        "recipe.json",
    ),
    "no weights": (lambda f: (f / "generator.safetensors").unlink(), "holds no generator.safetensors"),
    "empty recipe": (_cut("recipe.json", 0), "damaged or foreign"),
    "cut recipe": (_cut("recipe.json", 100), "damaged or foreign"),
    "binary recipe": (_text(b"\x80\x04\xff\xfe\x00"), "damaged or foreign"),
    "recipe is a list": (_text("[1, 2]"), "damaged or foreign"),
    "recipe is null": (_text("null"), "damaged or foreign"),
    "recipe is a number": (_text("3"), "damaged or foreign"),
    "foreign JSON": (_text('{"model_type": "gpt2"}'), "damaged or foreign: no 'format'"),
    "deep JSON": (_text("[" * 100_000), "damaged or foreign"),
    "deep JSON inside": (_text('{"format": 1, "recipe": ' + "[" * 100_000), "damaged or foreign"),
    "no provenance": (
        lambda f: rewrite(f, lambda c: {k: v for k, v in c.items() if k != "provenance"}),
        "no 'provenance'",
    ),
    "wrong provenance": (lambda f: rewrite(f, lambda c: {**c, "provenance": 3}), "damaged or foreign"),
    "newer format": (
        lambda f: rewrite(f, lambda c: {**c, "format": 2}),
        "has format 2; this program reads up to 1",
    ),
    "format of text": (lambda f: rewrite(f, lambda c: {**c, "format": "1"}), "has format"),
    "inner recipe is a list": (
        lambda f: rewrite(f, lambda c: {**c, "recipe": []}),
        "a recipe is a JSON object",
    ),
    "unknown key": (_recipe(batsh=3), "did you mean 'batch'?"),
    "wrong type": (_recipe(size="28"), "must be a whole number"),
    "out of range": (_recipe(z_dim=10**12), "must be 1 to 4096"),
    "unknown network": (_recipe(network="hourglass"), "there is no network 'hourglass' (there are dcgan, mlp, "),
    "unknown network argument": (_recipe(network_args={"depth": 9}), "takes no 'depth'"),
    "impossible size": (_recipe(network="dcgan", size=30), "cannot make 30-pixel images"),
    "width of text": (_recipe(network_args={"width": "8"}), "width"),
    "width of nothing": (_recipe(network_args={"width": None}), "width"),
    "negative width": (_recipe(network_args={"width": -8}), "width"),
    "no width": (_recipe(network_args={"width": 0}), "width"),
    "impossible dropout": (_recipe(network_args={"width": 4, "g_dropout": 7}), "dropout"),
    "conditional without classes": (_recipe(conditional=True), "no class names"),
    "another width": (_recipe(network_args={"width": 5}), "does not fit its recipe or is damaged"),
    "another network": (_recipe(network="dcgan"), "does not fit its recipe or is damaged"),
    "another z_dim": (_recipe(z_dim=7), "does not fit its recipe or is damaged"),
    "empty weights": (_cut("generator.safetensors", 0), "does not fit its recipe or is damaged"),
    "cut header": (_cut("generator.safetensors", 50), "does not fit its recipe or is damaged"),
    "cut weights": (_cut("generator.safetensors", 2000), "does not fit its recipe or is damaged"),
    "a pickle": (
        _text(pickle.dumps({"a": 1}), "generator.safetensors"),
        "does not fit its recipe or is damaged",
    ),
    "huge header": (_text(b"\xff" * 64, "generator.safetensors"), "does not fit its recipe or is damaged"),
    "extra tensor": (lambda f: reweigh(f, lambda t: {**t, "extra": torch.zeros(2)}), "extra"),
    "missing tensor": (lambda f: reweigh(f, lambda t: {k: v for k, v in t.items() if k != FIRST}), FIRST),
    "wrong shape": (lambda f: reweigh(f, lambda t: {**t, FIRST: t[FIRST].T.contiguous()}), FIRST),
    "whole numbers": (lambda f: reweigh(f, lambda t: {**t, FIRST: t[FIRST].long()}), "does not fit"),
    "not a number": (lambda f: reweigh(f, lambda t: {**t, FIRST: t[FIRST] * float("nan")}), "not finite"),
    "infinite": (lambda f: reweigh(f, lambda t: {**t, FIRST: t[FIRST] / 0}), "not finite"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_told_in_one_sentence(folder, what):
    damage, words = DAMAGE[what]
    damage(folder)
    assert words in refused(folder)


@pytest.mark.parametrize("where", ["no folder", "no recipe", "deep JSON", "newer format", "unknown key"])
def test_reading_only_the_recipe_refuses_the_same(folder, where):
    damage, words = DAMAGE[where]
    damage(folder)
    with pytest.raises(CheckpointError) as error:
        checkpoint.read_recipe(folder)
    assert words in str(error.value)


def test_the_damage_of_the_discriminator_is_found_when_it_is_asked_for(folder):
    os.truncate(folder / "discriminator.safetensors", 300)
    gan_models.load(folder)
    assert "discriminator.safetensors" in refused(folder, discriminator=True)


# The shipped zoo


def given_row(path: Path, recipe) -> np.ndarray:
    """The given pictures of the first row of a translator's samples.png, as it takes them; see `sheets`."""
    side, times = recipe.size, recipe.size // recipe.given_size
    sheet = np.asarray(Image.open(path / "samples.png"))
    row = sheet[:side].reshape(side, 10, side, -1).swapaxes(0, 1)
    return np.ascontiguousarray(row[:, ::times, ::times, : recipe.given_channels])


@pytest.mark.parametrize("path", ZOO.values(), ids=ZOO)
def test_a_shipped_checkpoint_is_whole_and_makes_pictures(path):
    content = json.loads((path / "recipe.json").read_text(encoding="utf-8"))
    assert content["format"] == kind_of(content["recipe"]).format
    assert content["provenance"]["dataset"] == path.parent.name
    assert content["provenance"]["images"] >= content["provenance"]["planned_images"] > 0

    g = gan_models.load(path, discriminator=(path / "discriminator.safetensors").exists())
    recipe = g.recipe
    assert recipe.name == path.name
    with torch.inference_mode():
        y = (torch.arange(16) % recipe.classes,) if recipe.classes else ()
        images = g(torch.randn(16, *recipe.input_shape, generator=torch.Generator().manual_seed(0)), *y)
    assert images.isfinite().all() and images.shape == (16, recipe.channels, recipe.size, recipe.size)
    drawn = isinstance(g, gan_models.GAN)
    made = (g.sample(range(16)) if drawn else g.translate(given_row(path, recipe))).astype(float)
    assert made.std(axis=(1, 2, 3)).min() > 10  # each picture shows something
    assert made.std(axis=0).mean() > 5  # and not all the same

    shown = np.asarray(Image.open(path / "samples.png"), dtype=float)
    if drawn:
        again = picture(g).astype(float)
        assert shown.shape == again.shape and np.abs(shown - again).mean() < 2
    else:
        row = tile(made.astype(np.uint8), 10).astype(float)
        assert np.abs(shown[recipe.size : 2 * recipe.size] - row).mean() < 2

    points = [json.loads(line) for line in (path / "stats.jsonl").read_text().splitlines()]
    assert 2 <= len(points) <= POINTS
    images = [p["images"] for p in points]
    assert images == sorted(set(images)) and images[-1] == content["provenance"]["images"]
    assert all(np.isfinite(np.hstack(list(p.values()))).all() for p in points)
    now_and_then = {"fd", "shares"}  # of --eval-every
    assert all(p.keys() - now_and_then == points[0].keys() - now_and_then for p in points)

    assert moments(path / "evolution.webp") == len(content["provenance"]["frames"]) > 10
    with Image.open(path / "evolution.webp") as film:
        assert film.n_frames > 10  # most of them differ
        assert film.size == shown.shape[1::-1]


def test_a_shipped_folder_without_a_recipe_is_a_mistake():
    folders = {f"{p.parent.name}/{p.name}" for p in ROOT.glob("checkpoints/*/*") if p.is_dir()}
    assert {f for f in folders if not f.endswith("/extractor")} == set(ZOO)
