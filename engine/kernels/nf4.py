"""Products over NF4 weights on the processor, through the compiled library beside this file and `ctypes`.

`load_kernels` gives the one object; if the library is missing or unusable it gives None, and `kernels_fault` says why.
Calls release the GIL and run on torch's own OpenMP threads.
"""

import ctypes
import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.kernels.nf4_format import BLOCK

LIBRARY = Path(__file__).with_name("libnf4.so")
PATH_VARIABLE = "LACUNA_NF4_PATH"  # names the instructions to use, for tests and for comparing
_VERSION = 3  # NF4_LIBRARY_VERSION
_MAX_THREADS = 256  # NF4_MAX_THREADS
_TYPES = {torch.float32: 0, torch.bfloat16: 1, torch.float16: 2}
_FAULTS = {
    1: "a side of the matrix is not positive, too large, or no multiple of 64",
    2: "a buffer is not as long as the matrix's sides say",
    3: "a buffer is missing or not aligned to its elements",
    4: "this processor or this library lacks the instructions asked for",
    5: "there was no memory for the activations",
}
# From how many rows of float32 and of bfloat16 on it is faster to unpack the weights tile by tile and let torch
# multiply: measured on one core, with torch held to the same instructions.
_UNPACK_FROM = {"portable": (2, 2), "avx2": (160, 160), "avx512": (96, 96), "avx512_bf16": (96, 20)}
_TILE_BYTES = 8 << 20  # of unpacked weights: smaller ones cost torch's product, larger ones leave the cache (measured)


@dataclass(frozen=True, slots=True, eq=False)
class Nf4Matrix:
    """A matrix [rows, columns] whose buffers were checked once, so each product has to check only x."""

    packed: torch.Tensor
    absmax: torch.Tensor
    rows: int
    columns: int
    buffers: tuple[int, int, int, int]  # addresses and bytes, as the library takes them


