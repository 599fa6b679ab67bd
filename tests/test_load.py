"""The load benchmarks with three visitors, over untrained networks."""

import pytest

from benchmarks import live, load


@pytest.mark.parametrize("gradio", [False, True], ids=["Streamlit", "Gradio"])
def test_visitors_get_their_answers(filmed_zoo, gradio):
    found = load.measure(filmed_zoo, gradio, visitors=3, rounds=1, think=0.05)
    assert found["errors"] == {}
    assert {name: step["answers"] for name, step in found["steps"].items()} == {
        "open the app": 3, "page Compare": 3, "random seed": 6, "other data set": 3, "page Evolution": 3,
        "page Leaderboard": 3, "all": 21,
    }  # fmt: skip


def test_a_summary_by_hand():
    assert load.summary([4.0, 1.0, 2.0]) == {"answers": 3, "median": 2.0, "p95": 4.0, "worst": 4.0}


@pytest.mark.parametrize("gradio", [False, True], ids=["Streamlit", "Gradio"])
def test_those_who_train_at_once_get_their_shares_and_leave_nothing_running(filmed_zoo, gradio):
    query = "view=playground&lanes=plain&batch=32&width=8&steps=20000"
    found = live.measure(filmed_zoo, gradio, visitors=3, seconds=4, query=query)
    assert min(found["steps"]) > max(found["steps"]) / 4 and min(found["steps"]) >= 10
    assert found["drawn"] and found["idle"] < 0.5
    assert found["memory_gb"][2] < found["memory_gb"][1] + 0.05
