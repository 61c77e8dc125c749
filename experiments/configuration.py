"""Everything that decides the figures of a sweep."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict, dataclass

from linksim.experiments.faults import Fault

_MOST_POINTS = 1000


@dataclass(frozen=True)
class SweepConfiguration:
    """The options of a sweep that its results depend on, as text and numbers.

    How the work is cut up (batch size, device, resuming) is not among them: it changes no count.
    """

    snr: str
    ebno: bool
    codec: str
    code: str
    modulation: str
    channel: str
    coherence: int
    images: int
    data: str
    query: str | None
    questions: str | None
    preset: str
    models: str | None
    seed: int

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    def command(self) -> str:
        """Return the command that makes these results again."""
        words = ["linksim", "sweep"]
        for name, value in asdict(self).items():
            if value is True:
                words.append(f"--{name}")
            elif value is not None and value is not False:
                shown = "image" if name == "coherence" and value == 0 else str(value)
                words += [f"--{name}", shown]
        return shlex.join(words)


def parse_snr(text: str) -> list[float]:
    """Read ``A:B``, ``A:B:STEP`` or ``A,B,C`` as SNR values in dB, without repeats.

    Raises:
        Fault: if it is none of these.

    >>> parse_snr("-1:1")
    [-1.0, 0.0, 1.0]
    >>> parse_snr("0:1:0.5")
    [0.0, 0.5, 1.0]
    """
    remedy = "write A:B, A:B:STEP or a list A,B,C in dB, like -5:20"
    try:
        if ":" not in text:
            values = [float(part) for part in text.split(",")]
        else:
            first, last, *rest = (float(part) for part in text.split(":"))
            step = rest[0] if rest else 1.0
            if len(rest) > 1 or not step > 0 or not first <= last:
                raise ValueError
            count = (last - first) / step + 1e-9
            if not count < _MOST_POINTS:
                raise Fault(f"--snr {text}: more than {_MOST_POINTS} points; take a larger step")
            values = [round(first + step * i, 9) for i in range(int(count) + 1)]
    except ValueError:
        raise Fault(f"--snr {text}: no range of numbers; {remedy}") from None
    if not all(-100 <= value <= 100 for value in values):
        raise Fault(f"--snr {text}: values must lie from -100 to 100 dB")
    return list(dict.fromkeys(values))
