"""Texts that hold what nobody should contribute, put together as the tests run, so that no scanner of a host trips."""

import random
import string
from dataclasses import dataclass

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
SLUG = ALNUM + "_-"
BASE64 = ALNUM + "+/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A value, the sentence it stands in, and the rule that should find it."""

    name: str
    rule: str
    value: str
    sentence: str

    @property
    def text(self) -> str:
        return self.sentence.replace("{}", self.value)


def drawn(length: int, alphabet: str = ALNUM) -> str:
    """Draw letters and digits, the same ones in every run; at least one of each class where the alphabet has it."""
    dice = random.Random(f"{length} {alphabet}")  # noqa: S311 - no secret is made
    head = "".join(one for one in ("a7", "Q") if one[0] in alphabet)[:length]
    return head + "".join(dice.choice(alphabet) for _ in range(length - len(head)))


def iban(country: str, account: str) -> str:
    """Give an account the check digits of ISO 13616."""
    number = "".join(str(int(each, 36)) for each in f"{account}{country}00")
    return f"{country}{98 - int(number) % 97:02d}{account}"


def grouped(text: str, size: int = 4) -> str:
    return " ".join(text[start : start + size] for start in range(0, len(text), size))


def _planted(rule: str, rows: dict[str, str], sentence: str = "Here it is: {}.") -> tuple[Planted, ...]:
    return tuple(Planted(name=name, rule=rule, value=value, sentence=sentence) for name, value in rows.items())


EMAILS = _planted(
    "email",
    {
        "free mail": "harriet.quillfeather@gmail.com",
        "company": "h.quillfeather@orchardworks.io",
        "subdomain": "hq@mail.orchardworks.co.uk",
        "plus": "harriet+forms@orchardworks.de",
        "letters with marks": "jörg.müller@obstgärten.de",
        "capitals": "Harriet.Q@OrchardWorks.COM",
        "to be read by people alone": "harriet [at] orchardworks [dot] io",
        "an office's name at free mail": "info.harriet@outlook.com",
    },
)

PHONES = (
    *_planted(
        "phone",
        {
            "Germany": "+49 (0)30 901820",
            "Germany, slashed": "+49 30/901820-44",
            "United Kingdom": "+44 20 7946 0958",
            "United Kingdom, mobile": "+44 7911 123456",
            "France": "+33 1 42 68 53 00",
            "Spain": "+34 612 345 678",
            "Italy": "+39 06 6982 1234",
            "India": "+91 98765 43210",
            "China": "+86 138 0013 8000",
            "Japan": "+81-3-1234-5678",
            "Brazil": "+55 (11) 91234-5678",
            "Australia": "+61 412 345 678",
            "Nigeria": "+2348031234567",
            "United Arab Emirates": "+971 50 123 4567",
            "Sweden": "+46 8 123 456 78",
            "Russia": "+7 495 123-45-67",
            "North America, international": "+1 212 736 5000",
            "North America, in brackets": "(212) 736-5000",
            "North America, dashed": "212-736-5000",
            "North America, dotted": "212.736.5000",
            "North America, with its 1": "1-212-736-5000",
            "North America, at a stretch": "+12127365000",
            "North America, made up": "555-123-4567",
        },
    ),
    *_planted(
        "phone",
        {
            "German, national": "030 901820",
            "British, national": "020 7946 0958",
            "French, national": "01 42 68 53 00",
            "Indian, national": "98765 43210",
            "North American, spaced": "212 736 5000",
            "with two zeros": "0049 30 901820",
        },
        "Phone: {}.",
    ),
    *_planted("phone", {"Spanish, national": "612 345 678"}, "Mi teléfono es {} desde ayer."),
    *_planted("phone", {"Japanese, national": "03-1234-5678"}, "電話 {}"),
)

CARDS = (
    *_planted(
        "payment-card",
        {
            "Visa, spaced": "4111 1111 1111 1111",
            "Visa, dashed": "4012-8888-8888-1881",
            "Visa, at a stretch": "4242424242424242",
            "Visa, with no-break spaces": "4111\u00a01111\u00a01111\u00a01111",
            "Mastercard": "5555 5555 5555 4444",
            "Mastercard of the 2 series": "2223 0031 2200 3222",
            "American Express": "3782 822463 10005",
            "American Express, at a stretch": "371449635398431",
            "Discover": "6011 1111 1111 1117",
            "Diners Club": "3056 930902 5904",
            "JCB": "3530 1113 3330 0000",
            "UnionPay": "6200 0000 0000 0005",
            "Maestro": "6759 6498 2643 8453",
        },
    ),
    *_planted("payment-card", {"Visa of old": "4222222222222"}, "The number of her card is {}."),
)

