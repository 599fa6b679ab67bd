"""One file per family, with one registered builder of its name: recipe -> (function that makes G, one that makes D).

The contract that they keep stands in README.md beside this file. Each file is imported, and so registered, from here.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
