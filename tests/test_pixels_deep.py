"""train.engine.pixels: pictures of more than 8 bits are scaled by what their set holds, or refused."""

import re
import struct
import zlib

import numpy as np
import pytest
import torch
from data_sets import fails, rng
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from train.engine import pixels
from train.engine.data import load

pytestmark = pytest.mark.usefixtures("alone")


def save_deep(path, values: np.ndarray) -> None:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(values).save(path)


DEPTHS = [
    ("png", np.uint16, 0, 4095, 4095),
    ("tiff", np.uint16, 0, 4000, 4095),
    ("tiff", np.uint16, 0, 1000, 1023),
    ("png", np.uint16, 0, 65535, 65535),
    ("tiff", np.int32, 0, 255, 255),
    ("tiff", np.int32, 0, 60_000, 65535),
    ("tiff", np.int32, 0, 2**31 - 1, 2**32 - 1),
    ("tiff", np.int32, -1000, 3000, 3000),
    ("tiff", np.float32, 0, 1, 1),
    ("tiff", np.float32, -1, 1, 1),
    ("tiff", np.float32, 0, 1.05, 1),
    ("tiff", np.float32, 0, 255, 255),
    ("tiff", np.float32, 0, 4095, 4095),
]


@pytest.mark.parametrize(("suffix", "kind", "low", "high", "white"), DEPTHS)
def test_a_set_is_scaled_by_what_it_holds(tmp_path, suffix, kind, low, high, white):
    """12 bits in files of 16, whole numbers in files of 32: not black. Dark stays dark beside bright."""
    ramp = np.linspace(low, high, 64).astype(kind).reshape(8, 8)
    dark = (low + (ramp.astype(float) - low) / 4).astype(kind)
    for i in range(10):
        save_deep(tmp_path / "set" / f"{i}.{suffix}", ramp if i in (3, 9) else dark)
    train, test = (load(tmp_path / "set", split=split, size=8).images for split in ("train", "test"))
    black = min(low, 0)

    def expected(values: np.ndarray) -> np.ndarray:
        return ((values.astype(float) - black) * 255 / (white - black)).round().clip(0, 255)

    assert np.abs(train[3, 0].numpy() - expected(ramp)).max() <= 1
    assert np.abs(train[0, 0].numpy() - expected(dark)).max() <= 1
    assert torch.equal(test[0], train[3])  # of the same file, whatever the rest of the split holds


@given(
    st.sampled_from([np.uint16, np.int32, np.float32]).flatmap(
        lambda kind: st.lists(
            arrays(
                kind,
                st.tuples(st.integers(1, 9), st.integers(1, 9)),
                elements=st.floats(-1e6, 1e6, width=32, allow_subnormal=False)
                if kind == np.float32
                else st.integers(0, 2**15),
            ),
            min_size=1,
            max_size=4,
        )
    )
)
@settings(max_examples=150, deadline=None)
def test_scaling_keeps_order_and_uses_the_range(files):
    """What is brighter in the files is not darker afterwards, and the brightest is neither black nor lost."""
    deep = [pixels.cut_deep(values[None], values.dtype != np.float32, min, 8) for values in files]
    black, white = pixels.levels(deep)
    low, high = min(one.low for one in deep), max(one.high for one in deep)
    assert black <= low and high <= (white if low < 0 or high >= 2 else 2)
    if low >= 0 and high > 255:
        assert (high - black) / (white - black) > 0.24
    for one in deep:
        scaled = one.scaled(black, white)
        assert scaled.shape == (1, 8, 8) and scaled.dtype == torch.uint8
        order = np.argsort(one.values, axis=None)
        assert (np.diff(scaled.numpy().reshape(-1)[order].astype(int)) >= 0).all()


