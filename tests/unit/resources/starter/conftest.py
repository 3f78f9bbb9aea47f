"""A vocabulary with the marks of infilling: any model of ours has one, and formats are the same with each."""

from pathlib import Path

import pytest

from resources.starter.samples import Tokens

ROOT = Path(__file__).parents[4]
FOLDERS = (ROOT / "tests" / "model", ROOT / "resources" / "starter" / "model")


@pytest.fixture(scope="session")
def tokens() -> Tokens:
    """The quick model's vocabulary."""
    return Tokens(next(folder for folder in FOLDERS if (folder / "tokenizer.model").exists()) / "tokenizer.model")
