"""`streamlit run tests/run_pages.py [-- --checkpoints DIR]`: the pages of the modules in $GANSCOPE_PAGES (or ours).

GANSCOPE_PAGES="demo.pages.compare demo.pages.quiz": modules as Python names them. Their pages are their values.
"""

import argparse
import importlib
import os
import sys
from pathlib import Path

import streamlit as st

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]
app, face, items = map(importlib.import_module, ("app", "demo.faces.streamlit", "demo.page.items"))

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--checkpoints")
if folder := parser.parse_known_args()[0].checkpoints:
    os.environ["GANSCOPE_CHECKPOINTS"] = folder
modules = [importlib.import_module(name) for name in os.environ.get("GANSCOPE_PAGES", "pages_for_tests").split()]
found = [value for module in modules for value in vars(module).values() if isinstance(value, items.Page)]
st.set_page_config(page_title="GANscope", page_icon=app.ICON, layout="wide")
st.logo(app.LOGO, size="large")
face.run(list(dict.fromkeys(found)))
