"""The questions that programs may ask: typed endpoints for gradio_client, plain HTTP and MCP.

Whatever their arguments are has the annotated type already when they come here: `demo.faces.host` sees to it.
"""

# No `from __future__ import annotations` here: gr.api reads the types of the endpoints as they stand.
import math
import re
from collections.abc import Callable
from dataclasses import asdict
from inspect import getdoc
from typing import Literal

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from demo.draw import compose
from demo.draw import styles as drawn_styles
from demo.draw.evolution import animation as animated
from demo.faces.host import DRAW, FETCH, READ
from demo.zoo import ablation as ablations
from demo.zoo import evolution as evolutions
from demo.zoo import inspection, styles, teaching
from demo.zoo import leaderboard as leaderboards
from demo.zoo.evolution import Moment
from demo.zoo.seeds import check_seeds
from demo.zoo.zoo import Zoo

KINDS = {"animation": "gif", "film": "webp"}
"""Files that are no PNG, where they do not say themselves what they are"""
MOST = 256
"""Pictures that one call draws, of all variants together: everyone who looks shares the machine"""


def at_most(pictures: int) -> None:
    if pictures > MOST:
        raise ValueError(f"That is {pictures} pictures, and at most {MOST} are drawn at a time: choose fewer.")


def animation(entries, paths, kind: str, loop: bool) -> bytes:
    """All variants side by side: there and back, or around."""
    if kind not in compose.FORMATS:
        raise ValueError(f"The format is one of {', '.join(compose.FORMATS)}, not {kind!r}.")
    scale = compose.scale_of(max(p.shape[1] for p in paths), 112)
    frames = compose.panel([e.title for e in entries], paths, scale)
    return compose.FORMATS[kind](frames if loop else compose.there_and_back(frames), 80)


def described(ask: Callable) -> Callable:
    """The docstring with each parameter on one line: Gradio and MCP read no further."""
    ask.__doc__ = re.sub(r"\n {8}", " ", getdoc(ask))
    return ask