class Nf4Kernels:
    """The products with one instruction set. Attribute: `instructions`, its name."""

    def __init__(self, library: ctypes.CDLL, path: int, name: str) -> None:
        self.instructions = name
        self._library = library
        self._path = path
        self._unpack_from = _UNPACK_FROM[name]
        library.nf4_share_by(_torch_parallel())

    def set_threads(self, count: int) -> None:
        """Set the number of threads for these kernels and torch, which share one pool.

        Raises ValueError where the number is not between 1 and 256.
        """
        if not 1 <= count <= _MAX_THREADS:
            raise ValueError(f"The NF4 kernels can't run on {count} threads.")
        torch.set_num_threads(count)

    def matrix(self, packed: torch.Tensor, absmax: torch.Tensor, columns: int) -> Nf4Matrix:
        """A matrix for `product`. `packed` uint8 of N*K/2 bytes as bitsandbytes packs them, `absmax` float32 [N*K/64],
        not nested, `columns` K; contiguous and on the processor.

        Raises ValueError where a dtype or stride is wrong, or the bytes are no whole number of rows.
        """
        _require(packed, "packed", torch.uint8)
        _require(absmax, "absmax", torch.float32)
        if columns < 1 or (2 * packed.numel()) % columns:
            raise ValueError("The product can't be computed: the weights are no whole number of rows as long as x.")
        return Nf4Matrix(packed, absmax, 2 * packed.numel() // columns, columns, (*_buffer(packed), *_buffer(absmax)))

    def product(self, x: torch.Tensor, matrix: Nf4Matrix, out: torch.Tensor | None = None) -> torch.Tensor:
        """`x` [..., K] times the transpose of `matrix` [N, K]: [..., N] in x's dtype, into `out` where given.

        `x` is float32 or bfloat16, contiguous and on the processor; K a multiple of 64. A row of x with NaN or an
        infinity gives nothing finite.

        Raises ValueError where a size, dtype, stride or address is wrong.
        """
        dtype, columns, n = x.dtype, matrix.columns, matrix.rows
        kind = _TYPES.get(dtype, 2)
        if kind == 2 or not x.is_contiguous() or not x.is_cpu:
            _require(x, "x", torch.float32, torch.bfloat16)
        if x.shape[-1:] != (columns,):
            raise ValueError(f"The product can't be computed: x is {tuple(x.shape)}, and should end in {columns}.")
        shape = (*x.shape[:-1], n)
        if out is None:
            out = torch.empty(shape, dtype=dtype)
        elif out.shape != shape:
            raise ValueError(f"The product can't be computed: out is {tuple(out.shape)}, and should be {shape}.")
        else:
            _require(out, "out", dtype)
        rows = x.numel() // columns
        if rows >= self._unpack_from[kind]:
            self._multiply_unpacked(x.view(rows, columns), matrix, out.view(rows, n))
        elif rows:
            self._multiply(x, kind, rows, matrix, out)
        return out

    def multiply(
        self, x: torch.Tensor, packed: torch.Tensor, absmax: torch.Tensor, out: torch.Tensor | None = None
    ) -> torch.Tensor:
        """`product` and `matrix` in one, for matrices that are used once. Raises as they do."""
        return self.product(x, self.matrix(packed, absmax, x.shape[-1] if x.dim() else 0), out)

    def unpack(self, packed: torch.Tensor, absmax: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        """The weights themselves into `out` [N, K], float32 or bfloat16; the rest as in `multiply`. Returns `out`."""
        _require(packed, "packed", torch.uint8)
        _require(absmax, "absmax", torch.float32)
        _require(out, "out", torch.float32, torch.bfloat16)
        if out.dim() != 2:
            raise ValueError("The weights can't be unpacked: out has not two dimensions.")
        self._check(
            self._library.nf4_unpack(
                self._path, _threads(), *out.shape, *_buffer(packed), *_buffer(absmax), *_buffer(out), _TYPES[out.dtype]
            )
        )
        return out

    def quantize(self, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """NF4 codes uint8 [count/2] and absmax float32 [count/64] of `weights`, float32, bfloat16 or float16.

        Bit for bit what bitsandbytes.functional.quantize_4bit gives on a processor with blocks of 64, not nested.

        Raises ValueError where the count is no multiple of 64 or the tensor not contiguous.
        """
        _require(weights, "weights", *_TYPES)
        count = weights.numel()
        packed = torch.empty(count // 2, dtype=torch.uint8)
        absmax = torch.empty(count // BLOCK, dtype=torch.float32)
        self._check(
            self._library.nf4_quantize(
                self._path,
                _threads(),
                *_buffer(weights),
                _TYPES[weights.dtype],
                count,
                *_buffer(packed),
                *_buffer(absmax),
            )
        )
        return packed, absmax

    def _multiply(self, x: torch.Tensor, kind: int, rows: int, matrix: Nf4Matrix, out: torch.Tensor) -> None:
        element_bytes = 2 if kind else 4
        code = self._library.nf4_multiply(
            self._path,
            _threads(),
            x.data_ptr(),
            rows * matrix.columns * element_bytes,
            kind,
            rows,
            matrix.rows,
            matrix.columns,
            *matrix.buffers,
            out.data_ptr(),
            rows * matrix.rows * element_bytes,
        )
        if code:
            self._check(code)

    def _multiply_unpacked(self, x: torch.Tensor, matrix: Nf4Matrix, out: torch.Tensor) -> None:
        """Unpack the weights tile by tile into a scratch matrix, and multiply each by torch; in bf16 only where torch
        is fast in it.
        """
        if x.dtype == torch.bfloat16 and self.instructions != "avx512_bf16":
            exact = torch.empty(out.shape)
            self._multiply_unpacked(x.float(), matrix, exact)
            out.copy_(exact)
            return
        n, columns = matrix.rows, matrix.columns
        tile = max(16, _TILE_BYTES // (columns * x.element_size()) // 16 * 16)
        packed, absmax = matrix.packed.view(n, columns // 2), matrix.absmax.view(n, columns // BLOCK)
        scratch = torch.empty(min(tile, n), columns, dtype=x.dtype)
        for start in range(0, n, tile):
            end = min(start + tile, n)
            weights = self.unpack(packed[start:end], absmax[start:end], scratch[: end - start])
            torch.mm(x, weights.t(), out=out[:, start:end])

    def _check(self, code: int) -> None:
        if code:
            raise ValueError(f"The NF4 kernel refused its arguments: {_FAULTS.get(code, f'fault {code}')}.")


@functools.cache
def load_kernels() -> Nf4Kernels | None:
    """The kernels for the best instruction set of this processor and system; None if there are none."""
    library, _ = _open()
    if library is None:
        return None
    wanted = os.environ.get(PATH_VARIABLE, "")
    path, name = next((path, name) for path, name in supported_paths(library) if wanted in ("", name))
    return Nf4Kernels(library, path, name)


def kernels_fault() -> str:
    """Why `load_kernels` gives None, as half a sentence; "" if it gives kernels."""
    return _open()[1]


def kernels_of_every_path() -> list[Nf4Kernels]:
    """One object for each instruction set that runs here, best first; for tests and benchmarks."""
    library, _ = _open()
    return [] if library is None else [Nf4Kernels(library, path, name) for path, name in supported_paths(library)]


def supported_paths(library: ctypes.CDLL) -> list[tuple[int, str]]:
    """Number and name of every instruction set that runs here, best first."""
    return [
        (path, library.nf4_path_name(path).decode())
        for path in range(library.nf4_paths())
        if library.nf4_path_is_supported(path)
    ]


@functools.cache
def _open() -> tuple[ctypes.CDLL | None, str]:
    if not LIBRARY.exists():
        return None, "they were not compiled when Lacuna was installed, for which a C compiler is needed"
    try:
        library = open_library(LIBRARY)
    except (OSError, AttributeError) as error:
        return None, f"their library can't be loaded ({error})"
    version = library.nf4_version()
    if version != _VERSION:
        return None, f"their library is of version {version} and not {_VERSION}; install Lacuna again"
    wanted = os.environ.get(PATH_VARIABLE, "")
    if wanted and wanted not in {name for _, name in supported_paths(library)}:
        return None, f"{PATH_VARIABLE} asks for {wanted}, which this processor lacks"
    return library, ""


def open_library(path: Path) -> ctypes.CDLL:
    """The library with its functions' argument types declared. Raises OSError or AttributeError."""
    library = ctypes.CDLL(os.fspath(path))
    size, pointer, number = ctypes.c_int64, ctypes.c_void_p, ctypes.c_int
    buffer = (pointer, size)
    signatures: dict[str, tuple[type, ...]] = {
        "nf4_version": (),
        "nf4_paths": (),
        "nf4_path_name": (number,),
        "nf4_path_is_supported": (number,),
        "nf4_share_by": (pointer,),
        "nf4_multiply": (number, number, *buffer, number, size, size, size, *buffer, *buffer, *buffer),
        "nf4_unpack": (number, number, size, size, *buffer, *buffer, *buffer, number),
        "nf4_quantize": (number, number, *buffer, number, size, *buffer, *buffer),
    }
    for name, arguments in signatures.items():
        function = getattr(library, name)
        function.argtypes, function.restype = arguments, number
    library.nf4_path_name.restype = ctypes.c_char_p
    return library


def _torch_parallel() -> int | None:
    """The address of GOMP_parallel in the OpenMP runtime that torch has loaded; None where torch uses another."""
    candidates: list[Callable[[], ctypes.CDLL]] = [
        lambda: ctypes.CDLL(os.fspath(next((Path(torch.__file__).parent / "lib").glob("libgomp*")))),
        lambda: ctypes.CDLL(None),
    ]
    if not sys.platform.startswith("linux"):
        return None
    for candidate in candidates:
        try:
            return ctypes.cast(candidate().GOMP_parallel, ctypes.c_void_p).value
        except (OSError, AttributeError, StopIteration):
            continue
    return None


def _threads() -> int:
    """As many as torch uses on the calling thread."""
    return min(torch.get_num_threads(), _MAX_THREADS)


def _buffer(tensor: torch.Tensor) -> tuple[int, int]:
    return tensor.data_ptr(), tensor.numel() * tensor.element_size()


def _require(tensor: torch.Tensor, name: str, *dtypes: torch.dtype) -> None:
    if tensor.dtype not in dtypes or tensor.device.type != "cpu" or not tensor.is_contiguous():
        wanted = " or ".join(str(dtype).removeprefix("torch.") for dtype in dtypes)
        raise ValueError(
            f"The NF4 kernel can't take {name}: it should be a contiguous {wanted} tensor of the processor, "
            f"and is {str(tensor.dtype).removeprefix('torch.')} on {tensor.device} with strides {tensor.stride()}."
        )
