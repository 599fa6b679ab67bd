"""hub.json: which checkpoints on the Hub belong to a zoo, besides those of its folder. No torch import.

{"format": 1, "checkpoints": {"mnist/dcgan": "user/dcgan-mnist@<commit, 40 digits>"}}; the keys are those of the zoo.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from . import hub, limits
from .folder import MOST_RECIPE, CheckpointError, one_line

FORMAT = 1


def read(path: Path) -> dict[str, str]:
    """key -> "user/repo@commit" of a hub.json; empty if there is none. Raises CheckpointError if it is damaged."""
    try:
        content = json.loads(limits.read(path, MOST_RECIPE).decode("utf-8"))
        if content["format"] != FORMAT:
            raise ValueError(f"its format is {content['format']!r}, not {FORMAT}")
        for key, name in content["checkpoints"].items():
            _, revision = hub.parse(name)
            if not hub.COMMIT.fullmatch(revision or ""):
                raise ValueError(f"{name} does not end in a full commit")
            if not re.fullmatch(r"[\w-]+/[\w-]+", key):
                raise ValueError(f"{key!r} is no key")
        return dict(content["checkpoints"])
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"{path.name} is damaged: {one_line(error).rstrip('.')}.") from error
