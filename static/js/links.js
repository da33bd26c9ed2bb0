// New charge: a task that htmx fetched is shown as a dialog, and focus returns to what opened it.
// Without script each task is a page of its own.
(() => {
  "use strict";
  // Ids, not elements: the card that holds the opener may have been replaced meanwhile.
  let openerId = null;
  let cardId = null;

  const focusOpener = () => {
    const place = document.getElementById(openerId) ?? document.getElementById(cardId);
    place?.focus();
    // It stood in a menu that has closed meanwhile: the arrow that opens the menu.
    if (document.activeElement !== place) place?.closest("details.menu")?.querySelector("summary").focus();
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target } = event.detail;
    if (target?.id !== "task" || elt.closest("dialog")) return;
    openerId = (elt.querySelector("button") ?? elt).id;
    cardId = elt.closest("section")?.id;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const place = event.target;
    if (place.id !== "task") return;
    const dialog = place.querySelector("dialog");
    if (!dialog) { focusOpener(); return; } // done: the dialog is gone
    dialog.addEventListener("close", () => { place.replaceChildren(); focusOpener(); });
    dialog.showModal();
  });
})();
