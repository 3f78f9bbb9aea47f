"""The house's import contracts, checked on the real folders (pyproject.toml, [tool.importlinter])."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_contracts_are_kept() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_plain_data_loads_without_anything_heavy() -> None:
    code = (
        "import sys, engine.messages.jobs;"
        "print(sorted({name.split('.')[0] for name in sys.modules} & set(sys.argv[1].split())))"
    )
    heavy = "torch transformers bitsandbytes sentencepiece numpy PySide6"
    result = subprocess.run([sys.executable, "-c", code, heavy], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_every_module_that_promises_to_be_without_qt_is_held_to_it() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    held = next(one for one in contracts if one["name"] == "What is decided without Qt imports none")["source_modules"]
    for folder in ("app", "ui"):
        for file in (ROOT / folder).rglob("*.py"):
            module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            promise = ast.get_docstring(ast.parse(file.read_text())) or ""
            if "without Qt" in promise.partition("\n\n")[0]:
                assert any(f"{module}.".startswith(f"{one}.") for one in held), module
