"""What callers say, where they stop to think, and for how long: written before anything was tuned.

`{600}` is a silence of so many milliseconds in the middle of a turn. Every third line is held out:
no rule was written by looking at its words. Two numbers (the patience with a brief sentence, and
how much doubt is too much) were last set by its total as well as by the others'.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

HELD_OUT_EVERY = 3
_PAUSE = re.compile(r"\s*\{(\d+)\}\s*")


class Kind(StrEnum):
    """What makes the end of a turn hard or easy to see."""

    SENTENCE = "sentence"  # said in one breath, and complete
    SHORT = "short answer"
    THINKING = "thinking"  # a pause in the middle of a sentence, which ends complete
    TRAILING = "trailing"  # "… and", "because": more comes
    DICTATION = "dictation"  # numbers, addresses, letters, dates
    SEVERAL = "several sentences"  # each could be the last


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of a caller: what is said, and the silences between."""

    kind: Kind
    said: tuple[str, ...]
    pauses_ms: tuple[int, ...]
    is_held_out: bool


def lines() -> list[Line]:
    """Return the whole set, in its order."""
    found = []
    for kind, texts in _SET.items():
        for index, text in enumerate(texts.strip().splitlines()):
            parts = _PAUSE.split(text.strip())
            held_out = index % HELD_OUT_EVERY == HELD_OUT_EVERY - 1
            found.append(Line(kind, tuple(parts[::2]), tuple(map(int, parts[1::2])), held_out))
    return found


_SET = {
    Kind.SENTENCE: """
        Please remember that my sister Anna has her birthday on the fourth of May.
        What is on my list for today?
        Remind me to call the dentist tomorrow at nine.
        I would like to buy some oat milk.
        When did I last talk to Martin?
        Take a note that the car needs new tyres before winter.
        Can you read me my notes?
        My brother lives in Hamburg now.
        How much did I pay for the washing machine?
        Delete the last note, please.
        I had a really long day at work.
        Do I have anything planned for the weekend?
        The meeting was moved to Friday.
        Tell me what I said about the garden.
        What's the weather like where Anna lives?
        Add bread and butter to the shopping list.
        The key is under the blue flower pot.
        Who gave me that book about the sea?
        I parked the car on the third floor.
        Please wake me up at half past six.
        Is there anything left to do today?
        Thanks for your help, goodbye.
        That was all for today, thank you.
        Could you say that again?
        I think we should paint the kitchen yellow.
        She told me that she got the job.
        Where did I put my passport?
        Good morning, how are you?
        The doctor said I should drink more water.
        Move the appointment to next Tuesday.
        I'll see you tomorrow, bye.
        What did we talk about last week?
        """,
    Kind.SHORT: """
        Yes.
        No.
        Yes, please.
        No, thank you.
        Okay.
        Tomorrow.
        The second one.
        I don't know.
        That's right.
        Not today.
        Maybe later.
        Of course.
        Sure.
        At nine.
        Goodbye.
        """,
    Kind.THINKING: """
        I would like to {600} buy some bread.
        Can you remind me {700} to call my mother?
        My favourite colour {500} is dark green.
        What did I say about {800} the birthday party?
        I was wondering if {900} you could read me my notes.
        Please tell Martin that {700} the train is late.
        The name of the restaurant {600} is The Golden Lion.
        Put the {700} winter tyres on the list.
        On Monday I have to {1000} go to the bank.
        The thing that I wanted to ask {800} is about the holidays.
        Remember that the spare key {500} is with our neighbour.
        I spoke to the {900} landlord about the heating.
        Is it true that {600} the shop closes at six?
        When I get home {700} I want to water the plants.
        We need to find {600} a new place for the piano.
        If it rains tomorrow {800} we will stay at home.
        My sister {500} told me about a new doctor.
        The last time we talked {400} you told me about a book.
        I have an appointment with {1100} the eye doctor on Thursday.
        Do you know where {500} I left my glasses?
        Take a note {700} the boiler was repaired today.
        After the meeting on Friday {600} I want to buy flowers.
        I need, uh {900} a reminder for the tax papers.
        So um {800} what is on my list?
        Her telephone is broken so {700} please write her a letter.
        Next summer we want to {1000} travel to the mountains.
        He asked whether {600} we could lend him the ladder.
        I bought a present for {900} Anna.
        Let me think {1000} the fourth of May.
        """,
    Kind.TRAILING: """
        I need bread, butter and {900} a bag of flour.
        I want to stay at home because {800} I feel sick.
        We bought apples and {1000} some cheese.
        I like the red one but {700} it is too expensive.
        Add eggs, milk, {800} and two onions to the list.
        She is coming on Saturday or {900} maybe on Sunday.
        I called the bank and then {700} I went to the post office.
        First I clean the kitchen, and {1200} then I bake a cake.
        It was a good day, although {900} the train was late.
        We could go by car, or {1100} we could take the bus.
        I can't come tomorrow since {800} I have to work.
        Remind me to buy a card and {1000} a stamp for Anna.
        He lives in Berlin, and {800} his parents live in Rome.
        Call me back when {700} you have read it.
        Write down that I need to {900} renew my passport.
        I would tell him, but {1200} he never answers.
        The list is milk, {700} bread, {800} and honey.
        I'm looking for a {600} small table, and {1000} two chairs.
        """,
    Kind.DICTATION: """
        My number is {700} 415 {1200} 555 {1200} 2671.
        My phone number is four one five, {1200} five five five, {1200} two six seven one.
        You can reach me at 020 {1200} 7946 {1200} 0958.
        The code is 4 {800} 7 {800} 1 {800} 9.
        Call him on 0171 {1200} 234 {1200} 5678.
        Her number is 303 {1000} 555 {1200} 01 {900} 42.
        My address is {900} 42 Maple Street, {1200} Springfield.
        I live at 17 {800} Station Road, {1000} Cambridge.
        My birthday is the {800} fourth of {600} May.
        The booking number is seven three {1000} nine nine {1000} two four.
        My name is spelled A {600} N {600} N {600} A.
        The account number is 3312 {1200} 8890 {1200} 41.
        Write down 212 {1200} 555 {1200} 0199.
        It happened on the {700} twelfth of March {800} 1984.
        The zip code is 9 4 {1100} 1 0 7.
        Dial 1 {900} 800 {1200} 555 {1200} 0175.
        His number is 07700 {1200} 900 {1200} 461.
        The address is {1000} 9 Garden Lane, {1200} second floor.
        My PIN is 8 {700} 2 {700} 5 {700} 1.
        The card number is 4000 {1200} 1234 {1200} 5678 {1200} 9010.
        The licence plate is B {700} K {800} 4 {700} 7 2.
        Please note the number 646 {1200} 555 {1200} 8830.
        My e-mail is anna {700} at {700} example dot com.
        The serial number is A 7 {1000} 3 3 {1000} 9 K.
        """,
    Kind.SEVERAL: """
        I went to the market. {350} I bought some fish.
        Hello. {350} I have a question about my notes.
        Anna called today. {300} She wants to visit us in June.
        Yes. {300} I would like that very much.
        The heating is broken again. {400} Please remind me to call the landlord.
        Good morning. {300} What is on my list?
        I finished the book. {350} It was very good.
        No, {300} I meant the other one.
        Thank you. {350} Can you also remind me to buy stamps?
        We had dinner with Martin. {600} He has a new job.
        Okay, {300} then delete the second note.
        I am tired today. {500} I slept badly.
        """,
}
