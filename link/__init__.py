"""The link: a codec's messages over a physical layer, and back."""

if __name__ == "link":
    raise ImportError("import linksim.link, not link: this folder is a part of the linksim package")

from linksim._names import names_of

__all__, __getattr__, __dir__ = names_of(__name__, __file__)
