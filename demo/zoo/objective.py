"""What a recipe's two sides minimise, as TeX, and the code that computes it: from the registered functions themselves.

The equations are those of the functions' docstrings, so that page and code cannot say different things. Imports torch
late.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from demo.zoo.changes import Change, changes, differences
from gan_models.recipe import AnyRecipe, TranslatorRecipe


@dataclass(frozen=True)
class Source:
    """One registered function."""

    name: str
    """ "wasserstein" """
    kind: str
    """ "loss", "term of D's loss", "what D is shown" """
    code: str


@dataclass(frozen=True)
class Objective:
    """What is minimised, and by which code."""

    equations: tuple[str, ...]
    """TeX of L_D and of L_G, without dollar signs; () where the loss is in a training script, or does not say them"""
    symbols: tuple[tuple[str, str], ...]
    """(TeX of a symbol in them, what it means)"""
    terms: tuple[str, ...]
    """A line on each term in them, and on how the steps are taken; TeX between dollar signs"""
    sources: tuple[Source, ...]


def of(recipe: AnyRecipe) -> Objective:
    """The objective of a recipe as the engine trains it."""
    named = _functions(recipe)
    loss, known = named[0].fn, {one.name: one for one in named}
    sources = tuple(Source(one.name, one.kind, inspect.getsource(one.fn)) for one in named if one.fn)
    equations = []
    said = loss and all(_equation(loss, side, recipe) for side in "DG")
    for side, weights in _weights(recipe) if said else ():
        made = _shown(tex(_equation(loss, side, recipe)), recipe)
        terms = [
            (f"{w:g} \\cdot " if w != 1 else "") + _shown(_symbol(known[name]), recipe) for name, w in weights.items()
        ]
        equations.append(_broken(made, terms) if terms else made)
    if equations and _labels(recipe) == "projection":
        equations.append(_projection(loss))
    return Objective(tuple(equations), tuple(_symbols(equations, loss, recipe)), tuple(_lines(recipe, named)), sources)


def changed(parent: AnyRecipe, child: AnyRecipe) -> tuple[Change, ...]:
    """`changes.differences`, where the networks are of one kind with their default settings filled in."""
    if parent.network == child.network:
        parent, child = (replace(r, network_args={**_defaults(r.network), **r.network_args}) for r in (parent, child))
    return differences(parent, child)


def _defaults(network: str) -> dict:
    import gan_models.checkpoint  # noqa: F401  (importing it fills the registries)
    from gan_models.registry import NETWORKS, TRANSLATORS

    known = {**NETWORKS, **TRANSLATORS}
    takes = inspect.signature(known[network]).parameters.values() if network in known else ()
    return {p.name: p.default for p in takes if p.default is not p.empty}


TITLES = {
    "classify_real": "classification of real images",
    "classify_fake": "classification of generated images",
    "cycle": "cycle consistency",
    "l1": "L1 distance",
    "l2": "squared distance",
}
"""Titles of terms whose names in a recipe say too little"""


class _Named(NamedTuple):
    """A function that a recipe names; None where it is in a training script of its own."""

    name: str
    kind: str
    fn: Callable | None

    @property
    def title(self) -> str:
        """The name in words. Anyone may write a recipe, so other characters, which could break out of a formula, are
        removed."""
        named = TITLES.get(self.name, self.name.replace("_", " "))
        return re.sub(r"[^\w ]", "", named) or "a term without a name"


def _functions(recipe: AnyRecipe) -> list[_Named]:
    """The loss, then terms and views."""
    import gan_models.checkpoint  # noqa: F401
    from gan_models.registry import LOSSES, PENALTIES, VIEWS

    terms = {name: "term of D's loss" for name in recipe.d_terms}
    terms |= {name: "term of both losses" if name in terms else "term of G's loss" for name in recipe.g_terms}
    return [
        _Named(recipe.loss, "loss", LOSSES.get(recipe.loss)),
        *(_Named(name, kind, PENALTIES.get(name)) for name, kind in terms.items()),
        *(_Named(name, "what D is shown", VIEWS.get(name)) for name in recipe.views),
    ]


# Docstrings -------------------------------------------------------------------------------------------------


def _parts(fn: Callable | None) -> list[str]:
    """The paragraphs of a docstring, lines joined."""
    text = inspect.getdoc(fn) or "" if fn else ""
    return [" ".join(part.split()) for part in text.split("\n\n")]


def _equation(loss: Callable, side: str, recipe: AnyRecipe) -> str:
    """The line "L_D = ..." of a loss's docstring, as the recipe's arguments make it; "" where it has none."""
    lines = [line.strip() for line in (inspect.getdoc(loss) or "").splitlines()]
    made = next((line for line in lines if line.startswith(f"L_{side} = ")), "")
    for new, old in PUTS.findall(" ".join(lines)) if any(recipe.loss_args.values()) else ():
        made = made.replace(f"[{old}]", f"[{new}]")
    return made


PUTS = re.compile(r"puts (.+?) in place of (.+?);")
"""How a loss's docstring says what an argument of it does to the equations"""


