"""Whether the document of a knowledge leaf can be fetched, and whether the leaf's contexts are taken from it."""

import re
from collections.abc import Iterator, Sequence

from bot.check import NotLooked, Rules, check
from bot.facts import DocumentLook, DocumentState, PullRequestFacts
from bot.findings import Finding, Fix, Level, Replacement
from bot.neutralise import code
from bot.quotation import Budget, Sources
from bot.reading import UNREAD, all_readable, readable
from bot.references import KEY, reference
from bot.seeds import seeds
from schemas.config import DocumentPolicy
from schemas.leaf import Document, Kind
from schemas.safe_yaml import Loaded, Position
from sources.address import FULL_SHA, Refusal, look_at
from sources.patterns import MAX_PATTERN, is_within

UNFETCHED = "documents are read only where that is asked for; run `espalier check --fetch-documents`"
UNCOMPARED = (
    "Not all files of this document are read here (PDF and very long texts are not), so compare the contexts with it "
    "yourself."
)
MAX_CONTEXTS = 20
"""Contexts of a leaf that are said not to be in its document."""
RULES: Rules = {
    "address": (Level.ERROR, "the document's address is no https address of a repository"),
    "host": (Level.ERROR, "the document stands on a host that the taxonomy does not fetch from"),
    "commit": (Level.ERROR, "the document's commit is no full SHA"),
    "patterns": (Level.ERROR, "a pattern does not stay within the document's repository"),
    "no-repository": (Level.ERROR, "nobody can clone the document's repository"),
    "no-commit": (Level.ERROR, "the document's repository has no such commit"),
    "no-files": (Level.ERROR, "the patterns match no file of that commit"),
    "too-large": (Level.ERROR, "the document is larger than the policy allows"),
    "unreachable": (Level.WARNING, "the document's host did not answer, so that nothing is known of it"),
    "types": (Level.WARNING, "a file of the document is of a type that is not read"),
    "mixed-types": (Level.WARNING, "the document's files are of several types"),
    "context-not-found": (Level.WARNING, "a context does not stand in the document"),
    "not-compared": (Level.NOTICE, "the contexts were not compared with the document"),
}
MENDED = frozenset({"address", "commit"})
_SSH = re.compile(r"(?:ssh://)?git@(?P<host>[\w.-]{1,100})[:/](?P<path>[\w./-]{1,200})")
_PAGE = re.compile(
    r"(?P<repo>https?://(?:www\.)?git(?:hub|lab)\.com/[\w.-]{1,100}/[\w.-]{1,100})/(?:-/)?(?:blob|tree|raw)/.*"
)
_PLAIN = re.compile(r"http://(?P<rest>[\w./-]{1,300})")


@check
def document(facts: PullRequestFacts) -> Iterator[Finding]:
    """Look at the document of every knowledge leaf: address, commit, files, and the contexts taken from it.

    Raises:
        NotLooked: if nothing was found, but not every file could be read, or nobody fetched the documents.
    """
    found: list[Finding] = []
    unseen = False
    budget = Budget()
    for path, kind, loaded in readable(facts):
        named = reference(loaded) if kind is Kind.KNOWLEDGE else None
        if named is None:
            continue
        leaf = _Leaf(path, loaded, named, facts.config.document)
        written = list(leaf.as_written())
        found.extend(written)
        look = (facts.documents or {}).get(path.rpartition("/")[0])
        unseen = unseen or facts.documents is None
        if look is not None and not written:
            found.extend(leaf.as_fetched(look, budget))
    if not found and not all_readable(facts):
        raise NotLooked(UNREAD)
    if not found and unseen:
        raise NotLooked(UNFETCHED)
    yield from found


