// The parts of the playground's page. Texts that are pasted, and what comes of them, get into it as text, never as HTML.

export const root = document.getElementById("playground");
export const names = JSON.parse(root.dataset.names);
export const part = (name) => document.getElementById(`pg-${name}`);
export const rule = part("rule");
export const event = part("event");

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const badge = (text, kind) => element("span", { class: `sw-badge sw-${kind}` }, text);
export const hidden = (text) => element("span", { class: "sw-hidden" }, text);

export function say(text, kind = "") {
  const status = part("status");
  status.textContent = text;
  status.className = `pg-status ${kind}`;
}

// A line of a text that the reader can go to.
export function lineLink(area, line) {
  if (!line) return null;
  const label = area === rule ? "of the rule" : "of the event";
  return element(
    "button",
    { type: "button", class: "pg-line", onclick: () => select(area, line), "aria-label": `Line ${line} ${label}` },
    `line ${line}`,
  );
}

function select(area, line) {
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((length, text) => length + text.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  area.scrollTop = Math.max(0, (line - 4) * (area.scrollHeight / Math.max(1, lines.length)));
  area.scrollIntoView({ block: "nearest" });
}
