"""DISCOVER: of a picture, the objects that a task needs; diffusion composes the rest.

"Semantics disentanglement and composition for versatile codec toward both human-eye perception and
machine vision task". A detector finds the task's objects, their boxes part the latent of a learnt
codec into elements, each element is coded on its own, and the receiver's diffusion model paints a
whole picture from those that arrive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from linksim.source.codec import UnknownCodec
from linksim.source.discover.bitstream import Element, Header
from linksim.source.discover.coding import ElementCoder
from linksim.source.discover.elements import (
    Box,
    Found,
    area,
    cells_of,
    partition,
    received_box,
    sent_box,
    within_reach,
)
from linksim.source.discover.layout import embed_labels, layout
from linksim.source.discover.model import DiscoverModel
from linksim.source.discover.options import FULL, NAME, Options, read_options
from linksim.source.discover.receiving import Expected, Parsed, latents_of, parse
from linksim.source.discover.weights import build_model, fill, load_folder_control
from linksim.source.message import ReceivedStreams, ReceivedUnit, Streams, StreamsFormat, Unit
from linksim.source.zoo.detector import Detector, load_detector
from linksim.source.zoo.diffusion import Diffusion, controlled_by, load_diffusion
from linksim.source.zoo.loading import model_folder
from linksim.source.zoo.preset import ModelUnavailable, Preset

_HEADER, _OBJECT, _BACKGROUND = "header", "object", "background"
_UPPER, _LOWER = "upper", "lower"  # halves of a picture's objects
GREY = 0.5
"""What a receiver shows that has no header."""
_MOST_OBJECTS = 200


class DiscoverCodec:
    """The codec, with all its models frozen.

    Args:
        model: the base codec.
        diffusion, control: what composes.
        detector: finds the objects; None where the latent is not parted.
        options: what is sent, and what is made of it.
        strength, noise: share of the diffusion schedule that composes, and how much of its noise
            it begins with; see `Diffusion.paint`.
    """

    def __init__(
        self,
        model: DiscoverModel,
        diffusion: Diffusion,
        control: Any,
        detector: Detector | None,
        options: Options,
        strength: float = 1.0,
        noise: float = 1.0,
        name: str = NAME,
    ) -> None:
        self.name, self.side, self.options = name, model.config.side, options
        self._model, self._diffusion, self._control = model, diffusion, control
        self._strength, self._noise = strength, noise
        self._detector, self._coder = detector, ElementCoder(model)
        self._identity = self._coder.identity()
        self._embeddings = embed_labels(diffusion, options.labels)

    @property
    def format(self) -> StreamsFormat:
        """What units there are; see `linksim.source.codec.StreamCodec.format`."""
        objects = (_UPPER, _LOWER) if self.options.grades else (_OBJECT,)
        return StreamsFormat((_HEADER, *objects, _BACKGROUND))

    @torch.no_grad()
    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Streams:
        """Return a header and the elements; see `linksim.source.codec.StreamCodec.encode`."""
        images = images.to(self._diffusion.device)
        y = self._model.analysis(images - 0.5)
        z = self._model.hyper_analysis(y)
        found = self.find(images)
        rows = zip(y, z, found, strict=True)
        return Streams(tuple(self._units(*row) for row in rows))

    def target(self, images: torch.Tensor) -> torch.Tensor:
        """Return z_c, the diffusion model's own latents of pictures, which ẑ_c stands for."""
        return self._diffusion.latents_of(images)

    def find(self, images: torch.Tensor) -> list[list[Found]]:
        """Return the objects that are sent of each picture, the surest first."""
        if self._detector is None:
            return [[] for _ in images]
        detected = self._detector.detect(images, self.options.wanted)
        place = {label: number for number, label in enumerate(self.options.labels)}
        found = []
        for detections in detected:
            boxes = (detections.boxes / self.side).tolist()[:_MOST_OBJECTS]
            pairs = zip(detections.labels, boxes, strict=False)
            sent = [Found(place[label], self._as_sent(tuple(box))) for label, box in pairs]
            found.append(self._decodable(sent))
        return found

    def _decodable(self, found: list[Found]) -> list[Found]:
        """Return the objects that a receiver decodes, if a background comes with them."""
        grid = self._model.config.grid
        covered = [int(cells_of(one.box, grid).sum()) for one in found]
        return found[: within_reach([grid * grid, *covered], grid) - 1]

    def _as_sent(self, box: tuple[float, ...]) -> Box:
        left, top, right, bottom = box
        bits = self._model.config.edge_bits
        return received_box(sent_box((left, top, right, bottom), bits), bits)

    @torch.no_grad()
    def decode(self, received: ReceivedStreams) -> torch.Tensor:
        """Return the pictures, grey where the header is lost; of whatever bytes."""
        parsed = [self.parse(units) for units in received.units]
        shape = (len(parsed), 3, self.side, self.side)
        grey = torch.full(shape, GREY, device=self._diffusion.device)
        reconstructed = [self._reconstruct(stream) if stream else None for stream in parsed]
        some = next((latent for latent in reconstructed if latent is not None), None)
        if some is None:
            return grey
        # Composed all together, for how a picture is rounded must not depend on the others' loss.
        latents = [some if latent is None else latent for latent in reconstructed]
        pictures = self._compose(torch.stack(latents))
        lost = [number for number, latent in enumerate(reconstructed) if latent is None]
        pictures[lost] = grey[lost]
        return pictures

    @torch.no_grad()
    def latents(self, received: ReceivedStreams) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ẑ_c and the composed z_0 of streams with their headers.

        Both are float32 ``[B, channels, rows, rows]``.

        Raises:
            ValueError: if a header is lost.
        """
        parsed = [self.parse(units) for units in received.units]
        reconstructed = [self._reconstruct(stream) for stream in parsed if stream]
        if len(reconstructed) < len(parsed):
            raise ValueError("a header is lost")
        stacked = torch.stack(reconstructed)
        return stacked, self._composed(stacked)

    def parse(self, units: dict[int, ReceivedUnit]) -> Parsed | None:
        """Return what can be read of a picture's units; None without a header of this model."""
        known = len(self.options.labels)
        return parse(units, Expected(self._identity, self.options.task, known, self._model.config))

    def boxes(self, received: ReceivedStreams) -> list[list[tuple[str, Box]]]:
        """Return labels and boxes of the objects that arrived, for each picture."""
        parsed = [self.parse(units) for units in received.units]
        return [
            [(self.options.labels[e.found.label], e.found.box) for e in stream.elements if e.found]
            if stream
            else []
            for stream in parsed
        ]

    def _units(self, y: torch.Tensor, z: torch.Tensor, found: list[Found]) -> tuple[Unit, ...]:
        """Return the units of one picture."""
        side_bytes, side = self._coder.encode_side(z)
        header = Header(self._identity, self.options.task, self.side, self.side, side_bytes)
        units = [Unit(_HEADER, header.pack())]
        edge_bits = self._model.config.edge_bits
        cells = partition([one.box for one in found], self._model.config.grid)
        owners: list[Found | None] = [*found, None]
        if not self.options.background or not cells[-1].any():
            cells, owners = cells[:-1], owners[:-1]
        coded = self._coder.encode(y, side, cells)
        parts = [*self._parts_of(found), _BACKGROUND][: len(owners)]
        for part, owner, cell, (payload, _) in zip(parts, owners, cells, coded, strict=True):
            units.append(Unit(part, Element(owner, cell, payload).pack(edge_bits)))
        return tuple(units)

    def _parts_of(self, found: Sequence[Found]) -> list[str]:
        """Return the part that each object of a picture belongs to, the surest object first."""
        if not self.options.grades:
            return [_OBJECT] * len(found)
        ranked = list(range(len(found)))
        if self.options.grades == "size":
            ranked.sort(key=lambda place: area(found[place].box), reverse=True)
        upper = set(ranked[: (len(found) + 1) // 2])
        return [_UPPER if place in upper else _LOWER for place in range(len(found))]

    def _reconstruct(self, stream: Parsed) -> torch.Tensor:
        """Return ẑ_c of one picture, ``[channels, rows, rows]``."""
        config, device = self._model.config, self._diffusion.device
        latent, side = latents_of(stream, self._coder, config)
        drawn = stream.elements if self.options.layout else []
        found = [element.found for element in drawn if element.found]
        parts = (latent, side, layout(found, self._embeddings, config.rows))
        painted: torch.Tensor = self._model.synthesis(
            *(part[None].to(device, torch.float32) for part in parts)
        )
        return painted[0]

    def _compose(self, latents: torch.Tensor) -> torch.Tensor:
        return self._diffusion.images_of(self._composed(latents))

    def _composed(self, latents: torch.Tensor) -> torch.Tensor:
        """Return z_0, which is ẑ_c itself without composition."""
        if not self.options.composition:
            return latents
        control, texts = controlled_by(self._control, latents), [""] * len(latents)
        return self._diffusion.paint_latents(texts, control, latents, self._strength, self._noise)


def load(preset: Preset, device: torch.device, text: str = "") -> DiscoverCodec:
    """Load the codec with a preset's weights.

    Args:
        text: options; see `linksim.source.discover.options.read_options`.

    Raises:
        UnknownCodec: if an option is wrong.
        ModelUnavailable: if models are missing or damaged.
    """
    options = read_options(preset, text)
    folder = weights_folder(preset, options.rate)
    return assemble(preset, device, folder, options, f"{NAME}:{text}" if text else NAME)


def weights_folder(preset: Preset, rate: int) -> Path:
    """Return where the weights of one λ_R lie.

    Raises:
        UnknownCodec: if the preset has no such rate.
        ModelUnavailable: if it has no weights at all.
    """
    if "weights" not in preset.discover:
        raise ModelUnavailable(f"{preset.name}: the preset lacks weights in the table [discover]")
    folder = model_folder(preset.discover["weights"], preset) / f"rate-{rate}"
    if not folder.is_dir():
        there = sorted(found.name.removeprefix("rate-") for found in folder.parent.glob("rate-*"))
        raise UnknownCodec(f"{NAME}:rate={rate}: {preset.name} has {', '.join(there)}")
    return folder


def assemble(
    preset: Preset, device: torch.device, folder: Path, options: Options, name: str = NAME
) -> DiscoverCodec:
    """Put the codec together from the weights of one rate and the preset's other models.

    Raises:
        ModelUnavailable: if models are missing or damaged.
    """
    diffusion = load_diffusion(preset, device, NAME)
    planned = "steps_people" if options.task == FULL else "steps"
    steps = options.steps or int(preset.discover[planned])
    model = build_model(preset, diffusion, folder)
    fill(model, folder, preset)
    control = load_folder_control(folder, diffusion, preset) if options.composition else None
    detector = load_detector(preset, device) if options.disentanglement else None
    strength, noise = (float(preset.discover[key]) for key in ("strength", "noise"))
    composing = replace(diffusion, steps=steps, guidance=1.0)  # of no text there is none
    return DiscoverCodec(model, composing, control, detector, options, strength, noise, name)