class _Leaf:
    """A knowledge leaf, and what there is to say of its document."""

    def __init__(self, path: str, loaded: Loaded, document: Document, policy: DocumentPolicy) -> None:
        self._path, self._loaded, self._document, self._policy = path, loaded, document, policy

    def as_written(self) -> Iterator[Finding]:
        """Say what is wrong with the document's address, commit and patterns as they are written."""
        yield from self._address()
        commit = self._document.commit
        if not FULL_SHA.fullmatch(commit):
            advice = (
                "Give all 40 digits of the commit, in lower case, as the commit's page or `git rev-parse HEAD` has them"
            )
            better = commit.lower() if FULL_SHA.fullmatch(commit.lower()) else None
            yield self._finding("commit", f"{code(commit)} is no full commit SHA. {advice}.", "commit", better=better)
        for at, pattern in enumerate(self._document.patterns):
            if not is_within(pattern):
                message = (
                    f"{code(pattern)} does not stay within the repository. Write the pattern from its top folder on, "
                    f"such as `docs/*.md`, in at most {MAX_PATTERN} characters."
                )
                yield self._finding("patterns", message, "patterns", at)

    def as_fetched(self, look: DocumentLook, budget: Budget) -> Iterator[Finding]:
        """Say what came of fetching the document."""
        repo, commit, detail = code(self._document.repo), code(self._document.commit), code(look.detail, limit=200)
        match look.state:
            case DocumentState.HOST_REFUSED:
                message = f"{repo} is on no public host ({detail}). Put the document where anybody can clone it."
                yield self._finding("host", message, "repo")
            case DocumentState.NO_REPOSITORY:
                message = f"{repo} cannot be cloned ({detail}). Give the clone address of a public repository."
                yield self._finding("no-repository", message, "repo")
            case DocumentState.NO_COMMIT:
                message = f"{repo} has no commit {commit}. Push it there, or give the full SHA of one that is there."
                yield self._finding("no-commit", message, "commit")
            case DocumentState.NO_FILES:
                there = f"it holds {detail}" if look.detail else "it holds no file"
                message = f"No plain file of that commit matches these patterns; {there}. Name the document's files."
                yield self._finding("no-files", message, "patterns")
            case DocumentState.TOO_LARGE:
                message = f"These patterns match more than {self._policy.megabytes} MB. Name fewer or smaller files."
                yield self._finding("too-large", message, "patterns")
            case DocumentState.UNREACHABLE:
                message = f"{repo} was not looked at ({detail}), so nothing is known of the document yet."
                yield self._finding("unreachable", message, "repo")
            case _:
                yield from self._types(look)
                yield from self._contexts(look, budget)

    def _address(self) -> Iterator[Finding]:
        repo, hosts = self._document.repo, self._policy.hosts
        address = look_at(repo, hosts)
        better = _clone_address(repo, hosts)
        advice = f"Write {code(better)}." if better else "Give its address as `https://github.com/owner/name.git`."
        if address.refusal is Refusal.FORM or (better and address.refusal is None):
            message = f"{code(repo)} is no https address that a repository can be cloned from. {advice}"
            yield self._finding("address", message, "repo", better=better)
        elif address.refusal is Refusal.HOST:
            allowed = ", ".join(code(host) for host in hosts) or "(none)"
            message = (
                f"This taxonomy does not fetch documents from {code(address.host)}. Put the document on one of "
                f"{allowed}, or ask a maintainer to add the host to `document.hosts`."
            )
            yield self._finding("host", message, "repo")

    def _types(self, look: DocumentLook) -> Iterator[Finding]:
        types = [kind.lower() for kind in self._policy.types]
        endings = {file.path: file.path.rpartition("/")[2].rpartition(".")[2].lower() for file in look.files}
        strange = next((path for path, ending in endings.items() if ending not in types), None)
        if strange is not None:
            kinds = " or ".join(f"`*.{kind}`" for kind in types)
            message = f"{code(strange)} matches too, and only {kinds} are read. Write patterns that match those alone."
            yield self._finding("types", message, "patterns")
        met = sorted(set(endings.values()) & set(types))
        if len(met) > 1:
            message = f"These patterns match {' and '.join(met)} files. Name files of one type only."
            yield self._finding("mixed-types", message, "patterns")

    def _contexts(self, look: DocumentLook, budget: Budget) -> Iterator[Finding]:
        sources = Sources(look.files, budget)
        told = 0
        for seed in seeds(self._loaded) if sources.whole else ():
            missing = () if seed.context is None else sources.missing(seed.context.value)
            if missing is None:
                yield self._finding("not-compared", UNCOMPARED, "patterns")
                return
            if missing and seed.context is not None and told < MAX_CONTEXTS:
                told += 1
                yield self._at("context-not-found", _not_found(missing, sources), seed.context.position)
        if not sources.whole:
            yield self._finding("not-compared", UNCOMPARED, "patterns")

    def _finding(self, rule: str, message: str, *place: str | int, better: str | None = None) -> Finding:
        position = self._loaded.position((KEY, *place))
        fix = None if better is None else self._respelt(position.line, str(place[0]), better)
        return self._at(rule, message, position, fix)

    def _at(self, rule: str, message: str, position: Position, fix: Fix | None = None) -> Finding:
        return Finding(
            rule=rule,
            level=RULES[rule][0],
            path=self._path,
            line=position.line,
            column=position.column,
            message=message,
            fix=fix,
        )

    def _respelt(self, line: int, key: str, better: str) -> Fix | None:
        """Offer a better value in its own line; None where it does not stand on one line as it is."""
        old, text = getattr(self._document, key), self._loaded.lines[line - 1]
        if text.count(old) != 1:
            return None
        replacement = Replacement(path=self._path, first=line, last=line, text=text.replace(old, better))
        return Fix(description=f"Write {code(better)}", replacements=(replacement,))


def _clone_address(repo: str, hosts: Sequence[str]) -> str | None:
    """Give the https address that was meant by one of another kind, where its host is allowed."""
    ssh, page, unsafe = _SSH.fullmatch(repo), _PAGE.fullmatch(repo), _PLAIN.fullmatch(repo)
    better = None
    if ssh:
        better = f"https://{ssh['host']}/{ssh['path']}"
    elif page:
        better = page["repo"].replace("http://", "https://").replace("://www.", "://")
    elif unsafe:
        better = f"https://{unsafe['rest']}"
    return better if better and better != repo and look_at(better, hosts).refusal is None else None


def _not_found(missing: Sequence[str], sources: Sources) -> str:
    piece = missing[0]
    nearest = sources.nearest(piece)
    message = f"The document does not hold {code(piece, limit=120)}"
    message += f" and {len(missing) - 1} more of its sentences" if len(missing) > 1 else ""
    if nearest is None:
        return f"{message}, nor anything like it. Copy the context from the document, word for word."
    place = f"the nearest passage, in {code(nearest.path)}, is {code(nearest.text, limit=200)}"
    return f"{message}; {place}. Copy the context from the document, word for word."
