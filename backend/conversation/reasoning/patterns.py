"""The wordings that the rules of understanding know, as people say them and as Whisper writes them.

All patterns are matched against one sentence in lower case without its closing mark; a group named
`content` is what the request is about. They are linear: no nested repetition over the same letters.
"""

import re


def _pattern(lines: str) -> re.Pattern[str]:
    """Join a pattern that is written over several lines; the indentation is not part of it."""
    return re.compile("".join(line.strip() for line in lines.splitlines()))


_CLOSERS = r"""good ?bye|bye(?:[ -]?bye)?|cheerio|ciao|farewell|so long|good ?night
    |see (?:you|ya)(?: later| soon| then| tomorrow| around)?
    |(?:i'?ll )?(?:talk|speak) to you (?:later|soon|tomorrow)|catch you later
    |that(?:'?s| is| was|'?ll be| will be) (?:all|it|everything)(?: for (?:now|today))?
    |(?:please )?hang up|(?:you can )?end (?:the|this) call
    |(?:i'?ve |i have |i )?(?:got to|gotta|have to) go(?: now)?
    |have a (?:nice|good|great|lovely) (?:day|evening|night|one|weekend)
    |take care|until (?:next time|tomorrow)"""
_PADDING = r"""ok(?:ay)?|alright|all right|well|right|so|then|and|now|no|yes|yeah|great|perfect|good
    |fine|for now|thanks?(?: you)?(?: very much| so much| a lot)?|cheers|ringback|my friend|dear
    |everyone|wait|oh|sorry"""
_GAP = r"[ ,;.!-]*"
GOODBYE = _pattern(
    rf"""(?:(?:{_PADDING})\b{_GAP})*(?:{_CLOSERS})\b
    (?:{_GAP}(?:{_PADDING}|{_CLOSERS})\b)*{_GAP}"""
)

_QUESTION_WORD = r"(?:what|when|where|who|whose|which|why|how)"
_ASKED = r"""(?:is|are|was|were|do|does|did|can|could|will|would|should|have|has|time|day|date|month
    |year|notes|many|much|long|old|far|late|else|all|about)\b"""
_ASKS = rf"""(?:{_QUESTION_WORD}(?:'s\b| {_ASKED})|(?:can|could|would|will|do) you\b|tell me\b)"""
_MOMENT = r"(?:moment|second|sec|minute|min|bit)"
LEAD_IN = _pattern(
    rf"""(?:(?:hey|hi|hello|ok(?:ay)?|alright|right|well|so|um+|uh+|er+|ah|oh|and|now|yes|yeah
    |ringback|please|(?:could|can|would|will) you(?: please| kindly)?
    |i(?:'d| would) like you to|i want you to|i need you to|just|also|actually|listen
    |good (?:morning|afternoon|evening))\b[ ,.!:-]*
    |(?:no|but|sorry|hm+|one more thing|by the way|(?:just )?(?:a )?quick question
    |excuse me|pardon me|(?:wait|hang on|hold on|just)?(?: ?(?:just )?(?:a|one) {_MOMENT})
    |wait|hang on|hold on)
    (?:[,.!:-](?![ ,.!:-]*{_QUESTION_WORD} (?!{_ASKED}))[ ,.!:-]*| (?={_ASKS})))+"""
)
"""Words before what is wanted; those that may as well begin it must be set off, or a question
must follow: "Wait, what time is it", but "Wait for me", "No, when I was young …"."""

HASTY = re.compile(
    r"\b(?:(?:what|when|where|who|how|that)s|im|ive"
    r"|(?:do|does|did|is|are|was|were|have|has|had|would|could|should|ca|wo)nt)\b",
    re.IGNORECASE,
)
"""Words that were typed in haste, without their apostrophe."""
OPENING = re.compile(
    r"^(?:(?:(?:actually|by the way|just so you know|fyi|i mean|i meant)[ ,.!:-]+"
    r"|(?:well|no|sorry|oh|so|wait|hang on|hold on)[,.!:-]+ *))+(?=\S)",
    re.IGNORECASE,
)
"""Words that open what is told and belong to nothing of it."""


