"""Train variants several times, for error bars: `python -m train repeat seeds` or `... repeat ablation`.

A plan (train/queue/plans/repeat-NAME.toml) gives the variants, the training seeds and the number of images. The
trainings are a queue, as in train run_all: finished ones are skipped, interrupted ones continue. Then each is measured,
and all figures are written into one file beside the checkpoints of the data set. The weights stay in --out. A plan that
takes days can be done in parts: --variants names what to train now, and the others on record stay as they are.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gan_models.recipe import Recipe, did_you_mean

from .. import recipes
from . import settings
from .jobs import FINISHED, WAITING, Job, Plan, chosen, listed
from .run_all import dry, gpus_of, positive
from .screen import screen, summary
from .slots import Queue, cores, slots

KEYS = {"images": str, "seeds": list, "record": str, "settings": str, "variants": (str, list), "pictures": bool}
"""Keys of [plan] and their types"""
PART = {"name", "title", "of", "variant", "options"}
"""Keys of a [[part]]"""


@dataclass(frozen=True, eq=False)
class Entry:
    """A variant, or a part of one, to be trained several times."""

    name: str
    variant: str
    """The recipe whose script trains it"""
    options: tuple[str, ...]
    words: dict[str, Any] = field(default_factory=dict)
    """Its name, title and parent, in place of the variant's"""


@dataclass(frozen=True)
class Repeat:
    """A plan, read."""

    images: str
    seeds: tuple[int, ...]
    record: str
    """Name of the file that gets the figures"""
    pictures: bool
    """Whether a few pictures of each run are stored beside the record"""
    settings: settings.Settings
    """Options by data set and variant"""
    entries: tuple[Entry, ...]

    @property
    def family(self) -> bool:
        """Whether it is about what each variant changes of its parent."""
        return self.record == "ablation.json"


