"""The project's own files, as tests read them."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent


def listed(folder: str | Path, pattern: str) -> list[Path]:
    """The files below a folder of the project that fit a pattern, sorted.

    A test that loops over them would hold of nothing where there are none, as after a folder was renamed.
    """
    paths = sorted(path for path in (ROOT / folder).glob(pattern) if "__pycache__" not in path.parts)
    assert paths, f"{folder} has no {pattern}: this test would check nothing"
    return paths


def imported(path: Path) -> set[str]:
    """What a file of the project imports anywhere in it, relative imports resolved: a of `import a`, a.b of
    `from a import b`, whether b is a module or a name in one.
    """
    package = path.relative_to(ROOT).parent.parts
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*base, *([node.module] if node.module else [])])
            modules |= {f"{base}.{a.name}" for a in node.names}
    return modules
