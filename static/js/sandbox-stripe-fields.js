// The parts from which the sandbox's payment fields are drawn. No inline style, no name attributes:
// nothing that is typed here is ever sent with the page's own form.

let count = 0;
let dictionary = {};

/** Sets the language of everything that is drawn from now on: English sentence to its translation. */
export function speak(words) {
  dictionary = words;
}

/** A sentence in the payer's language; {0}, {1} stand for the values. */
export function say(words, ...values) {
  return (dictionary[words] ?? words).replace(/\{(\d)\}/g, (_, place) => values[place]);
}

/** An element with attributes and children. `on` holds listeners; false and null attributes are left out. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== false));
  return node;
}

/** A button that never submits the page's form. */
export function button(words, look, listener) {
  return make("button", { type: "button", class: `sbx-button sbx-${look}`, on: { click: listener } }, say(words));
}

/** What says that all this is a test. */
export function notice(words) {
  return make("p", { class: "sbx-notice" }, make("strong", {}, say("Test mode.")), ` ${say(words)}`);
}

/** A labelled input with room for its error. `problem(value)` answers a sentence or nothing. */
export function field({ label, hint = "", problem, shape = (value) => value, changed, ...attributes }) {
  const id = `sbx-${++count}`;
  const error = make("p", { class: "sbx-error", id: `${id}-error`, hidden: true });
  const input = make("input", {
    class: "sbx-input", id, type: "text", spellcheck: "false", autocapitalize: "off",
    "aria-describedby": hint ? `${id}-hint ${id}-error` : `${id}-error`, ...attributes,
  });
  const show = (words) => {
    error.textContent = words;
    error.hidden = words === "";
    if (words) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  input.addEventListener("input", () => {
    const atEnd = input.selectionStart === input.value.length;
    const shaped = shape(input.value);
    // Moving the caret of somebody who corrects the middle would be rude.
    if (atEnd && shaped !== input.value) input.value = shaped;
    show("");
    changed();
  });
  const node = make("div", { class: "sbx-field" },
    make("label", { for: id, class: "sbx-label" }, say(label)),
    hint && make("p", { class: "sbx-hint", id: `${id}-hint` }, say(hint)),
    input, error);
  return {
    node, input, show,
    get value() { return input.value.trim(); },
    fill(value) { input.value = value; show(""); },
    /** Shows the problem, if there is one, and answers it. */
    check() {
      const words = say(problem(input.value.trim()) || "");
      show(words);
      return words;
    },
    get complete() { return !problem(input.value.trim()); },
  };
}

/** The test numbers to choose from. `choose(entry)` fills them in. */
export function testNumbers(summary, entries, choose) {
  const said = make("p", { class: "sbx-hint", role: "status" });
  const list = make("ul", { class: "sbx-list", role: "list" });
  const details = make("details", { class: "sbx-tests" }, make("summary", {}, say(summary)), list);
  for (const entry of entries) {
    const pick = button("", "choice", () => {
      choose(entry);
      details.open = false;
      details.querySelector("summary").focus();
      said.textContent = say("Filled in: {0}.", say(entry.label));
    });
    pick.append(make("span", {}, say(entry.label)), make("span", { class: "sbx-number" }, entry.number));
    list.append(make("li", {}, pick));
  }
  return make("div", {}, details, said);
}

/** A native dialog. It stands outside the page's form, so that Enter in it sends nothing. */
export function dialog(title, { closed }) {
  const id = `sbx-${++count}`;
  const body = make("div", { class: "sbx-dialog-body" });
  const heading = make("h2", { id, tabindex: "-1" }, title);
  const node = make("dialog", { class: "sbx-dialog", "aria-labelledby": id }, heading, body);
  node.addEventListener("close", () => {
    node.remove();
    closed(node.returnValue);
  });
  document.body.append(node);
  return {
    node,
    /** Replaces what it shows; focus goes to the heading, which says what is new. */
    show(words, ...children) {
      heading.textContent = say(words);
      body.replaceChildren(...children.filter(Boolean));
      if (!node.open) node.showModal();
      heading.focus();
    },
    close(answer) { node.close(answer); },
  };
}

/** The test bank's question for a card that needs authentication: "approve" or "refuse". */
export function askTheBank(intent) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const box = dialog("", {
      closed: (answer) => {
        if (before instanceof HTMLElement && before.isConnected) before.focus();
        resolve(answer === "approve" ? "approve" : "refuse");
      },
    });
    const setup = intent.object === "setup_intent";
    const amount = setup ? "" : new Intl.NumberFormat(document.documentElement.lang || "en-US", { style: "currency", currency: intent.currency })
      .format(intent.amount / 100);
    box.show(setup ? "Test bank: let the firm store this card?" : "Test bank: approve this payment?",
      notice("A real bank would ask for a code here."),
      !setup && make("p", {}, say("The payment is {0}.", amount)),
      make("div", { class: "sbx-buttons" },
        button("Approve", "main", () => box.close("approve")),
        button("Refuse", "second", () => box.close("refuse"))));
  });
}
