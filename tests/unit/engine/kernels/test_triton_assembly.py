"""The inline assembly of the NF4 product, which no interpreter of Triton runs: its integer arithmetic, step by step.

A page of Python runs the few PTX instructions it is made of. What is left for a GPU to prove is Triton's handling of it
(`tests/gpu/bench_nf4.py`).
"""

import re
from collections.abc import Iterator

import pytest
import torch

from engine.kernels.nf4_tables import NF4_CODES, code_scale, nf4_table

triton = pytest.importorskip("triton", reason="triton is not installed: the GPU kernels' assembly was not checked")

from engine.kernels import triton_nf4  # noqa: E402 - only where triton is

_DTYPES = [torch.bfloat16, torch.float16]


def _permute(a: int, b: int, selector: int) -> int:
    both = (b << 32) | a
    result = 0
    for i in range(4):
        nibble = selector >> (4 * i) & 15
        assert nibble < 8, "the sign-replicating mode is not meant"
        result |= (both >> (8 * nibble) & 0xFF) << (8 * i)
    return result


def _run(text: str, registers: dict[str, int], memory: dict[int, int]) -> dict[str, int]:
    """Run straight-line PTX; `registers` holds inputs under their names and gets the results, `memory` words."""

    def value(name: str) -> int:
        return registers[name] if name in registers else int(name, 0)

    for line in re.findall(r"^\s*((?:prmt|and|xor|mad|mul|add|ld|st)\..*);$", text, re.MULTILINE):
        operation, rest = line.split(None, 1)
        target, *sources = [part.strip(" []{}") for part in rest.split(",")]
        match operation, [value(source) for source in sources]:
            case "prmt.b32", [a, b, selector]:
                result = _permute(a, b, selector & 0xFFFF)
            case "and.b32", [a, b]:
                result = a & b
            case "xor.b32", [a, b]:
                result = a ^ b
            case "mad.lo.u32", [a, b, c]:
                result = (a * b + c) & 0xFFFFFFFF
            case "mul.wide.u32", [a, b]:
                result = a * b
            case "add.u32" | "add.u64", [a, b]:
                result = a + b
            case "ld.shared.b32" | "ld.global.nc.b32", [a]:
                result = memory[a]
            case "st.shared.v4.b32", words:
                result = registers[target]
                memory.update({result + 4 * i: word for i, word in enumerate(words)})
            case unknown:
                pytest.fail(f"no rule for {unknown}")
        registers[target] = result
    return registers


def _unsigned(table: torch.Tensor) -> list[int]:
    return [word & 0xFFFFFFFF for word in table.tolist()]


def _expected(word: int, dtype: torch.dtype) -> list[int]:
    """The codes of four bytes, a register each: the high nibble's in the low half."""
    codes = (torch.tensor(NF4_CODES, dtype=torch.float64) * code_scale(dtype)).float().to(dtype)
    bits = [code & 0xFFFF for code in codes.view(torch.int16).tolist()]
    return [bits[byte >> 4] | bits[byte & 15] << 16 for byte in word.to_bytes(4, "little")]


def _words() -> Iterator[int]:
    """Every byte in every place, and every pair of nibbles side by side."""
    for byte in range(256):
        yield int.from_bytes([byte, 255 - byte, byte * 7 % 256, byte * 31 % 256], "little")
        yield int.from_bytes([byte * 13 % 256, byte * 5 % 256, byte, byte ^ 0x5A], "little")


def _filled(dtype: torch.dtype) -> dict[int, int]:
    """The table in shared memory, words by address."""
    table = _unsigned(nf4_table(dtype, torch.device("cpu")))
    return {4096 + 128 * byte + 4 * copy: table[byte] for byte in range(256) for copy in range(32)}


@pytest.mark.parametrize("dtype", _DTYPES)
def test_four_bytes_become_the_codes_of_their_nibbles(dtype: torch.dtype) -> None:
    shared = _filled(dtype)
    for word in _words():
        registers = _run(triton_nf4.LOOK_UP_ASM, {"nf4_base": 4096 + 4 * (word % 32), "$4": word}, shared)
        assert [registers[f"${i}"] for i in range(4)] == _expected(word, dtype)


def test_filling_leaves_each_lane_its_copy_and_neighbours_in_different_banks() -> None:
    table = _unsigned(nf4_table(torch.bfloat16, torch.device("cpu")))
    body = triton_nf4.FILL_ASM.split("@p bra FILLED;")[1].split("add.u32 i,")[0]
    shared: dict[int, int] = {}
    first_stores = []
    for byte in range(256):
        memory = {4 * i: word for i, word in enumerate(table)}
        _run(body, {"nf4_base": 4096, "i": byte, "$1": 0}, memory)
        stored = [address for address in memory if address >= 4096]
        first_stores.append(stored[0])
        shared |= {address: memory[address] for address in stored}
    assert shared == _filled(torch.bfloat16)
    assert len({address % 128 for address in first_stores[:8]}) == 8


@pytest.mark.parametrize("dtype", _DTYPES)
def test_codes_round_better_with_their_factor_than_without(dtype: torch.dtype) -> None:
    codes = torch.tensor(NF4_CODES, dtype=torch.float64)

    def loss(factor: float) -> float:
        return float(((codes * factor).to(dtype).double() / factor - codes).norm())

    assert loss(code_scale(dtype)) < 0.6 * loss(1.0)
