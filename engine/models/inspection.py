"""Inspects a model folder before loading: whether it is complete, whether it is a Llama, and which one.

Every fault is found here, in milliseconds and without torch, and has its own sentence.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import ErrorCode, LacunaError
from engine.gguf.faults import shown_name
from engine.gguf.header import is_gguf, read_header
from engine.models.catalogue import PLAIN_PIECES, differences, vocabulary_differences
from engine.models.chat_template import has_space_once, read_template
from engine.models.config_file import LlamaShape, read_config
from engine.models.generation_config import read_end_ids
from engine.models.gguf_shape import read_shape
from engine.models.gguf_tensors import find_packed, quantized_before
from engine.models.identity import Identity, identify
from engine.models.model_files import file_name, folder_name, require_tokenizer, resolve_folder
from engine.models.nf4_layout import find_nf4_weights, is_quantized
from engine.models.safetensors_files import WeightFiles, check_tensors, expected_tensors, find_weights
from engine.shown import path_text
from engine.starter_words import BUILD_IT, NOT_BUILT
from engine.tokens.gguf_vocabulary import read_vocabulary
from engine.tokens.vocabulary import Vocabulary

_ANEW = (
    "Its vocabulary is of GPT-2's kind and was laid out anew: line feeds stand alone, which this model may not be used "
    "to, so that it may leave out indentation."
)


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder that passed every check: `path` is where its files are, the snapshot in use of a repository in the hub's
    cache, or a GGUF file. `shape.eos_ids` are also those of generation_config.json. `warnings` are sentences for the
    person.
    """

    path: Path
    identity: Identity
    shape: LlamaShape
    weights: WeightFiles
    vocabulary: Vocabulary
    warnings: tuple[str, ...]


def inspect_folder(path: Path, *, is_starter: bool = False) -> ModelFolder:
    """Check a model folder completely, or a GGUF file, which is a model in one file.

    Raises LacunaError: MODEL_MISSING if there is no such folder, MODEL_INVALID where something in it is missing or
    damaged, UNSUPPORTED where it is sound but of a kind that cannot be loaded.
    """
    if is_gguf(path):
        return _inspect_file(path)
    if is_starter and not path.exists():
        raise LacunaError(ErrorCode.MODEL_MISSING, NOT_BUILT, BUILD_IT)
    _require_folder(path)
    path = resolve_folder(path)
    shape = read_config(path)
    end_ids, doubt = read_end_ids(path)
    ends = dict.fromkeys((*shape.eos_ids, *end_ids))
    shape = replace(shape, eos_ids=tuple(token_id for token_id in ends if token_id < shape.vocab_size))
    _refuse_adapter(path)
    weights = find_nf4_weights(path, shape) if shape.is_nf4 else find_weights(path)
    if not shape.is_nf4:
        check_tensors(weights, shape)
    vocabulary = _open_vocabulary(path, shape)
    identity = identify(
        folder_name(path),
        shape,
        has_marks=vocabulary.marks is not None,
        is_starter=is_starter,
        template=read_template(path),
        space_once=has_space_once(path),
    )
    warnings = (*_warnings(identity, shape, vocabulary), *filter(None, [identity.format_note, doubt]))
    return ModelFolder(path, identity, shape, weights, vocabulary, warnings)


def _inspect_file(path: Path) -> ModelFolder:
    file = read_header(path)
    spelled = read_vocabulary(file)
    vocabulary = Vocabulary.parse(path, spelled.model)
    shape = read_shape(file, vocab_size=len(spelled.rows), eos=vocabulary.eos)
    weights = find_packed(file, shape, spelled.rows)
    check_tensors(weights, shape, "header")
    _require_rows(vocabulary, shape, shown_name(path))
    template = file.metadata.get("tokenizer.chat_template")
    has_marks = vocabulary.marks is not None
    identity = identify(
        file_name(path), shape, has_marks=has_marks, template=template if isinstance(template, str) else ""
    )
    notes = filter(None, [identity.format_note, _ANEW if spelled.rows else ""])
    warnings = (*_warnings(identity, shape, vocabulary), *quantized_before(weights), *notes)
    return ModelFolder(path, identity, shape, weights, vocabulary, warnings)


