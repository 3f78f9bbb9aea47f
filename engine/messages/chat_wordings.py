"""Chat formats that put words around messages, as their makers published them.

ChatML: github openai/openai-python, chatml.md at v0.27. Zephyr: github huggingface/alignment-handbook. Alpaca: github
tatsu-lab/stanford_alpaca, README, and WizardCoder after it. Vicuna: github lm-sys/FastChat, vicuna_weights_version.md.
Llama 3: github meta-llama/llama-models, models/llama3/prompt_format.md. Phind: the card of Phind-CodeLlama-34B-v2.
"""

from collections.abc import Mapping

from engine.messages.prompts import BEGIN, END, Around, ChatWording, PromptFormat


def _with_roles(before: str, between: str, after: str, *, strips: bool = False) -> tuple[Around, Around, Around]:
    """The words around each speaker's messages, for a format in which these differ only in the speaker's name."""
    names = ("system", "user", "assistant")
    system, user, assistant = (Around(f"{before}{name}{between}", after, strips) for name in names)
    return system, user, assistant


WORDINGS: Mapping[PromptFormat, ChatWording] = {
    PromptFormat.CHATML: ChatWording(
        "", *_with_roles("<|im_start|>", "\n", "<|im_end|>\n"), header="<|im_start|>assistant\n"
    ),
    PromptFormat.ZEPHYR: ChatWording("", *_with_roles("<|", "|>\n", f"{END}\n"), header="<|assistant|>\n"),
    PromptFormat.LLAMA3: ChatWording(
        BEGIN,
        *_with_roles("<|start_header_id|>", "<|end_header_id|>\n\n", "<|eot_id|>", strips=True),
        header="<|start_header_id|>assistant<|end_header_id|>\n\n",
    ),
    PromptFormat.ALPACA: ChatWording(
        start=BEGIN,
        system=Around("", "\n\n"),
        question=Around("### Instruction:\n", "\n\n"),
        answer=Around("### Response:", f"{END}\n\n"),
        header="### Response:",
        default_system="Below is an instruction that describes a task. "
        "Write a response that appropriately completes the request.",
    ),
    PromptFormat.VICUNA: ChatWording(
        start=BEGIN,
        system=Around("", " "),
        question=Around("USER: ", " "),
        answer=Around("ASSISTANT: ", END),
        header="ASSISTANT:",
        default_system="A chat between a curious user and an artificial intelligence assistant. "
        "The assistant gives helpful, detailed, and polite answers to the user's questions.",
    ),
    PromptFormat.PHIND: ChatWording(
        start=BEGIN,
        system=Around("### System Prompt\n", "\n\n"),
        question=Around("### User Message\n", "\n\n"),
        answer=Around("### Assistant\n", f"{END}\n\n"),
        header="### Assistant\n",
        default_system="You are an intelligent programming assistant.",
    ),
}
