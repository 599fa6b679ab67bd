"""Fixtures of all tests: small zoos of untrained networks, sound and broken; a browser, a Hub, a place of one's own."""

import json
import shutil
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError

import numpy as np
import pytest
import torch
from helpers import CLASSES, grey_pictures, translators
from hypothesis import settings
from loopback_hub import TOKEN, LoopbackHub
from PIL import Image
from playwright.sync_api import expect
from screens import faced
from zoos import (
    SIZE,
    block,
    measure,
    put,
    put_all,
    put_directions,
    put_encoders,
    put_figures,
    put_films,
    put_training_pictures,
)

import gan_models
import gan_models.hub
from benchmarks.browser import CHROMIUM, chromium
from demo.zoo.zoo import Zoo
from gan_models import real
from gan_models.pictures import tile

settings.register_profile("ours", deadline=None)  # a machine may be busy with other things
settings.load_profile("ours")


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
    network = {"network": "stylegan2", "size": 32, "z_dim": 8, "year": 2020}
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


@pytest.fixture
def steered_zoo(zoo_folder) -> Path:
    """zoo_folder with directions of "toys/plain" (slant backwards; brightness; towards class two) and "toys/told"
    (brightness, much of it mixed with contrast, and alone), and a file without any for "toys/deep"."""
    put_directions(zoo_folder / "toys")
    return zoo_folder


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


@pytest.fixture
def measured_zoo(zoo_folder) -> Path:
    """zoo_folder with figures: of "toys/plain" (FD 40), "toys/deep" (12.31) and "toys/told" (20), not of the photos.

    Anchors for the toys (floor 0.86); a training curve with distances and class shares of "toys/deep"; what the
    pictures of "toys/told" are worth to a classifier.
    """
    put_figures(zoo_folder)
    return zoo_folder


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


@pytest.fixture
def filmed_zoo(measured_zoo) -> Path:
    """measured_zoo with films: of "toys/plain" (its moments at 400 and 401 images are alike), "toys/deep" (ends at
    450), "toys/told" and a fourth, "toys/critic", whose loss estimates a distance; not of the photos.
    """
    put_films(measured_zoo)
    return measured_zoo


@pytest.fixture(scope="module")
def zoo_folder_of_all(_zoo_once, tmp_path_factory) -> Path:
    """A copy of zoo_folder with all that a page can show, for a whole file: nobody changes it."""
    zoo = Path(shutil.copytree(_zoo_once, tmp_path_factory.mktemp("all") / "zoo"))
    put_all(zoo)
    return zoo


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


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium, driven by Playwright; one for a whole file."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    expect.set_options(timeout=60_000)  # a machine may be busy with other things
    with chromium() as started:
        yield started


@pytest.fixture(scope="module", params=[False, True], ids=["streamlit", "gradio"])
def face(request, zoo_folder_of_all, browser):
    """Each front end over zoo_folder_of_all, in the browser."""
    with faced(zoo_folder_of_all, request.param, browser) as made:
        yield made


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


@pytest.fixture
def quick_queue(monkeypatch):
    """For many trainings: a thread for each, and a queue that looks often whether one has ended."""
    from train.queue import slots

    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(slots, "POLL", 0.05)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory) -> Path:
    """A folder of three classes of four grey pictures."""
    return grey_pictures(tmp_path_factory.mktemp("grey") / "pictures")
