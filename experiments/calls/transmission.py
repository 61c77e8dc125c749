"""One picture over a link, from Python."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, overload

import numpy as np

from linksim.experiments.calls.arguments import (
    ChannelLike,
    CodeLike,
    JudgeLike,
    Lent,
    ModulationLike,
    channel_texts,
    code_texts,
    judge_text,
    modulation_texts,
    snr_text,
)
from linksim.experiments.calls.codecs import CodecLike, at_work, codec_texts
from linksim.experiments.calls.sweeping import torch_device
from linksim.experiments.configuration import SweepConfiguration, parse_snr
from linksim.experiments.data.given import picture_in
from linksim.experiments.data.samples import checked_query
from linksim.experiments.physical import phy_spec
from linksim.experiments.report.tables import cost_line, format_psnr
from linksim.experiments.sweeps.cut_questions import check_asked
from linksim.experiments.sweeps.transmission import Arrived, Sender, judge_of
from linksim.experiments.text_out import page_text
from linksim.phy import PhySetup
from linksim.phy.options import known_name
from linksim.source import codec as source_codec
from linksim.source.codec import load_codec
from linksim.source.pictures import given_picture
from linksim.source.zoo.preset import Preset, load_preset

if TYPE_CHECKING:
    import torch

_DEFAULT = SweepConfiguration()
_SCREEN = 192  # pixels a side, in a notebook


@dataclass(frozen=True, kw_only=True, repr=False)
class Transmission(Arrived):
    """A picture as it arrived, beside what was sent.

    Attributes:
        original: what was sent, uint8 ``[H, W, 3]``, as the codec takes it.
        question: empty where there was none.
        wanted: the answer about the original.
        bits, symbols: of the message; channel symbols, pilots among them.
    """

    original: np.ndarray
    question: str
    wanted: str
    bits: int
    symbols: int

    def __repr__(self) -> str:
        said = [f"{self.snr_db:g} dB", format_psnr(self.psnr_db)]
        if self.relevance is not None:
            said += [f"relevance loss {self.relevance:.3f}", f"answer {self.answer!r}"]
        return f"<Transmission at {', '.join(said)}>"

    def _repr_html_(self) -> str:
        asked = f"{self.question} – about the original: {self.wanted}" if self.question else ""
        cost = cost_line(self.bits, self.symbols)
        pictures = "".join(map(_as_html, (self.original, self.picture)))
        texts = (html.escape(page_text(text)) for text in (asked, f"{self!r}, {cost}"[1:]))
        return f"<div>{pictures}<br>{'<br>'.join(text for text in texts if text)}</div>"


class LinkOptions(TypedDict, total=False):
    """What `transmit` takes besides; see ``linksim transmit --help``.

    Attributes:
        demapper, coherence, csi, engine: as of `linksim.link_curves`.
        protect: code rates of a message's parts, ``PART=RATE,…``.
        receiver: ``hard`` or ``soft``.
        models: folder with models of one's own, for presets that need them.
        seed: of noise and fading.
        threads: cores to use, 0 for all.
        size: ``original``, ``N`` or ``WxH``, of codecs for pictures of any size.
        cbr: channel symbols per number of the picture, like ``"1/16"``.
        trusted: run code that comes with a preset's LLaVA.
        judge: who is asked, see `linksim.sweep`.
    """

    demapper: str
    coherence: str
    csi: str
    engine: str
    protect: str
    receiver: str
    models: str | Path | None
    seed: int
    threads: int
    size: str
    cbr: str | float
    trusted: bool
    judge: JudgeLike


@overload
def transmit(
    picture: Any,
    question: str | None = None,
    *,
    snr: float = 10.0,
    codec: CodecLike = ...,
    code: CodeLike = ...,
    modulation: ModulationLike = ...,
    channel: ChannelLike = ...,
    preset: str = ...,
    device: str | torch.device | None = ...,
    **options: Unpack[LinkOptions],
) -> Transmission: ...
@overload
def transmit(
    picture: Any,
    question: str | None = None,
    *,
    snr: str | Iterable[float],
    codec: CodecLike = ...,
    code: CodeLike = ...,
    modulation: ModulationLike = ...,
    channel: ChannelLike = ...,
    preset: str = ...,
    device: str | torch.device | None = ...,
    **options: Unpack[LinkOptions],
) -> list[Transmission]: ...
def transmit(
    picture: Any,
    question: str | None = None,
    *,
    snr: str | float | Iterable[float] = 10.0,
    codec: CodecLike = _DEFAULT.codec,
    code: CodeLike = _DEFAULT.code,
    modulation: ModulationLike = _DEFAULT.modulation,
    channel: ChannelLike = _DEFAULT.channel,
    preset: str = _DEFAULT.preset,
    device: str | torch.device | None = None,
    **options: Unpack[LinkOptions],
) -> Transmission | list[Transmission]:
    """Send one picture over a link and return what arrives, as ``linksim transmit``; no file is.

    Args:
        picture: a path, a picture of Pillow's, an array or a tensor, or an item of a dataset that
            has one, see `linksim.sweep`; its middle square is sent, or what ``size`` says.
        question: what the user wants to know; codecs of objects do without.
        snr: Es/N0 in dB; several, or a text like ``"0:10:5"``, give a list.
        codec, code, modulation, channel: a text or an object each, see `linksim.sweep`.
        preset: which models: a name, or the path of a ``.toml``.
        device: of the neural networks; None for a GPU where there is one.
        options: see `LinkOptions`.

    Raises:
        TypeError, ValueError: for an argument that is none.
        Fault: if parts do not fit together.
        ModelUnavailable: if the preset's weights are missing or damaged.
        UnreadablePicture: if the picture cannot be read.
    """
    lent, run_on = Lent(), torch_device(device)
    (codec_text,), (code_text,), (modulation_text,), (channel_text,) = (
        codec_texts(codec, lent),
        code_texts(code, lent),
        modulation_texts(modulation, lent),
        channel_texts(channel, lent),
    )
    if unknown := set(options) - LinkOptions.__annotations__.keys():
        raise TypeError(f"{sorted(unknown)[0]}: transmit() takes no such argument")
    who = judge_text(options.get("judge", _DEFAULT.judge), lent)
    own = list(lent.objects.get(source_codec.GROUP, {}).values())
    models = options.get("models")
    chosen = load_preset(preset, Path(models) if models else None, options.get("trusted", False))
    question = None if question is None else checked_query(question)
    with lent.named(), at_work(own, run_on, lent):
        names = {"code": code_text, "modulation": modulation_text, "channel": channel_text}
        sender = _sender(picture, question, codec_text, chosen, run_on, names, who, options)
        found = [
            Transmission(
                **vars(sender.arrived(snr_db)),
                original=sender.original,
                question=question or "",
                wanted=sender.wanted,
                bits=sender.bits,
                symbols=sender.symbols,
            )
            for snr_db in parse_snr(snr_text(snr))
        ]
    return found[0] if isinstance(snr, (int, float)) else found


def _sender(
    picture: Any,
    question: str | None,
    codec: str,
    preset: Preset,
    device: torch.device,
    names: dict[str, str],
    judge: str,
    options: LinkOptions,
) -> Sender:
    from linksim.experiments.sweeps.framing import framing_of
    from linksim.link import connect
    from linksim.link.bandwidth import fitted_codec
    from linksim.link.cbr import parse_cbr

    texts = {name: getattr(_DEFAULT, name) for name in ("demapper", "coherence", "csi", "protect")}
    texts |= {name: str(value) for name, value in options.items() if name in texts}
    receiver = known_name(options.get("receiver", "hard"), ("hard", "soft"))
    coder = load_codec(codec, preset, device)
    check_asked(coder, question is not None)
    image = given_picture(picture_in(picture), framing_of(options.get("size", ""), coder)).to(
        device
    )
    spec = phy_spec(**names, **texts)
    seed, engine = options.get("seed", 0), options.get("engine", _DEFAULT.engine)
    setup = PhySetup(spec, seed, engine, options.get("threads", 0))
    height, width = image.shape[1:]
    cbr = options.get("cbr")
    ratio = None if cbr is None else parse_cbr(str(cbr))
    coder = fitted_codec(coder, setup, (height, width), ratio)
    link = connect(coder, setup, receiver == "soft")
    who = judge_of(judge, question, preset, device)
    return Sender(coder, image, question, link, who)


def _as_html(picture: np.ndarray) -> str:
    """Return a picture, uint8 ``[H, W, 3]``, as an element of HTML that holds it."""
    from PIL import Image

    image, buffer = Image.fromarray(picture), io.BytesIO()
    image.thumbnail((_SCREEN, _SCREEN))
    image.save(buffer, format="PNG", optimize=True)
    data = base64.b64encode(buffer.getvalue()).decode()
    look = f"width:{_SCREEN}px;image-rendering:pixelated;margin:2px"
    return f'<img src="data:image/png;base64,{data}" style="{look}">'
