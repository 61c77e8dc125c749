"""A card beside each weights file: how it was made and what it reached."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Card:
    """What a card says.

    Attributes:
        title: name of the model.
        description: what it is, in a sentence or two.
        command: the training command, seed included.
        data: what it was trained on.
        scores: a table.
        judged: what it was scored on.
    """

    title: str
    description: str
    command: str
    data: str
    scores: str
    judged: str = "held-out scenes (`linksim evaluate`)"

    def write(self, folder: Path) -> None:
        """Write ``CARD.md`` into the folder of the weights."""
        text = (
            f"# {self.title}\n\n{self.description}\n\n"
            f"Trained by `{self.command}` at commit {_commit()}.\n\n"
            f"Data: {self.data}\n\n"
            f"Scores on {self.judged}, 95 % intervals in brackets:\n\n"
            f"```\n{self.scores}\n```\n"
        )
        (folder / "CARD.md").write_text(text, encoding="utf-8")


def _commit() -> str:
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    here = Path(__file__).resolve().parent
    try:
        found = subprocess.run(command, cwd=here, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()
