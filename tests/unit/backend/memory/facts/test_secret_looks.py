"""A secret is found in whatever words it is told; a date, a flight or a word is none."""

import pytest

from backend.memory.facts import scrubbed
from backend.memory.facts.secrets import SecretKind

# The sentence, and what must be gone from it.
TOLD = [
    ("My password used to be Holzauge11 and is now Rabenschwarz12.", "Holzauge11 Rabenschwarz12"),
    ("The password, by the way, is Pfefferminz13.", "Pfefferminz13"),
    ("The password, by the way, is sunshine.", "sunshine"),
    ("My password? Gartenzwerg15.", "Gartenzwerg15"),
    ("Do you want my PIN? It's 4711.", "4711"),
    ("I changed my password from Altpapier20 to Neupapier21.", "Altpapier20 Neupapier21"),
    ("I changed my PIN from 4711 to 8150 yesterday.", "4711 8150"),
    ("Write down my password, which is Salzwasser24.", "Salzwasser24"),
    ("Write down my password, which is moonlight.", "moonlight"),
    ("It's Zitronenfalter8, my new password.", "Zitronenfalter8"),
    ("Use the passphrase correct horse battery staple for the laptop.", "horse staple"),
    ("My Netflix login is dana@example.com / Tr0ub4dor&3", "Tr0ub4dor&3"),
    ("My Netflix login is dana@example.com / sunshine", "sunshine"),
    ("login: dana@example.com/sunshine", "sunshine"),
    ("Remember that Mondschein18 unlocks my laptop, it is the password.", "Mondschein18"),
    ("Remember Mondschein18. It's my password.", "Mondschein18"),
    ("Our safe's combination: 13-42-07.", "13-42-07"),
    ("The combination of the safe is 13 42 07", "13 42 07"),
    ("13-42-07 opens it, that's the safe combination.", "13-42-07"),
    ("My API token equals tok_9f8e7d6c5b4a39281716", "tok_9f8e7d6c5b4a39281716"),
    ("The seed words are abandon ability able about above absent.", "abandon ability absent"),
    ("The seed words are apple, banana, cherry, and dolphin.", "apple banana dolphin"),
    ("Recovery phrase: witch collapse practice feed shame open", "witch collapse open"),
    ("seed words:\napple\nbanana\ncherry\ndolphin\n", "apple dolphin"),
    ("The token tok-4711-abcd is for the deploy.", "tok-4711-abcd"),
    ("Please note the key A7XK-99QP-LM31.", "A7XK-99QP-LM31"),
    ("My login? dana42x", "dana42x"),
    ("With Kirschbaum77 you get in, that is the wifi password.", "Kirschbaum77"),
    ("The wifi password at the cabin changed, so use Birke2024x now.", "Birke2024x"),
    ("New passphrase \u2014 Blaubeere31 \u2014 from Monday on.", "Blaubeere31"),
    ("My password equals Lavendel55.", "Lavendel55"),
    ("password=Thymian42", "Thymian42"),
    ("Passwort: Rosmarin33", "Rosmarin33"),
    ("You need \u201cKerbelKraut\u201d as the password", "KerbelKraut"),
    ("The door code for the back is, I think, 2580.", "2580"),
    ("2580 opens the door; the door code never changes.", "2580"),
    ("My passcode\n482915", "482915"),
    ("Here is my new password. Majoran88", "Majoran88"),
    ("The pass word reads Estragon19 on the card.", "Estragon19"),
    ("My bank login credentials: dana7 / Basilikum66!", "Basilikum66"),
    ("My passphrase is in fact wolkenbruch77.", "wolkenbruch77"),
    ("By the way, the password would be Nebelhorn88.", "Nebelhorn88"),
    ("Tell Anna that the wifi is Kolibri99.", "Kolibri99"),
    ("wifi: Kolibri99", "Kolibri99"),
    ("The key is 83749201937465.", "83749201937465"),
    ("The code to the lockbox is 0420.", "0420"),
    ("2FA backup codes: 48291-29381, 93847-19283", "48291 19283"),
    ("license key AAAA-BBBB-CCCC-DDDD", "AAAA DDDD"),
    ("The password is either Kolibri99 or Kolibri98.", "Kolibri99 Kolibri98"),
    ("Password for Anna's laptop, Kuckuck42.", "Kuckuck42"),
    ("My e-mail password (Kolibri99) is the one of the bank too.", "Kolibri99"),
    ("I set my password to \"purple monkey dishwasher\".", "purple dishwasher"),
    ("Don't tell anybody that Salbei_44 is what my passphrase became.", "Salbei_44"),
]  # fmt: skip
NOT_TOLD = [
    "my password is too long",
    "I forgot my password",
    "What is my password?",
    "the password is on the fridge",
    "the key is under the mat",
    "My password is wrong.",
    "My password has 12 characters.",
    "I have a 12-character password.",
    "My 4-digit PIN is easy to guess.",
    "I changed my password on 12.05.2026.",
    "I changed my PIN in 2024.",
    "The password expires on 2026-12-01T10:00:00Z.",
    "My password expires at 10:30.",
    "The door code changes every 90 days.",
    "The token for the bus costs 3.50 euros.",
    "The key card cost 1200 euros.",
    "I need the PIN for my iPhone15.",
    "My password manager is 1Password.",
    "The password manager is KeePassXC.",
    "My login is on the sticky note.",
    "The login page is at example.com/login2.",
    "My login is dana@example.com.",
    "I reset my password. My flight is LH4711.",
    "What is my password? And my flight is LH4711.",
    "I forgot my PIN. We stay in room 4711.",
    "I forgot the door code when I stood at gate A123B.",
    "The key to success is patience.",
    "The seed words are in the safe.",
    "The seed words are written down somewhere safe and dry.",
    "I was born in 1984 and my PIN is easy.",
    "The key F5 loads the page again.",
    "She plays in a minor key.",
    "My number is +49 171 5550134.",
    "The flight LH4711 leaves at 10:30.",
    "We paid 1250 euros for the sofa.",
    "The part number is AB12-9934.",
    "Order 4711-0815 has been sent.",
    "My licence plate is B-AB 1234.",
    "The meeting is on 2026-05-12.",
    "Our hotel booking is XK49PL.",
    "The printer is an HP4650dn.",
    "Our address is Hauptstrasse 12, 10115 Berlin.",
    "The error code is E4711X.",
    "My postal code is SW1A 1AA.",
    "The model is WH1000XM4.",
    "My password is [password in the vault].",
    "I told the 3 passwords to nobody.",
    "Pin the note AB1234 to the board.",
    "I had a login problem with error E1234.",
    "He logged in 15 times with the wrong password.",
    "My IBAN is DE89370400440532013000, and I forgot my PIN.",
    "My IBAN is DE89 3704 0044 0532 0130 00, and I forgot my PIN.",
    "The code review for PR1234X is done.",
    "Chapter 4711 has the key idea.",
    "The password for Anna's laptop is too long.",
]  # fmt: skip


