import { badge, element, hidden, names, say } from "./elements.js";

// Platforms, in tabs that keep the platform chosen on other pages

export function platforms(targets, number) {
  const tabs = element("div", { class: "pg-tabs", role: "tablist", "aria-label": "Platforms" });
  const box = element("div", {}, tabs);
  const kept = remembered();
  let chosen = targets.findIndex((target) => names[target.target] === kept);
  if (chosen < 0) chosen = 0;
  targets.forEach((target, place) => {
    const id = `pg-${number}-${target.target}`;
    const tab = element(
      "button",
      {
        type: "button", role: "tab", id: `${id}-tab`, "aria-controls": id,
        onclick: () => choose(tabs, place, true), onkeydown: (key) => move(tabs, key),
      },
      names[target.target] ?? target.target, " ", dot(target.status),
    );
    tabs.append(tab);
    box.append(element("div", { role: "tabpanel", id, "aria-labelledby": `${id}-tab`, tabindex: "0" }, ...targetShown(target)));
  });
  choose(tabs, chosen, false);
  return box;
}

const dot = (status) => element("span", { class: `pg-dot pg-${status}` }, hidden(status));

function choose(tabs, place, keep) {
  Array.from(tabs.children).forEach((tab, number) => {
    tab.setAttribute("aria-selected", String(number === place));
    tab.tabIndex = number === place ? 0 : -1;
    const panel = document.getElementById(tab.getAttribute("aria-controls")) ?? tabs.parentElement.children[number + 1];
    panel.hidden = number !== place;
    if (keep && number === place) remember(tab.firstChild.textContent);
  });
}

function move(tabs, key) {
  const all = Array.from(tabs.children);
  const at = all.indexOf(key.currentTarget);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[key.key];
  if (to === undefined) return;
  key.preventDefault();
  const place = (to + all.length) % all.length;
  choose(tabs, place, true);
  all[place].focus();
}

// Material keeps the labels of tabs that were chosen, the last one first.
function remembered() {
  try {
    return (window.__md_get?.("__tabs") ?? []).find((label) => Object.values(names).includes(label));
  } catch {
    return undefined;
  }
}

function remember(label) {
  try {
    window.__md_set?.("__tabs", [...new Set([label, ...(window.__md_get("__tabs") ?? [])])]);
  } catch {
    // a browser that keeps nothing
  }
}

const MEANINGS = {
  ok: "The query means what the rule says.",
  degraded: "The query sees less than the rule says, never more.",
  unsupported: "There is no query: the platform cannot express the rule, or its events cannot answer it.",
  failed: "The conversion failed.",
};

function targetShown(target) {
  const shown = [
    element(
      "p", { class: "sw-platform" },
      element("strong", {}, target.title), " ", badge(target.status, `status-${target.status}`),
      element("br"), MEANINGS[target.status] ?? "",
    ),
  ];
  if (target.reasons.length) {
    shown.push(listed(target.status === "degraded" ? "What it does not see here" : "Why", target.reasons, target.status));
  }
  if (target.window) shown.push(element("p", {}, `Window: ${target.window}.`));
  if (target.warnings.length) shown.push(listed("To know", target.warnings, "note"));
  for (const file of target.files) shown.push(fileShown(file, target));
  return shown;
}

function listed(title, lines, kind) {
  return element(
    "div", { class: `sw-box sw-box-${kind}` },
    element("p", {}, title), element("ul", {}, ...lines.map((line) => element("li", {}, line))),
  );
}

function fileShown({ suffix, text }, target) {
  const code = element("code", {}, ...coloured(text, suffix));
  const copy = element("button", { type: "button", class: "pg-copy", onclick: () => copied(text, code) }, "Copy");
  copy.append(hidden(` ${suffix} for ${names[target.target] ?? target.target}`));
  const frame = element("pre", { tabindex: "0", "aria-label": `Query, ${suffix}` }, code);
  return element("div", { class: "pg-file" }, element("div", { class: "pg-file-head" }, element("code", {}, suffix), copy), element("div", { class: "highlight" }, frame));
}

async function copied(text, code) {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied.", "pg-good");
  } catch {
    getSelection().selectAllChildren(code);
    say("The query is selected; copy it with the keyboard.");
  }
}

// Strings, numbers, comments and words of logic; what this does not know stays plain.
const WORDS = "and|or|not|where|in|like|like~|by|from|select|case|is|null|true|false|sequence|any|search|stats|eval|let|rule|meta|events|match|condition|outcome|extend|project|summarize|regex|in~|has_any|contains|startswith|endswith|matches";
const QUOTED = { doubled: /'(?:[^']|'')*'|"[^"]*"/, escaped: /@"[^"]*"|@'[^']*'|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/ };

function coloured(text, suffix) {
  const isDoubled = /(aql|sql)$/.test(suffix);
  const comment = /(sql|aql)$/.test(suffix) ? "--[^\\n]*" : /(spl|cse|json)$/.test(suffix) ? "(?!)" : "//[^\\n]*";
  const quoted = (isDoubled ? QUOTED.doubled : QUOTED.escaped).source;
  const token = new RegExp(`(?<s>${quoted})|(?<c1>${comment})|(?<k>(?<![\\w.])(?:${WORDS})(?![\\w.]))|(?<m>(?<![\\w.])\\d+(?:\\.\\d+)?(?![\\w.]))`, "gi");
  const pieces = [];
  let at = 0;
  for (const found of text.matchAll(token)) {
    const [kind] = Object.entries(found.groups).find(([, value]) => value !== undefined);
    pieces.push(text.slice(at, found.index), element("span", { class: kind }, found[0]));
    at = found.index + found[0].length;
  }
  return [...pieces, text.slice(at)];
}
