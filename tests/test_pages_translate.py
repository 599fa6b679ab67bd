"""Translate: its tasks, what is given and its truth, the answers against the core's, figures, answers, refusals."""

import base64
import warnings

import numpy as np
import pytest
from gradio_client.exceptions import AppError
from gradio_pages import client
from helpers import put_translator
from page_helpers import alts, decoded, in_html, parts_of, run_python
from PIL import Image

import gan_models
from demo.draw import compose, translated
from demo.page import Download, Picture, Refusal, resolve
from demo.page.maker import Maker
from demo.page.state import EMPTY, address, changed
from demo.pages import PAGES, translate_answers
from demo.pages import translate as page
from demo.pages.translate import AS_IS, GAN, ORDINARY, OWN, PAGE, TEST
from demo.zoo import translating
from demo.zoo.zoo import Zoo
from gan_models import CheckpointError, domains
from gan_models.home import SHIPPED
from gan_models.metrics import record
from gan_models.pictures import fitted

FIXTURE = "translator_zoo"
TOYS = {"data": ["toys"]}


def state(zoo, **link):
    s = resolve(PAGE, zoo, {**TOYS, **{name: [text] for name, text in link.items()}})
    assert not s.problems
    return s


def shown(zoo, s) -> str:
    made = parts_of(PAGE, zoo, s)
    assert not any(isinstance(one, Refusal) for one in made.values()), made
    return next(text for part, text in made.items() if part.make is page.shown and text)


def drawing(*size: int) -> Picture:
    return Picture.of(np.random.default_rng(0).integers(256, size=size, dtype=np.uint8))


# Tasks ------------------------------------------------------------------------------------------------------


def test_a_cycle_does_two_tasks_and_translators_of_one_task_stand_beside_each_other(zoo, translator_zoo):
    put_translator(translator_zoo / "toys" / "second", "toys", 9, name="second", title="Second", rule="edges",
                   domains=("edges", "pictures"), g_terms={"l1": 1.0})  # fmt: skip
    put_translator(translator_zoo / "toys" / "finer", "toys", 9, name="finer", rule="edges", size=32, given_size=32,
                   domains=("edges", "pictures"), g_terms={"l1": 1.0})  # fmt: skip
    made = translating.tasks(zoo.catalog(), "toys")
    assert set(made) == {
        "edges → pictures", "edges → pictures, 32 px", "thin → thick", "thick → thin", "zero → not zero",
        "not zero → zero", "hole → whole",
    }  # fmt: skip
    back = made["thick → thin"]
    assert back.backwards and (back.given, back.wanted) == ("thick", "thin") and not made["thin → thick"].backwards
    found = made[next(name for name, task in made.items() if len(task.entries) == 2)]
    asked = translating.by_rule(found, zoo.real("toys").pictures[:2], [0, 1])
    assert list(translating.translate(zoo, found, asked)) == [entry.key for entry in found.entries]


def test_the_data_sets_are_those_of_the_zoo_and_those_that_only_translators_have(zoo, translator_zoo):
    put_translator(translator_zoo / "far" / "x", "summer2winter", name="x", rule="", domains=("summer", "winter"))
    (data,) = (one for one in PAGE.controls if one.name == "data")
    s = resolve(PAGE, zoo, {})
    assert list(data.choices(zoo, s).values()) == ["photos", "toys", "summer2winter"]
    assert resolve(PAGE, zoo, {"data": ["summer2winter"]}).task == "summer → winter"
    others = {
        one.name: resolve(one, zoo, {}).offers["data"] for one in PAGES if one is not PAGE and one.control("data")
    }
    assert others and all(list(offered.values()) == ["photos", "toys"] for offered in others.values())


# What is given, and what is made of it ----------------------------------------------------------------------


def test_given_truth_answers_and_the_way_back_are_the_cores(zoo):
    s = state(zoo, task_toys="thick → thin", source_toys=GAN, gan_toys="Told GAN", seed="4", pictures="3")
    ordinary = fitted(zoo.samples(["toys/told"], [4, 5, 6])["toys/told"], 16, 1)
    thin, thick = domains.apply("thin", ordinary)
    cycle = gan_models.load(zoo.folder / "toys" / "cycle")
    made = cycle.back(thick)
    rows = {"Given: thick": thick, "Round trip": made, "Round trip, back again": cycle.translate(made),
            "Truth: thin": thin}  # fmt: skip
    text = shown(zoo, s)
    assert [alt.partition(" · ")[0] for alt in alts(text)] == [*rows, "Mean picture"]
    sheets = translated.sheets([translated.Row(title, "", pictures) for title, pictures in rows.items()], clear=True)
    for picture, sheet in zip(in_html(text), sheets, strict=False):
        np.testing.assert_array_equal(picture, sheet)
    mean = domains.apply("thin", fitted(zoo.real("toys").pictures, 16, 1))[0].mean(0).round().astype(np.uint8)
    np.testing.assert_array_equal(in_html(text)[-1][..., 0], mean[..., 0].repeat(7, 0).repeat(7, 1))
    off = abs(cycle.translate(made).astype(float) - thick).mean()
    assert f"off by {off:.3g} of 255 levels" in text
    mse = ((made.astype(float) - thin) ** 2).mean((1, 2, 3))
    assert f"PSNR {(10 * np.log10(255**2 / mse)).mean():.1f} dB" in alts(text)[1]


