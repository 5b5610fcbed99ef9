"""The demo's folder goes with it, its logs stay where it failed, and what a killed one left goes with the next."""

import fcntl
from pathlib import Path

import pytest

from espalier.demo.place import OWNED, data_folder, forget, sweep
from schemas.errors import UserError


def filled(folder: Path, *, log: str = "out of ink") -> Path:
    (folder / "logs").mkdir(parents=True)
    (folder / "logs" / "bot.log").write_text(log)
    (folder / "bot" / "head").mkdir(parents=True)
    (folder / "bot" / "head" / "head.err").write_text("no shared memory" if log else "")
    build = folder / "artifacts" / "builds" / "pr1-a"
    build.mkdir(parents=True)
    (build / "model.safetensors").write_text("large")
    if log:
        (build / "failure.log").write_text("Traceback")
    return folder


def test_a_demo_that_closed_its_loop_leaves_nothing(tmp_path: Path) -> None:
    data = filled(tmp_path / "d")
    assert forget(data, but_logs=False) is None
    assert not data.exists()


def test_a_demo_that_failed_leaves_its_logs_those_of_ray_and_of_failed_builds_with_them(tmp_path: Path) -> None:
    data = filled(tmp_path / "d")
    assert forget(data, but_logs=True) == data / "logs"
    assert {path.name for path in data.iterdir()} == {"logs"}
    assert {path.name for path in (data / "logs").iterdir()} == {"bot.log", "head.err", "pr1-a.failure.log"}


def test_logs_that_say_nothing_are_not_kept(tmp_path: Path) -> None:
    data = filled(tmp_path / "d", log="")
    assert forget(data, but_logs=True) is None
    assert not data.exists()


def test_what_a_killed_demo_left_is_swept_and_what_runs_or_was_kept_is_not(tmp_path: Path) -> None:
    killed, kept, other = (filled(tmp_path / name) for name in ("espalier-killed", "espalier-kept", "mine"))
    (killed / OWNED).touch()
    (other / OWNED).touch()
    with data_folder(tmp_path / "espalier-running", keep=False) as running:
        sweep(tmp_path)
        assert running.exists()
    assert not killed.exists()
    assert kept.exists()
    assert other.exists()


def test_a_kept_folder_is_not_marked_as_one_to_delete(tmp_path: Path) -> None:
    with data_folder(tmp_path / "espalier-kept", keep=True) as data:
        assert not (data / OWNED).exists()


def test_the_mark_is_held_as_long_as_the_demo_runs(tmp_path: Path) -> None:
    with (
        data_folder(tmp_path / "d", keep=False) as data,
        (data / OWNED).open("r+") as mark,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize("place", ["/proc/foo", "/dev/full/x"])
def test_a_folder_that_cannot_be_made_is_one_sentence(place: str) -> None:
    with (
        pytest.raises(UserError, match=r"cannot be made .*: give another with --data\."),
        data_folder(Path(place), keep=False),
    ):
        pass
