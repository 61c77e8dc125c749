"""Everything that decides the figures of a run."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, ClassVar, Self, get_args, get_type_hints

from linksim.experiments.faults import Fault

SCENES = ("all", "animals")
"""What scenes show: all kinds of things, or those alone that UO-ISC never met in training."""

OWN, ANOTHER, FAMILY, NOTHING = "own", "another", "family", "none"

TOLD = (OWN, ANOTHER, FAMILY, NOTHING)
"""What the sender is told of the question: the user's own; another picture's; one of another family
about the same picture; none."""

DETECTION, SEGMENTATION, CLASSIFICATION = "detection", "segmentation", "classification"
MACHINE_TASKS = (DETECTION, SEGMENTATION, CLASSIFICATION)
"""What models may be asked to do on received pictures; what each finds is stored under its name."""

PSNR_Y, MS_SSIM_Y, LPIPS, DISTS = "psnr_y", "ms_ssim_y", "lpips", "dists"
ASKED_METRICS = (PSNR_Y, MS_SSIM_Y, LPIPS, DISTS)
"""Metrics of received pictures that are measured where they are asked for."""

SCENES_DRAWN = "scenes"
"""The value of ``--data`` that names no folder."""

WORLD = "world"
"""What inputs call the world that drawn scenes are of; without it, it is the small one."""

_MOST_POINTS = 1000


_PATHS = ("data", "models", "questions", "preset")
_PREFIXES = {"data": ("vqa:", "coco:", "mosaic:"), "modulation": ("file:",)}  # before a path


def last_part(name: str, value: Any) -> Any:
    """Return an option's value without the folders that a path in it leads through.

    >>> last_part("data", "vqa:/home/me/VQA"), last_part("preset", "embedded")
    ('vqa:VQA', 'embedded')
    >>> last_part("codec", ("png", "deepjscc:weights=/home/me/mine"))
    ('png', 'deepjscc:weights=mine')
    >>> last_part("modulation", "file:/home/me/apsk.csv")
    'file:apsk.csv'
    """
    if isinstance(value, tuple):
        return tuple(last_part(name, each) for each in value)
    if not isinstance(value, str) or value == SCENES_DRAWN:
        return value
    if name == "codec":
        return re.sub(r"=([^,]*[/\\][^,]*)", lambda found: f"={_base(found[1])}", value)
    prefix = next((one for one in _PREFIXES.get(name, ()) if value.startswith(one)), "")
    if not prefix and name not in _PATHS:
        return value
    short = prefix + _base(value.removeprefix(prefix))
    return f"./{short}" if short == SCENES_DRAWN else short


def _base(path: str) -> str:
    return os.path.basename(os.path.abspath(path))


def _fits(value: Any, kind: Any) -> bool:
    """Say whether a value from JSON is of a field's type; a whole number serves as any number."""
    plain = tuple(each for each in (get_args(kind) or (kind,)) if isinstance(each, type))
    if isinstance(value, bool):
        return bool in plain
    return isinstance(value, plain) or (float in plain and isinstance(value, int))


class OtherOptions(Fault):
    """Options in a file are not those of this version."""


@dataclass(frozen=True)
class Configuration:
    """The options of a command that its results depend on, as text and numbers.

    How the work is done (batch size, device, threads, resuming) is not among them: it changes no
    count. Fields are called as options are.
    """

    COMMAND: ClassVar[str]

    def options(self) -> dict[str, Any]:
        """Return the options by name, in the order of the fields."""
        return asdict(self)

    @classmethod
    def read(cls, options: Any) -> Self:
        """Return what a file says; it chooses values of the fields alone, each of its type.

        Raises:
            OtherOptions: if a field is unknown, missing or of another type.
        """
        if not isinstance(options, dict):
            raise OtherOptions("no table of options")
        kinds = get_type_hints(cls)
        for name, value in options.items():
            if name not in kinds or not _fits(value, kinds[name]):
                raise OtherOptions(f"{name[:40]} is none of its options, or of another type")
        if not {each.name for each in fields(cls) if each.default is MISSING} <= set(options):
            raise OtherOptions("options are missing")
        return cls(**options)

    def shared(self) -> dict[str, Any]:
        """Return the options as results hold them, which others read: of paths the last part."""
        return {name: last_part(name, value) for name, value in self.options().items()}

    def to_json(self) -> str:
        """Return the options as results hold them."""
        return json.dumps(self.shared(), sort_keys=True)

    def command(self) -> str:
        """Return the command that makes these results again, where its folders and files lie."""
        words = ["linksim", *self.COMMAND.split()]
        for name, value in self.shared().items():
            option = "--" + name.replace("_", "-")
            if value is True:
                words.append(option)
            elif value not in (None, False, ""):
                for given in value if isinstance(value, tuple) else (value,):
                    words += [option, str(given)]
        return " ".join(map(shell_word, words))


