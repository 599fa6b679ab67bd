"""What is checked of a question before it is asked, and what is told of an error."""

import json
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.faces import arguments
from demo.page import refusals
from demo.zoo.zoo import Zoo
from gan_models.home import SHIPPED


def ask(keys: list[str], seed: int, label: int | str | None = None, part: float = 1.0, how: Literal["a", "b"] = "a"):
    """An endpoint."""


def refused(values) -> str:
    with pytest.raises(ValueError) as error:
        arguments.bound(ask, values)
    return str(error.value)


def test_values_come_in_order_or_by_name_and_the_rest_has_its_default():
    assert arguments.bound(ask, [["x"], 3.0]) == [["x"], 3, None, 1.0, "a"]
    assert arguments.bound(ask, {"seed": 3, "keys": [], "how": "b"}) == [[], 3, None, 1.0, "b"]
    assert arguments.bound(ask, [[], 0, "two", 2]) == [[], 0, "two", 2, "a"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([], "/ask needs keys, a list of texts: it was left out."),
        ([[]], "/ask needs seed, a whole number: it was left out."),
        ({"seed": 1}, "/ask needs keys, a list of texts: it was left out."),
        ({"sed": 1}, "/ask takes keys, seed, label, part, how: there is no 'sed'."),
        ([[], 1, None, 1, "a", 7], "/ask takes keys, seed, label, part, how: 5 values in this order, not 6."),
        ([None, 1], "keys of /ask must be a list of texts, not null."),
        ([["x", 3], 1], "keys of /ask must be a list of texts, not ['x', 3]."),
        ([[], True], "seed of /ask must be a whole number, not true."),
        ([[], 1.5], "seed of /ask must be a whole number, not 1.5."),
        ([[], 10**400], "seed of /ask must be a whole number, none above 9,007,199,254,740,992, not 1000000000000"),
        ([[], 10**5000], "seed of /ask must be a whole number, none above 9,007,199,254,740,992, not "),
        ([[], 1, [1]], "label of /ask must be a whole number, a text or null, not [1]."),
        ([[], 1, None, None], "part of /ask must be a number, not null."),
        ([[], 1, None, float("nan")], "part of /ask must be a number, not nan."),
        ([[], 1, None, 1, "c"], "how of /ask must be one of 'a', 'b', not 'c'."),
        ([[], 1, "\ud800"], "label of /ask: the text contains a lone surrogate, which is not a character."),
        ([[], 1, "x" * 2000], "label of /ask: a text has at most 1,000 letters, not 2,000."),
        ([["x"] * 2000, 1], "keys of /ask: a list has at most 1,024 items, not 2,000."),
        ([["\ud800"], 1], "keys of /ask: the text contains a lone surrogate, which is not a character."),
        ([["x", "y" * 2000], 1], "keys of /ask: a text has at most 1,000 letters, not 2,000."),
    ],
)
def test_what_does_not_fit_is_one_sentence(values, sentence):
    assert refused(values).startswith(sentence)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([10**400, "\ud800", "x" * 3000]),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=12,
)


@settings(deadline=None, max_examples=300)
@given(st.lists(anything, max_size=7) | st.dictionaries(st.sampled_from(["keys", "seed", "part", "x"]), anything))
def test_whatever_is_sent_fits_or_is_refused_in_one_sentence(values):
    try:
        keys, seed, label, part, how = arguments.bound(ask, values)
    except ValueError as error:
        said = refusals.plain(str(error))
        assert said.startswith(("/ask", "keys of", "seed of", "label of", "part of", "how of")) and len(said) <= 300
        assert "\n" not in said and json.dumps(said) and said.encode()
    else:
        assert isinstance(keys, list) and all(isinstance(key, str) for key in keys) and type(seed) is int
        assert label is None or type(label) in (int, str)
        assert isinstance(part, int | float) and part == part and how in ("a", "b")


# Errors -----------------------------------------------------------------------------------------------------


def caught(do) -> BaseException:
    try:
        do()
    except BaseException as error:
        return error
    raise AssertionError("no error")


def test_only_the_projects_own_words_are_told():
    zoo = Zoo(SHIPPED)
    own = caught(lambda: zoo.samples(["mnist/nothing"], [0]))
    assert (
        refusals.sentence(own) == str(own) == "There is no checkpoint 'mnist/nothing'; " + str(own).partition("; ")[2]
    )
    own.args = ("x" * 1000,)
    assert len(refusals.sentence(own)) == 300
    for foreign in (
        lambda: json.loads("{"), lambda: Path("/etc/none").read_text(), lambda: {}["x"], lambda: int("/root/x"),
        lambda: Zoo(3), lambda: refusals.plain(None),
    ):  # fmt: skip
        assert refusals.sentence(caught(foreign)) == refusals.UNEXPECTED


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a\n  b\tc", "a b c"),
        ("no /home/me/zoo/mnist/x.json here", "no … here"),
        ("[Errno 13] Permission denied: '/var/tmp/x'", "[Errno 13] Permission denied: '…'"),
        (r"no C:\Users\me\zoo\x.json", "no …"),
        ("mnist/dcgan, https://huggingface.co/a/b, /samples", "mnist/dcgan, https://huggingface.co/a/b, /samples"),
        ("\ud800 \x00\x1b[31m", "? [31m"),
    ],
)  # fmt: skip
def test_a_sentence_is_one_line_without_paths(text, plain):
    assert refusals.plain(text) == plain


@given(st.text(max_size=2000))
def test_any_text_becomes_a_line_that_can_be_sent(text):
    said = refusals.plain(text)
    assert len(said) <= 300 and said.encode() is not None and said.isprintable()
