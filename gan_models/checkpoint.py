"""A checkpoint is a folder that a person can read; it is loaded strictly and saved whole or not at all.

    recipe.json                the recipe, and how it was trained
    generator.safetensors      the averaged generator, half precision on disk, float32 in use
    discriminator.safetensors  the same for D
    encoder.safetensors directions.json      optional: finds a picture's latent in one pass; edit directions (latent/)
    stats.jsonl samples.png evolution.webp   the record of the training (written by train/)

Only JSON and safetensors: nothing in a checkpoint is ever unpickled.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load as deserialize
from safetensors.torch import save as serialize
from torch.overrides import TorchFunctionMode

from . import limits, losses, networks, penalties, views, work  # noqa: F401  (importing some fills registries)
from .arguments import checked_device
from .disk import put
from .folder import CheckpointError, check_provenance, one_line, read_recipe
from .model import Model
from .networks.common import Both, Head
from .networks.patchgan import PatchGAN
from .recipe import AnyRecipe, Recipe, RecipeError, TranslatorRecipe
from .registry import LOSSES, builder, check_arguments
from .sampling import GAN
from .translation import Translator

MODELS: dict[type[AnyRecipe], type[Model]] = {Recipe: GAN, TranslatorRecipe: Translator}
"""The class that a recipe's checkpoint is loaded as"""
MOST_WIDTH = 65_536
"""The largest value of a count among the arguments of a network"""
MOST_TENSORS = 2_000
"""Of a pair; each one costs time even where it costs no memory"""
FLOATS = (torch.float16, torch.float32, torch.bfloat16)
"""Data types that weights may be stored in"""


def build(recipe: AnyRecipe, device="cpu", discriminator: bool = True):
    """(G, D) of a recipe, freshly initialised; each is a `Both` if the recipe is a cycle. Raises RecipeError if the
    recipe does not fit its network.

    discriminator: False gives None for D. A network with more parameters than `load` accepts is not built.
    """
    if checked_device(device).type != "meta":
        with _Uninitialised():
            for net in build(recipe, "meta", discriminator):
                count = 0 if net is None else sum(p.numel() for p in net.parameters())
                if count > work.LOCAL.parameters:
                    raise RecipeError(
                        f"recipe {recipe.name!r} makes a network of {count:,} parameters; at most "
                        f"{work.LOCAL.parameters:,} are built."
                    )
    make = builder(recipe)
    if recipe.conditional and not recipe.classes:
        raise RecipeError(f"recipe {recipe.name!r} is conditional but has no class names.")
    check_arguments(recipe, "network_args", make, 1)
    for key, value in recipe.network_args.items():
        if type(value) is int and not 1 <= value <= MOST_WIDTH:
            raise RecipeError(f"recipe {recipe.name!r}: {key} is {value}, must be 1 to {MOST_WIDTH}.")
    try:
        with torch.device(device):
            sides = make(recipe, **recipe.network_args)[: 2 if discriminator else 1]
            G, *D = (Both(one(), one()) if recipe.cycle else one() for one in sides)
            return G, D[0] if D else None
    except (ValueError, TypeError, RuntimeError) as error:
        if isinstance(error, RecipeError):
            raise
        raise RecipeError(f"recipe {recipe.name!r} makes no {recipe.network!r}: {one_line(error)}.") from error


def save(
    folder, recipe: AnyRecipe, G, D=None, provenance: dict | None = None, files: Callable[[Path], None] | None = None
):
    """Write a checkpoint folder, whole or not at all; an older checkpoint there is replaced only when all is written.

    files: called with the unfinished folder, to add its own files (samples.png, stats.jsonl). Raises ValueError if the
    path holds anything else than a checkpoint, or if `load` would refuse what is to be written; what was there stays.
    """
    folder = Path(folder)
    content = {"format": recipe.format, "recipe": recipe.to_json(), "provenance": provenance or {}}
    check_provenance(json.loads(json.dumps(content["provenance"])))  # or `load` would refuse what is written here
    weights = writable(folder, recipe, G, D)
    with put(folder, "recipe.json") as new:
        (new / "recipe.json").write_text(json.dumps(content, indent=2) + "\n")
        for name, tensors in weights.items():
            # Not save_file: its files are readable by the owner alone, and it reports a full disk in its own way.
            (new / f"{name}.safetensors").write_bytes(serialize(tensors))
        if files:
            files(new)


