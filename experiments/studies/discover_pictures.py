"""What DISCOVER's pictures look like: figures 4 and 7 of its paper, and a sheet of our own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from linksim.experiments.configuration import SCENES_DRAWN
from linksim.experiments.report.picture_sheets import Cell, draw_sheet, framed
from linksim.experiments.studies.coders import STILLS, coder_for
from linksim.experiments.studies.rate_points import held_out
from linksim.experiments.sweeps.measurement import as_bytes
from linksim.source import load_codec
from linksim.source.discover.bitstream import pack_file
from linksim.source.discover.codec import DiscoverCodec
from linksim.source.message import ReceivedStreams, ReceivedUnit, Streams
from linksim.source.zoo.preset import Preset


def draw_methods(
    preset: Preset, device: torch.device, rate: int, images: int, seed: int, out: Path
) -> Path:
    """Draw figure 7: scenes as each method shows them, stills at about the bytes of DISCOVER, full.

    Args:
        rate: λ_R of DISCOVER.
        images: rows of the sheet.
    """
    scenes = held_out(preset, SCENES_DRAWN, images, seed).images.to(device)
    columns = {
        "detection only": f"discover:transmit=detection,rate={rate}",
        "w/o composition": f"discover:transmit=detection,composition=off,rate={rate}",
        "full": f"discover:transmit=full,rate={rate}",
        "base codec alone": f"discover:composition=off,disentanglement=off,rate={rate}",
    }
    coded = {label: coder_for(point, preset, device)(scenes) for label, point in columns.items()}
    most = [len(file) for file in coded["full"][0]]
    for still in STILLS:
        coded[still.label] = _closest(
            [coder_for(point, preset, device)(scenes) for point in still.points], most
        )
    rows: list[tuple[str, list[Cell]]] = []
    for number, original in enumerate(as_bytes(scenes)):
        cells: list[Cell] = [(original, "original", None)]
        for label, (files, pictures) in coded.items():
            title = f"{label}\n{len(files[number])} bytes"
            cells.append((as_bytes(pictures[number : number + 1])[0], title, None))
        rows.append((f"scene {number}", cells))
    file = out / "figure-7.png"
    draw_sheet(rows, file)
    return file


def draw_latents(
    preset: Preset, device: torch.device, rate: int, images: int, seed: int, out: Path
) -> Path:
    """Draw figure 4: ẑ_c as it was reconstructed, z_0 as it was composed, and z_c of the original.

    Three channels of the latents stand for red, green and blue, on one scale for each scene.

    Args: as of `draw_methods`.
    """
    codec = load_codec(f"discover:transmit=detection,rate={rate}", preset, device)
    assert isinstance(codec, DiscoverCodec)
    scenes = held_out(preset, SCENES_DRAWN, images, seed).images.to(device)
    received = arrived(codec.encode(scenes, [""] * images))
    columns = dict(zip(("ẑ_c", "z_0"), codec.latents(received), strict=True))
    columns |= {"z_c": codec.target(scenes)}
    rows: list[tuple[str, list[Cell]]] = []
    for number, original in enumerate(as_bytes(scenes)):
        shown = {name: latents[number, :3] for name, latents in columns.items()}
        least, most = shown["z_c"].amin(), shown["z_c"].amax()
        cells: list[Cell] = [(original, "original", None)]
        for name, latent in shown.items():
            picture = as_bytes(((latent - least) / (most - least))[None])[0]
            cells.append((picture, name, None))
        rows.append((f"scene {number}", cells))
    file = out / "figure-4.png"
    draw_sheet(rows, file)
    return file


def arrived(streams: Streams) -> ReceivedStreams:
    """Return streams as they arrive where nothing is lost."""
    units = [
        {place: ReceivedUnit(unit.data, True) for place, unit in enumerate(row)}
        for row in streams.units
    ]
    return ReceivedStreams(tuple(units))


def draw_elements(
    preset: Preset, device: torch.device, rate: int, images: int, seed: int, out: Path
) -> Path:
    """Draw scenes as they grow, element by element, from the header alone.

    Args: as of `draw_methods`.
    """
    codec = load_codec(f"discover:transmit=full,steps=8,rate={rate}", preset, device)
    assert isinstance(codec, DiscoverCodec)
    scenes = held_out(preset, SCENES_DRAWN, images, seed).images.to(device)
    streams = codec.encode(scenes, [""] * images)
    rows: list[tuple[str, list[Cell]]] = []
    for number, units in enumerate(streams.units):
        received = {place: ReceivedUnit(unit.data, True) for place, unit in enumerate(units)}
        boxes = codec.boxes(ReceivedStreams((received,)))[0]
        cells: list[Cell] = [
            (framed(as_bytes(scenes[number : number + 1])[0], [box for _, box in boxes]), "", None)
        ]
        names = ["header", *(f"+ {label}" for label, _ in boxes)]
        names += ["+ background"] if len(units) > len(names) else []
        for count in range(1, len(units) + 1):
            some = {place: unit for place, unit in received.items() if place < count}
            picture = as_bytes(codec.decode(ReceivedStreams((some,))))[0]
            size = len(pack_file([unit.data for unit in units[:count]]))
            cells.append((picture, f"{names[count - 1]}\n{size} bytes", None))
        rows.append((f"scene {number}", cells))
    file = out / "elements.png"
    draw_sheet(rows, file)
    return file


def _closest(
    points: Sequence[tuple[list[bytes], torch.Tensor]], sizes: Sequence[int]
) -> tuple[list[bytes], torch.Tensor]:
    """Return, for each picture, the point whose file is closest in size."""
    files, pictures = [], []
    for number, size in enumerate(sizes):
        coded = [(point_files[number], shown[number]) for point_files, shown in points]
        file, picture = min(coded, key=lambda pair: abs(len(pair[0]) - size))
        files.append(file)
        pictures.append(picture)
    return files, torch.stack(pictures)
