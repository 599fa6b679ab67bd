"""Training: the schedule, the average, exact resume, a killed run, and every refusal of the command line."""

import json
import math
import os
import runpy
import signal
import sys
from argparse import ArgumentTypeError
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import CLASSES, TINY, contents, moments, noise, refused, same, small
from PIL import Image
from torch import nn

import gan_models
import train
from demo.zoo import leaderboard
from demo.zoo.zoo import Zoo
from gan_models import Recipe
from gan_models import steps as parts
from gan_models.recipe import adam
from train.engine import args as arguments
from train.engine import data as loading
from train.engine import loop, main, report, run
from train.engine.args import RunError, TrainArgs
from train.measure import real

pytestmark = pytest.mark.usefixtures("one_thread", "own_cache")

ROOT = Path(__file__).parent.parent
RECIPES = train.recipes()
SMALL = {name: small(recipe) for name, recipe in RECIPES.items()}


def weights(net) -> dict[str, torch.Tensor]:
    return {k: t.detach().clone() for k, t in net.state_dict().items()}


# The loop


@pytest.mark.parametrize("recipe", SMALL.values(), ids=SMALL)
def test_two_steps_move_g_d_and_the_average(recipe):
    torch.manual_seed(0)
    state = loop.State.new(recipe, "cpu")
    before = {k: weights(getattr(state, k)) for k in ("G", "D", "G_ema")}
    seen = []
    shown = recipe.batch * recipe.critic_steps
    loop.train(recipe, noise(recipe), state, 2 * shown, lambda s: seen.append((s.images, s.count)))
    assert seen == [(shown, 1), (2 * shown, 2)]
    for name, old in before.items():
        new = dict(getattr(state, name).named_parameters())
        assert all(t.isfinite().all() and not torch.equal(t, old[k]) for k, t in new.items()), name
    assert all(math.isfinite(v) for v in state.read().values())
    assert not state.G_ema.training and not any(p.requires_grad for p in state.G_ema.parameters())
    assert all(p.requires_grad for p in [*state.G.parameters(), *state.D.parameters()])


@pytest.mark.parametrize(
    ("critic_steps", "images", "d_updates", "g_updates"),
    [(1, 80, 10, 10), (2, 80, 10, 5), (5, 80, 10, 2), (3, 80, 12, 4), (5, 1, 5, 1), (1, 81, 11, 11)],
)
def test_the_critic_schedule(critic_steps, images, d_updates, g_updates):
    recipe = small(Recipe(name="x", network="mlp"), critic_steps=critic_steps)
    state = loop.State.new(recipe, "cpu")
    order = []
    state.d_opt.register_step_post_hook(lambda *_: order.append("D"))
    state.g_opt.register_step_post_hook(lambda *_: order.append("G"))
    loop.train(recipe, noise(recipe), state, images, lambda s: None)
    assert order == (["D"] * critic_steps + ["G"]) * g_updates
    assert order.count("D") == d_updates
    assert state.images == 8 * d_updates


@pytest.mark.parametrize("recipe", SMALL.values(), ids=SMALL)
def test_a_step_of_one_side_leaves_the_gradients_of_the_other_alone(recipe):
    torch.manual_seed(0)
    state = loop.State.new(recipe, "cpu")
    of_d = []

    def d_steps(*_):
        assert all(p.grad is None for p in state.G.parameters())
        of_d[:] = [p.grad.clone() for p in state.D.parameters()]

    def g_steps(*_):
        assert all(map(torch.equal, of_d, (p.grad for p in state.D.parameters())))
        assert all(p.grad is not None for p in state.G.parameters())

    state.d_opt.register_step_pre_hook(d_steps)
    state.g_opt.register_step_pre_hook(g_steps)
    loop.train(recipe, noise(recipe), state, 1, lambda s: None)
    assert of_d


