"""Where a leaf's content comes from, as contributors say it."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.attribution_text import Field, entries
from bot.checks.attribution import RULES, attribution
from bot.findings import Finding, Level
from bot.licences import Standing, judge
from schemas.config import AttributionPolicy, Config
from tests.bot.checks.mending import mended
from tests.bot.checks.pulls import KNOWLEDGE_FOLDER, SKILL_FOLDER, knowledge, pull, skill
from tests.patience import HANG_S


def found(text: str | None, folder: str = SKILL_FOLDER, *, level: Level = Level.ERROR) -> list[Finding]:
    qna = knowledge() if folder == KNOWLEDGE_FOLDER else skill()
    return [each for each in attribution(pull(qna, folder=folder, attribution=text)) if each.level is level]


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
    assert ("Fill in `License of the work:`" in finding.message) is text.startswith("License")
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


def test_link_in_place_of_the_attribution_is_not_told_to_be_missing() -> None:
    facts = pull(attribution=None)
    linked = replace(facts.files[0], path=f"{SKILL_FOLDER}/attribution.txt", mode="120000", content=None)
    assert list(attribution(replace(facts, files=(*facts.files, linked)))) == []


def test_skeleton_of_knowledge_names_the_document_and_leaves_its_licence_open() -> None:
    (finding,) = found(None, KNOWLEDGE_FOLDER)
    skeleton = mended("", finding)
    assert "Link to work: https://github.com/ada/quays\n" in skeleton
    assert [each.rule for each in found(skeleton, KNOWLEDGE_FOLDER)] == ["no-licence"]


def test_skeleton_of_a_broken_knowledge_leaf_has_open_places() -> None:
    (finding,) = attribution(pull("a: |b\n", folder=KNOWLEDGE_FOLDER, attribution=None))
    assert "<address of the document>" in mended("", finding)


POLICY = AttributionPolicy()


@pytest.mark.parametrize(
    "text",
    [
        "CC-BY-SA-4.0", "CC BY-SA 4.0", "cc by sa 4", "CCBYSA4", "Creative Commons Attribution-ShareAlike 4.0",
        "Creative Commons Attribution-ShareAlike 4.0 International License", "Apache 2.0 License", "ASL 2.0", "apache2",
        "Apache License, Version 2.0", "public domain", "Public Domain (US government)", "CC0", "CC0 1.0 Universal",
        "Creative Commons Zero v1.0", "The MIT License", "https://creativecommons.org/licenses/by-sa/4.0/",
        "https://creativecommons.org/publicdomain/zero/1.0/", "https://www.apache.org/licenses/LICENSE-2.0",
        "Community Data License Agreement - Permissive - Version 2.0", "GPL-3.0 OR MIT", "CC-BY-4.0, MIT",
    ],
)  # fmt: skip
def test_listed_licence_is_known_by_identifier_name_and_address(text: str) -> None:
    assert judge(text, listed=POLICY.licences, restrictive=POLICY.restrictive).standing is Standing.LISTED
    assert (
        found(
            f"License of the work: {text}\nTitle of work: x\nLink to work: -\nCreator names: Ada\n", level=Level.WARNING
        )
        == []
    )


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("CC BY-NC-SA 4.0", "licence-restrictive", "forbids uses"),
        ("Creative Commons Attribution-NonCommercial 4.0", "licence-restrictive", "forbids uses"),
        ("CC-BY-ND-4.0", "licence-restrictive", "forbids uses"),
        ("GPLv3", "licence-restrictive", "binds"),
        ("GNU Affero General Public License", "licence-restrictive", "binds"),
        ("All Rights Reserved", "licence-restrictive", "forbids uses"),
        ("CC-BY-SSA-4.0", "licence-not-listed", "Is it `CC-BY-SA-4.0`?"),
        ("CC BY-SA", "licence-not-listed", "Is it `CC-BY-SA-4.0`?"),
        ("Apache License", "licence-not-listed", "Is it `Apache-2.0`?"),
        ("CC BY-SA 3.0", "licence-not-listed", "none of those taken here"),
        ("Open Government Licence v3.0", "licence-not-listed", "none of those taken here"),
        ("https://harbour.example/terms", "licence-not-listed", "none of those taken here"),
        ("my own experience", "licence-unknown", "for your own work, `CC-BY-SA-4.0`"),
        ("1.0", "licence-unknown", "names no licence"),
        ("\u8a31\u8afe", "licence-unknown", "names no licence"),
    ],
)
def test_other_licences_are_told_on_their_line_and_block_nothing(text: str, rule: str, words: str) -> None:
    (finding,) = found(
        f"Title of work: x\nLink to work: -\nCreator names: Ada\nLicense of the work: {text}\n", level=Level.WARNING
    )
    assert (finding.rule, finding.line, finding.column) == (rule, 4, 22)
    assert words in finding.message


def test_unknown_licence_of_a_document_is_told_as_such() -> None:
    text = "Title of work: x\nLink to work: y\nRevision: 1\nLicense of the work: Harbour board\nCreator names: Ada\n"
    (finding,) = found(text, KNOWLEDGE_FOLDER, level=Level.WARNING)
    assert (finding.rule, finding.line) == ("document-licence-unknown", 4)


def test_licence_in_a_sentence_is_judged_where_it_stands() -> None:
    (_, finding) = sorted(
        found("My own work,\nunder CC BY-NC 4.0.\n", level=Level.WARNING), key=lambda each: each.line or 0
    )
    assert (finding.rule, finding.line, finding.column) == ("licence-restrictive", 2, 7)


def test_lists_of_licences_are_the_policys() -> None:
    config = Config(attribution=AttributionPolicy(licences=("OGL-UK-3.0",), restrictive=("MIT",)))
    text = "Title of work: x\nLink to work: -\nCreator names: Ada\nLicense: {}\n"
    told = {
        stated: [each.rule for each in attribution(pull(attribution=text.format(stated), config=config))]
        for stated in ("OGL UK 3.0", "MIT", "CC0")
    }
    assert told == {"OGL UK 3.0": [], "MIT": ["licence-restrictive"], "CC0": ["licence-not-listed"]}
    (missing,) = attribution(pull(attribution=None, config=config))
    assert "License of the work: OGL-UK-3.0\n" in mended("", missing)
    (nothing,) = attribution(pull(attribution=text.format("-"), config=config))
    assert nothing.message.endswith("with OGL-UK-3.0.")
    bare = Config(attribution=AttributionPolicy(licences=()))
    assert "License of the work: CC-BY-SA-4.0" in mended(
        "", next(iter(attribution(pull(attribution=None, config=bare))))
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Link to work: -\nLicense: MIT\nCreator names: Ada\n", ["Title of work"]),
        ("Title of work:\nLink to work: -\nLicense: MIT\nCreator names: -\n", ["Title of work", "Creator names"]),
        ("Title of work: x\nLicense: MIT\nAuthor: Ada\n", ["Link to work"]),
        ("Title: x\nURL: https://a.example\nLicense: MIT\nCreators: Ada\n", ["Revision"]),
        ("Wikipedia, CC BY-SA 4.0\n", ["Title of work", "Creator names"]),
        ("Title of work: <the title>\nLink to work: -\nLicense: MIT\nCreator names: Ada\n", ["Title of work"]),
    ],
)
def test_fields_that_are_left_out_are_told_at_once(text: str, names: list[str]) -> None:
    (finding,) = found(text, level=Level.WARNING)
    assert finding.rule == "fields-missing"
    assert finding.message == f"Something is left out here. Fill in {', '.join(f'`{name}:`' for name in names)}."


@pytest.mark.parametrize(
    "text",
    [
        "Title of work: x\nLink to work: -\nRevision: -\nLicense of the work: MIT\nCreator names: Ada\n",
        "Title of work: x\nLink to work: -\nLicense of the work: MIT\nCreator names: Ada\n",
        "title_of_work: x\nlink-to-source: https://a.example\nREVISION: -\nlicence: MIT\ncontributors: Ada\n",
        "**Title of work:** x\n**Link to work:** -\n**License of the work:** MIT\n**Creator names:** Ada\n",
        "Title of work:\n  x\nLink to work: -\nLicense of the work:\n  MIT\nCreator names:\n  Ada\n",
        "\ufeffTitle of work: x\r\nLink to work: -\r\nLicense of the work: MIT\r\nCreator names: Ada\r\n",
    ],
)
def test_attribution_with_all_fields_has_nothing_to_be_told(text: str) -> None:
    assert list(attribution(pull(attribution=text))) == []


def test_fields_that_are_known_are_offered_at_the_end() -> None:
    text = "License of the work: MIT"
    (finding,) = found(text, level=Level.WARNING)
    assert finding.fix is not None
    new = mended(text + "\n", finding)
    assert new == "License of the work: MIT\nTitle of work: Kettle songs\nCreator names: Ada\n"
    (finding,) = found(new, level=Level.WARNING)
    assert list(attribution(pull(attribution=mended(new, finding)))) == []


def test_fields_of_a_document_are_offered_from_the_leaf() -> None:
    text = "Title of work: x\nLicense of the work: MIT\nCreator names: Ada\n"
    (finding,) = found(text, KNOWLEDGE_FOLDER, level=Level.WARNING)
    new = mended(text, finding)
    assert new.endswith("Link to work: https://github.com/ada/quays\n")
    (finding,) = found(new, KNOWLEDGE_FOLDER, level=Level.WARNING)
    assert mended(new, finding).endswith("\nRevision: 0123456789abcdef0123456789abcdef01234567\n")


def test_placeholder_that_stands_there_is_not_added_again() -> None:
    text = "Title of work: <the title>\nLink to work: -\nLicense: MIT\nCreator names: Ada\n"
    (finding,) = found(text, level=Level.WARNING)
    assert (finding.line, finding.fix) == (1, None)


def test_each_work_of_a_file_has_its_licence() -> None:
    work = "Title of work: x\nLink to work: -\nLicense of the work: {}\nCreator names: Ada\n\n"
    told = found("".join(map(work.format, ("MIT", "GPL-3.0", "CC BY-NC 4.0"))), level=Level.WARNING)
    assert [(each.rule, each.line) for each in told] == [("licence-restrictive", 8), ("licence-restrictive", 13)]
    assert len(found(work.format("GPL") * 1_000, level=Level.WARNING)) == 20


TEXTS = st.text("License of the work: MITCC-BYSA4.0gplnd<>-*_\n\r\ufeff\u0130", max_size=200)


@given(TEXTS)
def test_any_text_is_judged_on_lines_that_it_has(text: str) -> None:
    for finding in attribution(pull(attribution=text)):
        assert finding.rule in RULES
        assert finding.line is None or 1 <= finding.line <= len(text.split("\n"))
    assert all(entry.field in Field and entry.column >= 1 for entry in entries(text))


@pytest.mark.parametrize(
    "text",
    ["License: " * 100_000, "- " * 500_000, "License: x\n" * 80_000, "apache " * 140_000, "CC-BY-NC " * 100_000,
     " " * 1_000_000, "no derivatives " * 60_000, "\n" * 1_000_000],
)  # fmt: skip
def test_time_stays_in_proportion_to_the_text(text: str) -> None:
    facts = pull(attribution="")
    hostile = replace(facts, leaves=(replace(facts.leaves[0], attribution=text.encode()),))
    began = time.process_time()
    list(attribution(hostile))
    assert time.process_time() - began < HANG_S
