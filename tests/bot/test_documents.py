"""Documents are fetched from a real Git host within the policy's bounds, a few at a time, and remembered."""

import errno
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bot import documents as module
from bot.check_command import main
from bot.documents import PENDING, Documents
from bot.facts import DocumentLook, DocumentState, PullRequestFacts
from bot.gather_documents import look_at, with_documents
from bot.order import pull_job
from bot.settings import BuildOptions
from schemas.config import Config, DocumentPolicy
from schemas.job import BuildKind
from schemas.leaf import Document
from tests.bot.checks.pulls import HEAD, KNOWLEDGE_FOLDER, knowledge, pull, skill
from tests.fakes.git_server import GitServer, commit_files, serving


@pytest.fixture
def host(tmp_path: Path) -> Iterator[GitServer]:
    (tmp_path / "host").mkdir()
    with serving(tmp_path / "host") as running:
        yield running


@pytest.fixture
def fetched(tmp_path: Path) -> Iterator[Documents]:
    made = Documents(tmp_path / "documents", loopback=True, patience=20)
    yield made
    made.close()


def policy(host: GitServer, *, megabytes: int = 20, seconds: int = 20) -> DocumentPolicy:
    return DocumentPolicy(hosts=(host.host,), megabytes=megabytes, seconds=seconds)


def notes(host: GitServer, *, pattern: str = "*.md", name: str = "notes/.git") -> Document:
    files = {"a.md": "\ufeffAlpha.\n", "b.pdf": b"%PDF-1.7\x00\xff", "c.md": b"\xff\xfe", "d.md": "a\0b"}
    sha = commit_files(host.root, "notes", files)
    return Document(repo=host.url(name), commit=sha, patterns=(pattern,))


def facts_of(document: Document, settings: DocumentPolicy) -> PullRequestFacts:
    text = knowledge().replace("https://github.com/ada/quays", document.repo).replace(HEAD, document.commit)
    text = text.replace("*.md", document.patterns[0])
    return pull(text, folder=KNOWLEDGE_FOLDER, config=Config(document=settings))


def never(name: str) -> None:
    raise AssertionError(name)


def test_texts_are_read_and_what_is_no_text_is_named_alone(host: GitServer, tmp_path: Path) -> None:
    look = look_at(notes(host, pattern="*"), policy(host), scratch=tmp_path / "scratch")
    assert look.state is DocumentState.READ
    texts = {file.path: file.text for file in look.files}
    assert texts == {"a.md": "Alpha.\n", "b.pdf": None, "c.md": None, "d.md": None}
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("nothing.git", DocumentState.NO_REPOSITORY),
        ("page", DocumentState.NO_REPOSITORY),
        ("private/x", DocumentState.NO_REPOSITORY),
        ("moved/notes/.git", DocumentState.NO_REPOSITORY),
        ("error/x", DocumentState.UNREACHABLE),
    ],
)
def test_what_a_host_says_becomes_a_state(host: GitServer, name: str, state: DocumentState) -> None:
    assert look_at(notes(host, name=name), policy(host)).state is state


def test_commits_files_sizes_and_hosts_have_their_states(host: GitServer) -> None:
    document = notes(host)
    large = commit_files(host.root, "notes", {"large.md": "word " * 300_000})
    assert look_at(replace(document, commit=HEAD), policy(host)).state is DocumentState.NO_COMMIT
    missing = look_at(replace(document, patterns=("*.rst",)), policy(host))
    assert (missing.state, missing.detail) == (DocumentState.NO_FILES, "a.md, b.pdf, c.md, d.md")
    assert look_at(replace(document, commit=large), policy(host, megabytes=1)).state is DocumentState.TOO_LARGE
    assert look_at(document, DocumentPolicy()).state is DocumentState.HOST_REFUSED
    late = look_at(replace(document, repo=host.url("slow/x")), policy(host, seconds=1))
    assert late.state is DocumentState.UNREACHABLE


