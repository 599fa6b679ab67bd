"""A small zoo of untrained networks, sound and broken, for the tests of the core and the front ends."""

import json
import shutil
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError

import numpy as np
import pytest
import torch
from helpers import CLASSES, gan, grey_pictures, translators
from hypothesis import settings
from loopback_hub import TOKEN, LoopbackHub
from PIL import Image
from playwright.sync_api import expect
from safetensors.torch import save

import gan_models
import gan_models.hub
from benchmarks.browser import CHROMIUM, chromium
from demo.zoo.zoo import Zoo
from gan_models import Recipe, checkpoint, film, real
from gan_models.latent import directions, encoder
from gan_models.latent.directions import Direction
from gan_models.metrics import record
from gan_models.metrics.extractors import SmallCNN
from gan_models.pictures import tile

SIZE = 8
TOYS = ["toys/plain", "toys/deep", "toys/told"]
"""Keys of the toys that draw from noise in `zoo_folder`, in the order of the zoo"""
settings.register_profile("ours", deadline=None)  # a machine may be busy with other things
settings.load_profile("ours")


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


@pytest.fixture(autouse=True)
def all_numbers():
    """A training has its process take the smallest numbers for zero, which Hypothesis refuses."""
    torch.set_flush_denormal(False)
    yield
    torch.set_flush_denormal(False)


@pytest.fixture(scope="session")
def _zoo_once(tmp_path_factory) -> Path:
    zoo = tmp_path_factory.mktemp("zoo")
    plain = {
        "title": "Plain GAN",
        "year": 2014,
        "summary": "The *first* one.",
        "objective": r"\min_G \max_D V",
    }
    put(zoo / "toys" / "plain", name="plain", **plain)
    put(zoo / "toys" / "deep", name="deep", title="Deep GAN", year=2015, network="dcgan", seed=1)
    told = {"conditional": True, "class_names": CLASSES, "year": 2016}
    put(zoo / "toys" / "told", name="told", title="Told GAN", seed=2, **told)
    put(zoo / "photos" / "colour", "photos", name="colour", title="Colour GAN", channels=3, year=2017)

    # Pictures that stand for real data: tile i is a plane of brightness i, and of class i mod 3.
    tiles = np.arange(12, dtype=np.uint8)[:, None, None, None] * np.ones((1, SIZE, SIZE, 1), np.uint8)
    Image.fromarray(tile(tiles, len(CLASSES))).save(zoo / "toys" / "real.png")
    about = {
        "dataset": "toys", "split": "test", "size": SIZE, "channels": 1, "class_names": CLASSES,
        "columns": len(CLASSES), "labels": [i % 3 for i in range(12)],
    }  # fmt: skip
    (zoo / "toys" / "real.json").write_text(json.dumps(about))
    return zoo


@pytest.fixture
def zoo_folder(_zoo_once, tmp_path) -> Path:
    """Four variants: "toys/plain", "toys/deep", "toys/told" (three classes), "photos/colour"; free to change."""
    return Path(shutil.copytree(_zoo_once, tmp_path / "zoo"))


@pytest.fixture
def _folder(request) -> Path:
    return request.getfixturevalue(getattr(request.module, "FIXTURE", "zoo_folder"))


@pytest.fixture
def zoo(_folder) -> Zoo:
    """That which a file of tests is about: over the folder of the fixture that it names in FIXTURE, else of
    zoo_folder."""
    return Zoo(_folder)


@pytest.fixture
def toys(_folder) -> Path:
    return _folder / "toys"


@pytest.fixture
def styled_zoo(zoo_folder) -> Path:
    """zoo_folder with two more that have styles, at 4, 8, 16 and 32 pixels: "toys/styled", "toys/styled_told"."""
    network = {"network": "stylegan2", "size": 32, "year": 2020}
    put(zoo_folder / "toys" / "styled", name="styled", title="Styled GAN", **network, seed=3)
    told = {"conditional": True, "class_names": CLASSES}
    put(zoo_folder / "toys" / "styled_told", name="styled_told", title="Told styles", **network, **told, seed=4)
    return zoo_folder


@pytest.fixture(scope="session")
def _translators_once(tmp_path_factory) -> Path:
    return translators(tmp_path_factory.mktemp("translators"))


