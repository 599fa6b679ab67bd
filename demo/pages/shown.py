"""Whether the app can show a checkpoint, in a process that knows no training script.

`python -m demo.pages.shown ZOO KEY ...` prints one JSON object, for each key the "pictures" of seeds 0 to 3
[4, H, W, C], or what a translator makes of four pictures of noise, and the "scores" [4] that D gives them. What the app
cannot do with a checkpoint is one sentence on stderr, with exit code 2.
"""

from __future__ import annotations

import json
import sys

import numpy as np

import gan_models
from demo.draw import diagram
from demo.zoo import inspection, teaching
from demo.zoo.entries import Entry
from demo.zoo.zoo import Zoo

SEEDS = range(4)


def shown(zoo: Zoo, key: str) -> dict:
    """What a checkpoint makes in this process, and its scores. ValueError where the app cannot use it."""
    translators = {entry.key: entry for entry in zoo.catalog().translators}
    return translated(translators[key]) if key in translators else drawn(zoo, key)


def translated(entry: Entry) -> dict:
    """What a translator makes of pictures of noise."""
    translator = gan_models.load(entry.folder, discriminator=True)
    size, channels = translator.recipe.given_size, translator.recipe.given_channels
    given = np.random.default_rng(0).integers(256, size=(len(SEEDS), size, size, channels), dtype=np.uint8)
    pictures = translator.translate(given)
    return {"pictures": pictures.tolist(), "scores": translator.score(pictures, given).tolist()}


def drawn(zoo: Zoo, key: str) -> dict:
    """The pictures and scores of a checkpoint, once every page was asked for it. ValueError where one has no answer."""
    gan = gan_models.load(zoo.entry(key).folder, discriminator=True)
    pictures = gan.sample(SEEDS)
    scores = gan.score(pictures, gan.labels_of(list(SEEDS)))
    if (zoo.samples([key], SEEDS)[key] != pictures).any():
        raise ValueError("the app draws other pictures of a seed than gan_models.load(...).sample.")
    look = inspection.inspect(zoo, [key], 0)[key]
    if look.score is None:
        raise ValueError(f"the app has no score of a picture: {look.notes[0]}")
    lesson = teaching.lesson(zoo, key)
    if not lesson.networks:
        raise ValueError(f"the page Learn cannot draw the networks: {' '.join(lesson.notes)}")
    for network, net in zip(lesson.networks, (gan.G, gan.D), strict=True):
        diagram.network(network, gan.recipe.size)
        count = sum(p.numel() for p in net.parameters())
        if network.parameters != count:
            raise ValueError(
                f"the page Learn counts {network.parameters:,} parameters of {network.side}, which has {count:,}: each "
                "must belong to a module that forward() calls, or be used in forward() itself."
            )
    return {"pictures": pictures.tolist(), "scores": scores.tolist()}


def main(argv: list[str]) -> int:
    try:
        zoo = Zoo(argv[0])
        if problems := zoo.problems():
            raise ValueError(problems[0])
        print(json.dumps({key: shown(zoo, key) for key in argv[1:]}))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
