"""Anomaly: orders, scores and heat maps against the core's, figures on record and measured, answers, links, Python."""

import base64
import io

import numpy as np
import pytest
from page_helpers import alts, decoded, in_html, parts_of, run_python
from PIL import Image
from zoos import measure

import gan_models
from demo.draw import anomalies as drawn
from demo.page import Html, Refusal, resolve
from demo.page.pad import Picture
from demo.page.state import address
from demo.pages import anomaly as page
from demo.pages.anomaly import PAGE
from demo.zoo import anomalies, detection
from demo.zoo.anomalies import CLASSES, Item
from gan_models.latent import anomaly

FIXTURE = "odd_zoo"
TOYS = {"data": ["toys"]}
PLAIN, TOLD = "toys/plain", "toys/told"


def html(zoo, query) -> list[str | None]:
    s = resolve(PAGE, zoo, query)
    assert not s.problems, s.problems
    return [value for part, value in parts_of(PAGE, zoo, s).items() if isinstance(part, Html)]


def scored(zoo, key, pictures, labels=None) -> tuple[np.ndarray, np.ndarray]:
    """(rebuilt pictures, scores) by the core."""
    made = anomaly.rebuilt(gan_models.load(zoo.folder / key, latent=True), pictures, labels)
    return made, np.abs(pictures.astype(float) - made).sum((1, 2, 3)) / 127.5


def test_pictures_of_both_sets_stand_in_the_order_of_their_scores(zoo):
    s = resolve(PAGE, zoo, TOYS)
    assert [e.key for e in s.entries] == [PLAIN, TOLD], "those with an encoder, at first"
    assert s.odd == "garments" and s.number == 16
    text = html(zoo, TOYS)[0]
    both = np.concatenate([zoo.real(name).pictures[:8] for name in ("toys", "garments")])
    shown = [(alt, picture) for alt, picture in zip(alts(text), in_html(text), strict=True)]
    assert len(shown) == 32
    for of, key, title in ((shown[:16], PLAIN, "Plain GAN"), (shown[16:], TOLD, "Told GAN")):
        made, scores = scored(zoo, key, both)
        for (alt, picture), i in zip(of, np.argsort(scores, kind="stable"), strict=True):
            kind = "odd picture" if i >= 8 else "picture"
            assert alt.startswith(f"{title} · score {scores[i]:.0f} · {kind} ")
            expected = drawn.column(Item(both[i], made[i], scores[i]))
            np.testing.assert_array_equal(picture, expected)
    one = anomalies.ranked(zoo, zoo.entry(PLAIN), anomalies.asked(zoo, "toys", "garments", 16))
    _, scores = scored(zoo, PLAIN, both)
    assert one.auc == anomaly.auc(scores[:8], scores[8:])


def test_a_conditional_variant_is_held_at_the_class_that_is_normal(zoo):
    query = {**TOYS, "odd_toys": ["All classes but one"], "normal_toys": ["two"], "number": ["8"]}
    text = html(zoo, query)[0]
    own = zoo.real("toys")
    numbers = [2, 5, 8, 11, 0, 1, 3, 4]  # four of class two, then others in their order
    _, scores = scored(zoo, TOLD, own.pictures[numbers], ["two"] * 8)
    order = np.argsort(scores, kind="stable")
    assert [alt.split(" · ")[1] for alt in alts(text)] == [f"score {scores[i]:.0f}" for i in order]
    assert "Only a conditional variant can be kept at one class: Plain GAN cannot." in text
    assert [("odd" in alt) for alt in alts(text)] == [bool(i >= 4) for i in order]


def test_a_heat_map_is_where_the_two_differ():
    picture, rebuilt = np.zeros((4, 4, 1), np.uint8), np.zeros((4, 4, 1), np.uint8)
    rebuilt[1, 2], rebuilt[3, 3] = 255, 51
    heat = Item(picture, rebuilt, 1.0).heat
    assert heat[1, 2] == 1 and heat[3, 3] == pytest.approx(0.2) and heat.sum() == pytest.approx(1.2)
    made = drawn.heat(picture, heat)
    assert tuple(made[1, 2]) == drawn.HOT and tuple(made[0, 0]) == (20, 20, 20)
    assert drawn.column(Item(picture, rebuilt, 1.0)).shape[2] == 4


def test_words_on_an_order_by_hand(zoo):
    picture = np.zeros((8, 8, 1), np.uint8)

    def words(*odd):
        items = tuple(Item(picture, picture, float(i), odd=one) for i, one in enumerate(odd))
        return anomalies.Ranked(zoo.entry(PLAIN), items, 0.5).words

    assert (
        words(False, False, True)
        == "All odd pictures have higher scores than all normal ones: AUC 0.500 on these 3 pictures."
    )
    assert words(False, True, False) == (
        "Of 2 normal pictures 1 have lower scores than every odd one: AUC 0.500 on these 3 pictures."
    )


