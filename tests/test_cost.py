"""Cost: multiply-adds of a training and of a picture, counted from the recipe; rates of the benchmark."""

import json
import resource
import time
from dataclasses import replace

import pytest
from helpers import small
from zoos import measure, put

import train
from benchmarks import cost as benchmark
from gan_models import Recipe
from gan_models.folder import read_recipe
from gan_models.metrics import record
from train.engine import machine
from train.measure import cost, table

MLP = Recipe(name="plain", size=8, z_dim=6, network="mlp", network_args={"width": 4}, batch=8)
G = (6 * 4, 4 * 8, 8 * 16, 16 * 64)
D = (64 * 16, 16 * 8, 8 * 1)
"""Weights of each layer of both networks of MLP; a linear layer multiplies and adds once for each"""


def by_hand(critic_steps: int) -> float:
    """All passes of one G step and its D steps, for each real image.

    Forwards a layer costs its weights. Backwards it costs them once for the weights' gradient and once for the input's,
    which the first layer has no use for, unless the picture is G's and G is being trained.
    """
    g, d = sum(G), sum(D)
    d_step = 2 * d + 2 * d + 2 * (d - D[0])  # real and generated: forwards, weights, inputs
    g_step = d + d + g + (g - G[0])  # D forwards and down to the picture; G's weights and inputs
    return (critic_steps * (g + d_step) + g_step) / critic_steps


@pytest.mark.parametrize("critic_steps", [1, 2, 5])
def test_a_training_costs_what_its_passes_cost(critic_steps):
    assert cost.training(replace(MLP, critic_steps=critic_steps)) == by_hand(critic_steps)


def test_a_picture_costs_gs_weights_and_a_verdict_ds():
    assert cost.passes(MLP) == (sum(G), sum(D))


def test_the_batch_does_not_matter_but_penalties_and_how_often_they_are_taken_do():
    assert cost.training(MLP) == cost.training(replace(MLP, batch=32))
    plain, always, lazy = (
        cost.training(replace(MLP, **terms))
        for terms in ({}, {"d_terms": {"r1": 1.0}}, {"d_terms": {"r1": 1.0}, "lazy": 4})
    )
    assert plain < lazy < always
    assert (lazy - plain) * 4 == pytest.approx(always - plain)


@pytest.mark.parametrize("name", sorted(train.recipes()))
def test_every_variant_has_a_cost(name):
    recipe = small(train.recipes()[name], batch=4)
    counted = cost.cost(recipe)
    assert counted["multiply_adds_per_picture"] > 0
    # At least: G forwards for each D step, and D twice.
    least = counted["multiply_adds_per_picture"] + 2 * counted["multiply_adds_per_verdict"]
    assert counted["multiply_adds_per_image"] > least


def test_the_command_adds_to_what_is_known_of_costs_and_loses_no_figure(zoo_folder, capsys):
    folder = zoo_folder / "toys" / "plain"
    measure(folder, cost={"parameters": 7, "multiply_adds_per_image": 1}, training_seeds=1)
    assert cost.main([str(folder), str(zoo_folder / "toys" / "told")]) == 0
    known = record.read(folder)
    assert known["cost"] == {"parameters": 7, **cost.cost(read_recipe(folder)[0])}
    assert known["training_seeds"] == 1
    assert record.read(zoo_folder / "toys" / "told")["cost"]["multiply_adds_per_picture"] > 0
    assert "million multiply-adds" in capsys.readouterr().out


def test_the_command_says_what_is_no_checkpoint(tmp_path, capsys):
    assert cost.main([str(tmp_path)]) == 2
    assert "there is no checkpoint in" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_told_and_the_rest_is_counted(zoo_folder, capsys):
    plain = zoo_folder / "toys" / "plain"
    assert cost.main([str(zoo_folder / "nope"), str(plain)]) == 2
    said = capsys.readouterr()
    assert f"there is no {zoo_folder / 'nope'}." in said.err and f"{plain}: " in said.out


def test_the_table_takes_the_cost_on_record_and_counts_it_where_there_is_none(zoo_folder):
    folder = zoo_folder / "toys" / "plain"
    recipe = read_recipe(folder)[0]
    counted = cost.cost(recipe)
    assert table.multiply_adds(folder, recipe)[0] == f"{counted['multiply_adds_per_image'] / 1e6:.3g}"
    measure(folder, cost={**counted, "multiply_adds_per_image": 42_000_000})
    assert table.multiply_adds(folder, recipe)[0] == "42"
    put(folder, name="plain", seed=5)  # other weights: what was known is of others
    assert table.multiply_adds(folder, recipe)[0] != "42"


def test_a_rate_is_of_cpu_time_and_the_fastest_turn_counts():
    def work() -> int:
        time.sleep(0.02)  # takes no time of the core
        sum(range(200_000))
        return 10

    began = time.process_time()
    work()
    each = time.process_time() - began
    assert benchmark.cpu_rate(work, 0.01, 3) > 10 / (each + 0.02)


def test_the_benchmark_writes_a_row_for_each_recipe(zoo_folder, tmp_path, capsys):
    made = ["--checkpoints", str(zoo_folder), "--datasets", "toys", "--variants", "plain", "told"]
    assert benchmark.main([*made, "--seconds", "0.01", "--turns", "1", "--out", str(tmp_path / "cost")]) == 0
    found = json.loads((tmp_path / "cost.json").read_text())
    assert [row["variant"] for row in found["rows"]] == ["plain", "told"]
    for row in found["rows"]:
        assert row["training_images_s"] > 0 and row["pictures_s"] > row["training_images_s"]
        assert (
            row["multiply_adds_per_image"]
            == cost.cost(read_recipe(zoo_folder / "toys" / row["variant"])[0])["multiply_adds_per_image"]
        )
    page = (tmp_path / "cost.md").read_text()
    assert page in capsys.readouterr().out
    assert page.count("| toys |") == 2


# The memory of a process


def test_peak_memory_is_the_processs_own_and_not_its_parents(monkeypatch, tmp_path):
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmPeak:\t 9000000 kB\nVmHWM:\t  250000 kB\nVmRSS:\t   90000 kB\n")
    monkeypatch.setattr(machine, "STATUS", status)
    parents = resource.getrusage(resource.RUSAGE_SELF)  # what a child's own may start with
    assert machine.peak_memory("cpu") == machine.peak_of_process() == 250_000 * 1024
    for content in (None, "", "VmHWM:", "VmHWM: much"):  # a machine that does not tell
        status.unlink(missing_ok=True)
        if content is not None:
            status.write_text(content)
        assert machine.peak_of_process() >= parents.ru_maxrss
