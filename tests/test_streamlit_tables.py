"""Tables in Streamlit: no text of a cell is cut."""

import pytest

from demo.faces import streamlit_parts
from demo.page.items import Grid


@pytest.fixture
def shown(monkeypatch) -> dict:
    """What a table asks of Streamlit."""
    asked = {}
    monkeypatch.setattr(streamlit_parts.st, "dataframe", lambda frame, **more: asked.update(more))
    return asked


def widths(asked: dict) -> list:
    return [column["width"] for column in asked["column_config"].values()]


def test_a_column_of_texts_is_as_wide_as_its_longest_one(shown):
    longest = "Real images with noise", "parameters, images, steps"
    rows = [["DCGAN", (0.5, "0.500"), "anchor"], [longest[0], (1.5, "1.500"), longest[1]]]
    streamlit_parts.table(Grid(["Variant", "FD", "Pareto front"], rows), "key", None)
    names, figures, front = widths(shown)
    assert figures is None and names > 6 * len(longest[0]) and front > 6 * len(longest[1])
    assert "row_height" not in shown


def test_a_text_that_is_longer_than_a_screen_is_wide_wraps(shown):
    verdict = "cannot be distinguished from chance: the seeds disagree, and the mean is within the spread of both"
    streamlit_parts.table(Grid(["Variant", "Verdict"], [["DCGAN", verdict], ["GAN", "better"]]), "key", None)
    assert widths(shown)[1] == streamlit_parts.WIDEST
    lines = shown["row_height"] // streamlit_parts.LINE
    assert lines * streamlit_parts.WIDEST > 6 * len(verdict)
