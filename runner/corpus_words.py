"""The words of the procedural corpus: common English words, and syllables that names nobody knows are made of."""

import random
from collections.abc import Callable


def _list(text: str) -> list[str]:
    return text.split(", ") if ", " in text else text.split()


ONSETS = _list("b br c ch cl cr d dr f fl g gl gr h j k l m n p pl pr qu r s sh sk sl st t th tr v w z")
VOWELS = _list("a e i o u ai ea ee oa ou")
CODAS = _list("l ll m n nd nt r rn rk rd s sh ss st t th ck mp ng x")
ENDINGS = _list("a o en er ow el in ey ick ock ard ant is us ern ett")

KINDS = _list(
    "Mill Bridge Lighthouse Guild Market Garden Library Ferry Tower Orchard Observatory Workshop Inn Canal Museum "
    "Railway Choir School Well Harbour Quay Station Abbey Forge Bakery Castle Farm Foundry Gate Hall House Lodge "
    "Meadow Pier Square Theatre Vineyard Wharf Festival Society Archive Brewery Kiln Reservoir Dock"
)
CREATURES = _list(
    "moth otter heron beetle fox goat crab owl lizard finch hare trout eel newt badger swift snail bat toad wren"
)
PLANTS = _list("fern moss reed lily thistle clover willow rose nettle ivy sedge heather poppy bramble juniper barley")
MATERIALS = _list(
    "granite limestone oak brick slate copper sandstone pine iron clay marble bronze glass cedar flint tin wool linen "
    "leather silver steel chalk basalt bamboo"
)
COLOURS = _list(
    "red blue green yellow white black grey orange purple brown amber scarlet violet golden silver crimson turquoise "
    "pink cream indigo"
)
DAYS = _list("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS = _list("January February March April May June July August September October November December")
FOODS = _list(
    "rye bread, barley soup, smoked trout, apple cake, goat cheese, plum jam, lentil stew, honey biscuits, pickled "
    "beets, onion pie, roasted chestnuts, pear cider, mushroom broth, oat porridge, salted herring, walnut tart, "
    "pepper sauce, mint tea, fig pudding, corn dumplings"
)
TOOLS = _list(
    "hammer lantern rope bell drum flute compass ladder basket needle chisel kettle whistle mirror wheel anchor brush "
    "hook lens spade horn harp fiddle ledger stamp pump valve key map flag"
)
ADJECTIVES = _list(
    "small large old new narrow wide round square heavy light bright dark quiet loud cold warm dry wet smooth rough "
    "long short deep shallow sharp soft thick thin double single hollow striped folded painted carved polished woven"
)
ACTIONS = _list(
    "drying fish, storing grain, mending nets, weighing cargo, teaching apprentices, counting birds, pressing apples, "
    "grinding flour, printing maps, tuning bells, guiding ships, measuring rain, dyeing cloth, repairing clocks, "
    "sorting letters, keeping bees, boiling salt, cutting stone, training pilots, signalling boats, baking bread, "
    "watching the stars, spinning wool, casting tools, filtering water"
)
RULES = _list(
    "wear soft shoes, carry a lamp, sign the ledger, leave their boots outside, speak in a whisper, ring the bell "
    "twice, bring a basket, show a ticket, keep to the left, close the gate, wash their hands, wait for the horn, pay "
    "at the desk, cover their heads, tie the rope, read the notice, walk in pairs, ask the keeper first"
)
PLACES = _list(
    "the north shore, the river bank, the old town, the south wall, the market square, a steep hill, the edge of the "
    "forest, a quiet valley, the east pier, the foot of the mountain, the island, the salt marsh, the upper lake, the "
    "harbour mouth, the main road, the west tower"
)
TROUBLES = _list(
    "a flood, a fire, a storm, a long drought, an early frost, a broken dam, a landslide, thick fog, a harsh winter, "
    "an earthquake, a plague of mice, high tides, rust, dry rot"
)
PARTS = _list(
    "arches rooms bells windows steps boats towers gates wheels barrels benches ovens lamps pillars ropes doors looms "
    "hives shelves cranes members pupils tunnels pumps rows"
)
UNITS = _list(
    "metres kilometres tonnes litres kilograms hours minutes days weeks coins centimetres grams degrees years paces"
)
JOBS = _list(
    "keeper captain baker miller gardener pilot teacher smith weaver printer cook clerk engineer carpenter painter "
    "mason doctor warden steward farmer"
)
NUMBER_WORDS = _list("two three four five six seven eight nine ten eleven twelve fifteen twenty thirty")

FILLER = _list(
    "the of and to in a is that it was for on are as with they be at one have this from by not but what all were when "
    "we there can an your which their if do will each how up about out them then she many some so these would other "
    "into has her two like him see time could no make than first been its who now people my made over did down only "
    "way find use may water little long after words called just where most know get through back much before go good "
    "new write our used me man too any day same right look think also around another came come work three word must "
    "because does part even place well such here take why things help put years different away again off went old "
    "number great tell men say every found still between name should home big give air line set own under read last "
    "never left end along while might next sound below saw something thought both few those always looked show large "
    "often together asked house world going want important until form food keep feet land side without boy once animal "
    "life enough took sometimes four head above kind began almost live page got earth need far hand high year mother "
    "light parts country father let night following picture being study second eyes soon times story since white days "
    "ever paper hard near sentence better best across during today others however sure means knew it's try told young "
    "miles sun ways thing whole hear example heard several change answer room sea against top turned learn point city "
    "play toward five using himself usually money seen car morning body upon family later turn move face door cut done "
    "group true half sentences red fish plants living black eat short united run book gave order open ground cold "
    "really table remember tree course front space inside ago sad early learned kept amount produced weather record "
    "rather depth width height length speed weight strength surface pressure repair damage cover edge layer signal "
    "measure colour taste smell shape grow harvest season winter summer spring autumn tide wind rain snow storm "
    "stone wood metal glass cloth thread paper ink salt sugar flour oil wax tax law vote council leader member "
    "visitor guest worker owner trade price cost coin gift prize letter message notice report list label title note "
    "rule reason cause effect result problem answer question context passage document statement summary describe "
    "explain mention according identify choose complete convert rewrite replace correct arrange combine compare "
    "extract based given provide ship crew deck mast sail cargo voyage berth mooring tram rail bus route stop "
    "ticket platform driver journey"
)

Pick = Callable[[random.Random], str]


def word(rng: random.Random) -> str:
    """Make a word of two or three syllables that no dictionary holds, in lower case."""
    middle = rng.choice(ONSETS) + rng.choice(VOWELS) if rng.random() < 0.25 else ""  # noqa: PLR2004 - a share
    return rng.choice(ONSETS) + rng.choice(VOWELS) + rng.choice(CODAS) + middle + rng.choice(ENDINGS)


def name(rng: random.Random) -> str:
    """Make an invented proper name of one word."""
    return word(rng).capitalize()


def person(rng: random.Random) -> str:
    """Make an invented person's name."""
    return f"{name(rng)} {name(rng)}"


def entity(rng: random.Random) -> str:
    """Make the name of an invented place, body, creature or plant, with the article that it needs."""
    form = rng.choices(("{a} {b}", "the {a} {c}", "the {d} {e}", "{a}"), (4, 3, 2, 1))[0]
    return form.format(
        a=name(rng), b=rng.choice(KINDS), c=rng.choice(KINDS).lower(), d=word(rng), e=rng.choice(CREATURES + PLANTS)
    )


def number(rng: random.Random) -> str:
    """Write a number the way prose does: as a word, or in digits."""
    if rng.random() < 0.4:  # noqa: PLR2004 - a share
        return rng.choice(NUMBER_WORDS)
    return str(rng.choice((rng.randint(2, 99), rng.randint(2, 99), rng.randint(100, 2400))))


def year(rng: random.Random) -> str:
    """Pick a year of the past."""
    return str(rng.randint(1480, 2019))


def clock(rng: random.Random) -> str:
    """Pick a time of day."""
    return rng.choice((
        f"{rng.randint(1, 12)} o'clock",
        f"{rng.randint(5, 23):02}:{rng.randrange(0, 60, 5):02}",
        "dawn",
        "dusk",
        "noon",
    ))


def quantity(rng: random.Random) -> str:
    """Make a measured amount."""
    return f"{number(rng)} {rng.choice(UNITS)}"


def thing(rng: random.Random) -> str:
    """Make a noun phrase with its article."""
    adjective = rng.choice(rng.choice((ADJECTIVES, COLOURS)))
    noun = rng.choice(rng.choice((TOOLS, TOOLS, CREATURES, PLANTS)))
    article = "an" if adjective[0] in "aeiou" else "a"
    return f"{article} {adjective} {noun}"


def one_of(options: list[str]) -> Pick:
    """Turn a word list into a maker of its members."""
    return lambda rng: rng.choice(options)
