"""The settings of one variant in the playground: controls that edit a lane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from demo.page import Button, Choice, Control, Item, Row, State
from demo.page.lazy import Lazy

if TYPE_CHECKING:
    from demo.zoo.playground.lanes import Lane
    from demo.zoo.playground.settings import Contestant, Settings
    from demo.zoo.zoo import Zoo

play, known_lanes, lineups = (Lazy(f"demo.zoo.playground{name}") for name in ("", ".lanes", ".lineup"))
registry = Lazy("gan_models.registry")

OWN, NONE = "as the recipe has it", "none"
RATES = (0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.004, 0.01)
NORMS = {"none": "none", "BatchNorm": "batch", "Spectral norm": "spectral"}


def offered(s: State, lanes: Sequence[Lane]) -> dict[str, str]:
    """{title: variant} that can be trained; those of a story are shown without their checkpoint too."""
    known = lineups.recipes(s.catalog)
    titles = {recipe.title or name: name for name, recipe in known.items()}
    return titles | {lane.variant: lane.variant for lane in lanes if lane.variant not in known}


def said(s: State, name: str) -> dict[Any, str]:
    """What the screen calls the options of a control: 0.00005 is no 5e-05, and words have spaces."""
    options = s.offers[name] or {}
    return {
        value: np.format_float_positional(value, trim="-") if isinstance(value, float) else text.replace("_", " ")
        for text, value in options.items()
    }


def controls(lanes_of: Callable[[State], tuple[Lane, ...]], settings_of: Callable[[State], Settings]) -> list[Item]:
    """lanes_of, settings_of: what is lined up now."""

    def at(s: State) -> int:
        return min(s["tune"] or 0, len(lanes_of(s)) - 1)

    def now(zoo: Zoo, s: State) -> Contestant | None:
        """The lane that is edited, as it would be trained; None where it cannot be."""
        try:
            lane = lanes_of(s)[at(s)]
            return known_lanes.small(lineups.recipes(s.catalog)[lane.variant], settings_of(s), lane)
        except (ValueError, KeyError):
            return None

    def changed(s: State, **changes: Any) -> dict[str, str]:
        lanes = list(lanes_of(s))
        lanes[at(s)] = lanes[at(s)].changed(**changes)
        return {"lanes": known_lanes.write(lanes)}

    def setting(name: str, label: str, read: Callable[[Contestant], Any], options: Any, **more: Any) -> Choice:
        """A change that has a value of its own. options: values, or {text: value}; the present one is among them."""

        def offers(zoo: Zoo, s: State) -> Any:
            made = now(zoo, s)
            if made is None:
                return {}
            if isinstance(options, dict) or isinstance(read(made), str):
                return options() if callable(options) else options
            return sorted({*options, read(made)})

        def first(zoo: Zoo, s: State) -> Any:
            made = now(zoo, s)
            return None if made is None else read(made)

        return Choice(
            f"tune_{name}", label, first, linked=False, way="menu", options=offers,
            titles=lambda s: said(s, f"tune_{name}"), sets=lambda s, value: changed(s, **{name: value}), **more,
        )  # fmt: skip

    def rate(side: str) -> Choice:
        def read(made: Contestant) -> float:
            return getattr(made.recipe, f"{side}_optimizer")["lr"]

        return setting(f"{side}_lr", f"Learning rate of {side.upper()}", read, RATES)

    def penalty(zoo: Zoo, s: State) -> str | None:
        """The only penalty of D that was changed, or that there is one of the recipe's."""
        terms = lanes_of(s)[at(s)].changes.get("d_terms")
        return OWN if terms is None else next(iter(terms), NONE)

    def penalties(zoo: Zoo, s: State) -> list[str]:
        fits = [name for name in registry.PENALTIES if name in ("r1", "r2", "gradient_penalty")]
        return [OWN, NONE, *fits] if now(zoo, s) else []

    def set_penalty(s: State, name: str) -> dict:
        return changed(s, d_terms=None if name == OWN else {} if name == NONE else {name: weight(None, s) or 1.0})

    def weight(_: Any, s: State) -> float | None:
        terms = lanes_of(s)[at(s)].changes.get("d_terms") or {}
        return next(iter(terms.values()), None)

    def weights(zoo: Zoo, s: State) -> list[float]:
        present = weight(zoo, s)
        return [] if present is None else sorted({0.01, 0.1, 1.0, 10.0, present})

    def set_weight(s: State, value: float) -> dict:
        terms = lanes_of(s)[at(s)].changes.get("d_terms") or {}
        return changed(s, d_terms={name: value for name in terms})

    def copied(zoo: Zoo, s: State) -> dict:
        lanes = list(lanes_of(s))
        lanes.insert(at(s) + 1, lanes[at(s)])
        return {"lanes": known_lanes.write(lanes), "tune": at(s) + 1}

    def removed(zoo: Zoo, s: State) -> dict:
        lanes = [lane for i, lane in enumerate(lanes_of(s)) if i != at(s)]
        return {"lanes": known_lanes.write(lanes), "tune": 0}

    def titles(s: State) -> dict[int, str]:
        known = lineups.recipes(s.catalog)
        return {i: lane.title(known) for i, lane in enumerate(lanes_of(s))}

    tune: Control = Choice(
        "tune", "Variant to change", 0, linked=False, way="menu", titles=titles,
        options=lambda zoo, s: {str(i + 1): i for i in range(len(lanes_of(s)))},
    )  # fmt: skip
    return [
        Row(
            tune,
            Button("Add a copy of it", copied, when=lambda s: len(lanes_of(s)) < play.MOST_VARIANTS),
            Button("Remove it", removed, when=lambda s: len(lanes_of(s)) > 1),
            Button("Undo its changes", lambda zoo, s: _plain(lanes_of(s), at(s)),
                   when=lambda s: bool(lanes_of(s)[at(s)].changes)),
        ),
        Row(
            rate("g"),
            rate("d"),
            setting("critic_steps", "D steps per G step", lambda c: c.recipe.critic_steps, (1, 2, 5, 10)),
            setting("loss", "Loss", lambda c: c.recipe.loss, lambda: list(registry.LOSSES)),
        ),
        Row(
            Choice("tune_penalty", "Penalty on D", penalty, linked=False, way="menu", options=penalties,
                   titles=lambda s: said(s, "tune_penalty"), sets=set_penalty),
            Choice("tune_weight", "Weight of the penalty", weight, linked=False, way="menu", options=weights,
                   titles=lambda s: said(s, "tune_weight"), sets=set_weight),
            setting("weight_clip", "Clip D's weights at", lambda c: c.recipe.weight_clip,
                    (0.0, 0.01, 0.03, 0.1, 0.3, 1.0), help="0: no clipping."),
        ),
        Row(
            setting("noise", "Noise on what D sees", lambda c: c.recipe.views.get("instance_noise", 0.0),
                    (0.0, 0.1, 0.3, 0.6, 1.0)),
            setting("norm", "Norm in D", lambda c: c.norm, NORMS),
            setting("g_norm", "Norm in G", lambda c: c.g_norm, {k: v for k, v in NORMS.items() if v != "spectral"}),
            setting("dropout", "Dropout in D", lambda c: c.dropout, (0.0, 0.1, 0.3, 0.5)),
        ),
    ]  # fmt: skip


def _plain(lanes: Sequence[Lane], at: int) -> dict:
    return {
        "lanes": known_lanes.write(
            [known_lanes.Lane(lane.variant, {}) if i == at else lane for i, lane in enumerate(lanes)]
        )
    }
