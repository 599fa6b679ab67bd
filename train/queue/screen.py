"""The output of `train run_all` while it runs, and at its end. No torch import."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence

from ..engine.run_folder import Progress
from .jobs import FAILED, FINISHED, RUNNING, STOPPED, WAITING, Job

EVERY = 60.0
"""Seconds between two lines of progress, where no terminal shows it continuously"""
HEADS = {"variant": 0, "data": 0, "on": 0, "images": 9, "": 0, "img/s": 6, "left": 7, "FD": 5}
"""Columns of the table; number columns with a least width, so that nothing moves"""
WIDE = 100
"""Least width of a terminal, in characters, for a bar"""
WORDS = 3
"""Columns of the summary that hold words: variant, data, state"""
LAST_WORDS = 5
"""Lines of a failed job's log in the summary"""


def screen():
    """A table that is updated on a terminal, lines anywhere else."""
    return Table() if sys.stdout.isatty() else Lines()


class Lines:
    """For a file or a pipe: a line for each event, and a line of progress each minute."""

    def __init__(self):
        self.told = time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        pass

    def say(self, line: str) -> None:
        print(line, flush=True)

    def show(self, running: Mapping[Job, str], jobs: Sequence[Job]) -> None:
        if time.monotonic() - self.told > EVERY:
            self.told = time.monotonic()
            self.say(f"{counted(jobs)}: {'; '.join(' '.join(filter(None, (job.name, far(job)))) for job in running)}")


class Table:
    """For a terminal: a table of running jobs below the lines about events."""

    def __init__(self):
        from rich.console import Console
        from rich.live import Live

        self.live = Live(console=Console(highlight=False), auto_refresh=False, vertical_overflow="ellipsis")

    def __enter__(self):
        self.live.start()
        return self

    def __exit__(self, *_) -> None:
        self.live.update("", refresh=True)  # the summary replaces it
        self.live.stop()

    def say(self, line: str) -> None:
        self.live.console.print(line, markup=False, soft_wrap=True)

    def show(self, running: Mapping[Job, str], jobs: Sequence[Job]) -> None:
        from rich import box
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        wide = self.live.console.width >= WIDE
        look = {"box": box.SIMPLE_HEAD, "padding": (0, 1, 0, 0), "pad_edge": False}
        table = Table(caption=counted(jobs), caption_justify="left", **look)
        for head, least in HEADS.items():
            if head or wide:
                table.add_column(head, justify="right" if least else "left", min_width=least or None, no_wrap=True)
        for job, slot in running.items():
            cells = [title(job), job.data, slot, *(["starting"] if not job.progress else [])]
            if p := job.progress:
                bar = [ProgressBar(p.planned, p.images, width=20)] if wide else []
                cells += [f"{short(p.images)}/{short(p.planned)}", *bar]
                cells += [speed(p.per_second), duration(p.seconds_left), distance(p)]
            table.add_row(*cells)
        self.live.update(table, refresh=True)


def title(job: Job) -> str:
    return job.recipe.name + (f", seed {job.args.seed}" if job.args.seed else "")


def counted(jobs: Sequence[Job]) -> str:
    """ "2 running, 3 waiting, 1 finished"."""
    n = Counter(job.state for job in jobs)
    return ", ".join(f"{n[state]} {state}" for state in (RUNNING, WAITING, FINISHED, FAILED, STOPPED) if n[state])


def far(job: Job) -> str:
    """ "45 %, 1,200 images/s, 0:02:13 left, FD 12.3"."""
    p = job.progress
    if not p:
        return "is starting"
    parts = [f"{100 * p.images / p.planned:.0f} %"]
    if p.per_second:
        parts += [f"{speed(p.per_second)} images/s", f"{duration(p.seconds_left)} left"]
    return ", ".join([*parts, *([f"FD {distance(p)}"] if p.fd is not None else [])])


def short(n: int) -> str:
    """ "950", "430k", "1.25M"."""
    unit, letter = (1e6, "M") if n >= 1e6 else (1e3, "k") if n >= 1e3 else (1, "")
    return f"{int(n / unit * 100) / 100:g}{letter}"


def speed(per_second: float | None) -> str:
    if per_second is None:
        return ""
    return f"{per_second:,.0f}" if per_second >= 10 else f"{per_second:.1f}"


def duration(seconds: float | None) -> str:
    """ "1:02:03", or empty if unknown."""
    if seconds is None:
        return ""
    minutes, s = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{s:02}"


def distance(p: Progress | None) -> str:
    return rounded(p.fd) if p and p.fd is not None else ""


def rounded(fd: float) -> str:
    return f"{fd:,.0f}" if fd >= 1000 else f"{fd:.3g}"


# At the end


def summary(jobs: Sequence[Job]) -> str:
    """A table of all jobs, and the last words of those that failed."""
    rows = [("variant", "data", "state", "images", "seconds", "images/s", "FD")]
    watched = False
    for job in jobs:
        about = job.about() if job.state == FINISHED else {}
        images, seconds = about.get("images"), about.get("seconds")
        if not about and job.progress:
            images = job.progress.images
        fd = measured(job)
        if not fd and job.progress and job.progress.fd is not None:
            fd, watched = f"({distance(job.progress)})", True
        pace = speed(images / seconds) if images and seconds else ""
        state = ", ".join([job.state, *job.undone])
        cells = (f"{n:,.0f}" if n is not None else "" for n in (images, seconds))
        rows.append((title(job), job.data, state, *cells, pace, fd))
    lines = ["", *aligned(rows), "", counted(jobs) + "."]
    if watched:
        lines.append("FD in brackets: the last evaluation of --eval-every, of fewer pictures than train evaluate uses.")
    for job in (job for job in jobs if job.state == FAILED):
        lines += ["", f"{job.name} failed: {job.why}"]
        if job.begun and (said := job.last_words(LAST_WORDS)):
            lines += [f"  {job.log} ends:", *(f"  | {line}" for line in said)]
    return "\n".join(lines)


def measured(job: Job) -> str:
    """The distance in a checkpoint's metrics.json; empty if it was not measured on these weights."""
    from gan_models.folder import CheckpointError
    from gan_models.metrics import record

    try:
        content = record.read(job.checkpoint) if job.state == FINISHED else {}
        blocks = [*content.get("measured", {}).values()] if record.current(job.checkpoint, content) else []
        return rounded(blocks[0]["figures"]["fd"]["mean"]) if blocks else ""
    except CheckpointError:
        return ""


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns side by side: words aligned left, numbers right, a line below the headings."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    align = [str.ljust] * WORDS + [str.rjust] * (len(widths) - WORDS)
    lines = ["  ".join(to(cell, w) for to, cell, w in zip(align, row, widths, strict=True)) for row in rows]
    return [lines[0].rstrip(), "-" * len(lines[0]), *(line.rstrip() for line in lines[1:])]
