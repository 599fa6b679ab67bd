"""Damaged, absurd and foreign checkpoints: one sentence for each, and those that can be sampled all the same."""

import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import saved
from safetensors.torch import load_file, save_file
from torch.utils._python_dispatch import TorchDispatchMode

import gan_models
from gan_models import CheckpointError, checkpoint, limits

folder = pytest.fixture(saved)


def rewrite(folder: Path, change) -> None:
    """recipe.json through a function."""
    path = folder / "recipe.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))


def reweigh(folder: Path, change) -> None:
    """The tensors of the generator through a function."""
    tensors = load_file(folder / "generator.safetensors")
    save_file(change(tensors), folder / "generator.safetensors")


def test_to_sample_only_the_network_must_be_known(folder):
    # A loss, a penalty or a view may live in a training script of somebody's own.
    before = gan_models.load(folder).sample([1, 2])
    _recipe(loss="qqqq", d_terms={"qqqq": 1.0}, views={"qqqq": 1.0})(folder)
    assert np.array_equal(gan_models.load(folder).sample([1, 2]), before)


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


@pytest.mark.parametrize("kind", ["gan", None, 3, int, gan_models.GAN])
def test_a_kind_that_is_none_is_not_the_fault_of_the_file(folder, kind):
    for source in (folder, "mnist/gan", "user/nobody"):
        with pytest.raises(ValueError, match="kind is a class of recipes, Recipe or TranslatorRecipe, not ") as error:
            gan_models.load(source, kind=kind)
        assert not isinstance(error.value, CheckpointError)


def test_a_device_without_memory_holds_no_model(folder):
    for source in (folder, "user/nobody"):
        with pytest.raises(ValueError, match="the device meta holds no weights: give cpu"):
            gan_models.load(source, device="meta")


@pytest.mark.parametrize("name", ["recipe.json", "generator.safetensors"])
def test_a_file_that_may_not_be_read_is_not_called_damaged(folder, name, monkeypatch):
    read = limits.read

    def denied(path, most):
        if Path(path).name == name:
            raise PermissionError(13, "Permission denied", str(path))
        return read(path, most)

    monkeypatch.setattr(limits, "read", denied)
    text = refused(folder)
    assert text.endswith(f"{name} cannot be read: Permission denied.")