def read(path: Path, known: Mapping[str, Recipe]) -> Repeat:
    """A plan:

        [plan]
        images = "150k"
        seeds = [0, 1, 2]
        record = "ablation.json"           # seeds.json or ablation.json
        settings = "cpu.toml"              # options of each variant, beside this file
        variants = ["dcgan", "wgan"]       # or "all"
        pictures = true
        [options]
        lsgan = "--d-optimizer lr=5e-4"    # on top of the settings, for one variant
        [[part]]                           # one of the changes that a variant combines
        name = "dcgan_dropout"
        title = "Dropout alone"
        of = "improved_dcgan"
        variant = "dcgan"                  # its parent, whose script trains it
        options = "--network-args d_dropout=0.1"

    Raises ValueError, with one sentence, if it is invalid.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"there is no plan {path}.") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} is not a valid plan: {error}.") from error
    if odd := next((key for key in content if key not in ("plan", "options", "part")), None):
        raise ValueError(f"{path}: {odd!r} is not a part of a plan{did_you_mean(odd, ('plan', 'options', 'part'))}.")
    plan, more, parts = content.get("plan", {}), content.get("options", {}), content.get("part", [])
    if not isinstance(plan, dict) or not isinstance(more, dict):
        raise ValueError(f"{path}: plan and options must be tables: [plan] and [options].")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise ValueError(f"{path}: each part must be a table: [[part]].")
    for key in [*plan, *KEYS]:
        if key not in KEYS:
            raise ValueError(f"{path}: [plan] has {key!r}{did_you_mean(key, KEYS)}.")
        if key not in plan or not isinstance(plan[key], KEYS[key]):
            raise ValueError(f"{path}: [plan] must give {key}, with a value as in the other plans.")
    if plan["record"] not in ("seeds.json", "ablation.json"):
        raise ValueError(f"{path}: record is {plan['record']!r}, must be seeds.json or ablation.json.")
    seeds = plan["seeds"]
    if len(seeds) < 2 or not all(type(s) is int and s >= 0 for s in seeds) or len(set(seeds)) < len(seeds):
        raise ValueError(f"{path}: seeds is {seeds}, must be two or more different whole numbers.")
    names = list(known) if plan["variants"] == "all" else plan["variants"]
    names = [names] if isinstance(names, str) else names
    if not names:
        raise ValueError(f"{path}: variants is empty, must name one or more.")
    for name in [*names, *more, *(p.get("variant") for p in parts)]:
        if not isinstance(name, str) or name not in known:
            raise ValueError(f"{path} names {name!r}{did_you_mean(name, known)}.")
    for name, text in more.items():
        if not isinstance(text, str):
            raise ValueError(f"{path}: [options] has {name} = {text!r}, must be options as text.")
    more = {name: settings.words(text, f"{path}: [options], {name}") for name, text in more.items()}
    entries = [Entry(name, name, tuple(more.get(name, ()))) for name in names]
    for part in parts:
        if set(part) != PART or not all(isinstance(text, str) for text in part.values()):
            raise ValueError(f"{path}: a [[part]] gives {', '.join(sorted(PART))}, each as text.")
        if part["of"] not in known or part["variant"] not in names:
            raise ValueError(
                f"{path}: the part {part['name']} is of a variant, and beside a parent that is in the plan."
            )
        options = (*more.get(part["variant"], ()), *settings.words(part["options"], f"{path}: {part['name']}"))
        words = {"name": part["name"], "title": part["title"], "parent": part["variant"]}
        entries.append(Entry(part["name"], part["variant"], options, words))
    twice = [e.name for k, e in enumerate(entries) if e.name in [o.name for o in entries[:k]]]
    if twice:
        raise ValueError(f"{path} names {twice[0]!r} twice.")
    base = settings.read(path.parent / plan["settings"], known) if plan["settings"] else {}
    return Repeat(plan["images"], tuple(seeds), plan["record"], plan["pictures"], base, tuple(entries))


def jobs_of(repeat: Repeat, entry: Entry, dataset: str, out: Path, device: str, download: bool = True) -> list[Job]:
    """The trainings of one entry, one for each seed, below <out>/<entry>; [] if the data lacks classes that it
    needs."""
    plan = Plan(repeat.images, out / entry.name, device, None, entry.options, repeat.settings, download)
    try:
        return listed([recipes()[entry.variant]], [dataset], repeat.seeds, plan, tell=lambda line: None)
    except ValueError as error:
        if str(error) == "there is nothing to train.":
            return []
        raise


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code: 0 all are trained, measured and recorded; 1 not all, nothing is recorded; 2 no such plan; 130
    interrupted."""
    parser = argparse.ArgumentParser(prog="python -m train repeat", description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("plan", help="seeds, ablation, or the path of a plan")
    add("--dataset", default="mnist", help="name of a data set (default: mnist)")
    add("--out", type=Path, default=Path("runs/repeat"), metavar="DIR", help="the runs: DIR/<plan>/<entry>/...")
    add("--checkpoints", type=Path, default=Path("checkpoints"), metavar="DIR", help="the zoo that gets the record")
    add("--n", type=positive, default=10_000, help="pictures of each run to measure (default: 10,000)")
    add("--gpus", metavar="0,1", help="GPUs to use (default: all), or cpu")
    add("--variants", metavar="A,B", default="all", help="what to train now of the plan; the record keeps its others")
    add("--jobs", type=positive, metavar="N", help="trainings at a time (default: one per core, or per GPU)")
    add("--dry-run", action="store_true", help="print the commands of unfinished trainings, and stop")
    args = parser.parse_args(argv)
    path = Path(args.plan) if args.plan.endswith(".toml") else settings.PLANS / f"repeat-{args.plan}.toml"
    try:
        repeat = read(path, recipes())
        gpus = gpus_of(args.gpus)
        device, out = ("cuda" if gpus else "cpu"), args.out / path.stem.removeprefix("repeat-")
        now = chosen(args.variants, [entry.name for entry in repeat.entries])
        made = {e: jobs_of(repeat, e, args.dataset, out, device, not args.dry_run) for e in repeat.entries}
        alike(repeat, made)
        jobs = [job for entry, some in made.items() for job in some if entry.name in now]
        if not jobs:
            raise ValueError(f"{args.dataset} has no classes, which {', '.join(now)} need: there is nothing to train.")
        related(repeat, made, now, kept(repeat, made, now, args))
        if args.dry_run:
            return dry(jobs)
        measurable(jobs[0].data, args.checkpoints)
        waiting = sum(job.state == WAITING for job in jobs)
        with screen() as shown:
            queue = Queue(slots(gpus, args.jobs or (1 if gpus else cores()), waiting), shown)
            queue.run(jobs)
        print(summary(jobs))
        if queue.asked or any(job.state != FINISHED for job in jobs):
            return 130 if queue.asked else 1
        print(record(repeat, made, now, args))
        return 0
    except KeyboardInterrupt:
        print("\nStopped; the same command continues.", file=sys.stderr)
        return 130
    except (ValueError, OSError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 2


def alike(repeat: Repeat, made: Mapping[Entry, Sequence[Job]]) -> None:
    """Raises ValueError if the record would not take all of these trainings, before any begins."""
    from gan_models.conditions import unlike

    from ..measure.ablation import shared

    known = [
        (entry, shared(jobs[0].recipe, {"planned_images": jobs[0].args.images}, repeat.family))
        for entry, jobs in made.items()
        if jobs and jobs[0].identity
    ]
    for entry, mine in known:
        if odd := unlike(mine, known[0][1]):
            raise ValueError(f"{entry.name} cannot be compared with {known[0][0].name}: {'; '.join(odd)}.")


def kept(repeat: Repeat, made: Mapping[Entry, Sequence[Job]], now: Collection[str], args: argparse.Namespace) -> dict:
    """The content of the record if variants of it are to be kept, else {}. Raises ValueError if it holds trainings
    that this plan would not make, or measure, or if it is not whole."""
    from gan_models.metrics import seeds

    from ..measure.ablation import SHARED, on_record

    jobs = {entry.name: (entry, some[0]) for entry, some in made.items() if some}
    if len(now) == len(made):
        return {}
    path = args.checkpoints / next(iter(jobs.values()))[1].data / repeat.record
    old = seeds.read(path)
    if not old:
        return {}
    anew = "delete it, or leave out --variants to record all anew"
    if lacks := [key for key in (*SHARED, "recipes") if key not in old]:
        raise ValueError(f"{path} is damaged, it has no {', '.join(lacks)}: {anew}.")
    if old["n"] != args.n:
        raise ValueError(
            f"{path} has figures of {old['n']:,} pictures, and --n is {args.n:,}: give the same, or {anew}."
        )
    drawn = seeds.pictures(path, old) if repeat.pictures else {}
    for name in [name for name in old["recipes"] if name not in now]:
        entry, job = jobs.get(name, (None, None))
        planned = entry and (on_record(replace(job.recipe, **entry.words)), job.args.images, list(repeat.seeds))
        recorded = old["recipes"][name], old["images"], [r["seed"] for r in old["runs"] if r["variant"] == name]
        if planned != recorded:
            raise ValueError(f"{path} has trainings of {name} that this plan would not make: {anew}.")
        if repeat.pictures and not all((name, seed) in drawn for seed in repeat.seeds):
            raise ValueError(f"{path} has no pictures of {name}, which the plan wants: {anew}.")
    return old


def related(repeat: Repeat, made: Mapping[Entry, Sequence[Job]], now: Collection[str], old: Mapping) -> None:
    """Raises ValueError if the record is to say what each variant changes of its parent, and would have no such
    pair."""
    parents = {entry.name: entry.words.get("parent", some[0].recipe.parent) for entry, some in made.items() if some}
    there = {*old.get("recipes", ()), *now} & {*parents}
    if repeat.family and not any(parents[name] in there - {name} for name in there):
        raise ValueError(f"nothing of {', '.join(now)} is beside its parent: name a variant and its parent together.")


def measurable(dataset: str, checkpoints: Path) -> None:
    """Raises ValueError if the trainings could not be measured."""
    from ..measure.reference import names

    path = checkpoints / dataset / names(dataset, None)[0]
    if not path.is_file():
        raise ValueError(f"the figures need {path}: python -m train reference makes it (docs/measuring.md).")


def record(repeat: Repeat, made: Mapping[Entry, Sequence[Job]], now: Collection[str], args: argparse.Namespace) -> Path:
    """Measure the runs that are not measured yet, write the record, with the other variants that it has, and return its
    path. Raises ValueError if a run cannot be measured."""
    from gan_models.disk import locked, write_json
    from gan_models.metrics import seeds

    from ..measure import ablation, evaluate

    done = {entry: jobs for entry, jobs in made.items() if entry.name in now}
    folders = {job.checkpoint: entry for entry, jobs in done.items() for job in jobs}
    options = ["--n", str(args.n), "--seeds", "1", "--no-memorisation", "--checkpoints", str(args.checkpoints)]
    code = evaluate.main([*map(str, folders), *options])
    if code == 130:
        raise KeyboardInterrupt
    if code:
        raise ValueError("not all of the runs could be measured; the reasons are above.")
    words = {folder: entry.words for folder, entry in folders.items()}
    order = [entry.name for entry in repeat.entries]
    path = args.checkpoints / next(iter(done.values()))[0].data / repeat.record
    with locked(path.parent):  # another part of the plan may have ended meanwhile: its record is read here
        old = kept(repeat, made, now, args)
        content = ablation.recorded(list(folders), words=words, family=repeat.family, old=old, order=order)
        if repeat.pictures:
            where = {(entry.name, job.args.seed): job.checkpoint for entry, jobs in done.items() for job in jobs}
            before, runs = seeds.pictures(path, old), [(run["variant"], run["seed"]) for run in content["runs"]]
            pictures = [ablation.drawn(where[run]) if run in where else before[run] for run in runs]
            content["pictures"] = ablation.keep_pictures(content["runs"], pictures, path.with_suffix(".png"))
        write_json(path, content)
    return path


if __name__ == "__main__":
    sys.exit(main())
