"""The control to draw on: its value in links, what a browser sends of it, and the pictures that programs send."""

import base64
import io
import struct
import time
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import ExifTags, Image

from demo.faces import api, arguments
from demo.faces.visit import Visit
from demo.page import Data, Pad, Page, Picture, State, Variants, resolve
from demo.page.answers import LETTERS, PictureText, answer, picture_of
from demo.page.pad import MOST_LINKED
from demo.page.state import address, changed
from demo.zoo.zoo import Zoo
from gan_models.pictures import MOST_FILE, decoded

SKETCH, HOLE = Pad("sketch", "Sketch"), Pad("hole", "Hole", mask=True, under=lambda zoo, s: s.sketch and s.sketch.array)
PADS = Page("pads", "Pads", "Two.", Data(), Variants(), SKETCH, HOLE)
PICTURES = arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3])))


# Texts ------------------------------------------------------------------------------------------------------


@given(PICTURES)
def test_a_picture_is_its_text(array):
    picture = Picture.of(array)
    again = Picture.read(picture.text)
    assert again == picture and hash(again) == hash(picture)
    assert np.array_equal(again.array, array)
    array[...], picture.array[...] = 7, 7
    assert picture == again


def read(text: str) -> None:
    """A picture, which is what its text says, or a sentence."""
    try:
        picture = Picture.read(text)
    except ValueError as error:
        assert str(error) == "That text is no picture."
    else:
        assert "x".join(map(str, picture.size)) == text.partition(".")[0].lstrip("0").replace("x0", "x")
        assert len(picture.data) == np.prod(picture.size)


@given(st.text() | st.from_regex(r"[0-9x]{0,12}\.[A-Za-z0-9_=-]{0,40}", fullmatch=True))
def test_nonsense_is_no_picture(text):
    read(text)


@given(PICTURES, st.data())
def test_a_text_with_a_wrong_letter_is_no_other_picture(array, data):
    text = Picture.of(array).text
    at = data.draw(st.integers(0, len(text) - 1))
    read(text[:at] + data.draw(st.characters(codec="ascii")) + text[at + 1 :])
    read(text[:at])


