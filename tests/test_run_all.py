"""Many trainings: what is left alone, begun, gone on with, refused; that no training is orphaned; the command line."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from helpers import SLIM, contents, until
from trainings import command, trained

import gan_models
from train.engine import run_folder
from train.queue import jobs, run_all, screen
from train.queue.jobs import JobsError

pytestmark = pytest.mark.usefixtures("own_cache", "quick_queue")
ROOT = Path(__file__).parent.parent

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
    assert first.startswith("# gan on ") and "failed, views has no 'image_smoothing' to remove" in first
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
        (["--variants", ","], "--variants names no variant"),
        (["--datasets", "mnits"], "there is no data set or folder 'mnits' (did you mean 'mnist'?)"),
        (["--classes", "Male"], "--classes is for celeba"),
        (["--gpus", "97"], "there is no GPU 97"),
        (["--gpus", "cpu", "--jobs-per-gpu", "2"], "--jobs is for the CPU, and --jobs-per-gpu for GPUs"),
        (["--images", "many"], "argument --images: 'many' is not a count"),
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