def png_of_16_bits(values: np.ndarray, exif: bytes = b"") -> bytes:
    """uint16 [H, W, C]: grey, grey and transparency, colour, colour and transparency. Pillow writes no such file."""
    h, w, c = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", w, h, 16, {1: 0, 2: 4, 3: 2, 4: 6}[c], 0, 0, 0)
    parts = [chunk(b"IHDR", head), *([chunk(b"eXIf", exif)] if exif else []), chunk(b"IDAT", zlib.compress(rows))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def tiff(values: np.ndarray, photometric: int, packed: bool = False, planes: bool = False) -> bytes:
    """[H, W, C], in one strip, or one for each plane. photometric: 0 white is zero, 1 black is zero, 2 colour."""
    h, w, c = values.shape
    held = [values[:, :, k] for k in range(c)] if planes else [values]
    strips = [one.astype(values.dtype.newbyteorder("<")).tobytes() for one in held]
    strips = [zlib.compress(one) for one in strips] if packed else strips
    bits, kind, n = 8 * values.itemsize, {"f": 3, "u": 1}[values.dtype.kind], len(strips)
    beside = 8 + 2 + 11 * 12 + 4
    at = [beside + 6 + 8 * n + sum(map(len, strips[:k])) for k in range(n)]
    tags = [(256, 4, 1, w), (257, 4, 1, h), (258, 3, c, bits if c == 1 else beside), (259, 3, 1, 8 if packed else 1)]
    tags += [(262, 3, 1, photometric), (273, 4, n, at[0] if n == 1 else beside + 6), (277, 3, 1, c), (278, 4, 1, h)]
    tags += [(279, 4, n, len(strips[0]) if n == 1 else beside + 6 + 4 * n), (284, 3, 1, 1 + planes), (339, 3, 1, kind)]
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    lists = struct.pack(f"<{2 * n}I", *at, *map(len, strips))
    return head + struct.pack("<IHHH", 0, bits, bits, bits) + lists + b"".join(strips)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("high", "white"), [(255, 255), (1000, 1023), (4095, 4095), (16_383, 16_383), (65_535, 65_535)]
)
def test_colour_of_more_than_8_bits_is_scaled_by_what_the_set_holds_too(tmp_path, channels, high, white, capfd):
    """A camera's 12 bits in files of 16 are not black, and dark stays dark beside bright."""
    made = rng().integers(0, high // 4, (3, 8, 8, channels)).astype(np.uint16)
    made[0, :4] *= 4
    made[0, 0, 0] = high
    if channels % 2 == 0:
        made[..., -1] = rng().integers(0, 65_536, (3, 8, 8))
    (tmp_path / "set").mkdir()
    for k, values in enumerate(made):
        (tmp_path / "set" / f"{k}.png").write_bytes(png_of_16_bits(values))
    found = load(tmp_path / "set", size=8, split="train").images.numpy()
    alpha = made[:, :, :, -1:] / 65_535 if channels % 2 == 0 else 1
    colour = made[:, :, :, : 1 if channels < 3 else 3].astype(float) * 255 / white
    expected = (colour * alpha + 255 * (1 - alpha)).transpose(0, 3, 1, 2)
    assert found.shape[1] == expected.shape[1]
    assert np.abs(found - expected[: len(found)]).max() <= 0.51
    grey = load(tmp_path / "set", size=8, channels=1).images.numpy()
    luma = expected[: len(found)].mean(1) if channels < 3 else np.tensordot(pixels.LUMA, expected[: len(found)], (0, 1))
    assert np.abs(grey[:, 0] - luma).max() <= 0.51
    assert f"{white:,} white" in capfd.readouterr().err


def test_deep_colour_is_turned_upright_and_cut_like_any_other(tmp_path):
    values = np.zeros((16, 24, 3), np.uint16)
    values[:, 12:, 2] = 65_535  # blue to the right
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.png").write_bytes(png_of_16_bits(values, exif.tobytes().removeprefix(b"Exif\0\0")))
    found = load(tmp_path / "set", size=16).images[0, 2].int()
    assert (found[:6] == 0).all() and (found[10:] == 255).all()


@pytest.mark.parametrize("packed", [False, True])
def test_all_bits_of_a_tiff_are_read(tmp_path, packed):
    values = rng().integers(0, 65_536, (8, 8, 3)).astype(np.uint16)
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.tif").write_bytes(tiff(values, 2, packed))
    np.testing.assert_array_equal(pixels.deep_colour(tmp_path / "set" / "a.tif"), values.transpose(2, 0, 1))
    assert (load(tmp_path / "set", size=8).images[0].numpy() == (values / 257).round().transpose(2, 0, 1)).all()


def test_where_only_the_upper_8_bits_can_be_read_the_run_says_so(tmp_path, monkeypatch, capfd):
    values = np.full((8, 8, 3), 0x4012, np.uint16)
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.tif").write_bytes(tiff(values, 2))
    (tmp_path / "set" / "b.png").write_bytes(png_of_16_bits(values))
    Image.new("RGB", (8, 8)).save(tmp_path / "set" / "c.png")
    monkeypatch.setattr(pixels, "SWAPPED", re.compile("nothing"))  # a Pillow that takes bytes in other ways
    assert load(tmp_path / "set", size=8).images.unique().tolist() == [0, 0x40]
    assert "2 of 3 images have 16 bits per colour, and only the upper 8" in capfd.readouterr().err


@pytest.mark.parametrize("packed", [False, True])
def test_a_tiff_that_would_be_misread_is_refused(tmp_path, packed):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.tif").write_bytes(tiff(np.full((8, 8, 3), 0x4012, np.uint16), 2, packed, planes=True))
    with fails("a.tif: its 16-bit colours are stored separately, save it as PNG"):
        load(tmp_path / "set", size=8)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_a_tiff_whose_white_is_zero_is_no_negative(tmp_path, kind):
    most = 1 if kind == np.float32 else np.iinfo(kind).max
    values = np.linspace(0, most, 64).astype(kind).reshape(8, 8, 1)
    for name, photometric, held in (("a", 1, values), ("b", 0, (most - values).astype(kind))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.tif").write_bytes(tiff(held, photometric))
    a, b = (load(tmp_path / name, size=8).images.int() for name in "ab")
    assert (a - b).abs().max() <= 1 and a.max() == 255 and a.min() == 0


def test_what_no_reader_reads_is_told_by_name(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.tif").write_bytes(tiff(np.ones((8, 8, 3), np.float32), 2))
    with fails("a.tif: no image that can be read"):
        load(tmp_path / "set", size=8)