@pytest.mark.parametrize("recipe", [r for r in SMALL.values() if r.weight_clip], ids=lambda r: r.name)
def test_clipped_weights_stay_within_their_limit(recipe):
    torch.manual_seed(0)
    state = loop.State.new(recipe, "cpu")
    loop.train(recipe, noise(recipe), state, 200, lambda s: None)
    largest = max(p.abs().max().item() for p in state.D.parameters())
    assert largest == pytest.approx(recipe.weight_clip)
    assert max(p.abs().max().item() for p in state.G.parameters()) > recipe.weight_clip


def test_clipping_by_hand_and_none_at_zero():
    net = nn.Linear(3, 1, bias=False)
    for limit, expected in ((0, [-2, 0.1, 5]), (0.3, [-0.3, 0.1, 0.3])):
        net.weight.data = torch.tensor([[-2, 0.1, 5]])
        loop.clip_weights(net, limit)
        assert net.weight[0].tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("half_life", "images", "kept"),
    [
        (1000, 10**6, 0.5 ** (50 / 1000)),  # 10 images a batch, 5 critic steps: 50 images a step
        (50, 10**6, 0.5),
        (1000, 100, 2**-10),  # early on at most a twentieth of the images so far: 50 / 5 = 10 half-lives
        (0, 10**6, 0.0),
    ],
)
@pytest.mark.parametrize("number", [float, torch.tensor])  # a recorded step reads its numbers from the device
def test_the_average_has_its_half_life_in_images(half_life, images, kept, number):
    recipe = Recipe(name="x", batch=10, critic_steps=5, ema_half_life=half_life)
    old, new = (nn.BatchNorm1d(2) for _ in range(2))
    for net, value in ((old, 1.0), (new, 0.0)):
        for t in (net.weight.data, net.bias.data, net.running_mean, net.running_var):
            t.fill_(value)
    new.num_batches_tracked.fill_(7)
    loop.average(old, new, number(loop.decay(recipe, images)))
    for t in (old.weight, old.bias, old.running_mean, old.running_var):
        assert t.tolist() == pytest.approx([kept, kept], abs=1e-6)
    assert old.num_batches_tracked == 7
    assert new.weight.tolist() == [0, 0]


def test_the_curves_are_means_since_the_last_reading():
    recipe = small(Recipe(name="x", network="mlp"))
    state = loop.State.new(recipe, "cpu")
    for k in (1.0, 3.0):
        state.note(*(torch.tensor(k * f) for f in (1, 10, 100, -1)))
        state.count += 1
    assert state.read() == {"d_loss": 2, "g_loss": 20, "real_logit": 200, "fake_logit": -2}
    assert set(state.read().values()) == {0}


def test_views_fade_with_the_progress_and_come_in_the_recipes_order(monkeypatch):
    seen = []
    for name in ("a", "b"):
        monkeypatch.setitem(parts.VIEWS, name, lambda x, s, p, name=name: seen.append((name, s, p)) or x)
    recipe = small(Recipe(name="x", network="mlp", views={"b": 2.0, "a": 1.0}))
    loop.train(recipe, noise(recipe), loop.State.new(recipe, "cpu"), 16, lambda s: None)
    # real, fake for D and fake for G, in two steps
    assert seen == [(n, s, p) for p in (0.0, 0.5) for _ in range(3) for n, s in (("b", 2.0), ("a", 1.0))]


def test_terms_are_added_with_their_weights(monkeypatch):
    monkeypatch.setitem(parts.PENALTIES, "three", lambda D, judged: torch.tensor(3.0))
    monkeypatch.setitem(parts.PENALTIES, "five", lambda D, judged: torch.tensor(5.0))
    recipe = Recipe(name="x", loss="wasserstein")
    judged = parts.Judged(
        None, None, None, parts.Verdict(torch.tensor([1.0, 3.0])), parts.Verdict(torch.tensor([4.0, 6.0]))
    )
    # 5 - 2 + 10 * 3 + 0.1 * 5 and -5
    assert loop.objective(recipe, loop.D_LOSS, None, judged, {"three": 10, "five": 0.1}).item() == pytest.approx(33.5)
    assert loop.objective(recipe, loop.G_LOSS, None, judged, {}).item() == pytest.approx(-5)


