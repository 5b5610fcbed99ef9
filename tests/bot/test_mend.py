"""Fixes on bytes and in a working tree."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.findings import Finding, Fix, Level, Rename, Replacement
from bot.mend import choose, mended
from bot.mend_files import refusal, write
from schemas.errors import UserError

PATH = "compositional_skills/writing/qna.yaml"


def at(first: int, last: int, text: str, *, path: str = PATH) -> Replacement:
    return Replacement(path=path, first=first, last=last, text=text)


def found(*replacements: Replacement, renames: tuple[Rename, ...] = ()) -> Finding:
    fix = Fix(description="Mend it", replacements=replacements, renames=renames)
    return Finding(rule="x", level=Level.ERROR, message="x", path=PATH, fix=fix)


@pytest.mark.parametrize(
    ("content", "replacements", "expected"),
    [
        (b"a\nb\nc\n", (at(2, 2, "B"),), b"a\nB\nc\n"),
        (b"a\nb\nc", (at(3, 3, "c"),), b"a\nb\nc\n"),
        (b"a\nb\nc", (at(1, 1, "A"),), b"A\nb\nc"),
        (b"", (at(1, 0, "a\nb"),), b"a\nb\n"),
        (b"a\n", (at(1, 0, "new"),), b"new\na\n"),
        (b"a", (at(2, 1, "b"),), b"a\nb\n"),
        (b"a\nb\nc\nd\n", (at(1, 1, "A\nA"), at(3, 4, "C")), b"A\nA\nb\nC\n"),
        (b"a\r\nb\r\nc\r\n", (at(2, 2, "B\nB"),), b"a\r\nB\r\nB\r\nc\r\n"),
        (b"a\r\nb\r\nc", (at(2, 2, "B\r"),), b"a\r\nB\r\nc"),
        (b"\xef\xbb\xbfa\nb\n", (at(1, 1, "A"),), b"\xef\xbb\xbfA\nb\n"),
        (b"\xef\xbb\xbfa\r\nb\r\n", (at(1, 2, "a\nb"),), b"a\nb\n"),
        (b"\xff\nb\n", (at(2, 2, "B"),), b"\xff\nB\n"),
        (b"a\x85b\x0cc\nd\n", (at(2, 2, "D"),), b"a\x85b\x0cc\nD\n"),
    ],
)
def test_lines_are_replaced_in_the_way_the_file_is_written(
    content: bytes, replacements: tuple[Replacement, ...], expected: bytes
) -> None:
    assert mended(content, replacements) == expected


def test_replacement_behind_the_last_line_is_refused() -> None:
    with pytest.raises(ValueError, match="has 1 lines"):
        mended(b"a\n", (at(3, 3, "c"),))


@given(st.binary(max_size=80), st.data())
def test_lines_that_no_replacement_names_stay_as_they_are(content: bytes, data: st.DataObject) -> None:
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    line = data.draw(st.integers(1, len(lines) - 1)) if len(lines) > 1 else None
    if line is None:
        return
    after = mended(content, (at(line, line, "new"),)).removeprefix(b"\xef\xbb\xbf").split(b"\n")
    assert after[: line - 1] == lines[: line - 1]
    assert after[line:] == lines[line:]
    assert after[line - 1].removesuffix(b"\r") == b"new"


def test_of_fixes_that_touch_the_same_lines_the_first_is_chosen() -> None:
    first, overlapping, apart = found(at(2, 4, "x")), found(at(4, 5, "y"), at(9, 9, "y")), found(at(9, 9, "z"))
    mend = choose([first, overlapping, apart])
    assert mend.findings == (first, apart)
    assert mend.replacements == {PATH: (at(2, 4, "x"), at(9, 9, "z"))}


def test_one_fix_that_two_findings_offer_is_made_once() -> None:
    mend = choose([found(at(2, 2, "x")), found(at(2, 2, "x"))])
    assert len(mend.findings) == 2
    assert mend.replacements == {PATH: (at(2, 2, "x"),)}


@pytest.mark.parametrize(
    "second",
    [
        found(at(1, 1, "x")),
        found(at(1, 1, "x", path="knowledge/b/qna.yaml")),
        found(renames=(Rename(path="knowledge/b/qna.yaml", to="knowledge/c/qna.yaml"),)),
        found(renames=(Rename(path=PATH, to="knowledge/c/qna.yaml"),)),
    ],
)
def test_file_that_is_renamed_is_left_alone_until_the_next_round(second: Finding) -> None:
    first = found(renames=(Rename(path=PATH, to="knowledge/b/qna.yaml"),))
    assert choose([first, second]).findings == (first,)


def test_file_that_is_mended_is_renamed_in_the_next_round_unless_one_fix_does_both() -> None:
    rename = Rename(path=PATH, to="knowledge/b/qna.yaml")
    assert choose([found(at(1, 1, "x")), found(renames=(rename,))]).renames == {}
    both = choose([found(at(1, 1, "x"), renames=(rename,))])
    assert (len(both.replacements), both.renames) == (1, {PATH: "knowledge/b/qna.yaml"})


def test_commands_to_paste_are_not_chosen() -> None:
    assert choose([found()]).findings == ()


def plant(root: Path, path: str = PATH, content: bytes = b"a\nb\n") -> Path:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place


def test_round_is_written_with_the_mode_of_each_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    place = plant(tmp_path)
    place.chmod(0o640)
    fix = found(at(2, 2, "B"), at(1, 0, "Title: x", path="compositional_skills/writing/attribution.txt"))
    write(tmp_path, choose([fix]))
    assert place.read_bytes() == b"a\nB\n"
    assert place.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in place.parent.iterdir()) == ["attribution.txt", "qna.yaml"]


def test_renamed_leaf_takes_its_files_along_and_leaves_no_empty_folder(tmp_path: Path) -> None:
    plant(tmp_path, "knowledge/Big Sea/Fish/qna.yaml")
    plant(tmp_path, "knowledge/Big Sea/Fish/attribution.txt")
    names = ("qna.yaml", "attribution.txt")
    renames = tuple(
        Rename(path=f"knowledge/Big Sea/Fish/{name}", to=f"knowledge/big_sea/fish/{name}") for name in names
    )
    write(tmp_path, choose([found(renames=renames)]))
    assert sorted(str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*.*")) == [
        "knowledge/big_sea/fish/attribution.txt",
        "knowledge/big_sea/fish/qna.yaml",
    ]
    assert not (tmp_path / "knowledge" / "Big Sea").exists()


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "../knowledge/qna.yaml",
        "knowledge/../../x",
        "/etc/passwd",
        "knowledge\\..\\x",
        "knowledge/linked/qna.yaml",
        "knowledge/link.yaml",
        "knowledge/folder",
    ],
)
def test_nothing_is_written_outside_the_trees_through_a_link_or_over_a_folder(tmp_path: Path, path: str) -> None:
    root = tmp_path / "taxonomy"
    (root / "knowledge" / "folder").mkdir(parents=True)
    outside = plant(tmp_path, "outside/qna.yaml")
    (root / "knowledge" / "linked").symlink_to(outside.parent)
    (root / "knowledge" / "link.yaml").symlink_to(outside)
    fix = found(at(1, 1, "changed", path=path))
    assert fix.fix is not None
    assert refusal(root, fix.fix) is not None
    with pytest.raises(UserError):
        write(root, choose([fix]))
    assert outside.read_bytes() == b"a\nb\n"


def test_name_that_is_taken_is_not_given_and_nothing_else_is_written(tmp_path: Path) -> None:
    place, taken = plant(tmp_path), plant(tmp_path, "knowledge/b/qna.yaml", b"mine\n")
    with pytest.raises(UserError, match="is there already"):
        write(tmp_path, choose([found(at(1, 1, "A"), renames=(Rename(path=PATH, to="knowledge/b/qna.yaml"),))]))
    assert (place.read_bytes(), taken.read_bytes()) == (b"a\nb\n", b"mine\n")
    gone = Fix(description="x", renames=(Rename(path="knowledge/c/qna.yaml", to="knowledge/d/qna.yaml"),))
    assert "There is no file" in str(refusal(tmp_path, gone))


def test_fix_that_no_longer_fits_is_refused_with_its_reason(tmp_path: Path) -> None:
    plant(tmp_path)
    assert "has 2 lines" in str(refusal(tmp_path, Fix(description="x", replacements=(at(9, 9, "x"),))))
    assert refusal(tmp_path, Fix(description="x", replacements=(at(2, 2, "x"),))) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    place = plant(tmp_path)
    place.parent.chmod(0o500)
    with pytest.raises(UserError, match="cannot be written"):
        write(tmp_path, choose([found(at(1, 1, "x"))]))
    place.parent.chmod(0o700)
