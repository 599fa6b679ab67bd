"""Walks: key frames as text, pictures against the core's, films counted frame by frame, what the script gets."""

import base64
import io
from dataclasses import replace

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence
from zoos import SIZE, TOYS

from demo.draw import compose, scrubber
from demo.draw import walk as drawn
from demo.zoo import walks
from demo.zoo.walks import KeyFrame, parse
from demo.zoo.zoo import Zoo

NAMES = ["zero", "one", "two"]
KEYS = [KeyFrame(0), KeyFrame(4, "two"), KeyFrame(9)]


@pytest.fixture
def toys(zoo):
    return [zoo.entry(key) for key in TOYS]


# Key frames as text -----------------------------------------------------------------------------------------


def test_key_frames_are_read_and_written():
    assert parse("0, 4: two ,9,", NAMES) == KEYS
    assert parse(" 7:1; 7 : TWO", NAMES) == [KeyFrame(7, "one"), KeyFrame(7, "two")]  # an index, another case
    assert parse("7: 1", ["1", "0"]) == [KeyFrame(7, "1")]  # a name comes before an index
    assert parse("7: anything") == [KeyFrame(7, "anything")]
    assert parse(" ,") == []
    assert walks.write(KEYS, NAMES) == "0, 4: two, 9"
    assert parse(walks.write(KEYS, NAMES), NAMES) == KEYS
    odd = ["a, b", "c: d"]
    told = [KeyFrame(1, "a, b"), KeyFrame(2, "c: d")]
    assert parse(walks.write(told, odd), odd) == told


def test_a_letter_is_a_picture_where_there_are_some():
    mixed = [KeyFrame(0), KeyFrame(None, "two", "A"), KeyFrame(9), KeyFrame(None, picture="B")]
    assert parse("0, a: 2, 9, B", NAMES, letters="AB") == mixed and walks.write(mixed, NAMES) == "0, A: two, 9, B"
    assert [key.name for key in mixed] == ["seed 0", "picture A", "seed 9", "picture B"]
    assert walks.labels_of(mixed, NAMES) == ("zero", "two", "two", None)  # a picture keeps what was found
    assert walks.labels_of([KeyFrame(None, picture="A"), KeyFrame(1), KeyFrame(2, "one")], NAMES) == (None, None, "one")
    assert walks.reseeded(mixed, 1)[1].seed is not None and not walks.reseeded(mixed, 1)[1].picture
    with pytest.raises(ValueError, match="There is no picture C of this data set here: bring one from the page Your"):
        parse("0, C", letters="AB")
    with pytest.raises(ValueError, match="'A' is not a key frame: write seeds"):
        parse("0, A")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0, x", "'x' is not a key frame"),
        ("-1", "'-1' is not a key frame"),
        ("1.5", "is not a key frame"),
        (": two", "': two' is not a key frame"),
        ("²", "is not a key frame"),
        (str(2**32), "is not a key frame"),
        ("0: nine", "There is no class 'nine'; there are zero, one, two."),
        ("0: 3", "There is no class '3'"),
        (",".join("1" * 13), "There are 13 key frames, and at most 12 are drawn."),
    ],
)
def test_what_is_no_key_frame_gets_one_sentence(text, words):
    with pytest.raises(ValueError) as refused:
        parse(text, NAMES)
    assert words in str(refused.value) and "\n" not in str(refused.value)


def test_key_frames_are_changed_one_at_a_time():
    assert walks.removed(KEYS, 1) == [KEYS[0], KEYS[2]]
    assert walks.labelled(KEYS, 2, "one") == [*KEYS[:2], KeyFrame(9, "one")]
    other = walks.reseeded(KEYS, 1)
    assert other[1].label == "two" and other[1].seed not in (0, 4, 9) and other[::2] == KEYS[::2]
    more = walks.added(KEYS)
    assert more[:3] == KEYS and more[3].seed not in (0, 4, 9) and not more[3].label


def test_a_label_holds_until_the_next():
    assert walks.labels_of(KEYS, NAMES) == ("zero", "two", "two")  # seed 0 has class 0 mod 3 by itself
    assert walks.labels_of([KeyFrame(5), KeyFrame(1), KeyFrame(2, "one")], NAMES) == ("two", "two", "one")
    assert walks.labels_of([KeyFrame(5), KeyFrame(1)], NAMES) is None
    assert walks.labels_of(KEYS, []) is None


