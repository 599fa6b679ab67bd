"""What the page Translate answers to programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.draw import compose
from demo.draw import translated as drawn
from demo.draw.translated import Row
from demo.page.answers import File, PictureText, answer, at_most, picture_of
from demo.zoo import translating
from demo.zoo.seeds import check_seeds
from demo.zoo.translating import Answer, Given, Task
from demo.zoo.words import dataset_title
from gan_models.pictures import sides
from gan_models.recipe import TranslatorRecipe

if TYPE_CHECKING:
    from demo.zoo.zoo import Zoo


@answer("read")
def translators(zoo: Zoo, dataset: str | None = None) -> list[dict]:
    """The checkpoints that take a picture and make another one of it.

    Parameters:
        dataset: a data set, such as "fashion_mnist"; null takes all.
    Returns:
        Facts of each as in the catalog; its "key" is its name for /translate. "given", "wanted": what its two domains
        are called. "takes": height, width and channels of a given picture. "cycle": whether it knows the way back.
        "rule": how a given picture is made from an ordinary one; null where there is none.
        "measured": figures of its answers and of baselines; "failures": where it is known to fail, in words.
    """
    catalog = zoo.catalog()
    there, made = translating.datasets(catalog), []
    if dataset is not None and dataset not in there:
        some = f"there are some of {', '.join(there)}" if there else "there is none at all"
        raise ValueError(f"There is no translator of the data set {dataset[:40]!r}; {some}.")
    found = [task for name in there if dataset in (None, name) for task in translating.tasks(catalog, name).values()]
    for task in found:
        for entry in task.entries if not task.backwards else ():
            known = translating.measured(zoo, entry)
            more = {"given": task.given, "wanted": task.wanted, "takes": list(task.given_shape)}
            more |= {"cycle": entry.recipe.cycle, "rule": task.rule or None}
            more |= {"measured": known.rows if known else {}, "failures": list(known.failures) if known else []}
            made.append({**zoo.facts(entry.key), **more})
    return made


@answer()
def translate(
    zoo: Zoo,
    variants: list[str],
    picture: PictureText | None = None,
    test: int | None = None,
    gan: str | None = None,
    seed: int = 0,
    ordinary: bool = True,
    back: bool = False,
    separate: bool = False,
    hole: PictureText | None = None,
) -> list[dict]:
    """What translators make of one picture: one that is sent, a test picture of the zoo, or one that a GAN draws.

    Parameters:
        variants: keys from /translators; all must take pictures of one domain and one size.
        picture: any PNG, JPEG, WebP, BMP or GIF file, in base64 or as a data URL; its centre square is resized.
        test: number of a test picture of the translators' data set, from 0.
        gan: key from the catalog of a GAN whose picture of `seed` is translated.
        seed: of the GAN's picture, and of the random choices of a rule (the place of a hole); a whole number from 0.
        ordinary: true puts the picture through the translators' rule first; false: it is a given picture already.
        back: true translates from the wanted domain to the given one; only for translators with a cycle.
        hole: for translators that fill a hole, a picture that is bright at the pixels to remove; null takes the rule's.
        separate: "given", "made", "back" and "truth" as files of their own, pixel for pixel.
    Returns:
        "variant", "caption", "said" (what was changed so that the picture fits; "" if nothing was), "picture": PNG
        of the given picture, the answer, the answer translated back, and the truth, side by side, where they exist.
        "psnr" (in dB), "ssim": how near the answer is to the truth; null without a truth. "off": mean difference
        between the answer translated back and the given picture, in levels of 255.
    """
    keys = list(dict.fromkeys(variants))
    at_most(len(keys))
    check_seeds([seed])
    task = common_task(zoo, keys, back)
    dataset = task.entries[0].dataset
    if sum(one is not None for one in (picture, test, gan)) != 1:
        raise ValueError("Give one picture: picture, test or gan.")
    if test is not None:
        taken = translating.test_pictures(zoo, task, dataset)
        title = dataset_title(dataset)
        if taken is None:
            raise ValueError(f"No test pictures of {title} come with the zoo: give a picture or a gan.")
        if not 0 <= test < len(taken):
            raise ValueError(
                f"There is no test picture {test} of {title}: they are numbered from 0 to {len(taken) - 1}."
            )
        taken = taken[test : test + 1]
    elif gan is not None:
        taken = zoo.samples([gan], [seed])[gan]
    else:
        taken = picture_of(picture)[None]
    size, _, channels = task.ordinary_shape
    painted = None if hole is None else picture_of(hole, size, size, 1, "hole")[..., 0] > 127
    if painted is not None and not ordinary:
        raise ValueError("A hole is painted into an ordinary picture: leave ordinary true.")
    asked = translating.by_rule(task, taken, [seed], painted) if ordinary else translating.as_given(task, taken)
    size, _, channels = task.ordinary_shape if ordinary else task.given_shape
    said = fitted_words(taken.shape[1:], (size, size, channels))
    return [
        {"variant": key, "said": said, **told(zoo, key, task, asked, one, separate)}
        for key, one in translating.translate(zoo, task, asked, keys).items()
    ]


def common_task(zoo: Zoo, keys: list[str], back: bool) -> Task:
    """The task that all translators of these keys do. ValueError where there is none."""
    entries = zoo.chosen(keys, TranslatorRecipe)
    catalog = zoo.catalog([entry.key for entry in entries])
    for task in translating.tasks(catalog, entries[0].dataset).values():
        if task.backwards is back and {entry.key for entry in entries} <= {entry.key for entry in task.entries}:
            return task
    if back and not all(entry.recipe.cycle for entry in entries):
        one = next(entry for entry in entries if not entry.recipe.cycle)
        raise ValueError(f"{one.title} has no way back: only a cycle, such as CycleGAN, has one.")
    raise ValueError("These translators do not take pictures of one domain and one size: ask for each by itself.")


def fitted_words(was: tuple[int, ...], now: tuple[int, ...]) -> str:
    """What was changed of a picture so that it fits."""
    if tuple(was) == tuple(now):
        return ""
    kinds = {1: "grey", 3: "colour"}
    sizes = [f"{sides(*one[:2])}, in {kinds[one[2]]}" for one in (was, now)]
    return f"The picture, {sizes[0]}, was made {sizes[1]}, which the translators take."


def told(zoo: Zoo, key: str, task: Task, asked: Given, one: Answer, separate: bool) -> dict:
    """One translator's answer."""
    entry = zoo.entry(key, kind=TranslatorRecipe)
    stations = {"given": asked.pictures, "made": one.pictures, "back": one.back, "truth": asked.truth}
    stations = {name: pictures[0] for name, pictures in stations.items() if pictures is not None}
    found = translating.likeness(one.pictures, asked.truth) if asked.truth is not None else {}
    name = key.replace("/", "-")
    if separate:
        files = {station: File(f"{name}-{station}.png", compose.png(p)) for station, p in stations.items()}
    else:
        strips = [Row(station, "", p[None]) for station, p in stations.items()]
        files = {"picture": File(f"{name}.png", compose.png(drawn.beside(strips)))}
    return {
        "caption": f"{entry.title} · {zoo.facts(key)['dataset_title']} · {task.words}",
        **files,
        "psnr": found.get("psnr"),
        "ssim": found.get("ssim"),
        "off": translating.back_again(one, asked) if one.back is not None else None,
    }
