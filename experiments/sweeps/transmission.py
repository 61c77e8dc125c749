"""One picture over the link."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from linksim.experiments.report.tables import cost_line
from linksim.experiments.results.own_pictures import check_replaceable, save_picture
from linksim.experiments.sweeps.cut_questions import check_asked, cut_questions
from linksim.experiments.sweeps.framing import framing_of, what_became
from linksim.experiments.sweeps.measurement import as_bytes
from linksim.experiments.sweeps.similarity import psnr
from linksim.experiments.text_out import folded, note
from linksim.link import Connection, Delivery, connect
from linksim.link.bandwidth import fitted_codec
from linksim.link.cbr import COLOURS, parse_cbr
from linksim.phy import PhySetup
from linksim.source import AnyCodec, ObjectCodec, ReceivedStreams, load_codec
from linksim.source.judge import (
    LLAVA,
    NOBODY,
    Judge,
    Response,
    SelectiveJudge,
    load_judge,
    relevance_loss,
)
from linksim.source.pictures import check_picture, load_picture
from linksim.source.zoo.preset import Preset

if TYPE_CHECKING:
    from linksim.experiments.report.picture_sheets import Cell

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Arrived:
    """A picture as it arrived at an SNR, and what the judge says of it.

    Attributes:
        snr_db: Es/N0 in dB.
        picture: uint8 ``[H, W, 3]``.
        psnr_db: infinite where it is lossless.
        bit_errors, index_errors: wrong bits and numbers of its message; 0 without bits.
        packets_lost, units_lost: of a stream; None of other messages.
        relevance: relevance loss, 0 where the judge sees what it does in the original; None without
            a question or a judge, and so are the next two.
        answer: what the judge answers.
        right: whether it answers so about the original, too.
        objects: labels and boxes (left, top, right, bottom as shares of the sides), of codecs that
            send objects; else None.
    """

    snr_db: float
    picture: np.ndarray
    psnr_db: float
    bit_errors: int
    index_errors: int
    packets_lost: int | None = None
    units_lost: int | None = None
    relevance: float | None = None
    answer: str | None = None
    right: bool | None = None
    objects: list[tuple[str, Box]] | None = None


class Sender:
    """A picture that is encoded once and sent at one SNR after the other.

    Args:
        coder: the codec.
        image: float32 ``[3, H, W]`` in 0..1, on the codec's device.
        question: None where nobody asks.
        link: of the codec.
        judge: who is asked, where there is a question; None for nobody.

    Attributes:
        original: uint8 ``[H, W, 3]``, as the codec takes it.
        wanted: the answer about it; empty without a question or a judge.
        bits, symbols, units: what it costs.

    Raises:
        Fault: if the physical layer cannot carry the codec's message.
    """

    def __init__(
        self,
        coder: AnyCodec,
        image: torch.Tensor,
        question: str | None,
        link: Connection,
        judge: Judge | None,
    ) -> None:
        self._coder, self._link, self._image = coder, link, image[None]
        self.original = as_bytes(self._image)[0]
        self._judge = Asked(judge, self._image, question) if judge and question else None
        self.wanted = self._judge.wanted.answers[0] if self._judge else ""
        with torch.no_grad():
            self._message = coder.encode(self._image, [question or ""])
        cost = link.account(self._message)
        self.bits, self.symbols, self.units = (
            int(count[0]) for count in (cost.bits, cost.symbols, cost.units)
        )

    @torch.no_grad()
    def arrived(self, snr_db: float) -> Arrived:
        """Send the picture and return what arrives."""
        delivery = self._link.deliver(self._message, snr_db, [0])
        lost = delivery.losses
        said = self._judge.says(delivery.images) if self._judge else None
        return Arrived(
            snr_db,
            as_bytes(delivery.images)[0],
            float(psnr(self._image, delivery.images.clamp(0, 1))),
            int(delivery.bit_errors[0]),
            int(delivery.index_errors[0]),
            None if lost is None else int(lost.packets[0]),
            None if lost is None else int(lost.units[0]),
            said.relevance if said else None,
            said.answer if said else None,
            said.answer == self.wanted if said else None,
            self._objects(delivery),
        )

    def _objects(self, delivery: Delivery) -> list[tuple[str, Box]] | None:
        if not isinstance(self._coder, ObjectCodec):
            return None
        if not isinstance(delivery.received, ReceivedStreams):
            return None
        (objects,) = self._coder.boxes(delivery.received)
        return objects


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
    size: str = "",
    cbr: str = "",
    judge: str = LLAVA,
) -> str:
    """Send a picture at each SNR, write what arrives into ``folder``, and return a report.

    Without a question nobody judges what arrives; of objects, their boxes are drawn.

    Args:
        size: of what is sent, see `linksim.experiments.sweeps.framing.framing_of`.
        cbr: channel symbols per number of the picture, as text; empty for what the codec takes.
        judge: who is asked, see `linksim.source.judge.load_judge`.

    Raises:
        Fault: if the codec needs a question and there is none, files would be overwritten, or the
            size is none that the codec takes.
        linksim.phy.Refused: if the physical layer cannot carry the codec's message.
        UnknownCodec, UnreadablePicture, ModelUnavailable: with one line for the user.
    """
    coder = load_codec(codec, preset, device)
    check_asked(coder, question is not None)
    framing = framing_of(size, coder)
    own = check_picture(path, framing.least)
    sheet = _file(folder, path, "received")
    check_replaceable([sheet, *(_file(folder, path, f"{x:g}dB") for x in snrs_db)], "--out")
    image = load_picture(path, framing).to(device)
    coder = fitted_codec(coder, setup, framing.of(own), parse_cbr(cbr) if cbr else None)
    who = judge_of(judge, question, preset, device)
    if question and (cut := cut_questions(coder, [question])):
        note(cut)
    link = connect(coder, setup, receiver == "soft")
    sender = Sender(coder, image, question, link, who)
    folder.mkdir(parents=True, exist_ok=True)
    arrived = [sender.arrived(snr_db) for snr_db in snrs_db]
    for alike in _alike(arrived):
        files = [_file(folder, path, f"{one.snr_db:g}dB") for one in alike]
        save_picture(alike[0].picture, *files)
    _draw(sender, arrived, question or "", sheet)
    height, width = own
    ratio = sender.symbols / (COLOURS * sender.original[..., 0].size)
    said = [
        f"{path.name}: {width}×{height}, {what_became(own, framing)}; "
        f"{cost_line(sender.bits, sender.symbols)}, CBR {ratio:.4f}"
        + (f"; the sender knows the {link.sender_knows}" if link.sender_knows else "")
    ]
    said += [f"{question} – answer to the original: {sender.wanted}"] if who else []
    return "\n".join([*said, folded(_rows(sender, arrived), keys=1), f"wrote {sheet}"])


def judge_of(name: str, question: str | None, preset: Preset, device: torch.device) -> Judge | None:
    """Return who judges, and answers the question; None without a question, or for nobody.

    Raises:
        Refused: if there is no such judge, or it does not answer this question.
        ModelUnavailable: if its weights are missing or damaged.
    """
    if question is None or name == NOBODY:
        return None
    judge = load_judge(name, preset, device)
    if isinstance(judge, SelectiveJudge):
        judge.check([question])
    return judge


def _file(folder: Path, sent: Path, what: str) -> Path:
    """Return where something of what arrives is written."""
    return folder / f"{sent.stem}-{what}.png"


def _alike(arrived: Sequence[Arrived]) -> list[list[Arrived]]:
    """Return arrivals that show the same together: a file arrives whole or not at all."""
    groups: list[list[Arrived]] = []
    for one in arrived:
        same = (group for group in groups if np.array_equal(group[0].picture, one.picture))
        found = next(same, None)
        if found is None:
            groups.append([one])
        else:
            found.append(one)
    return groups


def _rows(sender: Sender, arrived: Sequence[Arrived]) -> list[list[str]]:
    """Return the table of a report: what is known of each arrival."""
    columns = {
        "Es/N0 dB": [f"{one.snr_db:g}" for one in arrived],
        "bit errors": [str(one.bit_errors) for one in arrived] if sender.bits else [],
        "index errors": [str(one.index_errors) for one in arrived] if sender.bits else [],
        "packets lost": [str(one.packets_lost) for one in arrived] if sender.units else [],
        "units lost": [str(one.units_lost) for one in arrived] if sender.units else [],
        "PSNR dB": [_psnr(one.psnr_db) for one in arrived],
        "relevance loss": [f"{one.relevance:.3f}" for one in arrived if one.relevance is not None],
        "answer": [one.answer for one in arrived if one.answer is not None],
        "objects": [_labels(one.objects) for one in arrived if one.objects is not None],
    }
    known = {title: cells for title, cells in columns.items() if cells}
    return [list(known), *map(list, zip(*known.values(), strict=True))]


def _psnr(found: float) -> str:
    return "lossless" if math.isinf(found) else f"{found:.1f}"


def _labels(objects: Sequence[tuple[str, Box]]) -> str:
    return ", ".join(label for label, _ in objects) or "none"


def _draw(sender: Sender, arrived: Sequence[Arrived], question: str, sheet: Path) -> None:
    """Draw the original and what arrived side by side."""
    from linksim.experiments.report.picture_sheets import (  # Matplotlib is slow to load
        draw_sheet,
        framed,
    )

    cells: list[Cell] = [(sender.original, f"original\n{sender.wanted}".rstrip(), None)]
    for one in arrived:
        title = f"{one.snr_db:g} dB" if one.answer is None else f"{one.snr_db:g} dB\n{one.answer}"
        boxes = [box for _, box in one.objects or ()]
        cells.append((framed(one.picture, boxes) if boxes else one.picture, title, one.right))
    draw_sheet([(question, cells)], sheet)


@dataclass(frozen=True)
class Verdict:
    """What a judge makes of a picture as received.

    Attributes:
        answer: to the question.
        relevance: relevance loss.
    """

    answer: str
    relevance: float


class Asked:
    """A judge with a question about one picture, ``[1, 3, H, W]``.

    Attributes:
        wanted: its response to the original.
    """

    def __init__(self, judge: Judge, image: torch.Tensor, question: str) -> None:
        self._who, self._questions = judge, [question]
        self.wanted: Response = judge.respond(image, self._questions)
        self._seen: list[tuple[torch.Tensor, Verdict]] = []

    def says(self, received: torch.Tensor) -> Verdict:
        """Return what it makes of a picture as received; one that came before is not judged again.

        Over a range of SNRs a file arrives whole or not at all.
        """
        shown = received.clamp(0, 1)
        for before, verdict in self._seen:
            if torch.equal(before, shown):
                return verdict
        found = self._who.respond(shown, self._questions)
        loss = relevance_loss(self.wanted.states, found.states, self.wanted.weights)
        verdict = Verdict(found.answers[0], float(loss))
        self._seen = [*self._seen[-1:], (shown, verdict)]
        return verdict