# Pictures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loop", [False, True])
def test_a_walk_through_keys_is_the_cores_path(zoo, toys, loop):
    walk = walks.through_keys(zoo, toys, KEYS, "lerp", loop, per=4)
    steps = 2 + loop
    (axis,) = walk.axes
    assert (len(axis), axis.per, len(axis.stops)) == (4 * steps + 1, 4, steps + 1)
    assert axis.stops[:3] == ("seed 0 · zero", "seed 4 · two", "seed 9 · two")
    labels = ["zero", "two", "two"]
    path = zoo.interpolate(TOYS, [0, 4, 9], np.linspace(0, 1, 4 * steps + 1), how="lerp", labels=labels, loop=loop)
    for key, made in zip(TOYS, walk.pictures, strict=True):
        assert (made[:, 0] == path[key]).all()
        assert (made[-1] == made[0 if loop else 8]).all()
    assert "· seeds 0, 4, 9 · class zero to two ·" in walk.captions[2]


def test_one_latent_of_each_row_walks_the_classes_and_one_class_of_each_row_walks_the_latents(zoo, toys):
    told = toys[2:]
    walk = walks.through_classes(zoo, told, [7, 8], ["two", "zero"], loop=True, per=2)
    assert walk.axes[0].stops == ("two", "zero", "two") and walk.pictures[0].shape == (5, 2, SIZE, SIZE, 1)
    grid = zoo.class_grid("toys/told", [7, 8])
    assert (walk.pictures[0][[0, 2, 4]] == grid[[2, 0, 2]]).all()
    half = zoo.samples(["toys/told"], [7, 8], [0.5, 0, 0.5])["toys/told"]
    assert (walk.pictures[0][1] == half).all() and (walk.pictures[0][3] == half).all()
    (sheet,) = drawn.class_sheets(walk)
    expected = compose.sheet(grid[[2, 0]], 2, compose.scale_of(SIZE, 42), row_names=["two", "zero"])
    assert (sheet == expected).all()
    assert "· seeds 7, 8 · class two to zero ·" in walk.captions[0]

    held = walks.with_classes_held(zoo, told, KEYS, ["one", "zero"], per=2)
    assert held.axes[0].stops == ("seed 0", "seed 4", "seed 9") and held.pictures[0].shape == (5, 2, SIZE, SIZE, 1)
    for row, label in enumerate(["one", "zero"]):
        path = zoo.interpolate(["toys/told"], [0, 4, 9], steps=5, labels=label)["toys/told"]
        assert (held.pictures[0][:, row] == path).all()
    assert (drawn.class_sheets(held)[0].shape[0]) == sheet.shape[0]


def test_a_map_row_by_row(zoo, toys):
    walk = walks.over_a_map(zoo, toys, parse("0, 4: two, 9, 5", NAMES), 4)
    assert [len(axis) for axis in walk.axes] == [4, 4]
    made = zoo.latent_map(TOYS, [0, 4, 9, 5], 4, labels=["zero", "two", "two", "two"])
    for key, pictures in zip(TOYS, walk.pictures, strict=True):
        assert (pictures[:, 0].reshape(4, 4, SIZE, SIZE, 1) == made[key]).all()
    assert all(sheet.shape == (4 * SIZE * 19,) * 2 for sheet in drawn.sheets(walk))  # 600 / 32 pixels


