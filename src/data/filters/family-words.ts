/**
 * What a family would not want a small child's parrot to say: sex, slurs, coarse insults. As stems, so that the list is
 * short. Words that old stories use innocently are not here: they count in a coarse turn of phrase only (`PHRASES`).
 */
const words = (list: string): string => list.trim().split(/\s+/).join("|");

/** Anywhere in a word: also `unf...able`, and what is made of two words. */
const WITHIN = words(`
  fuck motherf porn slut whore (?<!s)cunt (?<!s)nigg(?:er|a) (?<!s)wank dildo masturbat blowjob handjob
  rimjob footjob gangbang orgasm goregasm cumshot jizz bukkake sodom(?:y|i[sz]) muffdiv carpetmunch
  fudgepack circlejerk deepthroat tubgirl pussies`);

/** At the beginning of a word. */
const BEGINNING = words(`
  shit(?!ake|aki|tim) bullshit clitor clits?\\b penis(?:es)?\\b vagin vulva genital(?!i(?:ve|an)) erotic
  erotis autoerot homoerot sexual sexy sexier sexiest sexcam livesex worldsex rapist pa?edophil pedobear
  incest(?!ig) be(?:a)?stialit zoophil necrophil coprophil coprolag urophil dendrophil acrotomoph vorareph
  dominatri femdom nymphoman nimphoman nympho hentai futanari bdsm fellat cunniling aniling felch feltch
  arsehol asshol assmunch asshat asswip dumbass dickhead cocksuck butthol buttcheek bunghol douchebag twat
  bollock bitch piss wetback raghead towelhead slanteye jig+ab jiggerb tranny trannies shemale bulldyke
  neonazi poontang punan shibari kinbaku upskirt camgirl creampie strap-?on\\b jailbait fisting fingerbang
  fuckin threesome vibrator spastic busty juggs 2g1c daterap viagra cialis voyeur yaoi lovemak titties
  doggiestyl doggystyl scrotum testicl prostitut striptease bimbo boobs?\\b boobies kinkster poopchut
  splooge spooge schlong rimming tribad queef queaf blumpkin bangbro bangbus goatse goatcx nambla pubes
  ponyplay`);

/** Whole words. */
const WHOLE = words(`
  anal anus rectum semen sexo sexting rape(?!\\s+(?:seed|oil|field)) rap(?:es|ed|ing) tits
  (?<!-)cum(?!-|\\s+(?:laude|bak)) cumming cums milfs? fags?(?!-ends?) faggot(?!\\s+of) spic spics kikes?
  pakis? gooks? beaners? pikeys? retards? nudes nudity nsfw pthc guro ecchi gokkun omorashi
  bastard(?:s|o|ly)? kys twats tosser tossers wanker octopussy apeshit (?:god)?damnit jigaboos? strappado
  skank skanks horny(?![-\\s]+(?:hand|palm|finger|toad|lizard|beak|scale|skin|shell|plate|hoof)) hooker
  hookers figging frotting scissoring tushy yiffy nawashi dolcett dvda babeland thumbzilla`);

/** Words that are innocent by themselves, in company that tells. */
const PHRASES = [
  // A part of the body, not a donkey.
  "(?:kick(?:s|ed)?|kiss|eat|lick|shut|move) (?:your|ur|my|his|her) ass|(?:your|ur|dumb|fat|smart|bad|tight)[ -]ass(?:es)?|pain in the ass",
  "(?:suck(?:s|ed|ing)?|your|my|his|big|hard|huge|giant|thick) (?:dick|cock|boner)s?(?![- ]\\p{L})",
  "(?:wet|shaved|tight|eat|lick|grab|hot) pussy(?![- ]?(?:cat|willow))",
  "suck (?:my|his|your|it)(?= (?:dick|cock|balls?)|[.!?]|$)",
  "(?:have|having|had|has|want|group|phone|oral|gay|hot|rough|unprotected|hard|for|anal|watch|sell) sex",
  "jerk(?:s|ing)? (?:it )?off",
  "(?:blow|hand|rim) jobs?|gang bang\\w*|date rape|strip club|golden shower|deep throat\\w*|dry hump\\w*|wet dreams?",
  "(?:go|just|please|should|better) (?:and )?(?:kill|hang) yoursel(?:f|ves)",
  "(?:get|got|getting) (?:laid|naked|nude) with|(?:big|nice|huge|bare|naked|your) (?:tit|boob|knocker)s",
  "go to hell|god damn|goddamn|white power",
]
  .join("|")
  .replaceAll(" ", "\\s+");

/** A letter, or a sign that stands for one. */
const PART = "[\\p{L}\\p{M}\\p{N}]";

/** One or more such words. */
export const UNFRIENDLY: RegExp = new RegExp(
  `(?<!${PART})(?:[a-z]*(?:${WITHIN})[a-z]*|(?:${BEGINNING})[a-z]*|(?:${WHOLE})|(?:${PHRASES})` +
    `|(?:f[*@#u]+[*@#c]+k|s[h*][*1!]t|b[*1!]tch|c[*]+nt|d[*]+ck|p[*]+ssy|a[$][$])[a-z]*|\\u{1F595})(?!${PART})`,
  "iu",
);
