"""From page to page: a link opens one with all its settings, and what it chose holds on the next."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from demo.page import links

NARROW = 768
"""Pixels below which Streamlit has a menu that opens over the page"""
_menu = st.components.v2.component(
    "menu",
    js="""export default function({ data, parentElement }) {
  parentElement.listening?.abort()
  parentElement.listening = new AbortController()
  const during = { signal: parentElement.listening.signal, capture: true }
  document.addEventListener("click", (event) => {
    // A phone's menu stays open, over the page that was chosen in it: this closes it.
    if (innerWidth < data.narrow && event.target.closest("[data-testid=stSidebarNavLink]"))
      document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click()
    const link = event.target.closest("[data-testid=stPageLink-NavLink]")
    window.ganscopeLeft = { path: location.pathname, until: link ? Date.now() + 5000 : 0 }
  }, during)
  window.addEventListener("popstate", () => { window.ganscopeLeft = { path: "", until: Date.now() + 5000 } }, during)
  // On its way Streamlit makes addresses that nobody asked for: "back" would stop at each.
  if (!window.ganscopeLeft) {
    window.ganscopeLeft = { path: "", until: 0 }
    const push = history.pushState
    history.pushState = function (state, title, address) {
      const left = window.ganscopeLeft, to = new URL(address ?? "", location.href).pathname
      if (Date.now() > left.until) return push.call(this, state, title, address)
      if (to === left.path) return
      return (location.pathname === left.path ? push : history.replaceState).call(this, state, title, address)
    }
  }
  return () => parentElement.listening.abort()
}""",
)
"""What Streamlit leaves undone when a page is left"""


def run(pages: Sequence) -> None:
    """Run the page of the address, which may be one that the Gradio front end made: "/?view=compare&..."."""
    page = st.navigation(pages, position="top")
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    asked = next((one for one in pages if [one.url_path] == query.get(links.VIEW)), None)
    if asked:
        st.switch_page(asked, query_params={name: texts for name, texts in query.items() if name != links.VIEW})
    if (whole := links.unpacked(query)) is not None:
        for name in whole:
            st.session_state.pop(name, None)  # a choice from before would count for more than the address
        st.switch_page(page, query_params=whole)
    arrived = carry_over(page, query)
    st.html("<style>.st-key-menu { position: absolute; width: 0; height: 0; overflow: hidden; }</style>")
    with st.container(key="menu"):
        _menu(key="menu_closes", data={"narrow": NARROW}, height=1)
    try:
        page.run()
    finally:
        if arrived:
            st.session_state["_seen"] = st.session_state.to_dict()


def carry_over(page, query: dict[str, list[str]]) -> bool:
    """Open a page with what a link chose on the one before; True where this run opens a page.

    Streamlit carries over what visitors chose. What came by the address it forgets with the address, as long as
    nobody has touched anything: that address is then asked for again, on the new page.
    The data set is, too, where a step back names other things.
    """
    state = st.session_state
    before, link, seen = (state.get(name) for name in ("_page", "_link", "_seen"))
    if before == page.url_path:
        return False
    state["_page"], state["_link"] = page.url_path, query
    kept = {name: value for name, value in (seen or {}).items() if name in state and name[0] != "_"}
    if link and all(state[name] == value for name, value in kept.items()):
        if not query:
            st.switch_page(page, query_params=link)
        if "data" in link and "data" not in query:  # the way back, on which it is forgotten as well
            st.switch_page(page, query_params={**query, "data": link["data"]})
    return True