@pytest.mark.parametrize("length", [28 * 28 + 1, 20_000_000])
def test_a_small_text_becomes_no_large_picture(length):
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(min(length, 1_000_000))) for _ in range(-(-length // 1_000_000)))
    text = "28x28x1." + base64.urlsafe_b64encode(packed + packer.flush()).decode().rstrip("=")
    began = time.process_time()
    with pytest.raises(ValueError, match="no picture"):
        Picture.read(text)
    assert time.process_time() - began < 0.5


def test_a_digit_takes_a_few_hundred_letters():
    rows, columns = np.mgrid[:28, :28]
    ring = np.hypot(rows - 13.5, (columns - 13.5) * 1.4)
    digit = np.clip(255 * (2.5 - np.abs(ring - 8)), 0, 255).astype(np.uint8)[..., None]
    assert 100 < len(Picture.of(digit).text) < 500


# In the state of a page -------------------------------------------------------------------------------------


def asked(zoo: Zoo, **query: str) -> State:
    return resolve(PADS, zoo, {name: [text] for name, text in {"data": "toys", **query}.items()})


def test_a_short_picture_stands_in_the_link_and_a_long_one_is_kept_for_the_visitor(zoo):
    flat, rough = np.full((8, 8, 1), 9, np.uint8), np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    s = asked(zoo, sketch_toys=Picture.of(flat).text)
    assert np.array_equal(s.sketch.array, flat) and s.hole is None and not s.problems
    assert address(s)["sketch_toys"] == [Picture.of(flat).text]
    assert "sketch_toys" not in address(asked(zoo))

    query = changed(PADS, s, {}, {"sketch": Picture.of(rough)})
    assert query == {"sketch_toys": [Picture.of(rough).text]}
    assert len(query["sketch_toys"][0]) < MOST_LINKED
    long = Picture.of(np.random.default_rng(0).integers(0, 256, (64, 64, 1), dtype=np.uint8))
    assert not SKETCH.linkable([long.text])
    s.values["sketch"] = long
    assert "sketch_toys" not in address(s, whole=True)
    assert not changed(PADS, s, query, {"sketch": None})


def test_a_link_without_a_picture_leaves_a_long_one_as_it_is(zoo):
    """It could not have named it."""
    short, long = Picture.of(np.full((8, 8, 1), 9, np.uint8)).text, f"8x8x1.{'A' * MOST_LINKED}"
    for text, kept in ((short, False), (long, True)):
        here = Visit()
        here.arrive(PADS, zoo, {"data": ["toys"]})
        here.query = {"data": ["toys"], "sketch_toys": [text]}
        here.arrive(PADS, zoo, {"data": ["toys"], "other": ["link"]})
        assert ("sketch_toys" in here.query) == kept


def test_a_picture_of_another_size_is_told_and_left_out(zoo):
    s = asked(zoo, sketch_toys=Picture.of(np.zeros((28, 28, 1), np.uint8)).text)
    assert s.sketch is None
    assert s.problems == ["The picture for “Sketch” is 28 × 28 pixels, grey; here it must be 8 × 8 pixels, grey."]
    s = resolve(PADS, zoo, {"data": ["photos"], "sketch_photos": [Picture.of(np.zeros((8, 8, 1), np.uint8)).text]})
    assert s.sketch is None and "must be 8 × 8 pixels, in colour" in s.problems[0]
    s = asked(zoo, sketch_toys="28x28x1.nonsense")
    assert s.sketch is None and "is not possible here" in s.problems[0]


def test_what_the_browser_sends_of_the_sheet(zoo):
    s = asked(zoo)
    sent = bytes(range(64))
    assert SKETCH.received(zoo, s, None) is None
    picture = SKETCH.received(zoo, s, base64.b64encode(sent).decode())
    assert picture.size == (8, 8, 1) and picture.data == sent
    for said in (5, {}, "", "no base64!", "é" * 80, base64.b64encode(sent[1:]).decode(), "A" * 10**6):
        with pytest.raises(ValueError, match="The drawing"):
            SKETCH.received(zoo, s, said)


def test_what_the_widget_is_given(zoo):
    s = asked(zoo)
    shown = HOLE.shown(zoo, s)
    assert shown["under"] == "" and shown["value"] is None and (shown["height"], shown["channels"]) == (8, 1)
    s = resolve(PADS, zoo, {"data": ["photos"]})
    assert SKETCH.shown(zoo, s)["channels"] == 3 and HOLE.shown(zoo, s)["channels"] == 1
    drawn = Picture.of(np.full((8, 8, 1), 9, np.uint8))
    s = asked(zoo, sketch_toys=drawn.text)
    assert base64.b64decode(SKETCH.shown(zoo, s)["value"]) == drawn.data
    below = HOLE.shown(zoo, s)["under"].removeprefix("data:image/png;base64,")
    assert np.array_equal(picture_of(below, 8, 8, 1), drawn.array)


# What programs send -----------------------------------------------------------------------------------------


def file(array, kind: str = "PNG", mode: str | None = None, **options) -> bytes:
    out, image = io.BytesIO(), Image.fromarray(np.squeeze(array))
    (image.convert(mode) if mode else image).save(out, kind, **options)
    return out.getvalue()


SIDE = 12
GREY = np.random.default_rng(0).integers(1, 255, (SIDE, SIDE, 1), dtype=np.uint8)
COLOUR = np.stack([GREY[..., 0], GREY[::-1, :, 0], GREY[:, ::-1, 0]], 2)


def frames(kind: str) -> bytes:
    out, one = io.BytesIO(), Image.fromarray(COLOUR)
    one.save(out, kind, save_all=True, append_images=[Image.fromarray(255 - COLOUR)])
    return out.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def png(width: int, height: int, depth: int, kind: int, content: bytes) -> bytes:
    about = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", about) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "mode"),
    [(kind, mode) for kind in ("PNG", "BMP", "GIF", "WEBP") for mode in (None, "RGB", "P")]
    + [("PNG", "RGBA"), ("WEBP", "RGBA")],
)
def test_good_files_are_read_to_the_last_bit(kind, mode):
    data = file(GREY, kind, mode, **({"lossless": True} if kind == "WEBP" else {}))
    assert np.array_equal(decoded(data, SIDE, SIDE, 1), GREY)
    assert np.array_equal(decoded(data, SIDE, SIDE, 3), GREY.repeat(3, 2))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(10))  # 0 and 9 mean nothing
def test_a_photo_is_read_upright(kind, orientation):
    """Phones store what the sensor saw, and note how it was held."""
    seen = np.zeros((16, 32, 3), np.uint8)
    seen[:8, :16], seen[8:, 16:] = (255, 0, 0), (0, 0, 255)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    data = file(seen, kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {}))
    turns = {2: lambda x: x[:, ::-1], 3: lambda x: x[::-1, ::-1], 4: lambda x: x[::-1], 5: lambda x: x.swapaxes(0, 1),
             6: lambda x: np.rot90(x, -1), 7: lambda x: np.rot90(x, 2).swapaxes(0, 1), 8: np.rot90}  # fmt: skip
    upright = turns.get(orientation, lambda x: x)(seen)
    height, width, _ = upright.shape
    for found in (decoded(data), decoded(data, height, width, 3)):
        assert found.shape == upright.shape and np.abs(found.astype(int) - upright).mean() < 8  # JPEG blurs the edges
    with pytest.raises(ValueError, match="24 × 24 pixels"):
        decoded(data, 24, 24)
    with pytest.raises(ValueError, match=f"{width} pixels wide and {height} high; it must be"):
        decoded(data, width, height)  # as it is stored, or as it would lie


