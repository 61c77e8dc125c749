"""A link that stays on the device; the processor stands in for a GPU, and tells of each visit."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

from linksim.link import Link
from linksim.phy import CodeSpec, Modulation, PhySetup, PhySpec
from linksim.phy.cuda import engine
from linksim.phy.cuda.host import Host, HostArray, compiler
from linksim.source import Message, MessageFormat, Received

CARRIED = ("cpu", "numpy", "tolist", "item", "__array__", "__bool__", "__int__", "__dlpack__")
"""What takes a tensor to the host."""


class Staying(torch.Tensor):
    """A tensor that tells of each visit to the host, and must not pay any but announced ones."""

    allowed: list[int]
    """Of each visit that may still come: the most elements that it may take."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        if getattr(func, "__name__", "") in CARRIED:
            if not cls.allowed or args[0].numel() > cls.allowed.pop():
                raise AssertionError(f"{tuple(args[0].shape)} is taken to the host")
            with torch._C.DisableTorchFunctionSubclass():
                return func(args[0].as_subclass(torch.Tensor), *args[1:], **(kwargs or {}))
        return super().__torch_function__(func, types, args, kwargs or {})


class Device(Host):
    """The processor as a device whose arrays are brought back in no other way than as tensors."""

    def download(self, array: Any) -> np.ndarray:
        raise AssertionError("an array is taken to the host")


class Numbers:
    """A codec of forty numbers of 9 bits."""

    name, format = "numbers", MessageFormat(40, 9, (("first", 16), ("rest", 24)))

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        raise NotImplementedError

    def decode(self, received: Received) -> torch.Tensor:
        return received.values


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if compiler() is None:
        pytest.skip("there is no g++ to compile kernels for the processor")
    from linksim.phy.engines import _load_engine

    _load_engine.cache_clear()
    found = Device()
    monkeypatch.setattr(engine, "first_gpu", lambda: found)
    library, taken = torch.utils.dlpack, torch.utils.dlpack.from_dlpack
    made: dict[bool, type[torch.Tensor]] = {True: Staying, False: torch.Tensor}
    monkeypatch.setattr(
        library,
        "from_dlpack",
        lambda array: taken(array).as_subclass(made[isinstance(array, HostArray)]),
    )
    yield
    _load_engine.cache_clear()


SPEC = PhySpec(CodeSpec.parse("repetition:rate=2/5,crc=11"), Modulation.named("16qam"))


def numbers(seed: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 512, (3, 40)))


@pytest.mark.usefixtures("device")
@pytest.mark.parametrize("rates", [(), (("first", Fraction(1, 5)),)])
def test_of_a_delivery_counts_alone_come_to_the_host(
    rates: tuple[tuple[str, Fraction], ...],
) -> None:
    spec = PhySpec(SPEC.code, SPEC.modulation, rates=rates)
    link = Link(Numbers(), PhySetup(spec, 5, "gpu"))
    Staying.allowed = [5 * 3]  # five figures of each picture
    values = numbers(1).as_subclass(Staying)
    found = link.deliver(Message(values, 9), 2.0, [4, 2**40, 7])
    assert not Staying.allowed
    native = Link(Numbers(), PhySetup(spec, 5, "native", threads=1))
    wanted = native.deliver(Message(numbers(1), 9), 2.0, [4, 2**40, 7])
    for name in ("index_errors", "bit_errors", "block_errors", "raw_errors"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
    assert wanted.index_errors.any()
    for name in ("values", "erased", "llr"):
        theirs = getattr(found.received, name).as_subclass(torch.Tensor)
        assert torch.equal(theirs, getattr(wanted.received, name)), name


@pytest.mark.usefixtures("device")
def test_a_number_too_large_for_its_width_is_refused_with_the_counts() -> None:
    link = Link(Numbers(), PhySetup(SPEC, 5, "gpu"))
    Staying.allowed = [5 * 3]
    with pytest.raises(ValueError, match="0 to 511"):
        link.send(Message(numbers(1) + 400, 9), 2.0, range(3))
