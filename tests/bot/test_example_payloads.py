"""GitHub's own example payloads, signed, at a running bot: all are taken, and none has it write what is not due."""

from collections import defaultdict
from collections.abc import Iterable

import httpx

from tests.bot.world import ATTRIBUTION, Pull, World, skill, wait
from tests.github.examples import Example, examples, moved
from tests.soak.journey import settle
from tests.soak.state import Shown, shown

LEAF = "compositional_skills/greetings/lantern"
PULLS = 3
TOKENS = "/access_tokens"


def send(here: World, payloads: Iterable[Example]) -> dict[int, list[str]]:
    """Send payloads one after the other; gives their events by the status that they were answered with."""
    secret, told = here.bot.environment["ESPALIER_WEBHOOK_SECRET"], defaultdict(list)
    with httpx.Client(base_url=here.bot.address, timeout=30, trust_env=False) as client:
        for each in payloads:
            answer = client.post("/webhooks/github", content=each.body, headers=each.headers(secret))
            told[answer.status_code].append(each.event)
    return told


def writes(here: World) -> list[tuple[str, str]]:
    """Give what the bot wrote, other than the tokens that it asked for."""
    return [(verb, path) for verb, path, _ in here.forge.faults.done if not path.endswith(TOKENS)]


def troubles(here: World, since: int) -> list[str]:
    """Give the lines of the log that tell of an exception or an error."""
    lines = here.bot.log.read_text(encoding="utf-8")[since:].splitlines()
    return [line[:400] for line in lines if "Traceback" in line or '"level": "error"' in line]


def test_the_package_is_whole() -> None:
    assert len(examples()) == 329
    assert len({example.event for example in examples()}) == 58


def test_payloads_of_places_that_the_app_does_not_know_are_taken_and_lead_to_nothing(here: World) -> None:
    begin = len(here.bot.log.read_text(encoding="utf-8"))
    assert send(here, examples()).keys() <= {200, 202}
    settle(here)
    assert troubles(here, begin) == []
    assert writes(here) == []
    assert here.bot.get("/readyz").text == "ready\n"


def test_payloads_of_a_place_that_the_app_works_at_change_nothing_that_stands(here: World) -> None:
    repository = here.repository(policy="build:\n  quiet_minutes: 100000\n")
    pulls = [repository.open_pull(leaf(number), branch=f"leaf-{number}") for number in range(PULLS)]
    for pull in pulls:
        wait(lambda pull=pull: pull.conclusion() is not None, what="the triage")
    settle(here)
    before = [state(pull) for pull in pulls]
    begin, written = len(here.bot.log.read_text(encoding="utf-8")), len(writes(here))

    home = f"orchard/{repository.name}"
    told = send(here, (moved(each, repository=home, installation=here.installation) for each in examples()))
    assert told.keys() <= {200, 202}
    settle(here)

    assert [state(pull) for pull in pulls] == before
    assert writes(here)[written:] == []
    assert troubles(here, begin) == []


def test_an_unsigned_or_wrongly_signed_payload_is_refused_with_401(here: World) -> None:
    example = examples()[0]
    for headers in (example.headers("guessed"), {"x-github-event": "push"}):
        url = f"{here.bot.address}/webhooks/github"
        assert httpx.post(url, content=example.body, headers=headers, trust_env=False).status_code == 401


def leaf(number: int) -> dict[str, str]:
    folder = f"{LEAF}_{number}"
    return {f"{folder}/qna.yaml": skill(word=f"lamp {number}"), f"{folder}/attribution.txt": ATTRIBUTION}


def state(pull: Pull) -> Shown:
    return shown(pull, [pull.head], ())
