"""The model card of a checkpoint, which the Hub shows, made from recipe.json and metrics.json alone.

It is made when a checkpoint is published and exists only on the Hub: the name of the repository is part of it, and a
copy in the folder would be outdated after the next `python -m train evaluate`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from gan_models.folder import read_recipe
from gan_models.metrics import record
from gan_models.metrics.names import behind, distance_name, kernel_name, percent
from gan_models.metrics.translation import table
from gan_models.recipe import AnyRecipe, Recipe, TranslatorRecipe
from gan_models.sources import NON_COMMERCIAL, UNKNOWN, Source, source, terms

FIGURES = {
    "precision": "Precision",
    "recall": "Recall",
    "density": "Density",
    "coverage": "Coverage",
    "smallest_share": "Share of the rarest class",
    "label_accuracy": "Label accuracy",
}
"""Figures besides the two distances; see docs/measuring.md"""
RARE = 0.05
"""A class below this share is mentioned among the limits"""


def render(folder: Path, repo: str, licence: str | None = None) -> str:
    """README.md for a repository. licence: of the weights, as the Hub abbreviates it; None takes the data set's.

    Raises CheckpointError if recipe.json or metrics.json is damaged.
    """
    recipe, about = read_recipe(folder)
    content = record.read(folder)
    content = content if content and record.current(folder, content) else {}
    measured = content.get("measured", {})
    name = str(about.get("dataset") or "unknown data")
    data = source(name)
    title = f"{recipe.title or recipe.name} on {data.title}"
    parts = [
        f"---\n{front_matter(recipe, data, measured, title, licence)}\n---",
        f"# {title}",
        recipe.summary,
        image(folder, "samples.png", f"{title}: generated samples at fixed seeds"),
        f"$$ {recipe.objective} $$" if recipe.objective else "",
        "## Load it",
        "With GANscope installed (`pip install .` in a checkout), from any folder. "
        f"`load` also takes a commit or a tag, `{repo}@v1`, and a local folder:",
        example(recipe, repo),
        "## Training",
        training(recipe, about, data),
        image(folder, "evolution.webp", f"{title}: the same seeds during the training"),
        "## Measured",
        figures(measured) or translations(content.get("translation")) or "Nothing yet.",
        latent(folder, recipe, content),
        "## Limits",
        limits(recipe, data, measured),
        "## Licence",
        f"{data.credit or UNKNOWN} {terms(licence or data.weights)}",
        *citation(recipe),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


class Task(NamedTuple):
    """What a model does, in the words of the Hub."""

    type: str
    name: str
    tag: str | None


def drawing(recipe: Recipe) -> Task:
    if recipe.classes:
        return Task("image-generation", "Class-conditional image generation", None)
    name = "unconditional-image-generation"
    return Task(name, "Unconditional image generation", name)


def translating(recipe: TranslatorRecipe) -> Task:
    return Task("image-to-image", "Image-to-image translation", "image-to-image")


TASKS = {Recipe.kind: drawing, TranslatorRecipe.kind: translating}


def front_matter(recipe: AnyRecipe, source: Source, measured: dict, title: str, licence: str | None) -> str:
    """The YAML block, with the measured figures as `model-index`."""
    from huggingface_hub import EvalResult, ModelCardData

    task = TASKS[recipe.kind](recipe)
    results = [
        EvalResult(
            task_type=task.type,
            task_name=task.name,
            dataset_type=source.hub or source.title,
            dataset_name=source.title,
            dataset_split=block["reference"]["split"],
            metric_type=type_,
            metric_name=f"{name} ({extractor}, {behind(block['n'], block['reference']['n'])})",
            metric_value=figure["mean"],
            metric_args={
                "extractor": extractor, "extractor_hash": block["extractor"]["hash"], "n": block["n"],
                "reference_n": block["reference"]["n"], "sampling_seeds": len(block["seeds"]),
                "spread": figure["spread"],
            },
        )
        for extractor, block in measured.items()
        for type_, name, figure in named(extractor, block)
    ]  # fmt: skip
    licence = licence or source.weights
    data = ModelCardData(
        license=licence,
        license_name=NON_COMMERCIAL if licence == "other" else None,
        library_name="ganscope",
        pipeline_tag=task.tag,
        tags=["gan", task.type.removeprefix("unconditional-"), "safetensors", recipe.name],
        datasets=[source.hub] if source.hub else None,
        model_name=title if results else None,
        eval_results=results or None,
    )
    return data.to_yaml()


def named(extractor: str, block: dict) -> list[tuple[str, str, dict]]:
    """(type, name, figure) of each figure that is shown of one measurement."""
    names = {"fd": distance_name(extractor), "kd": kernel_name(extractor), **FIGURES}
    types = {"fd": distance_name(extractor).lower(), "kd": kernel_name(extractor).lower()}
    had = block["figures"]
    return [(types.get(key, key), name, had[key]) for key, name in names.items() if key in had]


def image(folder: Path, name: str, words: str) -> str:
    return f"![{words}]({name})" if (folder / name).is_file() else ""


def example(recipe: AnyRecipe, repo: str) -> str:
    """The example of loading: three lines of Python."""
    return EXAMPLES[recipe.kind](recipe, repo)


def to_draw(recipe: Recipe, repo: str) -> str:
    labels = ", labels=[0] * 16" if recipe.classes else ""
    return (
        "```python\nimport gan_models\n"
        f'gan = gan_models.load("{repo}")\n'
        f"gan.sample(seeds=range(16){labels})  # uint8 [16, {recipe.size}, {recipe.size}, {recipe.channels}]\n```"
    )


def to_translate(recipe: TranslatorRecipe, repo: str) -> str:
    given, made = (
        f"uint8 [N, {size}, {size}, {channels}]"
        for size, channels in ((recipe.given_size, recipe.given_channels), (recipe.size, recipe.channels))
    )
    back = f"\ntranslator.back(made)  # {given}" if recipe.cycle else ""
    return (
        "```python\nimport gan_models\n"
        f'translator = gan_models.load("{repo}")\n'
        f"made = translator.translate(pictures)  # {given} -> {made}{back}\n```"
    )


EXAMPLES = {Recipe.kind: to_draw, TranslatorRecipe.kind: to_translate}


def training(recipe: Recipe, about: dict[str, Any], source: Source) -> str:
    """A table of the training: data, length and settings."""
    count = about.get("parameters") if isinstance(about.get("parameters"), dict) else {}
    per_step = recipe.batch * recipe.critic_steps
    versions = about.get("versions") if isinstance(about.get("versions"), dict) else {}
    rows = {
        "Data": f"{source.title}, {recipe.size} × {recipe.size} pixels, {'grey' if recipe.channels == 1 else 'colour'}",
        "Classes": ", ".join(recipe.class_names),
        "Domains": " → ".join(getattr(recipe, "domains", ())),
        "Real images shown": thousands(about.get("images")),
        "G steps": thousands(about["images"] // per_step if isinstance(about.get("images"), int) else None),
        "Batch": str(recipe.batch),
        "Seed": str(about.get("seed", "")),
        "Network": f"{recipe.network}, {pairs(recipe.network_args) or 'as it comes'}",
        "Parameters of G": thousands(count.get("generator")),
        "Parameters of D": thousands(count.get("discriminator")),
        "Loss": recipe.loss + (f", {pairs(recipe.loss_args)}" if recipe.loss_args else ""),
        "Terms of D": pairs(recipe.d_terms),
        "Terms of G": pairs(recipe.g_terms),
        "What D is shown": pairs(recipe.views),
        "Optimiser of G": pairs(recipe.g_optimizer).removeprefix("name "),
        "Optimiser of D": pairs(recipe.d_optimizer).removeprefix("name "),
        "Device": str(about.get("device") or ""),
        "Time": f"{about['seconds']:,.0f} s" if isinstance(about.get("seconds"), int | float) else "",
        "Code": str(about.get("commit") or ""),
        "Versions": pairs(versions),
    }
    lines = [f"| {name} | {cell(value)} |" for name, value in rows.items() if value]
    return "| | |\n|---|---|\n" + "\n".join(lines)


def figures(measured: dict) -> str:
    """Tables of the measured figures, one for each extractor."""
    parts = []
    for extractor, block in measured.items():
        seen = block["reference"]
        over = f"mean ± standard deviation over {len(block['seeds'])} sampling seeds, one training seed."
        if record.rough(block):
            over = "≈: too few images, so the figures are rough and their spread would be misleading."
        parts.append(
            f"{block['n']:,} generated pictures against {seen['n']:,} {seen['split']} images, through `{extractor}` "
            f"({block['extractor']['hash']}); {over}"
        )
        rows = [f"| {name} | {record.text(block, f)} |" for _, name, f in named(extractor, block)]
        parts.append("| | |\n|---|---:|\n" + "\n".join(rows))
    return "\n\n".join(parts)


def translations(block: dict | None) -> str:
    """The figures of `python -m train translation` as a table; empty if there are none."""
    return table(block) if block else ""


def latent(folder: Path, recipe: AnyRecipe, content: dict) -> str:
    """The section on latents: how well it rebuilds pictures, and its directions; "" if nothing is known. Raises
    CheckpointError if directions.json is damaged."""
    from gan_models.latent import directions

    lines = []
    rebuilt = content.get("latent", {}).get("rebuild") if content and record.current(folder, content) else None
    for key, words in (("own", "pictures of its own seeds"), ("test", "test pictures")):
        value = rebuilt[key].get("psnr") if isinstance(rebuilt, dict) and isinstance(rebuilt.get(key), dict) else None
        if isinstance(value, int | float):
            lines.append(f"It rebuilds {words} with a PSNR of {value:.1f} dB (n = {rebuilt.get('n')}).")
    lines += [f"Direction {k}: {d.name}." for k, d in enumerate(directions.read(folder, recipe))]
    if not lines:
        return ""
    return "\n".join(
        [
            "## Latents\n",
            "`load(..., latent=True)` brings the encoder and the directions.\n",
            *(f"- {x}" for x in lines),
        ]
    )


DOES = {Recipe.kind: "draws", TranslatorRecipe.kind: "was taught to translate"}


def limits(recipe: AnyRecipe, source: Source, measured: dict) -> str:
    """The limits of the checkpoint, from its recipe and figures."""
    lines = [
        f"It {DOES[recipe.kind]} what {source.title} shows, at {recipe.size} × {recipe.size} pixels, and nothing else.",
        "It is made to compare architectures side by side at a small budget, not to draw the best pictures there are.",
        "A distance can be compared only with one of the same extractor, reference and number of pictures.",
    ]
    for block in measured.values():
        shares, names = block.get("class_shares"), block.get("class_names")
        if shares and names and len(shares) == len(names) and min(shares) < RARE:
            rarest = min(zip(shares, names, strict=True))
            lines.append(f"Some classes are rare: {rarest[1]} makes {percent(rarest[0], 1)} of the pictures.")
            break
    return "\n".join(f"- {line}" for line in lines)


def citation(recipe: AnyRecipe) -> list[str]:
    """BibTeX of each paper; papers without an arXiv number are printed unchanged."""
    if not recipe.paper:
        return []
    parts = ["## Citation"]
    for i, paper in enumerate(re.split(r"(?<=\d); ", recipe.paper)):
        match = re.fullmatch(r"(.+?), (.+), arXiv:(\d{4}\.\d{4,5})", paper)
        if not match:
            parts.append(paper)
            continue
        authors, title, number = match.groups()
        authors = authors.replace(" et al.", " and others")
        year = f"20{number[:2]}"
        key = re.sub(r"\W", "", f"{authors.split(' ')[0].lower()}{year}{i or recipe.name}")
        parts.append(
            f"```bibtex\n@misc{{{key},\n  author = {{{authors}}},\n  title = {{{{{title}}}}},\n  year = {{{year}}},\n"
            f"  eprint = {{{number}}},\n  archivePrefix = {{arXiv}}\n}}\n```"
        )
    return parts


def pairs(values: dict) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def thousands(value) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else ""


def cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
