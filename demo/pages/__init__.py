"""One file per page: its controls, its parts as pure functions, its answers to programs, its lines of Python."""

from demo.pages import (
    ablation,
    claims,
    classes,
    compare,
    evolution,
    home,
    interpolate,
    leaderboard,
    learn,
    playground,
    quiz,
    styles,
    theory,
)

PAGES = (
    home.PAGE,
    compare.PAGE,
    quiz.PAGE,
    interpolate.PAGE,
    classes.PAGE,
    styles.PAGE,
    evolution.PAGE,
    leaderboard.PAGE,
    ablation.PAGE,
    learn.PAGE,
    playground.PAGE,
    theory.PAGE,
    claims.PAGE,
)
"""In the order of the menu"""
