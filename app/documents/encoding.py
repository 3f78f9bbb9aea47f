"""Bytes to text and back without losing one: byte order mark, then strict UTF-8, then a guess that must round-trip."""

from dataclasses import dataclass

_BOMS = (  # the longer first: UTF-32's begins with UTF-16's
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# What source files are really written in. Trying all hundred codecs that Python has makes short texts anything at all
# (six stray bytes became UTF-16) and takes a second the first time.
_PLAUSIBLE = [
    "cp1252",
    "cp1250",
    "cp1251",
    "koi8_r",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "shift_jis",
    "euc_jp",
    "gb18030",
    "big5",
    "euc_kr",
    "iso8859_2",
    "iso8859_15",
    "latin_1",
]
_SAMPLE_BYTES = 64 * 1024
_MOST_CONTROL_SHARE = 0.05
_TEXT_CONTROLS = frozenset(b"\t\n\r\f\x0b\x1b\x08")


class NotTextError(ValueError):
    """These bytes are no text that could be written back unchanged; the message says which kind of no."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec's name for Python, and the byte order mark that stood before the text."""

    codec: str = "utf-8"
    bom: bytes = b""

    @property
    def name(self) -> str:
        """For the person."""
        return self.codec.replace("_", "-").upper() + (" with BOM" if self.bom else "")

    def encode(self, text: str) -> bytes:
        """Raises UnicodeEncodeError where the codec lacks a character."""
        return self.bom + text.encode(self.codec)


def decode(data: bytes) -> tuple[str, Encoding]:
    """The text in a file's bytes and how to write it back. Raises NotTextError."""
    encoding = next((Encoding(codec, bom) for bom, codec in _BOMS if data.startswith(bom)), None)
    if encoding is not None:
        return _decoded(data, encoding), encoding
    if b"\0" in data or _control_share(data[:_SAMPLE_BYTES]) > _MOST_CONTROL_SHARE:
        raise NotTextError("binary")
    try:
        return data.decode("utf-8"), Encoding()
    except UnicodeDecodeError:
        encoding = _guessed(data)
    return _decoded(data, encoding), encoding


def _guessed(data: bytes) -> Encoding:
    from charset_normalizer import from_bytes  # 50 ms that a window without such a file need not wait for

    sample = data[:_SAMPLE_BYTES]
    if len(data) > _SAMPLE_BYTES:
        sample = (
            sample[: sample.rfind(b"\n") + 1] or sample
        )  # a sample that ends inside a character rules its codec out
    best = from_bytes(sample, cp_isolation=_PLAUSIBLE).best()
    if best is None:
        raise NotTextError("unknown encoding")
    return Encoding(best.encoding)


def _decoded(data: bytes, encoding: Encoding) -> str:
    try:
        text = data[len(encoding.bom) :].decode(encoding.codec)
        back = encoding.encode(text)
    except UnicodeError:
        raise NotTextError("broken encoding") from None
    if back != data:  # stateful codecs can write one text in several ways
        raise NotTextError("ambiguous encoding")
    return text


def _control_share(sample: bytes) -> float:
    controls = sum(byte < 32 and byte not in _TEXT_CONTROLS for byte in sample)
    return controls / max(1, len(sample))
