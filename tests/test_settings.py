"""Settings files: general before special, several tries, and what is no settings file."""

import pytest

import train
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
        ("[all", "is no settings file"),
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
    from train.engine.args import parse

    for path in set(settings.PLANS.glob("*.toml")) - set(settings.PLANS.glob("repeat-*.toml")):  # tests/test_repeat.py
        read = settings.read(path, RECIPES)
        for data in {*read, "mnist"}:
            for name, recipe in RECIPES.items():
                for words in settings.tries(read, name, data):
                    parse(recipe, words)
