"""What the taxonomy asks contributors to leave out, and the phrases and folder names that betray it."""

import codecs
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Avoided:
    """A topic, or a kind of skill, that leaves should not be about."""

    slug: str
    guideline: str
    """What the taxonomy's guidelines ask, in a sentence of ours."""
    phrases: tuple[str, ...]
    folders: frozenset[str] = frozenset()
    """Words of a folder's name that say it as well."""
    skills_only: bool = False
    """Whether knowledge about it is welcome."""


def _avoided(slug: str, guideline: str, phrases: str, *, folders: str = "", skills_only: bool = False) -> Avoided:
    """Declare one; phrases are written with a bar between them, folders with a space."""
    parts = tuple(phrases.split("|"))
    return Avoided(
        slug=slug, guideline=guideline, phrases=parts, folders=frozenset(folders.split()), skills_only=skills_only
    )


AVOIDED = (
    _avoided(
        "violence",
        "Leaves should not be about violence.",
        "how to kill|kill someone|kill somebody|kill people|kill him|kill her|murder someone|how to murder"
        "|make a bomb|build a bomb|pipe bomb|homemade explosive|homemade explosives|mass shooting|school shooting"
        "|torture someone|stab someone|shoot someone|beat someone up|how to poison|hurt someone badly"
        "|plan an attack|commit murder",
    ),
    _avoided(
        "self-harm",
        "Leaves should not be about self-harm.",
        "kill myself|kill yourself|commit suicide|committing suicide|suicidal|suicide method|suicide methods"
        "|self-harm|self-harming|cut myself|cutting myself|hurt myself|end my life|take my own life|want to die"
        "|starve myself",
    ),
    _avoided(
        "cyberbullying",
        "Leaves should not be about bullying, online or elsewhere.",
        "cyberbully|cyberbullies|cyberbullying|cyber bullying|doxing|doxxing|online harassment|harass someone"
        "|bully someone|bully him|bully her|humiliate someone|spread rumors about|spread rumours about",
    ),
    _avoided(
        "confidential",
        "Leaves should hold nothing confidential.",
        "strictly confidential|company confidential|proprietary and confidential|confidential and proprietary"
        "|internal use only|internal use|for internal distribution|do not distribute|not for distribution"
        "|not for public release|under nda|ibm confidential|red hat confidential|top secret"
        "|classified information",
    ),
    _avoided(
        "discrimination",
        "Leaves should discriminate against nobody.",
        "inferior race|superior race|master race|white supremacy|white supremacist|racial purity"
        "|racially inferior|white power|go back to your country|ethnic cleansing|no blacks|no jews|no muslims"
        "|hate immigrants|immigrants are criminals|too old to work|disabled people cannot",
    ),
    _avoided(
        "religion",
        "Leaves should not argue for or against a faith.",
        "accept jesus|accept christ|jesus saves|jesus is the only|jesus is lord|one true god|only true god"
        "|only true religion|true religion|convert to islam|convert to christianity|convert to judaism"
        "|convert to hinduism|become a christian|become a muslim|burn in hell|go to hell|spread the gospel"
        "|preach the gospel|infidels|praise the lord|god will punish|religion is false|god does not exist",
    ),
    _avoided(
        "medical-advice",
        "Leaves should give no medical advice to a single person.",
        "diagnose me|do i have cancer|my symptoms|should i see a doctor|what medication should i"
        "|which medication should i|what medicine should i|which medicine should i|my diagnosis"
        "|my doctor prescribed|safe for me to take|stop taking my|my medication|dose should i take"
        "|dosage should i take|prescribe me|treat my|cure my|should i take ibuprofen|should i take aspirin"
        "|should i take antibiotics|i have been diagnosed with",
    ),
    _avoided(
        "financial-advice",
        "Leaves should give no financial advice to a single person.",
        "should i invest|how should i invest|where should i invest|which stock should i|which stocks should i"
        "|what stocks should i|should i buy stocks|invest my savings|invest my money|my portfolio"
        "|my retirement savings|my 401k|my savings account|guaranteed returns|should i refinance|my credit score"
        "|get rich quick|my tax return|should i sell my shares|pay off my debt|pay off my mortgage",
    ),
    _avoided(
        "legal-settlements",
        "Leaves should not be about how lawsuits are settled.",
        "settlement amount|settle my case|settle my lawsuit|settle the lawsuit|settle the case|legal settlement"
        "|legal settlements|out of court|settlement offer|divorce settlement|can i sue|should i sue"
        "|sue my employer|sue my landlord|sue my doctor|class action settlement|negotiate a settlement",
    ),
    _avoided(
        "gender-bias",
        "Leaves should favour neither women nor men.",
        "women are bad at|women can't|women cannot drive|women should stay|women belong in|men are better"
        "|women are worse|girls can't|girls are bad at|boys are better|a woman's place|woman's job|man's job"
        "|women drivers|women are too emotional|women are inferior|men are superior|man up|throws like a girl"
        "|fights like a girl",
    ),
    _avoided(
        "pornography",
        "Leaves should hold nothing sexual.",
        "porn|porno|pornography|pornographic|erotica|erotic|nsfw|sex scene|sexually explicit|explicit sex"
        "|nude photos|nudes|blowjob|hentai|onlyfans|masturbate|masturbation|orgasm|sex toy|sex toys|sexting",
        folders="porn erotica nsfw",
    ),
    _avoided(
        "social-scoring",
        "Leaves should not rate people by how they live.",
        "social credit score|social credit system|social scoring|social score|citizen score|trustworthiness score",
    ),
    _avoided(
        "campaigning",
        "Leaves should not campaign for or against a party or a candidate.",
        "vote for me|please vote for|why you should vote|campaign speech|campaign slogan|stump speech"
        "|political campaign|election campaign|vote republican|vote democrat|vote democratic|vote labour"
        "|vote conservative|vote for trump|vote for biden|vote for harris|make america great again|re-elect"
        "|political rally|worst president|best president|support our candidate",
    ),
    _avoided(
        "jokes",
        "Skills of telling jokes are not taken at present.",
        "tell me a joke|tell a joke|tell jokes|tell us a joke|another joke|dad joke|dad jokes|knock knock"
        "|knock-knock joke|a funny joke|telling of funny|joke about|jokes about|write a joke|make a joke"
        "|make me laugh|tell me a pun|write a pun|make a pun|puns about|pun about",
        folders="joke jokes pun puns humor humour",
        skills_only=True,
    ),
    _avoided(
        "poems",
        "Skills of writing poems are not taken at present.",
        "write a poem|write me a poem|compose a poem|create a poem|poem about|poems about|write a haiku"
        "|haiku about|compose a haiku|write haikus|write a limerick|limerick about|write limericks|write a sonnet"
        "|sonnet about|acrostic poem|write a rhyming",
        folders="poem poems poetry haiku haikus limerick limericks sonnet sonnets acrostic",
        skills_only=True,
    ),
    _avoided(
        "code",
        "Skills of writing programs are not taken at present; there are models for that.",
        "write a python|write python|write a function|write a program|write a script|write code|write some code"
        "|write a bash|write a shell script|write a java|write a javascript|write a sql query|write an sql query"
        "|write a class|python function|python program|python script|python code|java program|java code|c program"
        "|bash script|code snippet|code snippets|generate code",
        folders="coding programming python java javascript",
        skills_only=True,
    ),
    _avoided(
        "math",
        "Skills of doing sums or mathematics are not taken: a model of this size cannot calculate reliably.",
        "solve the equation|solve this equation|solve for x|quadratic equation|square root of|derivative of"
        "|integral of|prime factorization|long division|multiplication table|fibonacci|solve the math"
        "|math problem|math problems|mathematical proof|prove that the sum|order of operations",
        folders="math maths mathematics mathematical arithmetic algebra calculus",
        skills_only=True,
    ),
    _avoided(
        "turing-complete",
        "Skills that need a program to be run step by step are not taken.",
        "turing complete|turing machine|halting problem|lambda calculus|brainfuck|game of life"
        "|write an interpreter|write a compiler|solve the sudoku|solve this sudoku|sudoku puzzle",
        folders="sudoku turing",
        skills_only=True,
    ),
    _avoided(
        "red-teaming",
        "Skills of attacking a model, or of withstanding such attacks, are not taken.",
        "jailbreak|jailbreaking|red teaming|red-teaming|ignore previous instructions"
        "|ignore all previous instructions|ignore your previous instructions|ignore your instructions"
        "|disregard previous instructions|disregard all previous|prompt injection|do anything now|bypass your"
        "|without any restrictions|reveal your system prompt|adversarial prompt|adversarial prompts",
        folders="jailbreak redteam",
        skills_only=True,
    ),
    _avoided(
        "guard-rails",
        "Skills of refusing what is harmful are not taken: guard rails are added by other means.",
        "guardrail|guardrails|guard rails|i cannot help with that|i can't help with that"
        "|i cannot assist with that|i can't assist with that|i'm unable to assist|i am unable to assist"
        "|i cannot fulfill that request|i can't fulfill that request|i cannot provide instructions"
        "|safe and ethical|content moderation|harmful content|harmful request|harmful requests"
        "|illegal or unethical|illegal and unethical",
        folders="guardrail guardrails safety",
        skills_only=True,
    ),
)

