"""Words that tell whether a sentence goes on; by kind, so that a rule reads like grammar."""

from collections.abc import Mapping


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FILLERS = _set("uh um uhm er erm hm hmm mm ehm ah eh")
CONJUNCTIONS = _set(
    "and or but because although though if whether while unless until when whenever where which who"
    " whose plus nor since except than as however therefore"
)
# After these a thing must follow; at the end of a question ("what is it for") they may stand.
PREPOSITIONS = _set(
    "of for with at from to by about into onto between against without during near behind under"
    " above below among toward towards via per like in on over through around across"
)
DETERMINERS = _set(
    "a an the my your our their its his every each another either neither whose mr mrs ms dr"
)
SUBJECTS = _set("i we he she they")
PRONOUNS = SUBJECTS | _set("you it this that there everybody everyone nobody somebody something")
BE = _set("is are was were am be been being")
CONTRACTED = _set(
    "i'm you're we're they're it's he's she's that's there's i've you've we've they've i'd you'd"
    " we'd they'd he'd she'd i'll you'll we'll they'll he'll she'll it'll let's what's who's"
    " where's how's when's"
)
AUXILIARIES = BE | _set(
    "do does did have has had can could will would shall should may might must isn't aren't wasn't"
    " weren't don't doesn't didn't haven't hasn't hadn't can't couldn't won't wouldn't shouldn't"
)
QUESTION_WORDS = _set("what who whom which where when why how whose")
ASKS_FOR_A_THING = _set("what who whom which")
# They want an object: "I bought …", "do you know …".
WANTS_OBJECT = _set(
    "want wants wanted need needs needed tell told buy bought find found put bring brought get have"
    " has had make made give gave add send sent said says asked called named spelled spelt like"
    " likes take took keep kept let means mean became become seems seem contains wrote"
)
# "Remind me …": with a person behind them they still want what it is about.
WANTS_MATTER = _set("remind tell read give show let bring send buy get ask lend make told asked")
PERSONS = _set("me him her us them")
# Nobody stops behind these: "it is very …", "I want to renew …".
MODIFIERS = _set(
    "very quite rather just even almost such extremely probably perhaps basically especially"
    " including namely mostly hardly nearly exactly both either"
)
TRANSITIVE = _set(
    "call visit renew check paint clean wash fix cancel order pick book change move finish try use"
    " meet help thank invite buy pay ask see write read sell build cook repair water feed collect"
    " return borrow lend plan arrange schedule organise organize mention say tell know"
)
SO_THAT = _set("so such now given provided except")
SAYS_THAT = _set(
    "remember say said says note think thinks thought know knows knew tell told true forget sure"
    " mean means hope believe guess heard wrote write me him her us them down martin anna"
)
# Whoever says only this has announced what comes.
ANNOUNCEMENTS = frozenset(
    {
        ("take", "a", "note"),
        ("make", "a", "note"),
        ("write", "down"),
        ("write", "this", "down"),
        ("write", "that", "down"),
        ("remember",),
        ("remember", "this"),
        ("note",),
        ("note", "down"),
        ("one", "more", "thing"),
        ("let", "me", "think"),
        ("let", "me", "see"),
        ("wait",),
        ("hold", "on"),
        ("one", "moment"),
        ("just", "a", "moment"),
        ("by", "the", "way"),
        ("you", "know"),
        ("i", "mean"),
        ("i", "think"),
        ("i", "guess"),
        ("so",),
        ("well",),
        ("actually",),
        ("also",),
        ("then",),
        ("first",),
        ("please",),
        ("and", "then"),
        ("but", "then"),
    }
)
OPENERS = _set("so well okay ok oh and but then now please yes no yeah hey actually also right")
SUBORDINATES = _set(
    "if when whenever although though while since unless until after before once as because"
)
ADJECTIVES = _set(
    "small big large new old young good bad great little nice long short red green blue black white"
    " brown yellow grey gray hot cold warm different other same next last first second third best"
    " whole main only certain few many much more some beautiful important golden fresh dark light"
)
TIMES = _set(
    "day days week month year morning evening afternoon night monday tuesday wednesday thursday"
    " friday saturday sunday weekend"
)
MONTHS = _set(
    "january february march april may june july august september october november december"
)
ORDINALS = _set(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
    " fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth"
)
IMPERATIVES = _set(
    "add remind call tell take make play set show read give note remember delete move put write"
    " wake cancel change send buy stop start open close turn look find check ask help say repeat"
    " list remove pay book order bring clean wash water forget dial text save go come let keep skip"
    " plan schedule tick mark cross phone ring mail"
)
LISTING = _set("add buy need get bring list")
FINITE = _set(
    "lives live likes wants needs says said told goes went gone comes came took takes gave"
    " gives got gets made makes saw sees knew knows thought thinks found finds left leaves felt"
    " feels kept keeps put puts began begins ran runs wrote writes read reads met meets sat sits"
    " stood stands lost loses paid pays heard hears brought brings bought buys spoke speaks"
    " slept sleeps broke breaks fell falls drove drives ate eats drank drinks sang sings won"
    " wins built builds sent sends spent spends taught teaches caught costs cost cut hit hurt"
    " let lets set shut works closes opens starts stops rains snows moves calls asks seems looks"
    " means stays starts ends became becomes forgot forgets bet lies lay hangs hung flew flies"
    " grew grows rang rings gave wakes woke wore wears begins belongs helps hates loves plays"
    " arrives happens visits"
)
NOT_FINITE = _set("red bed need seed feed speed indeed hundred wed shed sacred naked tired unread")
ANSWERS = frozenset(
    {
        *("yes", "no", "yeah", "yep", "yup", "nope", "nah", "okay", "ok", "sure", "right", "fine"),
        *(
            "correct",
            "exactly",
            "maybe",
            "perhaps",
            "never",
            "always",
            "both",
            "neither",
            "nothing",
        ),
        *("today", "tomorrow", "tonight", "later", "now", "yes please", "no thanks", "thanks"),
        *("thank you", "no thank you", "yes thank you", "of course", "not today", "not now"),
        *("maybe later", "maybe tomorrow", "that's right", "that's correct", "that's wrong"),
        *("i don't know", "i do", "i don't", "i am", "i'm not", "i'm fine", "it is", "it isn't"),
        *("please do", "go ahead", "go on", "all right", "alright", "absolutely", "definitely"),
        *("not really", "not yet", "i think so", "i hope so", "i guess so", "don't know", "i did"),
        *("i didn't", "no idea", "all of them", "none", "none of them", "any time", "anytime"),
        *("continue", "stop", "repeat", "repeat that", "again", "what", "pardon", "sorry", "great"),
        *("thank you very much", "thanks a lot", "very good", "perfect", "wonderful", "got it"),
    }
)
THANKS = frozenset({"thank you", "thanks", "thanks a lot", "thank you very much"})
FAREWELLS = frozenset(
    {
        *("bye", "goodbye", "good bye", "bye bye", "good night", "goodnight", "see you", "so long"),
        *("see you later", "see you soon", "see you tomorrow", "see you then", "talk to you later"),
        *("talk to you soon", "take care", "that's all", "that is all", "that was all", "hang up"),
        *("have a nice day", "have a good day", "until tomorrow", "have a nice evening"),
    }
)
SO_ENDS = _set("think hope guess say said told do does did suppose not if or even")

