"""Runs of a training: exact resume, what they leave behind, and what is kept of one that diverges."""

import json
import math
import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import SMALL, contents, moments, noise, same, small
from PIL import Image

import gan_models
import train
from gan_models import Recipe
from gan_models.recipe import adam
from train.engine import data as loading
from train.engine import loop, report, resume, run
from train.engine.args import RunError, TrainArgs
from train.engine.sheets import of_seeds

pytestmark = pytest.mark.usefixtures("one_thread", "own_cache")
RECIPES = train.recipes()
CHANGING = {
    **SMALL,
    "lazy-scheduled": replace(
        small(Recipe(name="x", network="mlp")),
        d_terms={"r1": 1.0},
        lazy=3,
        schedule={"lr": [1.0, 0.0], "r1": [1.0, 0.0]},
    ),
}
"""Every variant, and one whose penalty is due between the two sittings"""


@pytest.fixture
def sit(tmp_path, monkeypatch):
    """sit(recipe, out, images, stop): one sitting of a run over made-up data, cut short at `stop` images."""
    monkeypatch.setattr(loading, "load", lambda *_, **__: noise(RECIPES["gan"]))
    original = report.Report.__call__

    def sit(recipe, out, images, stop=None, resume=False, act=lambda state: os.kill(os.getpid(), signal.SIGINT)):
        def call(self, state):
            if stop and state.images >= stop:
                act(state)
            original(self, state)

        monkeypatch.setattr(report.Report, "__call__", call)
        run(TrainArgs(images=images, out=str(tmp_path / out), resume=resume, seed=3), recipe)
        return tmp_path / out

    return sit


