"""The variants that are chosen by themselves, and the groups that one press chooses."""

import json

from demo.zoo import families
from demo.zoo.entries import CONDITIONAL, STYLE_BASED, Entry
from demo.zoo.zoo import Zoo
from gan_models import Recipe


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
