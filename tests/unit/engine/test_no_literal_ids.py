"""No id of a vocabulary is written down in the program: vocabularies differ, and each file is asked for its own."""

import io
import tokenize

import pytest

from tests.conftest import ROOT

# Llama's lone space, the authors' sentinel, and the range of Code Llama's pieces for infilling and <step>.
_IDS = {29871, 31171, *range(32000, 32016)}
_MAY = {"engine/models/catalogue.py"}  # vocabulary sizes are facts about the checkpoints


@pytest.mark.parametrize("room", ["app", "engine", "ui", "resources"])
def test_source_names_no_token_id(room: str) -> None:
    sources = sorted((ROOT / room).rglob("*.py"))
    assert sources
    found = [
        f"{source.relative_to(ROOT)}:{token.start[0]}: {token.string}"
        for source in sources
        if str(source.relative_to(ROOT)) not in _MAY
        for token in tokenize.generate_tokens(io.StringIO(source.read_text()).readline)
        if token.type == tokenize.NUMBER and token.string.replace("_", "").isdigit() and int(token.string) in _IDS
    ]
    assert not found
