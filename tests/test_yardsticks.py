"""The other measures: weighted moments, class balance, label-free features, sliced Wasserstein distance, their file."""

import json
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_evaluate import (  # noqa: F401  (fixtures)
    _made_once,
    command,
    elsewhere,
    home,
    no_new_process,
    tools,
)

from gan_models.metrics import names, record, yardsticks
from gan_models.metrics.choose import efficientnet_lite0, label_free
from gan_models.metrics.classes import balancing
from gan_models.metrics.distances import Moments, frechet
from gan_models.metrics.extractors import Extractor, SmallCNN
from gan_models.metrics.reference import ReferenceError
from train.measure import evaluate
from train.measure import yardsticks as train_yardsticks

few = settings(max_examples=25, deadline=None)


def drawn(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


# Weights


@few
@given(n=st.integers(2, 40), d=st.integers(1, 5), scale=st.floats(0.01, 100))
def test_equal_weights_give_the_plain_moments(n, d, scale):
    x = drawn(n, d, n)
    plain, weighted = Moments.of(x), Moments.weighted(x, torch.full((n,), scale))
    assert torch.allclose(plain.mean, weighted.mean) and torch.allclose(plain.cov, weighted.cov)
    assert weighted.n == n


@few
@given(times=st.lists(st.integers(1, 4), min_size=3, max_size=12))
def test_a_weight_counts_as_copies_do(times):
    x, times = drawn(len(times), 3), torch.tensor(times)
    copies, weighted = Moments.of(x.repeat_interleave(times, 0)), Moments.weighted(x, times.float())
    assert torch.allclose(copies.mean, weighted.mean)
    # They differ only in what makes them unbiased: copies are no independent images.
    total, w = times.sum(), times / times.sum()
    assert torch.allclose(copies.cov * (total - 1) / total, weighted.cov * (1 - w.double().square().sum()))


@pytest.mark.parametrize(
    "weights", [[1.0, -1.0, 1.0], [1.0, 1.0], [0.0, 0.0, 0.0], [1.0, math.nan, 1.0], [0.0, 0.0, 1]]
)
def test_what_is_no_weight_is_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        Moments.weighted(drawn(3, 2), torch.tensor(weights))


@few
@given(
    labels=st.lists(st.integers(0, 3), min_size=4, max_size=60),
    parts=st.lists(st.integers(1, 9), min_size=4, max_size=4),
)
def test_balanced_pictures_have_the_targets_shares(labels, parts):
    target = torch.tensor(parts) / sum(parts)
    labels = torch.tensor(labels)
    weights = balancing(labels, target.double())
    assert weights.sum().item() == pytest.approx(1)
    there = torch.bincount(labels, minlength=4) > 0
    shares = torch.zeros(4, dtype=torch.float64).index_add(0, labels, weights)
    expected = target.double() * there / target[there].double().sum()
    assert shares.tolist() == pytest.approx(expected.tolist())


def test_the_mix_of_classes_is_no_matter_to_the_balanced_distance_and_a_missing_class_is():
    class Reference:
        moments = None

        def shares(self, k):
            return torch.full((k,), 1 / k, dtype=torch.float64)

    draw = torch.Generator().manual_seed(0)
    labels = torch.arange(3000) % 3
    centres = torch.tensor([[0.0, 0], [6, 0], [0, 6]])
    features = centres[labels] + torch.randn(3000, 2, generator=draw)
    logits = torch.nn.functional.one_hot(labels, 3).float()
    reference = Reference()
    reference.moments = Moments.of(centres[labels] + torch.randn(3000, 2, generator=draw))
    uneven = torch.cat([(labels == k).nonzero().flatten()[: 1000 >> (2 * k)] for k in range(3)])  # 1000, 250, 62
    lacking = (labels < 2).nonzero().flatten()
    even = frechet(reference.moments, Moments.of(features))
    plain, balanced = (
        frechet(reference.moments, Moments.of(features[uneven])),
        yardsticks.class_balanced(features[uneven], logits[uneven], reference),
    )
    assert even < balanced < 0.1 < 2 < plain
    assert yardsticks.class_balanced(features[lacking], logits[lacking], reference) > 2


# Sliced Wasserstein


def pictures(n: int, seed: int = 0, size: int = 8) -> torch.Tensor:
    return torch.randint(256, (n, 1, size, size), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)


def test_a_shift_of_every_pixel_is_told_in_grey_levels():
    x = pictures(300) // 2
    along = yardsticks.directions(64)
    one, other = (yardsticks.quantiles(images, along) for images in (x, x + 40))
    exact = (40 * along.sum(1)).square().mean().sqrt().item()
    assert yardsticks.sliced_wasserstein(one, other) == pytest.approx(exact, rel=1e-3)
    assert exact == pytest.approx(40, rel=0.15)  # with 256 directions
    assert yardsticks.sliced_wasserstein(one, one) == 0


@few
@given(a=st.integers(0, 50), b=st.integers(0, 50), c=st.integers(0, 50))
def test_it_is_a_distance(a, b, c):
    along = yardsticks.directions(64)
    x, y, z = (yardsticks.quantiles(pictures(40, seed), along) for seed in (a, b, c))
    d = yardsticks.sliced_wasserstein
    assert d(x, y) == d(y, x) >= 0
    assert d(x, z) <= d(x, y) + d(y, z) + 1e-9


@few
@given(n=st.integers(2, 700))
def test_quantiles_do_not_depend_on_the_number_of_equal_copies(n):
    x = pictures(7)
    along = yardsticks.directions(64)
    ours = yardsticks.quantiles(x[torch.arange(n) % 7], along)
    theirs = torch.stack([row.sort().values for row in ((x.flatten(1).float() @ along.T)[torch.arange(n) % 7]).T])
    assert torch.all(ours >= theirs[:, :1] - 1e-3) and torch.all(ours <= theirs[:, -1:] + 1e-3)
    assert torch.all(ours.diff(dim=1) >= 0)


def test_quantiles_of_nothing_or_of_other_pictures_are_refused():
    along = yardsticks.directions(64)
    for images in (pictures(1), pictures(5, size=9)):
        with pytest.raises(ValueError, match="two pictures or more of 64 pixels"):
            yardsticks.quantiles(images, along)


# Label-free features


def test_grey_and_small_pictures_are_framed_and_seen_in_three_equal_channels():
    x = pictures(3)
    framed = torch.nn.functional.pad(x.float(), [12] * 4, mode="replicate").expand(-1, 3, -1, -1)
    eye = label_free(1, 8)
    assert torch.equal(eye(x).features, efficientnet_lite0(3, 32)(framed.byte()).features)
    assert eye(x).features.shape == (3, 1280) and eye.name == "efficientnet-lite0"


def test_colour_pictures_are_seen_as_they_are():
    assert label_free(3, 64).size == 64 and type(label_free(3, 64)) is type(efficientnet_lite0(3, 64))


# The file


@pytest.fixture
def made(home, monkeypatch):  # noqa: F811
    """home with the file, made by the command; a small network stands for EfficientNet, whose covariance takes time."""
    torch.manual_seed(3)
    eye = Extractor("efficientnet-lite0", "0" * 16, SmallCNN(4, 1, 3).eval(), 1, 8)
    monkeypatch.setattr("gan_models.metrics.choose.label_free", lambda channels, size: eye)
    arguments = ["--dataset", str(home / "toys"), "--size", "8", "--checkpoints", str(home / "zoo")]
    assert train_yardsticks.main(arguments) == 0
    return home


def test_evaluate_adds_the_other_measures_and_leaves_measured_figures_alone(made, monkeypatch, capsys):
    folder = made / "zoo" / "toys"
    (folder / yardsticks.FILE).rename(made / "away")
    assert command(made, "plain", "told") == 0
    assert "Not measured by label-free features and pixels: there is no " in capsys.readouterr().out
    before = record.read(folder / "plain")
    assert set(before["yardsticks"]) == {"class_balanced"}  # needs no file

    (made / "away").rename(folder / yardsticks.FILE)
    monkeypatch.setattr(evaluate, "_measured", lambda *a: pytest.fail("it was measured already"))
    assert command(made, "plain", "told") == 0
    extractor, reference = tools(made)
    for name in ("plain", "told"):
        after = record.read(folder / name)
        assert set(after["yardsticks"]) == {"class_balanced", "label_free", "sliced_wasserstein"}
        for block in after["yardsticks"].values():
            assert block["n"] == 120 and block["seeds"] == [0, 1] and len(block["figure"]["values"]) == 2
            assert block["reference"]["n"] == 120
        assert after["yardsticks"]["class_balanced"]["extractor"]["hash"] == extractor.hash
        assert after["yardsticks"]["label_free"]["extractor"]["features"] == 16
    after = record.read(folder / "plain")
    assert after["measured"] == before["measured"]
    assert after["yardsticks"]["class_balanced"] == before["yardsticks"]["class_balanced"]
    capsys.readouterr()
    assert command(made, "plain") == 0
    assert "is measured already" in capsys.readouterr().out

    import gan_models

    images = torch.from_numpy(gan_models.load(folder / "plain").sample(range(120, 240))).permute(0, 3, 1, 2)
    measures = train_yardsticks.opened(folder, extractor, reference)
    again = measures(images, ("label_free", "sliced_wasserstein", "class_balanced"))
    assert {k: v["figure"]["values"][1] for k, v in after["yardsticks"].items()} == pytest.approx(again, rel=1e-5)


def test_anchors_put_real_training_pictures_first(made):
    anchors = json.loads((made / "zoo" / "toys" / record.YARDSTICKS).read_text())
    assert [row["name"] for row in anchors["rows"]] == ["train", "noise", "one_class", "mean"]
    for name in ("label_free", "sliced_wasserstein"):
        floor, *others = (row["figures"][name]["mean"] for row in anchors["rows"])
        assert floor < min(others)


def test_moments_in_half_precision_are_close_enough():
    real, fake = Moments.of(drawn(3000, 64, 1)), Moments.of(1.1 * drawn(3000, 64, 2))
    exact = frechet(real, fake)
    assert frechet(yardsticks.stored(real), fake) == pytest.approx(exact, rel=1e-3)
    assert yardsticks.stored(real).cov.dtype == torch.float64 and (yardsticks.stored(real).cov != real.cov).any()


@pytest.mark.parametrize("content", [None, b"", b"no tensors"])
def test_a_missing_or_damaged_file_is_one_sentence(tmp_path, content):
    path = tmp_path / "toys" / yardsticks.FILE
    path.parent.mkdir()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ReferenceError, match="--dataset toys makes it") as caught:
        yardsticks.read(path)
    assert "\n" not in str(caught.value)


