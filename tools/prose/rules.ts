/** A construction that this project does not use in its English. */
export interface Rule {
  readonly name: string
  /** A regular expression. A space in it stands for any white space, so that a construction is found across lines too. */
  readonly pattern: string
  /** The advice for the writer. */
  readonly instead: string
  /** A sentence that the rule must flag. */
  readonly bad: string
  /** A similar sentence that the rule must not flag. */
  readonly good: string
}

// Masked text has `¶` in the place of code and `_` in the place of quoted text, see mask.ts.
const SENTENCE_START = String.raw`(?<=(?:^|[.!?¶]|\n[^\S\n]*\n)\s*)`
const NOT_A_QUESTION = String.raw`(?![^.¶]*\?)`
const NOT_IN_A_HEADING = String.raw`(?<!#[^\n]*)`
// "says which value is wrong, and what is allowed" is a question that somebody answers.
const ASKING =
  'answer|ask|check|choose|chose|compare|decid|defin|depend|describ|explain|find|found|guess|hear|know|known|learn|look|matter|mean|print|question|read|report|saw|say|said|see|show|state|tell|told|understand'
const BEHIND = 'above|below|by|from|of|over|than|to|with|without'
const NOT_ASKED = String.raw`(?<!\b(?:${ASKING})\w*\b[^.¶]*)`

/** The constructions that the house style rules out. Few false alarms matter more than finding all of them. */
export const rules: readonly Rule[] = [
  {
    name: 'where-first',
    pattern: `${NOT_IN_A_HEADING}${SENTENCE_START}where (?!to |possible|necessary)${NOT_A_QUESTION}`,
    instead: 'begin a condition with "if", and name a place: "the folder of"',
    bad: 'Where it rejects, the entry is not stored.',
    good: 'Where does the registry listen?',
  },
  {
    name: 'where-condition',
    pattern: String.raw`(?:\b(?:absent|empty|even|except|fails?|false|null|only|refused|rejects?|throws?|true|undefined),? where\b|, where (?:it|nobody|none|nothing|no|there|they)\b)`,
    instead: 'write "if"',
    bad: 'It is undefined where the service has none.',
    good: 'It is in the folder where the server was started.',
  },
  {
    name: 'also-where',
    pattern: String.raw`\balso where\b`,
    instead: 'write "even if", or a sentence of two words more',
    bad: 'The header is there, also where the answer has no body.',
    good: 'The answer also has this header.',
  },
  {
    name: 'what-clause',
    pattern: String.raw`${NOT_IN_A_HEADING}${NOT_ASKED}(?<!\b(?:${BEHIND}) )\bwhat (?!to\b|if\b|about\b|extent\b|kinds?\b|order\b)${NOT_A_QUESTION}`,
    instead: 'name the thing: "yanked revisions" for "what is yanked"',
    bad: 'An import leaves what is yanked alone.',
    good: 'An error says which value was given, and what is allowed.',
  },
  {
    name: 'of-what',
    pattern: String.raw`\b(?:${BEHIND}) what (?!extent\b|kinds?\b|order\b)${NOT_A_QUESTION}`,
    instead: 'name the thing: "the policy\'s choice" for "to what the policy chooses"',
    bad: 'The answer says that the default moved to what the policy chose.',
    good: 'To what extent does it scale?',
  },
  {
    name: 'that-which',
    pattern: String.raw`\bthat which\b`,
    instead: 'name the thing',
    bad: 'It deletes that which is old.',
    good: 'It deletes the entry that is old, which takes a moment.',
  },
  {
    name: 'of-which',
    pattern: String.raw`\bof which\b(?! \w+ (?:is|are)\b[^.¶]*\?)`,
    instead: 'make two sentences',
    bad: 'A range has versions, of which one is the highest.',
    good: 'The client chooses which of the revisions it calls.',
  },
  {
    name: 'but-for',
    pattern: String.raw`(?<!\bnot\b[^.¶]*)\bbut for\b`,
    instead: 'write "except" or "except for"',
    bad: 'They are equal, but for the time.',
    good: 'This is not for servers but for browsers.',
  },
  {
    name: 'of-our-own',
    pattern: String.raw`\bof (?:my|one's|our) own\b`,
    instead: 'write "our index" for "an index of our own"',
    bad: 'An index of our own is faster.',
    good: 'A policy of your own is a module.',
  },
  {
    name: 'any-more',
    pattern: String.raw`\bany more(?=[.,;:)])`,
    instead: 'write "no longer", or "again"',
    bad: 'Nobody reads it any more.',
    good: 'Without any more requests, it stops.',
  },
  {
    name: 'no-more-than',
    pattern: String.raw`\bno more than\b`,
    instead: 'write "at most" or "only"',
    bad: 'It has no more than 64 labels.',
    good: 'There are no more pages than before.',
  },
  {
    name: 'has-it',
    pattern: String.raw`\bas (?!it |long |soon |they )(?:\w+ ){1,4}has it\b`,
    instead: 'write "as … describes" or "in the form of …"',
    bad: 'It is escaped as the documentation has it.',
    good: 'A server answers as soon as it has it.',
  },
  {
    name: 'former-latter',
    pattern: String.raw`\bthe (?:former|latter)\b`,
    instead: 'repeat the noun',
    bad: 'Of SQLite and MongoDB, the latter is for fleets.',
    good: 'A former default can become the default again.',
  },
  {
    name: 'legal-words',
    pattern: String.raw`\b(?:hereby|herein|lest|thereof|therein|whereby|wherein|whereof)\b`,
    instead: 'use common words',
    bad: 'The name of a service, or a part thereof, is given.',
    good: 'Therefore the name of a service is given.',
  },
]
