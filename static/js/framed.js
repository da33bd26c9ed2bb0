// A page inside the firm's website: it tells the page around it how high it is, which step is shown
// and what became of the payment. It tells nobody but a website that the firm has listed (docs/website.md).
(() => {
  "use strict";
  const { embedSite: site, embedStep: step } = document.body.dataset;
  if (!site || parent === window) return;
  const tell = (type, more = {}) => parent.postMessage({ source: "portal", v: 1, type, ...more }, site);

  tell("ready");
  tell("step", { step });
  const tellHeight = () => tell("resize", { height: Math.ceil(document.body.getBoundingClientRect().height) });
  new ResizeObserver(tellHeight).observe(document.body);

  // What became of the payment stands in the page: on the result page, which asks again by itself,
  // and beside the words of a decline. Each standing is told once, as it comes.
  let last = "";
  const tellResult = () => {
    const result = document.querySelector("[data-embed-event]");
    if (!result) return;
    const { embedEvent, embedReference: reference, embedStatus: status, embedAmount } = result.dataset;
    if (`${reference} ${status}` === last) return;
    last = `${reference} ${status}`;
    const [amount, currency] = (embedAmount ?? "").split(" ");
    tell(embedEvent, { reference, status, ...(amount && { amount, currency }) });
  };
  tellResult();

  // What the scripts of the pay page and of the result page do without another page being loaded.
  addEventListener("pay:submitted", () => tell("submitted"));
  addEventListener("pay:step", ({ detail }) => {
    tell("step", detail);
    tellResult();
  });
  addEventListener("payment:status", tellResult);
})();
