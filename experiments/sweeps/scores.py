"""How good a received picture is: to the eye, and to the user's question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from linksim.source.zoo.llava import Llava, Response, relevance_loss

_MS_SSIM_SIDE = 161  # fewer pixels a side do not leave five scales


@dataclass(frozen=True)
class Scores:
    """Metrics of B received pictures, a number for each.

    Attributes:
        psnr: dB; infinite where the received picture is the original, to the bit.
        ssim: multi-scale SSIM (Wang et al. 2003) where the picture has 161 pixels a side or more,
            SSIM (Wang et al. 2004) otherwise.
        relevance: user-intent relevance loss, 0 when the model sees the same as in the original.
        answers: what the model answers to the received picture.
    """

    psnr: np.ndarray
    ssim: np.ndarray
    relevance: np.ndarray
    answers: list[str]

    def of(self, number: int) -> Scores:
        """Return those of one picture."""
        one = slice(number, number + 1)
        return Scores(self.psnr[one], self.ssim[one], self.relevance[one], self.answers[one])

    @classmethod
    def joined(cls, scores: Sequence[Scores]) -> Scores:
        """Return those of several batches as one."""
        return cls(
            psnr=np.concatenate([one.psnr for one in scores]),
            ssim=np.concatenate([one.ssim for one in scores]),
            relevance=np.concatenate([one.relevance for one in scores]),
            answers=[answer for one in scores for answer in one.answers],
        )


def ssim_name(side: int) -> str:
    """Return which similarity `Scores.ssim` holds for pictures of this size."""
    return "MS-SSIM" if side >= _MS_SSIM_SIDE else "SSIM"


def psnr(images: torch.Tensor, received: torch.Tensor) -> torch.Tensor:
    """Return the PSNR in dB of received pictures, both ``[B, 3, H, W]`` in 0..1.

    It is infinite where they are lossless.
    """
    return -10 * (received - images).square().mean(dim=(1, 2, 3)).log10()


def ssim(images: torch.Tensor, received: torch.Tensor) -> torch.Tensor:
    """Return the similarity that `ssim_name` names, ``[B]``, of pictures in 0..1."""
    import piq  # slow to load

    similarity = piq.multi_scale_ssim if images.shape[-1] >= _MS_SSIM_SIDE else piq.ssim
    found: torch.Tensor = similarity(received, images, data_range=1.0, reduction="none")
    return found


@torch.no_grad()
def score(
    llava: Llava,
    images: torch.Tensor,
    received: torch.Tensor,
    questions: list[str],
    wanted: Response,
) -> Scores:
    """Score received pictures.

    Args:
        images, received: float32 ``[B, 3, H, W]`` in 0..1.
        questions: one for each picture.
        wanted: the model's response to ``images``.
    """
    received = received.clamp(0, 1)
    response = llava.respond(received, questions)
    return Scores(
        psnr=psnr(images, received).cpu().numpy(),
        ssim=ssim(images, received).cpu().numpy(),
        relevance=relevance_loss(wanted.states, response.states).cpu().numpy(),
        answers=response.answers,
    )
