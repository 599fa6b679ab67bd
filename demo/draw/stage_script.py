"""The script that shows runs of the playground, for both front ends: planes, curves, a slider, and the buttons. No UI.

It asks the server for the next frames when the last ones have come (`send`). The browser stops asking when the page is
hidden, closed or paused. `stage(element, data, send)`; data: see `demo.pages.playground`.
"""

from __future__ import annotations

import json
from pathlib import Path

from demo.draw.playground import COLOURS, DASHES, FAKE, HIGH, LOW, MIDDLE, PUSH, REAL, SHEET

_LOOK = {
    "colours": COLOURS[:4],
    "dashes": ["" if dash == [1, 0] else " ".join(map(str, dash)) for dash in DASHES[:4]],
    "low": LOW, "middle": MIDDLE, "high": HIGH, "real": REAL, "fake": FAKE, "push": PUSH, "sheet": SHEET,
}  # fmt: skip
CSS = Path(__file__).with_name("stage.css").read_text(encoding="utf-8")
JS = f"const STAGE_LOOK = {json.dumps(_LOOK)};\n" + Path(__file__).with_name("stage.js").read_text(encoding="utf-8")
