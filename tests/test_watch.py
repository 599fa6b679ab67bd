"""`--eval-every`: figures in the curve, nothing else changed by them, exact resume, warnings, refusals."""

import json
import os
import signal
from dataclasses import replace

import pytest
import torch
from helpers import CLASSES, gan, noise, same, small

import gan_models
import train
from gan_models import Recipe
from gan_models.metrics import reference as references
from gan_models.metrics.distances import Moments, frechet
from gan_models.metrics.extractors import SmallCNN, load_cnn
from gan_models.metrics.reference import read
from train.engine import data as loading
from train.engine import main, report, run, watch
from train.engine.args import RunError, TrainArgs
from train.engine.report import Report
from train.measure import extractor as extractors

RECIPE = small(Recipe(name="x", network="mlp"))
"""8 images a step"""


@pytest.fixture(autouse=True)
def few_samples(monkeypatch):
    monkeypatch.setattr(watch, "SAMPLES", 100)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def put_extractor(zoo, seed: int = 0):
    """An untrained CNN with three classes for the data set "noise"."""
    torch.manual_seed(seed)
    net = SmallCNN(2, 1, len(CLASSES)).eval()
    for p in net.parameters():
        if p.dim() > 1:
            p.data.normal_(0, 1)
    about = {"name": "noise-cnn", "width": 2, "channels": 1, "size": 28, "class_names": list(CLASSES), "features": 8}
    extractors.write(zoo / "noise" / "extractor", net, about, noise(RECIPE))
    return load_cnn(zoo / "noise" / "extractor")


def put_reference(zoo, extractor, recipe: Recipe = RECIPE):
    data = noise(recipe)
    training = references.Training(data.images, extractor(data.images).features)
    made = references.build(extractor, noise(recipe, seed=1), training, "test", "0" * 16)
    references.write(made, zoo / "noise" / "reference.safetensors")
    return made


@pytest.fixture
def zoo(tmp_path):
    put_reference(tmp_path / "zoo", put_extractor(tmp_path / "zoo"))
    return tmp_path / "zoo"


@pytest.fixture
def sit(tmp_path, monkeypatch, zoo):
    """sit(out, images, every): one sitting of a run over made-up data, interrupted at `stop` images."""
    monkeypatch.setattr(loading, "load", lambda *_, **__: noise(RECIPE))
    original = Report.__call__

    def sit(out, images, every=0, stop=None, resume=False, recipe=RECIPE):
        def call(self, state):
            if stop and state.images >= stop:
                os.kill(os.getpid(), signal.SIGINT)
            original(self, state)

        monkeypatch.setattr(Report, "__call__", call)
        options = {"eval_every": every, "checkpoints": str(zoo), "resume": resume, "seed": 3}
        run(TrainArgs(images=images, out=str(tmp_path / out), **options), recipe)
        return tmp_path / out

    return sit


def curve(out) -> list[dict]:
    return [json.loads(line) for line in (out / "checkpoint/stats.jsonl").read_text().splitlines()]


def saved(out) -> dict:
    return torch.load(out / "resume.pt", weights_only=True)


# A run


def test_the_curve_carries_the_figures_and_the_provenance_says_by_whom(sit, zoo, capsys):
    out = sit("a", 80, every=20)  # steps of 8: the first at or beyond 20, 40 and 60
    points = curve(out)
    looks = [p for p in points if "fd" in p]
    assert [p["images"] for p in looks] == [24, 40, 64, 80] and points[-1] is looks[-1]
    for p in looks:
        assert p["fd"] > 0 and len(p["shares"]) == len(CLASSES) and sum(p["shares"]) == pytest.approx(1)
        assert {"d_loss", "g_loss", "real_logit", "fake_logit"} < p.keys()

    facts = saved(out)["evaluated"]
    extractor = load_cnn(zoo / "noise" / "extractor")
    reference = read(zoo / "noise" / "reference.safetensors", extractor)
    about = {
        "extractor": {"name": "noise-cnn", "hash": extractor.hash},
        "n": 100,
        "reference": len(reference.features),
        "every": 20,
    }
    seconds = facts.pop("seconds")
    assert facts == about and seconds > 0
    assert gan_models.load(out / "checkpoint").provenance["eval"] == {**about, "seconds": round(seconds, 1)}
    said = capsys.readouterr()
    assert "FD=" in said.err and "for evaluations" in said.out


