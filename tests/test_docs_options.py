"""Every command that the documents give has options that its parser takes; in a block it is parsed as a whole."""

import argparse
import importlib
import re
import shlex
import sys
from typing import NamedTuple

import pytest
from sources import ROOT, listed

import train
from train.engine.args import parse

TEXTS = [ROOT / "README.md", *listed("docs", "*.md"), *listed("deploy", "*.yaml")]
PATTERN = re.compile(r"(?:python -m |torchrun .*? -m )((?:train[ .]|benchmarks\.)\w.*)")
VARIANTS, TOOLS = train.everything(), train.tools()


class Command(NamedTuple):
    document: str
    words: tuple[str, ...]
    """Without `python -m`, and with `train NAME` for `train.NAME`"""
    whole: bool
    """It stands in a block, to be copied; what stands in a sentence may lack arguments"""


def commands() -> dict[Command, None]:
    """Each command of the documents with an option or an argument."""
    found: dict[Command, None] = {}
    for path in TEXTS:
        blocks, sentences = [re.sub(r"\\\n\s*", "", path.read_text(encoding="utf-8"))], ""
        if path.suffix == ".md":
            sentences, blocks = (blocks[0], re.findall(r"^```\w*\n(.*?)^```", blocks[0], re.M | re.S))
        sentences = re.sub(r"^```.*?^```", "", sentences, flags=re.M | re.S)
        in_sentences = [" ".join(one.split()) for one in re.findall(r"`([^`]+)`", sentences)]
        for whole, lines in ((path.suffix == ".md", "".join(blocks).splitlines()), (False, in_sentences)):
            for line in filter(None, map(PATTERN.search, lines)):
                words = shlex.split(re.sub(r"^train\.", "train ", line[1]), comments=True)
                if len(words) > (2 if words[0] == "train" else 1) and words[1] != "NAME":
                    found[Command(path.name, tuple(words), whole)] = None
    return found


COMMANDS = [one for one in commands() if one.words[0] == "train" or "--" in " ".join(one.words)]


class Parsed(Exception):
    """The parser took the words; nothing is run."""


@pytest.fixture
def stopping(monkeypatch):
    """stopping(whole): a parser raises Parsed where it takes its words, and exits with 2 otherwise."""
    real = argparse.ArgumentParser.parse_args

    def ask(whole: bool):
        def parse_args(self, args=None, namespace=None):
            words = sys.argv[1:] if args is None else args
            if whole:
                real(self, words, namespace)
            for word in words:
                if re.fullmatch(r"--\w\S*", word) and word.partition("=")[0] not in self._option_string_actions:
                    self.error(f"there is no {word}")
            raise Parsed

        monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_args)

    return ask


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: f"{one.document} {' '.join(one.words)}"[:70])
def test_a_command_of_a_document_has_options_that_there_are(command, stopping, monkeypatch):
    name, *words = command.words
    stopping(command.whole)
    with pytest.raises(Parsed):
        if name != "train":
            monkeypatch.setattr(sys, "argv", [name, *words])
            importlib.import_module(name).main()
        elif words[0] in VARIANTS:
            parse(VARIANTS[words[0]], words[1:])
        else:
            importlib.import_module(TOOLS[words[0]].module).main(words[1:])
    if "--" in words:  # options of every training
        with pytest.raises(Parsed):
            parse(VARIANTS["dcgan"], words[words.index("--") + 1 :])


def test_the_documents_have_commands_of_each_kind():
    assert len({one.words[1] for one in COMMANDS if one.words[0] == "train"} & {*TOOLS}) > 15
    assert len({one.words[1] for one in COMMANDS} & {*VARIANTS}) > 5
    assert {"skypilot.yaml", "README.md", "training.md"} <= {one.document for one in COMMANDS}


@pytest.mark.parametrize("words", [["evaluate", "--seed", "1", "x"], ["search", "--variant=gan"]])
def test_an_option_that_there_is_not_is_found(words, stopping, capsys):
    stopping(False)
    with pytest.raises(SystemExit):
        importlib.import_module(TOOLS[words[0]].module).main(words[1:])
    assert "there is no --" in capsys.readouterr().err
