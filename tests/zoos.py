"""Small zoos on the disk: untrained checkpoints, and what measuring, training and analysing leave beside them."""

import json
from pathlib import Path

import numpy as np
import torch
from helpers import CLASSES, gan, translators
from safetensors.torch import save

import gan_models
from gan_models import Recipe, checkpoint, film, real
from gan_models.latent import directions, encoder
from gan_models.latent.directions import Direction
from gan_models.metrics import record
from gan_models.metrics.extractors import SmallCNN

SIZE = 8
TOYS = ["toys/plain", "toys/deep", "toys/told"]
"""Keys of the toys that draw from noise in `zoo_folder`, in the order of the zoo"""


def put(folder: Path, dataset: str = "toys", seed: int = 0, **fields) -> None:
    """An untrained checkpoint with all that a trained one says of itself."""
    settings = {"size": SIZE, "z_dim": 6, "network": "mlp", "network_args": {"width": 4}}
    made = gan(Recipe(**{**settings, **fields}), seed)
    count = sum(p.numel() for p in made.G.parameters())
    provenance = {
        "dataset": dataset,
        "images": 20_000,
        "seconds": 75.0,
        "device": "CPU (test)",
        "parameters": {"generator": count, "discriminator": sum(p.numel() for p in made.D.parameters())},
    }
    gan_models.save(folder, made.recipe, made.G, made.D, provenance)


def put_training_pictures(zoo: Path) -> None:
    draw = np.random.default_rng(0)
    pictures = draw.integers(0, 256, (30, SIZE, SIZE, 1), dtype=np.uint8)
    chosen = real.Real(pictures, [i % 3 for i in range(30)], list(CLASSES), "train")
    real.write(zoo / "toys", real.TRAINING, chosen, "toys", 6)
    put_extractor(zoo / "toys" / "extractor")


def put_extractor(folder: Path, name: str = "toys-cnn") -> None:
    """An untrained extractor of grey pictures."""
    torch.manual_seed(1)
    net = SmallCNN(4, 1, len(CLASSES))
    folder.mkdir()
    (folder / "extractor.safetensors").write_bytes(save(checkpoint.halved(net)))
    about = {"format": 1, "name": name, "width": 4, "channels": 1, "size": SIZE, "class_names": CLASSES}
    (folder / "extractor.json").write_text(json.dumps(about))


EXTRACTOR = {"name": "toys-cnn", "hash": "0123456789abcdef", "features": 8}
REFERENCE = {"dataset": "toys", "split": "test", "n": 5000, "hash": "fedcba9876543210"}


def figure(mean: float, spread: float = 0.0) -> dict:
    return {"mean": mean, "spread": spread, "values": [mean - spread, mean, mean + spread]}


def block(fd: float, spread: float = 0.0, shares: tuple = (0.3, 0.3, 0.4), **figures: float) -> dict:
    """Figures of one set of pictures, as metrics.json and anchors.json hold them."""
    others = {"kd": fd / 1000, "precision": 0.75, "recall": 0.5, "smallest_share": min(shares), **figures}
    return {
        "extractor": EXTRACTOR, "reference": REFERENCE, "n": 10_000, "seeds": [0, 1, 2],
        "figures": {"fd": figure(fd, spread), **{name: figure(value, 0.01) for name, value in others.items()}},
        "class_names": list(CLASSES), "class_shares": list(shares),
    }  # fmt: skip


def measure(folder: Path, *blocks: dict, dataset: str = "toys", **parts) -> None:
    """The metrics.json of a checkpoint's weights; parts: cost, training_seeds, augment."""
    measured = {one["extractor"]["name"]: one for one in blocks}
    record.write(
        folder,
        {"format": 1, "generator": record.generator_hash(folder), "dataset": dataset, "measured": measured, **parts},
    )


