"""GANscope: `streamlit run app.py` opens the Streamlit front end, `python app.py` the Gradio one."""

import argparse
import os
import sys
from pathlib import Path

from demo.faces import machine

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="150" height="32" viewBox="0 0 150 32">'
    '<text x="0" y="23" font-family="sans-serif" font-size="22" font-weight="700" fill="#6469ee">GANscope</text></svg>'
)


ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32" viewBox="0 0 32 32" fill="#6469ee">'
    '<rect x="3" y="3" width="12" height="12"/><rect x="17" y="3" width="12" height="12" opacity="0.5"/>'
    '<rect x="3" y="17" width="12" height="12" opacity="0.5"/><rect x="17" y="17" width="12" height="12"/></svg>'
)
"""Of the tab. One of Streamlit's own would be fetched from another server"""


def under_streamlit() -> bool:
    """Streamlit is asked only where it is loaded already: importing it takes a second."""
    if "streamlit" not in sys.modules:
        return False
    from streamlit import runtime
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    return runtime.exists() or get_script_run_ctx(suppress_warning=True) is not None


class Parser(argparse.ArgumentParser):
    """Raises ValueError where argparse ends the process: under Streamlit that leaves a page that waits for ever."""

    def error(self, message: str) -> None:
        raise ValueError(f"{message}.")


def arguments(streamlit: bool) -> argparse.Namespace:
    """ValueError, one sentence, only under Streamlit, whose process goes on; else argparse ends it."""
    parser = (Parser if streamlit else argparse.ArgumentParser)(
        description="Compare GANs in the browser (Gradio; for Streamlit: streamlit run app.py).",
        allow_abbrev=False,
        add_help=not streamlit,
    )
    parser.add_argument(
        "--checkpoints",
        metavar="DIR",
        type=folder,
        help="a zoo, or a folder of training runs (default: $GANSCOPE_CHECKPOINTS, else what comes with the code)",
    )
    if streamlit:  # which has options of its own, before the "--"; AppTest gives none to the app
        return parser.parse_args(sys.argv[1:] if Path(sys.argv[0]).resolve() == Path(__file__).resolve() else [])
    parser.add_argument(
        "--port",
        metavar="N",
        type=port,
        default=os.environ.get("GRADIO_SERVER_PORT"),
        help="port to serve on (default: $GRADIO_SERVER_PORT, else the first free one from 7860 on)",
    )
    return parser.parse_args()


def folder(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise argparse.ArgumentTypeError(f"there is no user whose home {text[:40]!r} could be") from None


def port(text: str) -> int:
    try:
        return machine.port(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def streamlit_app() -> None:
    import streamlit as st

    st.set_page_config(page_title="GANscope", page_icon=ICON, layout="wide")
    st.logo(LOGO, size="large")
    from demo.faces import streamlit
    from demo.pages import PAGES

    streamlit.run(PAGES)


def refuse(words: str, streamlit: bool) -> None:
    """Say why the app cannot start, and end it; Streamlit's process goes on, and its page says so."""
    if not streamlit:
        sys.exit(words)
    print(words, file=sys.stderr)
    import streamlit as st

    from demo.page import refusals

    st.error(refusals.plain(words))
    st.stop()


if __name__ == "__main__":
    # Visitors draw at the same time, each on one core: more threads for one small network make all wait for each other.
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when torch is imported
    streamlit = under_streamlit()
    try:
        args = arguments(streamlit)
        machine.prepare()
        if not streamlit and args.port:
            machine.free(args.port)
    except ValueError as error:
        refuse(f"GANscope cannot start: {error}", streamlit)
    if args.checkpoints:
        os.environ["GANSCOPE_CHECKPOINTS"] = str(args.checkpoints)  # read by demo.zoo.folders.default_folder
    if streamlit:
        streamlit_app()
    else:
        machine.tidy()  # before the imports, which take seconds
        try:
            from demo.faces import gradio
            from demo.pages import PAGES
            from demo.zoo.folders import default_folder

            gradio.launch(default_folder(), PAGES, args.port)
        except KeyboardInterrupt:
            print("\nStopped.", file=sys.stderr)
            sys.exit(130)
