"""Check digits of the numbers that banks and states give to people: digits in, right or wrong out."""

from collections.abc import Sequence

# Verhoeff's tables (J. Verhoeff, Error Detecting Decimal Codes, 1969): the dihedral group D5, and the permutation.
_DIHEDRAL = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_PERMUTED = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


def luhn(digits: str) -> bool:
    """Tell whether the last digit is right by ISO/IEC 7812-1, annex B."""
    total = sum(map(int, digits[-1::-2])) + sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return total % 10 == 0


def verhoeff(digits: str) -> bool:
    """Tell whether the last digit is right by Verhoeff's algorithm."""
    state = 0
    for place, digit in enumerate(reversed(digits)):
        state = int(_DIHEDRAL[state][int(_PERMUTED[place % 8][int(digit)])])
    return state == 0


def mod97(characters: str) -> int:
    """Give the remainder by 97 of digits and capital letters, A counting 10 and Z counting 35 (ISO 7064, ISO 13616)."""
    return int("".join(str(int(character, 36)) for character in characters)) % 97


def mod11_10(digits: str) -> bool:
    """Tell whether the last digit is right by ISO/IEC 7064, MOD 11,10."""
    product = 10
    for digit in digits[:-1]:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def weighted(digits: str, weights: Sequence[int]) -> int:
    """Give the sum of the digits, each times its weight; what is longer is left out."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))