# What changes along a run


def test_the_optimisers_and_the_average_follow_the_schedule(monkeypatch):
    recipe = small(
        Recipe(name="x", network="mlp"),
        g_optimizer=adam(4e-4, 0.0, 0.9),
        d_optimizer=adam(1e-4, 0.5, 0.8),
        d_terms={"r1": 1.0},
        ema_half_life=1000,
        critic_steps=2,
        schedule={"lr": [1.0, 0.5], "beta2": [1.0, 1.1, "cosine"], "ema_half_life": [1.0, 0.0], "r1": [1.0, 0.0]},
    )
    state = loop.State.new(recipe, "cpu")
    steps, terms, kept = [], [], []
    for side, opt in (("D", state.d_opt), ("G", state.g_opt)):
        opt.register_step_pre_hook(
            lambda o, *_, side=side: steps.append((side, *(o.param_groups[0][k] for k in ("lr", "betas"))))
        )
    original = loop.objective
    monkeypatch.setattr(loop, "objective", lambda r, side, D, j, t: terms.append(dict(t)) or original(r, side, D, j, t))
    monkeypatch.setattr(loop, "average", lambda *a: kept.append(a[2]))
    loop.train(recipe, noise(recipe), state, 64, lambda s: None)  # 16 images for each step of G: 0, 1/4, 1/2 and 3/4

    lr = [1, 0.875, 0.75, 0.625]
    beta2 = [1 + 0.1 * (1 - math.cos(math.pi * k / 4)) / 2 for k in range(4)]
    expected = []
    for a, b in zip(lr, beta2, strict=True):
        d = ("D", pytest.approx(1e-4 * a), (0.5, pytest.approx(0.8 * b)))
        expected += [d, d, ("G", pytest.approx(4e-4 * a), (0.0, pytest.approx(0.9 * b)))]
    assert steps == expected
    assert [t["r1"] for t in terms if t] == pytest.approx([1, 1, 0.75, 0.75, 0.5, 0.5, 0.25, 0.25])
    # A step of 16 images; half-lives of 1000, 750, 500, 250, and never more than a twentieth of the images so far.
    half_lives = [min(h, n / 20) for h, n in ((1000, 16), (750, 32), (500, 48), (250, 64))]
    assert kept == pytest.approx([0.5 ** (16 / h) for h in half_lives])


def test_a_learning_rate_that_falls_to_zero_moves_less_and_less():
    recipe = small(Recipe(name="x", network="mlp"), schedule={"lr": [1.0, 0.0]})
    torch.manual_seed(0)
    state = loop.State.new(recipe, "cpu")
    marks = [weights(state.D)]
    loop.train(recipe, noise(recipe), state, 80, lambda s: marks.append(weights(s.D)))
    moved = [max((b[k] - a[k]).abs().max().item() for k in a) for a, b in pairwise(marks)]
    assert moved[-1] < 0.2 * moved[0] and moved[-1] > 0  # a tenth of the rate, with Adam


@pytest.mark.parametrize(
    ("lazy", "critic_steps", "from_images", "steps"),
    [
        (1, 1, 0, [1, 1, 1, 1, 1, 1]),
        (3, 1, 0, [3, 0, 0, 3, 0, 0]),
        (2, 3, 0, [2, 0, 2, 0, 2, 0]),
        (4, 3, 0, [4, 0, 0, 0, 4, 0]),
        (4, 1, 16, [0, 0, 4, 0, 0, 0]),  # a run that goes on after 16 images, two steps
    ],
)
def test_lazy_penalties_weigh_as_much_in_all(lazy, critic_steps, from_images, steps, monkeypatch):
    seen = []
    for name in ("lazily", "always"):
        monkeypatch.setitem(parts.PENALTIES, name, lambda D, judged: torch.zeros(()))
    parts.PENALTIES["always"].every_step = True
    original = loop.objective
    monkeypatch.setattr(loop, "objective", lambda r, side, D, j, t: seen.append(dict(t)) or original(r, side, D, j, t))
    recipe = small(
        Recipe(name="x", network="mlp"), lazy=lazy, critic_steps=critic_steps, d_terms={"lazily": 0.5, "always": 0.25}
    )
    state = loop.State.new(recipe, "cpu")
    state.images = from_images
    loop.train(recipe, noise(recipe), state, from_images + 48, lambda s: None)
    of_d = [terms for terms in seen if terms]
    assert [terms.get("lazily", 0) / 0.5 for terms in of_d] == steps
    assert all(terms["always"] == 0.25 for terms in of_d)


