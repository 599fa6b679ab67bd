"""In which settings a variant differs from its parent, in words that need no source code. From recipes alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from gan_models.recipe import WORDS, AnyRecipe

WORDS_FOR = {
    "loss_args.smooth": "label smoothing|label smoothing of {}",
    "network": "networks",
    "network_args.g_side": "pixels on a side of G's smallest maps",
    "network_args.d_side": "pixels on a side of D's smallest maps",
    "network_args.g_leaky": "LeakyReLU in G",
    "network_args.g_dropout": "dropout in G",
    "network_args.d_dropout": "dropout in D",
    "network_args.d_norm": "normalisation in D",
    "network_args.d_norm_first": "normalisation behind D's first layer as well",
    "network_args.d_spectral": "spectral norm on every layer of D",
    "network_args.d_pack": "pictures that D judges at once",
    "network_args.labels": "labels in D",
    "views.diff_augment": "random shifts|random shifts of the pictures that D sees (DiffAugment, strength {})",
    "views.instance_noise": "fading noise on the pictures that D sees"
    "|fading noise on the pictures that D sees (standard deviation {} at the start)",
    "views.constant_noise": "noise on the pictures that D sees"
    "|noise on the pictures that D sees (standard deviation {})",
    "views.image_smoothing": "fading blur of the pictures that D sees"
    "|fading blur of the pictures that D sees (standard deviation at the start, in pixels: {})",
    "views.mirror": "mirroring of real pictures|real pictures mirrored left to right at random",
    "d_terms.gradient_penalty": "gradient penalty on D|gradient penalty on D (weight {})",
    "d_terms.r1": "R1|penalty on D's slope at real images (R1, weight {})",
    "d_terms.r2": "R2|penalty on D's slope at generated images (R2, weight {})",
    "d_terms.classify_real": "classes in D's loss|D names the class of real images (weight {})",
    "d_terms.classify_fake": "generated classes in D's loss|D names the class of generated images (weight {})",
    "g_terms.classify_fake": "classes in G's loss|G is rewarded where D recognises the class (weight {})",
    "weight_clip": "clipping of D's weights|D's weights clipped to ±{}",
    "z_dim": "numbers in a latent",
    "conditional": "labels|G and D are told the class",
    "g_terms.l1": "L1 distance to the truth|L1 distance to the truth (weight {})",
    "g_terms.l2": "squared distance to the truth|squared distance to the truth (weight {})",
    "g_terms.feature_matching": "distance of D's features|distance of D's features to those of the truth (weight {})",
    "g_terms.cycle": "cycle consistency|the way there and back must restore the picture (weight {})",
    "g_terms.identity": "identity|a picture of the wanted domain must stay unchanged (weight {})",
    "cycle": "two directions without pairs|two directions, there and back, without pairs",
    "d_sees_given": "the given picture as input of D|D sees the given picture as well",
    "adversarial": "weight of D's part in G's loss",
    "pool": "pool of earlier pictures|a pool of {} earlier pictures of G, which D is shown again",
    "ema_half_life": "averaging of G|half-life of G's average: {} images",
    "lazy": "D steps from one gradient penalty to the next",
    "schedule.lr": "scheduled learning rates|learning rates over the run: factors {}",
    "schedule.beta2": "scheduled beta2|Adam's beta2 over the run: factors {}",
    "schedule.ema_half_life": "scheduled averaging|half-life of G's average over the run: factors {}",
}
"""Field, or field.name, of a recipe -> what it is called | how it is told with its value, "called: {}" where this is
all. What is not in here goes by its own name"""
NAMES = {
    "non_saturating": "non-saturating", "wasserstein": "Wasserstein", "mlp": "fully connected",
    "dcgan": "convolutional (DCGAN)", "resnet": "residual", "stylegan2": "StyleGAN2", "r3gan": "R3GAN", "unet": "U-Net",
    "resnet_translator": "residual", "srresnet": "residual (SRResNet)", "auxiliary": "auxiliary classifier",
    "batch": "BatchNorm",
}  # fmt: skip
"""Values of settings, where readers call them otherwise"""
ELSEWHERE = ("class_names", "batch", "size", "channels", "domains", "given_size", "given_channels", "rule")
"""Fields that come from the data, or that make two trainings unlike (gan_models.conditions)"""


@dataclass(frozen=True)
class Change:
    """One setting that differs from the parent's."""

    phrase: str
    """ "loss: least squares instead of non-saturating" """
    setting: str
    """ "loss" """
    before: str
    """The parent's value, "–" where it is off"""
    after: str


