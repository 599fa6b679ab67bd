"""The recipe: JSON in and out, what it refuses and with which words, and which way the imports run."""

import json
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sources import ROOT, imported, listed

import train
from gan_models import Recipe, RecipeError, registry
from gan_models.recipe import adam

RECIPES = train.recipes()


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_survives_json(recipe):
    text = json.dumps(recipe.to_json(), allow_nan=False)
    assert Recipe.from_json(json.loads(text)) == recipe


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_names_only_what_is_registered_and_says_what_it_is(recipe):
    registry.check(recipe)
    assert recipe.title and recipe.summary and recipe.objective and recipe.paper and recipe.year > 2000
    assert recipe.parent in {"", *RECIPES}
    assert recipe.name not in _parents(recipe)


def _parents(recipe):
    while recipe.parent:
        recipe = RECIPES[recipe.parent]
        yield recipe.name


def test_every_script_is_named_after_its_recipe():
    scripts = {p.stem for p in (ROOT / "train").glob("*.py") if "RECIPE =" in p.read_text(encoding="utf-8")}
    assert scripts == {*RECIPES, *train.translators()}


def test_class_names_come_back_as_a_tuple():
    recipe = Recipe(name="x", conditional=True, class_names=["a", "b"])
    assert recipe.class_names == ("a", "b") and recipe.classes == 2
    assert Recipe.from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "a recipe is a JSON object, not list"),
        ("dcgan", "a recipe is a JSON object, not str"),
        (None, "a recipe is a JSON object, not NoneType"),
        ({}, "needs a name"),
        ({"title": "x"}, "needs a name"),
        ({"name": "x", "batsh": 3}, "no field 'batsh' (did you mean 'batch'?"),
        ({"name": "x", "qqqq": 3}, "no field 'qqqq' (there are batch, channels,"),
        ({"name": 3}, "name is 3, must be text"),
        ({"name": "x", "batch": "64"}, "batch is '64', must be a whole number"),
        ({"name": "x", "batch": 64.0}, "batch is 64.0, must be a whole number"),
        ({"name": "x", "batch": True}, "batch is True, must be a whole number"),
        ({"name": "x", "batch": 1}, "batch is 1, must be 2 to 65536"),
        ({"name": "x", "size": 7}, "size is 7, must be 8 to 1024"),
        ({"name": "x", "size": 10**9}, "must be 8 to 1024"),
        ({"name": "x", "channels": 0}, "channels is 0, must be 1 to"),
        ({"name": "x", "z_dim": 0}, "z_dim is 0, must be 1 to 4096"),
        ({"name": "x", "z_dim": 10**12}, "must be 1 to 4096"),
        ({"name": "x", "critic_steps": 0}, "critic_steps is 0, must be 1 to 1000"),
        ({"name": "x", "weight_clip": -0.1}, "weight_clip is -0.1, must be 0 to"),
        ({"name": "x", "weight_clip": float("nan")}, "weight_clip is nan"),
        ({"name": "x", "weight_clip": "a"}, "weight_clip is 'a', must be a number"),
        ({"name": "x", "ema_half_life": -1}, "ema_half_life is -1, must be 0 to"),
        ({"name": "x", "conditional": 1}, "conditional is 1, must be true or false"),
        ({"name": "x", "class_names": "abc"}, "must be a list of names"),
        ({"name": "x", "class_names": [1, 2]}, "must be a list of names"),
        ({"name": "x", "class_names": ["a", "b"]}, "has class names but is not conditional"),
        ({"name": "x", "network_args": [1]}, "must be name=value pairs"),
        ({"name": "x", "views": {"instance_noise": "much"}}, "must be name=number pairs"),
        ({"name": "x", "d_terms": {"r1": True}}, "must be name=number pairs"),
        ({"name": "x", "d_terms": {"r1": float("nan")}}, "d_terms"),
        ({"name": "x", "views": {"instance_noise": float("inf")}}, "views"),
        ({"name": "x", "lazy": 0}, "lazy is 0, must be 1 to 1000"),
        ({"name": "x", "schedule": [1]}, "schedule is [1], must be name=value pairs"),
        ({"name": "x", "schedule": {"speed": [1, 0]}}, "names 'speed' (there are beta2, ema_half_life, lr)"),
        ({"name": "x", "schedule": {"r1": [1, 0]}}, "names 'r1' (there are"),  # not a term of this recipe
        ({"name": "x", "d_terms": {"r1": 1}, "schedule": {"r_1": [1, 0]}}, "did you mean 'r1'?"),
        ({"name": "x", "schedule": {"lr": 0.5}}, "schedule has lr=0.5, must be [first, last] or"),
        ({"name": "x", "schedule": {"lr": [1]}}, "must be [first, last]"),
        ({"name": "x", "schedule": {"lr": "10"}}, "must be [first, last]"),
        ({"name": "x", "schedule": {"lr": [1, 0, 0]}}, "must be [first, last]"),
        ({"name": "x", "schedule": {"lr": [1, 0, "square"]}}, "must be [first, last]"),
        ({"name": "x", "schedule": {"lr": [1, True]}}, "must be [first, last]"),
        ({"name": "x", "schedule": {"lr": [1, "0"]}}, "must be [first, last]"),
        ({"name": "x", "schedule": {"lr": [1, -0.1]}}, "factors of 0 or more"),
        ({"name": "x", "schedule": {"lr": [1, float("nan")]}}, "must be [first, last]"),
        ({"name": "x", "schedule": {"lr": [1, float("inf")]}}, "must be [first, last]"),
        ({"name": "x", "schedule": {"beta2": [1, 1.01]}}, "brings beta2 of g_optimizer to 1.00899, must be below 1"),
        (
            {"name": "x", "schedule": {"ema_half_life": [1, 200_000]}},
            "recipe 'x': at the end of its schedule ema_half_life is 2000000000, must be 0 to 1000000000.",
        ),
        (
            {"name": "x", "d_terms": {"r1": 1e20}, "schedule": {"r1": [1e20, 1, "cosine"]}},
            "recipe 'x': at the start of its schedule d_terms is",
        ),
        ({"name": "x", "schedule": {"lr": [1, 1e30]}, "g_optimizer": {"lr": 1e20}}, "at the end of its schedule g_opt"),
        ({"name": "x", "d_optimizer": {"name": "RMSprop"}, "schedule": {"lr": [1, 0]}}, "d_optimizer has no lr"),
        ({"name": "x", "d_optimizer": {"betas": 3}, "schedule": {"beta2": [1, 1]}}, "d_optimizer has no betas"),
    ],
)
def test_a_wrong_recipe_is_refused_in_one_sentence(data, words):
    with pytest.raises(RecipeError) as error:
        Recipe.from_json(data)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"network": "dcgam"}, "network names 'dcgam', which does not exist (did you mean 'dcgan'?"),
        ({"loss": "qqqq"}, "loss names 'qqqq', which does not exist (there are hinge, least_squares, non_saturating,"),
        ({"d_terms": {"r_1": 1.0}}, "d_terms names 'r_1', which does not exist"),
        ({"g_terms": {"clasify_fake": 1.0}}, "did you mean 'classify_fake'?"),
        ({"views": {"noise": 1.0}}, "views names 'noise', which does not exist"),
        ({"loss_args": {"smoth": 0.1}}, "smoth"),
    ],
)
def test_a_name_that_is_not_registered_is_refused_and_says_what_exists(change, words):
    with pytest.raises(RecipeError) as error:
        registry.check(replace(Recipe(name="x"), **change))
    assert words in str(error.value)