@pytest.mark.parametrize("name", ["dcgan", "cgan"])
def test_the_figures_are_those_of_the_averaged_generator(name, sit, zoo):
    recipe = small(train.recipes()[name])
    out = sit("a", 2 * recipe.batch * recipe.critic_steps, every=10**6, recipe=recipe)
    (last,) = (p for p in curve(out) if "fd" in p)
    G, _ = gan_models.build(recipe)
    G.load_state_dict(saved(out)["state"]["G_ema"])
    extractor = load_cnn(zoo / "noise" / "extractor")
    labels = read(zoo / "noise" / "reference.safetensors", extractor).asked(recipe, 100)
    pictures = gan_models.GAN(recipe, G).sample(range(100), labels)
    seen = extractor(torch.from_numpy(pictures).permute(0, 3, 1, 2))
    real = references.read(zoo / "noise" / "reference.safetensors", extractor)
    assert last["fd"] == pytest.approx(frechet(real.moments, Moments.of(seen.features)), rel=1e-3, abs=1e-5)
    assert last["shares"] == [(seen.logits.argmax(1) == k).sum().item() / 100 for k in range(3)]


def test_a_run_is_the_same_with_evaluations_and_without(sit):
    a, b = saved(sit("with", 80, every=8)), saved(sit("without", 80))
    assert all("fd" in p for p in a["points"]) and b["evaluated"] is None
    for key in ("state", "rng", "frames", "frame_images"):
        assert same(a[key], b[key]), key
    plain = [{k: v for k, v in p.items() if k not in ("fd", "shares")} for p in a["points"]]
    assert plain == b["points"]  # here every step is a point of the curve, in both


@pytest.mark.parametrize("stop", [40, 48])  # at a step that is evaluated, and at one that is not
def test_an_interrupted_run_has_the_evaluations_of_one_that_was_not(stop, sit, monkeypatch):
    monkeypatch.setattr(report, "POINTS", 10)
    whole = sit("whole", 160, every=20)
    with pytest.raises(SystemExit):
        sit("parts", 160, every=20, stop=stop)
    torch.manual_seed(99)
    parts = sit("parts", 160, every=20, resume=True)
    a, b = saved(whole), saved(parts)
    for x in (a, b):
        x.pop("seconds"), x["evaluated"].pop("seconds")
    assert same(a, b)
    assert curve(whole) == curve(parts) and sum("fd" in p for p in curve(whole)) >= 4


def test_another_interval_may_follow_or_none(sit):
    sit("a", 80, every=40)
    out = sit("a", 160, every=60, resume=True)
    first, eval_first = curve(out), gan_models.load(out / "checkpoint").provenance["eval"]
    assert [p["images"] for p in first if "fd" in p] == [40, 80, 120, 160] and eval_first["every"] == 60
    sit("a", 200, resume=True)
    assert [p["images"] for p in curve(out) if "fd" in p] == [40, 80, 120, 160]
    assert gan_models.load(out / "checkpoint").provenance["eval"] == eval_first


def test_evaluations_may_begin_at_a_resume(sit):
    out = sit("a", 80)
    old = saved(out)
    del old["evaluated"]  # a file from before there were evaluations
    torch.save(old, out / "resume.pt")
    sit("a", 160, every=80, resume=True)
    assert [p["images"] for p in curve(out) if "fd" in p] == [160]


def test_evaluations_of_another_extractor_are_not_continued(sit, zoo):
    out = sit("a", 80, every=40)
    before = (out / "resume.pt").read_bytes()
    put_reference(zoo, put_extractor(zoo, seed=1))
    with pytest.raises(RunError, match=r"were made by noise-cnn .* put that one back, or give --eval-every 0"):
        sit("a", 160, every=40, resume=True)
    assert (out / "resume.pt").read_bytes() == before


@pytest.mark.parametrize(
    ("images", "every", "step", "due"),
    [
        (96, 100, 8, False),
        (100, 100, 10, True),
        (104, 100, 8, True),
        (112, 100, 8, False),
        (200, 100, 8, True),
        (50, 10, 50, True),  # a step longer than the interval
        (8, 8, 8, True),
    ],
)
def test_a_look_is_due_at_the_first_step_at_or_beyond_a_multiple(images, every, step, due):
    assert watch.Watch(None, None, every).due(images, step) is due


# The curve's bound


