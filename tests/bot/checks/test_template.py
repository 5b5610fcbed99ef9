"""Descriptions of pull requests, in the template's versions and with the boxes that people really tick."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.check import NotLooked
from bot.checks.template import RULES, template
from bot.facts import FileStatus
from bot.findings import Finding, Level
from bot.template import Box, Item, Section, parse_template
from tests.bot.checks.pulls import pull
from tests.patience import HANG_S

BOXES = """\
- [{tested}] The contribution was tested with `ilab generate`
- [{tested}] No errors or warnings were produced by `ilab generate`
- [{box}] All [commits are signed off](https://example.org/dco) (DCO)
- [{box}] The `qna.yaml` file contains at least 5 `seed_examples`
- [{box}] The `qna.yaml` file was [linted](https://example.org/lint) and [prettified](https://example.org/pretty)
- [{box}] An `attribution.txt` file in the same folder as the `qna.yaml` file
- [{box}] Content does not include PII or otherwise sensitive or confidential information
- [{box}] Content does not include anything documented in the project's [guidelines](https://example.org/avoid)
"""
PLACEHOLDER = "```\n...\n```"


def body(
    *, what: str = "- Teaches the songs of kettles.", asked: str = "```\nSing!\n```", got: str = "```\nNo.\n```",
    tuned: str = PLACEHOLDER, boxes: str = BOXES.format(tested=" ", box="x"),
) -> str:  # fmt: skip
    return (
        f'**Describe the contribution to the taxonomy**\n\n<!-- Be concise, and replace "..." -->\n\n{what}\n\n'
        f"**Input given at the prompt**\n\n<!-- What you entered -->\n\n{asked}\n\n"
        f"**Response from the original model**\n\n<!-- What you received -->\n\n{got}\n\n"
        f"**Response from the fine-tuned model**\n\n<!-- Train, then replace it -->\n\n{tuned}\n\n"
        f"**Contribution checklist**\n\n<!-- Insert an x: [ ] >> [x] -->\n\n{boxes}"
    )


UNTOUCHED = body(
    what="- ...\n- ...\n- ...", asked=PLACEHOLDER, got=PLACEHOLDER, boxes=BOXES.format(tested=" ", box=" ")
)


def found(text: str) -> list[Finding]:
    return list(template(replace(pull(), body=text)))


def test_template_that_is_filled_in_has_nothing_to_be_told() -> None:
    assert found(body()) == []
    assert found(body(tuned="```\nPsss.\n```", boxes=BOXES.format(tested="x", box="x"))) == []
    assert found(body().replace("\n", "\r\n")) == []


def test_what_is_open_is_told_in_one_notice() -> None:
    (finding,) = found(UNTOUCHED)
    assert (finding.rule, finding.level, finding.path, finding.commit) == ("unfilled", Level.NOTICE, None, None)
    assert finding.message.startswith(
        "Please fill in what the contribution adds, the input given at the prompt and the response from the original"
    )
    assert "6 boxes of the checklist are not ticked" in finding.message


def test_a_single_open_place_is_told_in_the_singular() -> None:
    (finding,) = found(body(asked="```text\n...\n```\n\n…"))
    assert finding.message == "Please fill in the input given at the prompt in the description."
    (finding,) = found(body(boxes=BOXES.format(tested="x", box="x").replace("[x] An", "[ ] An")))
    assert finding.message.startswith("One box of the checklist is not ticked: attribution.txt is there.")


def test_all_boxes_ticked_over_placeholders_contradict_them_and_that_alone_is_told() -> None:
    boxes = BOXES.format(tested="x", box="x")
    (finding,) = found(body(what="- ...", asked=PLACEHOLDER, got=PLACEHOLDER, boxes=boxes))
    assert (finding.rule, finding.level) == ("contradiction", Level.WARNING)
    assert "All boxes of the checklist are ticked" in finding.message
    (finding,) = found(body(got=PLACEHOLDER, boxes=boxes))
    assert "the response from the original model is still as in the template" in finding.message


def test_no_errors_of_what_was_not_run_contradict_themselves() -> None:
    boxes = BOXES.format(tested=" ", box="x").replace("[ ] No", "[x] No")
    (finding,) = found(body(boxes=boxes))
    assert finding.rule == "contradiction"
    assert "tested with `ilab generate`" in finding.message


@pytest.mark.parametrize(
    "mark",
    ["[x]", "[X]", "[x ]", "[ X]", "[ x ]", "[X ]", "[Yes]", "[Yes ]", "[yes]", "[✓]", "[✔️]", "[✅]", "[y]", "\\[x\\]",
     "[\u0445]", "[done]", "[:white_check_mark:]", "[\u200bx]", "✅", "☑"],
)  # fmt: skip
@pytest.mark.parametrize("start", ["- ", "* ", "", "  - ", "1. ", "-", "+ ", "• "])
def test_ticked_boxes_are_read_however_they_are_ticked(start: str, mark: str) -> None:
    assert parse_template(f"{start}{mark} All commits are signed off (DCO)\r\n").boxes == (
        Box(item=Item.SIGNED, ticked=True),
    )


@pytest.mark.parametrize(
    "mark", ["[ ]", "[]", "[  ]", "[\t]", "[\u00a0]", "[No]", "[ no ]", "[-]", "\\[ \\]", "☐", "❌", "[\u274c]"]
)
def test_open_boxes_are_read_however_they_are_left(mark: str) -> None:
    assert parse_template(f"- {mark} All commits are signed off").boxes == (Box(item=Item.SIGNED, ticked=False),)


@pytest.mark.parametrize("mark", ["[n/a]", "[later]", "[?]"])
def test_boxes_that_say_neither_are_not_held_against_anybody(mark: str) -> None:
    text = BOXES.format(tested="x", box="x").replace("[x] All", f"{mark} All")
    assert parse_template(text).boxes[2] == Box(item=Item.SIGNED, ticked=None)
    assert found(body(boxes=text)) == []


@pytest.mark.parametrize(
    "line", ["[signed off](https://example.org)", "- [x]: signed off", "see [1] for DCO", "x signed off"]
)
def test_links_and_sentences_are_no_boxes(line: str) -> None:
    assert parse_template(line).boxes == ()


@pytest.mark.parametrize(
    "heading",
    [
        "**Response that was received**", "**Response that was received from the model**",
        "## Response from the original model", "**Response from the original model:**",
        "__Response from the current model__",
    ],
)  # fmt: skip
def test_older_headings_are_known(heading: str) -> None:
    assert parse_template(f"{heading}\n\n...").sections == {Section.BEFORE: False}
    assert parse_template(f"{heading}\n\nNo.").sections == {Section.BEFORE: True}


def test_older_versions_and_deleted_items_are_not_held_against_anybody() -> None:
    old = (
        "**Describe the contribution to the taxonomy**\n\n- Kettles\n\n**Input given at the prompt**\n\n```\nSing\n"
        "```\n\n**Response that was received**\n\n```\nNo\n```\n\n**Response that is now received instead**\n\n"
        "```\n...\n```\n\n**Contribution checklist**\n\n- [x] tested contribution with `lab generate`\n- [ ] `lab "
        "generate` does not produce any warnings or errors\n- [x] all commits are signed off (DCO)\n"
    )
    assert found(old) == []
    assert parse_template(old).sections[Section.AFTER] is False
    assert found("**Describe the contribution to the taxonomy**\n\n- Kettles\n\n- [x] signed off\n") == []
    assert found("**Describe the contribution to the taxonomy** Kettles that sing\n") == []


def test_comments_of_the_template_fill_nothing_in() -> None:
    (finding,) = found("**Describe the contribution**\n<!-- many\nwords -->\n- ...\n<!-- and one that is open\nwords")
    assert finding.message == "Please fill in what the contribution adds in the description."


def test_words_of_ones_own_do_without_the_template() -> None:
    assert found("This teaches how kettles sing, after the song book of 1901.") == []


@pytest.mark.parametrize("text", ["", "\n", "<!-- nothing -->", "...", "leaf"])
def test_empty_description_is_asked_for_in_one_sentence(text: str) -> None:
    (finding,) = found(text)
    assert (finding.rule, finding.level) == ("empty", Level.NOTICE)


def test_small_fixes_and_changes_elsewhere_are_left_alone() -> None:
    facts = pull()
    edited = replace(facts.files[0], status=FileStatus.MODIFIED)
    elsewhere = replace(facts.files[0], path="docs/qna.yaml")
    for file in (edited, elsewhere):
        assert list(template(replace(facts, body=UNTOUCHED, files=(file,)))) == []


def test_leaf_under_a_wrong_name_is_a_leaf_too() -> None:
    facts = pull()
    misnamed = replace(facts.files[0], path="knowledge/birds/qna.yml")
    assert len(list(template(replace(facts, body=UNTOUCHED, files=(misnamed,))))) == 1


def test_local_checkout_without_a_description_is_not_looked_at() -> None:
    for unknown in (replace(pull(), number=0, body=""), replace(pull(), url="", body="")):
        with pytest.raises(NotLooked, match="--pr-body"):
            list(template(unknown))
    assert len(list(template(replace(pull(), number=0, body=UNTOUCHED)))) == 1


PIECES = [
    "**Describe the contribution to the taxonomy**", "## Input given at the prompt", "**Response", " fine-tuned", "```",
    "- [", "[", "x", " ", "]", "\\", "](", "signed off", "no errors", "`lab generate`", "<!--", "-->", "\n", "\r\n",
    "\r", "✓", "...", "\u2028", "words",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_description_is_read_and_told_of_once(text: str) -> None:
    findings = found(text)
    assert len(findings) <= 1
    assert all(each.rule in RULES and each.level is not Level.ERROR for each in findings)
    read = parse_template(text)
    assert len({box.item for box in read.boxes}) == len(read.boxes)
    assert parse_template(text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")) == read


@given(
    st.lists(st.sampled_from([" ", "\t", "\u00a0"]), max_size=3),
    st.sampled_from(["x", "X", "", "Yes"]),
    st.sampled_from(list(Item)),
)
def test_room_inside_a_box_means_nothing(room: list[str], mark: str, item: Item) -> None:
    told = {
        Item.TESTED: "was tested",
        Item.NO_PII: "no PII",
        Item.NO_AVOIDED: "topics to avoid",
        Item.EXAMPLES: "5 seed_examples",
    }
    box = parse_template(f"- [{''.join(room)}{mark}{''.join(room)}] {told.get(item, item.value)}").boxes
    assert box == (Box(item=item, ticked=bool(mark)),)


@pytest.mark.parametrize("piece", ["<!--", "- [", "**Response ", "[x] signed off\n", "**", "[" * 9, "# input "])
def test_time_stays_in_proportion_to_the_description(piece: str) -> None:
    began = time.process_time()
    found(piece * (1_000_000 // len(piece)))
    assert time.process_time() - began < HANG_S
