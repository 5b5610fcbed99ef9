"""The rules that checks declare, against those that they name."""

import inspect
import os
import re
import sys
from itertools import islice
from pathlib import Path

import pytest

from bot.check import load_checks, run_checks
from bot.past_pulls import BrokenLine, facts_of, read_pulls
from schemas.config import LEVELS, Config

CORPUS = Path(os.environ.get("ESPALIER_CORPUS", "../shared/corpus/prs.jsonl.gz"))


@pytest.mark.parametrize("check", load_checks(), ids=lambda check: check.id)
def test_every_rule_is_said_in_a_clause_and_every_mend_is_of_a_rule(check: object) -> None:
    (found,) = [each for each in load_checks() if each is check]
    assert found.rules
    assert found.mended <= found.rules.keys()
    for rule, (_, wrong) in found.rules.items():
        assert re.fullmatch(r"[a-z][a-z0-9-]*", rule)
        assert wrong
        assert not wrong.endswith(".")


@pytest.mark.parametrize("check", load_checks(), ids=lambda check: check.id)
def test_every_rule_that_a_check_names_in_its_code_is_declared(check: object) -> None:
    (found,) = [each for each in load_checks() if each is check]
    code = inspect.getsource(sys.modules[found.run.__module__])
    assert set(re.findall(r'\brule="([a-z-]+)"', code)) <= found.rules.keys()


@pytest.mark.skipif(not CORPUS.exists(), reason=f"the corpus is not at {CORPUS}; set ESPALIER_CORPUS")
def test_every_finding_on_real_pull_requests_is_of_a_declared_rule_and_level() -> None:
    checks = {check.id: check for check in load_checks()}
    wrong = set()
    for pull in islice(read_pulls(CORPUS), 0, None, 3):
        assert not isinstance(pull, BrokenLine)
        for result in run_checks(facts_of(pull, config=Config())):
            for finding in result.findings:
                level, _ = checks[result.id].rules.get(finding.rule, (None, ""))
                if level is None or LEVELS.index(finding.level) > LEVELS.index(level):
                    wrong.add((result.id, finding.rule, finding.level.value))
                mechanical = finding.fix is not None and finding.fix.mechanical
                if mechanical and finding.rule not in checks[result.id].mended:
                    wrong.add((result.id, finding.rule, "mended"))
    assert wrong == set()
