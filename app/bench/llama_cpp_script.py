"""Measures llama.cpp in the environment that has it: `PYTHON llama_cpp_script.py FILE THREADS [LAYERS]`.

Not imported by the program; needs only the standard library and llama_cpp. Writes a Q4_0 model of a 7B's shapes with
random weights to FILE, prefills 256 tokens and decodes 32, three times each, and prints one JSON line. The format is
GGUF 3 (ggml, docs/gguf.md). The head is Q6_K, as llama-quantize makes it for Q4_0.
"""

import json
import os
import random
import statistics
import struct
import sys
import time
from typing import BinaryIO

HIDDEN, FEED_FORWARD, LAYERS, HEADS, VOCABULARY, CONTEXT = 4096, 11008, 32, 32, 32016, 512
PROMPT_TOKENS, DECODED_TOKENS, TRIES = 256, 32, 3
ALIGNMENT = 32
F32, Q4_0, Q6_K = 0, 2, 14  # ggml's types
BLOCKS = {F32: (1, 4), Q4_0: (32, 18), Q6_K: (256, 210)}  # weights and bytes of a block
UINT32, FLOAT32, STRING = 4, 6, 8  # GGUF's types of values
SCALE = struct.pack("<e", 0.004)

Tensor = tuple[str, tuple[int, ...], int]


def write_model(path: str, layers: int) -> None:
    """Write the file. Norms are ones; each other matrix repeats some random blocks with small scales."""
    tensors = model_tensors(layers)
    with open(path, "wb") as file:
        write_header(file, tensors, layers)
        patterns = {kind: random_blocks(kind) for kind in (Q4_0, Q6_K)}
        for _, shape, kind in tensors:
            size = tensor_bytes(shape, kind)
            if kind == F32:
                file.write(struct.pack("<f", 1.0) * shape[0])
            else:
                whole, rest = divmod(size, len(patterns[kind]))
                for _ in range(whole):
                    file.write(patterns[kind])
                file.write(patterns[kind][:rest])
            file.write(bytes(-size % ALIGNMENT))


def model_tensors(layers: int) -> list[Tensor]:
    """Tensor names as llama.cpp expects them; blocks run along the first dimension."""
    tensors: list[Tensor] = [("token_embd.weight", (HIDDEN, VOCABULARY), Q4_0)]
    for layer in range(layers):
        name = f"blk.{layer}"
        tensors.append((f"{name}.attn_norm.weight", (HIDDEN,), F32))
        tensors += [(f"{name}.attn_{part}.weight", (HIDDEN, HIDDEN), Q4_0) for part in ("q", "k", "v", "output")]
        tensors.append((f"{name}.ffn_norm.weight", (HIDDEN,), F32))
        tensors += [(f"{name}.ffn_{part}.weight", (HIDDEN, FEED_FORWARD), Q4_0) for part in ("gate", "up")]
        tensors.append((f"{name}.ffn_down.weight", (FEED_FORWARD, HIDDEN), Q4_0))
    return [*tensors, ("output_norm.weight", (HIDDEN,), F32), ("output.weight", (HIDDEN, VOCABULARY), Q6_K)]


def tensor_bytes(shape: tuple[int, ...], kind: int) -> int:
    weights, size = BLOCKS[kind]
    count = 1
    for length in shape:
        count *= length
    return count // weights * size


def random_blocks(kind: int) -> bytes:
    """Some megabytes of blocks: random codes, small scales (Q4_0 has its scale first, Q6_K last)."""
    generator, size = random.Random(kind), BLOCKS[kind][1]
    codes = generator.randbytes((1 << 15) * (size - 2))
    parts = (codes[start : start + size - 2] for start in range(0, len(codes), size - 2))
    return b"".join(SCALE + part if kind == Q4_0 else part + SCALE for part in parts)


def write_header(file: BinaryIO, tensors: list[Tensor], layers: int) -> None:
    values = [
        ("general.architecture", STRING, "llama"),
        ("general.alignment", UINT32, ALIGNMENT),
        ("llama.block_count", UINT32, layers),
        ("llama.context_length", UINT32, 16384),
        ("llama.embedding_length", UINT32, HIDDEN),
        ("llama.feed_forward_length", UINT32, FEED_FORWARD),
        ("llama.attention.head_count", UINT32, HEADS),
        ("llama.rope.dimension_count", UINT32, HIDDEN // HEADS),
        ("llama.rope.freq_base", FLOAT32, 1e6),
        ("llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-5),
        ("llama.vocab_size", UINT32, VOCABULARY),
        ("tokenizer.ggml.model", STRING, "none"),
    ]
    file.write(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values)))
    for name, kind, value in values:
        file.write(text(name) + struct.pack("<I", kind))
        file.write(text(str(value)) if kind == STRING else struct.pack("<f" if kind == FLOAT32 else "<I", value))
    offset = 0
    for name, shape, kind in tensors:
        file.write(text(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape))
        file.write(struct.pack("<IQ", kind, offset))
        size = tensor_bytes(shape, kind)
        offset += size + -size % ALIGNMENT
    file.write(bytes(-file.tell() % ALIGNMENT))


def text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def measure(path: str, threads: int) -> dict[str, object]:
    """Tokens a second, without sampling, which favours llama.cpp a little."""
    import llama_cpp

    model = llama_cpp.Llama(path, n_ctx=CONTEXT, n_batch=256, n_threads=threads, n_threads_batch=threads, verbose=False)
    generator = random.Random(1)
    ids = [generator.randrange(300, VOCABULARY) for _ in range(PROMPT_TOKENS + DECODED_TOKENS)]
    prefill, decode = [], []
    for _ in range(1 + TRIES):  # the first try warms up
        model.reset()
        start_s = time.perf_counter()
        model.eval(ids[:PROMPT_TOKENS])
        prefill.append(PROMPT_TOKENS / (time.perf_counter() - start_s))
        start_s = time.perf_counter()
        for id_ in ids[PROMPT_TOKENS:]:
            model.eval([id_])
        decode.append(DECODED_TOKENS / (time.perf_counter() - start_s))
    features = llama_cpp.llama_print_system_info().decode()
    return {
        "version": llama_cpp.__version__,
        "instructions": [part.split("=")[0].strip() for part in features.split(":")[-1].split("|") if "= 1" in part],
        "file_bytes": os.path.getsize(path),
        "prefill": statistics.median(prefill[1:]),
        "decode": statistics.median(decode[1:]),
    }


if __name__ == "__main__":
    write_model(sys.argv[1], int(sys.argv[3]) if len(sys.argv) > 3 else LAYERS)
    sys.stdout.write(json.dumps(measure(sys.argv[1], int(sys.argv[2]))) + "\n")
