"""The link: a codec's messages over a physical layer, and back."""

if __name__ == "link":
    raise ImportError("import linksim.link, not link: this folder is a part of the linksim package")

from linksim.link.link import Delivery, Link

__all__ = ["Delivery", "Link"]
