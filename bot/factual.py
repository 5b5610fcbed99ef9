"""Questions that ask for facts: the mark of knowledge that was written as a skill."""

import re
from collections import Counter
from collections.abc import Sequence

LIKELY = 0.8
"""Share of questions that ask for facts, from which on a skill looks like knowledge.

Of 303 skills in real pull requests it names nine; read by a person, seven of them teach facts.
"""

_LONGEST = 20
"""Words of a question; a longer one brings the material that it is about."""
_FEWEST = 3
_LOOKED_AT = 20
"""Questions that are compared with each other."""
_SAME = 0.6
"""Share of its words that a question has in common with another one of its form."""
_ASKS = re.compile(
    r"(?:(?:in|on|at|by|for|from|to|of|with|during|under) )?(?:who|whom|whose|when|where|which|what|what's|why|name"
    r"|how (?:many|much|old|long|far|tall|big|does|do|did|is|are|was|were)|does|do|did|is|are|was|were|has|can|define"
    r"|explain|describe|tell me (?:more )?about) ",
    re.IGNORECASE,
)
# Words of somebody who hands over material, or wants a text made.
_GIVES = re.compile(
    r"\b(?:my|i|you|your|this|these|following|below|above|given|here|write|create|generate|rewrite|convert|translate"
    r"|summari[sz]e|suggest|recommend|call)\b|[\"“„:]",
    re.IGNORECASE,
)


def share_of_facts(questions: Sequence[str]) -> float:
    """Give the share of questions that ask for facts, in [0, 1]; 0 for too few, and where they are of one template."""
    if len(questions) < _FEWEST:
        return 0.0
    asking = [question for question in questions if _asks_for_fact(question)]
    return 0.0 if _is_template(asking[:_LOOKED_AT]) else len(asking) / len(questions)


def _asks_for_fact(question: str) -> bool:
    text = question[:400].strip()
    short = len(text.split()) <= _LONGEST and "\n" not in text
    return short and _ASKS.match(text) is not None and _GIVES.search(text) is None


def _is_template(questions: Sequence[str]) -> bool:
    """Tell whether most questions repeat another one with other words put in: one skill on different material."""
    asked = [Counter(re.findall(r"\w+", question[:400].lower())) for question in questions]
    alike = sum(any(_is_same_form(one, other) for other in asked if other is not one) for one in asked)
    return 2 * alike >= len(asked)


def _is_same_form(one: Counter[str], other: Counter[str]) -> bool:
    longer = max(one.total(), other.total())
    return longer - (one & other).total() <= max(1, (1 - _SAME) * longer)
