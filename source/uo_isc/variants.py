"""The variants of UO-ISC that a preset names: ablations, and other segment lengths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from linksim.source.codec import UnknownCodec, codec_options
from linksim.source.zoo.preset import ModelUnavailable, Preset

NAME = "uo_isc"

_VARIANTS = "variants"


@dataclass(frozen=True)
class Variant:
    """One way to build the codec.

    Attributes:
        name: ``uo_isc``, or ``uo_isc:VARIANT``.
        text: whether the question steers what is sent.
        relevance: whether it is trained to keep what LLaVA sees in answering; usual where the
            question steers.
        pretrained: whether CLIP's tower comes trained; if not, it is trained with the codec.
        weights: reference of the folder with the trained weights.
        sizes: the rest of the table.
    """

    name: str
    text: bool
    relevance: bool
    pretrained: bool
    weights: str
    sizes: dict[str, Any]


_OPTIONS = ("tokens", "need", "prior", "index-assignment")
_ASSIGNMENTS = ("natural", "optimised")
_CHOOSERS = ("head", "llava")


@dataclass(frozen=True)
class Options:
    """How a trained codec is used.

    Attributes:
        tokens: how many of a picture's tokens are sent, those that the question needs; 0 for all.
        natural: whether codewords have the indices that training left them with, not those that
            were chosen for noisy channels.
        need: who tells which tokens the question needs, ``head`` or ``llava``; empty for the head
            where there is one.
        prior: whether a soft receiver weighs indices together, if that has been learnt.
    """

    tokens: int = 0
    natural: bool = False
    need: str = ""
    prior: bool = True


def read_options(preset: Preset, text: str) -> tuple[str, Options]:
    """Read what follows ``uo_isc:``, a variant's name and options with commas between.

    Returns:
        the variant's name (empty for UO-ISC itself) and the options.

    Raises:
        UnknownCodec: if a part is neither.
        ModelUnavailable: if the variant's table is not complete.
    """
    names: list[str] = []
    given: dict[str, str] = {}
    for part in text.split(",") if text else ():
        key = part.partition("=")[0]
        if key in _OPTIONS and key not in given:
            given |= codec_options(part, _OPTIONS, NAME)
        elif names:
            raise UnknownCodec(f"{NAME}:{text}: give one variant, and each option once")
        else:
            find_variant(preset, part)
            names.append(part)
    tokens, assignment = given.get("tokens", "0"), given.get("index-assignment", "optimised")
    if not (tokens.isdecimal() and len(tokens) < 7) or ("tokens" in given and not int(tokens)):
        raise UnknownCodec(f"{NAME}:tokens={tokens}: give a number of tokens from 1")
    if assignment not in _ASSIGNMENTS:
        offer = " or ".join(_ASSIGNMENTS)
        raise UnknownCodec(f"{NAME}:index-assignment={assignment}: give {offer}")
    need = given.get("need", "")
    if need and need not in _CHOOSERS:
        raise UnknownCodec(f"{NAME}:need={need}: give {' or '.join(_CHOOSERS)}")
    if need and not int(tokens):
        raise UnknownCodec(f"{NAME}:need={need}: chooses tokens; give tokens=N with it")
    if (prior := given.get("prior", "on")) not in ("on", "off"):
        raise UnknownCodec(f"{NAME}:prior={prior}: give on or off")
    options = Options(int(tokens), assignment == "natural", need, prior == "on")
    return "".join(names), options


def variant_names(preset: Preset) -> list[str]:
    """Return what may follow ``uo_isc:``, in the preset's order."""
    return list(preset.uo_isc.get(_VARIANTS, {}))


def find_variant(preset: Preset, name: str = "") -> Variant:
    """Return a variant by what follows the colon; nothing stands for UO-ISC itself.

    Raises:
        UnknownCodec: if the preset does not name it.
        ModelUnavailable: if its table is not complete.
    """
    names = variant_names(preset)
    if name and name not in names:
        known = ", ".join([NAME, *(f"{NAME}:{other}" for other in names)])
        raise UnknownCodec(f"{NAME}:{name}: unknown; preset {preset.name} has {known}")
    table = {key: value for key, value in preset.uo_isc.items() if key != _VARIANTS}
    if name:
        table |= preset.uo_isc[_VARIANTS][name]
    try:
        weights = table.pop("weights")
    except KeyError as error:
        raise ModelUnavailable(f"{preset.name}: the table [uo_isc] lacks {error}") from None
    text = bool(table.pop("text", True))
    return Variant(
        f"{NAME}:{name}" if name else NAME,
        text=text,
        relevance=bool(table.pop("relevance", text)),
        pretrained=bool(table.pop("pretrained", True)),
        weights=weights,
        sizes=table,
    )