def test_which_penalties_are_lazy():
    always = {name for name, fn in parts.PENALTIES.items() if getattr(fn, "every_step", False)}
    assert always == {"classify_real", "classify_fake"}
    recipe = Recipe(name="x", lazy=2, d_terms={"r1": 1.0, "gradient_penalty": 10.0, "classify_real": 0.5})
    assert loop.due(recipe, 2) == {"r1": 2.0, "gradient_penalty": 20.0, "classify_real": 0.5}
    assert loop.due(recipe, 3) == {"classify_real": 0.5}


@pytest.mark.parametrize("pairs", [True, False])
def test_a_loss_of_pairs_hears_the_new_d_on_the_real_images_in_gs_step(pairs, monkeypatch):
    heard = []

    def loss(real, fake):
        heard.append(real)
        return fake.mean() - real.mean(), (real - fake).mean()

    loss.pairs = pairs
    monkeypatch.setitem(parts.LOSSES, "own", loss)
    recipe = small(Recipe(name="x", network="mlp", network_args={"dropout": 0.0}), loss="own")
    recipe = replace(recipe, network_args={"width": 4, "dropout": 0.0})
    state, shown = loop.State.new(recipe, "cpu"), []
    state.D.register_forward_pre_hook(lambda _, args: shown.append(args[0].detach().clone()))
    loop.train(recipe, noise(recipe), state, 1, lambda s: None)
    before, in_gs_step = heard
    assert not in_gs_step.requires_grad
    if pairs:
        assert torch.allclose(in_gs_step, state.D(shown[0][:8]).logits)  # D changed no more after its own step
        assert not torch.allclose(in_gs_step, before)
    else:
        assert torch.equal(in_gs_step, before)


@pytest.mark.parametrize("mixes", [True, False])
def test_real_and_fake_go_apart_through_a_layer_that_sees_the_batch(mixes):
    recipe = small(Recipe(name="x", network="mlp"))
    state, sizes = loop.State.new(recipe, "cpu"), []
    state.D.layers[0].sees_batch = mixes
    state.D.register_forward_pre_hook(lambda _, args: sizes.append(len(args[0])))
    loop.train(recipe, noise(recipe), state, 1, lambda s: None)
    assert sizes == ([8, 8, 8] if mixes else [16, 8])


# Resume

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
    assert np.array_equal(np.asarray(Image.open(out / "checkpoint/samples.png")), report.picture(g))
    assert moments(out / "checkpoint/evolution.webp") == len(facts["frames"]) == 9
    assert facts["frames"][0] == 0 and facts["frames"][-1] == 64


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


