"""Pictures that a script has, with questions or without: a list, or somebody's dataset.

An item is a picture, or a tuple or a mapping that has one:

==================================  ===============================================================
a picture                           see `linksim.source.pictures.given_picture`
(picture, question[, answer])       texts
(picture, …)                        torchvision's: class numbers, boxes, captions in lists are
                                    passed over
{"image": picture, …}               a row of a Hugging Face dataset: its column ``image``, ``img``
                                    or ``picture``, with those of ``question`` and ``answer`` where
                                    they are texts; all others are passed over
==================================  ===============================================================
"""

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
_COLUMNS = ("image", "img", "picture")
_ASKED = ("question", "answer")


class Pairs(Protocol):
    """Anything with a length whose items the head of this module names."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int, /) -> Any: ...


class GivenSamples:
    """Samples of a script's own.

    Args:
        pairs: pictures, all with a question or none of them.
        query: a question about every picture, in place of theirs.
        most: number of samples that are kept.

    Raises:
        TypeError: for an item of another kind, or without the question that others have.
        ValueError: if there are none.
        Fault: for a question that is none.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, pairs: Pairs, query: str | None, most: int | None) -> None:
        self._pairs, self._query = pairs, query
        self._count = len(pairs) if most is None else min(most, len(pairs))
        if not self._count:
            raise ValueError("data: holds no picture; give pictures, or (picture, question) pairs")
        self._asked = [self._question(number) for number in range(self._count)]
        self._check_asked()

    def __len__(self) -> int:
        return self._count

    @property
    def is_asked(self) -> bool:
        """Whether there are questions."""
        return bool(self._asked[0][0])

    @property
    def questions(self) -> list[str]:
        """The question of every sample."""
        return [question for question, _ in self._asked if question]

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
        return picture_in(self._pairs[number], f"data: item {number}")

    def _question(self, number: int) -> tuple[str, str]:
        """Return an item's question and answer, empty where it has none."""
        if self._query is not None:
            return checked_query(self._query), ""
        texts = _texts_in(self._pairs[number])
        if not texts:
            return "", ""
        answer = one_line(texts[1]) if len(texts) > 1 else ""
        return checked_query(texts[0]), answer.lower()[:MOST_ANSWER]

    def _check_asked(self) -> None:
        for number, (question, _) in enumerate(self._asked):
            if bool(question) != self.is_asked:
                raise TypeError(
                    f"data: item {number if self.is_asked else 0} has no question and others do; "
                    "with query=… one question is asked about every picture"
                )


def picture_in(item: Any, said: str = "picture") -> Any:
    """Return the picture of a dataset's item; what has none in it is one itself.

    Args:
        said: what the item is called in messages.

    Raises:
        TypeError: for a mapping without a picture.
    """
    if isinstance(item, Mapping):
        found = [item[name] for name in _COLUMNS if item.get(name) is not None]
        if not found:
            columns = ", ".join(map(str, item))[:80]
            raise TypeError(f"{said} has no column {', '.join(_COLUMNS)}; it has {columns}")
        return found[0]
    return item[0] if isinstance(item, (tuple, list)) and len(item) else item


def _texts_in(item: Any) -> Sequence[str]:
    """Return the question and, where it is known, the answer of an item."""
    if isinstance(item, Mapping):
        found = [item.get(name) for name in _ASKED]
        return [text for text in found if isinstance(text, str)] if found[0] else []
    texts = item[1:] if isinstance(item, (tuple, list)) else ()
    alike = 1 <= len(texts) <= 2 and all(isinstance(text, str) for text in texts)
    return texts if alike else ()
