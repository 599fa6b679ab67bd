"""What a run keeps: at every fault of the disk, whenever it is killed, on a full disk, with a byte turned over."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from faults import Faults, dead, died, failing, full
from helpers import TINY, contents, noise, refused, same, small
from hypothesis import HealthCheck, given
from hypothesis import settings as few
from hypothesis import strategies as st

import gan_models
import train
from gan_models import Recipe, disk
from train.engine import loop, main, resume
from train.engine.args import RunError, TrainArgs
from train.engine.report import Report, needed

pytestmark = pytest.mark.usefixtures("one_thread", "own_cache")

ROOT = Path(__file__).parent.parent
RECIPES = train.recipes()
RECIPE = small(Recipe(name="x", network="mlp", size=8))


@pytest.fixture(scope="module")
def finished(pictures, tmp_path_factory):
    """A finished run, and the arguments that made it."""
    out = tmp_path_factory.mktemp("finished") / "run"
    argv = ["--data", str(pictures), *TINY, "--out", str(out)]
    main(RECIPES["dcgan"], argv)
    return out, argv


# Every fault, every moment


def report(out: Path) -> Report:
    """A run of 64 images at its start."""
    torch.manual_seed(3)
    state = loop.State.new(RECIPE, "cpu")
    return Report(RECIPE, TrainArgs(images=64, out=str(out), seed=3), noise(RECIPE), state)


def further(run: Report, images: int) -> None:
    loop.train(RECIPE, noise(RECIPE), run.state, images, lambda s: None)


def save(run: Report) -> None:
    run.save_checkpoint()
    run.save()


@pytest.fixture
def run(tmp_path, monkeypatch):
    """One that has saved at 16 images and come to 24; `again` puts its folder back."""

    def fsync(file):
        pass  # no test cuts the power

    monkeypatch.setattr(os, "fsync", fsync)
    made = report(tmp_path / "run")
    made.out.mkdir()
    with made:
        further(made, 16)
        save(made)
        shutil.copytree(made.out, tmp_path / "kept")
        further(made, 24)
        yield made


def again(run: Report, empty: bool = False) -> None:
    shutil.rmtree(run.out)
    if empty:
        run.out.mkdir()
    else:
        shutil.copytree(run.out.parent / "kept", run.out)
    run.kept = None if empty else 16


def moments(run: Report, monkeypatch) -> list[int]:
    faults = Faults()
    with failing(monkeypatch, faults):
        save(run)
    assert {"write recipe.json", "write generator.safetensors", "replace"} < {*faults.log}
    assert any(re.fullmatch(r"write \.resume\.pt\.\w+\.new", what) for what in faults.log)
    return faults.chosen()


def came_to(out: Path) -> tuple[int, int]:
    """Images of the checkpoint, which can be loaded, and of the resume file, which can be gone on from."""
    on = report(out)
    on.restore()
    return gan_models.load(out / "checkpoint", discriminator=True).provenance["images"], on.state.images


WHOLE = [(16, 16), (24, 16), (24, 24)]


def test_at_any_fault_a_whole_checkpoint_and_a_usable_resume_file_stay(run, monkeypatch):
    told = set()
    for at in moments(run, monkeypatch):
        again(run)
        try:
            with failing(monkeypatch, Faults(at, full)):
                save(run)
        except RunError as error:
            told.add(str(error))
            assert "disk full; a save needs up to " in str(error) and " are free. The last good state " in str(error)
            assert not [p.name for p in run.out.iterdir() if p.name.startswith(".resume")]
        else:
            assert came_to(run.out) == (24, 24), at
        assert came_to(run.out) in WHOLE, at
    assert told
    save(run)
    assert came_to(run.out) == (24, 24)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("way", ["exchanged", "renamed"])
def test_whenever_it_is_killed_a_whole_checkpoint_and_a_usable_resume_file_stay(way, run, monkeypatch):
    if way == "renamed":

        def exchange(*_):
            return False

        monkeypatch.setattr(disk, "exchange", exchange)
    for at in moments(run, monkeypatch)[way == "renamed" :: 2]:  # test_disk.py takes all of them
        again(run)

        def do(at=at):
            with failing(monkeypatch, Faults(at, dead)):
                save(run)

        assert died(do), at
        assert way == "renamed" or (run.out / "checkpoint").is_dir(), at
        assert came_to(run.out) in WHOLE, at
    further(run, 64)
    save(run)
    assert came_to(run.out) == (64, 64)


def test_a_fault_before_the_first_save_says_that_nothing_was_saved(run, monkeypatch):
    again(run, empty=True)
    for at in moments(run, monkeypatch):
        again(run, empty=True)
        try:
            with failing(monkeypatch, Faults(at, full)):
                save(run)
        except RunError as error:
            assert "disk full; a save needs up to " in str(error) and str(error).endswith("Nothing was saved before.")
        if (run.out / "checkpoint").exists():
            gan_models.load(run.out / "checkpoint", discriminator=True)
        if (run.out / "resume.pt").exists():
            assert came_to(run.out) == (24, 24)
        save(run)
        assert came_to(run.out) == (24, 24)


# A full disk


@pytest.fixture
def small_disk(tmp_path):
    """small_disk(megabytes) -> a folder on a file system of that size."""
    mounted = []

    def make(megabytes: float) -> Path:
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={int(megabytes * 1024)}k", "none", str(folder)]
        if sys.platform != "linux" or os.geteuid() or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("nobody may mount a file system here")
        mounted.append(folder)
        return folder

    yield make
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


def test_no_run_begins_where_a_save_has_no_room(pictures, small_disk, capsys):
    out = small_disk(1) / "run"
    sentence = refused(capsys, "--data", pictures, *TINY, "--out", out)
    assert f"cannot write to {out} (disk full; a save needs up to " in sentence and "MB are free); make" in sentence
    assert not out.exists()


def test_a_disk_that_fills_up_ends_the_run_with_its_last_state(pictures, small_disk, tmp_path, capsys, monkeypatch):
    disk = small_disk(5)
    out, argv = disk / "run", ["--data", pictures, *TINY, "--images", "64"]
    original, filler = Report.save_checkpoint, disk / "filler"

    def save_checkpoint(self):
        if self.state.images == 32 and not filler.exists():
            with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
                while True:
                    file.write(b"x" * 4096)
        original(self)

    monkeypatch.setattr(Report, "save_checkpoint", save_checkpoint)
    sentence = refused(capsys, *argv, "--out", out)
    assert f"cannot write to {out}: disk full; a save needs up to " in sentence and "and 0.0 MB are free." in sentence
    assert sentence.endswith("The last good state is kept (24 images): go on from it with --resume.")
    assert json.loads((out / "progress.json").read_text())["state"] == "failed"
    assert gan_models.load(out / "checkpoint").provenance["images"] == 24
    filler.unlink()
    monkeypatch.undo()
    main(RECIPES["dcgan"], ["--out", str(out), "--resume"])
    main(RECIPES["dcgan"], [*map(str, argv), "--out", str(tmp_path / "whole")])
    a, b = (resume.read(one / "resume.pt")["state"] for one in (out, tmp_path / "whole"))
    assert same(a, b)


FULL_DISK = """
import io, json, resource, sys
from contextlib import redirect_stderr
import train
from train.engine import main
recipe, argv = train.recipes()["dcgan"], sys.argv[1:]
answers = []
for limit in (100, 3000, 9000, 20000, 60000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))  # Python ignores SIGXFSZ
    err = io.StringIO()
    with redirect_stderr(err):
        try:
            code = main(recipe, argv)
        except SystemExit as stop:
            code = stop.code
        except BaseException as error:
            code = repr(error)
    answers.append([limit, code, err.getvalue().strip().splitlines()[-1]])
