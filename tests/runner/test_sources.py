"""Documents and taxonomies are read from real Git hosts, and every mistake is told to the one who can mend it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runner.sources import read_document, read_taxonomy
from schemas.errors import LeafError, UserError
from schemas.leaf import Document
from sources.revisions import resolve
from tests.fakes.git_server import GitServer, commit_files, git, serving

SKILL = """\
version: 3
created_by: ada
task_description: Say it backwards.
seed_examples:
  - question: abc
    answer: cba
"""
LEAF = "knowledge/harbours/pell_quay"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    (tmp_path / "host").mkdir()
    with serving(tmp_path / "host") as running:
        yield running


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def document(server: GitServer) -> Document:
    files = {"a.md": "Alpha.\n", "docs/b.md": "Beta.\n", "docs/deep/c.md": "Gamma.\n", "docs/d.txt": "Delta.\n"}
    sha = commit_files(server.root, "notes", files)
    return Document(repo=server.url("notes/.git"), commit=sha, patterns=("*.md",))


def complaint(document: Document, server: GitServer, cache: Path, *, hosts: tuple[str, ...] | None = None) -> str:
    with pytest.raises(LeafError) as caught:
        read_document(document, hosts=hosts or (server.host,), cache=cache, leaf=LEAF)
    assert caught.value.leaf == LEAF
    return str(caught.value)


def test_files_are_read_at_the_commit_with_their_blob_shas(server: GitServer, cache: Path, document: Document) -> None:
    commit_files(server.root, "notes", {"a.md": "Changed later.\n"})
    (file,) = read_document(document, hosts=(server.host,), cache=cache)
    assert (file.path, file.text) == ("a.md", "Alpha.\n")
    assert file.blob_sha == git(server.root / "notes", "rev-parse", f"{document.commit}:a.md")


def test_a_commit_that_was_read_once_is_not_fetched_again(server: GitServer, cache: Path, document: Document) -> None:
    first = read_document(document, hosts=(server.host,), cache=cache)
    asked = len(server.requests)
    assert read_document(document, hosts=(server.host,), cache=cache) == first
    assert len(server.requests) == asked


def test_a_commit_that_no_branch_reaches_is_fetched_by_its_sha(
    server: GitServer, cache: Path, document: Document
) -> None:
    git(server.root / "notes", "commit", "--amend", "--quiet", "--allow-empty", "-m", "Rewritten")
    assert len(read_document(document, hosts=(server.host,), cache=cache)) == 1


@pytest.mark.parametrize(
    ("patterns", "paths"),
    [
        (("docs/*.md",), ["docs/b.md"]),
        (("docs/**/*.md",), ["docs/b.md", "docs/deep/c.md"]),
        (("**/*.md",), ["a.md", "docs/b.md", "docs/deep/c.md"]),
        (("docs/**",), ["docs/b.md", "docs/d.txt", "docs/deep/c.md"]),
        (("./a.md", "docs/d.*"), ["a.md", "docs/d.txt"]),
    ],
)
def test_patterns_stay_within_a_folder_unless_doubled(
    server: GitServer, cache: Path, document: Document, patterns: tuple[str, ...], paths: list[str]
) -> None:
    files = read_document(replace(document, patterns=patterns), hosts=(server.host,), cache=cache)
    assert [file.path for file in files] == paths


def test_patterns_that_match_nothing_name_what_is_there(server: GitServer, cache: Path, document: Document) -> None:
    said = complaint(replace(document, patterns=("*.pdf",)), server, cache)
    assert "'*.pdf'" in said
    assert "a.md, docs/b.md" in said


@pytest.mark.parametrize("pattern", ["../*.md", "/etc/passwd", "docs/../../x", "a" * 301])
def test_patterns_that_leave_the_repository_are_refused_unasked(
    server: GitServer, cache: Path, document: Document, pattern: str
) -> None:
    assert "document.patterns" in complaint(replace(document, patterns=(pattern,)), server, cache)
    assert server.requests == []


def test_a_host_off_the_list_is_never_asked(server: GitServer, cache: Path, document: Document) -> None:
    said = complaint(document, server, cache, hosts=("github.com",))
    assert server.host in said
    assert "github.com" in said
    assert server.requests == []


@pytest.mark.parametrize(
    "repo",
    [
        "git@github.com:o/n.git",
        "ssh://github.com/o/n",
        "http://github.com/o/n",
        "https://user:secret@github.com/o/n",
        "file:///etc",
        "ext::sh -c id",
        "--upload-pack=id",
        "https://[",
        "",
    ],
)
def test_addresses_other_than_plain_https_are_refused(cache: Path, document: Document, repo: str) -> None:
    with pytest.raises(LeafError, match=r"document\.repo must be an https address"):
        read_document(replace(document, repo=repo), hosts=("github.com",), cache=cache, leaf=LEAF)


@pytest.mark.parametrize("commit", ["HEAD", "tbd", "abc1234", "A" * 40, "-" * 40])
def test_a_commit_must_be_a_full_sha(server: GitServer, cache: Path, document: Document, commit: str) -> None:
    assert "full commit SHA" in complaint(replace(document, commit=commit), server, cache)


def test_a_commit_that_is_not_there_is_the_contributors(server: GitServer, cache: Path, document: Document) -> None:
    said = complaint(replace(document, commit="0" * 39 + "1"), server, cache)
    assert "has no commit 000000" in said
    assert "Push the commit" in said


def test_a_repository_that_answers_404_is_the_contributors(server: GitServer, cache: Path, document: Document) -> None:
    said = complaint(replace(document, repo=server.url("nothing.git")), server, cache)
    assert "is not there, or is not public" in said


def test_a_repository_that_asks_for_a_password_is_not_public(
    server: GitServer, cache: Path, document: Document
) -> None:
    assert "not public" in complaint(replace(document, repo=server.url("private/x")), server, cache)


def test_a_web_page_is_no_repository(server: GitServer, cache: Path, document: Document) -> None:
    assert "not a Git repository" in complaint(replace(document, repo=server.url("page")), server, cache)


def test_redirects_are_not_followed(server: GitServer, cache: Path, document: Document) -> None:
    said = complaint(replace(document, repo=server.url("moved/notes/.git")), server, cache)
    assert "present clone address" in said
    assert not [path for path in server.requests if path.startswith("/notes")]


def test_a_server_in_trouble_is_nobodys_fault(server: GitServer, cache: Path, document: Document) -> None:
    with pytest.raises(UserError, match="try again later") as caught:
        read_document(replace(document, repo=server.url("error/x")), hosts=(server.host,), cache=cache, leaf=LEAF)
    assert not isinstance(caught.value, LeafError)


def test_a_closed_port_is_nobodys_fault(cache: Path, document: Document) -> None:
    closed = replace(document, repo="http://127.0.0.1:9/x")
    with pytest.raises(UserError, match="try again later") as caught:
        read_document(closed, hosts=("127.0.0.1:9",), cache=cache, leaf=LEAF)
    assert not isinstance(caught.value, LeafError)


def test_symbolic_links_are_refused(server: GitServer, cache: Path) -> None:
    sha = commit_files(server.root, "links", {}, links={"secret.md": "/etc/passwd"})
    linked = Document(repo=server.url("links/.git"), commit=sha, patterns=("*.md",))
    assert "symbolic link" in complaint(linked, server, cache)


def test_submodules_are_refused(server: GitServer, cache: Path, document: Document) -> None:
    commit_files(server.root, "outer", {"README.md": "x\n"})
    git(server.root / "outer", "update-index", "--add", "--cacheinfo", f"160000,{document.commit},inner.md")
    git(server.root / "outer", "commit", "--quiet", "-m", "Add a submodule")
    sha = git(server.root / "outer", "rev-parse", "HEAD")
    outer = Document(repo=server.url("outer/.git"), commit=sha, patterns=("inner.md",))
    assert "submodule" in complaint(outer, server, cache)


def test_what_is_not_text_is_refused(server: GitServer, cache: Path) -> None:
    sha = commit_files(server.root, "binary", {"a.pdf": b"%PDF-1.7\x00\xff"})
    binary = Document(repo=server.url("binary/.git"), commit=sha, patterns=("a.pdf",))
    assert "convert the document to Markdown" in complaint(binary, server, cache)


def test_a_file_that_is_too_large_is_refused(server: GitServer, cache: Path) -> None:
    sha = commit_files(server.root, "large", {"a.md": "word " * 500_000})
    large = Document(repo=server.url("large/.git"), commit=sha, patterns=("a.md",))
    assert "split it into chapters" in complaint(large, server, cache)


def test_a_name_that_leads_into_a_private_network_is_refused(
    cache: Path, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    inward = replace(document, repo="https://169.254.169.254/x")
    with pytest.raises(LeafError, match="not a public address"):
        read_document(inward, hosts=("169.254.169.254",), cache=cache, leaf=LEAF)


def test_a_taxonomy_gives_its_leaves_and_tells_the_broken_ones_apart(server: GitServer, cache: Path) -> None:
    files = {
        "compositional_skills/backwards/qna.yaml": SKILL,
        "compositional_skills/broken/qna.yaml": "version: [",
        "foundational_skills/math/qna.yaml": SKILL,
        "docs/qna.yaml": SKILL,
    }
    sha = commit_files(server.root, "taxonomy", files, links={"knowledge/x/qna.yaml": "/etc/passwd"})
    taxonomy = read_taxonomy(server.url("taxonomy/.git"), sha, cache)
    assert set(taxonomy.leaves) == {"compositional_skills/backwards"}
    assert taxonomy.leaf("compositional_skills/backwards").seed_examples[0].pairs[0].answer == "cba"
    assert set(taxonomy.problems) == {"compositional_skills/broken", "knowledge/x"}
    for path in (*taxonomy.problems, "knowledge/absent"):
        with pytest.raises(LeafError, match=path) as caught:
            taxonomy.leaf(path)
        assert caught.value.leaf == path


def test_a_taxonomy_is_read_from_a_local_folder_too(tmp_path: Path, cache: Path) -> None:
    sha = commit_files(tmp_path, "local", {"compositional_skills/a/qna.yaml": SKILL})
    for url in (str(tmp_path / "local"), (tmp_path / "local").as_uri()):
        assert set(read_taxonomy(url, sha, cache).leaves) == {"compositional_skills/a"}


def test_a_taxonomy_that_is_no_git_repository_is_said_so(tmp_path: Path, cache: Path, server: GitServer) -> None:
    (tmp_path / "plain").mkdir()
    for url in (str(tmp_path / "plain"), server.url("page"), server.url("nothing")):
        with pytest.raises(UserError, match=r"is not a Git repository|is not there") as caught:
            read_taxonomy(url, "1" * 40, cache)
        assert url in str(caught.value)
        assert not isinstance(caught.value, LeafError)


@pytest.mark.parametrize("url", ["git@github.com:o/n.git", "https://u:p@github.com/o/n", "ssh://h/x"])
def test_a_taxonomys_address_carries_no_credentials(url: str, cache: Path) -> None:
    with pytest.raises(UserError, match="without user name or password"):
        read_taxonomy(url, "1" * 40, cache)


def test_a_revision_of_a_local_repository_becomes_a_sha(tmp_path: Path) -> None:
    sha = commit_files(tmp_path, "local", {"a": "b"})
    assert resolve(tmp_path / "local", "main") == sha
    with pytest.raises(UserError, match="no commit 'nowhere'"):
        resolve(tmp_path / "local", "nowhere")
    with pytest.raises(UserError, match="is not there"):
        resolve(tmp_path / "absent", "HEAD")
