"""The house's import contracts, checked on the real folders (pyproject.toml, [tool.importlinter])."""

import subprocess
import sys
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
