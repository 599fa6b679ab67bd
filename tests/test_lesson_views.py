"""What a lesson or an exercise asks about is on the view that it shows."""

import html
import json
import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from page_helpers import parts_of

from demo.draw import diagram
from demo.page import Grid, resolve
from demo.page.items import Box
from demo.pages import leaderboard, leaderboard_curves, translate, views
from demo.zoo import classroom, exercises, uncertain
from demo.zoo.pinned import View
from demo.zoo.zoo import Zoo
from gan_models.home import SHIPPED

LESSONS = classroom.lessons()
FAIR, LAST, STEEP = LESSONS["class_of_45_minutes"].steps[5], *(LESSONS["minimax_to_r3gan"].steps[k] for k in (8, 4))


@pytest.fixture(scope="module")
def shipped() -> Zoo:
    return Zoo(SHIPPED)


def opened(zoo: Zoo, view: View):
    """The page of a view and its state."""
    page = views.page_of(view.page)
    return page, resolve(page, zoo, {name: texts for name, texts in views.query_of(zoo, view).items() if texts})


# Tables -----------------------------------------------------------------------------------------------------


def tables(text: str) -> list[list[list[str]]]:
    """The cells of each table in HTML."""
    rows = ([re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", one)]
            for one in re.findall(r"(?s)<table.*?</table>", text))  # fmt: skip
    return [[[html.unescape(cell) for cell in row] for row in table] for table in rows]


@pytest.mark.parametrize("at", [LAST, FAIR], ids=["R3GAN", "fair"])
def test_a_lessons_table_has_the_columns_of_its_view_all_anchors_and_the_conditional_variants(at, shipped):
    page, s = opened(shipped, at.view)
    made = tables(views.shown(shipped, at.view))
    grids = [part.make(shipped, s) for part in page.parts if part.make in (leaderboard.table, leaderboard.apart)]
    assert len(made) == len(grids) == 2
    for (heads, *rows), grid in zip(made, grids, strict=True):
        assert [views._head(one) for one in heads] == ["Variant", *at.view.columns]
        assert {grid.rows[i][0] for i in grid.tinted} <= {row[0] for row in rows} and len(grid.tinted) == 4
    assert {"AC-GAN", "Conditional GAN"} <= {row[0] for row in made[1]}


@pytest.mark.parametrize("at", [LAST, FAIR, STEEP], ids=["R3GAN", "fair", "steep"])
def test_what_a_view_shows_brings_the_style_of_all_its_classes(at, shipped):
    made = views.shown(shipped, at.view)
    style, rest = "".join(re.findall(r"(?s)<style>(.*?)</style>", made)), re.sub(r"(?s)<style>.*?</style>", "", made)
    every = diagram.STYLE + views.page_of(at.view.page).style
    used = {name for names in re.findall(r' class="([^"]*)"', rest) for name in names.split()}
    styled = {name for name in used if f".{name} " in every}
    assert styled and not {name for name in styled if f".{name} " not in style}


def test_only_columns_of_numbers_stand_at_the_right(shipped):
    head = re.search("<thead>.*?</thead>", views.shown(shipped, LAST.view))[0]
    assert re.findall('<th class="number">(.*?)</th>', head) == [
        "FD-mnist-cnn ↓",
        "Images shown ↓",
        "Multiply-adds (10¹²) ↓",
    ]


@pytest.mark.parametrize("view", [step.view for lesson in LESSONS.values() for step in lesson.steps],
                         ids=lambda view: view.page)  # fmt: skip
def test_columns_that_a_view_names_are_there(view, shipped):
    if view.columns:
        assert "No table" not in views.shown(shipped, view)


def test_columns_that_are_not_there_are_told_in_a_sentence(shipped):
    made = views.shown(shipped, View("leaderboard", columns=("Images shown", "Beauty")))
    assert "No table of Leaderboard has the columns Images shown, Beauty." in made


_, STATE = opened(Zoo(SHIPPED), View("leaderboard"))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1), max_size=20))))
def test_a_table_in_a_lesson_keeps_what_is_set_apart_and_says_how_much_it_leaves_out(made):
    n, tinted = made
    grid = Grid(["Name", "Value (%) ↑", "Other"], [[f"row {i}", (i, f"{i}.0"), i] for i in range(n)], sorted(tinted))
    text = views._table(grid, ("Value",), STATE)
    ((heads, *rows),) = tables(text)
    numbers = [int(row[0].removeprefix("row ")) for row in rows]
    assert heads == ["Name", "Value (%) ↑"] and numbers == sorted(numbers) and tinted <= set(numbers)
    assert len(numbers) == min(n, max(views.MOST_ROWS, len(tinted)))
    left = n - len(numbers)
    assert (f"{left} more row{'' if left == 1 else 's'} on the page Leaderboard." in text) == bool(left)


