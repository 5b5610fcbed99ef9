"""The harness runs steps as GitHub's runner does, and refuses what it does not know."""

from pathlib import Path

import pytest

from tests.actions.harness import Outcome, Runner, evaluate, read_assignments

ACTION = """
name: An action
description: For the harness
inputs:
  word:
    description: A word
    default: ${{ github.event.word }}
outputs:
  said:
    description: What was said
    value: ${{ steps.say.outputs.said }}
runs:
  using: composite
  steps:
    - id: say
      shell: bash
      env:
        WORD: ${{ inputs.word }}
      run: |
        echo "said=$WORD" >>"$GITHUB_OUTPUT"
        printf 'LONG<<END\\na\\nb\\nEND\\n' >>"$GITHUB_ENV"
        echo "$RUNNER_TEMP/more" >>"$GITHUB_PATH"
        echo "## Said" >>"$GITHUB_STEP_SUMMARY"
    - shell: bash
      env:
        CODE: ${{ steps.say.outputs.missing }}
      run: |
        echo "::error file=a%2Cb.yaml,line=3,title=t/r::It is 100%25 wrong%0Ahere"
        echo "$PATH" | grep -q /more: && [[ "$LONG" == $'a\\nb' && -z "$CODE" ]]
        false | true
    - shell: bash
      run: echo never
"""


def run(folder: Path, text: str = ACTION, **inputs: str) -> Outcome:
    action = folder / "action.yml"
    action.write_text(text, encoding="utf-8")
    runner = Runner(
        folder=folder, event_name="push", event=folder / "event.json", github={"event": {"word": "leaf $(id)"}}
    )
    return runner.run(action, inputs)


def test_files_expressions_and_failures_are_as_on_a_runner(tmp_path: Path) -> None:
    outcome = run(tmp_path)
    assert outcome.code == 1
    assert outcome.outputs == {"said": "leaf $(id)"}
    assert outcome.summary == "## Said\n"
    assert "never" not in outcome.log
    (annotation,) = outcome.annotations
    assert (annotation.path, annotation.line, annotation.text) == ("a,b.yaml", 3, "It is 100% wrong\nhere")


def test_an_input_that_is_given_replaces_its_default(tmp_path: Path) -> None:
    assert run(tmp_path, word="root").outputs == {"said": "root"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ACTION.replace("using: composite", "using: node24"), "no composite action"),
        (ACTION.replace("- id: say", "- id: say\n      if: always()"), "uses"),
        (ACTION.replace("echo never", "echo ${{ inputs.word || 1 }}"), "no look-up"),
    ],
    ids=["another kind of action", "a condition", "an operator"],
)
def test_what_the_harness_does_not_know_is_refused(tmp_path: Path, text: str, told: str) -> None:
    text = text.replace("false | true", "true")
    with pytest.raises(ValueError, match=told):
        run(tmp_path, text)


def test_inputs_that_are_unknown_or_missing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such input"):
        run(tmp_path, other="x")
    with pytest.raises(ValueError, match="missing"):
        run(tmp_path, ACTION.replace("default: ${{ github.event.word }}", "required: true"))


def test_a_block_without_an_end_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("A<<END\nb\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no end"):
        read_assignments(file)


def test_what_is_missing_is_empty() -> None:
    assert evaluate("[${{ github.event.none.at.all }}]", {"github": {"event": 3}}) == "[]"