# The command line


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_dry_run_prints_the_configuration_with_its_overrides_and_writes_nothing(
    recipe, pictures, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    main(
        recipe,
        [
            *("--data", str(pictures)),
            *TINY,
            *("--images", "1.5k", "--d-optimizer", "lr=0.5", "--seed", "9", "--dry-run"),
        ],
    )
    shown = json.loads(capsys.readouterr().out)
    fitted = replace(
        recipe,
        batch=8,
        network_args={**recipe.network_args, "width": 4},
        d_optimizer={**recipe.d_optimizer, "lr": 0.5},
        class_names=sorted(CLASSES) if recipe.conditional else (),
    )
    assert Recipe.from_json(shown["recipe"]) == fitted
    assert (shown["run"]["images"], shown["run"]["seed"]) == (1500, 9)
    assert shown["run"]["out"] == str(Path("runs") / pictures.name / recipe.name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_help_names_every_setting(recipe, capsys):
    with pytest.raises(SystemExit) as stop:
        main(recipe, ["--help"])
    out = capsys.readouterr().out
    assert stop.value.code == 0
    for flag in ("--dataset", "--resume", "--critic-steps", "--views", "--d-terms", "--ema-half-life"):
        assert flag in out


def test_pairs_are_merged_and_taken_out(pictures, capsys):
    argv = ["--data", str(pictures), *TINY, "--dry-run", "--views", "image_smoothing=", "constant_noise=0.5"]
    main(RECIPES["dcgan_combined"], argv)
    shown = json.loads(capsys.readouterr().out)["recipe"]
    assert shown["views"] == {"diff_augment": 1.0, "instance_noise": 0.1, "constant_noise": 0.5}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("600k", 600_000),
        ("1.2M", 1_200_000),
        ("1.5k", 1500),
        ("50000", 50_000),
        ("2m", 2_000_000),
        ("1.005k", 1005),
    ],
)
def test_a_count_is_read(text, number):
    assert arguments.count(text) == number


@pytest.mark.parametrize(
    "text", ["0", "-1", "1.5", "abc", "", "k", "0k", "1.0005k", "1e5", "inf", "nan", " 5", "5 k", "5G"]
)
def test_what_is_no_count_is_refused(text):
    with pytest.raises(ArgumentTypeError, match="is no count; write 600k"):
        arguments.count(text)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (
            ["--dataset", "nonsense"],
            "there is no data set 'nonsense': give mnist, fashion_mnist, cifar10, celeba",
        ),
        (["--images", "abc"], "'abc' is no count; write 600k, 1.2M or 50000"),
        (["--images", "-1"], "--images"),
        (["--seed", "-1"], "is not a whole number from 0 to 2^32 - 1"),
        (["--seed", "1.5"], "is not a whole number"),
        (["--batch", "many"], "argument --batch: invalid int value"),
        (["--batch", "1"], "batch is 1, must be 2 to 65536"),
        (["--z-dim", "0"], "z_dim is 0, must be 1 to 4096"),
        (["--weight-clip", "nan"], "weight_clip is nan"),
        (["--conditional", "maybe"], "'maybe' is neither true nor false"),
        (["--views", "instance_noise"], "'instance_noise' is no NAME=VALUE pair"),
        (["--views", "instance_noise=much"], "must be name=number pairs"),
        (["--views", "instance_noise=NaN"], "views"),
        (["--views", "image_smoothing=1e400"], "views"),
        (["--views", "image_smoothing=-1"], "views"),
        (["--views", "diff_augment=-1"], "views"),
        (["--views", "noise=1"], "views names 'noise', which is not there"),
        (["--views", "noise="], "noise"),
        (["--d-terms", "r3=1"], "d_terms names 'r3', which is not there"),
        (["--d-terms", "classify_real=1"], "needs D's class head"),
        (["--g-terms", "r1=1"], "cannot be one of G's"),
        (["--loss", "hinje"], "loss names 'hinje', which is not there (did you mean 'hinge'?)"),
        (["--loss", "least_squares", "--loss-args", "d=1"], "least_squares takes no 'd'; it takes a, b, c"),
        (["--loss", "least_squares", "--loss-args", "a=much"], "loss_args"),
        (["--loss-args", "smoth=0.1"], "smoth"),
        (["--network", "dcgam"], "did you mean 'dcgan'?"),
        (["--network-args", "widht=3"], "takes no 'widht'"),
        (["--network-args", "width=abc"], "width"),
        (["--network-args", "width=1e3"], "width"),
        (["--network-args", "width=0"], "width"),
        (["--network-args", "d_dropout=7"], "dropout"),
        (["--network-args", "d_norm=foo"], "must be batch, layer, none"),
        (["--d-optimizer", "name=SGD"], "d_optimizer names 'SGD' (there are Adam, RMSprop"),
        (["--d-optimizer", "name=[1]"], "d_optimizer"),
        (["--d-optimizer", "lr=abc"], "d_optimizer"),
        (["--g-optimizer", "lr=-1"], "Invalid learning rate"),
        (["--g-optimizer", "speed=1"], "g_optimizer"),
        (["--schedule", "lr=0"], "schedule has lr=0, must be [first, last]"),
        (["--schedule", "r1=[1,0]"], "schedule names 'r1'"),
        (["--schedule", "speed=[1,0]"], "schedule names 'speed'"),
        (["--lazy", "0"], "lazy is 0, must be 1 to 1000"),
        (["--size", "30"], "cannot make 30-pixel images"),
        (["--channels", "2"], "channels is 2"),
        (["--device", "cuda:99"], "device 'cuda:99' is not available here"),
        (["--device", "nonsense"], "device 'nonsense' is not available here"),
        (["--device", "meta"], "device 'meta' is not available here"),
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["--resume"], "there is nothing to resume"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_a_wrong_command_line_is_refused_and_nothing_is_written(argv, words, pictures, tmp_path, capsys):
    out = tmp_path / "out"
    sentence = refused(capsys, "--data", pictures, *TINY, *_without_data(argv), *argv, "--out", out)
    assert words in sentence
    assert not out.exists()


