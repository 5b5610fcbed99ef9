"""Which questions are turns of a chat: they only make sense to one who heard what was said before.

The openers and references are English; a question in another language is taken to stand alone.
"""

import re

_OPENER = re.compile(
    r"\W*(?:(?:thanks|thank you|ok(?:ay)?|great|cool|got it|i see)\b[\s,.!-]*)?(?:and |but |so |then )?(?:"
    r"(?:what|how) about\b|(?:and|but) (?:why|how|who|where|when|what)\b(?=[^.?!]{0,40}\?)|"
    r"(?:can|could|would) you (?:also|now)\b|"
    r"now (?:make|do|write|give|rewrite|translate|explain) (?:it|that|this|them)\b|"
    r"tell me more\W*$|tell me more about (?:it|that|this|them)\W*$|(?:go on|continue|keep going|why not|why)\W*$|"
    r"one more\W*$|another one\W*$|again\W*$)",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\W*(?:thanks|thank you|thx)(?: (?:a lot|so much|very much|for that|for your (?:help|answer)))?\W*$", re.IGNORECASE
)
_REFERENCE = re.compile(
    r"\byour (?:previous|last|earlier|first) (?:answer|reply|response|message|suggestion)\b|"
    r"\byou (?:just |already )(?:said|told|mentioned|wrote|suggested|gave)\b|"
    r"\bin the (?:previous|last|earlier) (?:answer|reply|response)\b",
    re.IGNORECASE,
)
_EDIT = re.compile(
    r"\W*(?:(?:please|can you|could you|now)\s+){0,3}"
    r"(?:make|rewrite|shorten|explain|translate|summari[sz]e|repeat|fix|change|improve|redo|expand|simplify) "
    r"(?:it|this|that|them)(?: \w+){0,3}\W*$",
    re.IGNORECASE,
)
_BARE = re.compile(r"\W*(?:\d{1,3}|yes|yes please|no|no thanks|sure|ok|okay|correct|right|wrong)\W*$", re.IGNORECASE)
_ADDRESSES = re.compile(r"\byour?\b", re.IGNORECASE)
LONGEST = 200
"""Characters of a question that may be a turn; one that is longer brings along what it is about."""
_TAIL = 300
"""Characters at the end of an answer where it asks for a reply."""


def continues(question: str, after: str | None) -> bool:
    """Tell whether a question continues a talk.

    Args:
        question: What is asked, without a context that it could refer to.
        after: The answer of the example above; None where there is none, and nothing to continue.
    """
    text = question.strip()
    if after is None or not text or len(text) > LONGEST:
        return False
    if _OPENER.match(text) or _THANKS.match(text) or _EDIT.match(text) or _REFERENCE.search(text):
        return True
    return _BARE.match(text) is not None and _ADDRESSES.search(after[-_TAIL:]) is not None
