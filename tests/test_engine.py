"""How the engine computes a step: recorded, in half the bits, in several processes; what it learns is the same."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch
from helpers import noise, small
from PIL import Image
from small_translators import KNOWN as TRANSLATORS
from small_translators import pairs
from torch import nn
from torch.utils._pytree import tree_map

from benchmarks.browser import ROOT
from gan_models import steps as parts
from gan_models.draws import per_image, share
from gan_models.networks.common import Dropout, DropoutMaps, Verdict
from gan_models.recipe import Recipe, TranslatorRecipe
from train import recipes as known
from train.engine import cuda_graph, loop

KNOWN = {name: small(recipe) for name, recipe in known().items()}
each = pytest.mark.parametrize("recipe", KNOWN.values(), ids=KNOWN)


def weights(net: nn.Module) -> torch.Tensor:
    return torch.cat([t.detach().double().flatten() for t in net.state_dict().values()])


def trained(recipe: Recipe, steps: int = 3, **options) -> loop.State:
    torch.manual_seed(0)
    state = loop.State.new(recipe, "cpu", **options)
    images = steps * recipe.batch * recipe.critic_steps
    loop.train(recipe, noise(recipe), state, images, lambda s: None)
    return state


# What can be recorded


@each
def test_a_step_waits_for_nothing_on_the_device(recipe):
    """On the meta device there are shapes and no numbers: whatever reads one, or makes a tensor elsewhere, fails."""
    here = noise(recipe)
    data = replace(here, images=here.images.to("meta"), labels=here.labels.to("meta"))
    state = loop.State.new(recipe, "meta")
    for shown in (0, recipe.batch):  # with lazy terms and without
        numbers = tree_map(lambda v: torch.tensor(v, device="meta"), loop.Now.of(recipe, shown, 10**6))
        loop.step(recipe, data, state, numbers)
    assert state.sums.device.type == "meta" and weights(state.G_ema).device.type == "meta"


@each
def test_a_step_takes_its_numbers_from_tensors_as_well(recipe):
    def run(number):
        torch.manual_seed(0)
        state = loop.State.new(recipe, "cpu")
        for shown in (0, recipe.batch * recipe.critic_steps):
            loop.step(recipe, noise(recipe), state, tree_map(number, loop.Now.of(recipe, shown, 200)))
        return state

    plain, tensors = run(float), run(torch.tensor)
    for net in ("G", "D", "G_ema"):
        assert torch.allclose(weights(getattr(plain, net)), weights(getattr(tensors, net)), atol=1e-4)


class Graph:
    """Stands for torch.cuda.CUDAGraph: repeats what was recorded, from the tensors that it was recorded with."""

    recording = None

    def replay(self):
        self.did()


@pytest.fixture
def recorder(monkeypatch):
    """(Recorder of a step that adds up its numbers, what it was called with, the built-in constants)."""
    calls, constants = [], [0.9]

    def record(self, values, shape):
        tensors = [torch.tensor(v) for v in values]
        graph = Graph()
        graph.did = lambda: calls.append((str(shape), [round(float(t), 4) for t in tensors], constants[0]))
        recorded.append(str(shape))
        return graph, tensors, list(values)

    recorded = []
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: None)
    monkeypatch.setattr(cuda_graph.Recorder, "record", record)
    made = cuda_graph.Recorder(lambda numbers: calls.append("plain"), lambda: tuple(constants))
    return made, calls, recorded, constants


def test_each_pattern_is_recorded_once_and_repeated_with_new_numbers(recorder):
    made, calls, recorded, constants = recorder
    for k in range(5):
        made({"r1": 0.1 * k})
    for k in range(4):
        made({"r1": 0.5, "r2": 0.1 * k})
    made({"r1": 0.7})
    assert calls[:3] == ["plain"] * 3 and calls[5:8] == ["plain"] * 3  # three ordinary steps of each pattern
    assert [numbers for _, numbers, _ in (calls[k] for k in (3, 4, 8, 9))] == [[0.3], [0.4], [0.5, 0.3], [0.7]]
    assert len(recorded) == 2
    constants[0] = 0.99  # beta2, say, is no number of the step: recorded anew
    made({"r1": 0.7})
    assert len(recorded) == 3 and calls[-1][1:] == ([0.7], 0.99)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@each
def test_a_recorded_run_comes_to_the_weights_of_an_ordinary_one(recipe, monkeypatch):
    recipe = replace(recipe, lazy=4 if recipe.lazy > 1 else 1)

    def run():
        torch.manual_seed(0)
        state = loop.State.new(recipe, "cuda")
        images = 50 * recipe.batch * recipe.critic_steps
        loop.train(recipe, noise(recipe).to("cuda"), state, images, lambda s: None)
        return state

    torch.backends.cudnn.deterministic = True
    recorded = run()
    monkeypatch.setattr(loop, "captured", lambda step, state: cuda_graph.nullcontext(step))
    ordinary = run()
    for net in ("G", "D", "G_ema"):
        a, b = (weights(getattr(state, net)) for state in (recorded, ordinary))
        assert torch.allclose(a, b, atol=1e-3), net


# Half the bits


@each
def test_bfloat16_learns_and_keeps_float32(recipe):
    state, plain = trained(recipe, bf16=True), trained(recipe)
    assert state.finite()
    assert {p.dtype for p in [*state.G.parameters(), *state.D.parameters()]} == {torch.float32}
    assert not torch.equal(weights(state.G), weights(plain.G))  # it did something
    assert torch.allclose(weights(state.G_ema), weights(plain.G_ema), atol=0.1)


@pytest.mark.parametrize("name", ["r1", "r2", "gradient_penalty"])
def test_what_a_penalty_looks_at_is_computed_in_float32(name, monkeypatch):
    seen, original = [], parts.PENALTIES[name]

    def penalty(D, judged):
        """Sees the types of the verdicts that it differentiates: its own, or those of the whole batch."""
        hook = D.register_forward_hook(lambda *a: seen.append(a[2].logits.dtype))
        value = original(D, judged)
        hook.remove()
        return value

    def judge(*args):
        hook = args[1].register_forward_hook(lambda *a: seen.append(a[2].logits.dtype))
        judged = ordinary(*args)
        hook.remove()
        return judged

    ordinary, penalty.at_images = loop.judge, original.at_images if hasattr(original, "at_images") else True
    monkeypatch.setitem(parts.PENALTIES, name, penalty)
    if penalty.at_images:
        monkeypatch.setattr(loop, "judge", judge)
    trained(small(Recipe(name="x", network="mlp", d_terms={name: 1.0})), 2, bf16=True)
    assert seen and set(seen) == {torch.float32}


@pytest.fixture
def verdicts():
    """The types of all verdicts as D gave them."""
    seen = []

    def note(net, given, out):
        if isinstance(out, Verdict):
            seen.append(out.logits.dtype)

    hook = torch.nn.modules.module.register_module_forward_hook(note)
    yield seen
    hook.remove()


@pytest.mark.parametrize(
    "recipe",
    [
        small(Recipe(name="x", network="mlp")),
        small(Recipe(name="x", network="mlp", loss="relativistic")),
        *(replace(TRANSLATORS[name], views={}) for name in ("pix2pix", "cyclegan")),
    ],
    ids=["gan", "pairs", "pix2pix", "cyclegan"],
)
def test_a_penalty_of_g_looks_at_float32_too(recipe, verdicts):
    def dtypes(**terms):
        verdicts.clear()
        torch.manual_seed(0)
        one = replace(recipe, **terms)
        state = loop.State.new(one, "cpu", bf16=True)
        data = pairs(one) if isinstance(one, TranslatorRecipe) else noise(one)
        loop.train(one, data, state, 2 * one.batch, lambda s: None)
        return set(verdicts)

    assert dtypes(d_terms={"r1": 1.0}) == {torch.float32, torch.bfloat16}  # a G step without penalty
    assert dtypes(d_terms={"r1": 1.0}, g_terms={**recipe.g_terms, "r2": 1.0}) == {torch.float32}


# Several processes


@pytest.fixture
def shared():
    yield share
    share(0, 1)


def test_processes_draw_the_rows_of_one(shared):
    def draw(size):
        made = []
        for rank in range(size):
            torch.manual_seed(3)
            share(rank, size)
            n = 6 // size
            x = torch.ones(n, 5, 4, 4)
            made.append(
                torch.cat(
                    [
                        per_image(torch.randn, n, 2).flatten(1),
                        Dropout(0.5).train()(x).flatten(1),
                        DropoutMaps(0.5).train()(x).flatten(1),
                        *(parts.VIEWS[name](x[:, :3], 1.0, 0.5).flatten(1) for name in sorted(parts.VIEWS)),
                    ],
                    1,
                )
            )
        return torch.cat(made)

    whole = draw(1)
    assert torch.equal(whole, draw(2)) and torch.equal(whole, draw(3))
    assert not torch.equal(whole[:3], whole[3:])


TWO = f"""
import json
import sys
import torch
sys.path[:0] = {[str(ROOT), str(ROOT / "tests")]!r}
from helpers import noise
from small_translators import pairs
from gan_models.recipe import Recipe, kind_of
from train.engine import distributed, loop
torch.set_num_threads(1)
out = sys.argv[1]
with distributed.joined("cpu", 8):
    weights = {{}}
    for name, recipe in json.load(open(f"{{out}}/recipes.json")).items():
        recipe = kind_of(recipe).from_json(recipe)
        torch.manual_seed(0)
        state = loop.State.new(recipe, "cpu", processes=distributed.size())
        data = noise(recipe) if isinstance(recipe, Recipe) else pairs(recipe)
        loop.train(recipe, data, state, 4 * 8 * recipe.critic_steps, lambda s: None)
        weights[name] = {{k: state.state_dict()[k] for k in ("G", "D", "G_ema", "pool") if k in state.parts()}}
    torch.save(weights, f"{{out}}/{{distributed.size()}}-{{distributed.rank()}}.pt")
