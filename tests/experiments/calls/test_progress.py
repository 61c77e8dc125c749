import io

from rich.console import Console

from linksim.experiments.calls.progress import SweepBars, TimeLeft
from linksim.experiments.results.estimates import Estimate
from linksim.experiments.sweeps.schedule import Piece


def shown(terminal: bool) -> str:
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=100)
    with SweepBars(console) as bars:
        match = Estimate(0.5, 0.375, 0.625)
        bars.advance(Piece(-5.0, {}, 1, 8, 16, 64, match))
        bars.advance(Piece(20.0, {}, 2, 8, 32, 48, match))
    return text.getvalue()


def test_every_snr_has_a_bar_with_its_estimate_so_far() -> None:
    text = shown(terminal=True)
    assert " -5.0 dB: answer match 50.0 ± 12.5 %" in text
    assert "16/64" in text
    assert " 20.0 dB: answer match 50.0 ± 12.5 %" in text
    assert "32/48" in text
    assert "2/8" in text


def test_sweeps_of_a_grid_which_are_measured_together_have_a_bar_each() -> None:
    text = io.StringIO()
    match = Estimate(0.5, 0.375, 0.625)
    with SweepBars(Console(file=text, force_terminal=True, width=100), grid=True) as bars:
        bars.advance(Piece(-5.0, {}, 1, 8, 16, 64, match, "png", (1, 3)))
        bars.advance(Piece(20.0, {}, 2, 8, 32, 48, match, "jpeg2000", (1, 5)))
        bars.advance(Piece(0.0, {}, 3, 8, 16, 48, match, "png", (2, 3)))
    _, png, jpeg2000, *_ = text.getvalue().rpartition("3/8")[2].splitlines()
    assert png.startswith("png")
    assert "2/3" in png
    assert jpeg2000.startswith("jpeg2000")
    assert "1/5" in jpeg2000


def test_without_a_terminal_nothing_is_said() -> None:
    assert shown(terminal=False) == ""


def test_the_time_left_is_judged_by_whole_batches_whose_first_snr_pays_for_the_others() -> None:
    now, match = [0.0], Estimate(0.5, 0.375, 0.625)
    left = TimeLeft(lambda: now[0])
    pieces = [(batch, snr) for batch in range(4) for snr in (-5.0, 0.0, 20.0)]
    for done, (batch, snr) in enumerate(pieces, start=1):
        now[0] += 10 if snr == -5 else 1
        left.see(Piece(snr, {}, done, 12, 16, 64, match))
        assert (left.seconds() is None) == (batch == 0)
        if (batch, snr) == (1, -5.0):
            assert left.seconds() == 24
    assert left.seconds() == 0
