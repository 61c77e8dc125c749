"""Kernels under ThreadSanitizer: a thread of the system's for each of CUDA's.

Taking a barrier away must be noticed: else silence would prove nothing.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from linksim.phy import CodeSpec, Modulation
from linksim.phy.cuda.host import compile_host, compiler, host_text
from linksim.phy.cuda.layout import narrow_layout, wide_layout
from linksim.phy.cuda.plan import ldpc_source
from linksim.phy.cuda.source import FOLDER
from linksim.phy.engine import BlockFormat
from linksim.phy.families.ldpc import ldpc_matching
from linksim.phy.segmentation import segment

MAIN = """
int main() {
    const int blocks = 4;
    std::vector<u8> information(blocks * INFORMATION);
    for (size_t i = 0; i < information.size(); ++i) information[i] = i * 7 % 5 % 2;
    std::vector<u32> codeword(CODED);
    const size_t columns = 4 * (FIRST_PARITY + 4 * LIFTING);
    launch(encode, 1, 64, columns, information.data(), codeword.data(), blocks);

    std::vector<float> llr(blocks * CODED), soft(blocks * INFORMATION);
    for (int b = 0; b < blocks; ++b)  // the first block is beyond help
        for (int i = 0; i < CODED; ++i) {
            const float certain = b && i * 37 % 11 ? 2.0f : 2.0f * (b - i % 3);
            llr[b * CODED + i] = (codeword[i] >> b & 1) ? certain : -certain;
        }
    std::vector<int> used(blocks), unsolved(blocks), count{blocks}, unsolved_count{0};
    const int* all = nullptr;
    Batch batch = {llr.data(),  all,         count.data(),    nullptr,
                   soft.data(), nullptr,     used.data(),     unsolved.data(),
                   unsolved_count.data(),    nullptr,         4};
    launch(decode_narrow, 1, NARROW_THREADS, NARROW_BYTES, batch);
    std::printf("unsolved: %d\\n", unsolved_count[0]);
    Batch again = batch;
    again.list = unsolved.data();
    again.count = unsolved_count.data();
    again.unsolved = nullptr;
    launch(decode_wide, 1, WIDE_THREADS, WIDE_BYTES, again);
}
"""
LAUNCH = """
template <class K, class... A>
void launch(K kernel, unsigned grid, unsigned threads, size_t bytes, A... arguments) {
    void* places[] = {static_cast<void*>(&arguments)...};
    host::launch(kernel, grid, 1, threads, bytes, places);
}
"""
ROW = "__syncthreads();  // the next row reads what this one wrote"
STEP = "if (step < CORE_STEPS) __syncthreads();"


def reports(tmp_path: Path, file: str = "", barrier: str = "") -> int:
    """Return what ThreadSanitizer finds where a barrier of a file is taken away."""
    code, modulation = CodeSpec.parse("ldpc:rate=1/3,crc=0"), Modulation.named("bpsk")
    block = BlockFormat(code, modulation, "maxlog", segment(code, 40, 1))
    k, n, _ = block.segmentation.sizes
    matching = ldpc_matching(code, k, n)
    layouts = narrow_layout(matching.code, 8000), wide_layout(matching.code, 8000)
    source = ldpc_source(block, matching, *layouts)
    for path in FOLDER.glob("*.*h"):
        shutil.copy(path, tmp_path)  # what is beside the text is included before the package's
    if file:
        text = (tmp_path / file).read_text()
        assert text.count(barrier) == 1
        (tmp_path / file).write_text(text.replace(barrier, ""))
    sizes = "".join(
        f"#define {name}_BYTES {layout.shared_bytes}\n"
        for name, layout in zip(("NARROW", "WIDE"), layouts, strict=True)
    )
    program = tmp_path / "races"
    flags = "-DHOST_THREADS", "-fsanitize=thread", "-g"
    compile_host(host_text(source) + sizes + LAUNCH + MAIN, program, flags)
    still = ["setarch", "-R"] if shutil.which("setarch") else []  # it wants addresses to stay
    done = subprocess.run([*still, program], capture_output=True, text=True, check=False)
    if "FATAL: ThreadSanitizer" in done.stderr:
        pytest.skip(f"ThreadSanitizer does not run here: {done.stderr.splitlines()[0]}")
    assert re.fullmatch(r"unsolved: [12]\n", done.stdout) or file, done.stdout + done.stderr
    return done.stderr.count("WARNING: ThreadSanitizer")


@pytest.fixture(autouse=True)
def _compiler() -> None:
    if compiler() is None:
        pytest.skip("there is no g++ to compile kernels for the processor")


def test_kernels_have_no_races(tmp_path: Path) -> None:
    assert reports(tmp_path) == 0


@pytest.mark.parametrize(
    ("file", "barrier"),
    [
        ("ldpc_decoder.cuh", ROW),
        ("ldpc_encoder.cuh", STEP),
    ],
)
def test_a_barrier_that_is_taken_away_is_noticed(tmp_path: Path, file: str, barrier: str) -> None:
    assert reports(tmp_path, file, barrier) > 0
