// The pay page. The processor's fields stand outside everything that is swapped, so a mistake or a
// decline never empties them. No library: this page must be readable on an old phone.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);

  // Put each part of an answer where the same id stands; answers the ids that were replaced.
  const place = (html) => {
    const parts = new DOMParser().parseFromString(html, "text/html").body.children;
    const placed = [];
    for (const part of [...parts]) {
      const here = part.id && byId(part.id);
      if (here) here.replaceWith(document.adoptNode(part));
      else if (part.id) document.body.append(document.adoptNode(part));
      if (part.id) placed.push(part.id);
    }
    return placed;
  };

  const send = async (address, body) => {
    const headers = { "HX-Request": "true" };
    const answer = await fetch(address, { method: "POST", body, headers, redirect: "follow" });
    const elsewhere = answer.headers.get("HX-Redirect");
    if (elsewhere) {
      location.replace(elsewhere); // Back from the status page must not lead to a review that was sent
      return new Promise(() => {}); // the page is leaving: whoever waits keeps its busy state
    }
    return { status: answer.status, html: await answer.text() };
  };

  const busy = (button, on) => {
    const words = button.querySelector("span");
    button.dataset.words ||= words.textContent;
    // Not `disabled`: that would take the focus away from whoever pressed it by keyboard.
    button.setAttribute("aria-disabled", String(on));
    button.setAttribute("aria-busy", String(on));
    words.textContent = on ? button.dataset.busy : button.dataset.words;
  };

  const isBusy = (button) => button.getAttribute("aria-busy") === "true";

  const loadScript = (address) => new Promise((loaded, failed) => {
    const onerror = () => failed(new Error("script"));
    document.head.append(Object.assign(document.createElement("script"), { src: address, onload: loaded, onerror }));
  });

  const afterFirstPaint = () => new Promise((go) => {
    const start = () => requestAnimationFrame(() => setTimeout(go, 0));
    if (document.readyState === "complete") start();
    else addEventListener("load", start, { once: true });
  });

  // Stripe's fields wear the page's own tokens, in light and in dark.
  const appearance = () => {
    const style = getComputedStyle(document.documentElement);
    const token = (name) => style.getPropertyValue(name).trim();
    const { theme } = document.documentElement.dataset; // as the website around a frame wants it
    const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    return {
      theme: dark ? "night" : "stripe",
      variables: {
        colorPrimary: token("--brand-text") || undefined,
        colorBackground: token("--card") || undefined,
        colorText: token("--text") || undefined,
        colorDanger: token("--bad") || undefined,
        borderRadius: "6px",
      },
    };
  };

  const startPaying = (form) => {
    const settings = form.dataset;
    const title = document.title;
    const reviewButton = byId("review-button");
    const kinds = { card: "card", bank: "us_bank_account" };
    const setup = settings.mode === "setup"; // a method is stored and nothing is paid
    const first = setup ? "name" : "amount";
    const groups = {};
    let processor = null;

    const method = () => byId("method").value;
    const say = (words) => { byId("pay-message").textContent = words; };
    const value = (name) => form.elements[name]?.value.trim() ?? "";

    // Another language is another page, and a frame leads to one of its own for what cannot be done in it.
    // What was typed goes along behind the #, which no server sees.
    const words = ["amount", "name", "email", "paid_for", "reference", "postal_code", "method"];
    const typed = () => new URLSearchParams(words.filter(value).map((name) => [name, value(name)]));
    for (const link of document.querySelectorAll(".languages a, [data-on-top]")) {
      for (const way of ["click", "auxclick"]) link.addEventListener(way, () => { link.hash = typed(); }); // in a new tab too
    }
    const brought = new URLSearchParams(location.hash.slice(1));
    if (!(brought.get("method") in kinds && byId(`pay-${brought.get("method")}`))) brought.delete("method");
    for (const name of words) {
      if (brought.get(name) && form.elements[name]) form.elements[name].value = brought.get(name);
    }
    if (words.some((name) => brought.get(name))) history.replaceState(history.state, "", location.pathname + location.search);

    const inPlace = document.querySelector(".element") !== null; // else everything is entered elsewhere
    const ready = afterFirstPaint()
      .then(() => inPlace ? loadScript(settings.scriptUrl) : new Promise(() => {}))
      .then(() => {
        const options = { locale: settings.locale, ...(settings.account && { stripeAccount: settings.account }) };
        processor = window.Stripe(settings.publishableKey, options);
        showMethods();
      });
    ready.catch(() => say(settings.unreachable));

    // In a frame: the link to the page where this is paid, if it is not paid here.
    const elsewhere = (kind) => byId(`pay-${kind}`)?.querySelector("[data-on-top]");

    // A method that was stored before needs none of the processor's fields.
    const stored = () => (form.querySelector('[name="with"]:checked')?.value ?? "new") !== "new";
    const showMethods = () => {
      for (const kind of Object.keys(kinds)) byId(`pay-${kind}`)?.toggleAttribute("hidden", stored() || method() !== kind);
      byId("review-part")?.toggleAttribute("hidden", Boolean(elsewhere(method())));
      if (processor && !stored()) mount(method());
    };

    const mount = (kind) => {
      if (groups[kind] || elsewhere(kind)) return;
      const elements = processor.elements({
        ...(setup ? { mode: "setup" } : { mode: "payment", amount: 100 }), // set to what was typed, once the server has read it
        currency: settings.currency,
        allowedPaymentMethodTypes: [kinds[kind]],
        appearance: appearance(),
      });
      const hidden = kind === "card"
        ? { name: "never", email: "never", address: { postalCode: "never", country: "never" } }
        : { email: "never" };
      const element = elements.create("payment", { fields: { billingDetails: hidden } });
      const place = byId(`${kind}-element`);
      element.on("ready", () => place.removeAttribute("aria-busy"));
      element.mount(place);
      groups[kind] = elements;
    };

    const choose = (kind) => {
      byId("method").value = kind;
      say("");
      showMethods();
      byId(`pay-${kind}-heading`).scrollIntoView({ block: "nearest" });
      byId(kind === "card" ? "pay-by-bank" : "pay-by-card")?.focus({ preventScroll: true });
    };

    const goTo = (id) => {
      const target = byId(id) || byId(first);
      const fields = "input:not([type=hidden]), button, iframe";
      (target.matches(fields) ? target : target.querySelector(fields) || target).focus();
    };

    // A website around this page is told of each step (framed.js).
    const tell = (what, detail) => dispatchEvent(new CustomEvent(`pay:${what}`, { detail }));

    // The review is a step of its own: Back leads from it to the form, with everything still in it.
    history.scrollRestoration = "manual"; // where the focus goes, the page goes
    let goNext = first;
    const onReview = () => history.state === "review";
    const goBack = () => {
      if (parent === window) return history.back();
      history.replaceState(null, ""); // a frame shares its history with the website, whose steps are not ours
      return leftReview();
    };
    const leaveReview = (goOn) => { goNext = goOn; return onReview() ? goBack() : showForm(); };
    const leftReview = () => { if (form.hidden && !onReview()) showForm(); };
    const showForm = () => {
      if (!form.isConnected) return;
      byId("pay-review").replaceChildren();
      form.hidden = false;
      goTo(goNext);
      goNext = first;
      tell("step", { step: "details" });
    };
    const showReview = () => {
      form.hidden = true;
      if (!onReview()) history.pushState("review", "");
      byId("review-heading").focus();
      scrollTo(0, 0);
      tell("step", { step: "review" });
    };

    const showProblem = (html) => {
      place(html);
      if (form.isConnected) showMethods();
      form.hidden = false;
      const whole = !form.isConnected; // nothing can be paid here any more: the page says why
      document.title = whole ? byId("main").querySelector("h1").textContent : `${settings.errorWord} ${title}`;
      byId(whole ? "main" : "error-summary")?.focus();
    };

    const clearProblems = () => {
      byId("pay-problem").replaceChildren();
      document.title = title;
      for (const field of form.querySelectorAll(".has-error")) {
        field.classList.remove("has-error");
        field.querySelector(".field-error")?.remove();
        for (const part of field.querySelectorAll("[aria-invalid]")) part.removeAttribute("aria-invalid");
        for (const part of field.querySelectorAll(".is-invalid")) part.classList.remove("is-invalid");
      }
    };

    const ofCard = () => ({ name: value("name"), address: { postal_code: value("postal_code"), country: settings.country } });
    const billing = (kind) => ({ email: value("email"), ...(kind === "card" && ofCard()) });

    const makeToken = async (kind, cents) => {
      const elements = groups[kind];
      if (!setup) elements.update({ amount: cents });
      const { error: incomplete } = await elements.submit();
      if (incomplete) throw new Error(incomplete.message);
      const params = { payment_method_data: { billing_details: billing(kind) } };
      const { error, confirmationToken } = await processor.createConfirmationToken({ elements, params });
      if (error) throw new Error(error.message);
      return confirmationToken.id;
    };

    const review = async () => {
      const kind = method();
      say("");
      if (!stored()) await ready;
      const checked = await send(form.action, new FormData(form));
      if (checked.status !== 200) {
        if (!stored()) await groups[kind].submit(); // shows what is missing among the card's fields as well,
        return showProblem(checked.html); // and moves the focus there: the summary comes last
      }
      clearProblems();
      place(checked.html);
      if (stored()) return showReview();
      const cents = Number(byId("pay-checked").dataset.cents);
      byId("pay-checked").remove();
      const body = new FormData(form);
      body.set("confirmation_token", await makeToken(kind, cents));
      const answer = await send(form.action, body);
      if (answer.status !== 200) return showProblem(answer.html);
      place(answer.html);
      return showReview();
    };

    const authenticate = async (question) => {
      const { clientSecret, continueUrl } = question.dataset;
      await ready;
      await processor.handleNextAction({ clientSecret });
      return send(continueUrl, new FormData());
    };

    const submit = async (sheet) => {
      tell("submitted");
      let answer = await send(sheet.action, new FormData(sheet));
      if (answer.status === 200) {
        place(answer.html);
        answer = await authenticate(byId("submit-message"));
      }
      const placesReview = answer.html.includes("submit-form");
      showProblem(answer.html);
      if (placesReview) form.hidden = true;
      else if (onReview()) goBack(); // the form stands there already, with what is wrong
      tell("step", { step: placesReview ? "review" : "details" });
    };

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (elsewhere(method())) return elsewhere(method()).click();
      if (isBusy(reviewButton)) return;
      busy(reviewButton, true);
      try { await review(); } catch (problem) {
        say(problem instanceof TypeError ? settings.unreachable : problem.message);
      }
      busy(reviewButton, false);
    });

    document.addEventListener("submit", async (event) => {
      if (event.target.id !== "submit-form") return;
      event.preventDefault();
      const button = byId("submit-button");
      if (isBusy(button)) return;
      busy(button, true);
      try { await submit(event.target); } catch { byId("submit-message").textContent = settings.unsure; }
      const stillThere = byId("submit-button");
      if (stillThere) busy(stillThere, false);
    });

    document.addEventListener("click", (event) => {
      const pressed = event.target.closest("[data-method], [data-change], #error-summary a");
      if (!pressed) return;
      if (pressed.dataset.method) choose(pressed.dataset.method);
      else if (pressed.dataset.change) leaveReview(pressed.dataset.change);
      else {
        event.preventDefault(); // an anchor would be a step in the browser's history
        goTo(pressed.hash.slice(1));
      }
    });
    form.addEventListener("change", (event) => { if (event.target.name === "with") showMethods(); });
    addEventListener("popstate", leftReview);

    // A page kept by the browser and shown again must not offer a button that is still busy.
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  };

  startPaying(byId("pay-form"));
})();
