"""How a picture is rendered, and which files are refused."""

from __future__ import annotations

import random
from contextlib import suppress
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from config.web.problems import DomainError, Kind
from profiles.pictures.rendering import MAX_BYTES, SIZES, render_picture
from tests.profiles.pictures import GPS, ORIENTATION, bomb, encoded, film, opened, picture

KINDS = ["JPEG", "PNG", "WEBP"]


def code_of(content: bytes) -> str:
    with pytest.raises(DomainError) as refusal:
        render_picture(content)
    assert [fault.field for fault in refusal.value.faults] == ["avatar"]
    return refusal.value.faults[0].code


def archive() -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as file:
        file.writestr("page.html", "<p>hello</p>")
    return buffer.getvalue()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(600, 400), (1, 1), (3000, 20), (2600, 2600)])
def test_it_becomes_squares_of_fixed_sizes(kind: str, size: tuple[int, int]) -> None:
    pictures = render_picture(picture(kind, size))
    assert list(pictures) == list(SIZES)
    for edge, content in pictures.items():
        image = opened(content)
        assert (image.format, image.size) == ("WEBP", (edge, edge))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixel_is_read(mode: str) -> None:
    image = Image.new("RGB", (60, 60), "red")
    kept = Image.new(mode, (60, 60)) if mode in ("I;16", "PA") else image.convert(mode)
    assert opened(render_picture(encoded(kept, "PNG" if mode != "PA" else "WEBP"))[128]).load()


def test_transparency_stays() -> None:
    content = encoded(Image.new("RGBA", (50, 50), (255, 0, 0, 0)), "PNG")
    assert opened(render_picture(content)[128]).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_turned_upright(kind: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # taken with a rotated camera: rotate by 90 degrees
    upright = opened(render_picture(picture(kind, (400, 400), exif=exif))[128]).convert("RGB")
    above, below = upright.getpixel((64, 20)), upright.getpixel((64, 108))
    assert above[0] > above[2]  # type: ignore[index]
    assert below[2] > below[0]  # type: ignore[index]


@pytest.mark.parametrize("kind", KINDS)
def test_no_metadata_stays(kind: str) -> None:
    exif = Image.Exif()
    exif.get_ifd(GPS)[1] = "N"
    exif[0x013B] = "Ada Lovelace"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    sent = picture(kind, exif=exif, icc_profile=profile)
    assert b"Lovelace" in sent
    for content in render_picture(sent).values():
        assert b"Lovelace" not in content
        assert not opened(content).getexif()
        assert "icc_profile" not in opened(content).info


@pytest.mark.parametrize("kind", KINDS)
def test_a_bomb_is_refused_by_its_header(kind: str) -> None:
    sent = bomb(kind)
    assert len(sent) < MAX_BYTES
    assert code_of(sent) == "too_many_pixels"


@pytest.mark.parametrize(
    ("kind", "size", "most"),
    [("PNG", (4001, 4000), 16), ("WEBP", (4001, 4000), 16), ("JPEG", (5001, 5000), 25)],
)
def test_the_bound_of_its_format_is_told(kind: str, size: tuple[int, int], most: int) -> None:
    with pytest.raises(DomainError, match=f"at most {most} megapixels"):
        render_picture(encoded(Image.new("L", size), kind))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "I;16"])
@pytest.mark.parametrize("size", [(6000, 300), (300, 6000), (2100, 2500), (3000, 3000)])
def test_of_any_shape_the_middle_is_kept(mode: str, size: tuple[int, int]) -> None:
    """The source is dark in the centre square and light around it."""
    image = Image.new("L", size, 250)
    edge = min(size)
    left, top = (size[0] - edge) // 2, (size[1] - edge) // 2
    image.paste(10, (left, top, left + edge, top + edge))
    sent = image.convert("I").point(lambda v: v * 257).convert("I;16") if mode == "I;16" else image

    small = opened(render_picture(encoded(sent.convert(mode), "PNG"))[128]).convert("L")

    assert small.size == (128, 128)
    assert max(small.tobytes()) < 60


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_film_is_refused(kind: str) -> None:
    assert code_of(film(kind)) == "animated_image"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_cut_off_picture_is_refused(kind: str, share: float) -> None:
    noise = Image.effect_noise((200, 200), 80).convert("RGB")
    sent = encoded(noise, kind)
    assert code_of(sent[: int(len(sent) * share)]) == "damaged_image"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "second", [archive(), b"<script>alert(1)</script>", b"GIF89a=1;alert(1)", b"%PDF-1.7\n"]
)
def test_a_second_file_behind_it_is_refused(kind: str, second: bytes) -> None:
    assert code_of(picture(kind) + second) == "disguised_file"


@pytest.mark.parametrize("comment", [b"<html><script>alert(1)</script>", b"%PDF-1.7", b"<?php x"])
def test_a_second_file_within_it_is_refused(comment: bytes) -> None:
    assert code_of(picture(comment=comment)) == "disguised_file"


@pytest.mark.parametrize(
    "behind", [picture(), b"\0" * 64, b"\0\0\0\x18ftypmp42" + b"\0" * 12, b"Image_UTC_Data..SEFT"]
)
def test_what_cameras_put_behind_a_picture_is_left_away(behind: bytes) -> None:
    assert list(render_picture(picture() + behind)) == list(SIZES)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "unsupported_image"),
        (b"\x00" * 100, "unsupported_image"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "damaged_image"),
        (b"\xff\xd8\xff\xe0", "damaged_image"),
        (encoded(Image.new("RGB", (9, 9)), "GIF"), "unsupported_image"),
        (encoded(Image.new("RGB", (9, 9)), "TIFF"), "unsupported_image"),
        (encoded(Image.new("RGB", (9, 9)), "BMP"), "unsupported_image"),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes, code: str) -> None:
    assert code_of(content) == code


def test_a_large_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(DomainError) as refusal:
        render_picture(picture() + b"\0" * MAX_BYTES)
    assert refusal.value.kind is Kind.TOO_LARGE


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 2**32), count=st.integers(1, 20))
def test_a_damaged_file_is_a_picture_or_a_refusal(kind: str, seed: int, count: int) -> None:
    sent, chance = bytearray(picture(kind, (64, 48))), random.Random(seed)
    for _change in range(count):
        sent[chance.randrange(len(sent))] = chance.randrange(256)
    with suppress(DomainError):
        assert list(render_picture(bytes(sent))) == list(SIZES)
