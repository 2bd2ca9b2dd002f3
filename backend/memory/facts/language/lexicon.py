"""The words that reading facts knows: names, trades, illnesses, tongues, and what is none."""


def word_set(words: str) -> frozenset[str]:
    """Return words, underscores read as spaces."""
    return frozenset(word.replace("_", " ") for word in words.split())


FIRST_NAMES = word_set("""
    aaron abigail adam adrian agnes agnieszka ahmed aidan aisha alan albert alejandro alex alexander
    alexandra alfred ali alice alicia alina alison amanda amelia amelie amina amir amy ana anastasia
    andre andrea andreas andrew andy angela anita anja anke ann anna anne annette annika anthony
    anton antonia antonio arjun arthur astrid audrey aurora axel barbara bart beatrice beatriz ben
    benedict benjamin bernard bernd bert beth bianca bill birgit björn bob boris brandon brenda
    brian bridget bruno camila camille carl carla carlos carmen carol carolina caroline catarina
    caterina catherine cecilia celine charles charlie charlotte chen chiara chris christian
    christina christine christopher claire clara claudia claus clemens colin conrad connor cristina
    dan daniel daniela danielle dario david deborah denis denise dennis derek diana diane diego
    dieter dimitri dmitri dominic donald dora doris dorothy dylan eddie edgar edith edward elena
    eleanor eli elias elisa elisabeth elizabeth ella ellen elliot elsa emil emily emma eric erica
    erik erika ernst esther ethan eugene eva evan eve evelyn fabian fatima felicia felix fernando
    finn fiona florence florian frances francesca francis francisco frank franz fred frederick
    freya frieda fritz gabriel gabriela gareth gavin george georg gerald gerd gianna gina giovanni
    gisela giulia gloria grace graham greg greta guido gustav hana hanna hannah hannes hans harald
    harriet harry hasan hassan heather heidi heike heinz helen helena helga henri henry herbert
    hiroshi holger holly horst howard hugo ian ibrahim ida igor ines inga ingrid irene iris irina
    isaac isabel isabella isla ivan jack jackson jacob jaime jake jakob james jamie jan jana jane
    janet jasmine jason javier jean jenna jennifer jenny jens jeremy jerry jessica jill jim jin
    joan joana joanna joao joaquin joe joel johan johann johanna john johnny jon jonas jonathan
    jordan jorge jose josef joseph josh joshua juan judith judy julia julian juliana julie juliet
    jun jürgen justin kai kaja karen karin karina karl karla karsten kate katharina katherine
    kathleen katja katrin kayla keith kelly ken kenji kenneth kerstin kevin kim kirsten klara klaus
    kofi konrad kristina kurt kyle lara larry lars laura lauren lea leah lena leo leon leonard
    leonie leyla liam lien lillian lily lina linda linus lisa liz lola lorenzo lotte louis louise
    luca lucas lucia lucy luis luisa lukas luke luna lydia maeve magda magdalena maja malcolm
    manuel manuela marcel marco marcus margaret maria mariam mariana marie marina mario marion
    marius mariusz marlene marta martha martin martina marty mary mateo mathilda matilda matt
    matteo matthew matthias maurice max maya megan mei melanie melissa mia michael michaela michelle
    miguel mike mila milan milena ming miranda miriam mohamed mohammed moira molly monica monika
    muhammad nadia nadine nancy naomi natalia natalie nathan neil nele nia nicholas nick nicola
    nicolas nicole nigel nikita nikolai nils nina noah noel nora norman oleg olga oliver olivia
    omar oscar oskar otto pablo pamela paolo patricia patrick paul paula paulina pauline pavel pedro
    penny peter petra phil philip philipp phoebe pierre piotr priya rachel rafael rainer ralf ralph
    ramon
    raquel ravi raymond rebecca regina reinhard renate ricardo richard rita rob robert roberto robin
    rodrigo roger roland rolf roman ron ronald rosa rosalie rose rosemary rosie ross ruben rudolf
    rupert ruth ryan sabine sabrina sally sam samantha samir samuel sandra sara sarah sasha saskia
    sean sebastian selma serena sergei sharon sheila shirley silke silvia simon simone sofia sonia
    sonja sophia sophie stanley stefan stefanie stella stephan stephanie stephen steve steven stuart
    sue susan susanna susanne svenja sven sylvia tamara tanja tara tatiana ted teresa terry thea
    theo theodor theresa thomas tiago tim timothy tina tobias todd tom tomas tomasz tommy tony
    torsten tracy tyler ulrich ulrike ursula uwe valentina valerie vanessa vera veronica victor
    victoria viktor vincent viola violet virginia vivian vladimir walter wanda wei wendy werner
    wilhelm will william willy wolfgang xavier xenia yan yara yasmin yuki yuri yusuf yvonne zara zoe
""")

