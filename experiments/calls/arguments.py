"""What Python gives to a call, as the texts that configurations have and the objects behind them.

A text does wherever it is enough. An object gets a name for as long as the call runs, see
`linksim._given`: its own, by which results know it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np

from linksim._given import DIGESTS, lent_names
from linksim.experiments.constellations import FILE
from linksim.phy import (
    CHANNELS,
    CODES,
    MODULATIONS,
    BlockCode,
    ChannelSpec,
    CodeSpec,
    Frames,
    Modulation,
    SymbolChannel,
    channel,
    codes,
    modulation,
)
from linksim.phy.options import known_name
from linksim.source import judge
from linksim.source.refused import Refused

CodeLike = str | CodeSpec | BlockCode
"""A channel code: its text, or an object with ``k``, ``n``, ``encode`` and ``decode``."""

ModulationLike = str | Modulation
"""A modulation: its name, ``file:POINTS.csv``, or `Modulation.from_points`."""

ChannelLike = str | ChannelSpec | SymbolChannel
"""A channel: its text, an object with ``send``, or `ChannelSpec.of`."""

JudgeLike = str | judge.Judge
"""A judge: its name, or an object with ``name`` and ``respond``, see `linksim.Judge`."""

SnrLike = str | float | Iterable[float]
"""SNR in dB: ``"A:B"``, ``"A:B:STEP"``, a number, or some of them."""

_ASKED = "what is it?"  # of the pictures by which a judge is told from others
_SEED, _BLOCKS = 7, 64  # of the bits by which a code is told from others
_FRAMES, _SYMBOLS, _SNR_DB = 4, 64, (0.0, 10.0)  # and of the symbols by which a channel is


def snr_text(snr_db: SnrLike) -> str:
    """Return SNRs as configurations have them.

    >>> snr_text([0, 2.5]), snr_text(3.0), snr_text("0:10")
    ('0,2.5', '3', '0:10')
    """
    if isinstance(snr_db, str):
        return snr_db
    values = [snr_db] if isinstance(snr_db, Real) else list(snr_db)  # type: ignore[arg-type]
    if not values:
        raise ValueError("snr: give one SNR in dB or more")
    return ",".join(f"{float(value):.10g}" for value in values)


def listed(given: Any, kinds: type | tuple[type, ...]) -> list[Any]:
    """Return what was given as a list: several, or one of these kinds."""
    several = [given] if isinstance(given, (str, *_as_tuple(kinds))) else list(given)
    if not several:
        raise ValueError("give one code, modulation, channel or codec at least")
    return several


def _as_tuple(kinds: type | tuple[type, ...]) -> tuple[type, ...]:
    return kinds if isinstance(kinds, tuple) else (kinds,)


@dataclass
class Lent:
    """Objects of a call by the kind of part that they are and the name that they get.

    Attributes:
        objects: by kind (a group of entry points) and name.
        inputs: digests of what they do, for runs that are gone on with.
    """

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, what: str, name: str, part: Any, taken: Sequence[str]) -> str:
        """Give an object its name and return it.

        Raises:
            ValueError: if the name is linksim's, another package's or another object's.
        """
        others = self.objects.setdefault(kind, {})
        if name in taken or others.get(name, part) is not part:
            raise ValueError(f"{what} {name}: is another's name; give yours a name of its own")
        others[name] = part
        return name

    def __bool__(self) -> bool:
        return any(self.objects.values())

    @contextmanager
    def named(self) -> Iterator[None]:
        """Let the names stand for the objects."""
        with ExitStack() as stack:
            for kind, objects in {**self.objects, DIGESTS: self.inputs}.items():
                stack.enter_context(lent_names(kind, objects))
            yield


def code_texts(given: CodeLike | Sequence[CodeLike], lent: Lent) -> tuple[str, ...]:
    """Return codes as configurations have them; objects are added to those that are lent.

    Raises:
        TypeError, ValueError: for what is no code, as `CodeSpec` says it.
    """
    return _unique(_code_text(code, lent) for code in listed(given, (CodeSpec, BlockCode)))


def _code_text(code: CodeLike, lent: Lent) -> str:
    if isinstance(code, str):
        return str(CodeSpec.parse(code))
    spec = code if isinstance(code, CodeSpec) else CodeSpec.of(code)
    if (own := spec.own) is not None:
        lent.add(codes.GROUP, "code", own.name, own, tuple(CODES))
        random = np.random.default_rng(_SEED)
        coded = own.encode(random.integers(0, 2, (_BLOCKS, own.k), dtype=np.uint8))
        heard = own.decode(random.normal(0, 2, (_BLOCKS, own.n)).astype(np.float32))
        lent.inputs[f"code {own.name}"] = digest_of_bytes(coded.tobytes() + heard.tobytes())
    return str(spec)


def modulation_texts(
    given: ModulationLike | Sequence[ModulationLike], lent: Lent
) -> tuple[str, ...]:
    """Return modulations as configurations have them; see `code_texts`."""
    return _unique(_modulation_text(one, lent) for one in listed(given, Modulation))


def _modulation_text(given: ModulationLike, lent: Lent) -> str:
    if isinstance(given, str):
        if given.startswith(FILE):
            return given
        return known_name(given, modulation.modulation_names())
    if MODULATIONS.get(given.name) is given:
        return given.name
    lent.inputs[f"modulation {given.name}"] = digest_of_bytes(given.points.tobytes())
    return lent.add(modulation.GROUP, "modulation", given.name, given, tuple(MODULATIONS))


def channel_texts(given: ChannelLike | Sequence[ChannelLike], lent: Lent) -> tuple[str, ...]:
    """Return channels as configurations have them; see `code_texts`.

    Raises:
        TypeError, ValueError: for what is no channel, as `ChannelSpec` says it, or one of linksim's
            that is no text: coherence and pilots are options of their own.
    """
    return _unique(_channel_text(one, lent) for one in listed(given, (ChannelSpec, SymbolChannel)))


def _channel_text(given: ChannelLike, lent: Lent) -> str:
    if isinstance(given, str):
        return given
    own = (given if isinstance(given, ChannelSpec) else ChannelSpec.of(given)).own
    if own is None:
        raise ValueError("channel: give linksim's by name; coherence and csi are options")
    lent.add(channel.GROUP, "channel", own.name, own, tuple(CHANNELS))
    numbers = np.arange(_FRAMES, dtype=np.uint64)
    sent = np.exp(2j * np.pi * np.random.default_rng(_SEED).random((_FRAMES, _SYMBOLS)))
    heard = b""
    for snr_db in _SNR_DB:
        frames = Frames(_SEED, snr_db, numbers, _SYMBOLS, 1)
        heard += b"".join(part.tobytes() for part in own.carry(sent.astype(np.complex64), frames))
    lent.inputs[f"channel {own.name}"] = digest_of_bytes(heard)
    return own.name


def judge_text(given: JudgeLike, lent: Lent) -> str:
    """Return a judge as configurations have it; an object is added to those that are lent.

    Raises:
        TypeError: for an object that is no judge.
        ValueError: for an unknown name, or one that is another's.
    """
    if isinstance(given, str):
        return known_name(given, judge.judge_names())
    if isinstance(given, type):
        raise TypeError(f"judge: give an object, {given.__name__}(), not the class")
    if missing := [name for name in ("name", "respond") if not hasattr(given, name)]:
        raise TypeError(f"judge: {type(given).__name__} has no {', '.join(missing)}")
    lent.inputs[f"judge {given.name}"] = digest_of_bytes(_judged(given))
    return lent.add(judge.GROUP, "judge", given.name, given, judge.judge_names())


def _judged(given: judge.Judge) -> bytes:
    """Return what a judge makes of known pictures; a selective one may not answer the question."""
    import torch

    drawn = torch.Generator().manual_seed(_SEED)
    pictures = torch.rand((_FRAMES, 3, _SYMBOLS, _SYMBOLS), generator=drawn)
    try:
        found = given.respond(pictures, [_ASKED] * _FRAMES)
    except Refused:
        return type(given).__qualname__.encode()
    return repr(found.answers).encode() + found.states.detach().cpu().numpy().tobytes()


def digest_of_bytes(data: bytes) -> str:
    """Return a digest as `linksim.experiments.data.inputs` has them."""
    return hashlib.sha256(data).hexdigest()[:16]


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
