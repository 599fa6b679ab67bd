"""Many trainings as a list: their settings, the state of their folders, and the command of each."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gan_models.folder import CheckpointError, read_recipe
from gan_models.recipe import AnyRecipe, RecipeError, did_you_mean

from ..engine.run_folder import Progress
from . import settings
from .settings import Settings

if TYPE_CHECKING:
    from ..engine.args import TrainArgs
    from ..engine.data import Data

WAITING, RUNNING, FINISHED, FAILED, STOPPED = "waiting", "running", "finished", "failed", "stopped"
SET = {
    "dataset": "give --datasets before it",
    "attributes": "give --classes before it",
    "images": "give --images before it",
    "seed": "give --seeds before it",
    "out": "give --out before it",
    "publish": "give --publish before it",
    "private": "give --private before it",
    "dry_run": "give --dry-run before it",
}
"""Options that the list sets itself: field of TrainArgs -> advice if it is among the options of the trainings"""


class JobsError(ValueError):
    """An invalid list: the message is one sentence for the person at the terminal."""


@dataclass(eq=False)
class Job:
    """One training and its state."""

    recipe: AnyRecipe
    """The recipe from the command line, fitted to the data if the data is available"""
    args: TrainArgs
    argv: list[str]
    """Arguments of train.VARIANT, without --resume, which is decided when the job starts"""
    identity: dict
    """The identity that its folder must have; without the data's part if the data is not available"""
    state: str = WAITING
    why: str = ""
    """One sentence about the state, or empty"""
    undone: list[str] = field(default_factory=list)
    """Steps after the training that failed: "not evaluated", "not published" """
    progress: Progress | None = None
    begun: bool = False
    """Whether a process was started for it, so that the log is about that process"""

    @property
    def data(self) -> str:
        """The name of the data set."""
        return self.identity.get("dataset") or Path(self.args.dataset).name

    @property
    def name(self) -> str:
        seed = f", seed {self.args.seed}" if self.args.seed else ""
        return f"{self.recipe.name} on {self.data}{seed}"

    @property
    def folder(self) -> Path:
        return Path(self.args.out)

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint"

    @property
    def log(self) -> Path:
        return self.folder / "train.log"

    def command(self) -> list[str]:
        """The command of the training now: with --resume if there is a run to continue."""
        resume = ["--resume"] if (self.folder / "resume.pt").exists() else []
        return [sys.executable, "-m", f"train.{self.recipe.name}", *self.argv, *resume]

    def about(self) -> dict:
        """The provenance in the checkpoint; {} if there is none."""
        try:
            return read_recipe(self.checkpoint)[1]
        except CheckpointError:
            return {}

    def look(self) -> None:
        """Set the state from the folder: finished, failed if it holds another run, else waiting."""
        from ..engine.args import RunError
        from ..engine.identity import compare, identity

        self.state, self.why = WAITING, ""
        try:
            recipe, about = read_recipe(self.checkpoint)
            told = [about.get(key) for key in ("dataset", "data_hash", "seed")]
            theirs = identity(recipe, *told, about.get("precision", "float32"), about.get("data_counts"))
            changed = compare(self.checkpoint, theirs, self.identity)
            shown = about.get("images", 0)
            if shown < self.args.images:
                self.why = f"{self.checkpoint} has {shown:,} of {self.args.images:,} images"
            elif changed and not about.get("changes"):  # a noted change: it diverged, and continued with a lower rate
                raise RunError(
                    f"{self.checkpoint} was trained with another learning rate: {', '.join(changed)} was "
                    f"{', '.join(map(str, changed.values()))}; use the same settings or another --out."
                )
            else:
                self.load()
                self.state, self.why = FINISHED, f"{shown:,} images in {self.checkpoint}"
        except RunError as error:
            self.state, self.why = FAILED, str(error)
        except CheckpointError as error:  # none yet, or a damaged one, which the training replaces
            self.why = str(error)

    def load(self) -> None:
        """Raises CheckpointError if the checkpoint is not whole."""
        import gan_models

        gan_models.load(self.checkpoint, discriminator=(self.checkpoint / "discriminator.safetensors").is_file())

    def ended(self, code: int, asked: bool) -> None:
        """Set the state from the exit code of its process. asked: it was asked to stop, or was killed."""
        if code == 0:
            self.look()
            if self.state != FINISHED:
                self.state = FAILED
                self.why = f"it ended without an error, but not finished: {self.why}"
        elif code == 130 or asked:
            self.state, self.why = STOPPED, "the same command continues"
        else:
            said = self.last_words(1)[0]  # at least its own command
            self.state = FAILED
            self.why = f"killed by signal {-code}" if code < 0 else said.partition("error: ")[2] or said

    def last_words(self, n: int) -> list[str]:
        """The last n lines of the log."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(self.log.stat().st_size - 20_000, 0))
                lines = file.read().decode(errors="replace").splitlines()
        except OSError:
            return []
        return [line for line in lines if line.strip()][-n:]


def chosen(text: str, known: Collection[str], all_of_them: Collection[str] | None = None) -> list[str]:
    """ "dcgan,wgan" or "all" -> names, each once, in the order given. Raises JobsError for an unknown name."""
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if name != "all" and name not in known:
            raise JobsError(f"there is no variant {name!r}{did_you_mean(name, [*known, 'all'])}.")
    if not names:
        raise JobsError("--variants names no variant.")
    return list(dict.fromkeys(one for name in names for one in ((all_of_them or known) if name == "all" else [name])))


@dataclass(frozen=True)
class Plan:
    """The settings of all jobs of a list."""

    images: str = "600k"
    out: Path = Path("runs")
    device: str = "cpu"
    classes: str | None = None
    """CelebA attributes that make classes, for variants that take labels"""
    options: tuple[str, ...] = ()
    """Further options of every training script"""
    settings: Settings = field(default_factory=dict)
    """More options for some variants and data sets; `options` come after them and win"""
    download: bool = True
    """False: data that is missing is not downloaded, and facts about it stay unknown"""


def listed(
    recipes: Sequence[AnyRecipe],
    datasets: Sequence[str],
    seeds: Sequence[int],
    plan: Plan,
    tell: Callable[[str], None] = print,
) -> list[Job]:
    """The jobs in the order given: by data set, then by variant, then by seed.

    tell: called with a sentence about variants that are left out, since the data has no classes. Raises JobsError for
    an invalid list; a job whose options do not fit its variant has the state failed.
    """
    names = [option.partition("=")[0] for option in plan.options]
    if "-h" in names or any("--help".startswith(name) for name in names if len(name) > 2):
        raise JobsError(f"python -m train.{recipes[0].name} --help lists the options of a training.")
    if any("--device".startswith(name) for name in names if len(name) > 3):  # argparse accepts abbreviated names
        raise JobsError("--device does not belong behind the --: give --gpus before it.")
    if any("--resume".startswith(name) for name in names if len(name) > 2):
        raise JobsError("--resume does not belong behind the --: what was begun goes on by itself.")
    reader, jobs = Reader(plan, tell), []
    for dataset in datasets:
        left_out = []
        for recipe in recipes:
            tries = settings.tries(plan.settings, recipe.name, dataset)
            made = [
                _job(recipe, dataset, seed, plan, reader, words, f"-try{k}" if len(tries) > 1 else "")
                for seed in seeds
                for k, words in enumerate(tries, 1)
            ]
            if None in made:
                left_out.append(recipe.name)
            jobs += filter(None, made)
        if left_out:
            hint = "; --classes Male,Smiling gives it four" if dataset == "celeba" else ""
            tell(f"Left out, since {dataset} has no classes for them: {', '.join(left_out)}{hint}.")
    if not jobs:
        raise JobsError("there is nothing to train.")
    return jobs


def _job(
    recipe: AnyRecipe, dataset: str, seed: int, plan: Plan, reader: Reader, words: list[str], mark: str
) -> Job | None:
    """One job with its state; None if the variant needs classes that the data lacks.

    words: its options from the settings. mark: the end of its folder's name, if there are several settings.
    """
    from gan_models.registry import check

    from ..engine import fitted
    from ..engine.args import FROM_DATA
    from ..engine.identity import identity, precision

    flag, place = reader.named(dataset)
    folder = plan.out / place / f"{recipe.name}{f'-{seed}' if seed else ''}{mark}"
    options = [*words, *plan.options]
    own = [flag, dataset, "--images", plan.images, "--seed", str(seed), "--out", str(folder)]
    if plan.classes and recipe.conditional and dataset == "celeba":
        own += ["--classes", plan.classes]
    argv = [*own, "--device", plan.device, *options]
    args, _, _ = _parsed(recipe, own)
    try:
        given, asked, changed = _parsed(recipe, [*own, *options])
        check(asked)
    except (JobsError, RecipeError) as error:
        return Job(recipe, args, argv, {}, FAILED, str(error))
    for name, where in SET.items():
        if getattr(given, name) != getattr(args, name):
            flag = {"dataset": "data", "attributes": "classes"}.get(name, name.replace("_", "-"))
            raise JobsError(f"--{flag} does not belong behind the --: {where}.")
    found = reader(given, asked, changed)
    if found is None:
        mine = identity(asked, "", "", seed, precision(given))
        unknown = {"dataset", "data", "counts", *FROM_DATA, *({"size", "channels"} - changed)}
        mine = {key: value for key, value in mine.items() if key not in unknown}
    else:
        try:
            asked = fitted(asked, found.data)
        except RecipeError:
            return None
        mine = identity(asked, found.data.name, found.hash, seed, precision(given), found.counts)
    job = Job(asked, given, argv, mine)
    job.look()
    return job


def _parsed(recipe: AnyRecipe, argv: Sequence[str]) -> tuple[TrainArgs, AnyRecipe, set[str]]:
    """The command line of a training, as the training parses it. Raises JobsError with the training's own sentence."""
    from ..engine.args import parse

    err = io.StringIO()
    try:
        with redirect_stderr(err):  # argparse would end this process, with its usage on the screen
            return parse(recipe, [*argv, "--device", "cpu"])  # the queue itself computes nothing
    except SystemExit as stop:
        said = (err.getvalue().strip().splitlines() or [f"{' '.join(argv)} is no training."])[-1]
        raise JobsError(said.partition("error: ")[2] or said) from stop


