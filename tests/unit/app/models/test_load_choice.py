"""How a folder is loaded: the context and device that are set for it, within what it can."""

import os
from dataclasses import replace
from pathlib import Path

from app.models.load_choice import LoadChoice, defaults_of, load_choice, settings_for, wanted_context, with_defaults
from engine.models.catalogue import CHECKPOINTS
from engine.settings import CONTEXT_TOKENS, ModelDefaults, Sampling, Settings
from tests.model_infos import model_info


def test_own_defaults_come_before_what_holds_for_all(tmp_path: Path) -> None:
    own = ModelDefaults(str(tmp_path), context_tokens=128, device="cpu")
    assert load_choice(tmp_path, Settings(model_defaults=(own,))) == LoadChoice(128, "cpu", is_own=True)
    device = ModelDefaults(str(tmp_path), device="cuda")
    assert load_choice(tmp_path, Settings(model_defaults=(device,))) == LoadChoice(CONTEXT_TOKENS, "cuda")


def test_folder_is_not_looked_at_for_the_choice(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.json")
    assert load_choice(tmp_path, Settings()) == LoadChoice(CONTEXT_TOKENS, "auto")


def test_long_base_models_may_go_to_100k_and_the_short_ones_stay_at_4k() -> None:
    wanted = {
        checkpoint.id: wanted_context(checkpoint, checkpoint.shape, ModelDefaults(""), 100_000)
        for checkpoint in CHECKPOINTS
    }
    short = {"CodeLlama-70b-Instruct-hf", "CodeLlama-70b-Python-hf"}
    assert {name for name, tokens in wanted.items() if tokens == 4096} == short
    assert {tokens for name, tokens in wanted.items() if name not in short} == {100_000}


def test_defaults_of_one_folder_take_the_place_of_its_old_ones_and_empty_ones_are_not_kept() -> None:
    one, other = ModelDefaults("/one", 4096), ModelDefaults("/other", 8192)
    changed = replace(one, device="cpu")
    assert with_defaults((one, other), changed) == (other, changed)
    assert with_defaults((one, other), ModelDefaults("/one")) == (other,)
    assert defaults_of("/none", Settings(model_defaults=(one,))) == ModelDefaults("/none")


def test_own_sampling_holds_only_while_its_model_is_loaded() -> None:
    own = Sampling(temperature=0.9, max_tokens=99)
    settings = Settings(model_defaults=(ModelDefaults("/models/7b", chat=own),))
    assert settings_for(model_info(folder="/models/7b"), settings).chat == own
    assert settings_for(model_info(folder="/models/13b"), settings) == settings
    assert settings_for(None, settings) == settings
    assert settings.context_tokens == CONTEXT_TOKENS
