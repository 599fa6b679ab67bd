"""Pictures put together for the screen and for files: uint8 arrays in, arrays or the bytes of a file out."""

from __future__ import annotations

import base64
import contextlib
import functools
import io
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gan_models.pictures import opaque, tile

MIDDLE = 122
"""A grey with a contrast of more than 4 to white, and to the dark pages"""


def scale_of(size: int, pixels: int = 84) -> int:
    """Whole factor that brings a picture of `size` pixels nearest to `pixels` on the screen, 1 at least."""
    return max(1, round(pixels / size))


def tile_pixels(n: int, columns: int) -> int:
    """How large a tile is drawn, so that about four cards of `columns` tiles share a wide screen."""
    return max(28, min(112, (340 if n <= 3 else 250) // columns))


def sheet(
    pictures: np.ndarray,
    columns: int,
    scale: int | None = None,
    gap: int = 1,
    row_names: Sequence[str] | None = None,
    clear: bool = False,
) -> np.ndarray:
    """Pictures [..., H, W, C] of one variant as one, row by row: uint8 [H', W'] for grey or [H', W', C].

    All axes before the last three are walked in order: a class grid [K, N, H, W, C] with columns=N has a row
    per class. scale: each pixel becomes scale x scale ones (crisp edges); None brings a tile to about 84
    pixels. gap: white pixels between tiles, before scaling. row_names: written to the left of the rows. clear: for the
    screen, whose page is light or dark: all that is no picture is transparent, [H', W', C + 1] with alpha as the last
    (pictures may have it already).
    """
    pictures = pictures.reshape(-1, *pictures.shape[-3:])
    pictures = opaque(pictures) if clear and pictures.shape[-1] % 2 else pictures
    scale = scale_of(pictures.shape[1]) if scale is None else scale
    made = enlarge(tile(pictures, columns, gap, 0 if clear else 255), scale)
    if not row_names:
        return made
    font = font_for(row_names, 14)
    paper, black = (0, 255) if clear else (255, 40)
    margin = Image.new("L", (12 + math.ceil(max(font.getlength(name) for name in row_names)), len(made)), paper)
    ink, row = ImageDraw.Draw(margin), (pictures.shape[1] + gap) * scale
    for i, name in enumerate(row_names):
        ink.text((margin.width - 6, i * row + (row - gap * scale) / 2), name, fill=black, font=font, anchor="rm")
    left = np.asarray(margin)
    channels = made.shape[2:] and [left] * made.shape[2]
    if clear:  # the letters are the alpha, in a grey that can be read on white and on black
        channels = [np.full_like(left, MIDDLE)] * (made.shape[2] - 1) + [left]
    return np.concatenate([np.stack(channels, 2) if channels else left, made], 1)


def crossed(table: np.ndarray, scale: int | None = None, clear: bool = False) -> np.ndarray:
    """A table of pictures [R, C, H, W, C'] as one, its first row and column set apart: uint8 and clear as `sheet`."""
    scale = scale_of(table.shape[2]) if scale is None else scale
    made = sheet(table, table.shape[1], scale, clear=clear)
    for axis in (0, 1):
        head = (table.shape[2 + axis] + 1) * scale
        made = np.insert(made, [head] * 2 * scale, 0 if clear else 255, axis)
    return made


def enlarge(picture: np.ndarray, scale: int) -> np.ndarray:
    """[H, W] or [H, W, C] with each pixel repeated scale x scale times."""
    return picture.repeat(scale, 0).repeat(scale, 1)


def panel(
    captions: Sequence[str],
    pictures: Sequence[np.ndarray],
    scale: int = 1,
    across: int = 6,
    gap: int = 12,
    text: int = 14,
) -> np.ndarray:
    """Sheets beside each other with a caption under each, for a file: uint8 [T, H, W, C] on white.

    pictures: one per caption, frames [T, H, W], [T, H, W, C] or a still picture [H, W], [H, W, 3] (told apart
    by the last axis: 1 to 4 is colour). Fewer frames than the longest hold their last one. scale: each pixel
    becomes scale x scale ones. across: most pictures in a row. text: height of the letters in pixels. C is 1
    where all are grey, else 3.
    """
    moving = [_frames(p).repeat(scale, 1).repeat(scale, 2) for p in pictures]
    if not moving or len(moving) != len(captions):
        raise ValueError("A panel needs one caption per picture, and one picture at least.")
    font, line = font_for(captions, text), round(1.4 * text)
    width = max(8 * text, *(m.shape[2] for m in moving))
    wrapped = [_wrap(caption, font, width) for caption in captions]
    places, top, right = [], gap, 0
    for start in range(0, len(moving), across):
        row = range(start, min(start + across, len(moving)))
        places += [(top, gap + i * (width + gap)) for i in range(len(row))]
        right = max(right, places[-1][1] + width + gap)
        top += max(moving[i].shape[1] + gap // 2 + line * len(wrapped[i]) for i in row) + gap
    board = Image.new("L", (right, top), 255)
    ink = ImageDraw.Draw(board)
    for (y, x), m, words in zip(places, moving, wrapped, strict=True):
        for i, part in enumerate(words):
            ink.text((x, y + m.shape[1] + gap // 2 + i * line), part, fill=40, font=font)
    length, colour = max(len(m) for m in moving), any(m.shape[3] > 1 for m in moving)
    frames = np.tile(np.asarray(board)[None, :, :, None], (length, 1, 1, 3 if colour else 1))
    for (y, x), m in zip(places, moving, strict=True):
        shown = m[np.minimum(np.arange(length), len(m) - 1)]
        frames[:, y : y + m.shape[1], x : x + m.shape[2]] = shown[..., :3]
    return frames


def titled(frames: np.ndarray, titles: Sequence[str], text: int = 16) -> np.ndarray:
    """Frames [T, H, W, C] with a line of their own above each: uint8 [T, H', W, C]."""
    font = ImageFont.load_default(text)
    bands = []
    for title in titles:
        band = Image.new("L", (frames.shape[2], 2 * text), 255)
        ImageDraw.Draw(band).text((12, text / 2), title, fill=40, font=font)
        bands.append(np.asarray(band))
    return np.concatenate([np.stack(bands)[..., None].repeat(frames.shape[3], 3), frames], 1)


def png(picture: np.ndarray) -> bytes:
    """uint8 [H, W], [H, W, C] or one frame [1, H, W, C] -> the bytes of a PNG file. C: 1 or 2 for grey, 3 or 4 for
    colour, alpha the last where it is even."""
    if picture.ndim == 4:
        (picture,) = picture
    out = io.BytesIO()
    _image(picture).save(out, "PNG", compress_level=1)  # a fifth larger than the usual 6, in a third of the time
    return out.getvalue()


def data_url(data: bytes, kind: str) -> str:
    """The bytes of a file as an address that holds it. kind: out of KINDS."""
    return f"data:{KINDS[kind]};base64,{base64.b64encode(data).decode()}"


def gif(frames: np.ndarray, fps: float = 12, rest: int = 0) -> bytes:
    """uint8 [T, H, W] or [T, H, W, C] -> the bytes of an animation that repeats for ever.

    rest: milliseconds that the last frame stays on.
    A GIF counts time in hundredths of a second: 12 frames per second are shown as 12.5. Grey frames keep
    their 256 greys; colour is reduced to 256 colours per frame.
    """
    first, *others = (_image(frame) for frame in frames)
    stays = [10 * round(100 / fps)] * len(frames)
    stays[-1] += rest
    out = io.BytesIO()
    first.save(out, "GIF", save_all=True, append_images=others, duration=stays, loop=0, optimize=False)
    return out.getvalue()


def webp(frames: np.ndarray, stay: int = 80) -> bytes:
    """uint8 [T, H, W] or [T, H, W, C] -> the bytes of an animation that repeats for ever, every pixel as it is.

    stay: milliseconds that a frame is shown. WebP stores equal frames as one that stays longer.
    """
    first, *others = (_image(frame).convert("RGB") for frame in frames)
    out = io.BytesIO()
    # Method 0 of 6: on photographs the others take ten times as long, for files a tenth smaller.
    first.save(
        out, "WEBP", save_all=True, append_images=others, duration=stay, loop=0, lossless=True, quality=50, method=0
    )
    return out.getvalue()


def mp4(frames: np.ndarray, stay: int = 80) -> bytes:
    """uint8 [T, H, W] or [T, H, W, C] -> the bytes of an H.264 film that every browser plays.

    stay: milliseconds that a frame is shown. Its 4:2:0 colours want even sides: where one is odd, a white line of
    pixels is added. The pixels are near those given, not equal.
    """
    import av  # only a film needs it

    out, (height, width) = io.BytesIO(), frames.shape[1:3]
    with av.open(out, "w", format="mp4") as film:
        stream = film.add_stream("libx264", Fraction(1000, stay), options={"crf": "16", "preset": "veryfast"})
        stream.height, stream.width, stream.pix_fmt = height + height % 2, width + width % 2, "yuv420p"
        for frame in frames:
            even = np.full((stream.height, stream.width, 3), 255, np.uint8)
            even[:height, :width] = frame.reshape(height, width, -1)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))
        film.mux(stream.encode())
    return out.getvalue()


FORMATS = {"gif": lambda frames, stay: gif(frames, 1000 / stay), "webp": webp, "mp4": mp4}
"""(frames, milliseconds that each stays) -> the bytes of a file"""
KINDS = {
    "svg": "image/svg+xml",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "png": "image/png",
    "html": "text/html",
    "zip": "application/zip",
    "csv": "text/csv",
    "json": "application/json",
}
"""What a browser calls a file that ends like this"""


def there_and_back(frames: np.ndarray) -> np.ndarray:
    """[T, ...] -> [2T - 2, ...]: the way back is added, so that a repeating animation does not jump."""
    return np.concatenate([frames, frames[-2:0:-1]])


FONTS = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "NotoSansCJK-Regular.ttc", "Arial.ttf", "Arial Unicode.ttf")
"""Of the system, for people's own names: the font that comes with Pillow has no umlauts and no accents"""


def font_for(texts: Iterable[str], size: int) -> ImageFont.FreeTypeFont:
    """The font that comes with Pillow, or one of FONTS where that has letters that it lacks."""
    letters = sorted(set("".join(texts)))
    return min(_fonts(size), key=lambda font: sum(_lacks(font, letter) for letter in letters))  # the first of the best


@functools.cache
def _fonts(size: int) -> list[ImageFont.FreeTypeFont]:
    found = [ImageFont.load_default(size)]
    for name in FONTS:
        with contextlib.suppress(OSError):
            found.append(ImageFont.truetype(name, size))
    return found


@functools.cache
def _lacks(font: ImageFont.FreeTypeFont, letter: str) -> bool:
    """Whether a font draws what it draws for a code point that nobody uses."""
    return bytes(font.getmask(letter)) == bytes(font.getmask("\U0010ffff"))


def _frames(picture: np.ndarray) -> np.ndarray:  # -> [T, H, W, C]
    """A still picture or frames as [T, H, W, C]."""
    colour = picture.ndim > 2 and picture.shape[-1] <= 4
    picture = picture if colour else picture[..., None]
    return picture if picture.ndim == 4 else picture[None]


def _image(picture: np.ndarray) -> Image.Image:
    grey = picture.ndim == 3 and picture.shape[2] == 1
    return Image.fromarray(np.ascontiguousarray(picture[:, :, 0] if grey else picture))


def _wrap(text: str, font, width: int) -> list[str]:
    """Words in lines of at most `width` pixels; a longer word stands alone."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