class Found(NamedTuple):
    data: Data
    """The data with its first picture only"""
    hash: str
    counts: dict
    """See `Data.counts`"""


class Reader:
    """Reads each data set once, before any job needs it: so only one process downloads and decodes it, and missing data
    is reported before the first job."""

    def __init__(self, plan: Plan, tell: Callable[[str], None]):
        self.plan, self.tell = plan, tell
        self.had: dict[tuple, Found | None] = {}

    def named(self, dataset: str) -> tuple[str, str]:
        """(training option that takes the data set, name of its folder of runs). Raises JobsError if there is no such
        data set."""
        from ..engine.data import READERS

        here = Path(dataset).expanduser()
        if dataset in READERS:
            return "--dataset", dataset
        if here.is_dir():
            return "--data", here.resolve().name
        raise JobsError(f"there is no data set or folder {dataset!r}{did_you_mean(dataset, READERS)}.")

    def __call__(self, args: TrainArgs, recipe: AnyRecipe, changed: set[str]) -> Found | None:
        """Name, size, channels, classes and hash of the data. None if it is missing and must not be downloaded."""
        from ..engine import pictures
        from ..engine.data import DataError
        from ..engine.identity import fingerprint

        asked = tuple(getattr(recipe, key) for key in ("size", "channels") if key in changed)
        domains = (recipe.kind, getattr(recipe, "rule", ""), recipe.cycle, args.a, args.b)
        key = (args.dataset, args.data_root, args.attributes, args.skip_broken, *domains, *asked)
        if key not in self.had:
            try:
                data = pictures(args, recipe, changed, self.plan.download)
                self.had[key] = Found(data.first(), fingerprint(data), data.counts())
            except DataError as error:
                if self.plan.download:
                    raise JobsError(str(error)) from error
                self.tell(f"{args.dataset} is not here: a run would download it first, if it can.")
                self.had[key] = None
        return self.had[key]