def edit(path: Path, change) -> None:
    """change(content) of a JSON file, in place."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def steer(folder: Path, *found: tuple[int, dict, dict]) -> None:
    """The directions.json of a checkpoint in z: (axis of the latent, effects, other fields) of each direction."""
    made = []
    for axis, effects, fields in found:
        told = {"name": f"axis {axis}", "method": "sefa", "spread": 0.25, "entanglement": 0.5, "unchanged": 0.75}
        made.append(
            Direction(**{**told, "space": "z", "vector": torch.eye(6)[axis], "step": 2.0, "effects": effects, **fields})
        )
    directions.write(folder, made)


def put_directions(toys: Path) -> None:
    leads = {
        "name": "towards two: 5 % to 60 % of the pictures",
        "towards": "two",
        "shares": (0.05, 0.6),
        "method": "boundary",
    }
    steer(
        toys / "plain",
        (0, {"slant": -1.5, "brightness": 0.3}, {}),
        (1, {"slant": 0.1, "brightness": 0.8}, {}),
        (2, {"slant": 0.6, "brightness": 0.4}, leads),
    )
    steer(toys / "told", (3, {"brightness": 0.9, "contrast": 1.2}, {}), (4, {"brightness": 0.6, "contrast": 0.1}, {}))
    steer(toys / "deep")


def put_encoders(toys: Path) -> None:
    """Untrained ones, of "plain" and "told"."""
    for name in ("plain", "told"):
        recipe = gan_models.folder.read_recipe(toys / name)[0]
        torch.manual_seed(1)
        encoder.write(toys / name, encoder.Encoder(recipe, 4))


def put_figures(zoo: Path) -> None:
    toys = zoo / "toys"
    cost = {"parameters": 1000, "images": 20_000, "multiply_adds_per_image": 2e9, "multiply_adds_per_picture": 250_000}
    measure(toys / "plain", block(40, 1.5, (0.7, 0.25, 0.05)), cost=cost, training_seeds=1)
    measure(toys / "deep", block(12.31, 0.2), cost={**cost, "parameters": 4000, "peak_memory_mb": 300})
    gain = {"generated": 5000, "without": figure(0.7), "with": figure(0.75), "gain": figure(0.05, 0.02)}
    augment = {
        "cas": {**figure(0.9, 0.01), "generated": 20_000, "real": figure(0.95)},
        "gain": [{**gain, "real": 200}, {**gain, "real": 50, "gain": figure(-0.03, 0.01)}],
        "generator_saw": 60_000,
        "scratch": [{**gain, "real": 50, "generator_saw": 50}],
    }
    told = block(20, 0.5, label_accuracy=0.98, class_fd=31.0)
    measure(toys / "told", told, cost={**cost, "parameters": 2000, "images": 40_000}, augment=augment)

    rows = [
        ("train", "Real training images", block(0.86, 0.01, (0.3, 0.35, 0.35))),
        ("noise", "Noise", block(60)),
        ("one_class", "One class only", block(165, shares=(0.0, 0.0, 1.0))),
    ]
    anchors = {
        "format": 1, "dataset": "toys", "extractor": EXTRACTOR,
        "rows": [{"name": name, "title": title, **one} for name, title, one in rows],
    }  # fmt: skip
    (toys / "anchors.json").write_text(json.dumps(anchors))

    points = [{"images": 100 * i, "d_loss": 1 - i / 100, "g_loss": 1.0, "real_logit": 2.0} for i in range(1, 41)]
    for i in (9, 19, 39):
        points[i] |= {"fd": 400 / i, "shares": [0.1, 0.2, 0.7]}
    (toys / "deep" / "stats.jsonl").write_text("".join(json.dumps(point) + "\n" for point in points))
    recipe = json.loads((toys / "deep" / "recipe.json").read_text())
    recipe["provenance"]["eval"] = {"extractor": {**EXTRACTOR}, "n": 2000, "every": 1000}
    (toys / "deep" / "recipe.json").write_text(json.dumps(recipe))


RUNS = {
    "root": {
        "fd": (20, 22, 21), "recall": (0.50, 0.52, 0.51), "coverage": (0.30, 0.31, 0.32),
        "smallest_share": (0.05, 0.06, 0.07),
    },
    "noisy": {
        "fd": (15, 16, 17), "recall": (0.51, 0.50, 0.53), "coverage": (0.28, 0.30, 0.31),
        "smallest_share": (0.02, 0.03, 0.04),
    },
}  # fmt: skip
"""Variant -> figure -> value by training seed, of `record_runs`"""


def record_runs(toys: Path, runs: dict = RUNS) -> None:
    """An ablation.json with three training seeds of "toys/root" and "toys/noisy", as train ablation writes it."""
    recipes = {name: json.loads((toys / name / "recipe.json").read_text())["recipe"] for name in runs}
    made = [
        {
            "variant": name, "seed": seed, "images": 5008, "device": "CPU (test)",
            "figures": {k: {"mean": values[seed], "spread": 0.0} for k, values in figures.items()},
        }
        for name, figures in runs.items() for seed in range(len(figures["fd"]))
    ]  # fmt: skip
    head = {key: block(1)[key] for key in ("extractor", "reference", "n", "seeds")}
    content = {"format": 1, "dataset": "toys", "data_hash": "aa", "images": 5000, **head}
    (toys / "ablation.json").write_text(json.dumps({**content, "recipes": recipes, "runs": made}))


def record_film(folder: Path, images: list[int], alike: tuple[int, ...] = ()) -> None:
    """The evolution.webp of a checkpoint, 6 × 10 tiles at so many images. alike: moments that repeat the one before."""
    rng, moments = np.random.default_rng(len(images)), []
    for k in range(len(images)):
        grey = rng.integers(256, size=(6 * SIZE // 4, 10 * SIZE // 4), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
        moments.append(moments[-1] if k in alike else grey)
    film.write(folder / "evolution.webp", moments)
    recipe = json.loads((folder / "recipe.json").read_text())
    recipe["provenance"]["frames"] = images
    (folder / "recipe.json").write_text(json.dumps(recipe))


FILMED = [*TOYS, "toys/critic"]
"""Keys of the films of `put_films`"""


def put_films(zoo: Path) -> None:
    toys = zoo / "toys"
    put(toys / "critic", name="critic", title="Critic GAN", year=2018, loss="wasserstein", seed=3)
    points = [(40, 3.0, 1.0), (400, 5.0, -3.0), (800, 2.5, 2.0), (1600, 1.0, 1.5)]  # estimates 2, 8, 0.5, -0.5
    lines = [{"images": n, "d_loss": f - r, "real_logit": r, "fake_logit": f} for n, r, f in points]
    (toys / "critic" / "stats.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    record_film(toys / "plain", [0, 100, 400, 401, 900], alike=(3,))
    record_film(toys / "deep", [0, 50, 200, 450])
    record_film(toys / "told", [0, 1600])
    record_film(toys / "critic", [0, 400, 1600])


def put_all(zoo: Path) -> None:
    """All that a page can show: figures, films, training pictures, directions, translators, styles, a family."""
    put_training_pictures(zoo)
    put_figures(zoo)
    put_films(zoo)
    put_directions(zoo / "toys")
    put_encoders(zoo / "toys")
    translators(zoo)
    toys = zoo / "toys"
    put(toys / "styled", name="styled", title="Styled GAN", network="stylegan2", size=32, z_dim=8, year=2020, seed=4)
    put(toys / "dcgan", name="dcgan", title="DCGAN", network="dcgan", year=2015, seed=5)
    put(toys / "root", name="root", title="Root GAN", year=2014)
    put(toys / "noisy", name="noisy", title="Noisy GAN", views={"instance_noise": 0.1}, parent="root", year=2016)
    for name, fd in (("root", 20), ("noisy", 15)):
        measure(toys / name, block(fd, 0.5))
    record_runs(toys)


BROKEN = ["cookbook", "only_weights", "toys/cut", "toys/newer", "toys/unknown", "toys/weightless"]
"""Folders of `broken_zoo` that are unusable at first sight"""
