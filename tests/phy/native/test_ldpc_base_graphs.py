"""The base graphs: as the standard describes them, and number by number as Sionna has them."""

import csv
import importlib.util
from pathlib import Path

import pytest

from linksim.phy.native.ldpc_base_graphs import base_graph_edges

# TS 38.212 5.3.2: rows, columns, columns of information; and how many edges the tables have.
SIZES = {1: (46, 68, 22, 316), 2: (42, 52, 10, 197)}
SETS = range(8)


@pytest.mark.parametrize("graph", SIZES)
@pytest.mark.parametrize("set_index", SETS)
def test_a_base_graph_has_the_shape_that_the_standard_describes(graph: int, set_index: int) -> None:
    rows, columns, information, edges = SIZES[graph]
    found = base_graph_edges(graph, set_index)
    assert (len(found), sum(map(len, found))) == (rows, edges)
    assert {column for row in found for column, _ in row} == set(range(columns))
    assert all(0 <= shift < 384 for row in found for _, shift in row)
    for number, row in enumerate(found):
        assert [column for column, _ in row] == sorted({column for column, _ in row})
        if number >= 4:  # each of these checks has a parity bit that no other one has
            assert row[-1] == (information + number, 0)


def sionnas(graph: int, set_index: int) -> list[list[tuple[int, int]]]:
    """Return a base graph as Sionna's own file has it."""
    package = importlib.util.find_spec("sionna")
    if package is None or not package.submodule_search_locations:
        pytest.skip("needs Sionna")
    folder = Path(package.submodule_search_locations[0]) / "phy/fec/ldpc/codes"
    rows: list[list[tuple[int, int]]] = []
    with (folder / f"5G_bg{graph}.csv").open(newline="", encoding="utf-8") as table:
        lines = list(csv.reader(table, delimiter=";"))[2:]
    for row, column, *shifts in lines:
        if row:  # the first edge of a row carries the row's number
            rows.append([])
        rows[-1].append((int(column), int(shifts[set_index])))
    return [sorted(row) for row in rows]


@pytest.mark.parametrize("graph", SIZES)
@pytest.mark.parametrize("set_index", SETS)
def test_a_base_graph_is_sionnas(graph: int, set_index: int) -> None:
    assert [list(row) for row in base_graph_edges(graph, set_index)] == sionnas(graph, set_index)
