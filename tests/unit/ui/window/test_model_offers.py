"""What is said of the real models agrees with itself."""

import shlex
from itertools import pairwise

import pytest

from ui.window.model_offers import OFFERS, ModelOffer


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.size)
def test_command_downloads_safetensors_and_tokenizer_into_a_folder_of_its_own(offer: ModelOffer) -> None:
    words = shlex.split(offer.command)
    assert words[:3] == ["hf", "download", offer.repo_id]
    included = [word for flag, word in pairwise(words) if flag == "--include"]
    assert included == ["*.safetensors", "*.json", "tokenizer.model"]
    assert words[-2:] == ["--local-dir", offer.folder]


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.size)
def test_weights_in_4_bits_are_about_27_percent_of_the_download_and_fit_the_card(offer: ModelOffer) -> None:
    assert 0.25 < offer.weights_gb / offer.download_gb < 0.30
    assert offer.weights_gb < offer.card_gb
