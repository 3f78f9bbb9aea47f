"""The C sources and bitsandbytes cut weights into the same blocks as the rest of the engine."""

import re
from pathlib import Path

from engine.kernels import nf4_format


def test_the_block_of_the_c_sources_is_that_of_the_engine() -> None:
    header = Path(nf4_format.__file__).with_name("nf4.h").read_text()
    match = re.search(r"#define NF4_BLOCK (\d+)", header)
    assert match is not None
    assert int(match[1]) == nf4_format.BLOCK