def tex(line: str) -> str:
    """An equation of a docstring as TeX: "E[log(1 - D(G(z)))]" -> r"\\mathbb{E}[\\log(1 - D(G(z)))]"."""
    line = re.sub(r"\bE\b(?= ?[\[(|])", r"\\mathbb{E}", line)
    line = re.sub(r"(\\mathbb\{E\}[^+]*?) / 2", r"\\tfrac{1}{2}\1", line)
    line = re.sub(r"\|\|(.*?)\|\|", r"\\lVert \1 \\rVert", line)
    line = re.sub(r"\b(log|exp|max|min)\b", r"\\\1", line)
    return line.replace("grad ", r"\nabla ")


def _told(fn: Callable | None) -> tuple[str, str]:
    """(formula, words) of a penalty's first sentence: "E ||grad D(x)||^2 / 2" and " on real images"."""
    text = re.split(r"(?<!al)[.:] (?=[A-Z]|first|second)", _parts(fn)[0])[0].rstrip(".")
    if not re.match(r"E[ \[(]", text):
        return "", text
    cut = re.search(r", | on ", text)
    return (text[: cut.start()], text[cut.start() :]) if cut else (text, "")


# Symbols ----------------------------------------------------------------------------------------------------

PROBABILITY = "D's probability that a picture is real, between 0 and 1"
SCORE = "D's score of a picture: any number; the higher, the more real D finds it"
SYMBOLS = (
    (r"L_D", "L_D", "what D makes as small as it can"),
    (r"L_G", "L_G", "what G makes as small as it can"),
    (
        r"\\mathbb{E}",
        r"\mathbb{E}",
        "the mean over the pictures of a batch, which estimates the mean over all pictures",
    ),
    (r"\bx\b", "x", "a real picture"),
    (r"x_1", "x_1, x_2", "two real pictures, which D sees together"),
    (r"\bz\b", "z", "a latent: random numbers"),
    (r"G\(z_1", "G(z_1), G(z_2)", "the pictures that G makes of two latents; D sees them together"),
    (r"G\(z\)", "G(z)", "the picture that G makes of the latent z"),
    (r"G\(z, y\)", "G(z, y)", "the picture of class y that G makes of the latent z"),
    (r"\by\b", "y", "a class: of a real picture its label, of a generated one the class that was asked for"),
    (r"D\(", "D", ""),
    (r"\\log", r"\log", "the natural logarithm"),
    (r"\\exp", r"\exp", "the exponential function"),
    (r"\\max\(0", r"\max(0, t)", "the larger of 0 and t"),
    (r"\bu\b", "u", "a random point on the line between a real and a generated picture"),
    (
        r"\\nabla",
        r"\nabla D",
        "the gradient of D's score, before any sigmoid: how much the score changes with each pixel",
    ),
    (r"\\lVert", r"\lVert \nabla D \rVert", "the length of that gradient: how steep D is at this picture"),
    (r"\bf\(x\)", "f(x)", "the features of the picture: the output of D's last layer but one"),
    (r"\bw \\cdot", "w", "the weights of D's last layer, which give the score without a label"),
    (r"\+ b\b", "b", "the bias of D's last layer"),
    (
        r"v_y",
        "v_y",
        "a vector that D learns for class y; its inner product with the features of a picture of this class is high",
    ),
    (r"\\sigma", r"\sigma", "the sigmoid, which turns any number into a probability"),
)
"""(what finds it in an equation, TeX, what it means), in the order in which it is told; what D answers depends on the
loss"""


