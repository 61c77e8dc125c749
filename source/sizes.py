"""What sizes of pictures a codec takes, and how a picture is brought to one."""

from __future__ import annotations

from dataclasses import dataclass

from linksim.source.refused import Refused

Size = tuple[int, int]
"""Height and width in pixels."""

MOST_SIDE = 65_535
"""Pixels a side: more than most file formats have."""


class UnfitPicture(Refused):
    """A codec takes no pictures of this size; the message says which it takes."""

    about = "size"


@dataclass(frozen=True)
class Sizes:
    """What sizes a codec takes: every multiple of a number, from a smallest to a largest.

    Attributes:
        multiple: that divides both sides.
        least, most: pixels of the shorter side and of the longer one.
    """

    multiple: int = 1
    least: int = 1
    most: int = MOST_SIDE

    def __str__(self) -> str:
        shape = f"sides that {self.multiple} divides" if self.multiple > 1 else "any size"
        floor = f" from {self.least} pixels" if self.least > self.multiple else ""
        return f"{shape}{floor} to {self.most}"

    def within(self, size: Size) -> Size:
        """Return the largest size that is taken and fits into a picture, to be cut out of it.

        Raises:
            UnfitPicture: if none does, or the picture is larger than all that are taken.

        >>> Sizes(multiple=16).within((70, 100))
        (64, 96)
        """
        height, width = (side // self.multiple * self.multiple for side in size)
        if min(height, width) < max(self.least, 1) or max(height, width) > self.most:
            raise UnfitPicture(f"{size[1]}×{size[0]}: not taken; it takes {self}")
        return height, width

    def check(self, size: Size) -> Size:
        """Return a size, if it is taken as it is.

        Raises:
            UnfitPicture: if it is not.
        """
        if self.within(size) != tuple(size):
            raise UnfitPicture(f"{size[1]}×{size[0]}: not taken; it takes {self}")
        return size
