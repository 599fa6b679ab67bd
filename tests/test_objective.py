"""The objective on a page of Learn: equations from docstrings, each symbol explained, and the code behind them."""

import inspect
import re
from dataclasses import replace

import pytest
import torch

import train
from demo.zoo import objective
from gan_models import Recipe
from gan_models.registry import LOSSES, PENALTIES

RECIPES = train.recipes()


def computed(line: str, real: torch.Tensor, fake: torch.Tensor, **arguments: float) -> float:
    """What an equation of a docstring comes to: D(x) and D(G(z)) are these."""
    code = line.partition(" = ")[2].replace("[", "(").replace("]", ")").replace("^", "**")
    code = re.sub(r"log (D\((?:x|G\(z\))\))", r"log(\1)", code)
    code = re.sub(r"(?<=[s)]) (?=log)", " * ", code)
    names = {"E": torch.mean, "D": lambda x: x, "G": lambda z: fake, "x": real, "z": None, "log": torch.log}
    names |= {"exp": torch.exp, "max": lambda low, t: t.clamp(min=low), **arguments}
    return eval(code, {"__builtins__": {}}, names).item()


@pytest.mark.parametrize("name", LOSSES)
def test_the_equations_on_the_page_are_what_the_loss_computes(name):
    real, fake = torch.tensor([0.3, -1.2, 2.0]), torch.tensor([0.7, -0.4, -1.5])
    loss, smooth = LOSSES[name], {}
    if "smooth" in inspect.signature(loss).parameters:  # on probabilities
        smooth, judged = {"smooth": 0.1}, (real.sigmoid(), fake.sigmoid())
    else:
        judged = (real, fake)
    for given in ({}, smooth):
        recipe = Recipe("a", loss=name, loss_args=given)
        symbols = {"s": given.get("smooth", 0), "a": 0.0, "b": 1.0, "c": 1.0}
        for side, value in zip("DG", loss(real, fake, **given), strict=True):
            line = objective._equation(loss, side, recipe)
            assert computed(line, *judged, **symbols) == pytest.approx(value.item(), abs=1e-6), line
    assert all(e.startswith(f"L_{side} = ") for side, e in zip("DG", objective.of(recipe).equations, strict=True))


def test_docstrings_become_tex():
    assert objective.tex("L_D = -E[log D(x)] - E[log(1 - D(G(z)))]") == (
        r"L_D = -\mathbb{E}[\log D(x)] - \mathbb{E}[\log(1 - D(G(z)))]"
    )
    assert objective.tex("E ||grad D(x)||^2 / 2") == r"\tfrac{1}{2}\mathbb{E} \lVert \nabla D(x) \rVert^2"
    two = objective.tex("E[(D(x) - b)^2] / 2 + E[(D(G(z)) - a)^2] / 2")
    assert two == r"\tfrac{1}{2}\mathbb{E}[(D(x) - b)^2] + \tfrac{1}{2}\mathbb{E}[(D(G(z)) - a)^2]"


def test_the_objectives_of_some_variants():
    penalised = objective.of(RECIPES["wgan_gp"])
    assert penalised.equations == (
        r"\begin{aligned} L_D &= \mathbb{E}[D(G(z))] - \mathbb{E}[D(x)] \\ "
        r"&\quad + 10 \cdot \mathbb{E} (\lVert \nabla D(u) \rVert - 1)^2 \end{aligned}",
        r"L_G = -\mathbb{E}[D(G(z))]",
    )
    assert penalised.terms == (
        r"Gradient penalty, which has the weight 10 in D's loss: $\mathbb{E} (\lVert \nabla D(u) \rVert - 1)^2$, u "
        "uniform on the line between a real and a generated image.",
        "5 steps of D for each step of G.",
    )
    told = objective.of(RECIPES["cgan"]).equations
    assert told[0] == r"L_D = -\mathbb{E}[\log D(x, y)] - \mathbb{E}[\log(1 - D(G(z, y), y))]"
    guessed = objective.of(RECIPES["acgan"])
    assert r"- \mathbb{E}[\log(1 - D(G(z, y)))]" in guessed.equations[0]  # D is not told
    assert r"+ 0.2 \cdot \text{classification of generated images}" in guessed.equations[0]
    assert guessed.equations[1].endswith(r"&\quad + \text{classification of generated images} \end{aligned}")
    smooth = objective.of(RECIPES["dcgan_smoothing"])
    assert r"[(1 - s) \log D(v(x)) + s \log(1 - D(v(x)))]" in smooth.equations[0]
    assert smooth.terms[0].startswith("smooth = 0.1: s in [0, 1)")
    assert "clipped to ±0.01" in " ".join(objective.of(RECIPES["wgan"]).terms)
    lazy = objective.of(RECIPES["stylegan2"]).terms
    assert "A penalty on D's slope is computed at only one in 16 steps of D, with 16 times its weight." in lazy