ACCOUNTS = {
    "AT": "1904300234573201",
    "BE": "539007547034",
    "BR": "00360305000010009795493C1",
    "CH": "00762011623852957",
    "DE": "370400440532013000",
    "DK": "00400440116243",
    "ES": "21000418450200051332",
    "FI": "12345600000785",
    "FR": "20041010050500013M02606",
    "GB": "NWBK60161331926819",
    "GR": "01101250000000012300695",
    "IE": "AIBK93115212345678",
    "IT": "X0542811101000000123456",
    "LU": "0019400644750000",
    "MT": "MALT011000012345MTLCAST001S",
    "NL": "ABNA0417164300",
    "NO": "86011117947",
    "PL": "109010140000071219812874",
    "PT": "000201231234567890154",
    "SA": "80000000608010167519",
    "SE": "50000000058398257466",
    "TR": "0006100519786457841326",
}
"""Bank and account by country, in the form that the SWIFT registry gives for it."""
IBANS = (
    *_planted("iban", {f"{country}, spaced": grouped(iban(country, each)) for country, each in ACCOUNTS.items()}),
    *_planted("iban", {f"{country}, at a stretch": iban(country, each) for country, each in ACCOUNTS.items()}),
    *_planted("iban", {"in small letters": iban("DE", ACCOUNTS["DE"]).lower()}),
    *_planted("iban", {"dashed": grouped(iban("NL", ACCOUNTS["NL"])).replace(" ", "-")}),
)

NATIONAL_IDS = tuple(
    Planted(name=name, rule="national-id", value=value, sentence=sentence)
    for name, value, sentence in (
        # Numbers that authorities and handbooks print as examples; their check digits are right.
        ("US social security number", "536-90-4399", "Her SSN is {}."),
        ("US social security number, spaced", "536 90 4399", "Social Security Number: {}"),
        ("US taxpayer number", "900-70-1234", "The ITIN is {}."),
        ("UK national insurance number", "AB 12 34 56 C", "National Insurance number: {}"),
        ("UK national insurance number, at a stretch", "JG103759A", "My NI number is {}."),
        ("UK national insurance number, its handbook's", "QQ 12 34 56 C", "National Insurance: {}"),
        ("NHS number", "943 476 5919", "Her NHS number is {}."),
        ("French NIR", "2 95 10 99 126 111 93", "Son numéro de sécurité sociale est {}."),
        ("French NIR of Corsica", "1 85 05 2A 345 678 " + f"{97 - int('1850519345678') % 97:02d}", "NIR : {}"),
        ("German tax id", "36 574 261 809", "Steuer-ID: {}"),
        ("German insurance number", "15 070649 C 103", "Rentenversicherungsnummer {}"),
        ("Spanish DNI", "54362315K", "Mi DNI es {}."),
        ("Spanish NIE", "X-2482300-W", "NIE: {}"),
        ("Italian codice fiscale", "RSSMRA85T10A562S", "Il codice fiscale è {}."),
        ("Indian Aadhaar", "2341 2341 2346", "His Aadhaar number is {}."),
        ("Indian PAN", "ABCPE1234F", "PAN: {}"),
        ("Brazilian CPF", "390.533.447-05", "O CPF dela é {}."),
        ("Canadian SIN", "130 692 544", "Her social insurance number is {}."),
        ("Australian TFN", "123 456 782", "TFN: {}"),
        ("Dutch BSN", "1112.22.333", "BSN {}"),
        ("Belgian national number", "85.07.30-033 28", "Rijksregisternummer: {}"),
        ("Polish PESEL", "44051401359", "PESEL {}"),
        ("Swedish personnummer", "880320-0016", "Personnummer: {}"),
        ("Norwegian fødselsnummer", "151086 95088", "Fødselsnummer: {}"),
        ("Danish CPR", "211062-5629", "CPR: {}"),
        ("Finnish HETU", "131052-308T", "Henkilötunnus on {}."),
        ("Portuguese NIF", "123 456 789", "O NIF é {}."),
        ("Swiss AHV", "756.9217.0769.85", "AHV-Nr. {}"),
        ("Chinese resident id", "11010519491231002X", "身份证号码 {}"),
        ("Japanese My Number", "1234 5678 9018", "マイナンバー {}"),
        ("South Korean registration", "920717-1234567", "주민등록번호 {}"),
        ("Mexican CURP", "BOXW310820HNERXN09", "CURP: {}"),
        ("Turkish identity number", "17291716060", "TC kimlik no: {}"),
        ("Singaporean NRIC", "S1234567D", "NRIC: {}"),
        ("South African id", "7503305044089", "South African ID {}"),
        ("German passport", "C01X00T47", "Reisepass Nr. {}"),
        ("US passport", "K12345678", "His passport number is {}."),
        ("German identity card", "L01X00T471", "Personalausweis {}"),
        ("driving licence", "D1234567", "Her driver's license is {}."),
    )
)

