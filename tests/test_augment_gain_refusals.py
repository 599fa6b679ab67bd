"""Of what no gain can be measured: checkpoints, data and numbers, each refused in one sentence."""

import shutil
from dataclasses import replace

import gains
import pytest
from gains import TRAIN, command

import gan_models
from train.engine import data as loading
from train.engine.identity import fingerprint
from train.measure.augment_gain import main

pytestmark = pytest.mark.usefixtures("one_thread")
small = pytest.fixture(autouse=True)(gains.small)
told = pytest.fixture(gains.told)
trainings = pytest.fixture(gains.trainings)


def refused(argv: list[str], capsys) -> str:
    """The last line of what the command says as it ends with 2."""
    assert main(argv) == 2
    return capsys.readouterr().err.strip().splitlines()[-1]


def test_an_unconditional_checkpoint_is_refused_before_any_work(told, trainings, capsys):
    said = refused(command(told, told.with_name("plain")), capsys)
    assert "plain is unconditional" in said and "labels" in said
    assert not trainings and not (told / "metrics.json").exists()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: shutil.rmtree(folder), "is not a checkpoint"),
        (lambda folder: (folder / "generator.safetensors").unlink(), "no generator.safetensors"),
        (lambda folder: (folder / "generator.safetensors").write_bytes(b"x"), "damaged"),
        (lambda folder: (folder / "metrics.json").write_text("{"), "metrics.json is damaged"),
    ],
)
def test_a_folder_that_cannot_be_measured_is_refused(told, capsys, spoil, says):
    spoil(told)
    assert says in refused(command(told), capsys)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"sizes": [6, 93]}, "93 real images are 31 of each of the 3 classes, and toys has 30 of 'zero'"),
        ({"sizes": [2]}, "ask for more"),
        ({"scratch": "many"}, "not a count"),
        ({"device": "abacus"}, "abacus"),
    ],
)
def test_what_cannot_be_done_is_refused(told, trainings, capsys, options, says):
    assert says in refused(command(told, **options), capsys)
    assert not trainings


@pytest.mark.parametrize("options", [{"seeds": 0}, {"steps": 9}, {"sizes": [1]}])
def test_numbers_out_of_range_are_refused(told, options):
    with pytest.raises(SystemExit) as stopped:
        main(command(told, **options))
    assert stopped.value.code == 2


def test_data_that_is_not_there_is_told(zoo_folder, capsys):
    assert "there is no data set 'toys'" in refused(command(zoo_folder / "toys" / "told"), capsys)


def test_other_classes_or_other_images_than_those_of_the_training_are_refused(told, capsys, monkeypatch):
    gan = gan_models.load(told)
    gan_models.save(told, gan.recipe, gan.G, None, {**gan.provenance, "data_hash": "0123456789abcdef"})
    assert "trained on other images" in refused(command(told), capsys)
    gan_models.save(told, gan.recipe, gan.G, None, {**gan.provenance, "data_hash": fingerprint(TRAIN)})
    assert main(command(told)) == 0
    monkeypatch.setattr(loading, "load", lambda *_: replace(TRAIN, class_names=("a", "b", "c")))
    assert "draws ('zero', 'one', 'two')" in refused(command(told), capsys)
