"""One file per family, with one registered builder of its name: recipe -> (function that makes G, one that makes D).

README.md beside this file states their contract. This file imports each of them, which registers it.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
