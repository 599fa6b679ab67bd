"""The playground's live training: every registered loss, in step, reproducible, bounded; many visitors at once."""

import math
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from demo.zoo.playground import DATA, REACH, Host, Run, Settings, contestant, drawn
from demo.zoo.playground.host import Turnstile
from demo.zoo.playground.networks import Affine, Discriminator
from gan_models.recipe import Recipe, adam
from gan_models.registry import LOSSES, PENALTIES, register
from train import recipes

SMALL = Settings(width=16, batch=32, steps=200)
GAN = Recipe(name="gan", title="GAN", g_optimizer=adam(2e-4, 0.5, 0.9), d_optimizer=adam(2e-4, 0.5, 0.9))


def last(run, **how):
    return list(run.advance(**how))[-1]


def finite(frame):
    return all(
        np.isfinite(getattr(v, k)).all() for v in frame.views for k in ("fake", "heat", "sheet", "push", "weights")
    )


@pytest.mark.parametrize("loss", LOSSES)
def test_every_registered_loss_trains_for_200_steps_and_stays_finite(loss):
    run = Run(SMALL, [replace(GAN, loss=loss)])
    before = run.frames[0].views[0].fake
    frame = last(run, every=100)
    assert frame.step == 200 and finite(frame) and math.isfinite(frame.views[0].d_loss + frame.views[0].g_loss)
    assert np.abs(frame.views[0].fake - before).max() > 0.1
    assert run.ended == "The run is over: 200 steps."


OTHERS = {"l1", "l2", "cycle", "identity", "feature_matching", "classify_real", "classify_fake"}
"""Terms of a translator's G, and of a D that names classes"""


@pytest.mark.parametrize("penalty", sorted(OTHERS))
def test_a_term_that_points_have_not_is_left_out_with_a_note(penalty):
    made = contestant(GAN, SMALL, d_terms={penalty: 1.0})
    assert not made.recipe.d_terms and any(note.startswith(f"Without {penalty}: ") for note in made.notes)


@pytest.mark.parametrize("penalty", sorted(set(PENALTIES) - OTHERS))
def test_every_penalty_of_points_trains_and_changes_the_run(penalty):
    run = Run(replace(SMALL, steps=30), [GAN, GAN], [{}, {"d_terms": {penalty: 1.0}}])
    frame = last(run)
    assert finite(frame) and (frame.views[0].fake != frame.views[1].fake).any()


def test_a_loss_is_there_as_soon_as_it_is_registered(monkeypatch):
    seen = []

    def own(real, fake):
        seen.append(real.shape)
        return fake.mean() - real.mean(), -fake.mean()

    monkeypatch.setitem(LOSSES, "own", own)
    last(Run(replace(SMALL, steps=2), [GAN], [{"loss": "own"}]))
    assert seen
    assert register  # the same table that training scripts register in


@pytest.mark.parametrize("recipe", recipes().values(), ids=recipes())
def test_every_recipe_has_its_own_objective_in_small(recipe):
    made = contestant(recipe, SMALL)
    small = made.recipe
    assert (small.loss, small.loss_args, small.critic_steps) == (recipe.loss, recipe.loss_args, recipe.critic_steps)
    assert small.weight_clip == recipe.weight_clip and small.lazy == recipe.lazy
    assert small.d_optimizer["lr"] == pytest.approx(5 * recipe.d_optimizer["lr"])
    left = {k for k in recipe.d_terms if k not in small.d_terms} | {k for k in recipe.views if k not in small.views}
    assert all(any(k in note for note in made.notes) for k in left)
    assert (made.norm == "spectral") == (recipe.name == "sngan")
    frame = last(Run(replace(SMALL, steps=3), [recipe]))
    assert finite(frame)


def test_variants_run_in_step_and_do_not_disturb_each_other():
    penal = replace(GAN, name="b", loss="wasserstein", d_terms={"gradient_penalty": 10.0}, critic_steps=3)
    alone, beside = Run(replace(SMALL, steps=30), [GAN]), Run(replace(SMALL, steps=30), [GAN, penal])
    a, b = last(alone, every=30), last(beside, every=10)
    assert (a.views[0].fake == b.views[0].fake).all()  # whatever trains beside it, and however often somebody looks
    assert (beside.frames[0].views[0].fake == beside.frames[0].views[1].fake).all()  # the same G at first


def test_a_run_leaves_the_random_numbers_of_the_process_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    last(Run(replace(SMALL, steps=20), [GAN], [{"dropout": 0.5, "noise": 0.1}]))
    assert (torch.rand(3) == expected).all()


