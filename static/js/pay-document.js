// On a bill or trust request: the whole balance or this one, and who pays for somebody else.
(() => {
  "use strict";
  const field = (name) => document.getElementById(name);
  const given = ["name", "email"].map((name) => [name, field(name)?.value ?? ""]);

  const fillAmount = (pays) => {
    const amount = field("amount");
    const { this: one, balance } = amount.dataset;
    // What the payer has typed is theirs.
    if ([one, balance].includes(amount.value)) amount.value = pays === "balance" ? balance : one;
  };

  // Whose name it was emailed to is not the name of whoever pays for them.
  const clearNames = (other) => {
    for (const [name, words] of given) {
      const input = field(name);
      if (other && input.value === words) input.value = "";
      else if (!other && !input.value) input.value = words;
    }
    if (other) field("name").focus();
  };

  document.addEventListener("change", (event) => {
    const { name, value, checked } = event.target;
    if (name === "pays") fillAmount(value);
    if (name === "third_party") clearNames(checked);
  });
})();
