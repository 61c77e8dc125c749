"""Compiled kernels: none is taken for another."""

import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from types import FunctionType

from numba.core.dispatcher import Dispatcher

import linksim.phy
from linksim.phy import bits, native


def all_kernels() -> Iterator[FunctionType]:
    """Every compiled function reachable from the modules of phy/, those that closures hold too."""
    names = [f"{native.__name__}.{m.name}" for m in pkgutil.iter_modules(native.__path__)]
    modules = [bits, *map(import_module, names)]
    waiting = [value for module in modules for value in vars(module).values()]
    seen: set[int] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, tuple):
            waiting += value
        if isinstance(value, dict):
            waiting += value.values()
        if not isinstance(value, Dispatcher) or id(value) in seen:
            continue
        seen.add(id(value))
        yield value.py_func
        waiting += [cell.cell_contents for cell in value.py_func.__closure__ or ()]


def test_kernels_of_one_factory_have_names_of_their_own() -> None:
    # On disk Numba knows a kernel by its qualified name; see `compilation.named_after`.
    for width in (3, 8):
        bits._kernel_of_words(width, 1, 1)
    by_name = defaultdict(set)
    kernels = {*all_kernels(), *(bits._kernel_of_words(w, 1, 1).py_func for w in (3, 8))}
    for function in kernels:
        by_name[function.__module__, function.__qualname__].add(function)
    assert len(kernels) > 60
    assert linksim.phy.native.ldpc_decoder._iterate_first.py_func in kernels
    assert not {name for name, functions in by_name.items() if len(functions) > 1}