@pytest.mark.parametrize(("text", "secret"), TOLD)
def test_a_secret_is_taken_out_however_it_is_told(text: str, secret: str) -> None:
    kept = scrubbed(text).text
    assert not [word for word in secret.split() if word in kept.split("[")[0] or word in kept]


@pytest.mark.parametrize("text", NOT_TOLD)
def test_what_only_speaks_of_secrets_or_numbers_stays(text: str) -> None:
    assert scrubbed(text).text == text


@pytest.mark.parametrize(("text", "secret"), TOLD)
def test_what_was_taken_out_is_not_taken_again(text: str, secret: str) -> None:
    once = scrubbed(text, "vault").text
    assert scrubbed(once, "vault").text == once


def test_the_answer_to_a_question_about_a_secret_is_one() -> None:
    asked = "What is the new wifi password?"
    assert scrubbed("Gartenzwerg15", asked=asked).text == "[password]"
    assert scrubbed("It's Gartenzwerg15.", asked=asked).text == "It's [password]."
    assert scrubbed("Gartenzwerg15", asked="How are you?").text == "Gartenzwerg15"
    told = "I was born in Gartenstadt15 and grew up there with my aunt."
    assert scrubbed(told, asked=asked).text == told


def test_what_was_found_knows_what_it_was_named() -> None:
    [found] = scrubbed("Remember that Mondschein18 unlocks it, my laptop password.").secrets
    assert (found.kind, found.name, found.value) == (
        SecretKind.PASSWORD,
        "laptop password",
        "Mondschein18",
    )
    [code] = scrubbed("Our safe's combination: 13-42-07.").secrets
    assert (code.kind, code.name) == (SecretKind.CODE, "safe combination")


def test_words_around_a_secret_stay() -> None:
    text = "I changed my password from Altpapier20 to Neupapier21 because Tom saw it."
    assert scrubbed(text).text == (
        "I changed my password from [password] to [password] because Tom saw it."
    )