ADDRESSES = tuple(
    Planted(name=name, rule="private-address", value=value, sentence=sentence)
    for name, value, sentence in (
        ("United States", "742 Orchard Terrace, Springfield, IL 62704", "My address is {}."),
        ("United States, over two lines", "42 Maple Street\n      Dayton, OH 45402", "Send it to Jane Roe, {}."),
        ("United States, below a name", "42 Maple St., Dayton, OH 45402", "Jane Roe, {}"),
        ("United Kingdom", "10 Gable Road, London SW1A 2AA", "She lives at {}."),
        ("Canada", "15 King St, Toronto, ON M5H 1A1", "Deliver it to {}."),
        ("Australia", "21 High Road, Sydney NSW 2000", "Ship it to {}."),
        ("Germany", "Ahornstraße 12, 12345 Berlin", "Er wohnt in der {}."),
        ("Switzerland", "Rosenweg 5, 8001 Zürich", "Anschrift: {}"),
        ("Netherlands", "Kerkstraat 5, 1017 GA Amsterdam", "Her home address is {}."),
        ("France", "12 bis, rue de la Paix, 75002 Paris", "J'habite au {}."),
        ("Spain", "Calle Mayor 12, 28013 Madrid", "Mi domicilio: {}"),
        ("Italy", "Via Roma, 8, 00184 Roma", "Il mio indirizzo è {}."),
        ("Brazil", "Rua Augusta, 1500, São Paulo, 01304-001", "Meu endereço: {}"),
        ("Poland", "ul. Polna 3, 00-625 Warszawa", "He lives at {}."),
    )
)

PERSONAL = (*EMAILS, *PHONES, *CARDS, *IBANS, *NATIONAL_IDS, *ADDRESSES)


def _key(kind: str) -> str:
    body = "\n      ".join(drawn(64, BASE64) for _ in range(4))
    return f"-----BEGIN {kind}-----\n      {body}\n      -----END {kind}-----"


PRIVATE_KEYS = _planted(
    "private-key",
    {
        kind: _key(f"{kind} KEY".replace("BLOCK KEY", "KEY BLOCK"))
        for kind in (
            "PRIVATE",
            "RSA PRIVATE",
            "EC PRIVATE",
            "OPENSSH PRIVATE",
            "ENCRYPTED PRIVATE",
            "PGP PRIVATE BLOCK",
        )
    }
    | {"cut short": "-----BEGIN RSA PRIVATE " + "KEY-----\n      MIIE\n      -----END RSA PRIVATE " + "KEY-----"}
    | {"in one line of JSON": "-----BEGIN PRIVATE " + "KEY-----\\n" + drawn(64, BASE64) + "\\n"}
    | {"PuTTY": "PuTTY-User-Key-" + "File-3: ssh-ed25519\n      Private-Lines: 1\n      " + drawn(64, BASE64)},
)