# No name begins with one of these, capital or not.
NOT_NAMES = word_set("""
    i you he she it we they me him her us them my your his its our their mine yours a an the this
    that these those here there who whom whose which what when where why how and or but so if as at
    by for from in into of on onto off over to under up with without about after before since until
    am is are was were be been being do does did done have has had having can could will would shall
    should may might must not no yes yeah yep nope ok okay oh ah um uh er hm well now then today
    tomorrow yesterday tonight soon later again always never ever often usually sometimes still just
    only also too very really quite rather almost already maybe perhaps probably actually please
    thanks thank sorry hello hi hey bye goodbye good bad great fine nice new old young little big
    small long short happy sad angry tired late early hungry ill sick sure ready busy free single
    married alone asleep awake home away back out one two three four five six seven eight nine ten
    first second third last next monday tuesday wednesday thursday friday saturday sunday january
    february march april june july august september october november december morning evening
    night noon weekend everybody everyone nobody none somebody someone anybody anyone all both each
    every some any many much more most other another such same own hard easy difficult spelled
    written important unusual common mud trouble legion bond napoleon ringback coming going calling
    getting working living waiting sleeping doing being having making taking right wrong true false
    annoying called named unknown secret irrelevant forgotten missing dead gone broken full empty
    german french english spanish british american polish italian portuguese dutch danish swedish
    allergic vegan vegetarian diabetic pregnant retired amazing wonderful lovely terrible lost
    upset nervous worried excited bored available unavailable listening kidding joking afraid
    neither either nothing something everything anything people lunch dinner breakfast work school
    life love time money music god dear honey darling sir madam mister miss mum mom dad mother
    father sister brother son daughter wife husband doctor friend boss remember forget take make
    let call tell ask write send read play stop start open close turn set show give get go come
    look listen wait thing things stuff way lot bit kind sort like
""")
FILLERS = word_set("""
    um uh er erm hm hmm mm ah oh well so okay ok yeah yes yep right alright look listen hey hi hello
    actually basically honestly anyway also and but because cause then plus no sorry wait ringback
    there now
""")
ADVERBS = word_set("""
    now also really just still currently usually actually already both only absolutely
    totally originally recently definitely normally generally often sometimes always simply
    truly finally officially even kind_of sort_of um uh er
""")
TITLES = word_set("""
    dr doctor mr mister mrs ms miss professor prof sir aunt auntie uncle grandma granny grandpa
    herr frau monsieur madame signor signora senor senora
""")

PROFESSIONS = word_set("""
    accountant actor actress administrator analyst architect artist astronaut author baker banker
    barber barista barrister bartender beekeeper biologist bookkeeper bricklayer builder butcher
    caretaker carpenter cashier chef chemist chiropractor cleaner coach composer conductor
    consultant cook counsellor counselor curator dancer dentist designer detective developer
    dietician dietitian director doctor driver economist editor electrician engineer estate_agent
    farmer firefighter fireman fisherman florist gardener geologist glazier goldsmith hairdresser
    handyman historian housekeeper housewife illustrator inspector instructor interpreter
    investor janitor jeweller joiner journalist judge lawyer lecturer librarian lifeguard
    locksmith machinist manager masseur mathematician mechanic midwife miner musician
    nanny neurologist notary novelist nurse nutritionist optician organist paediatrician painter
    paralegal paramedic pastor pathologist pediatrician pharmacist philosopher photographer
    physician physicist physiotherapist pianist pilot plasterer plumber podiatrist policeman
    policewoman police_officer politician postman priest producer professor programmer psychiatrist
    psychologist psychotherapist publisher radiologist realtor receptionist recruiter researcher
    roofer sailor salesman salesperson saleswoman scientist sculptor secretary security_guard
    shepherd shopkeeper singer social_worker soldier solicitor statistician student surgeon surveyor
    tailor taxi_driver teacher technician therapist tiler trader trainee trainer translator
    truck_driver tutor undertaker vet veterinarian violinist waiter waitress watchmaker weaver
    web_developer
    welder writer zookeeper consultant freelancer apprentice paramedic nurse
""")

