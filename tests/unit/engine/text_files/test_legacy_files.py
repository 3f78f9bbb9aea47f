"""Files in legacy encodings: most are read right, none is refused, and none loses a byte."""

import pytest

from engine.text_files import decode
from tests.unit.engine.text_files.legacy_texts import COMMENTS, files

# What is read wrong, by language and kind of file. A change that reads more of them right takes them out.
_WRONG: set[tuple[str, str]] = set()


@pytest.fixture(autouse=True)
def no_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)


def test_nearly_all_of_92_files_in_23_encodings_are_read_right() -> None:
    wrong = set()
    for language, codec in COMMENTS:
        for kind, text in files(language, codec).items():
            decoded, _ = decode(text.encode(codec))
            if decoded != text:
                wrong.add((language, kind))
    assert wrong == _WRONG
    assert 92 - len(wrong) >= 88


@pytest.mark.parametrize(("language", "codec"), COMMENTS)
def test_a_legacy_file_is_marked_as_a_guess_and_changed_in_ascii_keeps_every_other_byte(
    language: str, codec: str
) -> None:
    for text in files(language, codec).values():
        data = text.encode(codec)
        decoded, encoding = decode(data)
        assert encoding.is_guess
        assert encoding.encode(decoded) == data
        added = decoded.replace("int ", "long ", 1) + "// end\n"
        assert encoding.encode(added) == data.replace(b"int ", b"long ", 1) + b"// end\n"
