"""Source coding: picture and question to message, received message to picture."""

if __name__ == "source":
    raise ImportError("import linksim.source, not source: this folder is a part of linksim")

from linksim.source.codec import (
    AnalogueCodec,
    AnyCodec,
    Codec,
    ObjectCodec,
    ReadingCodec,
    SoftCodec,
    StreamCodec,
    UnknownCodec,
    codec_names,
    load_codec,
)
from linksim.source.message import (
    Message,
    Received,
    ReceivedStreams,
    ReceivedSymbols,
    ReceivedUnit,
    Streams,
    Symbols,
    Unit,
)

__all__ = [
    "AnalogueCodec",
    "AnyCodec",
    "Codec",
    "Message",
    "ObjectCodec",
    "ReadingCodec",
    "Received",
    "ReceivedStreams",
    "ReceivedSymbols",
    "ReceivedUnit",
    "SoftCodec",
    "StreamCodec",
    "Streams",
    "Symbols",
    "Unit",
    "UnknownCodec",
    "codec_names",
    "load_codec",
]