def test_the_step_is_the_one_of_the_training_engine(monkeypatch):
    """Both sides of one step against plain autograd on plain layers."""
    run = Run(replace(SMALL, steps=10), [GAN], [{"g_lr": 1e-2, "d_lr": 1e-2}])
    lane = run.lanes[0]
    (real, z), G, D = run._batch(0)[0], lane.G, lane.D
    before = [p.clone() for p in D.parameters()]
    loss = torch.nn.functional.softplus(-D(real).logits).mean() + torch.nn.functional.softplus(D(G(z)).logits).mean()
    grads = torch.autograd.grad(loss, list(D.parameters()))
    run.single("D")
    for old, new, grad in zip(before, D.parameters(), grads, strict=True):
        expected = -1e-2 * grad.sign()  # Adam's first step
        assert ((new - old - expected).abs() < 1e-4)[grad.abs() > 1e-6].all()


def test_single_steps_move_one_side_only():
    run = Run(SMALL, [GAN])

    def weights():
        return [
            torch.cat([p.detach().flatten() for p in net.parameters()]).clone()
            for net in (run.lanes[0].G, run.lanes[0].D)
        ]

    G0, D0 = weights()
    assert run.single("D").phase == "D" and run.step == 0
    G1, D1 = weights()
    assert (G0 == G1).all() and (D0 != D1).any()
    assert run.single("G").phase == "G" and run.step == 1
    G2, D2 = weights()
    assert (G1 != G2).any() and (D1 == D2).all()
    with pytest.raises(ValueError, match="one of both, D, G, not 'Q'"):
        run.single("Q")


def test_settings_change_while_it_runs_and_the_networks_go_on():
    run = Run(SMALL, [GAN])
    last(run, steps=20)
    D = [p.detach().clone() for p in run.lanes[0].D.parameters()]
    run.change(0, loss="wasserstein", weight_clip=0.05, d_terms={"r1": 1.0})
    new = list(run.lanes[0].D.parameters())
    assert all((a == b).all() for a, b in zip(D, new, strict=False))  # but for the last bias, which is gone
    frame = last(run, steps=5)
    assert frame.step == 25 and max(p.abs().max() for p in run.lanes[0].D.parameters()) <= 0.05 + 1e-6
    with pytest.raises(ValueError, match=r"no loss 'wassertsein'.*wasserstein"):
        run.change(0, loss="wassertsein")
    assert last(run, steps=5).step == 30  # the refusal changed nothing


def test_pausing_is_closing_and_cancelling_ends():
    run = Run(SMALL, [GAN])
    frames = run.advance(every=10)
    assert next(frames).step == 10
    frames.close()
    assert next(run.advance(every=10)).step == 20
    run.cancel()
    assert list(run.advance()) == [] and run.ended == "The run was stopped."


def test_a_run_ends_after_its_seconds_and_keeps_few_frames(monkeypatch):
    monkeypatch.setattr("demo.zoo.playground.training.MOST_FRAMES", 12)
    run = Run(replace(SMALL, steps=20_000), [GAN], most_seconds=0.3)
    last(run, every=1)
    assert "has used its 0.3 seconds of work, after" in run.ended and len(run.frames) <= 12
    many = Run(replace(SMALL, steps=40, width=4, depth=1), [GAN])
    last(many, every=1)
    steps = [f.step for f in many.frames]
    assert len(steps) <= 12 and steps == sorted(set(steps)) and steps[0] == 0 and steps[-1] == 40


def test_a_variant_that_diverges_stops_with_a_sentence_and_the_others_go_on():
    run = Run(SMALL, [GAN, GAN], [{}, {}])
    with torch.no_grad():
        next(run.lanes[1].G.parameters()).fill_(math.nan)
    frame = last(run)
    assert "GAN has diverged: its weights are no longer finite numbers" in frame.views[1].stopped
    assert frame.step == 200 and frame.views[0].stopped == "" and math.isfinite(frame.views[0].d_loss)
    assert (frame.views[1].modes, frame.views[1].good) == (0, 0)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"steps": 10**9}, "Steps must be a whole number from 1 to 20,000, and is 1000000000."),
        ({"width": 4096}, "Width must be a whole number from 4 to 128"),
        ({"z_dim": 3}, "Z dim must be a whole number from 1 to 2"),
        ({"batch": 2.5}, "Batch must be a whole number"),
        ({"faster": math.nan}, "Faster must be a number from 0.05 to 50, and is nan."),
        ({"seed": -1}, "Seed must be a whole number from 0 to 2,147,483,647, and is -1."),
        ({"latent": "cauchy"}, "no latent 'cauchy'"),
        ({"data": "rin"}, "no data set 'rin' .did you mean 'ring'"),
        ({"data": "drawn"}, "A drawing has 3 to 500 points, and this one has 0."),
        ({"data": "drawn", "points": [[0, 0]] * 3 + [[9, 0]]}, "pair of numbers from -2 to 2"),
    ],
)
def test_absurd_settings_get_one_sentence(values, words):
    with pytest.raises(ValueError, match=words) as error:
        Settings(**values)
    assert str(error.value).count(".") <= 3 and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lr": 1}, "no setting 'lr'"),
        ({"g_lr": 5}, "A learning rate must be a number from 0.000001 to 1, and is 5."),
        ({"d_terms": {"r3": 1}}, "no penalty 'r3'"),
        ({"d_terms": {"r1": 1e9}}, "The weight of r1 must be a number from 0 to 1,000"),
        ({"critic_steps": 1000}, "Critic steps must be a whole number from 1 to 10"),
        ({"dropout": 1}, "Dropout must be a number from 0 to 0.8"),
        ({"norm": "layer"}, "no norm 'layer'"),
    ],
)
def test_absurd_changes_get_one_sentence(changes, words):
    with pytest.raises(ValueError, match=words):
        contestant(GAN, SMALL, **changes)


