"""Results of sweeps as tests make them, without a sweep."""

from __future__ import annotations

from typing import Any

import numpy as np

from linksim.experiments.results.sweeps import SweepResults

from .configurations import sweep_configuration

COUNTS = ("bit_errors", "block_errors", "raw_errors", "index_errors")
SNR = (0.0, 5.0, 10.0)


def made_results(seed: int = 0, pictures: int = 5, **changes: Any) -> SweepResults:
    """Return what a sweep at 0 and 5 dB could have found.

    Questions follow from the number of pictures alone, figures from the seed. Changes are those of
    the configuration.
    """
    rng = np.random.default_rng(seed)
    shape = (2, pictures)
    wanted = np.resize(np.array(["red", "one", "no", "left", "sea"]), pictures)
    numbers = np.arange(pictures)
    answers = np.where(rng.random(shape) < np.array([[0.3], [0.9]]), wanted, "?")
    figures: dict[str, np.ndarray] = {name: rng.integers(0, 3, shape) for name in COUNTS}
    figures |= {name: rng.random(shape) for name in ("psnr", "ssim", "relevance")}
    figures["answers"] = answers
    questions = {
        "text": np.array([f"what is in {n}?" for n in numbers]),
        "name": np.array([f"scene {n}" for n in numbers]),
        "family": np.full(pictures, "colour"),
        "truth": np.resize(np.array(["red", "two", "", "top", ""]), pictures),
        "wanted": wanted,
    }
    shown = {
        "original": rng.integers(0, 256, (1, 8, 8, 3), dtype=np.uint8),
        "received": rng.integers(0, 256, (2, 1, 8, 8, 3), dtype=np.uint8),
    }
    costs = {"bits": 100, "indices": 20, "blocks": 2, "coded_bits": 200, "symbols": 67}
    return _swept((0.0, 5.0), figures, questions, shown, costs, "linksim sweep", changes)


def made_up(seed: int = 0, codec: str = "uo_isc", **texts: str) -> SweepResults:
    """Return a sweep of 5 pictures at `SNR`; at 10 dB nothing is wrong.

    Args:
        seed: of what is received.
        codec: by name.
        texts: in place of the first picture's ``text``, ``wanted``, ``truth`` or ``name``, or of
            ``answer``, received at 0 dB.
    """
    rng, same = np.random.default_rng(seed), np.random.default_rng(99)
    worse = np.array([100, 3, 0])[:, None]
    figures = {name: rng.integers(1, 3, (3, 5)) * worse for name in COUNTS}
    figures |= {name: rng.random((3, 5)) for name in ("ssim", "relevance")}
    figures["psnr"] = 20 + rng.random((3, 5)) - np.log10(1 + worse)
    wanted = [texts.get("wanted", "red"), "one", "no", "left", "sea"]
    answered = [texts.get("answer", "blue"), "two", "no", "left", "sea"]
    figures["answers"] = np.array([answered, answered, wanted])
    questions = {
        "text": [texts.get("text", "what colour is it?"), "how many?", "is it?", "where?", "what?"],
        "truth": [texts.get("truth", "red"), "two", "", "top", ""],
        "name": [texts.get("name", "scene 0"), "scene 1", "scene 2", "scene 3", "scene 4"],
        "family": [""] * 5,
        "wanted": wanted,
    }
    shown = {"original": same.integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)}
    received = rng.integers(0, 256, (3, 2, 8, 8, 3), dtype=np.uint8)
    received[2] = shown["original"]
    return _swept(
        SNR,
        figures,
        {name: np.array(values) for name, values in questions.items()},
        shown | {"received": received},
        {"bits": 1000, "indices": 500, "blocks": 300, "coded_bits": 2000, "symbols": 67},
        f"linksim sweep --codec {codec}",
        {"codec": codec, "snr": "0:10:5"},
    )


def _swept(
    snr_db: tuple[float, ...],
    figures: dict[str, np.ndarray],
    questions: dict[str, np.ndarray],
    shown: dict[str, np.ndarray],
    each: dict[str, int],
    command: str,
    changes: dict[str, Any],
) -> SweepResults:
    """Return results whose pictures all cost the same; nothing of them was sent as a stream."""
    pictures = len(questions["wanted"])
    each |= {"units": 0}
    attributes: dict[str, Any] = {
        "linksim_version": "0.1.0",
        "command": command,
        "versions": '{"numpy": "2"}',
        "configuration": sweep_configuration(**{"images": pictures, **changes}).to_json(),
        "engine": "native",
        "ssim": "SSIM",
        "information_bits_per_symbol": each["bits"] / each["symbols"],
        **{f"{name}_per_picture": float(count) for name, count in each.items()},
    }
    costs = {name: np.full(pictures, count) for name, count in each.items()}
    axes = np.array(snr_db), np.array(snr_db) - 2
    return SweepResults(attributes, *axes, figures, questions, shown, costs)
