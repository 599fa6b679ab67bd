"""The output of a run on disk and screen: bar, curve, pictures, checkpoint, resume file.

A run folder holds `checkpoint/` (public, see gan_models.checkpoint) and `resume.pt` (private, never published).
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from tqdm import tqdm

from gan_models import checkpoint, disk, film
from gan_models.folder import CheckpointError
from gan_models.model import Model
from gan_models.recipe import AnyRecipe

from . import distributed, machine, resume
from .args import RunError, TrainArgs
from .data import Data
from .identity import compare, fingerprint, identity, precision
from .loop import State
from .run_folder import JOB, Teller
from .sheets import COLUMNS, ROWS
from .stopping import Signals, Stopped

if TYPE_CHECKING:
    from .watch import Watch

POINTS = 500
"""Most points of the training curve"""
FRAMES = 24
"""Moments of the evolution film"""
SAVE_SECONDS = 60


class Report:
    """The loop's callback. Holds everything of a run except the networks."""

    def __init__(
        self,
        recipe: AnyRecipe,
        args: TrainArgs,
        data: Data,
        state: State,
        watch: Watch | None = None,
        asked: Iterable[str] = (),
    ):
        self.recipe, self.args, self.data, self.state, self.watch = recipe, args, data, state, watch
        self.settings = resume.settings(args, asked)
        self.out = Path(args.out)
        self.identity = identity(recipe, data.name, fingerprint(data), args.seed, precision(args), data.counts())
        self.commit = machine.commit()  # now: the checkout may change while the run goes on
        self.points: list[dict] = []
        self.frames: list[np.ndarray] = []
        self.frame_images: list[int] = []
        self.seconds = 0.0
        """Seconds of training, over all sittings"""
        self.stride = 1.0
        """Curve points come every stride * images / POINTS images; doubled when there are too many"""
        self.evaluated = watch and {**watch.about(), "seconds": 0.0}
        """The extractor and the interval of evaluations; seconds: their part of `seconds`. None without evaluations"""
        self.signals = Signals(args.device)
        self.good = 0
        """Images at the last check that found nothing wrong"""
        self.kept: int | None = None
        """Images of the state in the resume file; None if there is no file"""
        self.changes: list[dict] = []
        """Earlier learning rates: [{"images": until when, "was": {optimiser: its settings}}]"""

    # The callback -------------------------------------------------------------------------------------------

    def __enter__(self) -> Report:
        self.saved = self.began = time.perf_counter()
        self.teller = Teller(self.out, self.state.images, self.args.images)
        self.bar = tqdm(
            total=self.args.images, initial=self.state.images, unit="img", unit_scale=True, desc=self.recipe.name,
            smoothing=0.05, mininterval=0.5, disable=JOB in os.environ,
        )  # fmt: skip
        self.signals.__enter__()
        if not self.frames:
            self.snap()
        return self

    def __exit__(self, kind: type | None, *_) -> None:
        how = "finished" if kind is None else "stopped" if issubclass(kind, Stopped | KeyboardInterrupt) else "failed"
        if how != "finished" and self.kept is None:
            self.teller.forget()
        else:
            self.teller.end(how, self.state.images, self.fd())
        self.bar.close()
        self.signals.__exit__()

    def __call__(self, state: State) -> None:
        self.bar.update(state.images - self.bar.n)
        self.teller(state.images, self.fd)
        stop = self.signals.stop()
        done = state.images >= self.args.images
        look = self.watch and (done or self.watch.due(state.images, self.recipe.batch * self.recipe.critic_steps))
        if look or done or state.images >= self.next_point():
            self.note()
        if look:
            self.evaluate()
        if done or state.images >= self.next_frame():
            self.check()
            self.snap()
            self.save_checkpoint()
            self.save()
        elif stop or time.perf_counter() - self.saved > SAVE_SECONDS:
            self.save()
        if stop and not done:
            raise Stopped

    # The curve ----------------------------------------------------------------------------------------------

    def next_point(self) -> float:
        last = self.points[-1]["images"] if self.points else 0
        return last + self.stride * self.args.images / POINTS

    def note(self) -> None:
        """Read the curves off the device into one point; a value that is not finite ends the run."""
        if int(self.state.sound) < self.state.count:
            self.check()
        means = self.state.read()
        self.points.append({"images": self.state.images, **{k: round(v, 5) for k, v in means.items()}})
        if len(self.points) > POINTS:
            self.thin()
            self.stride *= 2
        self.show()

    def thin(self) -> None:
        """Drop every second point, but keep evaluations unless these alone are more than half of the limit."""
        spare = 2 * len(self.looks()) <= POINTS
        gone = {p["images"] for p in [p for p in self.points[:-1] if not (spare and "fd" in p)][::2]}
        self.points = [p for p in self.points if p["images"] not in gone]

    def looks(self) -> list[dict]:
        """The points with an evaluation."""
        return [p for p in self.points if "fd" in p]

    def fd(self) -> float | None:
        """The latest distance."""
        return next((p["fd"] for p in reversed(self.points) if "fd" in p), None) if self.watch else None

    def evaluate(self) -> None:
        """Put distance and class shares into the last point; print warnings about changes since the last look."""
        self.check()
        began = time.perf_counter()
        self.points[-1] |= self.watch(self.model())
        self.evaluated["seconds"] += time.perf_counter() - began
        for line in self.watch.remarks(self.looks(), self.args.images):
            tqdm.write(line, file=sys.stderr)
        self.show()

    def show(self) -> None:
        """The latest figures beside the bar."""
        last = {"D": self.points[-1]["d_loss"], "G": self.points[-1]["g_loss"]}
        if (fd := self.fd()) is not None:
            last["FD"] = fd
        self.bar.set_postfix({k: f"{v:.3g}" for k, v in last.items()}, refresh=False)

    def check(self) -> None:
        """End the run, before a save, if a value is not finite. Takes as long as a step: called at moments, not at each
        step."""
        if not self.state.finite():
            raise self.diverged("weights or averages are")
        self.good = self.state.images

    def diverged(self, what: str) -> RunError:
        """The error of a run that diverged. what: the part that is no longer finite, if the losses have not shown it
        before."""
        state, step = self.state, self.recipe.batch * self.recipe.critic_steps
        at, since = state.images - (state.count - int(state.sound) - 1) * step, self.good
        if at <= state.images:
            where, what = f"at step {at // step:,} ({at:,} images)", "its losses are"
        else:  # no loss was computed after the last update, and not everything shows in the losses
            where = f"by step {state.images // step:,} ({state.images:,} images)"
            where += f", after step {since // step:,}" if since < state.images - step else ""
        slower = " ".join(
            f"--{side}-optimizer lr={opt.defaults['lr'] / 2:.2g}"
            for side, opt in (("g", state.g_opt), ("d", state.d_opt))
        )
        if self.kept is None:
            remedy = f"Nothing was saved before: start anew with a smaller learning rate ({slower}) or another --seed."
        else:
            remedy = (
                f"The last good state, of step {self.kept // step:,} ({self.kept:,} images), is kept in {self.out}: go "
                f"on from it with a smaller learning rate (--resume {slower}), or start anew with another --seed."
            )
        return RunError(f"the run diverged {where}: {what} no longer finite. {remedy}")

    # The pictures -------------------------------------------------------------------------------------------

    def next_frame(self) -> float:
        """The next moment, in images. Moments are denser early: moment k of n is at (k / (n - 1))^2 of the run."""
        moments = (self.args.images * (k / (FRAMES - 1)) ** 2 for k in range(FRAMES))
        return next((m for m in moments if m > self.frame_images[-1]), math.inf)

    def model(self) -> Model:
        """The averaged generator as a loaded model."""
        return checkpoint.MODELS[type(self.recipe)](self.recipe, self.state.G_ema)

    def snap(self) -> None:
        """Add a frame of the averaged generator at fixed seeds; the training's random numbers are untouched."""
        try:
            self.frames.append(self.data.sheet(self.model()))
        except CheckpointError:  # finite weights can draw values that are not
            raise self.diverged("G's pictures are") from None
        self.frame_images.append(self.state.images)

    # The disk -----------------------------------------------------------------------------------------------

    def elapsed(self) -> float:
        return self.seconds + time.perf_counter() - self.began

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A context for all writing: raises RunError if it fails, with the saved state and a remedy."""
        try:
            yield
        except OSError as error:
            told = f"cannot write to {self.out}: {disk.why(error)}"
            if error.errno in disk.FULL:
                told += f"; {room(self.state, self.recipe, self.out)}"
            raise RunError(f"{told}. {self.left()}") from error

    def left(self) -> str:
        """A sentence on the saved state."""
        if self.kept is None:
            return "Nothing was saved before."
        return f"The last good state is kept ({self.kept:,} images): go on from it with --resume."

    def save_checkpoint(self) -> None:
        with self.writing():
            checkpoint.save(
                self.out / "checkpoint",
                self.recipe,
                self.state.G_ema,
                self.state.D,
                self.provenance(),
                self.write_files,
            )

    def write_files(self, folder: Path) -> None:
        (folder / "stats.jsonl").write_text("".join(json.dumps(p) + "\n" for p in self.points))
        # Pictures that may not be passed on stay in the run folder, and so do pictures made from them.
        place = folder if self.data.may_be_shown() else self.out
        # From the written checkpoint and not from memory: the picture shows the weights that people will load.
        sheet = self.data.sheet(checkpoint.load(folder))
        Image.fromarray(sheet).save(place / "samples.png", optimize=True)
        # Cut, for a run begun by an earlier version: its frames had two rows more.
        film.write(place / "evolution.webp", [frame[: len(sheet)] for frame in self.frames])

    def provenance(self) -> dict:
        state = self.state
        evaluated = self.evaluated and {**self.evaluated, "seconds": round(self.evaluated["seconds"], 1)}
        return {
            "dataset": self.identity["dataset"],
            "data_hash": self.identity["data"],
            "data_counts": self.identity["counts"],
            "seed": self.args.seed,
            "images": state.images,
            "planned_images": self.args.images,
            "seconds": round(self.elapsed(), 1),
            "device": machine.device_name(self.args.device),
            "threads": torch.get_num_threads(),
            "processes": distributed.size(),
            "precision": precision(self.args),
            "peak_memory_mb": round(machine.peak_memory(self.args.device) / 1e6),
            "commit": self.commit,
            "versions": machine.versions(),
            "parameters": {
                name: sum(p.numel() for p in net.parameters())
                for name, net in (("generator", state.G), ("discriminator", state.D))
            },
            "frames": self.frame_images,
            **({"eval": evaluated} if evaluated else {}),
            **({"changes": self.changes} if self.changes else {}),
        }

    def save(self) -> None:
        """Write the resume file atomically: state, curve, frames and random generators."""
        self.check()
        content = {
            "identity": self.identity,
            "settings": self.settings,
            "state": self.state.state_dict(),
            "points": self.points,
            "stride": self.stride,
            "frames": [torch.from_numpy(f) for f in self.frames],
            "frame_images": self.frame_images,
            "seconds": self.elapsed(),
            "evaluated": self.evaluated,
            "changes": self.changes,
            "rng": torch.get_rng_state(),
            "cuda_rng": torch.cuda.get_rng_state(self.args.device) if self.args.device.startswith("cuda") else None,
        }
        with self.writing():
            resume.write(self.out / resume.FILE, content)
        self.saved, self.kept = time.perf_counter(), self.state.images

    def restore(self) -> None:
        """Restore everything from the resume file. Raises RunError if it is another run's, or damaged."""
        path = self.out / resume.FILE
        if not distributed.rank():
            with self.writing():
                disk.take_back(self.out / "checkpoint")
        saved = resume.read(path, self.args.device)
        changed = compare(path, saved["identity"], self.identity)
        lines = resume.changed(saved.get("settings", {}), self.args)
        try:
            self.state.load_state_dict(saved["state"])
            self.good = self.kept = self.state.images
            self.changes = saved.get("changes", [])
            if changed:
                self.changes.append({"images": self.state.images, "was": changed})
                rates = [f"{k}'s is {self.identity[k].get('lr')}, was {was.get('lr')}" for k, was in changed.items()]
                lines.append(f"Another learning rate from {self.state.images:,} images on: {', '.join(rates)}.")
            self.points, self.stride, self.seconds = saved["points"], saved["stride"], saved["seconds"]
            theirs = saved.get("evaluated")
            self.frames = [f.cpu().numpy() for f in saved["frames"]]
            self.frame_images = saved["frame_images"]
            torch.set_rng_state(saved["rng"].cpu())
            if saved["cuda_rng"] is not None and self.args.device.startswith("cuda"):
                torch.cuda.set_rng_state(saved["cuda_rng"].cpu(), self.args.device)
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            raise resume.damaged(path) from error
        self.take_over(theirs)
        if not distributed.rank():
            print(*lines, sep="\n", end="\n" * bool(lines), file=sys.stderr)

    def take_over(self, theirs: dict | None) -> None:
        """Continue the evaluations of earlier sittings. Raises RunError if another extractor made them."""
        if theirs and self.evaluated:
            was, mine = theirs["extractor"], self.evaluated["extractor"]
            if was != mine:
                raise RunError(
                    f"the evaluations in {self.out} were made by {was['name']} {was['hash']}, and here is "
                    f"{mine['name']} {mine['hash']}: put that one back, or give --eval-every 0."
                )
            self.evaluated["seconds"] = theirs["seconds"]
        self.evaluated = self.evaluated or theirs


def needed(state: State, recipe: AnyRecipe) -> int:
    """Approximate bytes of a save, rather too many: Adam's two averages, which appear with the first step, are
    counted."""
    G, D = (sum(t.numel() for t in net.state_dict().values()) for net in (state.G, state.D))
    pictures = FRAMES * ROWS * COLUMNS * recipe.channels * recipe.size**2
    return 4 * (3 * (G + D) + G) + 2 * (G + D) + 2 * pictures + 2**18


def room(state: State, recipe: AnyRecipe, folder: Path) -> str:
    """The space that a save needs and the free space, in words."""
    mb = [f"{bytes / 1e6:,.1f} MB" for bytes in (needed(state, recipe), shutil.disk_usage(folder).free)]
    return f"a save needs up to {mb[0]}, and {mb[1]} are free"


def summary(recipe: AnyRecipe, args: TrainArgs) -> str:
    return json.dumps({"recipe": recipe.to_json(), "run": asdict(args)}, indent=2)
