"""Source coding: picture and question to message, received message to picture."""

if __name__ == "source":
    raise ImportError("import linksim.source, not source: this folder is a part of linksim")

from linksim.source.codec import (
    AnalogueCodec,
    AnyCodec,
    BudgetCodec,
    Codec,
    ObjectCodec,
    ReadingCodec,
    SizedCodec,
    SoftCodec,
    StreamCodec,
    UnknownCodec,
    codec_names,
    load_codec,
)
from linksim.source.message import (
    AnyFormat,
    AnyMessage,
    AnyReceived,
    Message,
    MessageFormat,
    Received,
    ReceivedStreams,
    ReceivedSymbols,
    ReceivedUnit,
    Streams,
    StreamsFormat,
    Symbols,
    SymbolsFormat,
    Unit,
)
from linksim.source.refused import Refused

__all__ = [
    "AnalogueCodec",
    "AnyCodec",
    "AnyFormat",
    "AnyMessage",
    "AnyReceived",
    "BudgetCodec",
    "Codec",
    "Message",
    "MessageFormat",
    "ObjectCodec",
    "ReadingCodec",
    "Received",
    "ReceivedStreams",
    "ReceivedSymbols",
    "ReceivedUnit",
    "Refused",
    "SizedCodec",
    "SoftCodec",
    "StreamCodec",
    "Streams",
    "StreamsFormat",
    "Symbols",
    "SymbolsFormat",
    "Unit",
    "UnknownCodec",
    "codec_names",
    "load_codec",
]
