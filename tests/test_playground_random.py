"""The random numbers of the playground: each run has its own, whatever other visitors do at the same time."""

import sys
import threading
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch

from demo.zoo import ideas
from demo.zoo.playground import Run, Settings, critics, dirac, game
from gan_models import Recipe
from gan_models.draws import InitialFrom, bernoulli, drawing_from, per_image
from gan_models.networks.common import spectral

SMALL = Settings(batch=32, width=8, steps=60, seed=3)
NOISY = Recipe(name="noisy", loss="wasserstein", d_terms={"gradient_penalty": 10.0}, critic_steps=2)
ALL = {"dropout": 0.3, "noise": 0.1}
"""Everything of a run that draws: initial weights, the penalty, dropout, noise"""


@contextmanager
def others():
    """Other visitors: they seed the process's random numbers, draw from them, build networks and train."""
    over, interval = threading.Event(), sys.getswitchinterval()

    def busy() -> None:
        k = 0
        while not over.is_set():
            torch.manual_seed(k := k + 1)
            torch.rand(7)
            torch.nn.Linear(3, 3)
            if k % 50 == 0:
                list(Run(replace(SMALL, seed=k), [NOISY], [ALL]).advance(2))

    threads = [threading.Thread(target=busy) for _ in range(2)]
    sys.setswitchinterval(1e-4)
    try:
        for one in threads:
            one.start()
        yield
    finally:
        over.set()
        for one in threads:
            one.join()
        sys.setswitchinterval(interval)


def run() -> list[np.ndarray]:
    made = Run(SMALL, [NOISY, Recipe(name="plain")], [ALL, {"norm": "spectral"}])
    frames = [made.frames[0], *made.advance(30, every=15)]
    made.change(0, dropout=0.1)
    frames += made.advance(every=15)
    return [array for frame in frames for view in frame.views for array in (view.fake, view.heat, view.weights)]


def relativistic() -> list[np.ndarray]:
    made = ideas.relativistic.__wrapped__(steps=30)
    return [*made.curves, np.array(made.losses)]


MADE = {
    "a run": run,
    "the Dirac-GAN": lambda: [dirac(game("wasserstein", {"gradient_penalty": 1.0}), steps=200).path],
    "critics on a line": lambda: [critics(1.0, steps=40).critic],
    "two relativistic critics": relativistic,
}


@pytest.mark.parametrize("what", MADE)
def test_it_comes_out_the_same_beside_other_visitors(what, one_thread):
    alone = MADE[what]()
    with others():
        beside = MADE[what]()
    assert all(np.array_equal(a, b) for a, b in zip(alone, beside, strict=True))


@pytest.mark.parametrize("what", MADE)
def test_it_neither_reads_nor_moves_the_random_numbers_of_the_process(what, monkeypatch):
    def never(*_, **__):
        raise AssertionError("the random numbers of the process are everybody's")

    MADE[what]()  # whether a recipe has spectral norm is looked up once
    before = torch.get_rng_state()
    for name in ("manual_seed", "set_rng_state"):
        monkeypatch.setattr(torch, name, never)
        monkeypatch.setattr(torch.random, name, never)
    MADE[what]()
    assert torch.equal(torch.get_rng_state(), before)


# What the context gives -------------------------------------------------------------------------------------


def test_the_numbers_are_those_of_a_seeded_process():
    """So that what was recorded before stays what it was."""
    torch.manual_seed(7)
    net = spectral(torch.nn.Sequential(torch.nn.Linear(3, 40), torch.nn.BatchNorm1d(40), torch.nn.Linear(40, 2)))
    expected = [*net.state_dict().values(), torch.rand(5, 2), torch.randn(5, 3), torch.randint(4, (5,))]
    expected.append(torch.nn.functional.dropout(torch.ones(6, 6), 0.3))
    random = torch.Generator().manual_seed(7)
    with InitialFrom(random):
        net = spectral(torch.nn.Sequential(torch.nn.Linear(3, 40), torch.nn.BatchNorm1d(40), torch.nn.Linear(40, 2)))
    with drawing_from(random):
        made = [per_image(torch.rand, 5, 2), per_image(torch.randn, 5, 3)]
        made.append(per_image(lambda *shape, **more: torch.randint(4, *shape, **more), 5))
        made.append(bernoulli(torch.ones(6, 6), 0.7) / 0.7)
    for a, b in zip([*net.state_dict().values(), *made], expected, strict=True):
        assert torch.equal(a, b)


def test_each_thread_has_its_own_and_outside_it_is_the_process():
    seen = []
    with drawing_from(torch.Generator().manual_seed(1)):
        thread = threading.Thread(target=lambda: seen.append(per_image(torch.rand, 2)))
        torch.manual_seed(5)
        thread.start()
        thread.join()
    torch.manual_seed(5)
    assert torch.equal(seen[0], torch.rand(2))
    torch.manual_seed(5)
    assert torch.equal(per_image(torch.rand, 2), seen[0])
