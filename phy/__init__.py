"""The physical layer: bits in, bits and LLRs out, at an SNR.

SNR is Es/N0 in dB: average received energy per channel symbol over N0, the noise's variance per
complex dimension pair, with unit-energy constellations and E|h|² = 1. LLRs are log p(1)/p(0).
"""

if __name__ == "phy":
    raise ImportError("import linksim.phy, not phy: this folder is a part of the linksim package")

from linksim._names import names_of

__all__, __getattr__, __dir__ = names_of(__name__, __file__)
