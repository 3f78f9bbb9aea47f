"""The table of all actions. Menus, palette and the list of shortcuts are made from it."""

from dataclasses import dataclass
from enum import Enum

from PySide6.QtGui import QKeySequence


class Need(Enum):
    """A condition of an action. The value tells the person what is missing."""

    FILE = "Open a file first."
    TEXT = "Click into a text first."
    PROJECT = "Open a folder first."
    MODEL = "Load a model first."
    OTHER_MODEL = "The starter is already loaded."
    ANSWER = "There is no answer yet."
    RUNNING = "Nothing is running."
    PREVIEW = "No fill is waiting to be accepted."


class Menu(Enum):
    """The menus, in the order of the menu bar, each with its mnemonic."""

    FILE = "&File"
    EDIT = "&Edit"
    VIEW = "&View"
    CHAT = "&Chat"
    FILL = "F&ill"
    PROJECT = "&Project"
    MODEL = "&Model"
    HELP = "&Help"

    @property
    def title(self) -> str:
        return self.value.replace("&", "")


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action.

    `keys` is a standard key of the desktop or a key sequence; it works in the whole window. `pane_key` is a key that a
    pane handles itself; here it is only shown. Only one action of a `choice` is checked. `starts_section` draws a line
    above the action in its menu.
    """

    id: str
    menu: Menu
    text: str
    keys: QKeySequence.StandardKey | str | None = None
    pane_key: str = ""
    icon: str = ""
    needs: tuple[Need, ...] = ()
    checkable: bool = False
    choice: str = ""
    starts_section: bool = False


_Key = QKeySequence.StandardKey

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("file.open", Menu.FILE, "&Open file…", _Key.Open, icon="file"),
    ActionSpec("file.open_folder", Menu.FILE, "Open &folder…", "Ctrl+Shift+O", icon="folder"),
    ActionSpec("file.save", Menu.FILE, "&Save", _Key.Save, icon="save", needs=(Need.FILE,), starts_section=True),
    ActionSpec("file.save_as", Menu.FILE, "Save &as…", "Ctrl+Shift+S", needs=(Need.FILE,)),
    ActionSpec("file.open_again", Menu.FILE, "Open a&gain in…", needs=(Need.FILE,)),
    ActionSpec("file.close", Menu.FILE, "&Close file", "Ctrl+W", needs=(Need.FILE,), starts_section=True),
    ActionSpec("file.quit", Menu.FILE, "&Quit", "Ctrl+Q", starts_section=True),
    ActionSpec("edit.undo", Menu.EDIT, "&Undo", _Key.Undo, icon="undo", needs=(Need.TEXT,)),
    ActionSpec("edit.redo", Menu.EDIT, "&Redo", _Key.Redo, icon="redo", needs=(Need.TEXT,)),
    ActionSpec("edit.cut", Menu.EDIT, "Cu&t", _Key.Cut, needs=(Need.TEXT,), starts_section=True),
    ActionSpec("edit.copy", Menu.EDIT, "&Copy", _Key.Copy, icon="copy", needs=(Need.TEXT,)),
    ActionSpec("edit.paste", Menu.EDIT, "&Paste", _Key.Paste, needs=(Need.TEXT,)),
    ActionSpec("edit.select_all", Menu.EDIT, "Select &all", _Key.SelectAll, needs=(Need.TEXT,)),
    ActionSpec("edit.find", Menu.EDIT, "&Find…", _Key.Find, icon="search", needs=(Need.FILE,), starts_section=True),
    ActionSpec("app.settings", Menu.EDIT, "&Settings…", "Ctrl+,", icon="settings", starts_section=True),
    ActionSpec("view.palette", Menu.VIEW, "&Command palette…", "Ctrl+Shift+P", icon="command"),
    ActionSpec("view.project", Menu.VIEW, "&Project pane", "Alt+1", checkable=True, starts_section=True),
    ActionSpec("view.code", Menu.VIEW, "Co&de pane", "Alt+2", checkable=True),
    ActionSpec("view.chat", Menu.VIEW, "C&hat pane", "Alt+3", checkable=True),
    ActionSpec("view.next_pane", Menu.VIEW, "&Next pane", "F6"),
    ActionSpec(
        "view.theme_system", Menu.VIEW, "Theme of the de&sktop", checkable=True, choice="theme", starts_section=True
    ),
    ActionSpec("view.theme_light", Menu.VIEW, "&Light theme", checkable=True, choice="theme"),
    ActionSpec("view.theme_dark", Menu.VIEW, "Dar&k theme", checkable=True, choice="theme"),
    ActionSpec("view.larger", Menu.VIEW, "Larger &text", _Key.ZoomIn, starts_section=True),
    ActionSpec("view.smaller", Menu.VIEW, "S&maller text", _Key.ZoomOut),
    ActionSpec("view.normal_size", Menu.VIEW, "No&rmal text size", "Ctrl+0"),
    ActionSpec("view.full_screen", Menu.VIEW, "&Full screen", "F11", checkable=True, starts_section=True),
    ActionSpec("chat.new", Menu.CHAT, "&New chat", _Key.New, icon="plus"),
    ActionSpec("chat.focus", Menu.CHAT, "&Ask something", "Ctrl+L", icon="chat"),
    ActionSpec("chat.list", Menu.CHAT, "C&hats…", "Ctrl+H", icon="history"),
    ActionSpec(
        "chat.send", Menu.CHAT, "&Send", pane_key="Enter", icon="send", needs=(Need.MODEL,), starts_section=True
    ),
    ActionSpec("chat.stop", Menu.CHAT, "S&top", "Ctrl+.", icon="stop", needs=(Need.RUNNING,)),
    ActionSpec("chat.regenerate", Menu.CHAT, "&Regenerate", "Ctrl+R", icon="refresh", needs=(Need.MODEL, Need.ANSWER)),
    ActionSpec("chat.prompt", Menu.CHAT, "&What the model saw…", icon="info", needs=(Need.ANSWER,)),
    ActionSpec("chat.copy_answer", Menu.CHAT, "&Copy answer", "Ctrl+Shift+C", icon="copy", needs=(Need.ANSWER,)),
    ActionSpec("fill.fill", Menu.FILL, "&Fill the gap", "Ctrl+I", icon="gap", needs=(Need.FILE, Need.MODEL)),
    ActionSpec("fill.accept", Menu.FILL, "&Accept fill", pane_key="Tab", icon="check", needs=(Need.PREVIEW,)),
    ActionSpec("fill.discard", Menu.FILL, "&Discard fill", pane_key="Esc", icon="close", needs=(Need.PREVIEW,)),
    ActionSpec("fill.prompt", Menu.FILL, "&What the model saw…", icon="info", needs=(Need.PREVIEW,)),
    ActionSpec("project.reload", Menu.PROJECT, "&Read folder again", "F5", icon="refresh", needs=(Need.PROJECT,)),
    ActionSpec("project.close", Menu.PROJECT, "&Close folder", icon="close", needs=(Need.PROJECT,)),
    ActionSpec("model.models", Menu.MODEL, "&Models…", "Ctrl+Shift+M", icon="model"),
    ActionSpec("model.switch", Menu.MODEL, "S&witch model…", "Ctrl+M"),
    ActionSpec("model.open_folder", Menu.MODEL, "&Open model folder…", icon="folder"),
    ActionSpec("model.open_file", Menu.MODEL, "Open &GGUF file…", icon="file"),
    ActionSpec("model.use_starter", Menu.MODEL, "Use the &starter", needs=(Need.OTHER_MODEL,)),
    ActionSpec("model.unload", Menu.MODEL, "&Unload model", needs=(Need.MODEL,), starts_section=True),
    ActionSpec("engine.restart", Menu.MODEL, "&Restart engine", icon="refresh"),
    ActionSpec("help.shortcuts", Menu.HELP, "&Keyboard shortcuts", "F1", icon="keyboard"),
    ActionSpec("help.about", Menu.HELP, "&About Lacuna", icon="info", starts_section=True),
)
