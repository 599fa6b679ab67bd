"""The loop of a training: what a step changes, how often the critic steps, the average, what changes along a run."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from helpers import SMALL, noise, small
from torch import nn

from gan_models import Recipe
from gan_models import steps as parts
from gan_models.recipe import adam
from train.engine import loop

pytestmark = pytest.mark.usefixtures("one_thread", "own_cache")


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
