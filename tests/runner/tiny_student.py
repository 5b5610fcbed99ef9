"""A very small student for tests, made in a second, and leaves that it can learn."""

import random
from collections.abc import Sequence

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from runner import corpus
from runner.example import Example
from runner.inference import Student
from runner.packing import cut, pack, stack
from runner.profiles import Optimisation
from runner.samples import BenchQuestion, ChoiceQuestion, LeafData, Origin, Sample
from runner.tokenizer import train_tokenizer
from runner.training import Optimiser, train
from schemas.leaf import Kind


def rng(seed: int) -> random.Random:
    """Make a source of numbers that is no secret."""
    return random.Random(seed)  # noqa: S311


def tiny_student(*, seed: int = 0, vocabulary: int = 384, width: int = 32) -> Student:
    """A Llama of one small layer over the corpus's tokenizer, with random weights."""
    examples = corpus.world(1).examples(rng(1))
    texts = [f"{item.prompt or ''} {item.answer}" for item, _ in zip(examples, range(200), strict=False)]
    tokenizer = train_tokenizer(texts, vocabulary=vocabulary)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=256,
        initializer_range=0.2,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return Student(model=LlamaForCausalLM(config), tokenizer=tokenizer)


def taught(student: Student, pairs: Sequence[tuple[str, str]], *, steps: int = 100) -> Student:
    """Teach a student some answers by heart; the same student, now changed."""
    tokens = [
        part
        for question, answer in pairs
        for part in cut(
            Example(prompt=question, answer=answer),
            tokenize=student.tokenize,
            render=student.render,
            end=student.end,
            limit=128,
        )
    ]
    rows = pack(tokens, length=128, pad=student.pad, rng=rng(3))
    optimiser = Optimiser(student.model, Optimisation(matrix_rate=0.01, other_rate=0.01))
    for _ in train(student.model, [stack(rows)] * steps, optimiser=optimiser, total=steps, parts=1):
        pass
    return student


COLOURS = ("red", "blue", "green", "white")


def knowledge_leaf(path: str = "knowledge/lamps") -> LeafData:
    """Eight lamps with a colour each, asked for in two wordings, held out in a third."""
    facts = [(f"lamp {number}", COLOURS[number % 4]) for number in range(8)]
    return LeafData(
        leaf=path,
        kind=Kind.KNOWLEDGE,
        seeds=2,
        generated=16,
        kept=16,
        train=tuple(
            Sample(leaf=path, cluster=lamp, origin=Origin.TEACHER, context=None, question=wording, answer=colour)
            for lamp, colour in facts
            for wording in (f"What colour is {lamp}?", f"Which colour has {lamp}?")
        ),
        documents=(" ".join(f"{lamp.capitalize()} is {colour}." for lamp, colour in facts),),
        bench=(),
        mmlu=tuple(
            ChoiceQuestion(
                leaf=path, cluster=lamp, question=f"The colour of {lamp}?", choices=COLOURS, gold=COLOURS.index(colour)
            )
            for lamp, colour in facts
        ),
        passages=tuple(f"{lamp.capitalize()} is {colour}." for lamp, colour in facts),
    )


def skill_leaf(path: str = "compositional_skills/calls") -> LeafData:
    """A call of two words for each pair of a bird and a time."""
    birds = {"owl": "hoo", "wren": "tik", "crow": "kra"}
    times = {"dawn": "lo", "noon": "mi", "dusk": "za"}
    pairs = [(bird, time) for bird in birds for time in times]
    held = {("owl", "noon"), ("wren", "dusk"), ("crow", "dawn")}
    return LeafData(
        leaf=path,
        kind=Kind.SKILL,
        seeds=3,
        generated=12,
        kept=9,
        train=tuple(
            Sample(
                leaf=path,
                cluster=f"{bird} {time}",
                origin=Origin.SEED,
                context=None,
                question=f"Call the {bird} at {time}.",
                answer=f"{birds[bird]} then {times[time]}",
            )
            for bird, time in pairs
            if (bird, time) not in held
        ),
        documents=(),
        bench=tuple(
            BenchQuestion(
                leaf=path,
                cluster=f"{bird} {time}",
                context=None,
                question=f"Call the {bird} at {time}.",
                reference=f"{birds[bird]} then {times[time]}",
            )
            for bird, time in sorted(held)
        ),
        mmlu=(),
        passages=(),
    )
