// A firm's website loads this beside its payment link, and the payment page comes to stand there
// (docs/website.md). It keeps nothing.
(() => {
  "use strict";
  const script = document.currentScript || document.querySelector('script[src$="/embed/v1.js"]');
  const portal = new URL(script.src).origin;
  const told = ["step", "submitted", "processing", "succeeded", "failed", "cancelled"];
  const boxes = new Map(); // each frame with the box that it stands in

  const tell = (box, type, detail = {}) =>
    box.dispatchEvent(new CustomEvent(`portal:${type}`, { bubbles: true, detail }));

  const length = (wish) => (/^\d+$/.test(wish) ? `${wish}px` : wish || "");

  // A frame is see-through only while it is as light or dark as its page, which may not follow
  // the visitor's wish as the frame does.
  const themeOf = (box) => {
    if (/^(light|dark)$/.test(box.dataset.theme)) return box.dataset.theme;
    const probe = box.appendChild(document.createElement("i"));
    probe.style.color = "CanvasText";
    const dark = getComputedStyle(probe).color !== "rgb(0, 0, 0)";
    probe.remove();
    return dark === matchMedia("(prefers-color-scheme: dark)").matches ? "" : dark ? "dark" : "light";
  };

  const build = (box, link) => {
    const hints = box.dataset;
    const theme = themeOf(box);
    const url = new URL(link.href);
    url.pathname = url.pathname.replace("/pay/", "/embed/");
    const said = { site: location.origin, theme, amount: hints.amount, reference: hints.reference, lang: hints.locale };
    for (const [name, value] of Object.entries(said)) if (value) url.searchParams.set(name, value);

    const frame = document.createElement("iframe");
    frame.title = hints.title || link.textContent.trim();
    frame.allow = "payment *";
    frame.referrerPolicy = "no-referrer";
    frame.src = url;
    Object.assign(frame.style, {
      display: "block", width: "100%", maxWidth: length(hints.maxWidth), border: "0", colorScheme: theme,
      height: length(hints.minHeight) || "600px", minHeight: length(hints.minHeight),
    });
    hints.portalState = "loading";
    boxes.set(frame, box);
    frame.onload = () => {
      frame.onload = null;
      setTimeout(() => {
        if (hints.portalState !== "loading") return;
        hints.portalState = "blocked";
        boxes.delete(frame);
        frame.remove(); // the link is there, as it always was
        tell(box, "blocked");
      }, 8000);
    };
    box.prepend(frame);
  };

  const receive = (frame, box, { source, v, type, ...detail }) => {
    if (type === "resize" && Number.isFinite(detail.height)) {
      frame.style.height = `${Math.min(Math.max(detail.height, 120), 4000)}px`;
    } else if (type === "ready" && box.dataset.portalState === "loading") {
      box.dataset.portalState = "ready";
      if (box.dataset.mode === "button") frame.focus();
      tell(box, type);
    } else if (told.includes(type)) {
      // The next page may be shorter: nobody in it is left below its end.
      if (document.activeElement === frame && frame.getBoundingClientRect().top < 0)
        frame.scrollIntoView({ behavior: "instant" });
      tell(box, type, detail);
    }
  };

  addEventListener("message", ({ origin, source, data }) => {
    if (origin !== portal || data?.source !== "portal" || data.v !== 1) return;
    for (const [frame, box] of boxes) if (source && frame.contentWindow === source) receive(frame, box, data);
  });

  const prepare = (box) => {
    const link = box.querySelector("a[href]");
    // Only this portal's own payment links.
    if (link?.origin !== portal || !/^\/pay\/[^/]+$/.test(link.pathname)) return;
    box.dataset.portalState = "waiting";
    if (box.dataset.mode === "button") {
      link.addEventListener("click", (event) => {
        if (box.dataset.portalState === "blocked" || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        if (box.dataset.portalState === "waiting") build(box, link);
      });
    } else if (box.dataset.loading === "eager" || !window.IntersectionObserver) {
      build(box, link);
    } else {
      // The browser's own loading="lazy" begins whole screens too early.
      new IntersectionObserver((seen, watch) => {
        if (!seen.some((one) => one.isIntersecting)) return;
        watch.disconnect();
        build(box, link);
      }, { rootMargin: "300px" }).observe(box);
    }
  };

  const scan = () => document.querySelectorAll("[data-portal-pay]:not([data-portal-state])").forEach(prepare);

  window.PortalPay = { scan };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", scan);
  scan();
})();
