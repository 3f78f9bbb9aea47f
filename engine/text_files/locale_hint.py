"""What the desktop's locale says of the files that its person is likely to have."""

import codecs
import os
import re
from collections.abc import Mapping

_LOCALE = re.compile(r"[a-z]{2,3}_(?P<country>[A-Z]{2})(?:\.(?P<charset>[A-Za-z0-9-]+))?")
# The code page that Windows uses in a country, where it is not 1252.
_PAGES = {
    "cp1250": "PL CZ SK HU RO HR SI BA AL",
    "cp1251": "RU UA BY BG RS MK KZ MN",
    "cp1253": "GR CY",
    "cp1254": "TR AZ",
    "cp1255": "IL",
    "cp1256": "EG SA AE IR IQ SY JO LB MA DZ TN LY PK",
    "cp1257": "LT LV EE",
}
_PAGE_OF = {country: page for page, countries in _PAGES.items() for country in countries.split()}


def country(environment: Mapping[str, str] = os.environ) -> str:
    """The locale's country in two capitals, "" where it names none."""
    match = _LOCALE.match(_name(environment))
    return match["country"] if match else ""


def local_codec(environment: Mapping[str, str] = os.environ) -> str:
    """The locale's charset where it is not UTF-8, else the code page of its country; "" where it has neither."""
    match = _LOCALE.match(_name(environment))
    if match is None:
        return ""
    try:
        named = codecs.lookup(match["charset"] or "utf-8").name.replace("-", "_")
    except LookupError:
        named = "utf_8"
    return named if named not in ("utf_8", "ascii") else _PAGE_OF.get(match["country"], "")


def _name(environment: Mapping[str, str]) -> str:
    return environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or ""
