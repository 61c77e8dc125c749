"""Files of a few bytes that ask for gigabytes: refused before memory is taken for them."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from linksim.experiments.cli.config_file import read_options
from linksim.experiments.cli.sweep import command
from linksim.experiments.faults import Fault
from linksim.experiments.training.schedule import load_schedule
from linksim.source import load_codec
from linksim.source.zoo.loading import load_weights
from linksim.source.zoo.preset import ModelUnavailable, load_preset
from linksim.source.zoo.tables import parse_toml

from .planted import CPU, EMBEDDED, KINDS, change, copied

MOST = 1 << 26  # bytes beyond what was there


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


@contextmanager
def little_memory() -> Iterator[None]:
    """Make sure that what is done within takes no more than `MOST` at any time."""
    Path("/proc/self/clear_refs").write_text("5")  # the highest so far is forgotten
    before = _status("VmRSS")
    yield
    taken = _status("VmHWM") - before
    assert taken < MOST, f"{taken >> 20} MB"


@pytest.fixture(scope="module", autouse=True)
def libraries_are_loaded() -> None:
    for kind in KINDS.values():
        kind.load(EMBEDDED)


BIG, CLIP = 1 << 16, "open_clip_config.json"
SIZES: list[tuple[str, str, str, Any]] = [
    ("clip", CLIP, "model_cfg.embed_dim", 1e9),
    ("clip", CLIP, "model_cfg.embed_dim", BIG),
    ("clip", CLIP, "model_cfg.vision_cfg.width", BIG),
    ("clip", CLIP, "model_cfg.vision_cfg.layers", BIG),
    ("clip", CLIP, "model_cfg.vision_cfg.layers", [BIG] * 4),
    ("clip", CLIP, "model_cfg.vision_cfg.mlp_ratio", 1e6),
    ("clip", CLIP, "model_cfg.vision_cfg", {"image_size": 2048, "patch_size": 1, "width": 128}),
    ("clip", CLIP, "model_cfg.text_cfg.context_length", 60_000),
    ("clip", CLIP, "model_cfg.text_cfg.vocab_size", (1 << 31) - 1),
    ("clip", CLIP, "model_cfg.text_cfg.layers", BIG),
    ("untrained-clip", CLIP, "model_cfg.text_cfg.layers", 10**9),
    ("untrained-clip", CLIP, "model_cfg.text_cfg.width", BIG),
    ("llava", "config.json", "text_config.num_hidden_layers", 10**9),
    ("llava", "config.json", "text_config.num_hidden_layers", BIG),
    ("llava", "config.json", "text_config.vocab_size", (1 << 31) - 1),
    ("llava", "config.json", "vision_config.image_size", 10**6),
    ("llava", "config.json", "num_labels", 10**8),
    ("detector", "config.json", "text_config.max_position_embeddings", 1 << 30),
    ("detector", "config.json", "vision_config.num_hidden_layers", BIG),
    ("detector", "config.json", "projection_dim", BIG),
    ("vae", "config.json", "block_out_channels", [8192, 16384, BIG - 8]),
    ("vae", "config.json", "layers_per_block", BIG),
    ("unet", "config.json", "layers_per_block", BIG),
    ("unet", "config.json", "sample_size", 10**5),
    ("unet", "config.json", "cross_attention_dim", 10**9),
    ("own-unet", "config.json", "transformer_layers_per_block", BIG),
    ("control", "config.json", "conditioning_embedding_out_channels", [BIG] * 3),
    ("text_encoder", "config.json", "max_position_embeddings", 1 << 30),
    ("text_encoder", "config.json", "num_hidden_layers", BIG),
    ("scheduler", "scheduler_config.json", "num_train_timesteps", 10**9),
]


@pytest.mark.parametrize(("kind", "file", "key", "value"), SIZES)
def test_a_configuration_asks_for_no_more_than_its_files_hold(
    kind: str, file: str, key: str, value: Any, tmp_path: Path
) -> None:
    preset, folder = copied(KINDS[kind], tmp_path)
    change(folder / file, (key, value))
    with little_memory(), pytest.raises(ModelUnavailable) as refused:
        KINDS[kind].load(preset)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("kind", ["clip", "llava", "detector", "tokenizer"])
def test_a_tokenizer_makes_no_long_text_of_a_short_one(kind: str, tmp_path: Path) -> None:
    preset, folder = copied(KINDS[kind], tmp_path)
    double = {"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}
    change(
        folder / "tokenizer.json",
        ("normalizer", {"type": "Sequence", "normalizers": [double] * 40}),
    )
    with little_memory(), pytest.raises(ModelUnavailable, match="far longer"):
        KINDS[kind].load(preset)


HEADERS: dict[str, bytes] = {
    "a header beyond the file": (1 << 60).to_bytes(8, "little"),
    "a long header": (1 << 24).to_bytes(8, "little") + b" " * (1 << 24),
    "a shape beyond the file": b'{"w":{"dtype":"F32","shape":[99999999999],"data_offsets":[0,4]}}',
    "tensors over each other": b"{"
    + b",".join(b'"%d":{"dtype":"U8","shape":[64],"data_offsets":[0,64]}' % i for i in range(9999))
    + b"}",
    "a deep header": b"[" * 100_000,
    "no table": b"[]",
    "a tensor that is none": b'{"w": 3}',
}


@pytest.mark.parametrize("what", HEADERS)
def test_a_header_promises_no_more_than_its_file_has(what: str, tmp_path: Path) -> None:
    content = HEADERS[what]
    if content[:1] in b"{[":
        content = len(content).to_bytes(8, "little") + content + bytes(64)
    file = tmp_path / "w.safetensors"
    file.write_bytes(content)
    with little_memory(), pytest.raises(ModelUnavailable, match=r"w\.safetensors"):
        load_weights(torch.nn.Linear(1, 1), file, EMBEDDED)


def test_settings_are_small_and_shallow(tmp_path: Path) -> None:
    preset, folder = copied(KINDS["llava"], tmp_path)
    for content in ("[" * 500_000, '{"a":' * 100_000, "[" + "[]," * 5_000_000 + "[]]", ""):
        (folder / "config.json").write_text(content)
        with little_memory(), pytest.raises(ModelUnavailable, match=r"config\.json"):
            KINDS["llava"].load(preset)


TOML = {
    "a key of many parts": "a" + ".a" * 30_000 + " = 1",
    "a table of many parts": "[" + "a." * 30_000 + "a]",
    "quoted parts": '"a"' + " . 'b'" * 9000 + " = 1",
    "many such keys": "".join(f"k{i}" + ".a" * 500 + " = 1\n" for i in range(50)),
    "parts in a list": "x = [{" + "a." * 20_000 + "a = 1}]",
    "a key after a text with quotes": 'x = """a"b""" \ny' + ".a" * 20_000 + " = 1",
    "deep lists": "x = " + "[" * 30_000,
    "deep tables": "x = " + "{a = " * 10_000,
    "open texts": '"""' * 20_000,
    "a long file": "x = 1 #" + "x" * 10_000_000,
}