def test_a_picture_has_the_same_hole_whatever_stands_beside_it(zoo):
    task = translating.tasks(zoo.catalog(), "toys")["hole → whole"]
    ordinary = zoo.samples(["toys/plain"], range(5))["toys/plain"]
    five, last = translating.by_rule(task, ordinary, range(5)), translating.by_rule(task, ordinary[4:], [4])
    np.testing.assert_array_equal(five.pictures[4:], last.pictures)
    s = state(zoo, task_toys="hole → whole", source_toys=GAN, gan_toys="Plain GAN", pictures="5")
    np.testing.assert_array_equal(page.given(zoo, s).pictures, five.pictures)
    moved = page.given(zoo, state(zoo, task_toys="hole → whole", source_toys=GAN, gan_toys="Plain GAN", pictures="5",
                                  chance="1")).pictures  # fmt: skip
    assert (moved != five.pictures).any()
    assert not state(zoo, task_toys="thin → thick").shown["chance"]


def test_test_pictures_begin_at_a_number_and_those_of_a_class_are_of_it(zoo):
    shown = zoo.real("toys").pictures
    s = state(zoo, task_toys="thin → thick", source_toys=TEST, first_test="10", pictures="4")
    given = domains.apply("thin", fitted(shown[[10, 11, 0, 1]], 16, 1))[0]
    np.testing.assert_array_equal(page.given(zoo, s).pictures, given)  # around the end
    for words, places in (("zero → not zero", [0, 3, 6, 9]), ("not zero → zero", [1, 2, 4, 5])):
        s = state(zoo, task_toys=words, pictures="4")
        np.testing.assert_array_equal(page.given(zoo, s).pictures, fitted(shown[places], 16, 1))
        assert page.given(zoo, s).truth is None
        assert "PSNR" not in "".join(alts(next(iter(page.shown(zoo, s)))))


@pytest.mark.parametrize(("way", "size"), [(AS_IS, (4, 4, 3)), (ORDINARY, (16, 16, 3))])
def test_a_drawing_is_the_given_picture_or_goes_through_the_rule(way, size, zoo):
    query = {"data": ["photos"], "source_photos": [OWN], "is_": [way]}
    s = resolve(PAGE, zoo, query)
    assert page.given(zoo, s) is None and "Draw something" in shown(zoo, s) and not page.python(zoo, s)
    own = drawing(*size)
    s = resolve(PAGE, zoo, changed(PAGE, s, query, {"drawing": own}))
    assert not s.problems and s.drawing == own
    given = page.given(zoo, s)
    if way == ORDINARY:
        np.testing.assert_array_equal(given.pictures, domains.apply("small", own.array[None])[0])
        np.testing.assert_array_equal(given.truth, own.array[None])
    else:
        np.testing.assert_array_equal(given.pictures, own.array[None])
        assert given.truth is None
    again = resolve(PAGE, zoo, address(s, whole=True))
    assert not again.problems and again.drawing == own
    made = gan_models.load(zoo.folder / "photos" / "large").translate(given.pictures)
    sheet = translated.sheets([translated.Row("Large", "", made)], clear=True)[0]
    assert any(np.array_equal(picture, sheet) for picture in in_html(shown(zoo, again)))


def test_the_same_task_on_another_data_set_shows_its_own_translators(zoo, translator_zoo):
    put_translator(translator_zoo / "photos" / "other", "photos", 9, name="other", title="Other", rule="edges",
                   domains=("edges", "pictures"), g_terms={"l1": 1.0})  # fmt: skip
    maker, words = Maker(zoo), "edges → pictures"
    for data, title, not_here in (("toys", "Edgy", "Other"), ("photos", "Other", "Edgy")):
        s = resolve(PAGE, zoo, {"data": [data], f"task_{data}": [words]})
        assert not s.problems
        text = " ".join(str([*maker.make(part, s)][-1][1]) for part in PAGE.parts if not isinstance(part, Download))
        assert f"{title} was never measured" in text and not_here not in text


