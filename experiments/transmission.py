"""One picture over the link."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from linksim.experiments.measurement import as_bytes
from linksim.experiments.metrics import score
from linksim.experiments.physical import refusals_as_faults
from linksim.experiments.plots import draw_sheet
from linksim.experiments.tables import align, cost_line
from linksim.link import Delivery, connect
from linksim.phy import PhySpec
from linksim.source import load_codec
from linksim.source.pictures import check_picture, load_picture
from linksim.source.zoo.loading import load_llava
from linksim.source.zoo.preset import Preset


def transmit(
    path: Path,
    question: str,
    snrs_db: Sequence[float],
    folder: Path,
    preset: Preset,
    *,
    codec: str,
    device: torch.device,
    spec: PhySpec,
    seed: int,
    engine: str,
    threads: int,
    receiver: str,
) -> str:
    """Send a picture at each SNR, write what arrives into ``folder``, and return a report.

    Raises:
        Fault: if the physical layer cannot carry the codec's message.
        UnknownCodec, UnreadablePicture, ModelUnavailable: with one line for the user.
    """
    width, height = check_picture(path)
    coder = load_codec(codec, preset, device)
    image = load_picture(path, coder.side)[None].to(device)
    message = coder.encode(image, [question])
    with refusals_as_faults():
        link = connect(coder, message, spec, seed, engine, threads, receiver == "soft")
        cost = link.account(message)
    folder.mkdir(parents=True, exist_ok=True)
    llava = load_llava(preset, device)
    wanted = llava.respond(image, [question])
    bits, symbols, units = (int(n[0]) for n in (cost.bits, cost.symbols, cost.units))
    counted = ["bit errors", "index errors"] if bits else []
    counted += ["packets lost", "units lost"] if units else []
    rows = [["Es/N0 dB", *counted, "PSNR dB", "relevance loss", "answer"]]
    cells = [(as_bytes(image)[0], f"original\n{wanted.answers[0]}", True)]
    for snr_db in snrs_db:
        delivery = link.deliver(message, snr_db, [0])
        scores = score(llava, image, delivery.images, [question], wanted)
        picture, answer = as_bytes(delivery.images)[0], scores.answers[0]
        Image.fromarray(picture).save(folder / f"{path.stem}-{snr_db:g}dB.png")
        cells.append((picture, f"{snr_db:g} dB\n{answer}", answer == wanted.answers[0]))
        counts = [str(int(n[0])) for n in _errors(delivery)[: len(counted)]]
        quality = [f"{scores.psnr[0]:.1f}", f"{scores.relevance[0]:.3f}"]
        rows.append([f"{snr_db:g}", *counts, *quality, answer])
    sheet = folder / f"{path.stem}-received.png"
    draw_sheet([(question, cells)], sheet)
    return "\n".join(
        [
            f"{path.name}: {width}×{height}, sent as {coder.side}×{coder.side}; "
            f"{cost_line(bits, symbols)}",
            f"{question} – answer to the original: {wanted.answers[0]}",
            align(rows),
            f"wrote {sheet}",
        ]
    )


def _errors(delivery: Delivery) -> list[np.ndarray]:
    """Return what a report counts of a delivery, where it has them."""
    lost = delivery.losses
    streams = [lost.packets, lost.units] if lost is not None else []
    return [delivery.bit_errors, delivery.index_errors, *streams]
