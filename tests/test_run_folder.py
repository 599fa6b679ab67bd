"""The folder of a run: one training at a time in it, and how far that is."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import SLIM
from trainings import trained

import gan_models
import train
from train.engine import main as train_one
from train.engine import run_folder

pytestmark = pytest.mark.usefixtures("own_cache", "quick_queue")
ROOT = Path(__file__).parent.parent
RECIPES = train.recipes()


def test_one_training_at_a_time_in_a_folder(tmp_path, pictures, capsys):
    folder = tmp_path / "new" / "run"
    with run_folder.alone(folder):
        assert (folder / run_folder.LOCK).exists()
        with pytest.raises(run_folder.FolderError, match="another training is at work in"), run_folder.alone(folder):
            pass
        with pytest.raises(SystemExit) as stop:
            train_one(RECIPES["gan"], ["--data", str(pictures), *SLIM, "--out", str(folder)])
        assert stop.value.code == 2 and "another training is at work in" in capsys.readouterr().err
    assert not folder.exists()  # nothing was done in it
    with run_folder.alone(folder):
        (folder / "resume.pt").touch()
    assert [p.name for p in folder.iterdir()] == ["resume.pt"]


def test_a_lock_goes_with_its_process_and_is_waited_for(tmp_path, monkeypatch):
    holder = subprocess.Popen(
        [
            sys.executable, "-c",
            "import sys, time; from pathlib import Path; from train.engine.run_folder import alone\n"
            "with alone(Path(sys.argv[1])): print('held', flush=True); time.sleep(600)",
            str(tmp_path),
        ],
        cwd=ROOT, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert holder.stdout.readline() == b"held\n"
        naps = []

        def nap(seconds):
            naps.append(seconds)
            holder.kill()
            holder.wait()

        monkeypatch.setattr(run_folder.time, "sleep", nap)
        monkeypatch.setenv(run_folder.JOB, "one")  # of a queue: it waits
        with run_folder.alone(tmp_path):
            assert len(naps) == 1
    finally:
        holder.kill()


def test_a_job_goes_on_with_what_was_saved_while_it_waited(pictures, tmp_path, monkeypatch, capsys):
    folder = trained(pictures, tmp_path, "gan")
    argv = ["--data", str(pictures), *SLIM, "--images", "24", "--out", str(folder), "--device", "cpu"]
    with pytest.raises(SystemExit):
        train_one(RECIPES["gan"], argv)
    assert "holds a run already; add --resume" in capsys.readouterr().err
    monkeypatch.setenv(run_folder.JOB, "one")
    monkeypatch.setattr(run_folder, "obey", lambda: None)  # this process has another standard input
    train_one(RECIPES["gan"], argv)
    assert gan_models.load(folder / "checkpoint").provenance["images"] == 24


def test_only_the_first_process_of_many_holds_the_lock(tmp_path, monkeypatch):
    with run_folder.alone(tmp_path):
        monkeypatch.setenv("RANK", "1")
        with run_folder.alone(tmp_path):
            pass


def test_progress_is_told_once_a_second_and_read_back(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(run_folder.time, "perf_counter", lambda: now[0])
    monkeypatch.setenv(run_folder.JOB, "one")
    teller = run_folder.Teller(tmp_path, 0, 1000)
    assert run_folder.progress(tmp_path) is None
    teller.end("failed", 0, None)
    assert run_folder.progress(tmp_path) is None  # the first step failed: nothing is left
    for at, images, told in ((100.0, 10, 10), (100.9, 50, 10), (102.0, 110, 110), (102.5, 500, 110)):
        now[0] = at
        teller(images, lambda: 12.5)
        assert run_folder.progress(tmp_path).images == told
    p = run_folder.progress(tmp_path)
    assert (p.state, p.planned, p.fd, p.pid, p.job) == ("training", 1000, 12.5, os.getpid(), "one")
    assert p.per_second == pytest.approx(50) and p.seconds_left == pytest.approx(890 / 50)  # 100 images in 2 s
    now[0] = 122.0  # 20 s later: the last speed counts for 1 / e
    teller(110 + 20 * 100, lambda: None)
    p = run_folder.progress(tmp_path)
    assert p.per_second == pytest.approx(50 / np.e + 100 * (1 - 1 / np.e)) and p.seconds_left == 0
    teller.end("stopped", 900, None)
    assert run_folder.progress(tmp_path).state == "stopped"
    assert [path.name for path in tmp_path.iterdir()] == [run_folder.PROGRESS]
    for damage in ("", "{", '{"state": "training"}', "[1]"):
        (tmp_path / run_folder.PROGRESS).write_text(damage)
        assert run_folder.progress(tmp_path) is None
    run_folder.Teller(tmp_path / "gone", 0, 10).write("training", 1, None)  # no reason to stop a run