RECORD = {
    "n": 900,
    "one_class": {
        "encoder": {"mean": 0.8, "by_class": {"zero": 0.9, "one": 0.7}, "roc": [i / 14 for i in range(15)]},
        "pca": {"mean": 0.75, "by_class": {"zero": 0.7, "one": 0.8}, "roc": [1.0] * 15},
    },
    "other_data": {
        "dataset": "garments",
        "auc": {"residual": 0.6, "encoder": 0.97, "pca": 0.98, "strange": 0.5, "neighbour": float(7)},
        "roc": {"encoder": [1.0] * 15, "pca": [1.0] * 14},
    },
}


def test_figures_on_record_are_read_and_what_is_odd_in_them_is_left_out(zoo):
    for name in ("plain", "told"):
        measure(zoo.folder / "toys" / name, latent={"anomaly": RECORD})
    one = detection.stored(zoo, zoo.entry(PLAIN), "garments")
    assert one.auc == {"residual": 0.6, "encoder": 0.97, "pca": 0.98} and one.best == "encoder" and one.n == 900
    assert list(one.roc) == ["encoder"] and one.roc["encoder"][0] == (0.0, 1.0) and not one.live
    by = detection.stored(zoo, zoo.entry(TOLD), CLASSES)
    assert by.by_class["encoder"] == {"zero": 0.9, "one": 0.7} and by.lost == ["one"]
    assert detection.stored(zoo, zoo.entry(PLAIN), "photos") is None
    s = resolve(PAGE, zoo, {**TOYS, "odd_toys": ["All classes but one"]})
    grid = page.table(zoo, s)
    assert grid.headers == ["Variant", "Normal class", "Encoder ↑", "PCA ↑", "Normal pictures"]
    assert [[one if isinstance(one, str | int) else one[1] for one in row] for row in grid.rows] == [
        ["Told GAN", "all classes", "0.800 ●", "0.750", "900"],
        ["Told GAN", "zero", "0.900 ●", "0.700", "900"],
        ["Told GAN", "one", "0.700", "0.800 ●", "900"],
    ]
    assert "Told GAN is below PCA for: one." in page.lost(zoo, s)
    s = resolve(PAGE, zoo, TOYS)
    assert "Plain GAN is below PCA." in page.lost(zoo, s)
    assert "Measured on 900 normal test pictures" in page.heading(zoo, s)


def test_figures_on_record_are_shown_where_no_test_pictures_come_with_the_zoo(zoo):
    measure(zoo.folder / "toys" / "told", latent={"anomaly": RECORD})
    for file in ("real.png", "real.json"):
        (zoo.folder / "toys" / file).unlink()
    s = resolve(PAGE, zoo, {**TOYS, "variants_toys": ["Told GAN"]})
    assert s.odd == CLASSES and s.normal == "zero"
    made = [*parts_of(PAGE, zoo, s).values()]
    (refused,) = [one.sentence for one in made if isinstance(one, Refusal)]
    assert refused == "There are no test pictures of toys beside its checkpoints: python -m train real puts some there."
    assert [row[1] for row in page.table(zoo, s).rows] == ["all classes", "zero", "one"]
    assert "Measured on 900 normal test pictures" in page.heading(zoo, s)


@pytest.mark.parametrize(
    "latent",
    [[], {"anomaly": 3}, {"anomaly": {"n": "x", "other_data": RECORD["other_data"]}},
     {"anomaly": {"n": 5, "other_data": {"dataset": "garments", "auc": {"encoder": "0.9"}, "roc": 1}}}],
)  # fmt: skip
def test_damaged_figures_are_measured_on_what_is_at_hand(zoo, latent):
    measure(zoo.folder / "toys" / "plain", latent=latent)
    assert detection.stored(zoo, zoo.entry(PLAIN), "garments") is None
    (one,), notes = detection.figures(zoo, [zoo.entry(PLAIN)], "garments")
    assert one.live and one.n == 12 and set(one.auc) == {"encoder", "pca", "neighbour"} and not notes


def test_what_is_measured_now_is_the_cores(zoo):
    (one, other), _ = detection.figures(zoo, [zoo.entry(PLAIN), zoo.entry(TOLD)], "garments")
    both = np.concatenate([zoo.real(name).pictures for name in ("toys", "garments")])
    _, scores = scored(zoo, PLAIN, both)
    assert one.auc["encoder"] == anomaly.auc(scores[:12], scores[12:])
    near = anomaly.neighbour_distance(real_training(zoo), both)
    assert one.auc["neighbour"] == other.auc["neighbour"] == anomaly.auc(near[:12], near[12:])
    assert (
        one.roc["encoder"][-1] == (1, 1) and "Measured now, on 12 normal and 12 odd test pictures" in html(zoo, TOYS)[2]
    )


def real_training(zoo) -> np.ndarray:
    return gan_models.real.read(zoo.folder, "toys", gan_models.real.TRAINING).pictures


