"""The licences of downloadable models, summarised in our own words; the text itself comes with the model.

Source: the Llama 2 Community License Agreement, sections 1.b (redistribution, improving other models), 2 (700 million
monthly users), and its Acceptable Use Policy. Code Llama is given out under it (its MODEL_CARD in
meta-llama/codellama).
"""

import re

from engine.model_plans import Licence

LLAMA_2 = Licence(
    name="Llama 2 Community License",
    address="https://ai.meta.com/llama/license/",
    policy_address="https://ai.meta.com/llama/use-policy/",
    attribution=(
        "Llama 2 is licensed under the LLAMA 2 Community License, "
        "Copyright (c) Meta Platforms, Inc. All Rights Reserved."
    ),
    badge="Built with Llama 2",
    summary=(
        "You may use, copy and change the model and pass it on, also commercially, without a fee.",
        "Whoever had more than 700 million monthly active users when Llama 2 came out needs a licence of their own "
        "from Meta.",
        "Neither the model nor its output may be used to improve another large language model, except Llama 2 and "
        "what derives from it.",
        "Copies that you pass on come with the agreement and with the attribution notice.",
        "The acceptable use policy holds: nothing unlawful, no harm to people, no deception.",
        "The model comes as it is, without warranty.",
    ),
)


def licence_of(repo_id: str) -> Licence:
    """The licence of a repository "owner/name"; for an unknown one, the page that states it."""
    if re.search(r"code-?_?llama", repo_id.lower()):
        return LLAMA_2
    return Licence(
        name=f"licence of {repo_id}",
        address=f"https://huggingface.co/{repo_id}",
        policy_address="",
        attribution="",
        badge="",
        summary=("Lacuna does not know this model's licence: read it on the model's page.",),
    )
