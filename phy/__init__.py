"""The physical layer: bits in, bits and LLRs out, at an SNR.

SNR is Es/N0 in dB: average received energy per channel symbol over N0, the noise's variance per
complex dimension pair, with unit-energy constellations and E|h|² = 1. LLRs are log p(1)/p(0).
"""

if __name__ == "phy":
    raise ImportError("import linksim.phy, not phy: this folder is a part of the linksim package")

from importlib import import_module
from typing import TYPE_CHECKING, Any

from linksim.phy.channel import CHANNELS, ChannelSpec
from linksim.phy.codes import CODES, CodeSpec
from linksim.phy.engine import DEMAPPERS, ENGINES, BlockCounts
from linksim.phy.modulation import MODULATIONS, Modulation
from linksim.phy.physical_layer import PhysicalLayer, Reception
from linksim.phy.segmentation import Segmentation
from linksim.phy.snr import ebno_db_from_snr_db, n0_from_snr_db, snr_db_from_ebno_db
from linksim.phy.spec import PhySpec

if TYPE_CHECKING:
    from linksim.phy.bits import pack_bits, repack, unpack_bits

__all__ = [
    "CHANNELS",
    "CODES",
    "DEMAPPERS",
    "ENGINES",
    "MODULATIONS",
    "BlockCounts",
    "ChannelSpec",
    "CodeSpec",
    "Modulation",
    "PhySpec",
    "PhysicalLayer",
    "Reception",
    "Segmentation",
    "ebno_db_from_snr_db",
    "n0_from_snr_db",
    "pack_bits",
    "repack",
    "snr_db_from_ebno_db",
    "unpack_bits",
]

if not TYPE_CHECKING:  # to whom a name that is not there is a mistake

    def __getattr__(name: str) -> Any:
        """Import functions of bits when they are first asked for: they load Numba."""
        if name not in ("pack_bits", "repack", "unpack_bits"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"{__name__}.bits"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
