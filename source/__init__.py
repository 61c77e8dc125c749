"""Source coding: picture and question to message, received message to picture."""

if __name__ == "source":
    raise ImportError("import linksim.source, not source: this folder is a part of linksim")

from linksim.source.codec import Codec, codec_names, load_codec
from linksim.source.message import Message, Received

__all__ = ["Codec", "Message", "Received", "codec_names", "load_codec"]
