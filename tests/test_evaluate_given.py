"""train evaluate: what it is given, folders and training pictures, is what it measures."""

import numpy as np
import pytest
from PIL import Image
from test_evaluate import SIZE, _made_once, elsewhere, home, no_new_process  # noqa: F401  (fixtures)
from zoos import edit

from gan_models.metrics import record
from train.engine.data import load
from train.engine.identity import fingerprint
from train.measure import evaluate


@pytest.fixture
def run(home, tmp_path):  # noqa: F811
    """Measures folders of the toys with few pictures; words: further arguments."""

    def run(*names: str, words=()) -> int:
        folders = [str(home / "zoo" / "toys" / name) for name in names]
        return evaluate.main([*folders, "--checkpoints", str(home / "zoo"), "--n", "100", "--seeds", "1", *words])

    return run


def test_where_nothing_can_be_measured_it_is_no_success(run, home, capsys):  # noqa: F811
    (home / "zoo" / "toys" / "empty").mkdir()
    (home / "zoo" / "toys" / "file").write_text("")
    assert run("empty", "file") == 2
    said = capsys.readouterr()
    assert "there is no checkpoint in " in said.err and said.out.count("is no checkpoint: left out") == 2


def test_memorisation_is_about_the_images_of_the_training(run, home, capsys):  # noqa: F811
    """--data is compared with what the checkpoint says of its own images."""
    (home / "pictures").mkdir()
    for k, pixels in enumerate(np.random.default_rng(0).integers(0, 256, (12, SIZE, SIZE), dtype=np.uint8)):
        Image.fromarray(pixels).save(home / "pictures" / f"{k}.png")
    folder = home / "zoo" / "toys" / "plain"
    edit(folder / "recipe.json", lambda content: content["provenance"].update(data_hash="0" * 16))
    for pictures, said in (("pictures", "was trained on other images than"), ("nowhere", "there is no data set")):
        assert run("plain", words=["--data", str(home / pictures)]) == 2
        assert said in capsys.readouterr().err and not record.read(folder)
    found = fingerprint(load(home / "pictures", size=SIZE, channels=1))
    (home / "pictures" / "0.5.png").write_bytes(b"cut off")  # a training with --skip-broken left it out
    edit(folder / "recipe.json", lambda content: content["provenance"].update(data_hash=found))
    assert run("plain", words=["--data", str(home / "pictures")]) == 0
    (block,) = record.read(folder)["measured"].values()
    assert "memorisation_pixels" in block["figures"]
