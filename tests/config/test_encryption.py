"""A sealed value can be decrypted only for its row and with its key."""

from __future__ import annotations

import base64
import os

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.database.encryption import CannotDecrypt, Keyring, parse_key

OLD, NEW = b"\x01" * 32, b"\x02" * 32
HERE = "connection 1: refresh token"
RING = Keyring([OLD])

plaintexts = st.binary(max_size=300)
contexts = st.text(max_size=40)
keys = st.binary(min_size=32, max_size=32)


def assert_shut(ring: Keyring, sealed: bytes | memoryview, context: str = HERE) -> None:
    with pytest.raises(CannotDecrypt):
        ring.open(sealed, context=context)


@given(plaintexts, contexts, keys)
def test_what_was_sealed_opens(plaintext: bytes, context: str, key: bytes) -> None:
    ring = Keyring([key])
    sealed = ring.seal(plaintext, context=context)
    assert ring.open(sealed, context=context) == plaintext
    assert ring.open(memoryview(sealed), context=context) == plaintext
    assert ring.is_current(sealed)


def test_sealing_twice_gives_two_values_without_the_plaintext() -> None:
    secret = b"refresh-token-of-alice"
    first, second = (RING.seal(secret, context=HERE) for _ in range(2))
    assert first != second
    assert secret not in first + second


@given(plaintexts, contexts, contexts)
def test_another_row_cannot_open_it(plaintext: bytes, own: str, other: str) -> None:
    assume(own != other)
    assert_shut(RING, RING.seal(plaintext, context=own), other)


@given(plaintexts, keys, keys)
def test_another_key_cannot_open_it(plaintext: bytes, own: bytes, other: bytes) -> None:
    assume(own != other)
    assert_shut(Keyring([other]), Keyring([own]).seal(plaintext, context=HERE))


@given(plaintexts, st.data())
def test_a_changed_bit_shuts_it(plaintext: bytes, data: st.DataObject) -> None:
    sealed = bytearray(RING.seal(plaintext, context=HERE))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= 1 << data.draw(st.integers(0, 7))
    assert_shut(RING, bytes(sealed))


@pytest.mark.parametrize("length", range(1 + 4 + 12 + 16 + 8))
def test_a_cut_value_stays_shut(length: int) -> None:
    assert_shut(RING, RING.seal(b"12345678", context=HERE)[:length])


@given(st.binary(max_size=100))
def test_junk_stays_shut(junk: bytes) -> None:
    assert_shut(RING, junk)
    assert_shut(RING, RING.seal(b"", context=HERE)[:5] + junk)


@given(plaintexts)
def test_the_first_key_encrypts_and_all_decrypt(plaintext: bytes) -> None:
    rotated = Keyring([NEW, OLD])
    before, after = (ring.seal(plaintext, context=HERE) for ring in (RING, rotated))
    assert rotated.open(before, context=HERE) == plaintext
    assert rotated.open(after, context=HERE) == plaintext
    assert (rotated.is_current(before), rotated.is_current(after)) == (False, True)
    assert Keyring([NEW]).open(after, context=HERE) == plaintext
    assert_shut(RING, after)
    assert_shut(Keyring([NEW]), before)


@given(keys)
def test_a_key_is_read_in_every_base64_of_it(key: bytes) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = encode(key).decode()
        assert parse_key(text) == parse_key(text.rstrip("=")) == key


GOOD = base64.urlsafe_b64encode(os.urandom(32)).decode()
BAD_KEYS = {
    "empty": "",
    "too short": GOOD[:40],
    "too long": GOOD.rstrip("=") + "AAAA",
    "a stranger inside": GOOD[:20] + "!" + GOOD[20:],
    "a space inside": GOOD[:20] + " " + GOOD[20:],
    "padding inside": GOOD[:20] + "=" + GOOD[20:],
    "hexadecimal": "ab" * 32,
    "not ASCII": "ü" + GOOD[1:],
    "not text": "\udc80" + GOOD[1:],
}


@pytest.mark.parametrize("text", BAD_KEYS.values(), ids=BAD_KEYS)
def test_a_bad_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_key(text)
    assert str(refused.value) in ("not base64", "not 32 bytes")
