"""Settings files: general before special, several tries, and what is no settings file."""

from dataclasses import replace

import pytest
from sources import listed

import gan_models
import train
from train.engine.args import parse
from train.queue import settings

RECIPES = train.recipes()


def write(tmp_path, text):
    path = tmp_path / "some.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_special_comes_behind_the_general(tmp_path):
    path = write(
        tmp_path,
        """
        [all]
        all = "--batch 32"
        dcgan = "--network-args 'width=8' d_side=4"
        [celeba]
        all = "--views mirror=1"
        dcgan = "--batch 16"
        """,
    )
    read = settings.read(path, RECIPES)
    dcgan = ["--batch", "32", "--network-args", "width=8", "d_side=4", "--views", "mirror=1", "--batch", "16"]
    assert settings.tries(read, "dcgan", "celeba") == [dcgan]
    assert settings.tries(read, "dcgan", "mnist") == [dcgan[:5]]
    assert settings.tries(read, "wgan", "celeba") == [["--batch", "32", "--views", "mirror=1"]]
    assert settings.tries({}, "wgan", "celeba") == [[]]


def test_several_settings_are_all_tried(tmp_path):
    read = settings.read(write(tmp_path, '[all]\nall = "-a"\nlsgan = ["-b", "-c 1"]\n'), RECIPES)
    assert settings.tries(read, "lsgan", "mnist") == [["-a", "-b"], ["-a", "-c", "1"]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dcgan = ''", "stands outside a table"),
        ("[all]\ndcgam = ''", "did you mean 'dcgan'?"),
        ("[all]\ndcgan = 3", "must be options as text"),
        ("[all]\ndcgan = []", "must be options as text"),
        ("[all]\ndcgan = ['', 3]", "must be options as text"),
        ('[all]\ndcgan = ["-a", "-b \'c"]', '[all], dcgan: "-b \'c" is not a list of options: no closing quotation'),
        ("[all", "is not a valid settings file"),
    ],
)
def test_what_is_no_settings_file_is_told(tmp_path, text, said):
    with pytest.raises(ValueError, match=r"some\.toml") as error:
        settings.read(write(tmp_path, text), RECIPES)
    assert said in str(error.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ValueError, match="there is no settings file"):
        settings.read(tmp_path / "none.toml", RECIPES)


def test_what_ships_names_variants_and_options_that_there_are():
    """Every option in the shipped files is one that its variant takes."""

    for path in listed(settings.PLANS, "*.toml"):
        if path.match("repeat-*"):  # tests/test_repeat.py
            continue
        read = settings.read(path, train.everything())
        for data in {*read, "mnist"}:
            for name, recipe in RECIPES.items():
                for words in settings.tries(read, name, data):
                    parse(recipe, words)


PLAN = settings.read(settings.PLANS / "translators.toml", train.everything())


@pytest.mark.parametrize(("data", "name"), [(data, name) for data, table in PLAN.items() for name in table])
def test_the_zoos_translators_are_small_enough_to_ship(data, name):
    """Each line is one that its training takes, and makes networks of at most 2 MB in half precision."""
    recipe = train.translators()[name]
    (words,) = settings.tries(PLAN, name, data)
    _, asked, _ = parse(recipe, [*words, "--device", "cpu"])
    size, channels = (64, 3) if data == "celeba" else (28, 1)
    asked = asked.resized(size, channels)
    grey = {"given_channels": 1} if asked.rule == "grey" else {}
    G, D = gan_models.build(replace(asked, **grey))
    assert 2 * sum(p.numel() for p in G.parameters()) < 2e6 > 2 * sum(p.numel() for p in D.parameters())