"""
"""Trains some recipes, alone or as torchrun says, and writes what each process came to."""


def start(command: list[str], processes: int, **options) -> subprocess.Popen:
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    return subprocess.Popen([sys.executable, *launch, *command], cwd=ROOT, env=env, **options)


def test_two_processes_come_to_the_weights_of_one(tmp_path):
    """Every variant's losses, penalties, views and critic steps, in its own networks or in plain ones; and a pool."""
    recipes = {name: recipe if name == "r3gan" else replace(recipe, **plain(recipe)) for name, recipe in KNOWN.items()}
    recipes["cyclegan"] = replace(TRANSLATORS["cyclegan"], batch=8, pool=8)
    assert not any(mixes(recipe) for recipe in recipes.values())
    # Adam divides by how large gradients are: where these are next to nothing it would enlarge rounding to a step.
    calm = {side: {"eps": 1e-2} for side in ("g_optimizer", "d_optimizer")}
    for name, recipe in recipes.items():
        recipes[name] = replace(recipe, **{side: {**getattr(recipe, side), **more} for side, more in calm.items()})
    (tmp_path / "recipes.json").write_text(json.dumps({name: recipe.to_json() for name, recipe in recipes.items()}))
    (tmp_path / "two.py").write_text(TWO)
    command = [str(tmp_path / "two.py"), str(tmp_path)]
    started = [start(command, 2), subprocess.Popen([sys.executable, *command], cwd=ROOT)]
    assert [process.wait(300) for process in started] == [0, 0]
    alone, first, second = (torch.load(tmp_path / f"{which}.pt") for which in ("1-0", "2-0", "2-1"))
    assert alone["cyclegan"]["pool"]["taken"].all()  # pictures were exchanged
    for name in recipes:
        for net in alone[name]:  # what the first process saves, the others continue from
            for key, value in alone[name][net].items():
                assert torch.equal(first[name][net][key], second[name][net][key]), (name, net, key)
                assert torch.allclose(value, first[name][net][key], atol=2e-5), (name, net, key)


