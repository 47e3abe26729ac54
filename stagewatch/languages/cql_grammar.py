"""A grammar of CQL after "CrowdStrike Query Language Grammar Subset", which the vendor publishes for generators.

The page names its productions as the rules here are named; what is left out of it: saved queries (``$name()``), query
parameters (``?name``), ``match``, and a list of functions as a step. ``correlate()`` is not in the subset; its form is
that of its own page, "correlate()".
"""

GRAMMAR = r"""
start: pipeline
pipeline: step ("|" step)*

// PipelineStep. A function stands alone, never inside a filter; "Operators" shows its negation.
step: filter                                        -> where
    | call                                          -> apply
    | _NOT call                                     -> apply_not
    | name ":=" expression                          -> assign
    | name "=~" call                                -> shorthand
    | name "=~" _BANG call                          -> shorthand_not
    | _CASE "{" pipeline (";" pipeline)* "}"        -> case
    | WORD "<=>" WORD                               -> link
    | CORRELATE "(" member ("," member)* ")"        -> correlate

// LogicalAndFilter, LogicalOrFilter, UnaryFilter: OR binds tighter than AND, NOT tightest ("Operators", "Important").
filter: some (_AND? some)*                          -> every
some: unary (_OR unary)*
?unary: _NOT unary                                  -> not_
      | primary
?primary: name "=" pattern                          -> equal
        | name "!=" pattern                         -> unequal
        | name _LIKE glob                           -> like
        | name ORDER NUMBER                         -> order
        | free
        | TRUE                                      -> true
        | FALSE                                     -> false
        | "(" filter ")"                            -> group

free: WORD | GLOB | STRING | REGEX
pattern: WORD | GLOB | STRING | REGEX
glob: WORD | GLOB | STRING
name: WORD | STRING

// FunctionCall, Expression and below; the arguments of a call are expressions.
call: FUNCTION "(" [argument ("," argument)*] ")"
argument: WORD "=" expression                       -> named
        | expression                                -> unnamed
?expression: expression COMPARISON additive         -> binary
           | additive
?additive: additive SUM product                     -> binary
         | product
?product: product PRODUCT sign                      -> binary
        | sign
?sign: SIGN operand                                 -> unary
     | operand
?operand: "(" expression ")"
        | BRACE pipeline "}"                        -> subquery
        | call
        | array
        | WORD                                      -> bare
        | STRING                                    -> quoted
array: BRACKET [element ("," element)*] "]"
?element: expression | WORD ":=" call               -> assign_call

// "correlate()", "Defining a Query Node": the name of a query takes no quotes.
member: WORD ":" "{" pipeline "}" attribute?        -> node
      | WORD "=" expression                         -> named
attribute: WORD ":" (STAR | array)

// Characters of bare words: "Appendix C. Character Table".
// A word right before a parenthesis is the name of a function, wherever it stands.
WORD: /[#%&.0-9@A-Z\\^_a-z\u00A1-\u00AA\u00AE-\u00BA\u00BC-\u00FF]++(?:\[\d+\])?(?!\()/
GLOB.1: /[#%&.0-9@A-Z\\^_a-z\u00A1-\u00AA\u00AE-\u00BA\u00BC-\u00FF]*[*+~-][#%&*+.0-9@A-Z\\^_a-z~\u00A1-\u00FF-]*/
// QuotedString: one line; \" \\ \n and no other escape.
STRING: /"(?:[^"\\\r\n]|\\["\\n])*"/
// Regex: one line, a slash in it behind a backslash. Two slashes begin a comment.
REGEX: /\/(?![\/*])(?:[^\/\\\r\n]|\\[^\r\n])+\/[A-Za-z]*/
NUMBER: /\d+(?:\.\d+)?(?![#%&.0-9@A-Za-z\\^_*+~-])/
FUNCTION.2: /[A-Za-z][A-Za-z0-9_]*(?::[A-Za-z][A-Za-z0-9_]*)?(?=[ \t]*\()/
CORRELATE.3: /correlate(?=[ \t]*\()/
_CASE.3: /case(?=\s*\{)/
_AND.3: /(?:AND|and)(?![#%&.0-9@A-Za-z\\^_*+~-])/
_OR.3: /(?:OR|or)(?![#%&.0-9@A-Za-z\\^_*+~-])/
_NOT.3: /!(?!=)|(?:NOT|not)(?![#%&.0-9@A-Za-z\\^_*+~-])/
_LIKE.3: /like(?![#%&.0-9@A-Za-z\\^_*+~-])/
TRUE.3: /true(?![#%&.0-9@A-Za-z\\^_*+~-])/
FALSE.3: /false(?![#%&.0-9@A-Za-z\\^_*+~-])/
ORDER: /<=(?!>)|>=|<|>/
COMPARISON: /==|!=|>=|<=|>|</
SUM: /[+-]/
PRODUCT: /[*\/%]/
SIGN: /-|!/
_BANG: "!"
BRACE: "{"
BRACKET: "["
STAR: "*"
COMMENT: /\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\//
%ignore /\s+/
%ignore COMMENT
"""
