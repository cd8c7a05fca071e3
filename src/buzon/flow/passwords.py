"""Passwords: which are good enough, and keeping them so that nobody can read them.

Argon2id with the second recommended parameters of RFC 9106, section 4 (64 MiB), as argon2-cffi has
them. What is asked of a password follows NIST SP 800-63B: length, and nothing that is known of its
owner, rather than capitals and digits.
"""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from buzon.errors import Invalid
from buzon.mail.marks import words

SHORTEST, LONGEST = 10, 200  # characters
FEWEST_DIFFERENT = 4
TOO_FEW_FIGURES = 20  # dates and telephone numbers

# What guessers try first, without the figures and signs that people put around it.
GUESSED_FIRST = frozenset(
    words("""
    password passwort contraseña contrasena contrasenya motdepasse senha palavrapasse wachtwoord
    qwerty qwertyuiop qwertz qwertzuiop azerty azertyuiop asdfghjkl asdfghjklñ zxcvbnm qazwsxedc
    qwertyasdf abcdefghij abcdefgh abcdef abc admin administrador administrator welcome bienvenido
    bienvenidos willkommen bienvenue benvenuto letmein iloveyou tequiero hola hello changeme
    cambiame secret secreto test testing prueba demo soporte support ayuda correo mail buzon buzón
    usuario user login master superman football futbol barcelona realmadrid princesa dragon monkey
    sunshine
    """)
)

_hasher = PasswordHasher()
# Each takes 64 MiB and a core for some time: who knocks often must not take all of the machine.
_threads = ThreadPoolExecutor(2, thread_name_prefix="passwords")


def refuse_weak(password: str, *known: str) -> None:
    """Raises Invalid; `known`: what anybody may know of the owner."""
    if len(password) < SHORTEST:
        raise Invalid("The password is too short.", "Take at least 10 characters.")
    if len(password) > LONGEST:
        raise Invalid("The password is too long.", "Take at most 200 characters.")
    folded = password.casefold()
    letters = "".join(filter(str.isalpha, folded))
    easy = (
        folded in {word.casefold() for word in known}
        or letters in GUESSED_FIRST
        or (not letters and password.isascii() and len(password) < TOO_FEW_FIGURES)
    )
    if easy or len(set(password)) < FEWEST_DIFFERENT:
        raise Invalid("The password is too easy to guess.", "Three or four odd words do well.")


async def hashed(password: str) -> str:
    """What is kept of a password."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, _hasher.hash, _normal(password))


async def is_right(password: str, kept: str | None) -> bool:
    """Whether this is the password. With None, for somebody that there isn't, it takes as long and
    is False: the time must not tell who there is."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, _verify, password, kept)


def is_outdated(kept: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


def _verify(password: str, kept: str | None) -> bool:
    try:
        _hasher.verify(kept or _nobodys(), _normal(password[:LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _nobodys() -> str:
    return _hasher.hash("")


def _normal(password: str) -> bytes:
    """The same bytes from every keyboard (NIST SP 800-63B: normalised with NFKC)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace")
