"""One picture looked at closely: D's score among others, the nearest training picture, what is said without."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import CLASSES, gan, noise, small

import train
from demo.draw import inspected
from demo.zoo import inspection, judge
from demo.zoo.cache import LeastRecentlyUsed
from demo.zoo.judge import Judge, probable, reading, sigmoid
from demo.zoo.neighbours import Neighbours, no_training
from demo.zoo.seeds import read_seeds
from demo.zoo.standing import percent, standing
from demo.zoo.zoo import Zoo
from gan_models.metrics.extractors import load_cnn
from gan_models.real import TRAINING, Real, read
from gan_models.registry import LOSSES

RECIPES = {name: small(recipe) for name, recipe in train.recipes().items()}
RECIPES["stylegan2, told"] = replace(RECIPES["stylegan2"], conditional=True, class_names=CLASSES)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(judge, "COMPANY", 10)


def reals(recipe, n: int = 9) -> Real:
    data = noise(recipe, n)
    return Real(data.images.permute(0, 2, 3, 1).numpy(), data.labels.tolist(), list(CLASSES), "test")


def logit(g, picture: np.ndarray, label: int | None, company: np.ndarray, labels, at: int) -> float:
    """D's logit, by hand: of the picture alone, or in place of one of its company where D looks at all."""
    alone = not any(getattr(m, "sees_batch", False) for m in g.D.modules())
    company = company.copy()
    company[at] = picture
    if alone:
        company, labels = picture[None], [label]
    elif labels:
        labels = [*labels[:at], label, *labels[at + 1 :]]
    x = torch.from_numpy(company).permute(0, 3, 1, 2) / 127.5 - 1
    y = torch.tensor(labels) if g.recipe.classes else None
    with torch.no_grad():
        return g.D(x, y).logits[0 if alone else at].item()


@pytest.mark.parametrize("name", RECIPES)
def test_a_score_is_ds_logit_among_those_of_others(name):
    g = gan(RECIPES[name])
    shown, label, seed = reals(g.recipe), 2 if g.recipe.classes else None, 14
    (picture,) = g.sample([seed], None if label is None else [label])
    judge = Judge(g, shown)
    score = judge(picture, seed, label)

    made, labels = g.sample(range(10)), [s % 3 for s in range(10)] if g.recipe.classes else None
    assert score.logit == pytest.approx(logit(g, picture, label, made, labels, 4), abs=1e-5)
    own = [logit(g, made[k], labels and labels[k], made, labels, k) for k in range(10)]
    real = [logit(g, shown.pictures[k], shown.labels[k], shown.pictures, shown.labels, k) for k in range(9)]
    for among, others in ((score.among_generated, own), (score.among_real, real)):
        lower = sum(other < score.logit for other in others)
        assert among.n == len(others) and among.percentile == pytest.approx(100 * lower / len(others))
        assert among.low == pytest.approx(np.quantile(others, 0.05), abs=1e-5)
        assert among.high == pytest.approx(np.quantile(others, 0.95), abs=1e-5)
    assert score.tells == pytest.approx(np.mean([a > b for a in real for b in own]))
    assert sorted(score.real) == pytest.approx(sorted(real), abs=1e-5)
    assert (score.probability is None) == (g.recipe.loss != "non_saturating")
    if score.probability is not None:
        assert score.probability == pytest.approx(1 / (1 + np.exp(-score.logit)))
    assert ("here D judges the picture as it is" in score.reading) == bool(g.recipe.views)
    normed = any(isinstance(m, torch.nn.BatchNorm2d) for m in g.D.modules())
    assert ("BatchNorm" in score.reading) == normed
    together = any(getattr(m, "sees_batch", False) for m in g.D.modules())
    assert ("among 9 others" in score.reading) == together
    if g.recipe.network_args.get("labels") == "auxiliary":
        x = torch.from_numpy(picture[None]).permute(0, 3, 1, 2) / 127.5 - 1
        odds = g.D(x, torch.tensor([label])).classes.softmax(1)[0]
        assert score.guess == (CLASSES[odds.argmax()], pytest.approx(odds.max().item()))
    else:
        assert score.guess is None
    assert "NaN" not in inspected.strip(score) and all("{" not in sentence for sentence in score.words)