@pytest.mark.parametrize("what", TOML)
def test_a_table_takes_no_more_than_settings_do(what: str, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text(TOML[what])
    readers: list[tuple[Callable[[], Any], type[Exception]]] = [
        (lambda: load_preset(str(file)), ValueError),
        (lambda: load_schedule(str(file)), ValueError),
        (lambda: read_options(file, command), Fault),
    ]
    for read, refusal in readers:
        with little_memory(), pytest.raises(refusal, match=r"x\.toml") as refused:
            read()
        assert "\n" not in str(refused.value)


def test_dots_in_texts_and_numbers_are_none_of_a_key() -> None:
    text = (
        'x = "' + "a." * 100 + '" # ' + "b." * 100 + "\ny = ['c.d', 1.5]\n" + "z = [" + "1.5, " * 50
    )
    assert parse_toml(text + "]")["y"] == ["c.d", 1.5]


@pytest.mark.parametrize(
    ("codec", "section", "sizes"),
    [
        ("uo_isc", "uo_isc", {"width": 8192, "segment_length": 8192, "codewords": 1 << 16}),
        ("uo_isc", "uo_isc", {"channels": [8192] * 4}),
        ("discover", "discover", {"channels": 8192}),
        ("discover", "discover", {"latent": 8192, "groups": [8192]}),
        ("discover", "discover", {"blocks": 64, "channels": 4096}),
    ],
)
def test_a_preset_asks_for_no_more_than_the_weights_hold(
    codec: str, section: str, sizes: dict[str, Any]
) -> None:
    load_codec(codec, EMBEDDED, CPU)
    own = replace(EMBEDDED, **{section: getattr(EMBEDDED, section) | sizes})
    with little_memory(), pytest.raises(ModelUnavailable, match="asks for"):
        load_codec(codec, own, CPU)


@pytest.mark.parametrize("kind", ["clip", "llava", "detector", "vae", "text_encoder", "scheduler"])
def test_mutated_settings_are_one_line_or_a_model(kind: str, tmp_path: Path, fuzz: int) -> None:
    preset, folder = copied(KINDS[kind], tmp_path)
    files = sorted(file for file in folder.glob("*.json"))
    rng = np.random.default_rng(sum(map(ord, kind)))
    for _ in range(3 * fuzz):
        file = files[rng.integers(len(files))]
        whole = file.read_text()
        file.write_text(_mutated(whole, rng))
        with little_memory():
            try:
                KINDS[kind].load(preset)
                said = ""
            except ModelUnavailable as refused:
                said = str(refused)
        assert "\n" not in said
        file.write_text(whole)


HOSTILE: list[Any] = [None, True, -1, 0, 1, 3, 1e9, -1e300, 10**30, "", "x", "../x", [], {}, [[]]]


def _mutated(text: str, rng: np.random.Generator) -> str:
    """Put a hostile value somewhere into JSON, or damage a byte."""
    if rng.random() < 0.2:
        content = bytearray(text.encode())
        content[rng.integers(len(content))] = rng.integers(256)
        return content.decode("utf-8", "replace")
    settings = json.loads(text)
    table = settings
    while True:
        keys = list(table) if isinstance(table, dict) else list(range(len(table)))
        key = keys[rng.integers(len(keys))]
        if not (isinstance(table[key], (dict, list)) and table[key] and rng.random() < 0.8):
            break
        table = table[key]
    table[key] = HOSTILE[rng.integers(len(HOSTILE))]
    return json.dumps(settings)


def test_mutated_presets_are_one_line_or_a_preset(tmp_path: Path, fuzz: int) -> None:
    shipped = Path(__file__).parents[3] / "source/zoo/presets/embedded.toml"
    whole, rng = shipped.read_bytes(), np.random.default_rng(3)
    file = tmp_path / "own.toml"
    for _ in range(150 * fuzz):
        content = bytearray(whole)
        for place in rng.integers(0, len(whole), rng.integers(1, 4)):
            content[place] = rng.choice(list(b'[].="\n#,{}0\xff'))
        file.write_bytes(content)
        said = ""
        with little_memory():
            try:
                load_preset(str(file))
            except ValueError as refused:
                said = str(refused)
        assert not said or said.startswith(os.fspath(file))