# What keeps a sentence open in other languages: articles, conjunctions, prepositions, fillers.
OPEN_ELSEWHERE: Mapping[str, frozenset[str]] = {
    "de": _set(
        "und oder aber weil dass ob wenn als denn sondern der die das den dem des ein eine einen"
        " einem einer mein meine meinen dein deine sein ihre unser mit für von zu bei nach aus in"
        " im am an auf über unter vor durch gegen ohne um bis seit ist sind war heißt lautet äh ähm"
        " also nämlich zum zur beim vom ins ans"
    ),
    "fr": _set(
        "et ou mais parce que qui si quand car donc le la les un une des du de mon ma mes ton ta"
        " son sa notre votre leur avec pour par dans sur sous sans chez à au aux en est sont euh"
        " heu alors puis"
    ),
    "es": _set(
        "y e o u pero porque que si cuando pues el la los las un una unos unas mi tu su nuestro con"
        " por para de del a al en sobre sin entre es son era eh este entonces"
    ),
    "it": _set(
        "e o ma perché che se quando poi il lo la i gli le un uno una mio mia tuo tua suo sua con"
        " per di del della a al alla in nel su tra fra è sono era ehm allora"
    ),
    "pt": _set(
        "e ou mas porque que se quando então o a os as um uma meu minha seu sua com por para de do"
        " da em no na sobre sem entre é são era hum"
    ),
    "nl": _set(
        "en of maar omdat dat als wanneer want dus de het een mijn jouw zijn haar ons met voor van"
        " naar bij uit in op over onder door zonder tot is was eh uhm"
    ),
}
