// The search in the bar: "/" goes to it, the arrows walk through what it found, Escape leaves it.
// Without this the box sends its words to the page of the search.
(() => {
  "use strict";
  const box = () => document.querySelector("[data-search]");
  const found = () => document.getElementById("search-found");
  const isTyping = (element) =>
    element?.closest("input, textarea, select, [contenteditable], dialog[open]");

  // A box that the window has no room for leads to its page instead.
  const goToBox = () => {
    const field = box();
    if (field?.checkVisibility?.() ?? field?.offsetParent) { field.focus(); field.select(); }
    else document.querySelector("[data-search-page]")?.click();
  };

  const walk = (event, step) => {
    const stops = [box(), ...found().querySelectorAll("a")];
    const next = stops.indexOf(document.activeElement) + step;
    if (next < 0 || next >= stops.length) return;
    event.preventDefault();
    stops[next].focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const here = document.activeElement;
    if (event.key === "/" && !isTyping(here)) { event.preventDefault(); goToBox(); return; }
    if (here !== box() && !found()?.contains(here)) return;
    if (event.key === "ArrowDown") walk(event, 1);
    if (event.key === "ArrowUp") walk(event, -1);
    if (event.key === "Escape" && found().closest(".bar-search")) { found().replaceChildren(); box().focus(); }
  });
})();
