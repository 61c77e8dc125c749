"""The variants of UO-ISC that a preset names: ablations, and other segment lengths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from linksim.source.codec import UnknownCodec
from linksim.source.zoo.loading import ModelUnavailable
from linksim.source.zoo.preset import Preset

NAME = "uo_isc"

_VARIANTS = "variants"


@dataclass(frozen=True)
class Variant:
    """One way to build the codec.

    Attributes:
        name: ``uo_isc``, or ``uo_isc:VARIANT``.
        text: whether the question steers what is sent.
        pretrained: whether CLIP's tower comes trained; if not, it is trained with the codec.
        weights: reference of the folder with the trained weights.
        sizes: the rest of the table.
    """

    name: str
    text: bool
    pretrained: bool
    weights: str
    sizes: dict[str, Any]


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
        weights = str(table.pop("weights"))
    except KeyError as error:
        raise ModelUnavailable(f"{preset.name}: the table [uo_isc] lacks {error}") from None
    return Variant(
        f"{NAME}:{name}" if name else NAME,
        text=bool(table.pop("text", True)),
        pretrained=bool(table.pop("pretrained", True)),
        weights=weights,
        sizes=table,
    )
