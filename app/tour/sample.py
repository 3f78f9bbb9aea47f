"""A small project that the tour writes into a temporary folder, drops into the window and edits."""

from pathlib import Path

LEDGER = "ledger/accounts.py"

_FILES = {
    "README.md": """# Ledger

A very small double-entry ledger. `ledger/accounts.py` keeps the entries, `ledger/report.py` prints them.
""",
    LEDGER: '''"""Accounts and the entries in them."""


class Account:
    """An account with a name and a list of entries."""

    def __init__(self, name):
        self.name = name
        self.entries = []

    def add(self, amount, note=""):
        """Add an entry to the account."""
        self.entries.append((amount, note))

    def balance(self):
        """Return the sum of all amounts."""
        return sum(amount for amount, note in self.entries)

    def __repr__(self):
        return "<Account %r>" % self.name
''',
    "ledger/report.py": '''"""Prints accounts as a table."""


def format_line(name, amount, width=40):
    """Return one line of the report."""
    return name.ljust(width) + format(amount, "10.2f")


def write_report(accounts, file):
    """Write a line for each account, and the total."""
    total = 0
    for account in accounts:
        file.write(format_line(account.name, account.balance()) + "\\n")
        total += account.balance()
    file.write(format_line("Total", total) + "\\n")
''',
    "ledger/__init__.py": "",
    "tests/test_accounts.py": """from ledger.accounts import Account


def test_balance_is_the_sum_of_the_entries():
    account = Account("cash")
    account.add(10)
    account.add(-3, "bread")
    assert account.balance() == 7
""",
    ".gitignore": "build/\n*.log\n",
    ".env": "TOKEN=not-to-be-read\n",
    "build/output.txt": "made by a machine\n",
    "run.log": "a log\n",
}
_PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)


def write_sample(folder: Path) -> Path:
    """Write the project below a folder and return its root."""
    root = folder / "ledger project"
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / "logo.png").write_bytes(_PICTURE)
    return root
