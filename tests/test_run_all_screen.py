"""What is told of many trainings: lines and a table while they run, a summary at the end."""

import pytest
from zoos import block, measure, put

import train
from train.engine import run_folder
from train.engine.args import TrainArgs
from train.queue import screen
from train.queue.jobs import FAILED, FINISHED, RUNNING, WAITING, Job

pytestmark = pytest.mark.usefixtures("own_cache", "quick_queue")
RECIPES = train.recipes()


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
    assert total == "1 finished, 1 failed." and note.startswith("FD in brackets: the last evaluation of --eval-every")
    assert rest[1:3] == ["gan on mnist failed: it broke", f"  {failed.log} ends:"]
    assert rest[3:] == [f"  | line {k}" for k in range(4, 9)]
    failed.begun = False  # what stands there is of an earlier process
    assert "line 8" not in screen.summary([failed])
