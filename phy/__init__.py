"""The physical layer: bits in, bits and LLRs out, at an SNR.

SNR is Es/N0 in dB: average received energy per channel symbol over N0, the noise's variance per
complex dimension pair, with unit-energy constellations and E|h|² = 1. LLRs are log p(1)/p(0).
"""

if __name__ == "phy":
    raise ImportError("import linksim.phy, not phy: this folder is a part of the linksim package")

from importlib import import_module
from typing import TYPE_CHECKING, Any

from linksim.phy.channel import CHANNELS, ChannelSpec
from linksim.phy.codes import CODES, CodeSpec, code_names
from linksim.phy.engine import DEMAPPERS, ENGINES, BlockCounts
from linksim.phy.modulation import MODULATIONS, Modulation, modulation_names
from linksim.phy.own_code import BlockCode
from linksim.phy.physical_layer import PhySetup, PhysicalLayer, Reception
from linksim.phy.rate_matching import sent_order
from linksim.phy.refused import Refused
from linksim.phy.segmentation import Segmentation, segment
from linksim.phy.snr import ebno_db_from_snr_db, n0_from_snr_db, snr_db_from_ebno_db
from linksim.phy.spec import PhySpec

if TYPE_CHECKING:
    from linksim.phy.bits import pack_bits, repack, unpack_bits
    from linksim.phy.blocks import blocks_pass, from_blocks, to_blocks
    from linksim.phy.stages import Channel, ChannelOutput, Decoder, Demapper, Encoder, Mapper

_LATER = {
    **dict.fromkeys(("pack_bits", "repack", "unpack_bits"), "bits"),
    **dict.fromkeys(("blocks_pass", "from_blocks", "to_blocks"), "blocks"),
    **dict.fromkeys(
        ("Channel", "ChannelOutput", "Decoder", "Demapper", "Encoder", "Mapper"), "stages"
    ),
}
"""Where the names lie that load Numba."""

__all__ = [
    "CHANNELS",
    "CODES",
    "DEMAPPERS",
    "ENGINES",
    "MODULATIONS",
    "BlockCode",
    "BlockCounts",
    "Channel",
    "ChannelOutput",
    "ChannelSpec",
    "CodeSpec",
    "Decoder",
    "Demapper",
    "Encoder",
    "Mapper",
    "Modulation",
    "PhySetup",
    "PhySpec",
    "PhysicalLayer",
    "Reception",
    "Refused",
    "Segmentation",
    "blocks_pass",
    "code_names",
    "ebno_db_from_snr_db",
    "from_blocks",
    "modulation_names",
    "n0_from_snr_db",
    "pack_bits",
    "repack",
    "segment",
    "sent_order",
    "snr_db_from_ebno_db",
    "to_blocks",
    "unpack_bits",
]

if not TYPE_CHECKING:  # to whom a name that is not there is a mistake

    def __getattr__(name: str) -> Any:
        """Import what works on arrays when it is first asked for."""
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
