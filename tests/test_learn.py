"""Learn: networks traced from the modules, and texts whose figures the metrics check."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import CLASSES
from page_helpers import misprints
from sources import listed
from zoos import EXTRACTOR, block, measure, put

import gan_models
import train
from demo.draw import diagram
from demo.zoo import lesson_text, teaching
from demo.zoo.architecture import networks
from demo.zoo.lesson_text import LESSONS, Numbers, Part, parts, text_of
from demo.zoo.zoo import Zoo
from gan_models import Recipe
from gan_models.home import SHIPPED
from gan_models.metrics.extractors import load_cnn

ROOT = Path(__file__).parent.parent
RECIPES = train.recipes()
SECTIONS = ("problem", "pictures", "idea", "what goes wrong", "paper")


@pytest.fixture(scope="module")
def shipped() -> Zoo:
    return Zoo(SHIPPED)


@pytest.fixture(scope="module")
def lessons(shipped) -> dict[str, teaching.Lesson]:
    """Of every checkpoint that comes with the code."""
    return {key: teaching.lesson(shipped, key) for key in shipped.catalog().keys}


# The networks -----------------------------------------------------------------------------------------------


def pair(folder: Path, **fields):
    """(G, D) of a recipe, traced. Sizes of 8 are 4 doubled once."""
    settings = {"name": "toy", "size": 8, "z_dim": 6, "network": "dcgan", "network_args": {"width": 4}}
    return networks(folder, Recipe(**{**settings, **fields}))


def test_the_boxes_of_a_dcgan_by_hand(tmp_path):
    G, D = pair(tmp_path)
    assert [(b.parts, b.shape, b.parameters, b.takes) for b in G.boxes] == [
        # 6 * 4 * 16 weights without a bias, and 2 * 4 of the norm
        (("linear", "reshaped to 4 × 4 × 4", "BatchNorm", "ReLU"), (4, 4, 4), 6 * 64 + 8, None),
        (("transposed convolution 4 × 4, stride 2", "tanh"), (1, 8, 8), 4 * 16 + 1, 0),
    ]
    assert [(b.parts, b.shape, b.parameters, b.takes) for b in D.boxes] == [
        (("convolution 4 × 4, stride 2", "LeakyReLU 0.2"), (4, 4, 4), 4 * 16 + 4, None),
        (("flattened", "Head"), (), 64 + 1, 0),
    ]
    assert G.takes == ((6,),) and D.takes == ((1, 8, 8),) and G.parameters == 6 * 64 + 8 + 65


def test_branches_learned_maps_and_further_inputs_are_seen(tmp_path):
    G, D = pair(tmp_path, network="stylegan2", network_args={"width": 4, "depth": 1})
    names = [box.name for box in G.boxes]
    assert names == ["Linear", "learned constant", "StyledConv", "ToImage", "StyledConv", "StyledConv", "ToImage"]
    constant, styled = G.boxes[1:3]
    assert constant.source and constant.takes is None and constant.parameters == 8 * 16  # as wide as D's coarsest
    assert styled.also == ("6 numbers",) and styled.takes == 1
    assert [box.beside for box in G.boxes] == [False, False, False, True, False, False, False]
    assert G.boxes[4].takes == 2  # not the image that was made beside it
    assert ("Deviation",) in [box.parts for box in D.boxes]
    maps = pair(tmp_path, network="r3gan")[0].boxes[1]
    assert (maps.name, maps.takes, maps.source) == ("learned maps", 0, False)


@pytest.mark.parametrize(("labels", "goes_in"), [("projection", True), ("auxiliary", False)])
def test_a_label_goes_in_only_where_it_is_used(labels, goes_in, tmp_path):
    told = {"conditional": True, "class_names": CLASSES, "network_args": {"width": 4, "labels": labels}}
    G, D = pair(tmp_path, **told)
    assert G.takes == ((6,), ()) and (() in D.takes) is goes_in
    assert ("the label" in D.boxes[-1].also) is goes_in
    assert ("also gives 3 class scores" in D.boxes[-1].parts) is not goes_in


@pytest.mark.parametrize("name", RECIPES)
def test_every_variants_boxes_add_up_to_its_module(name, tmp_path):
    recipe = RECIPES[name]
    recipe = replace(recipe, class_names=CLASSES if recipe.conditional else ())
    for made, net in zip(networks(tmp_path, recipe), gan_models.build(recipe), strict=True):
        assert made.parameters == sum(p.numel() for p in net.parameters())
        assert all(name not in ("", None) and box.parts for box in made.boxes)
    spectral = any("spectral norm" in box.parts for box in made.boxes)
    assert spectral is bool(recipe.network_args.get("d_spectral"))


def test_the_diagrams_of_the_zoo_add_up_to_what_was_trained(shipped, lessons):
    for key, lesson in lessons.items():
        facts, size = shipped.facts(key), shipped.entry(key).recipe.size
        counts = [net.parameters for net in lesson.networks]
        assert counts == [facts["parameters"], facts["discriminator_parameters"]], key
        for net in lesson.networks:
            made = diagram.network(net, size)
            drawn = made[: made.index("<details>")]
            told = re.findall(r"<small>([\d,]+) parameters</small>", drawn)
            assert sum(int(one.replace(",", "")) for one in told) == net.parameters
            rows = re.findall(r'<td class="number">([\d,]+)</td></tr>', made)
            assert int(rows[-1].replace(",", "")) == net.parameters == sum(int(r.replace(",", "")) for r in rows[:-1])
            assert drawn.count("<img") == len(net.takes) + len(net.boxes) and 'role="img"' in drawn


def test_a_recipe_that_makes_no_network_leaves_the_rest_of_the_page(zoo_folder):
    path = zoo_folder / "toys" / "plain" / "recipe.json"
    path.write_text(path.read_text().replace('"width": 4', '"width": 4, "wings": 2'))
    lesson = teaching.lesson(Zoo(zoo_folder), "toys/plain")
    assert not lesson.networks and "wings" in lesson.notes[0] and lesson.summary and lesson.equations
    assert str(zoo_folder) not in lesson.notes[0]


# The texts --------------------------------------------------------------------------------------------------


def test_every_variant_of_the_zoo_has_a_lesson_and_every_lesson_a_variant(lessons):
    assert {path.stem for path in LESSONS.glob("*.md")} == set(train.everything())
    for key, lesson in lessons.items():
        assert set(text_of(lesson.variant)) == set(SECTIONS), key
        assert len(re.findall(r"[.?!](?= [A-Z*]|$)", " ".join(lesson.idea.split()))) in range(3, 8), key
        assert lesson.wrong and "arXiv" in lesson.paper and "{" not in str(lesson.wrong)
        assert lesson.objective and lesson.equations and lesson.sources
        told = [lesson.problem, lesson.idea, lesson.seen, *lesson.terms, *lesson.unlike, *lesson.notes]
        told += [text for change in lesson.changes for text in (change.phrase, change.before, change.after)]
        told += [text for network in lesson.networks for one in network.classes for text in one]
        told += [text for _, text in lesson.symbols]
        assert [wrong for text in told for wrong in misprints(text)] == [], key
        assert (lesson.parent is None) is (lesson.variant == "gan")
        assert lesson.problem and lesson.exercises
        assert lesson.drawings and ", ".join(lesson.drawings) == text_of(lesson.variant)["pictures"]


def test_no_paragraph_has_lost_what_bears_it_out(lessons):
    """A guard that holds nowhere, or a figure that nobody measured, would make a text vanish without a word."""
    shown = {(lesson.variant, part.text) for lesson in lessons.values() for part in lesson.wrong}
    trained = {lesson.variant for lesson in lessons.values()}
    for path in (path for path in listed(LESSONS, "*.md") if path.stem in trained):
        for paragraph in re.split(r"\n\s*\n", text_of(path.stem)["what goes wrong"]):
            words = re.sub(r"^\[[^\]]*\] |\]\([^)]*\)$", "", " ".join(paragraph.split())).removeprefix("![")
            pattern = re.sub(r"\\\{[\w.\\]+\\\}", ".+?", re.escape(words))
            assert any(v == path.stem and re.fullmatch(pattern, text) for v, text in shown), (path.stem, words)


def test_lessons_are_written_in_what_both_front_ends_show(lessons):
    for lesson in lessons.values():
        for text in (lesson.idea, lesson.paper, *(part.text for part in lesson.wrong)):
            made = diagram.prose(text)
            assert not re.search(r"[*`_#]|\]\(", re.sub(r"<[^>]+>", "", made)), text


def test_the_pictures_of_lessons_are_there_and_are_what_they_are_said_to_be(shipped, lessons):
    for key, lesson in lessons.items():
        for part in lesson.wrong:
            if part.kind == "film":
                assert len(teaching.illustrate(shipped, key, part)) == len(part.values) > 1
            if part.kind in ("unsure", "mistaken"):
                ((_, pictures),) = teaching.illustrate(shipped, key, part)
                assert 1 <= len(pictures) <= part.values[0], key


def test_the_least_sure_pictures_are_those_of_the_lowest_probability(shipped):
    key = "mnist/dcgan"
    ((caption, pictures),) = teaching.illustrate(shipped, key, Part("", "unsure", (8.0,)))
    drawn = shipped.samples([key], range(100))[key]
    see = load_cnn(SHIPPED / "mnist" / "extractor")
    sure = see(torch.from_numpy(drawn).permute(0, 3, 1, 2)).logits.softmax(1).max(1).values
    seeds = sorted(sure.argsort()[:8].tolist())
    assert np.array_equal(pictures, drawn[seeds])
    assert f"seeds {', '.join(map(str, seeds))}" in caption


def test_mistaken_pictures_are_those_whose_class_is_seen_as_another(shipped):
    key = "mnist/cgan"
    ((caption, pictures),) = teaching.illustrate(shipped, key, Part("", "mistaken", (4.0,)))
    drawn = shipped.samples([key], range(1000))[key]
    seen = load_cnn(SHIPPED / "mnist" / "extractor")(torch.from_numpy(drawn).permute(0, 3, 1, 2)).logits.argmax(1)
    wrong = [k for k in range(1000) if seen[k] != k % 10][:4]
    assert np.array_equal(pictures, drawn[wrong])
    asked, found = (", ".join(map(str, ks)) for ks in ([k % 10 for k in wrong], seen[wrong].tolist()))
    assert caption.endswith(f"asked for: {asked} · seen: {found}")


NUMBERS = Numbers(
    "mine",
    "toys",
    {"mine": {"fd": 2.0, "smallest_class": "one"}, "other": {"fd": 3.0}},
    {"mine": {"fd": "2.00", "smallest_class": "one"}, "other": {"fd": "3.00"}},
)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("toys", True),
        ("mnist", False),
        ("fd < other.fd", True),
        ("fd > other.fd", False),
        ("fd < 2", False),
        ("fd < 2.5", True),
        ("recall < other.fd", False),  # was not measured
        ("smallest_class < 3", False),  # is no number
    ],
)
def test_a_guard_holds_or_does_not(condition, holds):
    assert NUMBERS.hold(condition) is holds


@pytest.mark.parametrize("condition", ["", "fd =< 2", "fd < 2 < 3", "fd = 2"])
def test_a_guard_that_is_none_is_an_error(condition):
    with pytest.raises(ValueError, match="is no condition"):
        NUMBERS.hold(condition)


def test_parts_of_a_text():
    text = """[toys, fd < other.fd] At {fd}, not
    {other.fd}.

    [mnist] Elsewhere.

    {recall} is not known.

    ![Some, at {fd}.](samples 3 8)

    ![Shares](shares)"""
    assert list(parts(text, NUMBERS)) == [
        Part("At 2.00, not 3.00."),
        Part("Some, at 2.00.", "samples", (3.0, 8.0)),  # and no shares, which nobody measured
    ]
    with pytest.raises(ValueError, match="'cartoon' is no picture"):
        list(parts("![x](cartoon)", NUMBERS))


def test_figures_are_those_of_the_metrics(measured_zoo, monkeypatch, tmp_path):
    monkeypatch.setattr(lesson_text, "LESSONS", tmp_path)
    (tmp_path / "plain.md").write_text(
        "## What goes wrong\n\n[fd > deep.fd] At {fd}, {deep.fd} and the floor {train.fd}: {largest_class} in "
        "{largest_share} ({real_largest}), {smallest_class} in {smallest_share} ({real_smallest}).\n\n"
        "![Bars](shares)\n\n[photos] Not here.\n"
    )
    zoo = Zoo(measured_zoo)
    told, bars = teaching.lesson(zoo, "toys/plain").wrong
    assert told.text == "At 40.00, 12.31 and the floor 0.86: zero in 70.0 % (30.0 %), two in 5.0 % (35.0 %)."
    assert bars == Part("Bars", "shares")
    assert teaching.shares_of(zoo, "toys/plain") == (CLASSES, (0.7, 0.25, 0.05), (0.3, 0.35, 0.35))
    made = diagram.shares(*teaching.shares_of(zoo, "toys/plain"))
    assert "width:100.0%" in made and "70.0 % (real 30.0 %)" in made and "left:50.0%" in made  # 0.35 of 0.7
    measure(measured_zoo / "toys" / "plain", block(4, shares=(0.7, 0.25, 0.05)))  # better now: the sentence goes
    assert [part.kind for part in teaching.lesson(zoo, "toys/plain").wrong] == ["shares"]
    assert EXTRACTOR["name"] in zoo.facts("toys/plain")["quality"]


def test_names_of_classes_from_elsewhere_are_no_markdown(measured_zoo, monkeypatch, tmp_path):
    monkeypatch.setattr(lesson_text, "LESSONS", tmp_path)
    (tmp_path / "plain.md").write_text("## What goes wrong\n\n{largest_class}\n")
    for name in ("metrics.json", "../anchors.json"):
        path = measured_zoo / "toys" / "plain" / name
        path.write_text(path.read_text().replace('"zero"', '"![x](http://a.b)"'))
    assert teaching.lesson(Zoo(measured_zoo), "toys/plain").wrong == (Part("xhttp//ab"),)


def test_a_variant_without_a_text_has_its_summary(zoo_folder):
    lesson = teaching.lesson(Zoo(zoo_folder), "toys/plain")
    assert (lesson.idea, lesson.wrong, lesson.paper) == ("", (), "") and lesson.summary == "The *first* one."


@pytest.mark.parametrize("name", ["../learn", "gan.md", "", "a b", "/etc/passwd"])
def test_a_name_is_no_path(name):
    assert text_of(name) == {}


def test_a_parent_is_compared_where_it_is_there(family_zoo):
    zoo = Zoo(family_zoo)
    noisy, wide = teaching.lesson(zoo, "toys/noisy"), teaching.lesson(zoo, "toys/wide")
    assert (noisy.parent_title, noisy.unlike) == ("Root GAN", ())
    assert teaching.changes_table(noisy) == (
        ("Setting", "Root GAN", "Noisy GAN"),
        [("Fading noise on the pictures that D sees", "–", "0.1")],
    )
    assert "FD-toys-cnn fell from 20.0 to 15.0" in teaching.against_parent(noisy)[-1]
    assert wide.unlike == ("width 8 instead of 4",) and not wide.seen
    assert "were not trained under the same conditions" in teaching.against_parent(wide)[1]
    put(family_zoo / "photos" / "alone", "photos", name="alone", parent="root")
    assert "not among the checkpoints" in teaching.against_parent(teaching.lesson(zoo, "photos/alone"))[0]
