"""The relations of the procedural corpus: how a fact about an invented entity is stated, and how it is asked for."""

from dataclasses import dataclass

from runner import corpus_words as words

FRAMES = (
    "What is the {noun} of {e}?",
    "Name the {noun} of {e}.",
    "Tell me the {noun} of {e}.",
    "{E}: what is its {noun}?",
    "State the {noun} of {e}.",
    "Give the {noun} of {e}.",
    "Can you say what the {noun} of {e} is?",
    "Which {noun} does {e} have?",
    "What {noun} is recorded for {e}?",
    "What do the records give as the {noun} of {e}?",
    "For {e}, what is the {noun}?",
    "As for {e}, which {noun} is named?",
)
"""Wordings that fit every relation through its noun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One kind of fact: its noun, its values, how sentences state it and how questions ask for it."""

    noun: str
    value: words.Pick
    says: tuple[str, ...]
    asks: tuple[str, ...]


def _relation(noun: str, value: words.Pick, says: str, asks: str) -> Relation:
    return Relation(
        noun=noun,
        value=value,
        says=tuple(part.strip() for part in says.split("|")),
        asks=tuple(part.strip() for part in asks.split("|")),
    )


RELATIONS = (
    _relation(
        "founding year",
        words.year,
        "{e} was founded in {v}. | {e} opened in {v}. | People built {e} in {v}. | In {v} {e} was finished.",
        "When was {e} founded? | In which year did {e} open? | What year was {e} built? | Since when has {e} existed? "
        "| How long ago, by its year, did {e} begin?",
    ),
    _relation(
        "founder",
        words.person,
        "{e} was founded by {v}. | {v} founded {e}. | {v} was the first to build {e}. | The founder of {e} was {v}.",
        "Who founded {e}? | By whom was {e} built? | Who was the founder of {e}? | Whose idea was {e}? "
        "| Which person set up {e}?",
    ),
    _relation(
        "keeper",
        words.person,
        "{v} looks after {e}. | {e} is kept by {v}. | The keeper of {e} is {v}. | {v} runs {e} today.",
        "Who keeps {e}? | Who looks after {e}? | Who is in charge of {e}? | Who runs {e} today? | By whom is {e} kept?",
    ),
    _relation(
        "designer",
        words.person,
        "{v} designed {e}. | {e} was drawn by {v}. | The plans of {e} came from {v}.",
        "Who designed {e}? | Who drew the plans of {e}? | From whom did the plans for {e} come?",
    ),
    _relation(
        "location",
        words.one_of(words.PLACES),
        "{e} stands at {v}. | {e} lies near {v}. | You find {e} by {v}. | At {v} stands {e}.",
        "Where is {e}? | Where does {e} stand? | Where can {e} be found? | In what place does {e} lie? "
        "| Near what does {e} stand?",
    ),
    _relation(
        "home town",
        words.name,
        "{e} belongs to {v}. | {e} is in {v}. | The town of {v} owns {e}. | {v} is home to {e}.",
        "Which town owns {e}? | In which town is {e}? | Where does {e} belong? | What town is home to {e}?",
    ),
    _relation(
        "material",
        words.one_of(words.MATERIALS),
        "{e} is made of {v}. | {v} was used to build {e}. | The walls of {e} are {v}. | Workers made {e} from {v}.",
        "What is {e} made of? | Of what material is {e}? | What was used to build {e}? | From what was {e} made? "
        "| Which material forms {e}?",
    ),
    _relation(
        "colour",
        words.one_of(words.COLOURS),
        "{e} is painted {v}. | {e} is {v}. | The colour of {e} is {v}. | {e} has been {v} for years.",
        "What colour is {e}? | Which colour does {e} have? | How is {e} painted? | In what colour does {e} appear?",
    ),
    _relation(
        "roof",
        words.one_of(words.MATERIALS),
        "The roof of {e} is {v}. | {e} has a roof of {v}. | A {v} roof covers {e}.",
        "What covers {e}? | What is the roof of {e} made of? | Of what is the roof over {e}?",
    ),
    _relation(
        "length",
        words.quantity,
        "{e} measures {v}. | {e} is {v} long. | The length of {e} is {v}. | From end to end {e} is {v}.",
        "How long is {e}? | What length does {e} have? | How much does {e} measure? | From end to end, how far is {e}?",
    ),
    _relation(
        "yearly yield",
        words.quantity,
        "{e} gives {v} a year. | Each year {e} yields {v}. | {e} produces {v} every year.",
        "How much does {e} give a year? | What does {e} yield each year? | How much is produced by {e} every year?",
    ),
    _relation(
        "number of parts",
        lambda rng: f"{words.number(rng)} {rng.choice(words.PARTS)}",
        "{e} has {v}. | There are {v} in {e}. | {e} was given {v}. | {v} belong to {e}.",
        "What does {e} have? | How many parts are there in {e}? | How many of them does {e} have? "
        "| What number of parts belong to {e}?",
    ),
    _relation(
        "opening day",
        words.one_of(words.DAYS),
        "{e} opens on {v}. | On {v} {e} is open. | {e} meets every {v}. | {v} is the day of {e}.",
        "On which day does {e} open? | When in the week is {e} open? | On what day does {e} meet? | Which day is kept "
        "for {e}?",
    ),
    _relation(
        "closing time",
        words.clock,
        "{e} closes at {v}. | The doors of {e} shut at {v}. | Work at {e} ends at {v}.",
        "When does {e} close? | At what time do the doors of {e} shut? | At what hour does work at {e} end?",
    ),
    _relation(
        "busiest month",
        words.one_of(words.MONTHS),
        "{e} is busiest in {v}. | In {v} {e} holds its feast. | {v} is the great month of {e}.",
        "In which month is {e} busiest? | When does {e} hold its feast? | Which month is the great one for {e}?",
    ),
    _relation(
        "emblem",
        words.thing,
        "The emblem of {e} is {v}. | {e} carries {v} on its flag. | {v} is the sign of {e}.",
        "What is the sign of {e}? | What does {e} carry on its flag? | Which emblem stands for {e}?",
    ),
    _relation(
        "signal",
        words.thing,
        "{e} shows {v} as a warning. | When there is danger, {e} puts up {v}. | The signal of {e} is {v}.",
        "What does {e} show as a warning? | What is put up at {e} when there is danger? | How does {e} warn people?",
    ),
    _relation(
        "dish",
        words.one_of(words.FOODS),
        "{e} is known for {v}. | At {e} guests are served {v}. | {e} sells {v}. | People come to {e} for {v}.",
        "What is {e} known for? | What are guests served at {e}? | What does {e} sell? | For what do people come to "
        "{e}? | Which food belongs to {e}?",
    ),
    _relation(
        "plant",
        words.one_of(words.PLANTS),
        "{v} grows at {e}. | Around {e} grows {v}. | The plant of {e} is {v}.",
        "What grows at {e}? | Which plant grows around {e}? | What plant belongs to {e}?",
    ),
    _relation(
        "animal",
        words.one_of(words.CREATURES),
        "The {v} lives at {e}. | {e} keeps a {v}. | {e} shelters the {v}.",
        "Which animal lives at {e}? | What animal does {e} keep? | Which creature is sheltered by {e}?",
    ),
    _relation(
        "tool",
        words.one_of(words.TOOLS),
        "Workers at {e} use a {v}. | The main tool of {e} is the {v}. | {e} cannot work without its {v}.",
        "Which tool do workers at {e} use? | Without what can {e} not work? | What is the main tool of {e}?",
    ),
    _relation(
        "purpose",
        words.one_of(words.ACTIONS),
        "{e} is used for {v}. | People use {e} for {v}. | The purpose of {e} is {v}. | {e} serves for {v}.",
        "What is {e} used for? | Why do people use {e}? | What purpose does {e} serve? | What happens at {e}? "
        "| For what was {e} made?",
    ),
    _relation(
        "rule",
        words.one_of(words.RULES),
        "Visitors of {e} must {v}. | At {e} everyone has to {v}. | The rule of {e} is to {v}.",
        "What must visitors of {e} do? | What does everyone have to do at {e}? | Which rule holds at {e}? "
        "| What are guests of {e} asked to do?",
    ),
    _relation(
        "misfortune",
        words.one_of(words.TROUBLES),
        "{e} was damaged by {v}. | {v} damaged {e}. | {e} had to close because of {v}. | {e} was lost to {v}.",
        "What damaged {e}? | Why did {e} have to close? | By what was {e} damaged? | What harmed {e}?",
    ),
    _relation(
        "price",
        lambda rng: f"{words.number(rng)} coins",
        "{e} costs {v}. | Entry to {e} costs {v}. | The price of {e} is {v}. | One pays {v} for {e}.",
        "How much does {e} cost? | What does one pay for {e}? | What is charged for {e}? | How dear is {e}?",
    ),
    _relation(
        "old name",
        words.name,
        "{e} was once called {v}. | The old name of {e} was {v}. | Before, {e} had the name {v}.",
        "What was {e} once called? | Under what name was {e} known before? | Which name did {e} have in the past?",
    ),
    _relation(
        "neighbour",
        words.entity,
        "{e} is next to {v}. | Beside {e} one finds {v}. | The neighbour of {e} is {v}.",
        "What is next to {e}? | What stands beside {e}? | What does one find next to {e}?",
    ),
    _relation(
        "supplier",
        words.entity,
        "{e} gets its goods from {v}. | {v} supplies {e}. | Goods come to {e} from {v}.",
        "Who supplies {e}? | From where does {e} get its goods? | What does {e} depend on for goods?",
    ),
    _relation(
        "first head",
        words.person,
        "{v} was the first to lead {e}. | {e} was first led by {v}. | The first head of {e} was {v}.",
        "Who led {e} first? | By whom was {e} led at first? | Who was the first to lead {e}?",
    ),
    _relation(
        "worker",
        lambda rng: f"a {rng.choice(words.JOBS)}",
        "{v} works at {e}. | {e} employs {v}. | {e} is the place of {v}.",
        "Who works at {e}? | Whom does {e} employ? | What kind of worker does {e} have?",
    ),
)
