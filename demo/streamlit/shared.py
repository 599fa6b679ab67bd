"""What the pages share: the zoo, choosing variants and seeds, downloads, notices.

Every widget is bound to the URL under its key, so that a link reopens the view, and a choice made on one page
holds on the next.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from demo.draw.cards import STYLE as CARDS
from demo.page import links
from demo.zoo import families, hub, styles
from demo.zoo.entries import Catalog, Entry, Kind
from demo.zoo.folders import CheckpointError, default_folder
from demo.zoo.seeds import MOST_SEED
from demo.zoo.words import dataset_title, duration
from demo.zoo.zoo import Zoo

LINK = "query-params"
"""`bind=LINK` keeps a widget's value in the URL, under the widget's key"""
PAGES = Path(__file__).parent
STYLE = (
    f"<style>{CARDS}"
    + """
.stMainBlockContainer { padding-top: 4.5rem; padding-bottom: 3rem; }
.stImage img { image-rendering: pixelated; border-radius: 0; }
[data-testid=stCaptionContainer], [data-testid=stCaptionContainer] p {
  color: light-dark(#5b5f6e, #a9adbf); opacity: 1; }
.stMultiSelect [data-tag], .stMultiSelect [data-tag] *, .stButton button[kind=primary] {
  color: light-dark(#fff, #12141d); }
.st-key-groups button { min-height: 0; padding: .15rem .6rem; border-radius: 1rem; }
.st-key-groups button p { font-size: .8rem; }
@media (max-width: 640px) {
  [class*=st-key-row_] { flex-wrap: nowrap; width: 100%; }
  [class*=st-key-row_] .stElementContainer:has(.stNumberInput) { flex: 1 1 4rem; min-width: 4rem; width: auto; }
  [class*=st-key-row_] .stNumberInput { width: 100%; }
  [class*=st-key-row_] [data-testid^=stNumberInputStep] { display: none; }
  [class*=st-key-row_] .stButton button { padding: .25rem .5rem; white-space: nowrap; }
}
</style>"""
)
"""Pixels stay square on screens of any density, and no corner of a picture is rounded off. Captions have the contrast
that small text needs. A phone has a seed and its buttons in one row"""


@st.cache_resource(max_entries=4, show_spinner=False)
def _zoo(folder: str) -> Zoo:
    return Zoo(folder)


def zoo() -> Zoo:
    """One for the whole server, so that visitors share the loaded models."""
    return _zoo(str(default_folder()))


# The frame of a page ---------------------------------------------------------------------------------------


def begin(title: str, sentence: str) -> tuple[Catalog, Callable[[], None]]:
    """Title, one sentence, the place of the notice; the catalog, and what fills the notice at the end.

    A page of an empty zoo ends here, with a word on how to train a model.
    """
    st.html(STYLE)
    st.title(title)
    st.markdown(sentence)
    place = st.container()
    keys, refused = added()
    catalog = zoo().catalog(keys)

    def notice() -> None:
        problems = [*zoo().problems(keys), *refused]
        if problems:
            with place.expander(
                f"{len(problems)} checkpoint{'s' if len(problems) > 1 else ''} cannot be shown",
                icon=":material/warning:",
            ):
                for problem in problems:
                    st.text(problem)

    if not catalog.entries:
        notice()
        st.info(
            "There is no checkpoint here yet. Train one with `python -m train.dcgan --out runs/dcgan`, "
            "then open `streamlit run app.py -- --checkpoints runs`. Or show one from the Hub:"
        )
        add_input(catalog)
        st.stop()
    return catalog, notice


def added() -> tuple[list[str], list[str]]:
    """(keys, problems) of what this visitor has added from the Hub: in this session, or by the link.

    No widget holds it, so the address is kept up to date by hand; each name in it is asked for once in a session.
    """
    state = st.session_state
    if "hub" not in state:
        found = zoo().add(st.query_params.get_all("hub"))
        state.hub, state.hub_problems = [entry.hub for entry in found.entries], list(found.problems)
    if st.query_params.get_all("hub") != state.hub:
        st.query_params["hub"] = state.hub
    return [entry.key for entry in zoo().add(state.hub).entries], state.hub_problems


def add_input(catalog: Catalog, kind: Kind | None = None) -> None:
    """Where a visitor names a checkpoint on the Hub; it is then chosen, beside what was chosen before.

    kind: as in `choose`, whose widgets must not have been drawn yet.
    """
    popover = st.popover("Add from the Hub", icon=":material/add:")
    with popover.form("hub_form", border=False, clear_on_submit=True):
        wish = st.text_input("Repository or collection", key="hub_wish", placeholder="user/name@v1", help=hub.HELP)
        pressed = st.form_submit_button("Add")
    if not (pressed and wish.strip()):
        return
    with popover, st.spinner("Asking the Hub"):
        found = zoo().add(wish)
    if not found.entries:
        for problem in found.problems:
            popover.error(plain(problem))
        return
    state, new = st.session_state, found.entries
    state.hub = list(dict.fromkeys([*state.hub, *(entry.hub for entry in new)]))[-hub.MOST_NAMES :]
    state.hub_problems = list(found.problems)
    for entry in new:
        state["data"], key = dataset_title(entry.dataset), links.variants(entry.dataset, kind)
        before = state.get(key)
        if before is None:
            before = _default([e for e in catalog.of(entry.dataset) if kind is None or kind.fit(e)])
        if kind and not kind.fit(entry):
            continue
        state[key] = [*before, *([entry.title] if entry.title not in before else [])]
    st.rerun()


def _default(entries: Sequence[Entry]) -> list[str]:
    """Titles of those that are chosen where the link names none."""
    return [entry.title for entry in families.breadth(entries)]


def data_input(catalog: Catalog) -> str:
    """The name of a data set; a control is shown where there are several."""
    names = {dataset_title(name): name for name in catalog.datasets}
    data = next(iter(names))
    if len(names) > 1:
        data = st.segmented_control("Data set", list(names), default=data, key="data", bind=LINK, required=True)
    return names[data]


def choose(catalog: Catalog, kind: Kind | None = None) -> list[Entry]:
    """The data set, where there are several, and the variants to show.

    kind: offer only these. The page ends, with a sentence, where none is there or chosen.
    """
    choices, row = st.container(), st.container(horizontal=True, gap="xsmall", key="groups")
    buttons = row.container(horizontal=True, gap="xsmall", width="content")
    with row:
        add_input(catalog, kind)  # before the choices are drawn, which it may change
    with choices:
        dataset = data_input(catalog)
    entries = [entry for entry in catalog.of(dataset) if kind is None or kind.fit(entry)]
    if not entries:
        others = dict.fromkeys(dataset_title(entry.dataset) for entry in catalog if kind.fit(entry))
        then = f"Some of those trained on {', '.join(others)} do." if others else ""
        st.info(kind.none(f"variants trained on {dataset_title(dataset)}", then, "`{}`"))
        st.stop()
    by_title = {entry.title: entry for entry in entries}
    # A widget for each data set, since one whose options change keeps showing what is no longer there.
    key = links.variants(dataset, kind)
    chosen = choices.pills(
        "Variants", by_title, selection_mode="multi", default=_default(entries), key=key, bind=LINK, wrap=True
    )
    for words, members in families.groups(entries) if len(entries) > 1 else ():
        titles = [entry.title for entry in members]
        buttons.button(plain(words), on_click=_choose, args=(key, titles), key=f"group_{words}")
    if not chosen:
        st.info("Choose one variant or more above.")
        st.stop()
    return [by_title[title] for title in by_title if title in chosen]  # by year, as the zoo has them


def _choose(key: str, titles: list[str]) -> None:
    st.session_state[key] = titles


def seed_input(label: str, key: str = "seed", first: int = 0, step: int = 1, after: str = "Next") -> int:
    """A seed to type, with buttons for the one before, the one after (by `step`) and a random one.

    after: what the button for the one after says. first: what it is where the link does not say. Streamlit warns where
    buttons set the state of a widget that has a default, unless that is its lowest value: another one is set through
    the state as well.
    """
    if first and not st.query_params.get(key) and st.session_state.get(key) is None:
        st.session_state[key] = first

    def go(to: Callable[[int], int]) -> None:
        st.session_state[key] = min(max(to(st.session_state[key] or 0), 0), MOST_SEED)

    row = st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", width="content", key=f"row_{key}")
    with row:
        seed = st.number_input(
            label, 0, MOST_SEED, None if first else "min", 1, key=key, bind=LINK, width=150,
            help="Each seed is one latent vector: every variant gets the same ones.",
        )  # fmt: skip
        for word, to in (
            ("Previous", lambda now: now - step),
            (after, lambda now: now + step),
            ("Random", lambda _: random.randrange(100_000)),
        ):
            st.button(word, on_click=go, args=(to,), key=f"{word.lower().replace(' ', '_')}_{key}")
    return first if seed is None else int(seed)


def class_input(label: str, key: str, options: list[str], dataset: str, first: int = 0, help: str | None = None) -> str:
    """One of some class names. first: the place of the one that is shown where the link does not say."""
    # A widget for each data set, as in `choose`.
    return st.selectbox(label, options, first, key=f"{key}_{dataset}", bind=LINK, width=160, help=help)


def truncation_input() -> float:
    return st.slider(
        "Truncation", 0.0, 1.5, 1.0, 0.05, key="truncation", bind=LINK, width=180, help=styles.TRUNCATION
    )  # fmt: skip


# Pictures ---------------------------------------------------------------------------------------------------


@st.fragment
def share(python: Callable[[], str] | None, dataset: str, entries: Sequence[Entry] = (), kind: Kind | None = None):
    """Where a visitor copies the link to this view, and the Python that makes its pictures.

    The link names data set and variants even where nobody chose them: tomorrow's zoo would choose others. It is made
    when it is asked for, since a fragment may have moved on.
    """
    popover = st.popover(
        "Link and Python" if python else "Link", icon=":material/share:", key="share", on_change="rerun"
    )
    if not popover.open:
        return
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    query["data"] = [dataset_title(dataset)]
    if entries:
        query[links.variants(dataset, kind)] = [entry.title for entry in entries]
    with popover:
        st.markdown("**This view**")
        st.code(links.address(st.context.url or "", query), language=None, wrap_lines=True)
        if python:
            st.markdown("**These pictures in Python**")
            st.code(python(), language="python")


def download(label: str, name: str, mime: str, make: Callable[[], bytes]) -> None:
    """A button whose file is made when it is pressed."""
    st.download_button(label, make, name, mime, icon=":material/download:", on_click="ignore")


def about(entries: Sequence[Entry]) -> None:
    """What each variant is, what its checkpoint was trained on, and the way to its page in Learn."""
    st.header("About these variants")
    for entry in entries:
        try:
            facts = zoo().facts(entry.key)
        except CheckpointError:  # drawing it has shown that it is damaged: the notice says so
            continue
        with st.expander(f"{plain(entry.title)} ({facts['year']})" if facts["year"] else plain(entry.title)):
            if facts["summary"]:
                st.markdown(plain(facts["summary"]))
            if facts["objective"]:
                st.latex(facts["objective"])
            if facts["paper"]:
                st.caption(plain(facts["paper"]))
            st.markdown(plain(trained(facts)))
            page_link(f"Learn how {plain(entry.title)} works", "school", *links.lesson(entry, st.session_state.hub))


def page_link(label: str, icon: str, view: str, query: dict[str, list[str]]) -> None:
    """A link to another view, as `links` makes them.

    Packed, since Streamlit takes out of a link whatever the page that is left has a widget of the same name for, such
    as the data set; `navigation` unpacks it.
    """
    icon = f":material/{icon}:" if icon else ""
    st.page_link(PAGES / f"{view}.py", label=label, icon=icon, query_params=links.packed(query))


def trained(facts: dict) -> str:
    """How a checkpoint came about, in one sentence that leaves out what its folder does not say."""
    size = f"{facts['size']} × {facts['size']} pixels"
    parts = [f"This checkpoint was trained on {facts['dataset_title']} at {size}"]
    if facts["images"] is not None:
        parts.append(f"was shown {facts['images']:,} images")
    if facts["seconds"] is not None:
        took = f"took {duration(facts['seconds'])}"
        parts.append(f"{took} on {facts['device']}" if facts["device"] else took)
    if facts["parameters"] is not None:
        judge = facts["discriminator_parameters"]
        parts.append(
            f"has {facts['parameters']:,} parameters in its generator"
            + (f" and {judge:,} in its discriminator" if judge is not None else "")
        )
    return (", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]) + "."


def plain(text: str) -> str:
    """Text that Markdown shows as it is: a checkpoint may come from anyone."""
    return "".join("\\" + c if c in "\\`*_{}[]<>#$|~:" else c for c in text)
