"""The link: a codec's messages over a physical layer, and back."""

if __name__ == "link":
    raise ImportError("import linksim.link, not link: this folder is a part of the linksim package")

from linksim.link.analogue import AnalogueLink
from linksim.link.delivery import Accounting, Arrival, Connection, Delivery, Losses
from linksim.link.injection import ERROR_KINDS, Injection
from linksim.link.link import Link, connect
from linksim.link.received import digest_of, put_together
from linksim.link.stream_link import StreamLink
from linksim.link.torch_channel import TorchChannel

__all__ = [
    "ERROR_KINDS",
    "Accounting",
    "AnalogueLink",
    "Arrival",
    "Connection",
    "Delivery",
    "Injection",
    "Link",
    "Losses",
    "StreamLink",
    "TorchChannel",
    "connect",
    "digest_of",
    "put_together",
]
