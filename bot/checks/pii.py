"""Whether a contribution tells of people what belongs to them alone; what it tells is never repeated."""

from collections.abc import Iterator
from itertools import islice

from bot.addresses import persons, public_ips, street_addresses
from bot.check import NotLooked, Rules, check
from bot.contacts import emails, phones
from bot.facts import PullRequestFacts
from bot.findings import Finding, Level
from bot.national_ids import national_ids
from bot.passages import ATTRIBUTION, MAX_HITS, Hit, Passage, allowed, distinct, is_allowed, passages, told, unread
from bot.payment_numbers import cards, digit_runs, ibans

RULES: Rules = {
    "email": (Level.ERROR, "a person's e-mail address stands in the text"),
    "author-email": (Level.ERROR, "`created_by` holds an e-mail address"),
    "phone": (Level.ERROR, "a phone number stands in the text"),
    "payment-card": (Level.ERROR, "the number of a payment card stands in the text"),
    "iban": (Level.ERROR, "the number of a bank account stands in the text"),
    "national-id": (Level.ERROR, "a number by which a state knows a person stands in the text"),
    "private-address": (Level.ERROR, "the text says where a person lives"),
    "creator-email": (Level.NOTICE, "the attribution gives a creator's e-mail address"),
    "office-email": (Level.NOTICE, "the e-mail address of an office stands in the text"),
    "placeholder-email": (Level.NOTICE, "a made-up e-mail address is on a domain that someone owns"),
    "office-phone": (Level.NOTICE, "the phone number of an office stands in the text"),
    "address": (Level.NOTICE, "a street address stands in the text, of nobody in particular"),
    "person": (Level.NOTICE, "a person is named as the one to write to or to call"),
    "public-ip": (Level.NOTICE, "an IP address stands in the text that the whole Internet can reach"),
}
_KEEP = "If it is meant to be public, ask a maintainer to allow it in the policy (`pii.allow`)."
_ADVICE = {
    "email": f"An e-mail address stands here. Replace it by one at `example.com`, which belongs to nobody. {_KEEP}",
    "author-email": "An e-mail address stands here. Write the author's GitHub user name in its place.",
    "phone": f"A phone number stands here. Replace it by one from 555-0100 to 555-0199, nobody's numbers. {_KEEP}",
    "payment-card": "The number of a payment card stands here. Delete it, or write `0000 0000 0000 0000`.",
    "iban": "The number of a bank account (IBAN) stands here. Delete it, or write zeros after the country's letters.",
    "national-id": "A number by which a state knows a person stands here. Delete it, or write zeros for its digits.",
    "private-address": "A person's street address stands here. Delete it, or leave out street, number and postcode.",
    "creator-email": "An e-mail address stands here; a name is enough to say who made the work.",
    "office-email": f"The e-mail address of an office stands here; will it still be right in years? {_KEEP}",
    "placeholder-email": "Someone owns the domain of this e-mail address. Better write `example.com`.",
    "office-phone": f"The phone number of an office stands here; will it still be right in years? {_KEEP}",
    "address": "A street address stands here. If anybody lives there, leave it out.",
    "person": "A person is named here as the one to write to or to call. If it is a real one, leave the name out.",
    "public-ip": "An IP address stands here that someone may use. Better write one of 192.0.2.0/24, which nobody has.",
}
_ORDER = (*(rule for rule in RULES if "phone" not in rule), "phone", "office-phone")
"""Of two hits on one place the one of the earlier rule counts: an account's number may look like a phone's."""


@check
def pii(facts: PullRequestFacts) -> Iterator[Finding]:
    """Look for what tells of people what belongs to them alone: how to reach them, where they live, their numbers.

    Raises:
        NotLooked: if nothing was found, but not every file was read; the check of secrets names those.
    """
    known = allowed(facts.config.pii.allow)
    nothing = True
    for passage in passages(facts):
        hits = (hit for hit in distinct(_hits(passage), order=_ORDER) if not is_allowed(passage, hit, known))
        for finding in told(passage, hits, rules=RULES, advice=_ADVICE):
            nothing = False
            yield finding
    if nothing and any(unread(facts)):
        raise NotLooked("not every file could be read")


def _hits(passage: Passage) -> Iterator[Hit]:
    text = passage.text
    addresses = islice(emails(text), MAX_HITS)
    yield from (Hit(_own_rule(passage, hit), hit.start, hit.end) for hit in addresses)
    runs = digit_runs(text)
    yield from islice(cards(text, runs), MAX_HITS)
    yield from islice(phones(text, runs), MAX_HITS)
    for finder in (ibans, national_ids, street_addresses, persons, public_ips):
        yield from islice(finder(text), MAX_HITS)


def _own_rule(passage: Passage, hit: Hit) -> str:
    """Give an address its rule by where it stands: who made the work may say so, and how is theirs to know."""
    if hit.rule == "email" and passage.name.endswith(ATTRIBUTION):
        return "creator-email"
    line = passage.text.rfind("\n", 0, hit.start) + 1
    written = hit.rule == "email" and passage.text.startswith("created_by:", line)
    return "author-email" if written else hit.rule
