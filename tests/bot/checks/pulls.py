"""Pull requests for the tests of checks and reports, made of texts."""

from bot.facts import ChangedFile, Commit, FileStatus, Identity, LeafFiles, PullRequestFacts
from schemas.config import Config

ADA = Identity(name="Ada", email="ada@example.org")
HEAD = "0123456789abcdef0123456789abcdef01234567"
SKILL_FOLDER = "compositional_skills/writing/kettle_songs"
KNOWLEDGE_FOLDER = "knowledge/harbours/pell_quay"
ATTRIBUTION = "Title of work: Kettle songs\nLink to work: -\nLicense of the work: CC-BY-SA-4.0\nCreator names: Ada\n"


def example(number: int) -> str:
    return f"  - question: What does kettle {number} sing?\n    answer: |\n      Song number {number}.\n"


def skill(*, examples: int = 5, version: str = "version: 3\n") -> str:
    head = f"{version}created_by: ada\ntask_description: Name the song of a kettle.\nseed_examples:\n"
    return head + "".join(map(example, range(examples)))


def knowledge(*, contexts: int = 5, pairs: int = 3) -> str:
    rows = [
        f"  - context: The quay has {n} bollards.\n    questions_and_answers:\n"
        + "".join(
            f"      - question: How many bollards, asked {m}?\n        answer: It has {n}{m}.\n" for m in range(pairs)
        )
        for n in range(contexts)
    ]
    return (
        "version: 3\ncreated_by: ada\ndomain: harbours\nseed_examples:\n"
        + "".join(rows)
        + "document_outline: The quay of Pell.\ndocument:\n  repo: https://github.com/ada/quays\n"
        + f"  commit: {HEAD}\n  patterns:\n    - '*.md'\n"
    )


def commit(*, message: str | None = None, author: Identity = ADA, sha: str = HEAD) -> Commit:
    text = f"Add a leaf\n\nSigned-off-by: {author.name} <{author.email}>\n" if message is None else message
    return Commit(sha=sha, parents=("f" * 40,), author=author, committer=author, message=text, author_login="ada")


def pull(
    qna: str | bytes | None = None,
    *,
    folder: str = SKILL_FOLDER,
    attribution: str | None = ATTRIBUTION,
    commits: tuple[Commit, ...] | None = None,
    config: Config | None = None,
    complete: bool = True,
) -> PullRequestFacts:
    content = (skill() if qna is None else qna).encode() if not isinstance(qna, bytes) else qna
    file = ChangedFile(
        path=f"{folder}/qna.yaml", status=FileStatus.ADDED, mode="100644", content=content, size=len(content)
    )
    leaf = LeafFiles(folder=folder, qna=file, attribution=None if attribution is None else attribution.encode())
    return PullRequestFacts(
        repository="orchard/taxonomy",
        number=7,
        author="ada",
        title="Add a leaf",
        body="Teaches which song a kettle sings.",
        base_ref="main",
        base_sha="f" * 40,
        head_sha=HEAD,
        files=(file,),
        leaves=(leaf,),
        commits=(commit(),) if commits is None else commits,
        commits_complete=complete,
        config=config or Config(),
        url="http://forge.test/orchard/taxonomy/pull/7",
    )
