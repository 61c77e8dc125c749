"""Results of sweeps as tests make them, without a sweep."""

from __future__ import annotations

from typing import Any

import numpy as np

from linksim.experiments.results import SweepResults

from .configurations import sweep_configuration

COUNTS = ("bit_errors", "block_errors", "raw_errors", "index_errors")
_COSTS = {"bits": 100, "indices": 20, "blocks": 2, "coded_bits": 200, "symbols": 67, "units": 0}


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
    configuration = sweep_configuration(images=pictures, **changes)
    attributes: dict[str, Any] = {
        "linksim_version": "0",
        "command": "linksim sweep",
        "versions": "{}",
        "configuration": configuration.to_json(),
        "engine": "native",
        "ssim": "SSIM",
        "information_bits_per_symbol": 100 / 67,
        **{f"{name}_per_picture": float(count) for name, count in _COSTS.items()},
    }
    costs = {name: np.full(pictures, count) for name, count in _COSTS.items()}
    axes = np.array([0.0, 5.0]), np.array([-2.0, 3.0])
    return SweepResults(attributes, *axes, figures, questions, shown, costs)
