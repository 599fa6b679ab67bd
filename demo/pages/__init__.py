"""One file per page: its controls, its parts as pure functions, its answers to programs, its lines of Python."""

from demo.pages import compare, interpolate

PAGES = (compare.PAGE, interpolate.PAGE)
"""In the order of the menu"""
