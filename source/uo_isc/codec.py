"""UO-ISC as a codec: picture and question to codeword indices, and indices to picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from linksim.source.codec import UnknownCodec
from linksim.source.message import Message, MessageFormat, Received
from linksim.source.refused import Refused
from linksim.source.uo_isc.layout import Layout
from linksim.source.uo_isc.model import PAIRINGS, Text, UoIsc, UoIscConfig
from linksim.source.uo_isc.need import NeedHead, most_needed, token_need
from linksim.source.uo_isc.prior import IndexPrior
from linksim.source.uo_isc.variants import NAME, Variant, find_variant, read_options
from linksim.source.zoo.checkpoint import check_outline
from linksim.source.zoo.clip import Clip, TextTokens
from linksim.source.zoo.llava import Llava
from linksim.source.zoo.loading import (
    explained,
    load_clip,
    load_llava,
    load_weights,
    model_folder,
    read_weights,
)
from linksim.source.zoo.preset import ModelUnavailable, Preset


class UoIscCodec:
    """The codec around its CLIP, in one of its variants.

    Attributes:
        tokens: how many tokens of a picture are sent; None for all of them.
        need: the head that tells which tokens the question needs, where it has been trained.
        judge: a LLaVA that tells it instead; None to ask the head.
        prior: by which the soft receiver weighs indices together, where it has been trained.
    """

    def __init__(self, variant: Variant, clip: Clip, model: UoIsc) -> None:
        self.name, self.variant = variant.name, variant
        self.clip, self.model = clip, model
        self.side = model.config.side
        self.tokens: int | None = None
        self.need: NeedHead | None = None
        self.judge: Llava | None = None
        self.prior: IndexPrior | None = None

    @property
    def parts(self) -> dict[str, nn.Module]:
        """All that is trained, each by the name of its weights file."""
        tower = {} if self.variant.pretrained else {"tower": self.clip.model.visual}
        later = {_NEED: self.need, _PRIOR: self.prior}
        return {"model": self.model, **tower, **{name: x for name, x in later.items() if x}}

    @property
    def layout(self) -> Layout:
        """How indices lie in a message."""
        config, every = self.model.config, self.model.config.grid**2
        return Layout(self.model.order, every, self.tokens or every, config.index_bits)

    @property
    def format(self) -> MessageFormat:
        """Codeword indices; see `linksim.source.codec.Codec.format`."""
        return self.layout.format

    def observe(
        self, images: torch.Tensor, questions: Sequence[str]
    ) -> tuple[list[torch.Tensor], Text]:
        """Return what the model reads of pictures and questions: CLIP's features of both.

        Args:
            images: float32 ``[B, 3, H, W]`` in 0..1.
            questions: one for each picture.

        Returns:
            each layer's tokens ``[B, N, image_width]``; of the texts what the codec's pairing asks
            for, None for a variant that does without.
        """
        features = self.clip.layer_features(images, self.model.config.layers)
        if not self.variant.text:
            return features, None
        tokens = self.model.config.pairing == "tokens"
        read = self.clip.text_tokens if tokens else self.clip.embed_texts
        return features, read(questions)

    def cuts(self, questions: Sequence[str]) -> list[bool]:
        """Tell of each question whether CLIP reads its beginning only."""
        return self.clip.cuts(questions) if self.variant.text else [False] * len(questions)

    @torch.no_grad()
    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        """Return ``[B, count]`` codeword indices; see `linksim.source.codec.Codec.encode`."""
        layout, (features, text) = self.layout, self.observe(images, questions)
        indices = self.model.encode(features, text)
        if self.tokens:
            need = self._need(images, questions, features[-1], text)
            places = most_needed(need, self.tokens)
        else:
            places = torch.arange(layout.tokens, device=indices.device).expand(len(indices), -1)
        return Message(layout.pack(indices, places), layout.width)

    def words(self, questions: Sequence[str], text: Text) -> TextTokens:
        """Return the questions' tokens: those that `observe` returned, if it did."""
        return text if isinstance(text, TextTokens) else self.clip.text_tokens(questions)

    def _need(
        self, images: torch.Tensor, questions: Sequence[str], deepest: torch.Tensor, text: Text
    ) -> torch.Tensor:
        if self.judge:
            return token_need(self.judge, images, questions, self.model.config.grid)
        assert self.need
        needed: torch.Tensor = self.need(deepest, self.words(questions, text))
        return needed

    def decode(self, received: Received) -> torch.Tensor:
        """Return the pictures that the received indices stand for."""
        layout, numbers = self.layout, received.values.to(self.clip.device)
        shifts = torch.arange(layout.width - 1, -1, -1, device=numbers.device)
        places = layout.places((numbers[..., None] >> shifts) & 1)
        return self.model.decode(layout.unpack(numbers), places)

    def decode_soft(self, received: Received) -> torch.Tensor:
        """Return the pictures of the codewords' posterior means; see `SegmentQuantizer.expect`."""
        layout, llr = self.layout, received.llr.to(self.clip.device)
        return self.model.decode_soft(layout.unpack(llr), layout.places(llr), self.prior)


def build(
    preset: Preset, device: torch.device, variant: str = "", folder: Path | None = None
) -> UoIscCodec:
    """Build the codec untrained, around the preset's CLIP.

    Args:
        folder: of weights that are to fill it; it must not be much larger than they are.

    Raises:
        UnknownCodec: if the preset has no such variant.
        ModelUnavailable: if CLIP is missing, or the preset's table is wrong.
    """
    chosen = find_variant(preset, variant)
    clip = load_clip(preset, device, chosen.pretrained)
    config = _config_for(preset, chosen, clip)
    if folder:
        with explained(f"{preset.name}: {folder}"):
            check_outline(lambda: UoIsc(config), folder)
    return UoIscCodec(chosen, clip, UoIsc(config).to(device))


