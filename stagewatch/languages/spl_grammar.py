r"""The grammar of the SPL that is read here, for Lark.

Each production names the Splunk page that it follows. Search terms without a field are left out: what they find
depends on how the index cuts an event into segments. So are subsearches outside ``multisearch``, comments, macros
with arguments, ``CASE()``, ``TERM()`` and time modifiers.
"""

from __future__ import annotations

GRAMMAR = r"""
// Search Manual, "Anatomy of a search": commands divided by pipes; the first command is search unless a pipe leads.
// Search Reference, "multisearch": a generating command, first after a leading pipe, two searches or more in brackets.
start: (SEARCH? search | "|" MULTISEARCH subsearch subsearch+) ("|" command)*

// Search Reference, "multisearch": purely streaming commands only, which sort, stats and table are not; streamstats is
// said to be a centralised streaming command ("Command types") and is kept out too.
subsearch: "[" SEARCH search ("|" streaming)* "]"

?command: streaming | sort | streamstats | stats | table
?streaming: where | eval | fields | rename | searching
searching: SEARCH search

// Search Manual, "Boolean expressions" and "Expressions and predicates": in search, parentheses, NOT, OR, AND in this
// order; AND is implied between terms; the operators are capitals.
?search: either (AND? either)*          -> both
?either: without (OR without)*          -> either
?without: NOT without                   -> without
    | "(" search ")"
    | MACRO                             -> macro
    | SOUGHT OPERATOR _value            -> compare
    | SOUGHT IN "(" _value ("," _value)* ")" -> one_of
_value: STRING | BARE

// Search Reference, "where", "eval", "Evaluation functions"; Search Manual, "Expressions and predicates": in where and
// eval, parentheses, NOT, AND, OR. XOR is refused.
where: WHERE expression
eval: EVAL assignment ("," assignment)*
assignment: name RELATION expression
?expression: conjunction (OR conjunction)*      -> disjunction
?conjunction: negation (AND negation)*          -> conjunction
?negation: NOT negation                         -> negation
    | comparison
?comparison: sum
    | sum RELATION sum                          -> relation
    | sum LIKE sum                              -> relation
    | sum IN "(" expression ("," expression)* ")" -> member
?sum: product ((PLUS | MINUS | DOT) product)*   -> arithmetic
?product: unary ((STAR | SLASH | PERCENT) unary)* -> arithmetic
?unary: MINUS unary                             -> negative
    | primary
?primary: "(" expression ")"
    | NUMBER                                    -> number
    | STRING                                    -> text
    | name
    | NAME "(" (expression ("," expression)*)? ")" -> call
name: NAME | QUOTED_NAME

// Search Reference, "sort": [<count>] and fields with signs, between commas or spaces; its functions are not read.
sort: SORT COUNT? key (","? key)*
key: (PLUS | MINUS)? FIELD

// Search Reference, "fields", "table", "rename"; no wildcards here.
fields: FIELDS (PLUS | MINUS)? _names
table: TABLE _names
rename: RENAME renamed ("," renamed)*
renamed: FIELD AS FIELD
_names: FIELD (","? FIELD)*

// Search Reference, "streamstats" and "stats"; resets and allnum are not read.
streamstats: STREAMSTATS option* aggregate (","? aggregate)* by?
stats: STATS aggregate (","? aggregate)* by?
option: OPTION "=" SETTING
aggregate: FIELD ("(" FIELD ")")? (AS FIELD)?
by: BY _names

SEARCH.3: /search(?=[\s(`])(?!\s*[=!<>])/
MULTISEARCH: /multisearch\b/
WHERE: /where\b/
EVAL: /eval\b/
SORT: /sort\b/
FIELDS: /fields\b/
TABLE: /table\b/
RENAME: /rename\b/
STREAMSTATS: /streamstats\b/
STATS: /stats\b/

AND.2: /AND(?![\w.])/
OR.2: /OR(?![\w.])/
NOT.2: /NOT(?![\w.])/
IN.2: /IN(?![\w.])/
LIKE.2: /LIKE(?![\w.])/
AS.2: /(?:AS|as)(?![\w.])/
BY.2: /(?:BY|by)(?![\w.])/

// Search Manual, "Use search macros": a name between backquotes.
MACRO: /`[A-Za-z_][A-Za-z0-9_]*`/
FIELD: /(?!(?:AND|OR|NOT|XOR|IN|AS|BY|and|or|not|xor|in|as|by)(?![\w.]))[A-Za-z_][\w.]*/
// With hyphens only here: requestParameters.x-amz-server-side-encryption="aws:kms" is in a base search of Splunk's own
// (splunk/security_content, aws_detect_users_with_kms_keys_performing_encryption_s3.yml).
SOUGHT: /(?!(?:AND|OR|NOT|XOR|IN|AS|BY|and|or|not|xor|in|as|by)(?![\w.\-]))[A-Za-z_][\w.]*(?:-[\w.]+)*/
OPERATOR: /!=|<=|>=|=(?!=)|<|>/
BARE: /[\w*.:\/@%+\-]+(?![\w*.:\/@%+\-(\\"'=<>!])/
// A backquote is refused in a literal as well: nothing says that no macro is looked for there.
STRING: /"(?:[^"\\\x00-\x1f\x7f`]|\\[^\x00-\x1f\x7f`])*"/
NAME: /(?!(?:AND|OR|NOT|XOR|IN|LIKE|and|or|not|xor)(?!\w))[A-Za-z_]\w*/
QUOTED_NAME: /'[^'\x00-\x1f\x7f`]+'/
NUMBER: /\d+(?:\.\d+)?(?![\w.])/
COUNT: /\d+(?![\w.])/
RELATION: /==|!=|<=|>=|=|<|>/
PLUS: "+"
MINUS: "-"
DOT: "."
STAR: "*"
SLASH: "/"
PERCENT: "%"
OPTION.2: /(?:window|time_window|global|current)(?=\s*=)/
SETTING: /\w+/

%ignore /[ \t\r\n]+/
"""
