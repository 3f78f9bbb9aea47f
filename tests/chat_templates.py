"""Chat templates of the known formats, in the ways in which people write them, and transformers' tokenizer over a
SentencePiece vocabulary, which renders and encodes them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sentencepiece

from engine.messages.prompts import PromptFormat

_LOOP, _END = "{% for message in messages %}", "{% endfor %}"
_ASK = "{% if add_generation_prompt %}"


def _branches(user: str, assistant: str, system: str) -> str:
    return (
        f"{{% if message['role'] == 'user' %}}{user}{{% elif message['role'] == 'system' %}}{system}"
        f"{{% elif message['role'] == 'assistant' %}}{assistant}{{% endif %}}"
    )


def _words(before: str, after: str) -> str:
    return "{{ '" + before + "' + message['content'] + " + after + " }}"


def _first_apart(otherwise: str, system: str) -> str:
    """A system message that comes first, or `otherwise`, put into a variable."""
    return (
        "{% if messages[0]['role'] == 'system' %}{% set turns = messages[1:] %}{% set system_message = "
        + system
        + " %}{% else %}{% set turns = messages %}{% set system_message = '"
        + otherwise
        + "' %}{% endif %}"
    )


# As on several lines: Jinja drops the line end behind a tag, and keeps the one behind what is put out.
ZEPHYR = (
    "{% for message in messages %}\n{% if message['role'] == 'user' %}\n"
    "{{ '<|user|>\\n' + message['content'] + eos_token }}\n"
    "{% elif message['role'] == 'system' %}\n{{ '<|system|>\\n' + message['content'] + eos_token }}\n"
    "{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\\n' + message['content'] + eos_token }}\n"
    "{% endif %}\n    {% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}"
)
ZEPHYR_ON_ONE_LINE = (
    _LOOP
    + _branches(*(_words(f"<|{name}|>\\n", "eos_token + '\\n'") for name in ("user", "assistant", "system")))
    + f"{_END}{_ASK}{{{{ '<|assistant|>\\n' }}}}{{% endif %}}"
)
_CHATML_MESSAGE = "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
_CHATML_END = f"{_END}{_ASK}{{{{ '<|im_start|>assistant\\n' }}}}{{% endif %}}"
CHATML = f"{_LOOP}{_CHATML_MESSAGE}{_CHATML_END}"
CHATML_WITH_SYSTEM = (
    f"{_LOOP}{{% if loop.first and messages[0]['role'] != 'system' %}}"
    "{{ '<|im_start|>system\\nYou answer questions about programs.<|im_end|>\\n' }}{% endif %}"
    f"{_CHATML_MESSAGE}{_CHATML_END}"
)
CHATML_IN_PLACE = (
    _LOOP
    + _branches(
        *(f"<|im_start|>{name}\n{{{{ message.content }}}}<|im_end|>\n" for name in ("user", "assistant", "system"))
    )
    + f"{_END}{_ASK}<|im_start|>assistant\n{{% endif %}}"
)
LLAMA3 = (
    "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + "
    "message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}"
    "{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"
)
ALPACA = (
    _first_apart("Below is a task. Do what it asks for.\\n\\n", "messages[0]['content'] + '\\n\\n'")
    + "{{ bos_token + system_message }}{% for message in turns %}"
    + _branches(
        _words("### Instruction:\\n", "'\\n\\n'"), _words("### Response:\\n", "eos_token + '\\n\\n'"), "{{ '' }}"
    )
    + f"{_END}{_ASK}{{{{ '### Response:' }}}}{{% endif %}}"
)
VICUNA = (
    _first_apart("A person talks to a helpful assistant.", "messages[0]['content']")
    + "{{ bos_token + system_message + ' ' }}{% for message in turns %}{% if message['role'] == 'user' %}"
    "{{ 'USER: ' + message['content'].strip() + ' ' }}{% elif message['role'] == 'assistant' %}"
    "{{ 'ASSISTANT: ' + message['content'].strip() + eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
PHIND = (
    "{{ '### System Prompt\\nYou write programs with care.\\n\\n' }}{% for message in messages %}"
    "{% if message['role'] == 'user' %}{{ '### User Message\\n' + message['content'] + '\\n\\n' }}{% else %}"
    "{{ '### Assistant\\n' + message['content'] + eos_token + '\\n\\n' }}{% endif %}{% endfor %}"
    "{{ '### Assistant\\n' }}"
)
LLAMA2 = (
    "{% for message in messages %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + '<<SYS>>' }}{% endif %}"
    "{{ '[/INST]' }}{% endfor %}"
)
MISTRAL = "{{ bos_token }}{% for message in messages %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% endfor %}"
TURNS = "{% for message in messages %}{{ ' Source: ' + 'x' + '\\nDestination: user' + '<step>' }}{% endfor %}"
OTHER = "{% for message in messages %}{{ '<start_of_turn>' + message['role'] + message['content'] }}{% endfor %}"

WORDED: Mapping[str, tuple[PromptFormat, str]] = {
    "zephyr": (PromptFormat.ZEPHYR, ZEPHYR),
    "zephyr on one line": (PromptFormat.ZEPHYR, ZEPHYR_ON_ONE_LINE),
    "chatml": (PromptFormat.CHATML, CHATML),
    "chatml with a system text": (PromptFormat.CHATML, CHATML_WITH_SYSTEM),
    "chatml in place": (PromptFormat.CHATML, CHATML_IN_PLACE),
    "llama 3": (PromptFormat.LLAMA3, LLAMA3),
    "alpaca": (PromptFormat.ALPACA, ALPACA),
    "vicuna": (PromptFormat.VICUNA, VICUNA),
    "phind": (PromptFormat.PHIND, PHIND),
}
MARKS = (
    *("<|im_start|>", "<|im_end|>", "<|system|>", "<|user|>", "<|assistant|>"),
    *("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
)


def their_tokenizer(model: Path, marks: Sequence[str], *, space_once: bool) -> Any:
    """transformers' tokenizer over a SentencePiece BPE, merges in the order of their scores, with marks added."""
    from tokenizers import Tokenizer
    from tokenizers.models import BPE
    from tokenizers.normalizers import Prepend, Replace, Sequence
    from tokenizers.pre_tokenizers import Metaspace
    from transformers import PreTrainedTokenizerFast

    pieces = sentencepiece.SentencePieceProcessor(model_file=str(model))
    ids = {pieces.id_to_piece(each): each for each in range(pieces.get_piece_size())}
    plain = {
        text
        for text, each in ids.items()
        if not (pieces.is_byte(each) or pieces.is_control(each) or pieces.is_unknown(each))
    }
    cuts = ((text, text[:at], text[at:]) for text in plain for at in range(1, len(text)))
    merges = [cut for cut in cuts if cut[1] in plain and cut[2] in plain]
    merges.sort(key=lambda cut: (-pieces.get_score(ids[cut[0]]), ids[cut[0]]))
    bpe = BPE(
        vocab=ids,
        merges=[(first, second) for _, first, second in merges],
        unk_token="<unk>",
        fuse_unk=True,
        byte_fallback=True,
    )
    tokenizer = Tokenizer(bpe)
    if space_once:
        tokenizer.pre_tokenizer = Metaspace(replacement="▁", prepend_scheme="first", split=False)
    else:
        tokenizer.normalizer = Sequence([Prepend("▁"), Replace(" ", "▁")])
    theirs = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    theirs.add_special_tokens({"additional_special_tokens": list(marks)})
    return theirs