def changes(parent: AnyRecipe, child: AnyRecipe) -> tuple[str, ...]:
    """One phrase per setting of `child` that differs from its parent's: "loss: least squares instead of
    non-saturating"."""
    return tuple(change.phrase for change in differences(parent, child))


def differences(parent: AnyRecipe, child: AnyRecipe) -> tuple[Change, ...]:
    """The settings of `child` that differ from its parent's.

    If the kind of network differs, all of its settings are listed, since they have no counterpart.
    """
    return tuple(_all(parent, child))


def _all(parent: AnyRecipe, child: AnyRecipe) -> Iterator[Change]:
    for f in fields(child):
        before, after = getattr(parent, f.name, None), getattr(child, f.name)
        if before == after or f.name in (*WORDS, *ELSEWHERE, "g_optimizer", "d_optimizer"):
            continue
        if f.name == "critic_steps":
            share = f"{before}/{after} of" if before < after else f"{before / after:g} times"
            rest = f"with the same number of images, G makes {share} the steps"
            phrase = f"{after} D step{'s' * (after > 1)} per G step instead of {before}: {rest}"
            yield Change(phrase, "D steps per G step", str(before), str(after))
        elif isinstance(after, dict):
            had = before if f.name != "network_args" or parent.network == child.network else {}
            for name in dict.fromkeys((*after, *had)):
                if after.get(name) != had.get(name) and (f.name, name) != ("network_args", "width"):
                    yield _change(f"{f.name}.{name}", had.get(name), after.get(name))
        else:
            yield _change(f.name, before, after)
    sides = [side for side in "GD" if _optimizer(parent, side) != _optimizer(child, side)]
    alike = len({(_optimizer(parent, side), _optimizer(child, side)) for side in sides}) == 1
    for names, side in [(" and ".join(sides), sides[0])] if alike else [(side, side) for side in sides]:
        before, after, setting = _optimizer(parent, side), _optimizer(child, side), f"optimiser of {names}"
        yield Change(f"{setting}: {after} instead of {before}", setting, before, after)


def _change(name: str, before: Any, after: Any) -> Change:
    """before, after: None, False and 0 are "not there"."""
    field, _, own = name.partition(".")
    noun, _, told = WORDS_FOR.get(name, own or field).replace("_", " ").partition("|")
    if not told and field == "schedule":
        noun = WORDS_FOR.get(f"d_terms.{own}", noun).partition("|")[0]
        noun, told = f"scheduled {noun}", f"weight of {noun} over the run: factors {{}}"
    before, after = (_factors(value) if value and field == "schedule" else value for value in (before, after))
    values = tuple("yes" if value is True else _value(value) if value else "–" for value in (before, after))
    if not after:
        return Change(f"without {noun}", noun, *values)
    if after is True:
        return Change(told or noun, noun, *values)
    now = (told or f"{noun}: {{}}").replace("{}", _value(after))
    return Change(f"{now} instead of {_value(before)}" if before else now, noun, *values)


def _factors(rule: list) -> str:
    """[1, 0.1, "cosine"] -> "1 to 0.1 (cosine)"."""
    first, last, *shape = rule
    return " to ".join(map(_value, (first, last))) + "".join(f" ({one})" for one in shape)


def _value(value: Any) -> str:
    if isinstance(value, int | float):
        return f"{value:,}" if isinstance(value, int) else f"{value:g}"
    return (
        ", ".join(map(_value, value))
        if isinstance(value, list | tuple)
        else NAMES.get(value, str(value).replace("_", " "))
    )


def _optimizer(recipe: AnyRecipe, side: str) -> str:
    """ "Adam (lr 0.0002, betas 0.5, 0.999)"."""
    settings = dict(getattr(recipe, f"{side.lower()}_optimizer"))
    name = settings.pop("name", "none")
    parts = [f"{k} {_value(v)}" for k, v in settings.items()]
    return f"{name} ({', '.join(parts)})" if parts else str(name)
