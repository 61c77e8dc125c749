"""``linksim labels``: where labels come from, what is kept, and what is said of mistakes."""

import json
from pathlib import Path

import pytest

from linksim.experiments.cli.main import run
from linksim.source.discover.labels import read_labels

from ...source.discover.chat_server import chat_server, says, sends


def labels(*arguments: str, task: str = "detection") -> int:
    return run(["labels", "--task", task, *arguments])


def test_the_shipped_labels_are_written_to_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "detection.txt"
    assert labels("--out", str(out)) == 0
    assert capsys.readouterr().out == f"12 labels of detection are in {out}\n"
    assert len(read_labels(out).labels) == 12
    assert labels("--preset", "paper", "--out", str(tmp_path / "paper.txt")) == 0
    assert len(read_labels(tmp_path / "paper.txt").labels) >= 100


def test_a_task_is_analysed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "traffic.txt"
    monkeypatch.setenv("LINKSIM_LLM_KEY", "secret-key")
    with chat_server(says("1. Car\n2. Bus\n")) as (url, asked):
        options = [
            "--description",
            "count",
            "--llm-url",
            url,
            "--llm-model",
            "m",
            "--out",
            str(out),
        ]
        for _ in range(2):
            assert labels(*options, task="traffic") == 0
        assert len(asked) == 1
        assert asked[0]["Authorization"] == "Bearer secret-key"
        assert labels(*options[2:], task="traffic") == 2
    assert "holds other labels already" in capsys.readouterr().err
    assert out.read_text() == (
        "# task: traffic\n# description: count\n# provider: m at 127.0.0.1\ncar\nbus\n"
    )


def test_a_file_of_ones_own_is_read_in_any_form(tmp_path: Path) -> None:
    (tmp_path / "answer.txt").write_text(json.dumps({"labels": ["Car", "traffic light"]}))
    out = tmp_path / "out.txt"
    assert labels("--labels", str(tmp_path / "answer.txt"), "--out", str(out), task="mine") == 0
    assert read_labels(out).labels == ("car", "traffic light")
    assert "answer.txt" in read_labels(out).provider


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--task", "../x"], "--task ../x: give a short name"),
        (["--task", "driving"], "--task driving: no such task in embedded; one of"),
        (["--task", "a", "--description", "x" * 3000], "--description: longer than"),
        (["--task", "a", "--llm-url", "nowhere"], "--llm-url nowhere: give an address"),
        (["--task", "a", "--llm-url", "http://127.0.0.1:9"], "--llm-url: a model at 127.0.0.1"),
        (["--task", "a", "--llm-model", "m"], "--llm-model: goes with --llm-url"),
        (["--task", "a", "--llm-folder", "none"], "--llm-folder: language model none: none"),
        (["--task", "a", "--labels", "none.txt"], "--labels none.txt: can't be read"),
        (["--task", "a", "--labels", "f", "--llm-url", "http://x"], "--llm-url: give one source"),
    ],
)
def test_bad_input_is_one_line_that_names_the_option(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["labels", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("linksim: " + said), error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_hostile_endpoint_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.txt"
    with chat_server(sends(b"\x00" * 5_000_000)) as (url, _):
        assert labels("--llm-url", url, "--out", str(out)) == 2
    assert "--llm-url: a model at 127.0.0.1 answers with more than" in capsys.readouterr().err
    assert not out.exists()


def test_a_file_that_is_no_label_file_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_bytes(b"\xff\xfe")
    assert labels("--out", str(tmp_path / "thesis.txt")) == 2
    assert capsys.readouterr().err.startswith("linksim: --out ")
    assert (tmp_path / "thesis.txt").read_bytes() == b"\xff\xfe"
