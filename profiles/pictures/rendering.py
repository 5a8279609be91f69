"""Render an uploaded picture as small square WebP files.

Only the pixels of the upload are kept: no metadata (which may contain the location), no second
file hidden behind the picture.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from io import BytesIO
from typing import Final

from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps

from config.web.problems import DomainError, FieldFault, Kind

MAX_BYTES: Final = 5 * 1024 * 1024
# A typical phone picture has 12 or 24 million. A JPEG is decoded at reduced size; the other formats
# are decoded at full size with 4 bytes per pixel.
MAX_PIXELS: Final = {"JPEG": 25_000_000, "PNG": 16_000_000, "WEBP": 16_000_000}
SIZES: Final = (512, 128)
CONTENT_TYPE: Final = "image/webp"
FORMATS: Final = ("JPEG", "PNG", "WEBP")

_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")

_REDUCIBLE = ("L", "LA", "RGB", "RGBA", "CMYK")
# The exceptions that Pillow raises for damaged files of these formats.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)
# A JPEG marker: in entropy-coded data FF occurs only before 00 or a restart (ITU T.81, B.1.1.2).
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_JPEG_END, _JPEG_START = b"\xff\xd9", b"\xff\xd8"
_PNG_END = b"IEND\xaeB`\x82"
_MARKUP = re.compile(rb"<(?:!doctype html|html|script|\?php)", re.IGNORECASE)


def render_picture(content: bytes) -> dict[int, bytes]:
    """Return square, upright sRGB pictures in WebP by their edge in pixels.

    Raises DomainError: TOO_LARGE, or INVALID with the code at `avatar`: empty_file,
    unsupported_image, too_many_pixels, animated_image, damaged_image, disguised_file.
    """
    if len(content) > MAX_BYTES:
        raise too_large()
    image = _open_picture(content)
    _refuse_second_file(content, image)
    try:
        # A JPEG can be decoded at reduced size, which needs less memory.
        image.draft(None, (2 * SIZES[0], 2 * SIZES[0]))
        picture = _plain(ImageOps.exif_transpose(_shrunk(image)))
    except _DAMAGE:
        raise _damaged() from None
    return {edge: _encode(picture, edge) for edge in SIZES}


def too_large() -> DomainError:
    limit = _("Choose a picture of at most %(megabytes)s MB.") % {"megabytes": MAX_BYTES // 1024**2}
    return DomainError(
        Kind.TOO_LARGE, "too-large", limit, faults=[FieldFault("avatar", "too_large", limit)]
    )


def _open_picture(content: bytes) -> Image.Image:
    """Read only the header, and refuse pictures that must not be decoded."""
    if not content:
        raise _refusal("empty_file", _("This file is empty. Choose another one."))
    try:
        image = Image.open(BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError:  # Pillow's limit is far higher
        raise _too_many_pixels(max(MAX_PIXELS.values())) from None
    except _DAMAGE:
        raise _unreadable(content) from None
    width, height = image.size
    most = MAX_PIXELS.get(
        image.format or "", MAX_PIXELS["JPEG"]
    )  # a JPEG with several pictures is an MPO
    if width * height > most:
        raise _too_many_pixels(most)
    # A JPEG with several pictures (MPO) is a still picture with its depth or gain map.
    if image.format in ("PNG", "WEBP") and getattr(image, "is_animated", False):
        raise _refusal(
            "animated_image", _("Animated images aren't supported. Choose a still picture.")
        )
    return image


def _refuse_second_file(content: bytes, image: Image.Image) -> None:
    """Refuse polyglot files: a picture that is also an archive, a document or a web page."""
    disguised = (
        _has_trailing_data(content, image.format or "")
        or b"%PDF-" in content[:1024]  # readers search this far: ISO 32000-1, annex H.3
        or _MARKUP.search(content)
        or zipfile.is_zipfile(BytesIO(content))
    )
    if disguised:
        raise _refusal(
            "disguised_file",
            _("This file contains more than a picture. Save it again as a picture."),
        )


def _has_trailing_data(content: bytes, kind: str) -> bool:
    if kind == "PNG":
        return not content.endswith(_PNG_END) and _PNG_END in content
    if kind == "WEBP":
        return len(content) > 8 + int.from_bytes(content[4:8], "little") + 1
    rest = content[_end_of_jpeg(content) :]
    # Cameras append more pictures (CIPA DC-007), the video of a live photo or their own data
    # (Samsung's ends with SEFT).
    unpadded = rest.lstrip(b"\x00")
    by_camera = rest[4:8] == b"ftyp" or rest.endswith(b"SEFT")
    return bool(unpadded) and not (by_camera or unpadded.startswith(_JPEG_START))


def _end_of_jpeg(content: bytes) -> int:
    """Return the end of the first picture, or of the file if there is no end marker."""
    at = len(_JPEG_START)
    while found := _JPEG_MARKER.search(content, at):
        if found.group() == _JPEG_END:
            return found.end()
        at = found.end() + int.from_bytes(content[found.end() : found.end() + 2])
    return len(content)


def _shrunk(image: Image.Image) -> Image.Image:
    """Return the centre square close to the required size, before further steps copy the pixels."""
    width, height = image.size
    edge = min(width, height)
    left, top = (width - edge) // 2, (height - edge) // 2
    square = image.crop((left, top, left + edge, top + edge))
    factor = edge // (2 * SIZES[0])
    if factor <= 1:
        return square
    if square.mode in _REDUCIBLE:
        return square.reduce(factor)
    # Palette indexes can't be averaged, so the nearest pixel is used.
    return square.resize((edge // factor, edge // factor), Image.Resampling.NEAREST)


def _plain(image: Image.Image) -> Image.Image:
    """Return only the pixels, in sRGB, with an alpha channel only if the picture has one."""
    if image.mode.startswith("I"):  # 16-bit grey, which a conversion would clip at 255
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "RGBA", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            image = _converted(image, source, mode)
        except (ImageCms.PyCMSError, OSError):
            pass  # an unreadable colour profile: the colours are used unchanged
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
    return _refusal("unsupported_image", _("Choose a JPEG, PNG or WebP picture."))


def _damaged() -> DomainError:
    return _refusal("damaged_image", _("This picture is damaged. Choose another one."))


def _too_many_pixels(most: int) -> DomainError:
    return _refusal(
        "too_many_pixels",
        _(
            "This picture is too large. Choose one of at most %(count)s megapixels, or"
            " make it smaller."
        )
        % {"count": most // 1_000_000},
    )


def _refusal(code: str, message: str) -> DomainError:
    return DomainError(
        Kind.INVALID, "invalid", message, faults=[FieldFault("avatar", code, message)]
    )
