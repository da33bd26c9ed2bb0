// Passkeys: the device shows or makes one, its answer goes into the form, the form is sent. May be
// loaded again with a part of a page: it listens once.
(() => {
  "use strict";
  if (window.passkeysReady) return;
  window.passkeysReady = true;

  const bytes = (text) => {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  };
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const withBytes = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

  const show = async (options) => {
    const asked = { ...options, challenge: bytes(options.challenge) };
    asked.allowCredentials = withBytes(options.allowCredentials);
    const shown = await navigator.credentials.get({ publicKey: asked });
    const { clientDataJSON, authenticatorData, signature, userHandle } = shown.response;
    return {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: userHandle?.byteLength ? text(userHandle) : null,
      of: shown,
    };
  };

  const make = async (options) => {
    const asked = { ...options, challenge: bytes(options.challenge) };
    asked.user = { ...options.user, id: bytes(options.user.id) };
    asked.excludeCredentials = withBytes(options.excludeCredentials);
    const made = await navigator.credentials.create({ publicKey: asked });
    const { clientDataJSON, attestationObject } = made.response;
    return {
      clientDataJSON: text(clientDataJSON),
      attestationObject: text(attestationObject),
      of: made,
    };
  };

  const answer = async (button, form) => {
    const token = form.querySelector("[name=csrf_token]")?.value ?? ""; // strangers have none
    const challenge = await fetch(button.dataset.challenge, {
      method: "POST", headers: { "X-CSRFToken": token }, credentials: "same-origin",
    });
    if (!challenge.ok) throw new Error("no challenge");
    const options = await challenge.json();
    const { of, ...response } = await (button.dataset.passkey === "create" ? make : show)(options);
    return JSON.stringify({ id: of.id, rawId: text(of.rawId), type: of.type, response });
  };

  const reason = (button, problem) => {
    const { canceled, unknown, failed, lost } = button.dataset;
    if (problem.message === "no challenge" || problem instanceof TypeError) return lost;
    return { NotAllowedError: canceled, AbortError: canceled, InvalidStateError: unknown }[problem.name] ?? failed;
  };

  const run = async (button) => {
    const form = button.closest("form");
    const problem = button.parentElement.querySelector("[data-passkey-problem]");
    const label = button.querySelector("span");
    const words = label.textContent;
    problem.textContent = "";
    label.textContent = button.dataset.waiting;
    button.setAttribute("aria-busy", "true");
    try {
      if (!navigator.credentials || !window.PublicKeyCredential) throw new Error("none here");
      form.elements[button.dataset.field].value = await answer(button, form);
      if (button.dataset.action) form.setAttribute("action", button.dataset.action);
      HTMLFormElement.prototype.submit.call(form); // a field may be named "submit"
    } catch (caught) {
      problem.textContent = reason(button, caught);
      label.textContent = words;
      button.removeAttribute("aria-busy");
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-passkey]");
    if (button && !button.hasAttribute("aria-busy")) run(button);
  });
})();
