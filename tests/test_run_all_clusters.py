"""Many trainings on clusters and in clouds: SLURM through submitit, and the recipe for SkyPilot."""

import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import torch
import yaml
from helpers import SLIM, until
from packaging.specifiers import SpecifierSet
from trainings import command

import train
from train.engine import run_folder
from train.queue import jobs, run_all, slurm
from train.queue.jobs import JobsError, Plan

pytestmark = pytest.mark.usefixtures("own_cache", "quick_queue")
ROOT = Path(__file__).parent.parent
RECIPES = train.recipes()


def test_options_of_slurm_are_read():
    assert slurm.options("partition=gpu,time=60,gres=gpu:a100:1") == {
        "partition": "gpu", "time": 60, "gres": "gpu:a100:1"
    }  # fmt: skip
    for wrong in ("gpu", "time=", "=3", "mail-type=END"):
        with pytest.raises(JobsError, match="is not NAME=VALUE"):
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
    files = {word for word in task["setup"].split() if word.endswith(".txt")}
    assert files == {f"requirements/{name}.txt" for name in ("gan_models", "train", "metrics")}

    # Setup and line as a shell reads them, with a uv that makes an environment whose python tells its arguments.
    venv = "mkdir -p ${!#}/bin; echo 'PATH=~/made:$PATH' > ${!#}/bin/activate"
    for path, words in (
        (tmp_path / ".local/bin/uv", f"echo $@ >> ~/told; [ $1 = pip ] || {{ {venv}; }}"),
        (tmp_path / "made/python", "printf '%s\\n' \"$@\""),
    ):
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/bash\n{words}\n")
        path.chmod(0o755)
    env = {**os.environ, **task["envs"], "HOME": str(tmp_path)}
    for script in (task["setup"], task["run"]):
        done = subprocess.run(["bash", "-euc", script], env=env, capture_output=True, text=True, check=True)
    (asked,) = re.findall(r"^venv --python (\S+) ", (tmp_path / "told").read_text(), re.M)
    assert asked in SpecifierSet(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"])
    dash, module, tool, *argv = done.stdout.splitlines()
    assert (dash, module, tool) == ("-m", "train", "run_all")
    assert Path(argv[argv.index("--out") + 1]).parent == Path("/outputs") and [*task["file_mounts"]] == ["/outputs"]
    monkeypatch.setenv("GAN_DATA_ROOT", str(tmp_path))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert run_all.main(["--dry-run", *argv]) == 0
    commands = [line for line in capsys.readouterr().out.splitlines() if line.startswith("python ")]
    assert len(commands) == 2 * len(RECIPES) and all(" --device cuda" in line for line in commands)
