"""Synthetic citizens and enterprises with a valid structure, the same for the same seed."""

import datetime
import itertools
import pathlib
import random
import unicodedata

import yaml

from . import numbers, protos

DAY = datetime.date(2019, 7, 10)     # the day that is played
REGISTRY_START = datetime.date(2019, 1, 1)   # communes are valid from here
# Share of persons for each decade of age, 0-9 first: a young province of workers.
AGE_WEIGHTS = (17, 14, 24, 20, 11, 7, 4, 2, 1, 0.3)
ASSIGNED_FROM = datetime.date(2016, 1, 1)    # numbers are given at birth since 2016
CARD_AGE = 14
OLD_CARD_AGE = 21
OTHER_PROVINCES = ("079", "080", "082", "087", "089", "091", "092", "094", "096", "070", "072")
ENTERPRISE_SERIAL_FIRST = 100000
TAILS_OF_IMPORT = (0, 900000)
TAILS_OF_DAY = (900000, 910000)
TAILS_OF_CLIENT_FIRST, TAILS_OF_CLIENT_COUNT = 910000, 5000
ONE_DAY = datetime.timedelta(days=1)


class Weighted:
    """Draws texts by weight."""

    def __init__(self, weights):
        self._texts = [unicodedata.normalize("NFC", text) for text in weights]
        self._sums = list(itertools.accumulate(weights.values()))

    def draw(self, generator):
        return generator.choices(self._texts, cum_weights=self._sums)[0]


class People:
    """Makes persons, addresses and enterprises. One thread; the order of calls is the result.

    `communes`: [(code, name with type)] in which they live. `generator`: a seeded random.Random.
    `tails`: the last six digits of the numbers given; makers with separate ranges never give the
    same number.
    """

    def __init__(self, generator, communes, tails=TAILS_OF_IMPORT):
        path = pathlib.Path(__file__).with_name("names.yaml")
        parts = yaml.safe_load(path.read_text(encoding="utf-8"))
        self._parts = {name: Weighted(weights) for name, weights in parts.items()}
        self._generator = generator
        self._communes = list(communes)
        self._tails = tails
        self._used = set()

    def name(self, sex):
        """Family, middle and given name."""
        kind = "male" if sex == numbers.MALE else "female"
        words = [self._draw("family_names"), self._draw(f"middle_names_{kind}"),
                 self._draw(f"given_names_{kind}")]
        return " ".join(word for word in words if word)

    def birth_date(self):
        decade = self._generator.choices(range(len(AGE_WEIGHTS)), AGE_WEIGHTS)[0]
        return DAY - ONE_DAY * self._generator.randint(1 + decade * 3652, (decade + 1) * 3652)

    def address(self, commune=None, day=None):
        """An Address in a commune (code, name), any if none is given, valid on a day."""
        code, name = commune or self._generator.choice(self._communes)
        number = self._generator.randint(1, 999)
        text = (f"{number} {self._draw('streets')}, {self._draw('quarters')}, {name}, "
                "tỉnh Bình Dương")
        since = day or REGISTRY_START + ONE_DAY * self._generator.randint(0, 180)
        return protos.module("registry", "records").Address(
            text=text, commune_code=code, commune_date=since.isoformat())

    def citizen(self, commune=None, birth=None, numbered=None):
        """A living Citizen as the registry takes it. `numbered` forces or forbids a number."""
        sex = self._generator.choice((numbers.MALE, numbers.FEMALE))
        birth = birth or self.birth_date()
        age = (DAY - birth).days // 365.25
        citizen = protos.module("registry", "records").Citizen(
            full_name=self.name(sex), birth_date=birth.isoformat(), sex=sex,
            address=self.address(commune))
        if birth > REGISTRY_START:
            citizen.address.commune_date = birth.isoformat()
        usual = age >= CARD_AGE or birth >= ASSIGNED_FROM
        if usual if numbered is None else numbered:
            citizen.identity_number = self.identity_number(sex, birth)
        if age >= OLD_CARD_AGE and self._generator.random() < 0.6:
            citizen.old_identity_numbers.append(self._unused(
                lambda: f"28{self._generator.randint(0, 1)}{self._tail():06}"))
        return citizen

    def identity_number(self, sex, birth):
        """A number that this object has not given before."""
        at_home = self._generator.random() < 0.6
        province = numbers.BINH_DUONG if at_home else self._generator.choice(OTHER_PROVINCES)
        return self._unused(lambda: numbers.identity_number(province, sex, birth, self._tail()))

    def enterprise(self, tax_number, commune=None):
        """An Enterprise as the registry takes it."""
        trade, word = self._draw("enterprise_trades"), self._draw("enterprise_words")
        founded = datetime.date(2000, 1, 1) + ONE_DAY * self._generator.randint(0, 7100)
        return protos.module("registry", "records").Enterprise(
            name=f"{self._draw('enterprise_forms')} {trade} {word}", tax_number=tax_number,
            address=self.address(commune), registered_on=founded.isoformat(),
            representative_name=self.name(self._generator.choice((numbers.MALE, numbers.FEMALE))))

    def _draw(self, part):
        return self._parts[part].draw(self._generator)

    def _tail(self):
        return self._generator.randrange(*self._tails)

    def _unused(self, make):
        while True:
            text = make()
            if text not in self._used:
                self._used.add(text)
                return text


def tails_of_client(index):
    """Range for client `index` (0 to 17) of many that register persons side by side."""
    first = TAILS_OF_CLIENT_FIRST + index * TAILS_OF_CLIENT_COUNT
    return first, first + TAILS_OF_CLIENT_COUNT


def population(seed, communes, citizens):
    """Iterators over `citizens` Citizens and a tenth as many Enterprises, for an import."""
    def persons():
        people = People(random.Random(f"{seed}/citizens"), communes)
        return (people.citizen() for _ in range(citizens))

    def enterprises():
        people = People(random.Random(f"{seed}/enterprises"), communes)
        tax_numbers = numbers.tax_numbers(ENTERPRISE_SERIAL_FIRST)
        return (people.enterprise(next(tax_numbers)) for _ in range(max(1, citizens // 10)))

    return persons(), enterprises()
