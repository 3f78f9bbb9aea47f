"""What this computer has, in words; why a model runs on the processor, in few."""

from dataclasses import replace

import pytest

from app.models.machine_words import machine_facts, why_processor
from engine.messages.machine import GpuState
from engine.model_rows import FactMark
from tests.machines import AVX512, H200, K80, MODERN, PLAIN, gpu, machine
from tests.model_infos import model_info

ON_PROCESSOR = model_info(device="cpu")


def levels(facts: object) -> dict[str, FactMark]:
    return {fact.word: fact.mark for fact in machine_facts(facts, 10**11)}  # type: ignore[arg-type]


def test_every_part_is_told_and_a_fine_computer_warns_of_nothing() -> None:
    found = machine_facts(machine(PLAIN, H200), 10**11)
    assert [fact.word for fact in found] == ["GPU", "Processor", "Memory", "Disk"]
    assert all(fact.mark is FactMark.FINE for fact in found)
    assert "H200" in found[0].sentence


def test_each_state_of_a_gpu_is_a_warning_with_its_own_sentence() -> None:
    in_use, small = gpu(total_gib=24, free_gib=1), gpu(total_gib=3)
    sentences = set()
    for facts in (machine(MODERN), machine(MODERN, K80), machine(MODERN, in_use), machine(MODERN, small)):
        found = machine_facts(facts, 0)
        assert found[0].mark is FactMark.WARN
        sentences.add(found[0].sentence)
    assert len(sentences) == 4


def test_slow_processor_is_a_warning_unless_a_gpu_does_the_work() -> None:
    assert levels(machine(AVX512))["Processor"] is FactMark.WARN
    assert levels(machine(AVX512, H200))["Processor"] is FactMark.FINE


def test_unknown_sizes_are_left_out() -> None:
    facts = replace(machine(MODERN), memory_bytes=0)
    assert [fact.word for fact in machine_facts(facts, 0)] == ["GPU", "Processor"]


@pytest.mark.parametrize("state", [state for state in GpuState if state is not GpuState.FINE])
def test_status_bar_says_in_a_word_why_a_model_runs_on_the_processor(state: GpuState) -> None:
    assert why_processor(ON_PROCESSOR, replace(machine(MODERN), gpu_state=state), "auto")


def test_status_bar_tells_a_chosen_processor_from_a_missing_gpu() -> None:
    assert why_processor(ON_PROCESSOR, machine(MODERN, H200), "cpu") == "as chosen"
    assert why_processor(ON_PROCESSOR, machine(MODERN), "auto") == "no GPU found"
    assert why_processor(model_info(device="cuda:0"), machine(MODERN, H200), "auto") == ""
    assert why_processor(None, None, "auto") == ""
