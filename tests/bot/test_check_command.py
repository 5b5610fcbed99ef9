"""`espalier check`, run as people run it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.check_command import main
from bot.gather_local import gather_files, gather_range
from bot.local_git import commit_sha
from tests.bot.checks.pulls import ATTRIBUTION, KNOWLEDGE_FOLDER, SKILL_FOLDER, knowledge, skill

ADA = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")


def git(root: Path, *arguments: str) -> None:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *ADA, "-C", str(root), *arguments], check=True, capture_output=True, env=environment)


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def leaf(
    root: Path, text: str | None = None, *, folder: str = SKILL_FOLDER, attribution: str | None = ATTRIBUTION
) -> None:
    write(root, f"{folder}/qna.yaml", skill() if text is None else text)
    if attribution is not None:
        write(root, f"{folder}/attribution.txt", attribution)


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    """Give a taxonomy with one good leaf on its main branch."""
    root = tmp_path / "taxonomy"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    leaf(root, knowledge(), folder=KNOWLEDGE_FOLDER)
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--signoff", "--message=Plant")
    return root


def commit(root: Path, message: str = "Add a leaf", *, signed: bool = True) -> None:
    git(root, "add", ".")
    git(root, "commit", "--quiet", f"--message={message}", *(["--signoff"] if signed else []))


def checked(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict[str, dict[str, object]]]:
    code = main(["check", *argv, "--format", "json"])
    output = json.loads(capsys.readouterr().out)
    assert output["verdict"] == ("fail" if code else "pass")
    return code, {each["id"]: each for each in output["checks"]}


def found(checks: dict[str, dict[str, object]], check: str) -> list[dict[str, object]]:
    findings = checks[check]["findings"]
    assert isinstance(findings, list)
    return findings


def test_good_leaf_passes_in_a_range(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaf(taxonomy)
    commit(taxonomy)
    code, checks = checked(capsys, "--repo", str(taxonomy), "--base", "HEAD~1")
    assert code == 0
    assert {each["status"] for each in checks.values()} <= {"pass", "skip"}
    assert set(checks) >= {"attribution", "dco", "examples", "schema", "yaml"}


def test_findings_of_a_range_have_the_shape_of_the_contract(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaf(taxonomy, skill(examples=2, version="").replace("0 sing?", "0 sing? "), attribution=None)
    commit(taxonomy, signed=False)
    code, checks = checked(capsys, "--repo", str(taxonomy), "--base", "main~1", "--head", "main")
    assert code == 1
    assert checks["yaml"]["summary"] == "1 error."
    assert checks["yaml"]["findings"] == [
        {
            "rule": "trailing-spaces",
            "level": "error",
            "path": f"{SKILL_FOLDER}/qna.yaml",
            "line": 4,
            "column": 39,
            "message": "Delete the spaces at the end of this line.",
            "fix": {
                "description": "Delete the trailing spaces",
                "replacements": [
                    {
                        "path": f"{SKILL_FOLDER}/qna.yaml",
                        "first": 4,
                        "last": 4,
                        "text": "  - question: What does kettle 0 sing?",
                    }
                ],
                "renames": [],
            },
        }
    ]
    (unsigned,) = checks["dco"]["findings"]  # type: ignore[misc]  # the shape is what is tested
    assert "commit" in unsigned
    assert "path" not in unsigned


def test_removed_leaf_is_not_asked_for_anything(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(taxonomy, "rm", "--quiet", "-r", KNOWLEDGE_FOLDER)
    commit(taxonomy, "Remove")
    assert checked(capsys, "--repo", str(taxonomy), "--base", "HEAD~1")[0] == 0


def test_leaf_with_a_changed_attribution_alone_is_looked_at(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(taxonomy, f"{KNOWLEDGE_FOLDER}/attribution.txt", "self-authored\n")
    commit(taxonomy)
    _, checks = checked(capsys, "--repo", str(taxonomy), "--base", "HEAD~1")
    assert (checks["attribution"]["status"], checks["yaml"]["status"]) == ("fail", "pass")


def test_policy_comes_from_the_base_and_not_from_the_branch(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(taxonomy, ".github/espalier.yml", "checks: {examples: {level: off}}\n")
    leaf(taxonomy, skill(examples=2))
    commit(taxonomy)
    assert checked(capsys, "--repo", str(taxonomy), "--base", "HEAD~1")[1]["examples"]["status"] == "fail"
    leaf(taxonomy, skill(examples=3))
    commit(taxonomy)
    assert checked(capsys, "--repo", str(taxonomy), "--base", "HEAD~1")[1]["examples"]["status"] == "skip"


def test_symbolic_link_in_a_range_is_not_read(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (taxonomy / SKILL_FOLDER).mkdir(parents=True)
    (taxonomy / SKILL_FOLDER / "qna.yaml").symlink_to("/etc/passwd")
    commit(taxonomy)
    code, checks = checked(capsys, "--repo", str(taxonomy), "--base", "HEAD~1")
    assert code == 1
    assert "root:" not in json.dumps(checks)


def test_path_is_judged_as_a_change_and_the_whole_taxonomy_as_it_declares(
    taxonomy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leaf(taxonomy, skill(version=""))
    code, checks = checked(capsys, "--repo", str(taxonomy))
    assert code == 0
    assert checks["dco"]["status"] == "skip"
    assert "--base" in str(checks["dco"]["summary"])
    assert checked(capsys, str(taxonomy / SKILL_FOLDER))[0] == 1
    assert checked(capsys, str(taxonomy / SKILL_FOLDER / "attribution.txt"))[0] == 1


def test_uncommitted_symbolic_link_is_not_followed(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (taxonomy / SKILL_FOLDER).mkdir(parents=True)
    (taxonomy / SKILL_FOLDER / "qna.yaml").symlink_to(taxonomy / KNOWLEDGE_FOLDER / "qna.yaml")
    assert checked(capsys, str(taxonomy / SKILL_FOLDER))[0] == 1


def test_text_shows_the_line_the_place_and_the_mend(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaf(taxonomy, skill().replace("answer: |\n      Song number 0.", "answer: | Song \x1b[31m0."), attribution=None)
    commit(taxonomy, signed=False)
    assert main(["check", "--repo", str(taxonomy), "--base", "HEAD~1"]) == 1
    text = capsys.readouterr().out
    assert "6:" in text
    assert "\x1b" not in text
    assert "git rebase HEAD~1 --signoff" in text
    assert "✗ dco" in text
    assert "- schema" in text


def test_text_shows_the_offending_line_with_a_caret(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaf(taxonomy, skill().replace("|\n      Song", "| Song"))
    assert main([str(taxonomy / SKILL_FOLDER)]) == 1
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("     6 |     answer: | Song number 0.")
    assert lines[at + 1] == "       |               ^"
    assert lines[at + 3 : at + 5] == ["       +     answer: |", "       +       Song number 0."]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--base", "nowhere"], "nowhere is no commit of"),
        (["--base", "--help"], "expected one argument"),
        (["--base", "main", "knowledge"], "Name either paths or --base, not both"),
        (["gone"], "There is no gone"),
        (["--repo", "gone"], "There is no folder gone"),
        (["README.md"], "is not below compositional_skills/ or knowledge/"),
        (["empty"], "There is no qna.yaml at or below"),
        (["--format", "xml"], "invalid choice"),
        (["--head", "main"], "name with --base where it begins"),
        (["--fix", "--base", "main", "--head", "main"], "leave --head out"),
        (["--pr-body", "gone"], "gone cannot be read: No such file or directory."),
    ],
)
def test_misuse_is_one_sentence_and_code_2(
    taxonomy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], argv: list[str], words: str
) -> None:
    write(taxonomy, "README.md", "x")
    (taxonomy / "empty").mkdir()
    monkeypatch.chdir(taxonomy)
    try:
        code = main(["check", *argv])
    except SystemExit as error:  # argparse ends by itself
        code = int(error.code or 0)
    assert code == 2
    assert words in capsys.readouterr().err


def test_folder_without_a_taxonomy_and_histories_without_a_common_commit_are_told(
    tmp_path: Path, taxonomy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert main(["check", "--repo", str(tmp_path)]) == 2
    assert "holds no taxonomy" in capsys.readouterr().err
    assert main(["check", "--repo", str(tmp_path), "--base", "main"]) == 2
    assert "is no commit of" in capsys.readouterr().err
    git(taxonomy, "checkout", "--quiet", "--orphan", "other")
    commit(taxonomy)
    assert main(["check", "--repo", str(taxonomy), "--base", "main"]) == 2
    assert "have no common commit" in capsys.readouterr().err


def test_range_without_a_head_ends_with_the_working_tree(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaf(taxonomy, skill(examples=2))
    commit(taxonomy)
    write(taxonomy, f"{SKILL_FOLDER}/qna.yaml", skill())
    new = "compositional_skills/writing/new"
    leaf(taxonomy, skill(examples=3), folder=new)
    write(taxonomy, ".gitignore", "*.bak\n")
    write(taxonomy, f"{new}/qna.yaml.bak", "x")
    git(taxonomy, "rm", "--quiet", "-r", "--cached", KNOWLEDGE_FOLDER)
    (taxonomy / KNOWLEDGE_FOLDER / "attribution.txt").touch()
    code, checks = checked(capsys, "--repo", str(taxonomy), "--base", "HEAD~1")
    assert code == 1
    assert {each["path"] for each in found(checks, "examples")} == {f"{new}/qna.yaml"}
    assert found(checks, "dco") == []
    _, committed = checked(capsys, "--repo", str(taxonomy), "--base", "HEAD~1", "--head", "HEAD")
    assert {each["path"] for each in found(committed, "examples")} == {f"{SKILL_FOLDER}/qna.yaml"}


def test_file_that_was_only_touched_is_no_change(taxonomy: Path) -> None:
    os.utime(taxonomy / KNOWLEDGE_FOLDER / "qna.yaml", (1, 1))
    facts = gather_range(taxonomy, base="HEAD", head=None)
    assert facts.files == ()


def test_removed_replaced_and_linked_files_of_the_working_tree_are_told_apart(taxonomy: Path) -> None:
    (taxonomy / KNOWLEDGE_FOLDER / "qna.yaml").unlink()
    (taxonomy / KNOWLEDGE_FOLDER / "attribution.txt").unlink()
    (taxonomy / KNOWLEDGE_FOLDER / "attribution.txt").symlink_to("/etc/passwd")
    write(taxonomy, "README.md", "x")
    git(taxonomy, "add", "README.md")
    facts = gather_range(taxonomy, base="HEAD", head=None)
    assert [(file.path.rsplit("/", 1)[-1], file.status.value, file.mode, file.content) for file in facts.files] == [
        ("README.md", "added", "100644", None),
        ("attribution.txt", "modified", "120000", None),
        ("qna.yaml", "removed", "000000", None),
    ]


def test_folder_gives_every_file_but_what_git_ignores_and_stops_at_other_repositories(taxonomy: Path) -> None:
    leaf(taxonomy)
    write(taxonomy, ".gitignore", ".DS_Store\n")
    write(taxonomy, f"{SKILL_FOLDER}/.DS_Store", "x")
    write(taxonomy, f"{SKILL_FOLDER}/notes.md", "x")
    other = taxonomy / "knowledge" / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    write(other, "qna.yaml", "x")
    (taxonomy / "knowledge" / "link").symlink_to("/etc")
    files = {file.path: file.mode for file in gather_files(taxonomy, []).files}
    assert files == {
        f"{SKILL_FOLDER}/qna.yaml": "100644",
        f"{SKILL_FOLDER}/attribution.txt": "100644",
        f"{SKILL_FOLDER}/notes.md": "100644",
        f"{KNOWLEDGE_FOLDER}/qna.yaml": "100644",
        f"{KNOWLEDGE_FOLDER}/attribution.txt": "100644",
        "knowledge/other": "160000",
        "knowledge/link": "120000",
    }


def test_description_is_looked_at_where_it_is_given(
    taxonomy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = tmp_path / "body.md"
    body.write_text("**Describe the contribution to the taxonomy**\n")
    _, without = checked(capsys, "--repo", str(taxonomy))
    _, given = checked(capsys, "--repo", str(taxonomy), "--pr-body", str(body))
    assert "--pr-body" in str(without.get("template", {"summary": "--pr-body"})["summary"])
    assert "--pr-body" not in str(given.get("template", {"summary": ""})["summary"])


def test_copy_of_a_leaf_elsewhere_in_the_tree_is_told(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaf(taxonomy)
    commit(taxonomy)
    copy = "compositional_skills/writing/songs_of_kettles"
    leaf(taxonomy, folder=copy)
    for argv in ([str(taxonomy / copy)], ["--repo", str(taxonomy), "--base", "HEAD"]):
        code, checks = checked(capsys, *argv)
        assert code == 1
        assert [each["path"] for each in found(checks, "duplicates")] == [f"{copy}/qna.yaml"]
    assert checked(capsys, "--repo", str(taxonomy))[1]["duplicates"]["status"] == "fail"
    assert checked(capsys, str(taxonomy / KNOWLEDGE_FOLDER))[1]["duplicates"]["status"] == "pass"


def test_documents_are_fetched_where_that_is_asked_for(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(taxonomy, ".github/espalier.yml", "document: {hosts: [localhost:1]}\n")
    place = taxonomy / KNOWLEDGE_FOLDER / "qna.yaml"
    place.write_text(place.read_text().replace("https://github.com/ada", "http://localhost:1/ada"))
    _, without = checked(capsys, str(place))
    _, fetched = checked(capsys, str(place), "--fetch-documents")
    assert without["document"] != fetched["document"]


def test_fixes_are_made_until_there_are_none_left(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = skill().replace("|\n      Song number 0.", "| Song number 0.  ").replace("1 sing?", "1 sing? ").rstrip("\n")
    leaf(taxonomy, text, attribution=None)
    assert main(["--repo", str(taxonomy), "--fix"]) == 0
    captured = capsys.readouterr()
    told = captured.err.splitlines()
    slip = f"mended {SKILL_FOLDER}/qna.yaml:6, as asked: Text stands on the line of `answer: |`."
    (at,) = (number for number, line in enumerate(told) if line.startswith(slip))
    assert told[at + 1 : at + 3] == ["    +     answer: |", "    +       Song number 0."]
    assert (
        f"mended {SKILL_FOLDER}/attribution.txt:1, as asked: Add `attribution.txt` beside `qna.yaml`." in captured.err
    )
    assert "    + Title of work: Kettle songs\n" in captured.err
    assert told[-1] == "4 things were mended, as told above; the report says what is left for you."
    assert (taxonomy / SKILL_FOLDER / "qna.yaml").read_text() == skill()
    assert "Title of work: Kettle songs" in (taxonomy / SKILL_FOLDER / "attribution.txt").read_text()
    assert "✗" not in captured.out
    assert main(["--repo", str(taxonomy), "--fix"]) == 0
    assert capsys.readouterr().err == "There was nothing that a machine can mend.\n"


def test_what_no_machine_can_mend_is_said_to_be_left(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaf(taxonomy, skill(examples=2).replace("1 sing?", "1 sing? "))
    assert main(["--repo", str(taxonomy)]) == 1
    assert "`espalier check --fix` can mend 1 of them." in capsys.readouterr().out
    assert main(["--repo", str(taxonomy), "--fix"]) == 1
    captured = capsys.readouterr()
    assert captured.err.endswith("\n1 thing was mended, as told above; the report says what is left for you.\n")
    assert captured.out.endswith("\nLeft for you: 1 error.\n")


def test_names_that_are_mended_are_told_old_and_new(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaf(taxonomy)
    place = taxonomy / SKILL_FOLDER
    (place / "qna.yaml").rename(place / "qna.yml")
    assert main(["--repo", str(taxonomy), "--fix"]) == 0
    told = capsys.readouterr().err
    assert f"mended {SKILL_FOLDER}/qna.yml, as asked: Nobody looks for a file of this name." in told
    assert f"    + {SKILL_FOLDER}/qna.yml → {SKILL_FOLDER}/qna.yaml\n" in told
    assert told.endswith("\n1 thing was mended, as told above; nothing is left.\n")


def test_a_mended_line_with_something_private_is_not_shown(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mail = "june.tallow" + "@tallow-lights.com"
    leaf(taxonomy, skill().replace("1 sing?", f"1 sing? Ask {mail}. "))
    assert main(["--repo", str(taxonomy), "--fix"]) == 1
    captured = capsys.readouterr()
    assert f"Ask {mail}.\n" in (taxonomy / SKILL_FOLDER / "qna.yaml").read_text()
    assert f"mended {SKILL_FOLDER}/qna.yaml:" in captured.err
    assert "tallow" not in captured.err + captured.out


def test_fix_keeps_the_line_ends_of_a_file(taxonomy: Path) -> None:
    place = taxonomy / SKILL_FOLDER / "attribution.txt"
    leaf(taxonomy, skill().replace("1 sing?", "1 sing? "))
    place.write_bytes(ATTRIBUTION.replace("\n", "\r\n").encode())
    assert main(["--fix", str(taxonomy / SKILL_FOLDER)]) == 0
    assert place.read_bytes() == ATTRIBUTION.replace("\n", "\r\n").encode()
    assert (taxonomy / SKILL_FOLDER / "qna.yaml").read_text() == skill()


def test_fix_mends_what_a_branch_has_changed_and_nothing_else(
    taxonomy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = knowledge().replace("bollards, asked 0?", "bollards, asked 0? ")
    write(taxonomy, f"{KNOWLEDGE_FOLDER}/qna.yaml", older)
    commit(taxonomy)
    leaf(taxonomy, skill().replace("1 sing?", "1 sing? "))
    assert main(["--repo", str(taxonomy), "--base", "HEAD", "--fix"]) == 0
    assert (taxonomy / SKILL_FOLDER / "qna.yaml").read_text() == skill()
    assert (taxonomy / KNOWLEDGE_FOLDER / "qna.yaml").read_text() == older
    assert "kettle_songs" in capsys.readouterr().err


def test_fix_that_cannot_be_made_is_told_and_the_others_are_made(
    taxonomy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leaf(taxonomy, skill().replace("1 sing?", "1 sing? "), attribution=None)
    (taxonomy / SKILL_FOLDER / "attribution.txt").mkdir()
    assert main(["--repo", str(taxonomy), "--fix"]) == 1
    captured = capsys.readouterr()
    assert "not mended: " in captured.err
    assert "is no regular file; nothing is written there." in captured.err
    assert (taxonomy / SKILL_FOLDER / "qna.yaml").read_text() == skill()


def test_workflow_gets_commands_and_a_summary(
    taxonomy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    leaf(taxonomy, skill(examples=2))
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert main(["--repo", str(taxonomy), "--format", "github"]) == 1
    assert f"::error file={SKILL_FOLDER}/qna.yaml,line=" in capsys.readouterr().out
    assert summary.read_text().startswith("before\n## Espalier: ")
    assert "](http" not in summary.read_text()


def test_summary_of_a_range_links_to_the_repository_that_the_workflow_runs_for(
    taxonomy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(taxonomy, "switch", "--quiet", "--create", "topic")
    leaf(taxonomy, skill(examples=2))
    commit(taxonomy)
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://ghe.test")
    monkeypatch.setenv("GITHUB_REPOSITORY", "orchard/wood")
    assert main(["--repo", str(taxonomy), "--base", "main", "--head", "topic", "--format", "github"]) == 1
    page = f"https://ghe.test/orchard/wood/blob/{commit_sha(taxonomy, 'topic')}/{SKILL_FOLDER}/qna.yaml"
    assert f"]({page})" in summary.read_text()


def test_an_author_who_is_named_like_an_app_signs_off_as_anybody_does(
    taxonomy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(taxonomy, "switch", "--quiet", "--create", "topic")
    leaf(taxonomy)
    git(taxonomy, "add", ".")
    git(taxonomy, "commit", "--quiet", "--message=Add a leaf", "--author=x[bot] <x@example.org>")
    code, checks = checked(capsys, "--repo", str(taxonomy), "--base", "main", "--head", "topic")
    assert code == 1
    assert [each["rule"] for each in found(checks, "dco")] == ["missing"]


def test_code_scanning_gets_a_log(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaf(taxonomy, skill(examples=2))
    assert main(["--repo", str(taxonomy), "--format", "sarif"]) == 1
    log = json.loads(capsys.readouterr().out)
    assert [each["ruleId"] for each in log["runs"][0]["results"]] == ["examples/too-few-examples"]


def test_broken_policy_is_told_with_its_line(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(taxonomy, ".github/espalier.yml", "aprovals: 2\n")
    assert main(["check", "--repo", str(taxonomy)]) == 2
    assert "Line 1: there is no key aprovals (did you mean approvals?)." in capsys.readouterr().err


def test_hooks_and_helpers_of_the_checkout_do_not_run(taxonomy: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    helper = tmp_path / "helper"
    helper.write_text(f"#!/bin/sh\ntouch {marker}\n")
    helper.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external", "core.pager", "diff.x.textconv"):
        git(taxonomy, "config", key, str(helper))
    write(taxonomy, ".gitattributes", "* diff=x\n")
    leaf(taxonomy)
    commit(taxonomy)
    marker.unlink(missing_ok=True)
    assert main(["check", "--repo", str(taxonomy), "--base", "HEAD~1"]) == 0
    assert not marker.exists()


def test_command_runs_as_a_program(taxonomy: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "check", "--repo", str(taxonomy)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "✓ yaml" in done.stdout


def test_taxonomy_inside_another_repository_is_found_by_its_path(
    taxonomy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outer = taxonomy.parent / "outer"
    inner = outer / "data" / "taxonomy"
    inner.mkdir(parents=True)
    git(outer, "init", "--quiet")
    write(inner, "README.md", "# Not a leaf\n")
    leaf(inner)
    for start in (inner, inner / "compositional_skills"):
        code, checks = checked(capsys, str(start))
        assert code == 0
        assert checks["yaml"]["status"] == "pass"
    monkeypatch.chdir(inner)
    assert checked(capsys, ".")[0] == 0
    assert checked(capsys)[0] == 0


def test_top_of_the_checkout_as_a_path_is_the_whole_taxonomy(
    taxonomy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leaf(taxonomy)
    assert checked(capsys, str(taxonomy))[0] == 0


def test_git_that_is_missing_is_what_is_told(
    taxonomy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert main(["check", "--repo", str(taxonomy), "--base", "HEAD"]) == 2
    assert capsys.readouterr().err == "git is not installed, or is not on the PATH; install git 2.38 or later.\n"


def test_empty_name_of_a_commit_is_told_as_such(taxonomy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--repo", str(taxonomy), "--base", ""]) == 2
    assert capsys.readouterr().err == "The name of a commit is empty; name a branch, a tag or a SHA.\n"