def test_a_private_address_is_refused_though_its_name_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for address in ("169.254.169.254", "10.0.0.1", "192.168.1.1", "100.64.0.1"):
        document = Document(repo=f"https://{address}/x", commit=HEAD, patterns=("*",))
        assert look_at(document, DocumentPolicy(hosts=(address,))).state is DocumentState.HOST_REFUSED


def test_a_policy_opens_no_port_of_a_machine_that_is_another_ones(host: GitServer, tmp_path: Path) -> None:
    document = notes(host)
    careful = Documents(tmp_path / "documents", loopback=False, patience=20)
    look = careful.look(facts_of(document, policy(host)), later=never)[KNOWLEDGE_FOLDER]
    careful.close()
    assert (look.state, host.host in look.detail, host.requests) == (DocumentState.HOST_REFUSED, True, [])
    job = partial(
        pull_job,
        BuildKind.CANDIDATE,
        facts_of(document, DocumentPolicy(hosts=(host.host, "github.com"))),
        build_id="one",
        taxonomy_url="https://github.com/orchard/taxonomy.git",
        options=BuildOptions(),
    )
    assert job(loopback=False).document_hosts == ("github.com",)
    assert job(loopback=True).document_hosts == (host.host, "github.com")


def test_a_checkout_has_its_documents_looked_at_when_asked(host: GitServer) -> None:
    looked = with_documents(facts_of(notes(host, pattern="a.md"), policy(host)))
    assert looked.documents is not None
    assert looked.documents[KNOWLEDGE_FOLDER].files[0].text == "Alpha.\n"
    assert with_documents(pull(skill())).documents == {}


def test_what_was_read_is_kept_over_a_restart(host: GitServer, fetched: Documents, tmp_path: Path) -> None:
    facts = facts_of(notes(host), policy(host))
    first = fetched.look(facts, later=never)
    asked = len(host.requests)
    again = Documents(tmp_path / "documents", loopback=True)
    assert again.look(facts, later=never) == first
    again.close()
    assert len(host.requests) == asked


def test_what_could_not_be_had_is_remembered_for_minutes_only(
    host: GitServer, fetched: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = facts_of(notes(host, name="error/x"), policy(host))
    assert fetched.look(facts, later=never)[KNOWLEDGE_FOLDER].state is DocumentState.UNREACHABLE
    asked = len(host.requests)
    fetched.look(facts, later=never)
    assert len(host.requests) == asked
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 3600)
    fetched.look(facts, later=never)
    assert len(host.requests) > asked


def test_a_kept_file_that_was_damaged_is_fetched_anew(host: GitServer, fetched: Documents, tmp_path: Path) -> None:
    facts = facts_of(notes(host), policy(host))
    first = fetched.look(facts, later=never)
    (kept,) = (tmp_path / "documents" / "kept").glob("*.json")
    kept.write_text("{", encoding="utf-8")
    assert fetched.look(facts, later=never) == first


def test_the_disk_holds_the_documents_last_used_alone(
    host: GitServer, fetched: Documents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 200)
    for pattern in ("a.md", "b.pdf", "c.md"):
        fetched.look(facts_of(notes(host, pattern=pattern), policy(host)), later=never)
    assert len(list((tmp_path / "documents" / "kept").glob("*.json"))) < 3


def test_a_slow_host_is_not_waited_for_and_tells_when_it_is_there(host: GitServer, tmp_path: Path) -> None:
    told = threading.Event()
    hasty = Documents(tmp_path / "documents", loopback=True, patience=0.1)
    facts = facts_of(notes(host), policy(host))
    looks = hasty.look(facts, later=lambda _: told.set())
    if looks[KNOWLEDGE_FOLDER] == PENDING:
        assert told.wait(20)
        looks = hasty.look(facts, later=never)
    assert looks[KNOWLEDGE_FOLDER].state is DocumentState.READ
    hasty.close()


