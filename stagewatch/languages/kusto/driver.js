// Reads a query with Microsoft's parser and writes it anew for the engine. Runs after the language service.

var K = Kusto.Language;
var schemas = {};

// A column that the engine's tables have beside their own: the place of the record among the events.
var POSITION = "_position";

// Operators that give a row for a row: what comes out of them still is an event.
var ROW_WISE = [
  "AsOperator", "ExtendOperator", "FilterOperator", "ParseOperator", "ParseWhereOperator", "ProjectAwayOperator",
  "ProjectOperator", "ProjectRenameOperator", "ProjectReorderOperator", "SerializeOperator",
  "SortOperator", "TakeOperator", "TopOperator",
];

// Operators that ignore case -> those that do not. The parser calls ``in~`` InCs, and ``in`` In.
var FOLDING = {
  EqualTildeExpression: "==", BangTildeExpression: "!=", InCsExpression: "in", NotInCsExpression: "!in",
  ContainsExpression: "contains_cs", NotContainsExpression: "!contains_cs",
  StartsWithExpression: "startswith_cs", NotStartsWithExpression: "!startswith_cs",
  EndsWithExpression: "endswith_cs", NotEndsWithExpression: "!endswith_cs",
};

// Operators on text: what stands on their left is told to be text where it is, for the engine knows no types of columns.
var ON_TEXT = /^(EqualTilde|BangTilde|(Not)?(Equal|((In|Contains|StartsWith|EndsWith|Has)(Cs)?)))Expression$/;

// Function -> which of its arguments is a regular expression.
var REGEX_ARGUMENT = { extract: 0, extract_all: 0, replace_regex: 1, trim: 0, trim_end: 0, trim_start: 0 };

function define(key, tables) {
  var symbols = Object.keys(tables).map(function (table) {
    var columns = Object.keys(tables[table]).map(function (name) {
      return "['" + name + "']: " + tables[table][name];
    });
    return K.Symbols.TableSymbol.From("(" + columns.join(", ") + ")").WithName(table);
  });
  var database = new K.Symbols.DatabaseSymbol.$ctor3("db", null, symbols, false);
  schemas[key] = K.GlobalState.Default.WithDatabase(database);
  return true;
}

function items(list) {
  var found = [];
  for (var i = 0; i < System.Array.getCount(list); i++) found.push(System.Array.getItem(list, i));
  return found;
}

function kind(node) {
  return System.Enum.toString(K.Syntax.SyntaxKind, node.Kind);
}

function children(node) {
  var found = [];
  for (var i = 0; i < node.ChildCount; i++) {
    var child = node.GetChild(i);
    if (child) found.push(child);
  }
  return found;
}

function walk(node, visit) {
  visit(node);
  children(node).forEach(function (child) { walk(child, visit); });
}

function isText(node) {
  return /^(Compound)?StringLiteralExpression$/.test(kind(node));
}

// Lines and columns count from 1, columns in code points.
function place(text, offset) {
  var line = text.slice(0, offset).split("\n");
  return [line.length, Array.from(line[line.length - 1]).length + 1];
}

function problems(code) {
  var seen = {};
  return items(code.GetDiagnostics()).filter(function (found) {
    var key = [found.Code, found.Start, found.Message].join();
    return found.Severity === "Error" && !seen[key] && (seen[key] = true);
  }).map(function (found) {
    return [found.Code + ": " + found.Message].concat(place(code.Text, found.Start));
  });
}

function argumentsOf(call) {
  var list = children(children(call)[1])[1];
  return children(list).map(function (element) { return children(element)[0]; });
}

function regexes(code) {
  var found = [];
  walk(code.Syntax, function (node) {
    var pattern = null;
    if (kind(node) === "MatchesRegexExpression") pattern = children(node)[2];
    if (kind(node) === "FunctionCallExpression") pattern = argumentsOf(node)[REGEX_ARGUMENT[node.Name.SimpleName]];
    if (pattern && isText(pattern)) found.push([pattern.LiteralValue].concat(place(code.Text, pattern.TextStart)));
  });
  return found;
}

function parse(query) {
  var code = K.KustoCode.Parse(query);
  return JSON.stringify({ problems: problems(code), regexes: regexes(code) });
}

function analyse(query, key) {
  var code = K.KustoCode.ParseAndAnalyze(query, schemas[key]);
  var found = problems(code);
  if (found.length) return JSON.stringify({ problems: found, events: false, query: "" });
  var writer = new Writer(code);
  return JSON.stringify({ problems: [], events: writer.events, query: writer.write(code.Syntax, null) });
}

function Writer(code) {
  this.text = code.Text;
  this.lets = {};
  this.projects = [];
  var statements = [];
  var self = this;
  children(children(code.Syntax)[1]).forEach(function (element) {
    var statement = children(element)[0];
    if (kind(statement) === "LetStatement") self.lets[statement.Name.SimpleName] = statement.Expression;
    else statements.push(statement);
  });
  this.events = statements.length === 1 && this.isRowWise(children(statements[0])[0]);
  if (!this.events) this.projects = [];
}

