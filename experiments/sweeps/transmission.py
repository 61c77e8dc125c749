"""One picture over the link."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from linksim.experiments.faults import Fault
from linksim.experiments.report.tables import cost_line
from linksim.experiments.results.own_pictures import check_replaceable, save_picture
from linksim.experiments.sweeps.cut_questions import cut_questions
from linksim.experiments.sweeps.measurement import as_bytes
from linksim.experiments.sweeps.scores import Scores, psnr, score
from linksim.experiments.text_out import align, note
from linksim.link import Delivery, connect
from linksim.phy import PhySetup
from linksim.source import ObjectCodec, ReceivedStreams, load_codec
from linksim.source.pictures import check_picture, load_picture
from linksim.source.zoo.llava import Llava, Response
from linksim.source.zoo.loading import load_llava
from linksim.source.zoo.preset import Preset

if TYPE_CHECKING:
    from linksim.experiments.report.picture_sheets import Cell


def transmit(
    path: Path,
    question: str | None,
    snrs_db: Sequence[float],
    folder: Path,
    preset: Preset,
    *,
    codec: str,
    device: torch.device,
    setup: PhySetup,
    receiver: str,
) -> str:
    """Send a picture at each SNR, write what arrives into ``folder``, and return a report.

    Without a question nobody judges what arrives; of objects, their boxes are drawn.

    Raises:
        Fault: if the codec needs a question and there is none, or files would be overwritten.
        linksim.phy.Refused: if the physical layer cannot carry the codec's message.
        UnknownCodec, UnreadablePicture, ModelUnavailable: with one line for the user.
    """
    coder = load_codec(codec, preset, device)
    if question is None and not isinstance(coder, ObjectCodec):
        raise Fault('--query: say what you want to know, like --query "what colour is the car?"')
    width, height = check_picture(path)
    sheet = _arrived(folder, path, "received")
    check_replaceable([sheet, *(_arrived(folder, path, f"{x:g}dB") for x in snrs_db)], "--out")
    image = load_picture(path, coder.side)[None].to(device)
    judge = Judge(load_llava(preset, device), image, question) if question else None
    if question and (cut := cut_questions(coder, [question])):
        note(cut)
    message = coder.encode(image, [question or ""])
    link = connect(coder, setup, receiver == "soft")
    cost = link.account(message)
    folder.mkdir(parents=True, exist_ok=True)
    bits, symbols, units = (int(n[0]) for n in (cost.bits, cost.symbols, cost.units))
    counted = ["bit errors", "index errors"] if bits else []
    counted += ["packets lost", "units lost"] if units else []
    wanted = judge.wanted.answers[0] if judge else ""
    rows = [["Es/N0 dB", *counted, "PSNR dB", *(["relevance loss", "answer"] if judge else [])]]
    rows[0] += ["objects"] if isinstance(coder, ObjectCodec) else []
    cells: list[Cell] = [(as_bytes(image)[0], f"original\n{wanted}", None)]
    for snr_db in snrs_db:
        delivery = link.deliver(message, snr_db, [0])
        picture, title, right = as_bytes(delivery.images)[0], f"{snr_db:g} dB", None
        row = [f"{snr_db:g}", *(str(int(n[0])) for n in _errors(delivery)[: len(counted)])]
        row.append(_psnr(image, delivery.images.clamp(0, 1)))
        if judge:
            scores = judge.score(delivery.images)
            answer = scores.answers[0]
            row += [f"{scores.relevance[0]:.3f}", answer]
            title, right = f"{title}\n{answer}", answer == wanted
        save_picture(picture, _arrived(folder, path, f"{snr_db:g}dB"))
        if isinstance(coder, ObjectCodec) and isinstance(delivery.received, ReceivedStreams):
            (boxes,) = coder.boxes(delivery.received)
            row.append(", ".join(label for label, _ in boxes) or "none")
            from linksim.experiments.report.picture_sheets import framed

            picture = framed(picture, [box for _, box in boxes])
        rows.append(row)
        cells.append((picture, title, right))
    from linksim.experiments.report.picture_sheets import draw_sheet  # Matplotlib is slow to load

    draw_sheet([(question or "", cells)], sheet)
    said = [
        f"{path.name}: {width}×{height}, sent as {coder.side}×{coder.side}; "
        f"{cost_line(bits, symbols)}"
    ]
    said += [f"{question} – answer to the original: {wanted}"] if judge else []
    return "\n".join([*said, align(rows), f"wrote {sheet}"])


def _arrived(folder: Path, sent: Path, what: str) -> Path:
    """Return where something of what arrives is written."""
    return folder / f"{sent.stem}-{what}.png"


class Judge:
    """A LLaVA with a question about one picture, ``[1, 3, side, side]``."""

    def __init__(self, llava: Llava, image: torch.Tensor, question: str) -> None:
        self._llava, self._image, self._questions = llava, image, [question]
        self.wanted: Response = llava.respond(image, self._questions)

    def score(self, received: torch.Tensor) -> Scores:
        """Return how well a received picture answers the question as the original does."""
        return score(self._llava, self._image, received, self._questions, self.wanted)


def _psnr(image: torch.Tensor, received: torch.Tensor) -> str:
    found = float(psnr(image, received))
    return "lossless" if math.isinf(found) else f"{found:.1f}"


def _errors(delivery: Delivery) -> list[np.ndarray]:
    """Return what a report counts of a delivery, where it has them."""
    lost = delivery.losses
    streams = [lost.packets, lost.units] if lost is not None else []
    return [delivery.bit_errors, delivery.index_errors, *streams]
