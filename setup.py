"""What goes into the wheel: the packages, and in `ganscope/` the files of a checkout that the app needs around it.

All else about the distribution stands in pyproject.toml.
"""

from pathlib import Path

from setuptools import find_namespace_packages, setup
from setuptools.command.build_py import build_py

HOME = ["app.py", "hub.json", ".streamlit/config.toml"]
"""Files that lie beside checkpoints/ in a checkout, and in the wheel in ganscope/ (gan_models/home.py)"""
ZOO = ("mnist", "fashion_mnist", "celeba")
"""Data sets whose checkpoints ship. A folder of somebody's own data stays out of a wheel that they build"""
KINDS = (".json", ".jsonl", ".safetensors", ".png", ".webp")
"""Files of a zoo; a resume.pt, an ONNX file or a log beside them stays out"""
LOCAL = ("checkpoints/celeba/real.*", "checkpoints/celeba/training.*", "checkpoints/*/yardsticks.safetensors")
"""What commands make in a checkout and does not ship (.gitignore): pictures that nobody may pass on, and what only
measuring reads"""


def home() -> list[Path]:
    """The files of ganscope/ in the wheel, by their paths in the checkout."""
    zoo = [path for name in ZOO for path in sorted(Path("checkpoints", name).rglob("[!.]*")) if path.suffix in KINDS]
    return [*map(Path, HOME), *(path for path in zoo if not any(map(path.match, LOCAL)))]


class Build(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:  # which finds them in the checkout
            for path in home():
                target = Path(self.build_lib, "ganscope", path)
                self.mkpath(str(target.parent))
                self.copy_file(str(path), str(target))


setup(
    packages=find_namespace_packages(
        include=["gan_models*", "demo*", "train*", "ganscope*"], exclude=["*.__pycache__"]
    ),
    package_data={"": ["*.md", "*.json", "*.toml", "*.npz", "*.css", "*.js", "py.typed"]},
    cmdclass={"build_py": Build},
)
