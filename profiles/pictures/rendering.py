"""A picture that somebody sent becomes small square pictures of our own making.

Nothing of the sent file is kept but its pixels: no metadata (which may hold the place where it
was taken), no second file that hides behind the first.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from io import BytesIO
from typing import Final

from PIL import Image, ImageCms, ImageOps

from config.web.problems import DomainError, FieldFault, Kind

MAX_BYTES: Final = 5 * 1024 * 1024
# A phone's usual picture has 12 or 24 million. A JPEG is decoded at a fraction of its size; the
# others are decoded whole, with 4 bytes for each pixel.
MAX_PIXELS: Final = {"JPEG": 25_000_000, "PNG": 16_000_000, "WEBP": 16_000_000}
SIZES: Final = (512, 128)
CONTENT_TYPE: Final = "image/webp"
FORMATS: Final = ("JPEG", "PNG", "WEBP")

_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")

_REDUCIBLE = ("L", "LA", "RGB", "RGBA", "CMYK")
# What Pillow's readers of these formats raise for bytes that are no such picture.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)
# A JPEG marker: entropy-coded data holds no FF but before 00 or a restart (ITU T.81, B.1.1.2).
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_JPEG_END, _JPEG_START = b"\xff\xd9", b"\xff\xd8"
_PNG_END = b"IEND\xaeB`\x82"
_MARKUP = re.compile(rb"<(?:!doctype html|html|script|\?php)", re.IGNORECASE)


def render_picture(content: bytes) -> dict[int, bytes]:
    """WebP pictures by their edge in pixels, square, upright, in sRGB.

    Raises DomainError: TOO_LARGE, or INVALID with the code at `avatar`: empty_file,
    unsupported_image, too_many_pixels, animated_image, damaged_image, disguised_file.
    """
    if len(content) > MAX_BYTES:
        raise too_large()
    image = _open_picture(content)
    _refuse_second_file(content, image)
    try:
        # A JPEG can be decoded at a fraction of its size, and so in a fraction of the memory.
        image.draft(None, (2 * SIZES[0], 2 * SIZES[0]))
        picture = _plain(ImageOps.exif_transpose(_shrunk(image)))
    except _DAMAGE:
        raise _damaged() from None
    return {edge: _encode(picture, edge) for edge in SIZES}


def too_large() -> DomainError:
    limit = f"Choose a picture of at most {MAX_BYTES // 1024**2} MB."
    return DomainError(
        Kind.TOO_LARGE, "too-large", limit, faults=[FieldFault("avatar", "too_large", limit)]
    )


def _open_picture(content: bytes) -> Image.Image:
    """Reads the header alone, and refuses by it what must not be decoded."""
    if not content:
        raise _refusal("empty_file", "This file is empty. Choose another one.")
    try:
        image = Image.open(BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError:  # Pillow's own limit lies far above ours
        raise _too_many_pixels(max(MAX_PIXELS.values())) from None
    except _DAMAGE:
        raise _unreadable(content) from None
    width, height = image.size
    most = MAX_PIXELS.get(image.format or "", MAX_PIXELS["JPEG"])  # a JPEG of several is an MPO
    if width * height > most:
        raise _too_many_pixels(most)
    # A JPEG of several pictures (MPO) is a still one with its depth or its brightness.
    if image.format in ("PNG", "WEBP") and getattr(image, "is_animated", False):
        raise _refusal(
            "animated_image", "Animated images aren't supported. Choose a still picture."
        )
    return image


def _refuse_second_file(content: bytes, image: Image.Image) -> None:
    """A picture that is also an archive, a document or a page was made to deceive somebody."""
    disguised = (
        _has_stranger_behind(content, image.format or "")
        or b"%PDF-" in content[:1024]  # readers look for it so far: ISO 32000-1, annex H.3
        or _MARKUP.search(content)
        or zipfile.is_zipfile(BytesIO(content))
    )
    if disguised:
        raise _refusal(
            "disguised_file", "This file contains more than a picture. Save it again as a picture."
        )


def _has_stranger_behind(content: bytes, kind: str) -> bool:
    if kind == "PNG":
        return not content.endswith(_PNG_END) and _PNG_END in content
    if kind == "WEBP":
        return len(content) > 8 + int.from_bytes(content[4:8], "little") + 1
    rest = content[_end_of_jpeg(content) :]
    # Cameras put more pictures (CIPA DC-007), the film of a live photo or their own notes
    # (Samsung's, which end so) behind the first.
    unpadded = rest.lstrip(b"\x00")
    by_camera = rest[4:8] == b"ftyp" or rest.endswith(b"SEFT")
    return bool(unpadded) and not (by_camera or unpadded.startswith(_JPEG_START))


def _end_of_jpeg(content: bytes) -> int:
    """Where the first picture ends; the end of the file when it never does."""
    at = len(_JPEG_START)
    while found := _JPEG_MARKER.search(content, at):
        if found.group() == _JPEG_END:
            return found.end()
        at = found.end() + int.from_bytes(content[found.end() : found.end() + 2])
    return len(content)


def _shrunk(image: Image.Image) -> Image.Image:
    """The square in the middle, near to the size that is needed, before anything makes a copy."""
    width, height = image.size
    edge = min(width, height)
    left, top = (width - edge) // 2, (height - edge) // 2
    square = image.crop((left, top, left + edge, top + edge))
    factor = edge // (2 * SIZES[0])
    if factor <= 1:
        return square
    if square.mode in _REDUCIBLE:
        return square.reduce(factor)
    # The indexes of a palette have no average, so one pixel stands for those around it.
    return square.resize((edge // factor, edge // factor), Image.Resampling.NEAREST)


def _plain(image: Image.Image) -> Image.Image:
    """Pixels alone, in sRGB, with transparency only where the picture has some."""
    if image.mode.startswith("I"):  # 16 bits of grey, which a conversion would cut off at 255
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "RGBA", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            image = _converted(image, source, mode)
        except (ImageCms.PyCMSError, OSError):
            pass  # a profile that nobody can read: its colours are taken as they stand
    picture = image.convert(mode)
    picture.info.clear()
    return picture


def _converted(image: Image.Image, source: ImageCms.ImageCmsProfile, mode: str) -> Image.Image:
    target = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, source, target, outputMode=mode)
    return converted if converted is not None else image


def _encode(picture: Image.Image, edge: int) -> bytes:
    small = ImageOps.fit(picture, (edge, edge), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    small.save(buffer, "WEBP", quality=85, method=4)
    return buffer.getvalue()


def _unreadable(content: bytes) -> DomainError:
    if content.startswith(_SIGNATURES):
        return _damaged()
    return _refusal("unsupported_image", "Choose a JPEG, PNG or WebP picture.")


def _damaged() -> DomainError:
    return _refusal("damaged_image", "This picture is damaged. Choose another one.")


def _too_many_pixels(most: int) -> DomainError:
    return _refusal(
        "too_many_pixels",
        f"This picture is too large. Choose one of at most {most // 1_000_000} "
        "megapixels, or make it smaller.",
    )


def _refusal(code: str, message: str) -> DomainError:
    return DomainError(
        Kind.INVALID, "invalid", message, faults=[FieldFault("avatar", code, message)]
    )