def test_a_name_is_registered_once():
    table = {}
    registry.register(table, ignores_shift=True)(test_a_name_is_registered_once)
    assert table["test_a_name_is_registered_once"].ignores_shift
    with pytest.raises(ValueError, match="registered twice"):
        registry.register(table)(test_a_name_is_registered_once)


def test_every_field_says_its_type_in_words_that_the_reader_knows():
    # A field of a new type would otherwise fail only when somebody gives a wrong value.
    from gan_models.recipe import _KINDS

    assert {f.type for f in fields(Recipe)} <= set(_KINDS)


# The schedule


def test_scheduled_values_by_hand():
    recipe = Recipe(
        name="x",
        d_terms={"r1": 2.0, "r2": 3.0},
        g_terms={"classify_fake": 0.5},
        g_optimizer=adam(4e-4, 0.0, 0.8),
        d_optimizer=adam(1e-4, 0.5, 0.9),
        ema_half_life=1000,
        schedule={
            "lr": [1.0, 0.25, "cosine"],
            "beta2": [1.0, 1.1],
            "ema_half_life": [0.0, 2.0],
            "r1": [1.0, 0.1],
            "classify_fake": [1.0, 0.0],
        },
    )
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe
    # A third of the run: lines are a third of the way, the cosine (1 - cos 60 degrees) / 2 = a quarter.
    now = recipe.at(1 / 3)
    lr, beta2 = 1 - 0.75 / 4, 1 + 0.1 * 0.33  # beta2 goes in hundredths of the run
    assert now.g_optimizer == {
        "name": "Adam",
        "lr": pytest.approx(4e-4 * lr),
        "betas": [0.0, pytest.approx(0.8 * beta2)],
    }
    assert now.d_optimizer == {
        "name": "Adam",
        "lr": pytest.approx(1e-4 * lr),
        "betas": [0.5, pytest.approx(0.9 * beta2)],
    }
    assert now.ema_half_life == 667
    assert now.d_terms == pytest.approx({"r1": 2 * 0.7, "r2": 3.0})
    assert now.g_terms == pytest.approx({"classify_fake": 1 / 3})
    assert now == replace(
        recipe, schedule={}, **{k: getattr(now, k) for k in ("g_optimizer", "d_optimizer", "d_terms", "g_terms")},
        ema_half_life=667,
    )  # fmt: skip
    assert recipe.at(0).g_optimizer == recipe.g_optimizer and recipe.at(0).ema_half_life == 0
    assert recipe.at(1).d_optimizer["lr"] == pytest.approx(2.5e-5)


