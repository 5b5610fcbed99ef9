"""The tiny cluster answers as Ray's Jobs API does, as far as the bot relies on it."""

from pathlib import Path

import pytest

from bot.dispatch import ClusterError, Endpoint, JobsApi, read_events, read_progress, read_result, write_job
from schemas.job import BuildKind, Job
from schemas.result import Status
from tests.bot.world import wait
from tests.fakes.jobs_api import Cluster, jobs_api

JOB = Job(
    id="pr1-a", kind=BuildKind.CANDIDATE, repository="o/t", taxonomy_url="u", head_sha="a" * 40, pull_requests=(),
    leaves=("knowledge/quay",),
)  # fmt: skip


def api(cluster: Cluster) -> JobsApi:
    return JobsApi(Endpoint(address=cluster.address, token_file=cluster.token_file))


def entrypoint(artifacts: Path) -> str:
    return f"python -m runner run --artifacts {artifacts} --id pr1-a"


def test_a_job_runs_to_its_result_and_is_submitted_once(tmp_path: Path) -> None:
    with jobs_api(tmp_path) as cluster:
        jobs = api(cluster)
        assert jobs.status("pr1-a") is None
        write_job(tmp_path, JOB)
        assert read_progress(tmp_path, "pr1-a") is None
        assert read_result(tmp_path, "pr1-a") is None
        for _ in range(2):
            jobs.submit("pr1-a", entrypoint(tmp_path))
        assert cluster.submit("pr1-a", entrypoint(tmp_path)) == 500
        wait(lambda: (status := jobs.status("pr1-a")) and status.ended, what="the job's end")
        result = read_result(tmp_path, "pr1-a")
        assert result is not None
        assert result.status is Status.SUCCEEDED
        events = read_events(tmp_path, "pr1-a")
        assert events[-1] == read_progress(tmp_path, "pr1-a")
        assert [event.stage for event in events[:6]] == ["prepare"] * 5 + ["generate"]


def test_a_stopped_job_ends_as_stopped(tmp_path: Path) -> None:
    with jobs_api(tmp_path) as cluster:
        cluster.behaviour = "wait"
        write_job(tmp_path, JOB)
        jobs = api(cluster)
        jobs.submit("pr1-a", entrypoint(tmp_path))
        wait(lambda: read_progress(tmp_path, "pr1-a"), what="progress")
        jobs.stop("pr1-a")
        wait(lambda: (status := jobs.status("pr1-a")) and status.state == "STOPPED", what="the stop")
        result = read_result(tmp_path, "pr1-a")
        assert result is not None
        assert result.status is Status.STOPPED


def test_without_the_token_nothing_is_told(tmp_path: Path) -> None:
    with jobs_api(tmp_path) as cluster, pytest.raises(ClusterError, match="401"):
        JobsApi(Endpoint(address=cluster.address, token_file=None)).status("pr1-a")


def test_a_cluster_that_is_away_or_a_token_that_is_missing_is_one_kind_of_error(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="does not answer"):
        JobsApi(Endpoint(address="http://127.0.0.1:9", token_file=None)).status("pr1-a")
    with pytest.raises(ClusterError, match="token"):
        JobsApi(Endpoint(address="http://127.0.0.1:9", token_file=tmp_path / "none")).status("pr1-a")


def test_a_line_that_is_being_written_is_left_for_the_next_time(tmp_path: Path) -> None:
    write_job(tmp_path, JOB)
    events = tmp_path / "builds" / "pr1-a" / "events.jsonl"
    whole = '{"at": "t", "stage": "train", "done": 1, "total": 2, "unit": "steps", "rate": null, "message": "m"}\n'
    events.write_text(whole + '{"at": "t", "sta')
    assert len(read_events(tmp_path, "pr1-a")) == 1
    events.write_text(whole * 2000 + "{")
    progress = read_progress(tmp_path, "pr1-a")
    assert progress is not None
    assert progress.stage == "train"
