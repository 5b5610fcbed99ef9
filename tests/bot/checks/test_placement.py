"""Where leaves lie and what their files are called, as contributors really misplace and misname them."""

import time
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.check import run_checks
from bot.checks.placement import MAX_TOLD, RULES, placement
from bot.facts import ChangedFile, FileStatus, LeafFiles, PullRequestFacts
from bot.findings import Finding, Level
from bot.leaf_names import Part, part_by_name
from schemas.config import Config, PlacementPolicy
from tests.bot.checks.pulls import ATTRIBUTION, knowledge, pull, skill
from tests.patience import HANG_S

SKILL = "compositional_skills/writing/kettle_songs"
GROUNDED = "compositional_skills/grounded/kettle_logs"


def file(
    path: str, text: str | None = None, *, status: FileStatus = FileStatus.ADDED, mode: str = "100644"
) -> ChangedFile:
    content = None if text is None else text.encode()
    return ChangedFile(path=path, status=status, mode=mode, content=content, size=len(content or b""))


def facts(*files: ChangedFile, config: Config | None = None) -> PullRequestFacts:
    leaves = tuple(
        LeafFiles(folder=each.path.removesuffix("/qna.yaml"), qna=each, attribution=b"")
        for each in files
        if each.path.endswith("/qna.yaml") and each.status is not FileStatus.REMOVED
    )
    return replace(pull(config=config), files=files, leaves=leaves)


def found(*paths: str | ChangedFile, config: Config | None = None) -> list[Finding]:
    return list(placement(facts(*(file(each) if isinstance(each, str) else each for each in paths), config=config)))


def told(*paths: str | ChangedFile) -> list[tuple[str, str | None, dict[str, str]]]:
    return [
        (each.rule, each.path, {} if each.fix is None else {one.path: one.to for one in each.fix.renames})
        for each in found(*paths)
    ]


def test_leaf_in_its_place_has_nothing_to_be_told() -> None:
    assert found(file(f"{SKILL}/qna.yaml", skill()), file(f"{SKILL}/attribution.txt", ATTRIBUTION)) == []
    assert (
        found(
            "README.md", "docs/assets/qna_example.png", "docs/qna.yaml", ".github/qna.yml", "LICENSES/attribution.txt"
        )
        == []
    )
    assert found("knowledge/README.md", "knowledge/birds/owls/owls.md", "knowledge/birds/.gitignore") == []
    assert found("foundational_skills/Math/qna.yml") == []  # closed: the schema check says so


@pytest.mark.parametrize(
    "name",
    ["qna.yml", "qna.txt", "QNA.yaml", "qna.YAML", "qna", "qna.yamil", "qna.yaml.txt", "qna.yaml ", "qna.json",
     "q&a.yaml", "kettle_qna.yaml"],
)  # fmt: skip
def test_qna_under_another_name_gets_its_own(name: str) -> None:
    assert told(f"{SKILL}/{name}") == [("misnamed", f"{SKILL}/{name}", {f"{SKILL}/{name}": f"{SKILL}/qna.yaml"})]


@pytest.mark.parametrize(
    "name",
    ["x-attribution.txt", "attribution.md", "attributions.txt", "attribute.txt", "Attribution.txt", "attributiuon.txt",
     "atribution.txt", "attribution.txt ", "attribution", "attribution.yaml", "kettle_attribution.txt"],
)  # fmt: skip
def test_attribution_under_another_name_gets_its_own(name: str) -> None:
    (finding,) = found(f"{SKILL}/{name}")
    assert (finding.rule, finding.level) == ("misnamed", Level.ERROR)
    assert finding.fix is not None
    assert finding.fix.renames[0].to == f"{SKILL}/attribution.txt"
    assert f"`{SKILL}/attribution.txt`" in finding.message


@pytest.mark.parametrize(
    "name", ["owls.md", "owls.pdf", "owls.txt", ".gitkeep", "qna.py", "distribution.txt", "quarry.txt", "owls.yaml"]
)
def test_other_files_are_no_parts_of_a_leaf(name: str) -> None:
    assert found(file(f"knowledge/birds/owls/{name}", "Owls hunt at night.\n")) == []


def test_what_a_file_is_shows_in_its_first_lines_where_its_name_says_nothing() -> None:
    hidden, source = f"{SKILL}/songs.txt", f"{SKILL}/sources.txt"
    assert told(file(hidden, skill()), file(source, ATTRIBUTION)) == [
        ("misnamed", hidden, {hidden: f"{SKILL}/qna.yaml"}),
        ("misnamed", source, {source: f"{SKILL}/attribution.txt"}),
    ]