@pytest.fixture
def translator_zoo(zoo_folder, _translators_once) -> Path:
    """zoo_folder with the translators of `helpers.translators`."""
    return Path(shutil.copytree(_translators_once, zoo_folder, dirs_exist_ok=True))


@pytest.fixture
def looked_zoo(zoo_folder) -> Path:
    """zoo_folder with 30 training pictures of the toys, of all classes in turn, and an extractor that sees them."""
    put_training_pictures(zoo_folder)
    return zoo_folder


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


@pytest.fixture
def steered_zoo(zoo_folder) -> Path:
    """zoo_folder with directions of "toys/plain" (slant backwards; brightness; towards class two) and "toys/told"
    (brightness, much of it mixed with contrast, and alone), and a file without any for "toys/deep"."""
    put_directions(zoo_folder / "toys")
    return zoo_folder


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


@pytest.fixture
def odd_zoo(looked_zoo) -> Path:
    """looked_zoo with encoders of "toys/plain" and "toys/told", random test pictures of the toys, in three classes,
    and of "garments", of which there is a checkpoint without an encoder."""
    put(looked_zoo / "garments" / "sewn", "garments", name="sewn", title="Sewn GAN", year=2018, seed=5)
    for seed, (name, classes) in enumerate({"toys": CLASSES, "garments": ["sock", "hat"]}.items()):
        pictures = np.random.default_rng(seed).integers(0, 256, (12, SIZE, SIZE, 1), dtype=np.uint8)
        shown = real.Real(pictures, [i % len(classes) for i in range(12)], list(classes), "test")
        real.write(looked_zoo / name, real.SHOWN, shown, name, 3)
    put_encoders(looked_zoo / "toys")
    return looked_zoo


def put_encoders(toys: Path) -> None:
    """Untrained ones, of "plain" and "told"."""
    for name in ("plain", "told"):
        recipe = gan_models.folder.read_recipe(toys / name)[0]
        torch.manual_seed(1)
        encoder.write(toys / name, encoder.Encoder(recipe, 4))


@pytest.fixture
def measured_zoo(zoo_folder) -> Path:
    """zoo_folder with figures: of "toys/plain" (FD 40), "toys/deep" (12.31) and "toys/told" (20), not of the photos.

    Anchors for the toys (floor 0.86); a training curve with distances and class shares of "toys/deep"; what the
    pictures of "toys/told" are worth to a classifier.
    """
    put_figures(zoo_folder)
    return zoo_folder


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
            "variant": name, "seed": seed, "images": 5000, "device": "CPU (test)",
            "figures": {k: {"mean": values[seed], "spread": 0.0} for k, values in figures.items()},
        }
        for name, figures in runs.items() for seed in range(len(figures["fd"]))
    ]  # fmt: skip
    head = {key: block(1)[key] for key in ("extractor", "reference", "n", "seeds")}
    content = {"format": 1, "dataset": "toys", "data_hash": "aa", "images": 5000, **head}
    (toys / "ablation.json").write_text(json.dumps({**content, "recipes": recipes, "runs": made}))


@pytest.fixture
def family_zoo(zoo_folder) -> Path:
    """zoo_folder with a family: "toys/root" (FD 20), and of its children "toys/noisy" (FD 15), "toys/wide", which is
    not like for like, and "toys/late", which was never measured."""
    toys = zoo_folder / "toys"
    put(toys / "root", name="root", title="Root GAN", year=2014)
    child = {"parent": "root", "year": 2016}
    put(toys / "noisy", name="noisy", title="Noisy GAN", views={"instance_noise": 0.1}, seed=3, **child)
    put(toys / "wide", name="wide", title="Wide GAN", network_args={"width": 8}, loss="hinge", seed=4, **child)
    put(toys / "late", name="late", title="Late GAN", critic_steps=2, seed=5, parent="root", year=2020)
    measure(toys / "root", block(20, 0.5, recall=0.5, coverage=0.30))
    measure(toys / "noisy", block(15, 0.5, recall=0.505, coverage=0.25))
    measure(toys / "wide", block(10))
    return zoo_folder


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


@pytest.fixture
def filmed_zoo(measured_zoo) -> Path:
    """measured_zoo with films: of "toys/plain" (its moments at 400 and 401 images are alike), "toys/deep" (ends at
    450), "toys/told" and a fourth, "toys/critic", whose loss estimates a distance; not of the photos.
    """
    put_films(measured_zoo)
    return measured_zoo


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


