// Branding: the two colour fields keep in step, and a logo is shown before it is sent anywhere.
(() => {
  "use strict";
  const hex = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i;
  const typed = document.getElementById("colour");
  const well = document.querySelector("[data-colour-well]");
  const file = document.querySelector("[data-logo-file]");
  const complaint = document.getElementById("logo-too-large");
  const place = document.getElementById("branding-preview");
  let chosen = null; // a data: address, as no other is allowed in a picture here

  const whole = (written) => {
    const found = hex.exec(written.trim());
    if (!found) return null;
    const digits = found[1].length === 3 ? found[1].replace(/./g, "$&$&") : found[1];
    return `#${digits.toLowerCase()}`;
  };
  typed.addEventListener("input", () => { well.value = whole(typed.value) ?? well.value; });
  // The event goes on to the form, which asks for a new preview: by then both fields say the same.
  well.addEventListener("input", () => { typed.value = well.value; });

  const fitted = (image) => {
    const shrink = Math.max(1, image.naturalWidth / 320, image.naturalHeight / 56);
    image.width = Math.round(image.naturalWidth / shrink);
    image.height = Math.round(image.naturalHeight / shrink);
  };
  const showLogo = () => {
    if (!chosen) return;
    for (const image of place.querySelectorAll("[data-preview-logo]")) {
      image.addEventListener("load", () => fitted(image), { once: true });
      image.src = chosen;
      image.hidden = false;
    }
    for (const name of place.querySelectorAll("[data-preview-name]")) name.hidden = true;
  };
  const complain = (words) => {
    complaint.textContent = words;
    complaint.hidden = !words;
  };
  file.addEventListener("change", () => {
    const [picture] = file.files;
    const tooLarge = picture && picture.size > Number(file.dataset.bytesMax);
    complain(tooLarge ? file.dataset.tooLarge : "");
    if (tooLarge) file.value = "";
    chosen = null;
    if (!picture || tooLarge || !file.accept.split(",").includes(picture.type)) return;
    const reader = new FileReader();
    reader.addEventListener("load", () => { chosen = reader.result; showLogo(); });
    reader.readAsDataURL(picture);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target === place) showLogo();
  });
})();
