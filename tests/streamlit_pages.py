"""What the tests of pages in Streamlit share: open one from a link, read what it shows, change it. No browser."""

import json
import os
import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parent.parent


def open_page(folder: Path, page: str = "", script: str = "tests/run_pages.py", **link) -> AppTest:
    """A page over a zoo, as it opens from a link; page: its name, the first one without."""
    os.environ["GANSCOPE_CHECKPOINTS"] = str(folder)  # whoever calls this has a fixture that takes it back
    app = AppTest.from_file(ROOT / script, default_timeout=60)
    for name, value in {**({"view": page} if page else {}), **link}.items():
        app.query_params[name] = value
    return check(app.run())


def check(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].message
    return app


def data(app: AppTest) -> dict[str, dict]:
    """What each component of ours was sent, by its key: "seed" is a Number, "every_3" a part."""
    sent = {one.key: one.proto.json or one.proto.bytes for one in app.get("bidi_component")}
    return {key: json.loads(text) for key, text in sent.items() if text}


def html(app: AppTest) -> str:
    """The HTML of all parts."""
    return "\n".join(one["html"] for one in data(app).values() if "html" in one)


def pictures(app: AppTest) -> list[str]:
    """The address of each picture in HTML."""
    return re.findall(r'<img[^>]* src="(.*?)"', html(app))


def change(app: AppTest, **texts: str) -> AppTest:
    """Set what AppTest has no widget for, such as a Number: name in links = text."""
    app.session_state["_visit"].query |= {name: [text] for name, text in texts.items()}
    return check(app.run())


def link(app: AppTest) -> dict[str, list[str]]:
    """What the address says now."""
    return {name: texts if isinstance(texts, list) else [texts] for name, texts in dict(app.query_params).items()}


def told(app: AppTest) -> list[str]:
    """Every sentence in a frame, without Markdown's escapes."""
    return [one.value.replace("\\", "") for one in (*app.error, *app.warning, *app.info)]
