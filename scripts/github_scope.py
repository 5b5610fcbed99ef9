"""What of GitHub's descriptions the tests need, what it answers anywhere, and where the descriptions are wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Node: TypeAlias = dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One place where the source is wrong: `value` takes the place of what stands at `at` (None removes it)."""

    at: tuple[str, ...]
    value: Json
    reason: str


REPO = "/repos/{owner}/{repo}"

OPERATIONS: Mapping[str, str] = {
    # apps
    "/app": "get",
    "/app/hook/config": "get patch",
    "/app/hook/deliveries": "get",
    "/app/hook/deliveries/{delivery_id}": "get",
    "/app/hook/deliveries/{delivery_id}/attempts": "post",
    "/app/installations": "get",
    "/app/installations/{installation_id}": "get delete",
    "/app/installations/{installation_id}/access_tokens": "post",
    "/app/installations/{installation_id}/suspended": "put delete",
    "/app-manifests/{code}/conversions": "post",
    "/apps/{app_slug}": "get",
    "/installation/repositories": "get",
    "/installation/token": "delete",
    "/orgs/{org}/installation": "get",
    "/users/{username}/installation": "get",
    f"{REPO}/installation": "get",
    # people
    "/user": "get",
    "/users/{username}": "get",
    "/orgs/{org}/memberships/{username}": "get",
    "/orgs/{org}/teams/{team_slug}": "get",
    "/orgs/{org}/teams/{team_slug}/memberships/{username}": "get",
    "/rate_limit": "get",
    # repositories
    "/user/repos": "get post",
    "/users/{username}/repos": "get",
    REPO: "get patch delete",
    f"{REPO}/forks": "get post",
    f"{REPO}/collaborators": "get",
    f"{REPO}/collaborators/{{username}}": "get put delete",
    f"{REPO}/collaborators/{{username}}/permission": "get",
    f"{REPO}/contents/{{path}}": "get put delete",
    f"{REPO}/readme": "get",
    f"{REPO}/branches": "get",
    f"{REPO}/branches/{{branch}}": "get",
    f"{REPO}/compare/{{basehead}}": "get",
    f"{REPO}/commits": "get",
    f"{REPO}/commits/{{ref}}": "get",
    f"{REPO}/commits/{{commit_sha}}/pulls": "get",
    f"{REPO}/commits/{{ref}}/status": "get",
    f"{REPO}/commits/{{ref}}/statuses": "get",
    f"{REPO}/statuses/{{sha}}": "post",
    # git
    f"{REPO}/git/refs": "post",
    f"{REPO}/git/refs/{{ref}}": "patch delete",
    f"{REPO}/git/ref/{{ref}}": "get",
    f"{REPO}/git/matching-refs/{{ref}}": "get",
    f"{REPO}/git/trees": "post",
    f"{REPO}/git/trees/{{tree_sha}}": "get",
    f"{REPO}/git/blobs": "post",
    f"{REPO}/git/blobs/{{file_sha}}": "get",
    f"{REPO}/git/commits": "post",
    f"{REPO}/git/commits/{{commit_sha}}": "get",
    # pull requests
    f"{REPO}/pulls": "get post",
    f"{REPO}/pulls/{{pull_number}}": "get patch",
    f"{REPO}/pulls/{{pull_number}}/commits": "get",
    f"{REPO}/pulls/{{pull_number}}/files": "get",
    f"{REPO}/pulls/{{pull_number}}/merge": "get put",
    f"{REPO}/pulls/{{pull_number}}/requested_reviewers": "get post delete",
    f"{REPO}/pulls/{{pull_number}}/reviews": "get post",
    f"{REPO}/pulls/{{pull_number}}/reviews/{{review_id}}": "get put delete",
    f"{REPO}/pulls/{{pull_number}}/reviews/{{review_id}}/comments": "get",
    f"{REPO}/pulls/{{pull_number}}/reviews/{{review_id}}/dismissals": "put",
    f"{REPO}/pulls/{{pull_number}}/reviews/{{review_id}}/events": "post",
    f"{REPO}/pulls/{{pull_number}}/comments": "get post",
    f"{REPO}/pulls/{{pull_number}}/comments/{{comment_id}}/replies": "post",
    f"{REPO}/pulls/comments": "get",
    f"{REPO}/pulls/comments/{{comment_id}}": "get patch delete",
    # issues, labels, reactions
    f"{REPO}/issues": "get post",
    f"{REPO}/issues/{{issue_number}}": "get patch",
    f"{REPO}/issues/{{issue_number}}/comments": "get post",
    f"{REPO}/issues/{{issue_number}}/labels": "get post put delete",
    f"{REPO}/issues/{{issue_number}}/labels/{{name}}": "delete",
    f"{REPO}/issues/{{issue_number}}/reactions": "get post",
    f"{REPO}/issues/{{issue_number}}/reactions/{{reaction_id}}": "delete",
    f"{REPO}/issues/comments": "get",
    f"{REPO}/issues/comments/{{comment_id}}": "get patch delete",
    f"{REPO}/issues/comments/{{comment_id}}/reactions": "get post",
    f"{REPO}/issues/comments/{{comment_id}}/reactions/{{reaction_id}}": "delete",
    f"{REPO}/labels": "get post",
    f"{REPO}/labels/{{name}}": "get patch delete",
    # checks
    f"{REPO}/check-runs": "post",
    f"{REPO}/check-runs/{{check_run_id}}": "get patch",
    f"{REPO}/check-runs/{{check_run_id}}/annotations": "get",
    f"{REPO}/check-runs/{{check_run_id}}/rerequest": "post",
    f"{REPO}/check-suites": "post",
    f"{REPO}/check-suites/{{check_suite_id}}": "get",
    f"{REPO}/check-suites/{{check_suite_id}}/check-runs": "get",
    f"{REPO}/check-suites/{{check_suite_id}}/rerequest": "post",
    f"{REPO}/commits/{{ref}}/check-runs": "get",
    f"{REPO}/commits/{{ref}}/check-suites": "get",
}