def test_a_strip_has_all_key_frames_or_some_of_them(zoo, toys):
    for seeds, loop, per, expected in (
        ([0, 4], False, 12, 13),
        ([0, 4, 9], True, 8, 13),
        ([0, 4, 9], False, 5, 11),
        (list(range(12)), True, 8, 13),
    ):
        walk = walks.through_keys(zoo, toys[:1], [KeyFrame(s) for s in seeds], "slerp", loop, per)
        (strip,) = walk.strip()
        ends = zoo.samples(TOYS[:1], [*seeds, *seeds[:loop]])["toys/plain"]
        assert len(strip) == expected
        assert (strip[:: (expected - 1) // (len(ends) - 1), 0] == ends).all()
    many = [str(i) for i in range(30)]
    walk = walks.Walk((), (), (np.arange(30 * 8 + 1).reshape(-1, 1, 1, 1, 1),), (walks.Axis("", (*many, "0"), 8),))
    assert walk.strip()[0].ravel().tolist() == list(range(0, 241, 24))  # every third of thirty


def test_no_walk_is_larger_than_can_be_sent(zoo, toys, monkeypatch):
    monkeypatch.setattr(walks, "MOST_VALUES", 3 * SIZE**2 * 30)
    walk = walks.through_keys(zoo, toys, KEYS, per=1000)
    assert walk.axes[0].per == 14 and sum(p.size for p in walk.pictures) == 3 * SIZE**2 * 29
    assert len(walks.over_a_map(zoo, toys, [*KEYS, KeyFrame(1)], 16).axes[0]) == 5
    monkeypatch.setattr(walks, "MOST_VALUES", 1)
    assert walks.through_keys(zoo, toys, KEYS, per=1000).axes[0].per == 1


def test_a_damaged_variant_is_left_out(broken_zoo):
    zoo = Zoo(broken_zoo)
    walk = walks.through_classes(zoo, [zoo.entry("toys/told")], [1], ["one", "two"])
    assert len(walk.pictures) == 1
    walk = walks.through_keys(zoo, [zoo.entry("toys/torn"), zoo.entry("toys/deep")], KEYS)
    assert [entry.key for entry in walk.entries] == ["toys/deep"] and len(walk.captions) == 1


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda zoo, toys: walks.through_keys(zoo, toys, KEYS[:1]), "A path needs two seeds or more."),
        (lambda zoo, toys: walks.through_keys(zoo, toys, [], loop=True), "A path needs two seeds or more."),
        (lambda zoo, toys: walks.through_classes(zoo, toys[2:], [0], ["one"]), "Choose two classes or more"),
        (lambda zoo, toys: walks.with_classes_held(zoo, toys[2:], KEYS, []), "Choose at least one class."),
        (lambda zoo, toys: walks.over_a_map(zoo, toys, KEYS, 4), "A map has four corners"),
    ],
)
def test_a_walk_that_cannot_be_gets_one_sentence(zoo, toys, ask, words):
    with pytest.raises(ValueError, match=words):
        ask(zoo, toys)


# Films ------------------------------------------------------------------------------------------------------


def durations(data: bytes) -> list[int]:
    """Milliseconds of each picture that a file stores; equal ones are stored as one."""
    made = []
    with Image.open(io.BytesIO(data)) as film:
        for frame in ImageSequence.Iterator(film):
            frame.load()
            made.append(frame.info["duration"])
    return made


@pytest.mark.parametrize("loop", [False, True])
def test_a_film_of_every_format_has_every_frame_once(zoo, toys, loop):
    walk = walks.through_keys(zoo, toys, KEYS, "slerp", loop, per=5)
    frames = compose.panel([e.title for e in toys], walk.frames(), compose.scale_of(SIZE, 24))
    frames = frames[:-1] if loop else np.concatenate([frames, frames[-2:0:-1]])
    count = 15 if loop else 20
    assert len(frames) == count and (frames[0] != frames[-1]).any()  # neither jump nor pause where it begins again
    for kind in ("gif", "webp"):
        data = drawn.film(walk, kind, 1.0, 24)
        assert durations(data) == [200] * count, kind  # 5 pictures a second
        with Image.open(io.BytesIO(data)) as film:
            assert film.info["loop"] == 0
            for k, frame in enumerate(frames):
                film.seek(k)
                assert (np.asarray(film.convert("L")) == frame[..., 0]).all(), (kind, k)

    with av.open(io.BytesIO(drawn.film(walk, "mp4", 1.0, 24))) as film:
        stream = film.streams.video[0]
        shown = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate == 5 and len(shown) == count == stream.frames
        height, width = frames.shape[1:3]
        assert (stream.height, stream.width) == (height + height % 2, width + width % 2)
        for given, seen in zip(frames, shown, strict=True):
            assert np.abs(seen[:height, :width].astype(int) - given).mean() < 4


def test_odd_sides_and_colour_in_every_format():
    frames = np.random.default_rng(0).integers(0, 256, (3, 15, 21, 3), dtype=np.uint8).repeat(2, 1)[:, :29]
    with Image.open(io.BytesIO(compose.webp(frames, 70))) as film:
        for k, frame in enumerate(frames):
            film.seek(k)
            assert (np.asarray(film.convert("RGB")) == frame).all()
    with av.open(io.BytesIO(compose.mp4(frames, 70))) as film:
        shown = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert np.stack(shown).shape == (3, 30, 22, 3)
    assert np.stack(shown)[:, -1].mean() > 235 and np.stack(shown)[:, :, -1].mean() > 235  # the added lines are white


