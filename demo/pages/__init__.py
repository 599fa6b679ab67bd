"""One file per page: its controls, its parts as pure functions, its answers to programs, its lines of Python."""

from demo.pages import classes, compare, interpolate, styles

PAGES = (compare.PAGE, interpolate.PAGE, classes.PAGE, styles.PAGE)
"""In the order of the menu"""