def mixes(recipe: Recipe) -> bool:
    """Whether a network of a recipe lets the pictures of a batch see each other."""
    modules = [m for net in loop.build(recipe) for m in net.modules()]
    return any(isinstance(m, nn.BatchNorm2d) or getattr(m, "sees_batch", False) for m in modules)


def plain(recipe: Recipe) -> dict:
    """Networks without BatchNorm and dropout, with the same way of taking labels."""
    labels = {k: v for k, v in recipe.network_args.items() if k == "labels"}
    return {"network": "mlp", "network_args": {"width": 4, "dropout": 0.0, **labels}}


def test_a_lost_process_ends_the_others_and_the_run_goes_on(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for k in range(8):
        Image.new("L", (8, 8), 30 * k).save(folder / f"{k}.png")

    def command(images, *more):
        options = ["--size=8", "--channels=1", "--batch=4", "--network-args", "width=8", "core=1", f"--images={images}"]
        return ["-m", "train.r3gan", "--data", str(folder), *options, "--out", str(tmp_path / "run"), *more]

    heard = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    run = start(command(400_000), 2, start_new_session=True, **heard)
    try:
        until(lambda: (tmp_path / "run" / "checkpoint" / "recipe.json").exists(), run)
        other = next(pid for pid, env in children(run.pid) if env.get("RANK") == "1")
        os.kill(other, signal.SIGKILL)
        said, _ = run.communicate(timeout=240)
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
    assert run.returncode != 0
    assert "process 0: another process of this training has ended" in said and "--resume" in said
    kept = torch.load(tmp_path / "run" / "resume.pt", weights_only=True)["state"]["images"]
    assert kept % 4 == 0
    again = start(command(kept + 80, "--resume"), 2, **heard)
    said, _ = again.communicate(timeout=240)
    assert again.returncode == 0, said
    assert said.count(f"{kept + 80:,} images in") == 1  # one of them speaks
    assert torch.load(tmp_path / "run" / "resume.pt", weights_only=True)["state"]["images"] == kept + 80


def until(right, process) -> None:
    for _ in range(2400):
        if right():
            return
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.1)
    raise AssertionError("it did not come to that")


def children(pid: int) -> list[tuple[int, dict]]:
    """(pid, environment) of the processes that a process started."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout.split()
    return [(int(one), environment(int(one))) for one in found]


def environment(pid: int) -> dict:
    with open(f"/proc/{pid}/environ") as file:
        return dict(line.split("=", 1) for line in file.read().split("\0") if "=" in line)
