"""A model on another device: everything that is asked of it works there, and gives the answers of the CPU."""

import numpy as np
import pytest
import torch
from far import FAR, Far
from helpers import gan, small

import train
from gan_models import GAN
from gan_models.latent import anomaly, fit, naming
from gan_models.latent.directions import first_weight, moved, pca, sefa
from gan_models.latent.encoder import Encoder
from gan_models.latent.rejection import Calibration

RECIPES = train.recipes()


def test_the_stand_in_refuses_what_a_gpu_refuses():
    here, net = torch.ones(2, 3), torch.nn.Linear(3, 3)
    with Far() as device:
        device.send(net)
        there = here.to(FAR)
        assert there.device == FAR and here.device.type == "cpu" and net(there).device == FAR
        assert net(there).cpu().device.type == "cpu" and torch.zeros(2, device=there.device).device == FAR
        for mixed in (lambda: net(here), lambda: here + there, lambda: torch.cat([here, there]), there.numpy):
            with pytest.raises(RuntimeError):
                mixed()
        assert (there * torch.tensor(2.0)).device == FAR and there[torch.tensor([1])].device == FAR


def draw(g: GAN):
    return [
        g.sample(range(6), truncation=0.7),
        g.interpolate((0, 1), 4),
        g.score(g.sample(range(6)), g.labels_of(range(6))),
    ]


def search(g: GAN):
    found = fit(g, g.sample(range(2)), restarts=2, steps=2, seeds=range(6))
    return [found.latents, found.pictures, found.errors, found.path]


def steer(g: GAN):
    scene = naming.Scene.of(g, n=40)
    weight = first_weight(g)
    vectors = [v for _, v in naming.candidates(scene, 2)] + [sefa(weight, 2), pca(g, 2, 40)]
    named = naming.name(scene, "pca", vectors[-1][0], 10) or naming.name(scene, "boundary", vectors[0], 10)
    return [scene.points, *vectors, moved(g, [0, 1], named, (-1, 0, 1))]


def judge(g: GAN):
    return list(anomaly.scores(g, g.sample(range(2)), restarts=0).values())


def reject(g: GAN):
    return [g.sample(range(4), accept=0.5)]


CASES = [
    *((name, do) for name in ("dcgan", "cgan", "stylegan2", "stylegan2_conditional") for do in (draw, search, steer)),
    *((name, judge) for name in ("dcgan", "cgan")),
    *((name, reject) for name in ("dcgan", "cgan")),
]


@pytest.mark.parametrize(("name", "do"), CASES, ids=[f"{name}-{do.__name__}" for name, do in CASES])
def test_a_model_on_another_device_gives_the_answers_of_the_cpu(name, do):
    g = gan(small(RECIPES[name]))
    torch.manual_seed(1)
    g.encoder = Encoder(g.recipe, 4).eval().requires_grad_(False)
    g.calibration = Calibration(1.0, 0.0, (-1.0, 0.0, 1.0))
    right = do(g)
    with Far() as device:
        device.send(g.G, g.D, g.encoder)
        assert g.device == FAR
        there = do(g)
    assert len(right) == len(there)
    for a, b in zip(right, there, strict=True):
        assert not getattr(b, "far", False)  # answers are on the CPU
        a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1 if a.max() > 100 else 1e-3)  # a level of a picture
