"""What the sender is told of the question: the user's own, another one, or none.

A codec that makes use of the question does better with the user's own than with any other, about
the same pictures. That is the only way to see it: two codecs differ in more than in the question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from linksim.experiments.configuration import ANOTHER, FAMILY, NOTHING
from linksim.experiments.data.samples import Sample, Samples
from linksim.experiments.data.truth import KnownSamples, Truth
from linksim.experiments.faults import Fault
from linksim.source.pictures import Framing
from linksim.source.sizes import Size


@runtime_checkable
class ManyQuestions(Protocol):
    """Samples about whose pictures more can be asked than is."""

    def other_question(self, number: int) -> str:
        """Return a question of another family about a sample's picture."""


class ToldSamples:
    """Samples whose senders are told another question than the user's, or none.

    Args:
        samples: they themselves; answers and truths stay those of the user's questions.
        told: one of `linksim.experiments.configuration.TOLD`.

    Raises:
        Fault: if they have no such questions.
    """

    def __init__(self, samples: Samples, told: str) -> None:
        if told == FAMILY and not isinstance(samples, ManyQuestions):
            raise Fault(
                f"--told {told}: of scenes and mosaics, of which more is known; give another"
            )
        if told == ANOTHER and len(samples) < 2:
            raise Fault(f"--told {told}: there is no other picture; give more --images")
        self._samples, self._told = samples, told

    def __len__(self) -> int:
        return len(self._samples)

    @property
    def notes(self) -> Sequence[str]:
        return self._samples.notes

    def size(self, number: int) -> Size:
        return self._samples.size(number)

    def sample(self, number: int, framing: Framing | int) -> Sample:
        sample = self._samples.sample(number, framing)
        return replace(sample, told=self._question(sample, number, framing))

    def truth(self, number: int, framing: Framing | int) -> Truth:
        """Return what is in a sample's picture, if it is known; see `KnownSamples`."""
        assert isinstance(self._samples, KnownSamples)
        return self._samples.truth(number, framing)

    def _question(self, sample: Sample, number: int, framing: Framing | int) -> str:
        if self._told == NOTHING:
            return ""
        if isinstance(self._samples, ManyQuestions) and self._told == FAMILY:
            return self._samples.other_question(number)
        return self._another(sample, number, framing)

    def _another(self, sample: Sample, number: int, framing: Framing | int) -> str:
        """Return the next sample's question that is not the same.

        Raises:
            Fault: if all ask the same.
        """
        for step in range(1, len(self._samples)):
            other = self._samples.sample((number + step) % len(self._samples), framing)
            if other.question != sample.question:
                return other.question
        raise Fault(f"--told {ANOTHER}: all pictures have the same question; give --questions")
