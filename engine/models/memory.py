"""Recognises out-of-memory errors, and frees unreachable memory."""

import gc
import sys

# Messages of torch's allocators and cuBLAS; on a processor it is a plain RuntimeError with one of the last two.
_SIGNS = ("out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "not enough memory", "can't allocate memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that memory ran out, on a GPU or on the processor."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)


def give_back_memory() -> None:
    """Collect unreachable objects and return cached blocks to the GPU's driver.

    Call it outside the `except` block that saw the failure: inside, the traceback still holds the tensors.
    """
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
