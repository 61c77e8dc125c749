"""Link-level simulation of semantic communication: what a script or a notebook imports.

    import linksim

    link = linksim.link_curves(snr="0:10", code="ldpc:rate=1/2", modulation="8psk")
    sweeps = linksim.sweep(codec=["uo_isc", "jpeg2000"], snr="0:20:4", images=64)
    sent = linksim.transmit("boat.png", "what colour is the boat?", snr=3.0)
    stored = linksim.load("runs/sweep/results.h5")

``docs/python.md`` is its guide. Importing it loads nothing else: a name's module is loaded when the
name is first used. Which names there are stands in ``__init__.pyi``.
"""

if __name__ == "face":
    raise ImportError("import linksim, not face: this folder is the front of the linksim package")

from linksim._names import names_of

__all__, _load, __dir__ = names_of(__name__, __file__)


def __getattr__(name: str) -> object:
    """Load a name's module; the version is that of the installed package."""
    if name == "__version__":
        from importlib.metadata import version

        return version("semantic-linksim")
    return _load(name)