def _without_data(argv) -> list[str]:
    return ["--data", ""] if "--dataset" in argv else []


def test_a_loss_without_the_recipes_arguments_is_refused(pictures, tmp_path, capsys):
    argv = "--data", pictures, *TINY, "--loss", "wasserstein", "--out", tmp_path / "out"
    assert "smooth" in refused(capsys, *argv, variant="dcgan_smoothing")


def test_an_empty_data_folder_is_refused(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert "holds no images" in refused(capsys, "--data", tmp_path / "empty", *TINY, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_broken_image_is_named(pictures, tmp_path, capsys):
    (tmp_path / "data").mkdir()
    for k in range(3):
        (tmp_path / "data" / f"{k}.png").write_bytes((pictures / "one" / f"{k}.png").read_bytes())
    os.truncate(tmp_path / "data" / "1.png", 100)
    sentence = refused(capsys, "--data", tmp_path / "data", *TINY, "--out", tmp_path / "out")
    assert f"1 of the 3 images of {tmp_path / 'data'} cannot be read (1.png" in sentence
    assert not (tmp_path / "out").exists()


def test_a_variant_with_labels_refuses_data_without_classes(pictures, tmp_path, capsys):
    argv = "--data", pictures / "one", *TINY, "--out", tmp_path / "out"
    assert "needs labelled data" in refused(capsys, *argv, variant="cgan")


def test_an_output_folder_that_cannot_be_is_refused(pictures, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        assert f"cannot write to {out}" in refused(capsys, "--data", pictures, *TINY, "--out", out)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.fixture(scope="session")
def finished(pictures, tmp_path_factory):
    """A finished run, and the arguments that made it."""
    out = tmp_path_factory.mktemp("finished") / "run"
    argv = ["--data", str(pictures), *TINY, "--out", str(out)]
    main(RECIPES["dcgan"], argv)
    return out, argv


def test_a_run_over_a_folder_appears_in_the_app(pictures, tmp_path, capsys):
    runs = tmp_path / "runs"
    for name in ("cgan", "dcgan"):
        main(RECIPES[name], ["--data", str(pictures), *TINY, "--out", str(runs / "mine" / name)])
    assert "12 images are few: D soon knows them by heart." in capsys.readouterr().err
    zoo = Zoo(runs)
    assert [e.key for e in zoo.catalog().of(pictures.name)] == ["mine/cgan", "mine/dcgan"] and not zoo.problems()
    assert zoo.caption("mine/cgan", [1], "two").startswith(f"Conditional GAN · {pictures.name} · seed 1 · class two ·")
    assert zoo.samples(["mine/cgan"], [0, 1], "one")["mine/cgan"].shape == (2, 28, 28, 1)
    assert zoo.real_samples(pictures.name, 3) is None
    assert real.main(["--data", str(pictures), "--size", "28", "--split", "train", "--checkpoints", str(runs)]) == 0
    shown = zoo.real_samples(pictures.name, 1, "two")[0, :, :, 0]
    assert np.array_equal(shown, np.asarray(Image.open(pictures / "two" / "0.png")))
    assert {one.reason[:14] for one in leaderboard.leaderboard(zoo, pictures.name).unmeasured} == {"never measured"}


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "holds a run already; add --resume to continue it, or choose another --out"),
        (["--resume", "--d-optimizer", "lr=1", "eps=0.1"], "another recipe: its d_optimizer is {'name': 'Adam'"),
        (["--resume", "--batch", "16"], "another recipe: its batch is 8, yours is 16"),
        (
            ["--resume", "--loss-args", "smooth=0.1"],
            "another recipe: its loss_args is {}, yours is {'smooth': 0.1}",
        ),
        (["--resume", "--network-args", "width=8"], "another recipe: its network_args"),
        (["--resume", "--seed", "1"], "its seed is 0, yours is 1"),
        (["--resume", "--size", "32"], "its size is 28, yours is 32"),
        (["--resume", "--bf16"], "another run: its precision is 'float32', yours is 'bfloat16'"),
    ],
)
def test_a_run_folder_of_another_run_is_refused_and_left_alone(argv, words, finished, capsys):
    out, made_by = finished
    before = contents(out)
    assert words in refused(capsys, *made_by, *argv)
    assert contents(out) == before


