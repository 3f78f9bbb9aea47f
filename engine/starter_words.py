"""What is said of the model that ships with Lacuna, the same on every page. Plain data, allowed to the window."""

# What ships has 135 million parameters. The tests' model, which stands in for it in a checkout, has 4 million.
_LEAST_PARAMETERS = 50_000_000
_SHIPPED = (
    "The starter is SmolLM2-135M, a small model that was taught Code Llama's formats. "
    "It shows how everything works and answers short questions, often half right. It is a demonstration, "
    "not Code Llama."
)
_STAND_IN = (
    "The demonstration model was not built here, so the tests' model of 4 million parameters stands in for it: "
    "it shows how everything works, and what it writes means little. "
    "Run make setup again where packages can be downloaded."
)
NOT_BUILT = "This copy of Lacuna has no demonstration model: it was not built."
BUILD_IT = (
    "Get a Code Llama or add a model of your own; in a checkout, run make setup where packages can be downloaded."
)


def is_stand_in(parameters: int) -> bool:
    """Whether a starter of so many parameters is the tests' model in place of the one that ships."""
    return parameters < _LEAST_PARAMETERS


def starter_words(parameters: int) -> str:
    """What the starter of so many parameters is; 0 where there is none."""
    if parameters == 0:
        return f"{NOT_BUILT} {BUILD_IT}"
    return _STAND_IN if is_stand_in(parameters) else _SHIPPED
