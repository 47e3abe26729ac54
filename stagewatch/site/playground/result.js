// What is shown of an answer: the verdict on the event, and which parts of a rule hold.

import { badge, element, hidden, lineLink, part, rule, say } from "./elements.js";
import { platforms } from "./platforms.js";

export const results = part("results");

const MANY = 6;

// `complain` shows what is wrong with the texts.
export function show(answer, complain) {
  if (answer.problems.length) complain(answer.problems);
  if (!answer.rules.length) return;
  results.append(element("h2", { id: "result" }, "Result"));
  if (answer.event?.more) {
    results.append(element("p", {}, `The first event is tried; ${answer.event.more} more stand behind it.`));
  }
  answer.rules.forEach((one, number) => results.append(...ruleShown(one, number)));
  results.hidden = false;
  if (!answer.problems.length) say(`Done. ${answer.rules.map(verdict).join(" ")}`, "pg-good");
}

function verdict(one) {
  const queries = one.targets.filter((target) => target.files.length).length;
  const hit = !one.match || one.match.holds === null ? "" : one.match.holds ? " The event is a hit." : " The event is no hit.";
  return `${one.title}: ${queries} of ${one.targets.length} platforms have a query.${hit}`;
}

function ruleShown(one, number) {
  const head = element("p", { class: "sw-badges" });
  if (one.level) head.append(badge(one.level, `level-${one.level}`));
  if (one.kind !== "rule") head.append(badge(`correlation: ${one.kind.replace("_", " ")}`, "plain"));
  if (one.match && one.match.holds !== null) head.append(one.match.holds ? badge("hit", "hit") : badge("no hit", "miss"));
  return [
    element("h3", {}, one.title),
    head,
    element("h4", {}, "Which parts match"),
    matching(one.match),
    element("h4", {}, "Queries"),
    element("p", {}, "Converted here, and not proven: proofs belong to the rules of the catalogue."),
    platforms(one.targets, number),
  ];
}

function matching(match) {
  if (!match) return element("p", {}, "Paste an event to see which parts of the rule match.");
  if (match.reason) return element("p", {}, `${match.reason[0].toUpperCase()}${match.reason.slice(1)}.`);
  const list = element("ul", { class: "pg-parts" });
  list.append(sourceShown(match.source), ...match.detections.map(partShown));
  for (const condition of match.conditions) {
    const row = [sign(condition.tree.holds), element("strong", {}, "condition"), " ", lineLink(rule, condition.line)];
    const below = condition.tree.parts.length ? element("ul", {}, ...condition.tree.parts.map(termShown)) : null;
    list.append(element("li", { class: holding(condition.tree.holds) }, ...row, " ", element("code", {}, condition.text), below));
  }
  return list;
}

const holding = (holds) => (holds === null ? "pg-open" : holds ? "sw-yes" : "sw-no");

function sign(holds) {
  const words = holds === null ? "not known" : holds ? "holds" : "does not hold";
  const mark = holds === null ? "?" : holds ? "✓" : "✗";
  return element("span", { class: "pg-sign", title: words }, element("span", { "aria-hidden": "true" }, mark), hidden(`${words}: `));
}

function sourceShown(source) {
  const found = source.holds === null ? "the event does not tell its own, so it is taken as fitting" : `the event is of ${source.found}`;
  return element(
    "li", { class: holding(source.holds) },
    sign(source.holds), element("strong", {}, "log source"), " ", lineLink(rule, source.line), " ",
    element("code", {}, source.asked || "any"), `; ${found}`,
  );
}

function partShown(one) {
  const label = { detection: "strong", field: "span", value: "code", alternative: "span" }[one.kind] ?? "span";
  const text = one.kind === "alternative" ? "one of these, as a whole" : one.text === "" ? "''" : one.text;
  const below = one.parts.length ? element("ul", {}, ...folded(one.parts)) : null;
  const values = one.found.map(valueShown);
  return element(
    "li", { class: `${holding(one.holds)} pg-${one.kind}` },
    sign(one.holds), element(label, { class: "pg-name" }, text), " ", lineLink(rule, one.line), ...values, below,
  );
}

// The parts, of many values those that do not hold folded away.
function folded(parts) {
  const misses = parts.filter((one) => one.kind === "value" && one.holds === false);
  if (misses.length <= MANY) return parts.map(partShown);
  const rest = parts.filter((one) => !misses.includes(one));
  const summary = element("summary", {}, `${misses.length} ${rest.length ? "other values do" : "values do"} not hold`);
  return [...rest.map(partShown), element("li", {}, element("details", { class: "pg-folded" }, summary, element("ul", {}, ...misses.map(partShown))))];
}

function valueShown({ field, value, spans, cut }) {
  const shown = value === null ? element("em", {}, "the event has no such field") : element("code", {}, ...marked(value, spans));
  return element("div", { class: "pg-value" }, element("span", {}, `${field}: `), shown, cut ? " (shortened)" : null);
}

// Places count characters as Python does, not the halves of them that JavaScript has.
function marked(value, spans) {
  const characters = Array.from(value);
  const pieces = [];
  let at = 0;
  for (const [begin, stop] of spans) {
    pieces.push(characters.slice(at, begin).join(""), element("mark", {}, characters.slice(begin, stop).join("")));
    at = stop;
  }
  return [...pieces, characters.slice(at).join("")];
}

function termShown(one) {
  const below = one.parts.length ? element("ul", {}, ...one.parts.map(termShown)) : null;
  return element("li", { class: holding(one.holds) }, sign(one.holds), element("code", {}, one.text), below);
}
