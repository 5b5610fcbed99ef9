"""Where a leaf's content comes from, as contributors say it."""

import pytest

from bot.checks.attribution import attribution
from bot.findings import Finding
from tests.bot.checks.mending import mended
from tests.bot.checks.pulls import KNOWLEDGE_FOLDER, SKILL_FOLDER, knowledge, pull, skill


def found(text: str | None, folder: str = SKILL_FOLDER) -> list[Finding]:
    qna = knowledge() if folder == KNOWLEDGE_FOLDER else skill()
    return list(attribution(pull(qna, folder=folder, attribution=text)))


@pytest.mark.parametrize(
    "text",
    [
        "Title of work: x\nLicense of the work: CC-BY-SA-4.0\n",
        "license_of_the_work: CC-BY-SA-4.0\n",
        "- Licence: MIT\n",
        "SPDX-License-Identifier: Apache-2.0\n",
        "**License of the work:** Apache License, Version 2.0\n",
        "Written by me, in the public domain.\n",
        "Wikipedia, CC BY-SA 4.0\n",
        "\ufeffLicense: MIT\r\n",
    ],
)
def test_licence_is_read_in_every_way_people_write_it(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    ["self-authored\n", "Creator names: Ada\n", "License of the work:\n", "License of the work: -\n", "License: none\n",
     "License of the work: <the licence of the document>\n"],
)  # fmt: skip
def test_no_licence_is_told_with_those_accepted(text: str) -> None:
    (finding,) = found(text)
    assert finding.rule == "no-licence"
    assert "CC-BY-SA-4.0" in finding.message
    assert finding.path == f"{SKILL_FOLDER}/attribution.txt"


@pytest.mark.parametrize("text", ["", " \n\n"])
def test_empty_file_is_told_and_mended(text: str) -> None:
    (finding,) = found(text)
    assert finding.rule == "empty"
    assert found(mended(text, finding)) == []


@pytest.mark.parametrize("text", [skill(), "created_by: eve\nseed_examples:\n"])
def test_copy_of_the_qna_is_told_and_mended(text: str) -> None:
    (finding,) = found(text)
    assert finding.rule == "copy-of-qna"
    assert found(mended(text, finding)) == []


def test_leaf_without_attribution_fails_on_its_own_path_with_a_skeleton() -> None:
    (finding,) = found(None)
    assert (finding.rule, finding.path) == ("missing", f"{SKILL_FOLDER}/qna.yaml")
    skeleton = mended("", finding)
    assert skeleton.startswith("Title of work: Kettle songs\n")
    assert "Creator names: Ada\n" in skeleton
    assert found(skeleton) == []


def test_skeleton_of_knowledge_names_the_document_and_leaves_its_licence_open() -> None:
    (finding,) = found(None, KNOWLEDGE_FOLDER)
    skeleton = mended("", finding)
    assert "Link to work: https://github.com/ada/quays\n" in skeleton
    assert [each.rule for each in found(skeleton, KNOWLEDGE_FOLDER)] == ["no-licence"]


def test_skeleton_of_a_broken_knowledge_leaf_has_open_places() -> None:
    (finding,) = attribution(pull("a: |b\n", folder=KNOWLEDGE_FOLDER, attribution=None))
    assert "<address of the document>" in mended("", finding)