EVENTS = (
    "check_run", "check_suite", "create", "delete", "fork", "installation", "installation_repositories",
    "issue_comment", "issues", "label", "member", "merge_group", "meta", "ping", "pull_request",
    "pull_request_review", "pull_request_review_comment", "pull_request_review_thread", "push", "repository", "status",
)  # fmt: skip

SCHEMAS = ("components", "schemas")
COMPLETED: Json = {"properties": {"status": {"const": "completed"}}, "required": ["status"]}
CONCLUSIONS: Json = [
    "success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required", "stale", None
]  # fmt: skip
LABELLED: Json = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
LABELS: Json = {"type": "array", "maxItems": 100, "items": {"anyOf": [{"type": "string"}, LABELLED]}}
LABELS_BODY: Json = {"anyOf": [LABELS, {"type": "object", "properties": {"labels": LABELS}, "required": ["labels"]}]}
NULLABLE_REPOSITORY: Json = {"anyOf": [{"$ref": "#/components/schemas/repository"}, {"type": "null"}]}
LONG_TEXT: Json = {"type": "string", "maxLength": 65536}


def body_of(method: str, template: str, *keys: str) -> tuple[str, ...]:
    """Name the place of an operation's request body in the slice, or one below it."""
    return ("paths", template, method, "requestBody", "schema", *keys)


