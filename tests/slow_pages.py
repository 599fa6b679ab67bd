"""A page whose part takes its time, and one to which a link in it leads, for `GANSCOPE_PAGES="slow_pages"`."""

import time

from demo.page import Data, Html, Page, Seed, changing


def made(zoo, s):
    link = changing("Go on", {"seed": ["5"]}, "next")
    yield f"<p>Slow: seed {s.seed}. {link}</p>"
    time.sleep(4)
    yield f"<p>Made: seed {s.seed}. {link}</p>"


SLOW = Page("slow", "Slow", "A page that takes its time.", Data(), Seed(), Html(made))
NEXT = Page("next", "Next", "Where it leads.", Data(), Seed(), Html(lambda zoo, s: f"<p>Next: seed {s.seed}</p>"))
