"""The student: its base, made once from the procedural corpus and cached by digest, and any other that is loaded."""

import fcntl
import hashlib
import itertools
import platform
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import tokenizers
import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from runner import corpus
from runner.artifacts import digest_of
from runner.disk import new_folder
from runner.example import Example
from runner.inference import Student
from runner.packing import Batch, cut, pack, stack
from runner.profiles import PROFILES, Profile
from runner.stage import Report
from runner.tokenizer import FALLBACK_TEMPLATE, train_tokenizer
from runner.training import Optimiser, train
from schemas.errors import UserError

_PROBE = 400
_BLOCK = 1000


def base_student(cache: Path, report: Report, *, profile: Profile = PROFILES["laptop"]) -> Path:
    """Find the profile's base student in the cache, or make it there; two that want it at once make it once.

    Args:
        cache: The folder that builds share.
        report: Told of each step of training.
        profile: Which shape and recipe.

    Returns:
        Its folder, in Hugging Face layout; read from it, never write to it.
    """
    target = cache / "students" / base_digest(profile)
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    told = target.with_suffix(".progress")
    with _locked(target.with_suffix(".lock"), told, report):
        if not target.is_dir():
            student = make_base(profile, _telling(report, told))
            with new_folder(target) as folder:
                save_student(student, folder)
    return target


def base_digest(profile: Profile) -> str:
    """Name a base by all that it depends on: the corpus's own words, the recipe, and the libraries."""
    examples = corpus.world(profile.base.seed).examples(random.Random(profile.base.seed))  # noqa: S311 - no secret
    probe = [(item.prompt, item.answer) for item in itertools.islice(examples, _PROBE)]
    return digest_of(
        corpus.VERSION,
        probe,
        asdict(profile.shape),
        asdict(profile.base),
        profile.parts,
        [torch.__version__, transformers.__version__, tokenizers.__version__, platform.machine()],
    )[:16]


def make_base(profile: Profile, report: Report) -> Student:
    """Train the base from nothing.

    Shapes and rates are the profile's; the corpus is read once, in one order given by the seed.
    """
    recipe = profile.base
    rng = random.Random(recipe.seed)  # noqa: S311 - no secret
    examples = corpus.world(recipe.seed).examples(rng)
    first = list(itertools.islice(examples, recipe.tokenizer_examples))
    tokenizer = train_tokenizer(
        (f"{item.prompt or ''} {item.answer}" for item in first), vocabulary=profile.shape.vocabulary
    )
    torch.manual_seed(recipe.seed)
    student = Student(model=LlamaForCausalLM(_config(profile, tokenizer)), tokenizer=tokenizer)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        batches = itertools.islice(_base_batches(student, profile, examples, rng), recipe.steps)
        optimiser = Optimiser(student.model, recipe.optimisation)
        losses = train(student.model, batches, optimiser=optimiser, total=recipe.steps, parts=profile.parts)
        for step, loss in enumerate(losses):
            message = f"making the base student, loss {loss:.2f}"
            report(done=step + 1, total=recipe.steps, unit="steps", message=message)
    finally:
        torch.set_num_threads(threads)
    return student


def _base_batches(
    student: Student, profile: Profile, examples: Iterator[Example], rng: random.Random
) -> Iterator[Batch]:
    recipe = profile.base
    while True:
        tokens = [
            part
            for item in itertools.islice(examples, _BLOCK)
            for part in cut(
                item, tokenize=student.tokenize, render=student.render, end=student.end, limit=recipe.length
            )
        ]
        rows = pack(tokens, length=recipe.length, pad=student.pad, rng=rng)
        for start in range(0, len(rows) - recipe.rows + 1, recipe.rows):
            yield stack(rows[start : start + recipe.rows])


def _config(profile: Profile, tokenizer: PreTrainedTokenizerFast) -> LlamaConfig:
    shape = profile.shape
    return LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        max_position_embeddings=shape.context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


@contextmanager
def _locked(path: Path, told: Path, report: Report) -> Iterator[None]:
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                done, total = _told(told)
                report(done=done, total=total, unit="steps", message="waiting for the base that another process makes")
                time.sleep(1)
        yield
        told.unlink(missing_ok=True)


def _telling(report: Report, told: Path) -> Report:
    """Report, and let those who wait for the lock know too."""

    def tell(*, done: int, total: int, unit: str, message: str) -> None:
        told.write_text(f"{done} {total}", encoding="utf-8")
        report(done=done, total=total, unit=unit, message=message)

    return tell


def _told(path: Path) -> tuple[int, int]:
    """Read how far the maker of the base is; nothing done of one where it has not said, or is just saying it."""
    try:
        done, total = path.read_text(encoding="utf-8").split()
    except (FileNotFoundError, ValueError):
        return 0, 1
    return int(done), int(total)


def load_student(name: str) -> Student:
    """Load a causal model and its tokenizer from a folder or by its Hugging Face id, in fp32.

    A tokenizer without a chat template is given a plain one, and one without an end token cannot be used.

    Raises:
        UserError: if there is no such model, or it cannot answer.
    """
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it types it nowhere
    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
        model = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32)
    except (OSError, ValueError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UserError(
            f"The student {name} cannot be loaded ({first}): give a folder or Hugging Face id of a causal model."
        ) from error
    if tokenizer.eos_token_id is None:
        raise UserError(f"The student {name} has no end token, so that it cannot end an answer: take another model.")
    if tokenizer.chat_template is None:
        tokenizer.chat_template = FALLBACK_TEMPLATE
    model.config.use_cache = True
    return Student(model=model, tokenizer=tokenizer)


def save_student(student: Student, folder: Path) -> None:
    """Write a student in Hugging Face layout: configuration, safetensors, tokenizer, chat template."""
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it types it nowhere
    student.model.save_pretrained(folder)
    student.tokenizer.save_pretrained(folder)


def student_digest(folder: Path) -> str:
    """Name a saved student by a SHA-256 over its configuration and weights.

    Raises:
        UserError: if the folder holds no weights.
    """
    files = [folder / "config.json", *sorted(folder.glob("*.safetensors"))]
    if len(files) == 1 or not files[0].is_file():
        raise UserError(
            f"{folder} holds no model in Hugging Face layout with safetensors: save one there, or name another."
        )
    whole = hashlib.sha256()
    for file in files:
        with file.open("rb") as opened:
            whole.update(f"{file.name} {hashlib.file_digest(opened, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()
