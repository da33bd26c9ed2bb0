// Staff pages: theme, copy buttons, dialogs, menus, toasts, focus. Everything here improves pages that
// work without it; what needs script carries data-script and is hidden until this runs.
(() => {
  "use strict";
  const root = document.documentElement;
  const toastMilliseconds = 10_000;

  // Theme. The choice stays in this browser; "system" removes it.
  const storedTheme = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const showTheme = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      const chosen = button.dataset.themeChoice === (root.dataset.theme || "system");
      button.setAttribute("aria-pressed", String(chosen));
    }
  };
  const chooseTheme = (theme) => {
    try {
      if (theme === "system") localStorage.removeItem("theme");
      else localStorage.setItem("theme", theme);
    } catch { /* storage is refused: the choice lasts for this page */ }
    showTheme(theme);
  };
  showTheme(storedTheme());

  // What needs script is shown as the page is read, before the first paint: later it would push the
  // rest of the page down.
  const reveal = (element) => { if (element.matches?.("[data-script][hidden]")) element.hidden = false; };
  const reading = new MutationObserver((changes) => {
    for (const { addedNodes } of changes) addedNodes.forEach(reveal);
  });
  reading.observe(root, { childList: true, subtree: true });

  const status = () => document.getElementById("status");
  const announce = (words, region = status()) => {
    const line = document.createElement("p");
    line.className = "visually-hidden";
    line.textContent = words;
    region?.append(line);
    setTimeout(() => line.remove(), 3000);
  };

  const copy = async (button) => {
    const source = document.getElementById(button.dataset.copy);
    const label = button.querySelector("span");
    const words = (button.dataset.words ||= label.textContent);
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent);
    } catch {
      source.select?.(); // no permission: leave the text selected, ready for the keyboard
      if (!document.execCommand("copy")) return;
      button.focus();
    }
    label.textContent = button.dataset.copied;
    // Beside the button: what stands outside an open dialog is not read out.
    announce(button.dataset.copied, button.parentElement.querySelector("[data-news]") ?? status());
    clearTimeout(Number(button.dataset.timer));
    button.dataset.timer = String(setTimeout(() => { label.textContent = words; }, 3000));
  };

  // Dialogs. The opener is a link or button with data-dialog; focus goes back to it.
  const openDialog = (opener, event) => {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (!dialog?.showModal) return; // no dialog here: the link is followed
    event.preventDefault();
    dialog.addEventListener("close", () => opener.isConnected && opener.focus(), { once: true });
    dialog.showModal();
  };

  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  };

  // A toast goes after ten seconds in which neither pointer nor focus rested on it.
  const startToast = (toast) => {
    if (toast.dataset.started) return;
    toast.dataset.started = "yes";
    let timer;
    const stop = () => clearTimeout(timer);
    const start = () => { stop(); timer = setTimeout(() => toast.remove(), toastMilliseconds); };
    for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, stop);
    for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, start);
    start();
  };

  // The number of unread messages in the title; a portal's own page counts its own.
  const countInTitle = (total) => {
    if (document.getElementById("feed-unread") || /^\p{L}+:/u.test(document.title)) return;
    const title = document.title.replace(/^\(\d+\) /, "");
    document.title = Number(total) ? `(${total}) ${title}` : title;
  };

  // Only what is new: a poll must not take the focus back to an error that stood there before.
  const prepare = (added) => {
    const all = (selector) =>
      [...(added.matches?.(selector) ? [added] : []), ...added.querySelectorAll(selector)];
    all("[data-script][hidden]").forEach(reveal);
    for (const toast of all("[data-toast]")) startToast(toast);
    for (const watch of all("[data-unread-total]")) countInTitle(watch.dataset.unreadTotal);
    all("[data-focus]")[0]?.focus();
  };

  document.addEventListener("click", (event) => {
    const element = event.target instanceof Element ? event.target : null;
    const find = (selector) => element?.closest(selector);
    closeMenus(find("details.menu"));
    const themed = find("[data-theme-choice]");
    if (themed) chooseTheme(themed.dataset.themeChoice);
    const copier = find("[data-copy]");
    if (copier) copy(copier);
    const opener = find("[data-dialog]");
    if (opener) openDialog(opener, event);
    const open = find("[data-close]") && find("dialog");
    if (open) { event.preventDefault(); open.close(); } // outside a dialog the link is followed
    if (find("[data-dismiss]")) find("[data-toast]").remove();
    if (find("[data-print]")) window.print();
    if (element?.tagName === "DIALOG" && event.clientX && outside(element, event)) element.close();
  });

  const outside = (dialog, event) => {
    const box = dialog.getBoundingClientRect();
    return event.clientX < box.left || event.clientX > box.right
      || event.clientY < box.top || event.clientY > box.bottom;
  };

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement?.closest("details.menu[open]");
    closeMenus();
    menu?.querySelector("summary").focus();
  });

  // A form goes once: its pressed button says so, and a second press does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const byHtmx = form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]");
    if (event.defaultPrevented || form.method !== "post" || byHtmx) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (!button?.dataset.busy) return;
    const label = button.querySelector("span");
    button.dataset.label = label.textContent;
    button.setAttribute("aria-busy", "true");
    label.textContent = button.dataset.busy;
  });
  // Back by the browser's button: forms may go again, with what was typed still there.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("[data-busy][aria-busy]")) {
      button.removeAttribute("aria-busy");
      button.querySelector("span").textContent = button.dataset.label;
    }
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    event.detail.target?.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    event.detail.target?.removeAttribute("aria-busy");
    if (event.detail.successful) document.getElementById("request-problem")?.remove();
  });
  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));

  // Offline or a server fault: a lasting line with a retry; what was typed stays.
  const requestFailed = (event) => {
    if (event.detail.xhr?.status === 422) return;
    document.getElementById("request-problem")?.remove();
    const { elt, requestConfig } = event.detail;
    const line = document.createElement("div");
    line.id = "request-problem";
    line.className = "banner tone-bad";
    line.setAttribute("role", "alert");
    const words = document.createElement("p");
    words.className = "banner-body";
    words.textContent = document.body.dataset.offline;
    const retry = document.createElement("button");
    retry.type = "button";
    retry.className = "button button-secondary";
    retry.textContent = document.body.dataset.retry;
    retry.addEventListener("click", () => {
      line.remove();
      window.htmx.trigger(elt, requestConfig?.triggeringEvent?.type ?? "click");
    });
    line.append(words, retry);
    document.getElementById("main").prepend(line);
  };
  document.addEventListener("htmx:sendError", requestFailed);
  document.addEventListener("htmx:responseError", requestFailed);

  // Signed-in clients: five minutes before an idle session ends somebody is asked whether they are
  // there (WCAG 2.2.1). Other tabs may have kept it alive, so the server is asked first.
  const warnSeconds = 300;
  const ask = (address, method) => fetch(address, {
    method, credentials: "same-origin",
    headers: method === "POST" ? { "X-CSRFToken": document.body.dataset.token } : { "X-By-Itself": "yes" },
  });
  const watchIdle = (dialog) => {
    const { idle: address, door } = dialog.dataset;
    const stay = dialog.querySelector("[data-idle-stay]");
    const last = dialog.querySelector("[data-idle-last]");
    const wait = (seconds) => setTimeout(look, Math.min(Math.max(seconds, 1), 86_400) * 1000);
    const look = async (kept) => {
      let answer;
      try { answer = await ask(address, kept ? "POST" : "GET"); } catch { wait(60); return; }
      if (answer.redirected || !answer.ok) { location.assign(`${door}?next=${encodeURIComponent(location.pathname + location.search)}`); return; }
      const { seconds_left: left } = await answer.json();
      if (left > warnSeconds) { if (dialog.open) dialog.close(); wait(left - warnSeconds); return; }
      last.hidden = !kept;
      if (!dialog.open) dialog.showModal();
      wait(Math.min(left + 1, 30));
    };
    stay.addEventListener("click", () => look("kept"));
    wait(dialog.dataset.left - warnSeconds);
  };
  // What a page asks for by itself, without a person's own event, keeps no session alive.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.detail.triggeringEvent?.isTrusted) event.detail.headers["X-By-Itself"] = "yes";
  });

  document.addEventListener("DOMContentLoaded", () => {
    reading.disconnect();
    const idle = document.querySelector("dialog[data-idle]");
    if (idle?.showModal) watchIdle(idle);
    showTheme(storedTheme());
    // What a live region holds at load is not read out: put it in again once the page stands.
    const region = status();
    const waiting = region ? [...region.children] : [];
    for (const child of waiting) child.remove();
    prepare(document);
    if (waiting.length) setTimeout(() => { region.append(...waiting); prepare(region); }, 150);
  });
})();