// Whether each row of the expression is a row of a table. Notes which projections stand in the way.
Writer.prototype.isRowWise = function (node) {
  var self = this;
  switch (kind(node)) {
    case "NameReference":
      if (node.ReferencedSymbol instanceof K.Symbols.TableSymbol) return true;
      var bound = this.lets[node.SimpleName];
      return bound !== undefined && this.isRowWise(bound);
    case "ParenthesizedExpression":
      return this.isRowWise(children(node)[1]);
    case "MaterializeExpression":
      return this.isRowWise(children(node)[2]);
    case "PipeExpression":
      var parts = children(node);
      return this.isRowWise(parts[0]) && this.isRowWise(parts[2]);
    case "UnionOperator":
      var lists = children(node).filter(function (child) { return kind(child) === "List"; });
      return children(lists[lists.length - 1]).every(function (element) { return self.isRowWise(children(element)[0]); });
    case "FunctionCallExpression":
      return node.Name.SimpleName === "materialize" && this.isRowWise(argumentsOf(node)[0]);
    case "ProjectOperator":
      this.projects.push(node.TextStart);
      return true;
    default:
      return ROW_WISE.indexOf(kind(node)) >= 0;
  }
};

// The text of a node, changed where the engine reads it otherwise than Kusto. ``scope``: columns that * stands for.
Writer.prototype.write = function (node, scope) {
  var special = this.special(node, scope);
  if (special !== null) return special;
  var parts = children(node);
  if (!parts.length) return this.text.slice(node.TextStart, node.End);
  var out = "", at = node.TextStart, inner = scope;
  for (var i = 0; i < parts.length; i++) {
    var part = parts[i];
    if (part.End === part.TextStart) continue;
    if (kind(node) === "PipeExpression" && i === 2) inner = parts[0].ResultType && parts[0].ResultType.Columns;
    var written = this.write(part, inner);
    if (i === 0 && ON_TEXT.test(kind(node)) && isColumn(part)) written = "kusto_string(" + written + ")";
    out += this.text.slice(at, part.TextStart) + written;
    if (i === 0 && this.projects.indexOf(node.TextStart) >= 0 && kind(node) === "ProjectOperator")
      out += " " + POSITION + ",";
    at = part.End;
  }
  return out + this.text.slice(at, node.End);
};

Writer.prototype.special = function (node, scope) {
  if (isText(node)) return quoted(node.LiteralValue);
  var parts = children(node);
  if (/Expression$/.test(kind(node)) && parts.length === 3 && kind(parts[0]) === "StarExpression" && scope)
    return this.anywhere(node, scope);
  if (kind(node) === "MatchesRegexExpression") return this.regex(this.value(parts[0], scope), parts[2], scope);
  return kind(node) in FOLDING ? this.folding(node, scope) : null;
};

Writer.prototype.value = function (node, scope) {
  var text = this.write(node, scope);
  return node.ResultType && node.ResultType.Name === "dynamic" ? "tostring(" + text + ")" : text;
};

Writer.prototype.regex = function (value, pattern, scope) {
  return "kusto_regex(" + value + ", " + this.write(pattern, scope) + ")";
};

// * is any column: each is asked in turn, what is no string as text.
Writer.prototype.anywhere = function (node, scope) {
  var self = this, parts = children(node), operator = this.text.slice(parts[1].TextStart, parts[1].End);
  var tests = items(scope).map(function (column) {
    var name = "[" + quoted(column.Name) + "]";
    var value = column.Type.Name === "string" ? name : "tostring(" + name + ")";
    if (kind(node) === "MatchesRegexExpression") return self.regex(value, parts[2], scope);
    if (kind(node) in FOLDING && !isAscii(parts[2]))
      return "kusto_ascii_lower(" + value + ") " + FOLDING[kind(node)] + " " + lowered(parts[2]);
    return value + " " + operator + " " + self.write(parts[2], scope);
  });
  return "(" + tests.join(" or ") + ")";
};

// Operators that ignore case do so for ASCII letters only; the engine would for all.
Writer.prototype.folding = function (node, scope) {
  var parts = children(node), right = parts[2];
  if (isAscii(right)) return null;
  return "(kusto_ascii_lower(" + this.value(parts[0], scope) + ") " + FOLDING[kind(node)] + " " + lowered(right) + ")";
};

function isColumn(node) {
  return kind(node) === "NameReference" && node.ResultType && node.ResultType.Name === "string";
}

function literals(node) {
  if (isText(node)) return [node];
  if (kind(node) !== "ExpressionList") return [];
  var found = children(children(node)[1]).map(function (element) { return children(element)[0]; });
  return found.every(isText) ? found : [];
}

function isAscii(node) {
  return literals(node).every(function (literal) { return /^[\x00-\x7f]*$/.test(literal.LiteralValue); });
}

function lowered(node) {
  var found = literals(node).map(function (literal) {
    return quoted(literal.LiteralValue.replace(/[A-Z]/g, function (letter) { return letter.toLowerCase(); }));
  });
  return kind(node) === "ExpressionList" ? "(" + found.join(", ") + ")" : found[0];
}

// A literal with the escapes that the engine knows.
function quoted(value) {
  var escapes = { "\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  return '"' + value.replace(/[\\"\n\r\t]/g, function (character) { return escapes[character]; }) + '"';
}