def test_qna_named_by_its_subject_gets_a_folder_of_that_name_unless_it_lies_in_one() -> None:
    one, other = "knowledge/birds/Barn-Owls.yaml", "knowledge/birds/owls/owls.yml"
    assert told(one) == [("misnamed", one, {one: "knowledge/birds/barn_owls/qna.yaml"})]
    assert told(other) == [("misnamed", other, {other: "knowledge/birds/owls/qna.yaml"})]


def test_second_qna_of_a_folder_is_told_without_a_new_name() -> None:
    (finding,) = found(f"{SKILL}/qna.yaml", f"{SKILL}/qna_original.yaml")
    assert (finding.rule, finding.path, finding.fix) == ("misnamed", f"{SKILL}/qna_original.yaml", None)
    assert "has a `qna.yaml` already" in finding.message
    assert [each.fix is None for each in found(f"{SKILL}/qna.yml", f"{SKILL}/qna.txt")] == [False, True]


@pytest.mark.parametrize(
    ("folder", "rule", "to"),
    [
        ("knowledge/birds/barn owls", "spaces", "knowledge/birds/barn_owls"),
        ("knowledge/Birds/Barn Owls", "spaces", "knowledge/birds/barn_owls"),
        ("knowledge/birds/Owls", "upper-case", "knowledge/birds/owls"),
        ("knowledge/birds/barnOwls", "upper-case", "knowledge/birds/barn_owls"),
        ("knowledge/birds/owls_NZ", "upper-case", "knowledge/birds/owls_nz"),
        ("compositional_skills/OpenSky/API", "upper-case", "compositional_skills/opensky/api"),
        ("knowledge/Users/ada/.local/share/taxonomy/knowledge/birds/owls", "tree-inside-tree", "knowledge/birds/owls"),
        ("compositional_skills/songs/compositional_skills", "tree-inside-tree", "compositional_skills/songs"),
        ("compositional_skills/compositional_skills/songs", "tree-inside-tree", "compositional_skills/songs"),
    ],
)
def test_folder_with_a_bad_name_is_told_once_with_all_that_moves(folder: str, rule: str, to: str) -> None:
    paths = [f"{folder}/{part}" for part in Part]
    assert told(*paths) == [(rule, paths[0], {f"{folder}/{part}": f"{to}/{part}" for part in Part})]
    assert f"`{to}`" in found(*paths)[0].message


@pytest.mark.parametrize(
    ("text", "to"),
    [(skill(), "compositional_skills/grounded/owls"), (knowledge(), "knowledge/owls"), ("x: 1\n", None)],
)
def test_keys_of_a_leaf_tell_which_of_two_trees_is_meant(text: str, to: str | None) -> None:
    path = "compositional_skills/grounded/knowledge/owls/qna.yaml"
    (finding,) = [each for each in found(file(path, text)) if each.level is Level.ERROR]
    assert finding.rule == "tree-inside-tree"
    assert (finding.fix.renames[0].to if finding.fix else None) == (to and f"{to}/qna.yaml")


def test_home_folder_below_a_tree_is_told_though_only_a_person_knows_where_the_leaf_belongs() -> None:
    (finding,) = found("knowledge/home/ada/.cache/birds/qna.yaml")
    assert (finding.rule, finding.fix) == ("tree-inside-tree", None)
    assert "your own computer" in finding.message
    assert found("knowledge/home/brewing/qna.yaml") == []


def test_misnamed_file_in_a_bad_folder_is_told_and_moved_at_once() -> None:
    paths = ["knowledge/birds/Owls/qna.txt", "knowledge/birds/Owls/owl-attribution.txt"]
    first, *others = found(*paths)
    assert first.fix is not None
    assert first.path == paths[0]
    assert {one.to for one in first.fix.renames} == {f"knowledge/birds/owls/{part}" for part in Part}
    assert [(each.rule, each.fix) for each in others] == [("misnamed", None)] * 2


def test_neighbours_below_one_bad_folder_are_one_finding() -> None:
    (finding,) = found("knowledge/Birds/owls/qna.yaml", "knowledge/Birds/larks/qna.yaml", "knowledge/Birds/.gitignore")
    assert finding.path == "knowledge/Birds/larks/qna.yaml"
    assert "2 more folders" in finding.message
    assert finding.fix is not None
    assert len(finding.fix.renames) == 3


