// The page of the playground where it can run: texts go to the worker, and its answer is shown.

import { element, event, lineLink, part, root, rule, say } from "./elements.js";
import { results, show } from "./result.js";

const TO_LOAD = 180_000;
const TO_ANSWER = 20_000;
const MAX_RULE = 65_536;
const MAX_EVENT = 262_144;

const here = new URL(".", import.meta.url);
const button = part("go");
const stop = part("stop");

let worker = null;
let timer = 0;

function end(text, kind = "pg-bad") {
  clearTimeout(timer);
  worker?.terminate();
  worker = null;
  idle();
  if (text) say(text, kind);
}

function idle() {
  clearTimeout(timer);
  button.removeAttribute("aria-disabled");
  stop.hidden = true;
  root.removeAttribute("aria-busy");
}

const busy = () => button.hasAttribute("aria-disabled");

function limit(milliseconds, text) {
  clearTimeout(timer);
  timer = setTimeout(() => end(text), milliseconds);
}

function start() {
  if (worker) return;
  const address = new URL("worker.js", here);
  address.searchParams.set("pyodide", root.dataset.pyodide);
  worker = new Worker(address, { type: "module" });
  worker.onmessage = ({ data }) => heard(data);
  worker.onerror = (problem) => {
    problem.preventDefault?.();
    end("Python could not be loaded. Is every file of the playground on the server?");
  };
  limit(TO_LOAD, "Python was not loaded after three minutes. Try again when the connection is better.");
}

function heard(message) {
  switch (message.kind) {
    case "phase":
      say(message.text);
      break;
    case "ready":
      clearTimeout(timer);
      break;
    case "started":
      say("Converting…");
      limit(TO_ANSWER, "Stopped: it took longer than 20 seconds. A regular expression may be the reason, or a very long rule.");
      break;
    case "answer":
      idle();
      show(message.answer, complain);
      break;
    case "unloadable":
      end(`Python could not be loaded: ${message.message}`);
      break;
    default:
      end(`A defect of Stagewatch, please report it: ${message.message}`);
  }
}

function run() {
  clear();
  const bytes = (text) => new TextEncoder().encode(text).length;
  const problems = [];
  if (!rule.value.trim()) problems.push({ where: "rule", line: null, message: "paste a rule, or choose one above" });
  if (bytes(rule.value) > MAX_RULE) problems.push({ where: "rule", line: null, message: "it is larger than 64 kB" });
  if (bytes(event.value) > MAX_EVENT) problems.push({ where: "event", line: null, message: "it is larger than 256 kB" });
  if (problems.length) {
    complain(problems);
    return;
  }
  button.setAttribute("aria-disabled", "true");
  stop.hidden = false;
  root.setAttribute("aria-busy", "true");
  say(worker ? "Converting…" : "Loading Python…");
  start();
  worker.postMessage({ rule: rule.value, event: event.value });
}

function clear() {
  results.hidden = true;
  results.replaceChildren();
  for (const area of [rule, event]) {
    area.removeAttribute("aria-invalid");
    part(`${area === rule ? "rule" : "event"}-problems`).replaceChildren();
  }
}

function complain(problems) {
  for (const problem of problems) {
    const area = problem.where === "rule" ? rule : event;
    area.setAttribute("aria-invalid", "true");
    part(`${problem.where}-problems`).append(
      element("p", {}, lineLink(area, problem.line), problem.line ? ": " : "", problem.message),
    );
  }
  const places = problems.map(({ where, line }) => `the ${where}${line ? `, line ${line}` : ""}`);
  say(`${problems.length === 1 ? "A problem" : `${problems.length} problems`}: ${places.join("; ")}.`, "pg-bad");
}

// Examples

const rules = part("rules");
const events = part("events");
let offered = [];

async function offer(stem) {
  if (!Array.from(rules.options).some((option) => option.value === stem)) return;
  try {
    const response = await fetch(new URL(`rules/${stem}.json`, here));
    if (!response.ok) throw new Error(String(response.status));
    const found = await response.json();
    rule.value = found.rule;
    offered = found.events;
    events.replaceChildren(
      ...offered.map(({ label, hit }, number) => {
        const kind = hit === null ? "" : hit ? "hit: " : "near miss: ";
        return element("option", { value: String(number) }, `${kind}${label}`);
      }),
    );
    events.disabled = !offered.length;
    event.value = offered[0]?.text ?? "";
    clear();
    say("");
  } catch (error) {
    say(`The example could not be loaded (${error.message}).`, "pg-bad");
  }
}

rules.addEventListener("change", () => rules.value && offer(rules.value));
events.addEventListener("change", () => {
  event.value = offered[Number(events.value)]?.text ?? "";
  clear();
  say("");
});

// What the reader does

part("form").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  if (!busy()) run();
});
part("form").addEventListener("keydown", (key) => {
  if (key.key === "Enter" && (key.ctrlKey || key.metaKey) && !busy()) {
    key.preventDefault();
    run();
  }
});
stop.addEventListener("click", () => {
  end("Stopped. Python is loaded again for the next rule.", "");
  button.focus();
});

const wanted = new URLSearchParams(location.search).get("rule");
if (wanted) {
  rules.value = wanted;
  offer(wanted);
}

part("form").hidden = false;
