"""Sweeps from several files side by side, each under a label of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from linksim.experiments.faults import Fault
from linksim.experiments.results.drawable import Drawable
from linksim.experiments.results.sweeps import SweepResults, load_results

MOST_SWEEPS = 100

Stored = tuple[Path, str, Drawable]
"""A sweep, or a curve of a link, with the file that it is from and its label there."""


def load_sweeps(files: Sequence[Path]) -> dict[str, SweepResults]:
    """Read all sweeps of some files.

    Returns:
        sweeps by label; where labels of the files are alike, what tells them apart is added.

    Raises:
        Fault: if a file cannot be read, or there are more than `MOST_SWEEPS`.
    """
    found = [
        (file, label, results)
        for file in dict.fromkeys(files)
        for label, results in load_results(file).items()
    ]
    if len(found) > MOST_SWEEPS:
        raise Fault(f"{len(found)} sweeps: at most {MOST_SWEEPS} go together; give fewer files")
    return dict(zip(labels_of(found), (results for _, _, results in found), strict=True))


def configuration_of(results: Drawable) -> dict[str, Any]:
    """Return the options of what was measured by name, those left out that say nothing."""
    options = results.configuration
    return {
        name: value
        for name, value in options.items()
        if value not in (None, "") and value is not False and (name, value) != ("precision", 0)
    }


def labels_of(found: Sequence[Stored]) -> list[str]:
    """Return labels that differ: with the options that do, and with the file where none does."""
    alike = Counter(label for _, label, _ in found)
    labels = []
    for _, label, results in found:
        rivals = [r for _, other, r in found if other == label]
        labels.append(f"{label}{_difference(results, rivals)}" if alike[label] > 1 else label)
    again = Counter(labels)
    named = [
        f"{label} ({'/'.join(file.parts[-2:])})" if again[label] > 1 else label
        for label, (file, _, _) in zip(labels, found, strict=True)
    ]
    return [
        label if named.count(label) == 1 else f"{label} {named[: i + 1].count(label)}"
        for i, label in enumerate(named)
    ]


def _difference(results: Drawable, rivals: Sequence[Drawable]) -> str:
    """Return the options in which a sweep is not as all its rivals are."""
    ours, others = configuration_of(results), [configuration_of(rival) for rival in rivals]
    return "".join(
        f", {name} {ours.get(name, '–')}"
        for name in sorted({name for other in others for name in other})
        if any(other.get(name) != ours.get(name) for other in others)
    )