NOTE = _pattern(
    r"""(?:
    (?:(?:take|make|write|leave|add|create|jot|save)(?: (?:me|for me|down))?
    (?: (?:a|an|another|the|this|one))?(?: (?:new|quick|short|little))*(?: sticky)? note
    (?: down)?(?: for me| to self| to myself)?)(?:[ ,:]+(?:that|saying|to|of this)\b)?
    |(?:write|jot|note)(?: this| that| it)? down(?:[ ,:]+that\b)?
    |(?:new |sticky )?note(?: to (?:self|myself))?(?= ?[:,.-]| that\b|$)(?: that\b)?
    |note to (?:self|myself)
    |(?:don'?t (?:let me )?forget|remember) to(?= )
    )(?:[ ,:;.-]+(?P<content>.*))?"""
)
_LIST = r"(?:notes?|lists?|shopping list|to-?do list)"
NOTE_ADD = _pattern(
    rf"(?:put|add|write) (?P<content>.+?) (?:to|on|onto|in|into) (?:my|the) {_LIST}"
)
_WHETHER = r"(?:what|when|where|who|whom|whose|which|why|how|if|whether)\b"
REMEMBER = _pattern(
    rf"""(?:remember|don'?t forget|keep in mind|bear in mind|make sure (?:you|to) remember
    |memori[sz]e)(?: this| the following)?
    (?:(?:[ ,:]+that\b)|[,:]|(?= (?!{_WHETHER}|that\b)))[ ,:;.-]*(?P<content>.*)"""
)
PIN = _pattern(
    rf"""(?:never(?: ever)? forget|always (?:remember|keep in mind|bear in mind)|pin(?= that\b))
    (?: this| the following)?
    (?:(?:[ ,:]+that\b)|[,:]|(?= (?!{_WHETHER}|that\b)))[ ,:;.-]*(?P<content>.*)"""
)
PIN_BARE = _pattern(
    r"""(?:never(?: ever)? forget|always (?:remember|keep in mind)|pin)(?: this| that| it)"""
)
_THE_LIST = rf"(?:my|the|our) {_LIST}"
_TICK = "tick|check|cross|strike|scratch"
NOTE_DONE = _pattern(
    rf"""(?:
    (?:{_TICK}) (?:off|out) (?P<first>.+?)(?: (?:from|off|on|in) {_THE_LIST})?
    |(?:{_TICK}) (?P<second>.+?) off(?: (?:of )?{_THE_LIST})?
    |(?:remove|delete|erase|clear|drop|take|{_TICK}) (?P<third>.+?)[ ]
    (?:from|off|off of|out of) {_THE_LIST}
    |mark (?P<fourth>.+?) (?:as|to) (?:done|complete|completed|finished|bought)
    |(?:remove|delete|erase|clear|drop|forget|empty) (?P<fifth>all|(?:all(?: of)? )?{_THE_LIST}
    |(?:all|every|the|my|that|this)(?: (?:first|second|third|fourth|fifth|last|latest|newest))?
    [ ]notes?(?: (?:about|saying|that says|to|with) .+)?)
    )"""
)
REMEMBER_BARE = _pattern(r"(?:remember|don'?t forget|memori[sz]e)(?: this| that| it| something)?")
_HAVE = r"(?:have|got|take|taken|make|made|write|written)"
NOTES_LIST = _pattern(
    rf"""(?:
    (?:read|list|show|tell|give|check|open)(?: me)?(?: out| back| aloud)?(?: all)?(?: of)?
    (?: my| the) {_LIST}(?: (?:out|back|aloud|to me|please|now))*
    |what(?:'s| is| are| was)(?: on| in)? (?:my|the) {_LIST}
    |what(?: are)? (?:the )?notes (?:do|did|have) i {_HAVE}(?: .{{0,20}})?
    |(?:what|which) notes (?:are there|have i)
    |(?:do|have) i (?:have|got|any)(?: got)?(?: any| some)? ?notes?(?: .{{0,20}})?
    |what (?:did|have) i (?:note|noted|write|written)(?: down)?
    |(?:how many|any) notes(?: (?:do|have) i(?: have| got)?)?
    |my notes|notes)"""
)
CONTINUE = _pattern(
    r"""(?:(?:sorry|no|yes|well|and|but|so|anyway)[ ,.!]+)*(?:
    (?:please |do |just |you (?:can|may) )?
    (?:go on|go ahead|carry on|keep (?:going|talking)|continue|proceed)
    (?: (?:please|then|now|talking|speaking|with (?:that|it|what you were saying)
    |where you (?:stopped|left off)))*
    |what (?:were|was) you (?:saying|telling me|(?:going|about) to say)
    (?: before| just now| earlier)?
    |what did you (?:want|mean) to say(?: before)?|what else were you saying
    |where (?:were we|were you|did we stop|did you stop|did we leave off)
    |(?:as )?you were saying|finish (?:what you were saying|your sentence|that|it)
    |what(?:'s| is| was) the rest|(?:tell|give|say|read)(?: me)? the rest|then)"""
)
_WHAT = r"(?P<{}>(?:the |what(?:'s| is) )?(?:rest|remainder|left)|that|this|it|your answer)"
_BY_TEXT = r"(?: to me)? (?:by|as|in|via|with|over) (?:an? )?(?:text(?: message)?|sms|message)"
TEXT_ME = _pattern(
    rf"""(?:(?:sorry|ok(?:ay)?|yes|no|well|just|stop|wait)[ ,.!]+)*
    (?:(?:please|(?:can|could|would|will) you|just)[ ,]+)*(?:
    (?:text|message|sms) (?:me|us)(?: please)? {_WHAT.format("first")}
    |(?:text|message|sms) {_WHAT.format("second")} to (?:me|us|my (?:phone|number))
    |(?:send|give|tell)(?: me)? {_WHAT.format("third")}{_BY_TEXT}
    |(?:finish|end|go on with|continue)(?: {_WHAT.format("fourth")})?{_BY_TEXT}
    )(?:[ ,]+(?:please|then|instead|later|now))*"""
)
_SAID_IT = r"(?:that|so|this|it)"
HOW_KNOWN = _pattern(
    rf"""(?:(?:and|but|so|ok(?:ay)?|wait|really)[ ,.!?]+)*(?:
    (?:how|where|since when) (?:do|did|would|can) you know(?: about)?(?: {_SAID_IT})?(?: from)?
    |who (?:told|said)(?: you)?(?: {_SAID_IT})?|says who|how come you know(?: {_SAID_IT})?
    |(?:when|where|how) (?:did|have) (?:i|we|she|he|they) (?:say|said|tell you|told you|mention)
    (?: {_SAID_IT})?
    |where (?:did|do|have) you (?:get|got|hear|heard|learn|learnt|learned|have|read|take)
    (?: {_SAID_IT})?(?: from)?
    |why (?:do|would|did) you (?:think|believe|say) {_SAID_IT}
    |what makes you (?:think|believe|say|so sure)(?: (?:of )?{_SAID_IT})?
    |are you (?:(?:quite|really|very|absolutely|so) )*(?:sure|certain)(?: (?:of|about) {_SAID_IT})?
    |how (?:sure are you|can you be(?: so)? sure)(?: (?:of|about) {_SAID_IT})?
    |what(?:'s| is) (?:your|the) source(?: for {_SAID_IT})?
    |what (?:exactly )?did i say(?: exactly)?|where (?:is|was|does) {_SAID_IT} (?:come )?from
    |(?:how do you know|who (?:told|said)(?: you)?|(?:when|where) did i (?:say|tell you|mention)
    |(?:why do you|what makes you) (?:think|believe|say)
    |where did you (?:get|hear|learn)|are you (?:quite |really )?(?:sure|certain))
    (?: that)? (?P<content>(?!about\b).+)
    )(?:[ ,]+(?:then|exactly|please|ringback))*"""
)
_SAID = r"(?:i (?:have |just |ever )*(?:said|told you|mentioned)|you (?:know|remember|have))"
FORGET = _pattern(
    rf"""(?:(?:no|ok(?:ay)?|please|and|now|actually)[ ,.!]+)*
    (?:(?:please|you (?:can|should|must)|i want you to)[ ]+)?(?:forget|delete|erase)[ ]+(?:
    (?:that|this|that (?:again|please)|what {_SAID}(?: just now| last)?
    |the last thing(?: {_SAID})?|what was just said)
    |(?P<everything>everything|all)(?: (?:that )?{_SAID})?
    |(?:everything|all|anything|what(?:ever)?)(?: (?:of|that))?(?: {_SAID})?[ ]
    (?:about|on|of|regarding) (?P<content>.+?)
    |(?P<secret>(?:my|our|the) (?:[\w'-]+ ){{0,4}}?(?:pass ?(?:word|phrase|code)|pin|puk|code)\b
    (?: (?:for|of) [\w' -]+?)?)
    |(?:that|about) (?P<fact>(?!it\b|that\b).+?)
    )(?:[ ,]+(?:please|ringback|again|now))*"""
)
HOLD_ON = _pattern(
    rf"""(?:(?:ok(?:ay)?|sorry|oh|wait|um+|uh+|please)[ ,.!]+)*(?:
    (?:please )?(?:hold on|hang on|wait|hold the line|stay on the line|bear with me)
    |(?:just |give me |half )*(?:a|one) {_MOMENT}
    |(?:i'?ll be |be )right back|don'?t (?:go away|hang up)|let me (?:check|see|look|think))
    (?:[ ,]+(?:for )?(?:just )?(?:a|one) {_MOMENT}|[ ,]+please|[ ,]+i'?ll be right back)*"""
)
TRANSFER = _pattern(
    r"""(?:(?:please|ok(?:ay)?|well|now)[ ,]+)*
    (?:(?:can|could|would|will) (?:you|i) (?:please |now )*|i(?:'d| would) like (?:you )?to
    |i want (?:you )?to|let me)? ?
    (?:(?:connect|transfer) (?:me|us|(?:me|this|the) call)(?: over)? (?:with|to)
    |put (?:me|this call|us) (?:through|on|over) (?:with|to)|put me through
    |(?:hand|pass) (?:me|this call) (?:over|on) to|(?:speak|talk) (?:to|with))
    (?! you\b)(?! yourself\b) (?:my (?:husband|wife|partner|friend|boss) )?
    (?P<content>[a-z][a-z'-]*(?: (?!tomorrow|today|tonight|yesterday|later|soon|next|again|when|if)
    [a-z][a-z'-]*){0,2}?)(?:,? (?:please|now|directly))*
    (?:,? (?:about|because of|it(?:'s| is) about) (?P<about>.{1,200}?))?(?:,? please)?"""
)
_TELL = r"(?:(?:tell me|(?:do )?you (?:happen to )?know|i(?:'d| would) like to know) )?"
TIME = _pattern(
    rf"""(?:
    (?:what(?:'s| is)|tell me|do you (?:know|have)|have you got)(?: the)?(?: current)? time
    (?: is it)?(?: right)?(?: now)?
    |{_TELL}what time (?:is it|it is|do we have)(?: right)?(?: now)?
    |{_TELL}what the time is(?: right)?(?: now)?
    |how late is it)(?:,? please)?"""
)
DATE = _pattern(
    rf"""(?:
    {_TELL}(?:what|which)(?:'s| is)? (?:day|date|year|month)(?: of the week)?
    (?: is it| it is| is| do we have| will it be| was it)
    (?P<content> today| now| tomorrow| yesterday)?
    |what(?:'s| is)(?P<other> today| tomorrow| yesterday)(?:'s)?(?: date)?
    |(?:what(?:'s| is)|tell me) (?:the|today'?s) date(?: today)?
    |{_TELL}what (?:the|today'?s) date is(?: today)?)(?:,? please)?"""
)
GREETING = _pattern(
    r"""(?:(?:hey|hi|hello|hiya|howdy|good (?:morning|afternoon|evening|day)|greetings)\b[ ,.!]*
    (?:there|ringback|again|it'?s me)?[ ,.!]*)+"""
)
HOW_ARE_YOU = _pattern(
    r"""(?:how are you(?: doing| today| feeling)*|how(?:'s| is) it going|what'?s up
    |how do you do)(?: today)?"""
)
THANKS = _pattern(
    r"""(?:(?:ok(?:ay)?|great|perfect|good|no|yes|alright)[ ,.!]+)*
    (?:thanks?(?: you)?|many thanks|cheers|i appreciate (?:it|that))
    (?: (?:very much|so much|a lot|again|for (?:that|your help|everything)))*
    (?:[ ,.!]+ringback)?"""
)
IDENTITY = _pattern(
    r"""(?:who (?:are|is) (?:you|this|that|speaking|there)|what(?:'s| is) your name|what are you
    |tell me (?:your name|(?:who|what) you are|about yourself)
    |are you (?:a |an )?(?:robot|human|machine|person|computer|real|ai))
    (?: (?:person|human|please|exactly|there|speaking))?"""
)
_TO_LEARN = r"(?:tell me|show me|explain(?: to me)?|i(?:'d| would) like to know|i want to know)"
HELP = _pattern(
    rf"""(?:help(?: me)?|what(?: all| else)? can (?:you|i) (?:do|say|ask)(?: .{{0,30}})?
    |what(?: all| else)? are you (?:able to do|capable of|good (?:for|at))(?: for (?:me|us))?
    |(?:{_TO_LEARN}|do you know) (?:(?:what|everything)(?: all| else)?(?: that)? (?:you|i) (?:can
    (?: all)? (?:do|say|ask)|do|are able to do|are (?:for|good for|good at|capable of))
    |how (?:you can help(?: me| us)?|to use you|(?:you|this|it|that) works?|i can use you))
    (?: (?:for|to help) (?:me|us)| (?:with|by) (?:you|me|phone)| please| exactly| here| now)*
    |how (?:do|can) (?:you|i) (?:use|work|help)(?: .{{0,20}})?|how does (?:this|it|that) work
    |what (?:is this|do you do|are you for))"""
)
LINE_CHECK = _pattern(
    r"""(?:(?:can|do) you hear me(?: now)?|are you (?:still )?there|anybody there
    |testing(?: testing)*|test)"""
)
CALLED = re.compile(
    r"(?:(?:no|well|actually|hi|hello|hey)[ ,.!]+)?(?:my name is|my name's|i am called|i'm called"
    r"|(?:please |you can |just )?call me) (?P<name>(?!back\b|later\b|a\b|when\b|at\b|tomorrow\b)"
    r"[a-z][a-z'-]+(?: [a-z][a-z'-]+)?)"
)
UNSUPPORTED = _pattern(
    r"""(?:(?:call|ring|phone|dial|text|message|e-?mail|send|forward|play|order|buy|book|pay|set
    |turn|switch|open|start|stop|schedule|cancel|delete|remove|forget|erase|wake|remind me to
    |remind me (?:at|in|on|that)|translate|search|look up|google|navigate|sing
    |tell me (?:a|another) (?:joke|story|riddle|poem)|write (?:me )?(?:a|an)|read me (?:a|the))\b.*
    |.*\b(?:weather|forecast|traffic|stock price|news)\b.*)"""
)
_OF_ME = r"(?: (?:about|of|on) (?:me|myself|us))"
_SO_FAR = r"(?: (?:so far|already|by now|exactly|actually))"
OVERVIEW = _pattern(
    rf"""(?:what (?:all |else |exactly )?(?:do|did|have) (?:you|we) (?:all )?
    (?:know|remember(?:ed)?|learn(?:ed|t)?){_SO_FAR}?{_OF_ME}?{_SO_FAR}?
    |what (?:all |else |facts |things |data |information )?(?:do|have) you (?:have |keep|kept|got
    |know|store|stored|saved|collected|noted|hold)(?: ?(?:stored|saved|kept|noted))?{_SO_FAR}?
    {_OF_ME}
    |tell me (?:everything|all|what)(?: that)?
    (?: you(?:'ve)? (?:know|remember|have|got|learned)){_OF_ME}?
    |tell me (?:everything|all){_OF_ME}?
    |tell me about (?:me|myself)
    |do you (?:know|remember) (?:anything|something|much|a lot){_OF_ME}
    |how much do you (?:know|remember){_OF_ME})(?: please)?"""
)
QUESTION = _pattern(
    r"""(?:what|when|where|who|whom|whose|which|why|how)(?:'s|'re|'d|'ll)?\b
    |(?:is|are|am|was|were|do|does|did|have|has|had|can|could|will|would|should|shall|may|might
    |isn'?t|aren'?t|don'?t|doesn'?t|didn'?t)
    (?: i| you| he| she| it| we| they| there| the| a| an| my| your| his| her| our| their| this
    | that| these| those| any| some| any(?:one|body|thing)| [a-z]+'s)\b
    |(?:is|are|was|were|does|did) [a-z]+ [a-z]+
    |(?:do you|can you) remember|remember (?:what|when|where|who|why|how)\b
    |(?:tell me(?: again)?(?: more)?|remind me|i wonder|do you know|any idea)
    (?: what| when| where| who| which| why| how| if| whether| about| everything)\b"""
)

