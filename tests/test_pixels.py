"""train.engine.pixels: every mode, format and shape of picture becomes the right square."""

import re
import struct
import warnings
import zlib

import numpy as np
import pytest
import torch
from data_sets import IDX, fails, rng, write_cifar, write_idx, write_images
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from train.engine import pixels
from train.engine.data import Data, load, understood

pytestmark = pytest.mark.usefixtures("alone")


def test_colour_becomes_luma(tmp_path, monkeypatch):
    write_cifar(tmp_path, monkeypatch)
    grey = load("cifar10", tmp_path, channels=1).images
    assert grey.shape == (10, 1, 32, 32)
    assert grey[:3, 0, 0, 0].tolist() == [76, 150, 29]  # 255 * (.299, .587, .114)


def test_grey_becomes_three_equal_channels(tmp_path):
    arrays = write_idx(tmp_path)
    images = load("mnist", tmp_path, channels=3).images
    assert images.shape == (12, 3, 28, 28) and images.is_contiguous()
    assert all(np.array_equal(images[:, c].numpy(), arrays[IDX[0]]) for c in range(3))


@pytest.mark.parametrize("size", [14, 32, 64])
def test_size_is_resized_as_pillow_does(size):
    """In the middle of the range: Pillow also clips and rounds between rows and columns."""
    images = rng().integers(64, 192, (5, 28, 28), dtype=np.uint8)
    resized = pixels.fit(torch.from_numpy(images)[:, None], size, None)
    assert resized.shape == (5, 1, size, size) and resized.dtype == torch.uint8
    for ours, original in zip(resized, images, strict=True):
        pillow = Image.fromarray(original).resize((size, size), Image.Resampling.BICUBIC)
        assert np.abs(ours[0].numpy().astype(int) - np.asarray(pillow)).max() <= 1


def test_size_keeps_black_black_and_white_white(tmp_path, monkeypatch):
    write_cifar(tmp_path, monkeypatch)
    images = load("cifar10", tmp_path, size=64).images
    assert images.shape == (10, 3, 64, 64)
    assert (images[0, 0] == 255).all() and (images[0, 1:] == 0).all()
    assert images[3].min() == 0 and images[3].max() == 255  # overshoot is clipped, it does not wrap around


def test_of_an_animation_the_first_frame_is_taken(tmp_path):
    first, *rest = (Image.new("RGB", (16, 16), (shade,) * 3) for shade in (50, 100, 150))
    (tmp_path / "set").mkdir()
    for suffix in ("gif", "webp", "png", "tiff"):
        options = {"lossless": True} if suffix == "webp" else {}
        first.save(tmp_path / "set" / f"a.{suffix}", save_all=True, append_images=rest, **options)
    assert load(tmp_path / "set", size=8).images.unique().tolist() == [50]


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (1, 400)])
def test_tiny_images_are_enlarged(tmp_path, size):
    (tmp_path / "set").mkdir()
    Image.new("RGB", size, (10, 20, 30)).save(tmp_path / "set" / "a.png")
    assert load(tmp_path / "set", size=64).images[0, :, 60, 3].tolist() == [10, 20, 30]


@pytest.mark.parametrize("scale", [1, 255])
def test_floats_reach_from_0_to_1_or_to_255(tmp_path, scale):
    (tmp_path / "set").mkdir()
    values = np.array([[0, 0.4], [float("nan"), 1]], np.float32).repeat(8, 0).repeat(8, 1) * scale
    Image.fromarray(values).save(tmp_path / "set" / "a.tiff")
    found = load(tmp_path / "set", size=16).images[0]
    assert found.shape[0] == 1 and [found[0, y, x].item() for y in (2, 13) for x in (2, 13)] == [0, 102, 0, 255]


def test_grey_folder_is_grey(tmp_path):
    write_images(tmp_path / "grey", 5, (9, 9, 9))
    assert load(tmp_path / "grey", size=8).images[:, :, 0, 0].tolist() == [[5], [9]]
    assert load(tmp_path / "grey", size=8, channels=3).images.shape == (2, 3, 8, 8)
    assert load(tmp_path / "grey", size=8).images.shape == (2, 1, 8, 8)  # from the cache
    write_images(tmp_path / "colour", (255, 0, 0))
    assert load(tmp_path / "colour", size=8, channels=1).images.unique().tolist() == [76]