def test_a_view_of_real_images_alone_is_no_part_of_the_equations():
    plain = RECIPES["dcgan"]
    made = objective.of(replace(plain, views={"mirror": 1.0}))
    assert made.equations == objective.of(plain).equations
    assert "Real pictures mirrored left to right at random, before D sees them." in made.terms
    both = objective.of(replace(plain, views={"instance_noise": 0.1, "mirror": 1.0})).terms
    (shown,) = [term for term in both if term.startswith("$v$")]
    assert "mirror" not in shown


@pytest.mark.parametrize("recipe", train.everything().values(), ids=lambda recipe: recipe.name)
def test_no_word_of_a_sentence_stands_in_a_formula(recipe):
    made = objective.of(recipe)
    formulas = [*made.equations, *re.findall(r"\$([^$]*)\$", " ".join(made.terms))]
    for formula in formulas:
        bare = re.sub(r"\\text\{[^}]*\}|\\[a-zA-Z]+|\{aligned\}", " ", formula)
        assert not re.search(r"[A-Za-z]{2,}", bare), formula


@pytest.mark.parametrize("name", ["cgan", "r3gan_conditional"])
def test_every_symbol_of_a_projection_is_explained(name):
    told = {symbol for symbol, _ in objective.of(RECIPES[name]).symbols}
    assert {"w", "f(x)", "v_y"} <= told and ("b" in told) is (name == "cgan")


@pytest.mark.parametrize("name", RECIPES)
def test_the_code_is_that_of_the_registered_functions(name):
    recipe = RECIPES[name]
    shown = {source.name: source.code for source in objective.of(recipe).sources}
    assert shown.pop(recipe.loss) == inspect.getsource(LOSSES[recipe.loss])
    for term in {**recipe.d_terms, **recipe.g_terms}:
        assert shown.pop(term) == inspect.getsource(PENALTIES[term])
    assert list(shown) == list(recipe.views)
    parts = objective.lines(recipe.objective)
    assert all(part.count("{") == part.count("}") and "quad" not in part for part in parts)


def test_a_loss_of_a_training_script_is_named_and_nothing_of_it_leaves_its_formula():
    odd = {"odd$ ![x](http://a.b)": 2.0}
    made = objective.of(Recipe("a", loss="mine", d_terms=odd, views=odd, schedule={name: [1, 0] for name in odd}))
    assert made.equations == () and made.sources == ()
    assert "mine (loss) is defined in a training script" in made.terms[0]
    assert not set("$!(){}[]") & set(made.terms[1].replace("(term of D's loss)", ""))
    assert [term.count("$") for term in made.terms[2:]] == [0, 2, 0]  # of "$v$"


def test_a_loss_that_does_not_say_its_equations_shows_its_code(monkeypatch):
    def quiet(real, fake):
        """Something."""

    monkeypatch.setitem(LOSSES, "quiet", quiet)
    made = objective.of(Recipe("a", loss="quiet"))
    assert made.equations == () and "Something" in made.sources[0].code


def test_changes_of_equal_networks_name_the_parents_defaults():
    rows = {c.setting: (c.before, c.after) for c in objective.changed(RECIPES["wgan"], RECIPES["wgan_gp"])}
    assert rows == {
        "normalisation in D": ("BatchNorm", "none"),
        "gradient penalty on D": ("–", "10"),
        "clipping of D's weights": ("0.01", "–"),
        "optimiser of G and D": ("RMSprop (lr 5e-05)", "Adam (lr 0.0001, betas 0, 0.9)"),
    }
    assert objective.changed(RECIPES["gan"], RECIPES["gan"]) == ()
