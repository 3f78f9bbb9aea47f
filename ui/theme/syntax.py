"""The colours of Pygments tokens. The editor and the chat's code blocks share this mapping."""

from collections.abc import Mapping

from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

from ui.theme.colours import Colours

# `colour_of` looks a token up as Pygments styles do: first its own type, then the parent types.
_FIELD_OF_TOKEN: Mapping[_TokenType, str] = {
    Comment: "comment",
    Keyword: "keyword",
    Keyword.Constant: "number",
    Keyword.Type: "class_name",
    Operator.Word: "keyword",
    Name.Builtin: "builtin",
    Name.Builtin.Pseudo: "builtin",
    Name.Class: "class_name",
    Name.Exception: "class_name",
    Name.Namespace: "class_name",
    Name.Function: "function",
    Name.Function.Magic: "function",
    Name.Decorator: "decorator",
    Name.Tag: "keyword",
    Name.Attribute: "function",
    Number: "number",
    String: "string",
    String.Interpol: "number",
    String.Escape: "number",
    String.Doc: "string",
}


def colour_of(token: _TokenType, colours: Colours) -> str | None:
    """The `#RRGGBB` of a Pygments token type; None for plain text."""
    kind: _TokenType | None = token
    while kind is not None:
        if kind in _FIELD_OF_TOKEN:
            value: str = getattr(colours.syntax, _FIELD_OF_TOKEN[kind])
            return value
        kind = kind.parent
    return None