def endpoints(zoo: Zoo) -> None:
    """The questions that gradio_client and plain HTTP may ask."""

    def answer(key: str, caption: str, ends: str = "", **files: bytes) -> dict:
        """As JSON; the files lie in Gradio's cache, from where clients fetch them. ends: the animation's name."""
        name = key.replace("/", "-")
        made = {kind: file(name, kind, data, ends) for kind, data in files.items()}
        return {"variant": key, "caption": caption, **made}

    def file(name: str, kind: str, data: bytes, ends: str = "") -> dict:
        ends = ends if ends and kind == "animation" else KINDS.get(kind, "png")
        path = save_bytes_to_cache(data, f"{name}.{ends}", get_upload_folder())
        return gr.FileData(path=path).model_dump()

    def keys_of(variants: list[str], pictures: int) -> list[str]:
        """The keys of a question that asks for `pictures` of each."""
        at_most(len(set(variants)) * pictures)
        return variants

    def catalog() -> dict:
        """What the zoo holds.

        Returns:
            "variants": facts of each; its "key" is its name in the other calls.
            "problems": a sentence on each folder that cannot be used.
        """
        found = zoo.catalog()
        return {"variants": [zoo.facts(key) for key in found.keys], "problems": list(found.problems)}

    def add_from_hub(name: str) -> dict:
        """Fetch a checkpoint from the Hugging Face Hub, or those of a collection, for the other calls.

        Parameters:
            name: "user/repo", "user/repo@revision" (a commit or a tag), or the id of a collection.
        Returns:
            "variants": facts of each as in the catalog; its "key" is its name in the other calls.
            "problems": a sentence on each one that cannot be shown.
        """
        found = zoo.add(name)
        return {"variants": [zoo.facts(entry.key) for entry in found.entries], "problems": list(found.problems)}

    def samples(
        variants: list[str], seeds: list[int], label: int | str | None = None, truncation: float = 1.0
    ) -> list[dict]:
        """One sheet per variant, a picture per seed: the same latents go into every network.

        Parameters:
            variants: keys from the catalog.
            seeds: whole numbers from 0; at most 256 pictures in all.
            label: index or name of a class, for the conditional variants; null gives seed s the class s mod K.
            truncation: 0 to 2; below 1 pictures are more typical and less diverse. It multiplies the latent; in a
                style-based network it draws the style towards its mean.
        Returns:
            "variant", "caption", "picture" (PNG) of each; a damaged one is left out.
        """
        seeds = check_seeds(seeds)
        made = zoo.samples(keys_of(variants, len(seeds)), seeds, label, truncation)
        columns = math.ceil(math.sqrt(len(seeds)))
        return [
            answer(
                key,
                zoo.caption(key, seeds, label, truncation=truncation),
                picture=compose.png(compose.sheet(p, columns)),
            )
            for key, p in made.items()
        ]

    def inspect(variants: list[str], seed: int, label: int | str | None = None, truncation: float = 1.0) -> list[dict]:
        """One picture of each variant, what its own discriminator says of it, and the training picture nearest to it.

        Parameters:
            variants: keys from the catalog.
            seed: a whole number from 0.
            label: index or name of a class, for the conditional variants; null takes the class seed mod K.
            truncation: 0 to 2, see /samples.
        Returns:
            "variant", "caption", "picture" (PNG), "seed", "label" (name of the class, "" where there is none) of each.
            "score": null without a discriminator. "logit", higher is more real; "probability" of being real, null where
            the loss teaches none; "reading", what a logit tells; "among_real", "among_generated": "percentile" among
            the scores of "n" test pictures or pictures of the variant, nine in ten of which lie from "low" to "high";
            "tells": share of pairs of a real and a generated picture that D gets right; "guess": [class, probability].
            "neighbour": null without training pictures. "picture" (PNG), "label", "distance" in the features of
            "extractor", "of" how many training pictures; "among_real" as above, of distances.
            "notes": a sentence on each thing that is missing.
        """
        keys = keys_of(variants, 1)

        def told(look: inspection.Look) -> dict:
            score, near = look.score, look.neighbour
            name = f"{look.key.replace('/', '-')}-neighbour"
            return {
                **answer(look.key, look.caption, picture=compose.png(look.picture)),
                "seed": look.seed,
                "label": look.label,
                "score": score and {k: v for k, v in asdict(score).items() if k not in ("real", "generated")},
                "neighbour": near and {**asdict(near), "picture": file(name, "picture", compose.png(near.picture))},
                "notes": list(look.notes),
            }

        return [told(look) for look in inspection.inspect(zoo, keys, seed, label, truncation).values()]

    def interpolate(
        variants: list[str],
        seeds: list[int],
        steps: int = 16,
        how: Literal["slerp", "lerp"] = "slerp",
        labels: list[int | str] | None = None,
        truncation: float = 1.0,
        loop: bool = False,
        format: Literal["gif", "webp", "mp4"] = "gif",
    ) -> list[dict]:
        """The way from seed to seed, all variants together; one seed twice, with two labels, goes from class to class.

        Parameters:
            variants: keys from the catalog.
            seeds: two or more.
            steps: pictures on the way, ends included; at most 256 pictures in all.
            how: "slerp" along the arc, "lerp" straight.
            labels: a class per seed, index or name, for the conditional variants; null keeps that of the first seed.
            truncation: 0 to 2, see /samples.
            loop: the way goes on from the last seed to the first, and the animation around instead of there and back.
            format: of the animation. GIF and WebP keep each grey as it is, WebP every colour too; MP4 is small.
        Returns:
            "variant", "caption", "picture" (PNG, the film strip), "animation" (as asked) of each.
        """
        seeds = check_seeds(seeds)
        keys = keys_of(variants, steps)
        made = zoo.interpolate(keys, seeds, None, steps, how, labels, truncation, loop)
        return [
            answer(
                key,
                zoo.path_caption(key, seeds, labels, truncation),
                format,
                picture=compose.png(compose.sheet(p, len(p))),
                animation=animation([zoo.entry(key)], [p], format, loop),
            )
            for key, p in made.items()
        ]

    def latent_map(
        variants: list[str],
        seeds: list[int],
        steps: int = 8,
        how: Literal["slerp", "lerp"] = "slerp",
        labels: list[int | str] | None = None,
        truncation: float = 1.0,
    ) -> list[dict]:
        """A map between four seeds, all variants on the same latents: two from left to right, two from top to bottom.

        Parameters:
            variants: keys from the catalog.
            seeds: four: top left, top right, bottom left, bottom right.
            steps: pictures along each side, corners included; at most 256 pictures in all.
            how: "slerp" along arcs, from left to right first and then down; "lerp" straight.
            labels: a class per corner, index or name, for the conditional variants; null keeps that of the first seed.
            truncation: 0 to 2, see /samples.
        Returns:
            "variant", "caption", "picture" (PNG, steps x steps pictures) of each.
        """
        seeds = check_seeds(seeds)
        keys = keys_of(variants, steps**2)
        made = zoo.latent_map(keys, seeds, steps, how, labels, truncation)
        return [
            answer(
                key,
                zoo.path_caption(key, seeds, labels, truncation),
                picture=compose.png(compose.sheet(p, steps)),
            )
            for key, p in made.items()
        ]

    def class_grid(variant: str, seeds: list[int], truncation: float = 1.0) -> dict:
        """Every class of a conditional variant at the same seeds: a row per class, a column per seed.

        Parameters:
            variant: its key from the catalog.
            seeds: whole numbers from 0; at most 256 pictures in all.
            truncation: 0 to 2, see /samples.
        Returns:
            "variant", "caption", "picture" (PNG).
        """
        seeds, names = check_seeds(seeds), zoo.entry(variant).classes
        at_most(len(names) * len(seeds))
        sheet = compose.sheet(zoo.class_grid(variant, seeds, truncation), len(seeds), row_names=names)
        caption = zoo.caption(variant, seeds, unlabelled="a row per class", truncation=truncation)
        return answer(variant, caption, picture=compose.png(sheet))

    def style_mix(
        variants: list[str],
        rows: list[int],
        columns: list[int],
        levels: str | list[int] = "fine",
        label: int | str | None = None,
        truncation: float = 1.0,
    ) -> list[dict]:
        """Style mixing: pictures of the seeds `rows` that have the style of the seeds `columns` at some levels.

        Parameters:
            variants: keys from the catalog whose "styled" is true.
            rows: whole numbers from 0.
            columns: the same; at most 256 pictures in all, (1 + rows) * (1 + columns) of each variant.
            levels: those of the columns: "coarse", "middle", "fine", or sides in pixels out of "sides".
            label: of all pictures, for the conditional variants; null takes the class that the first row has by itself.
            truncation: 0 to 2, see /samples.
        Returns:
            "variant", "caption", "picture" (PNG, the unmixed seeds in its first row and column) of each.
            "sides": of all levels, in pixels; "taken": those that come from the columns.
        """
        rows, columns = check_seeds(rows), check_seeds(columns)
        keys = keys_of(variants, (1 + len(rows)) * (1 + len(columns)))
        made = zoo.mix(keys, rows, columns, levels, label, truncation)
        return [
            {
                **answer(key, zoo.mix_caption(key, m, label, truncation), picture=compose.png(drawn_styles.grid(m))),
                "sides": list(m.sides),
                "taken": list(m.taken),
            }
            for key, m in made.items()
        ]

    def truncations(
        variants: list[str],
        seeds: list[int],
        values: list[float] | None = None,
        label: int | str | None = None,
    ) -> list[dict]:
        """The same seeds at several truncations: a row per truncation, a column per seed.

        Parameters:
            variants: keys from the catalog, of any network.
            seeds: whole numbers from 0; at most 256 pictures in all.
            values: from 0 to 2, see /samples; null takes 0, 0.25 and so on up to 1.5.
            label: index or name of a class, for the conditional variants; null gives seed s the class s mod K.
        Returns:
            "variant", "caption", "picture" (PNG) of each.
        """
        seeds, values = check_seeds(seeds), styles.STEPS if values is None else values
        made = zoo.truncations(keys_of(variants, len(seeds) * len(values)), seeds, label, values)
        return [
            answer(key, zoo.caption(key, seeds, label), picture=compose.png(drawn_styles.strip(p, values=values)))
            for key, p in made.items()
        ]

    def evolution(
        variants: list[str],
        at: float | None = None,
        by: Literal["images", "share"] = "images",
        number: int = 16,
        animation: bool = False,
    ) -> dict:
        """What variants had drawn at one point of their training, always at the same seeds; no model is loaded.

        Parameters:
            variants: keys from the catalog.
            at: the point, a number of images shown or a share from 0 to 1; null takes the end.
            by: what `at` is, and how trainings of different lengths are lined up.
            number: pictures of each, of the seeds 0 to number - 1; at most 256 in all.
            animation: whether to make the GIF of all of them in step.
        Returns:
            "at", and "positions": the recorded moments at which a slider may stop.
            "variants": "variant", "caption", "picture" (PNG), "film" (WebP, the whole training as it was recorded).
            In each: "images" shown until the picture, of "total"; "ended" where `at` is later than its last one.
            In each: "estimate", the critic's estimate of the distance then, null where the loss is none.
            "animation": the GIF, or null.
            "notes": a sentence on each variant without a film, and on what the losses tell.
        """
        keys = keys_of(variants, number)
        found = evolutions.evolution(zoo, keys, by, number)
        at = found.positions[-1] if at is None else at
        moments, critics = found.at(at), evolutions.critics(zoo, [one.key for one in found.films])
        estimates = {one.key: one for one in critics.estimates}

        def told(m: Moment) -> dict:
            sheet = compose.sheet(m.pictures, math.ceil(math.sqrt(found.n)))
            caption = zoo.caption(m.key, range(found.n), moment=m)
            return {
                **answer(m.key, caption, picture=compose.png(sheet), film=evolutions.film(zoo, m.key)),
                "images": m.images,
                "total": m.total,
                "ended": m.ended,
                "estimate": estimates[m.key].at(m.images) if m.key in estimates else None,
            }

        return {
            "at": at,
            "positions": list(found.positions),
            "variants": [told(m) for m in moments],
            "animation": file("evolution", "animation", animated(found)) if animation else None,
            "notes": [*found.problems, *critics.sentences],
        }

    def leaderboard(dataset: str, extractor: str | None = None) -> dict:
        """The measured variants of a data set, best first, beside anchors and costs; nothing is measured anew.

        Parameters:
            dataset: its name in the catalog: "mnist".
            extractor: the network that looked at the pictures, out of "extractors"; null takes the data set's own.
        Returns:
            "rows", "anchors": "values" by column, in its unit, null where not measured; "spreads" over sampling seeds.
            "columns": "name", "title", "unit", "better" ("lower", "higher" or null), "help" of each.
            "extractor", "reference", "n": who looked at how many pictures, against which real ones.
            "fronts": by cost, the keys of the variants that no other beats in both distance and that cost.
            "augmentation": what the pictures add to a classifier's accuracy.
            "unmeasured": the variants without figures, with the "reason".
            "notes": a sentence on each thing that is damaged or missing.
        """
        return asdict(leaderboards.leaderboard(zoo, dataset, extractor))

    def curves(key: str) -> dict:
        """The training curve of one checkpoint, as columns of equal length.

        Parameters:
            key: its key from the catalog.
        Returns:
            "columns": "images" (real images shown so far) and what was noted then, null where it was not.
            "distance", "extractor", "n": what the column "fd" is, where there is one.
            "class_names", "shares": share of each class at each of the images; [] where it was not recorded.
            "notes": a sentence on each thing that is damaged.
        """
        return asdict(leaderboards.curves(zoo, key))

    def class_shares(dataset: str, extractor: str | None = None) -> dict:
        """Share of each class among the generated pictures of each variant: which classes it forgot.

        Parameters:
            dataset: its name in the catalog: "mnist".
            extractor: the network that told the classes, out of the leaderboard's "extractors"; null takes its own.
        Returns:
            "class_names", "reference" (the shares of the real pictures, null where not known).
            "rows": "key", "title", "shares" of each variant, means over sampling seeds.
            "extractor", "n", "notes".
        """
        found = asdict(leaderboards.shares(zoo, dataset, extractor))
        rows = [dict(zip(("key", "title", "shares"), row, strict=True)) for row in found["rows"]]
        return {**found, "rows": rows}

    def ablation(dataset: str, parent: str | None = None) -> dict:
        """What each variant that changes a parent did to the figures, like for like; nothing is measured anew.

        Parameters:
            dataset: its name in the catalog: "mnist".
            parent: a variant out of "families": "dcgan"; null takes the largest family.
        Returns:
            "tricks": the variants. "changes": settings that are not the parent's. "sentence": what was seen.
            "effects": by figure, values and differences at each training seed; "verdict": "better", "worse" or
            "unclear". Where there is one seed, it is no more than a hint.
            "sources": the parent's figures, from several trainings on record ("seeds") and from the zoo ("zoo").
            "columns": "name", "title", "unit", "better" of each figure. "families": variant and title of each parent.
            "method": when a difference counts. "notes": a sentence on each thing that is damaged or left out.
        """
        return asdict(ablations.ablation(zoo, dataset, parent))

    def learn(variant: str) -> dict:
        """What there is to learn about a checkpoint's variant, as facts; pictures come from the other calls.

        Parameters:
            variant: its key from the catalog.
        Returns:
            "idea", "wrong", "paper": Markdown, empty where nobody wrote it; "summary" is the recipe's own.
            In each of "wrong": "text", and of a picture its "kind" with its "values": "samples" of these seeds, "film"
            at these shares of the training, "shares" of the classes (see /class_shares).
            "objective": TeX of the recipe. "equations": TeX of what D and G minimise; "terms": a line on each part.
            "networks": G and D as they are built. "boxes": "name", "parts", "shape" of the output, "parameters",
            "takes" (index of a box), "also", "source", "beside" (a branch) of each, in the order of calls.
            "parent", "changes": "setting", "before", "after" of each. "unlike": in what else the trainings differ.
            "seen": what the changes did to the figures. "sources": "name", "kind", "code" of each function of the loss.
            "papers": each with its address. "notes": a sentence on what is missing.
            "path": the steps from the first GAN to the newest on this data set: "key", "variant", "title", "text".
        """
        found = teaching.lesson(zoo, variant)
        return {**asdict(found), "path": [asdict(step) for step in teaching.walk(zoo, found.dataset)]}

    drawing = (samples, inspect, interpolate, latent_map, class_grid, style_mix, truncations, evolution)
    reading = (leaderboard, curves, class_shares, ablation, learn)
    kinds = [((catalog,), READ), ((add_from_hub,), FETCH), (drawing, DRAW), (reading, READ)]
    for ask, how in ((ask, how) for asks, how in kinds for ask in asks):
        asked = described(ask)
        # Gradio shows only the first paragraph of a docstring; the parameters are told as well.
        gr.api(asked, api_name=ask.__name__, api_description=asked.__doc__, **how)
