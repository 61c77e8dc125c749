"""Results as a sweep leaves them, but drawn at random: for what shows results."""

from __future__ import annotations

from typing import Any

import numpy as np

from linksim.experiments.results import SweepResults

from .configurations import sweep_configuration

SNR = (0.0, 5.0, 10.0)


def made_up(seed: int = 0, codec: str = "uo_isc", **texts: str) -> SweepResults:
    """Return a sweep of 5 pictures at `SNR`; at 10 dB nothing is wrong.

    Args:
        seed: of what is received.
        texts: in place of the first picture's ``text``, ``wanted``, ``truth`` or ``name``, or of
            ``answer``, received at 0 dB.
    """
    rng, same = np.random.default_rng(seed), np.random.default_rng(99)
    worse = np.array([100, 3, 0])[:, None]
    counts = ("bit_errors", "block_errors", "raw_errors", "index_errors")
    pictures = {name: rng.integers(1, 3, (3, 5)) * worse for name in counts}
    pictures |= {name: rng.random((3, 5)) for name in ("ssim", "relevance")}
    pictures["psnr"] = 20 + rng.random((3, 5)) - np.log10(1 + worse)
    wanted = np.array([texts.get("wanted", "red"), "one", "no", "left", "sea"], dtype=object)
    answers = np.stack([np.array([texts.get("answer", "blue"), "two", "no", "left", "sea"])] * 3)
    answers = answers.astype(object)
    answers[2] = wanted
    pictures["answers"] = answers.astype(str)
    questions = {
        "text": [texts.get("text", "what colour is it?"), "how many?", "is it?", "where?", "what?"],
        "truth": [texts.get("truth", "red"), "two", "", "top", ""],
        "name": [texts.get("name", "scene 0"), "scene 1", "scene 2", "scene 3", "scene 4"],
        "family": [""] * 5,
    }
    shown = {"original": same.integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)}
    received = rng.integers(0, 256, (3, 2, 8, 8, 3), dtype=np.uint8)
    received[2] = shown["original"]
    each = {"bits": 1000, "indices": 500, "blocks": 300, "coded_bits": 2000, "symbols": 67}
    attributes: dict[str, Any] = {
        "configuration": sweep_configuration(codec=codec, snr="0:10:5", images=5).to_json(),
        "command": f"linksim sweep --codec {codec}",
        "versions": '{"numpy": "2"}',
        "linksim_version": "0.1.0",
        "ssim": "SSIM",
        "engine": "native",
        "symbols_per_picture": 67.0,
        "bits_per_picture": 1000.0,
        "information_bits_per_symbol": 1000 / 67,
    }
    return SweepResults(
        attributes,
        np.array(SNR),
        np.array(SNR) - 2,
        pictures,
        {"wanted": wanted.astype(str)} | {n: np.array(v) for n, v in questions.items()},
        shown | {"received": received},
        {name: np.full(5, count) for name, count in each.items()} | {"units": np.zeros(5, int)},
    )
