"""llama.cpp's side: the file that is written for it, how its script is run, and what its answer becomes."""

import io
import json
import struct
from pathlib import Path

import pytest

from app.bench import llama_cpp_script as script
from app.bench.llama_cpp_rows import LlamaCpp, llama_cpp_rows, measure_llama_cpp, read_result
from app.bench.row import more_is_better, not_measured
from engine.errors import ErrorCode, LacunaError

ANSWER = {
    "version": "0.3.36",
    "instructions": ["SSE3", "AVX2", "REPACK"],
    "file_bytes": 3_860_000_000,
    "prefill": 35.0,
    "decode": 8.8,
}
OURS = [more_is_better("decode", "7B", "tok/s", 10.0, 5.0, "generate()", 1.8)]


def test_header_lists_tensors_that_begin_on_their_alignment_without_overlap() -> None:
    tensors = script.model_tensors(1)
    file = io.BytesIO()
    script.write_header(file, tensors, 1)
    content = file.getvalue()
    assert content[:4] == b"GGUF"
    assert struct.unpack_from("<IQ", content, 4) == (3, len(tensors))
    assert len(content) % script.ALIGNMENT == 0
    end = 0
    for name, shape, kind in tensors:
        at = content.index(script.text(name)) + len(script.text(name))
        count = struct.unpack_from("<I", content, at)[0]
        assert struct.unpack_from(f"<{count}Q", content, at + 4) == shape
        found_kind, offset = struct.unpack_from("<IQ", content, at + 4 + 8 * count)
        assert found_kind == kind
        assert offset % script.ALIGNMENT == 0
        assert 0 <= offset - end < script.ALIGNMENT
        end = offset + script.tensor_bytes(shape, kind)


def test_model_has_the_weights_of_a_7b() -> None:
    total = 0
    for _, shape, _ in script.model_tensors(script.LAYERS):
        total += shape[0] * (shape[1] if len(shape) > 1 else 1)
    assert total == 6_738_546_688  # CodeLlama-7b-Instruct's safetensors


@pytest.mark.parametrize("kind", [script.Q4_0, script.Q6_K])
def test_random_blocks_are_whole_and_their_scales_small(kind: int) -> None:
    blocks, size = script.random_blocks(kind), script.BLOCKS[kind][1]
    assert len(blocks) % size == 0
    scale = blocks[:2] if kind == script.Q4_0 else blocks[size - 2 : size]
    assert scale == script.SCALE


def test_result_is_the_last_line_and_names_what_it_computes_with() -> None:
    found = read_result(0, "some noise\n" + json.dumps(ANSWER) + "\n", "")
    assert found.rates == {"decode": 8.8, "prefill": 35.0}
    assert found.described == "llama-cpp-python 0.3.36 (AVX2), 3.86 GB, Q4_0"


def test_result_of_a_script_that_died_is_its_last_word() -> None:
    found = read_result(1, "", "Traceback\nModuleNotFoundError: No module named 'llama_cpp'\n")
    assert found.fault == "llama.cpp failed: ModuleNotFoundError: No module named 'llama_cpp'"


def test_measure_without_that_python_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(LacunaError) as caught:
        measure_llama_cpp(tmp_path / "python", 2)
    assert caught.value.report.code is ErrorCode.USAGE


def test_measure_runs_the_script_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.bench.llama_cpp_rows._FILE_BYTES", 0)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho model > "$2"\necho "$2" > {tmp_path}/seen\necho \'{json.dumps(ANSWER)}\'\n')
    python.chmod(0o755)
    assert measure_llama_cpp(python, 2).rates["decode"] == 8.8
    written = Path((tmp_path / "seen").read_text().strip())
    assert not written.parent.exists()


@pytest.mark.parametrize(("has_avx512", "goal", "met"), [(True, 1.0, True), (False, 1.2, False)])
def test_decode_goal_hangs_on_the_processor(has_avx512: bool, goal: float, met: bool) -> None:
    other = LlamaCpp({"decode": 9.0, "prefill": 35.0}, "llama.cpp")
    decode, prefill = llama_cpp_rows(OURS, other, has_avx512)
    assert (decode.ours, decode.other, decode.goal, decode.met) == (10.0, 9.0, goal, met)
    assert prefill.note == "ours was not measured"


def test_rows_after_a_fault_say_it() -> None:
    rows = list(llama_cpp_rows([*OURS, not_measured("prefill", "7B", "")], LlamaCpp({}, "", "no room"), True))
    assert [(row.ours, row.note) for row in rows] == [(None, "no room"), (None, "no room")]
