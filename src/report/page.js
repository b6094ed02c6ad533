"use strict";
(() => {
  const search = document.getElementById("search");
  const filter = document.getElementById("filter");
  const count = document.getElementById("filter-count");
  const entries = [...document.querySelectorAll("[data-entry]")];
  const parts = [...document.querySelectorAll(".compare tbody, details.panel")].filter((part) => part.querySelector("[data-entry]"));
  const texts = entries.map((entry) => entry.textContent.toLowerCase());

  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    entries.forEach((entry, index) => {
      entry.hidden = !words.every((word) => texts[index].includes(word));
      shown += entry.hidden ? 0 : 1;
    });
    // What is left with nothing but its headings goes, too.
    for (const part of parts) {
      part.hidden = !part.querySelector("[data-entry]:not([hidden])");
    }
    count.textContent = words.length ? `${shown} of ${entries.length}` : "";
  };

  if (entries.length) {
    search.hidden = false;
    filter.addEventListener("input", apply);
    filter.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        filter.value = "";
        apply();
      }
    });
    document.addEventListener("keydown", (event) => {
      const typing = event.target instanceof Element && event.target.closest("input, textarea, select");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        filter.focus();
      }
    });
  }

  const themes = ["system", "light", "dark"];
  const button = document.getElementById("theme");
  const name = document.getElementById("theme-name");
  const remembered = () => {
    try {
      return localStorage.getItem("supercargo-theme");
    } catch {
      return null;
    }
  };
  const use = (theme) => {
    if (theme === "system") {
      delete document.documentElement.dataset.theme;
    } else {
      document.documentElement.dataset.theme = theme;
    }
    name.textContent = theme;
  };
  use(themes.includes(remembered()) ? remembered() : "system");
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = themes[(themes.indexOf(name.textContent) + 1) % themes.length];
    use(next);
    try {
      localStorage.setItem("supercargo-theme", next);
    } catch {
      // A page without storage forgets it.
    }
  });
})();