def test_what_a_person_can_draw_is_drawn_as_it_is_and_the_rest_goes_through_the_rule(zoo):
    assert state(zoo, task_toys="edges → pictures", source_toys=OWN).is_ == AS_IS
    assert resolve(PAGE, zoo, {"data": ["photos"], "source_photos": [OWN]}).is_ == ORDINARY
    s = state(zoo, task_toys="zero → not zero", source_toys=OWN)
    assert s.offers["is_"] == {} and not s.shown["is_"]  # without a rule there is nothing to choose


@pytest.mark.parametrize("link", [{"task_toys": "edges → pictures", "source_toys": TEST}, {"source_toys": OWN}])
def test_the_python_of_test_pictures_and_of_a_drawing(link, zoo, monkeypatch):
    s = state(zoo, **link)
    if s.source == OWN:
        s = resolve(PAGE, zoo, changed(PAGE, s, {**TOYS, "source_toys": [OWN]}, {"drawing": drawing(16, 16, 1)}))
    made = run_python(zoo, page.python(zoo, s), monkeypatch)[""]
    (answer,) = page.answers(zoo, s).values()
    np.testing.assert_array_equal(made, answer.pictures)


# Figures ----------------------------------------------------------------------------------------------------


def test_figures_baselines_and_failures_stand_under_the_answers(zoo, translator_zoo):
    rows = {
        "answer": {"psnr": 20.125, "class_kept": 0.86, "fd": 0.5}, "given picture itself": {"psnr": 5.0},
        "without D": {"psnr": 21.0},
    }  # fmt: skip
    block = {"n": 2000, "paired": True, "split": "test", "baseline_images": 40_000, "rows": rows,
             "extractor": {"name": "toys-cnn", "hash": "ab"},
             "failures": ["labels flip: in 14.0 % of the answers the extractor sees another class"]}  # fmt: skip
    record.update(translator_zoo / "toys" / "edges", "toys", translation=block)
    s = state(zoo, task_toys="edges → pictures")
    grid = page.figures(zoo, s)
    assert grid.headers == ["Translator", "PSNR (dB) ↑", "Fréchet ↓", "Class kept ↑"]
    assert grid.rows == [
        ["Edgy", (20.125, "20.1"), (0.5, "0.5"), (0.86, "86.0 %")],
        ["Edgy without D", (21.0, "21"), (None, "–"), (None, "–")],
        ["The given picture itself", (5.0, "5"), (None, "–"), (None, "–")],
    ]
    words = page.known(zoo, s)
    begins = "On the first 2,000 test pictures; one training seed each. Edgy without D was trained on 40,000 pictures."
    assert begins in words and "toys-cnn" in words
    assert "<li>Edgy: labels flip: in 14.0 % of the answers the extractor sees another class.</li>" in words
    shipped = Zoo(SHIPPED)
    told = page.known(shipped, resolve(PAGE, shipped, {"data": ["Fashion-MNIST"]}))
    assert "<b>Labels flip.</b> The extractor sees the class of the truth in 8" in told  # as its lesson says it
    assert page.figures(zoo, state(zoo, task_toys="thin → thick")) is None
    assert "Round trip was never measured" in page.known(zoo, state(zoo, task_toys="thin → thick"))


@pytest.mark.parametrize(("n", "features"), [(100, 64), (60, 64), (60, None)])
def test_a_distance_of_fewer_pictures_than_features_is_marked(zoo, translator_zoo, n, features):
    rows = {"answer": {"psnr": 20.0, "fd": 588.4}, "given picture itself": {"fd": 800.9}}
    seen = {"name": "toys-cnn", "hash": "ab", "features": features}
    block = {"n": n, "paired": True, "split": "test", "rows": rows, "extractor": seen}
    record.update(translator_zoo / "toys" / "edges", "toys", translation=block)
    s = state(zoo, task_toys="edges → pictures")
    text, words = str(page.figures(zoo, s).rows), page.known(zoo, s)
    rough = features is not None and n <= features
    assert ("≈ 588" in text and "≈ 801" in text) == ("≈" in text) == rough and "≈ 20" not in text
    assert ("Fréchet: Rank-deficient: 60 pictures cannot fill a covariance of 64 features" in words) == rough


def test_a_record_without_the_number_of_features_takes_it_from_the_data_sets_own_figures():
    shipped = Zoo(SHIPPED)
    told = page.known(shipped, resolve(PAGE, shipped, {"data": ["CelebA"]}))
    assert "Fréchet: Rank-deficient: " in told and "a covariance of 1,280 features" in told
    told = page.known(shipped, resolve(PAGE, shipped, {"data": ["Fashion-MNIST"]}))
    assert "Rank-deficient" not in told


