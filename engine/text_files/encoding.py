"""An encoding as a value: how text is written back, and how it is named for the person."""

from dataclasses import dataclass

from engine.text_files.strays import encode_with_strays

# What "Open again in…" offers, in its order: the codec's name for Python, and what the person calls it.
CHOICES: tuple[tuple[str, str], ...] = (
    ("utf-8", "UTF-8"),
    ("cp1252", "Western European (Windows-1252)"),
    ("iso8859_15", "Western European with euro (ISO 8859-15)"),
    ("latin_1", "Western European (ISO 8859-1)"),
    ("mac_roman", "Western European (Mac Roman)"),
    ("cp850", "Western European (DOS 850)"),
    ("cp437", "United States (DOS 437)"),
    ("cp1250", "Central European (Windows-1250)"),
    ("iso8859_2", "Central European (ISO 8859-2)"),
    ("cp852", "Central European (DOS 852)"),
    ("iso8859_16", "Romanian (ISO 8859-16)"),
    ("cp1251", "Cyrillic (Windows-1251)"),
    ("koi8_r", "Russian (KOI8-R)"),
    ("koi8_u", "Ukrainian (KOI8-U)"),
    ("cp866", "Cyrillic (DOS 866)"),
    ("iso8859_5", "Cyrillic (ISO 8859-5)"),
    ("mac_cyrillic", "Cyrillic (Mac)"),
    ("cp1253", "Greek (Windows-1253)"),
    ("iso8859_7", "Greek (ISO 8859-7)"),
    ("cp1254", "Turkish (Windows-1254)"),
    ("iso8859_9", "Turkish (ISO 8859-9)"),
    ("cp1255", "Hebrew (Windows-1255)"),
    ("iso8859_8", "Hebrew (ISO 8859-8)"),
    ("cp1256", "Arabic (Windows-1256)"),
    ("iso8859_6", "Arabic (ISO 8859-6)"),
    ("cp1257", "Baltic (Windows-1257)"),
    ("iso8859_4", "Baltic (ISO 8859-4)"),
    ("iso8859_13", "Baltic (ISO 8859-13)"),
    ("cp1258", "Vietnamese (Windows-1258)"),
    ("cp874", "Thai (Windows-874)"),
    ("cp932", "Japanese (Shift-JIS)"),
    ("euc_jp", "Japanese (EUC-JP)"),
    ("iso2022_jp", "Japanese (ISO-2022-JP)"),
    ("gbk", "Chinese, simplified (GBK)"),
    ("gb18030", "Chinese, simplified (GB 18030)"),
    ("cp950", "Chinese, traditional (Big5)"),
    ("big5hkscs", "Chinese, Hong Kong (Big5-HKSCS)"),
    ("cp949", "Korean (EUC-KR, UHC)"),
    ("utf-16-le", "UTF-16, little-endian"),
    ("utf-16-be", "UTF-16, big-endian"),
)
_SHORT = {"cp932": "Shift-JIS", "gb18030": "GB 18030", "cp950": "Big5", "big5hkscs": "Big5-HKSCS", "cp949": "EUC-KR",
          "latin_1": "ISO-8859-1", "mac_roman": "Mac Roman", "mac_cyrillic": "Mac Cyrillic", "cp874": "Windows-874",
          "cp850": "DOS 850", "cp437": "DOS 437", "cp852": "DOS 852", "cp866": "DOS 866"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec's name for Python, the byte order mark before the text, and whether the codec was only guessed.

    A certain one follows from the bytes (a mark, valid UTF-8) or was chosen by the person.
    `keeps_strays`: bytes that the codec cannot read stand in the text as characters of their own (`strays`).
    """

    codec: str = "utf-8"
    bom: bytes = b""
    is_guess: bool = False
    keeps_strays: bool = False

    @property
    def name(self) -> str:
        """For the person."""
        return short_name(self.codec) + (" with BOM" if self.bom else "")

    def encode(self, text: str) -> bytes:
        """Raises UnicodeEncodeError where the codec lacks a character."""
        body = encode_with_strays(text, self.codec) if self.keeps_strays else text.encode(self.codec)
        return self.bom + body


def short_name(codec: str) -> str:
    """What a codec is called in the status bar."""
    if codec in _SHORT:
        return _SHORT[codec]
    name = codec.upper().replace("_", "-")
    for ours, shown in (("CP125", "Windows-125"), ("ISO8859", "ISO-8859"), ("ISO2022", "ISO-2022")):
        name = name.replace(ours, shown)
    return name
