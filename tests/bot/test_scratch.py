"""Folders of processes that live are left alone; those of processes that crashed are swept by the next."""

import subprocess
import sys
from pathlib import Path

from bot.scratch import Scratch

CRASH = """
import os, sys
from pathlib import Path
from bot.scratch import Scratch
made = Scratch(Path(sys.argv[1]))
(made.path / "clone").mkdir(parents=True)
os._exit(1)
"""


def test_what_a_crash_left_is_swept_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    first = Scratch(tmp_path)
    (first.path / "clone").mkdir(parents=True)
    subprocess.run([sys.executable, "-c", CRASH, str(tmp_path)], check=False)
    assert len(list(tmp_path.iterdir())) == 4

    second = Scratch(tmp_path)

    assert (first.path / "clone").is_dir()
    assert len(list(tmp_path.iterdir())) == 3
    first.close()
    second.close()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_met_by_who_needs_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    made = Scratch(tmp_path / "file")
    made.close()
    assert not made.path.exists()