def test_other_directions_are_refused(tmp_path, monkeypatch):
    real = yardsticks.build(pictures(9), None, {"dataset": "toys", "split": "test", "hash": "0"})
    yardsticks.write(real, tmp_path / yardsticks.FILE)
    assert torch.equal(yardsticks.read(tmp_path / yardsticks.FILE).quantiles, real.quantiles)
    ours = yardsticks.directions
    monkeypatch.setattr(yardsticks, "directions", lambda pixels: -ours(pixels))
    with pytest.raises(ReferenceError, match="other directions"):
        yardsticks.read(tmp_path / yardsticks.FILE)


# Too few pictures


@pytest.mark.parametrize(
    ("generated", "real", "features", "deficient"),
    [(1000, 1000, 1280, True), (10_000, 1280, 1280, True), (10_000, 10_000, 64, False), (10, 10, None, False)],
)
def test_too_few_pictures_for_a_covariance_are_said(generated, real, features, deficient):
    assert names.rank_deficient(generated, real, features) is deficient
    said = names.deficiency(generated, real, features)
    assert bool(said) is deficient and ("1,280 features" in said) is deficient


@few
@given(n=st.integers(2, 12), d=st.integers(1, 12))
def test_rank_deficient_is_what_the_covariance_is(n, d):
    rank = torch.linalg.matrix_rank(Moments.of(drawn(n, d, 100 * n + d)).cov, tol=1e-9).item()
    assert (rank < d) is names.rank_deficient(n, 10**6, d)


def test_a_line_of_evaluate_says_so(home, capsys):  # noqa: F811
    command(home, "plain", n=100, seeds=1)
    assert "Rank-deficient" not in capsys.readouterr().out  # 16 features
    content = record.read(home / "zoo" / "toys" / "plain")["measured"]["toys-cnn"]
    content["extractor"]["features"] = 1280
    assert "Rank-deficient: 100 pictures cannot fill a covariance of 1,280 features" in evaluate.line(content)
