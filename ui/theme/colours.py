"""The two tables of colours, dark and light. Everything that is painted takes its colours from here.

Text has a contrast of at least 4.5:1 on ground, panel and raised, as WCAG 2.2 asks (success criterion 1.4.3); a test in
tests/unit/ui/theme computes every pair.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Syntax:
    """Colours of code. Tokens of other kinds are painted in the theme's `text`."""

    keyword: str
    string: str
    number: str
    comment: str
    function: str
    class_name: str
    builtin: str
    decorator: str


@dataclass(frozen=True, slots=True)
class Colours:
    """A theme's colours as `#RRGGBB`. `gap` and `gap_edge` mark the gap and its fill, and nothing else."""

    is_dark: bool
    ground: str
    panel: str
    raised: str
    line: str
    text: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    link: str
    selection: str
    gap: str
    gap_edge: str
    added: str
    removed: str
    warn: str
    error: str
    syntax: Syntax


DARK = Colours(
    is_dark=True,
    ground="#15171C",
    panel="#1B1E25",
    raised="#232731",
    line="#303643",
    text="#E7E9EF",
    muted="#A0A8B8",
    faint="#8A93A6",
    accent="#5CD2B8",
    on_accent="#0B1F1A",
    link="#7DB7FF",
    selection="#223049",
    gap="#2A2A1E",
    gap_edge="#E0B45C",
    added="#16332B",
    removed="#3A1F24",
    warn="#F0B95B",
    error="#F58A8A",
    syntax=Syntax(
        keyword="#C99BFF",
        string="#9BD88A",
        number="#F2B880",
        comment="#8E98AC",
        function="#7DB7FF",
        class_name="#5CD2B8",
        builtin="#E6C07B",
        decorator="#F58FB0",
    ),
)

LIGHT = Colours(
    is_dark=False,
    ground="#F6F7F9",
    panel="#FFFFFF",
    raised="#EDEFF3",
    line="#D5DAE3",
    text="#1B1F27",
    muted="#535C6B",
    faint="#5F6878",
    accent="#0B7A66",
    on_accent="#FFFFFF",
    link="#0B5CC2",
    selection="#DAE8FD",
    gap="#FFF6DF",
    gap_edge="#8A5F00",
    added="#DDF4EA",
    removed="#FBE3E4",
    warn="#8A5A00",
    error="#B3262E",
    syntax=Syntax(
        keyword="#7A34C9",
        string="#2B6E1F",
        number="#9A4A00",
        comment="#5F6878",
        function="#0B5CC2",
        class_name="#0B6E5E",
        builtin="#7A5A00",
        decorator="#A62458",
    ),
)