def test_a_second_process_leaves_alone_what_the_first_one_reads(
    host: GitServer, fetched: Documents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = module.look_at

    def interrupted(
        document: Document, limits: DocumentPolicy, *, loopback: bool, scratch: Path, stop: threading.Event
    ) -> DocumentLook:
        held = scratch / "document-held"
        held.mkdir(parents=True)
        Documents(tmp_path / "documents", loopback=True).close()
        assert held.is_dir()
        return read(document, limits, loopback=loopback, scratch=scratch, stop=stop)

    monkeypatch.setattr(module, "look_at", interrupted)
    facts = facts_of(notes(host), policy(host))
    assert fetched.look(facts, later=never)[KNOWLEDGE_FOLDER].state is DocumentState.READ
    fetched.close()
    assert list((tmp_path / "documents" / "scratch").iterdir()) == []


def test_closing_ends_what_is_on_its_way(host: GitServer, tmp_path: Path) -> None:
    hasty = Documents(tmp_path / "documents", loopback=True, patience=0.1)
    hasty.look(facts_of(notes(host, name="slow/x"), policy(host)), later=lambda _: None)
    started = time.monotonic()
    hasty.close()
    assert time.monotonic() - started < 3


def test_the_command_line_fetches_documents_where_it_is_asked_to(
    host: GitServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = facts_of(notes(host, pattern="a.md"), policy(host))
    (file,) = facts.files
    place = tmp_path / "taxonomy" / file.path
    place.parent.mkdir(parents=True)
    place.write_bytes(file.content or b"")
    policy_file = tmp_path / "taxonomy" / ".github" / "espalier.yml"
    policy_file.parent.mkdir()
    policy_file.write_text(f"document:\n  hosts: ['{host.host}']\n", encoding="utf-8")
    arguments = ["--repo", str(tmp_path / "taxonomy"), "--format", "json"]
    assert '"summary": "Not looked at: documents are read only' in said(arguments, capsys)
    assert host.requests == []
    assert "does not hold `The quay has 0 bollards.`" in said([*arguments, "--fetch-documents"], capsys)


def said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    main(arguments)
    return capsys.readouterr().out


def test_a_look_that_fails_by_a_defect_is_not_taken_again_without_end(
    host: GitServer, fetched: Documents, tmp_path: Path
) -> None:
    facts = facts_of(notes(host), policy(host))
    scratch = tmp_path / "documents" / "scratch"
    scratch.rename(tmp_path / "away")
    scratch.touch()  # no folder can be made there
    first = fetched.look(facts, later=never)[KNOWLEDGE_FOLDER]
    assert (first.state, first.detail) == (DocumentState.UNREACHABLE, "by a defect of ours")
    scratch.unlink()
    (tmp_path / "away").rename(scratch)
    assert fetched.look(facts, later=never)[KNOWLEDGE_FOLDER] == first
    assert host.requests == []


def test_a_look_that_cannot_be_kept_is_not_taken_again_and_leaves_nothing(
    host: GitServer, fetched: Documents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(look: object) -> str:
        del look
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "encode", full)
    facts = facts_of(notes(host), policy(host))
    first = fetched.look(facts, later=never)
    asked = len(host.requests)
    assert fetched.look(facts, later=never) == first
    assert len(host.requests) == asked
    assert list((tmp_path / "documents" / "kept").iterdir()) == []


def test_a_kept_file_that_another_thread_removes_hinders_nobody(tmp_path: Path, fetched: Documents) -> None:
    kept = tmp_path / "documents" / "kept"
    kept.mkdir(parents=True)
    (kept / "gone.json").symlink_to(tmp_path / "nowhere")  # listed, and not there when it is looked at
    (kept / "here.json").write_text("{}", encoding="utf-8")
    fetched._trim()  # the moment between two threads cannot be met from outside
    assert (kept / "here.json").exists()