@pytest.mark.parametrize(
    "content", [None, [], {"rows": {}}, {"n": 5, "rows": []}, {"n": -1, "rows": {"answer": {"psnr": 1}}},
                {"n": 5, "rows": {"answer": {"psnr": float("nan")}}}, {"n": 5, "rows": {"answer": 3}}],
)  # fmt: skip
def test_figures_that_are_none_are_left_out(content):
    assert translating.read(content) is None


# Programs ---------------------------------------------------------------------------------------------------


def test_programs_send_a_picture_of_any_size_and_are_told_what_was_changed(zoo):
    own = drawing(40, 60, 3)
    text = base64.b64encode(compose.png(own.array)).decode()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the core warns where a picture does not fit
        (one,) = translate_answers.translate(zoo, ["toys/cycle"], f"data:image/png;base64,{text}", separate=True)
    was = "The picture, 60 pixels wide and 40 high, in colour"
    assert one["said"] == f"{was}, was made 16 × 16 pixels, in grey, which the translators take."
    given, truth = domains.apply("thin", fitted(own.array[None], 16, 1))
    cycle = gan_models.load(zoo.folder / "toys" / "cycle")
    made = cycle.translate(given)
    for name, pictures in (("given", given), ("made", made), ("back", cycle.back(made)), ("truth", truth)):
        np.testing.assert_array_equal(decoded(one[name].data), pictures[0, ..., 0])
    assert one["off"] == pytest.approx(abs(cycle.back(made).astype(float) - given).mean())
    assert one["psnr"] == pytest.approx(10 * np.log10(255**2 / ((made.astype(float) - truth) ** 2).mean()))
    (beside,) = translate_answers.translate(zoo, ["toys/cycle"], text, ordinary=False, back=True)
    assert beside["psnr"] is None and decoded(beside["picture"].data).shape[1] > 3 * 16
    (large,) = translate_answers.translate(zoo, ["photos/large"], gan="photos/colour", seed=3)
    assert large["said"].endswith("which the translators take.") and decoded(large["picture"].data).shape[2] == 3


def test_what_there_is_for_programs(zoo):
    found = {one["key"]: one for one in translate_answers.translators(zoo)}
    assert list(found) == ["photos/large", *[e.key for e in zoo.catalog().translators if e.dataset == "toys"]]
    large, classy = found["photos/large"], found["toys/classy"]
    assert (large["given"], large["wanted"], large["takes"], large["cycle"]) == ("small", "large", [4, 4, 3], False)
    assert classy["rule"] is None and classy["cycle"] and classy["measured"] == {} and classy["dataset"] == "toys"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"variants": ["toys/plain"], "test": 0}, "a GAN that draws from noise; what is wanted here is a translator"),
        ({"variants": ["toys/edgs"], "test": 0}, "There is no checkpoint 'toys/edgs'; did you mean 'toys/edges'?"),
        ({"variants": ["toys/edges"], "gan": "toys/cycle"}, "is a translator, which takes a picture; what is"),
        ({"variants": ["toys/edges", "toys/cycle"], "test": 0}, "do not take pictures of one domain and one size: ask"),
        ({"variants": ["toys/edges"], "test": 0, "back": True}, "Edgy has no way back: only a cycle"),
        ({"variants": ["toys/edges"]}, "Give one picture: picture, test or gan."),
        ({"variants": ["toys/edges"], "test": 0, "gan": "toys/plain"}, "Give one picture: picture, test or gan."),
        ({"variants": ["toys/edges"], "test": 12}, "no test picture 12 of toys: they are numbered from 0 to 11."),
        ({"variants": ["photos/large"], "test": 0}, "No test pictures of photos come with the zoo: give a picture"),
        ({"variants": ["toys/edges"], "picture": "x?"}, "must be a picture file as base64, or a data URL"),
        ({"variants": []}, "No variant is chosen."),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_one_sentence(asked, words, zoo):
    with pytest.raises(ValueError) as error:
        translate_answers.translate(zoo, **asked)
    assert words in str(error.value) and "\n" not in str(error.value)


# The other kind ---------------------------------------------------------------------------------------------


