"""The front page's tiles, the variants that are chosen by themselves, the links, and the Python of each view."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import put

from demo import wall
from demo.page import links, snippets
from demo.zoo import evolution, families, teaching, walks
from demo.zoo.entries import CONDITIONAL, STYLE_BASED, Entry
from demo.zoo.zoo import Zoo
from gan_models import Recipe

# Tiles ------------------------------------------------------------------------------------------------------


def test_tiles_stand_in_order_of_year_with_their_distance(measured_zoo):
    zoo = Zoo(measured_zoo)
    tiles = wall.tiles(zoo, zoo.catalog().of("toys"))
    assert [(t.title, t.year, t.words) for t in tiles] == [
        ("Real data", None, "what they learn to draw"),
        ("Plain GAN", 2014, "FD 40.0 · floor 0.86"),
        ("Deep GAN", 2015, "FD 12.3 · floor 0.86"),
        ("Told GAN", 2016, "FD 20.0 · floor 0.86"),
    ]
    assert tiles[1].level == 1 and tiles[0].level is None
    assert tiles[2].level == pytest.approx(math.log(12.31 / 0.86) / math.log(40 / 0.86))
    assert "through toys-cnn; lower is better, and the floor is" in wall.legend(zoo, zoo.catalog().of("toys"))
    (photo,) = wall.tiles(zoo, zoo.catalog().of("photos"))
    assert (photo.words, photo.level) == ("not measured", None) and wall.legend(zoo, zoo.catalog().of("photos")) == ""


def test_a_tile_shows_the_same_latents_as_every_other_view(zoo_folder):
    zoo = Zoo(zoo_folder)
    real, plain, *_ = wall.tiles(zoo, zoo.catalog().of("toys"))
    sheet, alt = wall.picture(zoo, plain, "toys", range(9, 18))
    scale = round(wall.SIDE / 8)
    np.testing.assert_array_equal(
        sheet[: 8 * scale : scale, : 8 * scale : scale], zoo.samples(["toys/plain"], [9])["toys/plain"][0, ..., 0]
    )
    assert "Plain GAN" in alt and "seeds 9 to 17" in alt
    assert "test images, seen by no network" in wall.picture(zoo, real, "toys", range(9))[1]
    (zoo_folder / "toys" / "plain" / "generator.safetensors").write_bytes(b"these are no weights")
    assert wall.picture(Zoo(zoo_folder), plain, "toys", range(9)) is None


def test_a_name_cannot_leave_its_tile():
    tile = wall.Tile("x", 2014, "FD <b>", 0.5, None)
    assert "FD &lt;b&gt;" in wall.words(tile) and "width:50%" in wall.words(tile)
    assert 'class="when"' in wall.year(tile, 2013) and 'class="when same"' in wall.year(tile, 2014)


# Choosing ---------------------------------------------------------------------------------------------------


def entries(*named: str, **fields) -> list[Entry]:
    """ "name<parent:network" -> an entry each; a network "told" is conditional."""
    made = []
    for text in named:
        name, _, network = text.partition(":")
        name, _, parent = name.partition("<")
        recipe = Recipe(
            name, title=name.upper(), parent=parent, network=network or "dcgan", conditional=network == "told"
        )
        made.append(Entry(f"toys/{name}", recipe.title, recipe, {"dataset": "toys"}, None))
    return made


def names(found) -> str:
    return " ".join(entry.variant for entry in found)


def test_what_is_chosen_by_itself_shows_the_breadth():
    tree = entries("gan:mlp", "noisy<dc", "dc<gan", "told<dc:told", "style<dc:style", "more<dc")
    assert names(families.breadth(tree, 4)) == "gan dc told style"  # one of each idea, of DCGAN's the one others change
    assert names(families.breadth(tree, 5)) == "gan noisy dc told style"  # then the others, the first ones first
    assert names(families.breadth(tree, 3)) == "gan told style"  # too many ideas: the first and the last are among them
    assert names(families.breadth(tree, 9)) == names(tree) and families.breadth([]) == []


def test_families_follow_the_parents():
    tree = entries("gan:mlp", "dc<gan", "noisy<dc", "w<dc", "gp<w", "clip<w", "lonely<nobody")
    assert [(title, names(found)) for title, found in families.families(tree)] == [
        ("DC", "dc noisy w"),
        ("W", "w gp clip"),
    ]
    assert [words for words, _ in families.groups(tree)] == ["All", "None", "DC family", "W family"]
    assert families.groups(tree)[1][1] == []
    assert [words for words, _ in families.groups(tree[1:4])] == ["All", "None"]  # a family that is all of them


def test_the_shipped_zoo_opens_on_every_kind():
    catalog = Zoo().catalog()
    for dataset in catalog.datasets:
        chosen = families.breadth(catalog.of(dataset))
        assert len(chosen) <= families.AT_ONCE
        for kind in (CONDITIONAL, STYLE_BASED):  # no page of one finds nothing chosen
            assert any(map(kind.fit, chosen)) == any(map(kind.fit, catalog.of(dataset)))


def test_a_parent_stands_before_its_children_of_the_same_year(zoo_folder):
    for name, parent, title in (("plain", "", "Z"), ("deep", "plain", "Y"), ("told", "deep", "A")):
        path = zoo_folder / "toys" / name / "recipe.json"
        content = json.loads(path.read_text())
        content["recipe"] |= {"year": 2014, "parent": parent, "title": title}
        path.write_text(json.dumps(content))
    assert [e.title for e in Zoo(zoo_folder).catalog().of("toys")] == ["Z", "Y", "A"]


# Links ------------------------------------------------------------------------------------------------------


def test_a_tile_leads_to_its_variant(zoo_folder):
    entry = Zoo(zoo_folder).entry("toys/deep")
    added = ["her/style@" + "0" * 40]
    assert links.lesson(entry, added) == ("learn", {"data": ["toys"], "variant": ["deep"], "hub": added})
    assert links.comparison(entry) == ("compare", {"data": ["toys"], "variants_toys": ["Deep GAN"]})


def test_the_page_of_a_second_checkpoint_of_a_variant_is_found(zoo_folder):
    put(zoo_folder / "toys" / "again", name="deep", title="Deep GAN again", year=2021)
    zoo = Zoo(zoo_folder)
    names = teaching.names(zoo.catalog().of("toys"))
    for key in ("toys/deep", "toys/again", "toys/plain"):
        name = teaching.named(names, links.lesson(zoo.entry(key))[1]["variant"][0])
        assert names[name].key == key
    assert teaching.named(names, "toys/none") is None and teaching.named(names, None) is None


def test_addresses():
    assert links.address("http://x", {"a": ["1", "2 3"]}) == "http://x/?a=1&a=2+3"
    assert links.address("http://x/compare", {}) == "http://x/compare"


# Python -----------------------------------------------------------------------------------------------------


def run(code: str) -> dict:
    """What a program leaves in `pictures`, by title; of a lone one under ""."""
    space: dict = {}
    exec(code, space)
    made = space["pictures"]
    return made if isinstance(made, dict) else {"": made}


@pytest.fixture
def zoo(styled_zoo, monkeypatch) -> Zoo:
    monkeypatch.chdir(styled_zoo.parent)
    return Zoo(styled_zoo)


TOLD, PLAIN, STYLED = ["toys/told"], ["toys/plain"], ["toys/styled", "toys/styled_told"]


def same(code: str, zoo: Zoo, shown: dict[str, np.ndarray]) -> None:
    made = run(code)
    assert len(code.strip().splitlines()) <= 5 + len(shown)
    assert list(made) == ([""] if len(shown) == 1 else [zoo.entry(key).title for key in shown])
    for pictures, expected in zip(made.values(), shown.values(), strict=True):
        np.testing.assert_array_equal(pictures, expected)


@pytest.mark.parametrize(
    "question",
    [
        (PLAIN, range(4)),
        (TOLD, range(3, 7), "two", 0.7),
        (TOLD, [5, 2]),
        ([*PLAIN, *TOLD], [7], 1, 1.5),
        (TOLD, [1], [0.25, 0.5, 0.25]),
    ],
)
def test_the_python_of_samples_makes_the_pictures(zoo, question):
    same(snippets.samples(zoo, *question), zoo, zoo.samples(*question))


@pytest.mark.parametrize(
    "way",
    [
        {"keys": PLAIN, "seeds": [3, 9], "steps": 5},
        {"keys": [*PLAIN, *TOLD], "seeds": [3, 9, 0], "steps": 6, "how": "lerp", "labels": ["one", "two", 0]},
        {"keys": TOLD, "seeds": [4, 4], "steps": 4, "labels": "two", "truncation": 0.5},
        {"keys": TOLD, "seeds": [4, 5], "steps": 4},
    ],
)
def test_the_python_of_a_path_makes_the_pictures(zoo, way):
    same(snippets.interpolate(zoo, **way), zoo, zoo.interpolate(**way))


def test_the_python_of_classes_and_styles_makes_the_pictures(zoo):
    grid = zoo.class_grid("toys/told", range(2, 6))
    same(snippets.class_grid(zoo, TOLD, range(2, 6)), zoo, {"toys/told": grid.reshape(-1, *grid.shape[2:])})
    some = grid[[2, 0]].reshape(-1, *grid.shape[2:])
    same(snippets.class_grid(zoo, TOLD, range(2, 6), ["two", "zero"]), zoo, {"toys/told": some})
    for levels, label in (("middle", None), ([8, 32], "one")):
        mixed = zoo.mix(STYLED, range(1, 3), range(4, 7), levels, label, 0.5)
        shown = {key: one.pictures[1:, 1:].reshape(-1, *one.pictures.shape[2:]) for key, one in mixed.items()}
        same(snippets.mix(zoo, STYLED, range(1, 3), range(4, 7), levels, label, 0.5), zoo, shown)


@pytest.mark.parametrize("loop", [True, False])
@pytest.mark.parametrize("text", ["0, 7: two, 23", "5, 3"])
def test_the_python_of_a_walk_makes_what_its_slider_shows(zoo, text, loop):
    entries = [zoo.entry(key) for key in (*TOLD, *PLAIN)]
    frames = walks.parse(text)
    made = walks.through_seeds(zoo, entries, frames, "lerp", loop)
    shown = [pictures[: len(pictures) - loop, 0] for pictures in made.pictures]  # a loop ends where it began
    same(snippets.walk(zoo, made, frames, "lerp"), zoo, {e.key: p for e, p in zip(entries, shown, strict=True)})


def test_the_python_of_a_map_makes_its_pictures(zoo):
    entries, frames = [zoo.entry(key) for key in TOLD], walks.parse("0, 7, 23: one, 42")
    made = walks.over_a_map(zoo, entries, frames, 4)
    same(snippets.walk(zoo, made, frames), zoo, {TOLD[0]: made.pictures[0][:, 0].reshape(4, 4, 8, 8, 1)})


@pytest.mark.parametrize(("by", "at"), [("images", 200), ("share", 0.25)])
def test_the_python_of_a_moment_makes_its_pictures(filmed_zoo, monkeypatch, by, at):
    monkeypatch.chdir(filmed_zoo.parent)
    zoo, keys = Zoo(filmed_zoo), ["toys/plain", "toys/deep"]
    made = run(snippets.evolution(zoo, keys, by, 4, at))
    shown = evolution.evolution(zoo, keys, by, 4).at(at)
    assert list(made) == ["Plain GAN", "Deep GAN"]
    for pictures, moment in zip(made.values(), shown, strict=True):
        np.testing.assert_array_equal(pictures, moment.pictures)


def test_the_python_is_three_lines_that_load_what_the_zoo_shows(zoo):
    assert snippets.samples(zoo, TOLD, range(16), 2) == (
        "import gan_models\n\n"
        'gan = gan_models.load("zoo/toys/told")\n'
        "pictures = gan.sample(seeds=range(16), labels=[2] * 16)  # uint8 [N, H, W, C]\n"
    )
    assert snippets.source(Zoo(), Zoo().catalog().entries[0]) == Zoo().catalog().keys[0]
    shared = SimpleNamespace(hub="user/repo@" + "a" * 40)
    assert snippets.source(zoo, shared) == shared.hub


def test_a_title_cannot_leave_its_quotes(zoo, styled_zoo):
    path = styled_zoo / "toys" / "plain" / "recipe.json"
    path.write_text(path.read_text().replace("Plain GAN", 'x\\": 1}; import os'))
    (title, _) = run(snippets.samples(zoo, [*PLAIN, *TOLD], [0]))
    assert title.startswith('x": 1}; import os')
