"""The inline assembly of the NF4 product, which no interpreter of Triton runs: its integer arithmetic, step by step.

A page of Python runs the few PTX instructions it is made of. What is left for a GPU to prove is Triton's handling of it
(`tests/gpu/bench_decode_kernels.py` checks every variant before it times it).
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


def _run(text: str, registers: dict[str, int], shared: dict[int, int]) -> dict[str, int]:
    """Run straight-line PTX; `registers` holds inputs under their names and gets the results."""

    def value(name: str) -> int:
        return registers[name] if name in registers else int(name, 0)

    for line in re.findall(r"^\s*((?:prmt|and|shr|lop3|mad|ld)\..*);$", text, re.MULTILINE):
        operation, rest = line.split(None, 1)
        target, *sources = [part.strip(" []") for part in rest.split(",")]
        match operation, [value(source) for source in sources]:
            case "prmt.b32", [a, b, selector]:
                result = _permute(a, b, selector & 0xFFFF)
            case "and.b32", [a, b]:
                result = a & b
            case "shr.u32", [a, b]:
                result = a >> b
            case "lop3.b32", [a, b, c, 0xEA]:
                result = (a & b) | c
            case "mad.lo.u32", [a, b, c]:
                result = (a * b + c) & 0xFFFFFFFF
            case "ld.shared.b32", [a]:
                result = shared[a]
            case unknown:
                pytest.fail(f"no rule for {unknown}")
        registers[target] = result
    return registers


def _unsigned(table: torch.Tensor) -> list[int]:
    return [word & 0xFFFFFFFF for word in table.tolist()]


def _expected(word: int, dtype: torch.dtype) -> list[int]:
    """The four output registers for four bytes: codes of the high nibbles, then of the low ones, two in a register."""
    codes = (torch.tensor(NF4_CODES, dtype=torch.float64) * code_scale(dtype)).float().to(dtype)
    bits = [code & 0xFFFF for code in codes.view(torch.int16).tolist()]
    data = word.to_bytes(4, "little")
    first, second = [bits[byte >> 4] for byte in data], [bits[byte & 15] for byte in data]
    return [a | b << 16 for a, b in (first[:2], first[2:], second[:2], second[2:])]


def _words() -> Iterator[int]:
    """Every byte in every place, and every pair of nibbles side by side."""
    for byte in range(256):
        yield int.from_bytes([byte, 255 - byte, byte * 7 % 256, byte * 31 % 256], "little")
        yield int.from_bytes([byte * 13 % 256, byte * 5 % 256, byte, byte ^ 0x5A], "little")


@pytest.mark.parametrize("dtype", _DTYPES)
def test_byte_permutes_pick_the_codes_of_all_nibbles(dtype: torch.dtype) -> None:
    planes = _unsigned(nf4_table(dtype, torch.device("cpu")))[256:264]
    names = ("nfa", "nfb", "nfc", "nfd", "nfe", "nff", "nfg", "nfh")
    for word in _words():
        registers = _run(triton_nf4._PERMUTE_ASM, {**dict(zip(names, planes, strict=True)), "$4": word}, {})
        assert [registers[f"${i}"] for i in range(4)] == _expected(word, dtype)


@pytest.mark.parametrize("copies", [32, 16])
@pytest.mark.parametrize("dtype", _DTYPES)
def test_table_in_shared_memory_gives_the_codes_of_all_nibbles(dtype: torch.dtype, copies: int) -> None:
    pairs = _unsigned(nf4_table(dtype, torch.device("cpu")))[:256]
    shared = {4096 + 4 * (copies * byte + lane): pairs[byte] for byte in range(256) for lane in range(copies)}
    text = triton_nf4._lut_asm(copies)[1]
    for word in _words():
        lane = word % copies
        registers = _run(text, {"nf4_base": 4096 + 4 * lane, "$4": word}, shared)
        assert [registers[f"${i}"] for i in range(4)] == _expected(word, dtype)


@pytest.mark.parametrize("dtype", _DTYPES)
def test_codes_round_better_with_their_factor_than_without(dtype: torch.dtype) -> None:
    codes = torch.tensor(NF4_CODES, dtype=torch.float64)

    def loss(factor: float) -> float:
        return float(((codes * factor).to(dtype).double() / factor - codes).norm())

    assert loss(code_scale(dtype)) < 0.6 * loss(1.0)