NO_TRADES = word_set("slave_driver back-seat_driver backseat_driver spin_doctor snake_charmer")

CONDITIONS = word_set("""
    asthma diabetes arthritis epilepsy migraines migraine hypertension high_blood_pressure
    low_blood_pressure cancer breast_cancer lung_cancer depression anxiety adhd autism dyslexia
    dementia alzheimer's alzheimer parkinson's parkinson multiple_sclerosis ms coeliac_disease
    celiac_disease crohn's_disease crohn's hay_fever eczema psoriasis rheumatism osteoporosis gout
    glaucoma tinnitus sleep_apnea sleep_apnoea insomnia lupus endometriosis hepatitis hiv copd
    anaemia anemia hypothyroidism hyperthyroidism a_pacemaker a_heart_condition a_heart_murmur
    an_irregular_heartbeat atrial_fibrillation high_cholesterol type_one_diabetes type_two_diabetes
    type_1_diabetes type_2_diabetes a_bad_back a_bad_knee a_slipped_disc kidney_disease
    liver_disease heart_disease bipolar_disorder chronic_fatigue chronic_pain fibromyalgia reflux
    a_hearing_aid lactose_intolerance gluten_intolerance irritable_bowel_syndrome ibs
""")
WORKPLACES = word_set("""
    bank school hospital hotel restaurant shop store factory library museum university kindergarten
    pharmacy bakery supermarket clinic bar cafe garage laboratory lab warehouse nursery prison
""")
CONDITION_OF = {
    "diabetic": "diabetes",
    "asthmatic": "asthma",
    "epileptic": "epilepsy",
    "dyslexic": "dyslexia",
    "coeliac": "coeliac disease",
    "celiac": "celiac disease",
    "autistic": "autism",
    "colour-blind": "colour blindness",
    "color-blind": "colour blindness",
    "colourblind": "colour blindness",
    "colorblind": "colour blindness",
}
MEDICINES = word_set("""
    insulin metformin aspirin ibuprofen paracetamol acetaminophen metoprolol bisoprolol ramipril
    lisinopril amlodipine simvastatin atorvastatin omeprazole pantoprazole levothyroxine thyroxine
    warfarin apixaban rivaroxaban xarelto eliquis clopidogrel sertraline fluoxetine citalopram
    escitalopram venlafaxine ritalin methylphenidate lithium prednisone prednisolone cortisone
    salbutamol ventolin antihistamines cetirizine loratadine melatonin penicillin amoxicillin
    antibiotics antidepressants statins betablockers beta-blockers morphine codeine tramadol
    gabapentin pregabalin methotrexate valium diazepam lorazepam xanax zoloft prozac lipitor
    ozempic semaglutide levodopa candesartan losartan valsartan furosemide hydrochlorothiazide
    painkillers sleeping_pills
""")
MEDICINE_ENDINGS = (
    "pril",
    "sartan",
    "statin",
    "prazole",
    "olol",
    "cillin",
    "mycin",
    "formin",
    "azepam",
)
MEDICINE_UNITS = word_set("""
    mg milligrams milligram milligrammes tablet tablets pill pills capsule capsules drops
    medication medicine medicines
""")
LANGUAGES = word_set("""
    afrikaans albanian amharic arabic armenian basque bengali bosnian breton bulgarian burmese
    cantonese catalan chinese croatian czech danish dutch english esperanto estonian farsi finnish
    flemish french gaelic galician georgian german greek hausa hebrew hindi hungarian icelandic igbo
    indonesian irish italian japanese javanese kannada kazakh khmer korean kurdish lao latin latvian
    lithuanian luxembourgish macedonian malay malayalam maltese mandarin maori marathi mongolian
    nepali norwegian pashto persian polish portuguese punjabi romanian russian sanskrit serbian
    sinhala slovak slovene slovenian somali spanish swahili swedish tagalog tamil telugu thai
    tibetan turkish ukrainian urdu uzbek vietnamese welsh xhosa yiddish yoruba zulu
""")
INSTRUMENTS = word_set("""
    accordion bagpipes banjo bass bassoon cello clarinet double_bass drums flute french_horn guitar
    harmonica harp harpsichord horn keyboard mandolin oboe organ piano recorder sax saxophone
    trombone trumpet tuba ukulele viola violin
""")
GAMES = word_set("""
    badminton baseball basketball billiards bridge cards chess cricket darts football golf handball
    hockey ice_hockey lacrosse padel poker polo rugby scrabble snooker soccer squash table_tennis
    tennis volleyball water_polo
""")
DIETS = {
    "vegetarian": "vegetarian",
    "veggie": "vegetarian",
    "vegan": "vegan",
    "pescatarian": "pescatarian",
    "flexitarian": "flexitarian",
}
POSSESSIONS = word_set("""
    allotment apartment bicycle bike boat bungalow cabin camper campervan canoe car caravan chalet
    cottage drone e-bike farm flat garden greenhouse guitar holiday_home house kayak
    motorbike motorcycle motorhome piano pool sailboat sauna scooter tent tesla van vineyard
    violin yacht
""")
PLACES_OF_LIVING = word_set("""
    house flat apartment village town city suburb suburbs countryside street road farm cottage
    bungalow studio dorm dormitory monastery hostel houseboat boat caravan mountains north south
    east west island region neighbourhood neighborhood area centre center outskirts home hills coast
""")
NOT_PLACES = word_set("""
    fear hope peace denial sin heaven hell bed time trouble love hiding exile moment past future
    now world dream dreams it this that them me you him her here there work school mars moon space
    mind head comfort luxury poverty harmony silence pain sync limbo style paradise general
    another other each everyone everybody home tears action mood days years months shape reality
    memory memories darkness light motion church jail prison question debt line order fact
    town where what which far scratch around outside inside above below hearing seeing afar
    january february march april may june july august september october november december
    spring summer autumn winter
""")
NOT_ALLERGENS = word_set("""
    mondays monday mornings morning nonsense stupidity work exercise people questions meetings
    commitment math maths housework bullshit rubbish that this it anything everything nothing you
    him her them me my your his bureaucracy small_talk idiots hype drama fools politics lies what
    sundays tuesdays surprises early late getting winter cooking cleaning homework school
""")
UNREAL = word_set("""
    would could should might maybe perhaps probably possibly wish wishes hope hopes someday
    almost nearly guess suppose supposedly allegedly apparently want wants wanted trying considering
    planning thinking shall will
""")
FORWARD = word_set("""
    if unless imagine pretend suppose supposing assuming whether when whenever while until before
    after once dream dreamt dreamed dreaming says say said saying told tells tell think thinks
    thought believe believes heard hear hears read reads wrote write writes claims claimed
    asked asks wonder wonders according mentions mentioned goes reckon reckons assume assumes
    swear fear doubt suspect worry joked afraid scared worried terrified
    pretends pretended remember forget wish
""")
FICTION = word_set("""
    movie film story book novel song lyrics dream tale series episode character poem play
    example chapter game hypothetically
""")
JOKES = word_set("kidding joking lol haha hahaha jk rofl")
QUESTION_STARTS = word_set("""
    what where when who whom whose which why how is are am was were do does did can could will would
    should shall has may might
""")
COMPLEMENTS = word_set("""
    that where what when how why who whom which whose if whether than as way know think say says
    said believe guess told hear heard feel sure like time see wish hope suppose because mean
    company firm job school town city country street flat knows knew
    thing things everything something anything all nothing person man woman one people day place
    house city people reason do does did can could will would should am is are was were have has had
    so nor neither to of for with about and but or not never once until before after while since
    unless though although remember forget
""")

# What I say of myself, as it is said to me.
MINE_AS_YOURS = {
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "i'm": "you're",
    "i've": "you've",
    "i'd": "you'd",
    "i'll": "you'll",
}