def describe_folder(folder: ModelFolder) -> tuple[str, ...]:
    """What was found out about a folder, in sentences for a person who pointed at it; faults and warnings apart."""
    shape, identity = folder.shape, folder.identity
    known = identity.checkpoint.id if identity.checkpoint else "no checkpoint that is known here"
    heads = f"{shape.heads} heads" + (f" in {shape.kv_heads} groups" if shape.kv_heads < shape.heads else "")
    stored = _number_formats(folder)
    return (
        f"Llama architecture; by name and sizes it is {known}.",
        f"{shape.parameters / 1e9:.2f} billion weights in {shape.layers} layers with {heads}, stored as "
        f"{' and '.join(stored)} in {len(folder.weights.paths)} files of {folder.weights.size_bytes / 1e9:.2f} GB.",
        f"Its context is {shape.max_positions:,} tokens, with the rope base {shape.rope.theta:,.0f}.",
        f"Its vocabulary has {folder.vocabulary.size:,} pieces.",
        identity.talk,
        "It fills gaps." if identity.can_infill else identity.infill_note,
    )


def _number_formats(folder: ModelFolder) -> list[str]:
    tensors = {name: folder.weights.tensors[name] for name, _ in expected_tensors(folder.shape)}
    return sorted(
        {"NF4" if folder.shape.is_nf4 and is_quantized(name) else tensor.stored_as for name, tensor in tensors.items()}
    )


def _warnings(identity: Identity, shape: LlamaShape, vocabulary: Vocabulary) -> tuple[str, ...]:
    if identity.checkpoint is None:
        return ()
    if vocabulary.size < PLAIN_PIECES:
        raise LacunaError(
            ErrorCode.MODEL_INVALID,
            f"tokenizer.model has {vocabulary.size:,} pieces, too few for a Code Llama; it belongs to another model.",
            "Download tokenizer.model again from where the weights came from.",
        )
    return (
        *differences(identity.checkpoint, shape),
        *vocabulary_differences(identity.checkpoint, shape, vocabulary.size),
    )


def _require_folder(path: Path) -> None:
    try:
        with_entries = any(path.iterdir())
    except FileNotFoundError:
        raise LacunaError(
            ErrorCode.MODEL_MISSING,
            f"The model folder {path_text(path)} does not exist.",
            "Choose another folder, or the starter model.",
        ) from None
    except NotADirectoryError:
        raise LacunaError(
            ErrorCode.MODEL_MISSING,
            f"{path_text(path)} is a file, not a model folder.",
            "Choose the folder that holds config.json, tokenizer.model and the .safetensors files, or a .gguf file.",
        ) from None
    except OSError as error:
        raise LacunaError(
            ErrorCode.MODEL_MISSING,
            f"The model folder {path_text(path)} cannot be read ({error.strerror}).",
            "Check its permissions, or choose another folder.",
        ) from None
    if not with_entries:
        raise LacunaError(
            ErrorCode.MODEL_INVALID,
            f"The model folder {path_text(path)} is empty.",
            "Download a model into it, or choose another folder.",
        )
    if path_text(path).encode() != os.fsencode(path):
        raise LacunaError(
            ErrorCode.UNSUPPORTED,
            f"The path {path_text(path)} is not UTF-8, and the safetensors library opens no such files.",
            "Rename the folder, or reach it through a link with another name.",
        )


def _refuse_adapter(path: Path) -> None:
    """With PEFT installed, transformers would load an adapter that lies beside the weights on top of them."""
    if (path / "adapter_config.json").exists():
        raise LacunaError(
            ErrorCode.UNSUPPORTED,
            "This folder holds an adapter (adapter_config.json), which cannot be loaded.",
            "Merge the adapter into its model first, or choose a folder without one.",
        )


def _open_vocabulary(path: Path, shape: LlamaShape) -> Vocabulary:
    file = path / "tokenizer.model"
    require_tokenizer(file)
    vocabulary = Vocabulary.open(file)
    _require_rows(vocabulary, shape, "tokenizer.model")
    return vocabulary


def _require_rows(vocabulary: Vocabulary, shape: LlamaShape, file_name: str) -> None:
    if vocabulary.size <= shape.vocab_size < vocabulary.drawable:
        raise LacunaError(
            ErrorCode.MODEL_INVALID,
            f"This folder adds tokens up to the id {vocabulary.drawable - 1:,}, but the weights know "
            f"{shape.vocab_size:,}; they belong to different models.",
            "Download the files of the tokenizer again from where the weights came from.",
        )
    if vocabulary.size > shape.vocab_size:
        raise LacunaError(
            ErrorCode.MODEL_INVALID,
            f"{file_name} has {vocabulary.size:,} pieces, but the weights know {shape.vocab_size:,}; "
            "they belong to different models.",
            f"Download {file_name} again from where the weights came from.",
        )
