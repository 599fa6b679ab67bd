"""The questions that programs may ask, as typed endpoints for gradio_client, plain HTTP and MCP.

Each page has its own, beside the catalog and what is added from the Hub.

Whatever their arguments are has the annotated type already when they come here: `demo.faces.host` sees to it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import is_dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from demo.faces.host import QUEUES
from demo.page.answers import LETTERS_OF, File, answer
from demo.page.items import Page

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo


@answer("read")
def catalog(zoo: Zoo, dataset: str | None = None) -> dict:
    """The checkpoints of the zoo.

    Parameters:
        dataset: a data set, such as "mnist"; null takes all.
    Returns:
        "variants": facts of each; its "key" is its name in the other calls.
        "problems": a sentence on each folder that cannot be used.
    """
    found = zoo.catalog()
    if dataset is not None and dataset not in found.datasets:
        raise ValueError(f"There is no data set {dataset[:40]!r}; there is {', '.join(found.datasets) or 'none'}.")
    entries = [entry for entry in found if dataset in (None, entry.dataset)]
    return {"variants": [zoo.facts(entry.key) for entry in entries], "problems": list(found.problems)}


@answer("fetch")
def add_from_hub(zoo: Zoo, name: str) -> dict:
    """Fetch a checkpoint from the Hugging Face Hub, or those of a collection, for the other calls.

    Parameters:
        name: "user/repo", "user/repo@revision" (a commit or a tag), or the id of a collection.
    Returns:
        "variants": facts of each as in the catalog; its "key" is its name in the other calls.
        "problems": a sentence on each one that cannot be shown.
    """
    found = zoo.add(name)
    return {"variants": [zoo.facts(entry.key) for entry in found.entries], "problems": list(found.problems)}


def endpoints(zoo: Zoo, pages: Sequence[Page]) -> None:
    """The endpoints of all pages, within the app that is being built."""
    for ask in (catalog, add_from_hub, *(ask for page in pages for ask in page.answers)):
        asked = endpoint(zoo, ask)
        # Gradio shows only the first paragraph of a docstring; the parameters are told as well.
        gr.api(asked, api_name=asked.__name__, api_description=asked.__doc__, **QUEUES[ask.work])


def endpoint(zoo: Zoo, ask: Callable) -> Callable:
    """An answer over this zoo, as Gradio reads it: typed parameters without the zoo, files in its cache, and a
    docstring with each parameter on one line, since Gradio and MCP read no further."""

    @wraps(ask)
    def asked(*args: Any, **named: Any) -> Any:
        return plain(ask(zoo, *args, **named))

    told = get_type_hints(ask, localns={"Zoo": object}, include_extras=True)
    hints = get_type_hints(ask, localns={"Zoo": object})
    parameters = list(inspect.signature(ask).parameters.values())[1:]
    parameters = [one.replace(annotation=hints[one.name]) for one in parameters]
    asked.__signature__ = inspect.Signature(parameters, return_annotation=hints["return"])
    asked.__annotations__ = {**{one.name: one.annotation for one in parameters}, "return": hints["return"]}
    asked.letters = {name: most for name, of in told.items() for kind, most in LETTERS_OF.items() if _holds(of, kind)}
    asked.__doc__ = re.sub(r"\n {8}", " ", inspect.getdoc(ask))
    del asked.__wrapped__  # else its signature would be read
    return asked


def _holds(of: Any, wanted: Any) -> bool:
    """Whether an annotation is a type, or a union or list of it."""
    return of == wanted or any(_holds(one, wanted) for one in get_args(of))


def plain(value: Any) -> Any:
    """An answer as JSON; its files lie in Gradio's cache, from where clients fetch them."""
    if isinstance(value, File):
        return gr.FileData(path=save_bytes_to_cache(value.data, value.name, get_upload_folder())).model_dump()
    if is_dataclass(value):
        return {name: plain(one) for name, one in vars(value).items()}
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value