@pytest.fixture
def broken_zoo(zoo_folder) -> Path:
    """The same with folders that cannot be used: those in BROKEN, and "toys/torn", which loading reveals."""
    toys = zoo_folder / "toys"
    for name in ("torn", "weightless", "cut", "unknown", "newer"):
        shutil.copytree(toys / "plain", toys / name)
    (toys / "torn" / "generator.safetensors").write_bytes(b"these are no weights")
    (toys / "weightless" / "generator.safetensors").unlink()
    (toys / "cut" / "recipe.json").write_text('{"format": 1, "recipe"')
    recipe = json.loads((toys / "plain" / "recipe.json").read_text())
    edit = {**recipe, "recipe": {**recipe["recipe"], "network": "transformer"}}
    (toys / "unknown" / "recipe.json").write_text(json.dumps(edit))
    (toys / "newer" / "recipe.json").write_text(json.dumps({**recipe, "format": 99}))
    (zoo_folder / "cookbook").mkdir()
    (zoo_folder / "cookbook" / "recipe.json").write_text('{"recipe": "pancakes", "eggs": 3}')
    (zoo_folder / "only_weights").mkdir()
    (zoo_folder / "only_weights" / "model.safetensors").write_bytes(b"")
    shutil.copytree(toys / "plain", toys / ".plain.new")  # what a save that was killed leaves
    return zoo_folder


BROKEN = ["cookbook", "only_weights", "toys/cut", "toys/newer", "toys/unknown", "toys/weightless"]
"""Folders of `broken_zoo` that are unusable at first sight"""


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium, driven by Playwright; one for a whole file."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    expect.set_options(timeout=60_000)  # a machine may be busy with other things
    with chromium() as started:
        yield started


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A Hub on this machine, and the real client on it: with a token, a cache of its own, and waits that last no time.

    hub.naps: the seconds that were waited for. Programs that a test starts find the same Hub.
    """
    from huggingface_hub import close_session, constants, file_download
    from huggingface_hub.utils import _http

    with LoopbackHub() as hub:
        environment = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "0"}
        for name, value in {**environment, "HF_HOME": str(tmp_path / "hf")}.items():
            monkeypatch.setenv(name, value)
        for name, value in {
            "HF_HUB_OFFLINE": False,
            "HF_HUB_DISABLE_XET": True,
            "HF_HUB_CACHE": str(tmp_path / "hf" / "hub"),
            "HF_TOKEN_PATH": str(tmp_path / "hf" / "token"),
        }.items():  # read when the client was imported
            monkeypatch.setattr(constants, name, value)
        hub.naps = []
        clock = SimpleNamespace(**vars(time))
        clock.sleep = lambda seconds: (hub.naps.append(seconds), time.sleep(min(seconds, 0.005)))
        for module in (gan_models.hub, _http, file_download):
            monkeypatch.setattr(module, "time", clock)
        yield hub
        close_session()


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """For what reads training pictures: a cache of its own, no data root from the environment, no network."""
    from torchvision import datasets

    from train.engine import cache

    monkeypatch.setenv("GAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GAN_DATA_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    cache.say_once.cache_clear()

    def offline(self):
        raise URLError("no network")

    for reader in (datasets.MNIST, datasets.CIFAR10, datasets.CelebA):
        monkeypatch.setattr(reader, "download", offline)


@pytest.fixture
def decoded(monkeypatch) -> list[str]:
    """The names of the files that were decoded so far."""
    from train.engine import pixels

    names, picture = [], pixels.picture

    def counted(path, *args):
        names.append(path.name)
        return picture(path, *args)

    monkeypatch.setattr(pixels, "picture", counted)
    return names


@pytest.fixture(scope="module")
def one_thread():
    """Small networks want no more, and two processes compute alike."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def own_cache(tmp_path_factory, monkeypatch):
    """A cache of decoded pictures that all tests share, and nobody else."""
    monkeypatch.setenv("GAN_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def pictures(tmp_path_factory) -> Path:
    """A folder of three classes of four grey pictures."""
    return grey_pictures(tmp_path_factory.mktemp("grey") / "pictures")
