"""A checkpoint is a folder that a person can read; it is loaded strictly and saved whole or not at all.

The folder may lie here, or on the Hub (see hub.py).

    recipe.json                the recipe, and how it was trained
    generator.safetensors      the averaged generator, half precision on disk, float32 in use
    discriminator.safetensors  the same for D
    encoder.safetensors directions.json      where it has them: a picture's latent in one pass, what moves do (latent/)
    stats.jsonl samples.png evolution.webp   what the training saw (written by train/)

Only JSON and safetensors: nothing in a checkpoint is ever unpickled.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load as deserialize
from safetensors.torch import save as serialize
from torch.overrides import TorchFunctionMode

from . import hub, limits, losses, networks, penalties, views, work  # noqa: F401  (importing some fills registries)
from .disk import put
from .folder import FORMAT, CheckpointError, check_provenance, one_line, read_recipe
from .home import SHIPPED
from .networks.common import Head
from .recipe import Recipe, RecipeError, did_you_mean
from .registry import LOSSES, NETWORKS, check_arguments
from .sampling import GAN

MOST_WIDTH = 65_536
"""Of any count among the arguments of a network"""
MOST_TENSORS = 2_000
"""Of a pair; each one costs time even where it costs no memory"""
FLOATS = (torch.float16, torch.float32, torch.bfloat16)
"""What weights may be stored in"""


def build(recipe: Recipe, device="cpu", discriminator: bool = True):
    """(G, D) of a recipe, freshly initialised. RecipeError where the recipe does not fit its network.

    discriminator: False leaves D out, as None.
    """
    if recipe.network not in NETWORKS:
        raise RecipeError(f"there is no network {recipe.network!r}{did_you_mean(recipe.network, NETWORKS)}.")
    if recipe.conditional and not recipe.classes:
        raise RecipeError(f"recipe {recipe.name!r} is conditional but has no class names.")
    builder = NETWORKS[recipe.network]
    check_arguments(recipe, "network_args", builder, 1)
    for key, value in recipe.network_args.items():
        if type(value) is int and not 1 <= value <= MOST_WIDTH:
            raise RecipeError(f"recipe {recipe.name!r}: {key} is {value}, must be 1 to {MOST_WIDTH}.")
    try:
        with torch.device(device):
            make_g, make_d = builder(recipe, **recipe.network_args)
            return make_g(), make_d() if discriminator else None
    except (ValueError, TypeError, RuntimeError) as error:
        if isinstance(error, RecipeError):
            raise
        raise RecipeError(f"recipe {recipe.name!r} makes no {recipe.network!r}: {one_line(error)}.") from error


def save(
    folder, recipe: Recipe, G, D=None, provenance: dict | None = None, files: Callable[[Path], None] | None = None
):
    """Write a checkpoint folder in one stroke; a folder that stood there is replaced only when all is written.

    files: called with the unfinished folder, to add its own files (samples.png, stats.jsonl).
    """
    content = {"format": FORMAT, "recipe": recipe.to_json(), "provenance": provenance or {}}
    check_provenance(json.loads(json.dumps(content["provenance"])))  # or `load` would refuse what is written here
    with put(Path(folder)) as new:
        (new / "recipe.json").write_text(json.dumps(content, indent=2) + "\n")
        for name, net in (("generator", G), ("discriminator", D)):
            if net is not None:
                # Not save_file: that makes files for the owner alone, and reports a full disk in its own way.
                (new / f"{name}.safetensors").write_bytes(serialize(halved(net)))
        if files:
            files(new)


def halved(net) -> dict[str, torch.Tensor]:
    """The state of a network, floats in half precision; what half precision cannot hold stays as it is."""

    def half(t):
        h = t.detach().cpu().contiguous()
        h = h.half() if h.is_floating_point() else h
        return h if h.isfinite().all() else t.detach().cpu().contiguous()

    return {k: half(v) for k, v in net.state_dict().items()}


def load(source, device="cpu", discriminator: bool = False, most: work.Work = work.LOCAL, latent: bool = False) -> GAN:
    """The GAN of a checkpoint, ready to sample.

    source: a checkpoint folder; or the key of one in the zoo that comes with the code, "mnist/dcgan", from anywhere; or
    the name of a repository on the Hub, "user/repo" or "user/repo@" with a commit, a tag or a branch. The first of them
    that is there counts. What comes from the Hub has "user/repo@commit" as `provenance["hub"]`. discriminator: load D
    as well, for `score`. most: what a batch may cost. latent: load the encoder and the directions as well, where there
    are some of these weights, for `gan_models.latent`. CheckpointError, one sentence, where it is missing, damaged,
    foreign, too large or newer than this program, or where the Hub cannot be reached.
    """
    if not isinstance(source, str | os.PathLike):
        raise CheckpointError(f"a checkpoint is a folder, or a name such as mnist/dcgan, not {source!r:.60}.")
    folder, name = Path(source), None
    if not os.path.exists(folder):
        if isinstance(source, str) and source in shipped():
            folder = SHIPPED / source
        elif hub.is_name(source):
            try:
                folder, name = hub.pull(source, discriminator)
            except hub.NotThere as error:
                raise CheckpointError(
                    f"There is no folder {source} here, and on the Hub: {error}{known_as(source)}"
                ) from error
            except hub.Unreachable as error:
                raise hub.Unreachable(f"{error}{known_as(source)}") from error
        else:
            raise CheckpointError(f"{folder!s:.200} is not a checkpoint: there is no such folder.{known_as(source)}")
    try:
        recipe, provenance = read_recipe(folder)
        G, D = skeleton(folder, recipe, discriminator, most)
        fill(G, folder / "generator.safetensors")
        if discriminator:
            fill(D, folder / "discriminator.safetensors")
        encoder, found = beside(folder, recipe) if latent else (None, ())
        calibration = calibrated(folder) if discriminator else None
    except CheckpointError as error:
        if name is None:
            raise
        raise CheckpointError(str(error).replace(str(folder), name)) from error
    return GAN(
        recipe, G, provenance if name is None else {**provenance, "hub": name}, D, encoder, found, calibration
    ).to(device)


def beside(folder: Path, recipe: Recipe):
    """(encoder or None, directions) of a folder; CheckpointError where one of them is damaged."""
    from .latent import directions, encoder

    return encoder.read(folder, recipe), directions.read(folder, recipe)


def calibrated(folder: Path):
    """How far D's logit may be taken for a probability's; None where nobody measured it."""
    from .latent import rejection

    return rejection.read(folder)


def shipped() -> list[str]:
    """Keys of the zoo that comes with the code: "mnist/dcgan"."""
    return sorted(path.parent.relative_to(SHIPPED).as_posix() for path in SHIPPED.glob("*/*/recipe.json"))


def known_as(source) -> str:
    """A sentence on what the zoo that comes with the code has of a name, or near it; "" where it has nothing."""
    name, keys = str(source)[-100:].rstrip("/"), shipped()
    found = [key for key in keys if name.endswith("/" + key)] or [key for key in keys if key.endswith("/" + name)]
    found = found or difflib.get_close_matches(name, keys, 3, 0.8)
    return f" The zoo that comes with the code has {', '.join(found)}." if found else ""


def skeleton(folder: Path, recipe: Recipe, discriminator: bool = False, most: work.Work = work.LOCAL):
    """(G, D) of a folder's recipe on the meta device: shapes without memory, so that an absurd recipe costs nothing.

    CheckpointError where the recipe makes no network, or one of which a batch costs more than `most`.
    """
    try:
        with _Uninitialised():
            G, D = build(recipe, "meta", discriminator)
        excess = work.excess(G, recipe, most) or (work.excess(D, recipe, most, judges=True) if discriminator else "")
    except RecipeError as error:
        raise CheckpointError(f"{folder}: the recipe makes no network: {error}") from error
    except Exception as error:  # whatever torch says of shapes that do not go together
        raise CheckpointError(f"{folder}: the recipe makes no network that runs: {one_line(error)}") from error
    if excess:
        raise CheckpointError(f"{folder} is too large: it needs {excess}.")
    if discriminator and recipe.loss not in LOSSES:
        drop_unsaved_bias(D, folder / "discriminator.safetensors")
    return G, D


def drop_unsaved_bias(D, path: Path) -> None:
    """Take the bias of D's last layer away where its file has none.

    Whether there is one follows from the loss, and a loss that a training script registers is not known elsewhere.
    """
    if not path.is_file():
        return
    try:
        with safe_open(path, "pt") as file:
            saved = set(file.keys())
    except (SafetensorError, OSError):
        return  # `fill` says what is wrong with it
    for name, module in D.named_modules():
        if isinstance(module, Head) and f"{name}.judge.bias".removeprefix(".") not in saved:
            module.judge.bias = None


def most_bytes(net) -> int:
    """What the file of a network can have at most: each value in four bytes, and a header."""
    return 4 * sum(t.numel() for t in net.state_dict().values()) + 2**20


_SPECTRAL = {
    torch.nn.functional.normalize: lambda x, *_, out=None, **__: x if out is None else out,
    torch.mv: lambda matrix, _: matrix.new_empty(len(matrix)),
    torch.vdot: lambda x, _: x.new_empty(()),
    torch.Tensor.normal_: lambda x, *_: x,
    torch.Tensor.div: lambda x, _: x,
}
"""What spectral norm begins with, 15 power iterations for each layer, as shapes alone"""


class _Uninitialised(TorchFunctionMode):
    """Skips initial weights: they are about to be replaced, and the first draw on meta imports a compiler (2 s).

    RecipeError as soon as there are too many tensors: a network of 60,000 layers would take minutes even on meta.
    """

    made = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if getattr(func, "__module__", "") == "torch.nn.init":
            return args[0] if args else kwargs["tensor"]
        if func in _SPECTRAL:
            return _SPECTRAL[func](*args, **kwargs)
        self.made += func in (torch.empty, torch.zeros, torch.ones, torch.full)
        if self.made > MOST_TENSORS:
            raise RecipeError(f"it has more than {MOST_TENSORS:,} tensors.")
        return func(*args, **kwargs)


def fill(net, path: Path) -> None:
    """Give a network on the meta device the weights of a file, in float32; strict in names, shapes and kinds."""
    expected = net.state_dict()
    try:
        stored = deserialize(limits.read(path, most_bytes(net)))
        for name, t in stored.items():
            real = name not in expected or expected[name].is_floating_point()
            allowed = FLOATS if real else (expected[name].dtype,)
            if t.dtype not in allowed:
                words = " or ".join(str(kind).removeprefix("torch.") for kind in allowed)
                raise ValueError(f"{limits.shown(name)} is {str(t.dtype).removeprefix('torch.')}, must be {words}")
        tensors = {k: v.float() if v.is_floating_point() else v for k, v in stored.items()}
        net.load_state_dict(tensors, strict=True, assign=True)
    except (FileNotFoundError, NotADirectoryError):
        raise CheckpointError(f"{path.parent} holds no {path.name}.") from None
    except MemoryError:
        raise  # that is this machine's trouble
    except Exception as error:  # whatever a stranger's file makes the libraries say
        raise CheckpointError(f"{path} does not fit its recipe or is damaged: {one_line(error)}") from error
    for name, t in tensors.items():
        if not t.isfinite().all():
            raise CheckpointError(f"{path}: {name} holds values that are not finite.")
