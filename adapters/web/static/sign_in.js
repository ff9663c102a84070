// A code that came in the address's fragment, which no server ever sees, is filled in and taken out of the address.

const code = new URLSearchParams(location.hash.slice(1)).get("code");
if (code) {
  history.replaceState(null, "", location.pathname + location.search);
  const form = document.getElementById("code-form");
  form.elements.code.value = code;
  form.requestSubmit();
}
