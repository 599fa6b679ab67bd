"""Learn: a page on each variant, and the way from the first GAN to the newest."""

from __future__ import annotations

import streamlit as st

from demo.draw import compose, diagram
from demo.draw import lesson as drawn_lesson
from demo.page import links, snippets
from demo.streamlit.shared import LINK, begin, data_input, page_link, plain, seed_input, share, zoo
from demo.zoo import teaching
from demo.zoo.entries import Entry
from demo.zoo.lesson_text import Part
from demo.zoo.objective import lines
from demo.zoo.teaching import Lesson

WIDTH = 264
"""Pixels of a card of the walk: four beside each other on a laptop, one on a phone"""
VIEWS = ("A variant", teaching.WALK)


def variant_input(entries: list[Entry], dataset: str) -> Entry:
    """The variant that the page is about, with buttons for its neighbours.

    The address names it as recipes do, and not by its title, so no widget is bound to it.
    """
    names, state, key = teaching.names(entries), st.session_state, f"lesson_{dataset}"
    if state.get(key) not in names:
        wanted = [teaching.named(names, st.query_params.get("variant")), state.get("lesson"), *names]
        state[key] = next(name for name in wanted if name in names)

    def go(to: str) -> None:
        state[key] = to

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.selectbox("Variant", list(names), key=key, format_func=lambda n: names[n].title, width=260)
        before, after = teaching.neighbours(list(names), name)
        for word, to, icon in (("Previous", before, "arrow_back"), ("Next", after, "arrow_forward")):
            label = f"{word}: {plain(names[to].title)}" if to else word
            st.button(
                label, on_click=go, args=(to,), disabled=to is None, key=word.lower(), icon=f":material/{icon}:"
            )  # fmt: skip
    state["lesson"] = name
    if st.query_params.get("variant") != name:
        st.query_params["variant"] = name
    return names[name]


def forget_variant() -> None:
    st.query_params.pop("variant", None)


def read(name: str) -> None:
    """From a step of the walk to its page."""
    st.query_params["variant"], st.session_state["lessons"] = name, VIEWS[0]
    for key in [key for key in st.session_state if str(key).startswith("lesson_")]:
        del st.session_state[key]


def part(lesson: Lesson, one: Part) -> None:
    """A paragraph or a picture of "What goes wrong"."""
    if not one.kind:
        st.markdown(one.text)
    elif one.kind == "shares":
        st.html(diagram.shares(*teaching.shares_of(zoo(), lesson.key)))
        st.caption(one.text)
    else:
        shown = teaching.illustrate(zoo(), lesson.key, one)
        with st.container(horizontal=True, gap="small"):
            for caption, pictures in shown:
                with st.container(width=drawn_lesson.WIDE if len(shown) == 1 else 168, gap="xxsmall"):
                    st.image(drawn_lesson.picture(pictures, len(shown)), alt=caption, output_format="PNG")
                    st.caption((f"{one.text}  \n" if len(shown) == 1 else "") + plain(teaching.short(caption)))
        if len(shown) > 1:
            st.caption(one.text)


def page(entry: Entry) -> None:
    """All there is to learn about a variant."""
    lesson = teaching.lesson(zoo(), entry.key)
    st.header(plain(entry.title) + (f" :gray[{lesson.year}]" if lesson.year else ""), anchor=False)
    words, picture = st.columns([3, 2], gap="large")
    with words:
        st.subheader("The idea", anchor=False)
        st.markdown(lesson.idea or plain(lesson.summary) or "Nobody has written down what this variant is about.")
    try:
        made = zoo().samples([entry.key], range(16))[entry.key]
    except ValueError as error:
        picture.caption(plain(str(error)))
        made = None
    if made is not None:
        caption = zoo().caption(entry.key, range(16))
        picture.image(compose.sheet(made, 8, compose.scale_of(made.shape[1], 56)), alt=caption, output_format="PNG")
        picture.caption(plain(caption.partition(" · ")[2]))
    with picture:
        page_link("Compare it with the real data", "grid_view", *links.comparison(entry, st.session_state.hub))

    st.subheader("The objective", anchor=False)
    if lesson.objective:
        st.caption("As the recipe states it:")
        for line in lines(lesson.objective):
            st.latex(line)
    if lesson.equations:
        st.caption("What each side minimises, as it runs:")
        for equation in lesson.equations:
            st.latex(equation)
    for term in lesson.terms:
        st.markdown(f"- {teaching.escaped(term, plain)}")

    st.subheader("The networks", anchor=False)
    st.caption(f"{teaching.DRAWN} {diagram.HOW}")
    address = compose.data_url(compose.png(made[0]), "png") if made is not None else ""
    for net in lesson.networks:
        st.html(diagram.network(net, entry.recipe.size, address))
    for note in lesson.notes:
        st.caption(plain(note))

    if lesson.parent:
        st.subheader("What it changed", anchor=False)
        for said in teaching.against_parent(lesson):
            st.markdown(plain(said))
        if lesson.changes:
            st.html(diagram.table(*teaching.changes_table(lesson)))
    if lesson.wrong:
        st.subheader("What goes wrong", anchor=False)
        for one in lesson.wrong:
            part(lesson, one)
    if lesson.sources:
        st.subheader("The code", anchor=False)
        for source in lesson.sources:
            st.caption(f"`{source.name}`, {source.kind}")
            st.code(source.code, language="python")
    if lesson.paper or lesson.papers:
        st.subheader("The paper", anchor=False)
        st.markdown(lesson.paper or "  \n".join(f"[{plain(t)}]({u})" if u else plain(t) for t, u in lesson.papers))
    share((lambda: snippets.samples(zoo(), [entry.key], range(16))) if made is not None else None, entry.dataset)


def walk(dataset: str) -> None:
    """From the first GAN to the newest, at the same seeds."""
    steps, first = teaching.walk(zoo(), dataset), seed_input("First seed", step=16)
    st.markdown(teaching.ABOUT_WALK)
    if not steps:
        st.info("None of its steps is in this zoo.")
        return
    made = zoo().samples([step.key for step in steps], range(first, first + 16))
    with st.container(horizontal=True, gap="small"):
        for i, step in enumerate(steps, 1):
            with st.container(width=WIDTH, gap="xsmall"):
                st.markdown(f"{i}. **{plain(step.title)}**" + (f" :gray[{step.year}]" if step.year else ""))
                if step.key in made:
                    caption = zoo().caption(step.key, range(first, first + 16))
                    pixels = compose.scale_of(made[step.key].shape[1], WIDTH // 4)
                    st.image(compose.sheet(made[step.key], 4, pixels), alt=caption, output_format="PNG")
                    st.caption(plain(caption.partition(" · ")[2]))
                st.markdown(step.text)
                st.button("Read its page", on_click=read, args=(step.variant,), key=f"read_{step.variant}")
    share(lambda: snippets.samples(zoo(), list(made), range(first, first + 16)), dataset)


st.html(f"<style>{diagram.STYLE}</style>")
catalog, notice = begin("Learn", teaching.ABOUT)
with st.container(border=True):
    dataset = data_input(catalog)
    if "variant" in st.query_params:  # the walk has none in its address: this is a link to one, from another page
        st.session_state["lessons"] = VIEWS[0]
    view = st.segmented_control(
        "Show", VIEWS, default=VIEWS[0], key="lessons", bind=LINK, required=True, on_change=forget_variant
    )
    chosen = variant_input(catalog.of(dataset), dataset) if view == VIEWS[0] else None
try:
    page(chosen) if chosen else walk(dataset)
except ValueError as error:
    st.error(plain(str(error)))
notice()
