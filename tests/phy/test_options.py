import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linksim.phy.options import parse_options

KNOWN = {"a": {"x": int, "y": float}}


def test_names_and_values_are_read() -> None:
    assert parse_options("a:x=3,y=0.5", KNOWN, ["a", "b"]) == ("a", {"x": 3, "y": 0.5})
    assert parse_options("b", KNOWN, ["a", "b"]) == ("b", {})


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        parse_options(text, KNOWN, ["a", "b"])


@pytest.mark.parametrize("text", ["c", "a:z=1", "a:x", "a:x=", "a:x=1,x=2", "b:x=1", "a:x=1,,y=2"])
def test_what_is_wrong_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text.split(":")[0]):
        parse_options(text, KNOWN, ["a", "b"])