UPPER = string.ascii_uppercase + string.digits
VENDOR_TOKENS = _planted(
    "vendor-token",
    {
        "GitHub, classic": "gh" + "p_" + drawn(36),
        "GitHub, OAuth": "gh" + "o_" + drawn(36),
        "GitHub, installation": "gh" + "s_" + drawn(36),
        "GitHub, fine-grained": "github" + "_pat_" + drawn(22) + "_" + drawn(59),
        "GitLab": "gl" + "pat-" + drawn(20, SLUG),
        "AWS key": "AK" + "IA" + drawn(16, UPPER),
        "AWS key, temporary": "AS" + "IA" + drawn(16, UPPER),
        "Google": "AI" + "za" + drawn(35, SLUG),
        "Google OAuth": "GOC" + "SPX-" + drawn(28, SLUG),
        "Slack bot": "xo" + "xb-" + drawn(12, string.digits) + "-" + drawn(24),
        "Slack webhook": "https://hooks.slack" + f".com/services/T{drawn(8, UPPER)}/B{drawn(8, UPPER)}/{drawn(24)}",
        "Stripe": "sk_" + "live_" + drawn(24),
        "Stripe, restricted": "rk_" + "live_" + drawn(24),
        "OpenAI": "sk-" + drawn(48),
        "OpenAI, project": "sk-" + "proj-" + drawn(60, SLUG),
        "Anthropic": "sk-" + "ant-api03-" + drawn(80, SLUG),
        "Hugging Face": "h" + "f_" + drawn(34, string.ascii_letters),
        "Groq": "gs" + "k_" + drawn(52),
        "npm": "np" + "m_" + drawn(36),
        "PyPI": "py" + "pi-AgE" + drawn(100, SLUG),
        "RubyGems": "ruby" + "gems_" + drawn(48, HEX),
        "Docker": "dck" + "r_pat_" + drawn(27, SLUG),
        "SendGrid": "S" + "G." + drawn(22, SLUG) + "." + drawn(43, SLUG),
        "Twilio": "S" + "K" + drawn(32, HEX),
        "Mailgun": "ke" + "y-" + drawn(32, HEX),
        "Mailchimp": drawn(32, HEX) + "-us" + "12",
        "Telegram": drawn(10, "123456789") + ":A" + "A" + drawn(33, SLUG),
        "Discord": "MT" + drawn(24) + "." + drawn(6) + "." + drawn(38),
        "Azure storage": "Account" + "Key=" + drawn(86, BASE64) + "==",
        "Azure client": drawn(3) + "8Q" + "~" + drawn(34),
        "DigitalOcean": "do" + "p_v1_" + drawn(64, HEX),
        "Databricks": "da" + "pi" + drawn(32, HEX),
        "Shopify": "shp" + "at_" + drawn(32, HEX),
        "Square": "sq0" + "atp-" + drawn(22, SLUG),
        "Atlassian": "ATA" + "TT3" + drawn(180, SLUG) + "=" + drawn(8, "0123456789ABCDEF"),
        "Notion": "nt" + "n_" + drawn(46),
        "Grafana": "gls" + "a_" + drawn(32) + "_" + drawn(8, HEX),
        "HashiCorp Vault": "hv" + "s." + drawn(90, SLUG),
        "Heroku": "HR" + "KU-" + drawn(58, SLUG),
        "Pulumi": "pu" + "l-" + drawn(40, HEX),
        "New Relic": "NR" + "AK-" + drawn(27, UPPER),
        "Postman": "PM" + "AK-" + drawn(24, HEX) + "-" + drawn(34, HEX),
        "age": "AGE-SECRET" + "-KEY-1" + drawn(58, UPPER),
        "JWT": "ey" + "J" + drawn(33, SLUG) + ".ey" + "J" + drawn(60, SLUG) + "." + drawn(43, SLUG),
    },
    "It is {} and works.",
)
AWS_SECRETS = _planted("vendor-token", {"AWS secret": drawn(40, BASE64)}, "aws_secret_access_key = {}")
URL_PASSWORDS = _planted(
    "url-password",
    {"of a database": drawn(12), "with symbols": "s3cr3t%21&co", "a short one": "hunter" + "2"},
    "Connect to postgres://kettle:{}@db.orchardworks.io:5432/songs then.",
)
SECRETS = (*PRIVATE_KEYS, *VENDOR_TOKENS, *AWS_SECRETS, *URL_PASSWORDS)

MAYBE_SECRETS = (
    *_planted("maybe-secret", {"a token": drawn(40)}, "The token to send is {} until May."),
    *_planted("maybe-secret", {"a hexadecimal key": drawn(40, HEX)}, "Set the API key to {} first."),
    *_planted("maybe-secret", {"a key in small letters": "abcd1234efgh" + "5678ijkl9012"}, 'api_key = "{}"'),
    *_planted("maybe-secret", {"a password": "Tr0ub4dor" + "&3"}, "password: {}"),
)
