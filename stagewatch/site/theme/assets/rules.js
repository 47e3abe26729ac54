/* The filter of the rule list. Without it the list is a plain table. */
(() => {
  "use strict";
  const form = document.querySelector("#sw-filter");
  const rows = [...document.querySelectorAll("#sw-rules tbody tr")];
  if (!form || !rows.length) return;
  const output = form.querySelector("output");
  const controls = [...form.querySelectorAll("input, select")];
  const texts = new Map(rows.map((row) => [row, `${row.textContent} ${row.dataset.words}`.toLowerCase()]));

  const fits = (row, asked) => {
    const data = row.dataset;
    const words = (asked.q || "").toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.every((word) => texts.get(row).includes(word))) return false;
    if (asked.level && data.level !== asked.level) return false;
    if (asked.kind && data.kind !== asked.kind) return false;
    if (asked.source && !data.sources.split(" ").includes(asked.source)) return false;
    if (asked.technique && !data.techniques.split(" ").includes(asked.technique)) return false;
    const states = data.states.split(" ");
    if (asked.platform) return asked.status ? states.includes(`${asked.platform}:${asked.status}`) : !states.includes(`${asked.platform}:unsupported`);
    return !asked.status || states.some((state) => state.endsWith(`:${asked.status}`));
  };

  const apply = () => {
    const asked = Object.fromEntries(controls.map((control) => [control.name, control.value.trim()]));
    let shown = 0;
    for (const row of rows) {
      row.hidden = !fits(row, asked);
      shown += row.hidden ? 0 : 1;
    }
    output.textContent = `${shown} of ${rows.length} shown`;
    const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value)).toString();
    try {
      history.replaceState(null, "", (query ? `?${query}` : location.pathname) + location.hash);
    } catch {
      /* an address that must not change, as in some frames: the filter works without */
    }
  };

  const asked = new URLSearchParams(location.search);
  for (const control of controls) {
    const value = asked.get(control.name);
    if (value !== null && (control.tagName === "INPUT" || [...control.options].some((one) => one.value === value))) control.value = value;
  }
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  apply();
})();
