// What a website may do with the events of the payment page: here one friendly line. They are a
// courtesy and prove nothing; what was paid stands in the portal, and in the email that it sends.
document.addEventListener("portal:succeeded", ({ detail }) => {
  const thanks = document.getElementById("thanks");
  thanks.textContent = `Thank you. Your payment has the reference ${detail.reference}.`;
  thanks.hidden = false;
});
