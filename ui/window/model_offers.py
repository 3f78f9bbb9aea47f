"""The Code Llama - Instruct checkpoints to choose between (figures: code-llama.md, sections 2 and 11)."""

from dataclasses import dataclass

LICENCE = "Llama 2 Community License"


@dataclass(frozen=True, slots=True)
class ModelOffer:
    """One checkpoint.

    `download_gb` are its 16-bit safetensors; `weights_gb` what they take in NF4; `card_gb` the smallest usual graphics
    card that also holds the model's whole recommended context, `context` tokens in fp16.
    """

    repo_id: str
    size: str
    download_gb: float
    weights_gb: float
    card_gb: int
    context: str
    fills_gaps: str

    @property
    def folder(self) -> str:
        """A folder name to download into."""
        return self.repo_id.rpartition("/")[2]

    @property
    def command(self) -> str:
        """The shell command that downloads what Lacuna needs, and no pickled weights."""
        parts = ('"*.safetensors"', '"*.json"', "tokenizer.model")
        return (
            f"hf download {self.repo_id} "
            + " ".join(f"--include {part}" for part in parts)
            + f" --local-dir {self.folder}"
        )


OFFERS = (
    ModelOffer("codellama/CodeLlama-7b-Instruct-hf", "7B", 13.5, 3.9, 16, "16k", "yes"),
    ModelOffer("codellama/CodeLlama-13b-Instruct-hf", "13B", 26.0, 7.2, 24, "16k", "yes"),
    ModelOffer("codellama/CodeLlama-34b-Instruct-hf", "34B", 67.5, 18.2, 24, "16k", "no"),
    ModelOffer("codellama/CodeLlama-70b-Instruct-hf", "70B", 138.0, 36.4, 48, "4k", "uncertain"),
)
