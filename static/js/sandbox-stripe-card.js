// The sandbox's card fields: number, expiry date, security code, and what the page does not ask itself.
import { field, make, notice, say, testNumbers } from "./sandbox-stripe-fields.js";

const digits = (text) => text.replace(/\D/g, "");
const inFours = (text) => digits(text).slice(0, 16).replace(/(.{4})(?=.)/g, "$1 ");
const asDate = (text) => {
  const only = digits(text).slice(0, 4);
  return only.length > 2 ? `${only.slice(0, 2)} / ${only.slice(2)}` : only;
};
const dateOf = (text) => ({ month: digits(text).slice(0, 2), year: `20${digits(text).slice(2, 4)}` });

function badDate(text) {
  if (digits(text).length !== 4) return "Enter the expiry date as month and year, like 12 / 34.";
  const { month, year } = dateOf(text);
  if (Number(month) < 1 || Number(month) > 12) return "Enter a month from 01 to 12.";
  const end = new Date(Number(year), Number(month), 1);
  return end <= new Date() ? "This date has passed. Enter a date in the future." : "";
}

const codes = { number: "incomplete_number", expiry: "incomplete_expiry", cvc: "incomplete_cvc", zip: "incomplete_zip", country: "incomplete_country", name: "incomplete_name" };

/** Draws the fields. `asked(path)` says whether a billing detail is asked for here. */
export function drawCard({ numbers, asked, changed }) {
  const known = new Set(numbers.cards.map((card) => card.number));
  const badNumber = (text) => {
    const only = digits(text);
    if (only.length < 16) return "Enter the card number. It has 16 digits.";
    return known.has(only) ? "" : "Use one of the test numbers below. This page takes no real cards.";
  };
  const parts = {};
  const tell = () => {
    const all = Object.values(parts);
    changed({ complete: all.every((part) => part.complete), empty: all.every((part) => part.value === "") });
  };
  const add = (name, options) => { parts[name] = field({ changed: tell, ...options }); };
  if (asked("name")) add("name", { label: "Name on card", autocomplete: "cc-name", problem: (text) => (text ? "" : "Enter the name on the card.") });
  add("number", { label: "Card number", autocomplete: "cc-number", inputmode: "numeric", shape: inFours, problem: badNumber });
  add("expiry", { label: "Expiry date", autocomplete: "cc-exp", inputmode: "numeric", placeholder: say("MM / YY"), shape: asDate, problem: badDate });
  add("cvc", { label: "Security code", autocomplete: "cc-csc", inputmode: "numeric", placeholder: "CVC", maxlength: "4", problem: (text) => (/^\d{3}$/.test(text) ? "" : "Enter the three digits on the back of the card.") });
  if (asked("address.country")) add("country", { label: "Country", autocomplete: "billing country", hint: "Two letters, like US or CA.", maxlength: "2", shape: (text) => text.toUpperCase(), problem: (text) => (/^[A-Z]{2}$/.test(text) ? "" : "Enter the country as two letters, like US.") });
  if (asked("address.postal_code")) add("zip", { label: "ZIP or postal code", autocomplete: "billing postal-code", problem: (text) => (text ? "" : "Enter the ZIP or postal code.") });
  const fill = (card) => {
    const values = { number: inFours(card.number), expiry: "12 / 34", cvc: "123", country: "US", zip: "10001", name: "Test Payer" };
    for (const [name, part] of Object.entries(parts)) part.fill(values[name]);
    tell();
  };
  const node = make("div", { class: "sbx", role: "group", "aria-label": say("Card details") },
    notice("No real card is charged here."),
    parts.name?.node ?? null, parts.number.node,
    make("div", { class: "sbx-pair" }, parts.expiry.node, parts.cvc.node),
    parts.country?.node ?? null, parts.zip?.node ?? null,
    testNumbers("Use a test number", numbers.cards, fill));
  return {
    node,
    check() {
      const wrong = Object.keys(parts).map((name) => ({ name, message: parts[name].check() })).filter((one) => one.message);
      if (wrong.length === 0) return null;
      parts[wrong[0].name].input.focus();
      const strange = wrong[0].name === "number" && digits(parts.number.value).length === 16;
      return { code: strange ? "incorrect_number" : codes[wrong[0].name], message: wrong[0].message };
    },
    data() {
      const { month, year } = dateOf(parts.expiry.value);
      return {
        card: { number: digits(parts.number.value), exp_month: month, exp_year: year, cvc: parts.cvc.value },
        billing_details: { name: parts.name?.value, address: { country: parts.country?.value, postal_code: parts.zip?.value } },
      };
    },
  };
}
