"""Questions that a codec needs, or reads in part, while who judges its pictures reads the whole."""

from __future__ import annotations

from collections.abc import Sequence

from linksim.experiments.faults import Fault
from linksim.experiments.text_out import shortened
from linksim.source import AnyCodec, ObjectCodec, ReadingCodec, SizedCodec

_MOST_SHOWN = 60  # characters


def cut_questions(codec: AnyCodec, questions: Sequence[str]) -> str:
    """Say how many questions are too long for a codec and which comes first; nothing if none is."""
    # Asked first: the protocol looks at all members in any order, and a still codec's side may load
    # a model.
    if not hasattr(codec, "cuts") or not isinstance(codec, ReadingCodec):
        return ""
    cut = [place for place, is_cut in enumerate(codec.cuts(questions)) if is_cut]
    if not cut:
        return ""
    first = shortened(questions[cut[0]], _MOST_SHOWN)
    which = f"of {len(questions)} questions {len(cut)}" if len(questions) > 1 else "the question"
    number = f", number {cut[0] + 1} first" if len(questions) > 1 else ""
    return (
        f"{which} cut: too long for {codec.name}, which reads a part, while who judges reads "
        f"the whole{number}: {first!r}"
    )


def check_asked(codec: AnyCodec, asked: bool) -> None:
    """Make sure that there is a question where a codec needs one.

    Raises:
        Fault: if it is missing.
    """
    if not asked and not isinstance(codec, (SizedCodec, ObjectCodec)):
        raise Fault('--query: say what you want to know, like --query "what colour is the car?"')
