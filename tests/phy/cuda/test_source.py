"""What a kernel's source depends on, and what it does not."""

import pytest

from linksim.phy.cuda import source
from linksim.phy.cuda.plan import common_source
from linksim.phy.cuda.tensor_kernels import tensor_source


@pytest.mark.parametrize(
    ("changed", "compiled_anew"),
    [("channel.cuh", [True, False]), ("packing.cuh", [False, True]), ("host.h", [True, True])],
)
def test_a_change_compiles_anew_what_includes_it_alone(
    monkeypatch: pytest.MonkeyPatch, changed: str, compiled_anew: list[bool]
) -> None:
    sources = common_source(), tensor_source()
    before = [each.digest for each in sources]
    text_of = source._text_of
    added = {changed: "// more"}
    monkeypatch.setattr(source, "_text_of", lambda name: text_of(name) + added.get(name, ""))
    assert [each.digest != old for each, old in zip(sources, before, strict=True)] == compiled_anew