@pytest.mark.parametrize("recipe", CHANGING.values(), ids=CHANGING)
def test_an_interrupted_run_ends_as_if_it_had_not_been(recipe, sit, capsys, monkeypatch):
    monkeypatch.setattr(report, "POINTS", 2)  # at every second step: it stops between two points
    images = 4 * recipe.batch * recipe.critic_steps
    whole = sit(recipe, "whole", images)
    before = signal.getsignal(signal.SIGINT)  # a shell's background job ignores it
    with pytest.raises(SystemExit) as stopped:
        sit(recipe, "parts", images, stop=images * 3 // 4)
    assert stopped.value.code == 130 and "--resume" in capsys.readouterr().out
    torch.manual_seed(99)  # a new process would not be where this one is
    parts = sit(recipe, "parts", images, resume=True)

    a, b = (torch.load(p / "resume.pt", weights_only=True) for p in (whole, parts))
    a.pop("seconds"), b.pop("seconds")
    assert same(a, b)
    a, b = (contents(p / "checkpoint") for p in (whole, parts))
    a, b = ({k: v for k, v in files.items() if k != "recipe.json"} for files in (a, b))
    assert a == b and "stats.jsonl" in a
    assert signal.getsignal(signal.SIGINT) is before


def test_a_run_can_be_made_longer(sit):
    recipe = small(Recipe(name="x", network="mlp"))
    out = sit(recipe, "a", 40)
    before = contents(out)
    sit(recipe, "a", 40, resume=True)
    assert contents(out) == before  # finished: nothing to do
    sit(recipe, "a", 80, resume=True)
    images = [json.loads(line)["images"] for line in (out / "checkpoint/stats.jsonl").read_text().splitlines()]
    assert images == list(range(8, 88, 8))


def test_a_run_leaves_a_whole_checkpoint(sit):
    recipe = small(RECIPES["cgan"], g_optimizer=adam(0.05, 0.5, 0.999))  # so fast that each frame differs
    out = sit(recipe, "a", 64)
    g = gan_models.load(out / "checkpoint", discriminator=True)
    assert g.recipe == recipe
    facts = g.provenance
    assert (facts["dataset"], facts["seed"], facts["images"], facts["planned_images"]) == ("noise", 3, 64, 64)
    assert facts["parameters"]["generator"] == sum(p.numel() for p in g.G.parameters())
    files = {"recipe.json", "generator.safetensors", "discriminator.safetensors"}
    assert set(contents(out / "checkpoint")) == files | {"stats.jsonl", "samples.png", "evolution.webp"}
    assert {p.name for p in out.iterdir()} == {"checkpoint", "resume.pt", "progress.json"}
    assert np.array_equal(np.asarray(Image.open(out / "checkpoint/samples.png")), of_seeds(g))
    assert moments(out / "checkpoint/evolution.webp") == len(facts["frames"]) == 9
    with Image.open(out / "checkpoint/evolution.webp") as film:
        assert film.size == (10 * 28, 4 * 28)
    assert facts["frames"][0] == 0 and facts["frames"][-1] == 64


def test_a_run_begun_when_frames_had_more_rows_goes_on_with_as_many_as_now(sit, tmp_path):
    recipe, out = small(RECIPES["gan"], g_optimizer=adam(0.05, 0.5, 0.999)), tmp_path / "a"
    with pytest.raises(SystemExit):
        sit(recipe, "a", 64, stop=32)
    saved = resume.read(out / "resume.pt")
    saved["frames"] = [torch.cat([frame, frame[: len(frame) // 2]]) for frame in saved["frames"]]  # six rows, not four
    resume.write(out / "resume.pt", saved)
    sit(recipe, "a", 64, resume=True)
    with Image.open(out / "checkpoint/evolution.webp") as film, Image.open(out / "checkpoint/samples.png") as sheet:
        assert film.n_frames == 9 and film.size == sheet.size == (10 * 28, 4 * 28)


def test_the_curve_has_at_most_its_points_and_ends_with_the_run(sit, monkeypatch):
    monkeypatch.setattr(report, "POINTS", 10)
    monkeypatch.setattr(report, "FRAMES", 3)
    recipe = small(Recipe(name="x", network="mlp"))
    out = sit(recipe, "a", 800)
    for images in (800, 1600):
        sit(recipe, "a", images, resume=True)
        points = [json.loads(line) for line in (out / "checkpoint/stats.jsonl").read_text().splitlines()]
        at = [p["images"] for p in points]
        assert 5 <= len(at) <= 10 and at[-1] == images and at == sorted(set(at))
        assert set(points[0]) == {"images", *loop.CURVES}


def test_the_frames_come_denser_early():
    made = report.Report.__new__(report.Report)
    made.args = TrainArgs(images=529)
    # 529 = 23^2: moment k is k^2. What a run that was made longer or shorter has behind it is not caught up.
    for last, due in [(0, 1), (1, 4), (3, 4), (4, 9), (100, 121), (528, 529), (529, math.inf)]:
        made.frame_images = [last]
        assert made.next_frame() == pytest.approx(due)


def spoil(*parts: str, by=float("nan")):
    """What, done to a state, fills its parts, "G" or "d_opt", with numbers that are none."""

    def act(state):
        for part in parts:
            for t in loop.tensors(getattr(state, part).state_dict()):
                if t.is_floating_point() and t.dim():
                    t.detach().mul_(0).add_(by)

    return act


def sound(out: Path) -> dict:
    """The state of a run folder, every number of which is finite, and that of its checkpoint too."""
    saved = torch.load(out / "resume.pt", weights_only=True)
    assert all(t.isfinite().all() for t in loop.tensors(saved["state"]))
    gan_models.load(out / "checkpoint", discriminator=True)  # refuses what is not finite
    return saved


@pytest.mark.parametrize("by", [float("nan"), float("inf"), 1e30], ids=["nan", "inf", "overflow"])
@pytest.mark.parametrize("critic_steps", [1, 3])
def test_a_diverged_run_names_its_step_and_keeps_the_last_good_state(critic_steps, by, sit, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "FRAMES", 3)  # it saves at a quarter of the run and at its end
    monkeypatch.setattr(report, "POINTS", 5)  # and reads the curve at every fourth step
    recipe = small(Recipe(name="x", network="mlp"), critic_steps=critic_steps)
    shown = 8 * critic_steps
    with pytest.raises(RunError) as stopped:
        sit(recipe, "a", 20 * shown, stop=13 * shown, act=once(spoil("D", "G", by=by)))  # after step 13: 14 shows it
    assert str(stopped.value) == (
        f"the run diverged at step 14 ({14 * shown} images): its losses are no longer finite. The last good state, of "
        f"step 5 ({5 * shown} images), is kept in {tmp_path / 'a'}: go on from it with a smaller learning rate "
        "(--resume --g-optimizer lr=0.0001 --d-optimizer lr=0.0001), or start anew with another --seed."
    )
    assert sound(tmp_path / "a")["state"]["images"] == 5 * shown


def once(act):
    """The act, the first time alone."""
    left = [act]
    return lambda state: left and left.pop()(state)


@pytest.mark.parametrize("part", ["G", "D", "G_ema", "g_opt", "d_opt"])
def test_nothing_that_is_not_finite_is_saved(part, sit, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "SAVE_SECONDS", 0)  # it wants to save after every step
    # With a BatchNorm, whose running averages are no parameters, and after the last loss, in which nothing shows.
    recipe = small(Recipe(name="x", network="dcgan"))
    with pytest.raises(RunError, match=r"by step 3 \(24 images\): weights or averages .* of step 2 \(16 images\)"):
        sit(recipe, "a", 40, stop=24, act=spoil(part))
    sound(tmp_path / "a")


def test_a_diverged_run_goes_on_with_a_smaller_learning_rate(sit, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(report, "FRAMES", 3)
    calm = small(Recipe(name="x", network="mlp"))
    wild = replace(calm, g_optimizer=adam(1e30, 0.5, 0.999))
    with pytest.raises(SystemExit):
        sit(calm, "a", 80, stop=40)

    def state() -> dict[str, bytes]:
        return {name: content for name, content in contents(tmp_path / "a").items() if name != "progress.json"}

    kept = state()
    for _ in range(2):  # the same numbers again
        sentence = r"at step 7 \(56 images\).* of step 5 \(40 images\).*\(--resume --g-optimizer lr=5e\+29 "
        with pytest.raises(RunError, match=sentence):
            sit(wild, "a", 80, resume=True)
        assert "Another learning rate from 40 images on: g_optimizer's is 1e+30, was 0.0002." in capsys.readouterr().err
        assert state() == kept

    sit(replace(calm, g_optimizer=adam(1e-4, 0.5, 0.999)), "a", 80, resume=True)
    facts = gan_models.load(tmp_path / "a" / "checkpoint").provenance
    assert facts["changes"] == [{"images": 40, "was": {"g_optimizer": calm.to_json()["g_optimizer"]}}]
    assert [facts["images"], sound(tmp_path / "a")["state"]["images"]] == [80, 80]


def test_a_run_that_diverges_before_anything_was_saved_says_so(sit, tmp_path, monkeypatch):
    with pytest.raises(RunError, match=r"Nothing was saved before: start anew with a smaller learning rate"):
        sit(small(Recipe(name="x", network="mlp")), "a", 80, stop=8, act=spoil("G", "D"))
    assert not [*(tmp_path / "a").iterdir()]


def test_a_healthy_run_counts_every_step_as_sound():
    state = loop.State.new(small(Recipe(name="x", network="mlp")), "cpu")
    for k in (1.0, float("inf"), 2.0):  # one that comes back does not count either: its sum is lost
        state.note(*(torch.tensor(f * k) for f in (1, 0.5, 2, -1)))
        state.count += 1
        assert (int(state.sound), state.count) == {1.0: (1, 1), float("inf"): (1, 2), 2.0: (1, 3)}[k]
    state.read()
    assert (int(state.sound), state.count, state.finite()) == (0, 0, True)
