"""What mosaics are called in results: by number, and the photographs that they are made of."""

from __future__ import annotations

from collections.abc import Sequence

_BEGIN, _BETWEEN = "mosaic ", ", "


def mosaic_name(number: int, photographs: Sequence[str]) -> str:
    """Return a mosaic's name.

    >>> mosaic_name(3, ["010-brambling.jpg", "150-sea_lion.jpg"])
    'mosaic 3: 010-brambling.jpg, 150-sea_lion.jpg'
    """
    return f"{_BEGIN}{number}: {_BETWEEN.join(photographs)}"


def photographs_of(name: str) -> tuple[str, ...]:
    """Return the photographs that a mosaic's name has; none of other names.

    >>> photographs_of("mosaic 3: 010-brambling.jpg, 150-sea_lion.jpg")
    ('010-brambling.jpg', '150-sea_lion.jpg')
    >>> photographs_of("beach.jpg")
    ()
    """
    before, found, names = name.partition(": ")
    if not found or not before.startswith(_BEGIN):
        return ()
    return tuple(names.split(_BETWEEN))
