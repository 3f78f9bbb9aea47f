"""Which bytes become which text, and that they can always be written back."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.text_files import CHOICES, Encoding, NotTextError, decode, decode_as, readable
from engine.text_files.encoding import short_name
from engine.text_files.locale_hint import local_codec


@settings(deadline=None)  # codecs are imported when first tried
@given(st.binary(max_size=200))
@example(b"\xff\xfe\x00\xd8a\x00" * 9)
@example("\U0010fe80".encode() + b"\xff")
def test_any_bytes_are_binary_or_a_text_that_is_written_back_byte_for_byte(data: bytes) -> None:
    try:
        text, encoding = decode(data)
    except NotTextError:
        assert set(data) & {*range(32), 127}, "only control characters make a file binary"
        return
    assert encoding.encode(text) == data


@settings(deadline=None)
@given(st.sampled_from(CHOICES), st.binary(max_size=60).map(lambda data: data.replace(b"\0", b"")), st.booleans())
def test_a_chosen_encoding_keeps_every_byte_around_an_ascii_edit(
    choice: tuple[str, str], data: bytes, at_end: bool
) -> None:
    outcome = decode_as(data, Encoding(choice[0]))
    if outcome is None:
        return
    text, encoding = outcome
    assert encoding.encode(text) == data
    edit = "\nif (x)\n"
    edited = encoding.encode(text + edit if at_end else edit + text)
    assert edited.replace(edit.encode(choice[0]), b"", 1) == data


@pytest.mark.parametrize(
    ("data", "text", "codec"),
    [
        (b"", "", "utf-8"),
        ("naïve 😀\n".encode(), "naïve 😀\n", "utf-8"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n", "utf-8"),
        ("x = 'é'\n".encode("utf-16"), "x = 'é'\n", "utf-16-le"),
        (b"\xfe\xff" + "x".encode("utf-16-be"), "x", "utf-16-be"),
        ("x".encode("utf-32"), "x", "utf-32-le"),
        ("// größer\n".encode("utf-16-le"), "// größer\n", "utf-16-le"),
        ("x = '漢字'\n".encode("utf-16-be"), "x = '漢字'\n", "utf-16-be"),
        ("日本語\n".encode("iso2022_jp"), "日本語\n", "iso2022_jp"),
    ],
)
def test_what_the_bytes_tell_is_certain(data: bytes, text: str, codec: str) -> None:
    decoded, encoding = decode(data)
    assert (decoded, encoding.codec, encoding.is_guess) == (text, codec, False)
    assert encoding.encode(decoded) == data


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"na\xc3\xafve \xff\n", "naïve \ufffd\n"),
        (b"\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\n", "中文\ufffd\ufffd\n"),
        (b"\xef\xbb\xbfx\xe9\n", "x\ufffd\n"),
    ],
)
def test_a_stray_byte_in_utf8_stays_as_it_is(data: bytes, shown: str) -> None:
    text, encoding = decode(data)
    assert (encoding.codec, encoding.is_guess, readable(text)) == ("utf-8", False, shown)
    assert encoding.encode(text + "é") == data + "é".encode()


def test_a_broken_character_does_not_hide_the_encoding_of_the_other_lines() -> None:
    data = "// 初始化缓冲区\n// 返回结果，如果没有\n// 指针\n".encode("gbk")
    broken = data[:8] + data[9:]
    text, encoding = decode(broken)
    assert encoding.codec == "gbk"
    assert "返回结果，如果没有" in text
    assert encoding.encode(text) == broken


@pytest.mark.parametrize(
    "line",
    ['label = "Temp °C"', "x = 5 µm", "price = £5", "tolerance ± 0.5", "“quoted” – text…", "10 m² of it", "© 2003 X",
     "12 €", "don’t", "«guillemets»", "¿qué?", "naïve", "n° 5", "30° – 40°", "a · b × c", "½ of it"],
)  # fmt: skip
def test_a_few_signs_are_those_of_western_europe(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    assert decode(f"// {line}\n".encode("cp1252"))[0] == f"// {line}\n"


def test_the_locale_decides_where_the_bytes_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    data = "// kąt\n".encode("iso8859_2")
    monkeypatch.setenv("LC_ALL", "pl_PL.ISO-8859-2")
    assert decode(data)[0] == "// kąt\n"
    assert local_codec({"LANG": "ru_RU.UTF-8"}) == "cp1251"
    assert local_codec({"LANG": "de_DE.UTF-8"}) == local_codec({"LANG": "C.UTF-8"}) == local_codec({}) == ""
    assert local_codec({"LC_ALL": "xx_XX.nonsense", "LANG": "ru_RU.UTF-8"}) == ""


@pytest.mark.parametrize("data", [b"MZ\x00\x01", bytes(range(1, 32)) * 20, b"\xff\xfe\x00", b"a\0b" * 50])
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(NotTextError):
        decode(data)


def test_every_offered_encoding_has_a_codec_and_a_name_of_its_own() -> None:
    assert len({name for _, name in CHOICES}) == len(CHOICES) >= 40
    for codec, _ in CHOICES:
        assert "a".encode(codec)
        assert "_" not in short_name(codec)
