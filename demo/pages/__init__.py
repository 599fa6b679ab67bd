"""One file per page: its controls, its parts as pure functions, its answers to programs, its lines of Python."""

from demo.pages import (
    ablation,
    anomaly,
    classes,
    compare,
    directions,
    evolution,
    home,
    interpolate,
    leaderboard,
    learn,
    quiz,
    restore,
    styles,
    your_picture,
)

PAGES = (
    home.PAGE,
    compare.PAGE,
    quiz.PAGE,
    interpolate.PAGE,
    classes.PAGE,
    styles.PAGE,
    your_picture.PAGE,
    restore.PAGE,
    directions.PAGE,
    evolution.PAGE,
    leaderboard.PAGE,
    ablation.PAGE,
    anomaly.PAGE,
    learn.PAGE,
)
"""In the order of the menu"""
