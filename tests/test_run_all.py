"""Many trainings: what is left alone, begun, gone on with, refused; what is told; and that no training is orphaned."""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from helpers import SLIM, Broken, contents, until
from zoos import block, measure, put

import gan_models
import train
from gan_models.metrics import record
from train.engine import main as train_one
from train.engine import run_folder
from train.engine.args import TrainArgs
from train.engine.console import guarded
from train.measure import evaluate
from train.publish import publish as publishing
from train.queue import after, jobs, run_all, screen, slots, slurm
from train.queue.jobs import FAILED, FINISHED, RUNNING, STOPPED, WAITING, Job, JobsError, Plan

ROOT = Path(__file__).parent.parent
RECIPES = train.recipes()


@pytest.fixture(autouse=True)
def environment(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("GAN_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(slots, "POLL", 0.05)


def command(pictures, out, variants, *more, images="16", options=()) -> list[str]:
    """The command line of a list of tiny trainings on the CPU."""
    argv = ["--variants", variants, "--datasets", str(pictures), "--images", images, "--out", str(out)]
    return [*argv, "--gpus", "cpu", *more, "--", *SLIM, *options]


def trained(pictures, out, variant, images=16) -> Path:
    """The folder of a run that was made by hand, with the settings of `command`."""
    folder = out / "pictures" / variant
    argv = ["--data", str(pictures), *SLIM, "--images", str(images), "--out", str(folder), "--device", "cpu"]
    train_one(RECIPES[variant], argv)
    return folder


# The list


def test_a_list_skips_begins_goes_on_refuses_and_sums_up(pictures, tmp_path, capsys):
    out = tmp_path / "runs"
    gan = trained(pictures, out, "gan")
    trained(pictures, out, "cgan", images=8)
    (out / "pictures" / "wgan").mkdir()
    (out / "pictures" / "wgan" / "resume.pt").write_bytes((gan / "resume.pt").read_bytes())
    trained(pictures, out, "lsgan")
    (out / "pictures" / "lsgan").rename(out / "pictures" / "dcgan_noise")  # another recipe's checkpoint lies there
    before = contents(out)
    capsys.readouterr()

    names = "gan,dcgan,cgan,wgan,dcgan_noise"
    assert run_all.main(command(pictures, out, names, "--jobs", "2")) == 1
    said = capsys.readouterr().out
    begun = [
        line.partition(":")[0] for line in said.splitlines() if ": begins (CPU, " in line or ": goes on (CPU, " in line
    ]
    assert begun == ["dcgan on pictures", "cgan on pictures", "wgan on pictures"]
    assert said.index("cgan on pictures: goes on") < said.index("dcgan on pictures: finished")  # two at a time
    assert "gan on pictures: finished already, 16 images in" in said
    assert "its name is 'lsgan', yours is 'dcgan_noise'" in said

    states = {line.split()[0]: line.split()[2] for line in said[said.index("variant ") :].splitlines()[2:7]}
    done = dict.fromkeys(["gan", "dcgan", "cgan"], "finished")
    assert states == {**done, "wgan": "failed", "dcgan_noise": "failed"}
    assert "3 finished, 2 failed." in said
    last = said[said.index("wgan on pictures failed: ") :]
    assert "another recipe: its name is 'gan', yours is 'wgan'" in last and "train.log ends:" in last
    after = contents(out)
    assert {k: after[k] for k in before if not k.startswith("pictures/cgan/")} == {
        k: v for k, v in before.items() if not k.startswith("pictures/cgan/")
    }
    assert {*after} - {*before} >= {"pictures/wgan/train.log"}  # its log is kept
    assert "error: " in (out / "pictures/wgan/train.log").read_text()

    for variant in ("dcgan", "cgan"):
        folder = out / "pictures" / variant
        assert gan_models.load(folder / "checkpoint", discriminator=True).provenance["images"] == 16
        told = run_folder.progress(folder)
        assert (told.state, told.images, told.planned) == ("finished", 16, 16) and told.job
        assert not (folder / run_folder.LOCK).exists()
    assert "--resume" in (out / "pictures/cgan/train.log").read_text()
    assert "--resume" not in (out / "pictures/dcgan/train.log").read_text()

    assert run_all.main(command(pictures, out, "gan,dcgan,cgan")) == 0  # nothing is left to do
    said = capsys.readouterr().out
    assert ": begins (" not in said and "3 finished." in said
    assert contents(out) == after


def test_a_killed_queue_leaves_no_orphan_and_the_next_one_goes_on(pictures, tmp_path, capsys, monkeypatch):
    out = tmp_path / "runs"
    folder, argv = out / "pictures" / "dcgan", command(pictures, out, "dcgan", images="100k")
    queue = subprocess.Popen(
        [sys.executable, "-m", "train", "run_all", *argv], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    try:
        until(lambda: ((folder / "resume.pt").exists() and run_folder.progress(folder)) or queue.poll() is not None)
        told = run_folder.progress(folder)
        assert (told.state, told.planned) == ("training", 100_000)
    finally:
        queue.kill()
    assert queue.wait() == -signal.SIGKILL
    until(lambda: run_folder.progress(folder).state == "stopped")  # it saved
    until(lambda: not (folder / run_folder.LOCK).exists())  # and ended
    saved = torch.load(folder / "resume.pt", weights_only=True)["state"]["images"]
    assert run_folder.progress(folder).images == saved > 0

    # The next one goes on, and saves and stops at a Ctrl-C.
    class Watched(screen.Lines):
        asked = False

        def show(self, running, jobs):
            if not self.asked and any(job.progress and job.progress.images > saved for job in running):
                self.asked = True
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(run_all, "screen", Watched)
    argv[argv.index("100k")] = "200k"
    capsys.readouterr()
    assert run_all.main(argv) == 130
    said = capsys.readouterr().out
    assert "Stopping: 1 training will save and end." in said and "1 stopped." in said
    more = torch.load(folder / "resume.pt", weights_only=True)["state"]["images"]
    assert more > saved and run_folder.progress(folder).state == "stopped"
    assert "Traceback" not in (folder / "train.log").read_text()
    assert run_all.main([*argv[: argv.index("--")], "--dry-run", *argv[argv.index("--") :]]) == 0
    assert capsys.readouterr().out.strip().endswith("--resume")


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


# The command line


def test_a_dry_run_prints_what_would_run_and_writes_nothing(pictures, tmp_path, capsys):
    out = tmp_path / "runs"
    assert run_all.main(command(pictures, out, "gan,cgan", "--seeds", "0,2", "--dry-run")) == 0
    lines = capsys.readouterr().out.splitlines()
    tail = f"--device cpu {' '.join(SLIM)}"
    assert lines == [
        f"python -m train.{v} --data {pictures} --images 16 --seed {s} --out {out}/pictures/{v}{'-2' * (s > 0)} {tail}"
        for v in ("gan", "cgan") for s in (0, 2)
    ]  # fmt: skip
    assert not out.exists()


def test_what_lies_there_decides(pictures, tmp_path, capsys):
    """Finished by recipe and budget; a longer budget, a longer run; another width, seed or data, another run."""
    trained(pictures, tmp_path, "gan")
    folder = tmp_path / "pictures/gan"

    def told(*more, images="16", options=()):
        capsys.readouterr()
        code = run_all.main(command(pictures, tmp_path, "gan", "--dry-run", *more, images=images, options=options))
        return code, capsys.readouterr().out.strip()

    assert told() == (0, f"# gan on pictures: finished, 16 images in {folder / 'checkpoint'}")
    assert told(images="8")[1].startswith("# gan on pictures: finished, 16 images")
    code, line = told(images="17")
    assert code == 0 and line.startswith("python -m train.gan") and line.endswith("--resume")
    for options, words in (
        (["--batch", "4"], "belongs to another recipe: its batch is 8, yours is 4"),
        (["--size", "32"], "belongs to another recipe: its size is 28, yours is 32"),
        (["--d-optimizer", "lr=1"], "trained with another learning rate: d_optimizer was"),
    ):
        code, line = told(options=options)
        assert code == 1 and line.startswith("# gan on pictures: failed, ") and words in line
    assert told(images="17", options=["--d-optimizer", "lr=1"])[0] == 0  # --resume takes another learning rate

    content = json.loads((folder / "checkpoint/recipe.json").read_text())
    was = content["recipe"]["d_optimizer"]
    content["recipe"]["d_optimizer"] = {**was, "lr": 1e-5}
    content["provenance"]["changes"] = [{"images": 8, "was": {"d_optimizer": was}}]
    (folder / "checkpoint/recipe.json").write_text(json.dumps(content))
    assert told()[1].startswith("# gan on pictures: finished")  # it diverged, and was helped over it
    content["provenance"]["data_hash"] = "0" * 16
    (folder / "checkpoint/recipe.json").write_text(json.dumps(content))
    assert "another run: its data holds as many images as yours, 12, but not the same ones" in told()[1]

    trained(pictures, tmp_path / "b", "gan")
    os.truncate(tmp_path / "b/pictures/gan/checkpoint/generator.safetensors", 100)
    code, line = told("--out", str(tmp_path / "b"))
    assert code == 0 and line.endswith("--resume")  # damaged: not finished


def test_options_that_one_variant_does_not_take_are_the_failure_of_its_job(pictures, tmp_path, capsys):
    argv = command(pictures, tmp_path, "gan,dcgan_smoothing", "--dry-run", options=["--views", "image_smoothing="])
    assert run_all.main(argv) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("# gan on ") and "failed, views has no 'image_smoothing' to take out" in first
    assert second.startswith("python -m train.dcgan_smoothing")


def test_a_variant_that_needs_classes_is_left_out_in_one_sentence(pictures, tmp_path, capsys):
    assert run_all.main(command(pictures / "one", tmp_path, "acgan,gan,cgan", "--seeds", "0,1", "--dry-run")) == 0
    first, *commands = capsys.readouterr().out.splitlines()
    assert first == f"Left out, since {pictures / 'one'} has no classes for them: acgan, cgan."
    assert [line.split()[2] for line in commands] == ["train.gan", "train.gan"]
    assert run_all.main(command(pictures / "one", tmp_path, "cgan", "--dry-run")) == 2
    assert "there is nothing to train" in capsys.readouterr().err


def test_classes_of_faces_go_to_the_variants_that_take_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GAN_DATA_ROOT", str(tmp_path))
    argv = ["--variants", "dcgan,cgan", "--datasets", "celeba", "--classes", "Male,Smiling", "--gpus", "cpu"]
    assert run_all.main([*argv, "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "celeba is not here: a run would download it first, if it can."
    assert ["--classes Male,Smiling" in line for line in lines if line.startswith("python")] == [False, True]
    assert "--out runs/celeba/cgan " in lines[-1] and "--images 600k" in lines[-1]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--variants", "dcgna"], "there is no variant 'dcgna' (did you mean 'dcgan'?)"),
        (["--variants", ","], "--variants names none"),
        (["--datasets", "mnits"], "there is no data set or folder 'mnits' (did you mean 'mnist'?)"),
        (["--classes", "Male"], "--classes is for celeba"),
        (["--gpus", "97"], "there is no GPU 97"),
        (["--gpus", "cpu", "--jobs-per-gpu", "2"], "--jobs is for the CPU, and --jobs-per-gpu for GPUs"),
        (["--images", "many"], "argument --images: 'many' is no count"),
        (["--slurm", "partition=x", "--evaluate"], "with --slurm there is no --evaluate"),
        (["--slurm", "partition=x", "--gpus", "0"], "with --slurm the cluster chooses GPUs"),
        (["--publish", "nonsense"], "'nonsense' names no repository"),
        (["--publish", "me/gan", "--variants", "gan,dcgan"], "one name for several: it needs {variant} and {dataset}"),
        (["--evaluate", "--", "--checkpoints", "nowhere"], "--evaluate needs nowhere/pictures/reference.safetensors"),
        (["--", "--seed", "3"], "--seed does not belong behind the --: give --seeds before it"),
        (["--", "--im", "3k"], "--images does not belong behind the --: give --images before it"),
        (["--", "--device", "cuda"], "--device does not belong behind the --: give --gpus before it"),
        (["--", "--resume"], "--resume does not belong behind the --: what was begun goes on by itself"),
        (["--", "--help"], "python -m train.gan --help"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_a_wrong_command_line_is_refused_in_a_sentence(argv, words, pictures, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_x")
    argv = ["--variants", "gan", "--datasets", str(pictures), "--out", str(tmp_path / "runs"), *argv]
    assert run_all.main(argv) == 2
    err = capsys.readouterr().err
    assert words in err and err.count("\n") == 1 and err.startswith("python -m train run_all: error: ")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("argv", [["--seeds", "a"], ["--jobs", "0"], ["--jobs-per-gpu", "x"], ["--nonsense"]])
def test_a_wrong_number_is_refused(argv, capsys):
    with pytest.raises(SystemExit) as stop:
        run_all.main(argv)
    assert stop.value.code == 2 and argv[0] in capsys.readouterr().err


def test_names_keep_their_order_and_come_once():
    known = {"a": None, "b": None, "c": None}
    assert jobs.chosen("c, a,c", known) == ["c", "a"]
    assert jobs.chosen("c,all", known) == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("visible", "count", "asked", "names"),
    [
        (None, 2, None, ["0", "1"]),
        (None, 2, "1", ["1"]),
        (None, 0, None, []),
        ("4,7", 2, None, ["4", "7"]),
        ("4,7", 2, "7,4", ["7", "4"]),
        ("", 0, None, []),
        ("GPU-aa,GPU-bb", 2, "GPU-bb", ["GPU-bb"]),
    ],
)
def test_gpus_are_called_as_their_variable_calls_them(visible, count, asked, names, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert run_all.gpus_of(asked) == names
    with pytest.raises(JobsError, match="there is no GPU 1;" if visible else "there is no GPU 9;"):
        run_all.gpus_of("1" if visible else "9")


# The run folder


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


# What is told


def job_at(tmp_path, variant="dcgan", state=RUNNING, dataset="mnist", **told) -> Job:
    made = Job(RECIPES[variant], TrainArgs(dataset=dataset, images=1000, out=str(tmp_path / variant)), [], {}, state)
    if told:
        values = {"state": "training", "planned": 1000, "per_second": None, "seconds_left": None, "fd": None}
        made.progress = run_folder.Progress(**{**values, "time": 0.0, "pid": 1, "job": "x", **told})
    return made


def test_lines_say_how_far_all_is_once_a_minute(tmp_path, capsys):
    running = {job_at(tmp_path, images=450, per_second=1234.5, seconds_left=3723.2, fd=12.345): "GPU 0"}
    running[job_at(tmp_path, "gan")] = "GPU 1"
    listed = [*running, job_at(tmp_path, "wgan", WAITING)]
    shown = screen.Lines()
    shown.show(running, listed)
    assert capsys.readouterr().out == ""
    shown.told -= 61
    shown.show(running, listed)
    assert capsys.readouterr().out == (
        "2 running, 1 waiting: dcgan on mnist 45 %, 1,234 images/s, 1:02:03 left, FD 12.3; gan on mnist is starting\n"
    )


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_gets_a_table(width, tmp_path, monkeypatch, capsys):
    from rich.console import Console

    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", str(width))
    first = job_at(tmp_path, "wgan_noise_smoothing", images=450, per_second=9.87, seconds_left=55.9, fd=12.345)
    second = job_at(tmp_path, "gan", dataset="fashion_mnist")
    with screen.Table() as shown:
        shown.say("gan on mnist: begins [on GPU 1]")
        shown.show({first: "GPU 0", second: "GPU 1"}, [first, second])
        with (console := Console(width=width)).capture() as seen:
            console.print(shown.live.get_renderable())
    assert "gan on mnist: begins [on GPU 1]\n" in capsys.readouterr().out
    lines = [line.replace("━", " ").replace("╺", " ").replace("╸", " ").split() for line in seen.get().splitlines()]
    assert ("━" * 5 in seen.get().partition("wgan")[2]) == (width == 120)
    assert [" ".join(words) for words in lines if words and "─" not in words[0]] == [
        "variant data on images img/s left FD",
        "wgan_noise_smoothing mnist GPU 0 450/1k 9.9 0:00:56 12.3",
        "gan fashion_mnist GPU 1 starting",
        "2 running",
    ]


def test_numbers_are_short():
    assert [*map(screen.short, (0, 950, 1000, 430_400, 999_999, 1_250_000))] == [
        "0",
        "950",
        "1k",
        "430.4k",
        "999.99k",
        "1.25M",
    ]
    assert [*map(screen.duration, (None, 0.4, 59.6, 3723))] == ["", "0:00:00", "0:01:00", "1:02:03"]
    assert [*map(screen.rounded, (0.0612, 12.345, 1234.5))] == ["0.0612", "12.3", "1,234"]


def test_the_summary_gives_figures_and_last_words(tmp_path):
    put(tmp_path / "dcgan" / "checkpoint", "mnist", name="dcgan")
    measure(tmp_path / "dcgan" / "checkpoint", block(12.31))
    done, failed = job_at(tmp_path, state=FINISHED), job_at(tmp_path, "gan", FAILED, images=300, fd=99.0)
    done.undone, failed.why, failed.begun = ["not published"], "it broke", True
    failed.folder.mkdir()
    failed.log.write_text("".join(f"line {k}\n" for k in range(9)))
    head, _, first, second, _, total, note, *rest = screen.summary([done, failed]).splitlines()[1:]
    assert [" ".join(line.split()) for line in (head, first, second)] == [
        "variant data state images seconds images/s FD",
        "dcgan mnist finished, not published 20,000 75 267 12.3",  # put: 20,000 images in 75 s
        "gan mnist failed 300 (99)",
    ]
    assert total == "1 finished, 1 failed." and note.startswith("FD in brackets: the last look of --eval-every")
    assert rest[1:3] == ["gan on mnist failed: it broke", f"  {failed.log} ends:"]
    assert rest[3:] == [f"  | line {k}" for k in range(4, 9)]
    failed.begun = False  # what stands there is of an earlier process
    assert "line 8" not in screen.summary([failed])


# What follows


def finished_job(tmp_path, variant="dcgan", dataset="toys", seed=0) -> Job:
    out = tmp_path / "runs" / f"{variant}-{seed}"
    put(out / "checkpoint", dataset, seed=seed, name=variant)
    args = TrainArgs(dataset=dataset, out=str(out), seed=seed, checkpoints=str(tmp_path / "zoo"))
    return Job(RECIPES[variant], args, [], {"dataset": dataset}, FINISHED)


def test_what_is_collected_replaces_and_takes_its_own_figures_along(tmp_path):
    job, zoo = finished_job(tmp_path), tmp_path / "zoo"
    place = zoo / "toys" / "dcgan"
    put(place, "toys", seed=5, name="dcgan")
    measure(place, block(99.0))
    (place / "generator.onnx").write_text("of other weights")
    after.collect(job, zoo)
    assert contents(place) == contents(job.checkpoint)  # figures of other weights are gone

    measure(place, {**block(7.0), "extractor": {"name": "inception", "hash": "aa", "features": 8}}, augment={"cas": 1})
    measure(job.checkpoint, block(12.0))
    after.collect(job, zoo)  # the same weights: both belong to them
    held = record.read(place)
    assert record.current(place) and {k: b["figures"]["fd"]["mean"] for k, b in held["measured"].items()} == {
        "inception": 7.0, "toys-cnn": 12.0
    }  # fmt: skip
    assert held["augment"] == {"cas": 1}
    assert [p.name for p in (zoo / "toys").iterdir()] == ["dcgan"]


def test_one_seed_is_collected_and_what_fails_is_noted(tmp_path, capsys):
    listed = [finished_job(tmp_path, seed=s) for s in (0, 1)]
    torn = finished_job(tmp_path, "gan")
    (torn.checkpoint / "metrics.json").write_text("{")
    assert after.After(zoo=tmp_path / "zoo")([torn, *listed])
    assert record.generator_hash(tmp_path / "zoo/toys/dcgan") == record.generator_hash(listed[0].checkpoint)
    assert [job.undone for job in (torn, *listed)] == [["not collected"], [], []]
    assert "gan on toys: not collected, " in capsys.readouterr().err


def test_what_cannot_be_evaluated_is_noted_and_not_published(tmp_path, monkeypatch):
    listed = [finished_job(tmp_path, name) for name in ("gan", "dcgan")]
    measure(listed[1].checkpoint, block(3.0))
    asked, published = [], []
    monkeypatch.setattr(evaluate, "main", lambda argv: asked.append(argv) or 2)
    monkeypatch.setattr(publishing, "publish", lambda folder, repo, private: published.append((folder, repo, private)))
    assert after.After(evaluate=True, publish="me/{variant}", private=True)(listed)
    assert asked == [[*(str(job.checkpoint) for job in listed), "--checkpoints", str(tmp_path / "zoo")]]
    assert [job.undone for job in listed] == [["not evaluated"], []]
    assert published == [(listed[1].checkpoint, "me/{variant}", True)]
    monkeypatch.setattr(evaluate, "main", lambda argv: 130)
    assert not after.After(evaluate=True)(listed)  # interrupted


def test_a_finished_list_is_published(hub, pictures, tmp_path, capsys):
    for variant in ("gan", "dcgan"):
        trained(pictures, tmp_path, variant)
    argv = command(pictures, tmp_path, "gan,dcgan", "--publish", "user/{variant}-{dataset}")
    assert run_all.main(argv) == 0
    assert "Published: user/gan-pictures@v1" in (said := capsys.readouterr().out) and "user/dcgan-pictures@v1" in said
    assert gan_models.load("user/gan-pictures@v1").recipe.name == "gan"
    os.truncate(tmp_path / "pictures/gan/checkpoint/samples.png", 0)  # not looked at before it is to be pushed
    (tmp_path / "pictures/gan/checkpoint/metrics.json").write_text("{")
    assert run_all.main(argv) == 1
    said = capsys.readouterr()
    assert "gan on pictures: not published, " in said.err and "finished, not published" in said.out


# Clusters and clouds


def test_options_of_slurm_are_read():
    assert slurm.options("partition=gpu,time=60,gres=gpu:a100:1") == {
        "partition": "gpu", "time": 60, "gres": "gpu:a100:1"
    }  # fmt: skip
    for wrong in ("gpu", "time=", "=3", "mail-type=END"):
        with pytest.raises(JobsError, match="is no NAME=VALUE"):
            slurm.options(wrong)


def test_a_missing_submitit_is_named(pictures, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "submitit", None)
    assert run_all.main(command(pictures, tmp_path, "gan", "--slurm", "partition=gpu")) == 2
    assert "--slurm needs submitit: pip install -r requirements/cluster.txt" in capsys.readouterr().err
    assert "\nsubmitit>=" in (ROOT / "requirements/cluster.txt").read_text()


def test_slurm_that_is_not_there_and_a_wrong_option_are_named(pictures, tmp_path, capsys, monkeypatch):
    pytest.importorskip("submitit")
    monkeypatch.setenv("PATH", "")
    assert run_all.main(command(pictures, tmp_path, "gan", "--slurm", "partition=gpu")) == 2
    assert "--slurm partition=gpu: " in (err := capsys.readouterr().err) and err.count("\n") == 1
    assert run_all.main(command(pictures, tmp_path, "gan", "--slurm", "cluster=local,partitoin=gpu")) == 2
    assert "Unknown argument 'partitoin'" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the job's process through /proc")
def test_a_preempted_job_saves_is_queued_again_and_goes_on(pictures, tmp_path, monkeypatch):
    """On submitit's own executor for one machine, which queues again as SLURM does."""
    pytest.importorskip("submitit")
    plan = Plan("100k", tmp_path, "cpu", options=tuple(SLIM))
    [job] = jobs.listed([RECIPES["dcgan"]], [str(pictures)], [0], plan)
    monkeypatch.chdir(ROOT)
    [made] = slurm.submit([job], "cluster=local,timeout_min=9", tmp_path)
    until(lambda: (job.folder / "resume.pt").exists())
    told = run_folder.progress(job.folder)
    parent = int(Path(f"/proc/{told.pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(parent, signal.SIGUSR2)  # as SLURM warns before it preempts
    until(lambda: (p := run_folder.progress(job.folder)) and p.job != told.job and p.images > told.images)
    assert (job.folder / "train.log").read_text().count(" --resume    #") == 1
    os.kill(run_folder.progress(job.folder).pid, signal.SIGTERM)
    until(lambda: run_folder.progress(job.folder).state == "stopped")
    until(made.done)  # and was not queued again


def test_the_recipe_for_clouds_names_what_there_is(tmp_path, monkeypatch, capsys):
    task = yaml.safe_load((ROOT / "deploy" / "skypilot.yaml").read_text())
    assert task.keys() == {"name", "workdir", "resources", "envs", "file_mounts", "setup", "run"}
    files = [word for word in task["setup"].split() if word.endswith(".txt")]
    assert files and all((ROOT / name).is_file() for name in files)

    # The line as a shell reads it, with a python that tells its arguments.
    script = "python() { printf '%s\\n' \"$@\"; }\n" + task["run"]
    done = subprocess.run(
        ["bash", "-euc", script], env={**os.environ, **task["envs"]}, capture_output=True, text=True, check=True
    )
    dash, module, tool, *argv = done.stdout.splitlines()
    assert (dash, module, tool) == ("-m", "train", "run_all")
    assert Path(argv[argv.index("--out") + 1]).parent == Path("/outputs") and [*task["file_mounts"]] == ["/outputs"]
    monkeypatch.setenv("GAN_DATA_ROOT", str(tmp_path))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert run_all.main(["--dry-run", *argv]) == 0
    commands = [line for line in capsys.readouterr().out.splitlines() if line.startswith("python ")]
    assert len(commands) == 2 * len(RECIPES) and all(" --device cuda" in line for line in commands)