def test_pictures_of_a_seed_with_company_are_judged_as_in_it():
    g = gan(RECIPES["stylegan2"])
    judge = Judge(g, None)
    assert judge(g.sample([3])[0], 3).logit == judge.generated[3]
    assert judge(g.sample([3])[0], 3).among_real is None and judge.tells() is None


def test_real_pictures_of_classes_that_d_does_not_know_are_left_out():
    g = gan(RECIPES["cgan"])
    shown = replace(reals(g.recipe, 6), class_names=["zero", "other", "two"])
    judge = Judge(g, shown)
    assert np.isnan(judge.real).tolist() == [False, True, False] * 2
    labels = [0, 2, 0, 2]
    assert judge.real[[0, 2, 3, 5]].tolist() == g.score(shown.pictures[[0, 2, 3, 5]], labels).tolist()
    assert not len(Judge(g, replace(shown, pictures=shown.pictures[:, :8, :8])).real)  # of another size
    assert np.isnan(Judge(g, replace(shown, class_names=[])).real).all()


def test_standings_by_hand():
    stands = standing(2.0, np.array([1.0, 2.0, 3.0, 4.0, np.nan]))
    assert (stands.percentile, stands.n) == (37.5, 4)  # one lower, one equal
    assert (stands.low, stands.high) == (pytest.approx(1.15), pytest.approx(3.85))
    assert standing(2.0, np.array([np.nan])) is None


def test_every_loss_says_what_a_score_means():
    bare = train.recipes()["dcgan"]
    for loss in LOSSES:
        words = reading(replace(bare, loss=loss))
        assert words.endswith(".") and "{" not in words and words == reading(replace(bare, loss=loss)), loss
    assert "answer 1 to a real picture and 0 to" in reading(replace(bare, loss="least_squares"))
    other = replace(bare, loss="least_squares", loss_args={"a": -1.0})
    assert "answer 1 to a real picture and -1 to" in reading(other)
    assert "not known" in reading(replace(bare, loss="somebody_elses"))
    assert [probable(replace(bare, loss=loss)) for loss in ("non_saturating", "hinge", "x")] == [
        True,
        False,
        False,
    ]
    assert sigmoid(0) == 0.5 and sigmoid(-800) == 0 and sigmoid(800) == 1


def test_percentages_are_never_rounded_to_certainty():
    said = [percent(value) for value in (0, 1e-6, 0.26, 37.4, 99.4, 99.96, 100)]
    assert said == ["0 %", "under 0.1 %", "0.3 %", "37 %", "99.4 %", "over 99.9 %", "100 %"]


# Neighbours -------------------------------------------------------------------------------------------------


def test_the_neighbour_is_the_nearest_in_the_extractors_features(looked_zoo):
    zoo, training = Zoo(looked_zoo), read(looked_zoo, "toys", TRAINING)
    looks = inspection.inspect(zoo, ["toys/plain", "toys/deep"], 5)
    extractor = load_cnn(looked_zoo / "toys" / "extractor")

    def features(pictures):
        return extractor(torch.from_numpy(pictures.transpose(0, 3, 1, 2).copy())).features.double()

    theirs, tests = features(training.pictures), features(read(looked_zoo, "toys").pictures)
    for key, look in looks.items():
        (mine,) = features(zoo.samples([key], [5])[key])
        apart = [(mine - other).square().sum().sqrt().item() for other in theirs]
        near = look.neighbour
        assert near.distance == pytest.approx(min(apart), rel=1e-5)
        np.testing.assert_array_equal(near.picture, training.pictures[np.argmin(apart)])
        assert near.label == CLASSES[np.argmin(apart) % 3]
        typical = [min((one - other).square().sum().sqrt().item() for other in theirs) for one in tests]
        closer = 100 * np.mean([d < near.distance for d in typical])
        assert (near.of, near.extractor, near.among_real.n) == (30, "toys-cnn", 12)
        assert near.among_real.percentile == pytest.approx(closer)
    assert not looks["toys/plain"].notes


