"""A Jupyter notebook as text: its cells' sources and text outputs, without pictures (nbformat 3 and 4).

Cells are in the percent format of Jupytext: `# %%` begins a cell, and anything but code is a comment.
"""

import json
from collections.abc import Iterator
from typing import Any

SUFFIX = ".ipynb"

_MAX_OUTPUT_LINES, _MAX_OUTPUT_CHARACTERS = 20, 2_000


def cells_of(content: str) -> str | None:
    """The text of a notebook's cells; None if the file is not a valid notebook."""
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError):
        return None
    cells = _cells(notebook)
    if cells is None:
        return None
    return "\n".join(text for cell in cells if isinstance(cell, dict) for text in [_cell_text(cell)] if text)


def _cells(notebook: Any) -> list[Any] | None:
    if not isinstance(notebook, dict) or "nbformat" not in notebook:
        return None
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        sheets = notebook.get("worksheets")
        first = sheets[0] if isinstance(sheets, list) and sheets else None
        cells = first.get("cells") if isinstance(first, dict) else None
    return cells if isinstance(cells, list) else None


def _cell_text(cell: dict[str, Any]) -> str:
    source = _text_of(cell.get("source", cell.get("input", "")))
    kind = cell.get("cell_type")
    if kind == "code":
        outputs = cell.get("outputs")
        found = _output_lines(outputs if isinstance(outputs, list) else [])
        return "# %%\n" + _ended(source) + "".join(f"# {line}".rstrip() + "\n" for line in found)
    label = kind if isinstance(kind, str) and kind.isalpha() else "markdown"
    return f"# %% [{label}]\n" + "".join(f"# {line}".rstrip() + "\n" for line in source.splitlines())


def _output_lines(outputs: list[Any]) -> Iterator[str]:
    """A cell's text output, limited in lines and characters, after `Out:`."""
    lines = [line for output in outputs if isinstance(output, dict) for line in _text_of_output(output).splitlines()]
    left = _MAX_OUTPUT_CHARACTERS
    for number, line in enumerate(lines):
        if number == _MAX_OUTPUT_LINES or left <= 0:
            yield f"… ({len(lines) - number:,} more lines of output)"
            return
        yield ("Out: " if number == 0 else "") + line[:left]
        left -= len(line)


def _text_of_output(output: dict[str, Any]) -> str:
    data = output.get("data")
    if isinstance(data, dict):
        return _text_of(data.get("text/plain", ""))
    if output.get("output_type") in ("error", "pyerr"):
        return f"{output.get('ename')}: {output.get('evalue')}"
    return _text_of(output.get("text", ""))


def _text_of(value: Any) -> str:
    """A text from a notebook, which stores it as one string or a list of lines."""
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
