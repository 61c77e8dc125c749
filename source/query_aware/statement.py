"""The statement that goes with a picture, as a fixed number of bytes."""

from __future__ import annotations

import unicodedata


def pack(text: str, size: int) -> bytes:
    """Return a text as UTF-8, filled up with zeros; of a long one the end, which has the answer.

    >>> pack("is there a dog? yes", 24)
    b'is there a dog? yes\\x00\\x00\\x00\\x00\\x00'
    >>> pack("is there a dog? yes", 8)
    b'dog? yes'
    """
    end = text.encode("utf-8", errors="replace")[-size:]
    whole = end.decode("utf-8", errors="ignore").encode("utf-8")  # no character without its head
    return whole.ljust(size, b"\0")


def unpack(data: bytes) -> str:
    """Return the text of any bytes: those that are no UTF-8 replaced, control characters dropped.

    >>> unpack(b"is there a dog? y\\xffs\\x00\\x07\\x00")
    'is there a dog? y�s'
    """
    text = data.decode("utf-8", errors="replace")
    return "".join(c for c in text if not unicodedata.category(c).startswith("C")).strip()
