from pathlib import Path

import pytest

from linksim.source.zoo.preset import load_preset, preset_names


def test_both_presets_come_with_linksim() -> None:
    assert {"embedded", "paper"} <= set(preset_names())
    for name in preset_names():
        assert load_preset(name).description


def test_a_preset_of_ones_own_is_a_file(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[3] / "source/zoo/presets/embedded.toml"
    own = tmp_path / "mine.toml"
    own.write_text(shipped.read_text().replace("codewords = 256", "codewords = 64"))
    preset = load_preset(str(own))
    assert preset.name == "mine"
    assert preset.uo_isc["codewords"] == 64
    assert preset.models == tmp_path


def test_a_preset_takes_what_it_lacks_from_its_base(tmp_path: Path) -> None:
    own, paper = tmp_path / "mine.toml", load_preset("paper")
    own.write_text('base = "paper"\n[llava]\nmodel = "folder:mine"\nprompt = "p"\n')
    preset = load_preset(str(own))
    assert preset.llava == {"model": "folder:mine", "prompt": "p"}
    assert (preset.clip, preset.uo_isc) == (paper.clip, paper.uo_isc)
    assert preset.models == tmp_path


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("= nonsense", "not a readable preset"),
        ("[clip]\nmodel = 'x'", r"lacks the table \[llava\]"),
        ("base = 'nope'", "base = 'nope': unknown preset; one of embedded, paper"),
        ("base = ['paper']", "unknown preset"),
    ],
)
def test_a_broken_preset_says_what_is_wrong(content: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(content)
    with pytest.raises(ValueError, match=problem):
        load_preset(str(path))


def test_an_unknown_preset_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="nope: unknown preset; one of embedded, paper"):
        load_preset("nope")


def test_a_byte_order_mark_changes_nothing(tmp_path: Path) -> None:
    marked = tmp_path / "marked.toml"
    marked.write_bytes(b"\xef\xbb\xbf" + b'base = "embedded"\ndescription = "mine"\n')
    assert load_preset(str(marked)).description == "mine"
    marked.write_bytes(b"base = '\xff'")
    with pytest.raises(ValueError, match=r"line 1: can't be read as UTF-8"):
        load_preset(str(marked))
