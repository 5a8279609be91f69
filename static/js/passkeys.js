// Forms that use a passkey (Web Authentication, level 3): data-passkey says whether one is created
// or used, data-options has the server's options. A form without options requests them when it is
// submitted, because a sign-in page may stay open longer than a challenge is valid.
const REFUSALS = ["AbortError", "NotAllowedError", "InvalidStateError", "SecurityError"];

const isSupported = () =>
  typeof window.PublicKeyCredential?.parseCreationOptionsFromJSON === "function";

const optionsOf = async (form) => {
  if (form.dataset.options) return JSON.parse(form.dataset.options).publicKey;
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  return (await answer.json()).request_options.publicKey;
};

// A passkey for sign-in without a password must be discoverable and verify the user.
const withPasswordless = (options, form) => {
  const chosen = form.elements.passwordless?.checked;
  const selection = { ...options.authenticatorSelection };
  selection.residentKey = chosen ? "required" : "discouraged";
  selection.requireResidentKey = Boolean(chosen);
  if (chosen) selection.userVerification = "required";
  return { ...options, authenticatorSelection: selection };
};

const create = async (form) => {
  const options = withPasswordless(await optionsOf(form), form);
  return navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
  });
};

const get = async (form) =>
  navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(await optionsOf(form)),
  });

const show = (form, name) => {
  const notice = form.querySelector(`[data-passkey-${name}]`);
  if (notice) notice.hidden = false;
};

const onSubmit = async (event) => {
  event.preventDefault();
  const form = event.target;
  form.querySelector("[data-passkey-refused]").hidden = true;
  try {
    const credential = await (form.dataset.passkey === "create" ? create : get)(form);
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.submit();
  } catch (error) {
    if (!REFUSALS.includes(error.name)) throw error;
    show(form, "refused");
  }
};

for (const form of document.querySelectorAll("[data-passkey]")) {
  if (isSupported()) {
    form.addEventListener("submit", onSubmit);
  } else {
    show(form, "unsupported");
    form.querySelector("[type=submit]").disabled = true;
  }
}