def test_one_to_four_variants():
    for n in (0, 5):
        with pytest.raises(ValueError, match=f"A run has 1 to 4 variants, not {n}"):
            Run(SMALL, [GAN] * n)


# Data


@pytest.mark.parametrize("name", DATA)
def test_real_points_are_good_and_cover_all_modes(name):
    target = DATA[name]()
    x = target.sample(3000, torch.Generator().manual_seed(0))
    modes, good = target.quality(x)
    assert modes == len(target.modes) and good > 0.97
    assert (x.abs() < REACH).float().mean() > 0.99


def test_modes_and_quality_by_hand():
    ring = DATA["ring"]()
    x = torch.cat(
        [ring.points[:3], ring.points[:1] + 2.9 * ring.sd * torch.tensor([[1.0, 0]]), torch.tensor([[0.0, 0]])]
    )
    assert ring.quality(x) == (3, pytest.approx(0.8))
    assert ring.quality(torch.full((4, 2), math.nan)) == (0, 0)


@examples(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=3, max_size=60))
def test_any_drawing_is_a_data_set(points):
    target = drawn([list(p) for p in points])
    assert 1 <= len(target.modes) <= 24
    assert target.quality(target.points)[1] == 1
    apart = torch.cdist(target.modes, target.modes) + 9 * torch.eye(len(target.modes))
    assert apart.min() > 0.1


# Networks


def test_a_layer_gives_what_nn_linear_gives_however_it_lies_in_memory():
    for i, o in ((2, 16), (16, 1)):
        mine = Affine(i, o)
        w = mine.weight if not mine.widens else mine.weight.t()
        x = torch.randn(5, i)
        assert torch.allclose(mine(x), torch.nn.functional.linear(x, w, mine.bias))


def test_spectral_norm_bounds_every_layer():
    D = Discriminator(16, 2, "spectral", 0.0, "leaky_relu", True)
    for _ in range(30):
        D(torch.randn(4, 2, 1, 1))
    weights = [m.weight for m in D.modules() if isinstance(m, Affine)]
    assert all(torch.linalg.matrix_norm(w, 2).item() == pytest.approx(1, abs=0.02) for w in weights)


# Visitors


def test_twenty_visitors_get_fair_shares():
    host, done = Host(), {}
    runs = {k: host.start(k, replace(SMALL, steps=20_000), [GAN]) for k in range(20)}
    end = time.monotonic() + 4

    def visit(k):
        for frame in host.advance(k, every=10):
            done[k] = frame.step
            if time.monotonic() > end:
                break

    threads = [threading.Thread(target=visit, args=(k,)) for k in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    steps = sorted(done.values())
    assert len(steps) == 20 and steps[-1] - steps[0] <= 40, steps


def test_ten_starts_in_a_second_leave_one_run():
    host = Host()
    runs = [host.start("v", SMALL, [GAN]) for _ in range(10)]
    assert len(host) == 1 and host.of("v") is runs[-1]
    assert all(run.ended == "The run was stopped." for run in runs[:-1])
    host.cancel("v")
    assert len(host) == 0 and host.of("v") is None and list(host.advance("v")) == []


def test_a_full_host_says_so_and_forgets_whoever_went(monkeypatch):
    now, host = [100.0], Host(most_runs=2, idle=60)
    monkeypatch.setattr("demo.zoo.playground.host.time.monotonic", lambda: now[0])
    first = host.start("a", SMALL, [GAN])
    host.start("b", SMALL, [GAN])
    with pytest.raises(ValueError, match="2 visitors are training at the moment"):
        host.start("c", SMALL, [GAN])
    now[0] += 61
    host.start("c", SMALL, [GAN])
    assert len(host) == 1 and first.cancelled


def test_a_turnstile_goes_by_arrival_and_survives_errors():
    gate, order = Turnstile(), []

    def pass_through(k):
        with gate.turn():
            order.append(k)

    with gate.turn():
        threads = []
        for k in range(5):
            threads.append(threading.Thread(target=pass_through, args=(k,)))
            threads[-1].start()
            while len(gate._waiting) <= k:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]
    with pytest.raises(ZeroDivisionError), gate.turn():
        raise ZeroDivisionError
    with gate.turn():
        pass