def test_no_page_of_the_noise_gans_offers_a_translator_or_takes_one(zoo):
    titles = {entry.title for entry in zoo.catalog().translators}
    for one in PAGES:
        s = resolve(one, zoo, TOYS)
        for control in one.controls:
            if control.name not in ("data", "task"):
                offered = {str(text) for pair in (s.offers[control.name] or {}).items() for text in pair}
                assert not offered & {*titles, "toys/cycle"} or one.name in SHOWS, (one.name, control.name)
    key, said = "toys/cycle", r"^toys/cycle is a translator, .*; what is wanted here is a GAN that draws from noise"
    for ask in (lambda: zoo.samples([key], [0]), lambda: zoo.gan(key), lambda: zoo.class_grid(key, [0])):
        with pytest.raises(CheckpointError, match=said):
            ask()


SHOWS = ("translate", "learn")
"""Pages that show translators"""


def test_a_page_says_where_translators_are_where_there_are_none(zoo, zoo_folder, tmp_path):
    for folder in ("edges", "cycle", "classy", "filler"):
        for path in (zoo_folder / "toys" / folder).iterdir():
            path.unlink()
    found = parts_of(PAGE, Zoo(zoo_folder), resolve(PAGE, Zoo(zoo_folder), TOYS))
    told = {one.sentence for one in found.values() if isinstance(one, Refusal)}
    (sentence,) = told
    assert sentence.startswith("There is no translator of toys in this zoo. There are some of photos.")
    nothing = Zoo(tmp_path / "nothing")
    made = parts_of(PAGE, nothing, resolve(PAGE, nothing, {})).values()
    assert {one.sentence for one in made if isinstance(one, Refusal)} == {EMPTY}


def test_the_endpoint_takes_a_picture_of_many_letters(translator_zoo, tmp_path):
    own = drawing(64, 64, 3)
    text = base64.b64encode(compose.png(own.array)).decode()
    assert len(text) > 10_000
    with client(translator_zoo, tmp_path) as ask:
        (one,) = ask.predict(["toys/edges"], picture=text, separate=True, api_name="/translate")
        assert [fact["key"] for fact in ask.predict("photos", api_name="/translators")] == ["photos/large"]
        with pytest.raises(AppError, match="Give one picture: picture, test or gan"):
            ask.predict(["toys/edges"], api_name="/translate")
    given, truth = domains.apply("edges", fitted(own.array[None], 16, 1))
    made = gan_models.load(translator_zoo / "toys" / "edges").translate(given)
    for name, picture in (("given", given), ("made", made), ("truth", truth)):
        with Image.open(one[name]) as file:
            np.testing.assert_array_equal(np.asarray(file), picture[0, ..., 0])
    assert one["off"] is None and "back" not in one


# A hole of one's own ----------------------------------------------------------------------------------------


def test_a_painted_hole_takes_the_place_of_the_rules_own(zoo):
    said = {"task_toys": "hole → whole", "source_toys": GAN, "gan_toys": "Plain GAN", "pictures": "3"}
    task = translating.tasks(zoo.catalog(), "toys")["hole → whole"]
    size, _, channels = task.ordinary_shape
    mask = np.zeros((size, size, 1), np.uint8)
    mask[2:5, 1:3] = 255
    plain = state(zoo, **said)
    assert plain.shown["hole"] and not state(zoo, task_toys="thin → thick").shown["hole"]
    whole = fitted(zoo.samples(["toys/plain"], range(3))["toys/plain"], size, channels)
    np.testing.assert_array_equal(PAGE.control("hole").under(zoo, plain), whole[0])

    s = state(zoo, **said, **{f"hole_{size}x{size}x{channels}": Picture.of(mask).text})
    made = page.given(zoo, s)
    np.testing.assert_array_equal(made.truth, whole)
    np.testing.assert_array_equal(made.pictures[:, 2:5, 1:3], np.full((3, 3, 2, channels), domains.MISSING))
    np.testing.assert_array_equal(made.pictures[:, 6:], whole[:, 6:])
    assert (page.given(zoo, plain).pictures != made.pictures).any()
    again = resolve(PAGE, zoo, address(s))
    assert again.hole == s.hole and not again.problems

    sent = base64.b64encode(compose.png(mask[..., 0])).decode()
    (answer,) = translate_answers.translate(zoo, ["toys/filler"], gan="toys/plain", seed=1, separate=True, hole=sent)
    np.testing.assert_array_equal(decoded(answer["given"].data).reshape(size, size, -1), made.pictures[1])
    with pytest.raises(ValueError, match="fill no hole"):
        key = next(e.key for e in translating.tasks(zoo.catalog(), "toys")["thin → thick"].entries)
        translate_answers.translate(zoo, [key], gan="toys/plain", hole=sent)
    with pytest.raises(ValueError, match="leave ordinary true"):
        translate_answers.translate(zoo, ["toys/filler"], gan="toys/plain", ordinary=False, hole=sent)
