/* What every page has: the search, and a drawer that a keyboard opens. No library, no request beyond the site. */
(() => {
  "use strict";

  /* The drawer of a narrow window: Material opens it by a label that no keyboard reaches, and leaves it in reach when shut. */
  const drawer = document.querySelector("#__drawer");
  const opener = document.querySelector("[data-sw-drawer]");
  const sidebar = document.querySelector(".md-sidebar--primary");
  const wide = matchMedia("(min-width: 76.25em)");
  if (drawer && opener && sidebar) {
    const told = () => {
      opener.setAttribute("aria-expanded", String(drawer.checked));
      sidebar.inert = !wide.matches && !drawer.checked;
    };
    const turn = (open) => {
      drawer.checked = open;
      drawer.dispatchEvent(new Event("change"));
      told();
    };
    opener.addEventListener("click", () => {
      turn(!drawer.checked);
      if (drawer.checked) sidebar.querySelector("a[href], label[tabindex]")?.focus({ preventScroll: true });
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && drawer.checked && !wide.matches) {
        turn(false);
        opener.focus();
      }
    });
    drawer.addEventListener("change", told);
    wide.addEventListener("change", told);
    told();
  }

  /* Material makes a nameless landmark of each copy button, when its code comes into view, and takes code that scrolls
     from top to bottom out of a keyboard's reach. */
  const mend = () => {
    for (const nav of document.querySelectorAll("nav.md-code__nav:not([role])")) nav.setAttribute("role", "none");
    for (const code of document.querySelectorAll("pre > code[aria-label]:not([tabindex])")) code.tabIndex = 0;
  };
  mend();
  const article = document.querySelector("article");
  const watched = { childList: true, subtree: true, attributes: true, attributeFilter: ["tabindex"] };
  if (article) new MutationObserver(mend).observe(article, watched);

  /* Material checks neither of its two radio buttons before a choice, so that a keyboard would reach the wrong one. */
  const scheme = document.body.getAttribute("data-md-color-scheme");
  const option = document.querySelector(`.md-option[data-md-color-scheme="${scheme}"]`);
  if (option) option.checked = true;

  const button = document.querySelector("[data-sw-search]");
  if (!button || typeof HTMLDialogElement !== "function") return;
  const assets = new URL(".", document.currentScript.src);
  const base = new URL("..", assets);
  button.hidden = false;

  const dialog = document.createElement("dialog");
  dialog.className = "sw-search";
  dialog.setAttribute("aria-label", "Search the catalogue");
  dialog.innerHTML =
    '<form method="dialog"><input type="search" aria-label="Search rules, commands, fields, actors" ' +
    'placeholder="Rules, commands, fields, actors" autocomplete="off" spellcheck="false">' +
    '<button type="submit">Close</button></form>' +
    '<p class="sw-search-said" role="status"></p><ul class="sw-search-found"></ul>';
  document.body.append(dialog);
  const [input, said, list] = ["input", ".sw-search-said", "ul"].map((one) => dialog.querySelector(one));

  let index;
  const load = () =>
    new Promise((resolve, reject) => {
      if (index) return resolve(index);
      const script = document.createElement("script");
      script.src = new URL("search-index.js", assets).href;
      script.onload = () => {
        const raw = globalThis.stagewatchIndex;
        index = { pages: raw.pages, words: raw.words.split(" "), found: raw.found.split(" ") };
        resolve(index);
      };
      script.onerror = () => reject(new Error("The search index cannot be loaded."));
      document.head.append(script);
    });

  const weights = { t: 9, h: 4 };
  const asked = (text) => text.toLowerCase().match(/[a-z0-9]+(?:[._-][a-z0-9]+)*/g) || [];

  /* Page -> score for one word: indexed words that begin with it count, the word itself three times as much. */
  const look = (word) => {
    const scores = new Map();
    let low = 0;
    let high = index.words.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (index.words[middle] < word) low = middle + 1;
      else high = middle;
    }
    for (let at = low; at < index.words.length && index.words[at].startsWith(word); at += 1) {
      const whole = index.words[at] === word ? 3 : 1;
      let page = 0;
      for (const posting of index.found[at].split(",")) {
        page += parseInt(posting, 10);
        scores.set(page, Math.max((weights[posting.at(-1)] || 1) * whole, scores.get(page) || 0));
      }
    }
    const rare = Math.log(1 + index.pages.length / Math.max(1, scores.size));
    return new Map([...scores].map(([page, score]) => [page, score * rare]));
  };

  const search = (text) => {
    const words = asked(text);
    if (!words.length) return null;
    let total;
    for (const word of words) {
      const scores = look(word);
      total = total
        ? new Map([...total].filter(([page]) => scores.has(page)).map(([page, score]) => [page, score + scores.get(page)]))
        : scores;
    }
    return [...total].sort((one, other) => other[1] - one[1] || one[0] - other[0]).map(([page]) => page);
  };

  const item = (number, words) => {
    const [path, title, description, section, tag, headings] = index.pages[number];
    const begins = (shown, word) => asked(shown).some((one) => one.split(/[._-]/).concat(one).some((part) => part.startsWith(word)));
    const heading = headings.find(([, shown]) => words.every((word) => begins(shown, word)));
    const link = document.createElement("a");
    link.href = new URL(path + (heading ? `#${heading[0]}` : ""), base).href;
    const add = (kind, text) => {
      const part = document.createElement("span");
      part.className = kind;
      part.textContent = text;
      link.append(part, " ");
    };
    add("sw-search-title", title);
    add("sw-search-kind", [section, tag].filter(Boolean).join(", "));
    if (heading) add("sw-search-heading", heading[1]);
    if (description) add("sw-search-text", description);
    const entry = document.createElement("li");
    entry.append(link);
    return entry;
  };

  const show = () => {
    const found = search(input.value);
    const words = asked(input.value);
    list.replaceChildren(...(found || []).slice(0, 30).map((number) => item(number, words)));
    const more = found && found.length > 30 ? ", the best 30 shown" : "";
    said.textContent = !found ? "" : found.length ? `${found.length} ${found.length === 1 ? "page" : "pages"}${more}` : "No page has all of these words.";
  };

  const open = () => {
    if (!dialog.open) dialog.showModal();
    input.select();
    load().then(show, (error) => (said.textContent = error.message));
  };

  button.addEventListener("click", open);
  input.addEventListener("input", () => index && show());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  input.addEventListener("keydown", (event) => {
    const first = list.querySelector("a");
    if (event.key === "Escape") {
      event.preventDefault(); // a browser would only empty the field
      dialog.close();
    } else if (event.key === "Enter") {
      event.preventDefault();
      first?.click();
    }
  });
  list.addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [input, ...list.querySelectorAll("a")];
    const at = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    if (at >= 0 && at < stops.length) {
      event.preventDefault();
      stops[at].focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
    const wanted = (event.key === "/" && !typing) || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey));
    if (wanted && !event.altKey) {
      event.preventDefault();
      open();
    }
  });
})();