OPENAPI_CORRECTIONS: tuple[Correction, ...] = (
    *(
        Correction(
            at=(*SCHEMAS, name, "properties", "head", "properties", "repo"),
            value=NULLABLE_REPOSITORY,
            reason="head.repo is null once the fork is deleted",
        )
        for name in ("pull-request", "pull-request-simple")
    ),
    Correction(
        at=(
            *SCHEMAS,
            "pull-request-simple",
            "properties",
            "labels",
            "items",
            "properties",
            "description",
            "type",
        ),
        value=["string", "null"],
        reason="a label may have no description, as the description of a single pull request says",
    ),
    Correction(
        at=("paths", "/app/installations", "get", "responses", "200", "items", "properties", "account"),
        value={"anyOf": [{"$ref": "#/components/schemas/simple-user"}, {"type": "null"}]},
        reason="an account is a user or an enterprise; the list of installations asks for both at once",
    ),
    Correction(
        at=("paths", f"{REPO}/contents/{{path}}", "put", "responses", "409"),
        value={"$ref": "#/components/schemas/basic-error"},
        reason="the alternative to an error asks for nothing, so that every error matches both",
    ),
    Correction(
        at=(*SCHEMAS, "check-run", "properties", "conclusion", "enum"),
        value=CONCLUSIONS,
        reason="GitHub sets stale itself after 14 days; the response lacks it",
    ),
    Correction(
        at=(*SCHEMAS, "check-run", "if"),
        value=COMPLETED,
        reason="a completed run has a conclusion, which the description says in prose alone",
    ),
    Correction(
        at=(*SCHEMAS, "check-run", "then"),
        value={"properties": {"conclusion": {"type": "string"}, "completed_at": {"type": "string"}}},
        reason="the other half of the one above",
    ),
    Correction(
        at=body_of("post", f"{REPO}/check-runs", "if"),
        value=COMPLETED,
        reason="GitHub refuses completed without a conclusion; the schema of the request lets it pass",
    ),
    Correction(
        at=body_of("post", f"{REPO}/check-runs", "then"),
        value={"required": ["conclusion"]},
        reason="the other half of the one above",
    ),
    *(
        Correction(
            at=body_of(method, template, "properties", "body"),
            value=LONG_TEXT,
            reason="GitHub refuses comments over 65,536 characters, which the schema does not say",
        )
        for method, template in (
            ("post", f"{REPO}/issues/{{issue_number}}/comments"),
            ("patch", f"{REPO}/issues/comments/{{comment_id}}"),
            ("post", f"{REPO}/pulls/{{pull_number}}/reviews"),
            ("patch", f"{REPO}/pulls/comments/{{comment_id}}"),
        )
    ),
    *(
        Correction(
            at=body_of("post", f"{REPO}/labels", "properties", key),
            value={"type": "string", "maxLength": length},
            reason="GitHub's limits on labels, which the schema does not say",
        )
        for key, length in (("name", 50), ("description", 100))
    ),
    *(
        Correction(
            at=body_of("patch", f"{REPO}/labels/{{name}}", "properties", key),
            value={"type": "string", "maxLength": length},
            reason="GitHub's limits on labels, which the schema does not say",
        )
        for key, length in (("new_name", 50), ("description", 100))
    ),
    *(
        Correction(
            at=body_of(method, f"{REPO}/issues/{{issue_number}}/labels"),
            value=LABELS_BODY,
            reason="GitHub takes a bare array too, which PyGithub sends, and an empty one to remove all; 100 at most",
        )
        for method in ("post", "put")
    ),
    Correction(
        at=(*SCHEMAS, "basic-error", "required"),
        value=["message", "documentation_url"],
        reason="every error of GitHub carries both; without this any object would be an error",
    ),
    Correction(
        at=(*SCHEMAS, "validation-error", "properties", "errors", "items", "properties", "value"),
        value={},
        reason="each of the three alternatives may be null, so that null, which GitHub sends, matches more than one",
    ),
)

# What GitHub answers anywhere, documented for the API as a whole and not with each operation: bad credentials, hidden
# or forbidden resources, rate limits, malformed or invalid bodies, unchanged resources.
COMMON: Node = {
    "304": None,
    **{status: {"$ref": "#/components/schemas/basic-error"} for status in ("400", "401", "403", "404", "429")},
    "422": {"anyOf": [{"$ref": "#/components/schemas/validation-error"}, {"$ref": "#/components/schemas/basic-error"}]},
}
