"""Source coding: picture and question to message, received message to picture."""

if __name__ == "source":
    raise ImportError("import linksim.source, not source: this folder is a part of linksim")

from linksim.source.codec import (
    AnalogueCodec,
    Codec,
    SoftCodec,
    UnknownCodec,
    codec_names,
    load_codec,
)
from linksim.source.message import Message, Received, ReceivedSymbols, Symbols

__all__ = [
    "AnalogueCodec",
    "Codec",
    "Message",
    "Received",
    "ReceivedSymbols",
    "SoftCodec",
    "Symbols",
    "UnknownCodec",
    "codec_names",
    "load_codec",
]
