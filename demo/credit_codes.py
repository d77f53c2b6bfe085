"""Generated, well-formed company identities: the unified social credit code of GB 32100-2015."""

from random import Random

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714, the organisation code inside
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def check_character(first_seventeen: str) -> str:
    """Return the eighteenth character of a unified social credit code (ISO 7064 mod 31-3)."""
    total = sum(_ALPHABET.index(char) * pow(3, position, 31) for position, char in enumerate(first_seventeen))
    return _ALPHABET[-total % 31]


def organisation_code(eight: str) -> str:
    """Return the nine characters of an organisation code: eight, and the check character of GB 11714."""
    remainder = (
        -sum(_ORGANISATION_ALPHABET.index(char) * weight for char, weight in zip(eight, _BODY_WEIGHTS, strict=True)) % 11
    )
    return eight + ("X" if remainder == 10 else str(remainder))


def credit_code(rng: Random, division: str, sole_trader: bool = False) -> str:
    """Return a credit code for a division (six digits); it belongs to no company, but passes every check."""
    eight = "MA" + "".join(rng.choice(_ALPHABET) for _ in range(6))
    body = ("92" if sole_trader else "91") + division + organisation_code(eight)
    return body + check_character(body)


def is_credit_code(code: str) -> bool:
    """Return whether a code has the length, the characters and both check characters of the standard."""
    if len(code) != 18 or any(char not in _ALPHABET for char in code):
        return False
    return check_character(code[:17]) == code[17] and organisation_code(code[8:16]) == code[8:17]