def test_features_that_ship_are_used_and_those_of_another_extractor_are_not(looked_zoo, monkeypatch):
    from gan_models.metrics import neighbours

    before = inspection.inspect(Zoo(looked_zoo), ["toys/plain"], 5)["toys/plain"].neighbour
    extractor = load_cnn(looked_zoo / "toys" / "extractor")
    path, wrong = looked_zoo / "toys" / "training.safetensors", torch.full((30, 16), 7.0)
    training = read(looked_zoo, "toys", TRAINING).pictures
    wrong[11] = 0  # of these, the only one that is near
    neighbours.write(path, extractor, wrong, training)
    after = inspection.inspect(Zoo(looked_zoo), ["toys/plain"], 5)["toys/plain"].neighbour
    assert after.label == CLASSES[11 % 3] and after.distance != pytest.approx(before.distance)
    extractor.hash = "0" * 16
    neighbours.write(path, extractor, wrong, training)
    assert inspection.inspect(Zoo(looked_zoo), ["toys/plain"], 5)["toys/plain"].neighbour.distance == before.distance
    assert [entry.key for entry in Zoo(looked_zoo).catalog().of("toys")] == ["toys/plain", "toys/deep", "toys/told"]


# Asked of the zoo -------------------------------------------------------------------------------------------


def test_a_look_has_the_picture_its_seed_and_its_class(looked_zoo):
    zoo = Zoo(looked_zoo)
    looks = inspection.inspect(zoo, ["toys/told", "toys/plain"], 7, "two", 0.5)
    told, plain = looks.values()
    np.testing.assert_array_equal(told.picture, zoo.samples(["toys/told"], [7], "two", 0.5)["toys/told"][0])
    assert (told.seed, told.label, plain.label) == (7, "two", "")
    assert "seed 7 · class two · truncation 0.5" in told.caption
    assert inspection.inspect(zoo, ["toys/told"], 7)["toys/told"].label == "one"  # 7 mod 3
    shown = inspected.cards(looks.values())
    assert shown.count("<figure>") == 2 and "Generated: seed 7, class two" in shown
    assert 'alt="The nearest training picture of Told GAN, seed 7, class' in shown


def test_what_is_missing_is_said(looked_zoo):
    (looked_zoo / "toys" / "plain" / "discriminator.safetensors").unlink()
    (looked_zoo / "toys" / "deep" / "discriminator.safetensors").write_bytes(b"these are no weights")
    zoo = Zoo(looked_zoo)
    looks = inspection.inspect(zoo, ["toys/plain", "toys/deep", "toys/told"], 0)
    assert looks["toys/plain"].notes == ("No score: Plain GAN came without its discriminator.",)
    (damaged,) = looks["toys/deep"].notes
    assert "toys/deep/discriminator.safetensors does not fit its recipe or is damaged" in damaged
    assert str(looked_zoo) not in damaged
    assert looks["toys/plain"].score is None and looks["toys/plain"].neighbour and looks["toys/told"].score
    assert not zoo.problems()  # its pictures are sound
    assert "No score: Plain GAN" in inspected.cards(looks.values()).split("<figure>")[1]

    (colour,) = inspection.inspect(zoo, ["photos/colour"], 3).values()
    assert "No training pictures of photos are beside its checkpoints" in colour.notes[0]
    assert colour.score.among_real is None and colour.score.tells is None
    both = inspected.cards([colour, colour])
    assert both.count("No training pictures of photos") == 1 and both.startswith("<p>No training")
    assert "its licence does not allow sharing them" in no_training("celeba", "CelebA")
    (looked_zoo / "toys" / "training.json").write_text("{")
    assert (
        "training.png or the JSON file beside it is damaged"
        in inspection.inspect(Zoo(looked_zoo), ["toys/told"], 3)["toys/told"].notes[0]
    )


