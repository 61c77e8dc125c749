"""Codecs that a call is given: by name, or as objects of the caller's own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from linksim.experiments.calls.arguments import Lent, listed
from linksim.phy.options import known_name
from linksim.source import AnyCodec, codec
from linksim.source.codec import codec_names
from linksim.source.message import Draft, Message, Symbols
from linksim.source.text_files import one_line

CodecLike = str | AnyCodec
"""A codec: ``NAME`` or ``NAME:OPTIONS``, or an object with the members of `linksim.Codec`."""

_MEMBERS = ("name", "side", "format", "encode", "decode")
_TRIED = 4  # pictures by which a codec is told from others
_TRIED_DB = 10.0  # Es/N0 that its sender is told


def codec_texts(given: CodecLike | Sequence[CodecLike], lent: Lent) -> tuple[str, ...]:
    """Return codecs as configurations have them; objects are added to those that are lent.

    Raises:
        TypeError: for an object that lacks a member.
        ValueError: for an unknown name, or one that is another's.
    """
    one = isinstance(given, str) or not isinstance(given, Sequence)
    several: list[Any] = [given] if one else listed(given, ())
    return tuple(dict.fromkeys(_text(each, lent) for each in several))


def _text(given: CodecLike, lent: Lent) -> str:
    if isinstance(given, str):
        name, colon, options = given.partition(":")
        return known_name(name, codec_names()) + colon + one_line(options)
    if isinstance(given, type):
        raise TypeError(f"codec: give an object, {given.__name__}(), not the class")
    if missing := [name for name in _MEMBERS if not hasattr(given, name)]:
        raise TypeError(
            f"codec: {type(given).__name__} has no {', '.join(missing)}; a codec has "
            f"{', '.join(_MEMBERS)}"
        )
    others = [name for name in codec_names() if name not in lent.objects.get(codec.GROUP, {})]
    return lent.add(codec.GROUP, "codec", str(given.name), given, others)


@contextmanager
def at_work(codecs: Iterable[Any], device: torch.device, lent: Lent) -> Iterator[None]:
    """Let codecs be networks that are evaluated on a device; note digests of what they do.

    Modules are put back into training afterwards if they were; the number of PyTorch's threads is
    what it was, too.
    """
    modules = [one for one in codecs if isinstance(one, torch.nn.Module)]
    trained, threads = [one.training for one in modules], torch.get_num_threads()
    try:
        for module in modules:
            module.to(device).eval()
        for one in codecs:
            lent.inputs[f"codec {one.name}"] = _digest(one, device)
        yield
    finally:
        for module, was in zip(modules, trained, strict=True):
            module.train(was)
        torch.set_num_threads(threads)


@torch.no_grad()
def _digest(given: Any, device: torch.device) -> str:
    """Return a digest of a codec's weights, and of what it makes of known pictures."""
    digest = hashlib.sha256(f"{type(given).__qualname__} {given.side} {given.format}".encode())
    if isinstance(given, torch.nn.Module):
        for name, values in given.state_dict().items():
            digest.update(name.encode() + values.cpu().numpy().tobytes())
    drawn = torch.Generator().manual_seed(1)
    pictures = torch.rand((_TRIED, 3, given.side, given.side), generator=drawn).to(device)
    message = given.encode(pictures, ["what is it?"] * _TRIED)
    if isinstance(message, Draft):
        message = given.adapt(message, _TRIED_DB)
    if isinstance(message, (Message, Symbols)):
        digest.update(message.values.cpu().numpy().tobytes())
    return digest.hexdigest()[:16]