def test_one_side_alone_is_no_size():
    with pytest.raises(ValueError, match="both the height and the width"):
        decoded(file(GREY), SIDE)


def test_texts_of_pictures():
    data = file(COLOUR)
    text = base64.b64encode(data).decode()
    forms = [text, text.rstrip("="), f"data:image/png;base64,{text}", f" {text[:40]}\n{text[40:]}\n"]
    for form in (*forms, base64.urlsafe_b64encode(data).decode()):
        assert np.array_equal(picture_of(form, SIDE, SIDE, 3), COLOUR)
    jpeg = base64.b64encode(file(COLOUR, "JPEG")).decode()
    assert picture_of(f"data:image/jpeg;base64,{jpeg}", SIDE, SIDE, 1).shape == (SIDE, SIDE, 1)


WRONG = {
    "no file": (b"", "cannot be read: it must be a"),
    "an svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "it must be a PNG, JPEG, WebP, BMP or GIF"),
    "a tiff": (file(GREY, "TIFF"), "cannot be read: it must be a"),
    "too small": (file(GREY[:-1]), f"is {SIDE} pixels wide and {SIDE - 1} high; it must be {SIDE} × {SIDE} pixels."),
    "a bomb": (png(30_000, 30_000, 8, 2, zlib.compress(bytes(10**6))), "far too many pixels"),
    "a smaller bomb": (png(8_000, 8_000, 8, 2, zlib.compress(bytes(10**6))), "8000 × 8000 pixels"),
    "cut": (file(GREY)[:-30], "damaged or cut short"),
    "cut jpeg": (file(COLOUR, "JPEG")[:-60], "damaged or cut short"),
    "damaged": (png(SIDE, SIDE, 8, 2, b"no zlib at all"), "damaged or cut short"),
    "16 bits": (file(GREY.astype(np.uint16) * 257), "more than 8 bits"),
    "16 bits, colour": (png(SIDE, SIDE, 16, 2, zlib.compress(bytes(SIDE * (1 + 6 * SIDE)))), "more than 8 bits"),
    "cmyk": (file(COLOUR, "JPEG", "CMYK"), "CMYK"),
    "animated": (frames("GIF"), "2 frames"),
    "animated png": (frames("PNG"), "2 frames"),
    "animated webp": (frames("WEBP"), "2 frames"),
    "clear": (file(np.concatenate([COLOUR, GREY // 2], 2)), "transparent"),
    "huge": (file(GREY) + bytes(MOST_FILE), "at most 1,000,000"),
}


@pytest.mark.parametrize("name", WRONG)
def test_other_files_are_refused_in_one_sentence(name):
    data, said = WRONG[name]
    for channels in (1, 3):
        with pytest.raises(ValueError) as refused:
            picture_of(base64.b64encode(data).decode(), SIDE, SIDE, channels, "mask")
        sentence = str(refused.value)
        assert said in sentence and sentence.startswith("The mask ") and sentence.endswith(".")
        assert "\n" not in sentence


@pytest.mark.parametrize("text", ["", "what?", "data:text/html;base64,AAAA", "AAAAA", "é" * 8, "data:,x"])
def test_texts_that_are_no_files(text):
    with pytest.raises(ValueError, match=r"^The picture .*\.$"):
        picture_of(text, SIDE, SIDE, 1)


@given(st.sampled_from([file(GREY), file(COLOUR, "JPEG"), frames("GIF"), file(COLOUR, "WEBP")]), st.data())
def test_a_damaged_file_is_a_picture_or_a_sentence(good, data):
    spoilt = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        spoilt[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    spoilt = bytes(spoilt[: data.draw(st.integers(0, len(good)))])
    try:
        assert decoded(spoilt, SIDE, SIDE, 3).shape == (SIDE, SIDE, 3)
    except ValueError as error:
        assert str(error).startswith("The picture ") and "\n" not in str(error)


def test_an_endpoint_takes_long_texts_where_it_takes_pictures(zoo):
    @answer()
    def look(zoo: Zoo, picture: PictureText, hole: PictureText | None = None, name: str = "") -> list:
        """Look.

        Returns:
            What it got.
        """
        return [len(picture), hole, name]

    asked = api.endpoint(zoo, look)
    assert asked(*arguments.bound(asked, ["A" * LETTERS])) == [LETTERS, None, ""]
    assert asked(*arguments.bound(asked, {"picture": "", "hole": "A" * 5000})) == [0, "A" * 5000, ""]
    for values, said in (
        ({"picture": "A" * (LETTERS + 1)}, "picture of /look: a text has at most 900,000 letters, not 900,001."),
        ({"picture": "", "name": "A" * 1001}, "name of /look: a text has at most 1,000 letters, not 1,001."),
    ):
        with pytest.raises(ValueError) as refused:
            arguments.bound(asked, values)
        assert str(refused.value) == said
