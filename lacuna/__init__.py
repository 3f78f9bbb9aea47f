"""The one name that an installation adds to its environment, and the entry of the command `lacuna`.

`app`, `ui`, `engine` and `resources` are names that other distributions use too. Installed, ours lie in this folder,
which is on no other program's path; here it comes first on ours, and `engine.client` does the same for the children.
In a checkout they lie beside this folder. Nothing is imported as `lacuna.app`.
"""

import sys
from pathlib import Path


def packages_folder() -> Path:
    """The folder of `app`, `ui`, `engine` and `resources`."""
    here = Path(__file__).parent
    return here if (here / "app").is_dir() else here.parent


def main() -> int:
    """The command `lacuna`: its exit code."""
    sys.path.insert(0, str(packages_folder()))
    from app.command_line import main as run

    return run()