def test_a_diverged_run_ends_with_2_and_names_its_step(pictures, tmp_path, capsys):
    argv = "--data", pictures, *TINY, "--images", "800", "--g-optimizer", "lr=1e30", "--out", tmp_path / "out"
    assert "the run diverged by step 1 (8 images): G's pictures are no longer finite." in refused(capsys, *argv)


def test_a_run_over_other_data_is_refused(finished, tmp_path, capsys):
    out, made_by = finished
    before = contents(out)
    for name in CLASSES:
        (tmp_path / name).mkdir()
        Image.fromarray(np.zeros((28, 28), np.uint8)).save(tmp_path / name / "0.png")
    assert "belongs to another run" in refused(capsys, *made_by, "--data", tmp_path, "--resume")
    assert contents(out) == before


def test_another_variant_is_refused(finished, capsys):
    _, made_by = finished
    assert "another recipe: its name is 'dcgan', yours is 'wgan'" in refused(
        capsys, *made_by, "--resume", variant="wgan"
    )


def test_a_run_from_before_a_setting_existed_goes_on(finished, tmp_path):
    out, made_by = finished
    saved = torch.load(out / "resume.pt", weights_only=True)
    del saved["identity"]["lazy"], saved["identity"]["schedule"]
    torch.save(saved, tmp_path / "resume.pt")
    main(RECIPES["dcgan"], [*made_by, "--out", str(tmp_path), "--images", "32", "--resume"])
    assert gan_models.load(tmp_path / "checkpoint").provenance["images"] == 32


def _module(monkeypatch, *argv) -> None:
    """`python -m train ...` in this process."""
    monkeypatch.setattr(sys, "argv", ["train", *argv])
    monkeypatch.delitem(sys.modules, "train.__main__", raising=False)  # `ganscope` imports it, and runpy warns then
    try:
        runpy.run_module("train", run_name="__main__")
    except SystemExit as stop:
        if stop.code:
            raise


def test_an_unknown_variant_is_refused(capsys, monkeypatch):
    with pytest.raises(SystemExit) as stop:
        _module(monkeypatch, "dcgam")
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith("there is no variant or tool 'dcgam' (did you mean 'dcgan'?")


def test_the_module_lists_every_variant_and_runs_one(capsys, monkeypatch, pictures):
    _module(monkeypatch)
    out = capsys.readouterr().out
    assert all(f"  {name} " in out for name in [*RECIPES, "evaluate", "run_all", "publish"])
    _module(monkeypatch, "gan", "--data", str(pictures), *TINY, "--dry-run")
    assert json.loads(capsys.readouterr().out)["recipe"]["name"] == "gan"
