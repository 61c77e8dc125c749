"""What UO-ISC says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linksim.source.description import Description
from linksim.source.zoo.table_kinds import SIZE, SWITCH, TEXT, whole, wholes

if TYPE_CHECKING:
    from linksim.source.zoo.preset import Preset

KEYS = {
    "weights": TEXT,
    "layers": wholes(0, 1000),
    "width": SIZE,
    "segment_length": SIZE,
    "codewords": whole(2, 1 << 16),
    "channels": wholes(1, 8192),
    "pairing": TEXT,
    "text": SWITCH,
    "relevance": SWITCH,
    "pretrained": SWITCH,
}
"""What its table in a preset may hold, and each variant's."""

OPTIONAL = ("weights", "pairing", "text", "relevance", "pretrained")


def _lines(preset: Preset) -> str:
    from linksim.source.uo_isc.variants import variant_names

    variants = ", ".join(variant_names(preset))
    return f"codeword indices of what matters to the question\nuo_isc:VARIANT of {variants}"


UO_ISC = Description(_lines, keys=KEYS, optional=OPTIONAL)