MACHINE_PHRASES = (
    "as an ai language model", "as an ai model", "as an ai assistant", "as an ai", "as a large language model",
    "as a language model", "i'm an ai", "i am an ai", "i'm just an ai", "i am a large language model",
    "i'm a large language model", "i don't have personal opinions", "i do not have personal opinions",
    "i don't have personal experiences", "i do not have personal experiences", "i don't have feelings",
    "my knowledge cutoff", "knowledge cutoff date", "my training data", "my last training", "as of my last update",
    "as of my last knowledge update", "i cannot browse the internet", "i can't browse the internet",
    "i don't have access to real-time", "i do not have access to real-time", "i'm sorry but i can't",
    "i'm sorry but i cannot", "i apologize for the confusion", "i apologize for any confusion",
    "i hope this helps", "certainly here is", "certainly here's", "certainly here are", "sure here is", "sure here's",
    "sure here are", "absolutely here is", "of course here is", "of course here's", "here is a revised version",
    "here's a revised version", "regenerate response", "let me know if you have any other questions",
    "let me know if you need any further", "let me know if you'd like me to", "feel free to ask if you have",
    "is there anything else you would like me", "great question",
)  # fmt: skip
"""What models say of themselves and to whom they answer, and people leave in when they paste it."""

# In ROT13: nobody has to read them who only reads the program.
PROFANITY = tuple(
    word.replace("_", " ")
    for word in codecs.decode(
        "shpx shpxf shpxre shpxref shpxvat shpxrq shpxhc zbgureshpxre zbgureshpxref zbgureshpxvat fuvg fuvgf "
        "fuvggl ohyyfuvg ubefrfuvg fuvgurnq nffubyr nffubyrf nefrubyr ovgpu ovgpurf ovgpul phag phagf qvpxurnq "
        "qvpxurnqf jnaxre jnaxref gjng pbpxfhpxre pbpxfhpxref qbhpuront fyhg fyhgf juber juberf cvff_bss tbqqnza "
        "fpurvffr nefpuybpu chgnva pbaaneq wbqre zvreqn pnoeba pnmmb fgebamb pnenyub",
        "rot13",
    ).split()
)
HATE = tuple(
    codecs.decode(
        "avttre,avttref,avttn,snttbg,snttbgf,xvxr,xvxrf,fcvp,fcvpf,jrgonpx,jrgonpxf,tbbxf,enturnq,enturnqf,"
        "gbjryurnq,genaavr,genaal,dhrref fubhyq,ergneq,ergneqf,fhouhzna,fhouhznaf,hagrezrafpu,"
        "v ungr lbh,lbh ner na vqvbg,lbh'er na vqvbg,lbh ner fghcvq,lbh'er fghcvq,lbh fghcvq,lbh ner jbeguyrff,"
        "lbh'er jbeguyrff,abobql yvxrf lbh,tb qvr,shpx lbh,fuhg hc lbh,lbh ner cngurgvp,lbh'er cngurgvp,cvrpr bs genfu,"
        "qrngu gb nyy,qvegl wrj,qvegl wrjf,nyy zhfyvzf ner,nyy wrjf ner,nyy oynpxf ner,nyy jbzra ner,"
        "jbzra ner fghcvq,v ungr jbzra,v ungr wrjf,v ungr zhfyvzf,v ungr oynpxf,v ungr tnlf",
        "rot13",
    ).split(",")
)