def palette(transparent: bool) -> Image.Image:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([0, 0, 0, 30, 60, 90])
    if transparent:
        image.info["transparency"] = 1
    return image


@pytest.mark.parametrize(
    ("image", "rgb"),
    [
        (Image.new("RGBA", (8, 8), (255, 0, 0, 128)), (255, 127, 127)),
        (Image.new("RGBA", (8, 8), (0, 0, 0, 0)), (255, 255, 255)),
        (Image.new("LA", (8, 8), (0, 51)), (204, 204, 204)),
        (palette(transparent=False), (30, 60, 90)),
        (palette(transparent=True), (255, 255, 255)),
        (Image.new("1", (8, 8), 1), (255, 255, 255)),
        (Image.fromarray(np.full((8, 8), 0x4012, np.uint16)), (0x40, 0x40, 0x40)),
    ],
    ids=["RGBA", "clear", "LA", "P", "P clear", "1", "16 bit"],
)
def test_modes(tmp_path, image, rgb):
    (tmp_path / "set").mkdir()
    image.save(tmp_path / "set" / "a.png")
    found = load(tmp_path / "set", size=8, channels=3).images
    assert {tuple(p) for p in found.permute(0, 2, 3, 1).reshape(-1, 3).tolist()} == {rgb}


def test_cmyk_and_every_file_format(tmp_path):
    (tmp_path / "set").mkdir()
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "set" / "a.JPG")
    for suffix in ("png", "bmp", "gif", "tiff", "webp", "ppm", "jpeg"):
        Image.new("RGB", (16, 16), (250, 10, 10)).save(tmp_path / "set" / f"b.{suffix}")
    found = load(tmp_path / "set", size=8).images
    assert len(found) == 8
    assert (found[:, 0] > 240).all() and (found[:, 1:] < 20).all()


def test_exif_rotation(tmp_path):
    """Orientation 6: the camera's left edge is the top of the picture."""
    (tmp_path / "set").mkdir()
    image = Image.new("RGB", (16, 16), (255, 0, 0))
    image.paste((0, 0, 255), (8, 0, 16, 16))  # red left, blue right
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "set" / "a.jpg", exif=exif, quality=100, subsampling=0)
    found = load(tmp_path / "set", size=16).images[0].int()
    assert (found[0, :7] > 250).all() and (found[2, :7] < 5).all()
    assert (found[0, 9:] < 5).all() and (found[2, 9:] > 250).all()


def test_centre_crop_of_wide_and_tall_images(tmp_path):
    (tmp_path / "set").mkdir()
    for name, size, box in (("wide", (12, 8), (2, 0, 10, 8)), ("tall", (8, 14), (0, 3, 8, 11))):
        image = Image.new("L", size, 255)
        image.paste(40, box)
        image.save(tmp_path / "set" / f"{name}.png")
    found = load(tmp_path / "set", size=8).images
    assert found.shape == (2, 1, 8, 8) and found.unique().tolist() == [40]


def test_folder_is_resized_with_antialiasing(tmp_path):
    (tmp_path / "set").mkdir()
    stripes = np.tile(np.array([0, 255], np.uint8), (64, 32))  # finer than 8 pixels can show
    Image.fromarray(stripes).save(tmp_path / "set" / "a.png")
    found = load(tmp_path / "set", size=8).images
    assert found.min() > 115 and found.max() < 140


