// The sandbox's stand-in for Stripe.js: the same calls, drawn with labelled test fields. It talks to
// this site only, takes test numbers only, and throws on any key that is not a sandbox key.
(() => {
  "use strict";
  const here = document.currentScript.src;
  const api = new URL("/sandbox/stripe-api/v1/", here).href;
  const kinds = ["card", "us_bank_account"];
  const paths = ["name", "email", "phone", "address.country", "address.postal_code"];

  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL("/static/css/sandbox-stripe.css", here).href;
  document.head.append(style);

  const drawn = Promise.all([
    import(new URL("/static/js/sandbox-stripe-card.js", here).href),
    import(new URL("/static/js/sandbox-stripe-bank.js", here).href),
    import(new URL("/static/js/sandbox-stripe-fields.js", here).href),
  ]);

  // English is what the parts are written in; another language is one file more.
  const languages = ["es", "fr"];
  let say = (words) => words;
  const speak = async (locale = "en") => {
    const language = languages.find((one) => locale.startsWith(one));
    if (!language) return;
    const [[, , fields], words] = await Promise.all([drawn, import(new URL(`/static/js/sandbox-stripe-${language}.js`, here).href)]);
    fields.speak(words.default);
    say = fields.say;
  };

  const refuse = (words) => {
    const error = new Error(words);
    error.name = "IntegrationError";
    throw error;
  };

  const formOf = (value, prefix, form) => {
    for (const [key, part] of Object.entries(value)) {
      const name = prefix ? `${prefix}[${key}]` : key;
      if (part !== null && typeof part === "object") formOf(part, name, form);
      else if (part !== undefined && part !== null) form.append(name, part);
    }
    return form;
  };

  // Stripe's own message for the payer, or one of ours when no answer came.
  const failed = (error) => {
    const said = error ?? { type: "api_connection_error", message: "The sandbox did not answer. Try again." };
    return { error: { ...said, message: say(said.message) } };
  };

  class Client {
    constructor(key, account, locale) {
      this.spoken = speak(locale);
      this.headers = { Authorization: `Bearer ${key}` };
      if (account) this.headers["Stripe-Account"] = account;
    }

    async call(method, path, params = {}) {
      const form = formOf(params, "", new URLSearchParams());
      const url = method === "GET" && form.size !== 0 ? `${api}${path}?${form}` : api + path;
      const body = method === "POST" ? form : undefined;
      try {
        const answer = await fetch(url, { method, body, headers: this.headers, credentials: "omit" });
        const found = await answer.json();
        return answer.ok ? { found } : failed(found.error);
      } catch {
        return failed();
      }
    }
  }

  class PaymentElement {
    constructor(elements, options) {
      this.elements = elements;
      this.options = options;
      this.listeners = {};
      this.pane = null;
    }

    on(name, listener) {
      (this.listeners[name] ??= []).push(listener);
      return this;
    }

    off(name, listener) {
      this.listeners[name] = (this.listeners[name] ?? []).filter((one) => listener && one !== listener);
      return this;
    }

    mount(target) {
      const place = typeof target === "string" ? document.querySelector(target) : target;
      if (!place) refuse(`There is no element ${target} to mount the payment fields in.`);
      this.place = place;
      this.draw();
      return this;
    }

    async draw() {
      const [[card, bank], numbers] = await Promise.all([drawn, this.elements.client.call("GET", "sandbox/test_numbers"), this.elements.client.spoken]);
      if (!this.place) return;
      if (numbers.error) {
        this.tell("loaderror", { elementType: "payment", error: numbers.error });
        return;
      }
      const draw = this.elements.kind === "card" ? card.drawCard : bank.drawBank;
      const verification = this.elements.options.paymentMethodOptions?.us_bank_account?.verification_method;
      this.pane = draw({
        numbers: numbers.found,
        asked: (path) => !this.withheld(path),
        byNumbers: verification !== "instant",
        changed: (state) => {
          this.elements.submitted = false;
          this.tell("change", { elementType: "payment", collapsed: false, value: { type: this.elements.kind }, ...state });
        },
      });
      this.place.replaceChildren(this.pane.node);
      this.tell("ready", { elementType: "payment" });
    }

    // Whether the page said that it asks for this itself, as in fields.billingDetails.name: "never".
    withheld(path) {
      let setting = this.options.fields?.billingDetails;
      for (const part of path.replace("_c", "C").split(".")) {
        if (setting === "never") return true;
        setting = setting?.[part];
      }
      return setting === "never";
    }

    tell(name, event) {
      for (const listener of this.listeners[name] ?? []) listener(event);
    }

    update(options) { Object.assign(this.options, options); return this; }
    focus() { this.pane?.node.querySelector("input, button")?.focus(); }
    clear() { if (this.place) this.draw(); }
    unmount() { this.place?.replaceChildren(); this.place = this.pane = null; }
    destroy() { this.unmount(); this.elements.element = null; this.listeners = {}; }
  }

  class Elements {
    constructor(client, options) {
      if ("paymentMethodTypes" in options) refuse("paymentMethodTypes was removed. Use allowedPaymentMethodTypes.");
      if (!["payment", "setup"].includes(options.mode)) refuse('The sandbox knows elements({mode: "payment"}) and {mode: "setup"} only.');
      if (options.mode === "payment" && (!Number.isInteger(options.amount) || options.amount < 1)) refuse("amount must be a whole number of cents.");
      if (!/^[a-z]{3}$/.test(options.currency)) refuse("currency must be three small letters.");
      const allowed = options.allowedPaymentMethodTypes ?? ["card"];
      if (allowed.length !== 1 || !kinds.includes(allowed[0])) refuse("The sandbox shows one kind of payment in each group of elements: card or us_bank_account.");
      this.client = client;
      this.options = { ...options };
      this.kind = allowed[0];
      this.element = null;
      this.submitted = false;
    }

    create(type, options = {}) {
      if (type !== "payment") refuse(`The sandbox has no "${type}" element.`);
      if (this.element) refuse("This group already has a payment element.");
      this.element = new PaymentElement(this, { ...options });
      return this.element;
    }

    getElement(type) { return type === "payment" ? this.element : null; }
    update(options) {
      if ("paymentMethodTypes" in options) refuse("paymentMethodTypes was removed. Use allowedPaymentMethodTypes.");
      Object.assign(this.options, options);
    }
    async fetchUpdates() { return {}; }

    async submit() {
      if (!this.element?.pane) return { error: { type: "validation_error", code: "element_not_ready", message: say("The payment fields are still loading.") } };
      const problem = this.element.pane.check();
      this.submitted = !problem;
      return problem ? { error: { type: "validation_error", ...problem } } : { selectedPaymentMethod: this.kind };
    }
  }

  // What the page must pass itself because it told the element never to ask.
  const billingFrom = (element, own, given) => {
    const billing = { ...own, ...given, address: { ...own.address, ...given.address } };
    for (const path of paths) {
      const [first, second] = path.split(".");
      const value = second ? given[first]?.[second] : given[first];
      if (element.withheld(path) && value === undefined) refuse(`fields.billingDetails.${path} is "never", so pass params.payment_method_data.billing_details.${path} to createConfirmationToken.`);
    }
    return billing;
  };

  class SandboxStripe {
    constructor(key, options) { this.client = new Client(key, options.stripeAccount, options.locale); }

    elements(options) { return new Elements(this.client, options); }

    async createConfirmationToken({ elements, params = {} }) {
      if (!elements?.submitted) refuse("Call elements.submit() and look at its answer before createConfirmationToken.");
      const entered = elements.element.pane.data();
      const given = params.payment_method_data?.billing_details ?? {};
      const { billing_details: own, ...method } = entered;
      const answer = await this.client.call("POST", "confirmation_tokens", {
        return_url: params.return_url,
        setup_future_usage: elements.options.setupFutureUsage,
        payment_method_data: { ...method, type: elements.kind, billing_details: billingFrom(elements.element, own, given) },
      });
      elements.submitted = false; // a token is good for one payment
      return answer.error ? answer : { confirmationToken: answer.found };
    }

    async retrievePaymentIntent(clientSecret) {
      const id = String(clientSecret).split("_secret_")[0];
      const answer = await this.client.call("GET", `payment_intents/${encodeURIComponent(id)}`, { client_secret: clientSecret });
      return answer.error ? answer : { paymentIntent: answer.found };
    }

    async retrieveSetupIntent(clientSecret) {
      const id = String(clientSecret).split("_secret_")[0];
      const answer = await this.client.call("GET", `setup_intents/${encodeURIComponent(id)}`, { client_secret: clientSecret });
      return answer.error ? answer : { setupIntent: answer.found };
    }

    async handleNextAction({ clientSecret }) {
      const setup = String(clientSecret).startsWith("seti_");
      const answer = await (setup ? this.retrieveSetupIntent(clientSecret) : this.retrievePaymentIntent(clientSecret));
      const intent = setup ? answer.setupIntent : answer.paymentIntent;
      const named = setup ? "setup_intent" : "payment_intent";
      if (!intent || intent.status !== "requires_action" || intent.next_action?.type !== "use_stripe_sdk") return answer;
      const [, , fields] = await drawn;
      const outcome = await fields.askTheBank(intent);
      const done = await this.client.call("POST", "3ds2/authenticate", { [named]: intent.id, client_secret: clientSecret, outcome });
      if (done.error) return done;
      const refused = done.found.last_payment_error ?? done.found.last_setup_error;
      if (refused) return { error: { ...refused, [named]: done.found } };
      return setup ? { setupIntent: done.found } : { paymentIntent: done.found };
    }
  }

  window.Stripe = (key, options = {}) => {
    if (typeof key !== "string" || !key.startsWith("pk_sandbox_")) refuse("This is the sandbox. It takes keys that start with pk_sandbox_ and never a real one.");
    return new SandboxStripe(key, options);
  };
})();
