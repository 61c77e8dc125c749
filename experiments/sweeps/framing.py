"""What of pictures is sent: ``--size``, held against what a codec takes."""

from __future__ import annotations

from linksim.experiments.faults import Fault
from linksim.source import AnyCodec, SizedCodec
from linksim.source.pictures import Framing, parse_size
from linksim.source.sizes import Size


def framing_of(size: str, codec: AnyCodec) -> Framing:
    """Return what of pictures a codec is sent.

    Args:
        size: ``original``, ``N`` or ``WxH``; empty for pictures as they are where the codec takes
            any size, and for the middle square that it takes where it does not.
        codec: whose messages they become.

    Raises:
        Fault: if it is no size, or none that the codec takes.
    """
    if not size:
        if isinstance(codec, SizedCodec):
            return Framing(None, codec.sizes)
        return Framing.square(codec.side)
    try:
        wanted = parse_size(size)
    except ValueError as error:
        raise Fault(f"--size {size}: {error}") from None
    if isinstance(codec, SizedCodec):
        if wanted:
            codec.sizes.check(wanted)
        return Framing(wanted, codec.sizes)
    if wanted != (codec.side, codec.side):
        only = f"{codec.name} takes pictures of {codec.side}×{codec.side} alone; leave it out"
        raise Fault(f"--size {size}: {only}")
    return Framing.square(codec.side)


def what_became(picture: Size, framing: Framing) -> str:
    """Say what was cut off or scaled of a picture to be sent.

    >>> from linksim.source.sizes import Sizes
    >>> what_became((512, 768), Framing()), what_became((512, 768), Framing.square(64))
    ('sent as it is', 'sent as 64×64, its middle scaled')
    >>> what_became((70, 100), Framing(None, Sizes(multiple=16)))
    'sent as 96×64, cut off all round'
    """
    height, width = framing.of(picture)
    if (height, width) == picture:
        return "sent as it is"
    return (
        f"sent as {width}×{height}, {'its middle scaled' if framing.size else 'cut off all round'}"
    )
