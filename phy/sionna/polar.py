"""Sionna 2's polar codes for blocks that bring their CRC.

Sionna's encoder makes a block's CRC itself, and its decoder keeps it for itself. They are given the
message bits alone, so that the block's CRC is the one that the list decoder selects by.
"""

from __future__ import annotations

from typing import Any

from linksim.phy.codes import CodeSpec
from linksim.phy.families.family import BlockSizes
from linksim.phy.families.polar import DOWNLINK, UPLINK
from linksim.phy.refused import Refused
from linksim.phy.sionna.coder import SionnaCoder

_WITHOUT_CHECKS, _CRC = 20, 11  # message bits, and of a CRC
_MOST_CODED = {UPLINK: 1088, DOWNLINK: 576}
_DECODERS = {"": "SCL", "scl": "SCL", "sc": "SC"}


class _Encoder:
    """Encodes blocks, ``[rows, information_bits]``, whose last bits are their CRC."""

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder

    def __call__(self, bits: Any) -> Any:
        return self._encoder(bits[:, : self._encoder.k_target])


class _Decoder:
    """Decides blocks with their CRC, ``[rows, information_bits]``.

    Of the received CRC Sionna tells only whether it holds. Where it does not, the CRC of what was
    decided is returned with its last bit turned over.
    """

    def __init__(self, decoder: Any, crc: Any) -> None:
        self._decoder, self._crc = decoder, crc

    def __call__(self, llr: Any) -> Any:
        message, passed = self._decoder(llr)
        block = self._crc(message)
        block[:, -1] = block[:, -1] == passed.to(block.dtype)
        return block


def coder(code: CodeSpec, sizes: BlockSizes, where: dict[str, str]) -> SionnaCoder:
    """Return encoder and decoder for blocks of one size; ``where`` is Sionna 2's device.

    Raises:
        Refused: for what Sionna's polar codes do not have; and in Sionna 1, whose decoders
            XLA does not compile in bearable time.
    """
    if not where:
        problem = "Sionna 1 is too slow at it; use native, or Sionna 2 (PyTorch)"
        raise Refused("code", problem, code.name)
    from sionna.phy.fec.polar import Polar5GDecoder, Polar5GEncoder

    message_bits = sizes.information - sizes.crc
    _refuse_what_sionna_lacks(code, message_bits, sizes)
    encoder = Polar5GEncoder(message_bits, sizes.coded, channel_type=code.direction, **where)
    decoder = Polar5GDecoder(
        encoder,
        dec_type=_DECODERS[code.decoder],
        list_size=code.list,
        return_crc_status=True,
        **where,
    )
    return SionnaCoder(_Encoder(encoder), _Decoder(decoder, encoder.enc_crc), decides=True)


def _refuse_what_sionna_lacks(code: CodeSpec, message_bits: int, sizes: BlockSizes) -> None:
    problem = ""
    if code.direction == UPLINK and message_bits < _WITHOUT_CHECKS:
        problem = f"Sionna's polar codes leave out the parity checks of {message_bits} message bits"
    elif code.direction == UPLINK and sizes.crc != _CRC:
        problem = f"Sionna's polar codes have crc={_CRC}"
    elif sizes.coded > (most := _MOST_CODED[code.direction]):
        problem = f"Sionna's polar codes have {most} coded bits at most, not {sizes.coded}"
    if problem:
        raise Refused("code", f"{problem}; use native", code)
