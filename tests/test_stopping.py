"""A run whose terminal closes, whose reader goes away, or whose console lacks letters: it saves, and says how it is."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from helpers import SLIM, TINY, Broken, grey_pictures, noise, until

import gan_models
import train
from train.engine import console, main, resume, run_folder
from train.engine.console import Stream, guarded, lost

pytestmark = pytest.mark.usefixtures("own_cache")

pty = pytest.importorskip("pty")  # no Windows
ROOT = Path(__file__).parent.parent
RECIPES = train.recipes()


@pytest.fixture(autouse=True)
def no_nohup():
    """Whoever runs the tests may have them run on without a terminal, which trainings would respect."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


# Real processes

ON_TERMINAL = (
    "import os, sys; os.login_tty(int(sys.argv[1])); os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
)
"""Runs a program with a terminal of its own, as its controlling one"""


@pytest.mark.parametrize("how", ["reader", "terminal"])
def test_a_run_that_is_left_saves_and_says_that_it_stopped(how, pictures, tmp_path):
    out = tmp_path / "run"
    command = ["-m", "train.dcgan", "--data", str(pictures), *SLIM, "--device=cpu", "--images=1M", "--out", str(out)]
    settings = {"cwd": ROOT, "env": {**os.environ, "OMP_NUM_THREADS": "1"}}
    if how == "reader":  # ... 2>&1 | head
        ours, theirs = os.pipe()
        started = subprocess.Popen([sys.executable, *command], stdout=theirs, stderr=theirs, **settings)
    else:
        ours, theirs = pty.openpty()
        launch = [sys.executable, "-c", ON_TERMINAL, str(theirs), *command]
        started = subprocess.Popen(launch, pass_fds=[theirs], start_new_session=True, **settings)
    os.close(theirs)
    os.set_blocking(ours, False)

    def begun() -> bool:
        with suppress(BlockingIOError):
            os.read(ours, 1 << 16)  # a full pipe would make the run wait
        return (out / "resume.pt").exists()

    try:
        until(begun)
        os.close(ours)  # a terminal sends SIGHUP as well
        assert started.wait(240) == 130
    finally:
        if started.poll() is None:
            started.kill()
    told, saved = run_folder.progress(out), resume.read(out / "resume.pt")["state"]["images"]
    assert (told.state, told.planned) == ("stopped", 1_000_000)
    assert 0 < told.images == saved < 1_000_000
    gan_models.load(out / "checkpoint", discriminator=True)
    assert {p.name for p in out.iterdir()} == {"checkpoint", "resume.pt", "progress.json"}


# The parts


@pytest.fixture
def streams(monkeypatch):
    """streams(error) -> one that breaks with this error, in place of standard output and error."""

    def replaced(error):
        stream = Broken(error)
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        return stream

    return replaced


@pytest.mark.parametrize("error", sorted(console.GONE))
def test_a_reader_that_goes_away_is_noted_and_nothing_is_raised(error, streams):
    stream = streams(error)
    with guarded():
        print("a", flush=True)
        assert not lost()
        stream.works = False
        print("b", flush=True)
        print("c", file=sys.stderr, flush=True)
        assert lost()
    assert stream.getvalue() == "a\n"
    assert sys.stdout is stream and not lost()


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EAGAIN])
def test_a_log_on_a_full_disk_ends_no_run(error, streams):
    stream = streams(error)
    with guarded():
        stream.works = False
        print("b", flush=True)
        assert not lost()
        stream.works = True
        print("c", flush=True)
    assert stream.getvalue() == "c\n"


def test_a_closed_standard_output_is_none_that_is_lost(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    with guarded():
        print("a", flush=True)
        assert not lost()


def test_a_run_whose_log_fails_is_finished(pictures, tmp_path, streams):
    stream = streams(errno.ENOSPC)
    stream.works = False
    main(RECIPES["dcgan"], ["--data", str(pictures), *TINY, "--out", str(tmp_path / "run")])
    assert stream.tried and run_folder.progress(tmp_path / "run").state == "finished"


def test_a_reader_that_went_away_before_the_first_step_gets_one_step_saved(pictures, tmp_path, streams):
    streams(errno.EPIPE).works = False
    with pytest.raises(SystemExit) as stop:
        main(RECIPES["dcgan"], ["--data", str(pictures), *TINY, "--out", str(tmp_path / "run")])
    assert stop.value.code == 130
    told = json.loads((tmp_path / "run" / "progress.json").read_text())
    assert (told["state"], told["images"]) == ("stopped", 8)
    assert resume.read(tmp_path / "run" / "resume.pt")["state"]["images"] == 8


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_a_console_that_cannot_show_a_name_ends_no_run(encoding, tmp_path, monkeypatch):
    shown = io.TextIOWrapper(io.BytesIO(), encoding=encoding)  # errors="strict", as standard output has it
    monkeypatch.setattr(sys, "stdout", shown)
    monkeypatch.setattr(sys, "stderr", shown)
    out = tmp_path / "顔 → run"
    main(RECIPES["dcgan"], ["--data", str(grey_pictures(tmp_path / "顔")), *TINY, "--out", str(out)])
    assert run_folder.progress(out).state == "finished"
    shown.flush()
    said = shown.buffer.getvalue().decode(encoding)
    assert ("顔 → run" if encoding == "utf-8" else r"\u9854 \u2192 run") in said and "16 images in" in said


def test_what_a_console_can_show_stays_as_it_is():
    shown = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    assert Stream(shown).write("café → 顔") == 8
    shown.flush()
    assert shown.buffer.getvalue().decode("cp1252") == r"café \u2192 \u9854"
    shown = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    assert Stream(shown).write("caf\udce9") == 4  # a file's name in another encoding
    shown.flush()
    assert shown.buffer.getvalue() == rb"caf\udce9"


def test_nohup_lets_a_run_go_on():
    before = signal.getsignal(signal.SIGHUP)
    try:
        assert signal.SIGHUP in run_folder.endings()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        assert signal.SIGHUP not in run_folder.endings()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_stopped_at_once_before_the_first_save_leaves_nothing_that_says_otherwise(tmp_path, monkeypatch, capsys):
    from train.engine import data as loading
    from train.engine import report, run
    from train.engine.args import TrainArgs

    def interrupted(self, state):
        raise KeyboardInterrupt

    monkeypatch.setattr(loading, "load", lambda *_, **__: noise(RECIPES["gan"]))
    monkeypatch.setattr(report.Report, "__call__", interrupted)
    with pytest.raises(SystemExit) as stop:
        run(TrainArgs(images=64, out=str(tmp_path / "run")), RECIPES["gan"])
    assert stop.value.code == 130
    assert "Stopped at once. Nothing was saved before." in capsys.readouterr().out
    assert not [*(tmp_path / "run").iterdir()]
