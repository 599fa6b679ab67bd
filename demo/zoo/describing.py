"""What is said of a checkpoint under its pictures, and the real pictures to set beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from demo.zoo import distances
from demo.zoo.checks import first_class
from demo.zoo.entries import Label, stated
from demo.zoo.figures import finite
from demo.zoo.finding import Finder
from demo.zoo.seeds import MOST_PICTURES
from demo.zoo.words import budget_text, class_text, count, dataset_title, seeds_text
from gan_models import real
from gan_models.recipe import AnyRecipe, TranslatorRecipe

if TYPE_CHECKING:
    from demo.zoo.evolution import Moment
    from demo.zoo.styles import Mixed


class Describer(Finder):
    """Facts and captions of the checkpoints that were found. No torch."""

    def facts(self, key: str) -> dict[str, Any]:
        """What stands under a picture, as plain JSON.

        key, title, variant, year, paper, parent, summary, objective (TeX), dataset, dataset_title, size
        (pixels per side), classes (names, may be empty), styled (whether it has styles to mix), images (of training),
        parameters (of G), discriminator_parameters, device, seconds (of training), width (of the networks, as the
        recipe gives it), multiply_adds (of G for one picture), budget (images, width and multiply-adds as
        `words.budget_text`), quality ("FD-mnist-cnn 12.3 ± 0.2
        (floor 0.86, n = 10,000 against 10,000 real)"), distance (the same in parts, see `distances.distance`), hub
        ("user/repo@commit" where it came from there). A fact that the folder does not give is None. Of a checkpoint of
        either kind.
        """
        entry = self.entry(key, kind=AnyRecipe)
        quality, distance = self.over(
            [entry], lambda _: (distances.headline(self.files, entry), distances.distance(self.files, entry))
        )
        cost = self.over([entry], lambda _: self.files.metrics(entry.folder).cost)
        facts = {**stated(entry), "multiply_adds": finite(cost.get("multiply_adds_per_picture"), 0)}
        budget = budget_text(facts["images"], facts["width"], facts["multiply_adds"])
        return {**facts, "budget": budget, "quality": quality, "distance": distance, "hub": entry.hub or None}

    def caption(
        self,
        key: str,
        seeds: Sequence[int] | str = (),
        label: Label | None = None,
        then: Sequence[Label] = (),
        unlabelled: str = "classes in turn",
        truncation: float = 1.0,
        moment: Moment | None = None,
        whole: int | None = None,
    ) -> str:
        """One line under a picture: variant, data set, seeds, label, truncation where there is some, images of
        training, parameters, measured quality.

        seeds: a text stands for itself. label: None says `unlabelled`. then: the further labels of a path.
        Unconditional variants have neither.
        moment: the picture is of that one, and not of the trained model whose quality was measured.
        whole: the pictures are of all moments of a training of so many images.
        """
        facts = self.facts(key)
        seeds = seeds if isinstance(seeds, str) else seeds_text(seeds)
        recipe = self.entry(key, kind=AnyRecipe).recipe
        if isinstance(recipe, TranslatorRecipe):  # it takes no seeds
            seeds = " → ".join(recipe.domains)
        parts = [facts["title"], facts["dataset_title"], *([seeds] if seeds else [])]
        if facts["classes"]:
            way = [] if label is None else [class_text(facts["classes"], one) for one in (label, *then)]
            way = [name for i, name in enumerate(way) if not i or name != way[i - 1]]
            parts.append("class " + " to ".join(way) if way else unlabelled)
        if truncation != 1:
            parts.append(f"truncation {truncation:g}")
        if moment:
            shown = f"{count(moment.images)} of {count(moment.total)} images shown"
            parts.append(f"{shown}, where it ended" if moment.ended else shown)
        elif whole is not None:
            parts.append(f"{count(whole)} images shown in all")
        elif facts["images"] is not None:
            parts.append(f"{count(facts['images'])} images shown")
        if facts["parameters"] is not None:
            parts.append(f"{count(facts['parameters'])} parameters")
        if facts["quality"] is not None and not moment and whole is None:
            parts.append(facts["quality"])
        return " · ".join(parts)

    def path_caption(
        self,
        key: str,
        seeds: Sequence[int],
        labels: Label | Sequence[Label] | None = None,
        truncation: float = 1.0,
    ) -> str:
        """`caption` for what `interpolate` draws from the same arguments."""
        entry = self.entry(key)
        labels = first_class(entry, seeds, labels) if entry.classes else labels
        first, *then = labels if isinstance(labels, list | tuple) else [labels]
        return self.caption(key, list(dict.fromkeys(seeds)), first, then, truncation=truncation)

    def mix_caption(self, key: str, mixed: Mixed, label: Label | None = None, truncation: float = 1.0) -> str:
        """`caption` for what `mix` drew, with the same label and truncation."""
        entry = self.entry(key)
        label = first_class(entry, mixed.rows, label) if entry.classes else None
        seeds = f"rows {seeds_text(mixed.rows)}, columns {seeds_text(mixed.columns)}: {mixed.words}"
        return self.caption(key, seeds, label, truncation=truncation)

    # Real pictures ------------------------------------------------------------------------------------------

    def real_samples(self, dataset: str, n: int, label: Label | Sequence[Label] | None = None) -> np.ndarray | None:
        """Real pictures to set beside the generated ones: uint8 [n, H, W, C], always the same ones.

        label: one class (index or name) for all, or a list of n classes; None takes them as the file has
        them: classes in turn. Where n is larger than the file holds, pictures come again. None where the zoo
        has no pictures of this data set (`<dataset>/real.png` and `real.json`), or none of an asked class.
        """
        if not 1 <= n <= MOST_PICTURES:
            raise ValueError(f"The number of pictures is from 1 to {MOST_PICTURES:,}, not {n:,}.")
        shown = self.real(dataset)
        if shown is None:
            return None
        tiles, labels, names = shown.pictures, shown.labels, shown.class_names
        if label is None:
            return tiles[np.arange(n) % len(tiles)]
        wanted = list(label) if isinstance(label, list | tuple) else [label] * n
        if len(wanted) != n:
            raise ValueError(f"There are {n} pictures and {len(wanted)} labels; there must be one label per picture.")
        wanted = [names.index(w) if w in names else w for w in wanted]
        places = {w: [i for i, of in enumerate(labels) if of == w] for w in wanted}
        if not all(places.values()):
            return None
        taken = dict.fromkeys(places, 0)
        rows = []
        for w in wanted:
            rows.append(places[w][taken[w] % len(places[w])])
            taken[w] += 1
        return tiles[rows]

    def real_caption(self, dataset: str) -> str:
        """`caption` for `real_samples`: whether some network was trained on them depends on the split."""
        shown = self.real(dataset)
        held_out = shown is not None and shown.split == "test"
        about = "test images, which no network was trained on" if held_out else "images of the training data"
        return f"Real data · {dataset_title(dataset)} · {about}"

    def real(self, dataset: str) -> real.Real | None:
        """Real pictures of a data set, to be shown: this zoo's, else those of the shipped one."""
        return next((found for root in self.roots if (found := real.read(root, dataset))), None)
