"""The link: a codec's messages over a physical layer, and back."""

if __name__ == "link":
    raise ImportError("import linksim.link, not link: this folder is a part of the linksim package")

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_MODULES = {
    "ERROR_KINDS": "injection",
    "Accounting": "delivery",
    "AnalogueLink": "analogue",
    "Arrival": "delivery",
    "Connection": "delivery",
    "Delivery": "delivery",
    "Injection": "injection",
    "Link": "link",
    "Losses": "delivery",
    "StreamLink": "stream_link",
    "TorchChannel": "torch_channel",
    "connect": "link",
    "digest_of": "received",
    "put_together": "received",
}

if not TYPE_CHECKING:  # to whom a name that is not there is a mistake

    def __getattr__(name: str) -> Any:
        """Import a name's module when it is first asked for: most of them load PyTorch."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
