"""A secret is in no row, in whatever words and on whichever way it was told."""

from backend.platform.database.tables import metadata
from tests.contract.phone.ground import Ground
from tests.contract.phone.truth_house import TruthHouse, owner

TOLD = [
    ("My password used to be Holzauge11 and is now Rabenschwarz12.", ("Holzauge", "Rabenschwarz")),
    ("Please remember: the password, by the way, is Pfefferminz13.", ("Pfefferminz13",)),
    ("My password? Gartenzwerg15.", ("Gartenzwerg15",)),
    ("I changed my password from Altpapier20 to Neupapier21.", ("Altpapier20", "Neupapier21")),
    ("Write down my password, which is Salzwasser24.", ("Salzwasser24",)),
    ("Take a note: it's Zitronenfalter8, my new password.", ("Zitronenfalter8",)),
    ("Use the passphrase correct horse battery staple for the laptop.", ("battery", "staple")),
    ("My Netflix login is dana@example.com / Tr0ub4dor&3", ("Tr0ub4dor",)),
    ("Remember that Mondschein18 unlocks my laptop, it is the password.", ("Mondschein18",)),
    ("Our safe's combination: 13-42-07.", ("13-42-07", "134207")),
    ("My API token equals tok_9f8e7d6c5b4a39281716", ("tok_9f8e",)),
    ("The seed words are abandon ability able about above absent.", ("abandon", "absent")),
]  # fmt: skip


async def leaks(house: TruthHouse, values: tuple[str, ...]) -> list[tuple[str, str]]:
    kept = {table.name: str(await house.rows(table)) for table in metadata.sorted_tables}
    kept["minds"] = str(house.watched.contexts)
    return [(name, value) for name, rows in kept.items() for value in values if value in rows]


async def test_a_secret_is_in_no_row_however_it_is_told(ground: Ground) -> None:
    house = TruthHouse(ground)
    await house.settle()
    party = await owner(house)
    for text, _ in TOLD:
        await house.say(party, text)
    assert await leaks(house, tuple(value for _, values in TOLD for value in values)) == []
    assert not [each for _, values in TOLD for each in values if each in str(party.history)]


async def test_the_answer_to_our_question_is_a_secret_too(ground: Ground) -> None:
    house = TruthHouse(ground)
    await house.settle()
    party = await owner(house)
    await house.say(party, "Do you know my wifi password?")
    await house.say(party, "It's Gartenzwerg15.")
    assert await leaks(house, ("Gartenzwerg15",)) == []


async def test_what_is_sealed_is_told_by_its_own_name(ground: Ground) -> None:
    house = TruthHouse(ground, secrets="vault")
    await house.settle()
    party = await owner(house)
    await house.say(party, "My Netflix login is dana@example.com / Tr0ub4dor&3")
    await house.say(party, "Our safe's combination: 13-42-07.")
    assert "Tr0ub4dor&3" in await house.say(party, "What is my Netflix login?")
    assert "13-42-07" in await house.say(party, "What's the safe combination?")
