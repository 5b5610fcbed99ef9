"""What a build is asked to do: jobs made of facts and policy; pure."""

import secrets
from collections.abc import Sequence
from dataclasses import replace

from bot.facts import PullRequestFacts
from bot.records import Merge
from bot.settings import BuildOptions
from schemas.config import Config
from schemas.job import BuildKind, Job, PullRequestPart, ReleasedModel
from sources.address import beyond


def new_id(prefix: str, sha: str) -> str:
    """Make a build's id: readable, and unique on a cluster that several bots share."""
    return f"{prefix}-{sha[:8]}-{secrets.token_hex(2)}"


def trained_leaves(facts: PullRequestFacts) -> tuple[str, ...]:
    """Give the leaves whose qna.yaml the pull request adds or changes."""
    return tuple(leaf.folder for leaf in facts.leaves if leaf.qna is not None)


def bounded(config: Config, *, loopback: bool) -> Config:
    """Leave the machine that builds out of the hosts of documents, unless a policy may name it."""
    hosts = config.document.hosts if loopback else beyond(config.document.hosts)
    return replace(config, document=replace(config.document, hosts=hosts))


def pull_job(
    kind: BuildKind,
    facts: PullRequestFacts,
    *,
    build_id: str,
    taxonomy_url: str,
    options: BuildOptions,
    loopback: bool,
    current: ReleasedModel | None = None,
) -> Job:
    """Ask for something about the pull request's own leaves at its head.

    Args:
        kind: What: a candidate, the data alone that it would be trained on, or what the current model already can.
        facts: The pull request.
        build_id: The build's id.
        taxonomy_url: Where the taxonomy is cloned from.
        options: What every build is given.
        loopback: Whether the policy may have documents fetched from the machine that builds.
        current: The repository's current model; None where nothing was released yet, and a precheck asks the base.
    """
    leaves = trained_leaves(facts)
    return Job(
        id=build_id,
        kind=kind,
        repository=facts.repository,
        taxonomy_url=taxonomy_url,
        head_sha=facts.head_sha,
        pull_requests=(PullRequestPart(number=facts.number, head_sha=facts.head_sha, leaves=leaves),),
        leaves=leaves,
        profile=facts.config.build.profile,
        seed=options.seed,
        student=options.student,
        teacher_url=options.teacher_url,
        teacher_model=options.teacher_model,
        document_hosts=bounded(facts.config, loopback=loopback).document.hosts,
        model=current if kind is BuildKind.PRECHECK else None,
        capable_score=facts.config.precheck.score,
    )


def release_job(
    merges: Sequence[Merge],
    *,
    build_id: str,
    version: int,
    head_sha: str,
    leaves: tuple[str, ...],
    taxonomy_url: str,
    config: Config,
    options: BuildOptions,
) -> Job:
    """Ask for a release: all leaves of the default branch at a commit, for the pull requests merged since the last."""
    parts = tuple(
        PullRequestPart(
            number=merge.part.number,
            head_sha=merge.part.head_sha,
            leaves=tuple(leaf for leaf in merge.part.leaves if leaf in leaves),
        )
        for merge in merges
    )
    return Job(
        id=build_id,
        kind=BuildKind.RELEASE,
        repository=merges[0].repository,
        taxonomy_url=taxonomy_url,
        head_sha=head_sha,
        pull_requests=parts,
        leaves=leaves,
        profile=config.build.profile,
        seed=options.seed,
        version=f"v{version}",
        student=options.student,
        teacher_url=options.teacher_url,
        teacher_model=options.teacher_model,
        document_hosts=config.document.hosts,
    )
