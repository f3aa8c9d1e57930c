"""Identification numbers with a valid structure (domain rules in services/registry)."""

TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
BINH_DUONG = "074"
TAX_PREFIX = "37"
MALE, FEMALE = 1, 2  # registry.v1.Sex


def identity_number(province, sex, birth, tail):
    """Số định danh cá nhân, 12 digits (NĐ 137/2015, TT 07/2016/TT-BCA).

    `province`: three digits of the place of birth registration; `tail`: 0 to 999999.
    """
    century_and_sex = (birth.year - 1900) // 100 * 2 + (1 if sex == FEMALE else 0)
    return f"{province}{century_and_sex}{birth.year % 100:02}{tail:06}"


def tax_number(serial):
    """Mã số doanh nghiệp, 10 digits, from a serial number up to 7 digits.

    None where no check digit exists: the weighted sum leaves 0 modulo 11.
    """
    nine = f"{TAX_PREFIX}{serial:07}"
    check = 10 - sum(weight * int(digit) for weight, digit in zip(TAX_WEIGHTS, nine)) % 11
    return f"{nine}{check}" if check < 10 and serial > 0 else None


def tax_numbers(first):
    """Valid tax numbers in rising order, from a serial number on, without an end."""
    serial = first
    while True:
        number = tax_number(serial)
        if number:
            yield number
        serial += 1
