"""Slots of many trainings: one job at a time in each, and none is lost or orphaned, whoever stops."""

import errno
import json
import sys
from pathlib import Path

import pytest
from helpers import Broken

import train
from train.engine import run_folder
from train.engine.args import TrainArgs
from train.engine.console import guarded
from train.queue import screen, slots
from train.queue.jobs import FAILED, FINISHED, STOPPED, Job

pytestmark = pytest.mark.usefixtures("own_cache", "quick_queue")
ROOT = Path(__file__).parent.parent
RECIPES = train.recipes()


class Fake(Job):
    """A job that is any Python program, and is finished if that ends without an error."""

    def __init__(self, folder: Path, program: str = "pass"):
        super().__init__(RECIPES["dcgan"], TrainArgs(out=str(folder), images=16), [], {})
        self.program = program

    def command(self):
        return [sys.executable, "-c", self.program]

    def look(self):
        self.state = FINISHED


def test_a_second_ctrl_c_kills_and_nothing_more_begins(tmp_path, capsys):
    deaf = Fake(tmp_path / "deaf", "import time; print('here', flush=True); time.sleep(600)")
    last = Fake(tmp_path / "last")

    class Impatient(screen.Lines):
        def show(self, running, jobs):
            if running and "here" in deaf.last_words(1):
                queue._ask()

    queue = slots.Queue([slots.Slot("CPU", {})], Impatient())
    queue.run([deaf, last])
    assert (deaf.state, last.state, last.why) == (STOPPED, STOPPED, "not begun")
    said = capsys.readouterr().out
    assert said.index("will save and end") < said.index("Killing 1 training")


def test_a_reader_that_goes_away_lets_every_training_save_and_stop(tmp_path, monkeypatch):
    patient = Fake(tmp_path / "patient", "import sys; print('here', flush=True); sys.stdin.read(); print('saved')")
    last, read = Fake(tmp_path / "last"), Broken(errno.EPIPE)

    class Chatty(screen.Lines):
        def show(self, running, jobs):
            if "here" in patient.last_words(1):
                read.works = False
                self.say("how far it is")

    monkeypatch.setattr(sys, "stdout", read)
    with guarded():
        slots.Queue([slots.Slot("CPU", {})], Chatty()).run([patient, last])
    assert (patient.state, last.state, last.why) == (FINISHED, STOPPED, "not begun")
    assert patient.last_words(1) == ["saved"] and not read.works


def test_a_slot_is_used_again_and_what_an_earlier_process_left_is_not_believed(tmp_path):
    listed = [Fake(tmp_path / str(k)) for k in range(3)]
    listed[1].program = "import sys; sys.exit('error: it broke')"
    stale = run_folder.Progress("training", 9, 16, 1.0, 7.0, None, 0.0, 1, "somebody else's")
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / run_folder.PROGRESS).write_text(json.dumps(vars(stale)))
    most, seen = 0, set()

    class Watched(screen.Lines):
        def show(self, running, jobs):
            nonlocal most
            most = max(most, len(running))
            seen.update(job.progress for job in jobs)

    slots.Queue([slots.Slot("GPU 7", {"CUDA_VISIBLE_DEVICES": "7"})], Watched()).run(listed)
    assert [job.state for job in listed] == [FINISHED, FAILED, FINISHED] and listed[1].why == "it broke"
    assert most == 1 and seen == {None}


def test_a_process_gets_its_slot_and_its_name(tmp_path):
    program = "import os; print(*(os.environ.get(k) for k in ('CUDA_VISIBLE_DEVICES', 'GANSCOPE_JOB')))"
    process, name = slots.start(job := Fake(tmp_path / "run", program), {"CUDA_VISIBLE_DEVICES": "3"})
    process.wait()
    slots.let_go(process)
    assert job.last_words(1) == [f"3 {name}"]


def test_a_job_runs_our_train_where_a_train_py_of_somebody_else_lies(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("")
    program = "import train; print(train.__file__)"
    process, _ = slots.start(job := Fake(tmp_path / "run", program))
    process.wait()
    slots.let_go(process)
    assert job.last_words(1) == [str(ROOT / "train" / "__init__.py")]


def test_a_folder_that_cannot_be_made_is_a_failure_of_its_job(tmp_path):
    (tmp_path / "file").write_text("mine")
    jobs = [Fake(tmp_path / "file" / "below"), Fake(tmp_path / "other")]
    slots.Queue([slots.Slot("CPU", {})], screen.Lines()).run(jobs)
    assert [job.state for job in jobs] == [FAILED, FINISHED]


def test_slots_take_the_gpus_in_turn_and_share_the_cores(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr(slots, "cores", lambda: 16)
    made = slots.slots(["0", "1"], 2, jobs=9)
    assert [s.name for s in made] == ["GPU 0", "GPU 1", "GPU 0", "GPU 1"]
    assert made[1].environment == {"CUDA_VISIBLE_DEVICES": "1", "OMP_NUM_THREADS": "4"}
    assert [s.name for s in slots.slots(["0", "1"], 2, jobs=1)] == ["GPU 0"]
    made = slots.slots([], 3, jobs=9)
    assert [s.name for s in made] == ["CPU"] * 3
    assert made[0].environment == {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "5"}
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert slots.slots([], 3, jobs=9)[0].environment["OMP_NUM_THREADS"] == "2"
    assert slots.slots(["0"], 4, jobs=0) == []
