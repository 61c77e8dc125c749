"""The physical layer: bits in, bits and LLRs out, at an SNR.

SNR is Es/N0 in dB: average received energy per channel symbol over N0, the noise's variance per
complex dimension pair, with unit-energy constellations and E|h|² = 1. LLRs are log p(1)/p(0).
"""

if __name__ == "phy":
    raise ImportError("import linksim.phy, not phy: this folder is a part of the linksim package")

from linksim.phy.bits import pack_bits, repack, unpack_bits
from linksim.phy.channel import CHANNELS, ChannelSpec
from linksim.phy.codes import CODES, CodeSpec, code_names
from linksim.phy.engine import DEMAPPERS, ENGINES, BlockCounts
from linksim.phy.modulation import MODULATIONS, Modulation, modulation_names
from linksim.phy.own_code import BlockCode
from linksim.phy.physical_layer import PhysicalLayer, Reception
from linksim.phy.segmentation import Segmentation
from linksim.phy.snr import ebno_db_from_snr_db, n0_from_snr_db, snr_db_from_ebno_db
from linksim.phy.spec import PhySpec

__all__ = [
    "CHANNELS",
    "CODES",
    "DEMAPPERS",
    "ENGINES",
    "MODULATIONS",
    "BlockCode",
    "BlockCounts",
    "ChannelSpec",
    "CodeSpec",
    "Modulation",
    "PhySpec",
    "PhysicalLayer",
    "Reception",
    "Segmentation",
    "code_names",
    "ebno_db_from_snr_db",
    "modulation_names",
    "n0_from_snr_db",
    "pack_bits",
    "repack",
    "snr_db_from_ebno_db",
    "unpack_bits",
]
