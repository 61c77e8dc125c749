"""Codecs held to a channel bandwidth ratio, see `linksim.link.cbr`."""

from __future__ import annotations

from fractions import Fraction

from linksim.link.cbr import COLOURS, symbols_at
from linksim.phy import PhySetup
from linksim.phy.refused import Refused
from linksim.phy.segmentation import segment
from linksim.source import AnyCodec, BudgetCodec, SizedCodec, SymbolsFormat
from linksim.source.sizes import Size

_TOO_MANY = 2**62


def bits_within(setup: PhySetup, symbols: int) -> int:
    """Return the bits of the longest message that takes at most so many channel symbols.

    CRCs, padding of blocks and pilots are paid for.

    Raises:
        Refused: if not even a byte fits.
    """
    fits, too_many = 0, symbols * setup.spec.modulation.bits_per_symbol + 9
    while too_many - fits > 1:
        bits = (fits + too_many) // 2
        fits, too_many = (bits, too_many) if _symbols(setup, bits) <= symbols else (fits, bits)
    if fits < 8:
        problem = f"{symbols} symbols hold no message of this code and modulation; give more"
        raise Refused("cbr", problem)
    return fits


def _symbols(setup: PhySetup, bits: int) -> int:
    spec = setup.spec
    try:
        symbols = segment(spec.code, bits, spec.modulation.bits_per_symbol).symbols
    except Refused:  # longer than any transport block
        return _TOO_MANY
    return symbols + spec.channel.pilots(symbols)


def fitted_codec(
    codec: AnyCodec | SizedCodec, setup: PhySetup, size: Size, cbr: Fraction | None = None
) -> AnyCodec:
    """Return a codec for pictures of a size, its messages as long as a ratio allows.

    Args:
        codec: of any kind.
        setup: of the physical layer.
        size: of the pictures.
        cbr: the ratio; None for messages as long as the codec makes them.

    Raises:
        UnfitPicture: if the codec takes no such pictures.
        Refused: if its messages have a length of their own, and it is another.
    """
    if cbr is None:
        return codec.fitted(*size) if isinstance(codec, SizedCodec) else codec
    symbols = symbols_at(cbr, size)
    if isinstance(codec, BudgetCodec):
        try:
            return codec.within(*size, bits_within(setup, symbols))
        except Refused as refused:
            problem = f"of a picture of {size[1]}×{size[0]} {refused.reason}"
            raise Refused("cbr", problem, str(cbr)) from None
    fitted = codec.fitted(*size) if isinstance(codec, SizedCodec) else codec
    if not isinstance(fitted.format, SymbolsFormat):
        raise Refused("cbr", f"the length of {codec.name}'s messages is its own; leave it out")
    if fitted.format.count != symbols:
        own = Fraction(fitted.format.count, COLOURS * size[0] * size[1])
        raise Refused("cbr", f"{codec.name} sends {own} symbols per number; give that", str(cbr))
    return fitted