def thinned(looks: int, plain: int) -> list[dict]:
    """What is left of a curve whose first points have evaluations."""
    made = Report.__new__(Report)
    made.points = [{"images": i, **({"fd": 1.0} if i < looks else {})} for i in range(looks + plain)]
    made.thin()
    return made.points


@pytest.mark.parametrize("looks", [0, 1, 100, 250])
def test_thinning_keeps_every_evaluation(looks):
    left = thinned(looks, report.POINTS + 1 - looks)
    assert [p["images"] for p in left if "fd" in p] == [*range(looks)]
    assert len(left) <= report.POINTS * 3 // 4 + 1 and left[-1]["images"] == report.POINTS


def test_too_many_evaluations_are_thinned_as_well():
    assert len(thinned(400, 101)) == report.POINTS // 2 + 1
    assert len(thinned(501, 0)) == report.POINTS // 2 + 1


def test_a_curve_with_evaluations_has_at_most_its_points(sit, monkeypatch):
    monkeypatch.setattr(report, "POINTS", 10)
    monkeypatch.setattr(report, "FRAMES", 3)
    for every in (8, 400):
        for images in (400, 800):
            out = sit(str(every), images, every=every, resume=images == 800)
            at = [p["images"] for p in curve(out)]
            assert 4 <= len(at) <= 10 and at[-1] == images and at == sorted(set(at))
    assert [p["images"] for p in curve(out) if "fd" in p] == [400, 800]


# What is said


SHARES = [0.1] * 10
DIGITS = [str(k) for k in range(10)]


def told(series, shares=None, budget=1000, real=SHARES) -> list[list[str]]:
    """The lines after each look of a series of distances, and of shares if given; looks come every 100 images."""
    shares = shares or [SHARES] * len(series)
    looks = [
        {"images": 100 * (i + 1), "fd": f, "shares": s} for i, (f, s) in enumerate(zip(series, shares, strict=True))
    ]
    return [watch.remarks(looks[: i + 1], budget, real, DIGITS) for i in range(len(looks))]


@pytest.mark.parametrize(
    ("series", "warned", "recovered"),
    [
        ([9, 5, 3, 2, 2.1, 1.9], [], []),
        ([9, 2, 9, 2, 9, 2], [], []),  # never twice in a row
        ([9, 2, 2.9, 2.9, 2.9], [], []),
        ([9, 2, 3.1, 3.1, 3.1], [3], []),  # once per event
        ([9, 2, 50, 60, 2.5, 2.4], [3], [4]),
        ([9, 2, 50, 60, 2.5, 70, 80], [3, 6], [4]),
        ([2, 4, 8], [2], []),
        ([2], [], []),
        ([2, 90], [], []),
    ],
)
def test_a_distance_far_above_the_best_twice_in_a_row_is_told_once(series, warned, recovered):
    lines = told(series)
    assert [i for i, now in enumerate(lines) if any("may be diverging" in line for line in now)] == warned
    assert [i for i, now in enumerate(lines) if any("is back within 1.5" in line for line in now)] == recovered
    assert sum(map(len, lines)) == len(warned) + len(recovered)
    for i in warned:
        assert f"{100 * (i + 1):,} images: FD {series[i]} " in lines[i][0] and "best, 2 at" in lines[i][0]


def lost(*classes: int) -> list[float]:
    """Ten classes of which these make 0.9 % each and the others share the rest."""
    return [0.009 if k in classes else (1 - 0.009 * len(classes)) / (10 - len(classes)) for k in range(10)]


def test_lost_classes_are_named_once_while_they_are_lost():
    series = [SHARES, lost(3), lost(3), lost(3, 7), lost(3), lost(3, 7), SHARES, lost(3)]
    lines = told([1.0] * 8, series)
    assert [len(now) for now in lines] == [0, 1, 0, 1, 0, 0, 1, 1]
    assert lines[1] == ["Warning at 200 images: the classes collapse: hardly any '3' (0.9 %)."]
    assert "hardly any '3' (0.9 %), '7' (0.9 %)" in lines[3][0]
    assert lines[6] == ["At 700 images: all classes are drawn again."]


def test_a_generator_that_draws_one_class_is_told_in_one_line():
    (line,) = told([1.0], [[0.0] * 4 + [0.98, 0.02] + [0.0] * 4])[0]
    assert "'4' fills 98.0 % of the samples; hardly any '0' (0.0 %), '1' (0.0 %)" in line and "'5'" not in line


