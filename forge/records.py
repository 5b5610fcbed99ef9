"""The forge's state as frozen records, one class a table, fields named like columns."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person, or the bot that stands for an App."""

    id: int
    login: str
    name: str
    email: str
    type: str
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A personal access token, kept as its digest."""

    id: int
    user_id: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """An App manifest waiting for its conversion."""

    id: int
    code: str
    owner_id: int
    text: str
    used: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A GitHub App with its public key and its webhook."""

    id: int
    slug: str
    name: str
    client_id: str
    client_secret: str
    """Kept as its digest."""
    callback_urls: tuple[str, ...]
    """Where people who sign in with the App may be sent back to."""
    owner_id: int
    bot_id: int
    description: str | None
    external_url: str
    public_key: str
    permissions: dict[str, str]
    events: tuple[str, ...]
    hook_url: str
    hook_secret: str
    hook_active: bool
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInCode:
    """A user's leave for an App to know who they are, to be exchanged once for a token; the code kept as its digest."""

    id: int
    app_id: int
    user_id: int
    digest: str
    redirect_uri: str
    challenge: str
    """What the exchange has to know the origin of (RFC 7636); empty for none."""
    expires_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """An App on an account: on all of its repositories, or on some."""

    id: int
    app_id: int
    account_id: int
    permissions: dict[str, str]
    events: tuple[str, ...]
    repository_ids: tuple[int, ...] | None
    suspended_at: str | None
    suspended_by_id: int | None
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationToken:
    """An hour's access for an installation, perhaps to less than all of it."""

    id: int
    installation_id: int
    digest: str
    permissions: dict[str, str]
    repository_ids: tuple[int, ...] | None
    expires_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A bare repository and what is said about it."""

    id: int
    owner_id: int
    name: str
    description: str | None
    private: bool
    default_branch: str
    parent_id: int | None
    source_id: int | None
    created_at: str
    updated_at: str
    pushed_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaborator:
    """A user's role in a repository of somebody else."""

    id: int
    repository_id: int
    user_id: int
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue, or the conversation of a pull request."""

    id: int
    repository_id: int
    number: int
    is_pull: bool
    title: str
    body: str | None
    user_id: int
    app_id: int | None
    state: str
    state_reason: str | None
    created_at: str
    updated_at: str
    closed_at: str | None
    closed_by_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """What a pull request has beyond its issue: two ends and what became of them."""

    id: int
    issue_id: int
    repository_id: int
    number: int
    head_repository_id: int | None
    head_user_id: int
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    draft: bool
    maintainer_can_modify: bool
    merged_at: str | None
    merged_by_id: int | None
    merge_commit_sha: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label of a repository."""

    id: int
    repository_id: int
    name: str
    color: str
    description: str | None
    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLabel:
    """A label on an issue."""

    id: int
    issue_id: int
    label_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment in the conversation of an issue or pull request."""

    id: int
    repository_id: int
    issue_id: int
    user_id: int
    app_id: int | None
    body: str
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """A user's reaction to an issue or a comment; `subject` says which."""

    id: int
    subject: str
    subject_id: int
    user_id: int
    content: str
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A review of a pull request at a commit."""

    id: int
    pull_id: int
    user_id: int
    state: str
    body: str
    commit_id: str
    submitted_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewComment:
    """A comment on a line of a pull request's diff."""

    id: int
    pull_id: int
    review_id: int
    user_id: int
    path: str
    line: int | None
    side: str
    start_line: int | None
    position: int | None
    diff_hunk: str
    body: str
    commit_id: str
    original_commit_id: str
    original_line: int
    in_reply_to_id: int | None
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequest:
    """A user asked to review a pull request."""

    id: int
    pull_id: int
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSuite:
    """An App's check runs on one commit; its state follows from theirs."""

    id: int
    repository_id: int
    app_id: int
    head_sha: str
    head_branch: str | None
    before_sha: str | None
    after_sha: str | None
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """One check of an App on one commit."""

    id: int
    suite_id: int
    repository_id: int
    app_id: int
    name: str
    head_sha: str
    external_id: str
    details_url: str
    status: str
    conclusion: str | None
    started_at: str
    completed_at: str | None
    title: str | None
    summary: str | None
    text: str | None
    actions: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A check run's remark on lines of a file."""

    id: int
    run_id: int
    path: str
    start_line: int
    end_line: int
    start_column: int | None
    end_column: int | None
    annotation_level: str
    title: str | None
    message: str
    raw_details: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A commit status."""

    id: int
    repository_id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    creator_id: int
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A webhook sent, or about to be: `status` is empty until it was tried."""

    id: int
    guid: str
    app_id: int
    event: str
    action: str | None
    installation_id: int | None
    repository_id: int | None
    url: str
    payload: str
    redelivery: bool
    delivered_at: str
    duration: float
    status: str
    status_code: int
    request_headers: dict[str, str]
    response_headers: dict[str, str]
    response_body: str | None