# What is said -----------------------------------------------------------------------------------------------


def figures(variant: str) -> dict:
    content = json.loads((SHIPPED / "mnist" / variant / "metrics.json").read_text(encoding="utf-8"))
    return {**next(iter(content["measured"].values()))["figures"], **content["cost"]}


def test_r3gan_is_the_best_at_the_same_number_of_images_and_the_dearest(shipped):
    assert "the same number of images" in LAST.question and "most multiply-adds of these" in LAST.answer
    entries = shipped.catalog().of("mnist")
    cost = {entry.variant: figures(entry.variant) for entry in entries}
    assert len({one["images"] for one in cost.values()}) == 1
    untold = {entry.variant: cost[entry.variant]["fd"]["mean"] for entry in entries if not entry.classes}
    assert min(untold, key=untold.get) == "r3gan"
    work = {name: cost[name]["images"] * cost[name]["multiply_adds_per_image"] for name in untold}
    assert max(work, key=work.get) == "r3gan"


def test_wgan_draws_more_shapes_that_are_no_digit_and_its_pictures_say_its_distance(shipped):
    assert "no digit" in STEEP.question and STEEP.answer.startswith("WGAN. Its distance (FD)")
    look = uncertain.extractor(shipped.of("mnist")[0], shipped.roots)
    unsure = {}
    for name in STEEP.view.variants:
        drawn = shipped.samples([f"mnist/{name}"], range(64))[f"mnist/{name}"]
        sure = look(torch.from_numpy(drawn).permute(0, 3, 1, 2)).logits.softmax(1).max(1).values.numpy()
        unsure[name] = int(np.count_nonzero(sure < 0.9))
    assert unsure["wgan"] > 1.5 * unsure["wgan_gp"]
    assert figures("wgan")["fd"]["mean"] > figures("wgan_gp")["fd"]["mean"]
    assert views.shown(shipped, STEEP.view).count("FD-mnist-cnn") >= 2


EXERCISES = [(name, one) for name, some in exercises.exercises().items() for one in some]


@pytest.mark.parametrize(("name", "one"), [(name, one) for name, one in EXERCISES if one.view.page == "translate"])
def test_an_exercise_of_a_translator_opens_the_task_of_this_translator(name, one, shipped):
    _, s = opened(shipped, one.view)
    assert [key.rpartition("/")[2] for key in translate.shown_keys(translate.task_of(s))] == [name]


def words_of(page, zoo: Zoo, s) -> str:
    """All that a page says at this moment, with the titles of its folds."""

    def titles(items):
        for item in items:
            if isinstance(item, Box):
                yield str(item.title)
                yield from titles(item.items)

    labels = [control.label for control in page.controls]
    texts = [value for value in parts_of(page, zoo, s).values() if isinstance(value, str)]
    return html.unescape(" ".join([*titles(page.items), *labels, *texts]))


QUOTED = [(name, one) for name, one in EXERCISES if "“" in one.task]


@pytest.mark.parametrize(("name", "one"), QUOTED)
def test_what_an_exercise_quotes_from_the_page_is_on_it(name, one, shipped):
    page, s = opened(shipped, one.view)
    said = words_of(page, shipped, s)
    for quoted in re.findall("“([^”]*)”", one.task):
        assert quoted in said, f"{page.title} has no “{quoted}”"


def test_the_score_gap_that_an_exercise_asks_about_is_on_its_view(shipped):
    ((_, one),) = [pair for pair in EXERCISES if "score gap" in pair[1].task]
    _, s = opened(shipped, one.view)
    draw, curves = leaderboard_curves.overlay(shipped, s)
    assert {curve.title for curve in curves} == {"DCGAN", "DCGAN + R1"}
    (chart,) = [made for made in draw(curves) if "D's mean score of real minus" in json.dumps(made.to_dict())]
    assert "D's mean score of real minus that of generated images" in one.task
    assert {"DCGAN", "DCGAN + R1"} <= set(re.findall(r"DCGAN(?: \+ R1)?", json.dumps(chart.to_dict())))