def test_wrong_questions_get_one_sentence(looked_zoo):
    zoo = Zoo(looked_zoo)
    for question, words in (
        ((["toys/told"], 3, [0.5, 0.5, 0]), "D judges a picture of one class"),
        ((["toys/told"], 3, "nine"), "has no class 'nine'"),
        ((["toys/told"], -1), "A seed is a whole number from 0"),
        ((["toys/tld"], 1), "did you mean 'toys/told'"),
        (([], 1), "No variant is chosen"),
    ):
        with pytest.raises(ValueError, match=words):
            inspection.inspect(zoo, *question)


def test_judges_and_training_pictures_are_made_once(looked_zoo, monkeypatch):
    made = []
    for cls in (Judge, Neighbours):
        start = cls.__init__
        monkeypatch.setattr(cls, "__init__", lambda *v, cls=cls, start=start: (made.append(cls), start(*v))[1])
    zoo = Zoo(looked_zoo)
    threads = [threading.Thread(target=inspection.inspect, args=(zoo, ["toys/plain"], seed)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(cls.__name__ for cls in made) == ["Judge", "Neighbours"]


# Kept -------------------------------------------------------------------------------------------------------


def test_what_is_kept_is_made_once_and_the_least_recently_used_goes():
    kept, made = LeastRecentlyUsed(2), []

    def get(name, stamp=0):
        return kept.get(name, stamp, lambda: made.append((name, stamp)) or object())

    a = get("a")
    get("b")
    assert get("a") is a
    get("c")  # b goes
    assert get("a") is a and made == [("a", 0), ("b", 0), ("c", 0)]
    get("b")
    assert made[-1] == ("b", 0) and len(made) == 4
    assert get("b", 1) is not get("b", 2)
    assert made[-2:] == [("b", 1), ("b", 2)]


def test_a_failure_is_everybodys_and_is_not_kept():
    kept, started, go = LeastRecentlyUsed(2), threading.Event(), threading.Event()
    errors = []

    def fail():
        started.set()
        go.wait(30)
        raise ValueError("no")

    def ask(make):
        try:
            kept.get("a", 0, make)
        except ValueError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=ask, args=(fail,))]
    threads[0].start()
    started.wait(30)
    threads.append(threading.Thread(target=ask, args=(lambda: 1,)))
    threads[1].start()
    go.set()
    for thread in threads:
        thread.join()
    assert errors in (["no", "no"], ["no"])  # the second one waited, or came when the failure was forgotten
    assert kept.get("a", 0, lambda: 5) in (1, 5)


# Seeds ------------------------------------------------------------------------------------------------------


def test_seeds_as_people_write_them():
    assert read_seeds("3, 8, 100", 64) == [3, 8, 100]
    assert read_seeds(" 4 – 7;9 2,", 64) == [4, 5, 6, 7, 9, 2]
    for text, words in (
        ("three", "Seeds are written like 3, 8, 100 or 0-15, not 'three'"),
        ("", "Seeds are written like"),
        ("9-3", "9-3 runs backwards"),
        ("0-64", "At most 64 seeds are shown at a time"),
        ("0-9999999999", "At most 64"),
        ("9999999999", "A seed is a whole number from 0 to 2"),
        ("-4", "Seeds are written like"),
    ):
        with pytest.raises(ValueError, match=words):
            read_seeds(text, 64)


def test_a_click_on_a_sheet_means_the_seed_that_stands_there():
    seeds = [3, 8, 100, 5, 6]  # three columns, two rows
    assert [inspection.columns_of(n) for n in (1, 2, 4, 5, 9, 10, 64)] == [1, 2, 2, 3, 3, 4, 8]
    assert [inspection.seed_at(seeds, x, y) for x, y in ((0.1, 0.2), (0.5, 0.2), (1, 0), (0.3, 0.9), (0.5, 1))] == seeds
    assert inspection.seed_at(seeds, 0.9, 0.9) is None and inspection.seed_at(seeds, 1.5, 0) is None
