"""What the zoo holds beside the checkpoints: real pictures, and its table."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import gan, small

import gan_models
import train
from demo.core import Zoo
from train import real, table
from train.engine.data import Data


def pictures(labels, names) -> Data:
    """Grey 4 x 4 pictures whose brightness is their index."""
    images = torch.arange(len(labels), dtype=torch.uint8)[:, None, None, None].expand(-1, 1, 4, 4).contiguous()
    return Data("toys", images, torch.tensor(labels), names)


def test_real_pictures_stand_in_columns_of_their_class_in_the_order_of_the_data():
    data = pictures([1, 0, 0, 1, 1, 0, 1], ("a", "b"))
    # a: 1, 2, 5; b: 0, 3, 4, 6; two rows of (a, b)
    assert real.choose(data, rows=2).tolist() == [1, 0, 2, 3]
    assert real.choose(data, rows=9).tolist() == [1, 0, 2, 3, 5, 4]  # as many rows as the rarest class fills


def test_the_core_reads_the_real_pictures_that_the_command_wrote(tmp_path):
    data = pictures([1, 0, 0, 1, 1, 0], ("a", "b"))
    real.write(data, "test", tmp_path / "toys")
    shown = Zoo(tmp_path).real_samples("toys", 3, "b")
    np.testing.assert_array_equal(shown[:, 0, 0, 0], [0, 3, 4])


def test_the_command_says_what_data_there_is(capsys):
    assert real.main(["--dataset", "nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


@pytest.fixture
def one(tmp_path) -> Path:
    recipe = small(train.recipes()["wgan"])
    about = {
        "dataset": "toys", "images": 80_000, "device": "CPU", "threads": 1, "seconds": 12.6,
        "parameters": {"generator": 1234, "discriminator": 5},
    }  # fmt: skip
    g = gan(recipe)
    gan_models.save(tmp_path / "toys" / "wgan", recipe, g.G, None, about)
    return tmp_path


def test_the_table_has_a_row_per_checkpoint(one, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["table", "--checkpoints", str(one)])
    assert table.main() == 0
    last = (one / "README.md").read_text().splitlines()[-1]
    # 80,000 images in batches of 8, five of them per G step
    assert last.startswith(
        "| toys | [`wgan`](toys/wgan/samples.png) | 80,000 | 2,000 | 4 | 8 | CPU | 1 | 13 | 1,234 | 0.0"
    )


def test_the_table_names_a_checkpoint_that_is_damaged(one, monkeypatch, capsys):
    (one / "toys" / "wgan" / "recipe.json").write_text("{")
    monkeypatch.setattr(sys, "argv", ["table", "--checkpoints", str(one)])
    assert table.main() == 2
    assert "recipe.json is damaged" in capsys.readouterr().err
    assert not (one / "README.md").exists()
