"""What the trainings of UO-ISC's phases do alike."""

from __future__ import annotations

from linksim.experiments.training.asked_batches import Batch, Batches
from linksim.experiments.training.schedule import Phase


class PhasedRecipe:
    """Draws the batches of a phase, from number `first` on.

    Attributes:
        phase: of the schedule.
        batches: of pictures and questions; their seed is the training's.
        first: number of the first sample, for a phase that goes on after another.
    """

    phase: Phase
    batches: Batches
    first: int

    def __post_init__(self) -> None:
        self.learning_rate = self.phase.learning_rate

    def draw(self, step: int) -> Batch:
        """Return the batch of a step."""
        size = self.phase.batch_size
        return self.batches.draw(self.first + step * size, size)
