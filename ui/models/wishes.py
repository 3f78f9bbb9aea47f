"""What a person can ask for in the Models dialog; without Qt. `ModelsDialog.wished` carries one of these.

A new wish is a class here, a member of the union and one `case` where the union is matched. What can be done with one
model is an `Act` (engine/model_rows.py).
"""

from dataclasses import dataclass

from engine.model_rows import Act


@dataclass(frozen=True, slots=True)
class DoWithModel:
    """Do this with the model of that row."""

    key: str
    act: Act


@dataclass(frozen=True, slots=True)
class ChooseContext:
    """Load models with this context from now on. `index` counts the choices of the dialog."""

    index: int


@dataclass(frozen=True, slots=True)
class AddFolder:
    """Ask for a model folder and put it on the list."""


@dataclass(frozen=True, slots=True)
class AddFile:
    """Ask for a model in one GGUF file and put it on the list."""


Wish = DoWithModel | ChooseContext | AddFolder | AddFile
