"""Learn's pages on translators: networks traced from the modules, equations, texts that figures bear out, pictures."""

import re
from dataclasses import replace

import numpy as np
import pytest
from page_helpers import in_html, parts_of

import gan_models
import train
from demo.draw import diagram
from demo.page import Refusal, resolve
from demo.pages import learn
from demo.zoo import objective, teaching, translated
from demo.zoo.architecture import networks
from demo.zoo.changes import differences
from demo.zoo.lesson_text import LESSONS, text_of
from demo.zoo.zoo import Zoo
from gan_models import domains
from gan_models.home import SHIPPED
from gan_models.pictures import fitted

RECIPES = train.translators()
SECTIONS = {"problem", "idea", "what goes wrong", "paper"}


@pytest.fixture(scope="module")
def shipped() -> Zoo:
    return Zoo(SHIPPED)


@pytest.fixture(scope="module")
def lessons(shipped) -> dict[str, teaching.Lesson]:
    """Of every translator that comes with the code."""
    return {entry.key: teaching.lesson(shipped, entry.key) for entry in shipped.catalog().translators}


@pytest.mark.parametrize("name", RECIPES)
def test_the_boxes_of_every_translator_add_up_to_its_module(name, tmp_path):
    recipe = RECIPES[name]
    G, D = gan_models.build(recipe)
    pair = (G.there, D.there) if recipe.cycle else (G, D)
    for made, net in zip(networks(tmp_path, recipe), pair, strict=True):
        assert made.parameters == sum(p.numel() for p in net.parameters())
    drawn, judge = networks(tmp_path, recipe)
    assert drawn.takes == (recipe.input_shape,) and judge.takes[0][0] == recipe.judged_channels


def test_a_unet_takes_the_maps_of_the_way_down_by_hand(tmp_path):
    drawn, _ = networks(tmp_path, replace(RECIPES["pix2pix"], network_args={"width": 4, "levels": 2}))
    assert [(box.shape, box.also) for box in drawn.boxes] == [
        ((4, 14, 14), ()), ((8, 7, 7), ()), ((4, 14, 14), ()), ((1, 28, 28), ("4 × 14 × 14 from the way down",)),
    ]  # fmt: skip
    assert all("from the way down" not in " ".join(box.also) for box in networks(tmp_path, RECIPES["srgan"])[0].boxes)


def test_the_objectives_of_the_four():
    made = {name: objective.of(recipe) for name, recipe in RECIPES.items()}
    assert made["pix2pix"].equations == (
        r"L_D = -\mathbb{E}[\log D(x, y)] - \mathbb{E}[\log(1 - D(x, G(x)))]",
        r"\begin{aligned} L_G &= -\mathbb{E}[\log D(x, G(x))] \\ "
        r"&\quad + 100 \cdot \mathbb{E} |G(x) - y| \end{aligned}",
    )
    cycle = made["cyclegan"]
    assert r"10 \cdot \mathbb{E} |F(G(x)) - x|" in cycle.equations[1] and "D(y)" in cycle.equations[0]
    assert "losses of both directions are added" in " ".join(cycle.terms) and "50 pictures" in " ".join(cycle.terms)
    assert dict(cycle.symbols)["F"] == "the generator of the way back"
    assert r"100 \cdot \mathbb{E} |f_k(y) - f_k(G(x))|" in made["srgan"].equations[1]
    for one in made.values():
        symbols = dict(one.symbols)
        assert symbols["x"] == "a given picture" and "z" not in symbols and not re.search(r"\bz\b", str(one.equations))
    seen = objective.of(replace(RECIPES["pix2pix"], views={"diff_augment": 1.0})).equations[0]
    assert "D(v(x, y))" in seen and "D(v(x, G(x)))" in seen


def test_what_a_translator_changes_of_its_parent_is_told():
    rows = {one.setting: (one.before, one.after) for one in differences(RECIPES["pix2pix"], RECIPES["cyclegan"])}
    assert rows["two directions without pairs"] == ("–", "yes") and rows["L1 distance to the truth"] == ("100", "–")
    assert rows["pool of earlier pictures"] == ("–", "50") and not {"rule", "domains"} & set(rows)


