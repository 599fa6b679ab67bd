"""One file per page: its controls, its parts as pure functions, its answers to programs, its lines of Python."""

from demo.pages import (
    ablation,
    classes,
    compare,
    evolution,
    first_steps,
    glossary,
    home,
    interpolate,
    leaderboard,
    learn,
    lesson,
    quiz,
    styles,
)

PAGES = (
    home.PAGE,
    compare.PAGE,
    evolution.PAGE,
    quiz.PAGE,
    interpolate.PAGE,
    classes.PAGE,
    styles.PAGE,
    leaderboard.PAGE,
    ablation.PAGE,
    first_steps.PAGE,
    learn.PAGE,
    lesson.PAGE,
    glossary.PAGE,
)
"""In the order of the menu, group by group"""
