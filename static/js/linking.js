// Linking payments: a dialog that htmx fetched is shown, focus goes back to what opened it, and a
// refusal of somebody who came too late is shown in place. Without script each dialog is a page.
(() => {
  "use strict";
  // Ids, not elements: the row that holds the opener is drawn anew once its payment is linked.
  let opener = "";
  let next = "";

  const focusAfterwards = () => {
    const places = [opener, next, "transactions-count", "main"].filter(Boolean);
    places.map((id) => document.getElementById(id)).find(Boolean)?.focus();
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target } = event.detail;
    if (target?.id !== "task" || elt.closest("dialog")) return;
    opener = elt.id;
    const later = [...document.querySelectorAll("#transactions [hx-get$='/link']")];
    next = later[later.indexOf(elt) + 1]?.id ?? "";
  });

  // 409: it was linked meanwhile, or its bills have changed. The answer says so and shows them.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status !== 409 || event.detail.target.id !== "task") return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const place = event.target;
    if (place.id === "transactions-list" && document.activeElement === document.body && opener) {
      focusAfterwards();
      opener = "";
    }
    if (place.id !== "task") return;
    const dialog = place.querySelector("dialog");
    if (!dialog) { focusAfterwards(); return; } // done: the dialog is gone
    dialog.addEventListener("close", () => { place.replaceChildren(); focusAfterwards(); });
    dialog.showModal();
  });
})();