print(json.dumps(answers))
"""


def test_where_files_may_not_grow_the_last_good_state_stays(finished, tmp_path):
    _, argv = finished
    out = tmp_path / "run"
    argv = [*argv, "--out", str(out)]
    main(RECIPES["dcgan"], argv)
    before = contents(out)
    longer = [*argv, "--images", "32", "--resume"]
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, *longer], cwd=ROOT, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    for limit, code, sentence in answers:
        assert code == 2, (limit, code, sentence)
        assert "cannot write" in sentence and "The last good state is kept (16 images)" in sentence, (limit, sentence)
    # Where only resume.pt finds no room there is a newer checkpoint; the resume file is the old one.
    after = contents(out)
    assert after["resume.pt"] == before["resume.pt"] and after.keys() == before.keys()
    gan_models.load(out / "checkpoint", discriminator=True)
    main(RECIPES["dcgan"], longer)
    assert gan_models.load(out / "checkpoint").provenance["images"] == 32


def test_what_a_save_needs_is_said_in_advance(finished):
    state = loop.State.new(gan_models.load(finished[0] / "checkpoint").recipe, "cpu")
    files = contents(finished[0]) | {"frames": b"x" * 20 * 60 * 28**2}  # 24 and not 4, as in a longer run
    takes = sum(map(len, files.values()))
    assert takes < needed(state, gan_models.load(finished[0] / "checkpoint").recipe) < 2 * takes


# Damage


@given(data=st.data())
@few(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_byte_that_is_another_one_is_found(finished, tmp_path, data):
    content = (finished[0] / "resume.pt").read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    how = data.draw(st.sampled_from(["turned", "cut", "gone", "more"]))
    turned = bytes([content[at] ^ data.draw(st.integers(1, 255))])
    end = {"turned": turned + content[at + 1 :], "cut": b"", "gone": content[at + 1 :], "more": turned + content[at:]}
    damaged = content[:at] + end[how]
    path = tmp_path / "resume.pt"
    path.write_bytes(damaged)
    if damaged == content[: -resume.SUM]:  # as an earlier version wrote it: all is there
        assert same(resume.read(path), resume.read(finished[0] / "resume.pt"))
        return
    with pytest.raises(RunError) as error:
        resume.read(path)
    assert str(error.value).startswith(f"{path} is damaged: its checksum does not fit.")


@pytest.mark.parametrize(
    "damage",
    [
        lambda p: os.truncate(p, 0),
        lambda p: os.truncate(p, p.stat().st_size // 2),
        lambda p: p.write_bytes(b"nonsense"),
        lambda p: torch.save([1, 2], p),
        lambda p: torch.save({"state": 1}, p),
        lambda p: torch.save({"identity": Path}, p),  # torch would say how to unpickle it all the same
        lambda p: torch.save({**torch.load(p, weights_only=True), "state": {}}, p),
        lambda p: torch.save({**torch.load(p, weights_only=True), "identity": {}}, p),
        lambda p: resume.write(p, {**resume.read(p), "frames": 3}),
    ],
    ids=["empty", "cut", "nonsense", "a list", "no identity", "a class", "no state", "nobody's", "no frames"],
)
def test_a_damaged_resume_file_is_refused_in_our_words(damage, finished, tmp_path, capsys):
    out, made_by = finished
    (tmp_path / "resume.pt").write_bytes((out / "resume.pt").read_bytes())
    damage(tmp_path / "resume.pt")
    before = contents(tmp_path)
    sentence = refused(capsys, *made_by, "--out", tmp_path, "--images", "32", "--resume")
    assert sentence.startswith(f"{tmp_path / 'resume.pt'} is damaged: it")
    assert not {"weights_only", "pickle", "Weights"} & {*sentence.replace(".", " ").split()}
    assert contents(tmp_path) == before


# Killed


def test_a_killed_run_ends_as_if_it_had_not_been(pictures, tmp_path):
    def command(out):
        return ["--data", str(pictures), *TINY, "--images", "1600", "--out", str(tmp_path / out)]

    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    victim = subprocess.Popen(
        [sys.executable, "-m", "train.dcgan", *command("killed")],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    saved, saves, deadline = tmp_path / "killed/resume.pt", set(), time.monotonic() + 240
    while len(saves) < 8 and victim.poll() is None and time.monotonic() < deadline:
        if saved.exists():
            saves.add(saved.stat().st_mtime_ns)
        time.sleep(0.002)
    victim.send_signal(signal.SIGKILL)
    assert victim.wait() == -signal.SIGKILL
    assert 0 < resume.read(saved)["state"]["images"] < 1600

    main(RECIPES["dcgan"], ["--out", str(tmp_path / "killed"), "--resume"])
    main(RECIPES["dcgan"], command("whole"))
    killed, whole = (contents(tmp_path / out / "checkpoint") for out in ("killed", "whole"))
    for name in (
        "generator.safetensors",
        "discriminator.safetensors",
        "stats.jsonl",
        "samples.png",
        "evolution.webp",
    ):
        assert killed[name] == whole[name], name
    a, b = (resume.read(tmp_path / out / "resume.pt") for out in ("killed", "whole"))
    assert same(a["state"], b["state"])