_FIRST_WORDS = """
    a an the my our your his her their its this that these those there here we he she it they you to
    at on in from for with by after before if when while because tomorrow today tonight yesterday
    next every each some any no not all buy get call ask tell send pick bring take make clean wash
    fix pay book order check find read write return water feed cancel renew go do see visit meet
    plan try use put give let keep look cook bake schedule remember remind finish start stop
"""
COMMON_FIRST_WORDS = frozenset(_FIRST_WORDS.split())
"""Words that carry a capital only because a sentence begins with them."""
UNDO = _pattern(
    r"""(?:(?:no|oh|wait|sorry|please|ok(?:ay)?|ringback|can you|could you)[ ,.!]+)*
    (?:undo|take back|reverse|revert)(?: (?:that|it|this|the last (?:thing|change|one)
    |what you (?:just )?(?:changed|learnt|learned|did)))(?: (?:again|please))?|undo"""
)
_NAMES_TWO = r"(?:my |our )?\S+(?: \S+){0,3}? and (?:my |our )?\S+(?: \S+){0,3}?"
JOIN = _pattern(
    rf"""{_NAMES_TWO} (?:are|is) (?:actually |really |in fact )?(?:all )?
    (?:the (?:very )?same|one)(?: (?:and the same))?(?: (?:person|man|woman|one|guy))?
    |(?:merge|join) {_NAMES_TWO}|\S+(?: \S+)? is the same (?:person|man|woman) as .+"""
)
