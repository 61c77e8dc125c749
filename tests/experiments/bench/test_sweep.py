"""The bench of a sweep counts what a sweep does."""

from linksim.experiments.bench.sweep import NETWORKS, STAGES, sweep_speeds
from linksim.experiments.bench.sweep_report import sweep_report

from ..configurations import sweep_configuration


def test_stages_add_up_and_passes_are_counted() -> None:
    configuration = sweep_configuration(snr="4,20,30", images=16)
    one, two = sweep_speeds(configuration, [1, 2], rounds=1)
    assert (one.threads, two.threads) == (1, 2)
    for speed in (one, two):
        assert set(speed.stages) == set(STAGES)
        assert 0 < sum(speed.stages.values()) < 1.05 * speed.cpu_s
        assert speed.passes == {"encode": 1, "decode": 2, "judge": 3}
        assert all(speed.bare[name] > 0 for name in NETWORKS)
    text = sweep_report([one, two], 16, 3, 1.0, 0.5)
    assert "of 48 pictures sent 32 were decoded and 32 judged" in text
    assert "2 threads: " in text
