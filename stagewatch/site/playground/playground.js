// Whether the playground can run here; if not, it says why. What it is made of are modules, which no folder serves.
(() => {
  "use strict";

  const here = new URL(".", document.currentScript.src);
  const root = document.getElementById("playground");
  if (!root) return;

  function refuse(reason) {
    document.getElementById("pg-unusable-why").textContent = reason;
    document.getElementById("pg-unusable").hidden = false;
  }

  if (location.protocol === "file:") {
    refuse("It was opened from a folder, where browsers load no WebAssembly.");
  } else if (typeof WebAssembly !== "object" || typeof Worker !== "function") {
    refuse("This browser has no WebAssembly or no workers.");
  } else {
    import(new URL("page.js", here)).catch((error) => refuse(`Its scripts could not be loaded: ${error.message}.`));
  }
})();
