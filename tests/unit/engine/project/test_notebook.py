"""Notebooks as their cells, and anything else that calls itself one."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.project.descent import Descent
from engine.project.entries import FoundFile, LeftOut
from engine.project.gate import Admitted, judge
from engine.project.notebook import cells_of


def notebook(*cells: dict[str, Any]) -> str:
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def code(source: Any, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": source, "outputs": list(outputs)}


def picture(size: int) -> dict[str, Any]:
    return {
        "output_type": "display_data",
        "data": {"image/png": "iVBOR" + "A1b2" * (size // 4), "text/plain": ["<Figure>"]},
    }


def judged(root: Path, name: str, text: str, *, forced: bool = False) -> Admitted | LeftOut:
    (root / name).write_text(text)
    with Descent(str(root)) as descent:
        return judge(descent, FoundFile(name, len(text), 0, forced))


def test_cells_and_what_they_wrote_stand_in_their_order() -> None:
    written = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}
    text = notebook(
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "\n", "Words."]},
        code(
            ["import numpy as np\n", "print(1)"],
            written,
            picture(9),
        ),
        code("1 / 0", {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "division", "traceback": ["…"]}),
    )
    assert cells_of(text) == (
        "# %% [markdown]\n# # Title\n#\n# Words.\n\n"
        "# %%\nimport numpy as np\nprint(1)\n# Out: 1\n# <Figure>\n\n"
        "# %%\n1 / 0\n# Out: ZeroDivisionError: division\n"
    )


def test_long_outputs_are_cut_and_say_so() -> None:
    many = cells_of(notebook(code("f()", {"output_type": "stream", "text": "x\n" * 500})))
    assert many is not None
    assert many.endswith("# … (480 more lines of output)\n")
    assert many.count("# x") + many.count("# Out: x") == 20
    wide = cells_of(notebook(code("f()", {"output_type": "stream", "text": "x" * 90_000})))
    assert wide is not None
    assert len(wide) < 2_100


def test_an_old_notebook_has_its_cells_in_a_worksheet() -> None:
    cell = {"cell_type": "code", "input": ["print(1)"], "outputs": [{"output_type": "stream", "text": ["1\n"]}]}
    text = json.dumps({"nbformat": 3, "worksheets": [{"cells": [cell]}]})
    assert cells_of(text) == "# %%\nprint(1)\n# Out: 1\n"


@pytest.mark.parametrize("size", [2_000, 3_000_000])
def test_a_notebook_with_pictures_comes_in_without_them(tmp_path: Path, size: int) -> None:
    outcome = judged(tmp_path, "plot.ipynb", notebook(code("plot()", picture(size))))
    assert outcome == Admitted("# %%\nplot()\n# Out: <Figure>\n", "a notebook's cells, without pictures")


def test_a_secret_in_a_cell_keeps_the_notebook_out(tmp_path: Path) -> None:
    value = "Zx9k2LmQ8vRt5Yw1" + "Pn7bHs4Jd6Fg3Ac0"
    text = notebook(code("import os\n"), code(f'api_key = "{value}"\n'))
    outcome = judged(tmp_path, "a.ipynb", text)
    assert isinstance(outcome, LeftOut)
    assert outcome.may_be_secret
    assert "in line 5" in outcome.reason
    assert isinstance(judged(tmp_path, "a.ipynb", text, forced=True), Admitted)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"cells": []}', '{"nbformat": 4, "cells": 3}', "[" * 100_000, "print(1)\n"]
)
def test_what_is_no_notebook_is_read_as_it_stands(tmp_path: Path, text: str) -> None:
    assert cells_of(text) is None
    assert isinstance(judged(tmp_path, "a.ipynb", text[:4_000]), Admitted)


_KEYS = ("cells", "source", "outputs", "data", "text", "text/plain", "cell_type", "worksheets", "input")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["cells", "source", "outputs", "data", "text", "text/plain", "cell_type", "worksheets", "input"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_any_cells_give_text(cells: Any) -> None:
    assert isinstance(
        cells_of(json.dumps({"nbformat": 4, "cells": [cells, *(cells if isinstance(cells, list) else [])]})), str
    )
    cells_of(json.dumps({"nbformat": 3, "worksheets": cells}))
