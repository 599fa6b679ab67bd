"""One file per page: its controls, its parts as pure functions, its answers to programs, its lines of Python."""

from demo.pages import (
    ablation,
    anomaly,
    classes,
    compare,
    directions,
    evolution,
    first_steps,
    glossary,
    home,
    interpolate,
    leaderboard,
    learn,
    lesson,
    quiz,
    restore,
    styles,
    translate,
    your_picture,
)

PAGES = (
    home.PAGE,
    compare.PAGE,
    evolution.PAGE,
    quiz.PAGE,
    interpolate.PAGE,
    classes.PAGE,
    styles.PAGE,
    directions.PAGE,
    translate.PAGE,
    your_picture.PAGE,
    restore.PAGE,
    leaderboard.PAGE,
    ablation.PAGE,
    anomaly.PAGE,
    first_steps.PAGE,
    learn.PAGE,
    lesson.PAGE,
    glossary.PAGE,
)
"""In the order of the menu, group by group"""