FACTOR = st.one_of(st.floats(0, 2), st.floats(0, 1e30), st.just(0))


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["lr", "beta2", "ema_half_life", "r1", "classify_fake"]),
        st.tuples(FACTOR, FACTOR, st.sampled_from([[], ["cosine"]])).map(lambda rule: [*rule[:2], *rule[2]]),
    ),
    st.floats(0, 1),
    st.integers(0, 10**9),
    st.floats(0, 1e30),
)
def test_a_schedule_that_is_accepted_ends_no_run_in_the_middle(schedule, progress, half_life, weight):
    fields = {"ema_half_life": half_life, "d_terms": {"r1": weight}, "g_terms": {"classify_fake": 1.0}}
    try:
        recipe = Recipe(name="x", schedule=schedule, **fields)
    except RecipeError:
        return
    assert recipe.at(progress).schedule == {}


def test_without_a_schedule_nothing_changes():
    recipe = RECIPES["wgan_gp"]
    assert all(recipe.at(progress) == recipe for progress in (0, 0.5, 1))


# Imports


def test_what_is_only_read_needs_no_torch_and_the_models_need_no_screen():
    code = """if True:
        import json, sys
        import gan_models.recipe
        with_recipe = [m for m in ("torch", "torchvision") if m in sys.modules]
        import gan_models
        gan_models.load
        with_models = [m for m in ("torchvision", "streamlit", "gradio", "train", "demo") if m in sys.modules]
        import train
        train.recipes()
        with_recipes = [m for m in ("torchvision", "streamlit", "gradio", "demo") if m in sys.modules]
        print(json.dumps([with_recipe, with_models, with_recipes]))
    """
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=240
    )
    with_recipe, with_models, with_recipes = json.loads(done.stdout)
    assert with_models == []
    assert with_recipe == []
    assert with_recipes == []


def packages(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(path)}


SCREENS = {"streamlit", "gradio"}


@pytest.mark.parametrize(
    ("package", "never"),
    [
        ("gan_models", {"train", "demo", "app", "torchvision", *SCREENS}),
        ("train", {"demo", "app", *SCREENS}),
        ("demo", {"train", "app", "torchvision"}),
    ],
)
def test_imports_run_one_way(package, never):
    wrong = {str(path): bad for path in listed(package, "**/*.py") if (bad := packages(path) & never)}
    assert not wrong


@pytest.mark.parametrize("folder", ["zoo", "draw"])
def test_the_zoo_and_the_drawings_import_no_screen(folder):
    assert not [path for path in listed(f"demo/{folder}", "**/*.py") if packages(path) & SCREENS]


def test_the_import_reader_sees_relative_and_inner_imports():
    assert {"gan_models", "train", "torch", "sys"} <= packages(ROOT / "train" / "engine" / "__init__.py")


WORDS = {"found", "folder", "home", "latent.operators", "metrics.names", "metrics.record", "pictures", "real", "recipe",
         "sources"}  # fmt: skip
"""Modules of gan_models that hold words, figures and pictures, and make no network"""
ALONE = {
    "demo/faces/public.py": {"gan_models"},  # its version
    "demo/faces/zerogpu.py": {"torch"},  # the GPU's name, which ZeroGPU wants to be asked for
    "demo/pages/shown.py": {"gan_models"},  # a process of its own, which tries a checkpoint on the pages
}


@pytest.mark.parametrize("folder", ["faces", "pages", "page", "draw"])
def test_only_the_zoo_makes_networks(folder):
    """What is above the zoo asks it for pictures."""
    for path in listed(f"demo/{folder}", "**/*.py"):
        name, modules = path.relative_to(ROOT).as_posix(), imported(path)
        below = {one for one in modules if one.partition(".")[0] in ("torch", "train", "gan_models")}
        below = {one for one in below if not any(one.startswith(f"gan_models.{known}") for known in WORDS)}
        assert below == ALONE.get(name, set()), name


def test_a_loop_over_files_that_are_not_there_fails():
    with pytest.raises(AssertionError, match="demo/streamlit has no "):
        listed("demo/streamlit", "*.py")