@pytest.mark.parametrize(
    ("shares", "real", "odd"),
    [
        ([0.011, 0.989 / 9] + [0.989 / 9] * 8, SHARES, set()),
        ([0.51] + [0.49 / 9] * 9, SHARES, {0}),
        ([0.5] + [0.5 / 9] * 9, SHARES, set()),
        ([0.85, 0.15], [0.8, 0.2], set()),  # the data is so
        ([0.99, 0.01], [0.8, 0.2], {1}),
        ([0.0, 1.0], [0.005, 0.995], set()),  # so rare that 2,000 samples need have none
        ([0.04, 0.96], [0.5, 0.5], {0}),
    ],
)
def test_collapse_is_judged_by_the_shares_of_the_real_images(shares, real, odd):
    assert watch.collapsed({"images": 500, "shares": shares}, 1000, real) == odd


def test_classes_that_are_missing_early_are_no_news():
    assert not watch.collapsed({"images": 99, "shares": lost(3)}, 1000, SHARES)
    assert watch.collapsed({"images": 100, "shares": lost(3)}, 1000, SHARES) == {3}
    assert not watch.collapsed({"images": 500}, 1000, ())  # an extractor that knows no classes


def test_a_constant_generator_is_seen_to_have_collapsed(zoo):
    extractor = load_cnn(zoo / "noise" / "extractor")
    made = watch.Watch(extractor, put_reference(zoo, extractor), 100)
    made.reference = replace(made.reference, predicted=torch.arange(48) % 3)
    g = gan(RECIPE)
    for p in g.G.parameters():
        p.data.zero_()
    look = made(g)
    assert sorted(look["shares"]) == [0, 0, 1] and look["fd"] > 0
    (line,) = made.remarks([{"images": 100, **look}], 100)
    assert "fills 100.0 % of the samples; hardly any" in line


def test_an_extractor_that_names_no_classes_gives_the_distance_alone(zoo):
    extractor = load_cnn(zoo / "noise" / "extractor")
    extractor.class_names = ()  # as that of Stacked MNIST, whose logits are [N, 3, 10], and of faces, which has none
    made = watch.Watch(extractor, put_reference(zoo, extractor), 100)
    look = made(gan(RECIPE))
    assert look.keys() == {"fd"} and made.remarks([{"images": 100, **look}], 100) == []


# Refusals


def refused(capsys, *argv) -> str:
    with pytest.raises(SystemExit) as stop:
        main(train.recipes()["gan"], [*map(str, argv), "--device", "cpu"])
    assert stop.value.code == 2
    return capsys.readouterr().err.strip().splitlines()[-1].partition("error: ")[2]


@pytest.mark.parametrize("words", ["0.5", "often"])
def test_an_interval_is_a_count(words, capsys):
    assert "is not a count; write 600k" in refused(capsys, "--eval-every", words)


def test_more_than_a_hundred_evaluations_are_refused(capsys):
    sentence = refused(capsys, "--images", "601k", "--eval-every", "6k")
    assert sentence == "--eval-every 6000 is too often for 601000 images: give 6010 or more."


def test_what_is_missing_stops_the_run_before_it_starts(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(loading, "load", lambda *_, **__: noise(RECIPE))
    zoo, out = tmp_path / "zoo", tmp_path / "out"
    argv = ("--dataset", "noise", "--images", 80, "--eval-every", 40, "--checkpoints", zoo, "--out", out)
    assert "python -m train extractor --dataset noise" in refused(capsys, *argv)
    extractor = put_extractor(zoo)
    assert "python -m train reference --dataset noise" in refused(capsys, *argv)
    put_reference(zoo, extractor)
    put_extractor(zoo, seed=1)
    sentence = refused(capsys, *argv)
    assert "was made with the extractor" in sentence and "python -m train reference --dataset noise" in sentence
    (zoo / "noise" / "extractor" / "extractor.safetensors").write_bytes(b"nonsense")
    assert "damaged" in refused(capsys, *argv)
    assert not out.exists()


def test_another_size_than_the_extractors_is_refused(monkeypatch, zoo, tmp_path, capsys):
    monkeypatch.setattr(loading, "load", lambda *_, **__: noise(replace(RECIPE, size=32)))
    argv = ("--images", 80, "--size", 32, "--eval-every", 40, "--checkpoints", zoo, "--out", tmp_path / "out")
    sentence = refused(capsys, *argv)
    assert "28" in sentence and "32" in sentence
    assert not (tmp_path / "out").exists()
