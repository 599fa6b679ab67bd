"""`python -m train latent`: every step once, what is out of date anew, and what happens when it is stopped."""

import json
import shutil

import numpy as np
import pytest
import torch

from gan_models import real
from gan_models.latent import directions, encoder
from gan_models.metrics import record
from train.measure import anomaly, latent, rebuild
from train.measure import encoder as encoder_tool

REBUILD = "--n 6 --restarts 1 --steps 2"
WORDS = ["--rebuild", REBUILD, "--anomaly", "--n 20 --restarts 0"]


@pytest.fixture
def zoo(looked_zoo, monkeypatch):
    """With test pictures, and an encoder that trains for two steps."""
    monkeypatch.delenv("GAN_DATA_ROOT", raising=False)
    torch.set_num_threads(1)
    pictures = np.random.default_rng(1).integers(0, 256, (30, 8, 8, 1), dtype=np.uint8)
    shown = real.Real(pictures, [i % 3 for i in range(30)], ["zero", "one", "two"], "test")
    real.write(looked_zoo / "toys", real.SHOWN, shown, "toys", 3)
    monkeypatch.setattr(encoder_tool, "STEPS", 2)
    monkeypatch.setattr(encoder_tool, "WIDTHS", {8: 4})
    shutil.rmtree(looked_zoo / "toys" / "deep")
    return looked_zoo


def ran(zoo, capsys, *more: str) -> dict[str, str]:
    """{"toys/told encoder": what was done}."""
    folders = sorted(str(path) for path in (zoo / "toys").iterdir())  # with files and the extractor, as a shell does
    code = latent.main([*folders, "--checkpoints", str(zoo), *WORDS, *more])
    out, err = capsys.readouterr()
    assert code == (2 if "error:" in err else 0), err
    rows = [line.split(maxsplit=2) for line in out.splitlines() if line.startswith("toys/")]
    return {f"{name} {step}": did for name, step, did in rows}


def test_every_step_is_done_once(zoo, capsys):
    first = ran(zoo, capsys)
    assert len(first) == 8 and all(did.endswith(" s") for did in first.values()), first
    for name in ("plain", "told"):
        made = record.read(zoo / "toys" / name)["latent"]
        assert (zoo / "toys" / name / encoder.FILE).is_file() and (zoo / "toys" / name / directions.FILE).is_file()
        assert made["rebuild"]["encoder"] == record.weights_hash(zoo / "toys" / name, "encoder")
        assert len(made["anomaly"].get("one_class", {}).get("pca", {}).get("roc", [])) in (0, 15)
    assert set(ran(zoo, capsys).values()) == {"up to date"}


def test_what_depends_on_another_encoder_is_measured_anew(zoo, capsys):
    ran(zoo, capsys)
    assert encoder_tool.main([str(zoo / "toys" / "told"), "--steps", "3", "--width", "5", "--again"]) == 0
    capsys.readouterr()
    again = {name for name, did in ran(zoo, capsys).items() if did != "up to date"}
    assert again == {"toys/told rebuild", "toys/told anomaly"}
    assert rebuild.main([str(zoo / "toys" / "plain"), *REBUILD.split(), "--checkpoints", str(zoo)]) == 0
    assert ran(zoo, capsys, "--only", "rebuild")["toys/plain rebuild"] == "up to date"


def test_a_stop_loses_the_step_that_runs_and_no_other(zoo, capsys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(anomaly, "one", stop)
        assert latent.main([str(zoo / "toys" / "told"), "--checkpoints", str(zoo), *WORDS]) == 130
    assert "Stopped; finished steps are kept; the same command continues." in capsys.readouterr().err
    done = ran(zoo, capsys)
    assert [done[f"toys/told {step}"] for step in latent.STEPS[:3]] == ["up to date"] * 3
    assert done["toys/told anomaly"].endswith(" s")


@pytest.mark.parametrize("tool", [latent, rebuild, anomaly, encoder_tool])
def test_a_folder_that_is_not_there_is_told(zoo, capsys, tool):
    assert tool.main([str(zoo / "toys" / "dcgna")]) == 2
    assert "error: there is no checkpoint in " in capsys.readouterr().err


def test_arguments_that_a_step_does_not_know_are_told(zoo, capsys):
    asked = ["--only", "rebuild", "--rebuild", "--n none", "--checkpoints", str(zoo)]
    assert latent.main([str(zoo / "toys" / "told"), *asked]) == 2
    assert "error: toys/told rebuild: python -m train rebuild: error: argument --n: invalid int value: 'none'" in (
        capsys.readouterr().err
    )


def test_a_step_that_fails_is_told_and_the_others_go_on(zoo, capsys):
    (zoo / "toys" / "plain" / "generator.safetensors").write_bytes(b"x")
    code = latent.main([str(zoo / "toys" / n) for n in ("plain", "told")] + ["--checkpoints", str(zoo), *WORDS])
    out, err = capsys.readouterr()
    assert code == 2 and "error: toys/plain encoder: " in err and "is damaged" in err
    assert out.count("failed") == 4 and "toys/told" in out
    about = json.loads((zoo / "toys" / "told" / "metrics.json").read_text())["latent"]
    assert set(about) == {"rebuild", "anomaly"}