def writable(folder: Path, recipe: AnyRecipe, G, D=None) -> dict[str, dict[str, torch.Tensor]]:
    """Name of a network -> the tensors to write. Raises ValueError if `load` would refuse them."""
    nets = {"generator": G} if D is None else {"generator": G, "discriminator": D}
    for name, net in nets.items():
        if not isinstance(net, torch.nn.Module):
            raise ValueError(f"{folder} is not written: the {name} is {limits.shown(net)}, must be a network.")
    expected = skeleton(folder, recipe, D is not None, saved=None if D is None else set(D.state_dict()))
    weights = {name: halved(net) for name, net in nets.items()}
    for (name, tensors), net in zip(weights.items(), expected, strict=False):
        if words := misfit(tensors, net.state_dict()):
            raise ValueError(f"{folder} is not written: the {name} does not fit the recipe {recipe.name!r}: {words}.")
        for key, t in tensors.items():
            if not t.isfinite().all():
                raise ValueError(f"{folder} is not written: {key} of the {name} holds values that are not finite.")
    return weights


def misfit(tensors: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> str:
    """How tensors differ in names, kinds and shapes from those that a recipe's network has, in words; "" if they do
    not."""
    for key in (*expected, *tensors):
        if key not in tensors or key not in expected:
            return f"it has {'an unknown' if key in tensors else 'no'} {key}"
        t, wanted = tensors[key], expected[key]
        if t.shape != wanted.shape:
            return f"{key} has the shape {list(t.shape)}, must be {list(wanted.shape)}"
        kinds = FLOATS if wanted.is_floating_point() else (wanted.dtype,)
        if t.dtype not in kinds:
            return f"{key} is {t.dtype}, must be {wanted.dtype}".replace("torch.", "")
    return ""


def halved(net) -> dict[str, torch.Tensor]:
    """The state of a network, floats in half precision; a tensor that half precision cannot hold is in float32: one
    with a value above 65,504, or with values so small that they would be lost."""

    def half(t):
        t = t.detach().cpu().contiguous()
        if not t.is_floating_point():
            return t
        h, t = t.half(), t.float()
        # Rounding costs half of this at most, unless the tensor's values are those for which half precision has few
        # digits or none, below 6e-5.
        return h if h.isfinite().all() and (h - t).abs().sum() <= 2**-10 * t.abs().sum() else t

    return {k: half(v) for k, v in net.state_dict().items()}


def load(
    folder,
    device="cpu",
    discriminator: bool = False,
    most: work.Work = work.LOCAL,
    latent: bool = False,
    kind: type[AnyRecipe] = AnyRecipe,
) -> GAN | Translator:
    """The GAN of a checkpoint folder, ready to sample, or its Translator, ready to translate; `gan_models.load` takes
    names as well.

    discriminator: load D as well, for `score`. most: the largest cost allowed for a batch. latent: load the encoder and
    the directions as well, if they were made for these weights; `gan_models.latent` uses them. kind: the kind of recipe
    expected. Raises CheckpointError, with one sentence, if the checkpoint is missing, damaged, foreign, of another
    kind, too large or newer than this program.
    """
    folder, device = Path(folder), holding(device)
    recipe, provenance = read_recipe(folder, kind)
    G, D = skeleton(folder, recipe, discriminator, most)
    fill(G, folder / "generator.safetensors")
    if discriminator:
        fill(D, folder / "discriminator.safetensors")
    more = beside(folder, recipe, discriminator, latent) if isinstance(recipe, Recipe) else {}
    return MODELS[type(recipe)](recipe, G, provenance, D, **more).to(device)


def holding(device) -> torch.device:
    """A device that can hold weights; anything else raises ValueError."""
    found = checked_device(device)
    if found.type == "meta":
        raise ValueError("the device meta holds no weights: give cpu, or cuda, cuda:1 or mps where there is one.")
    return found


def beside(folder: Path, recipe: Recipe, discriminator: bool, latent: bool) -> dict:
    """The encoder, directions and calibration in a GAN's checkpoint folder, as arguments of `GAN`. Raises
    CheckpointError if one is damaged. The calibration tells how to turn D's logit into a probability, if measured."""
    from .latent import directions, encoder, rejection

    found = {"encoder": encoder.read(folder, recipe), "directions": directions.read(folder, recipe)} if latent else {}
    return {**found, "calibration": rejection.read(folder) if discriminator else None}


def skeleton(
    folder: Path,
    recipe: AnyRecipe,
    discriminator: bool = False,
    most: work.Work = work.LOCAL,
    saved: set[str] | None = None,
):
    """(G, D) of a folder's recipe on the meta device: shapes without memory, so that an absurd recipe costs nothing.

    saved: names of D's tensors; None: those of its file. Raises CheckpointError if the recipe makes no network, or if a
    batch through it costs more than `most`.
    """
    try:
        with _Uninitialised():
            G, D = build(recipe, "meta", discriminator)
        excess = work.excess(G, recipe, most) or (work.excess(D, recipe, most, judges=True) if discriminator else "")
    except RecipeError as error:
        raise CheckpointError(f"{folder}: the recipe makes no network: {error}") from error
    except Exception as error:  # any error of torch about shapes that do not match
        raise CheckpointError(f"{folder}: the recipe makes no network that runs: {one_line(error)}") from error
    if excess:
        raise CheckpointError(f"{folder} is too large: it needs {excess}.")
    if discriminator and recipe.loss not in LOSSES:
        drop_unsaved_bias(D, names_in(folder / "discriminator.safetensors") if saved is None else saved)
    return G, D


def names_in(path: Path) -> set[str] | None:
    """Names of the tensors in a file; None if it cannot be read, which `fill` reports."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, "pt") as file:
            return set(file.keys())
    except (SafetensorError, OSError):
        return None


def drop_unsaved_bias(D, saved: set[str] | None) -> None:
    """Remove the bias of D's last layer if it is not among the saved tensors; None: these are not known.

    The loss decides whether D has one, and a loss that a training script registers is unknown to other programs.
    """
    for name, module in D.named_modules() if saved is not None else ():
        if isinstance(module, Head | PatchGAN) and f"{name}.judge.bias".removeprefix(".") not in saved:
            module.judge.bias = None


def most_bytes(net) -> int:
    """The largest size of a network's file in bytes: four bytes per value, and a header."""
    return 4 * sum(t.numel() for t in net.state_dict().values()) + 2**20


_SPECTRAL = {
    torch.nn.functional.normalize: lambda x, *_, out=None, **__: x if out is None else out,
    torch.mv: lambda matrix, _: matrix.new_empty(len(matrix)),
    torch.vdot: lambda x, _: x.new_empty(()),
    torch.Tensor.normal_: lambda x, *_: x,
    torch.Tensor.div: lambda x, _: x,
}
"""Replaces the start of spectral norm, 15 power iterations for each layer, by shapes alone"""


class _Uninitialised(TorchFunctionMode):
    """Skips initial weights: they are soon replaced, and the first random draw on meta imports a compiler (2 s).

    Raises RecipeError as soon as there are too many tensors: 60,000 layers would take minutes even on meta.
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
    """Give a network on the meta device the weights of a file, in float32; strict in names, shapes and kinds. Channels
    last: convolutions run faster in this layout, forwards and backwards."""
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
        raise  # the fault is this machine's, not the file's
    except limits.NotReadable as error:
        raise CheckpointError(f"{path} is not read: {error}.") from error
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {one_line(error)}.") from error
    except Exception as error:  # a foreign file can raise anything in the libraries
        raise CheckpointError(f"{path} does not fit its recipe or is damaged: {one_line(error)}") from error
    for name, t in tensors.items():
        if not t.isfinite().all():
            raise CheckpointError(f"{path}: {name} holds values that are not finite.")
    net.to(memory_format=torch.channels_last)