def test_broken_image_is_named_or_skipped(tmp_path, decoded, capfd):
    home = write_images(tmp_path / "set" / "a", 1, 2, 3).parent
    write_images(home / "b", 4, 5)
    whole = (home / "a" / "01.png").read_bytes()
    (home / "a" / "01.png").write_bytes(whole[: len(whole) // 2])
    (home / "b" / "00.png").write_bytes(b"<html>404</html>")
    named = r"a/01.png: (no image that can be read|damaged, .*), b/00.png: no image that can be read"
    with fails("2 of the 5 images", named, "--skip-broken"):
        load(home, size=8)
    assert not [*(tmp_path / "cache").glob("*.safetensors")]
    found = load(home, size=8, on_broken="skip")
    assert found.images[:, 0, 0, 0].tolist() == [1, 3, 5] and found.labels.tolist() == [0, 0, 1]
    assert re.search(rf"2 of the 5 images of {home} cannot be read .{named}.: skipped.", capfd.readouterr().err)
    before = len(decoded)
    assert load(home, size=8, on_broken="skip").labels.tolist() == [0, 0, 1]
    assert len(decoded) == before
    with fails("01.png"):
        load(home, size=8)  # a cache without the broken ones does not hide them


def test_nothing_but_broken_images(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.png").write_bytes(b"nothing")
    with fails("none of the 1 images"):
        load(tmp_path / "set", on_broken="skip")


def test_why_an_image_cannot_be_read_is_said(tmp_path, monkeypatch):
    home = write_images(tmp_path / "set", 1, 2, 3, side=40)
    Image.new("L", (80, 80)).save(home / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3000)  # Pillow refuses above twice as many
    (home / "gone.png").symlink_to(tmp_path / "nowhere")
    whole = (home / "02.png").read_bytes()
    (home / "02.png").write_bytes(whole[:60])
    told = "bomb.png: more than 6,000 pixels, make it smaller", "gone.png: no such file", r"02.png: damaged, \w"
    with fails("3 of the 5 images", *told):
        load(home, size=8)


# More than 8 bits


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
    assert "2 of 3 images are in 16 bits of colour, and only the upper 8" in capfd.readouterr().err


@pytest.mark.parametrize("packed", [False, True])
def test_a_tiff_that_would_be_misread_is_refused(tmp_path, packed):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.tif").write_bytes(tiff(np.full((8, 8, 3), 0x4012, np.uint16), 2, packed, planes=True))
    with fails("a.tif: its colours of 16 bits lie apart, save it as PNG"):
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


def test_transparency_of_every_kind_is_laid_on_white(tmp_path):
    """A palette with one clear colour or with many half clear ones, a colour that counts as clear, in every format."""
    (tmp_path / "set").mkdir()
    indexed = Image.fromarray(np.repeat([[0, 1]], 8, 0).repeat(4, 1).astype(np.uint8), "P")
    indexed.putpalette([0, 0, 0, 200, 100, 0])
    red = Image.new("RGB", (8, 8), (255, 0, 0))
    red.paste((0, 0, 255), (4, 0, 8, 8))
    indexed.save(tmp_path / "set" / "a.gif", transparency=0)
    indexed.save(tmp_path / "set" / "b.png", transparency=0)
    indexed.save(tmp_path / "set" / "c.png", transparency=bytes([0, 51]))
    red.save(tmp_path / "set" / "d.png", transparency=(255, 0, 0))
    red.convert("L").save(tmp_path / "set" / "e.png", transparency=76)
    half = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    half.paste((200, 100, 0, 255), (4, 0, 8, 8))
    half.save(tmp_path / "set" / "f.webp", lossless=True)
    found = load(tmp_path / "set", size=8).images
    assert (found[:, :, :, :3] == 255).all()
    right = [[200, 100, 0], [200, 100, 0], [244, 224, 204], [0, 0, 255], [29, 29, 29], [200, 100, 0]]
    assert found[:, :, 4, 7].tolist() == right


@given(st.binary(max_size=400), st.sampled_from([".png", ".jpg", ".tiff", ".gif", ".webp", ".pgm", ".bmp"]))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_a_picture_or_a_reason(tmp_path_factory, content, suffix):
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            made = pixels.picture(path, min, 8, 3)
        except Exception as error:
            assert 5 < len(pixels.reason(error)) < 120 and "\n" not in pixels.reason(error)
        else:
            assert isinstance(made, pixels.Deep) or made.shape == (3, 8, 8)


@pytest.mark.parametrize(("levels", "warned"), [(1, True), (16, True), (24, False), (256, False)])
def test_a_set_that_is_nearly_constant_is_said(levels, warned):
    values = torch.arange(64 * 64).remainder(levels).byte().view(1, 1, 64, 64)
    values[0, 0, 0, 0] = 255  # one hot pixel hides nothing
    said = understood(Data("made", values.repeat(3, 1, 1, 1), torch.zeros(3, dtype=torch.int64)))
    assert ("nearly constant" in said[-1]) == warned


def test_digits_are_not_nearly_constant():
    values = torch.zeros(10, 1, 28, 28, dtype=torch.uint8)
    values[:, :, 10:12, 10:16] = 200
    assert len(understood(Data("made", values, torch.zeros(10, dtype=torch.int64)))) == 1
