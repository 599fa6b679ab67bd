"""Checkpoints: a round trip, whole or not at all, and nothing in them is run."""

import ast
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import SMALL, contents, gan, noise, saved, small
from sources import listed

import gan_models
import train
from gan_models import CheckpointError, checkpoint, disk

folder = pytest.fixture(saved)
ROOT = Path(__file__).parent.parent

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


def test_weights_are_loaded_channels_last():
    gan = gan_models.load("mnist/dcgan", discriminator=True)
    for net in (gan.G, gan.D):
        kernels = [p for p in net.parameters() if p.dim() == 4]
        assert kernels and all(p.is_contiguous(memory_format=torch.channels_last) for p in kernels)


def test_a_value_that_half_precision_cannot_hold_is_kept(folder):
    g = gan_models.load(folder)
    weight = next(g.G.parameters())
    weight[0, 0] = 1e6
    gan_models.save(folder, g.recipe, g.G)
    assert next(gan_models.load(folder).G.parameters())[0, 0] == 1e6


@pytest.mark.parametrize("value", [1e6, 70_000.0, 1e-6, 1e-9, 1e-30])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.bfloat16])
def test_a_tensor_that_half_precision_would_lose_comes_back_as_it_was(folder, value, kind):
    g = gan_models.load(folder)
    g.G.to(kind)
    weight = next(g.G.parameters())
    weight.fill_(value)
    gan_models.save(folder, g.recipe, g.G)
    assert torch.equal(next(gan_models.load(folder).G.parameters()), weight.float())


def test_small_weights_among_larger_ones_cost_no_float32(folder):
    g = gan_models.load(folder)
    next(g.G.parameters())[0, :3] = torch.tensor([1e-6, 1e-9, 0.0])
    assert {t.dtype for t in checkpoint.halved(g.G).values() if t.is_floating_point()} == {torch.float16}


def test_without_its_discriminator_a_checkpoint_samples_and_says_why_it_cannot_score(folder):
    (folder / "discriminator.safetensors").unlink()
    assert gan_models.load(folder).sample([1]).shape == (1, 28, 28, 1)
    with pytest.raises(CheckpointError, match=r"holds no discriminator\.safetensors"):
        gan_models.load(folder, discriminator=True)


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


def _weigh(value):
    def change(g):
        next(g.G.parameters()).view(-1)[0] = value

    return change


UNFIT = {
    "another recipe": (lambda g: vars(g).update(recipe=replace(g.recipe, z_dim=7)), "must be [4, 7]"),
    "another network": (lambda g: vars(g).update(recipe=replace(g.recipe, network="dcgan")), "does not fit the recipe"),
    "no network at all": (lambda g: vars(g).update(recipe=replace(g.recipe, network="x")), "there is no network 'x'"),
    "no G": (lambda g: vars(g).update(G=None), "the generator is None, must be a network"),
    "a state as G": (lambda g: vars(g).update(G=g.G.state_dict()), "the generator is "),
    "D as G": (lambda g: vars(g).update(G=g.D, D=g.G), "the generator does not fit the recipe"),
    "G as D": (lambda g: vars(g).update(D=g.G), "the discriminator does not fit the recipe"),
    "G within another": (lambda g: vars(g).update(G=torch.nn.Sequential(g.G)), "it has no layers.0.weight"),
    "not a number": (_weigh(float("nan")), "layers.0.weight of the generator holds values that are not finite"),
    "infinite": (_weigh(float("-inf")), "not finite"),
    "too large for float32": (lambda g: (g.G.double(), _weigh(1e300)(g)), "not finite"),
    "whole numbers": (lambda g: setattr(next(g.G.children())[0], "weight", _whole(g)), "is int64, must be float32"),
}


def _whole(g):
    return torch.nn.Parameter(next(g.G.parameters()).long(), requires_grad=False)


@pytest.mark.parametrize("what", UNFIT)
def test_what_could_not_be_loaded_is_not_written_and_the_old_one_stays(folder, what):
    g, before = gan_models.load(folder, discriminator=True), contents(folder.parent)
    change, words = UNFIT[what]
    change(g)
    with pytest.raises(ValueError) as error:
        gan_models.save(folder, g.recipe, g.G, g.D)
    assert words in str(error.value) and str(folder) in str(error.value) and "\n" not in str(error.value)
    assert contents(folder.parent) == before


def test_a_loss_of_somebodys_own_is_saved_with_and_without_its_bias(folder):
    g = gan_models.load(folder, discriminator=True)
    for loss in ("wasserstein", "non_saturating"):  # without the last bias, and with it
        D = gan_models.build(replace(g.recipe, loss=loss))[1]
        gan_models.save(folder, replace(g.recipe, loss="qqqq"), g.G, D)
        assert gan_models.load(folder, discriminator=True).D.state_dict().keys() == D.state_dict().keys()


@pytest.mark.parametrize("what", ["folder", "hidden", "file", "link", "link to nothing"])
def test_what_is_no_checkpoint_is_not_deleted(folder, what):
    g, path = gan_models.load(folder), folder.parent / "mine"
    if what in ("folder", "hidden"):
        path.mkdir()
        (path / (".notes" if what == "hidden" else "thesis.tex")).write_text("x")
    elif what == "file":
        path.write_text("x")
    else:
        path.symlink_to(folder.parent if what == "link" else folder.parent / "nowhere")
    before = contents(folder.parent)
    with pytest.raises(ValueError, match=r"mine is not replaced, since it holds no recipe\.json"):
        gan_models.save(path, g.recipe, g.G)
    assert contents(folder.parent) == before and os.path.lexists(path) and path.is_symlink() == ("link" in what)


def test_an_empty_folder_is_filled(folder):
    g = gan_models.load(folder)
    (folder.parent / "empty").mkdir()
    gan_models.save(folder.parent / "empty", g.recipe, g.G)
    assert np.array_equal(gan_models.load(folder.parent / "empty").sample([1]), g.sample([1]))


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
    for path in listed("gan_models", "**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {a.name for a in node.names} | {getattr(node, "module", None)}
                assert not names & {"pickle", "dill", "joblib", "cloudpickle", "marshal", "shelve"}
            assert not (isinstance(node, ast.Attribute) and ast.unparse(node) in ("np.load", "torch.jit"))
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
                # Weights of an installed package, and not even they are unpickled: tensors only.
                assert path.name == "choose.py" and "weights_only=True" in ast.unparse(node)
