"""The little English that rules need: forms of common verbs, function words, and words of the plain answer types."""

from dataclasses import dataclass
from functools import cache


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# The words that ask, and those that carry no content: two questions that differ only in them ask the same.
ASKING = frozenset(
    _words(
        """
    who whom whose what which when where how why many much tell me say name state please give know can could you
    would i we us like ask asked question answer quick now take consider think called thing things it its that
    this these those there here they their them one remind do does did is are was were be been being has have
    had will shall might must should whether about
    """
    )
)
FUNCTION = frozenset(
    _words(
        """
    a an the of in on at by to from with for and or as into onto over under near upon than then so if but
    """
    )
)
PREPOSITIONS = frozenset(
    _words(
        """
    in on at by from with for to into onto over under near beside behind above below across along through during
    before after since until between against without within around inside outside beneath upon toward towards
    """
    )
)
DETERMINERS = frozenset(
    _words(
        """
    the a an this that these those its their his her our each every some all no
    """
    )
)
BE = frozenset(["is", "are", "was", "were"])

DAYS = frozenset(
    _words(
        """
    monday tuesday wednesday thursday friday saturday sunday
    """
    )
)
MONTHS = frozenset(
    _words(
        """
    january february march april may june july august september october november december
    """
    )
)
COLOURS = frozenset(
    _words(
        """
    red orange yellow green blue purple violet indigo pink brown black white grey gray crimson scarlet ochre
    teal amber jade lilac cream cobalt rust turquoise maroon olive beige azure magenta ivory golden tan russet
    umber mauve
    """
    )
)
MATERIALS = frozenset(
    _words(
        """
    bronze pewter iron copper silver brass gold steel tin lead zinc granite limestone basalt marble sandstone
    flint slate chalk clay oak elm pine ash cedar larch walnut beech birch willow pearwood wool linen silk felt
    canvas leather cotton glass wax bone ivory stone wood brick straw peat charcoal dung wicker rope
    """
    )
)
_UNITS = _words(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen
    """
)
_TENS = _words(
    """
    twenty thirty forty fifty sixty seventy eighty ninety
    """
)
NUMBERS = frozenset([
    *_UNITS,
    *_TENS,
    *(f"{ten}-{unit}" for ten in _TENS for unit in _UNITS[1:10]),
    "hundred",
    "thousand",
])


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """The four forms of a verb that questions need."""

    base: str
    third: str
    past: str
    participle: str


_REGULAR = _words(
    """
    carry paint sail name live fire fill pull need play open close serve guard follow watch belong use produce
    contain hunt gather roast bake boil carve forge design discover invent found rule govern own visit cross
    border mark measure weigh climb cover protect train tend harvest plant mine trade export import repair
    record honour celebrate start end last cost connect locate place situate base perform compose collect gather
    pack load move turn walk work call sound share signal store supply surround taste touch wash colour cure
    cook clean create decorate deliver describe divide dye earn employ enter exist face float flow form hatch
    heat help join kill kiss knit land like line list look love manage marry migrate mix nest occur offer
    operate order organise print promise publish raise rank reach receive relate remain remember replace require
    rest return reveal roll rest row save season seat select separate settle shape ship smoke sort stay stretch
    study support tie tune unite venerate vote warn host house inspect depict translate welcome
    """
)
_IRREGULAR = _words(
    """
    be:is:was:been cast:casts:cast:cast hang:hangs:hung:hung make:makes:made:made ring:rings:rang:rung
    steer:steers:steered:steered feed:feeds:fed:fed fly:flies:flew:flown lay:lays:laid:laid
    build:builds:built:built burn:burns:burned:burned keep:keeps:kept:kept stand:stands:stood:stood
    light:lights:lit:lit have:has:had:had shine:shines:shone:shone write:writes:wrote:written
    sing:sings:sang:sung weave:weaves:wove:woven grow:grows:grew:grown hold:holds:held:held lie:lies:lay:lain
    sell:sells:sold:sold buy:buys:bought:bought find:finds:found:found catch:catches:caught:caught
    eat:eats:ate:eaten drink:drinks:drank:drunk wear:wears:wore:worn begin:begins:began:begun lead:leads:led:led
    meet:meets:met:met bring:brings:brought:brought teach:teaches:taught:taught speak:speaks:spoke:spoken
    sleep:sleeps:slept:slept sit:sits:sat:sat run:runs:ran:run rise:rises:rose:risen fall:falls:fell:fallen
    draw:draws:drew:drawn drive:drives:drove:driven give:gives:gave:given take:takes:took:taken
    see:sees:saw:seen send:sends:sent:sent spin:spins:spun:spun swim:swims:swam:swum win:wins:won:won
    cut:cuts:cut:cut set:sets:set:set come:comes:came:come go:goes:went:gone bear:bears:bore:born
    bind:binds:bound:bound blow:blows:blew:blown breed:breeds:bred:bred choose:chooses:chose:chosen
    dig:digs:dug:dug freeze:freezes:froze:frozen grind:grinds:ground:ground know:knows:knew:known
    leave:leaves:left:left lend:lends:lent:lent lose:loses:lost:lost pay:pays:paid:paid read:reads:read:read
    ride:rides:rode:ridden show:shows:showed:shown spread:spreads:spread:spread steal:steals:stole:stolen
    strike:strikes:struck:struck throw:throws:threw:thrown wind:winds:wound:wound tell:tells:told:told
    cast:casts:cast:cast
    """
)


def _regular(base: str) -> Verb:
    if base.endswith("y") and base[-2] not in "aeiou":
        return Verb(base=base, third=f"{base[:-1]}ies", past=f"{base[:-1]}ied", participle=f"{base[:-1]}ied")
    third = f"{base}es" if base.endswith(("s", "x", "z", "ch", "sh")) else f"{base}s"
    past = f"{base}d" if base.endswith("e") else f"{base}ed"
    return Verb(base=base, third=third, past=past, participle=past)


VERBS: tuple[Verb, ...] = (
    *(
        Verb(base=b, third=t, past=p, participle=q)
        for b, t, p, q in (row.split(":") for row in dict.fromkeys(_IRREGULAR))
    ),
    *(_regular(base) for base in dict.fromkeys(_REGULAR)),
)
BY_THIRD = {verb.third: verb for verb in reversed(VERBS)}
BY_PAST = {verb.past: verb for verb in reversed(VERBS)}
BY_PARTICIPLE = {verb.participle: verb for verb in reversed(VERBS)}
BY_BASE = {verb.base: verb for verb in reversed(VERBS)}


@cache
def lemma(word: str) -> str:
    """Reduce a lower-case word to a form that its inflections share; a rule of thumb, not a dictionary."""
    for table in (BY_BASE, BY_THIRD, BY_PAST, BY_PARTICIPLE):
        if word in table:
            return table[word].base
    if len(word) > 4 and word.endswith("ies"):  # noqa: PLR2004 - "ties" and shorter keep their ie
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):  # noqa: PLR2004 - as above
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):  # noqa: PLR2004 - "gas", "bus"
        return word[:-1]
    return word


def lowered(sentence: str) -> str:
    """Begin a sentence in lower case, so that it can follow a colon; names keep their capital."""
    first = sentence.split(maxsplit=1)[0].lower().rstrip(",") if sentence.strip() else ""
    plain = first in ASKING or first in FUNCTION or first in PREPOSITIONS or first in DETERMINERS or first in BY_BASE
    return sentence[:1].lower() + sentence[1:] if plain and first != "i" else sentence


def is_plural(noun_phrase: str) -> bool:
    """Tell whether a noun phrase takes `are`, by its last word before any `of`."""
    head = noun_phrase.split(" of ", maxsplit=1)[0].rsplit(maxsplit=1)[-1].lower()
    return lemma(head) != head and head not in BY_BASE


def participle_verb(word: str) -> Verb | None:
    """Find the verb that a participle belongs to; an unknown word in -ed is taken for a regular one."""
    word = word.lower()
    if word in BY_PARTICIPLE:
        return BY_PARTICIPLE[word]
    if len(word) > 4 and word.endswith("ed"):  # noqa: PLR2004 - "red", "seed" and "need" are none
        base = (
            word[:-1]
            if word[:-2].endswith(
                _words(
                    """
    at iz is v c g l
    """
                )
            )
            else word[:-2]
        )
        return Verb(base=base, third=_regular(base).third, past=word, participle=word)
    return None