OF_PICTURES = {
    "x": "a given picture",
    "y": "the truth of x, or without pairs any picture of the wanted domain",
    r"\nabla D": "the gradient of D's score, before any sigmoid: how much the score changes with each pixel",
}
"""The meaning of some of them if G takes a picture"""
MORE_OF_PICTURES = (
    (r"G\(x\)", "G(x)", "the picture that G makes of x"),
    (r"F\(", "F", "the generator of the way back"),
    (r"f_k", "f_k", "the output of level k of D for a picture"),
)


def _symbols(equations: list[str], loss: Callable | None, recipe: AnyRecipe) -> Iterator[tuple[str, str]]:
    """The symbols in the equations, and what they mean."""
    text = " ".join(equations)
    if isinstance(recipe, TranslatorRecipe):
        known = [(pattern, shown, OF_PICTURES.get(shown, meaning)) for pattern, shown, meaning in SYMBOLS]
        table = (*known, *MORE_OF_PICTURES)
    else:
        table = SYMBOLS
    answer = PROBABILITY if getattr(loss, "probability", False) else SCORE
    for pattern, shown, meaning in table:
        if re.search(pattern, text):
            yield shown, meaning or answer


def _labels(recipe: AnyRecipe) -> str:
    """How D is told the class: "projection", "auxiliary", or "" without one."""
    settings = {**_defaults(recipe.network), **recipe.network_args}
    return settings.get("labels", "") if recipe.conditional else ""


def _projection(loss: Callable) -> str:
    """D of a conditional variant by its last layer (gan_models.networks.common.Head)."""
    bias = "" if getattr(loss, "ignores_shift", False) else " + b"
    score = rf"w \cdot f(x){bias} + v_y \cdot f(x)"
    return rf"D(x, y) = \sigma({score})" if getattr(loss, "probability", False) else f"D(x, y) = {score}"


# Text -------------------------------------------------------------------------------------------------------


def _shown(equation: str, recipe: AnyRecipe) -> str:
    """The equation with what D and G are given: labels, or pictures, and views of the images."""
    if isinstance(recipe, TranslatorRecipe):
        beside = "x, " if recipe.d_sees_given else ""
        equation = equation.replace("D(x)", f"D({beside}y)").replace("D(G(z))", f"D({beside}G(x))")
        return re.sub(r"D\(((?:x, )?(?:y|G\(x\)))\)", r"D(v(\1))", equation) if _of_both(recipe) else equation
    if recipe.conditional:
        equation = equation.replace("G(z)", "G(z, y)")
        if _labels(recipe) == "projection":
            equation = equation.replace("D(x)", "D(x, y)").replace("D(G(z, y))", "D(G(z, y), y)")
    if recipe.network_args.get("d_pack", 1) == 2:
        equation = equation.replace("D(x)", "D(x_1, x_2)").replace("D(G(z))", "D(G(z_1), G(z_2))")
    if _of_both(recipe):
        equation = re.sub(r"D\((x|G\(z(?:, y)?\))", r"D(v(\1)", equation)
    return equation


def _of_both(recipe: AnyRecipe) -> dict[str, float]:
    """The views through which D sees generated images as well: one that only real images have augments the data, and
    is no part of the equations."""
    from gan_models.registry import VIEWS

    return {name: by for name, by in recipe.views.items() if not getattr(VIEWS.get(name), "real_only", False)}


def _broken(equation: str, terms: list[str]) -> str:
    """ "L_D = ..." and each of its terms on a line of its own, for narrow screens."""
    lines = [equation.replace(" = ", " &= ", 1), *(rf"&\quad + {term}" for term in terms)]
    return r"\begin{aligned} " + r" \\ ".join(lines) + r" \end{aligned}"


