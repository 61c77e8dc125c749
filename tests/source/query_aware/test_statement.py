import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linksim.source.query_aware.statement import pack, unpack


@pytest.mark.parametrize("text", ["what colour is the car? red", "où est le café ? à gauche", ""])
def test_a_text_arrives_as_it_was_sent(text: str) -> None:
    packed = pack(text, 64)
    assert len(packed) == 64
    assert unpack(packed) == text


@given(st.text(), st.integers(1, 64))
def test_every_text_takes_so_many_bytes_and_its_end_arrives(text: str, size: int) -> None:
    packed = pack(text, size)
    assert len(packed) == size
    kept = packed.rstrip(b"\0").decode("utf-8")
    assert text.encode(errors="replace").decode().rstrip("\0").endswith(kept)


@given(st.binary(max_size=64))
def test_any_bytes_become_text_without_control_characters(data: bytes) -> None:
    text = unpack(data)
    assert text.encode("utf-8") is not None
    assert not any(unicodedata.category(c).startswith("C") for c in text)