def test_files_that_would_become_one_are_not_renamed_by_machine() -> None:
    assert [
        each.fix for each in found("knowledge/Birds/qna.yaml", "knowledge/Birds/qna.yml") if each.rule == "upper-case"
    ] == [None]


def test_folders_that_were_there_before_are_not_the_contributors() -> None:
    path = "knowledge/Birds/qna.yaml"
    assert (
        found(file(path, status=FileStatus.MODIFIED), file("knowledge/Owls/qna.yaml", status=FileStatus.REMOVED)) == []
    )
    assert found(file(path, status=FileStatus.RENAMED))[0].rule == "upper-case"
    in_a_working_tree = replace(facts(file(path, status=FileStatus.MODIFIED)), head_sha="")
    assert [each.rule for each in placement(in_a_working_tree)] == ["upper-case"]


@pytest.mark.parametrize(("mode", "rule"), [("120000", "symbolic-link"), ("160000", "submodule")])
def test_links_and_submodules_are_told_once_and_by_nothing_else(mode: str, rule: str) -> None:
    linked = facts(file(f"{SKILL}/qna.yaml", mode=mode))
    errors = [
        (result.id, each.rule)
        for result in run_checks(linked)
        for each in result.findings
        if each.level is Level.ERROR and each.path == f"{SKILL}/qna.yaml"
    ]
    assert ("placement", rule) in errors
    assert "yaml" not in dict(errors)
    assert found(file("docs/link", mode="120000")) == []


def test_leaf_outside_the_trees_is_told_though_nothing_below_them_changes() -> None:
    stray = facts(file("technical_skills/time/qna.yaml"), file("README.md"))
    results = {result.id: result for result in run_checks(stray)}
    (finding,) = results["placement"].findings
    assert (finding.rule, finding.path) == ("outside-trees", "technical_skills/time/qna.yaml")
    assert results["schema"].skipped is not None
    assert {result.id: result.skipped is None for result in run_checks(facts(file("README.md")))}["placement"] is False


def test_slip_in_the_name_of_a_tree_is_mended() -> None:
    path = "knowlege/birds/owls/qna.yaml"
    assert told(path) == [("outside-trees", path, {path: "knowledge/birds/owls/qna.yaml"})]
    assert told("qna.yaml") == [("outside-trees", "qna.yaml", {})]


def test_leaf_in_the_root_of_a_tree_needs_a_folder() -> None:
    assert [each.rule for each in found("knowledge/qna.yaml", "knowledge/attribution.txt")] == ["no-folder"] * 2


def with_contexts(count: int) -> str:
    rows = "".join(
        f"  - question: Which kettle sings, by log {number}?\n    answer: The {number}th.\n"
        + (f"    context: Kettle {number} sang at dawn.\n" if number < count else "")
        for number in range(5)
    )
    return f"version: 3\ncreated_by: ada\ntask_description: Read logs.\nseed_examples:\n{rows}"


@pytest.mark.parametrize(
    ("folder", "contexts", "rules"),
    [
        (SKILL, 5, ["grounded-elsewhere"]),
        (SKILL, 2, []),
        (GROUNDED, 5, []),
        (GROUNDED, 1, []),
        (GROUNDED, 0, ["grounded-without-context"]),
        ("compositional_skills/writing/grounded/logs", 5, []),
    ],
)
def test_grounded_skills_lie_below_the_folder_of_the_policy(folder: str, contexts: int, rules: list[str]) -> None:
    leaf = file(f"{folder}/qna.yaml", with_contexts(contexts))
    findings = found(leaf)
    assert [each.rule for each in findings] == rules
    assert all((each.level, each.line) == (Level.WARNING, 4) for each in findings)
    assert found(replace(leaf, status=FileStatus.MODIFIED)) == []


def test_folder_of_grounded_skills_is_the_policys() -> None:
    config = Config(placement=PlacementPolicy(grounded="compositional_skills/with_context/"))
    leaf = file("compositional_skills/with_context/logs/qna.yaml", with_contexts(5))
    assert found(leaf, config=config) == []
    assert (
        "`compositional_skills/with_context/`"
        in found(file(f"{SKILL}/qna.yaml", with_contexts(5)), config=config)[0].message
    )


