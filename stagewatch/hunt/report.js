"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));

  /* Colours: the system's until the reader chooses. */
  const theme = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const name = () => { theme.textContent = dark() ? "Light colours" : "Dark colours"; };
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; name(); });
  system.addEventListener("change", name);
  theme.hidden = false;
  name();

  /* Sorting: a button in each heading. What tells no value comes last, whichever way. */
  const order = new Intl.Collator("en", { numeric: true });
  const key = (row, column) => {
    const cell = row.cells[column];
    const value = cell.dataset.value ?? cell.textContent;
    return value === "-" ? "" : value;
  };
  for (const table of all("table.sortable")) {
    const heads = all("thead th", table);
    heads.forEach((head, column) => {
      if (column === heads.length - 1 && table.classList.contains("hits")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const body = table.tBodies[0];
        const rows = Array.from(body.rows, (row) => [key(row, column), row]);
        rows.sort(([a], [b]) => (a === "" || b === "" ? (a === "") - (b === "") : order.compare(a, b) * (down ? -1 : 1)));
        body.append(...rows.map(([, row]) => row));
      });
    });
  }

  /* A link to a rule opens it. */
  const open = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) { target.open = true; target.querySelector("summary").focus(); }
  };
  addEventListener("hashchange", open);
  open();

  /* Paper has nothing to click: everything is opened for it. */
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details:not([open])");
    opened.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((one) => { one.open = false; }));

  const form = document.getElementById("filters");
  if (!form) return;

  /* Filters: those of rows of the summary, hits, and bursts as a whole with their members. */
  const findings = all(".finding").filter((one) => !one.parentElement.closest(".finding"));
  const texts = new Map();
  const textOf = (one) => {
    if (!texts.has(one)) texts.set(one, one.textContent.toLowerCase());
    return texts.get(one);
  };
  const groups = [["hits", "#hits tr.finding"], ["bursts", "#bursts > .finding"]].map(([noun, selector]) => [noun, all(selector)]);
  const field = (wanted) => form.elements.namedItem(wanted);
  const apply = () => {
    const [level, rule, host, text] = [Number(field("level").value), field("rule").value, field("host").value, field("text").value.trim().toLowerCase()];
    const full = (time) => (time && time.length === 16 ? `${time}:00` : time);
    const [from, until] = [full(field("from").value), full(field("until").value)];
    for (const one of findings) {
      const { first, last } = one.dataset;
      one.hidden = Number(one.dataset.level) < level
        || (rule && one.dataset.rule !== rule)
        || (host && !one.dataset.host.split("\n").includes(host))
        || (from && !(last >= from))
        || (until && !(first <= until))
        || (text && !textOf(one).includes(text));
    }
    const told = groups.map(([noun, ones]) => `${ones.filter((one) => !one.hidden).length} of ${ones.length} ${noun}`);
    field("status").textContent = `Showing ${told.join(" and ")}`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  apply();

  /* The timeline: one stop for Tab; arrows move along a lane and between lanes; Enter sets the filter's times. */
  const timeline = document.getElementById("timeline");
  if (!timeline) return;
  const lanes = all("svg[role=img]", timeline).map((svg) => {
    svg.setAttribute("role", "group");
    return all("rect", svg);
  }).filter((bars) => bars.length);
  const bars = lanes.flat();
  if (!bars.length) return;
  bars.forEach((bar) => {
    bar.setAttribute("role", "button");
    bar.setAttribute("tabindex", "-1");
    bar.setAttribute("aria-label", bar.textContent);
  });
  bars[0].setAttribute("tabindex", "0");
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = "Arrow keys move from bar to bar; Enter or a click filters the findings to its time.";
  timeline.after(hint);
  const go = (bar) => {
    bars.forEach((other) => other.setAttribute("tabindex", other === bar ? "0" : "-1"));
    bar.focus();
  };
  const choose = (bar) => {
    field("from").value = bar.dataset.from;
    field("until").value = bar.dataset.to;
    apply();
  };
  const nearest = (lane, x) => lane.reduce((best, bar) =>
    Math.abs(bar.getBoundingClientRect().x - x) < Math.abs(best.getBoundingClientRect().x - x) ? bar : best);
  const moves = {
    ArrowRight: (lane, at) => lane[at + 1],
    ArrowLeft: (lane, at) => lane[at - 1],
    Home: (lane) => lane[0],
    End: (lane) => lane[lane.length - 1],
    ArrowDown: (lane, at) => lanes[lanes.indexOf(lane) + 1] && nearest(lanes[lanes.indexOf(lane) + 1], lane[at].getBoundingClientRect().x),
    ArrowUp: (lane, at) => lanes[lanes.indexOf(lane) - 1] && nearest(lanes[lanes.indexOf(lane) - 1], lane[at].getBoundingClientRect().x),
  };
  timeline.addEventListener("click", (event) => {
    const bar = event.target.closest("rect");
    if (bar) { go(bar); choose(bar); }
  });
  timeline.addEventListener("keydown", (event) => {
    const bar = event.target.closest("rect");
    if (!bar) return;
    const lane = lanes.find((one) => one.includes(bar));
    if (event.key === "Enter" || event.key === " ") choose(bar);
    else if (moves[event.key]) {
      const next = moves[event.key](lane, lane.indexOf(bar));
      if (next) go(next);
    } else return;
    event.preventDefault();
  });
})();
