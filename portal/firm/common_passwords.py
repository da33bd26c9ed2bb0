"""Passwords of fifteen characters and more that whoever guesses passwords tries first.

Kept as what such passwords are made of instead of as a long file: a few well-known wholes, walks
over the keyboard, one piece said several times over, and the words around the account itself.
Texts are compared folded: without capitals, accents, spaces and signs, and with Cyrillic and Greek
letters as the Latin ones that they look like.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from portal.core.words import folded

# Wholes that stand in published lists of leaked passwords, or in every article about passwords.
WHOLES = """
correcthorsebatterystaple thisisapassword thisismypassword mysecretpassword mysuperpassword
iloveyouforever iloveyousomuch iloveyouverymuch ihatepasswords ihatemypassword
passwordpassword password123456789 passw0rdpassw0rd changemechangeme changethispassword
pleaseletmeinnow pleasechangeme letmeinletmein letmeinplease nothingtoseehere
opensesameopensesame trustno1trustno1 thequickbrownfox thequickbrownfoxjumps
supercalifragilistic supercalifragilisticexpialidocious maytheforcebewithyou
tobeornottobe tobeornottobethatisthequestion onceuponatimethere loremipsumdolorsit
loremipsumdolorsitamet abcdefghijklmnop abcdefghijklmnopqrstuvwxyz administrator1
administrator123 administratoradministrator defaultpassword temporarypassword
temporarypassword1 testpassword123 testtesttesttest welcomewelcome1 welcometothejungle
wearethechampions neverunderestimate neverforgetthis nevergonnagiveyouup rememberme12345
bohemianrhapsody businesspassword companypassword1 attorneyatlaw attorneyatlaw123
attorneyclientprivilege lawofficepassword lawyerlawyerlawyer justiceforall12
beyondareasonabledoubt habeascorpus1234 innocentuntilproven 1q2w3e4r5t6y7u8i
1qaz2wsx3edc4rfv zaq12wsxcde34rfv qazwsxedcrfvtgb qweasdzxcrtyfgh monkeymonkeymonkey
footballfootball baseballbaseball sunshinesunshine princessprincess dragondragondragon
starwarsstarwars harrypotterharry liverpoolfootballclub manchesterunited chelseafootball
ilovemyfamily123 ilovemymother123 jesuschristislord jesuslovesme1234 godisgoodallthetime
inthebeginning12 harlemglobetrotters happybirthdaytoyou merrychristmas123
""".split()  # noqa: SIM905 (a list of eighty lines would say no more)

# Rows and columns of keyboards (US, then the number pad), the alphabet and the numbers.
RUNS = (
    "1234567890",
    "0123456789",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "147258369",
    "789456123",
    "abcdefghijklmnopqrstuvwxyz",
    # With shift and without: signs count in passwords of signs alone.
    '~!@#$%^&*()_+{}|:"<>?',
    '!"£$%^&*()_+{}:@~<>?',
    "`-=[]\\;',./",
)
LOOKALIKES = str.maketrans(
    "абвгеікмнопрстухјѕһԁԛԝӏɡαβγεηικνορτυχω",
    "a6breikmhonpctyxjshdqwlgabyenikvoptuxw",
)
WORDS = """
password passwort motdepasse contrasena passwd passw0rd p4ssword p4ssw0rd pass secret letmein
welcome admin administrator login iloveyou changeme monkey dragon master sunshine princess
football baseball superman batman summer winter spring autumn january february march april
june july august september october november december monday friday hello test demo temp
default lawyer attorney lawfirm lawoffice law firm office legal llp
""".split()  # noqa: SIM905
RUN_CHARS_MIN = 4
RUN_CHARS_MAX = max(len(run) for run in RUNS)
OWN_CHARS_MIN = 3
TEXT_CHARS_MAX = 256
"""So much of a text is looked at: one sign can fold into eighteen letters."""
LEFT_CHARS_MAX = 5
"""What may be left of a password beside the words that it is made of, and it is still common."""


def is_common(password: str, known: Iterable[str] = ()) -> bool:
    """Whether a password would be among the first guesses for somebody.

    `known` are words around the account: the person's and the firm's names, the email address.
    """
    plain = squeezed(password)
    if _repeats(plain):
        return True
    own = {part for word in known for part in _parts(word) if len(part) >= OWN_CHARS_MIN}
    left = plain
    for word in sorted({*own, *WORDS, *WHOLES}, key=len, reverse=True):
        left = left.replace(word, "\0")
    left = re.sub(r"(19|20)\d\d", "\0", _without_runs(left))
    return len(left.replace("\0", "")) <= LEFT_CHARS_MAX


def squeezed(text: str) -> str:
    """The letters and digits of a text, folded. A password of signs alone is kept as it is."""
    plain = _latin(text).replace(" ", "")
    return (re.sub(r"[\W_]+", "", plain) or plain)[:TEXT_CHARS_MAX]


def _latin(text: str) -> str:
    return folded(text).translate(LOOKALIKES)


def _parts(word: str) -> set[str]:
    plain = _latin(word)
    return {squeezed(plain), squeezed(plain.split("@")[0]), *re.findall(r"[^\W_]+", plain)} - {""}


def _repeats(plain: str) -> bool:
    """Whether the whole is one short piece said twice and more, its last time perhaps cut."""
    found = any(
        (plain[:size] * len(plain))[: len(plain)] == plain for size in range(1, len(plain) // 2 + 1)
    )
    return found or len(set(plain)) <= LEFT_CHARS_MAX - 1


def _without_runs(text: str) -> str:
    """The text without stretches that a finger walks along a keyboard, either way."""
    left, at = [], 0
    while at < len(text):
        length = _run_at(text, at)
        left.append("\0" if length else text[at])
        at += length or 1
    return "".join(left)


def _run_at(text: str, at: int) -> int:
    length = 0
    for longer in range(RUN_CHARS_MIN, min(RUN_CHARS_MAX, len(text) - at) + 1):
        piece = text[at : at + longer]
        if not any(piece in run for run in _runs()):
            break
        length = longer
    return length


@lru_cache(maxsize=1)
def _runs() -> tuple[str, ...]:
    return tuple(run[::way] for run in RUNS for way in (1, -1))