def asking(*questions: str) -> str:
    rows = "".join(f"  - question: '{question}'\n    answer: It is so.\n" for question in questions)
    return f"version: 3\ncreated_by: ada\ntask_description: Harbours.\nseed_examples:\n{rows}"


FACTS = (
    "Who built the quay of Pell?",
    "When did the lamp first burn?",
    "How many bollards stand on the north side?",
    "What is a fender made of?",
    "In which year was the mole raised?",
)
SKILLS = {
    "one question of different words": tuple(
        f"How many vowels are in {word}?" for word in ("reed", "oar", "kelp", "gull")
    ),
    "one form with other words": tuple(
        f"What dyes turn {cloth} {colour} for a sail?"
        for cloth, colour in (("felt", "red"), ("silk", "blue"), ("wool", "teal"))
    ),
    "material to work on": tuple(
        f"What is the mood of this line: the {word} sleeps" for word in ("sea", "owl", "fog", "elm")
    ),
    "texts to write": ("Write a song on fog.", "Write to the harbour.", "Compose a toast.", "Make a list of winds."),
    "too few": FACTS[:2],
}


def test_skill_that_asks_for_facts_looks_like_knowledge() -> None:
    (finding,) = found(file(f"{SKILL}/qna.yaml", asking(*FACTS)))
    assert (finding.rule, finding.level, finding.line) == ("knowledge-like", Level.NOTICE, 4)


@pytest.mark.parametrize("questions", SKILLS.values(), ids=SKILLS.keys())
def test_skill_that_does_something_is_no_knowledge(questions: tuple[str, ...]) -> None:
    assert found(file(f"{SKILL}/qna.yaml", asking(*questions))) == []


def test_new_leaves_within_a_reorganisation_are_asked_to_come_alone() -> None:
    moved = [file(f"knowledge/new/{name}/qna.yaml", status=FileStatus.RENAMED) for name in "abc"]
    assert found(*moved) == []
    (finding,) = found(*moved, "knowledge/owls/qna.yaml")
    assert (finding.rule, finding.level, finding.path) == ("mixed-with-reorganisation", Level.WARNING, None)
    assert "1 new leaf" in finding.message


def test_leaves_that_git_shows_as_removed_and_added_are_moved_ones() -> None:
    gone = [file(f"knowledge/old/{name}/qna.yaml", status=FileStatus.REMOVED) for name in "abc"]
    come = [file(f"knowledge/new/{name}/qna.yaml") for name in "abc"]
    assert found(*gone, *come) == []
    assert [each.rule for each in found(*gone, *come, "knowledge/owls/qna.yaml")] == ["mixed-with-reorganisation"]


def test_many_bad_places_are_told_of_a_few() -> None:
    assert len(found(*(f"knowledge/Owl{number}/qna.yaml" for number in range(100)))) == MAX_TOLD


def test_every_rule_is_declared() -> None:
    assert all(part_by_name(part) is part for part in Part)
    assert {each.rule for each in found("knowledge/A/qna.yml", "x/y/qna.yaml", "knowledge/qna.yaml")} <= set(RULES)


NAMES = st.text("qnaQ.yamltxibu &-_\u00e9\u0130\n/", min_size=1, max_size=30)
TREE = st.sampled_from(["knowledge/", "compositional_skills/", "knowledge/Users/a/.b/knowledge/", ""])


@given(
    st.dictionaries(st.builds("{}{}".format, TREE, NAMES), st.sampled_from([None, "seed_examples:\n", "x"]), max_size=5)
)
def test_any_names_are_judged_and_no_two_files_are_renamed_to_one(names: Mapping[str, str | None]) -> None:
    findings = list(placement(facts(*(file(path, text) for path, text in names.items()))))
    assert {each.rule for each in findings} <= set(RULES)
    for each in findings:
        targets = [] if each.fix is None else [one.to for one in each.fix.renames]
        assert len(targets) == len(set(targets))


def test_time_stays_in_proportion_to_names_and_texts() -> None:
    deep = [
        file(f"knowledge/{'A b/' * 800}{number}/attributio.yaml", "task_description" * 4_000) for number in range(300)
    ]
    long = file(f"{SKILL}/qna.yaml", asking(*("who " * 20_000 for _ in range(10))))
    began = time.process_time()
    found(*deep, long, *(f"knowledge/{'a' * 4_000}{number}.yml" for number in range(300)))
    assert time.process_time() - began < HANG_S
