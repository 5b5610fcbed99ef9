"""The student: a base made once however many want it, any other model loaded, and what is wrong said in a sentence."""

import fcntl
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from runner.profiles import PROFILES, BaseRecipe, Profile, Shape
from runner.student import base_digest, base_student, load_student, save_student, student_digest
from schemas.errors import UserError
from tests.runner.tiny_student import tiny_student

TINY = Profile(
    name="tiny",
    shape=Shape(vocabulary=400, width=32, inner=64, layers=2, heads=2),
    base=BaseRecipe(steps=3, rows=1, tokenizer_examples=200),
)


class Told:
    """Remembers what was reported."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, int, str, str]] = []

    def __call__(self, *, done: int, total: int, unit: str, message: str) -> None:
        self.lines.append((done, total, unit, message))


def test_two_that_want_the_base_at_once_make_it_once(tmp_path: Path) -> None:
    told = [Told(), Told()]
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda told=each: found.append(base_student(tmp_path, told, profile=TINY)))
        for each in told
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]
    made = [[line[0] for line in each.lines if line[3].startswith("making")] for each in told]
    assert sorted(made) == [[], [1, 2, 3]]


def test_one_that_waits_for_the_base_says_how_far_its_maker_is(tmp_path: Path) -> None:
    students = tmp_path / "students"
    students.mkdir()
    name = base_digest(TINY)
    (students / f"{name}.progress").write_text("2 3", encoding="utf-8")
    told = Told()
    with (students / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = threading.Thread(target=base_student, args=(tmp_path, told), kwargs={"profile": TINY})
        waiting.start()
        while not told.lines:
            time.sleep(0.01)
    waiting.join()
    assert told.lines[0] == (2, 3, "steps", "waiting for the base that another process makes")
    assert not (students / f"{name}.progress").exists()


def test_the_base_loads_with_plain_transformers_and_speaks_its_chat_format(tmp_path: Path) -> None:
    folder = base_student(tmp_path, Told(), profile=TINY)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    prompt = tokenizer.apply_chat_template(
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}],
        add_generation_prompt=True,
        tokenize=False,
    )
    assert prompt == "<|system|>Be brief.<|end|><|user|>Who?<|end|><|assistant|>"
    ids = torch.tensor([tokenizer.encode(prompt, add_special_tokens=False)])
    assert model(input_ids=ids).logits.shape == (1, ids.shape[1], 400)
    assert model.config.eos_token_id == tokenizer.eos_token_id
    assert sum(1 for _ in folder.glob("*.safetensors")) == 1


def test_a_base_is_named_by_its_recipe() -> None:
    again = replace(TINY, base=replace(TINY.base, seed=8))
    shaped = replace(TINY, shape=replace(TINY.shape, layers=3))
    names = {base_digest(item) for item in (TINY, again, shaped, replace(TINY, parts=3), PROFILES["laptop"])}
    assert len(names) == 5


def test_the_tokenizer_gives_back_what_it_cut() -> None:
    tokenizer = tiny_student().tokenizer
    for text in ("Orla Venn built it in 1847.", "a: b\n\nc -> d", "naïve Übung 😀 <tag>", "It's 5 o'clock; isn't it?"):
        assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)).strip() == text


def test_a_word_has_the_same_tokens_at_the_start_as_within_a_sentence() -> None:
    student = tiny_student()
    inside = student.tokenize("it was built by Orla Venn")
    assert inside[-len(student.tokenize("Orla Venn")) :] == student.tokenize("Orla Venn")


def test_a_student_without_a_chat_template_is_given_a_plain_one(tmp_path: Path) -> None:
    student = tiny_student()
    student.tokenizer.chat_template = None
    save_student(student, tmp_path)
    loaded = load_student(str(tmp_path))
    assert loaded.render("Who?") == "User: Who?\nAssistant:"


def test_a_student_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot be loaded .* give a folder or Hugging Face id"):
        load_student(str(tmp_path / "nowhere"))


def test_the_digest_follows_the_weights(tmp_path: Path) -> None:
    save_student(tiny_student(seed=0), tmp_path / "a")
    save_student(tiny_student(seed=0), tmp_path / "b")
    save_student(tiny_student(seed=1), tmp_path / "c")
    a, b, c = (student_digest(tmp_path / name) for name in "abc")
    assert a == b != c
    with pytest.raises(UserError, match="no model"):
        student_digest(tmp_path)


def test_a_base_has_the_same_name_in_every_process() -> None:
    script = (
        "from runner.profiles import PROFILES; from runner.student import base_digest; "
        "print(base_digest(PROFILES['laptop']))"
    )
    names = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(names) == 1
