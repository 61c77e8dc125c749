"""Pictures with questions that a script has: a list of pairs, or a Dataset of PyTorch's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from linksim.experiments.data.samples import MOST_ANSWER, Sample, checked_query
from linksim.source.pictures import Framing, given_picture
from linksim.source.sizes import Size
from linksim.source.text_files import one_line

KIND = "linksim.data"
"""The kind of such samples among lent objects, see `linksim._given`."""

NAME = "given"
"""What configurations call them."""

_DIGESTED = 32  # pixels a side


class Pairs(Protocol):
    """Anything with a length whose items are (picture, question) or (picture, question, answer)."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int, /) -> Any: ...


class GivenSamples:
    """Samples of a script's own.

    Args:
        pairs: pictures, see `linksim.source.pictures.given_picture`, each with its question and,
            where it is known, the answer.
        query: a question about every picture, in place of theirs; items are then pictures, or begin
            with one.
        most: number of samples that are kept.

    Raises:
        TypeError: for an item of another kind.
        ValueError: if there are none.
        Fault: for a question that is none.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, pairs: Pairs, query: str | None, most: int | None) -> None:
        self._pairs, self._query = pairs, query
        self._count = len(pairs) if most is None else min(most, len(pairs))
        if not self._count:
            raise ValueError("data: holds no picture; give (picture, question) pairs")
        self._asked = [self._question(number) for number in range(self._count)]

    def __len__(self) -> int:
        return self._count

    @property
    def questions(self) -> list[str]:
        """The question of every sample."""
        return [question for question, _ in self._asked]

    def size(self, number: int) -> Size:
        height, width = given_picture(self._picture(number), Framing()).shape[1:]
        return height, width

    def sample(self, number: int, framing: Framing | int) -> Sample:
        question, truth = self._asked[number]
        image = given_picture(self._picture(number), framing)
        return Sample(image, question, truth, "", f"picture {number}")

    def inputs(self) -> Mapping[str, str]:
        """Return digests, as `linksim.experiments.data.inputs` has them."""
        pictures, asked = hashlib.sha256(), json.dumps(self._asked).encode()
        for number in range(self._count):
            pixels = given_picture(self._picture(number), _DIGESTED)
            pictures.update(pixels.numpy().tobytes())
        return {
            "pictures": pictures.hexdigest()[:16],
            "questions": hashlib.sha256(asked).hexdigest()[:16],
        }

    def _picture(self, number: int) -> Any:
        item = self._pairs[number]
        return item[0] if isinstance(item, (tuple, list)) else item

    def _question(self, number: int) -> tuple[str, str]:
        if self._query is not None:
            return checked_query(self._query), ""
        item: Sequence[Any] = self._pairs[number]
        texts = item[1:] if isinstance(item, (tuple, list)) else ()
        if not 1 <= len(texts) <= 2 or not all(isinstance(text, str) for text in texts):
            raise TypeError(
                f"data: item {number} is no (picture, question) nor (picture, question, answer); "
                "with query=… one question is asked about every picture"
            )
        answer = one_line(texts[1]) if len(texts) > 1 else ""
        return checked_query(texts[0]), answer.lower()[:MOST_ANSWER]
