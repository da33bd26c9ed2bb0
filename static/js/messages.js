// The messages of a portal: new ones without reload, what was read, what is being written. Without
// script the page shows what there was when it was opened, and a button marks it as read.
(() => {
  "use strict";
  const pollMilliseconds = 5000;
  const seenMilliseconds = 600;
  const byId = (id) => document.getElementById(id);
  const bubbles = () => [...document.querySelectorAll(".feed .bubble")];
  const unread = () => Number(byId("feed-unread")?.dataset.unread ?? 0);

  // New messages, while somebody looks.
  const poll = () => {
    const poller = byId("feed-poll");
    if (poller && !document.hidden) window.htmx.trigger(poller, "poll");
  };
  setInterval(poll, pollMilliseconds);

  const plainTitle = document.title.replace(/^\(\d+\) /, "");
  const showCount = () => {
    document.title = unread() ? `(${unread()}) ${plainTitle}` : plainTitle;
  };

  // What was on the screen, in a tab that is looked at, was read (FEATURES C6).
  let reached = 0;
  let timer;
  const tellSeen = () => {
    const form = byId("feed-read");
    if (!form || document.hidden || !unread()) return;
    form.elements.position.value = String(reached);
    window.htmx.trigger(form, "seen");
  };
  const noteSeen = (position) => {
    if (document.hidden || position <= reached) return;
    reached = position;
    clearTimeout(timer);
    timer = setTimeout(tellSeen, seenMilliseconds);
  };
  const isOnScreen = (element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  };
  const watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) noteSeen(Number(target.dataset.position));
    }
  });
  const watch = () => { for (const bubble of bubbles()) watcher.observe(bubble); };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    poll();
    for (const bubble of bubbles()) {
      if (isOnScreen(bubble)) noteSeen(Number(bubble.dataset.position));
    }
  });

  // Two answers may bring the same: what stands twice goes, the day of an older stretch included.
  const dropDoubles = () => {
    const known = new Set();
    for (const element of document.querySelectorAll(".feed > [id]")) {
      if (known.has(element.id)) element.remove();
      known.add(element.id);
    }
  };

  // Where the reader is. Nothing jumps: what comes in below is announced by a pill.
  const last = () => bubbles().at(-1);
  const dockTop = () => document.querySelector(".composer-dock")?.getBoundingClientRect().top ?? 0;
  const isAtEnd = () => !last() || last().getBoundingClientRect().top < dockTop();
  const goToEnd = () => {
    last()?.scrollIntoView({ block: "end" });
    // The composer covers more where its buttons stand below each other, or much is written.
    const covered = last() ? last().getBoundingClientRect().bottom + 16 - dockTop() : 0;
    if (covered > 0) window.scrollBy(0, covered);
    showPill(false);
  };
  const showPill = (shown) => { const pill = byId("news-pill"); if (pill) pill.hidden = !shown; };

  let before = { wasAtEnd: true, lastId: null, anchor: null, top: 0 };
  document.addEventListener("htmx:beforeSwap", (event) => {
    const anchor = document.querySelector("#feed > .bubble");
    before = {
      wasAtEnd: isAtEnd(),
      lastId: last()?.id,
      anchor,
      top: anchor?.getBoundingClientRect().top ?? 0,
    };
    if (event.detail.target?.id === "earlier") before.link = true;
  });
  const afterNews = () => {
    const newest = last();
    if (!newest || newest.id === before.lastId) return;
    if (before.wasAtEnd || "own" in newest.dataset) goToEnd();
    else showPill(true);
  };
  const afterEarlier = () => {
    if (before.anchor?.isConnected) window.scrollBy(0, before.anchor.getBoundingClientRect().top - before.top);
    (byId("earlier-link") ?? byId("earlier"))?.focus({ preventScroll: true });
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    const { target } = event.detail;
    dropDoubles();
    watch();
    showCount();
    if (target?.id === "feed") {
      // What was sent took the pressed button along: whoever wrote can go on writing.
      if (event.detail.requestConfig?.elt?.id === "composer") byId("message-text")?.focus({ preventScroll: true });
      afterNews();
    }
    else if (target?.id === "earlier") afterEarlier();
    else if (target?.id === "feed-box") goToEnd();
    else if (target?.id === "task") openTask(target);
  });
  document.addEventListener("htmx:oobAfterSwap", showCount);
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#news-pill")) goToEnd();
  });
  document.addEventListener("scroll", () => { if (isAtEnd()) showPill(false); }, { passive: true });

  // Ctrl+Enter sends.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    if (event.target.id === "message-text") event.target.form.requestSubmit();
  });

  // A task that htmx fetched (deleting, attaching) is a dialog; focus returns to what opened it.
  let openerId = null;
  let uploadsAreHere = Boolean(document.querySelector("script[src*='/uploads']"));
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target } = event.detail;
    if (target?.id === "task" && !elt.closest("dialog")) openerId = elt.id;
  });
  const bringUploads = (address) => {
    if (uploadsAreHere) return;
    uploadsAreHere = true;
    const script = document.createElement("script");
    script.src = address;
    document.head.append(script);
  };
  const giveBack = () => (byId(openerId) ?? byId("message-text"))?.focus();
  const openTask = (place) => {
    const dialog = place.querySelector("dialog");
    if (!dialog) { giveBack(); return; } // done
    dialog.addEventListener("close", () => {
      place.replaceChildren();
      giveBack();
    });
    dialog.showModal();
    const task = dialog.querySelector("[data-uploads-script]");
    if (task) bringUploads(task.dataset.uploadsScript);
  };
  document.addEventListener("uploads:done", (event) => {
    const task = event.target.closest("[data-attach]");
    if (!task || !event.detail.ids.length) return;
    event.preventDefault();
    const values = { attachment: `upload:${event.detail.ids.at(-1)}` };
    window.htmx.ajax("POST", task.dataset.attach, { target: "#task", swap: "innerHTML", values });
  });

  // What could not be sent stands in the feed and stays in the composer.
  const notSent = (form) => {
    byId("not-sent")?.remove();
    const bubble = document.createElement("article");
    bubble.id = "not-sent";
    bubble.className = "bubble is-ours is-failed";
    const text = document.createElement("p");
    text.className = "bubble-text";
    text.dir = "auto";
    text.textContent = form.elements.text.value;
    const line = document.createElement("p");
    line.className = "bubble-failed";
    line.append(`${form.dataset.notSent} · `);
    const retry = document.createElement("button");
    retry.type = "button";
    retry.className = "text-button";
    retry.id = "send-again";
    retry.textContent = form.dataset.retry;
    retry.addEventListener("click", () => { bubble.remove(); form.requestSubmit(); });
    line.append(retry);
    bubble.append(text, line);
    byId("feed")?.append(bubble);
    bubble.scrollIntoView({ block: "nearest" });
  };
  const refused = (event) => {
    const form = event.detail.elt;
    if (form?.id !== "composer" || event.detail.xhr?.status === 422) return;
    event.stopPropagation(); // this page says it where the message would stand
    notSent(form);
  };
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(name, refused, true);
  }
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt?.id === "composer") byId("not-sent")?.remove();
  });

  // The first message opens the portal, and with it the page anew: who wrote it can go on writing.
  const goOnKey = "messages-go-on";
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (form.id !== "composer" || byId("feed")) return;
    if (!submitter || submitter.id === "send") sessionStorage.setItem(goOnKey, location.pathname);
  });
  const goOn = () => {
    const wrote = sessionStorage.getItem(goOnKey) === location.pathname;
    sessionStorage.removeItem(goOnKey);
    if (wrote && byId("feed")) byId("message-text")?.focus({ preventScroll: true });
  };

  document.addEventListener("DOMContentLoaded", () => {
    showCount();
    goOn();
    const divider = byId("new");
    if (divider) divider.scrollIntoView({ block: "start" });
    else if (bubbles().length && !document.querySelector("#error-summary")) goToEnd();
    watch();
  });
})();