def test_what_is_missing_is_told_in_one_sentence(zoo, zoo_folder):
    def told(query) -> set[str]:
        s = resolve(PAGE, zoo, query)
        return {value.sentence for value in parts_of(PAGE, zoo, s).values() if isinstance(value, Refusal)}

    (no_encoder,) = told({"data": ["garments"]})
    assert no_encoder.startswith("None of the chosen variants has an encoder yet: python -m train encoder FOLDER")
    (nothing,) = told({"data": ["photos"]})
    assert nothing.startswith("There are no pictures to compare with those of photos")
    text = html(zoo, {**TOYS, "variants_toys": ["Plain GAN", "Deep GAN"]})[0]
    assert "No encoder yet for Deep GAN: python -m train encoder FOLDER trains one." in text
    (zoo.folder / "toys" / "told" / "encoder.safetensors").write_bytes(b"x")
    text = html(zoo, {**TOYS, "variants_toys": ["Plain GAN", "Told GAN"]})[0]
    assert "encoder.safetensors is damaged or foreign" in text and str(zoo.folder) not in text


def test_a_visitors_picture_stands_among_the_test_pictures(zoo):
    picture = np.full((8, 8, 1), 255, np.uint8)
    query = {**TOYS, "own_toys": [Picture.of(picture).text], "variants_toys": ["Plain GAN"]}
    text = html(zoo, query)[1]
    made, (score,) = scored(zoo, PLAIN, picture[None])
    _, usual = scored(zoo, PLAIN, zoo.real("toys").pictures)
    share = 100 * (usual < score).mean()
    assert f"Score {score:.0f}: odder than {share:.0f} % of 12 test pictures" in text
    (shown,) = in_html(text)
    np.testing.assert_array_equal(shown, drawn.column(Item(picture, made[0], score), 128))
    assert html(zoo, TOYS)[1] is None


def test_a_link_opens_the_view_it_was_copied_from(zoo):
    link = {
        **TOYS, "variants_toys": ["Told GAN"], "odd_toys": ["All classes but one"], "normal_toys": ["one"],
        "number": ["32"],
    }  # fmt: skip
    s = resolve(PAGE, zoo, link)
    assert address(s) == link and not s.problems


def test_programs_get_the_same(zoo):
    picture = zoo.real("garments").pictures[3]
    out = io.BytesIO()
    Image.fromarray(picture[..., 0]).save(out, "PNG")
    given = base64.b64encode(out.getvalue()).decode()
    by_number = page.anomaly(zoo, [PLAIN, TOLD], number=3, dataset="garments")
    by_picture = page.anomaly(zoo, [PLAIN, TOLD], given)
    made, scores = scored(zoo, PLAIN, picture[None])
    for found in (by_number, by_picture):
        assert [one["variant"] for one in found] == [PLAIN, TOLD]
        assert found[0]["score"] == scores[0] and found[0]["among"]["n"] == 12
        np.testing.assert_array_equal(decoded(found[0]["rebuilt"].data), made[0, ..., 0])
        np.testing.assert_array_equal(decoded(found[0]["picture"].data), picture[..., 0])
        heat = np.abs(picture[..., 0].astype(int) - made[0, ..., 0])
        np.testing.assert_array_equal(decoded(found[0]["heat"].data), heat)
    (held,) = page.anomaly(zoo, [TOLD], number=0, label="two")
    assert held["score"] == scored(zoo, TOLD, zoo.real("toys").pictures[:1], ["two"])[1][0] and held["among"]["n"] == 4


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "Give either a picture or the number of a test picture"),
        ({"number": 1, "picture": "x"}, "Give either a picture or the number"),
        ({"number": 12}, "There is no test picture 12 of toys: they are numbered from 0 to 11."),
        ({"number": -1}, "There is no test picture -1 of toys: they are numbered from 0 to 11."),
        ({"number": 0, "dataset": "nothing"}, "no test pictures of nothing beside its checkpoints"),
        ({"number": 0, "dataset": ""}, "no test pictures of '' beside its checkpoints"),
        ({"picture": "x", "dataset": "toys"}, "is of no data set: leave dataset out, or give a number"),
        ({"number": 0, "label": "hat"}, "Told GAN has no class 'hat'; it has zero, one, two"),
        ({"picture": "no picture"}, "picture"),
    ],
)
def test_a_wrong_question_gets_one_sentence(zoo, asked, words):
    with pytest.raises(ValueError, match=words):
        page.anomaly(zoo, [TOLD], **asked)


@pytest.mark.parametrize("odd", ["Pictures of garments", "All classes but one"])
def test_its_python_makes_what_is_shown(zoo, odd, monkeypatch):
    s = resolve(PAGE, zoo, {**TOYS, "odd_toys": [odd], "normal_toys": ["one"], "number": ["8"]})
    made = run_python(zoo, page.python(zoo, s), monkeypatch)
    what = page.asked(zoo, s)
    for key, pictures in zip([PLAIN, TOLD][-len(made) :], made.values(), strict=True):
        labels = ["one"] * 8 if odd.startswith("All") else None
        np.testing.assert_array_equal(pictures, scored(zoo, key, what.pictures, labels)[0])
