"""train.engine.pixels: every mode, format and shape of picture becomes the right square."""

import re
import warnings

import numpy as np
import pytest
import torch
from data_sets import IDX, fails, rng, write_cifar, write_idx, write_images
from hypothesis import given, settings
from hypothesis import strategies as st
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
