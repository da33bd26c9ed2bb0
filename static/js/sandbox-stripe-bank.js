// The sandbox's bank fields: choose a test bank and sign in there, or type the account's numbers.
import { button, dialog, field, make, notice, say, testNumbers } from "./sandbox-stripe-fields.js";

const digits = (text) => text.replace(/\D/g, "");

/** Draws the fields. `byNumbers` is false where the firm takes accounts by bank sign-in only. */
export function drawBank({ numbers, asked, byNumbers, changed }) {
  let linked = null; // { bank, account } after the sign-in
  let typing = false;
  const known = new Set(numbers.bank_accounts.map((account) => account.number));
  const holder = field({
    label: "Name on the account", autocomplete: "name", changed: () => tell(),
    problem: (text) => (text ? "" : "Enter the name on the account."),
  });
  const routing = field({
    label: "Routing number", hint: "Nine digits.", autocomplete: "off", inputmode: "numeric", maxlength: "9", shape: digits, changed: () => tell(),
    problem: (text) => {
      if (text.length !== 9) return "Enter the routing number. It has nine digits.";
      return text === numbers.routing_number ? "" : say("Use the test routing number {0}.", numbers.routing_number);
    },
  });
  const account = field({
    label: "Account number", autocomplete: "off", inputmode: "numeric", maxlength: "17", shape: digits, changed: () => tell(),
    problem: (text) => {
      if (!text) return "Enter the account number.";
      return known.has(text) ? "" : "Use one of the test accounts below. This page takes no real accounts.";
    },
  });
  const missing = make("p", { class: "sbx-error", role: "alert", hidden: true });
  const place = make("div", { class: "sbx-bank" });
  const needed = () => [...(asked("name") ? [holder] : []), ...(typing ? [routing, account] : [])];
  const complete = () => needed().every((part) => part.complete) && (typing || linked !== null);
  const tell = () => changed({ complete: complete(), empty: !linked && needed().every((part) => part.value === "") });

  const toSummary = (found) => {
    linked = found;
    missing.hidden = true;
    const summary = make("p", { class: "sbx-summary", tabindex: "-1" }, make("strong", {}, found.bank.name), say(", Checking ••{0}", found.account.last4));
    place.replaceChildren(summary, button("Change bank", "link", select));
    summary.focus();
    tell();
  };
  const toStart = (focus) => {
    linked = null;
    typing = false;
    const first = button("Select your bank", "second", select);
    place.replaceChildren(first, byNumbers ? button("Enter account numbers instead", "link", toNumbers) : "");
    if (focus) first.focus();
    tell();
  };
  const toNumbers = () => {
    typing = true;
    missing.hidden = true;
    const fill = (entry) => {
      routing.fill(numbers.routing_number);
      account.fill(entry.number);
      tell();
    };
    place.replaceChildren(routing.node, account.node,
      make("p", { class: "sbx-hint" }, say("We send two small test deposits first. You confirm their amounts in a day or two.")),
      testNumbers("Use a test account", numbers.bank_accounts, fill),
      button("Select your bank instead", "link", () => toStart(true)));
    routing.input.focus();
    tell();
  };
  const select = () => {
    let chosen = null;
    const opener = document.activeElement;
    const box = dialog("", {
      closed: () => {
        if (chosen) toSummary(chosen);
        else if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
      },
    });
    askConsent(box, numbers.banks, (found) => {
      chosen = found;
      box.close("chosen");
    });
  };

  toStart(false);
  const node = make("div", { class: "sbx", role: "group", "aria-label": say("Bank account") },
    notice("No real bank is asked and no money moves."), asked("name") && holder.node, place, missing);
  return {
    node,
    check() {
      const wrong = needed().map((part) => ({ part, message: part.check() })).filter((one) => one.message);
      const unlinked = !typing && linked === null;
      missing.textContent = say(byNumbers ? "Select your bank, or enter its numbers." : "Select your bank.");
      missing.hidden = !unlinked;
      if (wrong.length > 0) {
        wrong[0].part.input.focus();
        return { code: "incomplete_us_bank_account", message: wrong[0].message };
      }
      if (!unlinked) return null;
      place.querySelector("button").focus();
      return { code: "incomplete_us_bank_account", message: missing.textContent };
    },
    data() {
      const numbersTyped = { routing_number: routing.value, account_number: account.value };
      const bank = typing ? numbersTyped : { financial_connections_account: linked?.account.id };
      return {
        us_bank_account: { account_holder_type: "individual", account_type: "checking", ...bank },
        billing_details: { name: asked("name") ? holder.value : undefined, address: {} },
      };
    },
  };
}

const cancel = (box) => button("Cancel", "link", () => box.close(""));

function askConsent(box, banks, done) {
  box.show("Connect a test bank", notice("These banks are made up."),
    make("p", {}, say("You choose your bank, sign in there, and pick the account to pay from. We see its name and last four digits.")),
    make("div", { class: "sbx-buttons" }, button("Continue", "main", () => search(box, banks, done)), cancel(box)));
}

function search(box, banks, done) {
  const list = make("ul", { class: "sbx-list", role: "list" });
  const found = make("p", { class: "sbx-hint", role: "status" });
  const look = field({ label: "Find your bank", type: "search", autocomplete: "off", problem: () => "", changed: () => show() });
  const show = () => {
    const hits = banks.filter((bank) => bank.name.toLowerCase().includes(look.value.toLowerCase()));
    list.replaceChildren(...hits.map((bank) => make("li", {}, button(bank.name, "choice", () => signIn(box, banks, bank, done)))));
    found.textContent = hits.length === 0 ? say("No bank found. Try “test”.") : say("{0} found.", hits.length);
  };
  show();
  box.show("Find your bank", look.node, found, list, cancel(box));
  look.input.focus();
}

function signIn(box, banks, bank, done) {
  const any = { problem: () => "", changed: () => {}, autocomplete: "off" };
  const user = field({ label: "Username (test)", value: "test-user", ...any });
  const secret = field({ label: "Password (test)", value: "test-password", type: "password", ...any });
  box.show(say("Sign in to {0}", bank.name), notice("Do not enter a real password. Everything is filled in for you."),
    user.node, secret.node,
    make("p", {}, say("You agree that the firm's payment processor may see this account's name and numbers.")),
    make("div", { class: "sbx-buttons" },
      button("Agree and sign in", "main", () => choose(box, bank, done)),
      button("Back", "second", () => search(box, banks, done)), cancel(box)));
}

function choose(box, bank, done) {
  const options = bank.accounts.map((account, place) => {
    const input = make("input", { type: "radio", name: "sbx-account", value: account.id, id: `sbx-account-${place}`, checked: place === 0 });
    return make("div", { class: "sbx-option" }, input, make("label", { for: input.id }, say("Checking ••{0}: {1}", account.last4, say(account.label))));
  });
  const connect = () => {
    const picked = options.findIndex((option) => option.firstChild.checked);
    done({ bank, account: bank.accounts[picked] });
  };
  box.show("Choose an account", make("fieldset", { class: "sbx-options" },
    make("legend", {}, say("Accounts at {0}. Each name says how a payment from it ends.", bank.name)), ...options),
  make("div", { class: "sbx-buttons" }, button("Connect account", "main", connect), cancel(box)));
}
