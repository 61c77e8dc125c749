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


def test_a_preset_that_has_changed_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    for limits in ("knows little", "knows nothing"):
        file.write_text(f'base = "embedded"\nlimits = "{limits}"\n')
        assert load_preset(str(file)).limits == limits
    load_preset(str(file)).clip["model"] = "changed by who loaded it"
    assert load_preset(str(file)).clip == load_preset("embedded").clip


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


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("clip = 3", r"\[clip\] is no table"),
        ("uo_isc = [1]", r"\[uo_isc\] is no table"),
        ("[[detector]]\nmodel = 'x'", r"\[detector\] is no table"),
        ("[clip]\nmodel = 3", r"\[clip\] model must be a text"),
        ("[clip]\nmodel = ''", r"\[clip\] model must be a text"),
        ("[clip]\nmodle = 'x'", r"\[clip\] 'modle' is no key of this table; model is one"),
        ("[llava]\nmodel = 'x'", r"lacks prompt in the table \[llava\]"),
        ("[llava]\nmodel = 'x'\nprompt = 'p'\nremote_code = 'no'", "remote_code must be true or"),
        ("[llava]\nmodel = 'x'\nprompt = 'p'\nanswer_tokens = 10_000_000", "answer_tokens must be"),
        ("[detector]\nmodel = 'x'\nthreshold = nan", "threshold must be a number from 0 to 1"),
        ("[detector]\nmodel = 'x'\nthreshold = true", "threshold must be a number"),
        ("[diffusion]\nmodel = 'x'\nguidance = 1\nsteps = 10_000_000_000", "steps must be a whole"),
        ("[query_aware]\ncontrol = 'x'\ntext_bytes = 1.5\nbits = 1", "text_bytes must be a whole"),
        ("[discover]\nhalvings = -1", "halvings must be"),
        ("[discover]\ngroups = 'all'", "groups must be a list of whole numbers"),
        ("[uo_isc]\nlayers = [[1]]", "layers must be a list"),
        ("[uo_isc]\nvariants = 3", r"\[uo_isc.variants\] is no table"),
        ("[uo_isc.variants]\nmine = 3", r"\[uo_isc.variants.mine\] is no table"),
        ("[uo_isc.variants.mine]\nwidth = '8'", r"\[uo_isc.variants.mine\] width must be"),
        ("[uo_isc.variants.mine]\nvariants = {}", "'variants' is no key"),
        ("description = 3", "description must be a text"),
        ("limits = ['a']", "limits must be a text"),
        ("[detecter]\nmodel = 'x'", "'detecter' is nothing that a preset has"),
        ("trusted = true", "'trusted' is nothing that a preset has"),
    ],
)
def test_what_a_table_may_not_hold_is_named(content: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(f'base = "embedded"\n{content}\n')
    with pytest.raises(ValueError, match=problem) as refused:
        load_preset(str(path))
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)
