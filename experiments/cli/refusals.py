"""What models and codecs refuse, said as a fault of the option that names them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from linksim.experiments.faults import Fault


@contextmanager
def refusals_of_models(codec: str = "--codec", picture: str = "--data") -> Iterator[None]:
    """Turn what a codec, a preset's models or pictures refuse into a `Fault`.

    Args:
        codec, picture: the options that codecs and pictures are named by.
    """
    from linksim.source import UnknownCodec
    from linksim.source.pictures import UnreadablePicture
    from linksim.source.zoo.preset import ModelUnavailable

    try:
        yield
    except UnknownCodec as error:
        raise Fault(f"{codec} {error}") from None
    except ModelUnavailable as error:
        raise Fault(f"--preset {error}") from None
    except UnreadablePicture as error:
        raise Fault(f"{picture} {error}") from None
