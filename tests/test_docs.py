"""README and docs: their commands are ones, their links lead somewhere, their examples run."""

import os
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from linksim.experiments.cli.main import cli, run
from linksim.experiments.links.results import load_link_results
from linksim.experiments.results.sweeps import load_results, save_results

from .experiments.made_results import made_results

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
READ = [*PAGES, ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md"]
PACKAGES = [ROOT / "examples" / name for name in ("plugin", "parts")]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Build the examples' wheels by their own pyproject.toml, and put them on the path unpacked."""
    built, there = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("site")
    build = "from setuptools.build_meta import build_wheel; build_wheel(__import__('sys').argv[1])"
    for package in PACKAGES:
        source = tmp_path_factory.mktemp(package.name)
        for file in package.glob("*.*"):
            (source / file.name).write_bytes(file.read_bytes())
        command = [sys.executable, "-c", build, str(built)]
        subprocess.run(command, cwd=source, check=True, capture_output=True)
    for made in built.glob("*.whl"):
        with zipfile.ZipFile(made) as wheel:
            wheel.extractall(there)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(there))
        yield there


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def code_lines(text: str) -> Iterator[str]:
    """Return the lines of code blocks, indented or fenced, those that go on joined."""
    fenced, begun = False, ""
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            begun += line.strip()
            if begun.endswith("\\"):
                begun = begun[:-1]
            else:
                yield begun
                begun = ""


def commands() -> list[tuple[str, str]]:
    """Return each ``linksim …`` of a code block, and of a table, with its page."""
    found = []
    for page in PAGES:
        text = text_of(page)
        lines = [line for line in code_lines(text) if line.startswith("linksim ")]
        lines += re.findall(r"^\|.*`(linksim [^`…]+)`", text, flags=re.MULTILINE)
        found += [(page.name, line) for line in lines]
    return found


def test_there_are_commands_to_check() -> None:
    assert len(commands()) > 30
    assert {"README.md", "link.md", "plugin.md"} <= {page for page, _ in commands()}


