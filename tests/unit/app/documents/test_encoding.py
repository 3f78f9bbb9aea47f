"""Which bytes become which text, and that they can always be written back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.documents.encoding import NotTextError, decode


@settings(deadline=None)  # codecs are imported when first tried
@given(st.binary(max_size=200))
def test_decode_of_any_bytes_round_trips_or_refuses(data: bytes) -> None:
    try:
        text, encoding = decode(data)
    except NotTextError:
        return
    assert encoding.encode(text) == data


@pytest.mark.parametrize(
    ("data", "text", "codec"),
    [
        (b"", "", "utf-8"),
        ("naïve 😀\n".encode(), "naïve 😀\n", "utf-8"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n", "utf-8"),
        ("x = 'é'\n".encode("utf-16"), "x = 'é'\n", "utf-16-le"),
        (b"\xfe\xff" + "x".encode("utf-16-be"), "x", "utf-16-be"),
        ("x".encode("utf-32"), "x", "utf-32-le"),
    ],
)
def test_decode_tells_unicode_by_mark_or_validity(data: bytes, text: str, codec: str) -> None:
    decoded, encoding = decode(data)
    assert (decoded, encoding.codec) == (text, codec)


def test_decode_when_japanese_in_shift_jis_reads_it() -> None:
    comment = "# 日本語のコメントです。ここに説明を書きます。\n" * 8
    text, encoding = decode(comment.encode("shift_jis"))
    assert text == comment
    assert encoding.encode(text) == comment.encode("shift_jis")


def test_decode_when_latin_text_is_not_utf8_keeps_its_bytes() -> None:
    data = "# Größe und Länge, für später: schöne Grüße\nname = 'Müller'\n".encode("latin-1")
    text, encoding = decode(data)
    assert "Größe" in text
    assert encoding.encode(text) == data


@pytest.mark.parametrize("data", [b"MZ\x00\x01", bytes(range(1, 32)) * 20, b"\xff\xfe\x00"])
def test_decode_when_binary_or_broken_refuses(data: bytes) -> None:
    with pytest.raises(NotTextError):
        decode(data)
