"""Whether a question pays: four photographs in one, of which a question asks about one.

``python -m linksim.experiments.machine_tasks.mosaics FOLDER CODEC BPP,… COUNT`` sends mosaics (see
`linksim.experiments.data.mosaics`) without noise: by the codec alone, which is what is sent without
a question, behind the right question (``asked:CODEC``), and behind one about another quarter. The
judge of photographs answers the right question each time. Its answers are compared with those to
the original (answer match), and with what the photograph is called (accuracy). Where a codec has a
quick encoder it makes all files.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from linksim.experiments.data.mosaics import SIDE, MosaicSamples
from linksim.experiments.faults import Fault
from linksim.experiments.results.estimates import Estimate, mean_of_shared
from linksim.experiments.text_out import say
from linksim.source.asked.codec import NETWORK, AskedCodec
from linksim.source.codec import load_codec
from linksim.source.message import Message, Received
from linksim.source.sizes import Size
from linksim.source.stills.codec import StillCodec
from linksim.source.zoo.imagenet.judge import ImagenetJudge
from linksim.source.zoo.imagenet.network import LiteNetwork
from linksim.source.zoo.preset import load_preset

PLAIN, ASKED, OTHER = "plain", "asked", "another's"
"""Behind no question, the right one, and one about another quarter."""

_SEED = 5
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Answers:
    """What the judge answered about N mosaics.

    Attributes:
        truth, wanted: what is right, and the answers to the originals.
        received: the answers to what was received, by bits per pixel and what was told.
        empty: of how many mosaics no file fits, by the same.
    """

    truth: np.ndarray
    wanted: np.ndarray
    received: Mapping[tuple[float, str], np.ndarray]
    empty: Mapping[tuple[float, str], int]

    def matches(self, bpp: float, told: str) -> np.ndarray:
        """Return where the answer is that to the original, float64 ``[N]``."""
        return np.asarray(self.received[bpp, told] == self.wanted, dtype=float)

    def right(self, bpp: float, told: str) -> np.ndarray:
        """Return where the answer is right, float64 ``[N]``."""
        return np.asarray(self.received[bpp, told] == self.truth, dtype=float)


def answers(shown: MosaicSamples, codec: str, budgets: Sequence[float]) -> Answers:
    """Send mosaics within each budget of bits per pixel, and ask about them.

    Raises:
        Fault: if that is no still codec.
    """
    judge, network = ImagenetJudge(_CPU), LiteNetwork(NETWORK, _CPU)
    stills = {bpp: drafted(codec, bpp, (SIDE, SIDE)) for bpp in budgets}
    received: dict[tuple[float, str], list[str]] = {}
    empty = {(bpp, told): 0 for bpp in budgets for told in (PLAIN, ASKED, OTHER)}
    truth, wanted = [], []
    for number, one in enumerate(shown.mosaics):
        sample = shown.sample(number, SIDE)
        image, asked = sample.image[None], [sample.question]
        truth.append(sample.truth)
        wanted += judge.respond(image, asked).answers
        for bpp, still in stills.items():
            coder = AskedCodec(still, network)
            sent = {
                PLAIN: still.encode(image, asked),
                ASKED: coder.encode(image, asked),
                OTHER: coder.encode(image, [one.other_question]),
            }
            for told, message in sent.items():
                shown_at_last = still.decode(arrived(message))
                found = judge.respond(shown_at_last, asked).answers
                received.setdefault((bpp, told), []).extend(found)
                empty[bpp, told] += int(not message.values.any())
    kept = {key: np.array(values) for key, values in received.items()}
    return Answers(np.array(truth), np.array(wanted), kept, empty)


def drafted(codec: str, bpp: float, size: Size) -> StillCodec:
    """Return a still codec for pictures of a size, by its quick encoder where it has one.

    Raises:
        Fault: if that is no still codec.
    """
    still = load_codec(f"{codec}:bpp={bpp}", load_preset("embedded"), _CPU)
    if not isinstance(still, StillCodec):
        raise Fault(f"{codec}: give a still codec, like avif")
    return still.fitted(*size).drafting


def arrived(message: Message) -> Received:
    """Return what a receiver has of a message that arrived whole."""
    nothing = torch.zeros_like(message.values, dtype=torch.bool)
    return Received(message.values, message.width, nothing, torch.zeros(0))


def lines(found: Answers, sources: Sequence[Sequence[str]]) -> list[str]:
    """Return what was found as text: shares, and paired differences, with 95 % intervals.

    Args:
        found: the answers.
        sources: the photographs that each mosaic is made of.
    """

    def said(values: np.ndarray) -> str:
        return as_text(mean_of_shared(values, sources))

    text = [f"originals: accuracy {said((found.wanted == found.truth).astype(float))}"]
    budgets = list(dict.fromkeys(bpp for bpp, _ in found.received))
    for bpp in budgets:
        for told in (PLAIN, ASKED, OTHER):
            lost = found.empty[bpp, told]
            text.append(
                f"{bpp:g} {told}: answer match {said(found.matches(bpp, told))}, "
                f"accuracy {said(found.right(bpp, told))}"
                + (f"; no file fits {lost} of {len(found.truth)}" if lost else "")
            )
    pairs = [((bpp, ASKED), (bpp, other)) for bpp in budgets for other in (PLAIN, OTHER)]
    pairs += [
        ((less, ASKED), (more, PLAIN)) for less in budgets for more in budgets if more >= 2 * less
    ]
    for one, other in pairs:
        match = said(found.matches(*one) - found.matches(*other))
        right = said(found.right(*one) - found.right(*other))
        text.append(
            f"{one[0]:g} {one[1]} less {other[0]:g} {other[1]}: match {match}, accuracy {right}"
        )
    return text


def as_text(one: Estimate) -> str:
    """Return a value with its interval."""
    return f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"


def main(folder: Path, codec: str, budgets: Sequence[float], count: int) -> None:
    """Measure, and print what was found."""
    shown = MosaicSamples(folder, count, _SEED)
    say(f"{count} mosaics of {SIDE}×{SIDE} of {len(shown.files)} photographs, {codec}")
    found = answers(shown, codec, budgets)
    say("\n".join(lines(found, [one.names for one in shown.mosaics])))


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        sys.argv[2],
        [float(bpp) for bpp in sys.argv[3].split(",")],
        int(sys.argv[4]),
    )
