"""One file per page: its controls, its parts as pure functions, its answers to programs, its lines of Python."""

from demo.pages import ablation, compare, home, leaderboard, learn, quiz

PAGES = (
    home.PAGE,
    compare.PAGE,
    quiz.PAGE,
    leaderboard.PAGE,
    ablation.PAGE,
    learn.PAGE,
)
"""In the order of the menu"""