def lines(objective: str) -> list[str]:
    """A recipe's objective, whose parts stand apart by a \\quad, as one line each where that leaves whole formulas."""
    parts = [part.strip(" ,;") for part in re.split(r"\\q?quad\b", objective)]
    whole = all(part and part.count("{") == part.count("}") and r"\begin" not in part for part in parts)
    return parts if whole else [objective]


def _symbol(term: _Named) -> str:
    """A penalty inside an equation: its own formula, or its name."""
    return tex(_told(term.fn)[0]) or rf"\text{{{term.title}}}"


def _lines(recipe: AnyRecipe, named: list[_Named]) -> Iterator[str]:
    """One line each on the loss's arguments, the terms, what D is shown, and the steps."""
    if named[0].fn:
        yield from _arguments(recipe, named[0].fn)
    for one in named:
        weighs = [f"{w[one.name]:g} in {side}'s" for side, w in _weights(recipe) if one.name in w]
        if one.fn is None:
            yield f"{one.title} ({one.kind}) is defined in a training script, which the app does not have."
        elif weighs:
            formula, words = _told(one.fn)
            told = f"${tex(formula)}$" if formula else ""
            words = words if formula else words[:1].lower() + words[1:]
            yield (
                f"{one.title[0].upper()}{one.title[1:]}, which has the weight {' and '.join(weighs)} loss: "
                f"{told}{words}."
            )
    bare, both = replace(recipe, views={}, schedule={}), _of_both(recipe)
    if both:
        views = "; then ".join(changes(bare, replace(bare, views=both))).replace("$", "")
        yield f"$v$ stands for what D is shown in place of an image, real or generated: {views}."
    if only := {name: strength for name, strength in recipe.views.items() if name not in both}:
        text = "; ".join(changes(bare, replace(bare, views=only))).replace("$", "")
        yield f"{text[0].upper()}{text[1:]}, before D sees them."
    if isinstance(recipe, TranslatorRecipe):
        yield from _of_translators(recipe)
    if recipe.weight_clip:
        yield f"After each step of D, every weight of D is clipped to ±{recipe.weight_clip:g}."
    if recipe.critic_steps > 1:
        yield f"{recipe.critic_steps} steps of D for each step of G."
    if recipe.lazy > 1:
        yield (
            f"A penalty on D's slope is computed at only one in {recipe.lazy} steps of D, with {recipe.lazy} times "
            "its weight."
        )
    if recipe.schedule:
        text = "; ".join(changes(bare, replace(bare, schedule=recipe.schedule))).replace("$", "")
        yield f"{text[0].upper()}{text[1:]}."


def _of_translators(recipe: TranslatorRecipe) -> Iterator[str]:
    """A line each on what only a translator has."""
    if recipe.cycle:
        yield (
            "The losses of both directions are added: the way back has the same terms, with $F$ in place of $G$ and "
            "with $x$ and $y$ exchanged."
        )
    if recipe.adversarial != 1:
        yield f"The part of G's loss that comes from D has the weight {recipe.adversarial:g}."
    if recipe.pool:
        yield f"D is also shown {recipe.pool} pictures that G made earlier, so that it does not forget them."
    yield "D judges patches: each number of its answer is about one part of the picture, and the loss takes their mean."


def _weights(recipe: AnyRecipe):
    return (("D", recipe.d_terms), ("G", recipe.g_terms))


def _arguments(recipe: AnyRecipe, loss: Callable) -> Iterator[str]:
    """Arguments of the loss that are in its equations or were set, and what the docstring says of them."""
    used = " ".join(_equation(loss, side, recipe) for side in "DG")
    takes = list(inspect.signature(loss).parameters.values())[2:]
    shown = [p for p in takes if p.name in recipe.loss_args or re.search(rf"\b{p.name}\b", used)]
    if shown:
        values = ", ".join(f"{p.name} = {recipe.loss_args.get(p.name, p.default):g}" for p in shown)
        about = PUTS.sub(lambda m: f"puts ${tex(m[1])}$ in place of ${tex(m[2])}$;", " ".join(_parts(loss)[2:]))
        about = re.sub(r"\bL_([DG])\b", r"$L_\1$", about).replace("chi^2", r"$\chi^2$")
        yield f"{values}: {about.removeprefix(f'{shown[0].name}: ')}"