def test_a_long_film_of_large_pictures_becomes_smaller(zoo, toys, monkeypatch):
    walk = walks.through_keys(zoo, toys, KEYS, per=3)
    large = drawn.film(walk, "webp", 1, 200)
    monkeypatch.setattr(drawn, "MOST_FILM", 12 * 500 * 120)
    with Image.open(io.BytesIO(large)) as before, Image.open(io.BytesIO(drawn.film(walk, "webp", 1, 200))) as after:
        assert before.width * before.height > 500 * 120 >= after.width * after.height


# For the script ---------------------------------------------------------------------------------------------


def cut(figure: dict, k: int) -> np.ndarray:
    """Picture k of a sprite, as the script cuts it."""
    sprite = np.asarray(Image.open(io.BytesIO(base64.b64decode(figure["sprite"].partition(",")[2]))))
    x, y = k % figure["columns"], k // figure["columns"]
    width, height = figure["width"], figure["height"]
    return sprite[y * height : (y + 1) * height, x * width : (x + 1) * width]


def test_the_script_gets_every_picture(zoo, toys):
    walk = walks.through_keys(zoo, toys, KEYS, per=5)
    told = scrubber.data(scrubber.packed(walk), "0.25")
    assert told["at"] == [0.25] and told["axes"] == [
        {"title": "Position on the path", "stops": list(walk.axes[0].stops), "per": 5}
    ]
    for figure, pictures, title in zip(told["figures"], walk.pictures, ("Plain", "Deep", "Told"), strict=True):
        assert figure["title"] == f"{title} GAN" and figure["shown"] == SIZE * 32  # 252 / 8 pixels: there are few
        for k in range(11):
            assert (cut(figure, k) == pictures[k, 0, :, :, 0]).all()
    assert told["id"] == scrubber.packed(walk)["id"] != scrubber.packed(replace(walk, loop=True))["id"]

    held = walks.with_classes_held(zoo, toys[2:], KEYS, NAMES, per=2)
    (figure,) = scrubber.packed(held)["figures"]
    assert (figure["width"], figure["height"]) == (3 * SIZE + 2, SIZE)
    assert (cut(figure, 3)[:, SIZE + 1 : 2 * SIZE + 1, 0] == held.pictures[0][3, 1, :, :, 0]).all()

    over = scrubber.data(scrubber.packed(walks.over_a_map(zoo, toys, [*KEYS, KeyFrame(1)], 4)), "0.5")
    assert over["at"] == [0.5, 0.5] and over["figures"][0]["columns"] == 4
    assert (cut(over["figures"][0], 3)[:, :] == zoo.samples(TOYS[:1], [4])["toys/plain"][0, :, :, 0]).all()


@pytest.mark.parametrize(
    ("text", "line", "area"),
    [
        ("0.25", [0.25], []), ("0 1", [], [0, 1]), ("", [], []), ("x", [], []), ("1.5", [], []), ("nan", [], []),
        ("0.5 -1", [], []), ("1e0", [1], []), ("0.5 0.5 0.5", [], []), ("seed 1", [0.5], []), ("seed 9", [], []),
    ],
)  # fmt: skip
def test_places_in_a_link(zoo, toys, text, line, area):
    """On a path of three key frames and on a map; a path takes the words of a stop as well."""
    path = walks.through_keys(zoo, toys[:1], [KeyFrame(3), KeyFrame(1), KeyFrame(4)], per=2)
    over = walks.over_a_map(zoo, toys[:1], [*KEYS, KeyFrame(1)], 4)
    assert scrubber.places(text, [axis.stops for axis in path.axes]) == line
    assert scrubber.places(text, [axis.stops for axis in over.axes]) == area


def test_what_is_sent_of_a_walk_is_made_once_for_all_visitors(zoo_folder, monkeypatch):
    """And no visitor holds its pictures."""
    from demo.page import Maker, Scrubber, resolve
    from demo.pages import PAGES

    (page,) = (page for page in PAGES if page.name == "interpolate")
    (part,) = (part for part in page.parts if isinstance(part, Scrubber))
    zoo = Zoo(zoo_folder)
    maker, packs, packed = Maker(zoo), [], scrubber.packed
    monkeypatch.setattr(scrubber, "packed", lambda walk: packs.append(walk) or packed(walk))
    asked = [{"data": ["toys"], "at": [at]} for at in ("0.25", "0.5", "0.25")]
    values = [list(maker.make(part, resolve(page, zoo, query)))[-1][1] for query in asked]
    assert len(packs) == 1 and all(value is values[0] for value in values)
    sizes = [len(figure["sprite"]) for figure in values[0]["figures"]]
    assert maker._bytes > sum(sizes) > 0
