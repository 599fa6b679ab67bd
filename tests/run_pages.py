"""`streamlit run tests/run_pages.py -- MODULE ... [--checkpoints DIR]`: the pages of modules, or those of the tests.

A module is named as Python does, "demo.pages.compare"; its pages are its values that are pages.
"""

import argparse
import importlib
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

import streamlit as st

import app
from demo.faces import streamlit as face
from demo.page.items import Page

parser = argparse.ArgumentParser()
parser.add_argument("modules", nargs="*")
parser.add_argument("--checkpoints")
args = parser.parse_known_args()[0]
if args.checkpoints:
    os.environ["GANSCOPE_CHECKPOINTS"] = args.checkpoints
modules = args.modules or ["pages_for_tests"]
found = [value for name in modules for value in vars(importlib.import_module(name)).values() if isinstance(value, Page)]
st.set_page_config(page_title="GANscope", page_icon=app.ICON, layout="wide")
st.logo(app.LOGO, size="large")
face.run(list(dict.fromkeys(found)))