def shell_word(text: str) -> str:
    """Return text as a shell reads it; bytes that are no UTF-8 as bash and zsh write them.

    >>> shell_word("a b"), shell_word("fotos-\\udcff")
    ("'a b'", "$'fotos-\\\\xff'")
    """
    written = os.fsencode(text).decode("utf-8", "backslashreplace")
    if written == text:
        return shlex.quote(text)
    quoted = "".join(f"\\{c}" if c in "\\'" else c for c in text)
    return "$'" + os.fsencode(quoted).decode("utf-8", "backslashreplace") + "'"


@dataclass(frozen=True)
class SweepConfiguration(Configuration):
    """The options of ``linksim sweep`` that decide figures, with their defaults."""

    COMMAND = "sweep"

    snr: str = "-5:20"
    ebno: bool = False
    codec: str = "uo_isc"
    code: str = "ldpc:rate=1/2"
    modulation: str = "8psk"
    demapper: str = "app"
    channel: str = "awgn"
    coherence: str = "1"
    csi: str = "perfect"
    engine: str = "auto"
    images: int = 200
    data: str = "scenes"
    query: str | None = None
    questions: str | None = None
    told: str = "own"
    size: str = ""
    cbr: str = ""
    preset: str = "embedded"
    models: str | None = None
    seed: int = 0
    scenes: str = SCENES[0]
    receiver: str = "hard"
    protect: str = ""
    precision: float = 0.0
    judge: str = "llava"
    machine_tasks: str = ""
    metrics: str = ""
    harq: str | None = None


@dataclass(frozen=True)
class LinkConfiguration(Configuration):
    """The options of ``linksim link``: every code with every modulation is a curve."""

    COMMAND = "link"

    snr: str = "0:12:0.5"
    ebno: bool = False
    code: tuple[str, ...] = (SweepConfiguration.code,)
    modulation: tuple[str, ...] = (SweepConfiguration.modulation,)
    demapper: str = SweepConfiguration.demapper
    channel: str = SweepConfiguration.channel
    coherence: str = SweepConfiguration.coherence
    csi: str = SweepConfiguration.csi
    engine: str = SweepConfiguration.engine
    message_bits: int = 512
    block_errors: int = 200
    max_blocks: int = 1_000_000
    harq: str | None = None
    adapt: str | None = None
    target_bler: float = 1e-5
    seed: int = 0


def parse_tasks(text: str) -> tuple[str, ...]:
    """Read machine tasks with commas between.

    Raises:
        Fault: if one is none, or twice.

    >>> parse_tasks("detection,classification")
    ('detection', 'classification')
    """
    return _named(text, MACHINE_TASKS, "--machine-tasks", "a task")


def parse_metrics(text: str) -> tuple[str, ...]:
    """Read metrics of `ASKED_METRICS` with commas between.

    Raises:
        Fault: if one is none, or twice.

    >>> parse_metrics("lpips, psnr_y")
    ('lpips', 'psnr_y')
    """
    return _named(text, ASKED_METRICS, "--metrics", "a metric")


def _named(text: str, known: Sequence[str], option: str, kind: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",")) if text else ()
    if unknown := [name for name in names if name not in known]:
        raise Fault(f"{option} {text}: {unknown[0]!r} is none of {', '.join(known)}")
    if len(set(names)) < len(names):
        raise Fault(f"{option} {text}: names {kind} twice")
    return names


def parse_snr(text: str) -> list[float]:
    """Read ``A:B``, ``A:B:STEP`` or ``A,B,C`` as SNR values in dB, without repeats.

    Values are read to a thousandth of a dB, as finely as they key the draws of the channel.

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
            values = [first + step * i for i in range(int(count) + 1)]
    except ValueError:
        raise Fault(f"--snr {text}: no range of numbers; {remedy}") from None
    if not all(-100 <= value <= 100 for value in values):
        raise Fault(f"--snr {text}: values must lie from -100 to 100 dB")
    return list(dict.fromkeys(round(value, 3) for value in values))
