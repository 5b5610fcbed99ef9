"""What strangers have the bot fetch leads nowhere inside: not by redirect, by DNS, or by an odd number."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from schemas.leaf import Document
from sources.documents import DocumentError, Limits, read_files
from sources.git_cache import Bounds, fetch
from sources.git_process import run
from sources.git_refusals import Cause, FetchError
from tests.attacks.scenes import spying_git
from tests.fakes.git_server import GitServer, commit_files, git, serving

SHA = "ab" * 20
NAME = "docs.example.org"
PUBLIC = "192.88.99.1"
"""Public by the registry, and nobody's any more (RFC 7526)."""
Answer = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int]]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[GitServer]:
    (tmp_path / "host").mkdir()
    with serving(tmp_path / "host") as running:
        yield running


@dataclass(slots=True, kw_only=True)
class Names:
    """A name server of the attacker's: each question gets the next answer."""

    answers: list[list[str]]
    asked: int = 0
    known: list[str] = field(default_factory=list)

    def getaddrinfo(self, host: str, port: int, **_: object) -> list[Answer]:
        self.known.append(host)
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        family = [socket.AF_INET6 if ":" in number else socket.AF_INET for number in found]
        return [(kind, socket.SOCK_STREAM, 6, "", (number, port)) for kind, number in zip(family, found, strict=True)]


def refused(cache: Path, **change: object) -> DocumentError:
    document = Document(repo=f"https://{NAME}/notes.git", commit=SHA, patterns=("*.md",))
    with pytest.raises(DocumentError) as caught:
        read_files(document, hosts=(NAME,), cache=cache, limits=Limits(fetch=Bounds(seconds=5)), **change)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize(
    "number",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.7", "224.0.0.1",
        "255.255.255.255", "::1", "fe80::1%eth0", "fd00::1", "fec0::1", "::ffff:10.0.0.1", "::10.0.0.1",
        "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "ff02::1",
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    for answers in ([number], [PUBLIC, number]):  # one bad number among good ones is enough
        monkeypatch.setattr(socket, "getaddrinfo", Names(answers=[answers]).getaddrinfo)
        assert refused(tmp_path).cause is Cause.ADDRESS


def test_a_name_is_asked_for_once_and_git_is_held_to_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(answers=[[PUBLIC], ["127.0.0.1"]])  # rebinding: the second answer would lead inside
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    path, log = spying_git(tmp_path)
    monkeypatch.setenv("PATH", path)
    with pytest.raises(FetchError):
        fetch(
            f"https://{NAME}/notes.git", SHA, cache=tmp_path / "cache", protocols=["https"], public=True,
            bounds=Bounds(seconds=2),
        )  # fmt: skip
    assert (names.asked, names.known) == (1, [NAME])
    assert f"http.curloptResolve={NAME}:443:{PUBLIC}" in log.read_text()


def test_a_host_that_is_asked_past_the_proxy_is_looked_at_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", NAME)
    monkeypatch.setattr(socket, "getaddrinfo", Names(answers=[["10.0.0.1"]]).getaddrinfo)
    assert refused(tmp_path).cause is Cause.ADDRESS


def test_this_machine_s_git_honours_what_it_is_held_to(host: GitServer, tmp_path: Path) -> None:
    commit_files(host.root, "notes", {"a.md": "Alpha.\n"})
    pinned = f"http.curloptResolve={NAME}:{host.port}:127.0.0.1"
    allowed = ("-c", "protocol.http.allow=always")
    told = run(tmp_path, *allowed, "-c", pinned, "ls-remote", f"http://{NAME}:{host.port}/notes/.git", "HEAD")
    assert told.split()[1] == b"HEAD"


def test_a_redirect_is_not_followed_wherever_it_leads(host: GitServer, tmp_path: Path) -> None:
    sha = commit_files(host.root, "notes", {"a.md": "Alpha.\n"})
    (tmp_path / "inner").mkdir()
    with serving(tmp_path / "inner") as inner:
        host.moved_to.append(inner.url("secret/.git"))
        for name in ("moved/notes/.git", "away/notes/.git"):
            document = Document(repo=host.url(name), commit=sha, patterns=("*.md",))
            with pytest.raises(DocumentError) as caught:
                read_files(document, hosts=(host.host,), cache=tmp_path / "cache")
            assert caught.value.cause is Cause.MOVED
        assert inner.requests == []


def test_a_fetch_takes_no_credentials_of_this_machine_along(
    host: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = commit_files(host.root, "notes", {"a.md": "Alpha.\n"})
    home = tmp_path / "home"
    home.mkdir()
    (home / ".netrc").write_text("default login ada password hunter2\n", encoding="ascii")
    (home / ".git-credentials").write_text(f"http://ada:hunter2@{host.host}\n", encoding="ascii")
    (home / ".gitconfig").write_text(
        "[credential]\n\thelper = store\n[http]\n\textraHeader = X-Key: hunter2\n", encoding="ascii"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_ASKPASS", "/bin/echo")
    for name in ("notes/.git", "private/notes/.git"):
        document = Document(repo=host.url(name), commit=sha, patterns=("*.md",))
        try:
            read_files(document, hosts=(host.host,), cache=tmp_path / "cache")
        except DocumentError as error:
            assert error.cause is Cause.MISSING  # noqa: PT017 - one of the two asks for a password and gets none
    assert len(host.headers) > 1
    for headers in host.headers:
        assert "authorization" not in headers
        assert "hunter2" not in str(headers)


def test_a_tree_whose_names_climb_out_is_refused_by_git_itself(host: GitServer, tmp_path: Path) -> None:
    commit_files(host.root, "notes", {"a.md": "Alpha.\n"})
    folder = host.root / "notes"
    blob = git(folder, "rev-parse", "HEAD:a.md")
    inner = git(folder, "mktree", stdin=f"100644 blob {blob}\tpasswd.md\n".encode())
    for name in ("..", ".git"):
        raw = b"40000 " + name.encode() + b"\0" + bytes.fromhex(inner)
        tree = git(folder, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw)
        sha = git(folder, "commit-tree", tree, "-m", "Climb")
        git(folder, "update-ref", "refs/heads/main", sha)
        document = Document(repo=host.url("notes/.git"), commit=sha, patterns=("**",))
        with pytest.raises(DocumentError) as caught:
            read_files(document, hosts=(host.host,), cache=tmp_path / "cache")
        assert caught.value.cause is Cause.BROKEN
    assert not list(tmp_path.rglob("passwd.md"))


def test_what_authorises_a_fetch_stands_in_no_argument_and_no_environment(
    host: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = commit_files(host.root, "notes", {"a.md": "Alpha.\n"})
    path, log = spying_git(tmp_path)
    monkeypatch.setenv("PATH", path)
    header = "Authorization: Basic cGxhbnRlZA=="
    cache = tmp_path / "cache"
    fetch(host.url("notes/.git"), sha, cache=cache, protocols=["http"], public=False, header=header)
    assert {headers["authorization"] for headers in host.headers} == {"Basic cGxhbnRlZA=="}
    assert "fetch" in log.read_text()
    assert "cGxhbnRlZA" not in log.read_text()
    assert not [path for path in cache.rglob("*") if path.is_file() and b"cGxhbnRlZA" in path.read_bytes()]
