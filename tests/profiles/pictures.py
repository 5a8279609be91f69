"""Pictures as users upload them, and files that only look like pictures."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

ORIENTATION = 0x0112
GPS = 0x8825


def picture(kind: str = "JPEG", size: tuple[int, int] = (600, 400), **options: Any) -> bytes:
    """A picture with a red left half and a blue right half."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    return encoded(image, kind, **options)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def film(kind: str) -> bytes:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:])


def bomb(kind: str) -> bytes:
    """A small file with very many pixels."""
    return encoded(Image.new("L", (6000, 5000)), kind)


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))
