// Lists of bills and trust requests: how many are chosen, and all of a page with one press. Without
// script each row has its box all the same.
(() => {
  "use strict";
  const boxes = () => [...document.querySelectorAll('input[form="choose"][name="id"]')];

  const tell = () => {
    const bar = document.getElementById("choose");
    if (!bar) return;
    const all = document.getElementById("choose-all");
    const count = boxes().filter((box) => box.checked).length;
    all.hidden = boxes().length === 0;
    document.getElementById("chosen-count").textContent = count ? bar.dataset.chosenWords.replace("#", String(count)) : "";
    document.getElementById("send-chosen").disabled = count === 0;
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches('input[form="choose"]')) tell();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#choose-all")) return;
    const on = boxes().some((box) => !box.checked);
    for (const box of boxes()) box.checked = on;
    tell();
  });
  document.addEventListener("htmx:afterSwap", tell);
  document.addEventListener("DOMContentLoaded", tell);
  window.addEventListener("pageshow", tell); // the browser may bring ticks back
})();