def test_every_translator_has_a_lesson_and_the_zoos_are_borne_out(shipped, lessons):
    for name in RECIPES:
        assert set(text_of(name)) == SECTIONS, name
    shown = {(lesson.variant, part.text) for lesson in lessons.values() for part in lesson.wrong}
    for lesson in lessons.values():
        assert lesson.problem and lesson.idea and lesson.wrong and "arXiv" in lesson.paper and lesson.exercises
        assert lesson.equations and lesson.networks and "{" not in str(lesson.wrong)
        kinds = [part.kind for part in lesson.wrong]
        assert "translated" in kinds
        for text in (lesson.problem, lesson.idea, lesson.paper, *(part.text for part in lesson.wrong)):
            made = re.sub(r"<[^>]+>", "", diagram.prose(text))
            assert not re.search(r"[*`_#]|\]\(", made), text
    assert ("pix2pix", "Outlines, what it makes of them, and the truth.") in shown


def test_no_paragraph_waits_for_what_no_translator_says():
    """A guard names a data set, a rule, a domain, or figures that `train translation` writes."""
    from gan_models.metrics.translation import NAMES

    words = {"mnist", "fashion_mnist", "celeba", "Smiling", "residual", *domains.RULES}
    for name in RECIPES:
        text = (LESSONS / f"{name}.md").read_text()
        guards = [
            one.strip() for guard in re.findall(r"^\[([^\]]*)\] ", text, re.MULTILINE) for one in guard.split(",")
        ]
        figures = re.findall(r"\{([\w.]+)\}", text)
        figures += [word for guard in guards for word in guard.split()[::2] if " " in guard and not word[0].isdigit()]
        assert {guard for guard in guards if " " not in guard} <= words, name
        assert {figure.rpartition(".")[2] for figure in figures} <= set(NAMES), name
        assert {figure.rpartition(".")[0] for figure in figures} <= {"", "itself", "without_d", "wanted"}, name


def test_the_pictures_of_a_lesson_are_the_cores(shipped):
    key, places = "fashion_mnist/pix2pix", [12, 24, 36, 48]
    part = next(part for part in teaching.lesson(shipped, key).wrong if part.kind == "translated")
    assert part.values == tuple(places)
    given, truth = domains.apply("edges", shipped.real("fashion_mnist").pictures[places])
    answers = gan_models.load(SHIPPED / key).translate(given)
    for (caption, pictures), (name, expected) in zip(
        teaching.illustrate(shipped, key, part), [("given", given), ("made", answers), ("truth", truth)], strict=True
    ):
        np.testing.assert_array_equal(pictures, expected)
        assert teaching.short(caption) == f"{name} · test pictures 12, 24, 36, 48"


def test_without_real_pictures_those_of_a_gan_are_translated(translator_zoo):
    zoo = Zoo(translator_zoo)
    made = teaching.sixteen(zoo, "photos/large")
    ordinary = fitted(zoo.samples(["photos/colour"], range(8))["photos/colour"], 16, 3)
    small = domains.apply("small", ordinary)[0]
    np.testing.assert_array_equal(made[:8], fitted(small, 16, 3))
    np.testing.assert_array_equal(made[8:], gan_models.load(translator_zoo / "photos" / "large").translate(small))
    (translator_zoo / "photos" / "colour" / "generator.safetensors").unlink()
    with pytest.raises(ValueError, match="No picture of photos is at hand that Large could take"):
        translated.sheet(Zoo(translator_zoo), Zoo(translator_zoo).catalog().translators[0])


def test_the_page_on_each_translator_and_the_walk_show_pictures(translator_zoo):
    zoo = Zoo(translator_zoo)
    for data, names in (("toys", ["edges", "cycle", "classy"]), ("photos", ["large"])):
        for name in names:
            s = resolve(learn.PAGE, zoo, {"data": [data], "variant": [name]})
            assert not s.problems
            made = [one for one in parts_of(learn.PAGE, zoo, s).values() if one]
            assert not any(isinstance(one, Refusal) for one in made) and in_html(made[0])[0].any()
            assert "made of it" in made[0] and "of seed 0" not in made[0]
            assert f"task_{data}" in made[0] and "Let it translate other pictures" in made[0]