def load(preset: Preset, device: torch.device, text: str = "") -> UoIscCodec:
    """Load the codec with a preset's weights.

    Args:
        text: of a variant, ``tokens=N`` and ``index-assignment=natural``, as many as one likes,
            with commas between; with ``need=llava`` a LLaVA chooses the tokens although a head has
            learnt to.

    Raises:
        UnknownCodec: if the preset has no such variant, or an option is wrong.
        ModelUnavailable: if weights are missing or damaged.
    """
    variant, options = read_options(preset, text)
    folder = model_folder(find_variant(preset, variant).weights, preset)
    codec = build(preset, device, variant, folder)
    fill(codec, folder, preset)
    if options.natural:
        for quantizer in codec.model.each_quantizer():
            quantizer.use_natural_indices()
    if not options.prior:
        codec.prior = None
    if options.tokens:
        every = codec.model.config.grid**2
        if options.tokens >= every:
            raise UnknownCodec(f"{NAME}:tokens={options.tokens}: give fewer than all {every}")
        codec.tokens = options.tokens
        if options.need == "llava" or codec.need is None:
            if options.need == "head":
                raise UnknownCodec(f"{NAME}:need=head: {codec.name} has none; leave it out")
            codec.judge = load_llava(preset, device)
    if text:
        codec.name = f"{NAME}:{text}"
    return codec


def fill(codec: UoIscCodec, folder: Path, preset: Preset) -> None:
    """Fill a codec with the weights in a folder, and freeze it.

    Raises:
        ModelUnavailable: if weights are missing, damaged or made for another variant.
    """
    if weights_file(folder, _NEED).is_file():
        codec.need = need_head(codec)
    if weights_file(folder, _PRIOR).is_file():
        codec.prior = index_prior(codec)
    for name, part in codec.parts.items():
        load_weights(part, weights_file(folder, name), preset)
        part.eval().requires_grad_(False)
    if not all(quantizer.is_sound() for quantizer in codec.model.each_quantizer()):
        raise ModelUnavailable(f"{preset.name}: {folder}: two codewords share an index")
    if codec.model.order.sort().values.tolist() != list(range(codec.model.config.groups)):
        raise ModelUnavailable(f"{preset.name}: {folder}: the order of indices is none")


def need_head(codec: UoIscCodec) -> NeedHead:
    """Return an untrained head that could tell a codec which tokens a question needs."""
    config = codec.model.config
    head = NeedHead(config.image_width, codec.clip.text_token_width, _NEED_WIDTH)
    return head.to(codec.clip.device)


def index_prior(codec: UoIscCodec) -> IndexPrior:
    """Return a prior of a codec's indices that has learnt nothing: it changes nothing."""
    config = codec.model.config
    segments = config.width // config.segment_length
    prior = IndexPrior(len(config.layers), segments, config.codewords, config.width, config.grid**2)
    return prior.to(codec.clip.device)


def begin_with(codec: UoIscCodec, folder: Path, preset: Preset) -> None:
    """Let a codec begin with what fits of another variant's weights; the rest stays as it is.

    Raises:
        ModelUnavailable: if weights are missing or damaged, or nothing fits.
    """
    for name, part in codec.parts.items():
        own = part.state_dict()
        given = read_weights(weights_file(folder, name), preset)
        fitting = {k: v for k, v in given.items() if k in own and own[k].shape == v.shape}
        if not fitting:
            raise ModelUnavailable(f"{preset.name}: nothing in {folder} fits {codec.name}")
        part.load_state_dict(fitting, strict=False)


def weights_file(folder: Path, part: str) -> Path:
    """Return where a part's weights lie in the codec's folder."""
    return folder / f"{part}.safetensors"


_NEED, _PRIOR = "need", "prior"  # names of weights files that may be there
_NEED_WIDTH = 96

_SIZES = ("layers", "width", "segment_length", "codewords", "channels")
"""Keys of a preset's table that are needed."""


def _config_for(preset: Preset, variant: Variant, clip: Clip) -> UoIscConfig:
    visual, sizes = clip.model.visual, variant.sizes
    patch = visual.patch_size
    if lacking := [name for name in _SIZES if name not in sizes]:
        raise _wrong(preset, variant, repr(lacking[0]))
    pairing = str(sizes.get("pairing", PAIRINGS[0]))
    text_width = clip.text_token_width if pairing == "tokens" else int(visual.output_dim)
    try:
        return UoIscConfig(
            layers=tuple(int(layer) for layer in sizes["layers"]),
            grid=clip.side // int(patch[0] if isinstance(patch, (tuple, list)) else patch),
            image_width=int(visual.conv1.out_channels),
            text_width=text_width if variant.text else None,
            width=int(sizes["width"]),
            segment_length=int(sizes["segment_length"]),
            codewords=int(sizes["codewords"]),
            channels=tuple(int(width) for width in sizes["channels"]),
            pairing=pairing,
        )
    except Refused as error:
        raise _wrong(preset, variant, error) from None


def _wrong(preset: Preset, variant: Variant, what: object) -> ModelUnavailable:
    return ModelUnavailable(
        f"{preset.name}: the table [uo_isc] of {variant.name} is wrong at {what}"
    )
