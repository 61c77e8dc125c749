"""What follows the colon of ``--codec discover:…``."""

from __future__ import annotations

from dataclasses import dataclass

from linksim.source.codec import UnknownCodec, codec_options
from linksim.source.discover.bitstream import TASKS
from linksim.source.discover.labels import task_labels
from linksim.source.refused import Refused
from linksim.source.zoo.preset import Preset

NAME = "discover"
FULL, OWN = TASKS[0], TASKS[-1]
_SWITCHES = ("composition", "disentanglement", "layout")
_KNOWN = ("transmit", "rate", "steps", "grades", *_SWITCHES)
_GRADES = ("score", "size")
_MOST_STEPS = 1000


@dataclass(frozen=True)
class Options:
    """What is sent, and what is made of it.

    Attributes:
        task: one of `TASKS`, as the header says it.
        labels: that both sides number objects by.
        wanted: of these labels, those whose objects are sent.
        rate: λ_R of the weights.
        steps: of the sampler; None for the preset's.
        composition: whether diffusion paints; otherwise the VAE decodes what was reconstructed.
        disentanglement: whether the latent is parted into elements; otherwise all of it is one.
        layout: whether the synthesis draws from the labels and boxes that arrive.
        grades: by what objects are parted into an upper and a lower half, which a link may protect
            each in its own way: ``score`` of the detector, or ``size``; empty for one kind.
    """

    task: str
    labels: tuple[str, ...]
    wanted: tuple[str, ...]
    rate: int
    steps: int | None
    composition: bool
    disentanglement: bool
    layout: bool
    grades: str = ""

    @property
    def background(self) -> bool:
        """Whether what belongs to no object is sent too."""
        return self.task == FULL or not self.disentanglement


def read_options(preset: Preset, text: str) -> Options:
    """Read what follows the colon: ``transmit``, ``rate``, ``steps``, ``grades``, and switches.

    ``transmit`` is ``full``, a task, or labels with ``+`` between, like ``dog+cat``.

    Raises:
        UnknownCodec: naming what is wrong.
    """
    given = codec_options(text, _KNOWN, NAME)
    switches = {name: _switch(name, given.get(name, "on")) for name in _SWITCHES}
    transmit = given.get("transmit", FULL)
    task = transmit if transmit in TASKS[:-1] else OWN
    try:
        labels = task_labels(preset, "detection" if task in (FULL, OWN) else task).labels
    except Refused as error:
        raise UnknownCodec(f"{NAME}:transmit={transmit}: {error}") from None
    wanted = tuple(transmit.split("+")) if task == OWN else labels
    if unknown := [label for label in wanted if label not in labels]:
        tasks = ", ".join(TASKS[:-1])
        raise UnknownCodec(
            f"{NAME}:transmit={transmit}: {unknown[0]!r} is no task ({tasks}) and no label of "
            f"{preset.name}'s detection"
        )
    steps, grades = given.get("steps"), given.get("grades", "")
    if grades and grades not in _GRADES:
        raise UnknownCodec(f"{NAME}:grades={grades}: give {' or '.join(_GRADES)}")
    return Options(
        task,
        labels,
        wanted,
        _number("rate", given.get("rate", "2")),
        _number("steps", steps) if steps else None,
        **switches,
        grades=grades,
    )


def _switch(name: str, text: str) -> bool:
    if text not in ("on", "off"):
        raise UnknownCodec(f"{NAME}:{name}={text}: on or off")
    return text == "on"


def _number(name: str, text: str) -> int:
    if not (text.isdecimal() and len(text) < 5 and 1 <= int(text) <= _MOST_STEPS):
        raise UnknownCodec(f"{NAME}:{name}={text}: give a whole number from 1 to {_MOST_STEPS}")
    return int(text)
