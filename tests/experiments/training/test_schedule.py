"""The schedule of UO-ISC's training, as a file."""

from pathlib import Path

import pytest

from linksim.experiments.training.schedule import load_schedule, load_stages, scenes_before

SHIPPED = Path(__file__).parents[3] / "experiments/training/schedules/embedded.toml"


def test_relevance_joins_in_phase_one_and_a_discriminator_in_phase_two() -> None:
    beginning, first, second, *_ = load_schedule("embedded")
    assert [bool(phase.relevance) for phase in (beginning, first, second)] == [False, True, True]
    assert [bool(phase.adversarial) for phase in (beginning, first, second)] == [False, False, True]
    assert second.opponent_learning_rate > 0


def test_a_phase_goes_on_where_the_scenes_of_the_one_before_end() -> None:
    phases = load_schedule("embedded")
    sizes = [phase.steps * phase.batch_size for phase in phases]
    assert [scenes_before(phases, number) for number in range(3)] == [0, sizes[0], sum(sizes[:2])]


def test_a_schedule_of_ones_own_is_a_file(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(SHIPPED.read_text().replace("batch_size = 16", "batch_size = 3"))
    assert [phase.batch_size for phase in load_schedule(str(own))] == [3] * 5


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("vq = 0.1", "vq = -1.0", r"\[phase-0\]: vq = -1.0: out of range"),
        ("revive_every = 25", "revive_every = 0", "revive_every = 0: give a whole number"),
        ("relevance_share = 0.75", "relevance_share = 2", "relevance_share = 2: out of range"),
        ("learning_rate = 2e-3", "learning_rate = 0", "learning rates must be above 0"),
        ("l1 = 1.0", "l1 = 'much'", "l1 = 'much': give a number"),
        ("l1 = 1.0", "l2 = 1.0", "'l2' is no key of a phase"),
        ("batch_size = 16\n", "", "lacks batch_size"),
        ("[phase-2]", "[phase-7]", r"lacks the table \[phase-2\]"),
        ("l1 = 1.0", "= 1.0", "not a readable schedule"),
    ],
)
def test_a_wrong_schedule_says_where(before: str, after: str, problem: str, tmp_path: Path) -> None:
    own = tmp_path / "wrong.toml"
    own.write_text(SHIPPED.read_text().replace(before, after))
    with pytest.raises(ValueError, match=problem) as fault:
        load_schedule(str(own))
    assert "\n" not in str(fault.value)


def test_discovers_stages_are_those_of_the_paper_or_ones_own(tmp_path: Path) -> None:
    usual, paper = load_stages("discover"), load_stages("discover-paper")
    assert [stage.steps for stage in usual] == [2200, 500, 600]
    assert [stage.steps for stage in paper[1:]] == [300_000, 50_000]
    own = tmp_path / "mine.toml"
    text = SHIPPED.with_name("discover.toml").read_text()
    own.write_text(text.replace("batch_size = 16", "batch_size = 3"))
    assert [stage.batch_size for stage in load_stages(str(own))] == [3] * 3
    own.write_text(text.replace("learning_rate = 1e-3", "learning_rate = 0"))
    with pytest.raises(ValueError, match=r"\[stage-0\]: learning rates must be above 0"):
        load_stages(str(own))
    with pytest.raises(ValueError, match=r"embedded: the schedule lacks the table \[stage-0\]"):
        load_stages("embedded")


def test_an_unknown_schedule_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="slow: unknown schedule; one of discover, "):
        load_schedule("slow")
