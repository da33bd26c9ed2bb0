// The status page of one payment. It asks again, ever more slowly, until the payment has ended.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const firstWait = 2_000;
  const longestWait = 60_000;

  const showScripted = () => {
    for (const part of document.querySelectorAll("[data-script]")) part.hidden = false;
  };

  const show = (html) => {
    const article = byId("payment-status");
    const reading = article.contains(document.activeElement);
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("payment-status");
    article.replaceWith(document.adoptNode(fresh));
    showScripted();
    const heading = byId("status-heading");
    // Somebody in the middle of the page is told, and keeps the place as far as it still exists.
    if (reading) heading.focus();
    byId("status-news").textContent = heading.textContent;
    dispatchEvent(new CustomEvent("payment:status")); // a website around this page is told (framed.js)
  };

  const ask = async () => {
    const address = new URL(location.href);
    address.searchParams.set("seen", byId("payment-status").dataset.status);
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (answer.status === 200) show(await answer.text());
  };

  const watch = (wait) => {
    if (byId("payment-status").dataset.final === "yes") return;
    setTimeout(async () => {
      try { await ask(); } catch { /* offline: ask again later */ }
      watch(Math.min(wait * 1.5, longestWait));
    }, wait);
  };

  showScripted();
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) print();
  });
  watch(firstWait);
})();
