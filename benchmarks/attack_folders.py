"""A zoo of small untrained networks, and what `benchmarks.attack` does to a folder of it at random."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save

import gan_models
from gan_models import Recipe, checkpoint, film, real
from gan_models.metrics import record

CLASSES = ("zero", "one", "two")
SIZE = 8


# The zoo ----------------------------------------------------------------------------------------------------


KINDS: dict[str, dict] = {
    "mlp": {},
    "dcgan": {"channels": 3},
    "resnet": {"conditional": True, "class_names": CLASSES, "network_args": {"width": 4, "d_spectral": True}},
    "r3gan": {"conditional": True, "class_names": CLASSES, "loss": "relativistic"},
    "stylegan2": {"conditional": True, "class_names": CLASSES, "size": 16},
}
"""Network -> what else a recipe of the zoo has"""


def build(folder: Path) -> None:
    """A zoo of small untrained networks: two sound neighbours, and one of each kind, with all files that one can have,
    in `folder/kinds`."""
    for seed, (network, fields) in enumerate(KINDS.items()):
        settings = {"size": SIZE, "z_dim": 6, "network_args": {"width": 4}, "name": network, "year": 2014 + seed}
        recipe = Recipe(**{**settings, "network": network, "title": network.upper(), "parent": "mlp", **fields})
        _checkpoint(folder / "kinds" / network, recipe, seed)
    for i, network in enumerate(("mlp", "resnet")):
        shutil.copytree(folder / "kinds" / network, folder / "zoo" / "toys" / f"sound{i}")
    pictures = np.arange(12, dtype=np.uint8)[:, None, None, None] * np.ones((1, SIZE, SIZE, 1), np.uint8)
    shown = real.Real(pictures, [i % 3 for i in range(12)], list(CLASSES), "test")
    real.write(folder / "zoo" / "toys", real.SHOWN, shown, "toys", 3)


def _checkpoint(folder: Path, recipe: Recipe, seed: int) -> None:
    torch.manual_seed(seed)
    G, D = checkpoint.build(recipe)
    about = {"dataset": "toys", "images": 1000, "seconds": 10.0, "frames": [0, 500, 1000], "device": "CPU"}
    count = sum(p.numel() for p in G.parameters())
    gan_models.save(folder, recipe, G, D, {**about, "parameters": {"generator": count, "discriminator": 9}})
    points = ({"images": 10 * i, "d_loss": 1.0, "real_logit": 2.0, "fake_logit": 1.0} for i in range(20))
    (folder / "stats.jsonl").write_text("".join(json.dumps(point) + "\n" for point in points))
    sheet = np.zeros((2 * recipe.size, 4 * recipe.size, *([3] if recipe.channels == 3 else [])), np.uint8)
    film.write(folder / "evolution.webp", [sheet + 80 * k for k in range(3)])
    Image.fromarray(sheet).save(folder / "samples.png")
    figure = {"mean": 12.0 + seed, "spread": 0.1, "values": [12.0]}
    block = {
        "extractor": {"name": "toys-cnn", "hash": "01", "features": 8}, "n": 1000, "seeds": [0],
        "reference": {"dataset": "toys", "split": "test", "n": 500, "hash": "02"},
        "figures": {name: figure for name in ("fd", "precision", "recall", "coverage")},
        "class_names": list(CLASSES), "class_shares": [0.3, 0.3, 0.4],
    }  # fmt: skip
    head = {"format": 1, "generator": record.generator_hash(folder), "dataset": "toys"}
    cost = {"parameters": count, "images": 1000, "training_seconds": 10.0}
    record.write(folder, {**head, "measured": {"toys-cnn": block}, "cost": cost, "training_seeds": 1})


# Mutations --------------------------------------------------------------------------------------------------


TEXTS = [
    "",
    " ",
    "x" * 101,
    "x" * 255,
    "x" * 5_001,
    "x" * 300_000,
    "\x00",
    "a\nb",
    "a\u2028b",
    "\u202eabc",
    "caf\udce9",
]
TEXTS += ["\ud83d", "../../etc/passwd", "/etc", ".", "con", "<script>alert(1)</script>", "$\\input{x}$", "é" * 100]
TEXTS += [
    "![x](http://x)",
    "{x}",
    "%s",
    "mlp",
    "dcgan",
    "wasserstein",
    "toys",
    "'; --",
    "A\u0301" * 50,
    "\U0001f600" * 64,
]
NUMBERS = [0, 1, -1, 2, 3, 2**31, 2**63, 2**70, -(2**70), 10**400, 0.5, -0.0, 1e-320, 1e308, -1e308, 1e12, 4096, 1024]
NUMBERS += [float("nan"), float("inf"), -float("inf"), 3.0, 7, 100]


def value(chance: random.Random, depth: int = 0):
    """Any JSON, odd where it can be."""
    kind = chance.randrange(9 if depth < 3 else 6)
    if kind < 2:
        return chance.choice(TEXTS)
    if kind < 4:
        return chance.choice(NUMBERS)
    if kind < 6:
        return chance.choice([None, True, False, [], {}, "1", [[]]])
    if kind == 6:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == 7:
        return {
            chance.choice(["x", "lr", "mean", *TEXTS]): value(chance, depth + 1) for _ in range(chance.randrange(4))
        }
    return chance.choice([["a"] * 2_000, {str(i): i for i in range(3_000)}, [[0] * 100] * 100, _nested(2_000)])


def _nested(depth: int) -> list:
    made: list = []
    for _ in range(depth):
        made = [made]
    return made


def change(chance: random.Random, content):
    """The same JSON with one place in it changed, removed, doubled or swapped."""
    if isinstance(content, dict) and content and chance.random() < 0.9:
        key = chance.choice(list(content))
        kind = chance.random()
        if kind < 0.6 and isinstance(content[key], dict | list):
            return {**content, key: change(chance, content[key])}
        if kind < 0.7:
            return {k: v for k, v in content.items() if k != key}
        if kind < 0.8:
            return {**content, chance.choice(["extra", *TEXTS]): value(chance)}
        return {**content, key: value(chance)}
    if isinstance(content, list) and content and chance.random() < 0.9:
        at = chance.randrange(len(content))
        new = change(chance, content[at]) if chance.random() < 0.5 else value(chance)
        return chance.choice([content[:at], content + content, [*content[:at], new, *content[at + 1 :]]])
    return value(chance)


def json_file(name: str) -> Callable:
    def mutate(chance: random.Random, folder: Path) -> str:
        content = change(chance, json.loads((folder / name).read_text()))
        text = json.dumps(content, ensure_ascii=chance.random() < 0.9)
        (folder / name).write_text(text, encoding="utf-8", errors="surrogatepass")
        return name

    return mutate


def recipe_field(chance: random.Random, folder: Path) -> str:
    content = json.loads((folder / "recipe.json").read_text())
    where = chance.choice(["recipe", "recipe", "provenance"])
    field = chance.choice(list(content[where]))
    old = content[where][field]
    near = [old * 2, old + 1, -old, old / 2] if type(old) in (int, float) else []
    content[where][field] = chance.choice([value(chance), value(chance), *near])
    (folder / "recipe.json").write_text(json.dumps(content))
    return f"{where}.{field}"


def sizes(chance: random.Random, folder: Path) -> str:
    """Another network, or another size of it, often with weights that fit."""
    content = json.loads((folder / "recipe.json").read_text())
    recipe = content["recipe"]
    field = chance.choice(["width", "size", "channels", "z_dim", "network", "depth", "blocks", "most", "class_names"])
    if field in ("width", "depth", "blocks", "most"):
        recipe["network_args"][field] = chance.choice([1, 2, 8, 17, 64, 256, 3000, 65536])
    elif field == "class_names":
        recipe |= {"class_names": [str(i) for i in range(chance.choice([1, 2, 50, 1000, 1001]))], "conditional": True}
    elif field == "network":
        recipe[field] = chance.choice(list(KINDS))
    else:
        recipe[field] = chance.choice(
            {"size": [8, 16, 28, 64, 256, 1024], "channels": [1, 2, 3, 4]}.get(field, [1, 4096])
        )
    with contextlib.suppress(Exception):  # what makes no network keeps the weights that it has
        made = Recipe.from_json(recipe)
        G, D = checkpoint.skeleton(folder, made, True)
        if sum(t.numel() for net in (G, D) for t in net.state_dict().values()) < 3e6:
            for name, net in zip(("generator", "discriminator"), checkpoint.build(made), strict=True):
                (folder / f"{name}.safetensors").write_bytes(save(checkpoint.halved(net)))
    (folder / "recipe.json").write_text(json.dumps(content))
    return f"size: {field}"


def lines(chance: random.Random, folder: Path) -> str:
    path = folder / "stats.jsonl"
    points = [change(chance, json.loads(line)) for line in path.read_text().splitlines()]
    path.write_text("\n".join(json.dumps(point) for point in points), errors="surrogatepass")
    return "stats.jsonl"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def cut(chance: random.Random, folder: Path) -> str:
    path = chance.choice(files(folder))
    os.truncate(path, chance.randrange(path.stat().st_size + 1))
    return f"cut {path.name}"


def flip(chance: random.Random, folder: Path) -> str:
    path = chance.choice(files(folder))
    content = bytearray(path.read_bytes())
    for _ in range(chance.choice([1, 10, 100])):
        if content:
            content[chance.randrange(min(len(content), chance.choice([64, 1_000, 10**9])))] = chance.randrange(256)
    path.write_bytes(content)
    return f"flip {path.name}"


def replaced(chance: random.Random, folder: Path) -> str:
    """A file by something else."""
    path = chance.choice(files(folder))
    path.unlink()
    kind = chance.choice(["gone", "pipe", "folder", "giant", "device", "loop", "empty", "other", "noise"])
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "giant":
        path.touch()
        os.truncate(path, chance.choice([5_000_001, 70_000_000, 10**12]))
    elif kind == "device":
        path.symlink_to(chance.choice(["/dev/zero", "/dev/null", "/dev/stdin", "/dev/tty"]))
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "empty":
        path.touch()
    elif kind == "other" and files(folder):
        shutil.copy(chance.choice(files(folder)), path)
    elif kind == "noise":
        path.write_bytes(chance.randbytes(chance.choice([10, 1_000, 100_000])))
    return f"{kind} {path.name}"


def weights(chance: random.Random, folder: Path) -> str:
    """Tensors swapped, of another kind or shape, or with odd values."""
    path = folder / chance.choice(["generator.safetensors", "generator.safetensors", "discriminator.safetensors"])
    tensors = {name: t.clone() for name, t in load_file(path).items()}
    name, other = chance.choice(list(tensors)), chance.choice(list(tensors))
    kind = chance.choice(["swap", "dtype", "shape", "gone", "extra", "value", "value", "all", "rename"])
    if kind == "swap":
        tensors[name], tensors[other] = tensors[other], tensors[name]
    elif kind == "dtype":
        kinds = (torch.float8_e4m3fn, torch.float64, torch.int64, torch.int8, torch.bool, torch.bfloat16, torch.float32)
        tensors[name] = tensors[name].to(chance.choice(kinds))
    elif kind == "shape":
        tensors[name] = chance.choice([tensors[name].flatten(), tensors[name][None], torch.zeros(0), torch.zeros(())])
    elif kind == "gone":
        del tensors[name]
    elif kind == "extra":
        tensors[chance.choice(["extra", "x" * 10_000, "a\nb"])] = torch.zeros(3)
    elif kind == "rename":
        tensors[f"{name}x"] = tensors.pop(name)
    else:
        odd = chance.choice([float("nan"), float("inf"), 3e38, -3e38, 1e20, 0.0, -1.0, 1e-40, 60_000.0])
        for one in tensors if kind == "all" else [name]:
            if tensors[one].is_floating_point():
                tensors[one] = torch.full_like(tensors[one], odd, dtype=torch.float32)
    path.write_bytes(save({k: t.contiguous() for k, t in tensors.items()}))
    record_anew(chance, folder)
    return f"weights {kind} {path.name[:1]}"


def record_anew(chance: random.Random, folder: Path) -> None:
    """Let the figures often be those of the weights that now are there."""
    with contextlib.suppress(Exception):
        content = record.read(folder)
        if content and chance.random() < 0.7:
            record.write(folder, {**content, "generator": record.generator_hash(folder)})


MUTATIONS: list[Callable[[random.Random, Path], str]] = [
    recipe_field, recipe_field, recipe_field, json_file("recipe.json"), json_file("metrics.json"),
    json_file("metrics.json"), lines, sizes, sizes, weights, weights, cut, flip, replaced, replaced,
]  # fmt: skip