@pytest.mark.parametrize(("page", "line"), commands())
def test_every_command_is_one(
    page: str, line: str, installed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Options exist and take these values; nothing is run."""
    monkeypatch.chdir(tmp_path)
    Path("README.md").write_text(text_of(ROOT / "README.md"), encoding="utf-8")
    Path("sweep.toml").write_text('snr = "0:10"', encoding="utf-8")
    Path("points.csv").write_text("label,i,q\n0,1,0\n1,-1,0\n", encoding="utf-8")
    name, *words = shlex.split(line, comments=True)
    command: click.Command = cli
    context: click.Context | None = None
    while isinstance(command, click.Group):
        context = command.make_context(name, words[:1], parent=context)
        name, command, words = command.resolve_command(context, words)
    command.make_context(name, words, parent=context)


@pytest.mark.parametrize(
    "line", ["linksim sweep --snrs 3", "linksim study all", "linksim frobnicate"]
)
def test_a_wrong_command_would_be_seen(
    line: str, installed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(click.UsageError):
        test_every_command_is_one("", line, installed, tmp_path, monkeypatch)


@pytest.mark.parametrize("page", READ, ids=lambda page: page.name)
def test_links_between_files_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if not re.match(r"[a-z]+:", target):
            file, _, anchor = target.partition("#")
            there = page.parent / file if file else page
            assert there.exists(), target
            assert not anchor or anchor in anchors(there), target


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", text_of(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-") for head in heads}


def test_files_that_are_named_exist() -> None:
    for page in READ:
        for name in re.findall(
            r"`((?:source|phy|link|experiments|examples)/[\w/.-]*)`", text_of(page)
        ):
            assert (ROOT / name).exists(), f"{page.name}: {name}"


def test_printed_files_are_those_that_lie_there() -> None:
    printed = re.findall(
        r"<!-- file: (\S+) -->\n```\w+\n(.*?)```\n", text_of(ROOT / "docs" / "plugin.md"), re.DOTALL
    )
    assert len(printed) == 8
    for name, text in printed:
        assert text == text_of(ROOT / name)


def examples() -> list[str]:
    """Return the Python of fenced blocks: no printed files, nor what needs more than linksim."""
    text = "\n".join(text_of(page) for page in PAGES)
    text = re.sub(r"<!-- (file|needs|script): .+? -->\n```.*?```\n", "", text, flags=re.DOTALL)
    return re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)


def test_python_examples_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    link = ["link", "--snr", "4", "--max-blocks", "50", "--message-bits", "64", "--threads", "1"]
    assert run(link) == 0
    (tmp_path / "runs" / "grid").mkdir()
    save_results({"uo_isc": made_results()}, tmp_path / "runs" / "grid" / "results.h5")
    capsys.readouterr()
    assert examples()
    for example in examples():
        exec(compile(example, "docs", "exec"), {})
    assert "ldpc:rate=1/2" in capsys.readouterr().out


def test_a_codec_from_another_package_is_swept(
    installed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["list"]) == 0
    assert "\n  thumbnail" in capsys.readouterr().out
    command = ["sweep", "--codec", "thumbnail", "--snr=-5,20", "--images", "16", "--threads", "1"]
    assert run([*command, "--device", "cpu", "--out", str(tmp_path)]) == 0
    assert "6144 bits, 4112 channel symbols per picture" in capsys.readouterr().out
    (results,) = load_results(tmp_path / "results.h5").values()
    psnr = [estimate.value for estimate in results.curve("psnr")]
    assert psnr[1] > 15 > psnr[0]
    assert run(["sweep", "--codec", "thumbnail:pixels=99", "--out", str(tmp_path / "other")]) == 2
    assert (
        "--codec thumbnail:pixels=99: give the pixels of a side, 1 to 64" in capsys.readouterr().err
    )


def test_a_codec_from_another_package_is_as_much_at_home_as_ours(
    installed: Path, tmp_path: Path
) -> None:
    """Its line in the list, its option, its table in a preset: read where a process begins."""
    preset = tmp_path / "mine.toml"
    preset.write_text('base = "embedded"\n[thumbnail]\npixels = 8\n')
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('base = "embedded"\n[thumbnail]\npixels = 65\n')
    paths = [str(installed), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}

    def said(*words: str) -> str:
        command = [sys.executable, "-m", "linksim.experiments", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    assert "thumbnail        a picture at fewer pixels, byte by byte\n" in said("list")
    assert "Of thumbnail: pixels of a side, 1 to 64" in " ".join(said("sweep", "--help").split())
    sweep = ["sweep", "--codec", "thumbnail,png", "--images", "16", "--snr", "30", "--threads", "1"]
    found = said(*sweep, "--pixels", "4", "--out", str(tmp_path / "flag"))
    assert "thumbnail:pixels=4" in found
    assert "384 bits" in found
    assert "--pixels: of --codec thumbnail only" in said("sweep", "--codec", "png", "--pixels", "4")
    found = said(*sweep, "--preset", str(preset), "--out", str(tmp_path / "table"))
    assert "1536 bits" in found
    refused = said(*sweep, "--preset", str(wrong), "--out", str(tmp_path / "none"))
    assert "[thumbnail] pixels must be a whole number from 1 to 64" in refused


def test_a_constellation_and_a_code_from_another_package_are_measured(
    installed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["list"]) == 0
    listed = capsys.readouterr().out
    assert re.search(r"\n  hamming +of linksim-parts\n", listed)
    assert re.search(r"\n  apsk16 +of linksim-parts\n", listed)
    assert re.search(r"\n  impulses +of linksim-parts\n", listed)
    command = ["link", "--code", "hamming,none", "--modulation", "apsk16,16qam", "--snr", "10"]
    assert run([*command, "--max-blocks", "4000", "--threads", "1", "--out", str(tmp_path)]) == 0
    curves = {
        (curve.about["code"], curve.about["modulation"]): curve.rate("ber")[0].value
        for curve in load_link_results(tmp_path / "results.h5").curves
    }
    assert len(curves) == 4
    for modulation in ("apsk16", "16qam"):
        assert curves["hamming", modulation] < curves["none", modulation]


def test_a_channel_from_another_package_is_measured_beside_linksims(
    installed: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["sweep", "--codec", "thumbnail:pixels=8", "--code", "none", "--modulation", "bpsk"]
    command += ["--channel", "impulses,awgn", "--snr=8", "--images", "16", "--device", "cpu"]
    assert run([*command, "--threads", "1", "--out", str(tmp_path)]) == 0
    results = load_results(tmp_path / "results.h5")
    assert list(results) == ["impulses", "awgn"]
    rates = {name: each.curve("ber")[0].value for name, each in results.items()}
    assert rates["awgn"] < 0.001 < rates["impulses"] < 0.01
    capsys.readouterr()
    refused = run([*command, "--engine", "sionna", "--out", str(tmp_path / "other")])
    assert refused == 2
    assert "--engine sionna: has linksim's own channels" in capsys.readouterr().err


def test_a_code_from_another_package_carries_a_codec(
    installed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["sweep", "--codec", "thumbnail:pixels=8", "--code", "hamming,repetition:rate=1/2"]
    command += ["--modulation", "apsk16", "--snr=0,20", "--images", "16", "--device", "cpu"]
    assert run([*command, "--threads", "1", "--out", str(tmp_path)]) == 0
    results = load_results(tmp_path / "results.h5")
    assert list(results) == ["hamming", "repetition:rate=1/2"]
    ber = [estimate.value for estimate in results["hamming"].curve("ber")]
    assert ber[0] > 0.1
    assert ber[1] == 0
    refused = run([*command, "--protect", "strong=1/3", "--out", str(tmp_path / "other")])
    assert refused == 2
    assert "the code hamming has no other rate" in capsys.readouterr().err
