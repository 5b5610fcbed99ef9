"""Values survive the way to JSON and back, and broken JSON is named field by field."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import decode, encode
from schemas.errors import UserError
from schemas.job import BuildKind, Job, PullRequestPart, ReleasedModel
from schemas.names import PLAIN
from schemas.progress import Progress
from schemas.result import DataFile, Provenance, Result, Status

JOB = Job(
    id="c-1-abc",
    kind=BuildKind.CANDIDATE,
    repository="orchard/taxonomy",
    taxonomy_url="https://github.com/orchard/taxonomy.git",
    head_sha="0" * 40,
    pull_requests=(PullRequestPart(number=1, head_sha="0" * 40, leaves=("knowledge/a",)),),
    leaves=("knowledge/a",),
)

plain = st.from_regex(PLAIN, fullmatch=True)
st.register_type_strategy(DataFile, st.builds(DataFile, name=plain))
st.register_type_strategy(Provenance, st.builds(Provenance, model=st.none() | plain))
results = st.from_type(Result)
progresses = st.builds(
    Progress, rate=st.none() | st.floats(allow_nan=False, allow_infinity=False), done=st.integers(), total=st.integers()
)


def test_a_job_comes_back_as_it_went() -> None:
    assert decode(Job, encode(JOB)) == JOB


@given(results)
def test_any_result_comes_back_as_it_went(result: Result) -> None:
    text = encode(result)
    assert "NaN" in text or "Infinity" in text or decode(Result, text) == result


@given(progresses)
def test_any_progress_comes_back_as_it_went(progress: Progress) -> None:
    assert decode(Progress, encode(progress)) == progress


def test_the_same_value_gives_the_same_bytes() -> None:
    assert encode(JOB) == encode(dataclasses.replace(JOB))


def test_a_key_from_a_newer_writer_is_passed_over() -> None:
    data = json.loads(encode(JOB)) | {"mood": "hopeful"}
    assert decode(Job, json.dumps(data)) == JOB


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"id": None}, "Job.id must be of type str"),
        ({"kind": "wish"}, "Job.kind must be one of candidate, release, precheck, generate"),
        ({"leaves": "knowledge/a"}, "Job.leaves must be a list"),
        ({"leaves": [3]}, "Job.leaves[0] must be of type str"),
        ({"seed": True}, "Job.seed must be of type int"),
        ({"id": "../models"}, "Job.id must be of lower-case letters"),
        ({"id": "b-1\nstate=succeeded"}, "Job.id must be of lower-case letters"),
        ({"head_sha": "main"}, "Job.head_sha must be a full SHA of 40 hexadecimal digits"),
        ({"head_sha": "0" * 39}, "Job.head_sha must be a full SHA"),
        ({"pull_requests": [7]}, "Job.pull_requests[0] must be an object"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, object], named: str) -> None:
    with pytest.raises(UserError) as caught:
        decode(Job, json.dumps(json.loads(encode(JOB)) | change))
    assert named in str(caught.value)


@pytest.mark.parametrize(
    "folder", ["/etc", "builds/b/..", "builds/../models", "builds/b/model/../../x", "models/v1", "builds/b/.ssh", ""]
)
def test_a_released_model_outside_a_builds_folder_is_refused(folder: str) -> None:
    released = {"version": "v1", "folder": folder, "digest": "d"}
    with pytest.raises(UserError, match=r"ReleasedModel\.folder must be builds/<id>/<name>"):
        decode(Job, json.dumps(json.loads(encode(JOB)) | {"model": released}))


@pytest.mark.parametrize("name", ["../../models", "/etc/passwd", "a/b", "..", ".", "", "a\0b", "-rf", "x" * 200])
def test_a_result_that_names_a_file_outside_its_folder_is_refused(name: str) -> None:
    file = {"name": name, "leaf": "knowledge/a", "size": 1, "sha256": "0" * 64}
    told = {"job_id": "b", "status": "succeeded", "generated": {"samples": [], "files": [file]}}
    with pytest.raises(UserError, match=r"DataFile\.name must be a plain name within the build's own folder"):
        decode(Result, json.dumps(told))
    made = dict.fromkeys(("base", "base_digest", "teacher", "judge", "model_digest", "data_digest"))
    empty: dict[str, object] = {"seeds": {}, "counts": [], "seconds": {}, "versions": {}}
    with pytest.raises(UserError, match=r"Provenance\.model must be a plain name"):
        decode(Result, json.dumps({"job_id": "b", "status": "succeeded", "provenance": made | empty | {"model": name}}))


def test_a_model_in_a_builds_folder_is_taken() -> None:
    released = ReleasedModel(version="v2", folder="builds/v2-0123abcd-99ff/model", digest="d")
    asked = dataclasses.replace(JOB, kind=BuildKind.PRECHECK, model=released)
    assert decode(Job, encode(asked)) == asked
    assert Result(job_id="b", status=Status.SUCCEEDED).precheck is None


def test_a_missing_field_is_named() -> None:
    data = json.loads(encode(JOB))
    del data["head_sha"]
    with pytest.raises(UserError, match=r"Job\.head_sha is missing"):
        decode(Job, json.dumps(data))


def test_what_is_no_json_is_said_to_be_none() -> None:
    with pytest.raises(UserError, match="This is not a Job in JSON"):
        decode(Job, "{")


def test_a_value_that_is_not_ours_is_refused() -> None:
    with pytest.raises(TypeError):
        encode({"id": 1})
